//! The documents of the input, and what is cited of them.

use super::super::number::{Count, Share};
use crate::view::evidence::{ClaimCounts, Mark};

/// The documents of the input, and what is cited of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DocumentSection {
    pub total: Count,
    pub lines: Count,
    /// The lines that nothing cites, of those that are not blank.
    pub uncited: Share,
    /// By step, and by what came of the work items.
    pub claims: Vec<ClaimRow>,
    /// In the order of the input. Where there are very many, those that nothing cites are left out first.
    pub listed: Vec<CitedDocument>,
}

impl DocumentSection {
    /// How many documents are not listed.
    #[must_use]
    pub fn unlisted(&self) -> Count {
        Count(self.total.0 - i64::try_from(self.listed.len()).unwrap_or(i64::MAX))
    }

    /// How many lines of documents that are listed belong to a passage that is not shown.
    #[must_use]
    pub fn lines_cut(&self) -> Count {
        self.listed.iter().map(|it| it.lines_cut).sum()
    }
}

/// How the claims of a step were found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClaimRow {
    pub step: String,
    /// What the claims are of, in words.
    pub of: &'static str,
    pub counts: ClaimCounts,
}

/// A document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CitedDocument {
    pub name: String,
    pub lines: Count,
    /// The lines that are cited, of those that are not blank.
    pub cited: Share,
    /// Claims of accepted outputs that hold.
    pub holding: Count,
    /// Claims of accepted outputs that do not: people accept such outputs.
    pub doubted: Count,
    /// Claims of work items that were not accepted.
    pub refused: Count,
    /// The lines that are cited, with those around them.
    pub passages: Vec<Vec<PassageLine>>,
    /// How many lines of passages are not shown.
    pub lines_cut: Count,
}

/// A line of a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PassageLine {
    pub number: i64,
    /// Its text, with what cannot be seen as escapes; cut to the length that a report shows.
    pub text: String,
    /// How many characters were cut off.
    pub more: Count,
    pub mark: Mark,
    /// The claims that begin at it, up to a limit.
    pub claims: Vec<ClaimLabel>,
    pub claims_cut: Count,
}

impl PassageLine {
    /// The class of its style.
    #[must_use]
    pub fn class(&self) -> &'static str {
        self.mark.class()
    }
}

/// What cites a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClaimLabel {
    pub work_id: String,
    /// Its status, and that of its work item where that was not accepted.
    pub word: String,
    /// What it is about, in short; empty if its output says nothing but the claim.
    pub about: String,
    pub path: String,
    /// The lines in words.
    pub place: String,
    /// Whether it holds, and its work item was accepted.
    pub proves: bool,
}

impl ClaimLabel {
    /// The beginning of the work item's id, long enough to find it by.
    #[must_use]
    pub fn short_id(&self) -> &str {
        self.work_id.get(..12).unwrap_or(&self.work_id)
    }
}
