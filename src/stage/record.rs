//! What every invocation leaves: its configuration, itself, its manifests, and what it found of those before it.

use rusqlite::{Connection, Transaction};
use serde_json::Value;

use super::Summary;
use crate::record::{ConfigId, InvocationStatus, ManifestStatus, RoundKind, Stage, canonical};
use crate::store::sql;

/// What an invocation found of processes that ended without a word.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Buried {
    /// Invocations that never ended.
    pub invocations: usize,
    /// Calls that were sent and never read; they may have been billed.
    pub calls: usize,
}

/// Marks what processes before this one left unfinished. Only the holder of the lock may say that they are gone.
pub fn bury(tx: &Transaction<'_>, now: &str) -> rusqlite::Result<Buried> {
    let calls: i64 = sql::RECORD_COUNT_LOST.row(tx, &[], |row| row.get("calls"))?;
    let invocations = sql::RECORD_BURY_INVOCATIONS.execute(tx, &[(":now", &now)])?;
    Ok(Buried { invocations, calls: usize::try_from(calls).unwrap_or_default() })
}

/// The id of a configuration by its snapshot as it is recorded. It is of the exact text: the order in which a rule
/// names its fields is that of its output, and so part of its task.
#[must_use]
pub fn config_id(snapshot: &str) -> ConfigId {
    ConfigId::of(&[Value::from(snapshot)])
}

/// Records a configuration snapshot once; returns its rowid.
pub fn configuration(tx: &Transaction<'_>, snapshot: &Value, now: &str) -> rusqlite::Result<i64> {
    let text = canonical::to_string_in_order(snapshot);
    let config_id = config_id(&text);
    sql::RECORD_INSERT_CONFIG.execute(tx, &[(":config_id", &config_id), (":snapshot", &text), (":now", &now)])?;
    sql::RECORD_CONFIG_ROWID.row(tx, &[(":config_id", &config_id)], |row| row.get("id"))
}

/// Begins an invocation of `command`, which the random `uid` names; returns its rowid.
pub fn begin(
    tx: &Transaction<'_>,
    uid: &str,
    command: &str,
    version: &str,
    pid: u32,
    config: Option<i64>,
    now: &str,
) -> rusqlite::Result<i64> {
    sql::RECORD_INSERT_INVOCATION.insert(
        tx,
        &[
            (":uid", &uid),
            (":command", &command),
            (":version", &version),
            (":pid", &pid),
            (":config", &config),
            (":now", &now),
        ],
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
    let after = Marks::of(tx, stage)?.invocation;
    let found =
        sql::RECORD_LATEST_MANIFEST.first(tx, &[(":stage", &stage), (":step", &step), (":after", &after)], |row| {
            Ok((row.get::<_, i64>("id")?, row.get("inputs")?, row.get("outputs")?, row.get("counts")?))
        })?;
    Ok(found.and_then(|(manifest, read, outputs, counts): (i64, Value, Value, Value)| {
        (canonical::to_vec(&read) == canonical::to_vec(inputs))
            .then_some(Earlier { manifest, summary: Summary { inputs: read, outputs, counts } })
    }))
}

/// What the latest cleans set aside.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Marks {
    /// Manifests of invocations up to this one are set aside for the stage.
    pub invocation: i64,
    /// Attempts of rounds before this one, and the outputs they led to, are set aside; 0 where none are.
    pub round: i64,
    /// Answers to calls of invocations up to this one no longer answer requests.
    pub tape: i64,
    /// Decisions of people of rounds before this one hold no more, since the answers are gone that they were about.
    pub tape_round: i64,
}

impl Marks {
    /// The marks for `stage`: setting a stage aside sets aside all after it too.
    pub fn of(tx: &Connection, stage: Stage) -> rusqlite::Result<Self> {
        sql::RECORD_MARKS.row(tx, &[(":earlier", &earlier(stage))], |row| {
            Ok(Self {
                invocation: row.get("invocation")?,
                round: row.get("round")?,
                tape: row.get("tape")?,
                tape_round: row.get("tape_round")?,
            })
        })
    }
}

/// A stage and all before it.
fn earlier(stage: Stage) -> Value {
    Stage::ALL.iter().take_while(|it| **it <= stage).map(|it| it.as_str()).collect::<Vec<_>>().into()
}

/// Work that is begun anew.
#[derive(Clone, Debug)]
pub struct Round<'a> {
    /// What kind.
    pub kind: RoundKind,
    /// From which stage on.
    pub stage: Stage,
    /// Whether the answers on the tape no longer answer.
    pub tape: bool,
    /// The sample number that all of a forced round is asked with.
    pub sample: Option<u32>,
    /// What was asked for.
    pub detail: &'a Value,
}

/// Begins a round; returns its rowid.
pub fn round(tx: &Transaction<'_>, invocation: i64, round: &Round<'_>, now: &str) -> rusqlite::Result<i64> {
    sql::RECORD_INSERT_ROUND.insert(
        tx,
        &[
            (":invocation", &invocation),
            (":kind", &round.kind),
            (":stage", &round.stage),
            (":tape", &round.tape),
            (":sample", &round.sample),
            (":detail", &canonical::to_string(round.detail)),
            (":now", &now),
        ],
    )
}

/// A forced round: all that is planned is asked again in it, with its sample number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Forced {
    /// Its rowid.
    pub round: i64,
    /// Its sample number.
    pub sample: u32,
    /// Whether an earlier invocation began it.
    pub goes_on: bool,
}

/// The forced round of `stage` that is still open, where there is one.
pub fn open_round(tx: &Connection, stage: Stage) -> rusqlite::Result<Option<Forced>> {
    sql::RECORD_OPEN_ROUND.first(tx, &[(":stage", &stage), (":earlier", &earlier(stage))], |row| {
        Ok(Forced { round: row.get("id")?, sample: row.get("sample")?, goes_on: true })
    })
}

/// The forced round of `stage`: the one that is still open, or a new one.
pub fn forced(
    tx: &Transaction<'_>,
    invocation: i64,
    stage: Stage,
    detail: &Value,
    now: &str,
) -> rusqlite::Result<Forced> {
    if let Some(open) = open_round(tx, stage)? {
        return Ok(open);
    }
    let sample: u32 = sql::RECORD_NEXT_SAMPLE.row(tx, &[], |row| row.get("sample"))?;
    let begun = Round { kind: RoundKind::Force, stage, tape: false, sample: Some(sample), detail };
    Ok(Forced { round: round(tx, invocation, &begun, now)?, sample, goes_on: false })
}

/// Ends a forced round: all that was planned in it is decided.
pub fn end_round(tx: &Transaction<'_>, invocation: i64, round: i64, now: &str) -> rusqlite::Result<()> {
    sql::RECORD_END_ROUND.execute(tx, &[(":round", &round), (":invocation", &invocation), (":now", &now)]).map(|_| ())
}

/// Records that `step` was planned from a data set, with the invocation's configuration, where it was not planned from
/// the same before.
pub fn planned(
    tx: &Transaction<'_>,
    invocation: i64,
    step: i64,
    task: i64,
    dataset: i64,
    now: &str,
) -> rusqlite::Result<()> {
    sql::RECORD_INSERT_PLAN
        .execute(
            tx,
            &[(":invocation", &invocation), (":step", &step), (":task", &task), (":dataset", &dataset), (":now", &now)],
        )
        .map(|_| ())
}
