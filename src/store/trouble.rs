//! [`Trouble`]: the disk, the permissions or another program keep SQLite from a run file, as the error of SQLite
//! says.

use std::error::Error;
use std::fmt;

use rusqlite::ErrorCode;

/// Why a run file cannot be read or written, for reasons outside of the program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    Full,
    Io,
    ReadOnly,
    /// The file, or a file beside it, cannot be opened.
    Unopenable,
    Damaged,
    Locked,
}

impl Trouble {
    /// Returns the trouble behind an error, if there is one, with the message of SQLite. All sources of the error are
    /// searched.
    #[must_use]
    pub fn behind(error: &(dyn Error + 'static)) -> Option<(Self, String)> {
        let mut error = Some(error);
        while let Some(now) = error {
            if let Some(cause) = now.downcast_ref::<rusqlite::Error>() {
                return Some((Self::of(cause)?, cause.to_string()));
            }
            error = now.source();
        }
        None
    }

    /// Returns the trouble that an error of SQLite stands for, if any.
    #[must_use]
    pub fn of(error: &rusqlite::Error) -> Option<Self> {
        Some(match error.sqlite_error_code()? {
            ErrorCode::DiskFull => Self::Full,
            ErrorCode::SystemIoFailure | ErrorCode::NoLargeFileSupport => Self::Io,
            ErrorCode::ReadOnly | ErrorCode::PermissionDenied => Self::ReadOnly,
            ErrorCode::CannotOpen => Self::Unopenable,
            ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase => Self::Damaged,
            ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked | ErrorCode::FileLockingProtocolFailed => Self::Locked,
            _ => return None,
        })
    }

    /// Says what to do about it.
    #[must_use]
    pub fn hint(self) -> &'static str {
        match self {
            Self::Full => {
                "make room on its disk (and in the folder for temporary files) and run the same command again; \
                 whatever was committed is kept, and it goes on from there"
            }
            Self::Io => {
                "is its disk full or gone, a quota used up, or the size of files limited (`ulimit -f`)? fix that and \
                 run the same command again; whatever was committed is kept"
            }
            Self::ReadOnly => "the file and its folder have to be writable; copy it to where they are",
            Self::Unopenable => {
                "a run file that a killed process left is recovered in a folder that can be written: copy it there \
                 together with the `-wal` or `-journal` beside it, and run `casebook status` on the copy"
            }
            Self::Damaged => "keep the file as it is, and try `sqlite3 FILE .recover` on a copy of it",
            Self::Locked => "close whatever else has it open for writing, and run the same command again",
        }
    }
}

impl fmt::Display for Trouble {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str(match self {
            Self::Full => "no room is left",
            Self::Io => "the system fails to read or write it",
            Self::ReadOnly => "it may not be written",
            Self::Unopenable => "it cannot be opened",
            Self::Damaged => "it is damaged",
            Self::Locked => "another program keeps it locked",
        })
    }
}

/// Returns whether an error, or any of its sources, is an interrupted SQLite statement.
#[must_use]
pub fn is_interruption(error: &(dyn Error + 'static)) -> bool {
    let mut error = Some(error);
    while let Some(now) = error {
        let code = match (now.downcast_ref::<rusqlite::Error>(), now.downcast_ref::<rusqlite::ffi::Error>()) {
            (Some(cause), _) => cause.sqlite_error_code(),
            // A transparent error hides the `rusqlite::Error` around this one.
            (None, Some(cause)) => Some(cause.code),
            (None, None) => None,
        };
        if code == Some(ErrorCode::OperationInterrupted) {
            return true;
        }
        error = now.source();
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::scratch;

    #[derive(Debug, thiserror::Error)]
    #[error("outside")]
    struct Outside(#[source] rusqlite::Error);

    #[test]
    fn a_database_without_room_is_full_however_deep_it_is_said() {
        let connection = scratch();
        connection.execute_batch("PRAGMA max_page_count = 1").unwrap();
        let full =
            connection.execute("INSERT INTO text (sha1, body) VALUES ('a', hex(zeroblob(100000)))", []).unwrap_err();
        let (trouble, cause) = Trouble::behind(&Outside(full)).unwrap();
        assert_eq!((trouble, cause.as_str()), (Trouble::Full, "database or disk is full"));
    }

    #[derive(Debug, thiserror::Error)]
    #[error(transparent)]
    struct Around(Outside);

    #[test]
    fn an_interruption_is_one_however_deep_it_is_said() {
        let mut connection = scratch();
        let mut interrupted = || {
            connection.progress_handler(1, Some(|| true)).unwrap();
            let endless = "WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n) SELECT count(*) FROM n";
            let error = connection.query_row(endless, [], |_| Ok(())).unwrap_err();
            connection.progress_handler(0, None::<fn() -> bool>).unwrap();
            error
        };
        assert!(is_interruption(&interrupted()));
        assert!(is_interruption(&Around(Outside(interrupted()))));
        assert!(!is_interruption(&Around(Outside(connection.execute_batch("SELECT nothing").unwrap_err()))));
    }

    #[test]
    fn what_is_wrong_in_the_database_is_no_trouble_with_it() {
        let wrong = scratch().execute_batch("SELECT nothing").unwrap_err();
        assert_eq!(Trouble::behind(&wrong), None);
        assert_eq!(Trouble::behind(&std::io::Error::other("else")), None);
    }
}
