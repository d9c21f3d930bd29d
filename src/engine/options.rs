//! The options of a run, the events that it reports while it runs, and its summary.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use crate::dispatch::{BudgetStop, GenerationProgress, MaxFailures, UsageTotals};
use crate::project::{Given, ProjectSource};
use crate::record::Stage;
use crate::stage::plan::Counts;
use crate::view;

#[derive(Clone, Debug, Default)]
pub struct RunOptions {
    pub config: PathBuf,
    /// The project as values, in place of the file.
    pub given: Option<Arc<Given>>,
    /// The run file; `None`: `<run.name>.db` beside the configuration.
    pub db: Option<PathBuf>,
    /// The first stage to run; those before it are taken from the record.
    pub from: Option<Stage>,
    pub to: Option<Stage>,
    /// Only work items of the first `limit` rows of the input, or groups where these are work items, are generated.
    pub limit: Option<u64>,
    /// The most work items that may fail or be rejected before the run stops.
    pub max_failures: Option<MaxFailures>,
    /// Values that override the configuration: a dotted key and a YAML value each.
    pub overrides: Vec<(String, String)>,
    /// Whether every provider is replaced by samples.
    pub sample: bool,
    /// Whether files of another run file in the output folder are replaced.
    pub overwrite: bool,
    /// Whether signals such as Ctrl-C are left to the process, instead of stopping the run gracefully.
    pub leaves_signals: bool,
}

impl RunOptions {
    pub(super) fn origin(&self) -> ProjectSource<'_> {
        ProjectSource {
            config: &self.config,
            given: self.given.as_ref(),
            overrides: &self.overrides,
            sample: self.sample,
        }
    }
}

/// An event of a run, for people.
#[derive(Clone, Debug)]
#[expect(clippy::large_enum_variant, reason = "each is seen once, and not kept")]
pub enum RunEvent {
    /// A stage ended with this outcome, in words.
    Stage {
        stage: Stage,
        message: String,
    },
    Generating(GenerationProgress),
    /// A fact or a warning.
    Note(String),
}

/// The outcome of a run.
#[derive(Clone, Debug)]
pub struct RunSummary {
    pub db: PathBuf,
    /// The work items of all steps by status.
    pub counts: Counts,
    /// The same for each step.
    pub steps: Vec<view::status::StepCounts>,
    /// Attempts that this invocation decided.
    pub attempts: u64,
    /// Calls that this invocation made.
    pub calls: u64,
    /// Work items that the record had decided before this invocation asked a model.
    pub known: u64,
    /// Answers that this invocation took from the tape.
    pub from_tape: u64,
    /// Tokens and money of this invocation's answers.
    pub used: UsageTotals,
    /// The cost of the whole run file, over all runs.
    pub money: Option<view::money::CostSummary>,
    /// Why the budget allows no more requests.
    pub budget: Option<BudgetStop>,
    /// The requests that a work item needs at least: one for its answer and one for each judge, in the step that needs
    /// most.
    pub requests_each: u64,
    /// Calls that were in flight when an earlier process died; they may have been billed.
    pub lost_calls: u64,
    pub elapsed: Duration,
    /// The files that were written beside the run file.
    pub files: Vec<PathBuf>,
    /// Whether the user stopped it.
    pub interrupted: bool,
    /// Whether any answer is a sample.
    pub samples: bool,
    /// The share of the input that `limit` selects, where that is not all of it.
    pub limited: Option<Limited>,
}

/// The share of the input that a run works on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limited {
    pub limit: u64,
    /// The number of all rows or groups.
    pub of: u64,
    /// `rows` or `groups`.
    pub what: &'static str,
}
