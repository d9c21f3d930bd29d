//! The elements or combinations in an output, from which a step makes one work item each.

use rusqlite::Connection;
use serde_json::Value;

use super::combinations::combinations;
use super::links::{Link, Links};
use super::parent::ParentStanding;
use crate::config::Each;
use crate::record::WorkId;

/// Returns the elements or combinations in the output of `parent`, or the reason why there are none.
pub(super) fn elements(
    tx: &Connection,
    links: &Links,
    link: &Link,
    parent: &ParentStanding,
) -> rusqlite::Result<Result<Vec<Value>, String>> {
    let (Each::Element { of, field } | Each::Pairs { of, field }) = &link.each else { return Ok(Ok(Vec::new())) };
    let mut output = match parent.cache_entry {
        Some(entry) => serde_json::from_str(&links.nodes.get(tx, entry)?.output).unwrap_or_default(),
        None => Value::Null,
    };
    Ok(elements_in(&mut output, link, (of, field), parent.work_id))
}

/// Returns the elements or combinations in a field of an output.
fn elements_in(
    output: &mut Value,
    link: &Link,
    (of, field): (&str, &str),
    parent: WorkId,
) -> Result<Vec<Value>, String> {
    let value = output.get_mut(field).map(Value::take);
    match (&link.each, value) {
        (_, None) => Err(format!("the output of `{of}` has no `{field}`")),
        // An optional field that is null has no elements.
        (_, Some(Value::Null)) => Ok(Vec::new()),
        (Each::Pairs { .. }, Some(axes)) => {
            let seed = format!("{} {}", link.seed, parent);
            combinations(&axes, link.pairs, &seed).map_err(|error| format!("`{of}.{field}`: {error}"))
        }
        (_, Some(Value::Array(elements))) => Ok(elements),
        (_, Some(_)) => Err(format!("`{field}` in the output of `{of}` is no list")),
    }
}
