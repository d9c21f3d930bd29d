//! The read models: what a run file says, as typed rows for terminal, JSON and report alike.
//!
//! - [`status`], [`item`], [`explain`], [`failures`] and [`diff`] are behind the commands of the same names (`item` is
//!   behind `show`); [`sql`] runs users' own queries, and [`money`] adds up costs.
//! - [`report`] and [`graph`] render whole documents, [`item_files`] and [`pages`] the files and pages of a work item.
//! - [`evidence`] is what work items cite of the documents of the input, and [`document_pages`] renders that.
//! - [`quality`] is the quality report of a test set, and [`evaluation`] what an experiment found, [`canary`] what
//!   a canary did.
//! - [`decided`] is what the library hands to its caller, and [`live`] what a live run answers.
//! - [`rows`], [`text`] and [`difference`] are the common parts: cells, texts for terminals, and how two values differ.
//!
//! Depends on `store` and `record`. It must never change a run file, and knows no arguments or terminals.

pub mod canary;
pub mod decided;
pub mod diff;
pub mod difference;
pub mod document_pages;
pub mod evaluation;
pub mod evidence;
pub mod explain;
pub mod failures;
pub mod graph;
pub mod item;
pub mod item_files;
pub mod live;
pub mod money;
pub mod pages;
pub mod quality;
pub mod report;
pub mod rows;
pub mod sql;
pub mod status;
pub mod text;

use std::path::Path;

pub use rusqlite::Connection;
pub use rusqlite::Error as ReadError;
use rusqlite::types::ValueRef;

use crate::record::VariantAt;
pub use crate::store::OpenError;
pub use crate::store::Trouble;
pub use crate::store::lock_path;
use crate::store::{self, Access, Statement};
use rows::Cell;

#[cfg(test)]
pub(crate) mod fixture;

/// Opens a run file to be read.
pub fn open(path: &Path) -> Result<Connection, OpenError> {
    store::open(path, Access::Read)
}

/// The variants of an experiment that a run file has work items of.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Variants {
    /// The name of the task itself, if it was planned.
    pub task: Option<String>,
    /// The names of the others.
    pub names: Vec<String>,
    /// Whether one of them is there in several repeats.
    pub repeat: bool,
}

impl Variants {
    /// Whether there is anything beside the task itself, done once.
    #[must_use]
    pub fn are_any(&self) -> bool {
        self.repeat || !self.names.is_empty()
    }
}

/// Reads which variants have work items.
pub fn variants(connection: &Connection) -> rusqlite::Result<Variants> {
    let all = store::variants(connection)?.into_iter().filter(|it| it.repeats > 0);
    Ok(all.fold(Variants::default(), |mut found, it| {
        found.repeat |= it.repeats > 1;
        if it.number == VariantAt::BASE.number {
            found.task = Some(it.name);
        } else {
            found.names.push(it.name);
        }
        found
    }))
}

/// Reads the output contract: the closed JSON Schema that answers are validated against; `None` before there is one.
pub fn contract(connection: &Connection) -> rusqlite::Result<Option<String>> {
    store::sql::VIEW_CONTRACT.first(connection, &[], |row| row.get("body"))
}

fn cell(value: ValueRef<'_>) -> Cell {
    match value {
        ValueRef::Null => Cell::Null,
        ValueRef::Integer(number) => Cell::Integer(number),
        ValueRef::Real(number) => Cell::Real(number),
        ValueRef::Text(text) => Cell::Text(String::from_utf8_lossy(text).into_owned()),
        ValueRef::Blob(bytes) => Cell::Blob(bytes.len()),
    }
}

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

/// Reads a count, which the database holds as a signed number; null counts as 0.
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
