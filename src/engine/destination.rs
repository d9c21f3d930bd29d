//! Where files are written again, and what was.

use std::path::PathBuf;

/// Where files are written.
#[derive(Clone, Debug, Default)]
pub struct Destination {
    /// The folder; `None`: the configured one.
    pub dir: Option<PathBuf>,
    /// Whether files of another run file in it are replaced.
    pub overwrite: bool,
}

/// What was written.
#[derive(Clone, Debug)]
pub struct Written {
    pub files: Vec<PathBuf>,
    /// What is said about files that were there before.
    pub notes: Vec<String>,
    /// Why the run file does not keep the files; `None` if it does.
    pub not_kept: Option<String>,
}
