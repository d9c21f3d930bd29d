//! What can be wrong with a prompt, a check or another template.

use crate::config::{ConfigError, Location, printable};

/// A template or the file it stands in cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum PromptError {
    /// The file is not what a prompt file is to be.
    #[error(transparent)]
    File(#[from] ConfigError),
    /// A template is not well-formed, or names what is not there.
    #[error("{}: {}", printable(what), printable(message))]
    Template {
        /// Which template: its key, and the line in it where the file's line is not known.
        what: String,
        /// What is wrong.
        message: String,
        /// Where in the file.
        location: Option<Location>,
        /// What to do.
        hint: Option<String>,
    },
}

impl PromptError {
    /// Where in a file, if known.
    #[must_use]
    pub fn location(&self) -> Option<&Location> {
        match self {
            Self::File(error) => error.location(),
            Self::Template { location, .. } => location.as_ref(),
        }
    }

    /// What to do about it, where there is something to say.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::File(error) => error.hint(),
            Self::Template { hint, .. } => hint.as_deref().map(printable),
        }
    }

    /// The same error with what to do about it.
    pub(super) fn with_hint(self, text: String) -> Self {
        match self {
            Self::Template { what, message, location, hint: _ } => {
                Self::Template { what, message, location, hint: Some(text) }
            }
            file @ Self::File(_) => file,
        }
    }
}
