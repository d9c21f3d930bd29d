//! What people decide: an output accepted, rejected or written anew, beside what the model and its judges said of it.
//!
//! A decision is recorded as an attempt of its own: it points at the attempt that was looked at, is made from the same
//! outputs of other steps, and a cache entry holds the output that it accepted. So it belongs to the exact task that it
//! was made on, and is in force no longer than that.

#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::sync::Arc;

use rusqlite::{Connection, Row, Transaction};
use serde_json::{Value, json};

use super::generate::decide::{Answer, read_output};
use super::standing::{self, Settled};
use crate::provider::Finish;
use crate::record::{AttemptOutcome, DecisionKind, WorkStatus, canonical};
use crate::schema::{AnswerKind, Contract, Violation};
use crate::store::sql;

/// The longest name of a person, in characters.
const LONGEST_NAME: usize = 100;

/// What a person decides about a work item.
#[derive(Clone, Debug, PartialEq)]
pub enum Ruling {
    /// The output that is there is good enough.
    Accept,
    /// It is not.
    Reject,
    /// This is the output.
    Edit(Value),
}

/// A decision before it is recorded.
#[derive(Clone, Debug, PartialEq)]
pub struct Decision {
    /// What is decided.
    pub ruling: Ruling,
    /// Why.
    pub reason: String,
    /// Who decides.
    pub by: String,
}

/// Why a decision cannot be taken.
#[derive(Debug, thiserror::Error)]
pub enum ReviewError {
    /// Nobody signs it.
    #[error("a decision needs the name of who makes it")]
    NoName,
    /// A name that cannot stand in a table.
    #[error("`{}` cannot be the name of who decides: expected one line of at most {LONGEST_NAME} characters", .0.escape_debug())]
    BadName(String),
    /// No reason is given.
    #[error("a decision needs a reason")]
    NoReason,
    /// The latest plan does not have it.
    #[error("work item {0} is not in the latest plan")]
    NotPlanned(String),
    /// Nothing was tried, or nothing may be.
    #[error("work item {work_id} is {status}: there is nothing to decide on yet")]
    NotDecided {
        /// The work item.
        work_id: String,
        /// Where it stands.
        status: WorkStatus,
    },
    /// There is no output that is valid against the schema.
    #[error("work item {0} has no answer that is valid against the schema: there is no output to accept or reject")]
    NoOutput(String),
    /// The output that a person wrote does not do.
    #[error("the output for work item {work_id} is not valid against the schema: {}", list(.violations))]
    Invalid {
        /// The work item.
        work_id: String,
        /// What is wrong.
        violations: Vec<Violation>,
    },
    /// The recorded schema cannot be read.
    #[error("the recorded schema of work item {0} cannot be read")]
    NoSchema(String),
    /// The record did not take it, or did not give something.
    #[error(transparent)]
    Store(#[from] rusqlite::Error),
}

impl ReviewError {
    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> Option<&'static str> {
        Some(match self {
            Self::NoName | Self::BadName(_) => "say who decides with `--by NAME`",
            Self::NoReason => "say why with `--reason TEXT`",
            Self::NotPlanned(_) | Self::NotDecided { .. } => "`casebook run CONFIG` decides what is open first",
            Self::NoOutput(_) => "write one: `--output FILE`, or `edit` where you are asked",
            Self::Invalid { .. } => "`casebook schema DB` prints the schema",
            Self::NoSchema(_) => "`casebook verify DB` says what is wrong with the run file",
            Self::Store(_) => return None,
        })
    }

    /// Whether the user's call is wrong, rather than the world.
    #[must_use]
    pub fn is_usage(&self) -> bool {
        !matches!(self, Self::Store(_) | Self::NoSchema(_))
    }
}

