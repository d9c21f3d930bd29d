//! Why the budget allows no more requests.

use std::fmt;

use crate::price::Money;

/// Why the budget allows no more requests.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BudgetStop {
    /// What is left of `budget.max_cost_usd` is less than the next request may cost.
    Cost { spent: Money, limit: Money, next: Money },
    /// As many requests were sent as `budget.max_requests` allows.
    Requests { sent: u64, most: u64 },
    /// The most that a request can cost is not known.
    NoPrice,
}

impl fmt::Display for BudgetStop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cost { spent, limit, next } => {
                write!(f, "{spent} of {limit} are spent, and the next request may cost {next} (`budget.max_cost_usd`)")
            }
            Self::Requests { sent, most } => write!(f, "{sent} of {most} requests were sent (`budget.max_requests`)"),
            Self::NoPrice => f.write_str("a request asks for a service tier without a known price"),
        }
    }
}
