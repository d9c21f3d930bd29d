//! What a report says, as typed rows: every number is of the record, every text as it is recorded, long
//! ones cut with a word on how much more there is.

mod answers;
mod calls;
mod items;
mod outcomes;
mod pace;
mod quality;
mod run;
mod steps;

pub use answers::{Attempts, FieldDistribution, GroupDistribution, Judging, Reason, Slice};
pub use calls::{CallOutcomes, Calls, Endpoint, Named, Tokens};
pub use items::{FailedItem, FailureKind, Failures, Sample, SampleGroup};
pub use outcomes::{Group, LONGEST_LABEL, OutcomeCounts, StepOutcome};
pub use pace::{Pace, PaceReasons};
pub use quality::{Anomaly, EmptyColumn};
pub use run::{Answerer, Configuration, Dataset, RunFacts, StageRun};
pub use steps::{Agreement, Disputed, HeldBack, Readers};

use super::number::Count;
use crate::view::graph::Graph;

/// What a report is asked to hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReportOptions {
    /// How many accepted outputs of each group are shown; without groups, twice as many overall.
    pub samples_per_group: usize,
}

/// The report of a run.
#[derive(Clone, Debug, PartialEq)]
pub struct Report {
    /// What ran.
    pub run: RunFacts,
    /// How many of the deciding answers were made up from the schema: no model was asked.
    pub sample_answers: Count,
    /// Where each step stands, in their order. Groups, values and samples are those of the last one.
    pub steps: Vec<StepOutcome>,
    /// What people decided that holds, by their names.
    pub decisions: Vec<Decisions>,
    /// How the steps feed each other, where whoever asked for the report drew it.
    pub graph: Option<Graph>,
    /// Why work items are skipped or blocked.
    pub held_back: Vec<HeldBack>,
    /// How far perspectives agree, by step.
    pub readers: Vec<Readers>,
    /// The groups, largest first, then all smaller ones as one; empty without grouping.
    pub groups: Vec<Group>,
    /// The output fields that have a closed list of values.
    pub fields: Vec<FieldDistribution>,
    /// The tries at work items.
    pub attempts: Attempts,
    /// What the judge said, where one was asked.
    pub judging: Option<Judging>,
    /// What stages found odd.
    pub anomalies: Vec<Anomaly>,
    /// The columns that have empty cells, in the order of the input.
    pub empty_columns: Vec<EmptyColumn>,
    /// How many input rows equal an earlier one, where the input was checked for it.
    pub equal_rows: Option<Count>,
    /// The exchanges with providers.
    pub calls: Calls,
    /// How fast was asked, by model; empty where nobody was asked over a network.
    pub pace: Vec<Pace>,
    /// What did not get through.
    pub failures: Failures,
    /// Accepted outputs to look at.
    pub samples: Vec<SampleGroup>,
    /// Where to look further.
    pub queries: Vec<Query>,
}

/// How many decisions of one person hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decisions {
    /// The person.
    pub decided_by: String,
    /// Outputs that were accepted, or written.
    pub accepted: Count,
    /// Outputs that were rejected.
    pub rejected: Count,
}

impl Report {
    /// The step that the results are of.
    #[must_use]
    pub fn last_step(&self) -> Option<&StepOutcome> {
        self.steps.last()
    }

    /// Whether there are steps that feed each other.
    #[must_use]
    pub fn has_steps(&self) -> bool {
        self.steps.len() > 1
    }

    /// The outcome of the last step; all zero where nothing is planned yet.
    #[must_use]
    pub fn outcome(&self) -> OutcomeCounts {
        self.last_step().map(|step| step.counts).unwrap_or_default()
    }
}

/// A question with the SQL that answers it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Query {
    /// The question.
    pub question: String,
    /// The statement.
    pub sql: String,
}
