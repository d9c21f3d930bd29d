//! What to do once the budget is reached: the key that bounds it, with a value that is enough to go on.

use crate::engine::{BudgetStop, Counts, RunSummary};
use crate::view::money::CostSummary;

/// How much more than expected the rest may cost, as a share of it.
const HEADROOM: f64 = 0.25;

/// A bound of the budget, to be raised.
#[derive(Clone, Debug, PartialEq)]
pub struct RaisedBudget {
    /// `budget.max_cost_usd` or `budget.max_requests`, or that of the bounds on a variant.
    pub key: &'static str,
    /// The bound that was reached.
    pub from: String,
    /// A bound that is expected to be enough: what is spent and the estimated rest, or else twice the bound.
    pub to: String,
}

/// What was spent when a budget was reached, and what is open.
#[derive(Clone, Copy, Debug)]
pub struct Spending<'a> {
    pub counts: Counts,
    /// The requests that a work item needs at least.
    pub requests_each: u64,
    /// The calls of this invocation.
    pub calls: u64,
    pub money: Option<&'a CostSummary>,
}

/// How to raise the budget so that the run can go on; `None` if it did not end the run, or cannot be raised.
#[must_use]
pub fn raised(summary: &RunSummary) -> Option<RaisedBudget> {
    let RunSummary { counts, requests_each, calls, money, .. } = summary;
    let (counts, requests_each, calls) = (*counts, *requests_each, *calls);
    raised_over(summary.budget.as_ref()?, &Spending { counts, requests_each, calls, money: money.as_ref() })
}

