//! Invocations and what each leaves in the run file: its configuration ([`configuration`]), itself ([`begin`],
//! [`end`]), its manifests ([`manifest()`]), the rounds it begins ([`round`], [`forced`]) and what earlier ones left
//! unfinished ([`end_unfinished`]).
//!
//! [`Marks`] says what earlier cleans have set aside: every look-up of recorded work takes it into account.

use rusqlite::{Connection, ToSql, Transaction};
use serde_json::Value;

use super::ManifestContent;
use crate::record::{ConfigId, InvocationStatus, ManifestStatus, RoundKind, Stage, VariantId, canonical};
use crate::store::sql;

/// What processes left unfinished that were killed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct UnfinishedWork {
    /// Invocations that did not end.
    pub invocations: usize,
    /// Calls without a recorded response. They may have been billed.
    pub calls: usize,
}

/// Ends invocations that earlier processes left unfinished, and counts their lost calls. The caller must hold the lock,
/// so that no such process is still running.
pub fn end_unfinished(tx: &Transaction<'_>, now: &str) -> rusqlite::Result<UnfinishedWork> {
    let calls: i64 = sql::RECORD_COUNT_LOST.row(tx, &[], |row| row.get("calls"))?;
    let invocations = sql::RECORD_END_UNFINISHED.execute(tx, &[(":now", &now)])?;
    Ok(UnfinishedWork { invocations, calls: usize::try_from(calls).unwrap_or_default() })
}

/// Returns the id of a configuration snapshot. It is the digest of the exact text: a rule's output has the order in
/// which the rule names its fields, so that order is part of the task.
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

/// Begins an invocation of `command`; returns its rowid. `uid` is random and names it globally.
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

/// A manifest to write.
#[derive(Clone, Debug)]
pub struct Manifest<'a> {
    /// Its rowid, from [`next_manifest`].
    pub id: i64,
    /// The rowid of the invocation.
    pub invocation: i64,
    pub stage: Stage,
    /// The rowid of the step, for a stage that belongs to one.
    pub step: Option<i64>,
    pub status: ManifestStatus,
    /// The manifest of the earlier work, if the stage had nothing to do.
    pub reused_from: Option<i64>,
    pub summary: ManifestContent,
    /// The error, if it failed.
    pub message: Option<String>,
    pub started_at: &'a str,
    pub ended_at: &'a str,
}

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

/// Returns the rowid that the next manifest will have. There is only one writer, so it stays free until then.
pub fn next_manifest(tx: &Transaction<'_>) -> rusqlite::Result<i64> {
    sql::RECORD_NEXT_MANIFEST.row(tx, &[], |row| row.get("id"))
}

/// Work of a stage that the run file already holds.
#[derive(Clone, Debug)]
pub struct EarlierWork {
    /// The rowid of its manifest.
    pub manifest: i64,
    pub summary: ManifestContent,
}

/// Returns the newest finished manifest of `stage` (and `step`) that has not been set aside, if its inputs equal
/// `inputs`. Each collection of knowledge has manifests of its own.
pub fn unchanged(
    tx: &Transaction<'_>,
    stage: Stage,
    step: Option<i64>,
    inputs: &Value,
) -> rusqlite::Result<Option<EarlierWork>> {
    let after = Marks::of(tx, stage)?.invocation;
    let knowledge = inputs["knowledge"].as_str();
    let role = inputs["role"].as_str();
    let of = [
        (":stage", &stage as &dyn ToSql),
        (":step", &step),
        (":after", &after),
        (":knowledge", &knowledge),
        (":role", &role),
    ];
    let found = sql::RECORD_LATEST_MANIFEST.first(tx, &of, |row| {
        Ok((row.get::<_, i64>("id")?, row.get("inputs")?, row.get("outputs")?, row.get("counts")?))
    })?;
    Ok(found.and_then(|(manifest, read, outputs, counts): (i64, Value, Value, Value)| {
        (canonical::to_vec(&read) == canonical::to_vec(inputs))
            .then_some(EarlierWork { manifest, summary: ManifestContent { inputs: read, outputs, counts } })
    }))
}

/// What cleans have set aside.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Marks {
    /// Manifests of invocations up to this one (rowid) do not count for the stage.
    pub invocation: i64,
    /// Attempts of rounds before this one (rowid), and their outputs, do not count; 0 if all count.
    pub round: i64,
    /// Responses to calls of invocations up to this one (rowid) no longer answer requests.
    pub tape: i64,
    /// Decisions of people from rounds before this one (rowid) do not count: the answers that they are about are set
    /// aside.
    pub tape_round: i64,
}

