//! Why there is no report.

/// Why there is no report.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    #[error("cannot read the run file for the report")]
    Store(#[from] rusqlite::Error),
    #[error("cannot write the report as HTML")]
    Template(#[from] askama::Error),
}
