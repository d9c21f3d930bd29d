//! What a run cost: all its calls, each accepted work item, and the expected total.

use rusqlite::{Connection, ToSql};
use serde::Serialize;

use super::count;
use crate::record::VariantAt;
use crate::store::{sql, variants};

/// What a run cost. `None` is unknown, not zero.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct CostSummary {
    /// The sum of the known costs.
    pub cost_usd: Option<f64>,
    pub unpriced_calls: u64,
    /// The sum of the known upper bounds on the cost of calls whose cost is unknown.
    pub reserved_usd: Option<f64>,
    /// What the answers that were reused would have cost.
    pub saved_usd: Option<f64>,
    /// The known costs of all calls, per accepted work item.
    pub per_accepted_usd: Option<f64>,
    /// The total if open work items cost as much as the decided ones on average. `None` also if the cost of a decided
    /// one is unknown.
    pub expected_usd: Option<f64>,
}

/// Reads what the run cost, with all calls added up.
pub fn gather(connection: &Connection) -> rusqlite::Result<CostSummary> {
    gather_within(connection, u64::MAX)
}

/// The most calls whose costs are added up for a quick answer.
pub(super) const MOST_ADDED_UP: u64 = 50_000;

/// Reads what the run cost, in a moment however many calls it made.
pub fn gather_quickly(connection: &Connection) -> rusqlite::Result<CostSummary> {
    gather_within(connection, MOST_ADDED_UP)
}

/// Reads what the run cost from the sums that the run file keeps. What needs all calls to be added up is left unknown
/// if there are more than `most`.
pub fn gather_within(connection: &Connection, most: u64) -> rusqlite::Result<CostSummary> {
    let (mut money, calls, pending) = sql::VIEW_MONEY.row(connection, &[], |row| {
        let cost_usd: Option<f64> = row.get("cost_usd")?;
        let accepted = whole(count(row, "accepted")?);
        let money = CostSummary {
            cost_usd,
            unpriced_calls: count(row, "unpriced_calls")?,
            reserved_usd: row.get("reserved_usd")?,
            per_accepted_usd: cost_usd.filter(|_| accepted > 0.0).map(|usd| usd / accepted),
            ..CostSummary::default()
        };
        Ok((money, count(row, "calls")?, whole(count(row, "pending")?)))
    })?;
    if calls == 0 || calls > most {
        return Ok(money);
    }
    sql::VIEW_SAVINGS.row(connection, &[], |row| {
        let items = whole(count(row, "present_items")?);
        let present: Option<f64> = row.get("present_usd")?;
        let known = count(row, "present_unpriced")? == 0 && items > 0.0;
        let mean = present.filter(|_| known).map(|usd| usd / items);
        money.saved_usd = row.get("saved_usd")?;
        money.expected_usd = money.cost_usd.zip(mean).map(|(usd, mean)| rounded(usd + mean * pending));
        Ok(money)
    })
}

/// What the answers of the task itself cost, where the run file has variants beside it. They count in full, whoever
/// asked for them first.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TaskCost {
    /// `None`: a price is not known, or nobody has looked.
    pub cost_usd: Option<f64>,
}

/// Finds out whether the run file has work items of other variants; `None` if not. If so, and if it `looks`, reads the
/// cost of the task itself, which takes as long as the task has attempts.
pub fn of_task(connection: &Connection, looks: bool) -> rusqlite::Result<Option<TaskCost>> {
    let base = VariantAt::BASE;
    if !variants(connection)?.iter().any(|it| it.number != base.number && it.repeats > 0) {
        return Ok(None);
    }
    if !looks {
        return Ok(Some(TaskCost { cost_usd: None }));
    }
    let of: [(&'static str, &dyn ToSql); 4] =
        [(":variant", &base.number), (":repeats", &base.repeat), (":before", &i64::MAX), (":is_judging", &false)];
    let cost_usd = sql::EVALUATE_SPENT.row(connection, &of, |row| {
        let is_known = row.get::<_, i64>("priced")? >= row.get::<_, i64>("answers")?;
        let pico = whole(count(row, "pico_usd")?);
        Ok(is_known.then_some(pico / 1e12))
    })?;
    Ok(Some(TaskCost { cost_usd }))
}

/// The sum of costs, exact to 10^-12 dollars; `None` if one of them is not known.
#[must_use]
pub fn sum(costs: impl IntoIterator<Item = Option<f64>>) -> Option<f64> {
    let pico = costs.into_iter().map(|cost| cost.map(|usd| (usd * 1e12).round())).sum::<Option<f64>>();
    pico.map(|pico| pico / 1e12)
}

/// An amount without what floating point leaves behind it.
fn rounded(usd: f64) -> f64 {
    (usd * 1e12).round() / 1e12
}

#[expect(clippy::cast_precision_loss, reason = "a mean for people")]
fn whole(count: u64) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::view::fixture;

    #[test]
    fn what_is_not_known_is_none() {
        let money = gather(&fixture::run_file()).unwrap();
        // Nothing was reused, so that nothing was saved.
        assert_eq!(money, CostSummary { unpriced_calls: 6, saved_usd: Some(0.0), ..CostSummary::default() });
        assert_eq!(gather(&crate::store::scratch()).unwrap(), CostSummary::default());
    }

    #[test]
    fn open_work_items_are_expected_to_cost_what_decided_ones_did() {
        let connection = fixture::run_file();
        // Responses cannot be changed; these are new ones, with a cost.
        connection
            .execute_batch(
                "INSERT INTO call (id, request, work_item, invocation, is_judge, started_at)
                 SELECT 100 + id, 1, id, 1, 0, '2026-01-01T00:00:03Z' FROM work_item;
                 INSERT INTO response (call, invocation, answer, cost_usd)
                 SELECT id, 1, '', 0.5 * (id - 100) FROM call WHERE id > 100;
                 UPDATE spending SET calls = 9, priced_calls = 3, cost_pico_usd = 3000000000000,
                                     spent_pico_usd = 3000000000000",
            )
            .unwrap();
        let money = gather(&connection).unwrap();
        assert_eq!((money.cost_usd, money.per_accepted_usd, money.expected_usd), (Some(3.0), Some(3.0), None));
        connection
            .execute_batch(
                "DROP TRIGGER response_no_update; UPDATE response SET cost_usd = 0 WHERE cost_usd IS NULL;
                 INSERT INTO response (call, invocation, answer, cost_usd)
                 SELECT id, 1, '', 0 FROM call WHERE id NOT IN (SELECT call FROM response);
                 UPDATE spending SET priced_calls = 9, unpriced_calls = 0",
            )
            .unwrap();
        // One is accepted, one failed, one is open; the first two cost 0.5 and 1.
        assert_eq!(gather(&connection).unwrap().expected_usd, Some(3.75));
        // Work from before the current task existed does not predict its cost.
        connection.execute_batch("DROP TRIGGER task_no_update; UPDATE task SET created_at = '2027'").unwrap();
        assert_eq!(gather(&connection).unwrap().expected_usd, None);
    }
}
