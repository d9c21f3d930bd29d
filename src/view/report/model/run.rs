//! What ran: the configuration, who answered, the data set, the stages.

use super::super::number::Count;

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
