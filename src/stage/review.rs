//! Decisions of people: an output is accepted, rejected or replaced.
//!
//! A decision is recorded as an attempt of its own. It refers to the attempt that was looked at, has the same inputs,
//! and a cache entry holds the output that it accepts. So it belongs to one exact task and is in force as long as that
//! task, and only under the variant that it was made in: another variant that asks exactly the same has the model's
//! answer.
//!
//! [`decide`] records a [`Decision`]; [`output`] returns what a decision would be about; [`ReviewError`] says why one
//! cannot be taken.

mod contracts;
mod error;
mod evidence;
mod looked_at;
mod standing;
#[cfg(test)]
mod tests;

use rusqlite::Transaction;
use serde_json::{Value, json};

use super::generate::tape::insert_claims;
use super::generate::unkeepable;
use super::standing as standings;
use crate::config::is_metric;
use crate::evidence::HeldClaim;
use crate::record::{AttemptOutcome, DecisionKind, VariantAt, WorkStatus, canonical};
use crate::store::{sql, widen_results_view};
use error::LONGEST_NAME;
use evidence::ItemEvidence;
use looked_at::{LookedAt, looked_at};
use standing::{ReviewedStanding, standing};

pub use contracts::Contracts;
pub use error::ReviewError;
pub use looked_at::output;

/// What a person decides about a work item.
#[derive(Clone, Debug, PartialEq)]
pub enum Ruling {
    Accept,
    Reject,
    /// Replace the output with this one.
    Edit(Value),
}

/// A decision to record.
#[derive(Clone, Debug, PartialEq)]
pub struct Decision {
    pub ruling: Ruling,
    pub reason: String,
    /// The name of the person who decides.
    pub by: String,
}

/// Records a decision about the work item `item` (rowid) under a variant and puts it in force there; returns the new
/// status.
pub fn decide(
    tx: &Transaction<'_>,
    contracts: &mut Contracts,
    invocation: i64,
    (item, at): (i64, VariantAt),
    decision: &Decision,
    now: &str,
) -> Result<WorkStatus, ReviewError> {
    let by = signed(&decision.by)?;
    let reason = decision.reason.trim();
    if reason.is_empty() {
        return Err(ReviewError::NoReason);
    }
    let standing = standing(tx, item, at)?;
    let work_id = || standing.work_id.clone();
    if is_metric(&standing.step) {
        return Err(ReviewError::Metric(work_id()));
    }
    if !standing.planned {
        return Err(ReviewError::NotPlanned(work_id()));
    }
    if !matches!(standing.status, WorkStatus::Accepted | WorkStatus::Rejected | WorkStatus::Failed) {
        return Err(ReviewError::NotDecided { work_id: work_id(), status: standing.status });
    }
    let task = contracts.of_task(tx, standing.task)?;
    let contract = task.contract.ok_or_else(|| ReviewError::NoSchema(work_id()))?;
    let evidence = ItemEvidence::of(tx, &standing, &task.evidence)?;
    let looked_at = looked_at(tx, &standing)?;
    let there = looked_at.as_ref().and_then(|it| it.output(&contract, evidence.as_ref()));
    let (kind, output) = match (&decision.ruling, there) {
        (Ruling::Accept | Ruling::Reject, None) => return Err(ReviewError::NoOutput(work_id())),
        (Ruling::Accept, Some(output)) => (DecisionKind::Accept, output),
        (Ruling::Reject, Some(output)) => (DecisionKind::Reject, output),
        (Ruling::Edit(written), there) => {
            let invalid = |violations| ReviewError::Invalid { work_id: work_id(), violations };
            contract.validate(written).map_err(invalid)?;
            let unkeepable = unkeepable(written);
            if !unkeepable.is_empty() {
                return Err(invalid(unkeepable));
            }
            // An edit that changes nothing is an acceptance.
            let same = there.is_some_and(|it| canonical::to_vec(&it) == canonical::to_vec(written));
            (if same { DecisionKind::Accept } else { DecisionKind::Edit }, written.clone())
        }
    };
    let held = evidence.map(|evidence| (evidence.first_line(), evidence.hold(&contract, output.clone())));
    let accepts = kind != DecisionKind::Reject;
    if let (true, Some((_, held))) = (accepts, &held) {
        held.demand(&work_id)?;
    }
    let (first_line, output, claims) = match held {
        Some((first_line, held)) => {
            (Some(first_line), if accepts { held.in_document } else { held.in_row }, held.claims)
        }
        None => (None, output, Vec::new()),
    };
    let decision = ValidDecision { kind, by, reason, output, first_line, claims, looked_at: looked_at.as_ref() };
    Ok(record(tx, invocation, item, &standing, &decision, now)?)
}

