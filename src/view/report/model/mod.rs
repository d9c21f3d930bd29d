//! What a report says, as typed rows: every number is of the record, every text as it is recorded, long
//! ones cut with a word on how much more there is.

mod calls;
mod items;
mod pace;
mod steps;

pub use calls::{CallOutcomes, Calls, Endpoint, Named, Tokens};
pub use items::{FailedItem, FailureKind, Failures, Sample, SampleGroup};
pub use pace::{Pace, PaceReasons};
pub use steps::{Agreement, Disputed, HeldBack, Readers};

use super::number::{Count, Share, clipped};
use crate::view::graph::Graph;

/// How many characters of a group's key are shown.
pub(super) const LONGEST_LABEL: usize = 120;

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

/// What ran.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RunFacts {
    /// The configuration that was last run.
    pub configuration: Configuration,
    /// Who gave the answers that decided the work items.
    pub answerers: Vec<Answerer>,
    /// The input.
    pub dataset: Option<Dataset>,
    /// The work that counts now, in the order of the pipeline.
    pub stages: Vec<StageRun>,
}

/// The parts of the configuration that a reader of the report needs. What an older snapshot does not say is `None`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Configuration {
    /// The configuration's id; empty where nothing ran yet.
    pub config_id: String,
    /// `run.name`.
    pub name: String,
    /// `run.seed`.
    pub seed: Option<i64>,
    /// The provider that answers are asked of.
    pub provider: Option<String>,
    /// The model that is asked.
    pub model: Option<String>,
    /// Its temperature, as the configuration has it.
    pub temperature: Option<String>,
    /// The judge's model, where there is a judge.
    pub judge_model: Option<String>,
    /// The least score that the judge lets through.
    pub min_score: Option<i64>,
}

/// Who gave answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answerer {
    /// The provider.
    pub provider: String,
    /// The model, as the provider named it.
    pub model: String,
    /// `generation` or `judge`.
    pub purpose: String,
    /// How many answers.
    pub answers: Count,
}

/// The input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dataset {
    /// The file's name.
    pub name: String,
    /// How it was read.
    pub format: String,
    /// The digest of its bytes.
    pub sha1: String,
    /// Its size.
    pub bytes: Count,
    /// Its columns.
    pub columns: Vec<String>,
    /// The column that is a row's identity.
    pub key_column: Option<String>,
    /// Its rows.
    pub rows: Count,
}

/// One stage's work.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StageRun {
    /// The stage.
    pub stage: String,
    /// The step, where the stage belongs to one.
    pub step: Option<String>,
    /// How it ended.
    pub status: String,
    /// Why it failed.
    pub message: Option<String>,
    /// When it began, UTC RFC 3339.
    pub started_at: String,
    /// When it ended.
    pub ended_at: String,
    /// The invocation.
    pub invocation: i64,
    /// The version of Casebook.
    pub version: String,
}

/// Where a step stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StepOutcome {
    /// The step.
    pub step: String,
    /// Its work items by status.
    pub counts: OutcomeCounts,
}

/// Work items by status. They add up to `planned`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OutcomeCounts {
    /// All of them.
    pub planned: Count,
    /// With an output.
    pub accepted: Count,
    /// With valid answers, none of which passed the checks and the judge.
    pub rejected: Count,
    /// Without a valid answer.
    pub failed: Count,
    /// Left out on purpose.
    pub skipped: Count,
    /// Whose needs were not met.
    pub blocked: Count,
    /// Still to be done.
    pub pending: Count,
}

impl OutcomeCounts {
    /// Each status with its count, in the order they are always shown.
    #[must_use]
    pub fn parts(&self) -> [(&'static str, Share); 6] {
        [
            ("accepted", self.accepted),
            ("rejected", self.rejected),
            ("failed", self.failed),
            ("skipped", self.skipped),
            ("blocked", self.blocked),
            ("pending", self.pending),
        ]
        .map(|(word, part)| (word, Share { part, whole: self.planned }))
    }

    /// The accepted share of all that is planned.
    #[must_use]
    pub fn acceptance(&self) -> Share {
        Share { part: self.accepted, whole: self.planned }
    }

    /// What is neither accepted, rejected nor failed.
    #[must_use]
    pub fn open(&self) -> Count {
        [self.skipped, self.blocked, self.pending].into_iter().sum()
    }
}

/// Rows that belong together; or, last in the list, all groups that are not shown one by one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// Its key; `None` for the sum of those not shown.
    pub key: Option<String>,
    /// How many groups this is.
    pub groups: Count,
    /// Its rows.
    pub rows: Count,
    /// How many of them fit its context.
    pub included_rows: Count,
    /// Its work items by status.
    pub counts: OutcomeCounts,
    pub(super) rowid: Option<i64>,
}

impl Group {
    /// What it is called.
    #[must_use]
    pub fn label(&self) -> String {
        match &self.key {
            Some(key) if key.is_empty() => "(empty)".to_owned(),
            Some(key) => clipped(key, LONGEST_LABEL),
            None => format!("other ({} groups)", self.groups),
        }
    }
}

/// One value with its share.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Slice {
    /// The value.
    pub label: String,
    /// How often.
    pub share: Share,
}

/// How often each value of an output field was accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldDistribution {
    /// The field.
    pub name: String,
    /// The values, as the schema lists them; then what else there was.
    pub overall: Vec<Slice>,
    /// The values that `by_group` tells apart, most frequent first; the last may stand for all others.
    pub shown_values: Vec<String>,
    /// The same by group, in the order of the groups; empty without grouping.
    pub by_group: Vec<GroupDistribution>,
}

/// One group's part of a distribution.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupDistribution {
    /// The group.
    pub group: String,
    /// Its share of each of the shown values.
    pub slices: Vec<Slice>,
}

/// The tries at work items.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Attempts {
    /// How they ended, by kind.
    pub outcomes: Vec<Slice>,
    /// How many accepted work items took 1, 2, 3 … attempts.
    pub per_accepted: Vec<Slice>,
}

/// What the judge said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judging {
    /// Attempts with the verdict PASS, of those judged.
    pub passed: Share,
    /// Attempts that were accepted, of those judged: the verdict was PASS and the score high enough.
    pub let_through: Share,
    /// The least score that is let through.
    pub min_score: Option<i64>,
    /// Attempts by score: 0–9, 10–19, … 90–100.
    pub scores: [Count; 10],
    /// The reasons given most often.
    pub reasons: Vec<Reason>,
}

/// A reason that the judge gave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reason {
    /// Its text.
    pub reason: String,
    /// How often.
    pub times: Count,
    /// How often for an attempt that did not get through.
    pub turned_down: Count,
}

/// A kind of thing that a stage found odd.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Anomaly {
    /// The stage.
    pub stage: String,
    /// The kind.
    pub kind: String,
    /// How often.
    pub total: Count,
    /// The first of them: what it is about, and what was found.
    pub examples: Vec<(Option<String>, String)>,
}

/// A column with empty cells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EmptyColumn {
    /// The column.
    pub column: String,
    /// How many of its cells are empty.
    pub share: Share,
}

/// A question with the SQL that answers it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Query {
    /// The question.
    pub question: String,
    /// The statement.
    pub sql: String,
}

/// The first characters of an id: enough to find it by.
pub(super) fn short(id: &str) -> &str {
    id.get(..10).unwrap_or(id)
}
