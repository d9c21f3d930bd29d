//! What ran: the configuration, who answered, the data set, the stages.

use super::super::number::Count;

/// What ran, and on what.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RunFacts {
    /// The configuration that was last run.
    pub configuration: Configuration,
    /// The models whose answers decided the work items.
    pub answerers: Vec<AnsweringModel>,
    pub dataset: Option<DatasetFacts>,
    /// The latest finished work of each stage that counts now, in the order of the pipeline.
    pub stages: Vec<StageRun>,
}

/// The parts of the configuration that a reader of the report needs. `None` is what an older snapshot does not say, or
/// what differs between steps.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Configuration {
    /// Empty if nothing ran yet.
    pub config_id: String,
    pub name: String,
    /// The name of its file, if the caller filled it in.
    pub file: Option<String>,
    pub provider: Option<String>,
    pub model: Option<String>,
    /// The files that it names, each with its key.
    pub files: Vec<(String, String)>,
    /// The folder of the outputs.
    pub out_dir: Option<String>,
    /// The files of the latest export.
    pub artifacts: Vec<String>,
    pub judge_model: Option<String>,
    /// `judge.min_score`.
    pub min_score: Option<i64>,
}

/// A model that gave answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AnsweringModel {
    pub provider: String,
    pub model: String,
    /// `generation` or `judge`.
    pub purpose: String,
    pub answers: Count,
    /// The parameters that were sent to it, each with its value.
    pub parameters: Vec<(String, String)>,
}

/// The input table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DatasetFacts {
    /// Its rowid.
    pub id: i64,
    pub name: String,
    /// Such as `csv`.
    pub format: String,
    /// The digest of the file.
    pub sha1: String,
    pub bytes: Count,
    pub columns: Vec<String>,
    /// `input.key`.
    pub key_column: Option<String>,
    pub rows: Count,
}

/// One piece of work of a stage.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StageRun {
    pub stage: String,
    pub step: Option<String>,
    /// The variant, and the repeat after the first; `None` for the task itself.
    pub variant: Option<String>,
    pub status: String,
    pub message: Option<String>,
    /// UTC, RFC 3339.
    pub started_at: String,
    pub ended_at: String,
    pub invocation: i64,
    pub version: String,
}
