//! One round of the loop: what came back is settled, and what can go out is claimed and sent.

use std::cmp::Reverse;
use std::time::Instant;

use rusqlite::Transaction;
use serde_json::{Value, json};

use super::budget::Leave;
use super::heard::Heard;
use super::{Asked, Channels, Loop, ROUND};
use crate::engine::error::EngineError;
use crate::price::Money;
use crate::provider::{Failures, ProviderError};
use crate::record::{Digest, WorkStatus};
use crate::stage::generate::tape::{self, Brought, Claim, Decision};
use crate::stage::generate::{Item, Ruling, Work};
use crate::transport::{Job, Reply, Ticket};

/// How many bytes of a response that could not be read are kept; a cut is said in its place.
const KEPT_BODY: usize = 16 * 1024;

impl Loop<'_> {
    /// What came back since the last round. Waits only where there is nothing else to do.
    pub(super) fn wait(&mut self) -> Heard {
        let Some(channels) = self.channels else { return Heard::default() };
        let transport = &channels.transport;
        let due = self.later.peek().map(|Reverse((at, _))| at.saturating_duration_since(Instant::now()));
        let may_claim = !self.exhausted && !self.stopping && self.has_room(channels);
        let event = if may_claim || (self.flying.is_empty() && self.later.is_empty()) {
            transport.try_next()
        } else if self.stopping {
            transport.wait(None)
        } else {
            transport.wait(due)
        };
        let heard = Heard::of(event, || transport.try_next(), self.outcome.interrupted);
        self.outcome.interrupted |= heard.interrupted;
        self.stopping |= heard.interrupted;
        heard
    }

    /// Whether there is room for another work item. Those that wait for another's answer take room too: a million equal
    /// rows must not all be in memory for one call.
    fn has_room(&self, channels: &Channels) -> bool {
        self.flying.len() + self.ready.len() < channels.max_workers
            && self.later.len() < channels.max_workers
            && self.items.len() < channels.max_workers + ROUND
    }

    pub(super) fn settle(&mut self, tx: &Transaction<'_>, heard: Heard, time: &str) -> Result<(), EngineError> {
        let Some(channels) = self.channels else { return Ok(()) };
        for done in heard.done {
            let Some((request, call)) = self.flying.remove(&done.ticket) else { continue };
            let Some(mut asked) = self.asked.remove(&request) else { continue };
            let channel = channels.of(asked.question.purpose);
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
            let terms = channels.terms_of(asked.question.purpose);
            let cost = self.purse.ended(call, terms, result.as_ref(), http_status);
            let brought = Brought {
                duration_ms: i64::try_from(done.duration.as_millis()).unwrap_or(i64::MAX),
                http_status,
                result: result.as_ref(),
                body: body.as_deref(),
                cost_usd: cost.map(Money::to_usd),
            };
            tape::brought(tx, call, &brought)?;
            tracing::debug!(
                call,
                purpose = asked.question.purpose.as_str(),
                request = %asked.question.id,
                http_status,
                duration_ms = brought.duration_ms,
                error = result.as_ref().err().map(|error| error.message.as_str()),
                "a call ended"
            );
            match result {
                Ok(completion) => {
                    let answer =
                        crate::stage::generate::decide::Answer { text: completion.text, finish: completion.finish };
                    for item in asked.waiting {
                        let Some(mut item) = self.items.remove(&item) else { continue };
                        let ruling = item.hear(self.task, request, call, answer.clone());
                        self.follow(tx, item, ruling, time)?;
                    }
                }
                Err(error) => {
                    asked.failures.add(error.kind);
                    if error.kind.is_fatal() {
                        self.refuse(&error);
                    }
                    let delay = channels.retry.delay(asked.failures, &error, jitter(call));
                    match delay.filter(|_| !self.stopping) {
                        Some(delay) => {
                            tracing::info!(call, ?delay, error = %error, "to be sent again");
                            self.later.push(Reverse((Instant::now() + delay, request)));
                            self.asked.insert(request, asked);
                        }
                        None if self.stopping && error.kind.is_transient() => {}
                        None => {
                            for item in asked.waiting {
                                let Some(mut item) = self.items.remove(&item) else { continue };
                                let ruling = item.hear_nothing(request, call, error.kind, &error.message);
                                self.follow(tx, item, ruling, time)?;
                            }
                        }
                    }
                }
            }
        }
        if heard.giving_up {
            // It stays on record as sent.
            self.outcome.given_up += self.flying.len() as u64;
            self.flying.clear();
        }
        Ok(())
    }

    /// The endpoint takes no request of anyone: nothing more is sent, and what is in flight is waited for.
    fn refuse(&mut self, error: &ProviderError) {
        self.stopping = true;
        self.outcome.refused.get_or_insert_with(|| error.message.clone());
    }

    /// Claims open work items while there is room for their requests.
    pub(super) fn claim(&mut self, tx: &Transaction<'_>, time: &str) -> Result<(), EngineError> {
        let mut claimed = 0;
        while !self.exhausted && !self.stopping && claimed < ROUND {
            let room = match self.channels {
                Some(channels) if !self.has_room(channels) => break,
                Some(channels) => channels.max_workers.saturating_sub(self.flying.len() + self.ready.len()),
                None => ROUND,
            };
            let count = room.clamp(1, ROUND - claimed);
            let claim = Claim { after: self.after, before: self.before, count, replay: self.channels.is_none() };
            let found = tape::claim(tx, self.task, self.context, &mut self.contexts, claim)?;
            self.exhausted = found.len() < count;
            claimed += found.len();
            for (position, work) in found {
                self.after = position;
                self.start(tx, work, time)?;
            }
        }
        Ok(())
    }

    /// Begins a work item where the record left it.
    fn start(&mut self, tx: &Transaction<'_>, work: Work, time: &str) -> Result<(), EngineError> {
        let past = if self.has_past { tape::past_attempts(tx, &work, self.marks.attempt)? } else { Vec::new() };
        // Attempts that got no answer decide nothing.
        let last = past.iter().rfind(|past| past.attempt.outcome.was_answered());
        let last = last.map(|last| (last.id, last.cache_entry));
        let item = Item::new(work, past.into_iter().map(|past| past.attempt).collect());
        if let (Some((attempt, status)), Some((id, cache_entry))) = (item.decided(), last)
            && (status != WorkStatus::Accepted || cache_entry.is_some())
        {
            tape::settle(tx, item.work.id, status, attempt.number, id, cache_entry)?;
            self.outcome.from_tape += 1;
            self.tally.from_record += 1;
            self.count(status);
            return Ok(());
        }
        self.follow(tx, item, Ruling::Ask, time)
    }

    /// What a work item hears from the tape alone, where it does not answer: a failure on it is as good as an answer.
    /// What was decided before the tape was set aside is heard from there; what is on no tape stays open.
    fn replay(&self, tx: &Transaction<'_>, item: &mut Item, request: i64) -> Result<Option<Ruling>, EngineError> {
        for after in [self.marks.call, 0] {
            if let Some((call, answer)) = tape::answer(tx, request, after)? {
                return Ok(Some(item.hear(self.task, request, call, answer)));
            }
            if let Some((call, kind, message)) = tape::failure(tx, request, after)? {
                return Ok(Some(item.hear_nothing(request, call, kind, &message)));
            }
        }
        Ok(item.judge_is_not_asked_again())
    }

    /// Does what was ruled, and what follows from it as long as the tape knows the answers.
    fn follow(
        &mut self,
        tx: &Transaction<'_>,
        mut item: Item,
        mut ruling: Ruling,
        time: &str,
    ) -> Result<(), EngineError> {
        loop {
            match ruling {
                Ruling::Stay => return Ok(()),
                Ruling::End(attempt, status, output) => {
                    self.decide(tx, &item, &attempt, status, output.as_ref(), time)?;
                    self.count(status);
                    return Ok(());
                }
                Ruling::TryAgain(attempt) => {
                    self.decide(tx, &item, &attempt, WorkStatus::Pending, None, time)?;
                }
                Ruling::Ask => {}
            }
            let question = match item.question(self.task) {
                Ok(question) => question,
                Err(error) => {
                    ruling = item.cannot_ask(&error);
                    continue;
                }
            };
            let (request, new) = tape::request(tx, &question)?;
            if let Some(asked) = self.asked.get_mut(&request) {
                asked.waiting.push(item.work.id);
                self.items.insert(item.work.id, item);
                return Ok(());
            }
            if !new && let Some((call, answer)) = tape::answer(tx, request, self.marks.call)? {
                self.outcome.from_tape += 1;
                self.tally.from_record += 1;
                ruling = item.hear(self.task, request, call, answer);
                continue;
            }
            if self.channels.is_none() {
                let Some(replayed) = self.replay(tx, &mut item, request)? else { return Ok(()) };
                ruling = replayed;
                continue;
            }
            if self.stopping {
                return Ok(());
            }
            let waiting = vec![item.work.id];
            self.asked.insert(request, Asked { question, waiting, failures: Failures::default() });
            self.ready.push_back(request);
            self.items.insert(item.work.id, item);
            return Ok(());
        }
    }

    fn decide(
        &mut self,
        tx: &Transaction<'_>,
        item: &Item,
        attempt: &crate::stage::generate::Attempt,
        status: WorkStatus,
        output: Option<&Value>,
        time: &str,
    ) -> Result<(), EngineError> {
        self.outcome.attempts += 1;
        tracing::debug!(work_id = %item.work.work_id, number = attempt.number, outcome = %attempt.outcome, %status, "decided");
        let decision = Decision { attempt, status, output };
        Ok(tape::decided(tx, self.task, self.invocation, &item.work, &decision, time)?)
    }

    fn count(&mut self, status: WorkStatus) {
        self.tally.done += 1;
        match status {
            WorkStatus::Accepted => self.tally.accepted += 1,
            WorkStatus::Rejected => self.tally.rejected += 1,
            WorkStatus::Failed => self.tally.failed += 1,
            WorkStatus::Pending | WorkStatus::Skipped | WorkStatus::Blocked => {}
        }
    }

    /// Records what is about to be sent, as far as there is room.
    pub(super) fn send(&mut self, tx: &Transaction<'_>, time: &str) -> Result<Vec<Job>, EngineError> {
        let mut jobs = Vec::new();
        let Some(channels) = self.channels else { return Ok(jobs) };
        if self.stopping {
            self.ready.clear();
            self.later.clear();
            return Ok(jobs);
        }
        let clock = Instant::now();
        while self.later.peek().is_some_and(|Reverse((at, _))| *at <= clock) {
            if let Some(Reverse((_, request))) = self.later.pop() {
                // Whoever has waited goes first.
                self.ready.push_front(request);
            }
        }
        while self.flying.len() < channels.max_workers {
            let Some(request) = self.ready.pop_front() else { break };
            let Some(asked) = self.asked.get(&request) else { continue };
            let Some(item) = asked.waiting.first() else { continue };
            let purpose = asked.question.purpose;
            let aside = match self.purse.ask(channels.terms_of(purpose), &asked.question.request) {
                Leave::Send(aside) => aside,
                Leave::Wait => {
                    self.ready.push_front(request);
                    break;
                }
                Leave::Stop(reason) => {
                    self.stopping = true;
                    self.outcome.budget = Some(reason);
                    self.ready.clear();
                    self.later.clear();
                    break;
                }
            };
            let usd = aside.map(Money::to_usd);
            let call = tape::sending(tx, request, *item, self.invocation, purpose, usd, time)?;
            self.purse.sent(call, aside);
            let ticket = Ticket(call.unsigned_abs());
            self.flying.insert(ticket, (request, call));
            self.outcome.calls += 1;
            self.tally.calls += 1;
            jobs.push(Job { ticket, exchange: channels.of(purpose).exchange(&asked.question) });
        }
        Ok(jobs)
    }
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
