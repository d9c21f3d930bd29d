//! Why rows were not taken in.

use crate::tabular::TabularError;

/// Why rows were not taken in. Nothing was written.
#[derive(Debug, thiserror::Error)]
pub enum IngestError {
    /// The file is not what it should be.
    #[error(transparent)]
    Table(#[from] TabularError),
    /// The key column is not there.
    #[error("`input.key` is `{key}`, but {name} has no such column; its columns are {columns}")]
    NoKeyColumn {
        /// The key column.
        key: String,
        /// The file.
        name: String,
        /// The columns there are.
        columns: String,
    },
    /// A row without a key.
    #[error("{name}, line {line}: the key column `{key}` is empty")]
    EmptyKey {
        /// The file.
        name: String,
        /// The row's line.
        line: u64,
        /// The key column.
        key: String,
    },
    /// Two rows with one key.
    #[error("{name}, lines {first} and {second}: both rows have the key `{value}`")]
    RepeatedKey {
        /// The file.
        name: String,
        /// The first row's line.
        first: i64,
        /// The second row's line.
        second: i64,
        /// The key they share.
        value: String,
    },
    /// A file with a header and nothing below it.
    #[error("{0} has a header but no rows")]
    NoRows(String),
    /// The record did not take it.
    #[error(transparent)]
    Store(#[from] rusqlite::Error),
}
