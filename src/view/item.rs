//! One work item's whole story: what it is made from, every attempt with what was said, every call.

use rusqlite::{Connection, Row};
use serde::Serialize;
use serde_json::Value;

use crate::store::sql;

/// How many candidates an ambiguous choice names.
const CANDIDATES: i64 = 10;
/// How many work items are listed that another is made from, or that are made from it.
const RELATIVES: i64 = 1000;

/// Why there is no one work item to show.
#[derive(Debug, thiserror::Error)]
pub enum FindError {
    /// A text that cannot be the beginning of an id.
    #[error("`{0}` is not a work id: expected up to 40 hex digits")]
    NotAnId(String),
    /// No work item has such an id.
    #[error("no work item's id begins with `{0}`")]
    NoItem(String),
    /// No work item is made from that row.
    #[error("no work item is made from row {0}")]
    NoRow(u64),
    /// No work item of that step is.
    #[error("no work item of a step `{step}` goes back to row {row}")]
    NoStepRow {
        /// The row.
        row: u64,
        /// The step.
        step: String,
    },
    /// Several do.
    #[error("{what} is not one work item, but several: {}", list.join(", "))]
    Several {
        /// What was asked for.
        what: String,
        /// Some of them.
        list: Vec<String>,
    },
    /// The record cannot be read.
    #[error(transparent)]
    Store(#[from] rusqlite::Error),
}

impl FindError {
    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> Option<&'static str> {
        Some(match self {
            Self::NotAnId(_) | Self::NoItem(_) => {
                "`casebook sql DB \"SELECT work_id, row_index FROM results\"` lists them"
            }
            Self::NoRow(_) => "rows are counted from 1; work items of whole groups have no row",
            Self::NoStepRow { .. } => "`casebook status DB` lists the steps; rows are counted from 1",
            Self::Several { what, .. } if what.starts_with("row") && !what.contains("step") => {
                "name the step with `--step`, or give an id"
            }
            Self::Several { .. } => "give more of the id, or the id of one of these",
            Self::Store(_) => return None,
        })
    }

    /// Whether the call is wrong, rather than the run file.
    #[must_use]
    pub fn is_usage(&self) -> bool {
        !matches!(self, Self::Store(_))
    }
}

/// A work item and everything that became of it.
#[derive(Debug, Serialize)]
pub struct Item {
    /// Its id.
    pub work_id: String,
    /// Its step.
    pub step: String,
    /// What it is made from.
    pub source: String,
    /// Whether the latest plan has it.
    pub planned: bool,
    /// Where it stands.
    pub status: String,
    /// Attempts under its current task.
    pub attempts_made: i64,
    /// Which sample of its questions is current.
    pub sample: i64,
    /// Its exact task on its exact input.
    pub cache_id: String,
    /// Its task.
    pub task_id: String,
    /// Its input row.
    pub row: Option<InputRow>,
    /// Its group.
    pub group: Option<Group>,
    /// The element or the combination that it is, or what its join is by.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub item: Option<Value>,
    /// Why it is skipped or blocked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The work items of other steps that it is made from, in order: the first thousand.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub parents: Vec<Relative>,
    /// The work items of other steps that are made from it: the first thousand.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub children: Vec<Relative>,
    /// Whether there are more of these than are listed.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub relatives_cut: bool,
    /// The accepted output.
    pub output: Option<Value>,
    /// Every attempt ever, in their order.
    pub attempts: Vec<Attempt>,
    /// Every call that was made for it, in their order.
    pub calls: Vec<Call>,
}

/// A work item of another step.
#[derive(Debug, Serialize)]
pub struct Relative {
    /// Its id.
    pub work_id: String,
    /// Its step.
    pub step: String,
    /// Where it stands.
    pub status: String,
    /// Its accepted output.
    pub output: Option<Value>,
}

/// An input row.
#[derive(Debug, Serialize)]
pub struct InputRow {
    /// Its id.
    pub row_id: String,
    /// Its place in the input, from 0.
    pub row_index: i64,
    /// Its line in the file.
    pub line: i64,
    /// The file.
    pub dataset: Option<String>,
    /// Its columns with their values, in the order of the file.
    pub fields: Vec<(String, Value)>,
}

