//! Opening a run file: settings, identity, migration, and the way back to a single file at rest.
//!
//! A writer works in WAL mode, so that readers may look while a run is going, and leaves the file in rollback mode:
//! then it is one file, it opens from a read-only folder, and a reader leaves nothing beside it.

use std::fs;
use std::io::Read as _;
use std::path::Path;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode, OpenFlags};

use super::error::{OpenError, explain};
use super::format::{Format, keep_copy};
use super::recovery::{PATIENCE, read_recovered, side_file};

/// What a connection is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Only reads; never creates, migrates or changes anything.
    Read,
    /// Reads and writes a file that exists.
    Write,
    /// Reads and writes; makes the file where there is none.
    Create,
}

/// Opens the run file at `path`.
///
/// Scopes: settings apply to the connection; the identity is read before anything is written; all migrations run in
/// one transaction, after a copy of an older file was put beside it as `<name>.v<format>`; a writer drops what
/// `ANALYZE` left. A reader changes nothing; where a writer was killed, it lets SQLite recover the file.
pub fn open(path: &Path, access: Access) -> Result<Connection, OpenError> {
    open_as(&Format::current(), path, access)
}

/// [`open`] for a given format.
pub(super) fn open_as(format: &Format, path: &Path, access: Access) -> Result<Connection, OpenError> {
    let flags = match access {
        Access::Read => return open_reader(format, path),
        Access::Write => OpenFlags::SQLITE_OPEN_READ_WRITE,
        Access::Create => OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE,
    };
    look(path, access)?;
    let fail = |source| explain(path, source);
    let mut connection = Connection::open_with_flags(path, flags | OpenFlags::SQLITE_OPEN_NO_MUTEX).map_err(fail)?;
    connection.busy_timeout(PATIENCE).map_err(fail)?;
    let found = format.identify(&connection, path)?;
    if access == Access::Write && found.is_none() {
        return Err(OpenError::Empty(path.to_owned()));
    }
    if let Some(older) = found.filter(|found| *found != format.version) {
        keep_copy(&connection, path, older)?;
    }
    prepare_writer(&connection).map_err(fail)?;
    if found != Some(format.version) {
        format.migrate_file(&mut connection, path)?;
    }
    drop_statistics(&connection).map_err(fail)?;
    Ok(connection)
}

/// Opens a run file to be read.
pub(super) fn open_reader(format: &Format, path: &Path) -> Result<Connection, OpenError> {
    look(path, Access::Read)?;
    let fail = |source| explain(path, source);
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let (connection, found) = read_recovered(path, || {
        let connection = Connection::open_with_flags(path, flags).map_err(fail)?;
        prepare_reader(&connection).map_err(fail)?;
        let found = format.identify(&connection, path)?;
        Ok((connection, found))
    })?;
    format.readable(found, path)?;
    Ok(connection)
}

/// Looks at the file from outside, before SQLite does.
fn look(path: &Path, access: Access) -> Result<(), OpenError> {
    let size = match fs::metadata(path) {
        Ok(found) if found.is_file() => found.len(),
        Ok(_) => return Err(OpenError::NotAFile(path.to_owned())),
        Err(_) if access == Access::Create => return Ok(()),
        Err(_) => return Err(OpenError::Missing(path.to_owned())),
    };
    let mut head = Vec::new();
    let read = fs::File::open(path).and_then(|file| file.take(HEAD).read_to_end(&mut head));
    if read.is_err() || size == 0 {
        // SQLite says it better.
        return Ok(());
    }
    if !head.starts_with(&MAGIC[..head.len().min(MAGIC.len())]) {
        return Err(OpenError::NotADatabase(path.to_owned()));
    }
    // SQLite takes a first page that was cut for nothing, and a last one for one that ends in zeros. While there is a
    // side file, the page may be in there, whole.
    let cut = size < SMALLEST_PAGE || !size.is_multiple_of(page_size(&head));
    if cut && side_file(path).is_none() {
        let message = format!("it ends in the middle of a page, at {size} bytes");
        return Err(OpenError::Damaged { path: path.to_owned(), message });
    }
    Ok(())
}

