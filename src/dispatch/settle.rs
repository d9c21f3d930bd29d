//! Settling: records the responses of calls, and goes on with the work items that waited for them. What a failure means
//! is for `outage` to say, and what an answer means for `stage::generate`.

use std::cmp::Reverse;

use rusqlite::Transaction;
use serde_json::json;

use super::budget::Budget;
use super::error::DispatchError;
use super::inbox::Inbox;
use super::models::Models;
use super::oddities::UNKNOWN_WORDS;
use super::outage::{Diagnosis, OutageDetector};
use super::pace::{self, ExchangeEnd, TokenUse};
use super::state::{InFlight, Loop, PendingRequest};
use super::stop::Stop;
use crate::price::Money;
use crate::provider::{Completion, Finish, LONGEST_WAIT, ProviderError, ProviderErrorKind, ReportedLimits, TokenUsage};
use crate::record::Digest;
use crate::stage::generate::tape::{self, ReceivedResponse};
use crate::stage::generate::{ItemInProgress, Question, TapeAnswer};
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
            self.adapt(&flight, &done, &result);
            match result {
                Ok(completion) => self.answer(tx, pending, (&flight, response), completion, time)?,
                Err(error) => self.fail_exchange(tx, models, pending, (&flight, response), &error, time)?,
            }
        }
        if inbox.giving_up {
            // The calls stay on record as sent.
            self.summary.abandoned += self.in_flight.len() as u64;
            self.in_flight.clear();
        }
        Ok(())
    }

    /// Reports the end of an exchange to the pace of its endpoint.
    fn adapt(&mut self, flight: &InFlight, done: &FinishedExchange, result: &Result<Completion, ProviderError>) {
        let now = self.now();
        let limits = match &done.reply {
            Ok(Reply::Response(response)) => {
                self.responses += 1;
                ReportedLimits::of(response)
            }
            Ok(Reply::Completion(_)) | Err(_) => ReportedLimits::default(),
        };
        let (end, used, retry_after) = match result {
            Ok(completion) => (ExchangeEnd::Served, used(completion.usage), None),
            Err(error) if error.kind == ProviderErrorKind::RateLimited => {
                (ExchangeEnd::Refused, None, error.retry_after)
            }
            Err(error) if error.kind.is_transient() => (ExchangeEnd::Failed, None, None),
            Err(_) => (ExchangeEnd::Served, None, None),
        };
        let retry_after = retry_after.filter(|it| *it <= LONGEST_WAIT);
        self.lanes[flight.lane].pace.settle(
            now,
            &flight.paced,
            &pace::ExchangeResult { end, limits, used, retry_after },
        );
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
        let waited = self.outage(&pending.question).answered(now);
        let answer = TapeAnswer::from(completion);
        let place = pending.waiting.first().and_then(|item| self.items.get(item)).map(|item| item.work.place);
        let is_unread = self.watch_answer(place, flight.lane, &pending.question, &answer);
        for item in pending.waiting {
            let Some(mut item) = self.items.remove(&item) else { continue };
            // Its work items stay open: the answer is on the tape, and is read once its end is known.
            if is_unread {
                continue;
            }
            let ruling = item.take_answer(self.steps[item.work.place].task, flight.request, response, answer.clone());
            self.follow(tx, item, ruling, time)?;
        }
        self.fail_all(tx, &waited, time)
    }

    /// Counts what is odd about an answer, and stops the run where a model's answers all end with an unknown word.
    /// Returns whether the answer is not to be read for that reason.
    fn watch_answer(&mut self, place: Option<usize>, lane: usize, question: &Question, answer: &TapeAnswer) -> bool {
        let finish = question.reading.finish(answer);
        if let Some(place) = place {
            self.note_answer(place, question, answer);
        }
        if let Some(word) = self.words.entry(lane).or_default().add(answer, finish) {
            self.stop(Stop::UnknownFinish { word, count: UNKNOWN_WORDS });
        }
        let is_stopped = matches!(self.summary.stopped, Some(Stop::UnknownFinish { .. }));
        is_stopped && finish == Finish::Unknown
    }

    /// Counts what is odd about an answer to a question of the step at `place`.
    pub(super) fn note_answer(&mut self, place: usize, question: &Question, answer: &TapeAnswer) {
        self.summary.odd.add(place, &question.request.spec.model, &question.reading, answer);
    }

    /// Puts a failed request into the retry queue, or gives it up.
    fn fail_exchange(
        &mut self,
        tx: &Transaction<'_>,
        models: &Models,
        mut pending: PendingRequest,
        (flight, response): (&InFlight, i64),
        error: &ProviderError,
        time: &str,
    ) -> Result<(), DispatchError> {
        pending.failures.add(error.kind);
        if error.kind.is_fatal() {
            self.stop(Stop::Refused(error.message.clone()));
        }
        let now = self.now();
        let passing = error.kind.is_transient() && error.kind != ProviderErrorKind::RateLimited;
        let outage = self.outage(&pending.question);
        if passing && outage.failed(flight.request, pending.first, flight.sent, now) == Diagnosis::Stop {
            self.stop(Stop::Silent(error.message.clone()));
        }
        let delay = models.retry.delay(pending.failures, error, jitter(flight.call));
        match delay.filter(|_| !self.stopping) {
            Some(delay) => {
                tracing::info!(call = flight.call, ?delay, error = %error, "to be sent again");
                self.retry_queue.push(Reverse((now + delay, flight.request)));
                self.pending.insert(flight.request, pending);
                Ok(())
            }
            None if self.stopping && error.kind.is_transient() => Ok(()),
            None => self.give_up(tx, pending, (flight, response), error, time),
        }
    }

    /// Gives a request up. Its work items fail only if the request is at fault, and not the endpoint.
    fn give_up(
        &mut self,
        tx: &Transaction<'_>,
        mut pending: PendingRequest,
        (flight, response): (&InFlight, i64),
        error: &ProviderError,
        time: &str,
    ) -> Result<(), DispatchError> {
        if error.kind == ProviderErrorKind::RateLimited && error.retry_after.is_some_and(|it| it > LONGEST_WAIT) {
            self.stop(Stop::UsedUp(error.message.clone()));
            return Ok(());
        }
        let item = pending.waiting.first().and_then(|item| self.items.get(item));
        // Without any response, the fault cannot be told.
        let before = self.responses > 0 && item.is_some_and(ItemInProgress::failed_before);
        let outage = self.outage(&pending.question);
        let diagnosis = outage.gave_up(flight.request, pending.first, error.kind, &error.message, before);
        pending.given_up = Some((response, error.clone()));
        self.pending.insert(flight.request, pending);
        match diagnosis {
            Diagnosis::Failed => self.fail_all(tx, &[flight.request], time)?,
            Diagnosis::Waits => {}
            Diagnosis::Stop => self.stop(silent(error)),
        }
        Ok(())
    }

    /// Fails the work items that wait for these requests, which were given up.
    fn fail_all(&mut self, tx: &Transaction<'_>, requests: &[i64], time: &str) -> Result<(), DispatchError> {
        for request in requests {
            let Some(pending) = self.pending.remove(request) else { continue };
            let Some((response, error)) = pending.given_up else { continue };
            for item in pending.waiting {
                let Some(mut item) = self.items.remove(&item) else { continue };
                let ruling =
                    item.take_failure(self.steps[item.work.place].task, *request, response, error.kind, &error.message);
                self.follow(tx, item, ruling, time)?;
            }
        }
        Ok(())
    }

    /// Once nothing more can be asked, decides the work items of requests that were given up and wait for a diagnosis,
    /// or stops the run.
    pub(super) fn conclude(&mut self, tx: &Transaction<'_>, time: &str) -> Result<(), DispatchError> {
        let Some(models) = self.models else { return Ok(()) };
        // Work items that wait take up room, so that nothing more can be claimed.
        let over = self.is_idle() && self.retry_queue.is_empty() && !self.may_claim(models);
        if !over || self.stopping {
            return Ok(());
        }
        let nobody = !self.outages.iter().any(OutageDetector::has_answered);
        for route in 0..self.outages.len() {
            let mute = self.responses == 0;
            let outage = &mut self.outages[route];
            match outage.end(nobody, mute) {
                Diagnosis::Waits => {}
                Diagnosis::Failed => {
                    let waiting = outage.take_waiting();
                    self.fail_all(tx, &waiting, time)?;
                }
                Diagnosis::Stop => {
                    let last = outage.take_waiting().pop();
                    let given_up = last.and_then(|request| self.pending.get(&request)?.given_up.as_ref());
                    if let Some((_, error)) = given_up {
                        let why = silent(error);
                        self.stop(why);
                    }
                }
            }
        }
        Ok(())
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

/// Why the run stops when every request ends with this error.
fn silent(error: &ProviderError) -> Stop {
    match error.kind {
        ProviderErrorKind::BadRequest => Stop::Wrong(error.message.clone()),
        _ => Stop::Silent(error.message.clone()),
    }
}

/// The tokens that a call used, if the provider reported both input and output.
fn used(usage: TokenUsage) -> Option<TokenUse> {
    Some(TokenUse { input: pace::as_f64(usage.input_tokens?), output: pace::as_f64(usage.output_tokens?) })
}

/// A pseudo-random number in [0, 1], always the same for the same call.
fn jitter(call: i64) -> f64 {
    let digest = Digest::of_value(&json!(["jitter", call]));
    let [high, low, ..] = *digest.as_bytes();
    f64::from(u16::from_be_bytes([high, low])) / f64::from(u16::MAX)
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
