//! The tape and the attempts, as statements: what is asked and answered is recorded here, and read again.

use rusqlite::Connection;
use serde_json::{Value, json};

use super::decide::Answer;
use super::fold::Shared;
use super::item::{Attempt, Ended, Question, Work, reasons_value};
use super::panel::Opinion;
use super::{Purpose, Task};
use crate::prompt::{ContextBuilder, Group, PromptError, Row};
use crate::provider::{Completion, Finish, ProviderError, ProviderErrorKind, RequestSpec};
use crate::record::{CallOutcome, PaceReason, SpecId, Verdict, WorkStatus, canonical};
use crate::schema::JudgeVerdict;
use crate::stage::derive::{Links, inputs_of, lineage};
use crate::stage::image::Images;
use crate::stage::ingest::parse_fields;
use crate::stage::standing::{self, Settled};
use crate::store::sql;
use std::collections::HashMap;
use std::sync::Arc;

/// Records a spec once; returns its rowid.
pub fn spec(tx: &Connection, spec: &RequestSpec, id: SpecId) -> rusqlite::Result<i64> {
    let provider = spec.endpoint["provider"].as_str().unwrap_or_default();
    let body = spec.to_value().to_string();
    sql::GENERATE_INSERT_SPEC
        .execute(tx, &[(":spec_id", &id), (":provider", &provider), (":model", &spec.model), (":body", &body)])?;
    sql::GENERATE_SPEC_ROWID.row(tx, &[(":spec_id", &id)], |row| row.get("id"))
}

/// Contexts of groups that are in use, so that their rows share one copy.
#[derive(Debug, Default)]
pub struct Contexts(HashMap<i64, (Arc<str>, Arc<Shared>)>);

/// How many group contexts are kept at most.
const CONTEXTS: usize = 64;

impl Contexts {
    fn get(&mut self, tx: &Connection, id: i64) -> rusqlite::Result<(Arc<str>, Arc<Shared>)> {
        if let Some(found) = self.0.get(&id) {
            return Ok(found.clone());
        }
        let body: String = sql::GENERATE_TEXT.row(tx, &[(":id", &id)], |row| row.get("body"))?;
        if self.0.len() >= CONTEXTS {
            self.0.clear();
        }
        let entry = (Arc::from(body.as_str()), Arc::new(Shared::new(id, &body)));
        self.0.insert(id, entry.clone());
        Ok(entry)
    }
}

/// Which open work items to claim.
#[derive(Clone, Copy, Debug)]
pub struct Claim {
    /// Only those after this position.
    pub after: i64,
    /// Only those before this position.
    pub before: i64,
    /// At most this many.
    pub count: usize,
}

