//! Work items by status: of steps and of groups.

use super::super::number::{Count, Share, clipped};

/// How many characters of a group's key are shown.
pub const LONGEST_LABEL: usize = 120;

/// Where a step stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StepOutcome {
    /// The step.
    pub step: String,
    /// Its work items by status.
    pub counts: OutcomeCounts,
}

/// Work items by status. They add up to `planned`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OutcomeCounts {
    /// All of them.
    pub planned: Count,
    /// With an output.
    pub accepted: Count,
    /// With valid answers, none of which passed the checks and the judge.
    pub rejected: Count,
    /// Without a valid answer.
    pub failed: Count,
    /// Left out on purpose.
    pub skipped: Count,
    /// Whose needs were not met.
    pub blocked: Count,
    /// Still to be done.
    pub pending: Count,
}

impl OutcomeCounts {
    /// Each status with its count, in the order they are always shown.
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

    /// The accepted share of all that is planned.
    #[must_use]
    pub fn acceptance(&self) -> Share {
        Share { part: self.accepted, whole: self.planned }
    }

    /// What is neither accepted, rejected nor failed.
    #[must_use]
    pub fn open(&self) -> Count {
        [self.skipped, self.blocked, self.pending].into_iter().sum()
    }
}

/// Rows that belong together; or, last in the list, all groups that are not shown one by one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// Its key; `None` for the sum of those not shown.
    pub key: Option<String>,
    /// How many groups this is.
    pub groups: Count,
    /// Its rows.
    pub rows: Count,
    /// How many of them fit its context.
    pub included_rows: Count,
    /// Its work items by status.
    pub counts: OutcomeCounts,
    pub rowid: Option<i64>,
}

impl Group {
    /// What it is called.
    #[must_use]
    pub fn label(&self) -> String {
        match &self.key {
            Some(key) if key.is_empty() => "(empty)".to_owned(),
            Some(key) => clipped(key, LONGEST_LABEL),
            None => format!("other ({} groups)", self.groups),
        }
    }
}
