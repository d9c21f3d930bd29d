//! The rule about spending: each invocation's totals are the sums over its calls.

use std::collections::BTreeMap;

use rusqlite::Connection;

use super::listed::listed;
use crate::engine::check::VerifyCheck;
use crate::engine::error::EngineError;
use crate::store::sql;

/// The sums over the calls of an invocation, or those that it has recorded. Amounts are in 10⁻¹² dollars.
#[derive(Default, PartialEq)]
struct Totals {
    calls: i64,
    spent: i128,
    cost: i128,
    priced: i64,
    unpriced: i64,
}

impl Totals {
    /// What of them can be recorded.
    fn saturated(mut self) -> Self {
        self.spent = self.spent.min(i64::MAX.into());
        self.cost = self.cost.min(i64::MAX.into());
        self
    }
}

/// The sums over an invocation's calls, and its oldest call without a response.
#[derive(Default)]
struct CallTotals {
    sums: Totals,
    oldest_open: Option<i64>,
}

/// Checks what is odd about the usage of responses.
pub(super) fn check_usage(connection: &Connection) -> Result<VerifyCheck, EngineError> {
    listed(connection, "what is odd about usage fits its answer", sql::VERIFY_ODD_USAGE, &[], &|id| {
        format!("the usage of response {id} cannot be what is noted of it")
    })
}

/// Checks the totals of each invocation against its calls.
pub(super) fn check(connection: &Connection) -> Result<VerifyCheck, EngineError> {
    let mut check = VerifyCheck::new("what was spent is what the calls cost");
    let mut all: BTreeMap<i64, CallTotals> = BTreeMap::new();
    sql::VERIFY_CALLS.each::<rusqlite::Error>(connection, &[], |row| {
        let (call, invocation): (i64, i64) = (row.get("id")?, row.get("invocation")?);
        let totals = all.entry(invocation).or_default();
        let sums = &mut totals.sums;
        sums.calls += 1;
        let cost: Option<i64> = row.get("cost")?;
        sums.cost += i128::from(cost.unwrap_or_default());
        sums.priced += i64::from(cost.is_some());
        match cost.or(row.get("most")?) {
            Some(pico) => sums.spent += i128::from(pico),
            None => sums.unpriced += 1,
        }
        match row.get::<_, Option<i64>>("answered_in")? {
            None => drop(totals.oldest_open.get_or_insert(call)),
            Some(answered_in) if answered_in < invocation => {
                check.require(false, || format!("call {call} was answered before it was sent"));
            }
            Some(_) => {}
        }
        Ok(())
    })?;
    let wrong = |invocation: i64| format!("the totals of invocation {invocation} are not those of its calls");
    sql::VERIFY_SPENDING.each::<rusqlite::Error>(connection, &[], |row| {
        let invocation: i64 = row.get("invocation")?;
        let said = Totals {
            calls: row.get("calls")?,
            spent: row.get::<_, i64>("spent_pico_usd")?.into(),
            cost: row.get::<_, i64>("cost_pico_usd")?.into(),
            priced: row.get("priced_calls")?,
            unpriced: row.get("unpriced_calls")?,
        };
        let found = all.remove(&invocation).unwrap_or_default();
        let is_open = match (row.get::<_, Option<i64>>("oldest_open")?, found.oldest_open) {
            (None, None) => true,
            (Some(said), Some(oldest)) => said <= oldest,
            _ => false,
        };
        check.require(said == found.sums.saturated() && is_open, || wrong(invocation));
        Ok(())
    })?;
    for invocation in all.into_keys() {
        check.require(false, || wrong(invocation));
    }
    Ok(check)
}
