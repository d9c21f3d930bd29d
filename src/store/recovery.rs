//! Recovery of a run file whose writer was killed, by a process that only reads ([`read_recovered`]).
//!
//! A killed writer leaves a side file: the write-ahead log (`-wal`), or a rollback journal (`-journal`) if it was
//! switching modes. SQLite recovers the file when it is next opened for writing, but not always on a read-only
//! connection. So the reader takes the writer's lock for a moment, opens the file for writing and closes it again. If a
//! writer is at work, the reader waits for it instead.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use rusqlite::{Connection, OpenFlags};

use super::error::OpenError;
use super::lock::{Lock, LockError};
use super::trouble::Trouble;

/// How long one connection waits for another.
pub(super) const PATIENCE: Duration = Duration::from_secs(5);
/// How long a reader waits before it tries again.
const PAUSE: Duration = Duration::from_millis(20);

/// Returns the file with this ending beside the run file, whichever of its names `path` is.
pub(super) fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned()).into_os_string();
    name.push(ending);
    PathBuf::from(name)
}

/// Returns the journal or the write-ahead log of the run file, if it is not empty.
pub(super) fn side_file(path: &Path) -> Option<PathBuf> {
    let holds_something = |side: &PathBuf| fs::metadata(side).is_ok_and(|it| it.len() > 0);
    ["-journal", "-wal"].into_iter().map(|ending| beside(path, ending)).find(holds_something)
}

/// Calls `read`. If the file has to be recovered first, recovers it, or waits for the writer that does.
pub(super) fn read_recovered<T>(path: &Path, read: impl Fn() -> Result<T, OpenError>) -> Result<T, OpenError> {
    let began = Instant::now();
    loop {
        let failed = match read() {
            Err(failed @ OpenError::Trouble { trouble: Trouble::ReadOnly | Trouble::Unopenable, .. }) => failed,
            other => return other,
        };
        let Some(side) = side_file(path) else { return Err(failed) };
        match recover(path) {
            Recovery::Done => return read(),
            Recovery::WriterAtWork if began.elapsed() < PATIENCE => thread::sleep(PAUSE),
            Recovery::WriterAtWork => return Err(failed),
            Recovery::Impossible => {
                let side = side.file_name().map(OsString::from).unwrap_or_default().to_string_lossy().into_owned();
                return Err(OpenError::Unrecovered { path: path.to_owned(), side });
            }
        }
    }
}

/// The outcome of [`recover`].
enum Recovery {
    /// SQLite has opened the file for writing.
    Done,
    /// Another process holds the lock.
    WriterAtWork,
    /// The file or its folder cannot be written.
    Impossible,
}

/// Opens the file for writing, so that SQLite recovers it, and closes it again.
fn recover(path: &Path) -> Recovery {
    let _lock = match Lock::acquire(path, std::process::id()) {
        Ok(lock) => lock,
        Err(LockError::Held { .. }) => return Recovery::WriterAtWork,
        Err(LockError::Io { .. }) => return Recovery::Impossible,
    };
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let recovered = Connection::open_with_flags(path, flags).and_then(|connection| {
        connection.busy_timeout(PATIENCE)?;
        connection.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(()))
    });
    if recovered.is_ok() { Recovery::Done } else { Recovery::Impossible }
}

#[cfg(test)]
mod tests;