/// A group of rows.
#[derive(Debug, Serialize)]
pub struct Group {
    /// The value that its rows share.
    pub group_key: String,
    /// How many rows it has.
    pub rows: i64,
    /// How many of them its context holds.
    pub included_rows: i64,
    /// Its context.
    pub context: Option<String>,
}

/// One message of a conversation.
#[derive(Debug, Serialize)]
pub struct Message {
    /// Who speaks.
    pub role: String,
    /// What is said, as it was sent.
    pub content: String,
}

/// One try.
#[derive(Debug, Serialize)]
pub struct Attempt {
    /// Its number, from 1.
    pub number: i64,
    /// The sample it belongs to.
    pub sample: i64,
    /// Whether it belongs to the current task, input and sample.
    pub current: bool,
    /// How it ended.
    pub outcome: String,
    /// What was wrong.
    pub detail: Option<String>,
    /// Who was asked.
    pub provider: Option<String>,
    /// The model that answered.
    pub model: Option<String>,
    /// The request.
    pub request_id: Option<String>,
    /// What was sent.
    pub prompt: Vec<Message>,
    /// What came back.
    pub answer: Option<String>,
    /// The judge's request.
    pub judge_request_id: Option<String>,
    /// What the judge was sent.
    pub judge_prompt: Vec<Message>,
    /// What the judge answered.
    pub judge_answer: Option<String>,
    /// The verdict.
    pub verdict: Option<String>,
    /// The score.
    pub score: Option<i64>,
    /// The judge's reasons.
    pub reasons: Option<Value>,
    /// When it was decided, UTC.
    pub decided_at: String,
    /// Which of several candidates it belongs to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub candidate: Option<i64>,
    /// Who decided, where a person did: `human:NAME`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decided_by: Option<String>,
    /// What each of several judges said, or one that scores by criteria.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub opinions: Vec<Opinion>,
}

/// What one judge said of an attempt.
#[derive(Debug, Serialize)]
pub struct Opinion {
    /// The judge.
    pub judge: String,
    /// The model that judged.
    pub model: Option<String>,
    /// PASS or FAIL.
    pub verdict: String,
    /// The score.
    pub score: i64,
    /// The scores by criterion.
    pub scores: Option<Value>,
    /// Its reasons.
    pub reasons: Option<Value>,
}

/// One exchange with a provider.
#[derive(Debug, Serialize)]
pub struct Call {
    /// `generation` or `judge`.
    pub purpose: String,
    /// The request.
    pub request_id: String,
    /// Who was asked.
    pub provider: String,
    /// The model.
    pub model: String,
    /// How it ended.
    pub outcome: String,
    /// The HTTP status.
    pub http_status: Option<i64>,
    /// Why the answer ended.
    pub finish: Option<String>,
    /// The kind of its failure.
    pub error_kind: Option<String>,
    /// Its failure.
    pub error: Option<String>,
    /// How long it took.
    pub duration_ms: Option<i64>,
    /// Tokens sent.
    pub input_tokens: Option<i64>,
    /// Tokens answered.
    pub output_tokens: Option<i64>,
    /// Of those sent: read from the provider's cache.
    pub cached_tokens: Option<i64>,
    /// Of those answered: spent on reasoning.
    pub reasoning_tokens: Option<i64>,
    /// What it cost; `None` is unknown.
    pub cost_usd: Option<f64>,
    /// When it was sent, UTC.
    pub started_at: String,
}

/// A work item that was looked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// Its rowid.
    pub rowid: i64,
    /// Its id.
    pub work_id: String,
    step: String,
}

/// The one work item whose id begins with `prefix`.
pub fn find(connection: &Connection, prefix: &str) -> Result<Found, FindError> {
    let prefix = prefix.to_ascii_lowercase();
    if prefix.is_empty() || prefix.len() > 40 || !prefix.bytes().all(|it| it.is_ascii_hexdigit()) {
        return Err(FindError::NotAnId(prefix));
    }
    let found = sql::VIEW_FIND_ITEMS.all(connection, &[(":prefix", &prefix), (":most", &CANDIDATES)], candidate)?;
    only(found, || FindError::NoItem(prefix.clone()), &format!("`{prefix}`"))
}

