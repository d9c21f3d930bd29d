//! The stages: plain functions over a transaction.
//!
//! The engine opens the transaction, calls a stage, writes its manifest and commits. A stage does no I/O of its own and
//! never reads the clock, the environment or randomness: those come in as values. What the database can do on sets is
//! one SQL statement under `sql/`.

pub mod artifact;
pub mod author;
pub mod contract;
pub mod derive;
pub mod export;
pub mod generate;
pub mod image;
pub mod ingest;
pub mod plan;
pub mod record;
pub mod report;
pub mod review;
pub mod standing;

use rusqlite::Transaction;
use serde_json::Value;

use crate::record::Digest;
use crate::store::sql;

/// What a stage knows of the invocation it runs in.
#[derive(Clone, Copy, Debug)]
pub struct StageContext<'a> {
    /// The invocation's rowid.
    pub invocation: i64,
    /// The rowid that the stage's manifest will have.
    pub manifest: i64,
    /// The time of the transaction, UTC RFC 3339.
    pub now: &'a str,
}

impl StageContext<'_> {
    /// Records one thing found odd; `subject` names the row or work item it is about.
    pub fn anomaly(
        &self,
        tx: &Transaction<'_>,
        kind: &str,
        subject: Option<&str>,
        detail: &str,
    ) -> rusqlite::Result<()> {
        sql::RECORD_INSERT_ANOMALY
            .execute(
                tx,
                &[(":manifest", &self.manifest), (":kind", &kind), (":subject", &subject), (":detail", &detail)],
            )
            .map(|_| ())
    }
}

/// What a stage's manifest says, beside when and how it ended.
#[derive(Clone, Debug, PartialEq)]
pub struct Summary {
    /// What was read, with digests.
    pub inputs: Value,
    /// What was written, with digests.
    pub outputs: Value,
    /// How much of everything.
    pub counts: Value,
}

/// Keeps `body` in the table of shared texts, once; returns its rowid.
pub fn share_text(tx: &Transaction<'_>, body: &str) -> rusqlite::Result<i64> {
    let sha1 = Digest::of_bytes(body.as_bytes());
    sql::RECORD_INSERT_TEXT.execute(tx, &[(":sha1", &sha1), (":body", &body)])?;
    sql::RECORD_TEXT_ROWID.row(tx, &[(":sha1", &sha1)], |row| row.get("id"))
}
