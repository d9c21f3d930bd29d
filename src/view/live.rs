//! What became of the rows of a live run: of one row ([`of_row`]), or of those of a batch ([`batch`], [`batch_rows`]).

use rusqlite::Connection;
use serde_json::Value;

use super::count;
use crate::record::WorkStatus;
use crate::store::sql;

/// What came of one row.
#[derive(Clone, Debug)]
pub struct LiveResult {
    /// The place of the row among those that were given together, from 0.
    pub row: usize,
    /// The work item of the row in the first step.
    pub work_id: String,
    pub row_id: String,
    /// Pending as long as anything of it is open.
    pub status: WorkStatus,
    /// The output of the last step; where that makes several of one row, the list of those that were accepted.
    pub output: Option<Value>,
    /// What the judge said, `PASS` or `FAIL`.
    pub verdict: Option<String>,
    /// From 0 to 100.
    pub score: Option<u8>,
    /// Over all steps.
    pub attempts: u64,
    /// Of the calls for this exact task, over all steps and invocations; `None` if it is not known exactly.
    pub cost_usd: Option<f64>,
    /// The model that answered last, as the provider named it.
    pub model: Option<String>,
    /// Whether the row was decided on record when it came.
    pub from_record: bool,
    /// Why there is no output.
    pub failure: Option<LiveFailure>,
    /// The work items of the last step, where that makes several of one row.
    pub items: Vec<LiveItem>,
}

/// One of several work items that a row became in the last step.
#[derive(Clone, Debug)]
pub struct LiveItem {
    pub work_id: String,
    pub status: WorkStatus,
    pub output: Option<Value>,
    pub failure: Option<LiveFailure>,
}

/// Why a work item has no output.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LiveFailure {
    /// The outcome of the last attempt, such as `invalid_schema`; else the status, or `replaced`.
    pub kind: String,
    pub message: String,
}

/// The steps of a live run (rowids), in order.
#[derive(Clone, Debug)]
pub struct LiveSteps {
    pub all: Vec<i64>,
    /// The step whose outputs are the results.
    pub last: i64,
    /// Whether it may make several outputs of one row.
    pub makes_several: bool,
}

/// A batch on record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LiveBatch {
    /// The rowid of its data set.
    pub dataset: i64,
    pub rows: u64,
    pub accepted_at: String,
}

/// A row as it was given.
#[derive(Clone, Copy, Debug)]
pub struct GivenRow<'a> {
    pub row: usize,
    pub row_id: &'a str,
    pub work_id: &'a str,
    pub from_record: bool,
}

/// A work item of a step.
struct FoundItem {
    item: LiveItem,
    verdict: Option<String>,
    score: Option<u8>,
    attempts: u64,
    cost_usd: Option<f64>,
    model: Option<String>,
}

/// Reads what became of the row at a place in the plan.
pub fn of_row(
    connection: &Connection,
    steps: &LiveSteps,
    position: i64,
    given: GivenRow<'_>,
) -> rusqlite::Result<LiveResult> {
    let mut found: Vec<(i64, Vec<FoundItem>)> = Vec::with_capacity(steps.all.len());
    for step in &steps.all {
        found.push((*step, items_at(connection, *step, position)?));
    }
    let all = || found.iter().flat_map(|(_, items)| items);
    let attempts = all().map(|it| it.attempts).sum();
    let cost_usd = all().map(|it| it.cost_usd).sum();
    // What was asked last says the most.
    let model = all().filter_map(|it| it.model.clone()).next_back();
    let mut result = LiveResult {
        row: given.row,
        work_id: given.work_id.to_owned(),
        row_id: given.row_id.to_owned(),
        status: WorkStatus::Accepted,
        output: None,
        verdict: None,
        score: None,
        attempts,
        cost_usd,
        model,
        from_record: given.from_record,
        failure: None,
        items: Vec::new(),
    };
    let last =
        found.iter().find(|(step, _)| *step == steps.last).map(|(_, items)| items.as_slice()).unwrap_or_default();
    let is_whole = !last.iter().any(|it| it.item.status == WorkStatus::Blocked);
    let statuses = |items: &[FoundItem]| items.iter().map(|it| it.item.status).collect::<Vec<_>>();
    let every: Vec<WorkStatus> = found.iter().flat_map(|(_, items)| statuses(items)).collect();
    result.status = status_of_row(&every, &statuses(last));
    let failed = last.iter().chain(all()).find(|it| it.item.failure.is_some() && it.item.status == result.status);
    result.failure = failed.and_then(|it| it.item.failure.clone());
    if steps.makes_several {
        let outputs = last.iter().filter_map(|it| it.item.output.clone()).collect();
        result.output = (result.status != WorkStatus::Pending && is_whole).then_some(Value::Array(outputs));
        result.items = last.iter().map(|it| it.item.clone()).collect();
    } else if let Some(only) = last.first() {
        result.output.clone_from(&only.item.output);
        result.verdict.clone_from(&only.verdict);
        result.score = only.score;
    }
    Ok(result)
}

