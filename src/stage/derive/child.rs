//! [`ChildStanding`]: a standing that is made from others, as it is found in the run file, and the edges that lead to
//! it.

use rusqlite::{ToSql, Transaction};

use crate::record::{SourceKind, WorkId, WorkStatus};
use crate::stage::plan::insert_work_item;
use crate::stage::standing;
use crate::store::sql;

/// A standing of the run file that is made from others.
#[derive(Clone, Debug)]
pub(super) struct ChildStanding {
    pub(super) id: i64,
    pub(super) planned: bool,
    pub(super) status: WorkStatus,
    pub(super) cache_id: String,
    /// The edge from the parent in question, if there is one, with the place of the parent in it (0 without an edge),
    /// and whether the parent counts as open in it.
    pub(super) edge: Option<i64>,
    pub(super) number: i64,
    pub(super) is_open: bool,
}

impl ChildStanding {
    /// Whether it waits for its sources already.
    fn is_waiting(&self) -> bool {
        self.status == WorkStatus::Pending && self.cache_id.is_empty()
    }

    /// Sets the status that its sources leave it. One that waits already is not written again.
    pub(super) fn wait(&self, tx: &Transaction<'_>, status: WorkStatus, reason: Option<&str>) -> rusqlite::Result<()> {
        if self.is_waiting() && status == WorkStatus::Pending {
            return Ok(());
        }
        standing::wait_one(tx, self.id, status, reason)
    }
}

/// The columns of [`ChildStanding`], looked up once for many rows.
const COLUMNS: [&str; 7] = ["id", "planned", "status", "cache_id", "edge", "number", "is_open"];

/// Returns what `step` has made of the standing `parent`, by work id.
pub(super) fn children(tx: &Transaction<'_>, step: i64, parent: i64) -> rusqlite::Result<Vec<(WorkId, ChildStanding)>> {
    let mut found = Vec::new();
    let parameters = [(":parent", &parent as &dyn ToSql), (":step", &step)];
    sql::DERIVE_CHILDREN.each_at::<rusqlite::Error, _>(tx, &parameters, COLUMNS, |row, at| {
        found.push((row.get("work_id")?, child(row, at)?));
        Ok(())
    })?;
    Ok(found)
}

/// Returns the standing of a work item of `step`, if it is in the run file.
pub(super) fn find(tx: &Transaction<'_>, step: i64, work_id: WorkId) -> rusqlite::Result<Option<ChildStanding>> {
    let mut found = None;
    let parameters = [(":work_id", &work_id as &dyn ToSql), (":step", &step)];
    sql::DERIVE_FIND.each_at::<rusqlite::Error, _>(tx, &parameters, COLUMNS, |row, at| {
        found = Some(child(row, at)?);
        Ok(())
    })?;
    Ok(found)
}

/// Returns the work item of a step (rowid), which is made where the run file does not have it, under whatever variant.
pub(super) fn work_item(
    tx: &Transaction<'_>,
    work_id: WorkId,
    (step, kind): (i64, SourceKind),
    source: &str,
    may_be_known: bool,
) -> rusqlite::Result<i64> {
    if may_be_known {
        let of = [(":work_id", &work_id as &dyn ToSql), (":step", &step)];
        if let Some(known) = sql::PLAN_FIND_ITEM.first(tx, &of, |row| row.get("id"))? {
            return Ok(known);
        }
    }
    insert_work_item(tx, work_id, (step, kind), None, Some(source))
}

fn child(row: &rusqlite::Row<'_>, at: [usize; 7]) -> rusqlite::Result<ChildStanding> {
    let [id, planned, status, cache_id, edge, number, is_open] = at;
    Ok(ChildStanding {
        id: row.get(id)?,
        planned: row.get(planned)?,
        status: row.get(status)?,
        cache_id: row.get(cache_id)?,
        edge: row.get(edge)?,
        number: row.get(number)?,
        is_open: row.get(is_open)?,
    })
}

/// Records that `child` is made from `parent`. A join waits for each parent that `is_open`.
pub(super) fn connect(
    tx: &Transaction<'_>,
    child: i64,
    parent: i64,
    number: i64,
    is_open: bool,
) -> rusqlite::Result<()> {
    sql::DERIVE_INSERT_EDGE
        .execute(tx, &[(":child", &child), (":parent", &parent), (":number", &number), (":is_open", &is_open)])
        .map(|_| ())
}
