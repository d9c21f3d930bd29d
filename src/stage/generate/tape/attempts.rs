//! Attempts: what was tried at a work item, and how it ended.

use rusqlite::Connection;
use serde_json::{Value, json};

use crate::evidence::HeldClaim;
use crate::record::{AttemptOutcome, WorkStatus, canonical};
use crate::schema::JudgeVerdict;
use crate::stage::derive::Links;
use crate::stage::generate::attempt::{Attempt, AttemptRetrieval, ItemEnd};
use crate::stage::generate::claimed::ClaimedItem;
use crate::stage::generate::decide::output_in;
use crate::stage::generate::panel::Opinion;
use crate::stage::generate::series::verdict_of;
use crate::stage::generate::task::Task;
use crate::stage::standing::{self, Settled};
use crate::store::{sql, widen_results_view};

/// A recorded attempt.
#[derive(Debug)]
pub struct PastAttempt {
    pub id: i64,
    /// The output that it led to, if it was accepted (rowid).
    pub cache_entry: Option<i64>,
    pub attempt: Attempt,
}

/// Returns the attempts at a work item's exact task and sample since the round in which it was opened, in order.
/// Decisions of people from rounds before `tape_round` no longer count, and under a variant none does.
pub fn past_attempts(
    tx: &Connection,
    task: &Task,
    work: &ClaimedItem,
    tape_round: i64,
) -> rusqlite::Result<Vec<PastAttempt>> {
    let reading = task.reading();
    let round = work.round.unwrap_or_default();
    sql::GENERATE_PAST_ATTEMPTS.all(
        tx,
        &[
            (":work_item", &work.work_item),
            (":cache_id", &work.cache_id),
            (":sample", &work.sample),
            (":round", &round),
            (":tape_round", &tape_round),
            (":standing", &work.id),
        ],
        |row| {
            let reasons: Option<Value> = row.get("reasons")?;
            let thoughts: Option<String> = row.get("thoughts")?;
            let answer: Option<String> = row.get("answer")?;
            let outcome = row.get("outcome")?;
            let answer = answer.map(|answer| reading.text(thoughts.as_deref(), answer));
            Ok(PastAttempt {
                id: row.get("id")?,
                cache_entry: row.get("cache_entry")?,
                attempt: Attempt {
                    number: row.get("number")?,
                    outcome,
                    detail: row.get("detail")?,
                    request: None,
                    response: None,
                    output: None,
                    claims: Vec::new(),
                    is_final: is_final(task, work, outcome, answer.as_deref()),
                    verdict: verdict_of(row.get("verdict")?, row.get("score")?, reasons.as_ref()),
                    opinions: Vec::new(),
                    answer,
                    candidate: row.get("candidate")?,
                    retrieved: Vec::new(),
                    id: Some(row.get("id")?),
                },
            })
        },
    )
}

/// Whether an attempt that failed for its evidence allows no further one. That follows from its answer.
fn is_final(task: &Task, work: &ClaimedItem, outcome: AttemptOutcome, answer: Option<&str>) -> bool {
    let (Some(evidence), Some(row), Some(answer)) = (&task.evidence, &work.row, answer) else { return false };
    let output = || output_in(answer, task.reading().keeps_thoughts, &task.contract).ok();
    outcome == AttemptOutcome::EvidenceFailed && evidence.is_final(evidence.text(row), output)
}

/// Records a decided attempt at a work item, with its inputs and the verdict of each judge; returns its rowid.
pub fn attempt(
    tx: &Connection,
    task: &Task,
    invocation: i64,
    work: &ClaimedItem,
    attempt: &Attempt,
    now: &str,
) -> rusqlite::Result<i64> {
    let verdict = attempt.verdict.as_ref();
    let id = sql::GENERATE_INSERT_ATTEMPT.insert(
        tx,
        &[
            (":work_item", &work.work_item),
            (":task", &task.row),
            (":invocation", &invocation),
            (":round", &work.round),
            (":cache_id", &work.cache_id),
            (":sample", &(work.sample + attempt.candidate.unwrap_or(1) - 1)),
            (":candidate", &attempt.candidate),
            (":number", &attempt.number),
            (":outcome", &attempt.outcome),
            (":detail", &attempt.detail),
            (":request", &attempt.request),
            (":response", &attempt.response),
            (":output", &attempt.output.as_ref().map(canonical::to_string)),
            (":verdict", &verdict.map(|it| it.verdict)),
            (":score", &verdict.map(|it| it.score)),
            (":reasons", &verdict.map(|it| canonical::to_string(&reasons_value(it)))),
            (":now", &now),
        ],
    )?;
    inputs(tx, id, &work.inputs)?;
    for (number, opinion) in (1_i64..).zip(&attempt.opinions) {
        insert_verdict(tx, id, number, opinion)?;
    }
    insert_claims(tx, id, &attempt.claims)?;
    for (number, retrieved) in (1_i64..).zip(&attempt.retrieved) {
        insert_retrieval(tx, id, number, retrieved)?;
    }
    Ok(id)
}

