//! A new plan is merged into the run file, recorded results are restored, and work items are opened again.

use rusqlite::Transaction;

use super::counts::count;
use super::request::PlanRequest;
use crate::record::Stage;
use crate::stage::context_error::ContextError;
use crate::stage::moved;
use crate::stage::record::{Forced, Marks};
use crate::stage::standing::{self, SampleNumber, StandingChoice};
use crate::store::sql;

/// How many work items the plan added, changed and took out.
pub(super) struct Merged {
    pub(super) new: usize,
    pub(super) changed: usize,
    pub(super) gone: usize,
    /// Those whose outputs have other lines now.
    pub(super) moved: usize,
}

impl Merged {
    /// The first plan of a step, with `count` work items.
    pub(super) fn all_new(count: i64) -> Self {
        Self { new: usize::try_from(count).unwrap_or(usize::MAX), changed: 0, gone: 0, moved: 0 }
    }
}

/// Merges the scratch table of the plan into the work items.
pub(super) fn merge(tx: &Transaction<'_>, request: &PlanRequest<'_>) -> Result<Merged, ContextError> {
    let (step, task, floor) = (&request.step, &request.task, &request.floor);
    sql::PLAN_FIND_KNOWN.execute(tx, &[(":step", step)])?;
    sql::PLAN_INDEX_PLANNED.execute(tx, &[])?;
    let gone = sql::STANDING_UNPLAN_GONE.execute(tx, &[(":step", step)])?;
    sql::STANDING_PLACE_PLANNED.execute(tx, &[(":step", step)])?;
    let changed = sql::STANDING_READY_PLANNED.execute(tx, &[(":step", step), (":task", task), (":floor", floor)])?;
    sql::PLAN_NUMBER_NEW.execute(tx, &[])?;
    sql::PLAN_INSERT_NEW.execute(tx, &[(":step", step)])?;
    let new = sql::STANDING_INSERT_PLANNED
        .execute(tx, &[(":step", step), (":task", task), (":floor", floor), (":handed_on", &request.handed_on())])?;
    sql::PLAN_DROP_PLANNED.execute(tx, &[])?;
    let moved = moved::follow(tx, *step)?;
    Ok(Merged { new, changed, gone, moved })
}

/// Which decided work items may be opened again.
#[derive(Clone, Copy, Debug)]
pub struct Reopening {
    /// Only those before this plan position.
    pub before: i64,
    /// How many attempts a work item may have.
    pub max_attempts: u32,
}

/// What [`settle_with_record`] did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SettleCounts {
    /// Work items that the run file answered.
    pub restored: usize,
    /// Decided work items that are open again.
    pub reopened: usize,
}

/// Opens the work items of a step before a plan position in a forced round, unless the round has opened them already;
/// returns how many it opened.
pub fn force(tx: &Transaction<'_>, step: i64, before: i64, forced: Forced) -> rusqlite::Result<usize> {
    let Forced { round, sample, .. } = forced;
    standing::choose(tx, StandingChoice::OutsideRound { step, before, round })?;
    standing::reopen(tx, round, SampleNumber::Given(sample))
}

/// Restores recorded results for the open work items of a step, and opens decided ones again if another attempt may
/// change them.
pub fn settle_with_record(tx: &Transaction<'_>, step: i64, reopening: Reopening) -> rusqlite::Result<SettleCounts> {
    let Reopening { before, max_attempts } = reopening;
    let mut counts = SettleCounts::default();
    if count(tx, step)?.pending > 0 && sql::GENERATE_ANY_ATTEMPT.row(tx, &[], |row| row.get("any"))? {
        standing::choose(tx, StandingChoice::Open(step))?;
        counts.restored = standing::restore(tx, Marks::of(tx, Stage::Generate)?)?;
        if counts.restored > 0 {
            moved::follow(tx, step)?;
        }
    }
    standing::choose(tx, StandingChoice::Due { step, before, max_attempts })?;
    counts.reopened += standing::open_again(tx)?;
    Ok(counts)
}
