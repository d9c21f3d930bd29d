//! Why a work item was or was not answered from the record.
//!
//! [`explain`](explain()) compares its exact task (`cache_id`), part by part, with the nearest one on record: that of
//! the same work item under another task or sample, else that of the work item which stood in its place before.
//! Requests that were asked are compared in the same way. The result is an [`Explanation`].

mod current;
mod input;
mod model;
mod notes;
mod past;
mod request;
#[cfg(test)]
mod tests;

use rusqlite::{Connection, Row};
use serde_json::Value;

use super::difference::{Difference, tasks};
use crate::record::VariantAt;
use crate::store::sql;
use current::{CurrentItem, CurrentRow, list};
pub use model::{Basis, Explanation};
use model::{NearestTask, TaskDifference};
use notes::{Background, notes};
pub use past::PriorAttempt;
use past::{Cutoffs, Predecessor, RoundRange, attempts, nearest, with_cost};
pub use request::{ResponseOrigin, UsedRequest};

/// Explains the work item with this rowid under a variant.
pub fn explain(connection: &Connection, item: i64, at: VariantAt) -> rusqlite::Result<Explanation> {
    let snapshot = connection.unchecked_transaction()?;
    let tx: &Connection = &snapshot;
    let (current, mut explanation) =
        sql::EXPLAIN_ITEM.row(tx, &[(":item", &item), (":variant", &at.number), (":repeat", &at.repeat)], |row| {
            opening((item, at), row)
        })?;
    let run = sql::EXPLAIN_LATEST_PLAN.first(tx, &[(":step", &current.step)], |row| {
        Ok((row.get::<_, i64>("invocation")?, row.get::<_, Option<Value>>("snapshot")?.unwrap_or_default()))
    })?;
    let (latest_run, configuration) = run.unzip();
    explanation.latest_run = latest_run;
    let cutoffs = Cutoffs::of(tx, &current)?;
    let rounds = RoundRange::of(&current, &cutoffs);
    let attempts = attempts(tx, (item, at), &current.cache_id, current.sample, rounds)?;
    // What was decided before the latest run stood there already: it took no other row's place.
    let is_new = attempts.first().is_none_or(|it| latest_run.is_none_or(|run| it.invocation >= run));
    let near = nearest(tx, &current, rounds, is_new)?;
    let earlier = match &near {
        Some((_, past)) => past.together(tx, at)?,
        None => Vec::new(),
    };
    explanation.differences = match &near {
        Some((other, past)) => differences(tx, &current, attempts.last(), other.as_ref(), past)?,
        None => new_parts(tx, &current, attempts.last())?,
    };
    explanation.requests = request::gather(tx, item, &attempts, &earlier, cutoffs.tape)?;
    explanation.basis = basis(&explanation, &current, attempts.last());
    explanation.notes = notes(
        tx,
        &explanation,
        &current,
        &Background { attempts: &attempts, near: near.as_ref(), configuration: &configuration.unwrap_or_default() },
    )?;
    let decided = attempts.iter().find(|it| Some(it.id) == current.last_attempt).or(attempts.last());
    explanation.decided = decided.cloned().map(|past| with_cost(tx, past, &attempts)).transpose()?;
    // What waits for its parents has no exact task yet, and may have nothing to compare.
    let is_told = !current.cache_id.is_empty() || !explanation.differences.is_empty();
    explanation.nearest = near
        .filter(|_| is_told)
        .map(|(other, past)| {
            let work_id = other.map(|it| it.work_id);
            Ok::<_, rusqlite::Error>(NearestTask { work_id, past: with_cost(tx, past, &earlier)? })
        })
        .transpose()?;
    Ok(explanation)
}

fn opening((item, at): (i64, VariantAt), row: &Row<'_>) -> rusqlite::Result<(CurrentItem, Explanation)> {
    let row_id: Option<String> = row.get("row_id")?;
    let input = match row_id {
        Some(row_id) => {
            Some(CurrentRow { row_id, columns: list(row.get("columns")?), fields: list(row.get("fields")?) })
        }
        None => None,
    };
    let current = CurrentItem {
        id: item,
        at,
        standing: row.get("standing")?,
        step: row.get("step")?,
        source: row.get("source_kind")?,
        sample: row.get("sample")?,
        round: row.get("round")?,
        set_aside: row.get("set_aside")?,
        tape_round: row.get("tape_round")?,
        tape_after: row.get("tape_after")?,
        last_attempt: row.get("last_attempt")?,
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
    let explanation = Explanation {
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
    Ok((current, explanation))
}

/// Returns how the exact task differs from that of the attempt `then`, which belongs to the work item `predecessor`, if
/// there is one. `last` is the last attempt at the exact task.
fn differences(
    connection: &Connection,
    item: &CurrentItem,
    last: Option<&PriorAttempt>,
    predecessor: Option<&Predecessor>,
    then: &PriorAttempt,
) -> rusqlite::Result<Vec<TaskDifference>> {
    let mut found = Vec::new();
    let mut add = |about, list: Vec<Difference>| {
        found.extend(list.into_iter().map(|difference| TaskDifference { about, difference }));
    };
    if then.cache_id != item.cache_id {
        add("task", tasks(&then.parts, &item.parts));
        add("input", input::differences(connection, item, last, predecessor, then)?);
    }
    if predecessor.is_none() && then.first_sample() != item.sample {
        add("sample", vec![Difference::changed("sample number", then.first_sample(), item.sample)]);
    }
    Ok(found)
}

/// Returns what is new about a work item that has no earlier record: the outputs that it is made from.
fn new_parts(
    connection: &Connection,
    item: &CurrentItem,
    last: Option<&PriorAttempt>,
) -> rusqlite::Result<Vec<TaskDifference>> {
    let found = input::new_outputs(connection, item, last)?;
    Ok(found.into_iter().map(|difference| TaskDifference { about: "input", difference }).collect())
}

fn basis(explanation: &Explanation, item: &CurrentItem, last: Option<&PriorAttempt>) -> Basis {
    match explanation.status.as_str() {
        _ if !item.planned => Basis::NotPlanned,
        "pending" => Basis::Open,
        "skipped" | "blocked" => Basis::HeldBack,
        _ if last.is_none_or(|it| explanation.latest_run.is_some_and(|run| it.invocation < run)) => Basis::Record,
        _ => {
            let run = last.map(|it| it.invocation);
            let has_call =
                explanation.requests.iter().any(|it| it.origin == ResponseOrigin::Asked && Some(it.invocation) == run);
            if has_call { Basis::Asked } else { Basis::Tape }
        }
    }
}
