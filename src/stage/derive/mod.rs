//! Work items that are made from other steps' outputs: which there are, what each is made from, and when it can go on.
//!
//! Each standing says whether what is made from it follows from where it stands now ([`standing::NOT_HANDED_ON`]). That
//! is the queue of this module: [`hand_on`] takes it up in bounded pieces, step by step, and makes, opens, blocks or
//! takes out what is made from each. So a fan-out of any size is many small transactions, and a kill between two of
//! them loses nothing.
//!
//! Until all that it is made from is decided, a work item has no exact task and waits; where something of that failed
//! or was rejected, it is blocked. A list that is not known yet is stood for by one work item, so that nothing is lost
//! meanwhile. What joins several is worked out once nothing is left to be handed on, so that it never sees less than
//! there is; for the same reason nothing is asked before that.
//!
//! Nothing depends on the order in which things are decided: ids are made of contents, and the order of a step's work
//! items is the one of what they are made from.

mod combinations;
mod expected;
mod join;
mod lineage;
mod parent;
mod spread;
#[cfg(test)]
mod tests;

use rusqlite::{Connection, ToSql, Transaction};
use serde_json::json;

use super::plan;
use super::record::{Forced, Marks};
use super::standing::{self, Choice};
use crate::config::{Each, JoinKey, Pairs};
use crate::record::{TaskId, WorkStatus};
use crate::store::sql;
use lineage::Nodes;
use parent::Parent;
use spread::Spread;

pub use expected::{Expected, Made, expected, joined};
pub use lineage::{Origin, element_source, inputs, inputs_of, lineage};
pub use parent::Waits;

/// About how many work items are made or changed in one transaction.
pub const BATCH: usize = 8_192;
/// How many standings are read at once, each with the fields of its row.
const PAGE: usize = 256;

/// A step that takes from others.
#[derive(Clone, Debug)]
pub struct Link {
    /// Its rowid.
    pub step: i64,
    /// Its name.
    pub name: String,
    /// Its task's rowid.
    pub task: i64,
    /// Its task.
    pub task_id: TaskId,
    /// What becomes a work item.
    pub each: Each,
    /// The rowids of the steps that it takes from, in the order of [`Each::parents`].
    pub parents: Vec<i64>,
    /// How combinations are put together.
    pub pairs: Option<Pairs>,
    /// The run's seed.
    pub seed: u64,
}

impl Link {
    /// Whether it needs all that it takes from before it can make any of its own.
    #[must_use]
    pub fn needs_all(&self) -> bool {
        matches!(&self.each, Each::Join { by: JoinKey::Field(_), .. })
    }

    /// Whether it joins work items of several steps, or several of one.
    #[must_use]
    pub fn joins(&self) -> bool {
        matches!(&self.each, Each::Join { .. })
    }
}

/// The steps of a task that take from others, each after those that it takes from.
#[derive(Debug, Default)]
pub struct Links {
    /// The steps.
    pub all: Vec<Link>,
    /// Names of the steps in whose outputs a step may find several of one, by the rowid of the step that looks.
    pub several: Vec<(i64, Vec<String>)>,
    /// Whether a column gives rows their identity; then their other fields are part of their exact task.
    pub keyed: bool,
    /// The input's columns.
    pub columns: Vec<String>,
    /// What is set aside.
    pub marks: Marks,
    /// The forced round in which everything is asked again.
    pub forced: Option<Forced>,
    /// The steps that had no work item yet when the run began.
    pub new: Vec<i64>,
    /// Whether anything was tried before the run began.
    pub has_record: bool,
    /// The outputs that work items are made from.
    pub nodes: Nodes,
}

impl Links {
    /// Whether a step may find several outputs of the step called `name`.
    #[must_use]
    pub fn are_several(&self, step: i64, name: &str) -> bool {
        self.several.iter().any(|(at, names)| *at == step && names.iter().any(|it| it == name))
    }

    /// The steps of which a step may find several outputs.
    fn several_of(&self, step: i64) -> impl Iterator<Item = &String> {
        self.several.iter().filter(move |(at, _)| *at == step).flat_map(|(_, names)| names)
    }

    /// The steps that take from a step.
    pub fn of(&self, parent: i64) -> impl Iterator<Item = &Link> {
        self.all.iter().filter(move |link| link.parents.contains(&parent))
    }

    /// Whether any step takes from a step.
    #[must_use]
    pub fn is_followed(&self, step: i64) -> bool {
        self.of(step).next().is_some()
    }

    /// Whether a step had no work item yet when the run began.
    fn is_new(&self, step: i64) -> bool {
        self.new.contains(&step)
    }

    /// The steps that others take from, each after those that it takes from itself.
    fn sources(&self) -> Vec<i64> {
        let mut steps: Vec<i64> = Vec::new();
        for link in &self.all {
            steps.extend(link.parents.iter().filter(|step| !self.all.iter().any(|it| it.step == **step)));
        }
        steps.sort_unstable();
        steps.dedup();
        steps.extend(self.all.iter().map(|link| link.step).filter(|step| self.is_followed(*step)));
        steps
    }

    /// Up to where a standing of a step has been handed on, once all but the steps that need everything looked at it.
    fn handed_on(&self, step: i64) -> i64 {
        if self.of(step).any(Link::needs_all) { standing::NOT_GATHERED } else { standing::HANDED_ON }
    }

    /// In which round, and with which sample number, what is new is opened; `from` is the round of what it is made
    /// from.
    fn opening(&self, from: Option<i64>) -> (Option<i64>, u32) {
        match self.forced_by(from) {
            Some(forced) => (from, forced.sample),
            None => (Some(self.marks.round).filter(|round| *round > 0), 1),
        }
    }

