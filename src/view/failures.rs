//! Failed and rejected work items, counted by kind and listed one by one.

use rusqlite::Connection;

use super::rows::Cell;
use super::{count, visit};
use crate::store::sql;

/// Work items of a step under a variant with the same status and the same outcome of the last attempt.
#[derive(Debug, PartialEq, Eq)]
pub struct FailureKind {
    pub step: String,
    /// `failed` or `rejected`.
    pub status: String,
    /// The outcome of the last attempt; `None` if there was none.
    pub kind: Option<String>,
    /// The name of the variant.
    pub variant: String,
    /// From 1.
    pub repeat: i64,
    pub items: u64,
}

/// The columns of [`each`].
pub const COLUMNS: &[&str] = &[
    "work_id",
    "step",
    "status",
    "kind",
    "message",
    "attempts",
    "last_answer",
    "row_index",
    "group_key",
    "document",
    "line",
    "failed_at",
    "variant",
    "repeat",
];

/// How many of [`COLUMNS`] there are where the run file has the task itself alone.
pub const WITHOUT_VARIANT: usize = COLUMNS.len() - 2;

/// The columns of [`log`].
pub const LOG_COLUMNS: &[&str] = &["timestamp", "stage", "step", "work_id", "row", "attempt", "kind", "message"];

/// Counts failures and rejections by kind, most frequent first.
pub fn kinds(connection: &Connection) -> rusqlite::Result<Vec<FailureKind>> {
    sql::VIEW_FAILURE_KINDS.all(connection, &[], |row| {
        Ok(FailureKind {
            step: row.get("step")?,
            status: row.get("status")?,
            kind: row.get("kind")?,
            variant: row.get("variant")?,
            repeat: row.get("repeat")?,
            items: count(row, "items")?,
        })
    })
}

/// Visits failed and rejected work items in the order of the input: all of them, or those of one `kind`, up to `limit`.
pub fn each<E: From<rusqlite::Error>>(
    connection: &Connection,
    kind: Option<&str>,
    limit: Option<u64>,
    visitor: &mut dyn FnMut(Vec<Cell>) -> Result<(), E>,
) -> Result<(), E> {
    let most = limit.map_or(-1, |it| i64::try_from(it).unwrap_or(i64::MAX));
    visit(connection, sql::VIEW_FAILURES, &[(":kind", &kind), (":most", &most)], visitor)
}

/// Visits every error that ever was in the order of time: attempts that were not accepted, calls that failed or were
/// lost, and stages that failed; all of them, or those of one `kind`, up to `limit`. A call whose failure decided an
/// attempt is told by the attempt alone.
pub fn log<E: From<rusqlite::Error>>(
    connection: &Connection,
    kind: Option<&str>,
    limit: Option<u64>,
    visitor: &mut dyn FnMut(Vec<Cell>) -> Result<(), E>,
) -> Result<(), E> {
    let most = limit.map_or(-1, |it| i64::try_from(it).unwrap_or(i64::MAX));
    visit(connection, sql::VIEW_ERROR_LOG, &[(":kind", &kind), (":most", &most)], visitor)
}
