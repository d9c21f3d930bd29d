//! Settling: records the responses of calls, and goes on with the work items that waited for them. What an answer means
//! is for `stage::generate` to say, and what follows from a failure for `failing`.

use std::time::Duration;

use rusqlite::Transaction;

use super::budget::{CallCost, usage_of};
use super::error::DispatchError;
use super::failing::ExchangeFailure;
use super::finish_words::UNKNOWN_WORDS;
use super::inbox::Inbox;
use super::models::Models;
use super::pace::{self, ExchangeEnd, TokenUse};
use super::state::{InFlight, Loop, PendingRequest};
use super::stop::Stop;
use crate::price::Money;
use crate::provider::{Completion, Finish, LONGEST_WAIT, ProviderError, ProviderErrorKind, ReportedLimits, TokenUsage};
use crate::stage::generate::oddities::{ReadAs, reads_json};
use crate::stage::generate::tape::{self, ReceivedResponse};
use crate::stage::generate::{Purpose, Question, TapeAnswer};
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
                self.record_response(tx, models, &flight, &pending, &done)?;
            let sender = pending.waiting.first().and_then(|item| self.items.get(item));
            if let Some(place) = sender.map(|item| item.work.place) {
                let asks_provider = models.route(&pending.question).terms.host.is_some();
                let usage = usage_of(result.as_ref());
                self.summary.steps[place].used.add(usage, asks_provider, cost);
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
            self.give_up(models);
        }
        Ok(())
    }

    /// Gives up what is in flight. The calls stay on record as sent; what they cost is not known.
    fn give_up(&mut self, models: &Models) {
        self.summary.abandoned += self.in_flight.len() as u64;
        for (_, flight) in self.in_flight.drain() {
            let Some(pending) = self.pending.get(&flight.request) else { continue };
            if models.route(&pending.question).terms.host.is_none() {
                continue;
            }
            self.budget.give_up();
            let sender = pending.waiting.first().and_then(|item| self.items.get(item));
            if let Some(place) = sender.map(|item| item.work.place) {
                self.summary.steps[place].used.unknown += 1;
            }
        }
    }

    /// Records the response of a call.
    fn record_response(
        &mut self,
        tx: &Transaction<'_>,
        models: &Models,
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
        let CallCost { cost, most, excess_tokens } =
            self.budget.ended(flight.call, &route.terms, result.as_ref(), http_status);
        let unread_tokens = result.as_ref().ok().and_then(|completion| {
            let question = &pending.question;
            self.watch.look(question.route, &route.terms, &question.request, &completion.usage)
        });
        let brought = ReceivedResponse {
            duration_ms: i64::try_from(done.duration.as_millis()).unwrap_or(i64::MAX),
            http_status,
            result: result.as_ref(),
            body: body.as_deref(),
            cost_usd: cost.map(Money::to_usd),
            most_pico_usd: most.map(Money::pico),
            unread_tokens,
            excess_tokens,
        };
        let response = tape::received(tx, flight.call, self.invocation, &brought)?;
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
        let outage = &self.outages[flight.route];
        let tells = |kind| outage.tells_of_load(flight.request, kind, flight.peak);
        let (end, used, retry_after) = match result {
            Ok(completion) => (ExchangeEnd::Served, used(completion.usage), None),
            Err(error) => (end_of(error.kind, tells(error.kind)), None, error.retry_after),
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
        self.answered[flight.route] += 1;
        let freed = self.outages[flight.route].answered(flight.request, flight.sent, flight.load, now);
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
        self.go_on(tx, freed, time)
    }

    /// Counts what is odd about an answer, and stops the run where a model's answers all end with an unknown word.
    /// Returns whether the answer is not to be read for that reason.
    fn watch_answer(&mut self, place: Option<usize>, lane: usize, question: &Question, answer: &TapeAnswer) -> bool {
        let finish = question.reading.finish(answer);
        if let Some(place) = place {
            self.note_answer(place, question, answer);
        }
        if let Some(word) = self.words.entry((lane, question.purpose)).or_default().add(answer, finish) {
            let judge = (question.purpose == Purpose::Judge).then(|| question.request.spec.model.clone());
            self.stop(Stop::UnknownFinish { word, count: UNKNOWN_WORDS, judge });
        }
        let is_stopped = matches!(self.summary.stopped, Some(Stop::UnknownFinish { .. }));
        is_stopped && finish == Finish::Unknown
    }

    /// Counts what is odd about an answer to a question of the step at `place`.
    pub(super) fn note_answer(&mut self, place: usize, question: &Question, answer: &TapeAnswer) {
        let is_json = question.purpose == Purpose::Judge || reads_json(self.steps[place].task);
        let read = ReadAs { reading: &question.reading, is_json };
        self.summary.odd.add(place, &question.request.spec.model, read, answer);
    }
}

/// A response on record: its rowid, the completion in it or the failure that it is, and its cost if that is known.
struct RecordedResponse {
    response: i64,
    result: Result<Completion, ProviderError>,
    cost: Option<Money>,
}

/// What a failure says about the pace; `tells`: it says something about the load, and not only about the request.
pub(super) fn end_of(kind: ProviderErrorKind, tells: bool) -> ExchangeEnd {
    match kind {
        ProviderErrorKind::RateLimited => ExchangeEnd::Refused,
        ProviderErrorKind::Timeout => ExchangeEnd::Late { tells },
        _ if kind.is_transient() && !tells => ExchangeEnd::Mute,
        ProviderErrorKind::Overloaded | ProviderErrorKind::Connection => ExchangeEnd::Overloaded,
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
