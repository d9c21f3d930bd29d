//! The differences of one row or one work item.

use rusqlite::Row;
use serde_json::Value;

use super::part::DiffPart;
use crate::record::document::{self, DOCUMENT_COLUMNS};
use crate::view::difference::{Difference, values};

/// One difference, with the row or the work item that it is of.
#[derive(Debug)]
pub struct DiffDetail {
    pub part: DiffPart,
    pub step: Option<String>,
    /// The `row_id` or the `work_id`; `None` for a setting or a column.
    pub id: Option<String>,
    /// The number of the row in the first file, else in the second, from 1.
    pub row: Option<i64>,
    pub group: Option<String>,
    /// `before` is the first file, `after` the second.
    pub difference: Difference,
}

impl DiffDetail {
    /// A difference of no row and no work item.
    pub(super) fn of(part: DiffPart, difference: Difference) -> Self {
        Self { part, step: None, id: None, row: None, group: None, difference }
    }
}

/// Makes an object of a row's columns and fields.
pub(super) fn object(columns: &[Value], fields: Option<Value>) -> Option<Value> {
    let Some(Value::Array(fields)) = fields else { return None };
    let name = |it: &Value| it.as_str().unwrap_or_default().to_owned();
    Some(Value::Object(columns.iter().map(name).zip(fields).collect()))
}

/// Compares the fields of the columns that both rows have. What follows from the text of a row of a document is left
/// out.
pub(super) fn columns_of(columns: &[Value], a: &Value, b: &Value) -> Vec<Difference> {
    let of_documents = columns.iter().map(Value::as_str).eq(DOCUMENT_COLUMNS.map(Some));
    let differing = |column: &Value| {
        let name = column.as_str()?;
        let (was, is) = (a.get(name)?, b.get(name)?);
        (was != is).then(|| Difference::changed(format!("column {name}"), was.clone(), is.clone()))
    };
    let follows = |at: usize| of_documents && !document::is_seen(at, true);
    columns.iter().enumerate().filter(|(at, _)| !follows(*at)).filter_map(|(_, column)| differing(column)).collect()
}

pub(super) fn output(row: &Row<'_>) -> rusqlite::Result<Vec<Difference>> {
    let [status_a, status_b]: [Option<String>; 2] = [row.get("status_a")?, row.get("status_b")?];
    let [a, b]: [Option<Value>; 2] = [row.get("output_a")?, row.get("output_b")?];
    let (was, is) = match (status_a, status_b) {
        (Some(was), Some(is)) => (was, is),
        (Some(was), None) => return Ok(vec![Difference::removed("work item", a.unwrap_or_else(|| was.into()))]),
        (None, is) => return Ok(vec![Difference::added("work item", b.or(is.map(Value::from)).unwrap_or_default())]),
    };
    let mut found = Vec::new();
    if was != is {
        found.push(Difference::changed("status", was, is));
    }
    match (a, b) {
        (Some(a), Some(b)) => found.extend(values("output", &a, &b)),
        (Some(a), None) => found.push(Difference::removed("output", a)),
        (None, Some(b)) => found.push(Difference::added("output", b)),
        (None, None) => {}
    }
    Ok(found)
}

pub(super) fn verdict(row: &Row<'_>) -> rusqlite::Result<Vec<Difference>> {
    let of = |verdict: &str, score: &str| -> rusqlite::Result<(Value, Value)> {
        let ruling: Option<String> = row.get(verdict)?;
        let points: Option<i64> = row.get(score)?;
        Ok((Value::from(ruling), Value::from(points)))
    };
    let (verdict_a, score_a) = of("verdict_a", "score_a")?;
    let (verdict_b, score_b) = of("verdict_b", "score_b")?;
    let mut found = Vec::new();
    for (name, a, b) in [("verdict", verdict_a, verdict_b), ("score", score_a, score_b)] {
        if a != b {
            found.push(Difference::changed(name, a, b));
        }
    }
    Ok(found)
}
