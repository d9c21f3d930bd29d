//! Why a work item was or was not answered from the record.
//!
//! Its exact task (`cache_id`) is compared, part by part, with the nearest one that the record has: the same work
//! item's under another task or sample, else that of the work item which stood in its place. What was asked is compared
//! in the same way, request by request.

mod input;
mod request;

use rusqlite::{Connection, Row};
use serde::Serialize;
use serde_json::{Value, json};

use super::difference::{Difference, tasks};
use crate::store::sql;
pub use request::{Origin, Request};

/// Where a work item's latest result comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Basis {
    /// The latest run found it decided.
    Record,
    /// The latest run decided it from answers that were there: no call was made for it.
    Tape,
    /// The latest run asked for it.
    Asked,
    /// It is not decided.
    Open,
    /// It is skipped or blocked.
    HeldBack,
    /// The latest plan does not have it.
    NotPlanned,
}

impl Basis {
    /// Its word in the data formats.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Record => "record",
            Self::Tape => "tape",
            Self::Asked => "asked",
            Self::Open => "open",
            Self::HeldBack => "held_back",
            Self::NotPlanned => "not_planned",
        }
    }
}

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
    id: i64,
    #[serde(skip)]
    work_item: i64,
    #[serde(skip)]
    cache_id: String,
    #[serde(skip)]
    request: Option<i64>,
    #[serde(skip)]
    calls: [Option<i64>; 2],
    #[serde(skip)]
    parts: Value,
}

/// The nearest exact task on record.
#[derive(Debug, Serialize)]
pub struct Nearest {
    /// The work item that it is of, where that is not the same one.
    pub work_id: Option<String>,
    /// Its last attempt.
    #[serde(flatten)]
    pub past: Past,
}

/// A part of the exact task that differs.
#[derive(Debug, PartialEq, Serialize)]
pub struct Part {
    /// `task`, `input` or `sample`.
    pub about: &'static str,
    /// What differs.
    #[serde(flatten)]
    pub difference: Difference,
}

/// Why a work item was or was not answered from the record.
#[derive(Debug, Serialize)]
pub struct Explanation {
    /// Its id.
    pub work_id: String,
    /// Its step.
    pub step: String,
    /// The number of its row, from 1.
    pub row: Option<i64>,
    /// Its group.
    pub group: Option<String>,
    /// Where it stands.
    pub status: String,
    /// Why it is skipped or blocked.
    pub reason: Option<String>,
    /// Where its latest result comes from.
    pub basis: Basis,
    /// The latest invocation that planned it.
    pub latest_run: Option<i64>,
    /// The attempt that decided it, or the last one so far.
    pub decided: Option<Past>,
    /// The nearest exact task on record, where it is another one.
    pub nearest: Option<Nearest>,
    /// The parts that differ from it.
    pub differences: Vec<Part>,
    /// What else there is to know.
    pub notes: Vec<String>,
    /// What was asked for its exact task, and by whom.
    pub requests: Vec<Request>,
}

/// A work item, as far as it explains.
struct Current {
    id: i64,
    step: i64,
    source: String,
    sample: i64,
    retried: Option<String>,
    cache_id: String,
    planned: bool,
    parts: Value,
    images: Option<Value>,
    row: Option<InputRow>,
    row_index: Option<i64>,
    dataset: Option<i64>,
    row_group: Option<i64>,
    group_key: Option<String>,
}

/// A row with the names of its columns.
struct InputRow {
    row_id: String,
    columns: Vec<Value>,
    fields: Vec<Value>,
}

