//! A work item that is decided, as a program is told of it: what it was made from, what became of it, what it used.

use rusqlite::Connection;
use serde_json::Value;

use super::count;
use crate::record::{WorkId, WorkStatus};
use crate::store::sql;

/// A work item that is decided.
#[derive(Clone, Debug)]
pub struct Decided {
    /// Its id.
    pub work_id: WorkId,
    /// Its step.
    pub step: String,
    /// Where it stands.
    pub status: WorkStatus,
    /// Its row: the columns with their values, in the order of the input. Empty where it has none.
    pub row: Vec<(String, String)>,
    /// Its row's place in the input, from 0.
    pub row_index: Option<u64>,
    /// Its group.
    pub group_key: Option<String>,
    /// What it is made of beside its row or group.
    pub item: Option<Value>,
    /// The accepted output.
    pub output: Option<Value>,
    /// How its last attempt ended, in a word.
    pub outcome: Option<String>,
    /// What was wrong with it, or why it is left out.
    pub message: Option<String>,
    /// What the model answered last.
    pub answer: Option<String>,
    /// The judge's score, of 100.
    pub score: Option<u8>,
    /// The model that answered, as it called itself.
    pub model: Option<String>,
    /// How many attempts it took.
    pub attempts: u64,
    /// Whether all that decides it was on record before this invocation.
    pub from_record: bool,
    /// The calls that were made for it, over all invocations.
    pub used: CallsUsed,
}

/// What calls used.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct CallsUsed {
    /// How many they are.
    pub calls: u64,
    /// Tokens of input, as far as reported.
    pub input_tokens: u64,
    /// Tokens of output, as far as reported.
    pub output_tokens: u64,
    /// What they cost in US dollars; `None` where that is not known of each.
    pub cost_usd: Option<f64>,
}

/// The work item whose standing has this rowid. `invocation` is the one that is under way.
pub fn one(connection: &Connection, standing: i64, invocation: i64) -> rusqlite::Result<Decided> {
    sql::VIEW_DECIDED.row(connection, &[(":invocation", &invocation), (":standing", &standing)], |row| {
        let tokens = |name: &str| row.get::<_, Option<i64>>(name).map(|it| it.unwrap_or_default().unsigned_abs());
        let cost: Option<f64> = row.get("cost_usd")?;
        let used = CallsUsed {
            calls: count(row, "calls")?,
            input_tokens: tokens("input_tokens")?,
            output_tokens: tokens("output_tokens")?,
            cost_usd: (count(row, "unpriced")? == 0).then(|| cost.unwrap_or_default()),
        };
        let status: WorkStatus = row.get("status")?;
        let reason: Option<String> = row.get("reason")?;
        let detail: Option<String> = row.get("detail")?;
        Ok(Decided {
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
            // What was left out before is left out again.
            from_record: row.get::<_, Option<bool>>("from_record")?.unwrap_or(false),
            used,
        })
    })
}

/// The rowids of standings of the plan that are decided, some at a time: those after the rowid `after`.
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
