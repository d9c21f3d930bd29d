//! What can end the loop other than its own decision to stop (see [`Stop`](super::stop::Stop)).

use crate::stage::generate::tape::ClaimError;
use crate::transport::TransportError;

/// Why the loop could not go on.
#[derive(Debug, thiserror::Error)]
pub enum DispatchError {
    /// SQLite refused to read or write.
    #[error("the run file cannot be read or written")]
    Store(#[from] rusqlite::Error),
    /// Work items could not be claimed.
    #[error(transparent)]
    Claim(#[from] ClaimError),
    /// The transport's tasks are gone.
    #[error(transparent)]
    Transport(#[from] TransportError),
}
