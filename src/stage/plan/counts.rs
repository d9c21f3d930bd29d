//! How many work items of a step have which status.

use rusqlite::Connection;
use serde_json::{Value, json};

use crate::record::WorkStatus;
use crate::store::sql;

/// How many work items stand where.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// All of them.
    pub planned: u64,
    /// Not decided.
    pub pending: u64,
    /// With an output.
    pub accepted: u64,
    /// With valid answers that did not pass.
    pub rejected: u64,
    /// Without a valid answer.
    pub failed: u64,
    /// Left out by the configuration.
    pub skipped: u64,
    /// Waiting for what was not accepted.
    pub blocked: u64,
}

impl Counts {
    /// The counts as a manifest keeps them.
    #[must_use]
    pub fn to_value(self) -> Value {
        json!({
            "planned": self.planned, "pending": self.pending, "accepted": self.accepted, "rejected": self.rejected,
            "failed": self.failed, "skipped": self.skipped, "blocked": self.blocked,
        })
    }

    /// Both together.
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

    /// Whether planned = accepted + rejected + failed + skipped + blocked + pending.
    #[must_use]
    pub fn conserved(self) -> bool {
        self.planned == self.pending + self.accepted + self.rejected + self.failed + self.skipped + self.blocked
    }
}

/// Counts the work items of the current plan.
pub fn count(tx: &Connection, step: i64) -> rusqlite::Result<Counts> {
    let mut counts = Counts::default();
    sql::PLAN_COUNT.each::<rusqlite::Error>(tx, &[(":step", &step)], |row| {
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