/// Explains the work item with this rowid.
pub fn explain(connection: &Connection, item: i64) -> rusqlite::Result<Explanation> {
    let snapshot = connection.unchecked_transaction()?;
    let tx: &Connection = &snapshot;
    let (current, mut said) = sql::EXPLAIN_ITEM.row(tx, &[(":item", &item)], |row| opening(item, row))?;
    let run = sql::EXPLAIN_LATEST_PLAN.first(tx, &[(":step", &current.step)], |row| {
        Ok((row.get::<_, i64>("invocation")?, row.get::<_, Option<Value>>("snapshot")?.unwrap_or_default()))
    })?;
    said.latest_run = run.as_ref().map(|it| it.0);
    let (after, after_call): (i64, i64) =
        sql::EXPLAIN_MARKS.row(tx, &[], |row| Ok((row.get("last_attempt")?, row.get("last_call")?)))?;
    let attempts = attempts(tx, item, &current.cache_id, current.sample, after)?;
    let near = nearest(tx, &current, after)?;
    let earlier = match &near {
        Some((_, past)) => self::attempts(tx, past.work_item, &past.cache_id, past.sample, 0)?,
        None => Vec::new(),
    };
    said.differences = match &near {
        Some((other, past)) => differences(tx, &current, other.as_ref(), past)?,
        None => new_parts(tx, &current)?,
    };
    said.requests = request::gather(tx, item, &attempts, &earlier, after_call)?;
    said.basis = basis(&said, &current, attempts.last());
    said.notes = notes(tx, &said, &current, &attempts, near.as_ref(), run.map(|it| it.1).as_ref())?;
    said.decided = attempts.last().cloned().map(|past| with_cost(tx, past, &attempts)).transpose()?;
    // What waits for others has no exact task yet: there may be nothing to tell of it.
    let is_told = !current.cache_id.is_empty() || !said.differences.is_empty();
    said.nearest = near
        .filter(|_| is_told)
        .map(|(other, past)| {
            let work_id = other.map(|it| it.work_id);
            Ok::<_, rusqlite::Error>(Nearest { work_id, past: with_cost(tx, past, &earlier)? })
        })
        .transpose()?;
    Ok(said)
}

fn opening(item: i64, row: &Row<'_>) -> rusqlite::Result<(Current, Explanation)> {
    let row_id: Option<String> = row.get("row_id")?;
    let input = match row_id {
        Some(row_id) => Some(InputRow { row_id, columns: list(row.get("columns")?), fields: list(row.get("fields")?) }),
        None => None,
    };
    let current = Current {
        id: item,
        step: row.get("step")?,
        source: row.get("source_kind")?,
        sample: row.get("sample")?,
        retried: row.get("retried")?,
        cache_id: row.get("cache_id")?,
        planned: row.get("planned")?,
        parts: row.get("parts")?,
        images: row.get("images")?,
        row: input,
        row_index: row.get("row_index")?,
        dataset: row.get("dataset")?,
        row_group: row.get("row_group")?,
        group_key: row.get("group_key")?,
    };
    let said = Explanation {
        work_id: row.get("work_id")?,
        step: row.get("step_name")?,
        row: current.row_index.map(|it| it + 1),
        group: current.group_key.clone(),
        status: row.get("status")?,
        reason: row.get("reason")?,
        basis: Basis::Open,
        latest_run: None,
        decided: None,
        nearest: None,
        differences: Vec::new(),
        notes: Vec::new(),
        requests: Vec::new(),
    };
    Ok((current, said))
}

