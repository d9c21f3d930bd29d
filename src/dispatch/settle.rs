//! What came back is settled: each call is recorded, and those who asked hear of it.

use std::cmp::Reverse;

use rusqlite::Transaction;
use serde_json::json;

use super::budget::Budget;
use super::error::DispatchError;
use super::inbox::Inbox;
use super::models::Models;
use super::outage::{Diagnosis, OutageDetector};
use super::pace::{self, ExchangeEnd, TokenUse};
use super::state::{InFlight, Loop, PendingRequest};
use super::stop::Stop;
use crate::price::Money;
use crate::provider::{Completion, LONGEST_WAIT, Limits, ProviderError, ProviderErrorKind, Usage};
use crate::record::Digest;
use crate::stage::generate::Item;
use crate::stage::generate::decide::Answer;
use crate::stage::generate::tape::{self, Brought};
use crate::transport::{Done, Reply};

/// How many bytes of a response that could not be read are kept; a cut is said in its place.
const KEPT_BODY: usize = 16 * 1024;

impl Loop<'_> {
    pub(super) fn settle(&mut self, tx: &Transaction<'_>, inbox: Inbox, time: &str) -> Result<(), DispatchError> {
        let Some(models) = self.models else { return Ok(()) };
        for done in inbox.done {
            let Some(flight) = self.in_flight.remove(&done.ticket) else { continue };
            self.lanes[flight.lane].in_flight -= 1;
            let Some(asked) = self.pending.remove(&flight.request) else { continue };
            let (response, result) = record(tx, self.invocation, models, &mut self.budget, &flight, &asked, &done)?;
            self.adapt(&flight, &done, &result);
            match result {
                Ok(completion) => self.answer(tx, asked, (&flight, response), completion, time)?,
                Err(error) => self.fail_exchange(tx, models, asked, (&flight, response), &error, time)?,
            }
        }
        if inbox.giving_up {
            // It stays on record as sent.
            self.summary.abandoned += self.in_flight.len() as u64;
            self.in_flight.clear();
        }
        Ok(())
    }

    /// Lets the pace learn from an exchange.
    fn adapt(&mut self, flight: &InFlight, done: &Done, result: &Result<Completion, ProviderError>) {
        let now = self.now();
        let limits = match &done.reply {
            Ok(Reply::Response(response)) => {
                self.responses += 1;
                Limits::of(response)
            }
            Ok(Reply::Completion(_)) | Err(_) => Limits::default(),
        };
        let (end, used, retry_after) = match result {
            Ok(completion) => (ExchangeEnd::Taken, used(completion.usage), None),
            Err(error) if error.kind == ProviderErrorKind::RateLimited => {
                (ExchangeEnd::Refused, None, error.retry_after)
            }
            Err(error) if error.kind.is_transient() => (ExchangeEnd::Failed, None, None),
            Err(_) => (ExchangeEnd::Taken, None, None),
        };
        let retry_after = retry_after.filter(|it| *it <= LONGEST_WAIT);
        self.lanes[flight.lane].pace.settle(
            now,
            &flight.paced,
            &pace::ExchangeResult { end, limits, used, retry_after },
        );
    }

    fn answer(
        &mut self,
        tx: &Transaction<'_>,
        asked: PendingRequest,
        (flight, response): (&InFlight, i64),
        completion: Completion,
        time: &str,
    ) -> Result<(), DispatchError> {
        let now = self.now();
        let waited = self.outage(&asked.question).answered(now);
        let answer = Answer { text: completion.text, finish: completion.finish };
        for item in asked.waiting {
            let Some(mut item) = self.items.remove(&item) else { continue };
            let ruling = item.hear(self.steps[item.work.place].task, flight.request, response, answer.clone());
            self.follow(tx, item, ruling, time)?;
        }
        self.fail_all(tx, &waited, time)
    }

    fn fail_exchange(
        &mut self,
        tx: &Transaction<'_>,
        models: &Models,
        mut asked: PendingRequest,
        (flight, response): (&InFlight, i64),
        error: &ProviderError,
        time: &str,
    ) -> Result<(), DispatchError> {
        asked.failures.add(error.kind);
        if error.kind.is_fatal() {
            self.stop(Stop::Refused(error.message.clone()));
        }
        let now = self.now();
        let passing = error.kind.is_transient() && error.kind != ProviderErrorKind::RateLimited;
        let outage = self.outage(&asked.question);
        if passing && outage.failed(flight.request, asked.first, flight.sent, now) == Diagnosis::Stop {
            self.stop(Stop::Silent(error.message.clone()));
        }
        let delay = models.retry.delay(asked.failures, error, jitter(flight.call));
        match delay.filter(|_| !self.stopping) {
            Some(delay) => {
                tracing::info!(call = flight.call, ?delay, error = %error, "to be sent again");
                self.retry_queue.push(Reverse((now + delay, flight.request)));
                self.pending.insert(flight.request, asked);
                Ok(())
            }
            None if self.stopping && error.kind.is_transient() => Ok(()),
            None => self.give_up(tx, asked, (flight, response), error, time),
        }
    }

    /// A request is not sent again: whose fault that is, decides on its work items.
    fn give_up(
        &mut self,
        tx: &Transaction<'_>,
        mut asked: PendingRequest,
        (flight, response): (&InFlight, i64),
        error: &ProviderError,
        time: &str,
    ) -> Result<(), DispatchError> {
        if error.kind == ProviderErrorKind::RateLimited && error.retry_after.is_some_and(|it| it > LONGEST_WAIT) {
            self.stop(Stop::UsedUp(error.message.clone()));
            return Ok(());
        }
        let item = asked.waiting.first().and_then(|item| self.items.get(item));
        // Where there was never a response, nobody can say whose fault it is.
        let before = self.responses > 0 && item.is_some_and(Item::failed_before);
        let outage = self.outage(&asked.question);
        let verdict = outage.gave_up(flight.request, asked.first, error.kind, &error.message, before);
        asked.given_up = Some((response, error.clone()));
        self.pending.insert(flight.request, asked);
        match verdict {
            Diagnosis::Failed => self.fail_all(tx, &[flight.request], time)?,
            Diagnosis::Waits => {}
            Diagnosis::Stop => self.stop(silent(error)),
        }
        Ok(())
    }

    /// Those who asked these requests, which were given up, hear that there is no answer.
    fn fail_all(&mut self, tx: &Transaction<'_>, requests: &[i64], time: &str) -> Result<(), DispatchError> {
        for request in requests {
            let Some(asked) = self.pending.remove(request) else { continue };
            let Some((response, error)) = asked.given_up else { continue };
            for item in asked.waiting {
                let Some(mut item) = self.items.remove(&item) else { continue };
                let ruling =
                    item.hear_nothing(self.steps[item.work.place].task, *request, response, error.kind, &error.message);
                self.follow(tx, item, ruling, time)?;
            }
        }
        Ok(())
    }

    /// Where there is nothing more to ask, those who waited for an answer to another request are decided, or nobody is.
    pub(super) fn conclude(&mut self, tx: &Transaction<'_>, time: &str) -> Result<(), DispatchError> {
        let Some(models) = self.models else { return Ok(()) };
        // Those who wait may be what nothing more can be claimed for.
        let over = self.is_idle() && self.retry_queue.is_empty() && !self.may_claim(models);
        if !over || self.stopping {
            return Ok(());
        }
        let nobody = !self.outages.iter().any(OutageDetector::has_answered);
        for way in 0..self.outages.len() {
            let mute = self.responses == 0;
            let outage = &mut self.outages[way];
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

/// Records what a call brought; returns the response's rowid too.
fn record(
    tx: &Transaction<'_>,
    invocation: i64,
    models: &Models,
    budget: &mut Budget,
    flight: &InFlight,
    asked: &PendingRequest,
    done: &Done,
) -> Result<(i64, Result<Completion, ProviderError>), DispatchError> {
    let way = models.route(&asked.question);
    let channel = &way.channel;
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
    let cost = budget.ended(flight.call, &way.terms, result.as_ref(), http_status);
    let brought = Brought {
        duration_ms: i64::try_from(done.duration.as_millis()).unwrap_or(i64::MAX),
        http_status,
        result: result.as_ref(),
        body: body.as_deref(),
        cost_usd: cost.map(Money::to_usd),
    };
    let response = tape::brought(tx, flight.call, invocation, &brought)?;
    tracing::debug!(
        call = flight.call,
        purpose = asked.question.purpose.as_str(),
        request = %asked.question.id,
        http_status,
        duration_ms = brought.duration_ms,
        error = result.as_ref().err().map(|error| error.message.as_str()),
        "a call ended"
    );
    Ok((response, result))
}

/// Why the run stops, when nothing gets through but this.
fn silent(error: &ProviderError) -> Stop {
    match error.kind {
        ProviderErrorKind::BadRequest => Stop::Wrong(error.message.clone()),
        _ => Stop::Silent(error.message.clone()),
    }
}

/// What was used up, where both sides of it were reported.
fn used(usage: Usage) -> Option<TokenUse> {
    Some(TokenUse { input: pace::as_f64(usage.input_tokens?), output: pace::as_f64(usage.output_tokens?) })
}

/// A number from 0 to 1 that differs from call to call, and is the same for the same one.
fn jitter(call: i64) -> f64 {
    let digest = Digest::of_value(&json!(["jitter", call]));
    let [high, low, ..] = *digest.as_bytes();
    f64::from(u16::from_be_bytes([high, low])) / f64::from(u16::MAX)
}

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
