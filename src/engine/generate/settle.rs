//! What came back is settled: each call is recorded, and those who asked hear of it.

use std::cmp::Reverse;

use rusqlite::Transaction;
use serde_json::json;

use super::budget::Purse;
use super::heard::Heard;
use super::pace::{self, Cost, Ended, Moment};
use super::silence::{Silence, Verdict};
use super::stop::Stop;
use super::{Asked, Channels, Flight, Loop};
use crate::engine::error::EngineError;
use crate::price::Money;
use crate::provider::{Completion, LONGEST_WAIT, Limits, ProviderError, ProviderErrorKind, Usage};
use crate::record::Digest;
use crate::stage::generate::decide::Answer;
use crate::stage::generate::tape::{self, Brought};
use crate::stage::generate::{Item, Question};
use crate::transport::{Done, Reply};

/// How many bytes of a response that could not be read are kept; a cut is said in its place.
const KEPT_BODY: usize = 16 * 1024;
/// How long those in flight are waited for where nobody is answered.
const GRACE: Moment = Moment::from_secs(5);

impl Loop<'_> {
    pub(super) fn settle(&mut self, tx: &Transaction<'_>, heard: Heard, time: &str) -> Result<(), EngineError> {
        let Some(channels) = self.channels else { return Ok(()) };
        for done in heard.done {
            let Some(flight) = self.flying.remove(&done.ticket) else { continue };
            self.lanes[flight.lane].flying -= 1;
            let Some(asked) = self.asked.remove(&flight.request) else { continue };
            let (response, result) = record(tx, self.invocation, channels, &mut self.purse, &flight, &asked, &done)?;
            self.adapt(&flight, &done, &result);
            match result {
                Ok(completion) => self.answer(tx, asked, (&flight, response), completion, time)?,
                Err(error) => self.fail_exchange(tx, channels, asked, (&flight, response), &error, time)?,
            }
        }
        if heard.giving_up {
            // It stays on record as sent.
            self.outcome.given_up += self.flying.len() as u64;
            self.flying.clear();
        }
        Ok(())
    }

    /// Lets the pace learn from an exchange.
    fn adapt(&mut self, flight: &Flight, done: &Done, result: &Result<Completion, ProviderError>) {
        let now = self.now();
        let limits = match &done.reply {
            Ok(Reply::Response(response)) => {
                self.responses += 1;
                Limits::of(response)
            }
            Ok(Reply::Completion(_)) | Err(_) => Limits::default(),
        };
        let (ended, used, asked) = match result {
            Ok(completion) => (Ended::Taken, used(completion.usage), None),
            Err(error) if error.kind == ProviderErrorKind::RateLimited => (Ended::Refused, None, error.retry_after),
            Err(error) if error.kind.is_transient() => (Ended::Failed, None, None),
            Err(_) => (Ended::Taken, None, None),
        };
        let asked = asked.filter(|it| *it <= LONGEST_WAIT);
        self.lanes[flight.lane].pace.settle(now, &flight.pass, &pace::Outcome { ended, limits, used, asked });
    }

    fn answer(
        &mut self,
        tx: &Transaction<'_>,
        asked: Asked,
        (flight, response): (&Flight, i64),
        completion: Completion,
        time: &str,
    ) -> Result<(), EngineError> {
        let now = self.now();
        let waited = self.silence(&asked.question).answered(now);
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
        channels: &Channels,
        mut asked: Asked,
        (flight, response): (&Flight, i64),
        error: &ProviderError,
        time: &str,
    ) -> Result<(), EngineError> {
        asked.failures.add(error.kind);
        if error.kind.is_fatal() {
            self.stop(Stop::Refused(error.message.clone()));
        }
        let now = self.now();
        let passing = error.kind.is_transient() && error.kind != ProviderErrorKind::RateLimited;
        let silence = self.silence(&asked.question);
        if passing && silence.failed(flight.request, asked.first, flight.sent, now) == Verdict::Stop {
            self.stop(Stop::Silent(error.message.clone()));
        }
        let delay = channels.retry.delay(asked.failures, error, jitter(flight.call));
        match delay.filter(|_| !self.stopping) {
            Some(delay) => {
                tracing::info!(call = flight.call, ?delay, error = %error, "to be sent again");
                self.later.push(Reverse((now + delay, flight.request)));
                self.asked.insert(flight.request, asked);
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
        mut asked: Asked,
        (flight, response): (&Flight, i64),
        error: &ProviderError,
        time: &str,
    ) -> Result<(), EngineError> {
        if error.kind == ProviderErrorKind::RateLimited && error.retry_after.is_some_and(|it| it > LONGEST_WAIT) {
            self.stop(Stop::UsedUp(error.message.clone()));
            return Ok(());
        }
        let item = asked.waiting.first().and_then(|item| self.items.get(item));
        // Where there was never a response, nobody can say whose fault it is.
        let before = self.responses > 0 && item.is_some_and(Item::failed_before);
        let silence = self.silence(&asked.question);
        let verdict = silence.gave_up(flight.request, asked.first, error.kind, &error.message, before);
        asked.given_up = Some((response, error.clone()));
        self.asked.insert(flight.request, asked);
        match verdict {
            Verdict::Failed => self.fail_all(tx, &[flight.request], time)?,
            Verdict::Waits => {}
            Verdict::Stop => self.stop(silent(error)),
        }
        Ok(())
    }

    /// Those who asked these requests, which were given up, hear that there is no answer.
    fn fail_all(&mut self, tx: &Transaction<'_>, requests: &[i64], time: &str) -> Result<(), EngineError> {
        for request in requests {
            let Some(asked) = self.asked.remove(request) else { continue };
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
    pub(super) fn conclude(&mut self, tx: &Transaction<'_>, time: &str) -> Result<(), EngineError> {
        let Some(channels) = self.channels else { return Ok(()) };
        // Those who wait may be what nothing more can be claimed for.
        let over = self.is_idle() && self.later.is_empty() && !self.may_claim(channels);
        if !over || self.stopping {
            return Ok(());
        }
        let nobody = !self.silences.iter().any(Silence::has_answered);
        for way in 0..self.silences.len() {
            let mute = self.responses == 0;
            let silence = &mut self.silences[way];
            match silence.end(nobody, mute) {
                Verdict::Waits => {}
                Verdict::Failed => {
                    let waiting = silence.take_waiting();
                    self.fail_all(tx, &waiting, time)?;
                }
                Verdict::Stop => {
                    let last = silence.take_waiting().pop();
                    let given_up = last.and_then(|request| self.asked.get(&request)?.given_up.as_ref());
                    if let Some((_, error)) = given_up {
                        let why = silent(error);
                        self.stop(why);
                    }
                }
            }
        }
        Ok(())
    }

    /// Nothing more is sent; what is in flight is waited for, though not for long where nobody is answered.
    pub(super) fn stop(&mut self, why: Stop) {
        if matches!(why, Stop::Silent(_)) {
            self.deadline = Some(self.now() + GRACE);
        }
        self.stopping = true;
        self.outcome.stopped.get_or_insert(why);
    }

    fn silence(&mut self, question: &Question) -> &mut Silence {
        &mut self.silences[question.way]
    }
}

/// Records what a call brought; returns the response's rowid too.
fn record(
    tx: &Transaction<'_>,
    invocation: i64,
    channels: &Channels,
    purse: &mut Purse,
    flight: &Flight,
    asked: &Asked,
    done: &Done,
) -> Result<(i64, Result<Completion, ProviderError>), EngineError> {
    let way = channels.way(&asked.question);
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
    let cost = purse.ended(flight.call, &way.terms, result.as_ref(), http_status);
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
fn used(usage: Usage) -> Option<Cost> {
    Some(Cost { input: pace::as_f64(usage.input_tokens?), output: pace::as_f64(usage.output_tokens?) })
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
