//! What can stop planning and claiming: a context that cannot be built.

use crate::prompt::PromptError;

/// Why work items could not be planned or claimed. The transaction is rolled back.
#[derive(Debug, thiserror::Error)]
pub enum ContextError {
    #[error("cannot build the context of {subject}: {source}")]
    Prompt {
        /// The row, the group or the work item, in words.
        subject: String,
        #[source]
        source: Box<PromptError>,
    },
    #[error(transparent)]
    Store(#[from] rusqlite::Error),
}

impl ContextError {
    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Prompt { source, .. } => source.hint(),
            Self::Store(_) => None,
        }
    }
}