fn list(value: Option<Value>) -> Vec<Value> {
    match value {
        Some(Value::Array(list)) => list,
        _ => Vec::new(),
    }
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
fn attempts(
    connection: &Connection,
    item: i64,
    cache_id: &str,
    sample: i64,
    after: i64,
) -> rusqlite::Result<Vec<Past>> {
    let parameters: [(&'static str, &dyn rusqlite::ToSql); 4] =
        [(":item", &item), (":cache_id", &cache_id), (":sample", &sample), (":after", &after)];
    sql::EXPLAIN_ATTEMPTS.all(connection, &parameters, past)
}

/// A work item that stood where another one stands now.
struct Kin {
    id: i64,
    work_id: String,
}

/// The nearest attempt on record, with its work item where that is another one.
fn nearest(connection: &Connection, item: &Current, after: i64) -> rusqlite::Result<Option<(Option<Kin>, Past)>> {
    let of = |id: i64, cache_id: &str| {
        let parameters: [(&'static str, &dyn rusqlite::ToSql); 4] =
            [(":item", &id), (":cache_id", &cache_id), (":sample", &item.sample), (":after", &after)];
        sql::EXPLAIN_NEAREST.first(connection, &parameters, past)
    };
    if let Some(past) = of(item.id, &item.cache_id)? {
        return Ok(Some((None, past)));
    }
    let (Some(row), true) = (&item.row, item.planned && item.source == "row") else { return Ok(None) };
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

fn differences(connection: &Connection, item: &Current, kin: Option<&Kin>, then: &Past) -> rusqlite::Result<Vec<Part>> {
    let mut found = Vec::new();
    let mut add = |about, list: Vec<Difference>| {
        found.extend(list.into_iter().map(|difference| Part { about, difference }));
    };
    if then.cache_id != item.cache_id {
        add("task", tasks(&then.parts, &item.parts));
        add("input", input::differences(connection, item, kin, then)?);
    }
    if kin.is_none() && then.sample != item.sample {
        add("sample", vec![Difference::changed("sample number", then.sample, item.sample)]);
    }
    Ok(found)
}

/// What is new of a work item that the record had nothing of: the outputs that it is made from.
fn new_parts(connection: &Connection, item: &Current) -> rusqlite::Result<Vec<Part>> {
    let found = input::outputs(connection, item, None)?;
    Ok(found.into_iter().map(|difference| Part { about: "input", difference }).collect())
}

fn basis(said: &Explanation, item: &Current, last: Option<&Past>) -> Basis {
    match said.status.as_str() {
        _ if !item.planned => Basis::NotPlanned,
        "pending" => Basis::Open,
        "skipped" | "blocked" => Basis::HeldBack,
        _ if last.is_none_or(|it| said.latest_run.is_some_and(|run| it.invocation < run)) => Basis::Record,
        _ => {
            let run = last.map(|it| it.invocation);
            let asked = said.requests.iter().any(|it| it.origin == Origin::Asked && Some(it.invocation) == run);
            if asked { Basis::Asked } else { Basis::Tape }
        }
    }
}

fn notes(
    connection: &Connection,
    said: &Explanation,
    item: &Current,
    attempts: &[Past],
    near: Option<&(Option<Kin>, Past)>,
    configuration: Option<&Value>,
) -> rusqlite::Result<Vec<String>> {
    let mut notes = Vec::new();
    let open = matches!(said.basis, Basis::Open | Basis::Asked | Basis::Tape);
    let cache = configuration.map(cache_of).unwrap_or_default();
    if item.cache_id.is_empty() && said.basis == Basis::Open {
        for parent in input::parents(connection, item.id)?.iter().filter(|it| it.status != "accepted") {
            notes.push(format!("it waits for {}, which is {}", parent.name(), parent.status));
        }
    }
    if open && cache["force"] == json!(true) {
        notes.push("`cache.force` asks for everything again".to_owned());
    }
    if open && cache["enabled"] == json!(false) {
        notes.push("`cache.enabled: false`: accepted outputs on record are not used".to_owned());
    }
    if item.retried.as_deref() == Some(&*item.cache_id) && item.sample > 1 {
        notes.push("it was asked for again (`retry`, or `cache.force`): earlier samples no longer count".to_owned());
    }
    if let Some((kin, past)) = near {
        if kin.is_some() {
            notes.push(
                "the record has nothing of this row; what follows compares it with the row that is most like it and is \
                 not in the input any more. With `input.key` a row stays the same one when it is edited"
                    .to_owned(),
            );
        } else if said.differences.is_empty() {
            notes.extend(set_aside(connection, past)?);
        }
        let told = item.cache_id.is_empty() || past.cache_id == item.cache_id || !said.differences.is_empty();
        if kin.is_none() && !told {
            notes.push(
                "its exact task is another one, and the record does not tell in which part: what it was made from then \
                 is not kept"
                    .to_owned(),
            );
        }
    } else if open && said.differences.is_empty() {
        notes.push("the record had nothing of it before".to_owned());
    } else if open {
        notes.push("the record had nothing of it before: what it is made from is new".to_owned());
    }
    let run = said.latest_run;
    let before: Vec<&Past> = attempts.iter().filter(|it| run.is_some_and(|run| it.invocation < run)).collect();
    if let (true, Some(last)) = (open, before.last()) {
        notes.push(format!(
            "{} at this exact task in earlier runs did not lead to an accepted output (the last: {}), and it may be \
             tried again",
            if before.len() == 1 { "1 attempt".to_owned() } else { format!("{} attempts", before.len()) },
            last.outcome,
        ));
    }
    Ok(notes)
}

/// The block `cache` of a configuration, which is the same for all of its steps.
fn cache_of(configuration: &Value) -> Value {
    let config = match &configuration["steps"] {
        Value::Array(steps) => steps.first().unwrap_or(&Value::Null),
        _ => &configuration["config"],
    };
    config["cache"].clone()
}

/// That an attempt for the very same task does not count any more, and since when.
fn set_aside(connection: &Connection, past: &Past) -> rusqlite::Result<Option<String>> {
    sql::EXPLAIN_SET_ASIDE.first(connection, &[(":attempt", &past.id)], |row| {
        let [stage, at]: [String; 2] = [row.get("stage")?, row.get("created_at")?];
        let invocation: i64 = row.get("invocation")?;
        Ok(format!("what the record held for it was set aside by `clean --from {stage}` (run {invocation}, {at})"))
    })
}

/// An attempt with what it and those before it cost when they were asked.
fn with_cost(connection: &Connection, mut past: Past, attempts: &[Past]) -> rusqlite::Result<Past> {
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
