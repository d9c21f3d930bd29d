//! The summary of a run.

use std::path::PathBuf;
use std::time::Duration;

use crate::engine::RunSummary;

/// The summary of a run: the counts of the run file's work items by status, and what this run did.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Summary {
    /// The path of the run file.
    pub run_file: PathBuf,
    /// All work items of the plan, in all steps: the sum of the six counts that follow.
    pub planned: u64,
    /// Work items with an accepted output.
    pub completed: u64,
    /// Work items with valid answers, none of which passed the checks and the judge.
    pub rejected: u64,
    /// Work items without a valid answer.
    pub failed: u64,
    /// Work items without a request: none was made for them, or their step's condition did not hold.
    pub skipped: u64,
    /// Work items that need an output which an earlier step did not accept.
    pub blocked: u64,
    /// Work items that are not decided, because the run ended before.
    pub pending: u64,
    /// Calls that this run made.
    pub calls: u64,
    /// Work items that the record had decided before this run, and answers that this run took from the record.
    pub from_record: u64,
    /// Input tokens of this run's answers that providers reported.
    pub input_tokens: u64,
    /// Output tokens of this run's answers that providers reported.
    pub output_tokens: u64,
    /// The known cost of this run's calls in US dollars.
    pub cost_usd: f64,
    /// Calls of this run whose cost is not known. They are not part of `cost_usd`.
    pub unpriced_calls: u64,
    /// Duration of this run.
    pub elapsed: Duration,
    /// Which limit of the budget stopped the run, if one did.
    pub budget: Option<String>,
    /// Whether a signal stopped the run: see [`Batch::stop_on_ctrl_c`](crate::Batch::stop_on_ctrl_c).
    pub interrupted: bool,
}

impl Summary {
    pub(super) fn of(run: RunSummary) -> Self {
        let RunSummary { counts, used, .. } = run;
        Self {
            run_file: run.db,
            planned: counts.planned,
            completed: counts.accepted,
            rejected: counts.rejected,
            failed: counts.failed,
            skipped: counts.skipped,
            blocked: counts.blocked,
            pending: counts.pending,
            calls: run.calls,
            from_record: run.known + run.from_tape,
            input_tokens: used.input_tokens,
            output_tokens: used.output_tokens,
            cost_usd: used.cost.to_usd(),
            unpriced_calls: used.unknown,
            elapsed: run.elapsed,
            budget: run.budget.map(|it| it.to_string()),
            interrupted: run.interrupted,
        }
    }

    /// Whether every work item is accepted or skipped.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.completed + self.skipped == self.planned
    }
}
