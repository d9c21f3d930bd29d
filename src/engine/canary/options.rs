//! What a canary is asked to do, and what came of it.

use std::path::PathBuf;

use crate::dispatch::BudgetStop;
use crate::engine::options::{Limited, RunOptions};
use crate::experiment::CanaryVerdict;
use crate::record::PinStage;

/// What to ask again.
#[derive(Clone, Debug)]
pub struct CanaryOptions {
    /// Those that it shares with a run.
    pub run: RunOptions,
    /// The stage whose pin is meant, as the user wrote it.
    pub stage: String,
}

/// What came of a canary.
#[derive(Clone, Debug)]
pub struct CanarySummary {
    pub db: PathBuf,
    pub stage: PinStage,
    /// The name of the pinned variant.
    pub variant: String,
    /// Which run it is, from 1.
    pub number: u32,
    /// `None` where it did not come to its end.
    pub verdict: Option<CanaryVerdict>,
    /// Calls that this invocation made.
    pub calls: u64,
    /// Work items that failed or are blocked.
    pub failed: u64,
    /// Work items that are open.
    pub pending: u64,
    pub budget: Option<BudgetStop>,
    /// Whether the user stopped it.
    pub interrupted: bool,
    /// The share of the canary set that `limit` selects, where that is not all of it.
    pub limited: Option<Limited>,
}

impl CanarySummary {
    #[must_use]
    pub fn has_drifted(&self) -> bool {
        self.verdict == Some(CanaryVerdict::Drift)
    }
}