/// How to raise the budget that ended the work with `stop`; `None` if it cannot be raised. That of a variant alone is
/// raised for the work of that one.
#[must_use]
pub fn raised_over(stop: &BudgetStop, summary: &Spending<'_>) -> Option<RaisedBudget> {
    let rest_at_least = summary.counts.pending.saturating_mul(summary.requests_each);
    match stop {
        BudgetStop::Cost { spent, limit, next, .. } => {
            let (spent, limit, next) = (spent.to_usd(), limit.to_usd(), next.to_usd());
            let money = summary.money;
            // What was reserved for calls of unknown cost stays spent.
            let aside = money.and_then(|it| it.cost_usd).map_or(0.0, |known| (spent - known).max(0.0));
            let known = money.and_then(|it| it.cost_usd).unwrap_or_default();
            // Later work items may cost more than the mean so far, and the last request has to fit with the most that
            // it can cost.
            let expected = money.and_then(|it| it.expected_usd);
            let expected = expected.map(|usd| usd + (usd - known).max(0.0) * HEADROOM + aside + next);
            // Without a mean of work items, that of what the calls count is known, or else the most that one can cost.
            let rest = as_f64(rest_at_least);
            let most = match summary.calls {
                calls if spent > 0.0 && calls > 0 => spent / as_f64(calls) * rest * (1.0 + HEADROOM) + spent + next,
                _ if known > 0.0 => 0.0,
                _ => spent + next * rest,
            };
            let enough = expected.filter(|usd| *usd > limit).unwrap_or((limit * 2.0).max(most)).max(spent + next);
            Some(RaisedBudget { key: "budget.max_cost_usd", from: limit.to_string(), to: rounded_up(enough) })
        }
        BudgetStop::Requests { sent, most } => {
            let counts = &summary.counts;
            let decided = counts.accepted + counts.rejected + counts.failed;
            let rest = match decided {
                0 => rest_at_least.max(*most),
                _ => u64::try_from((u128::from(*sent) * u128::from(counts.pending)).div_ceil(u128::from(decided)))
                    .unwrap_or(u64::MAX),
            };
            let to = sent.saturating_add(rest.max(rest_at_least).max(1)).max(most.saturating_add(1)).to_string();
            Some(RaisedBudget { key: "budget.max_requests", from: most.to_string(), to })
        }
        BudgetStop::OfVariant(stop) => raised_over(stop, summary).map(|raised| RaisedBudget {
            key: match stop.as_ref() {
                BudgetStop::Cost { .. } => "experiment.budget_per_variant.max_cost_usd",
                _ => "experiment.budget_per_variant.max_requests",
            },
            ..raised
        }),
        BudgetStop::NoPrice => None,
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts of requests are far below 2^53")]
fn as_f64(count: u64) -> f64 {
    count as f64
}

/// An amount with two significant digits that is not less than `usd`.
fn rounded_up(usd: f64) -> String {
    if usd <= 0.0 {
        return "0.01".to_owned();
    }
    #[expect(clippy::cast_possible_truncation, reason = "the magnitude of an amount of money")]
    let digits = (1 - usd.log10().floor() as i32).clamp(0, 12);
    let scale = 10_f64.powi(digits);
    // Without what the division leaves behind, such as in 0.30000000000000004.
    let up = (usd * scale - 1e-9).ceil() / scale;
    let text = format!("{up:.*}", usize::try_from(digits).unwrap_or_default());
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::summary::tests::done;
    use crate::engine::Money;

    fn usd(usd: f64) -> Money {
        Money::from_usd(usd).unwrap()
    }

    #[test]
    fn amounts_are_rounded_up_to_two_digits() {
        let table = [
            (0.2, "0.2"),
            (0.1 + 0.2, "0.3"),
            (3.036_6, "3.1"),
            (12.01, "13"),
            (1_234.5, "1235"),
            (0.000_123_4, "0.00013"),
            (10.0, "10"),
            (100.0, "100"),
            (0.0, "0.01"),
        ];
        for (amount, expected) in table {
            assert_eq!(rounded_up(amount), expected);
        }
    }

    #[test]
    fn a_larger_budget_is_what_is_expected_or_twice_as_much() {
        let cost = BudgetStop::Cost { spent: usd(0.09), aside: None, limit: usd(0.1), next: usd(0.02) };
        let money = |expected_usd| Some(CostSummary { cost_usd: Some(0.09), expected_usd, ..CostSummary::default() });
        let to = |money| raised(&RunSummary { budget: Some(cost.clone()), money, ..done() }).unwrap().to;
        assert_eq!(to(None), "0.2");
        assert_eq!(to(money(None)), "0.2");
        assert_eq!(to(money(Some(3.03))), "3.8");
        let nothing =
            RunSummary { counts: Counts { planned: 30, pending: 30, ..Counts::default() }, requests_each: 2, ..done() };
        let tiny = BudgetStop::Cost { spent: usd(0.0), aside: None, limit: usd(0.000_1), next: usd(0.001) };
        assert_eq!(raised(&RunSummary { budget: Some(tiny), ..nothing }).unwrap().to, "0.06", "all that they can cost");
        // What calls of unknown cost count tells what the rest may cost.
        let unknown = BudgetStop::Cost { spent: usd(0.15), aside: None, limit: usd(0.15), next: usd(0.05) };
        let counts = Counts { planned: 43, failed: 3, pending: 40, ..Counts::default() };
        let failing = RunSummary { counts, requests_each: 1, calls: 3, budget: Some(unknown), ..done() };
        assert_eq!(raised(&failing).unwrap().to, "2.7");
        let tight = BudgetStop::Cost { spent: usd(0.0), aside: None, limit: usd(0.0), next: usd(0.5) };
        let raise = raised(&RunSummary { budget: Some(tight), ..done() }).unwrap();
        assert_eq!((raise.key, raise.from.as_str(), raise.to.as_str()), ("budget.max_cost_usd", "0", "0.5"));
    }

    #[test]
    fn more_requests_are_as_many_as_the_rest_needs() {
        let to = |counts| {
            let budget = Some(BudgetStop::Requests { sent: 20, most: 20 });
            raised(&RunSummary { counts, budget, ..done() }).unwrap().to
        };
        // Two requests for each work item so far.
        assert_eq!(to(Counts { planned: 40, accepted: 10, pending: 30, ..Counts::default() }), "80");
        assert_eq!(to(Counts { planned: 100, pending: 100, ..Counts::default() }), "120");
        assert_eq!(to(Counts { planned: 5, pending: 5, ..Counts::default() }), "40");
        // Judges that were not asked yet.
        let counts = Counts { planned: 12, accepted: 10, pending: 2, ..Counts::default() };
        let budget = Some(BudgetStop::Requests { sent: 10, most: 10 });
        let judged = RunSummary { counts, budget, requests_each: 2, ..done() };
        assert_eq!(raised(&judged).unwrap().to, "14");
        assert_eq!(raised(&RunSummary { budget: Some(BudgetStop::NoPrice), ..done() }), None);
        assert_eq!(raised(&done()), None);
    }
}
