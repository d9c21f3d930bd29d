//! What a reader makes of a file.

use super::note::DocumentNote;

/// The text of a file, before it is cut into lines.
#[derive(Debug, Default)]
pub(super) struct Reading {
    pub(super) text: String,
    /// The reader and its version.
    pub(super) reader: String,
    pub(super) has_bom: bool,
    /// For each page of a PDF, where it starts in `text`, in bytes.
    pub(super) pages: Option<Vec<usize>>,
    pub(super) title: Option<String>,
    pub(super) notes: Vec<DocumentNote>,
}