impl Marks {
    /// Returns the marks for `stage`. Setting a stage aside sets all later stages aside too.
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

/// Returns the names of a stage and of all before it.
fn earlier(stage: Stage) -> Value {
    Stage::ALL.iter().take_while(|it| **it <= stage).map(|it| it.as_str()).collect::<Vec<_>>().into()
}

/// A clean, a retry or a forced run.
#[derive(Clone, Debug)]
pub struct Round<'a> {
    pub kind: RoundKind,
    /// The first stage that it concerns.
    pub stage: Stage,
    /// Whether recorded answers no longer answer requests.
    pub tape: bool,
    /// The sample number of all requests of a forced round.
    pub sample: Option<u32>,
    /// What the user asked for.
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

/// A forced round: everything that is planned is asked again, with a new sample number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Forced {
    /// Its rowid.
    pub round: i64,
    pub sample: u32,
    /// The invocation (rowid) that began it.
    pub begun_in: i64,
    /// Whether an earlier invocation began it.
    pub goes_on: bool,
}

/// Returns the forced round of `stage` that is still open, if there is one.
pub fn open_round(tx: &Connection, stage: Stage) -> rusqlite::Result<Option<Forced>> {
    sql::RECORD_OPEN_ROUND.first(tx, &[(":stage", &stage), (":earlier", &earlier(stage))], |row| {
        Ok(Forced {
            round: row.get("id")?,
            sample: row.get("sample")?,
            begun_in: row.get("invocation")?,
            goes_on: true,
        })
    })
}

/// Returns the open forced round of `stage`, or begins a new one.
pub fn forced(
    tx: &Transaction<'_>,
    invocation: i64,
    stage: Stage,
    detail: &Value,
    now: &str,
) -> rusqlite::Result<Forced> {
    if let Some(open) = open_round(tx, stage)? {
        return Ok(Forced { goes_on: open.begun_in != invocation, ..open });
    }
    let sample: u32 = sql::RECORD_NEXT_SAMPLE.row(tx, &[], |row| row.get("sample"))?;
    let begun = Round { kind: RoundKind::Force, stage, tape: false, sample: Some(sample), detail };
    Ok(Forced { round: round(tx, invocation, &begun, now)?, sample, begun_in: invocation, goes_on: false })
}

/// Ends a forced round, once all that was planned in it is decided.
pub fn end_round(tx: &Transaction<'_>, invocation: i64, round: i64, now: &str) -> rusqlite::Result<()> {
    sql::RECORD_END_ROUND.execute(tx, &[(":round", &round), (":invocation", &invocation), (":now", &now)]).map(|_| ())
}

/// What a step is planned from. All ids are rowids.
#[derive(Clone, Copy, Debug)]
pub struct PlannedFrom<'a> {
    /// The input.
    pub dataset: i64,
    /// The data set of each collection by name, as JSON.
    pub knowledge: &'a str,
    /// The configuration, where it is not that of the invocation.
    pub config: Option<i64>,
}

/// Records what a step was planned from, unless its latest plan says the same.
pub fn planned(
    tx: &Transaction<'_>,
    invocation: i64,
    step: i64,
    task: i64,
    from: PlannedFrom<'_>,
    now: &str,
) -> rusqlite::Result<()> {
    sql::RECORD_INSERT_PLAN
        .execute(
            tx,
            &[
                (":invocation", &invocation),
                (":step", &step),
                (":task", &task),
                (":dataset", &from.dataset),
                (":knowledge", &from.knowledge),
                (":config", &from.config),
                (":now", &now),
            ],
        )
        .map(|_| ())
}

/// Records a variant once, under the name that it has now; returns its number. `overlay` is what it lays over the
/// configuration. Another variant that had the name is named after its id, too.
pub fn variant(tx: &Transaction<'_>, name: &str, overlay: &Value, now: &str) -> rusqlite::Result<i64> {
    let id = VariantId::of(std::slice::from_ref(overlay));
    sql::RECORD_FREE_VARIANT_NAME.execute(tx, &[(":name", &name), (":variant_id", &id)])?;
    let overlay = canonical::to_string(overlay);
    sql::RECORD_INSERT_VARIANT
        .execute(tx, &[(":variant_id", &id), (":name", &name), (":overlay", &overlay), (":now", &now)])?;
    sql::RECORD_NAME_VARIANT.execute(tx, &[(":name", &name), (":variant_id", &id)])?;
    sql::RECORD_VARIANT_ROWID.row(tx, &[(":variant_id", &id)], |row| row.get("id"))
}