/// Records the claims of an attempt's output (rowid), in order.
pub(in crate::stage) fn insert_claims(tx: &Connection, attempt: i64, claims: &[HeldClaim]) -> rusqlite::Result<()> {
    for (number, claim) in (1_i64..).zip(claims) {
        sql::GENERATE_INSERT_CLAIM.execute(
            tx,
            &[
                (":attempt", &attempt),
                (":number", &number),
                (":path", &claim.path),
                (":cited_start", &claim.cited_start),
                (":cited_end", &claim.cited_end),
                (":line_start", &claim.line_start),
                (":line_end", &claim.line_end),
                (":quote", &claim.quote),
                (":status", &claim.status),
            ],
        )?;
    }
    Ok(())
}

/// Records which outputs of other steps (rowids) an attempt was made from.
fn inputs(tx: &Connection, attempt: i64, entries: &[i64]) -> rusqlite::Result<()> {
    for (number, entry) in (1_i64..).zip(entries) {
        sql::GENERATE_INSERT_INPUT
            .execute(tx, &[(":attempt", &attempt), (":number", &number), (":cache_entry", entry)])?;
    }
    Ok(())
}

fn insert_verdict(tx: &Connection, attempt: i64, number: i64, opinion: &Opinion) -> rusqlite::Result<()> {
    let verdict = opinion.verdict.as_ref();
    sql::GENERATE_INSERT_VERDICT
        .execute(
            tx,
            &[
                (":attempt", &attempt),
                (":number", &number),
                (":judge", &opinion.judge),
                (":response", &opinion.response),
                (":verdict", &verdict.map(|it| it.verdict)),
                (":score", &verdict.map(|it| it.score)),
                (":scores", &opinion.scores.as_ref().map(canonical::to_string)),
                (":reasons", &verdict.map(|it| canonical::to_string(&reasons_value(it)))),
            ],
        )
        .map(|_| ())
}

fn insert_retrieval(tx: &Connection, attempt: i64, number: i64, found: &AttemptRetrieval) -> rusqlite::Result<()> {
    let AttemptRetrieval { purpose, retrieval } = found;
    let id = sql::GENERATE_INSERT_RETRIEVAL.insert(
        tx,
        &[
            (":attempt", &attempt),
            (":number", &number),
            (":purpose", purpose),
            (":dataset", &retrieval.dataset),
            (":query", &retrieval.query),
            (":k", &retrieval.count),
        ],
    )?;
    for (rank, row) in (1_i64..).zip(&retrieval.passages) {
        sql::GENERATE_INSERT_PASSAGE.execute(tx, &[(":retrieval", &id), (":rank", &rank), (":input_row", row)])?;
    }
    Ok(())
}

/// Records how a work item ended. `last` is the attempt that was just recorded (rowid), if there was one.
pub fn ended(
    tx: &Connection,
    work: &ClaimedItem,
    ended: &ItemEnd,
    last: Option<i64>,
    (task, links): (&Task, &Links),
) -> rusqlite::Result<()> {
    let Some(decided_by) = ended.decided_by.or(last) else { return Ok(()) };
    let is_followed = links.is_followed(task.step);
    let cache_entry = match &ended.output {
        Some(output) if ended.status == WorkStatus::Accepted => {
            let output = canonical::to_string(output);
            let first_line = work.first_line(task);
            let entry = sql::GENERATE_INSERT_CACHE_ENTRY.insert(
                tx,
                &[
                    (":work_item", &work.work_item),
                    (":attempt", &decided_by),
                    (":first_line", &first_line),
                    (":output", &output),
                ],
            )?;
            widen_results_view(tx, &output)?;
            if is_followed && first_line.is_none() {
                let made = (work.item.clone(), work.inputs.clone());
                links.nodes.add(tx, entry, (&task.name, work.work_id), output, made)?;
            }
            Some(entry)
        }
        _ => None,
    };
    let (standing, status, attempts) = (work.id, ended.status, ended.attempts);
    standing::settle(tx, &Settled { standing, status, attempts, last_attempt: decided_by, cache_entry, is_followed })
}

/// Returns a judge's reasons as the run file keeps them.
fn reasons_value(verdict: &JudgeVerdict) -> Value {
    json!(verdict.reasons)
}
