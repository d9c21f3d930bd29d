//! Why there is no report.

/// Why there is no report.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// The record could not be read.
    #[error("cannot read the run file for the report")]
    Store(#[from] rusqlite::Error),
    /// The page could not be put together.
    #[error("cannot write the report as HTML")]
    Template(#[from] askama::Error),
}
