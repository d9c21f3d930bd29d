//! The requests for a work item's exact task: who asked them, when, and why no recorded answer served.

use rusqlite::Connection;
use serde::Serialize;
use serde_json::{Value, json};

use super::past::{PriorAttempt, UsedResponse, responses};
use crate::store::sql;
use crate::view::difference::{Difference, requests};

/// Where the answer to a request comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ResponseOrigin {
    /// A call for this attempt.
    Asked,
    /// A call of an earlier run, or for an earlier task.
    Tape,
    /// A call for another work item with the same request.
    Shared,
}

/// A request that an attempt used.
#[derive(Debug, Serialize)]
pub struct UsedRequest {
    /// `generation` or `judge`.
    pub purpose: &'static str,
    /// The judge's name, where several judge.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub judge: Option<String>,
    pub attempt: i64,
    pub request_id: String,
    pub provider: String,
    pub model: String,
    pub origin: ResponseOrigin,
    /// The work item whose call answered it.
    pub work_id: String,
    /// The invocation that made the call.
    pub invocation: i64,
    /// UTC.
    pub asked_at: String,
    /// `None` is unknown.
    pub cost_usd: Option<f64>,
    /// How a request that was asked differs from that for the nearest exact task.
    pub differences: Vec<Difference>,
    /// Why it was asked although it is on record.
    pub note: Option<String>,
}

/// A call with its work item.
struct ItemCall {
    id: i64,
    request: i64,
    work_item: i64,
    work_id: String,
    invocation: i64,
    started_at: String,
    cost_usd: Option<f64>,
}

/// The name that the record gives to an only judge.
const ONLY_JUDGE: &str = "judge";

/// Reads the requests of a work item's attempts at its exact task, in the order of the attempts. Each is compared with
/// that of the attempt with the same number among `earlier` ones. Calls of invocations up to `tape` no longer answer
/// requests.
pub(super) fn gather(
    connection: &Connection,
    item: i64,
    attempts: &[PriorAttempt],
    earlier: &[PriorAttempt],
    tape: i64,
) -> rusqlite::Result<Vec<UsedRequest>> {
    let mut found = Vec::new();
    for attempt in attempts {
        let other = earlier.iter().find(|it| (it.candidate, it.attempt) == (attempt.candidate, attempt.attempt));
        for used in responses(connection, attempt.id)? {
            let call = call(connection, used.response)?;
            let origin = match &call {
                call if call.work_item != item => ResponseOrigin::Shared,
                call if call.invocation < attempt.invocation => ResponseOrigin::Tape,
                _ => ResponseOrigin::Asked,
            };
            let mut request = of_call(connection, &used, attempt, origin, &call)?;
            if origin == ResponseOrigin::Asked {
                request.note = asked_before(connection, &call, tape)?;
                let other = other.map(|it| counterpart(connection, it, &used)).transpose()?.flatten();
                if let (None, Some(other)) = (&request.note, other) {
                    let llm = if used.judge.is_some() { "judge.llm" } else { "llm" };
                    request.differences =
                        requests(llm, &content(connection, other)?, &content(connection, call.request)?);
                }
            }
            found.push(request);
        }
    }
    Ok(found)
}

fn of_call(
    connection: &Connection,
    used: &UsedResponse,
    attempt: &PriorAttempt,
    origin: ResponseOrigin,
    call: &ItemCall,
) -> rusqlite::Result<UsedRequest> {
    sql::EXPLAIN_REQUEST.row(connection, &[(":request", &call.request)], |row| {
        Ok(UsedRequest {
            purpose: if used.judge.is_some() { "judge" } else { "generation" },
            judge: used.judge.clone().filter(|it| it != ONLY_JUDGE),
            attempt: attempt.attempt,
            request_id: row.get("request_id")?,
            provider: row.get("provider")?,
            model: row.get("model")?,
            origin,
            work_id: call.work_id.clone(),
            invocation: call.invocation,
            asked_at: call.started_at.clone(),
            cost_usd: call.cost_usd,
            differences: Vec::new(),
            note: None,
        })
    })
}

/// Reads the call that a response answers.
fn call(connection: &Connection, response: i64) -> rusqlite::Result<ItemCall> {
    sql::EXPLAIN_RESPONSE.row(connection, &[(":response", &response)], |row| {
        Ok(ItemCall {
            id: row.get("call")?,
            request: row.get("request")?,
            work_item: row.get("work_item")?,
            work_id: row.get("work_id")?,
            invocation: row.get("invocation")?,
            started_at: row.get("started_at")?,
            cost_usd: row.get("cost_usd")?,
        })
    })
}

/// Finds the request of another attempt for the same purpose.
fn counterpart(connection: &Connection, past: &PriorAttempt, used: &UsedResponse) -> rusqlite::Result<Option<i64>> {
    match responses(connection, past.id)?.iter().find(|it| it.judge == used.judge) {
        Some(it) => call(connection, it.response).map(|it| Some(it.request)),
        None => Ok(None),
    }
}

/// Explains why a request that is on record was asked again.
fn asked_before(connection: &Connection, call: &ItemCall, tape: i64) -> rusqlite::Result<Option<String>> {
    let parameters: [(&'static str, &dyn rusqlite::ToSql); 2] = [(":request", &call.request), (":call", &call.id)];
    sql::EXPLAIN_EARLIER_CALL.first(connection, &parameters, |row| {
        let invocation: i64 = row.get("invocation")?;
        let outcome: String = row.get("outcome")?;
        let kind: Option<String> = row.get("error_kind")?;
        Ok(match outcome.as_str() {
            _ if invocation <= tape => {
                format!("it was asked before (run {invocation}), and the tape was set aside since")
            }
            "failed" => format!("it was asked before (run {invocation}) and failed: {}", kind.unwrap_or_default()),
            "lost" => format!("it was sent before (run {invocation}), and the answer was never read"),
            _ => format!("it was asked before (run {invocation})"),
        })
    })
}

/// Reads everything that a request's id is made of.
fn content(connection: &Connection, request: i64) -> rusqlite::Result<Value> {
    let (id, mut value) = sql::EXPLAIN_REQUEST.row(connection, &[(":request", &request)], |row| {
        let id: String = row.get("request_id")?;
        let body: Value = row.get("body")?;
        let [matched, item]: [Option<Value>; 2] =
            [row.get("matched")?, row.get::<_, Option<String>>("item")?.map(Value::from)];
        Ok((id, json!({"spec": body, "sample": row.get::<_, i64>("sample")?, "matched": matched, "item": item})))
    })?;
    let messages = sql::VIEW_MESSAGES.all(connection, &[(":request_id", &id)], |row| {
        let content: Option<String> = row.get("content")?;
        Ok(json!({"role": row.get::<_, String>("role")?, "content": content.unwrap_or_default()}))
    })?;
    value["messages"] = Value::from(messages);
    Ok(value)
}
