//! What a killed writer leaves beside a run file, and how a reader gets over it.
//!
//! A writer that is killed leaves its side file: the log of WAL mode (`-wal`), or a rollback journal (`-journal`) where
//! it was switching between the two modes. SQLite recovers the file when it is next opened to be written; some of it
//! cannot be recovered by a connection that only reads. A reader then holds the writer's lock for a moment and lets
//! SQLite recover the file. While there is a writer at work, it waits for it instead.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use rusqlite::{Connection, OpenFlags};

use super::error::OpenError;
use super::{Lock, LockError, Trouble};

/// How long one connection waits for another.
pub(super) const PATIENCE: Duration = Duration::from_secs(5);
/// How long a reader waits before it looks again.
const PAUSE: Duration = Duration::from_millis(20);

/// The file of this ending beside the run file, which may have several names itself.
pub(super) fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned()).into_os_string();
    name.push(ending);
    PathBuf::from(name)
}

/// The file beside the run file that belongs to what is written there, if it holds anything.
pub(super) fn side_file(path: &Path) -> Option<PathBuf> {
    let holds_something = |side: &PathBuf| fs::metadata(side).is_ok_and(|it| it.len() > 0);
    ["-journal", "-wal"].into_iter().map(|ending| beside(path, ending)).find(holds_something)
}

/// Reads with `read`. Where that needs the file to be recovered first, recovers it, or waits for the writer that does.
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

/// What became of a recovery.
enum Recovery {
    /// SQLite did what there was to do.
    Done,
    /// Somebody else holds the lock.
    WriterAtWork,
    /// The file or its folder cannot be written.
    Impossible,
}

/// Opens the file to be written, so that SQLite recovers it, and closes it again.
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
