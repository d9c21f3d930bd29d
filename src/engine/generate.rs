//! The loop that keeps calls in flight.
//!
//! One thread owns the connection. Each round it *settles* what came back, *claims* what can go out, commits both in
//! one transaction, hands the claimed requests to the transport, and waits. No transaction is open across the network:
//! what is sent was committed as intended before, and what is used was committed as answered before.
//!
//! Equal requests of different work items share one call: whoever asks second waits for the first.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap, VecDeque};
use std::time::{Duration, Instant};

use rusqlite::Transaction;
use serde_json::{Value, json};

use super::channel::Channel;
use super::error::EngineError;
use super::session::{Session, now};
use super::{Generating, Progress};
use crate::prompt::ContextBuilder;
use crate::provider::{Failures, ProviderError, RetryPolicy};
use crate::record::{Digest, Stage, WorkStatus};
use crate::stage::generate::tape::{self, Brought, Claim, Contexts, Decision};
use crate::stage::generate::{Item, Purpose, Question, Ruling, Task, Work};
use crate::stage::plan::Counts;
use crate::stage::record::Marks;
use crate::store::sql;
use crate::transport::{Done, Event, Job, Reply, Ticket, Transport};

/// How many work items a round claims at most, and how many events it settles: what one commit holds.
const ROUND: usize = 256;
/// How much of a response that could not be read is kept.
const KEPT_BODY: usize = 16 * 1024;

/// The ways to the models; without them the tape alone answers.
pub struct Channels {
    /// The tasks that talk to the outside.
    pub transport: Transport,
    /// To the generation's model.
    pub generation: Channel,
    /// To the judge's.
    pub judge: Option<Channel>,
    /// The most calls in flight.
    pub max_workers: usize,
    /// When to send a request again.
    pub retry: RetryPolicy,
}

impl Channels {
    fn of(&self, purpose: Purpose) -> &Channel {
        match (purpose, &self.judge) {
            (Purpose::Judge, Some(judge)) => judge,
            _ => &self.generation,
        }
    }
}

/// What generation came to.
#[derive(Clone, Debug, Default)]
pub struct Outcome {
    /// Attempts that were decided.
    pub attempts: u64,
    /// Calls that were made.
    pub calls: u64,
    /// Answers that the tape gave.
    pub from_tape: u64,
    /// Calls that were in flight when the user stopped it for good; they may have been billed.
    pub given_up: u64,
    /// Whether the user stopped it.
    pub interrupted: bool,
    /// Why nobody gets anything from the endpoint.
    pub refused: Option<String>,
}

/// A request that has no answer yet, and who waits for it.
struct Asked {
    question: Question,
    waiting: Vec<i64>,
    failures: Failures,
}

/// What the loop keeps between rounds.
struct Loop<'a> {
    task: &'a Task,
    context: Option<&'a ContextBuilder>,
    channels: Option<&'a Channels>,
    invocation: i64,
    marks: Marks,
    /// Whether any attempt was on record before; if not, nobody needs to look for one.
    has_past: bool,
    /// Work items under way, by rowid.
    items: HashMap<i64, Item>,
    /// Requests without an answer, by rowid.
    asked: HashMap<i64, Asked>,
    /// Requests to be sent.
    ready: VecDeque<i64>,
    /// Requests to be sent again, and when.
    later: BinaryHeap<Reverse<(Instant, i64)>>,
    /// What is in flight: the request and the call.
    flying: HashMap<Ticket, (i64, i64)>,
    contexts: Contexts,
    after: i64,
    before: i64,
    exhausted: bool,
    stopping: bool,
    outcome: Outcome,
    tally: Generating,
}

/// Generates the outputs of all open work items before position `before`.
pub fn generate(
    session: &mut Session,
    task: &Task,
    context: Option<&ContextBuilder>,
    channels: Option<&Channels>,
    before: i64,
    counts: Counts,
    watch: &mut dyn FnMut(&Progress),
) -> Result<Outcome, EngineError> {
    let marks = Marks::of(&session.connection, Stage::Generate)?;
    let has_past: bool =
        sql::GENERATE_ANY_ATTEMPT.row(&session.connection, &[(":after", &marks.attempt)], |row| row.get("any"))?;
    let decided = counts.accepted + counts.rejected + counts.failed;
    let mut state = Loop {
        task,
        context,
        channels,
        invocation: session.invocation,
        marks,
        has_past,
        items: HashMap::new(),
        asked: HashMap::new(),
        ready: VecDeque::new(),
        later: BinaryHeap::new(),
        flying: HashMap::new(),
        contexts: Contexts::default(),
        after: -1,
        before,
        exhausted: false,
        stopping: false,
        outcome: Outcome::default(),
        tally: Generating {
            planned: counts.planned.min(u64::try_from(before).unwrap_or(u64::MAX)),
            done: decided,
            accepted: counts.accepted,
            rejected: counts.rejected,
            failed: counts.failed,
            ..Generating::default()
        },
    };
    let mut told = false;
    loop {
        let heard = state.wait();
        let tx = session.transaction()?;
        let time = now();
        state.settle(&tx, heard, &time)?;
        state.claim(&tx, &time)?;
        let jobs = state.send(&tx, &time)?;
        tx.commit()?;
        let Some(channels) = channels else {
            if state.exhausted {
                break;
            }
            continue;
        };
        for job in jobs {
            channels.transport.submit(job)?;
        }
        state.tally.in_flight = state.flying.len() as u64;
        state.tally.waiting = state.later.len() as u64;
        watch(&Progress::Generating(state.tally));
        if state.outcome.interrupted && !told {
            told = true;
            if !state.flying.is_empty() {
                watch(&Progress::Note(format!(
                    "stopping; {} in flight, waited for; Ctrl-C again gives them up",
                    super::calls(state.flying.len() as u64)
                )));
            }
        }
        let idle = state.flying.is_empty() && state.ready.is_empty();
        if idle && (state.stopping || (state.later.is_empty() && state.exhausted)) {
            break;
        }
    }
    Ok(state.outcome)
}