/// Why work items could not be claimed.
#[derive(Debug, thiserror::Error)]
pub enum ClaimError {
    /// A context could not be rendered.
    #[error("cannot build the context of work item {work_id}: {source}")]
    Context {
        /// The work item.
        work_id: String,
        /// What the template says.
        #[source]
        source: Box<PromptError>,
    },
    /// The record could not be read.
    #[error(transparent)]
    Store(#[from] rusqlite::Error),
}

/// Open work items of a step over the input with all that prompts may see, each with its position, in the order of the
/// plan.
pub fn claim(
    tx: &Connection,
    task: &Task,
    context: Option<&ContextBuilder>,
    contexts: &mut Contexts,
    claim: Claim,
) -> Result<Vec<(i64, Work)>, ClaimError> {
    let count = i64::try_from(claim.count).unwrap_or(i64::MAX);
    let mut found = Vec::new();
    sql::GENERATE_CLAIM.each_at::<ClaimError, _>(
        tx,
        &[(":step", &task.step), (":after", &claim.after), (":before", &claim.before), (":count", &count)],
        CLAIMED,
        |row, at| {
            let work = read_work(tx, row, at, task, context, contexts)?;
            found.push((row.get(at[7])?, work));
            Ok(())
        },
    )?;
    Ok(found)
}

/// A work item that is made from others, with all that prompts may see. What it is made from is what it was made from
/// in the attempt `made_in`, or else what it would be made from now.
pub fn claim_one(
    tx: &Connection,
    task: &Task,
    links: &Links,
    context: Option<&ContextBuilder>,
    contexts: &mut Contexts,
    (standing, made_in): (i64, Option<i64>),
) -> Result<Work, ClaimError> {
    let mut found = None;
    sql::GENERATE_CLAIM_ITEM.each_at::<ClaimError, _>(tx, &[(":standing", &standing)], CLAIMED, |row, at| {
        let [.., item] = at;
        let own: Option<Value> = row.get(item)?;
        let inputs = inputs_of(tx, standing, made_in)?;
        let lineage = lineage(tx, links, task.step, &inputs, own.as_ref())?;
        let work = read_work(tx, row, at, task, context, contexts)?;
        found = Some(Work { lineage: Some(Arc::new(lineage)), inputs, item: own, ..work });
        Ok(())
    })?;
    found.ok_or(ClaimError::Store(rusqlite::Error::QueryReturnedNoRows))
}

/// A work item over the input, decided or not, with all that prompts may see.
pub fn claim_source(
    tx: &Connection,
    task: &Task,
    context: Option<&ContextBuilder>,
    contexts: &mut Contexts,
    standing: i64,
) -> Result<Work, ClaimError> {
    let mut found = None;
    sql::GENERATE_CLAIM_ITEM.each_at::<ClaimError, _>(tx, &[(":standing", &standing)], CLAIMED, |row, at| {
        found = Some(read_work(tx, row, at, task, context, contexts)?);
        Ok(())
    })?;
    found.ok_or(ClaimError::Store(rusqlite::Error::QueryReturnedNoRows))
}

/// The columns of claimed work items that are read of each.
const CLAIMED: [&str; 12] = [
    "id",
    "work_item",
    "work_id",
    "cache_id",
    "round",
    "sample",
    "attempts",
    "position",
    "fields",
    "images",
    "group_key",
    "item",
];

fn read_work(
    tx: &Connection,
    row: &rusqlite::Row<'_>,
    at: [usize; 12],
    task: &Task,
    context: Option<&ContextBuilder>,
    contexts: &mut Contexts,
) -> Result<Work, ClaimError> {
    let [id, work_item, work_id, cache_id, round, sample, attempts, _, fields, images, group_key, _] = at;
    let fields = row.get_ref(fields)?.as_str_or_null().map_err(rusqlite::Error::from)?.map(parse_fields).transpose()?;
    let images: Option<Value> = row.get(images)?;
    let mut work = Work {
        id: row.get(id)?,
        work_item: row.get(work_item)?,
        place: task.place,
        work_id: row.get(work_id)?,
        cache_id: row.get(cache_id)?,
        round: row.get(round)?,
        sample: row.get(sample)?,
        attempts: row.get(attempts)?,
        max_attempts: task.max_attempts,
        max_verdicts: task.max_attempts,
        inputs: Vec::new(),
        item: None,
        row: None,
        group: None,
        context: None,
        shared_context: None,
        images: images.as_ref().map(Images::of_value).unwrap_or_default(),
        lineage: None,
    };
    if let Some(key) = row.get::<_, Option<String>>(group_key)? {
        let rows: i64 = row.get("row_count")?;
        work.group = Some(Group::new(&key, usize::try_from(rows).unwrap_or(usize::MAX)));
        if context.is_some() {
            let (text, shared) = contexts.get(tx, row.get("context")?)?;
            work.context = Some(text);
            work.shared_context = Some(shared);
        }
    }
    work.row = fields.map(|fields| Row::new(&task.columns, fields));
    if let (Some(builder), Some(row), None) = (context, &work.row, &work.group) {
        let built = builder
            .row_context(row)
            .map_err(|source| ClaimError::Context { work_id: work.work_id.to_string(), source: Box::new(source) })?;
        work.context = Some(Arc::from(built.text));
    }
    Ok(work)
}

/// An attempt on record, with its rowid and the output it led to (rowid), if any.
#[derive(Debug)]
pub struct Past {
    /// Its rowid.
    pub id: i64,
    /// The accepted output's rowid.
    pub cache_entry: Option<i64>,
    /// The attempt.
    pub attempt: Attempt,
}

/// What was tried for a work item's exact task and sample since the round in which it was opened, in the order of
/// trying; decisions of people of rounds before `tape_round` hold no more.
pub fn past_attempts(tx: &Connection, work: &Work, tape_round: i64) -> rusqlite::Result<Vec<Past>> {
    let round = work.round.unwrap_or_default();
    sql::GENERATE_PAST_ATTEMPTS.all(
        tx,
        &[
            (":work_item", &work.work_item),
            (":cache_id", &work.cache_id),
            (":sample", &work.sample),
            (":round", &round),
            (":tape_round", &tape_round),
        ],
        |row| {
            let verdict: Option<Verdict> = row.get("verdict")?;
            let reasons: Option<Value> = row.get("reasons")?;
            let score: Option<u8> = row.get("score")?;
            let reasons = reasons.as_ref().and_then(Value::as_array).into_iter().flatten();
            let reasons = reasons.filter_map(|it| it.as_str().map(str::to_owned)).collect();
            Ok(Past {
                id: row.get("id")?,
                cache_entry: row.get("cache_entry")?,
                attempt: Attempt {
                    number: row.get("number")?,
                    outcome: row.get("outcome")?,
                    detail: row.get("detail")?,
                    request: None,
                    response: None,
                    output: None,
                    verdict: verdict.zip(score).map(|(verdict, score)| JudgeVerdict { verdict, score, reasons }),
                    opinions: Vec::new(),
                    answer: row.get("answer")?,
                    candidate: row.get("candidate")?,
                    id: Some(row.get("id")?),
                },
            })
        },
    )
}

/// Records a request once; returns its rowid and whether it is new.
pub fn request(tx: &Connection, question: &Question) -> rusqlite::Result<(i64, bool)> {
    let matched = question.request.matched.as_ref().map(|pairs| {
        let object = pairs.iter().map(|(column, value)| (column.clone(), json!(value))).collect();
        canonical::to_string(&Value::Object(object))
    });
    let new = sql::GENERATE_INSERT_REQUEST.execute(
        tx,
        &[
            (":request_id", &question.id),
            (":spec", &question.spec_row),
            (":sample", &question.request.sample),
            (":matched", &matched),
            (":item", &question.request.item),
            (":messages", &question.messages),
        ],
    )?;
    if new > 0 {
        return Ok((tx.last_insert_rowid(), true));
    }
    let id = sql::GENERATE_REQUEST_ROWID.row(tx, &[(":request_id", &question.id)], |row| row.get("id"))?;
    Ok((id, false))
}

/// The answer that the tape holds for a request, with its response's rowid; calls of invocations up to `after` are set
/// aside.
pub fn answer(tx: &Connection, request: i64, after: i64) -> rusqlite::Result<Option<(i64, Answer)>> {
    sql::GENERATE_FIND_ANSWER.first(tx, &[(":request", &request), (":after", &after)], |row| {
        let finish: Option<String> = row.get("finish")?;
        Ok((row.get("id")?, Answer { text: row.get("answer")?, finish: finish_of(finish.as_deref()) }))
    })
}

/// Why a model stopped, from the word in the record.
pub(super) fn finish_of(word: Option<&str>) -> Finish {
    match word {
        Some("length") => Finish::Length,
        Some("refusal") => Finish::Refusal,
        Some("content_filter") => Finish::ContentFilter,
        _ => Finish::Stop,
    }
}

/// How the tape says that a request failed for good, with its response's rowid.
pub fn failure(
    tx: &Connection,
    request: i64,
    after: i64,
) -> rusqlite::Result<Option<(i64, ProviderErrorKind, String)>> {
    let found = sql::GENERATE_FIND_FAILURE.first(tx, &[(":request", &request), (":after", &after)], |row| {
        let word: String = row.get("error_kind")?;
        Ok((row.get("id")?, word, row.get::<_, Option<String>>("error")?.unwrap_or_default()))
    })?;
    Ok(found.and_then(|(response, word, message)| kind_of(&word).map(|kind| (response, kind, message))))
}

/// Records that a request is about to be sent for a work item, and the most that it can cost; returns the call's rowid.
pub fn sending(
    tx: &Connection,
    request: i64,
    work_item: i64,
    invocation: i64,
    purpose: Purpose,
    reserved_usd: Option<f64>,
    now: &str,
) -> rusqlite::Result<i64> {
    sql::GENERATE_INSERT_CALL.insert(
        tx,
        &[
            (":request", &request),
            (":work_item", &work_item),
            (":invocation", &invocation),
            (":purpose", &purpose.as_str()),
            (":now", &now),
            (":reserved_usd", &reserved_usd),
        ],
    )
}

/// What a call brought, as it is recorded.
#[derive(Debug)]
pub struct Brought<'a> {
    /// How long it took, in milliseconds.
    pub duration_ms: i64,
    /// The HTTP status, where there was a response.
    pub http_status: Option<u16>,
    /// The answer or the failure.
    pub result: Result<&'a Completion, &'a ProviderError>,
    /// The response's text, where it could not be read as an answer.
    pub body: Option<&'a str>,
    /// What it cost, where that is known.
    pub cost_usd: Option<f64>,
}

