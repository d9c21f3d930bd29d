//! The names of a result's columns, alike in the view `results`, in psv and in csv, whichever of them are shown.

use crate::store::FIXED;
use crate::tabular::{ColumnNames, column_names};

/// The columns that tables have beside those of the view.
const OF_TABLES: [&str; 2] = ["group_rows", "kind"];

/// Names the columns of the input, of the result itself and of the output. The second are those of the view in its
/// order, and then those of tables.
#[must_use]
pub fn result_names(input: &[String], fields: &[String]) -> ColumnNames {
    let fixed: Vec<&str> = FIXED.iter().map(|(name, _)| *name).chain(OF_TABLES).collect();
    column_names(input, &fixed, fields)
}

/// The name in `names` of the result's own column `column`.
pub(super) fn fixed_name<'n>(names: &'n ColumnNames, column: &'static str) -> &'n str {
    let own = FIXED.iter().map(|(name, _)| *name).chain(OF_TABLES);
    own.zip(&names.fixed).find(|(name, _)| *name == column).map_or(column, |(_, name)| name.as_str())
}

/// The names of columns that are left out of most tables. They give way to all others.
pub(super) fn heavy_names(names: &ColumnNames, heavy: &[&str]) -> Vec<String> {
    let taken: Vec<String> = [&names.input, &names.fixed, &names.fields].into_iter().flatten().cloned().collect();
    column_names(&taken, heavy, &[]).fixed
}
