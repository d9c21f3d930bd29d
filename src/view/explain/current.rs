//! The work item that is explained, as the record has it now.

use serde_json::Value;

use crate::record::VariantAt;
use crate::record::document::DOCUMENT_COLUMNS;

/// A work item with the parts of its exact task.
pub(super) struct CurrentItem {
    pub(super) id: i64,
    /// The variant and the repeat that it is explained in.
    pub(super) at: VariantAt,
    pub(super) standing: i64,
    pub(super) step: i64,
    pub(super) source: String,
    pub(super) sample: i64,
    /// The round in which it was opened.
    pub(super) round: Option<i64>,
    /// The rounds of the latest cleans of it alone, of its attempts and of its answers; 0 if there are none.
    pub(super) set_aside: i64,
    pub(super) tape_round: i64,
    /// The invocation of the latter.
    pub(super) tape_after: i64,
    pub(super) last_attempt: Option<i64>,
    pub(super) cache_id: String,
    pub(super) planned: bool,
    pub(super) parts: Value,
    pub(super) images: Option<Value>,
    pub(super) row: Option<CurrentRow>,
    pub(super) row_index: Option<i64>,
    pub(super) dataset: Option<i64>,
    pub(super) row_group: Option<i64>,
    pub(super) group_key: Option<String>,
}

/// An input row with the names of its columns.
pub(super) struct CurrentRow {
    pub(super) row_id: String,
    pub(super) columns: Vec<Value>,
    pub(super) fields: Vec<Value>,
}

impl CurrentRow {
    /// Whether it is a row of a document, by its columns.
    pub(super) fn is_of_document(&self) -> bool {
        self.columns.iter().map(Value::as_str).eq(DOCUMENT_COLUMNS.map(Some))
    }
}

impl CurrentItem {
    /// Whether it goes back to a row of a document.
    pub(super) fn is_of_document(&self) -> bool {
        self.row.as_ref().is_some_and(CurrentRow::is_of_document)
    }
}

/// The elements of a JSON list; none if it is no list.
pub(super) fn list(value: Option<Value>) -> Vec<Value> {
    match value {
        Some(Value::Array(list)) => list,
        _ => Vec::new(),
    }
}
