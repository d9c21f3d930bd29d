//! Where templates find documents, and what is logged of it: [`DocumentLookup`], [`TemplateDocuments`],
//! [`RetrievalLog`].

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use super::passage::Passage;

/// Where the functions of templates find documents. The same call always gives the same result.
pub trait DocumentLookup: fmt::Debug + Send + Sync {
    /// The passages of a collection that go best with `query`, best first: at most `count`, and none for a query
    /// without a word.
    fn retrieve(&self, knowledge: &str, query: &str, count: u32) -> Result<Retrieved, String>;

    /// The lines of a document from `first` to `last`, counted from 1, or to its end: of the input, or of a collection.
    fn lines(
        &self,
        knowledge: Option<&str>,
        document: &str,
        first: i64,
        last: Option<i64>,
    ) -> Result<Vec<String>, String>;
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
    pub(super) fn add(&self, retrieval: Retrieval) {
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
    pub(super) lookup: Arc<dyn DocumentLookup>,
    pub(super) log: RetrievalLog,
}

impl TemplateDocuments {
    #[must_use]
    pub fn new(lookup: &Arc<dyn DocumentLookup>, log: &RetrievalLog) -> Self {
        Self { lookup: lookup.clone(), log: log.clone() }
    }
}
