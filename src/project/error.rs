//! The errors of reading a project, with their hints.

use std::borrow::Cow;
use std::io;
use std::path::{Path, PathBuf};

use super::files::is_database;
use super::list_error::ListError;
use crate::config::{ConfigError, Location, Places};
use crate::prompt::PromptError;
use crate::schema::{NotNative, SchemaError};
use crate::tabular::TabularError;

/// Why a project is not valid.
#[derive(Debug, thiserror::Error)]
pub enum ProjectError {
    /// The configuration or the table of prices is wrong.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// A prompt, a check or another template is wrong.
    #[error(transparent)]
    Prompt(#[from] PromptError),
    /// A schema is wrong.
    #[error(transparent)]
    Schema(#[from] SchemaError),
    /// The header of a table of recorded answers cannot be read.
    #[error(transparent)]
    Table(#[from] TabularError),
    /// A file that the configuration names cannot be read.
    #[error("cannot read {}, named by `{key}`", path.display())]
    File {
        key: String,
        path: PathBuf,
        #[source]
        source: io::Error,
    },
    /// The configuration file itself cannot be read.
    #[error("cannot read the configuration {}", path.display())]
    NoConfig {
        path: PathBuf,
        #[source]
        source: io::Error,
    },
    /// Neither `format` nor the extension says what format a table has.
    #[error("cannot tell the format of {}, named by `{key}`", path.display())]
    UnknownFormat { key: &'static str, path: PathBuf },
    /// A folder whose name looks like that of a file.
    #[error("{}, named by `{key}`, is a folder", path.display())]
    Folder { key: &'static str, path: PathBuf },
    /// The documents that the configuration names cannot be listed.
    #[error("`{key}`: {error}")]
    Documents { key: String, error: ListError },
    /// A pattern that names tables.
    #[error("`{key}` is a pattern of tables, `{pattern}`, and a table is one file")]
    TablePattern { key: &'static str, pattern: String },
    /// `structured_output: required`, but the provider cannot hold answers to this schema.
    #[error("`{key}` is `required`, but the provider cannot hold answers to the schema: {reason}")]
    NotStructured { key: String, reason: NotNative },
    /// A metric cannot be computed of the outputs.
    #[error("`{key}`: {reason}")]
    Metric { key: String, reason: String, hint: Option<String> },
    /// A step takes its model from a pin, and its prompt or schema is not the one that this was measured with.
    #[error("`{}`: the pin `{}` was measured with the {} {}, and this one is {}", .0.key, .0.stage, .0.what, .0.pinned, .0.is)]
    Pinned(Box<PinMismatch>),
    /// An error of one variant of an experiment.
    #[error("{error} (in the variant `{variant}`)")]
    Variant {
        variant: String,
        #[source]
        error: Box<ProjectError>,
    },
    /// Another error, and where its key is written.
    #[error("{error}")]
    Placed {
        location: Location,
        #[source]
        error: Box<ProjectError>,
    },
    /// The configuration file is a run file.
    #[error("{} is a run file, not a configuration", .0.display())]
    RunFile(PathBuf),
    /// The configuration in a run file cannot be used.
    #[error("the recorded configuration cannot be read: {0}")]
    Snapshot(String),
}

/// A prompt or a schema that is not the one that a pin was measured with.
#[derive(Debug)]
pub struct PinMismatch {
    pub(super) key: String,
    pub(super) what: &'static str,
    pub(super) stage: String,
    /// The digests.
    pub(super) pinned: String,
    pub(super) is: String,
    /// The file of the pinned prompt.
    pub(super) path: Option<String>,
}

impl ProjectError {
    /// The error of reading the file at `path`, which the configuration names under `key`.
    pub(super) fn unreadable(key: &str, path: &Path, source: io::Error) -> Self {
        Self::File { key: key.to_owned(), path: path.to_owned(), source }
    }

    /// The error of reading the configuration file at `path`.
    pub(super) fn of_config(path: &Path, source: io::Error) -> Self {
        let path = path.to_owned();
        if is_database(&path) { Self::RunFile(path) } else { Self::NoConfig { path, source } }
    }

    /// The line of the configuration or of a prompt that is wrong, where it is known.
    #[must_use]
    pub fn location(&self) -> Option<&Location> {
        match self {
            Self::Config(error) => error.location(),
            Self::Prompt(error) => error.location(),
            Self::Placed { location, .. } => Some(location),
            Self::Variant { error, .. } => error.location(),
            _ => None,
        }
    }

    /// The key of the configuration whose value is wrong, where the error has no location.
    fn key(&self) -> Option<&str> {
        match self {
            Self::File { key, .. }
            | Self::NotStructured { key, .. }
            | Self::Documents { key, .. }
            | Self::Metric { key, .. } => Some(key),
            Self::Pinned(it) => Some(&it.key),
            Self::UnknownFormat { key, .. } | Self::TablePattern { key, .. } | Self::Folder { key, .. } => Some(key),
            _ => None,
        }
    }

    /// The error with the key `to` where a file is named by the key `from`.
    #[must_use]
    pub fn renamed(self, from: &str, to: &str) -> Self {
        match self {
            Self::File { key, path, source } if key == from => Self::File { key: to.to_owned(), path, source },
            Self::Placed { location, error } => Self::Placed { location, error: Box::new(error.renamed(from, to)) },
            other => other,
        }
    }

    /// Says that the variant called `variant` is wrong.
    pub(super) fn in_variant(self, variant: &str) -> Self {
        Self::Variant { variant: variant.to_owned(), error: Box::new(self) }
    }

    /// The error about the step `step` with where its key is written, if that is known.
    #[must_use]
    pub fn at(self, places: &Places, step: &str) -> Self {
        match self.key().and_then(|key| places.of_step(step, key)) {
            Some(location) => Self::Placed { location, error: Box::new(self) },
            None => self,
        }
    }

    /// What the user can do about it.
    #[must_use]
    pub fn hint(&self) -> Option<Cow<'static, str>> {
        let hint = match self {
            Self::Config(error) => return error.hint().map(Cow::Owned),
            Self::Prompt(error) => return error.hint().map(Cow::Owned),
            Self::Placed { error, .. } | Self::Variant { error, .. } => return error.hint(),
            Self::Metric { hint, .. } => return hint.clone().map(Cow::Owned),
            Self::Pinned(it) => return Some(of_pin(it.path.as_deref(), &it.stage).into()),
            Self::RunFile(path) => {
                let db = path.display();
                return Some(
                    format!("`casebook status {db}` shows it; a run needs its configuration, with `--db {db}`").into(),
                );
            }
            Self::File { path, source, .. } if source.kind() == io::ErrorKind::InvalidData && is_database(path) => {
                "it is an SQLite database, perhaps a run file: name the file that is meant"
            }
            Self::File { source, .. } | Self::NoConfig { source, .. }
                if source.kind() == io::ErrorKind::InvalidData =>
            {
                "save it as UTF-8"
            }
            // What is wrong with the file, and what to do, is in the message.
            Self::File { source, .. } if source.kind() == io::ErrorKind::InvalidInput => return None,
            Self::File { .. } => "paths are relative to the configuration file",
            Self::NoConfig { .. } => "`casebook init DIR` writes a project that runs as it stands",
            Self::Schema(error) => return error.hint(),
            Self::Table(error) => return error.hint(),
            Self::NotStructured { .. } => {
                "use `auto`, and show the schema in the prompt, or change the schema or the model"
            }
            Self::UnknownFormat { key: "experiment.gold.path", .. } => {
                "its name says the format: .csv, .tsv, .psv, .jsonl, .json, .xlsx or .ods, also with .gz"
            }
            Self::UnknownFormat { .. } => {
                "name it with `format: csv` (or tsv, psv, xlsx, ods, jsonl, json) beside the path; a document has `format: text`, \
                 markdown, html, docx or pdf"
            }
            Self::Folder { .. } => "for a folder of documents, write its name with a `/` at the end",
            Self::Documents { error, .. } => return Some(error.hint().into()),
            Self::TablePattern { .. } => {
                "join the tables into one file, or write one with `input.command`; documents may be a pattern, as in \
                 `docs/**/*.md`"
            }
            Self::Snapshot(_) => return None,
        };
        Some(hint.into())
    }

    /// Whether the user's files or call are wrong, rather than the world: exit code 2, not 1.
    #[must_use]
    pub fn is_usage(&self) -> bool {
        match self {
            Self::Placed { error, .. } | Self::Variant { error, .. } => error.is_usage(),
            Self::Snapshot(_) => false,
            _ => true,
        }
    }
}

/// What to do where a step has not what its pin was measured with.
fn of_pin(path: Option<&str>, stage: &str) -> String {
    let back = path.map(|path| format!("take back the pinned one ({path}), or ")).unwrap_or_default();
    format!(
        "{back}measure the new one with `casebook eval` and pin it with `casebook promote CONFIG VARIANT --to {stage}`; \
         without `pin`, `llm` takes any prompt"
    )
}