/// The status of a row, of those of all its work items and of those of them that are of the last step.
fn status_of_row(all: &[WorkStatus], last: &[WorkStatus]) -> WorkStatus {
    if all.contains(&WorkStatus::Pending) {
        WorkStatus::Pending
    } else if !last.is_empty() && !last.contains(&WorkStatus::Blocked) {
        worst(last)
    } else {
        worst(all)
    }
}

/// The status that says the most of several.
fn worst(statuses: &[WorkStatus]) -> WorkStatus {
    let rank = |status: &WorkStatus| match status {
        WorkStatus::Accepted => 0,
        WorkStatus::Skipped => 1,
        WorkStatus::Blocked => 2,
        WorkStatus::Rejected => 3,
        WorkStatus::Failed => 4,
        WorkStatus::Pending => 5,
    };
    statuses.iter().copied().max_by_key(rank).unwrap_or(WorkStatus::Accepted)
}

fn items_at(connection: &Connection, step: i64, position: i64) -> rusqlite::Result<Vec<FoundItem>> {
    let mut found = sql::VIEW_LIVE_ITEMS.all(connection, &[(":step", &step), (":position", &position)], |row| {
        let status: WorkStatus = row.get("status")?;
        let cost_usd = if row.get("has_others")? {
            let cache_id: String = row.get("cache_id")?;
            cost_of_task(connection, (row.get("work_item")?, &cache_id))?
        } else {
            cost(row)?
        };
        let order: (Option<String>, i64) = (row.get("path")?, row.get("id")?);
        let found = FoundItem {
            item: LiveItem {
                work_id: row.get("work_id")?,
                status,
                output: if status == WorkStatus::Accepted { row.get("output")? } else { None },
                failure: failure(row, status)?,
            },
            verdict: row.get("verdict")?,
            score: row.get("score")?,
            attempts: count(row, "attempts")?,
            cost_usd,
            model: row.get("model")?,
        };
        Ok((order, found))
    })?;
    // They are few, and SQLite would need a scratch table to order them.
    found.sort_by(|(one, _), (other, _)| one.cmp(other));
    Ok(found.into_iter().map(|(_, item)| item).collect())
}

/// What the calls for one exact task of a work item cost; `None` if that is not known.
fn cost_of_task(connection: &Connection, (work_item, cache_id): (i64, &str)) -> rusqlite::Result<Option<f64>> {
    let of = [(":work_item", &work_item as &dyn rusqlite::ToSql), (":cache_id", &cache_id)];
    sql::VIEW_LIVE_COST.row(connection, &of, cost)
}

fn cost(row: &rusqlite::Row<'_>) -> rusqlite::Result<Option<f64>> {
    let (cost, is_unpriced): (Option<f64>, bool) = (row.get("cost_usd")?, row.get("is_unpriced")?);
    Ok((!is_unpriced).then(|| cost.unwrap_or_default()))
}

/// Why a work item has no output; `None` for one that has, or may have.
fn failure(row: &rusqlite::Row<'_>, status: WorkStatus) -> rusqlite::Result<Option<LiveFailure>> {
    if matches!(status, WorkStatus::Accepted | WorkStatus::Pending) {
        return Ok(None);
    }
    let of_item = matches!(status, WorkStatus::Skipped | WorkStatus::Blocked);
    let outcome: Option<String> = row.get("outcome")?;
    let (reason, detail): (Option<String>, Option<String>) = (row.get("reason")?, row.get("detail")?);
    let kind = outcome.filter(|_| !of_item).unwrap_or_else(|| status.as_str().to_owned());
    let message = if of_item { reason } else { detail };
    Ok(Some(LiveFailure { kind, message: message.unwrap_or_else(|| format!("the work item is {status}")) }))
}

/// Finds a batch by the rowid of its data set and its name.
pub fn batch(connection: &Connection, dataset: i64, name: &str) -> rusqlite::Result<Option<LiveBatch>> {
    sql::VIEW_LIVE_BATCH.first(connection, &[(":dataset", &dataset), (":name", &name)], |row| {
        Ok(LiveBatch { dataset, rows: count(row, "row_count")?, accepted_at: row.get("created_at")? })
    })
}

