//! Work items that are made from outputs of other steps: which there are, what each is made from, and when it can go
//! on.
//!
//! Each standing records whether the steps that take from it have seen its present status
//! ([`standing::NOT_HANDED_ON`]). This is the queue of the module: [`hand_on()`] works through it in bounded pieces,
//! step by step, and makes, opens, blocks or unplans what is made from each standing. A fan-out of any size is
//! therefore many small transactions, and a kill between two of them loses nothing.
//!
//! A work item waits, without an exact task, until all of its sources are decided. If one of them failed or was
//! rejected, it is blocked. While a list is not known yet, one stand-in work item takes the place of its elements.
//! Joins are worked out once nothing is left to be handed on, so that none misses a source; for the same reason nothing
//! is asked before that.
//!
//! Nothing depends on the order in which work items are decided: ids are made of contents, and the work items of a step
//! have the order of their sources.
//!
//! - [`Link`] and [`Links`] say which steps take from which; `parent`, `child`, `source` and `waits` are the rows and
//!   values of one such relation;
//! - `hand_on` hands one standing on: through `spread` to steps that make work items of it alone (with `elements` and
//!   `combinations`), through `join` to steps that join it with others;
//! - `gather` and `complete` finish joins; `nodes`, `inputs` and [`lineage()`] are the outputs that things are made
//!   from;
//! - [`expected()`] is the same without writing anything, for those who check the record.
//!
//! The module depends on `plan` for ids and on `standing` for every change of a standing. It renders no prompt and
//! never decides what to ask.

mod batch;
mod child;
mod combinations;
mod complete;
mod elements;
mod expected;
mod gather;
mod hand_on;
mod inputs;
mod join;
mod lineage;
mod links;
mod nodes;
mod pairwise;
mod parent;
mod source;
mod spread;
#[cfg(test)]
mod tests;
mod waits;

use rusqlite::{Connection, ToSql, Transaction};
use serde_json::json;

use super::gold;
use super::plan;
use super::standing::{self, StandingChoice};
use crate::record::WorkStatus;
use crate::store::sql;
use batch::{PAGE, TransactionWork};
use parent::ParentStanding;

pub use batch::{BATCH, HandOnResult};
pub use expected::{ExpectedItem, ExpectedItems, expected, joined};
pub use hand_on::PendingDerivation;
pub use inputs::{inputs, inputs_of};
pub use lineage::{VisibleInput, ancestors, lineage};
pub use links::{Link, Links, ReadSteps};
pub use nodes::Nodes;
pub use source::element_source;
pub use waits::Waits;

/// Prepares the steps of a task that take from others. If a step has changed since it was last planned, all standings
/// that it takes from are handed on again.
pub fn relink(tx: &Transaction<'_>, links: &Links) -> rusqlite::Result<()> {
    for link in &links.all {
        let earlier: Option<i64> =
            sql::RECORD_LATEST_PLAN.first(tx, &[(":step", &link.step)], |row| row.get("task"))?;
        let parents = json!(link.parents);
        if earlier == Some(link.task) && plan::count(tx, link.step)?.planned > 0 {
            if links.reads_gold(link.step) && gold::has_changed(tx, link.step)? {
                sql::STANDING_HAND_ON_AGAIN.execute(tx, &[(":parents", &parents)])?;
            }
            continue;
        }
        if sql::DERIVE_ANY_FOREIGN.row(tx, &[(":step", &link.step), (":parents", &parents)], |row| row.get("any"))? {
            sql::DERIVE_CUT_FOREIGN.execute(tx, &[(":step", &link.step), (":parents", &parents)])?;
            sql::STANDING_COUNT_OPEN_SOURCES.execute(tx, &[(":step", &link.step)])?;
        }
        standing::choose(tx, StandingChoice::Orphans(link.step))?;
        standing::unplan(tx)?;
        sql::STANDING_HAND_ON_AGAIN.execute(tx, &[(":parents", &parents)])?;
    }
    Ok(())
}

/// Moves derived work items to the current positions of their rows, after the plan of the input has changed.
pub fn replace(tx: &Transaction<'_>, links: &Links) -> rusqlite::Result<()> {
    for link in &links.all {
        if link.joins() {
            complete::replace(tx, links, link)?;
        } else {
            sql::STANDING_PLACE_DERIVED.execute(tx, &[(":step", &link.step)])?;
        }
    }
    Ok(())
}

