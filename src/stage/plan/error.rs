//! Why there is no plan.

use crate::prompt::PromptError;

/// Why there is no plan. Nothing was written.
#[derive(Debug, thiserror::Error)]
pub enum PlanError {
    #[error("cannot build the context of {subject}: {source}")]
    Context {
        /// The row or the group, in words.
        subject: String,
        #[source]
        source: Box<PromptError>,
    },
    #[error(transparent)]
    Store(#[from] rusqlite::Error),
}

impl PlanError {
    /// Says what to do about it, beyond what the message says.
    #[must_use]
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::Context { .. } | Self::Store(_) => None,
        }
    }

    /// Returns whether the user's input or call is wrong, rather than the world.
    #[must_use]
    pub fn is_usage(&self) -> bool {
        match self {
            Self::Context { .. } | Self::Store(_) => false,
        }
    }
}
