//! Attempts on record, and the one nearest to a work item's exact task.

use std::collections::BTreeSet;

use rusqlite::{Connection, Row, ToSql};
use serde::Serialize;
use serde_json::Value;

use super::Current;
use crate::store::sql;

/// An attempt, as far as it explains.
#[derive(Clone, Debug, Serialize)]
pub struct Past {
    /// The invocation that made it.
    pub invocation: i64,
    /// That invocation's command.
    pub command: String,
    /// Its number.
    pub attempt: i64,
    /// Its sample.
    pub sample: i64,
    /// How it ended.
    pub outcome: String,
    /// When, UTC.
    pub decided_at: String,
    /// What it cost then, with the attempts before it for the same task and sample; `None` is unknown.
    pub cost_usd: Option<f64>,
    /// Which of several candidates it belongs to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub candidate: Option<i64>,
    #[serde(skip)]
    pub(super) id: i64,
    #[serde(skip)]
    pub(super) work_item: i64,
    #[serde(skip)]
    pub(super) cache_id: String,
    /// The round that it belongs to; 0 before the first.
    #[serde(skip)]
    pub(super) round: i64,
    #[serde(skip)]
    pub(super) request: Option<i64>,
    #[serde(skip)]
    pub(super) parts: Value,
}

fn past(row: &Row<'_>) -> rusqlite::Result<Past> {
    Ok(Past {
        invocation: row.get("invocation")?,
        command: row.get("command")?,
        attempt: row.get("number")?,
        sample: row.get("sample")?,
        outcome: row.get("outcome")?,
        decided_at: row.get("decided_at")?,
        cost_usd: None,
        candidate: row.get("candidate")?,
        id: row.get("id")?,
        work_item: row.get("work_item")?,
        cache_id: row.get("cache_id")?,
        round: row.get("round")?,
        request: row.get("request")?,
        parts: row.get("parts")?,
    })
}

impl Past {
    /// The sample of the first candidate.
    pub(super) fn first_sample(&self) -> i64 {
        self.sample - self.candidate.unwrap_or(1) + 1
    }

    /// All that was decided with it: the attempts of its round at the same exact task and sample.
    pub(super) fn together(&self, connection: &Connection) -> rusqlite::Result<Vec<Self>> {
        let rounds = Rounds { from: self.round, to: self.round, decided_from: self.round, last: None };
        attempts(connection, self.work_item, &self.cache_id, self.first_sample(), rounds)
    }
}

/// Which attempts are meant, by the rounds that they belong to.
#[derive(Clone, Copy)]
pub(super) struct Rounds {
    from: i64,
    to: i64,
    /// The same for what people decided.
    decided_from: i64,
    /// The attempt that a standing stands by, whatever its round.
    last: Option<i64>,
}

impl Rounds {
    /// Those whose attempts count for a work item.
    pub(super) fn of(item: &Current, marks: &Marks) -> Self {
        let from = item.round.unwrap_or(0).max(marks.attempts);
        Self { from, to: i64::MAX, decided_from: marks.decisions, last: item.last_attempt }
    }
}

/// What `clean` has left in force.
pub(super) struct Marks {
    /// From which round on attempts count.
    attempts: i64,
    /// From which round on people's decisions do.
    decisions: i64,
    /// Calls of invocations up to this one answer nothing.
    pub(super) tape: i64,
}

impl Marks {
    pub(super) fn read(connection: &Connection) -> rusqlite::Result<Self> {
        sql::EXPLAIN_MARKS.row(connection, &[], |row| {
            Ok(Self { attempts: row.get("attempts")?, decisions: row.get("decisions")?, tape: row.get("tape")? })
        })
    }
}

/// The attempts at a work item for one exact task and sample.
pub(super) fn attempts(
    connection: &Connection,
    item: i64,
    cache_id: &str,
    sample: i64,
    rounds: Rounds,
) -> rusqlite::Result<Vec<Past>> {
    sql::EXPLAIN_ATTEMPTS.all(connection, &parameters(&item, &cache_id, &sample, &rounds), past)
}

fn parameters<'a>(
    item: &'a i64,
    cache_id: &'a &str,
    sample: &'a i64,
    rounds: &'a Rounds,
) -> [(&'static str, &'a dyn ToSql); 7] {
    [
        (":item", item),
        (":cache_id", cache_id),
        (":sample", sample),
        (":from", &rounds.from),
        (":to", &rounds.to),
        (":decided_from", &rounds.decided_from),
        (":last", &rounds.last),
    ]
}

/// A work item that stood where another one stands now.
pub(super) struct Kin {
    pub(super) id: i64,
    pub(super) work_id: String,
}

/// The nearest attempt on record, with its work item where that is another one; with `seek_kin` it may be.
pub(super) fn nearest(
    connection: &Connection,
    item: &Current,
    rounds: Rounds,
    seek_kin: bool,
) -> rusqlite::Result<Option<(Option<Kin>, Past)>> {
    let of = |id: i64, cache_id: &str| {
        sql::EXPLAIN_NEAREST.first(connection, &parameters(&id, &cache_id, &item.sample, &rounds), past)
    };
    if let Some(past) = of(item.id, &item.cache_id)? {
        return Ok(Some((None, past)));
    }
    let (Some(row), true) = (&item.row, seek_kin && item.planned && item.source == "row") else { return Ok(None) };
    let fields = Value::from(row.fields.clone());
    let found = sql::EXPLAIN_KIN.first(
        connection,
        &[(":item", &item.id), (":step", &item.step), (":fields", &fields), (":row_index", &item.row_index)],
        |row| {
            let kin = Kin { id: row.get("id")?, work_id: row.get("work_id")? };
            Ok((kin, row.get::<_, i64>("equal")?, row.get::<_, i64>("row_index")?))
        },
    )?;
    match found {
        Some((kin, equal, index)) if equal > 0 || Some(index) == item.row_index => {
            Ok(of(kin.id, "")?.map(|past| (Some(kin), past)))
        }
        _ => Ok(None),
    }
}

/// A response that an attempt was decided by.
pub(super) struct Used {
    /// Which judge's it is; `None` for the generation's.
    pub(super) judge: Option<String>,
    /// Its rowid.
    pub(super) response: i64,
}

/// The responses that an attempt was decided by: the generation's, then that of each judge.
pub(super) fn responses(connection: &Connection, attempt: i64) -> rusqlite::Result<Vec<Used>> {
    sql::EXPLAIN_RESPONSES.all(connection, &[(":attempt", &attempt)], |row| {
        Ok(Used { judge: row.get("judge")?, response: row.get("response")? })
    })
}

/// An attempt with what it and those before it cost when they were asked.
pub(super) fn with_cost(connection: &Connection, mut past: Past, attempts: &[Past]) -> rusqlite::Result<Past> {
    let mut used = BTreeSet::new();
    for attempt in attempts {
        used.extend(responses(connection, attempt.id)?.into_iter().map(|it| it.response));
    }
    let mut known = Some(0.0);
    for response in used {
        let cost: Option<f64> =
            sql::EXPLAIN_RESPONSE.row(connection, &[(":response", &response)], |row| row.get("cost_usd"))?;
        known = known.zip(cost).map(|(sum, cost)| sum + cost);
    }
    past.cost_usd = known;
    Ok(past)
}
