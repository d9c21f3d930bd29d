//! The read models behind the reading commands: typed rows for terminal, JSON and report alike.
//!
//! Everything here reads a run file over a read-only connection and returns values, or writes rows to a given writer.
//! It depends on `store` and `record`; it never changes the run file, and knows nothing of arguments or terminals.

pub mod decided;
pub mod diff;
pub mod difference;
pub mod explain;
pub mod failures;
pub mod graph;
pub mod item;
pub mod money;
pub mod report;
pub mod rows;
pub mod sql;
pub mod status;
pub mod text;

use std::path::Path;

/// A run file, open to be read.
pub use rusqlite::Connection;
/// Why reading stopped.
pub use rusqlite::Error as ReadError;
use rusqlite::types::ValueRef;

pub use crate::store::OpenError;
/// What the world outside does to a run file.
pub use crate::store::Trouble;
/// Where a writer's lock is.
pub use crate::store::lock_path;
use crate::store::{self, Access, Statement};
use rows::Cell;

#[cfg(test)]
pub(crate) mod fixture;

/// Opens a run file to be read.
pub fn open(path: &Path) -> Result<Connection, OpenError> {
    store::open(path, Access::Read)
}

/// The output contract of the run: the closed JSON Schema that answers are held to; `None` before there is one.
pub fn contract(connection: &Connection) -> rusqlite::Result<Option<String>> {
    store::sql::VIEW_CONTRACT.first(connection, &[], |row| row.get("body"))
}

/// A column value as a cell.
fn cell(value: ValueRef<'_>) -> Cell {
    match value {
        ValueRef::Null => Cell::Null,
        ValueRef::Integer(number) => Cell::Integer(number),
        ValueRef::Real(number) => Cell::Real(number),
        ValueRef::Text(text) => Cell::Text(String::from_utf8_lossy(text).into_owned()),
        ValueRef::Blob(bytes) => Cell::Blob(bytes.len()),
    }
}

/// All cells of a row, in the order of its columns.
fn cells(row: &rusqlite::Row<'_>, columns: usize) -> rusqlite::Result<Vec<Cell>> {
    (0..columns).map(|index| row.get_ref(index).map(cell)).collect()
}

/// Visits the rows of a catalogue statement as cells, one at a time.
fn visit<E: From<rusqlite::Error>>(
    connection: &Connection,
    statement: Statement,
    parameters: &[(&'static str, &dyn rusqlite::ToSql)],
    visitor: &mut dyn FnMut(Vec<Cell>) -> Result<(), E>,
) -> Result<(), E> {
    let columns = statement.prepare(connection)?.column_count();
    statement.each(connection, parameters, |row| visitor(cells(row, columns)?))
}

/// A count that the database holds as a signed number.
fn count(row: &rusqlite::Row<'_>, column: &str) -> rusqlite::Result<u64> {
    row.get::<_, Option<i64>>(column).map(|number| number.unwrap_or_default().unsigned_abs())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_contract_is_that_of_the_latest_contract_stage() {
        assert_eq!(contract(&store::scratch()).unwrap(), None);
        assert_eq!(contract(&fixture::run_file()).unwrap().as_deref(), Some(r#"{"type": "object"}"#));
    }
}
