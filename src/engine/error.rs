//! The error of a command. Each room's error has its own hint and says whether the user's call is at fault; this one
//! adds the errors that only the engine knows.

use std::borrow::Cow;
use std::io;
use std::path::{Path, PathBuf};

use super::canary::error::CanaryError;
use super::compile::error::CompileError;
use super::live::LiveError;
use super::pricing::BudgetError;
use super::promote::PromoteError;
use super::push::PushError;
use super::render::RenderError;
use super::review::error::{DecisionsError, SampleError};
use crate::config::{ConfigError, Location};
use crate::dispatch::{DispatchError, Stop};
use crate::project::{Project, ProjectError};
use crate::prompt::PromptError;
use crate::record::Stage;
use crate::schema::SchemaError;
use crate::stage::artifact::ArtifactError;
use crate::stage::context_error::ContextError;
use crate::stage::evaluate::EvaluateError;
use crate::stage::export::ExportError;
use crate::stage::gold::GoldError;
use crate::stage::ingest::IngestError;
use crate::stage::review::ReviewError;
use crate::store::{LockError, OpenError, Trouble, VariantError, is_interruption};
use crate::tabular::TabularError;
use crate::transport::{RecordedError, SecretError, TransportError};
use crate::view::item::FindError;
use crate::view::pages::PageError;
use crate::view::report::ReportError;

