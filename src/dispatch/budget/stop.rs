//! Why the budget allows no more requests.

use std::fmt;

use crate::price::Money;

/// Why the budget allows no more requests.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BudgetStop {
    /// What is left of `budget.max_cost_usd` is less than the next request may cost.
    Cost {
        /// What counts towards the limit.
        spent: Money,
        /// The part of it that is set aside for calls of unknown cost; `None`: not known.
        aside: Option<Money>,
        limit: Money,
        next: Money,
    },
    /// As many requests were sent as `budget.max_requests` allows.
    Requests { sent: u64, most: u64 },
    /// The same of the bounds on one variant of an experiment.
    OfVariant(Box<BudgetStop>),
    /// The most that a request can cost is not known.
    NoPrice,
}

impl BudgetStop {
    /// The same of the bounds on one variant.
    #[must_use]
    pub fn of_variant(self) -> Self {
        Self::OfVariant(Box::new(self))
    }

    /// Whether it is one variant alone that is stopped.
    #[must_use]
    pub fn is_of_variant(&self) -> bool {
        matches!(self, Self::OfVariant(_))
    }
}

impl fmt::Display for BudgetStop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cost { spent, aside, limit, next } => {
                match aside {
                    None => write!(f, "{spent} of {limit} are spent or set aside")?,
                    Some(Money::ZERO) => write!(f, "{spent} of {limit} are spent")?,
                    Some(aside) => write!(
                        f,
                        "{} of {limit} are spent, {aside} are set aside for calls of unknown cost",
                        spent.minus(*aside)
                    )?,
                }
                write!(f, ", and the next request may cost {next} (`budget.max_cost_usd`)")
            }
            Self::Requests { sent, most } => write!(f, "{sent} of {most} requests were sent (`budget.max_requests`)"),
            Self::OfVariant(stop) => {
                f.write_str(&stop.to_string().replace("`budget.", "on this variant `experiment.budget_per_variant."))
            }
            Self::NoPrice => f.write_str("a request asks for a service tier without a known price"),
        }
    }
}
