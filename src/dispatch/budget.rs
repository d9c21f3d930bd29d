//! The budget: money is reserved before a request goes out, and settled when its response comes.
//!
//! The totals of each invocation are one row, written in the transaction of each round, so that a later invocation need
//! not add up all calls. A call in flight counts as the amount reserved for it, and so does a call whose response was
//! lost: if the process dies, the row already says so.
//!
//! No client can keep a provider from billing more output than a request allows, or more input than it has. What each
//! model reported most is kept in mind ([`Beyond`]), so that from the first such answer on as much is reserved.
//!
//! [`Budget`] decides whether a request may go out; [`BudgetLimits`] are its bounds, [`Spent`] its totals. It writes
//! its row and nothing else.

mod account;
mod beyond;
mod bounds;
mod stop;

use std::collections::HashMap;

use rusqlite::Connection;

use super::progress::{BudgetStatus, UsageTotals};
use super::terms::{Reservation, Terms};
use crate::price::{ModelPrice, Money};
use crate::provider::{ChatRequest, Completion, ProviderError, ProviderErrorKind, TokenUsage};
use crate::store::sql;
use account::VariantAccount;
pub use beyond::Beyond;
pub use bounds::{BudgetLimits, Spent, VariantLimits};
pub use stop::BudgetStop;

/// Whether a request may go out.
#[derive(Debug, PartialEq, Eq)]
pub enum Permission {
    /// It may, with this reserved.
    Send(Reservation),
    /// Not before calls in flight have ended.
    Wait,
    /// No more requests may go out.
    Stop(BudgetStop),
}

/// What a call that ended has cost.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CallCost {
    /// `None`: not known.
    pub cost: Option<Money>,
    /// The most that its usage can cost, where the cost is not known and that is more than was reserved.
    pub most: Option<Money>,
    /// The input tokens that were reported beyond the most that the request itself can have.
    pub excess_tokens: Option<u64>,
}

/// The bounds, and what counts towards them.
#[derive(Debug)]
pub struct Budget {
    limit: Option<Money>,
    max_requests: Option<u64>,
    variant: Option<VariantAccount>,
    invocation: i64,
    before: Spent,
    /// The calls that were sent, and the money for those that have ended: of this loop, and of those that the
    /// invocation had before it.
    own: Spent,
    /// The known costs of other invocations.
    cost_elsewhere: Money,
    /// Those that the invocation had before this loop.
    cost_before: Money,
    /// What is reserved for each call in flight.
    aside: HashMap<i64, Reservation>,
    /// The sum of these, in 10⁻¹² dollars: exact, so that an amount out of all proportion can be taken out again.
    reserved: u128,
    /// What was reported beyond what requests allow, by model and output limit.
    beyond: Beyond,
    used: UsageTotals,
    /// Calls of this invocation whose cost is known.
    priced: u64,
    changed: bool,
}

impl Budget {
    /// The budget of an invocation; the spending of all others is read from the record.
    pub fn open(
        connection: &Connection,
        invocation: i64,
        limits: BudgetLimits,
        of_variant: Option<VariantLimits>,
    ) -> rusqlite::Result<Self> {
        let (before, cost_elsewhere) =
            sql::GENERATE_SPENT_BEFORE.row(connection, &[(":invocation", &invocation)], |row| {
                let before = Spent {
                    calls: row.get::<_, i64>("calls")?.unsigned_abs(),
                    money: Money::from_pico(row.get("spent")?),
                    unpriced: row.get::<_, i64>("unpriced")?.unsigned_abs(),
                };
                Ok((before, Money::from_pico(row.get("cost")?)))
            })?;
        // An evaluation has a loop for each variant.
        let own = sql::GENERATE_SPENT_SO_FAR.first(connection, &[(":invocation", &invocation)], |row| {
            let own = Spent {
                calls: row.get::<_, i64>("calls")?.unsigned_abs(),
                money: Money::from_pico(row.get("spent")?),
                unpriced: row.get::<_, i64>("unpriced")?.unsigned_abs(),
            };
            Ok((own, Money::from_pico(row.get("cost")?), row.get::<_, i64>("priced")?.unsigned_abs()))
        })?;
        let (own, cost_before, priced) = own.unwrap_or_default();
        Ok(Self {
            limit: limits.max_cost,
            max_requests: limits.max_requests,
            variant: of_variant.map(|it| VariantAccount::open(connection, invocation, it, own)).transpose()?,
            invocation,
            before,
            own,
            cost_elsewhere,
            cost_before,
            aside: HashMap::new(),
            reserved: 0,
            beyond: Beyond::on_record(connection)?,
            used: UsageTotals::default(),
            priced,
            changed: false,
        })
    }

