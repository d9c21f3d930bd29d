//! Responses: what came back for a call, and what the tape answers a request with.

use rusqlite::Connection;

use crate::provider::{Completion, Finish, ProviderError, ProviderErrorKind};
use crate::record::CallOutcome;
use crate::stage::generate::decide::TapeAnswer;
use crate::store::sql;

/// Returns the recorded answer to a request and the rowid of its response. Calls of invocations up to `after` do not
/// count.
pub fn answer(tx: &Connection, request: i64, after: i64) -> rusqlite::Result<Option<(i64, TapeAnswer)>> {
    sql::GENERATE_FIND_ANSWER.first(tx, &[(":request", &request), (":after", &after)], |row| {
        let finish: Option<String> = row.get("finish")?;
        Ok((row.get("id")?, TapeAnswer { text: row.get("answer")?, finish: finish_of(finish.as_deref()) }))
    })
}

/// Reads why a model stopped from the word in the run file.
pub(in crate::stage) fn finish_of(word: Option<&str>) -> Finish {
    match word {
        Some("length") => Finish::Length,
        Some("refusal") => Finish::Refusal,
        Some("content_filter") => Finish::ContentFilter,
        _ => Finish::Stop,
    }
}

/// Returns the recorded permanent failure of a request, with the rowid of its response. Calls of invocations up to
/// `after` do not count.
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

/// Returns what was said in invocations before `invocation` when a model, known by its `spec` (rowid), failed to answer
/// about a work item (rowid), if it answered a later call.
pub fn earlier_refusals(tx: &Connection, work_item: i64, spec: i64, invocation: i64) -> rusqlite::Result<Vec<String>> {
    sql::GENERATE_EARLIER_REFUSALS.all(
        tx,
        &[(":work_item", &work_item), (":spec", &spec), (":invocation", &invocation)],
        |row| Ok(row.get::<_, Option<String>>("error")?.unwrap_or_default()),
    )
}

/// What came back for a call, as it is recorded.
#[derive(Debug)]
pub struct ReceivedResponse<'a> {
    /// From the sending of the request to the end of the response, in milliseconds.
    pub duration_ms: i64,
    /// `None` if there was no HTTP response.
    pub http_status: Option<u16>,
    pub result: Result<&'a Completion, &'a ProviderError>,
    /// The body of a response that could not be read as an answer.
    pub body: Option<&'a str>,
    /// The cost in US dollars, if it is known.
    pub cost_usd: Option<f64>,
}

/// Records what came back for a call; returns the rowid of the response.
pub fn received(tx: &Connection, call: i64, invocation: i64, received: &ReceivedResponse<'_>) -> rusqlite::Result<i64> {
    let completion = received.result.ok();
    let error = received.result.err();
    let outcome = if completion.is_some() { CallOutcome::Answered } else { CallOutcome::Failed };
    let usage = completion.map(|it| it.usage).unwrap_or_default();
    let envelope = completion.map_or(received.body, |it| it.envelope.as_deref());
    let tokens = |n: Option<u64>| n.map(|n| i64::try_from(n).unwrap_or(i64::MAX));
    sql::GENERATE_INSERT_RESPONSE.insert(
        tx,
        &[
            (":call", &call),
            (":invocation", &invocation),
            (":outcome", &outcome),
            (":duration_ms", &received.duration_ms),
            (":http_status", &received.http_status),
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
            (":cost_usd", &received.cost_usd),
        ],
    )
}

/// The words for kinds of failures. Where kinds share a word, it is read as the first of them.
const KINDS: &[(ProviderErrorKind, &str)] = &[
    (ProviderErrorKind::Refused, "refused"),
    (ProviderErrorKind::RefusedForAll, "refused"),
    (ProviderErrorKind::NotFound, "not_found"),
    (ProviderErrorKind::RateLimited, "rate_limited"),
    (ProviderErrorKind::ServerError, "server_error"),
    (ProviderErrorKind::Overloaded, "server_error"),
    (ProviderErrorKind::BadRequest, "bad_request"),
    (ProviderErrorKind::InvalidInput, "bad_request"),
    (ProviderErrorKind::InvalidResponse, "invalid_response"),
    (ProviderErrorKind::Timeout, "timeout"),
    (ProviderErrorKind::Connection, "connection"),
    (ProviderErrorKind::NoRecord, "no_record"),
    (ProviderErrorKind::ManyRecords, "many_records"),
];

/// Returns the word for a kind of failure in the run file.
fn word_of(kind: ProviderErrorKind) -> &'static str {
    KINDS.iter().find(|(it, _)| *it == kind).map_or("unknown", |(_, word)| word)
}

/// Reads a kind of failure from its word in the run file; `None` for an unknown word.
pub(in crate::stage) fn kind_of(word: &str) -> Option<ProviderErrorKind> {
    KINDS.iter().find(|(_, it)| *it == word).map(|(kind, _)| *kind)
}
