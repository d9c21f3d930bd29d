//! A data set on record: [`Dataset`].

use super::document_columns::document_columns_seen;
use super::fields::sorted_columns;
use crate::record::ColumnKind;

/// A recorded data set.
#[derive(Clone, Debug)]
pub struct Dataset {
    /// Its rowid.
    pub id: i64,
    /// In the order of the file.
    pub columns: Vec<String>,
    /// What their cells are.
    pub kinds: Vec<ColumnKind>,
    /// Whether its rows are those of documents.
    pub is_documents: bool,
}

impl Dataset {
    /// Whether cells keep the kinds that they have in a JSON file.
    #[must_use]
    pub fn is_json(&self) -> bool {
        self.kinds.contains(&ColumnKind::Json)
    }

    /// Whether a row's id does not say all of its fields, so that these are part of exact tasks: where a column `key`
    /// is set, in a JSON file, and in documents.
    #[must_use]
    pub fn is_keyed(&self, key: Option<&str>) -> bool {
        self.is_documents || self.is_json() || key.is_some()
    }

    /// The positions of the columns that are part of exact tasks, sorted by name. `reads_lines` says whether the step
    /// reads the lines at which rows of documents stand.
    #[must_use]
    pub fn seen_columns(&self, reads_lines: bool) -> Vec<usize> {
        if self.is_documents { document_columns_seen(reads_lines) } else { sorted_columns(&self.columns) }
    }
}
