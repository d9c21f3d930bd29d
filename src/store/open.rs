//! Opening a run file ([`open`], [`temporary`]) and closing it ([`close`]).
//!
//! A writer works in WAL mode, so that others can read during a run. It leaves the file in rollback mode: then it is
//! one file, it can be opened in a read-only folder, and a reader leaves nothing beside it.

use std::fs;
use std::io::Read as _;
use std::path::Path;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode, OpenFlags};

use super::error::{OpenError, explain};
use super::format::{RunFileFormat, keep_copy};
use super::recovery::{PATIENCE, read_recovered, side_file};

/// What a connection is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Reads only: creates, migrates and changes nothing.
    Read,
    /// Reads and writes an existing file.
    Write,
    /// Reads and writes; creates the file if there is none.
    Create,
}

/// Opens the run file at `path`.
///
/// The format is read before anything is written. All migrations run in one transaction, after an older file was copied
/// to `<name>.v<format>`. A writer drops the statistics that `ANALYZE` left. A reader changes nothing, except that
/// SQLite recovers a file whose writer was killed.
pub fn open(path: &Path, access: Access) -> Result<Connection, OpenError> {
    open_as(&RunFileFormat::current(), path, access)
}

/// Runs [`open`] for a given format.
pub(super) fn open_as(format: &RunFileFormat, path: &Path, access: Access) -> Result<Connection, OpenError> {
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

/// Opens a run file for reading.
pub(super) fn open_reader(format: &RunFileFormat, path: &Path) -> Result<Connection, OpenError> {
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

/// Checks the file itself before SQLite opens it, where SQLite would give a poor error or none.
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
        // SQLite reports this better.
        return Ok(());
    }
    if !head.starts_with(&MAGIC[..head.len().min(MAGIC.len())]) {
        return Err(OpenError::NotADatabase(path.to_owned()));
    }
    // SQLite takes a first page that is cut off for an empty database, and fills a last one with zeros. While there is
    // a journal or a WAL, the complete page may be in there.
    let cut = size < SMALLEST_PAGE || !size.is_multiple_of(page_size(&head));
    if cut && side_file(path).is_none() {
        let message = format!("it ends in the middle of a page, at {size} bytes");
        return Err(OpenError::Damaged { path: path.to_owned(), message });
    }
    Ok(())
}

/// The first bytes of a SQLite database.
const MAGIC: &[u8] = b"SQLite format 3\0";
/// How many bytes of a database are needed to know its page size.
const HEAD: u64 = 18;
/// The smallest page size, in bytes.
const SMALLEST_PAGE: u64 = 512;

/// Returns the page size of a database, in bytes. The largest one, 65,536, is written as 1 in its two bytes.
fn page_size(head: &[u8]) -> u64 {
    match head {
        [.., 0, 1] => 65_536,
        [.., high, low] => u64::from(u16::from_be_bytes([*high, *low])).max(1),
        _ => 1,
    }
}

/// Opens an empty run file that is private to the connection and gone with it, even if the process is killed. SQLite
/// keeps it in memory up to the size of the cache, and beyond that in a nameless temporary file.
pub fn temporary() -> Result<Connection, OpenError> {
    let path = Path::new("(temporary)");
    let fail = |source| explain(path, source);
    let mut connection = Connection::open("").map_err(fail)?;
    prepare_writer(&connection).map_err(fail)?;
    // Nothing of it outlives the connection, so that its journal need not be a file.
    connection.execute_batch("PRAGMA journal_mode = MEMORY").map_err(fail)?;
    RunFileFormat::current().migrate_file(&mut connection, path)?;
    Ok(connection)
}

/// Opens an empty database for data that is worked out, private to the connection and gone with it: in memory up to the
/// size of the cache, and beyond that in a nameless temporary file.
pub fn workspace() -> rusqlite::Result<Connection> {
    let connection = Connection::open("")?;
    connection.execute_batch(
        "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA temp_store = FILE; PRAGMA cache_size = -16384;",
    )?;
    Ok(connection)
}

fn prepare_reader(connection: &Connection) -> rusqlite::Result<()> {
    connection.busy_timeout(PATIENCE)?;
    connection.execute_batch("PRAGMA query_only = ON; PRAGMA trusted_schema = OFF; PRAGMA temp_store = FILE;")
}

/// Applies the settings of a writer. A commit is on the disk when it returns (`synchronous = FULL`). The larger cache
/// and the rarer checkpoints keep inserts of random digests fast.
pub(super) fn prepare_writer(connection: &Connection) -> rusqlite::Result<()> {
    connection.busy_timeout(PATIENCE)?;
    connection.set_prepared_statement_cache_capacity(128);
    // A statement keeps its plan for all values. Otherwise SQLite plans a range again at each use.
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

/// Drops the statistics that `ANALYZE` left in the file. They describe the tables as they were then: with statistics of
/// nearly empty tables, SQLite scans a whole table for one row. The statements of the catalogue need none.
fn drop_statistics(connection: &Connection) -> rusqlite::Result<()> {
    let tables = "SELECT EXISTS (SELECT 1 FROM sqlite_schema WHERE name IN ('sqlite_stat1', 'sqlite_stat4'))";
    if connection.query_row(tables, [], |row| row.get(0))? {
        // A connection keeps the statistics that it has loaded until it reads the schema again.
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

/// Closes a run file so that it is a single file. While another process still reads it, SQLite keeps the `-wal` and
/// `-shm` files beside it; nothing is lost by that.
pub fn close(connection: Connection) -> rusqlite::Result<()> {
    connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?;
    match connection.query_row("PRAGMA journal_mode = DELETE", [], |_| Ok(())) {
        Ok(()) => {}
        Err(error) if error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy) => {}
        Err(error) => return Err(error),
    }
    connection.close().map_err(|(_, error)| error)
}