/// A decision that has been checked.
struct ValidDecision<'a> {
    kind: DecisionKind,
    by: &'a str,
    reason: &'a str,
    /// The output that is accepted, with lines of the document, or rejected, with lines of the row.
    output: Value,
    /// Where the row begins in its document, and the claims of the output, in a task with evidence.
    first_line: Option<i64>,
    claims: Vec<HeldClaim>,
    looked_at: Option<&'a LookedAt>,
}

fn record(
    tx: &Transaction<'_>,
    invocation: i64,
    item: i64,
    standing: &ReviewedStanding,
    decision: &ValidDecision<'_>,
    now: &str,
) -> rusqlite::Result<WorkStatus> {
    let status = match decision.kind {
        DecisionKind::Accept | DecisionKind::Edit => WorkStatus::Accepted,
        DecisionKind::Reject => WorkStatus::Rejected,
    };
    let output = canonical::to_string(&decision.output);
    let (accepted, rejected) =
        if status == WorkStatus::Accepted { (Some(&output), None) } else { (None, Some(&output)) };
    let attempt = insert_attempt(tx, invocation, item, standing, decision, rejected, now)?;
    match decision.looked_at {
        Some(it) => sql::REVIEW_COPY_INPUTS.execute(tx, &[(":attempt", &attempt), (":looked_at", &it.id)])?,
        None => sql::REVIEW_INSERT_INPUTS.execute(tx, &[(":attempt", &attempt), (":standing", &standing.id)])?,
    };
    insert_claims(tx, attempt, &decision.claims)?;
    let cache_entry = match accepted {
        Some(output) => {
            let entry = sql::GENERATE_INSERT_CACHE_ENTRY.insert(
                tx,
                &[
                    (":work_item", &item),
                    (":attempt", &attempt),
                    (":first_line", &decision.first_line),
                    (":output", output),
                ],
            )?;
            widen_results_view(tx, output)?;
            Some(entry)
        }
        None => None,
    };
    sql::REVIEW_INSERT_DECISION.execute(
        tx,
        &[
            (":attempt", &attempt),
            (":variant", &standing.at.number),
            (":repeat", &standing.at.repeat),
            (":looked_at", &decision.looked_at.map(|it| it.id)),
            (":kind", &decision.kind),
            (":was", &standing.status),
            (":reason", &decision.reason),
            (":decided_by", &decision.by),
            (":now", &now),
        ],
    )?;
    let (attempts, last_attempt) = (standing.attempts, attempt);
    let is_followed = true;
    standings::settle(
        tx,
        &standings::Settled { standing: standing.id, status, attempts, last_attempt, cache_entry, is_followed },
    )?;
    Ok(status)
}

/// Records the decision as an attempt and returns its rowid. `rejected` is the output that the decision rejects.
fn insert_attempt(
    tx: &Transaction<'_>,
    invocation: i64,
    item: i64,
    standing: &ReviewedStanding,
    decision: &ValidDecision<'_>,
    rejected: Option<&String>,
    now: &str,
) -> rusqlite::Result<i64> {
    let looked_at = decision.looked_at;
    let outcome = match decision.kind {
        DecisionKind::Accept | DecisionKind::Edit => AttemptOutcome::HumanAccepted,
        DecisionKind::Reject => AttemptOutcome::HumanRejected,
    };
    sql::REVIEW_INSERT_ATTEMPT.insert(
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
            (":detail", &format!("{} by {}: {}", word(decision.kind), decision.by, decision.reason)),
            (":request", &looked_at.and_then(|it| it.request)),
            (":response", &looked_at.and_then(|it| it.response)),
            (":output", &rejected),
            (":reasons", &canonical::to_string(&json!([decision.reason]))),
            (":now", &now),
        ],
    )
}

fn word(kind: DecisionKind) -> &'static str {
    match kind {
        DecisionKind::Accept => "accepted",
        DecisionKind::Reject => "rejected",
        DecisionKind::Edit => "written",
    }
}

/// Checks the name of a person and returns it as it is recorded.
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
