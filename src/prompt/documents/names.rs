//! Which documents templates may read ([`DocumentNames`]), and which they do ([`DocumentUse`]).

use std::collections::BTreeSet;
use std::sync::Arc;

use super::lookup::{DocumentLookup, RetrievalLog, Retrieved, TemplateDocuments};
use super::passage::Passage;

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
    pub(in crate::prompt) fn trial() -> TemplateDocuments {
        let lookup: Arc<dyn DocumentLookup> = Arc::new(TrialLookup);
        TemplateDocuments::new(&lookup, &RetrievalLog::default())
    }
}

/// The documents that templates read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a question of its own")]
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

    fn lines(&self, _: Option<&str>, _: &str, _: i64, _: Option<i64>) -> Result<Vec<String>, String> {
        Ok(vec!["text".to_owned()])
    }
}
