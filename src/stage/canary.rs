//! The runs of a canary on record. Each is a repeat of its own (`number`), so that it asks with samples of its own; a
//! row of the table `canary` says that it came to its end, and what was found.

use std::collections::BTreeMap;

use rusqlite::types::Type;
use rusqlite::{Connection, Row, ToSql, Transaction};
use serde_json::json;

use super::StageContext;
use super::evaluate::CanaryFindings;
use crate::experiment::{CanaryVerdict, FigureChange};
use crate::record::canonical;
use crate::store::sql;

/// What a run works on; all ids are rowids.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CanaryWork {
    pub variant: i64,
    pub dataset: i64,
    pub config: i64,
}

/// A run that is begun.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CanaryStart {
    pub number: u32,
    pub started_at: String,
    /// Whether an earlier invocation began it.
    pub goes_on: bool,
    /// The run that was begun before and is not finished, for it had other work, or is too old.
    pub set_aside: Option<u32>,
}

/// The run that was begun last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BegunCanary {
    pub number: u32,
    pub work: CanaryWork,
    pub started_at: String,
    /// Whether that was within a day.
    pub is_recent: bool,
    pub is_finished: bool,
}

/// The run that was begun last; `None` if there is none.
pub fn begun(connection: &Connection, now: &str) -> rusqlite::Result<Option<BegunCanary>> {
    sql::CANARY_BEGUN.first(connection, &[(":now", &now)], |row| {
        let work = CanaryWork {
            variant: row.get("variant")?,
            dataset: row.get("dataset")?,
            config: row.get::<_, Option<i64>>("config")?.unwrap_or_default(),
        };
        Ok(BegunCanary {
            number: row.get("number")?,
            work,
            started_at: row.get("created_at")?,
            is_recent: row.get("is_recent")?,
            is_finished: row.get("is_finished")?,
        })
    })
}

/// Which run is at work: the one that was begun last, if it is not finished, has the same work and began within a day;
/// else a new one.
pub fn start(connection: &Connection, work: CanaryWork, now: &str) -> rusqlite::Result<CanaryStart> {
    let new = |number, set_aside| CanaryStart { number, started_at: now.to_owned(), goes_on: false, set_aside };
    Ok(match begun(connection, now)? {
        None => new(1, None),
        Some(BegunCanary { number, is_finished: true, .. }) => new(number + 1, None),
        Some(begun) if begun.is_recent && begun.work == work => {
            CanaryStart { number: begun.number, started_at: begun.started_at, goes_on: true, set_aside: None }
        }
        Some(BegunCanary { number, .. }) => new(number + 1, Some(number)),
    })
}

/// A command that is no canary and has work items in the run file.
pub fn other_command(connection: &Connection) -> rusqlite::Result<Option<String>> {
    sql::CANARY_OTHER_COMMAND.first(connection, &[], |row| row.get("command"))
}

/// A finished run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FinishedCanary {
    pub id: i64,
    pub number: u32,
    pub variant: i64,
    /// Whether it asked about a part of the canary set only.
    pub is_part: bool,
    /// How many answers each model gave that was reported, and each system fingerprint.
    pub models: BTreeMap<String, u64>,
    pub fingerprints: BTreeMap<String, u64>,
}

/// The finished runs of a pin over a canary set, in their order.
pub fn finished(connection: &Connection, pin_id: &str, dataset: i64) -> rusqlite::Result<Vec<FinishedCanary>> {
    sql::CANARY_RUNS.all(connection, &[(":pin_id", &pin_id), (":dataset", &dataset)], |row| {
        Ok(FinishedCanary {
            id: row.get("id")?,
            number: row.get("number")?,
            variant: row.get("variant")?,
            is_part: row.get("is_part")?,
            models: answers_by_word(row, "models")?,
            fingerprints: answers_by_word(row, "fingerprints")?,
        })
    })
}

