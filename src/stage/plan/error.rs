//! Why there is no plan.

use crate::prompt::PromptError;

/// Why there is no plan. Nothing was written.
#[derive(Debug, thiserror::Error)]
pub enum PlanError {
    /// A context could not be rendered.
    #[error("cannot build the context of {subject}: {source}")]
    Context {
        /// The row or group.
        subject: String,
        /// What the template says.
        #[source]
        source: Box<PromptError>,
    },
    /// The record did not take it.
    #[error(transparent)]
    Store(#[from] rusqlite::Error),
}
