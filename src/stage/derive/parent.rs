//! A standing that others are made from, and how it is handed on to each step that takes from it.

use rusqlite::{Connection, Transaction};
use serde_json::Value;

use super::spread::Spread;
use super::{Batch, Link, Links, UnderWay, join};
use crate::record::{RowId, WorkId, WorkStatus};
use crate::stage::standing;
use crate::store::sql;

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
}

impl Parent {
    pub(super) fn read(tx: &Connection, id: i64) -> rusqlite::Result<Self> {
        sql::DERIVE_PARENT.row(tx, &[(":standing", &id)], |row| {
            Ok(Self {
                id,
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
            })
        })
    }

    /// Whether what is made from it has to wait for it.
    pub(super) fn is_open(&self) -> bool {
        self.planned && self.status == WorkStatus::Pending
    }
}

/// Where a work item stands by what it is made from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Waits {
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

/// Hands a standing on to the steps that take from it. A list that is too long for one transaction stays under way.
pub(super) fn hand_on(
    tx: &Transaction<'_>,
    links: &Links,
    id: i64,
    under_way: &mut UnderWay,
    batch: &mut Batch,
) -> rusqlite::Result<()> {
    let parent = Parent::read(tx, id)?;
    let takers: Vec<&Link> = links.of(parent.step).filter(|link| !link.needs_all()).collect();
    go_on(tx, links, &parent, &takers, under_way, batch)
}

/// Hands a standing on to these steps, and then says that it is.
pub(super) fn go_on(
    tx: &Transaction<'_>,
    links: &Links,
    parent: &Parent,
    takers: &[&Link],
    under_way: &mut UnderWay,
    batch: &mut Batch,
) -> rusqlite::Result<()> {
    batch.handed.looked_at += 1;
    for (at, link) in takers.iter().enumerate() {
        if link.joins() {
            join::add(tx, links, link, parent, batch)?;
            continue;
        }
        let mut spread = Spread::begin(tx, links, link, parent.clone())?;
        if !spread.go_on(tx, links, link, batch)? {
            let left = takers[at..].iter().map(|link| link.step).collect();
            under_way.spread = Some(spread.with_steps_left(left));
            return Ok(());
        }
    }
    standing::handed_on(tx, parent.id, links.handed_on(parent.step))
}

/// The rest of what [`go_on`] did not come to.
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
    go_on(tx, links, &parent, rest, under_way, batch)
}
