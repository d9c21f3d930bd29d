//! Attempts on record, and the one that is nearest to a work item's exact task.

use std::collections::BTreeSet;

use rusqlite::{Connection, Row, ToSql};
use serde::Serialize;
use serde_json::Value;

use super::current::CurrentItem;
use crate::record::VariantAt;
use crate::store::sql;

/// An attempt on record, with what its exact task was made of.
#[derive(Clone, Debug, Serialize)]
pub struct PriorAttempt {
    pub invocation: i64,
    /// The command of the invocation.
    pub command: String,
    /// From 1 in each sample.
    pub attempt: i64,
    pub sample: i64,
    pub outcome: String,
    /// UTC.
    pub decided_at: String,
    /// What it and the attempts before it at the same task and sample cost when they were asked; `None` is unknown.
    pub cost_usd: Option<f64>,
    /// The number of its candidate, where several are generated.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub candidate: Option<i64>,
    /// The name of another variant whose present task it was for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub variant: Option<String>,
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

fn past(row: &Row<'_>) -> rusqlite::Result<PriorAttempt> {
    Ok(PriorAttempt {
        invocation: row.get("invocation")?,
        command: row.get("command")?,
        attempt: row.get("number")?,
        sample: row.get("sample")?,
        outcome: row.get("outcome")?,
        decided_at: row.get("decided_at")?,
        cost_usd: None,
        candidate: row.get("candidate")?,
        variant: None,
        id: row.get("id")?,
        work_item: row.get("work_item")?,
        cache_id: row.get("cache_id")?,
        round: row.get("round")?,
        request: row.get("request")?,
        parts: row.get("parts")?,
    })
}

impl PriorAttempt {
    /// The sample of the first candidate.
    pub(super) fn first_sample(&self) -> i64 {
        self.sample - self.candidate.unwrap_or(1) + 1
    }

    /// Reads the attempts of its round at the same exact task and sample.
    pub(super) fn together(&self, connection: &Connection, at: VariantAt) -> rusqlite::Result<Vec<Self>> {
        let rounds = RoundRange { from: self.round, to: self.round, decided_from: self.round, last: None };
        attempts(connection, (self.work_item, at), &self.cache_id, self.first_sample(), rounds)
    }
}

/// A range of rounds whose attempts count.
#[derive(Clone, Copy)]
pub(super) struct RoundRange {
    from: i64,
    to: i64,
    /// The first round for decisions of people.
    decided_from: i64,
    /// The attempt that the standing is based on, whatever its round.
    last: Option<i64>,
}

impl RoundRange {
    /// The rounds whose attempts count for a work item.
    pub(super) fn of(item: &CurrentItem, cutoffs: &Cutoffs) -> Self {
        let from = item.round.unwrap_or(0).max(cutoffs.attempts);
        Self { from, to: i64::MAX, decided_from: cutoffs.decisions, last: item.last_attempt }
    }
}

/// From where on records count after `clean`.
pub(super) struct Cutoffs {
    /// The first round whose attempts count.
    attempts: i64,
    /// The first round whose decisions of people count.
    decisions: i64,
    /// The last invocation whose calls no longer answer requests.
    pub(super) tape: i64,
}

impl Cutoffs {
    /// Reads what was set aside of the run file, and of this work item alone.
    pub(super) fn of(connection: &Connection, item: &CurrentItem) -> rusqlite::Result<Self> {
        sql::EXPLAIN_MARKS.row(connection, &[], |row| {
            let at_least = |name: &str, own: i64| row.get::<_, i64>(name).map(|it| it.max(own));
            Ok(Self {
                attempts: at_least("attempts", item.set_aside)?,
                decisions: at_least("decisions", item.tape_round)?,
                tape: at_least("tape", item.tape_after)?,
            })
        })
    }
}

/// Reads the attempts at a work item of a variant for one exact task and sample.
pub(super) fn attempts(
    connection: &Connection,
    (item, at): (i64, VariantAt),
    cache_id: &str,
    sample: i64,
    rounds: RoundRange,
) -> rusqlite::Result<Vec<PriorAttempt>> {
    sql::EXPLAIN_ATTEMPTS.all(connection, &parameters((&item, &at), &cache_id, &sample, &rounds), past)
}

fn parameters<'a>(
    (item, at): (&'a i64, &'a VariantAt),
    cache_id: &'a &str,
    sample: &'a i64,
    rounds: &'a RoundRange,
) -> [(&'static str, &'a dyn ToSql); 9] {
    [
        (":item", item),
        (":variant", &at.number),
        (":repeat", &at.repeat),
        (":cache_id", cache_id),
        (":sample", sample),
        (":from", &rounds.from),
        (":to", &rounds.to),
        (":decided_from", &rounds.decided_from),
        (":last", &rounds.last),
    ]
}

