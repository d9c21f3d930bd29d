//! What an experiment found: its figures, and some work items on which its variants differ.

use super::super::number::Count;
use crate::view::evaluation::Evaluation;

/// The section on an experiment.
#[derive(Clone, Debug, PartialEq)]
pub struct ExperimentSection {
    pub evaluation: Evaluation,
    /// `None` if there is only one variant.
    pub side_by_side: Option<SideBySide>,
}

/// Work items on which variants gave different answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SideBySide {
    /// The field that is compared; `None` for the whole output.
    pub field: Option<String>,
    /// The names of the variants, in their order.
    pub variants: Vec<String>,
    /// How many work items there are on which they differ.
    pub total: Count,
    /// Some of them, chosen by their ids.
    pub items: Vec<ComparedItem>,
}

impl SideBySide {
    /// How many are not listed.
    #[must_use]
    pub fn unlisted(&self) -> Count {
        Count(self.total.0 - i64::try_from(self.items.len()).unwrap_or(i64::MAX))
    }
}

/// A work item with the answers of all variants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ComparedItem {
    pub work_id: String,
    /// The number of its row in the input, from 1.
    pub row: Option<Count>,
    /// The input, cut to the length that a report shows.
    pub text: String,
    /// The gold answer, cut likewise.
    pub gold: Option<String>,
    /// In the order of the variants.
    pub answers: Vec<ComparedAnswer>,
}

impl ComparedItem {
    /// The beginning of its id, long enough to find it by.
    #[must_use]
    pub fn short_id(&self) -> &str {
        self.work_id.get(..10).unwrap_or(&self.work_id)
    }

    /// The answers with the names of their variants.
    pub fn named<'a>(&'a self, variants: &'a [String]) -> impl Iterator<Item = (&'a str, &'a ComparedAnswer)> {
        variants.iter().map(String::as_str).zip(&self.answers)
    }
}

/// The answer of a variant.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ComparedAnswer {
    /// `None` if no output was accepted.
    pub text: Option<String>,
    /// `None` where there is no gold answer to hold it against.
    pub is_right: Option<bool>,
}

impl ComparedAnswer {
    /// A mark beside the answer.
    #[must_use]
    pub fn mark(&self) -> &'static str {
        match self.is_right {
            Some(true) => "✓",
            Some(false) => "✗",
            None => "",
        }
    }

    /// The CSS class of the mark.
    #[must_use]
    pub fn class(&self) -> &'static str {
        if self.is_right == Some(true) { "right" } else { "wrong" }
    }
}
