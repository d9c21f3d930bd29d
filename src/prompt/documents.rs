//! The documents that templates may read: passages of knowledge collections (`retrieve`), and lines of documents
//! (`lines`, `evidence_ok`).
//!
//! What they read is behind [`DocumentLookup`], which the engine provides over the run file: this room reads nothing.
//! What was retrieved is collected in a [`RetrievalLog`]. [`DocumentNames`] says which collections a template may name,
//! [`DocumentUse`] which ones it does.

mod arguments;
mod calls;
mod function;
mod passage;

use std::collections::BTreeSet;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use minijinja::value::Value;

pub(super) use calls::{calls_fault, uses};
pub(super) use function::DocumentFunction;
pub use passage::Passage;
pub(super) use passage::passage_schema;

use function::FunctionValue;

/// The most passages that one call retrieves.
const MAX_PASSAGES: u32 = 50;
/// How many passages a call retrieves that does not say.
const DEFAULT_PASSAGES: u32 = 5;

/// Where the functions of templates find documents. The same call always gives the same result.
pub trait DocumentLookup: fmt::Debug + Send + Sync {
    /// The passages of a collection that go best with `query`, best first: at most `count`, and none for a query
    /// without a word.
    fn retrieve(&self, knowledge: &str, query: &str, count: u32) -> Result<Retrieved, String>;

    /// The lines of a document from `first` to `last`, counted from 1: of the input, or of a collection.
    fn lines(&self, knowledge: Option<&str>, document: &str, first: i64, last: i64) -> Result<Vec<String>, String>;
}

/// What a call of `retrieve` found.
#[derive(Clone, Debug, Default)]
pub struct Retrieved {
    /// The collection (rowid of its data set).
    pub dataset: i64,
    /// In order, best first.
    pub passages: Vec<Passage>,
}

/// A call of `retrieve`, as it is recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Retrieval {
    /// The collection (rowid of its data set).
    pub dataset: i64,
    pub query: String,
    /// The most passages that were asked for.
    pub count: u32,
    /// The passages (rowids of rows), best first.
    pub passages: Vec<i64>,
}

/// The calls of `retrieve` in renderings, in their order. A clone adds to the same log.
#[derive(Clone, Debug, Default)]
pub struct RetrievalLog(Arc<Mutex<Vec<Retrieval>>>);

impl RetrievalLog {
    fn add(&self, retrieval: Retrieval) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(retrieval);
    }

    /// Takes what was added so far.
    #[must_use]
    pub fn take(&self) -> Vec<Retrieval> {
        std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// The documents of a rendering, and where it logs what it retrieves.
#[derive(Clone, Debug)]
pub struct TemplateDocuments {
    lookup: Arc<dyn DocumentLookup>,
    log: RetrievalLog,
}

impl TemplateDocuments {
    #[must_use]
    pub fn new(lookup: &Arc<dyn DocumentLookup>, log: &RetrievalLog) -> Self {
        Self { lookup: lookup.clone(), log: log.clone() }
    }

    /// The function that a template calls by `name`.
    pub(super) fn function(&self, name: &str) -> Option<Value> {
        let function = DocumentFunction::of(name)?;
        Some(Value::from_object(FunctionValue { function, documents: self.clone() }))
    }
}

/// The documents that a template may read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DocumentNames {
    /// The names of the knowledge collections.
    pub knowledge: Vec<String>,
    /// Whether the input is documents.
    pub input: bool,
}

impl DocumentNames {
    /// Functions that find what they are asked for, to render a template once on trial.
    pub(super) fn trial() -> TemplateDocuments {
        TemplateDocuments { lookup: Arc::new(TrialLookup), log: RetrievalLog::default() }
    }
}

/// The documents that templates read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DocumentUse {
    /// The collections that they name.
    pub knowledge: BTreeSet<String>,
    /// Whether a name is computed, so that it may be any of the collections.
    pub any_knowledge: bool,
    /// Whether they retrieve passages.
    pub retrieves: bool,
    /// Whether they read lines of collections.
    pub lines: bool,
    /// Whether they read lines of documents of the input.
    pub input: bool,
}

impl DocumentUse {
    /// Both uses together.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        self.knowledge.extend(other.knowledge);
        self.any_knowledge |= other.any_knowledge;
        self.retrieves |= other.retrieves;
        self.lines |= other.lines;
        self.input |= other.input;
        self
    }

    /// Whether they read the collection `name`.
    #[must_use]
    pub fn reads(&self, name: &str) -> bool {
        self.any_knowledge || self.knowledge.contains(name)
    }

    /// Whether they read any document.
    #[must_use]
    pub fn is_any(&self) -> bool {
        self.any_knowledge || self.input || !self.knowledge.is_empty()
    }
}

/// Finds a passage and lines for everything.
#[derive(Debug)]
struct TrialLookup;

impl DocumentLookup for TrialLookup {
    fn retrieve(&self, _: &str, _: &str, _: u32) -> Result<Retrieved, String> {
        let passage = Passage {
            row: 0,
            document: "document".into(),
            title: "title".into(),
            heading_path: "heading".into(),
            line_start: 1,
            line_end: 1,
            page: None,
            text: "text".into(),
        };
        Ok(Retrieved { dataset: 0, passages: vec![passage] })
    }

    fn lines(&self, _: Option<&str>, _: &str, _: i64, _: i64) -> Result<Vec<String>, String> {
        Ok(vec!["text".to_owned()])
    }
}

#[cfg(test)]
mod tests;
