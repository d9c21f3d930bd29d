//! The options of a run, the events that it reports while it runs, and its summary.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use super::work_point::WorkPoint;
use crate::dispatch::{BudgetStop, GenerationProgress, MaxFailures, StepSummary, UsageTotals};
use crate::project::{Given, ProjectSource};
use crate::provider::ModelFunction;
use crate::record::Stage;
use crate::stage::plan::Counts;
use crate::view;

#[derive(Clone, Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "they are settings that do not exclude each other")]
pub struct RunOptions {
    pub config: PathBuf,
    /// The project as values, in place of the file.
    pub given: Option<Arc<Given>>,
    /// The model of the provider `function`.
    pub function: Option<ModelFunction>,
    /// The run file; `None`: `<run.name>.db` beside the configuration.
    pub db: Option<PathBuf>,
    /// The first stage or step to run; the stages before a stage are taken from the record, and the steps before a
    /// step.
    pub from: Option<WorkPoint>,
    /// The last one.
    pub to: Option<WorkPoint>,
    /// Only work items of the first `limit` rows of the input, or groups where these are work items, are generated.
    pub limit: Option<u64>,
    /// The most work items that may fail or be rejected before the run stops.
    pub max_failures: Option<MaxFailures>,
    /// Values that override the configuration: a dotted key and a YAML value each.
    pub overrides: Vec<(String, String)>,
    /// Whether every provider is replaced by samples.
    pub sample: bool,
    /// The batch that the run is of: a part of the names of its run file and its output folder.
    pub batch: Option<String>,
    /// Whether files of another run file in the output folder are replaced.
    pub overwrite: bool,
    /// Whether the command that writes the input (`input.command`) runs again, although its output is on record.
    pub refresh: bool,
    /// Whether signals such as Ctrl-C are left to the process, instead of stopping the run gracefully.
    pub leaves_signals: bool,
    /// For a dry run: the tokens that each answer of a step's model is expected to have, where the user says so.
    pub expect_output_tokens: Option<u64>,
}

impl RunOptions {
    pub(super) fn origin(&self) -> ProjectSource<'_> {
        ProjectSource {
            config: &self.config,
            given: self.given.as_ref(),
            overrides: &self.overrides,
            sample: self.sample,
            batch: self.batch.as_deref(),
            function: self.function.as_ref(),
            pins: None,
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
    /// Work on a variant begins, in a repeat.
    Variant {
        name: String,
        /// Its place among the variants, from 1.
        number: usize,
        of: usize,
        repeat: u32,
        repeats: u32,
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
    /// What this invocation did for each step, by the step's name.
    pub step_work: Vec<(String, StepSummary)>,
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
    /// The cost of the task itself, where the run file has variants beside it.
    pub of_task: Option<view::money::TaskCost>,
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
    /// Whether a step declares evidence.
    pub has_evidence: bool,
    /// The share of the input that `limit` selects, where that is not all of it.
    pub limited: Option<Limited>,
    /// The steps that this run was not asked to generate.
    pub left_out: Vec<String>,
}

impl RunSummary {
    /// Whether the run was asked for a part of the input or of the steps.
    #[must_use]
    pub fn is_part(&self) -> bool {
        self.limited.is_some() || !self.left_out.is_empty()
    }

    /// The work items by status of the steps that the run was asked to generate.
    #[must_use]
    pub fn asked_for(&self) -> Counts {
        if self.left_out.is_empty() {
            return self.counts;
        }
        all_of(self.steps.iter().filter(|it| !self.left_out.contains(&it.step)))
    }
}

/// The work items of steps by status, together.
pub(super) fn all_of<'a>(steps: impl IntoIterator<Item = &'a view::status::StepCounts>) -> Counts {
    steps.into_iter().fold(Counts::default(), |all, it| {
        all.plus(Counts {
            planned: it.planned,
            pending: it.pending,
            accepted: it.accepted,
            rejected: it.rejected,
            failed: it.failed,
            skipped: it.skipped,
            blocked: it.blocked,
        })
    })
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
