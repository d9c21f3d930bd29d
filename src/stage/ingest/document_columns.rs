//! The columns of data sets of documents.

use crate::record::document::{DOCUMENT_COLUMNS, is_place, is_seen};
use crate::record::{ColumnKind, ColumnType};

/// The format of a data set of documents.
pub const DOCUMENTS: &str = "documents";

/// Returns what the cells of the columns of documents are.
#[must_use]
pub fn document_kinds() -> Vec<ColumnKind> {
    let kind = |it| if is_place(it) { ColumnKind::Typed(ColumnType::Integer) } else { ColumnKind::Untyped };
    (0..DOCUMENT_COLUMNS.len()).map(kind).collect()
}

/// Returns the positions of the columns of documents that are part of an exact task, sorted by name. `reads_lines` says
/// whether the step reads the lines at which a row stands.
#[must_use]
pub fn document_columns_seen(reads_lines: bool) -> Vec<usize> {
    let mut seen: Vec<usize> = (0..DOCUMENT_COLUMNS.len()).filter(|at| is_seen(*at, reads_lines)).collect();
    seen.sort_by_key(|at| DOCUMENT_COLUMNS[*at]);
    seen
}
