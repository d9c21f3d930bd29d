//! What a run cost: all its calls, each accepted work item, and what all of it is going to cost.

use rusqlite::Connection;
use serde::Serialize;

use super::count;
use crate::store::sql;

/// What a run cost. `None` is unknown, not nothing.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Money {
    /// The sum of the known costs.
    pub cost_usd: Option<f64>,
    /// Calls whose cost is not known.
    pub unpriced_calls: u64,
    /// The most that those of them can have cost for which that is known.
    pub reserved_usd: Option<f64>,
    /// What answers that were used more than once would have cost.
    pub saved_usd: Option<f64>,
    /// The known costs of all calls, for each work item that is accepted now.
    pub per_accepted_usd: Option<f64>,
    /// What all of it costs if the work items that are open cost what the decided ones did, on average. `None` too
    /// where one of their costs is not known.
    pub expected_usd: Option<f64>,
}

/// Reads what the run cost. All calls are added up.
pub fn gather(connection: &Connection) -> rusqlite::Result<Money> {
    gather_within(connection, u64::MAX)
}

/// Reads what the run cost, from the sums that are kept; what takes all calls to be added up is left unknown where
/// there are more than `most`.
pub fn gather_within(connection: &Connection, most: u64) -> rusqlite::Result<Money> {
    let (mut money, calls, pending) = sql::VIEW_MONEY.row(connection, &[], |row| {
        let cost_usd: Option<f64> = row.get("cost_usd")?;
        let accepted = whole(count(row, "accepted")?);
        let money = Money {
            cost_usd,
            unpriced_calls: count(row, "unpriced_calls")?,
            reserved_usd: row.get("reserved_usd")?,
            per_accepted_usd: cost_usd.filter(|_| accepted > 0.0).map(|usd| usd / accepted),
            ..Money::default()
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
        money.expected_usd = money.cost_usd.zip(mean).map(|(usd, mean)| usd + mean * pending);
        Ok(money)
    })
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
        assert_eq!(money, Money { unpriced_calls: 6, ..Money::default() });
        assert_eq!(gather(&crate::store::scratch()).unwrap(), Money::default());
    }

    #[test]
    fn open_work_items_are_expected_to_cost_what_decided_ones_did() {
        let connection = fixture::run_file();
        // A response is not changed; these are others, with a cost.
        connection
            .execute_batch(
                "INSERT INTO call (id, request, work_item, invocation, purpose, started_at)
                 SELECT 100 + id, 1, id, 1, 'generation', '2026-01-01T00:00:03Z' FROM work_item;
                 INSERT INTO response (call, invocation, outcome, answer, cost_usd)
                 SELECT id, 1, 'answered', '', 0.5 * (id - 100) FROM call WHERE id > 100;
                 UPDATE spending SET calls = 9, priced_calls = 3, cost_pico_usd = 3000000000000,
                                     spent_pico_usd = 3000000000000",
            )
            .unwrap();
        let money = gather(&connection).unwrap();
        assert_eq!((money.cost_usd, money.per_accepted_usd, money.expected_usd), (Some(3.0), Some(3.0), None));
        connection
            .execute_batch(
                "DROP TRIGGER response_no_update; UPDATE response SET cost_usd = 0 WHERE cost_usd IS NULL;
                 INSERT INTO response (call, invocation, outcome, answer, cost_usd)
                 SELECT id, 1, 'answered', '', 0 FROM call WHERE id NOT IN (SELECT call FROM response);
                 UPDATE spending SET priced_calls = 9, unpriced_calls = 0",
            )
            .unwrap();
        // One is accepted, one failed, one is open; the first two cost 0.5 and 1.
        assert_eq!(gather(&connection).unwrap().expected_usd, Some(3.75));
        // What was done before the present task was there says nothing of it.
        connection.execute_batch("DROP TRIGGER task_no_update; UPDATE task SET created_at = '2027'").unwrap();
        assert_eq!(gather(&connection).unwrap().expected_usd, None);
    }
}