fn list(violations: &[Violation]) -> String {
    violations.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

/// What tasks demand of an output, each compiled once.
#[derive(Debug, Default)]
pub struct Contracts(HashMap<i64, Option<Arc<Contract>>>);

impl Contracts {
    /// What the exact task of a work item demands of an output; `None` where the record cannot say.
    pub fn of_item(&mut self, connection: &Connection, item: i64) -> rusqlite::Result<Option<Arc<Contract>>> {
        let task = standing(connection, item)?.task;
        self.of_task(connection, task)
    }

    fn of_task(&mut self, connection: &Connection, task: i64) -> rusqlite::Result<Option<Arc<Contract>>> {
        if let Some(known) = self.0.get(&task) {
            return Ok(known.clone());
        }
        let parts: Value = sql::REVIEW_TASK.row(connection, &[(":task", &task)], |row| row.get("parts"))?;
        let contract = contract_of(&parts).map(Arc::new);
        self.0.insert(task, contract.clone());
        Ok(contract)
    }
}

/// Where a work item stands before a decision.
struct Standing {
    id: i64,
    work_id: String,
    planned: bool,
    status: WorkStatus,
    task: i64,
    cache_id: String,
    round: Option<i64>,
    sample: u32,
    attempts: u32,
}

/// The attempt whose output is decided on.
struct LookedAt {
    id: i64,
    request: Option<i64>,
    response: Option<i64>,
    answer: Option<Answer>,
    output: Option<Value>,
}

/// Records a decision about the work item with the rowid `item`, and puts it in force; returns where the item stands
/// now.
pub fn decide(
    tx: &Transaction<'_>,
    contracts: &mut Contracts,
    invocation: i64,
    item: i64,
    decision: &Decision,
    now: &str,
) -> Result<WorkStatus, ReviewError> {
    let by = signed(&decision.by)?;
    let reason = decision.reason.trim();
    if reason.is_empty() {
        return Err(ReviewError::NoReason);
    }
    let standing = standing(tx, item)?;
    let work_id = || standing.work_id.clone();
    if !standing.planned {
        return Err(ReviewError::NotPlanned(work_id()));
    }
    if !matches!(standing.status, WorkStatus::Accepted | WorkStatus::Rejected | WorkStatus::Failed) {
        return Err(ReviewError::NotDecided { work_id: work_id(), status: standing.status });
    }
    let contract = contracts.of_task(tx, standing.task)?.ok_or_else(|| ReviewError::NoSchema(work_id()))?;
    let looked_at = looked_at(tx, &standing)?;
    let there = looked_at.as_ref().and_then(|it| it.output(&contract));
    let (kind, output) = match (&decision.ruling, there) {
        (Ruling::Accept | Ruling::Reject, None) => return Err(ReviewError::NoOutput(work_id())),
        (Ruling::Accept, Some(output)) => (DecisionKind::Accept, output),
        (Ruling::Reject, Some(output)) => (DecisionKind::Reject, output),
        (Ruling::Edit(written), there) => {
            contract.validate(written).map_err(|violations| ReviewError::Invalid { work_id: work_id(), violations })?;
            // What changes nothing is no edit.
            let same = there.is_some_and(|it| canonical::to_vec(&it) == canonical::to_vec(written));
            (if same { DecisionKind::Accept } else { DecisionKind::Edit }, written.clone())
        }
    };
    let made = Made { kind, by, reason, output, looked_at: looked_at.as_ref() };
    Ok(record(tx, invocation, item, &standing, &made, now)?)
}

/// A decision that can be taken.
struct Made<'a> {
    kind: DecisionKind,
    by: &'a str,
    reason: &'a str,
    /// What is accepted or rejected.
    output: Value,
    looked_at: Option<&'a LookedAt>,
}

fn record(
    tx: &Transaction<'_>,
    invocation: i64,
    item: i64,
    standing: &Standing,
    made: &Made<'_>,
    now: &str,
) -> rusqlite::Result<WorkStatus> {
    let (outcome, status) = match made.kind {
        DecisionKind::Accept | DecisionKind::Edit => (AttemptOutcome::HumanAccepted, WorkStatus::Accepted),
        DecisionKind::Reject => (AttemptOutcome::HumanRejected, WorkStatus::Rejected),
    };
    let output = canonical::to_string(&made.output);
    let (accepted, rejected) =
        if status == WorkStatus::Accepted { (Some(&output), None) } else { (None, Some(&output)) };
    let attempt = sql::REVIEW_INSERT_ATTEMPT.insert(
        tx,
        &[
            (":work_item", &item),
            (":task", &standing.task),
            (":invocation", &invocation),
            (":round", &standing.round),
            (":cache_id", &standing.cache_id),
            (":sample", &standing.sample),
            (":number", &standing.attempts.saturating_add(1)),
            (":outcome", &outcome),
            (":detail", &format!("{} by {}: {}", word(made.kind), made.by, made.reason)),
            (":request", &made.looked_at.and_then(|it| it.request)),
            (":response", &made.looked_at.and_then(|it| it.response)),
            (":output", &rejected),
            (":reasons", &canonical::to_string(&json!([made.reason]))),
            (":now", &now),
        ],
    )?;
    match made.looked_at {
        Some(it) => sql::REVIEW_COPY_INPUTS.execute(tx, &[(":attempt", &attempt), (":looked_at", &it.id)])?,
        None => sql::REVIEW_INSERT_INPUTS.execute(tx, &[(":attempt", &attempt), (":standing", &standing.id)])?,
    };
    let cache_entry = match accepted {
        Some(output) => Some(
            sql::GENERATE_INSERT_CACHE_ENTRY
                .insert(tx, &[(":work_item", &item), (":attempt", &attempt), (":output", output)])?,
        ),
        None => None,
    };
    sql::REVIEW_INSERT_DECISION.execute(
        tx,
        &[
            (":attempt", &attempt),
            (":looked_at", &made.looked_at.map(|it| it.id)),
            (":kind", &made.kind),
            (":was", &standing.status),
            (":reason", &made.reason),
            (":decided_by", &made.by),
            (":now", &now),
        ],
    )?;
    let (attempts, last_attempt) = (standing.attempts, attempt);
    let is_followed = true;
    standing::settle(tx, &Settled { standing: standing.id, status, attempts, last_attempt, cache_entry, is_followed })?;
    Ok(status)
}

