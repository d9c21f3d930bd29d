//! What a work item is made from (row, group, images, outputs of other steps), now and when an attempt was decided.

use std::collections::HashMap;

use rusqlite::{Connection, Row, ToSql};
use serde_json::Value;

use super::current::{CurrentItem, CurrentRow, list};
use super::past::{Predecessor, PriorAttempt};
use crate::record::document;
use crate::store::sql;
use crate::view::difference::{Difference, texts, values};

/// Returns the parts of the input that differ.
pub(super) fn differences(
    connection: &Connection,
    item: &CurrentItem,
    last: Option<&PriorAttempt>,
    predecessor: Option<&Predecessor>,
    then: &PriorAttempt,
) -> rusqlite::Result<Vec<Difference>> {
    let parameters: [(&'static str, &dyn ToSql); 2] = [(":step", &item.step), (":invocation", &then.invocation)];
    let dataset: Option<i64> = sql::EXPLAIN_DATASET_OF.first(connection, &parameters, |row| row.get("dataset"))?;
    let row = row_then(connection, item, predecessor, dataset)?;
    let mut found = Vec::new();
    if let (Some(was), Some(is)) = (&row, &item.row) {
        found.extend(columns(was, is, item.parts["reads_lines"] == Value::Bool(true)));
    }
    if let (Some(group), Some(dataset)) = (item.row_group, dataset) {
        found.extend(group_differences(connection, item, then, group, dataset, row.as_ref())?);
    }
    found.extend(images(connection, item, then)?);
    found.extend(outputs(connection, item, last, then)?);
    Ok(found)
}

fn row_then(
    connection: &Connection,
    item: &CurrentItem,
    predecessor: Option<&Predecessor>,
    dataset: Option<i64>,
) -> rusqlite::Result<Option<CurrentRow>> {
    if let Some(predecessor) = predecessor {
        return sql::EXPLAIN_ITEM
            .row(
                connection,
                &[(":item", &predecessor.id), (":variant", &item.at.number), (":repeat", &item.at.repeat)],
                |row| input_row(row, row.get("row_id")?),
            )
            .map(Some);
    }
    let (Some(row), Some(dataset)) = (&item.row, dataset) else { return Ok(None) };
    if Some(dataset) == item.dataset {
        return Ok(Some(CurrentRow {
            row_id: row.row_id.clone(),
            columns: row.columns.clone(),
            fields: row.fields.clone(),
        }));
    }
    sql::EXPLAIN_ROW.first(connection, &[(":dataset", &dataset), (":row_id", &row.row_id)], |found| {
        input_row(found, row.row_id.clone())
    })
}

fn input_row(row: &Row<'_>, row_id: String) -> rusqlite::Result<CurrentRow> {
    Ok(CurrentRow { row_id, columns: list(row.get("columns")?), fields: list(row.get("fields")?) })
}

/// The field of a column, if the row has one.
fn field<'a>(row: &'a CurrentRow, column: &Value) -> Option<&'a Value> {
    row.columns.iter().position(|it| it == column).and_then(|at| row.fields.get(at))
}

/// The columns that differ, of those that are part of the exact task. `reads_lines` says whether the step reads where a
/// row of a document stands.
fn columns(before: &CurrentRow, after: &CurrentRow, reads_lines: bool) -> Vec<Difference> {
    let of_documents = after.is_of_document();
    let is_seen = |column: &&Value| {
        let at = after.columns.iter().position(|it| it == *column);
        !of_documents || at.is_none_or(|at| document::is_seen(at, reads_lines))
    };
    let more = after.columns.iter().filter(|it| !before.columns.contains(it));
    let difference = |column: &Value| {
        let name = format!("input: column {}", column.as_str().unwrap_or_default());
        match (field(before, column), field(after, column)) {
            (Some(was), Some(is)) if was != is => Some(Difference::changed(name, was.clone(), is.clone())),
            (Some(was), None) => Some(Difference::removed(name, was.clone())),
            (None, Some(is)) => Some(Difference::added(name, is.clone())),
            _ => None,
        }
    };
    before.columns.iter().chain(more).filter(is_seen).filter_map(difference).collect()
}

