//! Where a work item stands before a decision.

use rusqlite::{Connection, ToSql};

use crate::record::{VariantAt, WorkStatus};
use crate::store::sql;

/// Where a work item stands before a decision.
pub(super) struct ReviewedStanding {
    pub(super) id: i64,
    pub(super) at: VariantAt,
    /// The name of its step.
    pub(super) step: String,
    pub(super) work_id: String,
    pub(super) planned: bool,
    pub(super) status: WorkStatus,
    pub(super) task: i64,
    pub(super) cache_id: String,
    pub(super) round: Option<i64>,
    pub(super) sample: u32,
    pub(super) attempts: u32,
}

/// Reads where the work item with the rowid `item` stands under a variant.
pub(super) fn standing(connection: &Connection, item: i64, at: VariantAt) -> rusqlite::Result<ReviewedStanding> {
    let of: [(&'static str, &dyn ToSql); 3] = [(":item", &item), (":variant", &at.number), (":repeat", &at.repeat)];
    sql::REVIEW_STANDING.row(connection, &of, |row| {
        Ok(ReviewedStanding {
            id: row.get("id")?,
            at,
            step: row.get("step")?,
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
