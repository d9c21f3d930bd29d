//! A standing as a verification reads it.

use serde_json::Value;

use crate::record::{RowId, SourceKind, TaskId, WorkId, canonical};

/// A standing with its work item.
pub(super) struct CheckedStanding<'r> {
    pub(super) id: i64,
    pub(super) work_id: WorkId,
    pub(super) kind: Option<SourceKind>,
    /// The work item's source: its identity beside its step.
    pub(super) source: Value,
    pub(super) planned: bool,
    pub(super) status: String,
    pub(super) cache_id: String,
    pub(super) task_id: TaskId,
    pub(super) last_attempt: Option<i64>,
    pub(super) open_sources: i64,
    pub(super) handed_on: i64,
    pub(super) row_id: Option<RowId>,
    pub(super) group_key: Option<String>,
    pub(super) row: &'r rusqlite::Row<'r>,
}

impl<'r> CheckedStanding<'r> {
    pub(super) fn read(row: &'r rusqlite::Row<'r>) -> rusqlite::Result<Self> {
        Ok(Self {
            id: row.get("id")?,
            work_id: row.get("work_id")?,
            kind: row.get::<_, String>("source_kind")?.parse().ok(),
            source: row.get::<_, Option<Value>>("source")?.unwrap_or_default(),
            planned: row.get("planned")?,
            status: row.get("status")?,
            cache_id: row.get("cache_id")?,
            task_id: row.get("task_id")?,
            last_attempt: row.get("last_attempt")?,
            open_sources: row.get("open_sources")?,
            handed_on: row.get("handed_on")?,
            row_id: row.get("row_id")?,
            group_key: row.get("group_key")?,
            row,
        })
    }
}

/// The own item of a derived work item, in canonical form: an element, a combination, a key, or the gold answer that
/// its prompt reads. `placed` is the standing's own: of an element the one with lines of the document, which counts if
/// its step `reads_lines`.
pub(in crate::engine) fn own_item(source: &Value, placed: Option<&Value>, reads_lines: bool) -> Option<String> {
    let item = match source[0].as_str() {
        Some("element") => placed.filter(|_| reads_lines).or(source.get(2)),
        Some("output") => placed,
        Some("join") => source[1].get("key"),
        _ => None,
    };
    item.map(canonical::to_string)
}
