//! Single work items: what did not get through, and accepted outputs to look at.

use super::super::number::Count;

/// Work items that failed or were rejected.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Failures {
    /// All of them.
    pub total: Count,
    /// How many by step, status and kind, most frequent first.
    pub kinds: Vec<FailureKind>,
    /// The first of them, in the order of the plan.
    pub items: Vec<FailedItem>,
}

/// Work items of a step that ended in the same way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FailureKind {
    /// The step.
    pub step: String,
    /// `failed` or `rejected`.
    pub status: String,
    /// How the last attempt ended.
    pub kind: String,
    /// How many work items.
    pub items: Count,
}

impl Failures {
    /// How many are not listed.
    #[must_use]
    pub fn unlisted(&self) -> Count {
        Count(self.total.0 - i64::try_from(self.items.len()).unwrap_or(i64::MAX))
    }
}

/// A work item that failed or was rejected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FailedItem {
    /// Its id.
    pub work_id: String,
    /// Its step.
    pub step: String,
    /// `failed` or `rejected`.
    pub status: String,
    /// Its row's number in the input, from 1.
    pub row: Option<Count>,
    /// Its group.
    pub group: Option<String>,
    /// How its last attempt ended.
    pub kind: Option<String>,
    /// What was wrong with it.
    pub message: Option<String>,
    /// How many attempts it took.
    pub attempts: Count,
    /// The last answer, cut at the length that a report shows.
    pub last_answer: Option<String>,
    /// How many characters of it are not shown.
    pub answer_cut: Count,
}

impl FailedItem {
    /// Enough of its id to find it by.
    #[must_use]
    pub fn short_id(&self) -> &str {
        short(&self.work_id)
    }
}

/// Accepted outputs of one group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SampleGroup {
    /// The group, `None` without grouping.
    pub group: Option<String>,
    /// The outputs, in the order of their ids.
    pub samples: Vec<Sample>,
}

/// An accepted output with what it was made from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sample {
    /// The work item.
    pub work_id: String,
    /// Its row's number in the input, from 1.
    pub row: Option<Count>,
    /// Its input: column, value as far as it is shown, how many characters are not.
    pub input: Vec<(String, String, Count)>,
    /// Its output: field, value as far as it is shown, how many characters are not.
    pub output: Vec<(String, String, Count)>,
    /// The judge's verdict.
    pub verdict: Option<String>,
    /// The judge's score.
    pub score: Option<i64>,
    /// The judge's reasons.
    pub reasons: Vec<String>,
    /// How many attempts it took.
    pub attempts: Count,
}

impl Sample {
    /// Enough of its id to find it by.
    #[must_use]
    pub fn short_id(&self) -> &str {
        short(&self.work_id)
    }
}

/// The first characters of an id: enough to find it by.
fn short(id: &str) -> &str {
    id.get(..10).unwrap_or(id)
}
