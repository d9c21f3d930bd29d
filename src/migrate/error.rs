//! Why a file cannot be migrated: [`MigrateError`].

use crate::config::{ConfigError, Location};

/// Why a file cannot be migrated.
#[derive(Debug, thiserror::Error)]
pub enum MigrateError {
    /// The file is not YAML.
    #[error(transparent)]
    File(#[from] ConfigError),
    /// The file is something else.
    #[error(
        "{0} is not a configuration of an older Python framework: it has none of its keys, such as \
             `prompts.generation.path` or `llm_schema`"
    )]
    NotOlder(String),
}

impl MigrateError {
    /// The position in the file, if it is known.
    #[must_use]
    pub fn location(&self) -> Option<&Location> {
        match self {
            Self::File(error) => error.location(),
            Self::NotOlder(_) => None,
        }
    }

    /// A hint on how to fix it, if the message does not already say so.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::File(error) => error.hint(),
            Self::NotOlder(_) => Some("name the older project's parameters.yaml".to_owned()),
        }
    }

    /// Whether the user's input or call is wrong (exit code 2), rather than the world (1).
    #[must_use]
    pub fn is_usage(&self) -> bool {
        match self {
            Self::File(error) => error.is_usage(),
            Self::NotOlder(_) => true,
        }
    }
}
