//! The content of a report, as typed rows that both renderers read. Long texts are cut and say how much was cut off.

mod agreement;
mod answers;
mod calls;
mod documents;
mod items;
mod outcomes;
mod pace;
mod quality;
mod run;
mod steps;

pub use agreement::AgreementFigure;
pub use answers::{
    Attempts, CriterionScores, FieldDistribution, GroupDistribution, JudgeReason, JudgeSummary, LabelShare, NumberFacts,
};
pub use calls::{CallOutcomes, Calls, ErrorCount, ModelCalls, Tokens};
pub use documents::{CitedDocument, ClaimLabel, ClaimRow, DocumentSection, PassageLine};
pub use items::{FailedItem, FailureKindRow, FailureSection, OutputSample, SampleGroup};
pub use outcomes::{ColumnOutcomes, LONGEST_LABEL, OutcomeCounts, OutcomeGroup, StepOutcome};
pub use pace::{PaceHistory, PaceReasons};
pub use quality::{Anomaly, EmptyColumn, EqualRows, QualityCheck};
pub use run::{AnsweringModel, Configuration, DatasetFacts, RunFacts, StageRun};
pub use steps::{Agreement, Disputed, HeldBackRow, Readers};

use super::number::Count;
use crate::view::evaluation::Evaluation;
use crate::view::graph::Graph;

/// The settings of a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReportOptions {
    /// How many accepted outputs of each group are shown; without groups, twice as many overall.
    pub samples_per_group: usize,
}

/// The report of a run.
#[derive(Clone, Debug, PartialEq)]
pub struct Report {
    pub run: RunFacts,
    /// How many of the deciding answers are samples that no model gave.
    pub sample_answers: Count,
    /// In their order. Groups, values and samples are those of the last step.
    pub steps: Vec<StepOutcome>,
    /// The step whose outputs are the results, or all perspectives of it together.
    pub last: StepOutcome,
    /// The latest evaluation of an experiment, if the caller filled it in.
    pub experiment: Option<Evaluation>,
    /// The decisions of people that hold, by person.
    pub decisions: Vec<Decisions>,
    /// The graph of the steps, if the caller filled it in.
    pub graph: Option<Graph>,
    /// Why work items are skipped or blocked.
    pub held_back: Vec<HeldBackRow>,
    /// How far the perspectives of each step agree.
    pub readers: Vec<Readers>,
    /// How far readers, judges and people agree; empty where nothing is rated twice.
    pub agreement: Vec<AgreementFigure>,
    /// Largest first, then all smaller ones as one; empty without grouping.
    pub groups: Vec<OutcomeGroup>,
    /// The outcomes for each value of the input columns that have few values; empty with grouping.
    pub columns: Vec<ColumnOutcomes>,
    /// The output fields that have a closed list of values, are true or false, or are numbers.
    pub fields: Vec<FieldDistribution>,
    /// `None` if the input is a table.
    pub documents: Option<DocumentSection>,
    pub attempts: Attempts,
    /// `None` if no attempt was judged.
    pub judging: Option<JudgeSummary>,
    pub anomalies: Vec<Anomaly>,
    /// The columns that have empty cells, in the order of the input.
    pub empty_columns: Vec<EmptyColumn>,
    /// How many input rows equal an earlier one; `None` if that was not checked.
    pub equal_rows: Option<EqualRows>,
    /// What was found in the answers, in the order in which it is looked for.
    pub checks: Vec<QualityCheck>,
    pub calls: Calls,
    /// By model; empty if no call went over a network.
    pub pace: Vec<PaceHistory>,
    pub failures: FailureSection,
    pub samples: Vec<SampleGroup>,
    /// Queries to start from.
    pub queries: Vec<ReportQuery>,
}

/// How many decisions of one person hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decisions {
    pub decided_by: String,
    /// Outputs that the person accepted or wrote.
    pub accepted: Count,
    pub rejected: Count,
}

impl Report {
    /// Whether there are several steps.
    #[must_use]
    pub fn has_steps(&self) -> bool {
        self.steps.len() > 1
    }

    /// Whether variants of the task are measured, and the task itself was never run.
    #[must_use]
    pub fn is_of_variants_alone(&self) -> bool {
        self.experiment.is_some() && self.outcome().planned.0 == 0
    }

    /// Whether the figures of agreement say which variant they are of.
    #[must_use]
    pub fn agreement_has_variants(&self) -> bool {
        self.agreement.iter().any(|it| it.variant.is_some())
    }

    /// The work items of the last step by status; all zero if nothing is planned yet.
    #[must_use]
    pub fn outcome(&self) -> OutcomeCounts {
        self.last.counts
    }
}

/// A question with the SQL that answers it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReportQuery {
    pub question: String,
    pub sql: String,
}