    /// The forced round in which that is opened too which is made from something that was opened in `round`.
    fn forced_by(&self, round: Option<i64>) -> Option<Forced> {
        self.forced.filter(|forced| round == Some(forced.round))
    }
}

/// What is under way between two transactions.
#[derive(Debug, Default)]
pub struct UnderWay {
    spread: Option<Spread>,
}

/// What a piece of handing on did.
#[derive(Debug, Default)]
pub struct Handed {
    /// How many work items were looked at, made or changed.
    pub looked_at: usize,
    /// Whether there may be more to do.
    pub is_more: bool,
    /// The first open work item of each step that can go on now: the step, and its position.
    pub ready: Vec<(i64, i64)>,
}

impl Handed {
    fn is_ready(&mut self, step: i64, position: i64) {
        match self.ready.iter_mut().find(|(at, _)| *at == step) {
            Some((_, first)) => *first = (*first).min(position),
            None => self.ready.push((step, position)),
        }
    }
}

/// What was found ready in a piece, and what the record may answer of it.
#[derive(Debug, Default)]
struct Batch {
    handed: Handed,
    /// Standings with a new exact task.
    open: Vec<i64>,
}

/// Prepares the steps of a task that take from others: where a step is another one than at its last plan, all that it
/// takes from is handed on anew.
pub fn relink(tx: &Transaction<'_>, links: &Links) -> rusqlite::Result<()> {
    for link in &links.all {
        let earlier: Option<i64> =
            sql::RECORD_LATEST_PLAN.first(tx, &[(":step", &link.step)], |row| row.get("task"))?;
        if earlier == Some(link.task) && plan::count(tx, link.step)?.planned > 0 {
            continue;
        }
        let parents = json!(link.parents);
        if sql::DERIVE_ANY_FOREIGN.row(tx, &[(":step", &link.step), (":parents", &parents)], |row| row.get("any"))? {
            sql::DERIVE_CUT_FOREIGN.execute(tx, &[(":step", &link.step), (":parents", &parents)])?;
            sql::STANDING_COUNT_OPEN_SOURCES.execute(tx, &[(":step", &link.step)])?;
        }
        standing::choose(tx, Choice::Orphans(link.step))?;
        standing::unplan(tx)?;
        sql::STANDING_HAND_ON_AGAIN.execute(tx, &[(":parents", &parents)])?;
    }
    Ok(())
}

/// Puts what is made from others where the input is now, after the plan of the input has changed.
pub fn replace(tx: &Transaction<'_>, links: &Links) -> rusqlite::Result<()> {
    for link in &links.all {
        if link.joins() {
            join::replace(tx, links, link)?;
        } else {
            sql::STANDING_PLACE_DERIVED.execute(tx, &[(":step", &link.step)])?;
        }
    }
    Ok(())
}

/// Hands on a piece of what has not been yet: about [`BATCH`] work items are made or changed.
pub fn hand_on(tx: &Transaction<'_>, links: &Links, under_way: &mut UnderWay) -> rusqlite::Result<Handed> {
    let mut batch = Batch::default();
    if links.all.is_empty() {
        return Ok(batch.handed);
    }
    let is_left = piece(tx, links, under_way, &mut batch)?;
    batch.handed.is_more = is_left;
    // What was made ready meets the record at once.
    if links.has_record && !batch.open.is_empty() {
        for standing in &batch.open {
            standing::choose(tx, Choice::One(*standing))?;
        }
        standing::restore(tx, links.marks)?;
    }
    Ok(batch.handed)
}

/// Does one piece; returns whether there may be more.
fn piece(tx: &Transaction<'_>, links: &Links, under_way: &mut UnderWay, batch: &mut Batch) -> rusqlite::Result<bool> {
    if under_way.spread.is_some() {
        spread::go_on(tx, links, under_way, batch)?;
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
        // What joins is worked out in a transaction of its own.
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
            if join::gather(tx, links, link, batch)? {
                return Ok(true);
            }
        }
        if join::work_out(tx, links, link, batch)? {
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
    under_way: &mut UnderWay,
    batch: &mut Batch,
) -> rusqlite::Result<bool> {
    let left = PAGE.min(BATCH - batch.handed.looked_at);
    let next = Parent::next(tx, links, sql::DERIVE_NEXT_SOURCE, step, left)?;
    let Some(first) = next.first().map(|it| it.id) else { return Ok(false) };
    let mut last = None;
    for parent in next {
        let id = parent.id;
        if !parent::hand_on(tx, links, &parent, under_way, batch)? {
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

/// Lets all work items of a step wait; returns whether any did not. While much is open this is asked once per piece, so
/// that the step is read only where it holds something else than waiting work items.
fn let_wait(tx: &Transaction<'_>, step: i64) -> rusqlite::Result<bool> {
    let counts = plan::count(tx, step)?;
    if counts.pending == counts.planned {
        let first = [(":step", &step as &dyn ToSql), (":after", &-1), (":before", &i64::MAX), (":count", &1)];
        if sql::GENERATE_NEXT_AFTER.first(tx, &first, |_| Ok(()))?.is_none() {
            return Ok(false);
        }
    }
    standing::choose(tx, Choice::NotWaiting(step))?;
    Ok(standing::wait(tx, WorkStatus::Pending, None)? > 0)
}

/// Whether anything that a step takes from is open, or may still come to be: a step that needs all that it takes from
/// has no work items before.
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