/// Records what a call brought; returns the response's rowid.
pub fn brought(tx: &Connection, call: i64, invocation: i64, brought: &Brought<'_>) -> rusqlite::Result<i64> {
    let completion = brought.result.ok();
    let error = brought.result.err();
    let outcome = if completion.is_some() { CallOutcome::Answered } else { CallOutcome::Failed };
    let usage = completion.map(|it| it.usage).unwrap_or_default();
    let envelope = completion.map_or(brought.body, |it| it.envelope.as_deref());
    let tokens = |n: Option<u64>| n.map(|n| i64::try_from(n).unwrap_or(i64::MAX));
    sql::GENERATE_INSERT_RESPONSE.insert(
        tx,
        &[
            (":call", &call),
            (":invocation", &invocation),
            (":outcome", &outcome),
            (":duration_ms", &brought.duration_ms),
            (":http_status", &brought.http_status),
            (":model", &completion.and_then(|it| it.model.as_deref())),
            (":finish", &completion.map(|it| it.finish.as_str())),
            (":answer", &completion.map(|it| it.text.as_str())),
            (":envelope", &envelope),
            (":error_kind", &error.map(|it| word_of(it.kind))),
            (":error", &error.map(|it| it.message.as_str())),
            (":input_tokens", &tokens(usage.input_tokens)),
            (":output_tokens", &tokens(usage.output_tokens)),
            (":cached_tokens", &tokens(usage.cached_tokens)),
            (":cache_write_tokens", &tokens(usage.cache_write_tokens)),
            (":reasoning_tokens", &tokens(usage.reasoning_tokens)),
            (":service_tier", &completion.and_then(|it| it.service_tier.as_deref())),
            (":cost_usd", &brought.cost_usd),
        ],
    )
}

