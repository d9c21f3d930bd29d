//! The plan meets the record: what is new, what has another exact task now, and what the record answers.

use rusqlite::Transaction;
use serde_json::Value;

use super::{PlanError, PlanRequest, count};
use crate::record::{AttemptOutcome, Stage};
use crate::stage::record::Marks;
use crate::store::sql;

/// How many work items the plan added, changed and took out.
pub(super) struct Merged {
    pub(super) new: usize,
    pub(super) changed: usize,
    pub(super) gone: usize,
}

impl Merged {
    /// A plan of `count` work items where there were none.
    pub(super) fn all_new(count: i64) -> Self {
        Self { new: usize::try_from(count).unwrap_or(usize::MAX), changed: 0, gone: 0 }
    }
}

/// Merges the scratch table of the plan into the work items.
pub(super) fn merge(tx: &Transaction<'_>, request: &PlanRequest<'_>) -> Result<Merged, PlanError> {
    let step = &request.step;
    sql::PLAN_INDEX_PLANNED.execute(tx, &[])?;
    sql::PLAN_MARK_KNOWN.execute(tx, &[(":step", step)])?;
    let gone = sql::PLAN_UNPLAN.execute(tx, &[(":step", step)])?;
    sql::PLAN_MOVE_KNOWN.execute(tx, &[(":step", step)])?;
    let changed = sql::PLAN_REOPEN_CHANGED.execute(tx, &[(":step", step), (":task", &request.task)])?;
    let new = sql::PLAN_INSERT_NEW.execute(tx, &[(":step", step), (":task", &request.task)])?;
    sql::PLAN_DROP_PLANNED.execute(tx, &[])?;
    Ok(Merged { new, changed, gone })
}

/// How the record may answer work items, and which of them are opened again.
#[derive(Clone, Copy, Debug)]
pub struct Reopening {
    /// Accepted outputs on record are taken for open work items with the very same task (`cache.enabled`).
    pub use_cache: bool,
    /// Only work items before this position are opened again.
    pub before: i64,
    /// How many attempts a work item may have.
    pub max_attempts: u32,
}

/// What [`settle_with_record`] did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Settled {
    /// Work items that the record answered.
    pub restored: usize,
    /// Work items that were decided and are open again.
    pub reopened: usize,
}

/// Opens every decided work item before a position again, with a new sample each (`cache.force`); returns how many.
pub fn open_all(tx: &Transaction<'_>, step: i64, before: i64) -> rusqlite::Result<usize> {
    sql::PLAN_REOPEN_ALL.execute(tx, &[(":step", &step), (":before", &before)])
}

/// Lets every open work item meet the record, and opens decided ones again where trying again can change something.
pub fn settle_with_record(tx: &Transaction<'_>, step: i64, reopening: Reopening) -> rusqlite::Result<Settled> {
    let mut settled = Settled::default();
    let pending = count(tx, step)?.pending;
    if pending > 0 {
        settled.restored = sql::PLAN_RESTORE_DECIDED.execute(tx, &[(":step", &step)])?;
    }
    if reopening.use_cache && pending > 0 {
        let after = Marks::of(tx, Stage::Generate)?.attempt;
        settled.restored += sql::PLAN_RESTORE_ACCEPTED.execute(tx, &[(":step", &step), (":after", &after)])?;
    }
    let unanswered: Vec<&str> =
        AttemptOutcome::ALL.iter().filter(|it| !it.was_answered()).map(|it| it.as_str()).collect();
    settled.reopened = sql::PLAN_REOPEN_UNANSWERED
        .execute(tx, &[(":step", &step), (":unanswered", &Value::from(unanswered)), (":before", &reopening.before)])?;
    settled.reopened += sql::PLAN_REOPEN_SHORT
        .execute(tx, &[(":step", &step), (":max_attempts", &reopening.max_attempts), (":before", &reopening.before)])?;
    Ok(settled)
}