    /// Whether a request may go out now.
    pub fn ask(&self, terms: &Terms, request: &ChatRequest) -> Permission {
        let spent = self.total();
        if let Some(most) = self.max_requests.filter(|most| spent.calls >= *most) {
            return Permission::Stop(BudgetStop::Requests { sent: spent.calls, most });
        }
        let own = self.variant.as_ref().map(|it| (it.limits, it.total(self.own_total())));
        if let Some((limits, spent)) = own
            && let Some(most) = limits.max_requests.filter(|most| spent.calls >= *most)
        {
            return Permission::Stop(BudgetStop::Requests { sent: spent.calls, most }.of_variant());
        }
        let limit_of_variant = own.and_then(|(limits, spent)| Some((limits.max_cost?, spent)));
        let is_bounded = self.limit.is_some() || limit_of_variant.is_some();
        let aside = terms.most(request, is_bounded, self.beyond.of(terms));
        if !is_bounded {
            return Permission::Send(aside);
        }
        let Some(most) = aside.money else {
            return Permission::Stop(BudgetStop::NoPrice);
        };
        let over = |limit: Money, spent: Spent, aside: Option<Money>| {
            let is_over = spent.money.plus(most) > limit;
            is_over.then_some(BudgetStop::Cost { spent: spent.money, aside, limit, next: most })
        };
        let unknown = spent.money.minus(self.known_cost());
        // Where nothing is set aside, no part of it is of one variant.
        let of_one = (unknown == Money::ZERO).then_some(unknown);
        let of_all = self.limit.and_then(|limit| over(limit, spent, Some(unknown)));
        let of_variant =
            || limit_of_variant.and_then(|(limit, spent)| over(limit, spent, of_one)).map(BudgetStop::of_variant);
        match of_all.or_else(of_variant) {
            None => Permission::Send(aside),
            Some(stop) if self.aside.is_empty() => Permission::Stop(stop),
            Some(_) => Permission::Wait,
        }
    }

    /// Counts a call that goes out, with what is reserved for it.
    pub fn sent(&mut self, call: i64, aside: Reservation) {
        self.aside.insert(call, aside);
        self.own.calls += 1;
        match aside.money {
            Some(aside) => self.reserved += aside.wide(),
            None => self.own.unpriced += 1,
        }
        self.changed = true;
    }

    /// Settles a call that ended. One of unknown cost counts as the most that its usage can cost, or as what was
    /// reserved for it, whichever is more. A failed one may report its usage, too.
    pub fn ended(
        &mut self,
        call: i64,
        terms: &Terms,
        result: Result<&Completion, &ProviderError>,
        http_status: Option<u16>,
    ) -> CallCost {
        let cost = match result {
            Ok(completion) => terms.cost(completion),
            Err(error) => cost_of_failure(terms, error, http_status),
        };
        let usage = usage_of(result);
        self.used.add(usage, terms.host.is_some(), cost);
        let Reservation { money: aside, input } = self.aside.remove(&call).unwrap_or_default();
        let excess_tokens = usage.and_then(|usage| self.beyond.learn(terms, usage, input));
        let most = usage.filter(|_| cost.is_none()).and_then(|usage| terms.most_of(usage));
        let most = most.filter(|most| aside.is_none_or(|aside| *most > aside));
        self.reserved -= aside.map_or(0, Money::wide);
        if let Some(counted) = cost.or(most).or(aside) {
            self.own.money = self.own.money.plus(counted);
            self.own.unpriced = self.own.unpriced.saturating_sub(u64::from(aside.is_none()));
        }
        self.priced += u64::from(cost.is_some());
        self.changed = true;
        CallCost { cost, most, excess_tokens }
    }