/// A change of pace as it is recorded.
#[derive(Clone, Debug, PartialEq)]
pub struct PaceChange {
    /// Why.
    pub reason: PaceReason,
    /// How many may be in flight from now on.
    pub concurrency: usize,
    /// Requests a minute, where that is limited.
    pub requests_per_minute: Option<f64>,
    /// Tokens a minute, where that is limited.
    pub tokens_per_minute: Option<f64>,
    /// More about the reason.
    pub detail: Option<String>,
}

/// Records a change of the pace at which `model` is asked.
pub fn pace(tx: &Connection, invocation: i64, model: &str, change: &PaceChange, now: &str) -> rusqlite::Result<()> {
    let concurrency = i64::try_from(change.concurrency).unwrap_or(i64::MAX);
    sql::GENERATE_INSERT_PACE
        .execute(
            tx,
            &[
                (":invocation", &invocation),
                (":model", &model),
                (":now", &now),
                (":reason", &change.reason),
                (":concurrency", &concurrency),
                (":requests_per_minute", &change.requests_per_minute),
                (":tokens_per_minute", &change.tokens_per_minute),
                (":detail", &change.detail),
            ],
        )
        .map(|_| ())
}

/// Records a decided attempt at a work item, with what it was made from and what each judge said; returns its rowid.
pub fn attempt(
    tx: &Connection,
    task: &Task,
    invocation: i64,
    work: &Work,
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
    Ok(id)
}

/// Records which outputs of other steps an attempt was made from, by their rowids.
pub fn inputs(tx: &Connection, attempt: i64, entries: &[i64]) -> rusqlite::Result<()> {
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

/// Records how a work item ended, `last` being the rowid of the attempt that was just recorded, where one was.
pub fn ended(
    tx: &Connection,
    work: &Work,
    ended: &Ended,
    last: Option<i64>,
    (task, links): (&Task, &Links),
) -> rusqlite::Result<()> {
    let Some(decided_by) = ended.decided_by.or(last) else { return Ok(()) };
    let is_followed = links.is_followed(task.step);
    let cache_entry = match &ended.output {
        Some(output) if ended.status == WorkStatus::Accepted => {
            let output = canonical::to_string(output);
            let entry = sql::GENERATE_INSERT_CACHE_ENTRY
                .insert(tx, &[(":work_item", &work.work_item), (":attempt", &decided_by), (":output", &output)])?;
            if is_followed {
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

const KINDS: &[(ProviderErrorKind, &str)] = &[
    (ProviderErrorKind::Refused, "refused"),
    (ProviderErrorKind::NotFound, "not_found"),
    (ProviderErrorKind::RateLimited, "rate_limited"),
    (ProviderErrorKind::ServerError, "server_error"),
    (ProviderErrorKind::BadRequest, "bad_request"),
    (ProviderErrorKind::InvalidResponse, "invalid_response"),
    (ProviderErrorKind::Timeout, "timeout"),
    (ProviderErrorKind::Connection, "connection"),
    (ProviderErrorKind::NoRecord, "no_record"),
    (ProviderErrorKind::ManyRecords, "many_records"),
];

fn word_of(kind: ProviderErrorKind) -> &'static str {
    KINDS.iter().find(|(it, _)| *it == kind).map_or("unknown", |(_, word)| word)
}

pub(super) fn kind_of(word: &str) -> Option<ProviderErrorKind> {
    KINDS.iter().find(|(_, it)| *it == word).map(|(kind, _)| *kind)
}
