//! The columns of rows of documents.

/// The columns of a row of a document, in order.
pub const DOCUMENT_COLUMNS: [&str; 7] =
    ["document", "title", "heading_path", "line_start", "line_end", "text", "numbered"];

/// The positions of the columns with the lines at which a row stands.
const PLACE: [usize; 2] = [3, 4];

/// The position of the column with the text under its line numbers, which follows from the text.
const NUMBERED: usize = 6;

/// Whether a column of documents, by its position, says where a row stands, and not what it is. It is a part of exact
/// tasks only where the step reads it.
#[must_use]
pub fn is_place(position: usize) -> bool {
    PLACE.contains(&position)
}

/// Whether a column of documents, by its position, is a part of exact tasks. `reads_lines` says whether the step reads
/// where a row stands.
#[must_use]
pub fn is_seen(position: usize, reads_lines: bool) -> bool {
    position != NUMBERED && (reads_lines || !is_place(position))
}

/// The columns of documents that a context shows only where it names them.
#[must_use]
pub fn kept_back() -> Vec<&'static str> {
    let kept_back = |at: &usize| is_place(*at) || *at == NUMBERED;
    (0..DOCUMENT_COLUMNS.len()).filter(kept_back).map(|at| DOCUMENT_COLUMNS[at]).collect()
}
