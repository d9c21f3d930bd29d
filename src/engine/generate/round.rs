//! One round of the loop: what came back is waited for, and what can go out is claimed and sent.

use std::cmp::Reverse;

use rusqlite::Transaction;

use super::budget::Leave;
use super::heard::Heard;
use super::lane::Lane;
use super::pace::{Moment, Next};
use super::stop::Stop;
use super::{Asked, Channels, Flight, Loop, QUIET_ROUND, QUIET_TIME, ROUND};
use crate::engine::error::EngineError;
use crate::price::Money;
use crate::provider::{Failures, estimate_tokens};
use crate::record::WorkStatus;
use crate::stage::generate::tape;
use crate::stage::generate::{Action, Attempt, Item, Ruling, Start, Work};
use crate::stage::image;
use crate::stage::standing::{self, Settled};
use crate::transport::{Job, Ticket};

/// The longest wait before people are told again what is waited for.
const TELL: Moment = Moment::from_secs(1);
/// So many requests may wait to be sent again, however few are sent at once: one of them must not hold up the others.
const LATER: usize = 4;

impl Loop<'_> {
    /// What came back since the last round. Waits only where there is nothing else to do.
    pub(super) fn wait(&mut self) -> Heard {
        let Some(channels) = self.channels else { return Heard::default() };
        let transport = &channels.transport;
        let now = self.now();
        let may_claim = !self.stopping && (self.is_more || self.may_claim(channels));
        let event = if may_claim || (self.is_idle() && self.later.is_empty()) {
            transport.try_next()
        } else if self.stopping {
            transport.wait(self.deadline.map(|it| it.saturating_sub(now)))
        } else {
            let again = self.later.peek().map(|Reverse((at, _))| *at);
            let due = [again, self.wake].into_iter().flatten().min();
            transport.wait(due.map(|it| it.saturating_sub(now).min(TELL)))
        };
        let mut heard = Heard::of(event, || transport.try_next(), self.outcome.interrupted, self.share());
        if !self.stopping {
            heard.gather(self.flying.len(), || transport.try_next());
        }
        self.outcome.interrupted |= heard.interrupted;
        self.stopping |= heard.interrupted;
        heard.giving_up |= self.deadline.is_some_and(|it| it <= self.now());
        heard
    }

    /// How many slow answers are settled in a round: the more are in flight, the more come at a time.
    fn share(&self) -> usize {
        (self.flying.len() / 8).clamp(8, ROUND)
    }

    /// Whether nothing is in flight or about to be.
    pub(super) fn is_idle(&self) -> bool {
        self.flying.is_empty() && self.lanes.iter().all(|lane| lane.ready.is_empty())
    }

    /// How many requests are in flight or about to be.
    fn under_way(&self) -> usize {
        self.flying.len() + self.lanes.iter().map(|lane| lane.ready.len()).sum::<usize>()
    }

    /// Whether a step has work items left and there is room for one.
    pub(super) fn may_claim(&self, channels: &Channels) -> bool {
        (0..self.lines.len()).any(|place| !self.lines[place].is_exhausted() && self.has_room(channels, place))
    }

    /// How many more requests of a step the pace and the workers have room for.
    fn room(&self, channels: &Channels, place: usize) -> usize {
        let under_way = || self.items.values().filter(|item| item.work.place == place).count();
        self.free(channels, place).min(self.lines[place].wanted(under_way))
    }

    fn free(&self, channels: &Channels, place: usize) -> usize {
        let Some(asks) = self.steps[place].task.asks() else { return ROUND };
        let all = channels.max_workers.saturating_sub(self.under_way());
        // The generation's: the judge is not asked before it has answered.
        let lane = channels.ways.get(asks.generation.way).and_then(|way| self.lanes.get(way.lane));
        lane.map_or(all, |lane| all.min(lane.room()))
    }

    /// Whether there is room for another work item. Those that wait for another's answer take room too: a million equal
    /// rows must not all be in memory for one call.
    fn has_room(&self, channels: &Channels, place: usize) -> bool {
        self.room(channels, place) > 0
            && self.later.len() < channels.max_workers.max(LATER)
            && self.items.len() < channels.max_workers + ROUND
    }

    /// Claims open work items while there is room for their requests.
    pub(super) fn claim(&mut self, tx: &Transaction<'_>, time: &str) -> Result<(), EngineError> {
        // What is still to be handed on may change what there is to be asked.
        if self.is_more {
            return Ok(());
        }
        let deadline = self.now() + QUIET_TIME;
        let (mut claimed, mut most) = (0, ROUND);
        // Later steps first: what was begun is finished before more is begun.
        for place in (0..self.lines.len()).rev() {
            while !self.lines[place].is_exhausted() && !self.stopping && claimed < most {
                let room = match self.channels {
                    Some(channels) if !self.has_room(channels, place) => break,
                    Some(channels) => self.room(channels, place),
                    None => ROUND,
                };
                let count = room.clamp(1, ROUND.min(most - claimed));
                let found = self.next_of_line(tx, place, count)?;
                claimed += found.len();
                for work in found {
                    self.start(tx, work, time)?;
                }
                if self.is_idle() && self.now() < deadline {
                    most = QUIET_ROUND.min(claimed + ROUND);
                }
            }
        }
        Ok(())
    }

    /// Begins a work item where the record left it.
    fn start(&mut self, tx: &Transaction<'_>, work: Work, time: &str) -> Result<(), EngineError> {
        let past = if self.has_past { tape::past_attempts(tx, &work, self.marks.tape_round)? } else { Vec::new() };
        // Attempts that got no answer decide nothing.
        let by_a_person = past.iter().rfind(|past| past.attempt.outcome.by_a_person().is_some());
        let refused = past.last().filter(|past| past.attempt.is_refused());
        let last = by_a_person.or(refused).or_else(|| past.iter().rfind(|past| past.attempt.outcome.was_answered()));
        let last = last.map(|last| (last.id, last.cache_entry));
        let place = work.place;
        let task = self.steps[place].task;
        let mut item = Item::new(work, past.into_iter().map(|past| past.attempt).collect());
        match item.start(task) {
            Ok(Start::Goes) => {}
            Ok(Start::Skipped(reason)) => {
                standing::skip(tx, item.work.id, &reason)?;
                self.count(place, WorkStatus::Skipped);
                self.pass_on(item.work.id);
                return Ok(());
            }
            Err(error) => {
                let ruling = item.cannot_ask(task, &error);
                return self.follow(tx, item, ruling, time);
            }
        }
        if let (Some((attempt, status)), Some((id, cache_entry))) = (item.decided(), last)
            && (status != WorkStatus::Accepted || cache_entry.is_some())
        {
            // A decision stands after the attempts that it is about.
            let attempts = attempt.number - u32::from(attempt.outcome.by_a_person().is_some());
            let settled = Settled {
                standing: item.work.id,
                status,
                attempts,
                last_attempt: id,
                cache_entry,
                is_followed: self.links.is_followed(task.step),
            };
            standing::settle(tx, &settled)?;
            self.outcome.from_tape += 1;
            self.outcome.steps[place].from_tape += 1;
            self.tally.from_record += 1;
            self.count(place, status);
            self.pass_on(item.work.id);
            return Ok(());
        }
        if let Some(ended) = item.decided_by_candidates(task) {
            return self.follow(tx, item, Ruling::End(ended), time);
        }
        let ruling = match &task.action {
            Action::Ask(_) => Ruling::Ask,
            Action::Rule(rule) => item.apply(task, rule),
        };
        self.follow(tx, item, ruling, time)
    }

    /// Does what was ruled, and what follows from it as long as the tape knows the answers.
    pub(super) fn follow(
        &mut self,
        tx: &Transaction<'_>,
        mut item: Item,
        mut ruling: Ruling,
        time: &str,
    ) -> Result<(), EngineError> {
        let place = item.work.place;
        let task = self.steps[place].task;
        loop {
            match ruling {
                Ruling::Stay => return Ok(()),
                Ruling::End(mut ended) => {
                    let last = match ended.attempt.take() {
                        Some(attempt) => Some(self.record(tx, &mut item, &attempt, time)?),
                        None => None,
                    };
                    tape::ended(tx, &item.work, &ended, last, (task, self.links))?;
                    let status = ended.status;
                    tracing::debug!(work_id = %item.work.work_id, %status, "decided");
                    self.count(place, status);
                    self.watch_failures(status);
                    self.pass_on(item.work.id);
                    return Ok(());
                }
                Ruling::TryAgain(attempt) | Ruling::NextCandidate(attempt) => {
                    let id = self.record(tx, &mut item, &attempt, time)?;
                    let settled = Settled {
                        standing: item.work.id,
                        status: WorkStatus::Pending,
                        attempts: item.attempts(),
                        last_attempt: id,
                        cache_entry: None,
                        is_followed: false,
                    };
                    standing::settle(tx, &settled)?;
                }
                Ruling::Ask => {}
            }
            let question = match item.question(task) {
                Ok(question) => question,
                Err(error) => {
                    ruling = item.cannot_ask(task, &error);
                    continue;
                }
            };
            let (request, new) = tape::request(tx, &question)?;
            if let Some(asked) = self.asked.get_mut(&request) {
                asked.waiting.push(item.work.id);
                self.items.insert(item.work.id, item);
                return Ok(());
            }
            if !new && let Some((response, answer)) = tape::answer(tx, request, self.marks.tape)? {
                self.outcome.from_tape += 1;
                self.outcome.steps[place].from_tape += 1;
                self.tally.from_record += 1;
                ruling = item.hear(task, request, response, answer);
                continue;
            }
            if self.channels.is_none() || self.stopping {
                return Ok(());
            }
            let waiting = vec![item.work.id];
            let lane = self.lane_of(&question);
            self.lanes[lane].ready.push_back(request);
            self.asked.insert(
                request,
                Asked { question, waiting, failures: Failures::default(), first: Moment::MAX, given_up: None },
            );
            self.items.insert(item.work.id, item);
            return Ok(());
        }
    }

    /// Records a decided attempt; returns its rowid.
    fn record(
        &mut self,
        tx: &Transaction<'_>,
        item: &mut Item,
        attempt: &Attempt,
        time: &str,
    ) -> Result<i64, EngineError> {
        let place = item.work.place;
        self.outcome.attempts += 1;
        self.outcome.steps[place].attempts += 1;
        tracing::debug!(work_id = %item.work.work_id, number = attempt.number, outcome = %attempt.outcome, "tried");
        let id = tape::attempt(tx, self.steps[place].task, self.invocation, &item.work, attempt, time)?;
        item.is_recorded(id);
        Ok(id)
    }

    fn count(&mut self, place: usize, status: WorkStatus) {
        self.tally.done += 1;
        self.lines[place].accepted += u64::from(status == WorkStatus::Accepted);
        match status {
            WorkStatus::Accepted => self.tally.accepted += 1,
            WorkStatus::Rejected => self.tally.rejected += 1,
            WorkStatus::Failed => self.tally.failed += 1,
            WorkStatus::Pending | WorkStatus::Skipped | WorkStatus::Blocked => {}
        }
    }

    /// Stops the run when more has gone wrong than the user wants to see.
    fn watch_failures(&mut self, status: WorkStatus) {
        self.decided += 1;
        self.bad += u64::from(Self::is_bad(status));
        let (bad, decided) = (self.bad, self.decided);
        if let Some(most) = self.max_failures.filter(|it| !self.stopping && it.is_exceeded(bad, decided)) {
            self.stop(Stop::TooMany { bad, decided, most });
        }
    }

    /// Records what is about to be sent, as far as the pace and the workers have room.
    pub(super) fn send(&mut self, tx: &Transaction<'_>, time: &str) -> Result<Vec<Job>, EngineError> {
        let mut jobs = Vec::new();
        let Some(channels) = self.channels else { return Ok(jobs) };
        if self.stopping {
            self.drop_unsent();
            return Ok(jobs);
        }
        let now = self.now();
        while self.later.peek().is_some_and(|Reverse((at, _))| *at <= now) {
            if let Some(Reverse((_, request))) = self.later.pop()
                && let Some(asked) = self.asked.get(&request)
            {
                // Whoever has waited goes first.
                let lane = self.lane_of(&asked.question);
                self.lanes[lane].ready.push_front(request);
            }
        }
        self.wake = None;
        // The last lane first: what it is asked about is nearly done.
        for lane in (0..self.lanes.len()).rev() {
            while self.flying.len() < channels.max_workers
                && let Some(request) = self.next_of(lane, now)
            {
                let Some(asked) = self.asked.get(&request) else { continue };
                match self.purse.ask(&channels.way(&asked.question).terms, &asked.question.request) {
                    Leave::Send(aside) => jobs.extend(self.launch(tx, channels, lane, request, aside, time)?),
                    Leave::Wait => {
                        self.lanes[lane].ready.push_front(request);
                        break;
                    }
                    Leave::Stop(reason) => {
                        self.stopping = true;
                        self.outcome.budget = Some(reason);
                        self.drop_unsent();
                        return Ok(jobs);
                    }
                }
            }
        }
        Ok(jobs)
    }

    /// What was not sent stays open.
    fn drop_unsent(&mut self) {
        self.lanes.iter_mut().for_each(|lane| lane.ready.clear());
        self.later.clear();
    }

    /// The next request of a lane, if it may go out now.
    fn next_of(&mut self, lane: usize, now: Moment) -> Option<i64> {
        let lane = &mut self.lanes[lane];
        lane.ready.front()?;
        match lane.pace.next(now, lane.flying) {
            Next::Now => lane.ready.pop_front(),
            Next::At(at) => {
                self.wake = Some(self.wake.map_or(at, |other| other.min(at)));
                None
            }
            Next::Full => None,
        }
    }

    /// Records that a request goes out, for which `aside` is set aside.
    fn launch(
        &mut self,
        tx: &Transaction<'_>,
        channels: &Channels,
        lane: usize,
        request: i64,
        aside: Option<Money>,
        time: &str,
    ) -> Result<Option<Job>, EngineError> {
        let now = self.now();
        let Some(asked) = self.asked.get_mut(&request) else { return Ok(None) };
        asked.first = asked.first.min(now);
        let Some(item) = asked.waiting.first() else { return Ok(None) };
        let Some(work) = self.items.get(item).map(|item| &item.work) else { return Ok(None) };
        let work_item = work.work_item;
        self.outcome.steps[work.place].calls += 1;
        let purpose = asked.question.purpose;
        let call = tape::sending(tx, request, work_item, self.invocation, purpose, aside.map(Money::to_usd), time)?;
        self.purse.sent(call, aside);
        let ticket = Ticket(call.unsigned_abs());
        let channel = &channels.way(&asked.question).channel;
        // Pictures are in memory only while they are in flight.
        let question = if channel.sees_images() { &*image::loaded(tx, &asked.question)? } else { &asked.question };
        let job = Job { ticket, exchange: channel.exchange(question) };
        let Lane { pace, flying, .. } = &mut self.lanes[lane];
        let input = if pace.counts_tokens() { estimate_tokens(&asked.question.request) } else { 0 };
        let pass = pace.send(now, pace.estimate(input));
        *flying += 1;
        self.flying.insert(ticket, Flight { request, call, lane, sent: now, pass });
        self.outcome.calls += 1;
        self.tally.calls += 1;
        Ok(Some(job))
    }

    /// Records the changes of pace that are due, or at the end all of them.
    pub(super) fn record_pace(&mut self, tx: &Transaction<'_>, time: &str, last: bool) -> Result<(), EngineError> {
        let now = self.now();
        for Lane { model, pace, .. } in &mut self.lanes {
            if let Some(row) = pace.take_change(now, last) {
                tape::pace(tx, self.invocation, model, &row, time)?;
            }
        }
        Ok(())
    }
}