/// A group as its members see it.
struct ContextGroup {
    id: i64,
    key: String,
    rows: i64,
    context: String,
}

fn group(row: &Row<'_>) -> rusqlite::Result<ContextGroup> {
    Ok(ContextGroup {
        id: row.get("id")?,
        key: row.get("group_key")?,
        rows: row.get("row_count")?,
        context: row.get("context")?,
    })
}

fn group_differences(
    connection: &Connection,
    item: &CurrentItem,
    then: &PriorAttempt,
    now: i64,
    dataset: i64,
    row: Option<&CurrentRow>,
) -> rusqlite::Result<Vec<Difference>> {
    let by = &then.parts["grouping"]["column"];
    let key_then = match row.and_then(|row| field(row, by)) {
        Some(Value::String(key)) => Some(key.clone()),
        _ if item.source == "group" => item.group_key.clone(),
        _ => None,
    };
    let Some(key_then) = key_then else { return Ok(Vec::new()) };
    let is = sql::EXPLAIN_GROUP.row(connection, &[(":group", &now)], group)?;
    let was = sql::EXPLAIN_EARLIER_GROUP.first(
        connection,
        &[(":dataset", &dataset), (":group_key", &key_then), (":request", &then.request)],
        group,
    )?;
    let Some(was) = was.filter(|was| was.id != is.id) else { return Ok(Vec::new()) };
    let mut found = Vec::new();
    if was.key != is.key {
        found.push(Difference::changed("input: group", was.key, is.key));
    }
    if was.rows != is.rows {
        found.push(Difference::changed("input: rows of the group", was.rows, is.rows));
    }
    // If the settings of the context differ, the task's parts say so.
    if then.parts["context"] == item.parts["context"] && was.context != is.context {
        found.extend(texts("context:", &was.context, &is.context));
    }
    Ok(found)
}

/// Compares the images of the first message. A judge sees the same ones or a part of them.
fn images(connection: &Connection, item: &CurrentItem, then: &PriorAttempt) -> rusqlite::Result<Vec<Difference>> {
    let Some(request) = then.request else { return Ok(Vec::new()) };
    let name = |it: &Value| {
        let named = ["image", "sha1", "image_url", "url", "problem", "unread"].iter().find_map(|key| it[*key].as_str());
        named.unwrap_or_default().to_owned()
    };
    let was: Vec<String> = sql::EXPLAIN_IMAGES
        .all(connection, &[(":request", &request)], |row| Ok(name(&row.get::<_, Value>("image")?)))?;
    let shown = item.images.as_ref().map(|it| it["generation"].clone());
    let is: Vec<String> = list(shown).iter().map(name).collect();
    let difference = |index: usize| {
        let part = format!("input: image {}", index + 1);
        match (was.get(index), is.get(index)) {
            (Some(was), Some(is)) if was != is => Some(Difference::changed(part, was.clone(), is.clone())),
            (Some(was), None) => Some(Difference::removed(part, was.clone())),
            (None, Some(is)) => Some(Difference::added(part, is.clone())),
            _ => None,
        }
    };
    Ok((0..was.len().max(is.len())).filter_map(difference).collect())
}

/// A work item of another step, with the output that the explained one is made from.
pub(super) struct ParentOutput {
    work_item: i64,
    work_id: String,
    step: String,
    /// `None` if it has no output now.
    made: Option<AcceptedOutput>,
}

struct AcceptedOutput {
    cache_entry: i64,
    attempt: i64,
    output: Value,
}