/// What a SQLite database begins with.
const MAGIC: &[u8] = b"SQLite format 3\0";
/// As much of a database as says how large its pages are.
const HEAD: u64 = 18;
/// The least that a page has.
const SMALLEST_PAGE: u64 = 512;

/// The size of a database's pages. The largest one has 65,536 bytes, which two bytes write as 1.
fn page_size(head: &[u8]) -> u64 {
    match head {
        [.., 0, 1] => 65_536,
        [.., high, low] => u64::from(u16::from_be_bytes([*high, *low])).max(1),
        _ => 1,
    }
}

/// An empty run file that nobody sees and that is gone with its connection, even if the process is killed: SQLite keeps
/// it in memory as far as the cache goes, and in a nameless temporary file beyond that.
pub fn temporary() -> Result<Connection, OpenError> {
    let path = Path::new("(temporary)");
    let fail = |source| explain(path, source);
    let mut connection = Connection::open("").map_err(fail)?;
    prepare_writer(&connection).map_err(fail)?;
    // No rollback or statement journal in a file: nothing of this outlives the connection anyway.
    connection.execute_batch("PRAGMA journal_mode = MEMORY").map_err(fail)?;
    Format::current().migrate_file(&mut connection, path)?;
    Ok(connection)
}

fn prepare_reader(connection: &Connection) -> rusqlite::Result<()> {
    connection.busy_timeout(PATIENCE)?;
    connection.execute_batch("PRAGMA query_only = ON; PRAGMA trusted_schema = OFF; PRAGMA temp_store = FILE;")
}

/// The settings of a writer. A commit is on the disk when it returns (`synchronous = FULL`); the cache and the rarer
/// checkpoints are what keeps inserts of random digests fast.
pub(super) fn prepare_writer(connection: &Connection) -> rusqlite::Result<()> {
    connection.busy_timeout(PATIENCE)?;
    connection.set_prepared_statement_cache_capacity(128);
    // A statement keeps its plan, whatever values are bound to it: else a range is planned anew at each use.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    connection.execute_batch(
        "PRAGMA journal_mode = WAL;
         PRAGMA synchronous = FULL;
         PRAGMA foreign_keys = ON;
         PRAGMA recursive_triggers = ON;
         PRAGMA trusted_schema = OFF;
         PRAGMA temp_store = FILE;
         PRAGMA cache_size = -16384;
         PRAGMA wal_autocheckpoint = 8192;",
    )
}

/// Drops what somebody's `ANALYZE` left in the file. It tells of the tables as they were then: where they were nearly
/// empty, SQLite reads all of a table in order to find one row. The catalogue's statements are fine without it.
fn drop_statistics(connection: &Connection) -> rusqlite::Result<()> {
    let tables = "SELECT EXISTS (SELECT 1 FROM sqlite_schema WHERE name IN ('sqlite_stat1', 'sqlite_stat4'))";
    if connection.query_row(tables, [], |row| row.get(0))? {
        // A connection keeps the statistics that it has read until it reads the schema again.
        connection.execute_batch(
            "BEGIN IMMEDIATE;
             DROP TABLE IF EXISTS sqlite_stat1;
             DROP TABLE IF EXISTS sqlite_stat4;
             COMMIT;
             PRAGMA writable_schema = RESET;",
        )?;
    }
    Ok(())
}

/// Brings the record back to one file: everything in it, and nothing beside it. Where a reader still looks, SQLite
/// keeps its side files until that reader is gone; nothing is lost by it.
pub fn close(connection: Connection) -> rusqlite::Result<()> {
    connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?;
    match connection.query_row("PRAGMA journal_mode = DELETE", [], |_| Ok(())) {
        Ok(()) => {}
        Err(error) if error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy) => {}
        Err(error) => return Err(error),
    }
    connection.close().map_err(|(_, error)| error)
}
