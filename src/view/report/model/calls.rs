//! The exchanges with providers: how they ended, how long they took, what they cost.

use super::super::number::{Count, Millis, Usd};

/// The exchanges with providers that this run file holds, those of earlier configurations included.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Calls {
    /// By who was asked, and what for.
    pub endpoints: Vec<Endpoint>,
    /// The kinds of errors, most frequent first.
    pub errors: Vec<Named>,
    /// What is known of the cost.
    pub cost: Usd,
    /// What answers that were used more than once would have cost.
    pub saved: Usd,
    /// How many calls have no known cost.
    pub unpriced: Count,
    /// The most that those of them can have cost for which that is known.
    pub reserved: Usd,
    /// The known cost for each accepted work item.
    pub per_accepted: Usd,
    /// What all of it is going to cost, as far as the decided work items tell.
    pub expected: Usd,
    /// All of them.
    pub total: CallOutcomes,
}

/// A name with a count.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    /// The name.
    pub name: String,
    /// How often.
    pub count: Count,
}

/// Calls by how they ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CallOutcomes {
    /// All of them.
    pub calls: Count,
    /// With an answer.
    pub answered: Count,
    /// With an error.
    pub failed: Count,
    /// Sent, and never read: the process ended before.
    pub lost: Count,
    /// Sent, not yet read.
    pub in_flight: Count,
}

/// One model at one provider, for one purpose.
#[derive(Clone, Debug, PartialEq)]
pub struct Endpoint {
    /// The provider.
    pub provider: String,
    /// The model.
    pub model: String,
    /// `generation` or `judge`.
    pub purpose: String,
    /// Calls by how they ended.
    pub outcomes: CallOutcomes,
    /// Tokens sent.
    pub input: Tokens,
    /// Tokens received.
    pub output: Tokens,
    /// Of those sent, tokens that the provider had kept.
    pub cached: Tokens,
    /// Of those received, tokens that were spent on reasoning.
    pub reasoning: Tokens,
    /// What is known of the cost.
    pub cost: Usd,
    /// How many calls have no known cost.
    pub unpriced: Count,
    /// The time within which half, 90 % and 99 % of the answers came.
    pub latency: [Millis; 3],
}

/// Tokens, as far as answered calls reported them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tokens {
    /// The sum of what was reported.
    pub sum: Count,
    /// For how many answered calls it was.
    pub known: Count,
    /// For how many it was not.
    pub unknown: Count,
}

impl std::fmt::Display for Tokens {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match (self.known.0, self.unknown.0) {
            (0, _) => f.write_str("unknown"),
            (_, 0) => write!(f, "{}", self.sum),
            _ => write!(f, "{} ({} calls unknown)", self.sum, self.unknown),
        }
    }
}
