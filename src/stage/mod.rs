//! The stages of the pipeline: plain functions over a transaction.
//!
//! - stages: [`author`] (`schema`), [`contract`], [`ingest`], [`plan`], [`generate`], [`mod@evaluate`],
//!   [`export`], [`report`];
//! - what stages share: [`mod@derive`] (work items that are made from outputs of other steps), [`standing`] (where work
//!   items stand, which only the statements under `sql/standing/` write), [`moved`] (outputs whose rows begin at
//!   another line now), [`record`] (invocations, manifests, rounds), [`artifact`] (files in the run file), [`image`]
//!   (images that prompts show), [`knowledge`] (passages and lines that templates read), [`gold`] (answers
//!   that are right), [`review`] (decisions of people).
//!
//! The engine opens the transaction, calls a stage, writes its manifest in the same transaction and commits. A stage
//! does no I/O of its own and never reads the clock, the environment or randomness: those come in as values. Work on
//! whole sets is one SQL statement under `sql/`. The room depends on `store`, `record`, `config`, `schema`, `prompt`,
//! `tabular` and `provider`, and knows neither the network nor the command line.

pub mod artifact;
pub mod author;
pub mod canary;
pub mod context_error;
pub mod contract;
pub mod derive;
pub mod evaluate;
pub mod export;
pub mod generate;
pub mod gold;
pub mod image;
pub mod ingest;
pub mod knowledge;
pub mod moved;
pub mod plan;
pub mod record;
pub mod report;
pub mod review;
pub mod standing;

use rusqlite::Transaction;
use serde_json::Value;

use crate::record::Digest;
use crate::store::sql;

/// What a stage knows about its invocation.
#[derive(Clone, Copy, Debug)]
pub struct StageContext<'a> {
    /// The rowid of the invocation.
    pub invocation: i64,
    /// The rowid that the manifest of the stage will have.
    pub manifest: i64,
    /// The time of the transaction, UTC RFC 3339.
    pub now: &'a str,
}

impl StageContext<'_> {
    /// Records something odd. `kind` is the word that anomalies are counted by; `subject` names the row or work item.
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

/// Something odd that a stage found, for a manifest that is written at its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Anomaly {
    /// The word that anomalies are counted by.
    pub kind: &'static str,
    /// The row, work item or model.
    pub subject: String,
    pub detail: String,
}

/// What the manifest of a stage says, beside when and how the stage ended. All three are JSON objects.
#[derive(Clone, Debug, PartialEq)]
pub struct ManifestContent {
    /// What was read, with digests.
    pub inputs: Value,
    /// What was written, with digests.
    pub outputs: Value,
    /// How many rows, work items and so on.
    pub counts: Value,
}

/// Stores `body` in the table `text`, once; returns its rowid.
pub fn share_text(tx: &Transaction<'_>, body: &str) -> rusqlite::Result<i64> {
    let sha1 = Digest::of_bytes(body.as_bytes());
    sql::RECORD_INSERT_TEXT.execute(tx, &[(":sha1", &sha1), (":body", &body)])?;
    sql::RECORD_TEXT_ROWID.row(tx, &[(":sha1", &sha1)], |row| row.get("id"))
}