/// The work item with this id, or a beginning of it, or else of this row.
pub fn find_any(
    connection: &Connection,
    work_id: Option<&str>,
    row: Option<u64>,
    step: Option<&str>,
) -> Result<Found, FindError> {
    match work_id {
        Some(id) => find(connection, id),
        None => find_row(connection, row.unwrap_or(1), step),
    }
}

/// The one work item that goes back to the `row`-th row of the input, counted from 1; of the step `step`, where one is
/// given.
pub fn find_row(connection: &Connection, row: u64, step: Option<&str>) -> Result<Found, FindError> {
    let index = i64::try_from(row).unwrap_or(i64::MAX) - 1;
    let parameters: &[(&'static str, &dyn rusqlite::ToSql)] =
        &[(":row_index", &index), (":step", &step), (":most", &CANDIDATES)];
    let found = sql::VIEW_FIND_ROW_ITEMS.all(connection, parameters, candidate)?;
    let what = step.map_or_else(|| format!("row {row}"), |step| format!("row {row} in step `{step}`"));
    if let (true, Some(step)) = (found.is_empty(), step) {
        return Err(FindError::NoStepRow { row, step: step.to_owned() });
    }
    only(found, || FindError::NoRow(row), &what)
}

fn candidate(row: &Row<'_>) -> rusqlite::Result<Found> {
    Ok(Found { rowid: row.get("id")?, work_id: row.get("work_id")?, step: row.get("step")? })
}

fn only(mut found: Vec<Found>, none: impl Fn() -> FindError, what: &str) -> Result<Found, FindError> {
    if found.len() > 1 {
        let short = |it: &Found| format!("{} ({})", it.work_id.get(..12).unwrap_or(&it.work_id), it.step);
        return Err(FindError::Several { what: what.to_owned(), list: found.iter().map(short).collect() });
    }
    found.pop().ok_or_else(none)
}

/// Reads the story of the work item with this rowid.
pub fn gather(connection: &Connection, item: i64) -> rusqlite::Result<Item> {
    let snapshot = connection.unchecked_transaction()?;
    let (standing, mut found) = sql::VIEW_ITEM.row(&snapshot, &[(":item", &item)], |row| {
        let found = Item {
            work_id: row.get("work_id")?,
            step: row.get("step")?,
            source: row.get("source_kind")?,
            planned: row.get("planned")?,
            status: row.get("status")?,
            attempts_made: row.get("attempts")?,
            sample: row.get("sample")?,
            cache_id: row.get("cache_id")?,
            task_id: row.get("task_id")?,
            row: input_row(row)?,
            group: group(row)?,
            item: row.get("item")?,
            reason: row.get("reason")?,
            parents: Vec::new(),
            children: Vec::new(),
            relatives_cut: false,
            output: row.get("output")?,
            attempts: Vec::new(),
            calls: Vec::new(),
        };
        Ok((row.get::<_, i64>("standing")?, found))
    })?;
    // One more than is listed tells whether there are more.
    let range: &[(&'static str, &dyn rusqlite::ToSql)] = &[(":standing", &standing), (":most", &(RELATIVES + 1))];
    found.parents = sql::VIEW_ITEM_PARENTS.all(&snapshot, range, relative)?;
    found.children = sql::VIEW_ITEM_CHILDREN.all(&snapshot, range, relative)?;
    let most = usize::try_from(RELATIVES).unwrap_or(usize::MAX);
    found.relatives_cut = found.parents.len() > most || found.children.len() > most;
    found.parents.truncate(most);
    found.children.truncate(most);
    let mut attempts = sql::VIEW_ITEM_ATTEMPTS
        .all(&snapshot, &[(":item", &item)], |row| Ok((row.get::<_, i64>("id")?, attempt(row)?)))?;
    for (id, attempt) in &mut attempts {
        attempt.opinions = sql::VIEW_ITEM_VERDICTS.all(&snapshot, &[(":attempt", id)], opinion)?;
        attempt.prompt = messages(&snapshot, attempt.request_id.as_deref())?;
        attempt.judge_prompt = messages(&snapshot, attempt.judge_request_id.as_deref())?;
    }
    found.attempts = attempts.into_iter().map(|(_, attempt)| attempt).collect();
    found.calls = sql::VIEW_ITEM_CALLS.all(&snapshot, &[(":item", &item)], call)?;
    Ok(found)
}

fn relative(row: &Row<'_>) -> rusqlite::Result<Relative> {
    Ok(Relative {
        work_id: row.get("work_id")?,
        step: row.get("step")?,
        status: row.get("status")?,
        output: row.get("output")?,
    })
}

fn messages(connection: &Connection, request_id: Option<&str>) -> rusqlite::Result<Vec<Message>> {
    let Some(request_id) = request_id else { return Ok(Vec::new()) };
    sql::VIEW_MESSAGES.all(connection, &[(":request_id", &request_id)], |row| {
        Ok(Message { role: row.get("role")?, content: row.get::<_, Option<String>>("content")?.unwrap_or_default() })
    })
}

fn input_row(row: &Row<'_>) -> rusqlite::Result<Option<InputRow>> {
    let Some(row_id) = row.get("row_id")? else { return Ok(None) };
    let columns: Option<Value> = row.get("columns")?;
    let fields: Option<Value> = row.get("fields")?;
    let list = |value: Option<Value>| match value {
        Some(Value::Array(list)) => list,
        _ => Vec::new(),
    };
    let name = |value: Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    Ok(Some(InputRow {
        row_id,
        row_index: row.get("row_index")?,
        line: row.get("line")?,
        dataset: row.get("dataset")?,
        fields: list(columns).into_iter().map(name).zip(list(fields)).collect(),
    }))
}

fn group(row: &Row<'_>) -> rusqlite::Result<Option<Group>> {
    let Some(group_key) = row.get("group_key")? else { return Ok(None) };
    Ok(Some(Group {
        group_key,
        rows: row.get("group_rows")?,
        included_rows: row.get("included_rows")?,
        context: row.get("context")?,
    }))
}

fn attempt(row: &Row<'_>) -> rusqlite::Result<Attempt> {
    Ok(Attempt {
        number: row.get("number")?,
        sample: row.get("sample")?,
        current: row.get("current")?,
        outcome: row.get("outcome")?,
        detail: row.get("detail")?,
        provider: row.get("provider")?,
        model: row.get("model")?,
        request_id: row.get("request_id")?,
        prompt: Vec::new(),
        answer: row.get("answer")?,
        judge_request_id: row.get("judge_request_id")?,
        judge_prompt: Vec::new(),
        judge_answer: row.get("judge_answer")?,
        verdict: row.get("verdict")?,
        score: row.get("score")?,
        reasons: row.get("reasons")?,
        decided_at: row.get("decided_at")?,
        candidate: row.get("candidate")?,
        decided_by: row.get::<_, Option<String>>("decided_by")?.map(|name| format!("human:{name}")),
        opinions: Vec::new(),
    })
}

fn opinion(row: &Row<'_>) -> rusqlite::Result<Opinion> {
    Ok(Opinion {
        judge: row.get("judge")?,
        model: row.get("model")?,
        verdict: row.get("verdict")?,
        score: row.get("score")?,
        scores: row.get("scores")?,
        reasons: row.get("reasons")?,
    })
}

fn call(row: &Row<'_>) -> rusqlite::Result<Call> {
    Ok(Call {
        purpose: row.get("purpose")?,
        request_id: row.get("request_id")?,
        provider: row.get("provider")?,
        model: row.get("model")?,
        outcome: row.get("outcome")?,
        http_status: row.get("http_status")?,
        finish: row.get("finish")?,
        error_kind: row.get("error_kind")?,
        error: row.get("error")?,
        duration_ms: row.get("duration_ms")?,
        input_tokens: row.get("input_tokens")?,
        output_tokens: row.get("output_tokens")?,
        cached_tokens: row.get("cached_tokens")?,
        reasoning_tokens: row.get("reasoning_tokens")?,
        cost_usd: row.get("cost_usd")?,
        started_at: row.get("started_at")?,
    })
}
