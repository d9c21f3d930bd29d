//! What people decide: an output accepted, rejected or written anew, beside what the model and its judges said of it.
//!
//! A decision is recorded like an attempt: it points at what was looked at, and a cache entry holds the output that it
//! let through. So it belongs to the exact task that it was made on, and holds no longer than that.

use rusqlite::Transaction;
use serde_json::{Value, json};

use super::generate::decide::{Answer, read_output};
use super::generate::tape;
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

/// Where a work item stands before a decision.
struct Standing {
    work_id: String,
    planned: bool,
    status: WorkStatus,
    task: i64,
    cache_id: String,
    sample: u32,
    attempts: u32,
    contract: Option<Contract>,
}

/// The attempt whose output is decided on.
struct LookedAt {
    id: i64,
    request: Option<i64>,
    call: Option<i64>,
    answer: Option<Answer>,
    output: Option<Value>,
}

/// Records a decision about the work item with the rowid `item`, and lets it hold; returns where the item stands now.
pub fn decide(
    tx: &Transaction<'_>,
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
    let contract = standing.contract.as_ref().ok_or_else(|| ReviewError::NoSchema(work_id()))?;
    let looked_at = looked_at(tx, item)?;
    let there = looked_at.as_ref().and_then(|it| it.output(contract));
    let (kind, output) = match (&decision.ruling, there) {
        (Ruling::Accept | Ruling::Reject, None) => return Err(ReviewError::NoOutput(work_id())),
        (Ruling::Accept, Some(output)) => (DecisionKind::Accept, Some(output)),
        (Ruling::Reject, Some(_)) => (DecisionKind::Reject, None),
        (Ruling::Edit(written), there) => {
            contract.validate(written).map_err(|violations| ReviewError::Invalid { work_id: work_id(), violations })?;
            // What changes nothing is no edit.
            let same = there.is_some_and(|it| canonical::to_vec(&it) == canonical::to_vec(written));
            (if same { DecisionKind::Accept } else { DecisionKind::Edit }, Some(written.clone()))
        }
    };
    let made = Made { kind, by, reason, output, looked_at: looked_at.as_ref() };
    Ok(record(tx, invocation, item, &standing, &made, now)?)
}

/// A decision that holds.
struct Made<'a> {
    kind: DecisionKind,
    by: &'a str,
    reason: &'a str,
    output: Option<Value>,
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
    let no_call: Option<i64> = None;
    let no_word: Option<String> = None;
    let attempt = sql::GENERATE_INSERT_ATTEMPT.insert(
        tx,
        &[
            (":work_item", &item),
            (":task", &standing.task),
            (":invocation", &invocation),
            (":cache_id", &standing.cache_id),
            (":sample", &standing.sample),
            (":number", &standing.attempts.saturating_add(1)),
            (":outcome", &outcome),
            (":detail", &format!("{} by {}: {}", word(made.kind), made.by, made.reason)),
            (":request", &made.looked_at.and_then(|it| it.request)),
            (":call", &made.looked_at.and_then(|it| it.call)),
            (":judge_call", &no_call),
            (":verdict", &no_word),
            (":score", &no_call),
            (":reasons", &canonical::to_string(&json!([made.reason]))),
            (":candidate", &no_call),
            (":now", &now),
        ],
    )?;
    let cache_entry = match &made.output {
        Some(output) => Some(sql::GENERATE_INSERT_CACHE_ENTRY.insert(
            tx,
            &[
                (":work_item", &item),
                (":attempt", &attempt),
                (":output", &canonical::to_string(output)),
                (":now", &now),
            ],
        )?),
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
    tape::settle(tx, item, status, standing.attempts, attempt, cache_entry)?;
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

fn standing(tx: &Transaction<'_>, item: i64) -> rusqlite::Result<Standing> {
    sql::REVIEW_STANDING.row(tx, &[(":item", &item)], |row| {
        let parts: Value = row.get("parts")?;
        Ok(Standing {
            work_id: row.get("work_id")?,
            planned: row.get("planned")?,
            status: row.get("status")?,
            task: row.get("task")?,
            cache_id: row.get("cache_id")?,
            sample: row.get("sample")?,
            attempts: row.get("attempts")?,
            contract: contract_of(&parts),
        })
    })
}

/// What the exact task of a work item demands of an output; `None` where the record cannot say.
pub fn contract(tx: &rusqlite::Connection, item: i64) -> rusqlite::Result<Option<Contract>> {
    sql::REVIEW_STANDING.row(tx, &[(":item", &item)], |row| Ok(contract_of(&row.get("parts")?)))
}

fn contract_of(parts: &Value) -> Option<Contract> {
    let kind = AnswerKind::of_key(parts["answer"].as_str())?;
    Contract::parse_as(kind, Some(&canonical::to_string(&parts["schema"]["closed"])), "the recorded schema").ok()
}

/// The output that a decision about this work item would be about, where there is one.
pub fn output(tx: &rusqlite::Connection, item: i64, contract: &Contract) -> rusqlite::Result<Option<Value>> {
    Ok(looked_at(tx, item)?.and_then(|it| it.output(contract)))
}

fn looked_at(tx: &rusqlite::Connection, item: i64) -> rusqlite::Result<Option<LookedAt>> {
    let has_output = |it: &&AttemptOutcome| it.has_valid_output() && **it != AttemptOutcome::HumanRejected;
    let valid: Vec<&str> = AttemptOutcome::ALL.iter().filter(has_output).map(|it| it.as_str()).collect();
    sql::REVIEW_LOOKED_AT.first(tx, &[(":item", &item), (":valid", &Value::from(valid))], |row| {
        let text: Option<String> = row.get("answer")?;
        let finish: Option<String> = row.get("finish")?;
        Ok(LookedAt {
            id: row.get("id")?,
            request: row.get("request")?,
            call: row.get("call")?,
            answer: text.map(|text| Answer { text, finish: finish_of(finish.as_deref()) }),
            output: row.get("output")?,
        })
    })
}

impl LookedAt {
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
