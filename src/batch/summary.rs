//! What a batch came to.

use std::path::PathBuf;
use std::time::Duration;

use crate::engine::RunSummary;

/// What a batch came to: work items as they stand in the run file now, and what this run did for it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Summary {
    /// The run file.
    pub run_file: PathBuf,
    /// All work items of the plan, in all steps. It is the sum of the six below.
    pub planned: u64,
    /// With an accepted output.
    pub completed: u64,
    /// With valid answers, none of which passed the checks and the judge.
    pub rejected: u64,
    /// Without a valid answer.
    pub failed: u64,
    /// Left out: no request was made for them, or a step's condition did not hold.
    pub skipped: u64,
    /// Waiting for what was not accepted in an earlier step.
    pub blocked: u64,
    /// Not decided: the run ended before.
    pub pending: u64,
    /// Calls that this run made.
    pub calls: u64,
    /// Answers and outputs that this run took from the record.
    pub from_record: u64,
    /// Tokens of input that the answers of this run used, as far as reported.
    pub input_tokens: u64,
    /// Tokens of output that the answers of this run used, as far as reported.
    pub output_tokens: u64,
    /// What the calls of this run cost in US dollars, as far as that is known.
    pub cost_usd: f64,
    /// Calls of this run whose cost is not known, and not part of `cost_usd`.
    pub unpriced_calls: u64,
    /// How long it took.
    pub elapsed: Duration,
    /// Why the budget let no more requests out, where it did.
    pub budget: Option<String>,
    /// Whether Ctrl-C stopped it.
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
            from_record: run.from_record,
            input_tokens: used.input_tokens,
            output_tokens: used.output_tokens,
            cost_usd: used.cost.to_usd(),
            unpriced_calls: used.unknown,
            elapsed: run.elapsed,
            budget: run.budget,
            interrupted: run.interrupted,
        }
    }

    /// Whether every work item has an accepted output or was left out.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.completed + self.skipped == self.planned
    }
}
