//! What a work item goes back to: the ids that it has by it, and what templates see of it.

use rusqlite::Connection;
use serde_json::{Map, Value, json};

use super::Links;
use crate::prompt::Lineage;
use crate::record::{GroupContextId, InputId, RowId, WorkId};
use crate::stage::ingest::read_fields;
use crate::stage::plan::group_identity;
use crate::store::sql;

/// The id of a work item that is one output of another step.
#[must_use]
pub fn output_work_id(step: &str, parent: WorkId) -> WorkId {
    WorkId::of(&[json!(step), json!(["output", parent.to_string()])])
}

/// The id of a work item that is an element of a list, or a combination: the so-manieth of those that are equal.
#[must_use]
pub fn element_work_id(step: &str, parent: WorkId, element: &Value, occurrence: u64) -> WorkId {
    WorkId::of(&[json!(step), json!(["element", parent.to_string(), element, occurrence])])
}

/// The id of the work item that stands for a list that is not known.
#[must_use]
pub fn pending_work_id(step: &str, parent: WorkId) -> WorkId {
    WorkId::of(&[json!(step), json!(["elements", parent.to_string()])])
}

/// The id of a work item that joins others.
#[must_use]
pub fn join_work_id(step: &str, key: &Value) -> WorkId {
    WorkId::of(&[json!(step), json!(["join", key])])
}

/// What a prompt, a check or a judge may see of a work item that is made from others; with its id.
pub fn derived_input_id(tx: &Connection, links: &Links, step: i64, item: i64) -> rusqlite::Result<(WorkId, InputId)> {
    let (steps, parents) = (steps(tx, links, step, item)?, parents(tx, item)?);
    sql::DERIVE_SOURCE.row(tx, &[(":item", &item)], |row| {
        let row_id: Option<RowId> = row.get("row_id")?;
        let source = match row_id {
            Some(_) if links.keyed => {
                let fields = read_fields(row)?;
                Value::Object(links.columns.iter().cloned().zip(fields.into_iter().map(Value::String)).collect())
            }
            Some(id) => json!(id.to_string()),
            None => Value::Null,
        };
        let group = match row.get::<_, Option<String>>("group_key")? {
            Some(key) => {
                let context: GroupContextId = row.get("group_context_id")?;
                group_identity(context, &key, row.get("row_count")?)
            }
            None => Value::Null,
        };
        let own: Option<Value> = row.get("item")?;
        Ok((row.get("work_id")?, InputId::of(&[json!("derived"), source, group, json!(own), steps, parents])))
    })
}

/// What templates see of what a work item is made from.
pub fn lineage(tx: &Connection, links: &Links, step: i64, item: i64, own: Option<&Value>) -> rusqlite::Result<Lineage> {
    let parents = parents(tx, item)?;
    // A work item that is another's output has no item of its own: that output is it.
    let output = match parents.as_array().map(Vec::as_slice) {
        Some([one]) => one["output"].clone(),
        _ => Value::Null,
    };
    let item_value = match own {
        Some(own) => own.clone(),
        None => output,
    };
    Ok(Lineage::new(&item_value, &steps(tx, links, step, item)?, &parents))
}

/// The outputs that a work item goes back to, by the names of their steps; those of a step with perspectives by these.
fn steps(tx: &Connection, links: &Links, step: i64, item: i64) -> rusqlite::Result<Value> {
    let mut found: Vec<(String, Vec<Value>)> = Vec::new();
    sql::DERIVE_ANCESTORS.each::<rusqlite::Error>(tx, &[(":item", &item)], |row| {
        let name: String = row.get("step")?;
        let output: Value = row.get("output")?;
        match found.iter_mut().find(|(other, _)| *other == name) {
            Some((_, outputs)) => outputs.push(output),
            None => found.push((name, vec![output])),
        }
        Ok(())
    })?;
    // What may be several may be none, where all of it is skipped.
    for name in links.several_of(step) {
        if !found.iter().any(|(other, _)| other == name) {
            found.push((name.clone(), Vec::new()));
        }
    }
    let mut steps = Map::new();
    for (name, mut outputs) in found {
        let several = links.are_several(step, &name);
        let value = if several { Value::Array(outputs) } else { outputs.pop().unwrap_or_default() };
        match name.split_once('.') {
            None => {
                steps.insert(name, value);
            }
            Some((head, perspective)) => {
                let roles = steps.entry(head).or_insert_with(|| json!({}));
                roles[perspective] = value;
            }
        }
    }
    Ok(Value::Object(steps))
}

/// What a work item is made from, in order.
fn parents(tx: &Connection, item: i64) -> rusqlite::Result<Value> {
    let parents = sql::DERIVE_PARENTS.all(tx, &[(":item", &item)], |row| {
        let (step, work_id): (String, String) = (row.get("step")?, row.get("work_id")?);
        let (item, output): (Option<Value>, Value) = (row.get("item")?, row.get("output")?);
        Ok(json!({"step": step, "work_id": work_id, "item": item, "output": output}))
    })?;
    Ok(Value::Array(parents))
}
