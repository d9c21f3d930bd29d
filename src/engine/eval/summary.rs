//! The outcome of an evaluation's work.

use std::path::PathBuf;
use std::time::Duration;

use crate::dispatch::{BudgetStop, UsageTotals};
use crate::engine::options::Limited;
use crate::engine::pipeline::PipelineOutcome;
use crate::experiment::{Ending, Evaluation};
use crate::stage::plan::Counts;
use crate::view::money::CostSummary;

/// The outcome of an evaluation's work.
#[derive(Clone, Debug)]
pub struct EvalSummary {
    pub db: PathBuf,
    /// The name of the variant that the others are compared with.
    pub baseline: String,
    pub repeats: u32,
    /// Those that it worked on, in their order.
    pub variants: Vec<VariantWork>,
    /// The requests that a work item needs at least, in the step that needs most.
    pub requests_each: u64,
    /// The cost of the whole run file, over all runs.
    pub money: CostSummary,
    /// Why the budget allows no more requests.
    pub budget: Option<BudgetStop>,
    /// Calls that were in flight when an earlier process died; they may have been billed.
    pub lost_calls: u64,
    pub elapsed: Duration,
    /// The figures; `None` where it was interrupted before these were worked out.
    pub evaluation: Option<Evaluation>,
    /// How these end the command.
    pub ending: Option<Ending>,
    /// The files that were written beside the run file.
    pub files: Vec<PathBuf>,
    /// Whether the user stopped it.
    pub interrupted: bool,
    /// Whether any answer is a sample.
    pub samples: bool,
    /// The share of the input that `limit` selects, where that is not all of it.
    pub limited: Option<Limited>,
}

/// What was done for a variant, over all repeats.
#[derive(Clone, Debug)]
pub struct VariantWork {
    pub name: String,
    /// The repeats that were begun.
    pub repeats: u32,
    /// The work items of its last step by status.
    pub counts: Counts,
    /// Attempts that this invocation decided.
    pub attempts: u64,
    /// Calls that this invocation made.
    pub calls: u64,
    /// Answers that this invocation took from the tape.
    pub from_tape: u64,
    /// Work items that the record had decided before.
    pub known: u64,
    /// Tokens and money of this invocation's answers.
    pub used: UsageTotals,
    /// Why the budget allows no more requests.
    pub budget: Option<BudgetStop>,
    /// Why it stopped by itself before its work was done, while the others went on.
    pub stopped: Option<VariantStop>,
    pub(super) interrupted: bool,
}

/// Why a variant stopped by itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VariantStop {
    pub why: String,
    /// What to do about it.
    pub hint: Option<String>,
}

impl VariantWork {
    pub(super) fn nothing(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            repeats: 0,
            counts: Counts::default(),
            attempts: 0,
            calls: 0,
            from_tape: 0,
            known: 0,
            used: UsageTotals::default(),
            budget: None,
            stopped: None,
            interrupted: false,
        }
    }

    /// Whether its work was begun.
    #[must_use]
    pub fn is_begun(&self) -> bool {
        self.repeats > 0
    }

    /// Whether it stopped before its work was done, and the others go on.
    pub(super) fn has_stopped(&self) -> bool {
        self.budget.is_some() || self.stopped.is_some()
    }

    /// Why it stopped by itself, with its name.
    #[must_use]
    pub fn said_of_stop(&self) -> Option<String> {
        self.stopped.as_ref().map(|stop| format!("variant `{}` stopped: {}", self.name, stop.why))
    }

    /// Adds what a repeat did.
    pub(super) fn add(&mut self, outcome: &PipelineOutcome) {
        let generated = &outcome.generated;
        self.repeats += 1;
        self.attempts += generated.attempts;
        self.calls += generated.calls;
        self.from_tape += generated.from_tape;
        self.known += outcome.known;
        self.used = self.used.plus(generated.used);
        self.budget = self.budget.clone().or_else(|| generated.budget.clone());
        self.interrupted |= generated.interrupted;
    }
}