    /// Writes the invocation's totals if they have changed.
    pub fn write_totals(&mut self, tx: &Connection) -> rusqlite::Result<()> {
        if std::mem::take(&mut self.changed) {
            let whole = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
            sql::GENERATE_ACCOUNT.execute(
                tx,
                &[
                    (":invocation", &self.invocation),
                    (":calls", &whole(self.own.calls)),
                    (":spent", &self.own_total().money.pico()),
                    (":cost", &self.cost_before.plus(self.used.cost).pico()),
                    (":priced", &whole(self.priced)),
                    (":unpriced", &whole(self.own.unpriced)),
                    (":oldest_open", &self.aside.keys().min()),
                ],
            )?;
            if let Some(account) = &self.variant {
                let spent = account.own(self.own_total());
                sql::GENERATE_ACCOUNT_VARIANT.execute(
                    tx,
                    &[
                        (":invocation", &self.invocation),
                        (":variant", &account.variant),
                        (":calls", &whole(spent.calls)),
                        (":spent", &spent.money.pico()),
                    ],
                )?;
            }
        }
        Ok(())
    }

    /// Counts a call that is no longer waited for as one of unknown cost. What was reserved for it stays so.
    pub fn give_up(&mut self) {
        self.used.unknown += 1;
    }

    /// What all invocations have spent, reservations included.
    pub fn total(&self) -> Spent {
        self.before.plus(self.own_total())
    }

    /// The costs of all calls of all invocations whose cost is known.
    fn known_cost(&self) -> Money {
        self.cost_elsewhere.plus(self.cost_before).plus(self.used.cost)
    }

    fn own_total(&self) -> Spent {
        Spent { money: self.own.money.plus(Money::from_wide(self.reserved)), ..self.own }
    }

    /// The number of calls without a known cost in earlier invocations, where a bound on the cost is set.
    pub fn unknown_before(&self) -> Option<u64> {
        self.limit.map(|_| self.before.unpriced).filter(|calls| *calls > 0)
    }

    /// The bounds, and how much of them is used.
    pub fn status(&self) -> BudgetStatus {
        let spent = self.before.plus(self.own);
        BudgetStatus {
            max_cost: self.limit,
            spent: spent.money,
            aside: spent.money.minus(self.known_cost()),
            max_requests: self.max_requests,
            requests: spent.calls,
        }
    }

    /// The tokens and costs of this invocation's answers.
    pub fn used(&self) -> UsageTotals {
        self.used
    }
}

/// The usage that was reported for a call, however it ended.
pub(super) fn usage_of<'a>(result: Result<&'a Completion, &'a ProviderError>) -> Option<&'a TokenUsage> {
    result.map_or_else(|error| error.usage.as_deref(), |completion| Some(&completion.usage))
}

/// The cost of a failed call: zero where the status is an error's, since that is not billed. A call without a response,
/// or with an unreadable one, may have been billed.
fn cost_of_failure(terms: &Terms, error: &ProviderError, http_status: Option<u16>) -> Option<Money> {
    let answered_with_error = http_status.is_some_and(|status| !(200..300).contains(&status));
    let never_sent = http_status.is_none() && error.kind.is_refusal();
    let nobody_was_asked = terms.host.is_none();
    let is_free = error.kind == ProviderErrorKind::ModelError && terms.price.as_ref().is_some_and(ModelPrice::is_free);
    (answered_with_error || never_sent || nobody_was_asked || is_free).then_some(Money::ZERO)
}

#[cfg(test)]
mod tests;
