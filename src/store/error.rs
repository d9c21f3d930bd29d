//! Why a run file cannot be opened ([`OpenError`]), and what to do about it.

use std::io;
use std::path::{Path, PathBuf};

use rusqlite::ErrorCode;

use super::Trouble;

/// Why a run file cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    #[error("there is no run file {}", .0.display())]
    Missing(PathBuf),
    /// A folder, a device or anything else that is not a regular file.
    #[error("{} is not a run file: it is not a regular file", .0.display())]
    NotAFile(PathBuf),
    /// An empty database: no migration was committed yet.
    #[error("{} holds no run yet", .0.display())]
    Empty(PathBuf),
    #[error("{} is not a run file: it is not a SQLite database", .0.display())]
    NotADatabase(PathBuf),
    /// A database of another program.
    #[error("{} is a SQLite database, but not a run file", .0.display())]
    NotARunFile(PathBuf),
    #[error("{} is damaged: {message}", path.display())]
    Damaged { path: PathBuf, message: String },
    /// The file was written by a newer build.
    #[error("{} has format {found}, but this build knows formats up to {known}", path.display())]
    Newer { path: PathBuf, found: i32, known: i32 },
    /// The file was written before the first release.
    #[error(
        "{} has format {found}, of a build before the first release, which this build does not read",
        path.display()
    )]
    Unreleased { path: PathBuf, found: i32 },
    /// The file was written by an older release, and is opened for reading only.
    #[error("{} has the older format {found}; it is migrated when it is next written to", path.display())]
    Older { path: PathBuf, found: i32 },
    /// The copy that is made before a migration failed.
    #[error("cannot copy {} before migrating it", path.display())]
    Copy {
        path: PathBuf,
        #[source]
        source: io::Error,
    },
    /// A migration failed. It was rolled back.
    #[error("cannot migrate {}: {message}", path.display())]
    Migrate { path: PathBuf, message: String },
    /// A writer was killed in the middle of a write, and this process cannot recover the file.
    #[error("{} was left in the middle of a write; it cannot be recovered from {side} in this folder", path.display())]
    Unrecovered {
        path: PathBuf,
        /// The name of the file beside it from which SQLite recovers it.
        side: String,
    },
    /// The disk, the permissions or another program is the cause.
    #[error("{}: {trouble} ({message})", path.display())]
    Trouble { path: PathBuf, trouble: Trouble, message: String },
    /// Any other error of SQLite.
    #[error("cannot open {}", path.display())]
    Sqlite {
        path: PathBuf,
        #[source]
        source: rusqlite::Error,
    },
}

impl OpenError {
    /// Says what to do about it.
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
                "the copy lies beside the file and is as large: make room for it; the file is unchanged"
            }
            Self::Migrate { .. } => "the file is unchanged; a copy of it lies beside it",
            Self::Sqlite { .. } => return None,
        })
    }

    /// Returns whether the user's input or call is wrong, rather than the world.
    #[must_use]
    pub fn is_usage(&self) -> bool {
        false
    }
}

/// Turns an error of SQLite about the file at `path` into an [`OpenError`].
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
