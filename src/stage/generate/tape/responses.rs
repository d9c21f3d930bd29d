//! Responses: what came back for a call, and what the tape answers a request with.

use rusqlite::{Connection, Row};

use crate::provider::thoughts::{Leftover, leftover};
use crate::provider::{Completion, Finish, ProviderError, ProviderErrorKind};
use crate::stage::generate::reading::TapeAnswer;
use crate::store::sql;

/// Returns the recorded answer to a request and the rowid of its response. Calls of invocations up to `after` do not
/// count.
pub fn answer(tx: &Connection, request: i64, after: i64) -> rusqlite::Result<Option<(i64, TapeAnswer)>> {
    sql::GENERATE_FIND_ANSWER.first(tx, &[(":request", &request), (":after", &after)], |row| {
        Ok((row.get("id")?, answer_of(row, row.get("answer")?)?))
    })
}

/// Reads the answer of a response with this text.
pub(in crate::stage) fn answer_of(row: &Row<'_>, text: String) -> rusqlite::Result<TapeAnswer> {
    let finish: Option<String> = row.get("finish")?;
    // A word that cannot be read is not taken for the best case.
    let finish = finish.map_or(Finish::Stop, |word| Finish::of_name(&word).unwrap_or(Finish::Unknown));
    let (thoughts, problem) = (row.get("thoughts")?, row.get("error")?);
    let word: Option<String> = row.get("finish_reason")?;
    let finish_reason = Some(word.unwrap_or_else(|| finish.as_str().to_owned())).filter(|word| !word.is_empty());
    Ok(TapeAnswer { text, thoughts, finish, finish_reason, problem, keeps_thoughts: false })
}

/// The provider's word for why the model stopped, as it is kept: nothing where it is the word for `finish`, and an
/// empty text where there was none.
fn kept_reason(completion: &Completion) -> Option<&str> {
    let word = completion.finish_reason.as_deref().unwrap_or_default();
    (word != completion.finish.as_str()).then_some(word)
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

/// Whether a model, asked in this way (spec, rowid), answered anything in an invocation before `invocation`.
pub fn was_answered(tx: &Connection, spec: i64, invocation: i64) -> rusqlite::Result<bool> {
    let parameters: [(&str, &dyn rusqlite::ToSql); 2] = [(":spec", &spec), (":invocation", &invocation)];
    Ok(sql::GENERATE_WAS_ANSWERED.first(tx, &parameters, |row| row.get("answered"))?.unwrap_or(false))
}

/// Returns what was said in invocations before `invocation` when a request (rowid) failed.
pub fn earlier_failures(tx: &Connection, request: i64, invocation: i64) -> rusqlite::Result<Vec<String>> {
    sql::GENERATE_EARLIER_FAILURES.all(tx, &[(":request", &request), (":invocation", &invocation)], |row| {
        Ok(row.get::<_, Option<String>>("error")?.unwrap_or_default())
    })
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
    /// The most that its usage can cost in 10⁻¹² dollars, where the cost is not known and that is more than was
    /// reserved for it.
    pub most_pico_usd: Option<i64>,
    /// How many tokens of the prompt the server has not read, at least, by its own count.
    pub unread_tokens: Option<u64>,
    /// How many input tokens were reported beyond the most that the request itself can have.
    pub excess_tokens: Option<u64>,
}

/// Records what came back for a call; returns the rowid of the response.
pub fn received(tx: &Connection, call: i64, invocation: i64, received: &ReceivedResponse<'_>) -> rusqlite::Result<i64> {
    let completion = received.result.ok();
    let error = received.result.err();
    let of_failure = || error.and_then(|it| it.usage.as_deref().copied());
    let usage = completion.map(|it| it.usage).or_else(of_failure).unwrap_or_default();
    let envelope = completion.map_or(received.body, |it| it.envelope.as_deref());
    let tokens = |n: Option<u64>| n.map(|n| i64::try_from(n).unwrap_or(i64::MAX));
    let response = sql::GENERATE_INSERT_RESPONSE.insert(
        tx,
        &[
            (":call", &call),
            (":invocation", &invocation),
            (":duration_ms", &received.duration_ms),
            (":http_status", &received.http_status),
            (":model", &completion.and_then(|it| it.model.as_deref())),
            (":finish", &completion.map(|it| it.finish.as_str())),
            (":finish_reason", &completion.and_then(kept_reason)),
            (":thoughts", &completion.and_then(|it| it.thoughts.as_deref())),
            (":leftover", &completion.and_then(|it| leftover(&it.text)).map(Leftover::as_str)),
            (":answer", &completion.map(|it| it.text.as_str())),
            (":envelope", &envelope),
            (":error_kind", &error.map(|it| word_of(it.kind))),
            (":error", &completion.map_or(error.map(|it| it.message.as_str()), |it| it.problem.as_deref())),
            (":input_tokens", &tokens(usage.input_tokens)),
            (":output_tokens", &tokens(usage.output_tokens)),
            (":cached_tokens", &tokens(usage.cached_tokens)),
            (":cache_write_tokens", &tokens(usage.cache_write_tokens)),
            (":reasoning_tokens", &tokens(usage.reasoning_tokens)),
            (":service_tier", &completion.and_then(|it| it.service_tier.as_deref())),
            (":cost_usd", &received.cost_usd),
        ],
    )?;
    let hidden_tokens = tokens(Some(usage.hidden_tokens).filter(|count| *count > 0));
    let (unread_tokens, excess_tokens) = (tokens(received.unread_tokens), tokens(received.excess_tokens));
    let most_pico_usd = received.most_pico_usd;
    let is_odd = [hidden_tokens, unread_tokens, excess_tokens, most_pico_usd].iter().any(Option::is_some);
    if is_odd {
        let values: &[(&str, &dyn rusqlite::ToSql)] = &[
            (":response", &response),
            (":hidden_tokens", &hidden_tokens),
            (":unread_tokens", &unread_tokens),
            (":excess_tokens", &excess_tokens),
            (":most_pico_usd", &most_pico_usd),
        ];
        sql::GENERATE_INSERT_ODD_USAGE.execute(tx, values)?;
    }
    Ok(response)
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
    (ProviderErrorKind::ModelError, "model_error"),
];

/// Returns the word for a kind of failure in the run file.
fn word_of(kind: ProviderErrorKind) -> &'static str {
    KINDS.iter().find(|(it, _)| *it == kind).map_or("unknown", |(_, word)| word)
}

/// Reads a kind of failure from its word in the run file; `None` for an unknown word.
pub(in crate::stage) fn kind_of(word: &str) -> Option<ProviderErrorKind> {
    KINDS.iter().find(|(_, it)| *it == word).map(|(kind, _)| *kind)
}
