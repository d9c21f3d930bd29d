//! A standing that others are made from, and how it is handed on to each step that takes from it.

use rusqlite::{Connection, Row, Transaction};
use serde_json::{Value, json};

use super::spread::{Child, Spread};
use super::{Batch, Link, Links, UnderWay, join};
use crate::record::{GroupContextId, RowId, WorkId, WorkStatus, canonical};
use crate::stage::ingest::read_fields;
use crate::stage::plan::group_identity;
use crate::stage::standing;
use crate::store::{Statement, sql};

/// What others are made from.
#[derive(Clone, Debug)]
pub(super) struct Parent {
    pub(super) id: i64,
    pub(super) step: i64,
    pub(super) work_id: WorkId,
    pub(super) planned: bool,
    pub(super) status: WorkStatus,
    pub(super) position: i64,
    pub(super) path: Option<String>,
    pub(super) input_row: Option<i64>,
    pub(super) row_group: Option<i64>,
    pub(super) cache_entry: Option<i64>,
    pub(super) round: Option<i64>,
    pub(super) row_id: Option<RowId>,
    pub(super) group_key: Option<String>,
    /// The value that it joins others by, where it does.
    pub(super) joined_by: Option<Value>,
    /// What is seen of its row and of its group, in canonical form.
    pub(super) seen: (Vec<u8>, Vec<u8>),
}

impl Parent {
    pub(super) fn read(tx: &Connection, links: &Links, id: i64) -> rusqlite::Result<Self> {
        sql::DERIVE_SOURCE.row(tx, &[(":keyed", &links.keyed), (":standing", &id)], |row| Self::of(row, links))
    }

    /// Those of a step that a statement yields, at most `count`.
    pub(super) fn next(
        tx: &Connection,
        links: &Links,
        statement: Statement,
        step: i64,
        count: usize,
    ) -> rusqlite::Result<Vec<Self>> {
        let count = i64::try_from(count).unwrap_or(i64::MAX);
        statement.all(tx, &[(":keyed", &links.keyed), (":step", &step), (":count", &count)], |row| Self::of(row, links))
    }

    fn of(row: &Row<'_>, links: &Links) -> rusqlite::Result<Self> {
        Ok(Self {
            id: row.get("id")?,
            step: row.get("step")?,
            work_id: row.get("work_id")?,
            planned: row.get("planned")?,
            status: row.get("status")?,
            position: row.get("position")?,
            path: row.get("path")?,
            input_row: row.get("input_row")?,
            row_group: row.get("row_group")?,
            cache_entry: row.get("cache_entry")?,
            round: row.get("round")?,
            row_id: row.get("row_id")?,
            group_key: row.get("group_key")?,
            joined_by: row.get("item")?,
            seen: seen(row, links)?,
        })
    }

    /// Whether what is made from it has to wait for it.
    pub(super) fn is_open(&self) -> bool {
        self.planned && self.status == WorkStatus::Pending
    }
}

/// What is seen of the row and the group of a row of the record, in canonical form.
pub(super) fn seen(row: &Row<'_>, links: &Links) -> rusqlite::Result<(Vec<u8>, Vec<u8>)> {
    let of_row = match row.get::<_, Option<RowId>>("row_id")? {
        Some(_) if links.keyed => {
            let fields = read_fields(row)?;
            Value::Object(links.columns.iter().cloned().zip(fields.into_iter().map(Value::String)).collect())
        }
        Some(id) => json!(id.to_string()),
        None => Value::Null,
    };
    let of_group = match row.get::<_, Option<String>>("group_key")? {
        Some(key) => {
            let context: GroupContextId = row.get("group_context_id")?;
            group_identity(context, &key, row.get("row_count")?)
        }
        None => Value::Null,
    };
    Ok((canonical::to_vec(&of_row), canonical::to_vec(&of_group)))
}

/// Where a work item stands by what it is made from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Waits {
    /// It can go on.
    No,
    /// It cannot, for this reason.
    Yes(WorkStatus, Option<String>),
}

