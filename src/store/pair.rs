//! Two run files on one connection, for comparison: [`open_pair`]. Both are opened for reading only.

use std::path::Path;

use rusqlite::{Connection, OpenFlags};

use super::error::{OpenError, explain};
use super::format::RunFileFormat;
use super::open::open_reader;
use super::recovery::PATIENCE;

/// Opens two run files as the databases `a` and `b` of one connection. Neither is migrated or changed. Scratch tables
/// go to a temporary file.
pub fn open_pair(a: &Path, b: &Path) -> Result<Connection, OpenError> {
    let format = RunFileFormat::current();
    for path in [a, b] {
        // Opened alone first: that gives the better errors, and recovers what a killed writer left.
        open_reader(&format, path)?;
    }
    // Attached databases are opened with the flags of the connection.
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(":memory:", flags).map_err(|source| explain(a, source))?;
    let settings = "PRAGMA trusted_schema = OFF; PRAGMA temp_store = FILE;";
    connection.busy_timeout(PATIENCE).map_err(|source| explain(a, source))?;
    connection.execute_batch(settings).map_err(|source| explain(a, source))?;
    for (path, name) in [(a, "a"), (b, "b")] {
        attach(&connection, path, name)?;
    }
    Ok(connection)
}

fn attach(connection: &Connection, path: &Path, name: &str) -> Result<(), OpenError> {
    let fail = |source| explain(path, source);
    let file = path.to_str().ok_or_else(|| OpenError::NotAFile(path.to_owned()))?;
    connection.execute("ATTACH DATABASE ?1 AS ?2", [file, name]).map_err(fail)?;
    Ok(())
}
