//! Why a page of a document cannot be made.

use std::io;

/// Why a page of a document cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum DocumentPageError {
    #[error(transparent)]
    Store(#[from] rusqlite::Error),
    /// What the page is written to failed.
    #[error(transparent)]
    Write(#[from] io::Error),
}
