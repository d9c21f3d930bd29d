//! Readers for columns of the record: JSON values, texts and counts.

use rusqlite::Row;
use serde_json::Value;

use super::model::OutcomeCounts;
use super::number::Count;

/// The outputs and counts in the manifest of a stage's latest finished work; null if there is none.
#[derive(Debug, Default)]
pub(super) struct FinishedWork {
    pub(super) outputs: Value,
    pub(super) counts: Value,
}

/// Reads a JSON column. The tables ensure that it is valid; what still cannot be parsed (nested too deep) counts as
/// null.
pub(super) fn json(row: &Row<'_>, column: &str) -> rusqlite::Result<Value> {
    let text: Option<String> = row.get(column)?;
    Ok(text.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default())
}

/// Reads the columns `planned`, `accepted` and so on.
pub(super) fn outcome_counts(row: &Row<'_>) -> rusqlite::Result<OutcomeCounts> {
    let count = |column| row.get(column).map(Count);
    Ok(OutcomeCounts {
        planned: count("planned")?,
        accepted: count("accepted")?,
        rejected: count("rejected")?,
        failed: count("failed")?,
        skipped: count("skipped")?,
        blocked: count("blocked")?,
        pending: count("pending")?,
    })
}

/// Returns the elements of a JSON list as texts, as in [`plain`].
pub(super) fn texts(list: &Value) -> Vec<String> {
    list.as_array().into_iter().flatten().map(plain).collect()
}

/// Returns the texts of a recorded row, without what says which of them are no texts in a JSON file.
pub(super) fn field_texts(fields: &Value) -> Vec<String> {
    fields.as_array().into_iter().flatten().filter_map(|field| field.as_str().map(str::to_owned)).collect()
}

/// Returns a JSON value as people read it: a text as it is, anything else as JSON.
pub(super) fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}