impl ParentOutput {
    fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        let made = match row.get("cache_entry")? {
            Some(cache_entry) => {
                Some(AcceptedOutput { cache_entry, attempt: row.get("attempt")?, output: row.get("output")? })
            }
            None => None,
        };
        Ok(Self { work_item: row.get("work_item")?, work_id: row.get("work_id")?, step: row.get("step")?, made })
    }

    /// The step and the beginning of the id.
    pub(super) fn name(&self) -> String {
        format!("{} ({})", self.step, self.work_id.get(..12).unwrap_or(&self.work_id))
    }

    /// The name of this part of the input.
    fn part(&self) -> String {
        format!("input: output of {}", self.name())
    }
}

/// Reads the parents that the plan has for a work item, in order, each with its status.
pub(super) fn parents(connection: &Connection, item: &CurrentItem) -> rusqlite::Result<Vec<(ParentOutput, String)>> {
    sql::EXPLAIN_PARENTS
        .all(connection, &[(":standing", &item.standing)], |row| Ok((ParentOutput::read(row)?, row.get("status")?)))
}

/// Reads the parents that an attempt was made from, in order.
fn inputs(connection: &Connection, attempt: &PriorAttempt) -> rusqlite::Result<Vec<ParentOutput>> {
    sql::EXPLAIN_INPUTS.all(connection, &[(":attempt", &attempt.id)], ParentOutput::read)
}

/// Reads the parents of a work item's exact task: those of the last attempt at it, else those of the plan.
fn sources(
    connection: &Connection,
    item: &CurrentItem,
    last: Option<&PriorAttempt>,
) -> rusqlite::Result<Vec<ParentOutput>> {
    if item.cache_id.is_empty() {
        return Ok(Vec::new());
    }
    match last {
        Some(last) => inputs(connection, last),
        None => Ok(parents(connection, item)?.into_iter().map(|(source, _)| source).collect()),
    }
}

/// Compares the outputs that the exact task is made from with those of the attempt `then`.
fn outputs(
    connection: &Connection,
    item: &CurrentItem,
    last: Option<&PriorAttempt>,
    then: &PriorAttempt,
) -> rusqlite::Result<Vec<Difference>> {
    let mut found = Vec::new();
    if item.cache_id.is_empty() {
        return Ok(found);
    }
    let was = inputs(connection, then)?;
    let mut unmatched: HashMap<i64, &ParentOutput> = was.iter().map(|it| (it.work_item, it)).collect();
    for source in sources(connection, item, last)? {
        let then = unmatched.remove(&source.work_item).and_then(|it| it.made.as_ref());
        match (then, source.made.as_ref()) {
            (Some(was), Some(is)) if was.cache_entry != is.cache_entry => {
                found.extend(values(&source.part(), &was.output, &is.output));
            }
            (None, Some(is)) => found.push(Difference::added(source.part(), is.output.clone())),
            // A parent that lost its output later does not change a task that was made with it.
            _ => {}
        }
    }
    for source in was.iter().filter(|it| unmatched.contains_key(&it.work_item)) {
        if let Some(made) = &source.made {
            found.push(Difference::removed(source.part(), made.output.clone()));
        }
    }
    Ok(found)
}

/// Compares the outputs that a new work item is made from with those that their work items had before.
pub(super) fn new_outputs(
    connection: &Connection,
    item: &CurrentItem,
    last: Option<&PriorAttempt>,
) -> rusqlite::Result<Vec<Difference>> {
    let mut found = Vec::new();
    for source in sources(connection, item, last)? {
        let Some(is) = &source.made else { continue };
        let parameters: [(&'static str, &dyn ToSql); 2] = [(":item", &source.work_item), (":attempt", &is.attempt)];
        let was: Option<Value> = sql::EXPLAIN_EARLIER_OUTPUT.first(connection, &parameters, |row| row.get("output"))?;
        found.extend(was.into_iter().flat_map(|was| values(&source.part(), &was, &is.output)));
    }
    Ok(found)
}
