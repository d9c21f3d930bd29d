//! How fast was asked.

use super::super::number::{Count, Millis};

/// How fast one model was asked in the newest invocation that asked it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pace {
    /// The model.
    pub model: String,
    /// How many requests might be in flight: from when on, in milliseconds since the first change, and how many.
    pub steps: Vec<(i64, i64)>,
    /// How long it took.
    pub length: Millis,
    /// Why it changed.
    pub reasons: Vec<PaceReasons>,
}

/// The changes for one reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PaceReasons {
    /// The reason, as the record spells it.
    pub reason: String,
    /// How many changes there were.
    pub changes: Count,
    /// The fewest and the most requests that might be in flight after one.
    pub concurrency: (Count, Count),
    /// What was said of the last one: its limits and more.
    pub last: String,
}

impl Pace {
    /// The fewest and the most requests that might be in flight.
    #[must_use]
    pub fn range(&self) -> (Count, Count) {
        let counts = || self.steps.iter().map(|(_, count)| *count);
        (Count(counts().min().unwrap_or_default()), Count(counts().max().unwrap_or_default()))
    }
}
