//! Single work items: failures and rejections, and samples of accepted outputs.

use super::super::number::Count;

/// Work items that failed or were rejected.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FailureSection {
    pub total: Count,
    /// By step, status and kind, most frequent first.
    pub kinds: Vec<FailureKindRow>,
    /// In the order of the plan, up to a limit.
    pub items: Vec<FailedItem>,
}

/// Work items of a step with the same status and the same outcome of the last attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FailureKindRow {
    pub step: String,
    /// `failed` or `rejected`.
    pub status: String,
    /// The outcome of the last attempt.
    pub kind: String,
    pub items: Count,
}

impl FailureSection {
    /// How many are not listed.
    #[must_use]
    pub fn unlisted(&self) -> Count {
        Count(self.total.0 - i64::try_from(self.items.len()).unwrap_or(i64::MAX))
    }
}

/// A work item that failed or was rejected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FailedItem {
    pub work_id: String,
    pub step: String,
    /// `failed` or `rejected`.
    pub status: String,
    /// The number of its row in the input, from 1.
    pub row: Option<Count>,
    pub group: Option<String>,
    /// The begin of its input.
    pub input: String,
    /// The outcome of its last attempt.
    pub kind: Option<String>,
    /// What was wrong with the last attempt.
    pub message: Option<String>,
    pub attempts: Count,
    /// Cut to the length that a report shows.
    pub last_answer: Option<String>,
    /// How many characters were cut off.
    pub answer_cut: Count,
}

impl FailedItem {
    /// The beginning of its id, long enough to find it by.
    #[must_use]
    pub fn short_id(&self) -> &str {
        short(&self.work_id)
    }
}

/// Accepted outputs of one group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SampleGroup {
    /// `None` without grouping.
    pub group: Option<String>,
    /// In the order of their ids.
    pub samples: Vec<OutputSample>,
}

/// An accepted output with its input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutputSample {
    pub work_id: String,
    /// The number of its row in the input, from 1.
    pub row: Option<Count>,
    /// Column, value cut to the length that a report shows, and how many characters were cut off.
    pub input: Vec<(String, String, Count)>,
    /// Field, value and how many characters were cut off, as in `input`.
    pub output: Vec<(String, String, Count)>,
    pub verdict: Option<String>,
    pub score: Option<i64>,
    pub reasons: Vec<String>,
    pub attempts: Count,
}

impl OutputSample {
    /// The beginning of its id, long enough to find it by.
    #[must_use]
    pub fn short_id(&self) -> &str {
        short(&self.work_id)
    }
}

fn short(id: &str) -> &str {
    id.get(..10).unwrap_or(id)
}
