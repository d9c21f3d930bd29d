//! Work items that come while the loop runs: [`Admission`] is where they come from.
//!
//! Each round asks it for what has come, in the round's own transaction, and tells it after the commit what was
//! decided. While it is open, the loop waits for more instead of ending.

use rusqlite::{Connection, Transaction};

use super::error::DispatchError;
use super::progress::GenerationProgress;
use super::state::Loop;

/// A work item that an admission opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OpenedItem {
    /// The step (rowid).
    pub step: i64,
    /// Its place in the plan.
    pub position: i64,
}

/// What an admission did.
#[derive(Debug, Default)]
pub struct AdmittedItems {
    /// Work items that are to be decided now.
    pub opened: Vec<OpenedItem>,
    /// Whether standings are to be handed on to later steps.
    pub hand_on: bool,
}

/// Where work items come from while the loop runs.
pub trait Admission {
    /// Puts what has come on record, in the transaction of a round at `time`.
    fn admit(&mut self, tx: &Transaction<'_>, time: &str) -> Result<AdmittedItems, DispatchError>;

    /// Called after the commit of each round, with the standings (rowids) that it decided. `hands_on` says whether
    /// outputs are still to be handed on to later steps.
    fn committed(
        &mut self,
        connection: &Connection,
        decided: &[i64],
        hands_on: bool,
        progress: &GenerationProgress,
    ) -> Result<(), DispatchError>;

    /// Whether something has come that no round has taken.
    fn has_waiting(&self) -> bool;

    /// Whether nothing more can come.
    fn is_closed(&self) -> bool;

    /// Lets nothing more come, since the user asked to stop; returns whether more could come before.
    fn close(&mut self) -> bool;

    /// Whether nobody is left who would take what is decided: nothing more is sent then.
    fn is_abandoned(&self) -> bool;
}

/// The admission of a loop, or nothing.
pub(super) type Door<'d> = Option<&'d mut dyn Admission>;

impl Loop<'_> {
    /// Admits what has come.
    pub(super) fn admit(
        &mut self,
        tx: &Transaction<'_>,
        admission: &mut dyn Admission,
        time: &str,
    ) -> Result<(), DispatchError> {
        if self.stopping {
            return Ok(());
        }
        let admitted = admission.admit(tx, time)?;
        self.progress.planned += admitted.opened.len() as u64;
        self.hand_on_pending |= admitted.hand_on;
        self.recount.changed |= admitted.hand_on;
        for OpenedItem { step, position } in admitted.opened {
            if let Some(place) = self.steps.iter().position(|it| it.task.step == step) {
                // Of work items over the input, those after the cursor's position are claimed.
                let before = i64::from(self.steps[place].is_source);
                self.cursors[place].back_to(position - before);
            }
        }
        Ok(())
    }

    /// Whether the loop has nothing to do until something comes.
    pub(super) fn is_at_rest(&self) -> bool {
        let is_parked = self.outages.iter().any(|it| it.parked() != (0, 0));
        self.is_idle() && self.retry_queue.is_empty() && !is_parked && !self.hand_on_pending && self.is_exhausted()
    }

    /// Tells the admission what was decided, after the commit.
    pub(super) fn report_to(
        &mut self,
        connection: &Connection,
        admission: &mut dyn Admission,
    ) -> Result<(), DispatchError> {
        let decided = self.unreported.as_mut().map(std::mem::take).unwrap_or_default();
        self.progress.in_flight = self.in_flight.len() as u64;
        self.progress.used = self.budget.used();
        admission.committed(connection, &decided, self.hand_on_pending, &self.progress)
    }
}
