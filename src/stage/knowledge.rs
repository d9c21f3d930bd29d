//! Knowledge: the passages of collections, found by the words of a question, and lines of documents, for the functions
//! of templates (`retrieve`, `lines`, `evidence_ok`).
//!
//! `index` ranks the passages of one collection with SQLite's FTS5, in a database of its own that is gone with it.
//! `words` says what a word is, and `lines` holds lines. [`RecordedDocuments`] has both for the documents of a run
//! file.

mod documents;
mod index;
mod lines;
mod words;

pub use documents::{RecordedDocuments, recorded_index};
pub use index::Index;
