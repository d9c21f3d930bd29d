//! `schema`: a model writes the schema of a task's answers, as the one work item of a hidden step.
//!
//! [`item`] is what its prompt sees: the words of the task and a sample of rows. The sample depends on the run's seed
//! and the ids of the rows alone: the same data set shows the same rows, and a new row changes at most one of them.
//! [`plan`] makes the work item, and [`ended`] returns its outcome. The model itself is asked like any other, by
//! `generate`.

use std::collections::BinaryHeap;

use rusqlite::{Connection, Transaction};
use serde_json::{Map, Value, json};

use super::generate::Task;
use super::ingest::{Dataset, read_fields};
use super::plan::{cache_id, insert_work_item, work_id};
use super::record::Marks;
use super::standing::{self, NewStanding, ReadyStanding};
use crate::config::Check;
use crate::record::{CacheId, Digest, InputId, SourceKind, WorkId, WorkStatus, canonical, document};
use crate::store::sql;

/// How many rows the prompt shows.
const ROWS: usize = 8;
/// How many characters of a value the prompt shows.
const MAX_CHARACTERS: usize = 1_500;

/// The texts of the task that a schema is written for.
#[derive(Clone, Copy, Debug)]
pub struct TaskTexts<'a> {
    /// The description of its prompt.
    pub purpose: Option<&'a str>,
    /// The template of its system message.
    pub system: Option<&'a str>,
    /// The template of its user message.
    pub user: &'a str,
    /// The checks on its answers.
    pub checks: &'a [Check],
    /// The template of the judge's user message, if there is a judge.
    pub judge: Option<&'a str>,
}

/// Returns the item that the prompt sees: the texts of the task and a sample of rows.
pub fn item(tx: &Transaction<'_>, texts: &TaskTexts<'_>, dataset: &Dataset, seed: u64) -> rusqlite::Result<Value> {
    // Keeps the rows with the smallest digests, never more than are shown.
    let mut drawn: BinaryHeap<(Digest, i64)> = BinaryHeap::with_capacity(ROWS + 1);
    let mut count = 0u64;
    sql::SCHEMA_ROW_IDS.each(tx, &[(":dataset", &dataset.id)], |row| {
        let id: String = row.get("row_id")?;
        drawn.push((Digest::of_value(&json!(["schema_row", 1, seed, id])), row.get("id")?));
        if drawn.len() > ROWS {
            drawn.pop();
        }
        count += 1;
        Ok::<_, rusqlite::Error>(())
    })?;
    let kept_back = document::kept_back();
    let rows: Vec<i64> = drawn.into_iter().map(|(_, id)| id).collect();
    let mut shown = Vec::with_capacity(rows.len());
    sql::SCHEMA_FIELDS.each(tx, &[(":rows", &json!(rows).to_string())], |row| {
        let fields: Vec<String> = read_fields(row)?;
        let members = dataset.columns.iter().cloned().zip(fields.iter().map(|it| Value::String(cut(it))));
        // Of a document what its rows say, and not where they stand.
        let members = members.filter(|(column, _)| !dataset.is_documents || !kept_back.contains(&column.as_str()));
        shown.push(Value::Object(members.collect::<Map<_, _>>()));
        Ok::<_, rusqlite::Error>(())
    })?;
    let checks: Vec<Value> =
        texts.checks.iter().map(|check| json!({"expr": check.expr, "message": check.message})).collect();
    Ok(json!({
        "purpose": texts.purpose,
        "system": texts.system,
        "user": texts.user,
        "checks": checks,
        "judge": texts.judge,
        "rows": shown,
        "n_rows": count,
    }))
}

/// The source of the work item that stands for the task itself.
pub const TASK_SOURCE: &str = "[\"task\"]";

/// Returns the id of the input of that work item.
#[must_use]
pub fn task_input_id(item: &Value) -> InputId {
    InputId::of(&[json!("task"), item.clone()])
}

/// Plans the one work item of `task`; returns the id of its exact task. If that has changed, the work item is opened.
pub fn plan(tx: &Transaction<'_>, task: &Task, item: &Value, marks: Marks) -> rusqlite::Result<CacheId> {
    let work_id = work_id(&task.name, TASK_SOURCE);
    let new_cache_id = cache_id(work_id, task_input_id(item), task.id, 1);
    let text = canonical::to_string(item);
    let found = sql::DERIVE_FIND.first(tx, &[(":work_id", &work_id), (":step", &task.step)], |row| {
        Ok((row.get::<_, i64>("id")?, row.get::<_, String>("cache_id")?))
    })?;
    let none: Option<i64> = None;
    let Some((id, before)) = found else {
        let made_of = (task.step, SourceKind::Task);
        let work_item = insert_work_item(tx, work_id, made_of, None, Some(TASK_SOURCE))?;
        standing::insert(
            tx,
            &NewStanding {
                work_item,
                step: task.step,
                input_row: None,
                row_group: None,
                position: 0,
                path: None,
                item: Some(&text),
                images: None,
                task: task.row,
                cache_id: Some(new_cache_id),
                round: Some(marks.round).filter(|round| *round > 0),
                sample: 1,
                status: WorkStatus::Pending,
                reason: None,
                open_sources: 0,
                handed_on: standing::HANDED_ON,
            },
        )?;
        return Ok(new_cache_id);
    };
    sql::STANDING_PLACE.execute(
        tx,
        &[
            (":standing", &id),
            (":task", &task.row),
            (":input_row", &none),
            (":row_group", &none),
            (":position", &0),
            (":path", &none),
            (":item", &text),
        ],
    )?;
    if before != new_cache_id.to_string() {
        let (task, cache_id, floor, forced) = (task.row, new_cache_id, marks.round, None);
        standing::ready(tx, &ReadyStanding { standing: id, task, cache_id, floor, forced })?;
    }
    Ok(new_cache_id)
}

/// The outcome of the work item.
#[derive(Clone, Debug)]
pub struct AuthoringEnd {
    pub work_id: WorkId,
    pub status: WorkStatus,
    /// What was wrong with the last answer.
    pub detail: Option<String>,
    /// The last answer.
    pub answer: Option<String>,
}

/// Returns the outcome of the work item of the hidden step `step` (rowid).
pub fn ended(connection: &Connection, step: i64) -> rusqlite::Result<AuthoringEnd> {
    sql::SCHEMA_OUTCOME.row(connection, &[(":step", &step)], |row| {
        Ok(AuthoringEnd {
            work_id: row.get("work_id")?,
            status: row.get("status")?,
            detail: row.get("detail")?,
            answer: row.get("answer")?,
        })
    })
}

/// Returns a long value cut short, with a note of how much is missing.
fn cut(value: &str) -> String {
    let Some((end, _)) = value.char_indices().nth(MAX_CHARACTERS) else { return value.to_owned() };
    let (head, left) = value.split_at(end);
    format!("{head}… [{} more characters]", left.chars().count())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cut_value_says_so() {
        assert_eq!(cut("short"), "short");
        let long = cut(&"ä".repeat(MAX_CHARACTERS + 7));
        assert_eq!(long.chars().filter(|it| *it == 'ä').count(), MAX_CHARACTERS);
        assert!(long.ends_with("… [7 more characters]"));
    }
}