/// A work item whose place in the input another one has taken.
pub(super) struct Predecessor {
    pub(super) id: i64,
    pub(super) work_id: String,
}

/// Finds the nearest attempt on record. With `seek_predecessor` it may belong to another work item, which is returned
/// with it.
pub(super) fn nearest(
    connection: &Connection,
    item: &CurrentItem,
    rounds: RoundRange,
    seek_predecessor: bool,
) -> rusqlite::Result<Option<(Option<Predecessor>, PriorAttempt)>> {
    let of = |id: i64, cache_id: &str| {
        sql::EXPLAIN_NEAREST.first(connection, &parameters((&id, &item.at), &cache_id, &item.sample, &rounds), |row| {
            Ok(PriorAttempt { variant: row.get("variant")?, ..past(row)? })
        })
    };
    if let Some(past) = of(item.id, &item.cache_id)? {
        return Ok(Some((None, past)));
    }
    let (Some(row), true) = (&item.row, seek_predecessor && item.planned && item.source == "row") else {
        return Ok(None);
    };
    let fields = Value::from(row.fields.clone());
    let found = sql::EXPLAIN_KIN.first(
        connection,
        &[(":item", &item.id), (":step", &item.step), (":fields", &fields), (":row_index", &item.row_index)],
        |row| {
            let predecessor = Predecessor { id: row.get("id")?, work_id: row.get("work_id")? };
            Ok((predecessor, row.get::<_, i64>("equal")?, row.get::<_, i64>("row_index")?))
        },
    )?;
    match found {
        Some((predecessor, equal, index)) if equal > 0 || Some(index) == item.row_index => {
            Ok(of(predecessor.id, "")?.map(|past| (Some(predecessor), past)))
        }
        _ => Ok(None),
    }
}

/// A response that decided an attempt.
pub(super) struct UsedResponse {
    /// The name of the judge; `None` for the generation.
    pub(super) judge: Option<String>,
    pub(super) response: i64,
}

/// Reads the responses that decided an attempt: that of the generation, then those of the judges.
pub(super) fn responses(connection: &Connection, attempt: i64) -> rusqlite::Result<Vec<UsedResponse>> {
    sql::EXPLAIN_RESPONSES.all(connection, &[(":attempt", &attempt)], |row| {
        Ok(UsedResponse { judge: row.get("judge")?, response: row.get("response")? })
    })
}

/// Fills in what the attempt and those before it cost when they were asked.
pub(super) fn with_cost(
    connection: &Connection,
    mut past: PriorAttempt,
    attempts: &[PriorAttempt],
) -> rusqlite::Result<PriorAttempt> {
    let mut used = BTreeSet::new();
    for attempt in attempts {
        used.extend(responses(connection, attempt.id)?.into_iter().map(|it| it.response));
    }
    let mut known = Some(0_i64);
    for response in used {
        let cost: Option<i64> =
            sql::EXPLAIN_RESPONSE.row(connection, &[(":response", &response)], |row| row.get("cost_pico_usd"))?;
        known = known.zip(cost).map(|(sum, cost)| sum.saturating_add(cost));
    }
    #[expect(clippy::cast_precision_loss, reason = "an amount in dollars has 53 bits")]
    let dollars = known.map(|pico| pico as f64 / 1e12);
    past.cost_usd = dollars;
    Ok(past)
}
