//! Why a run file cannot be opened, and what to do about it.

use std::io;
use std::path::{Path, PathBuf};

use rusqlite::ErrorCode;

use super::Trouble;

/// Why a run file cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// No file there.
    #[error("there is no run file {}", .0.display())]
    Missing(PathBuf),
    /// A folder, a device, or whatever else is no file.
    #[error("{} is not a run file: it is no file", .0.display())]
    NotAFile(PathBuf),
    /// A file in which nothing has been written yet.
    #[error("{} holds no run yet", .0.display())]
    Empty(PathBuf),
    /// A file, but no SQLite database.
    #[error("{} is not a run file: it is no SQLite database", .0.display())]
    NotADatabase(PathBuf),
    /// A database of something else.
    #[error("{} is a SQLite database, but not a run file", .0.display())]
    NotARunFile(PathBuf),
    /// A database that is damaged.
    #[error("{} is damaged: {message}", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What SQLite found.
        message: String,
    },
    /// Written by a newer build.
    #[error("{} has format {found}, but this build knows formats up to {known}", path.display())]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its format.
        found: i32,
        /// The newest format that this build knows.
        known: i32,
    },
    /// Written by a build before the first release.
    #[error("{} has format {found}, of a build before the first release, which this build does not read", path.display())]
    Unreleased {
        /// The file.
        path: PathBuf,
        /// Its format.
        found: i32,
    },
    /// Written by an older release, and only to be read.
    #[error("{} has the older format {found}; it is migrated when it is next written to", path.display())]
    Older {
        /// The file.
        path: PathBuf,
        /// Its format.
        found: i32,
    },
    /// The copy that is made before a migration failed.
    #[error("cannot copy {} before migrating it", path.display())]
    Copy {
        /// The file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// A migration failed; the file is as it was.
    #[error("cannot migrate {}: {message}", path.display())]
    Migrate {
        /// The file.
        path: PathBuf,
        /// What went wrong.
        message: String,
    },
    /// A writer was killed in the middle of a write, and the file cannot be recovered where it lies.
    #[error("{} was left in the middle of a write; it cannot be recovered from {side} in this folder", path.display())]
    Unrecovered {
        /// The file.
        path: PathBuf,
        /// The name of the file beside it that SQLite recovers it with.
        side: String,
    },
    /// The world outside is in the way.
    #[error("{}: {trouble} ({message})", path.display())]
    Trouble {
        /// The file.
        path: PathBuf,
        /// What is in the way.
        trouble: Trouble,
        /// What SQLite said.
        message: String,
    },
    /// Anything else that SQLite says.
    #[error("cannot open {}", path.display())]
    Sqlite {
        /// The file.
        path: PathBuf,
        /// What SQLite said.
        #[source]
        source: rusqlite::Error,
    },
}

impl OpenError {
    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> Option<&'static str> {
        Some(match self {
            Self::Missing(_) => "`casebook run CONFIG` makes a run file; by default it lies beside CONFIG",
            Self::Empty(_) => "`casebook run CONFIG` fills it",
            Self::NotAFile(_) | Self::NotADatabase(_) | Self::NotARunFile(_) => {
                "give the path of a file that `casebook run` made; this one was not touched"
            }
            Self::Newer { .. } => "use the newest Casebook; this one leaves the file as it is",
            Self::Unreleased { .. } => "run into a new file with `--db NEW.db`; the old file was not touched",
            Self::Older { .. } => "run `casebook run CONFIG` once: it copies the file, then migrates it",
            Self::Unrecovered { .. } => {
                "copy both files into a folder that can be written, and run `casebook status` on the copy"
            }
            Self::Damaged { .. } => Trouble::Damaged.hint(),
            Self::Trouble { trouble, .. } => trouble.hint(),
            Self::Copy { .. } => {
                "the copy lies beside the file and is as large: make room for it; the file is as it was"
            }
            Self::Migrate { .. } => "the file is as it was; a copy of it lies beside it",
            Self::Sqlite { .. } => return None,
        })
    }
}

/// What SQLite said of the file at `path`, as an error of opening it.
pub(super) fn explain(path: &Path, source: rusqlite::Error) -> OpenError {
    match source.sqlite_error_code() {
        Some(ErrorCode::NotADatabase) => OpenError::NotADatabase(path.to_owned()),
        Some(ErrorCode::DatabaseCorrupt) => OpenError::Damaged { path: path.to_owned(), message: source.to_string() },
        _ => match Trouble::of(&source) {
            Some(trouble) => OpenError::Trouble { path: path.to_owned(), trouble, message: source.to_string() },
            None => OpenError::Sqlite { path: path.to_owned(), source },
        },
    }
}