/// How many answers there are of each word in a column of JSON.
fn answers_by_word(row: &Row<'_>, column: &str) -> rusqlite::Result<BTreeMap<String, u64>> {
    serde_json::from_value(row.get(column)?)
        .map_err(|error| rusqlite::Error::FromSqlConversionFailure(0, Type::Text, Box::new(error)))
}

/// What calls of earlier invocations count, of runs that are finished: how many there were, and 10⁻¹² dollars.
pub fn spent_before(connection: &Connection) -> rusqlite::Result<(u64, i64)> {
    sql::CANARY_SPENT_BEFORE
        .row(connection, &[], |row| Ok((row.get::<_, i64>("calls")?.unsigned_abs(), row.get("spent")?)))
}

/// What a run cost, in US dollars; `None`: not known.
pub fn cost(connection: &Connection, variant: i64, number: u32) -> rusqlite::Result<Option<f64>> {
    sql::CANARY_SPENT.row(connection, &[(":variant", &variant), (":repeat", &number)], |row| row.get("cost_usd"))
}

/// A finished run, as it is put on record.
pub struct CanaryEntry<'a> {
    pub start: &'a CanaryStart,
    pub work: CanaryWork,
    /// The word of the stage that the pin is of.
    pub stage: &'a str,
    pub pin_id: &'a str,
    /// As JSON.
    pub pin: &'a str,
    pub gold: Option<i64>,
    pub first_rows: Option<u64>,
    pub is_with_promotion: bool,
    /// The runs that it was compared with.
    pub reference: Option<i64>,
    pub last: Option<i64>,
    pub found: &'a CanaryFindings,
    pub figures: &'a [FigureChange],
    pub cost_usd: Option<f64>,
    pub verdict: CanaryVerdict,
    pub drifted: &'a [String],
    /// What has changed and is no drift, in words.
    pub noted: &'a [String],
}

/// Puts a finished run on record.
pub fn insert(tx: &Transaction<'_>, ctx: &StageContext<'_>, entry: &CanaryEntry<'_>) -> rusqlite::Result<i64> {
    let CanaryEntry { start, work, found, .. } = entry;
    let count = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
    let [items, accepted, rejected, failed, refusals] =
        [found.items, found.accepted, found.rejected, found.failed, found.now.refusals].map(count);
    let [compared, equal, compared_last, equal_last] =
        [found.equal.compared, found.equal.equal, found.equal_last.compared, found.equal_last.equal].map(count);
    let [figures, models, fingerprints] =
        [json!(entry.figures), json!(found.now.models), json!(found.now.fingerprints)]
            .map(|it| canonical::to_string(&it));
    let [drifted, noted] = [entry.drifted, entry.noted].map(|it| canonical::to_string(&json!(it)));
    let parameters: &[(&'static str, &dyn ToSql)] = &[
        (":invocation", &ctx.invocation),
        (":number", &start.number),
        (":stage", &entry.stage),
        (":variant", &work.variant),
        (":pin_id", &entry.pin_id),
        (":pin", &entry.pin),
        (":dataset", &work.dataset),
        (":gold", &entry.gold),
        (":first_rows", &entry.first_rows.map(count)),
        (":items", &items),
        (":accepted", &accepted),
        (":rejected", &rejected),
        (":failed", &failed),
        (":refusals", &refusals),
        (":is_with_promotion", &entry.is_with_promotion),
        (":reference", &entry.reference),
        (":compared", &compared),
        (":equal", &equal),
        (":last", &entry.last),
        (":compared_last", &compared_last),
        (":equal_last", &equal_last),
        (":figures", &figures),
        (":median_ms", &found.now.duration(0.5)),
        (":p95_ms", &found.now.duration(0.95)),
        (":cost_usd", &entry.cost_usd),
        (":models", &models),
        (":fingerprints", &fingerprints),
        (":verdict", &entry.verdict.word()),
        (":drifted", &drifted),
        (":noted", &noted),
        (":started_at", &start.started_at),
        (":now", &ctx.now),
    ];
    sql::CANARY_INSERT.insert(tx, parameters)
}