/// Why a command failed.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    #[error(transparent)]
    Project(#[from] ProjectError),
    #[error(transparent)]
    Compile(#[from] CompileError),
    /// Another error, and where in the configuration its key is written.
    #[error("{error}")]
    Placed {
        location: Location,
        #[source]
        error: Box<EngineError>,
    },
    /// Another error, and the variant of the experiment that it is about.
    #[error("variant `{variant}`: {error}")]
    Variant {
        variant: String,
        #[source]
        error: Box<EngineError>,
    },
    #[error(transparent)]
    Canary(#[from] CanaryError),
    /// No prompt is called so.
    #[error("the task has no prompt `{name}`")]
    NoPrompt { name: String, known: String },
    /// `eval` without an experiment.
    #[error("the configuration has no `experiment`")]
    NoExperiment,
    /// A better variant is required, but nothing says what better is.
    #[error("`--require better`: no metric decides")]
    NothingDecides,
    /// No variant is called so; `near` is the nearest name.
    #[error("there is no variant `{name}`")]
    NoVariant { name: String, near: Option<String>, known: String },
    #[error(transparent)]
    NoRecordedVariant(#[from] VariantError),
    #[error(transparent)]
    Budget(#[from] BudgetError),
    #[error(transparent)]
    Live(#[from] LiveError),
    #[error(transparent)]
    Promote(#[from] PromoteError),
    #[error(transparent)]
    Push(#[from] PushError),
    #[error(transparent)]
    Recorded(#[from] RecordedError),
    #[error(transparent)]
    Secret(#[from] SecretError),
    #[error(transparent)]
    Open(#[from] OpenError),
    #[error(transparent)]
    Lock(#[from] LockError),
    #[error(transparent)]
    Ingest(#[from] IngestError),
    #[error(transparent)]
    Gold(#[from] GoldError),
    #[error(transparent)]
    Context(#[from] ContextError),
    #[error(transparent)]
    Transport(#[from] TransportError),
    #[error(transparent)]
    Artifact(#[from] ArtifactError),
    #[error(transparent)]
    Export(#[from] ExportError),
    #[error(transparent)]
    Evaluate(#[from] EvaluateError),
    #[error(transparent)]
    Report(#[from] ReportError),
    #[error(transparent)]
    Review(#[from] ReviewError),
    #[error(transparent)]
    Decisions(#[from] DecisionsError),
    #[error(transparent)]
    Sample(#[from] SampleError),
    #[error(transparent)]
    Find(#[from] FindError),
    #[error(transparent)]
    Render(#[from] RenderError),
    /// SQLite refused to read or write.
    #[error("the run file cannot be read or written")]
    Store(#[from] rusqlite::Error),
    /// A disk, a permission or another process prevents access to the run file. `message` is SQLite's.
    #[error("{}: {trouble} ({message})", path.display())]
    RunFile { path: PathBuf, trouble: Trouble, message: String },
    #[error("the system gives no random numbers: {0}")]
    Randomness(getrandom::Error),
    #[error("interrupted")]
    Interrupted,
    /// Generation stopped before its work was done.
    #[error("{why}; work items left open: {pending}")]
    Stopped { why: Stop, pending: u64 },
    #[error("cannot write {}", path.display())]
    Write {
        path: PathBuf,
        #[source]
        source: io::Error,
    },
    /// The folder of files cannot be written to. Nothing was asked.
    #[error("cannot write into the folder {}", dir.display())]
    Unwritable {
        dir: PathBuf,
        #[source]
        source: io::Error,
    },
    /// A page of a work item cannot be made.
    #[error(transparent)]
    Pages(PageError),
    /// The template of pages cannot be read.
    #[error("cannot read the template {}", path.display())]
    Template {
        path: PathBuf,
        #[source]
        source: io::Error,
    },
    /// A file in the output folder belongs to another run file (`owner`), or nobody knows to whom.
    #[error("{}", foreign_file(path, owner.as_deref(), db))]
    ForeignFile { path: PathBuf, owner: Option<String>, db: PathBuf },
    /// The run file's input has no documents.
    #[error("{} has no documents: its input is a table", .0.display())]
    NoDocuments(PathBuf),
    /// A stage needs another one's work, which the record does not have.
    #[error("the stage `{stage}` needs `{needs}`, which has not run yet")]
    Missing { stage: &'static str, needs: &'static str },
    /// Answers cannot be read again before the schema is written.
    #[error("{} is still to be written by a model", path.display())]
    Unwritten { path: PathBuf },
    /// A model was to write a schema, and none of its answers was usable. `detail` is about the last answer.
    #[error("no usable schema was written to {}: {detail}", path.display())]
    NoSchema { path: PathBuf, db: PathBuf, work_id: String, detail: String },
    /// A run file without a run.
    #[error("{} holds no run yet", .0.display())]
    Empty(PathBuf),
    /// The results before `stage` depend on the tape.
    #[error("`--tape` discards answers on which the results before `{stage}` depend")]
    TapeInUse { stage: &'static str },
    /// A stage whose work is not of single work items.
    #[error("`--from {stage}` is about all work items")]
    OfAllItems { stage: &'static str },
    /// Nothing in a step is made from the work items that were named.
    #[error("no work item of step `{step}` is one of these, or made from them")]
    NothingMade { step: String },
    /// The command that writes the input did not.
    #[error("`input.command` ({command}): {reason}")]
    Acquire { command: String, reason: String },
    /// The command that writes the input has not run, and a dry run does not run it.
    #[error("the table is still to be fetched by `input.command` ({command})")]
    NotAcquired { command: String },
    /// A format of an evaluation tool is asked for of one step.
    #[error("`{format}` is made of what the whole task's mapping says, and `--step` asks for one step")]
    WholeTask { format: &'static str },
    /// It is said which answers are examples for fine-tuning, and no format is for that.
    #[error("`--from {from}` says which answers are examples for fine-tuning, and no format is for that")]
    NoFinetune { from: &'static str },
    /// There is no command that writes the input.
    #[error("there is nothing to fetch: the configuration has no `input.command`")]
    NoCommand,
    /// No work items were named.
    #[error("no work items to try again were named")]
    NothingSelected,
    /// No stage and no step has this name. `steps` are the names of all, if the task has several.
    #[error("there is no stage and no step `{}`", name.escape_debug())]
    NoPoint { name: String, near: Option<String>, steps: String },
    /// The first work comes after the last.
    #[error("`--from {from}` comes after `--to {to}`")]
    Backwards { from: String, to: String, all: String },
    /// A step takes from others of which nothing is decided. `are_stale` says that all of these have run before.
    #[error("step `{step}` takes from `{}`, which {}", sources.join("` and `"), not_there(*are_stale, sources.len()))]
    SourcesNotRun { step: String, sources: Vec<String>, are_stale: bool },
    /// The table that a command wrote is wrong, and on record.
    #[error("{0}")]
    AcquiredTable(#[source] Box<EngineError>),
    /// The provider is `function`, and no program has given one.
    #[error("the model `{0}` is a function of the program that ran this batch")]
    NoFunction(String),
    /// There is no step whose outputs could be measured.
    #[error("the task has no step whose outputs could be measured")]
    NothingMeasured,
    /// No step has this name.
    #[error("there is no step `{}`", name.escape_debug())]
    NoStep { name: String, hint: String },
}

impl EngineError {
    /// The place in a file of the error, if it is known.
    #[must_use]
    pub fn location(&self) -> Option<&Location> {
        match self {
            Self::Project(error) => error.location(),
            Self::Placed { location, .. } => Some(location),
            Self::Variant { error, .. } | Self::AcquiredTable(error) => error.location(),
            _ => None,
        }
    }

    /// The error about the step `step` of `project` with where its key is written, if that is known.
    #[must_use]
    pub(super) fn placed(self, project: &Project, step: &str) -> Self {
        let Some(places) = &project.places else { return self };
        let key = match &self {
            Self::Ingest(error) => error.key(),
            Self::Compile(error) => error.key().map(Cow::Borrowed),
            Self::Gold(error) => error.key().map(Cow::Borrowed),
            Self::Evaluate(error) => error.key().map(Cow::Owned),
            _ => None,
        };
        match (key.and_then(|key| places.of_step(step, &key)), self) {
            (_, Self::Project(error)) => Self::Project(error.at(places, step)),
            (Some(location), error) => Self::Placed { location, error: Box::new(error) },
            (None, error) => error,
        }
    }

    /// Says that the error is about a variant.
    pub(super) fn in_variant(self, variant: &str) -> Self {
        Self::Variant { variant: variant.to_owned(), error: Box::new(self) }
    }

    /// The error about the table of `project`: where a command wrote that, it is on record.
    #[must_use]
    pub(super) fn of_table(self, project: &Project) -> Self {
        let is_of_table = match &self {
            Self::Placed { error, .. } => matches!(**error, Self::Ingest(_)),
            other => matches!(other, Self::Ingest(_)),
        };
        if is_of_table && project.runs_command() { Self::AcquiredTable(Box::new(self)) } else { self }
    }

    /// What the user can do about it.
    #[must_use]
    pub fn hint(&self) -> Option<Cow<'static, str>> {
        let hint = match self {
            Self::Project(error) => return error.hint(),
            Self::Compile(error) => return error.hint().map(Into::into),
            Self::Placed { error, .. } | Self::Variant { error, .. } => return error.hint(),
            Self::NoVariant { near: Some(near), .. } => return Some(format!("did you mean `{near}`?").into()),
            Self::NoVariant { known, .. } => return Some(format!("the variants are: {known}").into()),
            Self::NoRecordedVariant(error) => return Some(error.hint().into()),
            Self::NoPrompt { known, .. } => return Some(format!("the prompts are: {known}").into()),
            Self::Canary(error) => return error.hint().map(Into::into),
            Self::NoExperiment => {
                "say in `experiment` what varies, and how it is measured; `casebook run` runs the task itself"
            }
            Self::NothingDecides => "name the metric that decides in `experiment.decide.by`",
            Self::AcquiredTable(error) => return Some(refreshed(error.hint())),
            Self::Budget(error) => return Some(error.hint().into()),
            Self::Live(error) => return Some(error.hint().into()),
            Self::Promote(error) => return error.hint().map(Into::into),
            Self::Push(error) => return error.hint().map(Into::into),
            Self::Recorded(error) => return error.hint().map(Into::into),
            Self::Secret(error) => return error.hint().map(Into::into),
            Self::Open(error) => return error.hint().map(Into::into),
            Self::Lock(error) => return error.hint().map(Into::into),
            Self::Ingest(error) => return error.hint(),
            Self::Gold(error) => return error.hint(),
            Self::Context(error) => return error.hint().map(Into::into),
            Self::Transport(error) => return error.hint().map(Into::into),
            Self::Artifact(error) => return error.hint().map(Into::into),
            Self::Export(error) => return error.hint().map(Into::into),
            Self::Evaluate(error) => return error.hint().map(Into::into),
            Self::Review(error) => return error.hint().map(Into::into),
            Self::Decisions(error) => return error.hint().map(Into::into),
            Self::Sample(error) => return error.hint().map(Into::into),
            Self::Find(error) => return error.hint().map(Into::into),
            Self::Render(error) => return error.hint(),
            Self::Pages(error) => return error.hint().map(Into::into),
            Self::Template { .. } => "name a text file with `--template`",
            Self::Report(_) | Self::Store(_) | Self::Randomness(_) | Self::Interrupted => {
                return None;
            }
            Self::RunFile { trouble, .. } => trouble.hint(),
            Self::Stopped { why, .. } => return Some(why.hint()),
            Self::Write { .. } => {
                "the record holds the content: fix the cause, or write it elsewhere with `casebook export --dir` and \
                 `casebook report --dir`"
            }
            Self::Unwritable { .. } => "nothing was asked: fix the cause, or choose another folder (`outputs.dir`)",
            Self::ForeignFile { .. } => {
                "choose another folder (`outputs.dir`, `report.pages` for pages, or `--dir` of export and report), or \
                 replace the files with `--overwrite`"
            }
            Self::NoDocuments(_) => "`--documents` writes pages of documents; `--pages DIR` writes those of work items",
            Self::NoSchema { db, work_id, .. } => {
                let (db, short) = (db.display(), work_id.get(..12).unwrap_or(work_id));
                return Some(Cow::Owned(format!(
                    "`casebook show {db} {short}` has all that was said, and `casebook retry {db} {short}` lets the model \
                     try again; or word `prompts.schema` otherwise, allow more `schema.llm.retries`, write the file yourself"
                )));
            }
            Self::Unwritten { .. } => {
                "`casebook run CONFIG` has a model write it; if the file should exist already, check `schema.path`"
            }
            Self::Missing { .. } => "run without `--from` or `--only` once",
            Self::Empty(_) => "`casebook run CONFIG` fills it",
            Self::TapeInUse { .. } => "use `--from generate --tape`, or leave `--tape` out",
            Self::OfAllItems { .. } => "leave the work ids out; or leave `--from` out, or name a step with it",
            Self::NothingMade { .. } => "`casebook show DB WORK_ID` has the step of a work item",
            Self::Acquire { .. } => {
                "it runs without a shell in the configuration's folder, and its stdout is the table; nothing was written"
            }
            Self::NotAcquired { .. } => "`casebook run CONFIG --only acquire` fetches it",
            Self::WholeTask { .. } => {
                "leave `--step` out; `outputs.mapping.file` makes the items of another step's outputs"
            }
            Self::NoFinetune { .. } => {
                "`--formats openai_finetune` names one; the others are anthropic, gemini and sharegpt"
            }
            Self::NoCommand => "with `input.path`, the file is read on every run, and a change is seen",
            Self::NothingMeasured => "metrics measure the outputs of the last step",
            Self::NothingSelected => "name work items, or use `--failed` or `--rejected`",
            Self::NoPoint { name: _, near: Some(near), .. } => {
                return Some(Cow::Owned(format!("did you mean `{near}`?")));
            }
            Self::NoPoint { near: None, steps, .. } => return Some(Cow::Owned(names(steps))),
            Self::Backwards { all, .. } => return Some(Cow::Owned(format!("the order is: {all}"))),
            Self::SourcesNotRun { step, sources, .. } => {
                let (first, to) = (sources.join(", "), step);
                return Some(Cow::Owned(format!(
                    "`casebook run CONFIG --to {to}` runs all up to it; or run {first} first, with `--only`"
                )));
            }
            Self::NoFunction(_) => "run the batch from that program (`Llm::from_fn`), or choose another `llm.provider`",
            Self::NoStep { hint, .. } => return Some(Cow::Owned(hint.clone())),
        };
        Some(Cow::Borrowed(hint))
    }

    /// The error as [`RunFile`](Self::RunFile) of `path`, where trouble with that file is its cause.
    #[must_use]
    pub fn of_file(self, path: &Path) -> Self {
        match (&self, Trouble::behind(&self)) {
            // These name the file already.
            (Self::Open(_) | Self::RunFile { .. }, _) | (_, None) => self,
            (_, Some((trouble, message))) => Self::RunFile { path: path.to_owned(), trouble, message },
        }
    }

    /// Whether it only means that the user stopped the command or one of its statements.
    #[must_use]
    pub fn is_interruption(&self) -> bool {
        matches!(self, Self::Interrupted) || is_interruption(self)
    }

    /// Whether the user's files or call are wrong, rather than the world: exit code 2, not 1.
    #[must_use]
    pub fn is_usage(&self) -> bool {
        match self {
            Self::Project(error) => error.is_usage(),
            Self::Placed { error, .. } | Self::Variant { error, .. } | Self::AcquiredTable(error) => error.is_usage(),
            Self::Live(error) => error.is_usage(),
            Self::Promote(error) => error.is_usage(),
            Self::Push(error) => error.is_usage(),
            Self::Recorded(error) => error.is_usage(),
            Self::Secret(error) => error.is_usage(),
            Self::Open(error) => error.is_usage(),
            Self::Lock(error) => error.is_usage(),
            Self::Ingest(error) => error.is_usage(),
            Self::Gold(error) => error.is_usage(),
            Self::Transport(error) => error.is_usage(),
            Self::Artifact(error) => error.is_usage(),
            Self::Export(error) => error.is_usage(),
            Self::Evaluate(error) => error.is_usage(),
            Self::Review(error) => error.is_usage(),
            Self::Decisions(error) => error.is_usage(),
            Self::Sample(error) => error.is_usage(),
            Self::Find(error) => error.is_usage(),
            Self::Render(error) => error.is_usage(),
            Self::Pages(error) => error.is_usage(),
            Self::Template { .. }
            | Self::Compile(_)
            | Self::Budget(_)
            | Self::ForeignFile { .. }
            | Self::NoDocuments(_)
            | Self::Missing { .. }
            | Self::Unwritten { .. }
            | Self::TapeInUse { .. }
            | Self::OfAllItems { .. }
            | Self::NothingMade { .. }
            | Self::NotAcquired { .. }
            | Self::WholeTask { .. }
            | Self::NoFinetune { .. }
            | Self::NoCommand
            | Self::NothingMeasured
            | Self::NothingSelected
            | Self::NoPoint { .. }
            | Self::Backwards { .. }
            | Self::SourcesNotRun { .. }
            | Self::NoFunction(_)
            | Self::NoExperiment
            | Self::Canary(_)
            | Self::NoPrompt { .. }
            | Self::NothingDecides
            | Self::NoVariant { .. }
            | Self::NoRecordedVariant(_)
            | Self::NoStep { .. } => true,
            Self::Context(_)
            | Self::Acquire { .. }
            | Self::Report(_)
            | Self::Store(_)
            | Self::RunFile { .. }
            | Self::Randomness(_)
            | Self::Interrupted
            | Self::Stopped { .. }
            | Self::Write { .. }
            | Self::Unwritable { .. }
            | Self::NoSchema { .. }
            | Self::Empty(_) => false,
        }
    }
}

/// The hint about a table on record, after what else can be done.
fn refreshed(hint: Option<Cow<'static, str>>) -> Cow<'static, str> {
    let fetch = "the table is the one on record: `casebook run CONFIG --refresh` runs its command again";
    hint.map_or_else(|| fetch.into(), |hint| format!("{hint}; {fetch}").into())
}

fn not_there(are_stale: bool, sources: usize) -> &'static str {
    match (are_stale, sources) {
        (true, 1) => "is not up to date",
        (true, _) => "are not up to date",
        (false, 1) => "has not run yet",
        (false, _) => "have not run yet",
    }
}

/// The stages, and the steps if there are several.
fn names(steps: &str) -> String {
    let stages: Vec<&str> = Stage::ALL.iter().map(|it| it.as_str()).collect();
    let stages = format!("the stages are {}", stages.join(", "));
    if steps.is_empty() {
        format!("{stages}; the task has no steps")
    } else {
        format!("{stages}; the steps are {steps}")
    }
}

fn foreign_file(path: &Path, owner: Option<&str>, db: &Path) -> String {
    let (path, db) = (path.display(), db.display());
    match owner {
        Some(owner) => {
            format!("{path} is of another run file ({owner} from there) and would be replaced by that of {db}")
        }
        None => format!("{path} was not written from {db}, and would be replaced"),
    }
}

impl From<DispatchError> for EngineError {
    fn from(error: DispatchError) -> Self {
        match error {
            DispatchError::Store(error) => Self::Store(error),
            DispatchError::Context(error) => Self::Context(error),
            DispatchError::Transport(error) => Self::Transport(error),
        }
    }
}

impl From<ConfigError> for EngineError {
    fn from(error: ConfigError) -> Self {
        Self::Project(error.into())
    }
}

impl From<PromptError> for EngineError {
    fn from(error: PromptError) -> Self {
        Self::Project(error.into())
    }
}

impl From<SchemaError> for EngineError {
    fn from(error: SchemaError) -> Self {
        Self::Project(error.into())
    }
}

impl From<TabularError> for EngineError {
    fn from(error: TabularError) -> Self {
        Self::Project(error.into())
    }
}
