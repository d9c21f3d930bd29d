//! Settling: records the responses of calls, and goes on with the work items that waited for them. What an answer means
//! is for `stage::generate` to say, and what follows from a failure for `failing`.

use std::time::Duration;

use rusqlite::Transaction;

use super::budget::Budget;
use super::error::DispatchError;
use super::failing::ExchangeFailure;
use super::inbox::Inbox;
use super::models::Models;
use super::pace::{self, ExchangeEnd, TokenUse};
use super::state::{InFlight, Loop, PendingRequest};
use crate::price::Money;
use crate::provider::{Completion, LONGEST_WAIT, ProviderError, ProviderErrorKind, ReportedLimits, TokenUsage};
use crate::stage::generate::decide::TapeAnswer;
use crate::stage::generate::tape::{self, ReceivedResponse};
use crate::transport::{FinishedExchange, Reply};

/// How many bytes of an unreadable response are kept; the kept text says where it was cut.
const KEPT_BODY: usize = 16 * 1024;

impl Loop<'_> {
    /// Settles the calls that ended.
    pub(super) fn settle(&mut self, tx: &Transaction<'_>, inbox: Inbox, time: &str) -> Result<(), DispatchError> {
        let Some(models) = self.models else { return Ok(()) };
        for done in inbox.done {
            let Some(flight) = self.in_flight.remove(&done.ticket) else { continue };
            self.lanes[flight.lane].in_flight -= 1;
            let Some(pending) = self.pending.remove(&flight.request) else { continue };
            let RecordedResponse { response, result, cost } =
                record(tx, self.invocation, models, &mut self.budget, &flight, &pending, &done)?;
            let sender = pending.waiting.first().and_then(|item| self.items.get(item));
            if let Some(place) = sender.map(|item| item.work.place) {
                self.summary.steps[place].used.add(result.as_ref().ok(), cost);
            }
            let announced = self.adapt(&flight, &done, &result);
            match result {
                Ok(completion) => self.answer(tx, pending, (&flight, response), completion, time)?,
                Err(error) => {
                    let failed = ExchangeFailure { flight: &flight, response, error, announced };
                    self.fail_exchange(tx, models, pending, failed, time)?;
                }
            }
        }
        self.stop_if_silent();
        if inbox.giving_up {
            // The calls stay on record as sent.
            self.summary.abandoned += self.in_flight.len() as u64;
            self.in_flight.clear();
        }
        Ok(())
    }

    /// Reports the end of an exchange to the pace of its endpoint; returns how long the endpoint asks to wait.
    fn adapt(
        &mut self,
        flight: &InFlight,
        done: &FinishedExchange,
        result: &Result<Completion, ProviderError>,
    ) -> Option<Duration> {
        let now = self.now();
        let limits = match &done.reply {
            Ok(Reply::Response(response)) => {
                self.responses += 1;
                ReportedLimits::of(response)
            }
            Ok(Reply::Completion(_)) | Err(_) => ReportedLimits::default(),
        };
        let tells = self.outages[flight.route].tells_of_load(flight.request);
        let (end, used, retry_after) = match result {
            Ok(completion) => (ExchangeEnd::Served, used(completion.usage), None),
            Err(error) => (end_of(error.kind, tells), None, error.retry_after),
        };
        let retry_after = retry_after.filter(|it| *it <= LONGEST_WAIT);
        let slows = matches!(end, ExchangeEnd::Refused | ExchangeEnd::Overloaded);
        self.lanes[flight.lane].pace.settle(
            now,
            &flight.paced,
            &pace::ExchangeResult { end, limits, used, retry_after: retry_after.filter(|_| slows) },
        );
        let reset = limits.exhausted_for().filter(|it| slows && *it <= LONGEST_WAIT);
        retry_after.max(reset)
    }

    /// Hands an answer to the work items that waited for it.
    fn answer(
        &mut self,
        tx: &Transaction<'_>,
        pending: PendingRequest,
        (flight, response): (&InFlight, i64),
        completion: Completion,
        time: &str,
    ) -> Result<(), DispatchError> {
        let now = self.now();
        let freed = self.outages[flight.route].answered(flight.request, flight.sent, flight.load, now);
        let answer = TapeAnswer { text: completion.text, finish: completion.finish };
        for item in pending.waiting {
            let Some(mut item) = self.items.remove(&item) else { continue };
            let ruling = item.take_answer(self.steps[item.work.place].task, flight.request, response, answer.clone());
            self.follow(tx, item, ruling, time)?;
        }
        self.go_on(tx, freed, time)
    }
}

/// A response on record: its rowid, the completion in it or the failure that it is, and its cost if that is known.
struct RecordedResponse {
    response: i64,
    result: Result<Completion, ProviderError>,
    cost: Option<Money>,
}

/// Records the response of a call.
fn record(
    tx: &Transaction<'_>,
    invocation: i64,
    models: &Models,
    budget: &mut Budget,
    flight: &InFlight,
    pending: &PendingRequest,
    done: &FinishedExchange,
) -> Result<RecordedResponse, DispatchError> {
    let route = models.route(&pending.question);
    let channel = &route.channel;
    let http_status = match &done.reply {
        Ok(Reply::Response(response)) => Some(response.status),
        _ => None,
    };
    let result = match &done.reply {
        Ok(reply) => channel.completion(reply),
        Err(error) => Err(error.clone()),
    };
    let body = match (&result, &done.reply) {
        (Err(_), Ok(Reply::Response(response))) => Some(kept(&response.body)),
        _ => None,
    };
    let cost = budget.ended(flight.call, &route.terms, result.as_ref(), http_status);
    let brought = ReceivedResponse {
        duration_ms: i64::try_from(done.duration.as_millis()).unwrap_or(i64::MAX),
        http_status,
        result: result.as_ref(),
        body: body.as_deref(),
        cost_usd: cost.map(Money::to_usd),
    };
    let response = tape::received(tx, flight.call, invocation, &brought)?;
    tracing::debug!(
        call = flight.call,
        purpose = pending.question.purpose.as_str(),
        request = %pending.question.id,
        http_status,
        duration_ms = brought.duration_ms,
        error = result.as_ref().err().map(|error| error.message.as_str()),
        "a call ended"
    );
    Ok(RecordedResponse { response, result, cost })
}

/// What a failure says about the pace; `tells`: it says something about the load, and not only about the request.
fn end_of(kind: ProviderErrorKind, tells: bool) -> ExchangeEnd {
    match kind {
        ProviderErrorKind::RateLimited => ExchangeEnd::Refused,
        ProviderErrorKind::Overloaded | ProviderErrorKind::Connection if tells => ExchangeEnd::Overloaded,
        ProviderErrorKind::Timeout => ExchangeEnd::Late { tells },
        _ if kind.is_transient() => ExchangeEnd::Failed,
        _ => ExchangeEnd::Served,
    }
}

/// The tokens that a call used, if the provider reported both input and output.
fn used(usage: TokenUsage) -> Option<TokenUse> {
    Some(TokenUse { input: pace::as_f64(usage.input_tokens?), output: pace::as_f64(usage.output_tokens?) })
}

/// The beginning of an unreadable response body, as text for the record.
fn kept(body: &[u8]) -> String {
    let text = String::from_utf8_lossy(&body[..body.len().min(KEPT_BODY)]);
    // SQLite's text functions end at a NUL.
    let mut text = text.replace('\0', "\u{fffd}");
    if body.len() > KEPT_BODY {
        let cut = format!("… [the first {KEPT_BODY} of {} bytes]", body.len());
        text.push_str(&cut);
    }
    text
}
