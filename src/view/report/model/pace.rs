//! The pace of requests.

use super::super::number::{Count, Millis};

/// The limit on calls in flight to one model over time, in the latest invocation that called it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PaceHistory {
    pub model: String,
    /// The limit at each change: milliseconds since the first change, and how many calls.
    pub steps: Vec<(i64, i64)>,
    /// From the first change to the end of the invocation.
    pub length: Millis,
    /// The changes, by reason.
    pub reasons: Vec<PaceReasons>,
}

/// The changes of the limit for one reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PaceReasons {
    pub reason: String,
    pub changes: Count,
    /// The lowest and the highest limit after such a change.
    pub concurrency: (Count, Count),
    /// The details of the last such change, with its rate limits.
    pub last: String,
}

impl PaceHistory {
    /// The lowest and the highest limit.
    #[must_use]
    pub fn range(&self) -> (Count, Count) {
        let counts = || self.steps.iter().map(|(_, count)| *count);
        (Count(counts().min().unwrap_or_default()), Count(counts().max().unwrap_or_default()))
    }
}
