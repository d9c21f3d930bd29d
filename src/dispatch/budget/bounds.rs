//! What invocations have spent, and the bounds on that.

use crate::price::Money;

/// What invocations have spent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Spent {
    /// Requests that were sent.
    pub calls: u64,
    /// Known costs, and the amounts reserved for calls whose cost is not known.
    pub money: Money,
    /// Calls whose cost is not known, with nothing reserved for them.
    pub unpriced: u64,
}

impl Spent {
    pub(super) fn plus(self, other: Self) -> Self {
        Self {
            calls: self.calls + other.calls,
            money: self.money.plus(other.money),
            unpriced: self.unpriced + other.unpriced,
        }
    }
}

/// The bounds on the spending of all invocations on a run file; `None`: no bound.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct BudgetLimits {
    pub max_cost: Option<Money>,
    /// The most requests that may be sent.
    pub max_requests: Option<u64>,
}

/// The bounds on the spending of all invocations on one variant, beside those on the run file.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct VariantLimits {
    /// Its number in the run file.
    pub variant: i64,
    pub limits: BudgetLimits,
}
