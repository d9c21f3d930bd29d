//! The calls: how they ended, how long they took, what they cost.

use super::super::number::{Count, Millis, Usd};

/// All calls of a run file, including those of earlier configurations.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Calls {
    /// By provider, model and purpose.
    pub endpoints: Vec<ModelCalls>,
    /// Most frequent first.
    pub errors: Vec<ErrorCount>,
    /// The sum of the known costs.
    pub cost: Usd,
    /// What the answers that were reused would have cost.
    pub saved: Usd,
    /// How many calls have no known cost.
    pub unpriced: Count,
    /// The sum of the known upper bounds on the cost of calls whose cost is unknown.
    pub reserved: Usd,
    /// The known cost per accepted work item.
    pub per_accepted: Usd,
    /// The total cost, if open work items cost as much as the decided ones on average.
    pub expected: Usd,
    pub total: CallOutcomes,
}

/// How many calls failed with one kind of error.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ErrorCount {
    pub kind: String,
    pub count: Count,
}

/// Calls by how they ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CallOutcomes {
    pub calls: Count,
    pub answered: Count,
    pub failed: Count,
    /// Sent, but the process ended before the answer was read.
    pub lost: Count,
    pub in_flight: Count,
}

/// One model at one provider, for one purpose.
#[derive(Clone, Debug, PartialEq)]
pub struct ModelCalls {
    pub provider: String,
    pub model: String,
    /// `generation` or `judge`.
    pub purpose: String,
    pub outcomes: CallOutcomes,
    pub input: Tokens,
    pub output: Tokens,
    /// Input tokens that were read from the provider's cache.
    pub cached: Tokens,
    /// Output tokens that were spent on reasoning.
    pub reasoning: Tokens,
    /// The sum of the known costs.
    pub cost: Usd,
    /// How many calls have no known cost.
    pub unpriced: Count,
    /// The 50th, 90th and 99th percentile.
    pub latency: [Millis; 3],
}

/// Tokens that answered calls reported.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tokens {
    pub sum: Count,
    /// How many answered calls reported them.
    pub known: Count,
    /// How many answered calls did not.
    pub unknown: Count,
}

impl std::fmt::Display for Tokens {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match (self.known.0, self.unknown.0) {
            (0, _) => f.write_str("unknown"),
            (_, 0) => write!(f, "{}", self.sum),
            (_, 1) => write!(f, "{} (1 call unknown)", self.sum),
            _ => write!(f, "{} ({} calls unknown)", self.sum, self.unknown),
        }
    }
}
