//! The documents that templates may read: passages of knowledge collections (`retrieve`), and lines of documents
//! (`lines`, `evidence_ok`).
//!
//! What they read is behind [`DocumentLookup`], which the engine provides over the run file: this room reads nothing.
//! What was retrieved is collected in a [`RetrievalLog`]. [`DocumentNames`] says which collections a template may name,
//! [`DocumentUse`] which ones it does.

mod arguments;
mod call_faults;
mod calls;
mod function;
mod lookup;
mod names;
mod passage;

pub(super) use arguments::DocumentFunction;
pub(super) use call_faults::calls_fault;
pub(super) use calls::uses;
pub use lookup::{DocumentLookup, Retrieval, RetrievalLog, Retrieved, TemplateDocuments};
pub use names::{DocumentNames, DocumentUse};
pub use passage::Passage;
pub(super) use passage::{FIELDS as PASSAGE_FIELDS, passage_schema};

#[cfg(test)]
mod tests;
