//! A recorded decision, as a replay reads it.

use crate::record::{AttemptOutcome, SourceKind, WorkId};

/// The recorded decision on a work item, or that it was skipped.
pub(super) struct RecordedDecision {
    /// The standing's rowid.
    pub(super) id: i64,
    pub(super) work_id: WorkId,
    /// Whether it is derived from other work items.
    pub(super) is_derived: bool,
    pub(super) source: serde_json::Value,
    /// Its element with lines of the document, if it has any.
    pub(super) item: Option<serde_json::Value>,
    pub(super) task: i64,
    pub(super) status: String,
    pub(super) reason: Option<String>,
    pub(super) attempts: u32,
    pub(super) cache_id: String,
    pub(super) last_attempt: Option<i64>,
    pub(super) output: Option<String>,
    pub(super) by_a_person: bool,
}

impl RecordedDecision {
    pub(super) fn read(row: &rusqlite::Row<'_>) -> rusqlite::Result<Self> {
        let kind: Option<SourceKind> = row.get::<_, String>("source_kind")?.parse().ok();
        let outcome: Option<String> = row.get("outcome")?;
        let outcome: Option<AttemptOutcome> = outcome.and_then(|word| word.parse().ok());
        Ok(Self {
            id: row.get("id")?,
            work_id: row.get("work_id")?,
            is_derived: !matches!(kind, Some(SourceKind::Row | SourceKind::Group | SourceKind::Document)),
            source: row.get::<_, Option<serde_json::Value>>("source")?.unwrap_or_default(),
            item: row.get("item")?,
            task: row.get("task")?,
            status: row.get("status")?,
            reason: row.get("reason")?,
            attempts: row.get("attempts")?,
            cache_id: row.get("cache_id")?,
            last_attempt: row.get("last_attempt")?,
            output: row.get("output")?,
            by_a_person: outcome.is_some_and(|it| it.by_a_person().is_some()),
        })
    }
}
