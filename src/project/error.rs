//! The errors of reading a project, with their hints.

use std::borrow::Cow;
use std::io;
use std::path::PathBuf;

use crate::config::{ConfigError, Location};
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
    /// `structured_output: required`, but the provider cannot hold answers to this schema.
    #[error("`{key}` is `required`, but the provider cannot hold answers to the schema: {reason}")]
    NotStructured { key: String, reason: NotNative },
    /// The configuration in a run file cannot be used.
    #[error("the recorded configuration cannot be read: {0}")]
    Snapshot(String),
}

impl ProjectError {
    /// The line of the configuration or of a prompt that is wrong, where it is known.
    #[must_use]
    pub fn location(&self) -> Option<&Location> {
        match self {
            Self::Config(error) => error.location(),
            Self::Prompt(error) => error.location(),
            _ => None,
        }
    }

    /// What the user can do about it.
    #[must_use]
    pub fn hint(&self) -> Option<Cow<'static, str>> {
        let hint = match self {
            Self::Config(error) => return error.hint().map(Cow::Owned),
            Self::Prompt(error) => return error.hint().map(Cow::Owned),
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
            Self::UnknownFormat { .. } => {
                "name it with `format: csv` (or tsv, psv, xlsx, ods, jsonl, json) beside the path"
            }
            Self::Snapshot(_) => return None,
        };
        Some(hint.into())
    }

    /// Whether the user's files or call are wrong, rather than the world: exit code 2, not 1.
    #[must_use]
    pub fn is_usage(&self) -> bool {
        !matches!(self, Self::Snapshot(_))
    }
}
