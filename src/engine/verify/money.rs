//! The rule about spending: each invocation's totals are the sums over its calls.

use std::collections::BTreeMap;

use rusqlite::Connection;

use crate::engine::check::VerifyCheck;
use crate::engine::error::EngineError;
use crate::store::sql;

/// The calls of an invocation, added up.
#[derive(Default)]
struct CallTotals {
    calls: i64,
    usd: f64,
    cost: f64,
    priced: i64,
    unpriced: i64,
    oldest_open: Option<i64>,
}

/// The totals that an invocation has recorded.
struct RecordedTotals {
    calls: i64,
    pico: f64,
    cost_pico: f64,
    priced: i64,
    unpriced: i64,
    oldest_open: Option<i64>,
}

impl RecordedTotals {
    /// Whether they are the sums over its calls, up to rounding.
    fn is(&self, spent: &CallTotals) -> bool {
        let close = |pico: f64, usd: f64| (pico / 1e12 - usd).abs() <= 1e-9 * (1.0 + usd);
        let is_close = close(self.pico, spent.usd) && close(self.cost_pico, spent.cost);
        let is_open = match (self.oldest_open, spent.oldest_open) {
            (None, None) => true,
            (Some(said), Some(oldest)) => said <= oldest,
            _ => false,
        };
        (self.calls, self.priced, self.unpriced) == (spent.calls, spent.priced, spent.unpriced) && is_close && is_open
    }
}

pub(super) fn check(connection: &Connection) -> Result<VerifyCheck, EngineError> {
    let mut check = VerifyCheck::new("what was spent is what the calls cost");
    let mut all: BTreeMap<i64, CallTotals> = BTreeMap::new();
    sql::VERIFY_CALLS.each::<rusqlite::Error>(connection, &[], |row| {
        let (call, invocation): (i64, i64) = (row.get("id")?, row.get("invocation")?);
        let spent = all.entry(invocation).or_default();
        spent.calls += 1;
        let cost: Option<f64> = row.get("cost_usd")?;
        spent.cost += cost.unwrap_or_default();
        spent.priced += i64::from(cost.is_some());
        match cost.or(row.get("reserved_usd")?) {
            Some(usd) => spent.usd += usd,
            None => spent.unpriced += 1,
        }
        match row.get::<_, Option<i64>>("answered_in")? {
            None => drop(spent.oldest_open.get_or_insert(call)),
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
        #[expect(clippy::cast_precision_loss, reason = "sums of dollars are compared up to a billionth")]
        let dollars = |column: &str| row.get::<_, i64>(column).map(|pico| pico as f64);
        let (pico, cost_pico) = (dollars("spent_pico_usd")?, dollars("cost_pico_usd")?);
        let (calls, priced) = (row.get("calls")?, row.get("priced_calls")?);
        let (unpriced, oldest_open) = (row.get("unpriced_calls")?, row.get("oldest_open")?);
        let said = RecordedTotals { calls, pico, cost_pico, priced, unpriced, oldest_open };
        let spent = all.remove(&invocation).unwrap_or_default();
        check.require(said.is(&spent), || wrong(invocation));
        Ok(())
    })?;
    for invocation in all.into_keys() {
        check.require(false, || wrong(invocation));
    }
    Ok(check)
}
