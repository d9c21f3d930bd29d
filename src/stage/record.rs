//! What every invocation leaves: its configuration, itself, its manifests, and what it found of those before it.

use rusqlite::Transaction;
use serde_json::Value;

use super::Summary;
use crate::record::{ConfigId, InvocationStatus, ManifestStatus, Stage, canonical};
use crate::store::sql;

/// What an invocation found of processes that ended without a word.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Buried {
    /// Invocations that never ended.
    pub invocations: usize,
    /// Calls that were sent and never read; they may have been billed.
    pub calls: usize,
}

/// Marks the calls that are in flight as lost; returns how many.
pub fn give_up_calls(tx: &Transaction<'_>) -> rusqlite::Result<usize> {
    sql::RECORD_BURY_CALLS.execute(tx, &[])
}

/// Marks what processes before this one left unfinished. Only the holder of the lock may say that they are gone.
pub fn bury(tx: &Transaction<'_>, now: &str) -> rusqlite::Result<Buried> {
    Ok(Buried { invocations: sql::RECORD_BURY_INVOCATIONS.execute(tx, &[(":now", &now)])?, calls: give_up_calls(tx)? })
}

/// Records a configuration snapshot once; returns its rowid.
pub fn configuration(tx: &Transaction<'_>, snapshot: &Value, now: &str) -> rusqlite::Result<i64> {
    let config_id = ConfigId::of(std::slice::from_ref(snapshot));
    let text = canonical::to_string(snapshot);
    sql::RECORD_INSERT_CONFIG.execute(tx, &[(":config_id", &config_id), (":snapshot", &text), (":now", &now)])?;
    sql::RECORD_CONFIG_ROWID.row(tx, &[(":config_id", &config_id)], |row| row.get("id"))
}

/// Begins an invocation of `command`; returns its rowid.
pub fn begin(
    tx: &Transaction<'_>,
    command: &str,
    version: &str,
    pid: u32,
    config: Option<i64>,
    now: &str,
) -> rusqlite::Result<i64> {
    sql::RECORD_INSERT_INVOCATION.insert(
        tx,
        &[(":command", &command), (":version", &version), (":pid", &pid), (":config", &config), (":now", &now)],
    )
}

/// Ends an invocation.
pub fn end(
    tx: &Transaction<'_>,
    invocation: i64,
    status: InvocationStatus,
    message: Option<&str>,
    now: &str,
) -> rusqlite::Result<()> {
    sql::RECORD_END_INVOCATION
        .execute(tx, &[(":invocation", &invocation), (":status", &status), (":message", &message), (":now", &now)])
        .map(|_| ())
}

/// A manifest, as it is about to be written.
#[derive(Clone, Debug)]
pub struct Manifest<'a> {
    /// Its rowid, as [`next_manifest`] gave it.
    pub id: i64,
    /// The invocation.
    pub invocation: i64,
    /// The stage.
    pub stage: Stage,
    /// The step's rowid, for stages that belong to a step.
    pub step: Option<i64>,
    /// How the stage ended.
    pub status: ManifestStatus,
    /// For a stage whose work the record already held: the manifest of that work.
    pub reused_from: Option<i64>,
    /// What it read, wrote and counted.
    pub summary: Summary,
    /// Why it failed.
    pub message: Option<String>,
    /// When it began.
    pub started_at: &'a str,
    /// When it ended.
    pub ended_at: &'a str,
}

/// Writes a manifest.
pub fn manifest(tx: &Transaction<'_>, manifest: &Manifest<'_>) -> rusqlite::Result<()> {
    let [inputs, outputs, counts] =
        [&manifest.summary.inputs, &manifest.summary.outputs, &manifest.summary.counts].map(canonical::to_string);
    sql::RECORD_INSERT_MANIFEST
        .execute(
            tx,
            &[
                (":id", &manifest.id),
                (":invocation", &manifest.invocation),
                (":stage", &manifest.stage),
                (":step", &manifest.step),
                (":status", &manifest.status),
                (":reused_from", &manifest.reused_from),
                (":inputs", &inputs),
                (":outputs", &outputs),
                (":counts", &counts),
                (":message", &manifest.message),
                (":started_at", &manifest.started_at),
                (":ended_at", &manifest.ended_at),
            ],
        )
        .map(|_| ())
}

/// The rowid that the next manifest will have. There is one writer, so it stays free until the manifest is written.
pub fn next_manifest(tx: &Transaction<'_>) -> rusqlite::Result<i64> {
    sql::RECORD_NEXT_MANIFEST.row(tx, &[], |row| row.get("id"))
}

/// Work of a stage that the record already holds.
#[derive(Clone, Debug)]
pub struct Earlier {
    /// Its manifest.
    pub manifest: i64,
    /// What that manifest says.
    pub summary: Summary,
}

/// The newest finished manifest of `stage` (and `step`) that has not been set aside, where its inputs are `inputs`.
pub fn unchanged(
    tx: &Transaction<'_>,
    stage: Stage,
    step: Option<i64>,
    inputs: &Value,
) -> rusqlite::Result<Option<Earlier>> {
    let after = Marks::of(tx, stage)?.manifest;
    let found =
        sql::RECORD_LATEST_MANIFEST.first(tx, &[(":stage", &stage), (":step", &step), (":after", &after)], |row| {
            Ok((row.get::<_, i64>("id")?, row.get("inputs")?, row.get("outputs")?, row.get("counts")?))
        })?;
    Ok(found.and_then(|(manifest, read, outputs, counts): (i64, Value, Value, Value)| {
        (canonical::to_vec(&read) == canonical::to_vec(inputs))
            .then_some(Earlier { manifest, summary: Summary { inputs: read, outputs, counts } })
    }))
}

/// Up to which rowids the record is set aside for a stage.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Marks {
    /// Manifests at or below it are set aside.
    pub manifest: i64,
    /// Attempts, and the outputs they led to, at or below it are set aside.
    pub attempt: i64,
    /// Calls at or below it no longer answer requests.
    pub call: i64,
}

impl Marks {
    /// The marks for `stage`: setting a stage aside sets aside all after it too.
    pub fn of(tx: &rusqlite::Connection, stage: Stage) -> rusqlite::Result<Self> {
        let earlier: Vec<&str> = Stage::ALL.iter().take_while(|it| **it <= stage).map(|it| it.as_str()).collect();
        let earlier = Value::from(earlier);
        sql::RECORD_SET_ASIDE_MARKS.row(tx, &[(":earlier", &earlier)], |row| {
            Ok(Self {
                manifest: row.get("last_manifest")?,
                attempt: row.get("last_attempt")?,
                call: row.get("last_call")?,
            })
        })
    }
}
