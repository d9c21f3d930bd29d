//! Copying a run file as it stands at one moment, while others may write to it: [`copy`].

use std::path::Path;

use rusqlite::backup::Backup;
use rusqlite::{Connection, OpenFlags};

/// Copies the run file behind `record` to a new file at `to`.
pub fn copy(record: &Connection, to: &Path) -> rusqlite::Result<()> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut copied = Connection::open_with_flags(to, flags)?;
    // Nothing of it has to survive a crash.
    copied.execute_batch("PRAGMA synchronous = OFF; PRAGMA journal_mode = MEMORY;")?;
    // All pages in one step, so that a writer cannot make it begin again.
    Backup::new(record, &mut copied)?.step(-1)?;
    copied.close().map_err(|(_, error)| error)
}
