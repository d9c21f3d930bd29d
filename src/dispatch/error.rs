//! The errors of the loop. A decision to stop is no error here: see [`Stop`](super::stop::Stop).

use crate::stage::context_error::ContextError;
use crate::transport::TransportError;

/// Why the loop could not go on.
#[derive(Debug, thiserror::Error)]
pub enum DispatchError {
    /// SQLite refused to read or write.
    #[error("the run file cannot be read or written")]
    Store(#[from] rusqlite::Error),
    /// Work items could not be claimed.
    #[error(transparent)]
    Context(#[from] ContextError),
    /// The transport's tasks are gone.
    #[error(transparent)]
    Transport(#[from] TransportError),
}