/// Where that which is made from something of this status stands.
pub(super) fn waits_for(status: WorkStatus, work_id: WorkId) -> Waits {
    match status {
        WorkStatus::Accepted => Waits::No,
        WorkStatus::Pending => Waits::Yes(WorkStatus::Pending, None),
        WorkStatus::Skipped => {
            Waits::Yes(WorkStatus::Skipped, Some(format!("{work_id}, which it is made from, is skipped")))
        }
        WorkStatus::Rejected | WorkStatus::Failed | WorkStatus::Blocked => {
            Waits::Yes(WorkStatus::Blocked, Some(format!("{work_id}, which it is made from, is {status}")))
        }
    }
}

/// Lets a standing that is there wait, be blocked or be skipped.
pub(super) fn wait(
    tx: &Transaction<'_>,
    child: &Child,
    status: WorkStatus,
    reason: Option<&str>,
) -> rusqlite::Result<()> {
    if child.is_waiting() && status == WorkStatus::Pending {
        return Ok(());
    }
    standing::wait_one(tx, child.id, status, reason)
}

/// Hands a standing on to the steps that take from it; returns whether that is done. A list that is too long for one
/// transaction stays under way.
pub(super) fn hand_on(
    tx: &Transaction<'_>,
    links: &Links,
    parent: &Parent,
    under_way: &mut UnderWay,
    batch: &mut Batch,
) -> rusqlite::Result<bool> {
    batch.handed.looked_at += 1;
    let takers: Vec<&Link> = links.of(parent.step).filter(|link| !link.needs_all()).collect();
    go_on(tx, links, parent, &takers, under_way, batch)
}

/// Hands a standing on to these steps; returns whether that is done.
fn go_on(
    tx: &Transaction<'_>,
    links: &Links,
    parent: &Parent,
    takers: &[&Link],
    under_way: &mut UnderWay,
    batch: &mut Batch,
) -> rusqlite::Result<bool> {
    for (at, link) in takers.iter().enumerate() {
        if link.joins() {
            join::add(tx, links, link, parent, false, batch)?;
            continue;
        }
        let mut spread = Spread::begin(tx, links, link, parent.clone())?;
        if !spread.go_on(tx, links, link, batch)? {
            let left = takers[at..].iter().map(|link| link.step).collect();
            under_way.spread = Some(spread.with_steps_left(left));
            return Ok(false);
        }
    }
    Ok(true)
}

/// Hands on what was just made and is in nothing yet: what is made from it waits.
pub(super) fn hand_on_new(
    tx: &Transaction<'_>,
    links: &Links,
    parent: &Parent,
    batch: &mut Batch,
) -> rusqlite::Result<()> {
    for link in links.of(parent.step).filter(|link| !link.needs_all()) {
        if link.joins() {
            join::add(tx, links, link, parent, true, batch)?;
        } else {
            Spread::of_new(links, link, parent.clone()).go_on(tx, links, link, batch)?;
        }
    }
    Ok(())
}

/// The rest of what [`hand_on`] did not come to.
pub(super) fn resume(
    tx: &Transaction<'_>,
    links: &Links,
    mut spread: Spread,
    under_way: &mut UnderWay,
    batch: &mut Batch,
) -> rusqlite::Result<()> {
    let steps = spread.steps_left().to_vec();
    let takers: Vec<&Link> = steps.iter().filter_map(|step| links.all.iter().find(|link| link.step == *step)).collect();
    let Some((first, rest)) = takers.split_first() else { return Ok(()) };
    if !spread.go_on(tx, links, first, batch)? {
        under_way.spread = Some(spread);
        return Ok(());
    }
    let parent: Parent = spread.into_parent();
    if go_on(tx, links, &parent, rest, under_way, batch)? {
        standing::handed_on(tx, parent.step, (parent.id, parent.id), links.handed_on(parent.step))?;
    }
    Ok(())
}
