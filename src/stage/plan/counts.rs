//! How many work items of a step have which status.

use rusqlite::{Connection, ToSql};
use serde_json::{Value, json};

use crate::record::WorkStatus;
use crate::store::{Statement, sql};

/// How many work items have which status.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// The sum of all others.
    pub planned: u64,
    pub pending: u64,
    pub accepted: u64,
    pub rejected: u64,
    pub failed: u64,
    /// Left out because a condition is not met.
    pub skipped: u64,
    /// Made from something that was not accepted.
    pub blocked: u64,
}

impl Counts {
    /// Returns the counts as a manifest keeps them.
    #[must_use]
    pub fn to_value(self) -> Value {
        json!({
            "planned": self.planned, "pending": self.pending, "accepted": self.accepted, "rejected": self.rejected,
            "failed": self.failed, "skipped": self.skipped, "blocked": self.blocked,
        })
    }

    /// Returns the sums of both.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        Self {
            planned: self.planned + other.planned,
            pending: self.pending + other.pending,
            accepted: self.accepted + other.accepted,
            rejected: self.rejected + other.rejected,
            failed: self.failed + other.failed,
            skipped: self.skipped + other.skipped,
            blocked: self.blocked + other.blocked,
        }
    }

    /// Returns whether planned = accepted + rejected + failed + skipped + blocked + pending.
    #[must_use]
    pub fn conserved(self) -> bool {
        self.planned == self.pending + self.accepted + self.rejected + self.failed + self.skipped + self.blocked
    }
}

/// Counts the planned work items of a step (rowid).
pub fn count(tx: &Connection, step: i64) -> rusqlite::Result<Counts> {
    counted(tx, sql::PLAN_COUNT, &[(":step", &step)])
}

/// Counts the planned work items of a step (rowid) before a position in its plan. This reads all of them.
pub fn count_before(tx: &Connection, step: i64, before: i64) -> rusqlite::Result<Counts> {
    counted(tx, sql::PLAN_COUNT_BEFORE, &[(":step", &step), (":before", &before)])
}

fn counted(tx: &Connection, by_status: Statement, of: &[(&'static str, &dyn ToSql)]) -> rusqlite::Result<Counts> {
    let mut counts = Counts::default();
    by_status.each::<rusqlite::Error>(tx, of, |row| {
        let items = row.get::<_, i64>("items")?.unsigned_abs();
        counts.planned += items;
        match row.get::<_, WorkStatus>("status")? {
            WorkStatus::Pending => counts.pending = items,
            WorkStatus::Accepted => counts.accepted = items,
            WorkStatus::Rejected => counts.rejected = items,
            WorkStatus::Failed => counts.failed = items,
            WorkStatus::Skipped => counts.skipped = items,
            WorkStatus::Blocked => counts.blocked = items,
        }
        Ok(())
    })?;
    Ok(counts)
}
