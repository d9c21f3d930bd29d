//! What can stop a command, with what to do about it.

use std::io;
use std::path::{Path, PathBuf};

use super::generate::Stop;
use super::review::LineError;
use crate::config::{ConfigError, Location};
use crate::prompt::PromptError;
use crate::schema::{NotNative, SchemaError};
use crate::stage::artifact::ReadError;
use crate::stage::generate::tape::ClaimError;
use crate::stage::ingest::IngestError;
use crate::stage::plan::PlanError;
use crate::stage::review::ReviewError;
use crate::store::{LockError, OpenError, Trouble, is_interruption};
use crate::tabular::TabularError;
use crate::transport::{RecordedError, SecretError, TransportError};
use crate::view::item::FindError;
use crate::view::report::ReportError;

/// Why a command could not do its work.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// The system gives no random numbers.
    #[error("the system gives no random numbers: {0}")]
    Randomness(getrandom::Error),
    /// The configuration is wrong.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// A prompt, a check or a template is wrong.
    #[error(transparent)]
    Prompt(#[from] PromptError),
    /// The schema is wrong.
    #[error(transparent)]
    Schema(#[from] SchemaError),
    /// A file that the configuration names cannot be read.
    #[error("cannot read {}, named by `{key}`", path.display())]
    File {
        /// The key that names it.
        key: String,
        /// The file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// The configuration file itself cannot be read.
    #[error("cannot read the configuration {}", path.display())]
    NoConfig {
        /// The file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// The format of a table is not known.
    #[error("cannot tell the format of {}, named by `{key}`", path.display())]
    UnknownFormat {
        /// The key that names it.
        key: &'static str,
        /// The file.
        path: PathBuf,
    },
    /// A column that the configuration names is not in the input.
    #[error("`{key}` is `{column}`, but the input has no such column")]
    NoColumn {
        /// The key that names it.
        key: &'static str,
        /// The column.
        column: String,
        /// The columns there are.
        columns: Vec<String>,
    },
    /// A step is made from a field that no output of another one has, or that is no list there.
    #[error("`each` of step `{step}`: the outputs of `{of}` {problem}")]
    NoField {
        /// The step.
        step: String,
        /// The step whose outputs they are.
        of: String,
        /// What is wrong with the field.
        problem: String,
        /// The nearest of the names that there are, or all of them.
        hint: String,
    },
    /// A prompt of a later step shows images.
    #[error("step `{step}`: only a prompt over rows or groups of the input can show images")]
    NoImages {
        /// The step.
        step: String,
    },
    /// The provider has to hold answers to the schema and cannot.
    #[error("`{key}` is `required`, but the provider cannot hold answers to the schema: {reason}")]
    NotStructured {
        /// The key that demands it.
        key: String,
        /// Why not.
        reason: NotNative,
    },
    /// The table of recorded answers cannot be read.
    #[error(transparent)]
    Table(#[from] TabularError),
    /// The table of recorded answers cannot be used.
    #[error(transparent)]
    Recorded(#[from] RecordedError),
    /// The provider's key is not there.
    #[error(transparent)]
    Secret(#[from] SecretError),
    /// The run file cannot be opened.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// Somebody else writes to it.
    #[error(transparent)]
    Lock(#[from] LockError),
    /// The input was not taken in.
    #[error(transparent)]
    Ingest(#[from] IngestError),
    /// There is no plan.
    #[error(transparent)]
    Plan(#[from] PlanError),
    /// Work items could not be claimed.
    #[error(transparent)]
    Claim(#[from] ClaimError),
    /// The record did not take something, or did not give it.
    #[error("the run file cannot be read or written")]
    Store(#[from] rusqlite::Error),
    /// The world outside is in the way of the record.
    #[error("{}: {trouble} ({message})", path.display())]
    RunFile {
        /// The run file.
        path: PathBuf,
        /// What is in the way.
        trouble: Trouble,
        /// What SQLite said.
        message: String,
    },
    /// The transport did not start.
    #[error(transparent)]
    Transport(#[from] TransportError),
    /// The user stopped it.
    #[error("interrupted")]
    Interrupted,
    /// Generation stopped before its work was done.
    #[error("{why}; work items left open: {pending}")]
    Stopped {
        /// Why.
        why: Stop,
        /// How many work items are left open.
        pending: u64,
    },
    /// A bound on the cost, and no price to hold it by.
    #[error("`budget.max_cost_usd` is set, but no price is known for `{key}.model` `{model}` at {host}")]
    NoPrice {
        /// The block of the model.
        key: &'static str,
        /// The model.
        model: String,
        /// The host that is asked.
        host: String,
    },
    /// A bound on the cost, and answers of any length.
    #[error("`budget.max_cost_usd` is set, but `{key}.max_output_tokens` is not: an answer could cost anything")]
    NoOutputLimit {
        /// The block of the model.
        key: &'static str,
    },
    /// A file that a stage wrote cannot be taken out of the record.
    #[error(transparent)]
    Artifact(#[from] ReadError),
    /// A file cannot be written.
    #[error("cannot write {}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// The report could not be made.
    #[error(transparent)]
    Report(#[from] ReportError),
    /// A stage needs another one's work, which the record does not hold.
    #[error("the stage `{stage}` needs `{needs}`, which has not run yet")]
    Missing {
        /// The stage that was asked for.
        stage: &'static str,
        /// The stage it needs.
        needs: &'static str,
    },
    /// Answers cannot be read again by a schema that is not there yet.
    #[error("{} is still to be written by a model", path.display())]
    Unwritten {
        /// The file.
        path: PathBuf,
    },
    /// A model was to write a schema and did not come to a usable one.
    #[error("no usable schema was written to {}: {detail}", path.display())]
    NoSchema {
        /// The file.
        path: PathBuf,
        /// The run file.
        db: PathBuf,
        /// The work item.
        work_id: String,
        /// What was wrong with the last answer.
        detail: String,
    },
    /// A run file without a run.
    #[error("{} holds no run yet", .0.display())]
    Empty(PathBuf),
    /// The tape is what results that stay are made of.
    #[error("`--tape` sets answers aside that the results before `{stage}` are made of")]
    TapeInUse {
        /// The stage that was named.
        stage: &'static str,
    },
    /// Nothing was chosen.
    #[error("nothing to try again was named")]
    NothingSelected,
    /// Several judges, and an image that one of them is shown.
    #[error("a prompt of several judges shows an image, which only a single judge may")]
    ManyJudgesSee,
    /// No step has this name.
    #[error("there is no step `{0}`")]
    NoStep(String),
    /// A decision of a person cannot be taken.
    #[error(transparent)]
    Review(#[from] ReviewError),
    /// A line of a file of decisions is no decision.
    #[error(transparent)]
    NoDecision(#[from] LineError),
    /// A line of a file of decisions cannot be taken; none of them was.
    #[error("{}:{line}: no decision was taken", path.display())]
    DecisionLine {
        /// The file.
        path: PathBuf,
        /// The line.
        line: u64,
        /// Why.
        source: Box<EngineError>,
    },
    /// Two lines of a file decide on one work item.
    #[error("work item {work_id} is decided on in line {first} too")]
    DecidedTwice {
        /// The work item.
        work_id: String,
        /// The first line.
        first: u64,
    },
    /// What was named is not one work item.
    #[error(transparent)]
    Find(#[from] FindError),
    /// The record cannot be taken as a configuration any more.
    #[error("the recorded configuration cannot be read: {0}")]
    Snapshot(String),
}

impl EngineError {
    /// Where in a file the reason is, if known.
    #[must_use]
    pub fn location(&self) -> Option<&Location> {
        match self {
            Self::Config(error) => error.location(),
            Self::Prompt(error) => error.location(),
            _ => None,
        }
    }

    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::NoColumn { columns, .. } => return Some(format!("its columns are {}", columns.join(", "))),
            Self::NoField { hint, .. } => return Some(hint.clone()),
            Self::Config(error) => return error.hint(),
            Self::Prompt(error) => return error.hint(),
            Self::File { source, .. } | Self::NoConfig { source, .. }
                if source.kind() == io::ErrorKind::InvalidData =>
            {
                "save it as UTF-8"
            }
            Self::File { .. } => "paths are relative to the configuration file",
            Self::NoConfig { .. } => "`casebook init DIR` writes a project that runs as it stands",
            Self::Schema(SchemaError::NotText { .. }) => {
                "a text needs no schema: take it away (in a step: `schema: null`), or give it one field"
            }
            Self::NotStructured { .. } => {
                "use `auto`, and show the schema in the prompt, or change the schema or the model"
            }
            Self::UnknownFormat { .. } => "name it with `format: csv` (or tsv, psv, xlsx, ods, jsonl) beside the path",
            Self::Secret(_) => {
                "set it with `export NAME=…`, name another one with `llm.api_key_env`, or rehearse without a key: \
                 `--provider sample`"
            }
            Self::Open(error) => return error.hint().map(str::to_owned),
            Self::Lock(LockError::Held { .. }) => "wait for it to end, or stop it; nothing was written",
            Self::Lock(LockError::Io { .. }) => {
                "a writer puts a file beside the run file for as long as it writes: the folder has to be writable, with \
                 room in it"
            }
            Self::RunFile { trouble, .. } => trouble.hint(),
            Self::Write { .. } => {
                "the record holds what was to be written: mend the cause and run `casebook export` or `casebook report`"
            }
            Self::Stopped { why, .. } => why.hint(),
            Self::NoPrice { key, .. } => {
                return Some(format!(
                    "say what it costs per million tokens, as in `{key}.price: {{input: 0.15, output: 0.6}}` (0 where it \
                     is free), or name a table with `prices`"
                ));
            }
            Self::NoOutputLimit { key } => {
                return Some(format!("set `{key}.max_output_tokens` to the longest answer that you expect"));
            }
            Self::NoSchema { db, work_id, .. } => {
                let (db, short) = (db.display(), work_id.get(..12).unwrap_or(work_id));
                return Some(format!(
                    "`casebook show {db} {short}` has all that was said, and `casebook retry {db} {short}` lets the model \
                     try again; or word `prompts.schema` otherwise, allow more `schema.llm.retries`, write the file yourself"
                ));
            }
            Self::Unwritten { .. } => {
                "`casebook run CONFIG` has it written; where it should be there, see that `schema.path` is right"
            }
            Self::Missing { .. } => "run without `--from` or `--only` once",
            Self::Empty(_) => "`casebook run CONFIG` fills it",
            Self::TapeInUse { .. } => "use `--from generate --tape`, or leave `--tape` out",
            Self::NothingSelected => "name work items, or use `--failed` or `--rejected`",
            Self::Find(error) => return error.hint().map(str::to_owned),
            Self::ManyJudgesSee => "show it to the generation's model alone, or have one judge",
            Self::NoStep(_) => "`casebook status DB` lists the steps",
            Self::Review(error) => return error.hint().map(str::to_owned),
            Self::NoDecision(error) => error.hint(),
            Self::DecisionLine { source, .. } => return source.hint(),
            Self::DecidedTwice { .. } => "leave one of them out",
            _ => return None,
        };
        Some(hint.to_owned())
    }

    /// The same, told as what is in the way of the run file at `path` where that is behind it.
    #[must_use]
    pub fn of_file(self, path: &Path) -> Self {
        match (&self, Trouble::behind(&self)) {
            // These name the file already.
            (Self::Open(_) | Self::RunFile { .. }, _) | (_, None) => self,
            (_, Some((trouble, message))) => Self::RunFile { path: path.to_owned(), trouble, message },
        }
    }

    /// Whether it only says that the command, or one of its statements, was stopped because the user asked for it.
    #[must_use]
    pub fn is_interruption(&self) -> bool {
        matches!(self, Self::Interrupted) || is_interruption(self)
    }

    /// Whether the user's configuration or call is wrong, rather than the world.
    #[must_use]
    pub fn is_configuration(&self) -> bool {
        match self {
            Self::Review(error) => return error.is_usage(),
            Self::DecisionLine { source, .. } => return source.is_configuration(),
            _ => {}
        }
        matches!(
            self,
            Self::Config(_)
                | Self::Prompt(_)
                | Self::Schema(_)
                | Self::File { .. }
                | Self::NoConfig { .. }
                | Self::UnknownFormat { .. }
                | Self::NoColumn { .. }
                | Self::NoField { .. }
                | Self::NoImages { .. }
                | Self::NotStructured { .. }
                | Self::Table(_)
                | Self::Recorded(_)
                | Self::Secret(_)
                | Self::TapeInUse { .. }
                | Self::NothingSelected
                | Self::NoStep(_)
                | Self::ManyJudgesSee
                | Self::NoDecision(_)
                | Self::DecidedTwice { .. }
                | Self::NoPrice { .. }
                | Self::NoOutputLimit { .. }
                | Self::Find(_)
                | Self::Missing { .. }
                | Self::Unwritten { .. }
                | Self::Ingest(
                    IngestError::Table(_)
                        | IngestError::NoKeyColumn { .. }
                        | IngestError::EmptyKey { .. }
                        | IngestError::RepeatedKey { .. }
                        | IngestError::NoRows(_)
                )
        )
    }
}
