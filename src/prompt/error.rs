//! What can be wrong with a prompt, a check or another template: [`PromptError`].

use crate::config::{ConfigError, Location, printable};

/// A template, or the file that contains it, cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum PromptError {
    /// The file is not a prompt file.
    #[error(transparent)]
    File(#[from] ConfigError),
    /// A template is not well-formed, or uses a name that does not exist.
    #[error("{}: {}", printable(what), printable(message))]
    Template {
        /// Which template: its key, and the line in the template if its position in the file is not known.
        what: String,
        message: String,
        /// The position in the file, if it is known.
        location: Option<Location>,
        hint: Option<String>,
    },
}

impl PromptError {
    /// The position in a file, if it is known.
    #[must_use]
    pub fn location(&self) -> Option<&Location> {
        match self {
            Self::File(error) => error.location(),
            Self::Template { location, .. } => location.as_ref(),
        }
    }

    /// A hint on how to fix it, if the message does not already say so.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::File(error) => error.hint(),
            Self::Template { hint, .. } => hint.as_deref().map(printable),
        }
    }

    /// Whether the user's input or call is wrong (exit code 2), rather than the world (1). A template is always input.
    #[must_use]
    pub fn is_usage(&self) -> bool {
        match self {
            Self::File(error) => error.is_usage(),
            Self::Template { .. } => true,
        }
    }

    /// The key path of the template, where its position in a file is not known.
    #[must_use]
    pub fn unplaced_key(&self) -> Option<&str> {
        match self {
            Self::Template { what, location: None, .. } => what.strip_prefix('`')?.split('`').next(),
            Self::File(_) | Self::Template { .. } => None,
        }
    }

    /// Sets the position of a template that has none, where it is known by now.
    #[must_use]
    pub fn at(self, place: Option<Location>) -> Self {
        match self {
            Self::Template { what, message, location: None, hint } => {
                Self::Template { what, message, location: place, hint }
            }
            other => other,
        }
    }

    /// Adds what follows from it to the message of a [`PromptError::Template`].
    #[must_use]
    pub fn and_so(self, text: &str) -> Self {
        match self {
            Self::Template { what, message, location, hint } => {
                Self::Template { what, message: format!("{message}, {text}"), location, hint }
            }
            file @ Self::File(_) => file,
        }
    }

    /// Sets the hint of a [`PromptError::Template`].
    pub(super) fn with_hint(self, text: String) -> Self {
        match self {
            Self::Template { what, message, location, hint: _ } => {
                Self::Template { what, message, location, hint: Some(text) }
            }
            file @ Self::File(_) => file,
        }
    }
}