/// Hands on again all that steps take from which read the lines at which rows of documents stand: these may have moved
/// with the plan of the input, while nothing else of their sources has changed.
pub fn follow_lines(tx: &Transaction<'_>, links: &Links) -> rusqlite::Result<()> {
    links.nodes.clear();
    let reading = links.all.iter().filter(|link| links.reads_lines(link.step));
    let parents: Vec<i64> = reading.flat_map(|link| link.parents.iter().copied()).collect();
    if !parents.is_empty() {
        sql::STANDING_HAND_ON_AGAIN.execute(tx, &[(":parents", &json!(parents))])?;
    }
    Ok(())
}

/// Hands on the next standings of the queue: makes or changes about [`BATCH`] work items.
pub fn hand_on(
    tx: &Transaction<'_>,
    links: &Links,
    under_way: &mut PendingDerivation,
) -> rusqlite::Result<HandOnResult> {
    let mut batch = TransactionWork::default();
    if links.all.is_empty() {
        return Ok(batch.handed);
    }
    let is_left = piece(tx, links, under_way, &mut batch)?;
    batch.handed.is_more = is_left;
    // The record may answer what has just become ready.
    if links.has_record && !batch.open.is_empty() {
        for standing in &batch.open {
            standing::choose(tx, StandingChoice::One(*standing))?;
        }
        standing::restore(tx, links.marks)?;
    }
    Ok(batch.handed)
}

/// Does one piece; returns whether there may be more.
fn piece(
    tx: &Transaction<'_>,
    links: &Links,
    under_way: &mut PendingDerivation,
    batch: &mut TransactionWork,
) -> rusqlite::Result<bool> {
    if under_way.spread.is_some() {
        hand_on::resume(tx, links, under_way, batch)?;
    }
    for step in links.sources() {
        while under_way.spread.is_none() && batch.handed.looked_at < BATCH {
            if !sources(tx, links, step, under_way, batch)? {
                break;
            }
        }
        if under_way.spread.is_some() || batch.handed.looked_at >= BATCH {
            return Ok(true);
        }
    }
    if batch.handed.looked_at > 0 {
        // Joins are worked out in a transaction of their own.
        return Ok(true);
    }
    for link in links.all.iter().filter(|link| link.joins()) {
        if link.needs_all() {
            if is_open(tx, links, link)? {
                if let_wait(tx, link.step)? {
                    return Ok(true);
                }
                continue;
            }
            if gather::gather(tx, links, link, batch)? {
                return Ok(true);
            }
        }
        if complete::work_out(tx, links, link, batch)? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Hands on the next standings of a step; returns whether there were any.
fn sources(
    tx: &Transaction<'_>,
    links: &Links,
    step: i64,
    under_way: &mut PendingDerivation,
    batch: &mut TransactionWork,
) -> rusqlite::Result<bool> {
    let left = PAGE.min(BATCH - batch.handed.looked_at);
    let next = ParentStanding::next(tx, links, sql::DERIVE_NEXT_SOURCE, step, left)?;
    let Some(first) = next.first().map(|it| it.id) else { return Ok(false) };
    let mut last = None;
    for parent in next {
        let id = parent.id;
        if !hand_on::hand_on(tx, links, &parent, under_way, batch)? {
            break;
        }
        last = Some(id);
        if batch.handed.looked_at >= BATCH {
            break;
        }
    }
    if let Some(last) = last {
        standing::handed_on(tx, step, (first, last), links.handed_on(step))?;
    }
    Ok(true)
}

/// Makes all work items of a step wait; returns whether any of them did not wait before. This runs once per piece while
/// sources are open, so it reads the whole step only if there is anything but waiting work items in it.
fn let_wait(tx: &Transaction<'_>, step: i64) -> rusqlite::Result<bool> {
    let counts = plan::count(tx, step)?;
    if counts.pending == counts.planned {
        let first = [(":step", &step as &dyn ToSql), (":after", &-1), (":before", &i64::MAX), (":count", &1)];
        if sql::GENERATE_NEXT_AFTER.first(tx, &first, |_| Ok(()))?.is_none() {
            return Ok(false);
        }
    }
    standing::choose(tx, StandingChoice::NotWaiting(step))?;
    Ok(standing::wait(tx, WorkStatus::Pending, None)? > 0)
}

/// Returns whether any source of a step is open or may still be made. A step that needs all of its sources has no work
/// items before that.
pub fn is_open(tx: &Connection, links: &Links, link: &Link) -> rusqlite::Result<bool> {
    for parent in &link.parents {
        if let Some(above) = links.all.iter().find(|it| it.step == *parent)
            && is_open(tx, links, above)?
        {
            return Ok(true);
        }
        if plan::count(tx, *parent)?.pending > 0 {
            return Ok(true);
        }
    }
    Ok(false)
}
