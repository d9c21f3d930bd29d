//! Decided work items, as the library reports them: their input, their outcome, and what their calls used.

use std::time::Duration;

use rusqlite::Connection;
use serde_json::Value;

use super::count;
use crate::record::{WorkId, WorkStatus};
use crate::store::sql;

/// A work item that is decided.
#[derive(Clone, Debug)]
pub struct DecidedItem {
    pub work_id: WorkId,
    pub step: String,
    pub status: WorkStatus,
    /// The columns of its input row with their values, in the order of the input; empty if it has no row.
    pub row: Vec<(String, String)>,
    /// The index of its row in the input, from 0.
    pub row_index: Option<u64>,
    pub group_key: Option<String>,
    /// The element, the combination, or the key of a join.
    pub item: Option<Value>,
    pub output: Option<Value>,
    /// The outcome of its last attempt, such as `invalid_schema`.
    pub outcome: Option<String>,
    /// What was wrong with the last attempt, or why the work item is skipped.
    pub message: Option<String>,
    /// The latest answer of the model.
    pub answer: Option<String>,
    /// From 0 to 100.
    pub score: Option<u8>,
    /// The model that answered, as the provider named it.
    pub model: Option<String>,
    pub attempts: u64,
    /// Whether everything that decides it was on record before this invocation.
    pub from_record: bool,
    /// Over all invocations.
    pub used: CallsUsed,
}

/// What the calls for a work item used.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct CallsUsed {
    pub calls: u64,
    /// As far as reported.
    pub input_tokens: u64,
    /// As far as reported.
    pub output_tokens: u64,
    /// `None` if the cost of any call is unknown.
    pub cost_usd: Option<f64>,
    /// The durations of the calls, added up.
    pub call_time: Duration,
    /// From the first call of an invocation to its last response; of several invocations, the sum.
    pub total_time: Duration,
}

/// Reads the work item whose standing has this rowid. `invocation` is the current one.
pub fn one(connection: &Connection, standing: i64, invocation: i64) -> rusqlite::Result<DecidedItem> {
    sql::VIEW_DECIDED.row(connection, &[(":invocation", &invocation), (":standing", &standing)], |row| {
        let tokens = |name: &str| row.get::<_, Option<i64>>(name).map(|it| it.unwrap_or_default().unsigned_abs());
        let cost: Option<f64> = row.get("cost_usd")?;
        let used = CallsUsed {
            calls: count(row, "calls")?,
            input_tokens: tokens("input_tokens")?,
            output_tokens: tokens("output_tokens")?,
            cost_usd: (count(row, "unpriced")? == 0).then(|| cost.unwrap_or_default()),
            call_time: Duration::from_millis(tokens("call_ms")?),
            total_time: Duration::from_millis(tokens("total_ms")?),
        };
        let status: WorkStatus = row.get("status")?;
        let reason: Option<String> = row.get("reason")?;
        let detail: Option<String> = row.get("detail")?;
        Ok(DecidedItem {
            work_id: row.get("work_id")?,
            step: row.get("step")?,
            status,
            row: fields(row)?,
            row_index: row.get::<_, Option<i64>>("row_index")?.map(i64::unsigned_abs),
            group_key: row.get("group_key")?,
            item: row.get("item")?,
            output: row.get("output")?,
            outcome: row.get("outcome")?,
            message: if status == WorkStatus::Skipped { reason } else { detail },
            answer: row.get("answer")?,
            score: row.get("score")?,
            model: row.get("model")?,
            attempts: count(row, "attempts")?,
            // A skipped work item has no attempt that could be on record.
            from_record: row.get::<_, Option<bool>>("from_record")?.unwrap_or(false),
            used,
        })
    })
}

/// Reads the rowids of some decided standings of the plan: the next ones after the rowid `after`.
pub fn after(connection: &Connection, after: i64) -> rusqlite::Result<Vec<i64>> {
    sql::VIEW_DECIDED_AFTER.all(connection, &[(":after", &after)], |row| row.get("id"))
}

fn fields(row: &rusqlite::Row<'_>) -> rusqlite::Result<Vec<(String, String)>> {
    let (Some(columns), Some(fields)) =
        (row.get::<_, Option<Value>>("columns")?, row.get::<_, Option<Value>>("fields")?)
    else {
        return Ok(Vec::new());
    };
    let texts = |value: Value| match value {
        Value::Array(list) => list,
        _ => Vec::new(),
    };
    let text = |value: Value| match value {
        Value::String(text) => text,
        _ => String::new(),
    };
    Ok(texts(columns).into_iter().map(text).zip(texts(fields).into_iter().map(text)).collect())
}
