//! Attempts on record, and the one nearest to a work item's exact task.

use rusqlite::{Connection, Row, ToSql};
use serde::Serialize;
use serde_json::Value;

use super::Current;
use crate::store::sql;

/// An attempt, as far as it explains.
#[derive(Clone, Debug, Serialize)]
pub struct Past {
    /// The invocation that made it.
    pub invocation: i64,
    /// That invocation's command.
    pub command: String,
    /// Its number.
    pub attempt: i64,
    /// Its sample.
    pub sample: i64,
    /// How it ended.
    pub outcome: String,
    /// When, UTC.
    pub decided_at: String,
    /// What it cost then, with the attempts before it for the same task and sample; `None` is unknown.
    pub cost_usd: Option<f64>,
    #[serde(skip)]
    pub(super) id: i64,
    #[serde(skip)]
    pub(super) work_item: i64,
    #[serde(skip)]
    pub(super) cache_id: String,
    #[serde(skip)]
    pub(super) request: Option<i64>,
    #[serde(skip)]
    pub(super) calls: [Option<i64>; 2],
    #[serde(skip)]
    pub(super) parts: Value,
}

fn past(row: &Row<'_>) -> rusqlite::Result<Past> {
    Ok(Past {
        invocation: row.get("invocation")?,
        command: row.get("command")?,
        attempt: row.get("number")?,
        sample: row.get("sample")?,
        outcome: row.get("outcome")?,
        decided_at: row.get("decided_at")?,
        cost_usd: None,
        id: row.get("id")?,
        work_item: row.get("work_item")?,
        cache_id: row.get("cache_id")?,
        request: row.get("request")?,
        calls: [row.get("call")?, row.get("judge_call")?],
        parts: row.get("parts")?,
    })
}

/// The attempts at a work item for one exact task and sample, of those after one.
pub(super) fn attempts(
    connection: &Connection,
    item: i64,
    cache_id: &str,
    sample: i64,
    after: i64,
) -> rusqlite::Result<Vec<Past>> {
    let parameters: [(&'static str, &dyn ToSql); 4] =
        [(":item", &item), (":cache_id", &cache_id), (":sample", &sample), (":after", &after)];
    sql::EXPLAIN_ATTEMPTS.all(connection, &parameters, past)
}

/// A work item that stood where another one stands now.
pub(super) struct Kin {
    pub(super) id: i64,
    pub(super) work_id: String,
}

/// The nearest attempt on record, with its work item where that is another one; with `seek_kin` it may be.
pub(super) fn nearest(
    connection: &Connection,
    item: &Current,
    after: i64,
    seek_kin: bool,
) -> rusqlite::Result<Option<(Option<Kin>, Past)>> {
    let of = |id: i64, cache_id: &str| {
        let parameters: [(&'static str, &dyn ToSql); 4] =
            [(":item", &id), (":cache_id", &cache_id), (":sample", &item.sample), (":after", &after)];
        sql::EXPLAIN_NEAREST.first(connection, &parameters, past)
    };
    if let Some(past) = of(item.id, &item.cache_id)? {
        return Ok(Some((None, past)));
    }
    let (Some(row), true) = (&item.row, seek_kin && item.planned && item.source == "row") else { return Ok(None) };
    let fields = Value::from(row.fields.clone());
    let found = sql::EXPLAIN_KIN.first(
        connection,
        &[(":item", &item.id), (":step", &item.step), (":fields", &fields), (":row_index", &item.row_index)],
        |row| {
            let kin = Kin { id: row.get("id")?, work_id: row.get("work_id")? };
            Ok((kin, row.get::<_, i64>("equal")?, row.get::<_, i64>("row_index")?))
        },
    )?;
    match found {
        Some((kin, equal, index)) if equal > 0 || Some(index) == item.row_index => {
            Ok(of(kin.id, "")?.map(|past| (Some(kin), past)))
        }
        _ => Ok(None),
    }
}

/// An attempt with what it and those before it cost when they were asked.
pub(super) fn with_cost(connection: &Connection, mut past: Past, attempts: &[Past]) -> rusqlite::Result<Past> {
    let mut calls: Vec<i64> = attempts.iter().flat_map(|it| it.calls).flatten().collect();
    calls.sort_unstable();
    calls.dedup();
    let mut known = Some(0.0);
    for call in calls {
        let cost: Option<f64> = sql::EXPLAIN_CALL.row(connection, &[(":call", &call)], |row| row.get("cost_usd"))?;
        known = known.zip(cost).map(|(sum, cost)| sum + cost);
    }
    past.cost_usd = known;
    Ok(past)
}
