//! The summary of a run.

use std::path::PathBuf;
use std::time::Duration;

use crate::engine::{self, RunSummary, StepCounts};

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
    /// Calls of this run whose cost is not known. They are not part of `cost_usd`: see [`cost`](Self::cost).
    pub unpriced_calls: u64,
    /// Of the input tokens: those that were read from the provider's cache.
    pub cached_tokens: u64,
    /// Of the output tokens: those that were spent on reasoning.
    pub reasoning_tokens: u64,
    /// Answers of this run whose input or output tokens were not reported. They are not part of the counts of tokens.
    pub uncounted_calls: u64,
    /// The same for each step, in their order: one, unless a configuration file has several.
    pub steps: Vec<StepSummary>,
    /// Duration of this run.
    pub elapsed: Duration,
    /// Which limit of the budget stopped the run, if one did.
    pub budget: Option<String>,
    /// Whether a signal stopped the run: see [`Batch::stop_on_ctrl_c`](crate::Batch::stop_on_ctrl_c).
    pub interrupted: bool,
}

/// The part of a [`Summary`] that is about one step.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct StepSummary {
    /// The name of the step.
    pub step: String,
    /// All work items of the step: the sum of the six counts that follow.
    pub planned: u64,
    /// Work items with an accepted output.
    pub completed: u64,
    /// Work items with valid answers, none of which passed the checks and the judge.
    pub rejected: u64,
    /// Work items without a valid answer.
    pub failed: u64,
    /// Work items without a request.
    pub skipped: u64,
    /// Work items that need an output which an earlier step did not accept.
    pub blocked: u64,
    /// Work items that are not decided.
    pub pending: u64,
    /// Calls that this run made.
    pub calls: u64,
    /// Input tokens of this run's answers that providers reported.
    pub input_tokens: u64,
    /// Output tokens of this run's answers that providers reported.
    pub output_tokens: u64,
    /// The cost of this run's calls in US dollars; `None` if the cost of at least one call is not known.
    pub cost_usd: Option<f64>,
}

impl StepSummary {
    fn of(counts: StepCounts, work: &[(String, engine::StepSummary)]) -> Self {
        let work = work.iter().find(|(name, _)| *name == counts.step).map(|(_, work)| *work).unwrap_or_default();
        Self {
            planned: counts.planned,
            completed: counts.accepted,
            rejected: counts.rejected,
            failed: counts.failed,
            skipped: counts.skipped,
            blocked: counts.blocked,
            pending: counts.pending,
            calls: work.calls,
            input_tokens: work.used.input_tokens,
            output_tokens: work.used.output_tokens,
            cost_usd: (work.used.unknown == 0).then(|| work.used.cost.to_usd()),
            step: counts.step,
        }
    }
}

impl Summary {
    pub(super) fn of(run: RunSummary) -> Self {
        let RunSummary { counts, used, .. } = run;
        // A step without work items has no counts on record.
        let is_empty = |name: &String| run.steps.iter().all(|it| it.step != *name);
        let empty: Vec<StepSummary> = run
            .step_work
            .iter()
            .filter(|(name, _)| is_empty(name))
            .map(|(name, _)| StepSummary { step: name.clone(), cost_usd: Some(0.0), ..StepSummary::default() })
            .collect();
        let counted = run.steps.into_iter().map(|it| StepSummary::of(it, &run.step_work));
        let steps = counted.chain(empty).collect();
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
            cached_tokens: used.cached_tokens,
            reasoning_tokens: used.reasoning_tokens,
            uncounted_calls: used.uncounted,
            steps,
            elapsed: run.elapsed,
            budget: run.budget.map(|it| it.to_string()),
            interrupted: run.interrupted,
        }
    }

    /// Returns the cost of this run's calls in US dollars; `None` if the cost of at least one call is not known.
    #[must_use]
    pub fn cost(&self) -> Option<f64> {
        (self.unpriced_calls == 0).then_some(self.cost_usd)
    }

    /// Whether every work item is accepted or skipped.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.completed + self.skipped == self.planned
    }
}
