//! Work items by status: of steps and of groups.

use super::super::number::{Count, Share, clipped};

/// How many characters of a group's key are shown.
pub const LONGEST_LABEL: usize = 120;

/// A step with its work items by status.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StepOutcome {
    pub step: String,
    pub counts: OutcomeCounts,
}

/// Work items by status. They add up to `planned`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OutcomeCounts {
    pub planned: Count,
    pub accepted: Count,
    /// With valid answers, none of which passed the checks and the judge.
    pub rejected: Count,
    /// Without a valid answer.
    pub failed: Count,
    /// Left out on purpose, by `when`.
    pub skipped: Count,
    /// Made from a work item that was not accepted.
    pub blocked: Count,
    pub pending: Count,
}

impl std::iter::Sum for OutcomeCounts {
    fn sum<I: Iterator<Item = Self>>(all: I) -> Self {
        all.fold(Self::default(), |sum, it| Self {
            planned: Count(sum.planned.0 + it.planned.0),
            accepted: Count(sum.accepted.0 + it.accepted.0),
            rejected: Count(sum.rejected.0 + it.rejected.0),
            failed: Count(sum.failed.0 + it.failed.0),
            skipped: Count(sum.skipped.0 + it.skipped.0),
            blocked: Count(sum.blocked.0 + it.blocked.0),
            pending: Count(sum.pending.0 + it.pending.0),
        })
    }
}

impl OutcomeCounts {
    /// Each status with its share, in the order in which reports show them.
    #[must_use]
    pub fn parts(&self) -> [(&'static str, Share); 6] {
        [
            ("accepted", self.accepted),
            ("rejected", self.rejected),
            ("failed", self.failed),
            ("skipped", self.skipped),
            ("blocked", self.blocked),
            ("pending", self.pending),
        ]
        .map(|(word, part)| (word, Share { part, whole: self.planned }))
    }

    /// The accepted share of the planned work items.
    #[must_use]
    pub fn acceptance(&self) -> Share {
        Share { part: self.accepted, whole: self.planned }
    }

    /// How many are neither accepted, rejected nor failed.
    #[must_use]
    pub fn open(&self) -> Count {
        [self.skipped, self.blocked, self.pending].into_iter().sum()
    }
}

/// The work items of the last step by outcome, for each value of an input column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ColumnOutcomes {
    pub column: String,
    /// Most frequent first, then all others as one.
    pub values: Vec<(String, OutcomeCounts)>,
}

/// A group of rows; or, last in the list, all groups that are not shown one by one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutcomeGroup {
    /// `None` for the sum of the groups that are not shown.
    pub key: Option<String>,
    /// How many groups this stands for.
    pub groups: Count,
    pub rows: Count,
    /// How many of its rows fit into the context.
    pub included_rows: Count,
    pub counts: OutcomeCounts,
    pub rowid: Option<i64>,
}

impl OutcomeGroup {
    /// The name to show.
    #[must_use]
    pub fn label(&self) -> String {
        match &self.key {
            Some(key) if key.is_empty() => "(empty)".to_owned(),
            Some(key) => clipped(key, LONGEST_LABEL),
            None => format!("other ({} groups)", self.groups),
        }
    }
}
