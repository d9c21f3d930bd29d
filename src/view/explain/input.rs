//! What a work item is made from, now and when an attempt was decided: its row, its group, its images, other outputs.

use rusqlite::{Connection, Row};
use serde_json::Value;

use super::{Current, InputRow, Kin, Past, list};
use crate::store::sql;
use crate::view::difference::{Difference, texts, values};

/// The parts of the input that differ.
pub(super) fn differences(
    connection: &Connection,
    item: &Current,
    kin: Option<&Kin>,
    then: &Past,
) -> rusqlite::Result<Vec<Difference>> {
    let dataset: Option<i64> =
        sql::EXPLAIN_DATASET_OF.first(connection, &[(":invocation", &then.invocation)], |row| row.get("dataset"))?;
    let row = row_then(connection, item, kin, dataset)?;
    let mut found = Vec::new();
    if let (Some(was), Some(is)) = (&row, &item.row) {
        found.extend(columns(was, is));
    }
    if let (Some(group), Some(dataset)) = (item.row_group, dataset) {
        found.extend(group_differences(connection, item, then, group, dataset, row.as_ref())?);
    }
    found.extend(images(connection, item, then)?);
    found.extend(outputs(connection, item, Some(then.id))?);
    Ok(found)
}

fn row_then(
    connection: &Connection,
    item: &Current,
    kin: Option<&Kin>,
    dataset: Option<i64>,
) -> rusqlite::Result<Option<InputRow>> {
    if let Some(kin) = kin {
        return sql::EXPLAIN_ITEM
            .row(connection, &[(":item", &kin.id)], |row| input_row(row, row.get("row_id")?))
            .map(Some);
    }
    let (Some(row), Some(dataset)) = (&item.row, dataset) else { return Ok(None) };
    if Some(dataset) == item.dataset {
        return Ok(Some(InputRow {
            row_id: row.row_id.clone(),
            columns: row.columns.clone(),
            fields: row.fields.clone(),
        }));
    }
    sql::EXPLAIN_ROW.first(connection, &[(":dataset", &dataset), (":row_id", &row.row_id)], |found| {
        input_row(found, row.row_id.clone())
    })
}

fn input_row(row: &Row<'_>, row_id: String) -> rusqlite::Result<InputRow> {
    Ok(InputRow { row_id, columns: list(row.get("columns")?), fields: list(row.get("fields")?) })
}

/// The field of a column, where the row has one.
fn field<'a>(row: &'a InputRow, column: &Value) -> Option<&'a Value> {
    row.columns.iter().position(|it| it == column).and_then(|at| row.fields.get(at))
}

fn columns(before: &InputRow, after: &InputRow) -> Vec<Difference> {
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
    before.columns.iter().chain(more).filter_map(difference).collect()
}

/// A group as its members see it.
struct Group {
    id: i64,
    key: String,
    rows: i64,
    context: String,
}

fn group(row: &Row<'_>) -> rusqlite::Result<Group> {
    Ok(Group {
        id: row.get("id")?,
        key: row.get("group_key")?,
        rows: row.get("row_count")?,
        context: row.get("context")?,
    })
}

fn group_differences(
    connection: &Connection,
    item: &Current,
    then: &Past,
    now: i64,
    dataset: i64,
    row: Option<&InputRow>,
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
    // A context that is built in another way is another text; the way is a part of the task.
    if then.parts["context"] == item.parts["context"] && was.context != is.context {
        found.extend(texts("context:", &was.context, &is.context));
    }
    Ok(found)
}

/// The images that the first message shows. What a judge is shown of them is the same or a part of it.
fn images(connection: &Connection, item: &Current, then: &Past) -> rusqlite::Result<Vec<Difference>> {
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

/// A work item that another one is made from, with the output that it was last made from.
pub(super) struct Parent {
    id: i64,
    work_id: String,
    step: String,
    pub(super) status: String,
    entry: Option<i64>,
    output: Value,
    attempt: Option<i64>,
}

impl Parent {
    /// Its step and the beginning of its id.
    pub(super) fn name(&self) -> String {
        format!("{} ({})", self.step, self.work_id.get(..12).unwrap_or(&self.work_id))
    }
}

/// What a work item is made from, in order.
pub(super) fn parents(connection: &Connection, item: i64) -> rusqlite::Result<Vec<Parent>> {
    sql::EXPLAIN_PARENTS.all(connection, &[(":item", &item)], |row| {
        Ok(Parent {
            id: row.get("parent")?,
            work_id: row.get("work_id")?,
            step: row.get("step")?,
            status: row.get("status")?,
            entry: row.get("cache_entry")?,
            output: row.get::<_, Option<Value>>("output")?.unwrap_or_default(),
            attempt: row.get("attempt")?,
        })
    })
}

/// The outputs that it is made from, against those when an attempt was decided; without one, against those before them.
pub(super) fn outputs(
    connection: &Connection,
    item: &Current,
    attempt: Option<i64>,
) -> rusqlite::Result<Vec<Difference>> {
    let mut found = Vec::new();
    if item.cache_id.is_empty() {
        return Ok(found);
    }
    for parent in parents(connection, item.id)? {
        let was = sql::EXPLAIN_EARLIER_OUTPUT.first(
            connection,
            &[(":item", &parent.id), (":attempt", &attempt.or(parent.attempt))],
            |row| Ok((row.get::<_, i64>("id")?, row.get::<_, Value>("output")?)),
        )?;
        let name = format!("input: output of {}", parent.name());
        match was {
            Some((id, _)) if Some(id) == parent.entry => {}
            Some((_, was)) => found.extend(values(&name, &was, &parent.output)),
            None if attempt.is_none() || parent.output.is_null() => {}
            None => found.push(Difference::added(name, parent.output)),
        }
    }
    Ok(found)
}
