//! Knowledge: the passages of collections, found by the words of a question, and lines of documents, for the functions
//! of templates (`retrieve`, `lines`, `evidence_ok`).
//!
//! [`Index`] ranks the passages of one collection with SQLite's FTS5, in a database of its own that is gone with it.
//! `words` says what a word is.

mod index;
mod words;

pub use index::{Index, IndexBuilder, IndexedPassage};