/// Reads what became of the next rows of a batch, from the row `from` on and at most `most`.
pub fn batch_rows(
    connection: &Connection,
    steps: &LiveSteps,
    batch: &LiveBatch,
    (from, most): (u64, u64),
) -> rusqlite::Result<Vec<LiveResult>> {
    let [from, most] = [from, most].map(|it| i64::try_from(it).unwrap_or(i64::MAX));
    let of = [(":dataset", &batch.dataset as &dyn rusqlite::ToSql), (":from", &from), (":count", &most)];
    sql::VIEW_LIVE_ROWS.all(connection, &of, |row| {
        let index: i64 = row.get("row_index")?;
        let (row_id, work_id): (String, String) = (row.get("row_id")?, row.get("work_id")?);
        let row_number = usize::try_from(index).unwrap_or_default();
        let given = GivenRow { row: row_number, row_id: &row_id, work_id: &work_id, from_record: false };
        let (asked, present): (String, String) = (row.get("cache_id")?, row.get("present")?);
        if asked == present {
            return of_row(connection, steps, row.get("position")?, given);
        }
        replaced(connection, steps, given, (row.get("work_item")?, &asked))
    })
}

/// Hands the status of each row of a batch to `see`, in their order. Nothing of what was answered is read.
pub fn batch_statuses(
    connection: &Connection,
    steps: &LiveSteps,
    batch: &LiveBatch,
    mut see: impl FnMut(WorkStatus),
) -> rusqlite::Result<()> {
    let (mut all, mut last) = (Vec::new(), Vec::new());
    let of = [(":dataset", &batch.dataset as &dyn rusqlite::ToSql), (":from", &0), (":count", &i64::MAX)];
    sql::VIEW_LIVE_ROWS.each(connection, &of, |row| {
        let (work_item, position): (i64, i64) = (row.get("work_item")?, row.get("position")?);
        if row.get_ref("cache_id")? != row.get_ref("present")? {
            let cache_id: String = row.get("cache_id")?;
            let is_accepted = earlier_attempt(connection, (work_item, &cache_id))?.output.is_some();
            see(if is_accepted { WorkStatus::Accepted } else { WorkStatus::Blocked });
            return Ok(());
        }
        all.clear();
        last.clear();
        for step in &steps.all {
            sql::VIEW_LIVE_STATUSES.each::<rusqlite::Error>(
                connection,
                &[(":step", step), (":position", &position)],
                |row| {
                    let status: WorkStatus = row.get("status")?;
                    all.push(status);
                    if *step == steps.last {
                        last.push(status);
                    }
                    Ok(())
                },
            )?;
        }
        see(status_of_row(&all, &last));
        Ok(())
    })
}

/// The latest attempt at an exact task that its work item no longer has, or the accepted one.
#[derive(Default)]
struct EarlierAttempt {
    output: Option<Value>,
    attempts: u64,
    verdict: Option<String>,
    score: Option<u8>,
    model: Option<String>,
}

fn earlier_attempt(connection: &Connection, (work_item, cache_id): (i64, &str)) -> rusqlite::Result<EarlierAttempt> {
    let of = [(":work_item", &work_item as &dyn rusqlite::ToSql), (":cache_id", &cache_id)];
    let mut found = sql::VIEW_LIVE_REPLACED.all(connection, &of, |row| {
        Ok(EarlierAttempt {
            output: row.get("output")?,
            attempts: count(row, "attempts")?,
            verdict: row.get("verdict")?,
            score: row.get("score")?,
            model: row.get("model")?,
        })
    })?;
    let accepted = found.iter().position(|it| it.output.is_some()).unwrap_or_default();
    Ok(if found.is_empty() { EarlierAttempt::default() } else { found.swap_remove(accepted) })
}

/// What came of a row whose work item is about another row or task now.
fn replaced(
    connection: &Connection,
    steps: &LiveSteps,
    given: GivenRow<'_>,
    asked: (i64, &str),
) -> rusqlite::Result<LiveResult> {
    let EarlierAttempt { output, attempts, verdict, score, model } = earlier_attempt(connection, asked)?;
    // What later steps made of it was made of something else since.
    let cost_usd = if steps.all.len() == 1 { cost_of_task(connection, asked)? } else { None };
    let failure = output.is_none().then(|| LiveFailure {
        kind: "replaced".to_owned(),
        message: "the row came again with other values, or for another task, before it had an output".to_owned(),
    });
    let status = if output.is_some() { WorkStatus::Accepted } else { WorkStatus::Blocked };
    Ok(LiveResult {
        row: given.row,
        work_id: given.work_id.to_owned(),
        row_id: given.row_id.to_owned(),
        status,
        output,
        verdict,
        score,
        attempts,
        cost_usd,
        model,
        from_record: false,
        failure,
        items: Vec::new(),
    })
}