fn word(kind: DecisionKind) -> &'static str {
    match kind {
        DecisionKind::Accept => "accepted",
        DecisionKind::Reject => "rejected",
        DecisionKind::Edit => "written",
    }
}

/// A name as it is recorded.
pub fn signed(name: &str) -> Result<&str, ReviewError> {
    let name = name.trim();
    if name.is_empty() {
        return Err(ReviewError::NoName);
    }
    if name.chars().count() > LONGEST_NAME || name.chars().any(char::is_control) {
        return Err(ReviewError::BadName(name.to_owned()));
    }
    Ok(name)
}

fn standing(connection: &Connection, item: i64) -> rusqlite::Result<Standing> {
    sql::REVIEW_STANDING.row(connection, &[(":item", &item)], |row| {
        Ok(Standing {
            id: row.get("id")?,
            work_id: row.get("work_id")?,
            planned: row.get("planned")?,
            status: row.get("status")?,
            task: row.get("task")?,
            cache_id: row.get("cache_id")?,
            round: row.get("round")?,
            sample: row.get("sample")?,
            attempts: row.get("attempts")?,
        })
    })
}

fn contract_of(parts: &Value) -> Option<Contract> {
    let kind = AnswerKind::of_key(parts["answer"].as_str())?;
    Contract::parse_as(kind, Some(&canonical::to_string(&parts["schema"]["closed"])), "the recorded schema").ok()
}

/// The output that a decision about this work item would be about, where there is one.
pub fn output(connection: &Connection, item: i64, contract: &Contract) -> rusqlite::Result<Option<Value>> {
    let standing = standing(connection, item)?;
    Ok(looked_at(connection, &standing)?.and_then(|it| it.output(contract)))
}

/// The attempt whose output a decision is about: of those with a valid output the one that the standing has its output
/// from, else the latest that led to an accepted one, else the latest.
fn looked_at(connection: &Connection, standing: &Standing) -> rusqlite::Result<Option<LookedAt>> {
    let mut best: Option<(i64, LookedAt)> = None;
    sql::REVIEW_LOOKED_AT.each::<rusqlite::Error>(connection, &[(":standing", &standing.id)], |row| {
        let (outcome, rank): (AttemptOutcome, i64) = (row.get("outcome")?, row.get("rank")?);
        let has_output = outcome.has_valid_output() && outcome != AttemptOutcome::HumanRejected;
        if has_output && best.as_ref().is_none_or(|(highest, _)| rank > *highest) {
            best = Some((rank, LookedAt::read(row)?));
        }
        Ok(())
    })?;
    Ok(best.map(|(_, it)| it))
}

impl LookedAt {
    fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        let text: Option<String> = row.get("answer")?;
        let finish: Option<String> = row.get("finish")?;
        Ok(Self {
            id: row.get("id")?,
            request: row.get("request")?,
            response: row.get("response")?,
            answer: text.map(|text| Answer { text, finish: finish_of(finish.as_deref()) }),
            output: row.get("output")?,
        })
    }

    /// Its output, which is valid against the schema.
    fn output(&self, contract: &Contract) -> Option<Value> {
        match (&self.output, &self.answer) {
            (Some(output), _) => Some(output.clone()),
            (None, Some(answer)) => read_output(answer, contract).ok(),
            (None, None) => None,
        }
    }
}

fn finish_of(word: Option<&str>) -> Finish {
    match word {
        Some("length") => Finish::Length,
        Some("refusal") => Finish::Refusal,
        Some("content_filter") => Finish::ContentFilter,
        _ => Finish::Stop,
    }
}