/// What was heard of the transport in one round.
#[derive(Default)]
struct Heard {
    done: Vec<Done>,
    interrupted: bool,
    giving_up: bool,
}

impl Heard {
    /// The events from `first` on, as far as they are there already. `stopping` says whether an interrupt is the second
    /// one: it ends the waiting for what is in flight, but what has come back by then was paid for and is kept.
    fn of(first: Option<Event>, mut next: impl FnMut() -> Option<Event>, stopping: bool) -> Self {
        let mut heard = Self::default();
        let mut event = first;
        while let Some(now) = event {
            match now {
                Event::Done(finished) => heard.done.push(finished),
                Event::Interrupt => {
                    heard.giving_up |= stopping || heard.interrupted;
                    heard.interrupted = true;
                }
            }
            if heard.done.len() >= ROUND && !heard.giving_up {
                break;
            }
            event = next();
        }
        heard
    }
}

impl Loop<'_> {
    /// What came back since the last round. Waits only where there is nothing else to do.
    fn wait(&mut self) -> Heard {
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

    fn settle(&mut self, tx: &Transaction<'_>, heard: Heard, time: &str) -> Result<(), EngineError> {
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
            let brought = Brought {
                duration_ms: i64::try_from(done.duration.as_millis()).unwrap_or(i64::MAX),
                http_status,
                result: result.as_ref(),
                body: body.as_deref(),
                cost_usd: result.as_ref().ok().and_then(|_| channel.cost_usd()),
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
    fn claim(&mut self, tx: &Transaction<'_>, time: &str) -> Result<(), EngineError> {
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
    fn send(&mut self, tx: &Transaction<'_>, time: &str) -> Result<Vec<Job>, EngineError> {
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
            let call = tape::sending(tx, request, *item, self.invocation, purpose, time)?;
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
    text.replace('\0', "\u{fffd}")
}

impl Outcome {
    /// The outcome as the manifest counts it.
    #[must_use]
    pub fn to_value(&self, counts: Counts) -> Value {
        json!({
            "attempts": self.attempts, "calls": self.calls, "from_tape": self.from_tape,
            "status": counts.to_value(),
        })
    }
}

/// What a retry policy is for a number of retries.
#[must_use]
pub fn retry_policy(retries: u32) -> RetryPolicy {
    RetryPolicy { retries, base: Duration::from_millis(500), cap: Duration::from_secs(30) }
}

#[cfg(test)]
mod tests {
    use std::time::SystemTime;

    use super::*;
    use crate::provider::ProviderErrorKind;

    fn done(ticket: u64) -> Event {
        let reply = Err(ProviderError::new(ProviderErrorKind::Timeout, "late"));
        Event::Done(Done {
            ticket: Ticket(ticket),
            started_at: SystemTime::UNIX_EPOCH,
            duration: Duration::ZERO,
            reply,
        })
    }

    fn heard(events: Vec<Event>, stopping: bool) -> (Vec<u64>, bool, bool) {
        let mut events = events.into_iter();
        let heard = Heard::of(events.next(), || events.next(), stopping);
        (heard.done.iter().map(|it| it.ticket.0).collect(), heard.interrupted, heard.giving_up)
    }

    #[test]
    fn the_first_interrupt_stops_and_the_second_gives_up() {
        assert_eq!(heard(vec![done(1)], false), (vec![1], false, false));
        assert_eq!(heard(vec![Event::Interrupt], false), (vec![], true, false));
        assert_eq!(heard(vec![Event::Interrupt, Event::Interrupt], false), (vec![], true, true));
        assert_eq!(heard(vec![Event::Interrupt], true), (vec![], true, true));
    }

    #[test]
    fn what_came_back_before_or_with_the_second_interrupt_is_kept() {
        assert_eq!(heard(vec![done(1), Event::Interrupt, done(2)], true), (vec![1, 2], true, true));
        let mut many: Vec<Event> = vec![Event::Interrupt, Event::Interrupt];
        many.extend((0..ROUND as u64 + 5).map(done));
        assert_eq!(heard(many, false).0.len(), ROUND + 5);
    }

    #[test]
    fn a_round_takes_no_more_than_it_commits() {
        assert_eq!(heard((0..ROUND as u64 + 5).map(done).collect(), false).0.len(), ROUND);
    }
}
