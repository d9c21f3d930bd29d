//! Where a work item stands before a decision.

use rusqlite::Connection;

use crate::record::WorkStatus;
use crate::store::sql;

/// Where a work item stands before a decision.
pub(super) struct ReviewedStanding {
    pub(super) id: i64,
    pub(super) work_id: String,
    pub(super) planned: bool,
    pub(super) status: WorkStatus,
    pub(super) task: i64,
    pub(super) cache_id: String,
    pub(super) round: Option<i64>,
    pub(super) sample: u32,
    pub(super) attempts: u32,
}

/// Reads where the work item with the rowid `item` stands.
pub(super) fn standing(connection: &Connection, item: i64) -> rusqlite::Result<ReviewedStanding> {
    sql::REVIEW_STANDING.row(connection, &[(":item", &item)], |row| {
        Ok(ReviewedStanding {
            id: row.get("id")?,
            work_id: row.get("work_id")?,
            planned: row.get("planned")?,
            status: row.get("status")?,
            task: row.get("task")?,
            cache_id: row.get("cache_id")?,
            round: row.get("round")?,
            sample: row.get("sample")?,
            attempts: row.get("attempts")?,
        })
    })
}
