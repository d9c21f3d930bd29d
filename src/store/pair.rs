//! Two run files on one connection, to be compared: `a` and `b`, both only to be read.

use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};

use super::open::{OpenError, explain, identify, look};
use super::{Access, FORMAT_VERSION};

/// The oldest format whose tables say what is compared.
pub const OLDEST_COMPARABLE: i32 = 1;

/// Opens two run files as the databases `a` and `b` of one connection. Neither is migrated or changed: what is compared
/// has stood in the same tables and columns since the first format. Scratch tables go to a temporary file.
pub fn open_pair(a: &Path, b: &Path) -> Result<Connection, OpenError> {
    for path in [a, b] {
        check(path)?;
    }
    // What is attached is opened like the connection itself: only to be read.
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(":memory:", flags).map_err(|source| explain(a, source))?;
    let settings = "PRAGMA trusted_schema = OFF; PRAGMA temp_store = FILE;";
    connection.busy_timeout(Duration::from_secs(5)).map_err(|source| explain(a, source))?;
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

fn check(path: &Path) -> Result<(), OpenError> {
    look(path, Access::Read)?;
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags).map_err(|source| explain(path, source))?;
    match identify(&connection, path)? {
        None => Err(OpenError::Empty(path.to_owned())),
        Some(found) if (OLDEST_COMPARABLE..=FORMAT_VERSION).contains(&found) => Ok(()),
        Some(found) => Err(OpenError::TooOld { path: path.to_owned(), found }),
    }
}
