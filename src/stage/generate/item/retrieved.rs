//! What the templates of a work item retrieve in an attempt: [`Retrievals`].

use std::cell::RefCell;
use std::sync::Arc;

use crate::prompt::{DocumentLookup, Retrieval, RetrievalLog, TemplateDocuments, Vars};
use crate::record::RetrievalPurpose;
use crate::stage::generate::attempt::AttemptRetrieval;
use crate::stage::generate::task::Task;

/// What was rendered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Rendered {
    Rule,
    Generation,
    Checks,
    /// The prompt of the judge with this index.
    Judge(usize),
}

impl Rendered {
    fn purpose(self) -> RetrievalPurpose {
        match self {
            Self::Rule => RetrievalPurpose::Rule,
            Self::Generation => RetrievalPurpose::Generation,
            Self::Checks => RetrievalPurpose::Check,
            Self::Judge(_) => RetrievalPurpose::Judge,
        }
    }
}

/// The passages that were retrieved in the attempt in progress. What is rendered again counts once.
#[derive(Debug, Default)]
pub(super) struct Retrievals {
    log: RetrievalLog,
    kept: RefCell<Vec<(Rendered, Vec<Retrieval>)>>,
}

impl Retrievals {
    /// Sets the documents of a task's templates, if they read any.
    pub(super) fn add_to(&self, vars: Vars, task: &Task) -> Vars {
        match &task.documents {
            None => vars,
            Some(documents) => {
                let lookup: Arc<dyn DocumentLookup> = documents.clone();
                vars.documents(TemplateDocuments::new(&lookup, &self.log))
            }
        }
    }

    /// Keeps what was retrieved since the last call, by what was `rendered`; `None` is nothing that an attempt has.
    pub(super) fn keep(&self, rendered: Option<Rendered>) {
        let found = self.log.take();
        let Some(rendered) = rendered else { return };
        let mut kept = self.kept.borrow_mut();
        kept.retain(|(it, _)| *it != rendered);
        if !found.is_empty() {
            kept.push((rendered, found));
        }
    }

    /// Takes what was kept for the attempt, in the order in which it was rendered.
    pub(super) fn take(&self) -> Vec<AttemptRetrieval> {
        let mut kept = self.kept.take();
        kept.sort_by_key(|(rendered, _)| *rendered);
        let all = kept.into_iter().flat_map(|(rendered, found)| {
            found.into_iter().map(move |retrieval| AttemptRetrieval { purpose: rendered.purpose(), retrieval })
        });
        all.collect()
    }
}
