//! The names of a result's columns, alike in the view `results`, in psv and in csv, whichever of them are shown.

use crate::store::{FIXED, MoreColumns};
use crate::tabular::{ColumnNames, column_names};

/// The columns that tables alone have. They give way to all others, so that a field has one name everywhere.
const OF_TABLES: [&str; 6] = ["group_rows", "kind", "message", "reasons", "answer", "context"];

/// Names the columns of the input, of the result itself and of the output, as the view has them. The second are those
/// of [`FIXED`] and of `more`.
#[must_use]
pub fn result_names(input: &[String], more: MoreColumns, fields: &[String]) -> ColumnNames {
    let fixed: Vec<&str> = own_columns(more).collect();
    column_names(input, &fixed, fields)
}

fn own_columns(more: MoreColumns) -> impl Iterator<Item = &'static str> {
    FIXED.iter().chain(more.list()).map(|(name, _)| *name)
}

/// The names of a table's own columns.
pub(super) struct OwnNames(Vec<(&'static str, String)>);

impl OwnNames {
    /// The names beside those of the view.
    pub(super) fn of(view: &ColumnNames, more: MoreColumns) -> Self {
        let taken: Vec<String> = [&view.input, &view.fixed, &view.fields].into_iter().flatten().cloned().collect();
        let of_tables = column_names(&taken, &OF_TABLES, &[]).fixed;
        let fixed = own_columns(more).zip(view.fixed.iter().cloned());
        Self(fixed.chain(OF_TABLES.into_iter().zip(of_tables)).collect())
    }

    /// The name of the column `column`.
    pub(super) fn get(&self, column: &str) -> String {
        let found = self.0.iter().find(|(name, _)| *name == column);
        found.map_or_else(|| column.to_owned(), |(_, name)| name.clone())
    }
}
