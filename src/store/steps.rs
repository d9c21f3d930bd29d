//! The steps of the task under a variant, in a repeat.

use rusqlite::{Connection, ToSql};

use super::sql;
use crate::record::VariantAt;

/// The rowid of the step called `name` under a variant, in a repeat, if it is on record.
pub fn step_rowid(connection: &Connection, name: &str, at: VariantAt) -> rusqlite::Result<Option<i64>> {
    let of: [(&'static str, &dyn ToSql); 3] = [(":name", &name), (":variant", &at.number), (":repeat", &at.repeat)];
    sql::RECORD_STEP_ROWID.first(connection, &of, |row| row.get("id"))
}

/// The last step of the task under a variant, in a repeat, or all perspectives of it, in order (rowids).
pub fn last_steps(connection: &Connection, at: VariantAt) -> rusqlite::Result<Vec<i64>> {
    let of: [(&'static str, &dyn ToSql); 2] = [(":variant", &at.number), (":repeat", &at.repeat)];
    sql::RECORD_LAST_STEPS.all(connection, &of, |row| row.get("id"))
}

/// A variant of the record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordedVariant {
    pub number: i64,
    pub name: String,
    /// In how many repeats it has planned work items; 0 where it has none.
    pub repeats: u32,
}

/// Every variant of the run file, the task itself first.
pub fn variants(connection: &Connection) -> rusqlite::Result<Vec<RecordedVariant>> {
    sql::RECORD_VARIANTS.all(connection, &[], |row| {
        Ok(RecordedVariant { number: row.get("id")?, name: row.get("name")?, repeats: row.get("repeats")? })
    })
}
