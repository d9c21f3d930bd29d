//! Why an answer is not accepted: [`Fault`].

use crate::record::AttemptOutcome;

/// Why an answer is not accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    pub outcome: AttemptOutcome,
    /// What was wrong, in sentences that the model can act on, one per line.
    pub detail: String,
}

impl Fault {
    pub fn new(outcome: AttemptOutcome, detail: impl Into<String>) -> Self {
        Self { outcome, detail: detail.into() }
    }
}
