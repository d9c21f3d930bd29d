//! One round of the loop: waits for responses, claims work items, and works on them as long as the tape has the
//! answers. Nothing here sends a request: `send` does.

use std::cmp::Reverse;

use rusqlite::Transaction;

use super::admission::Door;
use super::error::DispatchError;
use super::inbox::{Inbox, ROUND};
use super::models::Models;
use super::outage::OutageDetector;
use super::pace::Moment;
use super::state::{Loop, PendingRequest};
use super::stop::Stop;
use crate::record::WorkStatus;
use crate::stage::generate::tape;
use crate::stage::generate::{Action, Attempt, ClaimedItem, ItemEnd, ItemInProgress, ItemStart, Question, Transition};
use crate::stage::moved;
use crate::stage::standing::{self, Settled};

/// The most work items that a round claims while no request is in flight, since no answer waits for the commit then.
const QUIET_ROUND: usize = 8_192;
/// How long a round goes on beyond [`ROUND`] work items: Ctrl-C is handled between rounds.
const QUIET_TIME: Moment = Moment::from_millis(500);
/// The longest wait before progress is reported again.
const PROGRESS_INTERVAL: Moment = Moment::from_secs(1);
/// Minimum size of the retry queue, so that one request in back-off does not stall the rest.
const MIN_RETRY_QUEUE: usize = 4;
/// So many failed requests may be parked at least before no more are claimed: others may be answered.
const MIN_PARKED: usize = 20;
/// The most refused requests that are parked. Each may be refused in words of its own, so that many others are tried.
const MOST_REFUSED: usize = 256;

impl Loop<'_> {
    /// Returns the events since the last round; waits only if there is nothing else to do.
    pub(super) fn wait(&mut self, admission: &mut Door<'_>) -> Inbox {
        let Some(models) = self.models else { return Inbox::default() };
        let transport = &models.transport;
        let now = self.now();
        let may_claim = !self.stopping && (self.hand_on_pending || self.may_claim(models));
        let has_waiting = admission.as_ref().is_some_and(|it| it.has_waiting());
        let may_come = admission.as_ref().is_some_and(|it| !it.is_closed());
        let event = if !self.stopping && !has_waiting && may_come && self.is_at_rest() {
            transport.wait(None)
        } else if may_claim || has_waiting || (self.is_idle() && self.retry_queue.is_empty()) {
            transport.try_next()
        } else if self.stopping {
            transport.wait(self.deadline.map(|it| it.saturating_sub(now)))
        } else {
            let again = self.retry_queue.peek().map(|Reverse((at, _))| *at);
            let due = [again, self.wake].into_iter().flatten().min();
            transport.wait(due.map(|it| it.saturating_sub(now).min(PROGRESS_INTERVAL)))
        };
        let mut inbox = Inbox::of(event, || transport.try_next(), self.summary.interrupted, self.share());
        if !self.stopping {
            inbox.gather(self.in_flight.len(), || transport.try_next());
        }
        if inbox.interrupted
            && !inbox.giving_up
            && let Some(admission) = admission
        {
            // What was accepted is still decided; the next signal stops that too.
            inbox.interrupted = !admission.close();
        }
        // There is no third signal.
        inbox.giving_up |= inbox.interrupted && admission.is_some();
        self.summary.interrupted |= inbox.interrupted;
        self.stopping |= inbox.interrupted || admission.as_ref().is_some_and(|it| it.is_abandoned());
        inbox.giving_up |= self.deadline.is_some_and(|it| it <= self.now());
        inbox
    }

    /// How many slow answers are settled in a round, in proportion to the requests in flight.
    fn share(&self) -> usize {
        (self.in_flight.len() / 8).clamp(8, ROUND)
    }

    /// How many requests are in flight or about to be.
    fn under_way(&self) -> usize {
        self.in_flight.len() + self.lanes.iter().map(|lane| lane.ready.len()).sum::<usize>()
    }

    /// Whether a step has work items left and there is room for one.
    pub(super) fn may_claim(&self, models: &Models) -> bool {
        (0..self.cursors.len()).any(|place| !self.cursors[place].is_exhausted() && self.has_room(models, place))
    }

    /// How many more requests of a step the pace and the workers have room for.
    fn room(&self, models: &Models, place: usize) -> usize {
        let under_way = || self.items.values().filter(|item| item.work.place == place).count();
        self.free(models, place).min(self.cursors[place].wanted(under_way))
    }

    fn free(&self, models: &Models, place: usize) -> usize {
        let Some(asks) = self.steps[place].task.asks() else { return ROUND };
        let all = models.max_workers.saturating_sub(self.under_way());
        // The generation's lane: the judge is asked only after it has answered.
        let lane = models.routes.get(asks.generation.route).and_then(|route| self.lanes.get(route.lane));
        lane.map_or(all, |lane| all.min(lane.room()))
    }

    /// Whether there is room for another work item. Work items that share a call take room too: a million equal rows
    /// must not all be in memory for one call.
    fn has_room(&self, models: &Models, place: usize) -> bool {
        !self.is_in_doubt()
            && self.room(models, place) > 0
            && self.retry_queue.len() < models.max_workers.max(MIN_RETRY_QUEUE)
            && self.items.len() < models.max_workers + ROUND + self.parked_items()
            && self.outages.iter().all(|it| {
                let (refused, failed) = it.parked();
                refused < MOST_REFUSED && failed < models.max_workers.max(MIN_PARKED)
            })
    }

    /// How many work items wait for parked requests, as far as they are not to keep others from being claimed: the
    /// others may tell whose fault it is.
    fn parked_items(&self) -> usize {
        let parked = self.outages.iter().flat_map(OutageDetector::parked_requests);
        let waiting = parked.filter_map(|request| self.pending.get(&request)).map(|it| it.waiting.len());
        waiting.sum::<usize>().min(QUIET_ROUND)
    }

    /// Claims open work items while there is room for their requests.
    pub(super) fn claim(&mut self, tx: &Transaction<'_>, time: &str) -> Result<(), DispatchError> {
        // Handing on may open work items that come earlier in the plan.
        if self.hand_on_pending {
            return Ok(());
        }
        self.resolve_doubts(tx, time)?;
        let deadline = self.now() + QUIET_TIME;
        let (mut claimed, mut most) = (0, ROUND);
        // Later steps first, so that rows that were begun are finished before others begin.
        for place in (0..self.cursors.len()).rev() {
            while !self.cursors[place].is_exhausted() && !self.stopping && claimed < most {
                let room = match self.models {
                    Some(models) if !self.has_room(models, place) => break,
                    Some(models) => self.room(models, place),
                    None => ROUND,
                };
                let count = room.clamp(1, ROUND.min(most - claimed));
                let found = self.next_of_step(tx, place, count)?;
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
    pub(super) fn start(&mut self, tx: &Transaction<'_>, work: ClaimedItem, time: &str) -> Result<(), DispatchError> {
        let past = if self.has_past {
            tape::past_attempts(tx, self.steps[work.place].task, &work, self.marks.tape_round.max(work.tape_round))?
        } else {
            Vec::new()
        };
        // Attempts that got no answer decide nothing.
        let by_a_person = past.iter().rfind(|past| past.attempt.outcome.by_a_person().is_some());
        let refused = past.last().filter(|past| past.attempt.is_refused());
        let last = by_a_person.or(refused).or_else(|| past.iter().rfind(|past| past.attempt.outcome.was_answered()));
        let last = last.map(|last| (last.id, last.cache_entry));
        let place = work.place;
        let task = self.steps[place].task;
        let mut item = ItemInProgress::new(work, past.into_iter().map(|past| past.attempt).collect());
        match item.start(task) {
            Ok(ItemStart::Goes) => {}
            Ok(ItemStart::Skipped(reason)) => {
                standing::skip(tx, item.work.id, &reason)?;
                self.count(place, WorkStatus::Skipped);
                self.note_decided(item.work.id);
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
            if let Some(evidence) = &task.evidence {
                moved::follow_one(tx, settled.standing, &evidence.places().cloned().collect::<Vec<_>>())?;
            }
            self.summary.from_tape += 1;
            self.summary.steps[place].from_tape += 1;
            self.progress.from_record += 1;
            self.count(place, status);
            self.note_decided(item.work.id);
            return Ok(());
        }
        if let Some(ended) = item.decided_by_candidates(task) {
            return self.follow(tx, item, Transition::End(ended), time);
        }
        let ruling = match &task.action {
            Action::Ask(_) => Transition::Ask,
            Action::Rule(rule) => item.apply(task, rule),
        };
        self.follow(tx, item, ruling, time)
    }

    /// Does what a ruling says, and goes on for as long as the tape has the answers. A question that the tape does not
    /// answer becomes a pending request.
    pub(super) fn follow(
        &mut self,
        tx: &Transaction<'_>,
        mut item: ItemInProgress,
        mut ruling: Transition,
        time: &str,
    ) -> Result<(), DispatchError> {
        let place = item.work.place;
        let task = self.steps[place].task;
        loop {
            match ruling {
                Transition::End(ended) => return self.decide(tx, item, ended, time),
                Transition::TryAgain(attempt) | Transition::NextCandidate(attempt) => {
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
                Transition::Ask => {}
            }
            let question = match item.question(task) {
                Ok(question) => question,
                Err(error) => {
                    ruling = item.cannot_ask(task, &error);
                    continue;
                }
            };
            let (request, new) = tape::request(tx, &question)?;
            if let Some(pending) = self.pending.get_mut(&request) {
                pending.waiting.push(item.work.id);
                self.items.insert(item.work.id, item);
                return Ok(());
            }
            if !new
                && let Some((response, answer)) = tape::answer(tx, request, self.marks.tape.max(item.work.tape_after))?
            {
                self.summary.from_tape += 1;
                self.summary.steps[place].from_tape += 1;
                self.progress.from_record += 1;
                self.note_answer(place, &question, &answer);
                ruling = item.take_answer(task, request, response, answer);
                continue;
            }
            if self.models.is_none() || self.stopping {
                return Ok(());
            }
            self.enqueue(request, question, item);
            return Ok(());
        }
    }

    /// Records how a work item ended.
    fn decide(
        &mut self,
        tx: &Transaction<'_>,
        mut item: ItemInProgress,
        mut ended: ItemEnd,
        time: &str,
    ) -> Result<(), DispatchError> {
        let last = match ended.attempt.take() {
            Some(attempt) => Some(self.record(tx, &mut item, &attempt, time)?),
            None => None,
        };
        let place = item.work.place;
        tape::ended(tx, &item.work, &ended, last, (self.steps[place].task, self.links))?;
        let status = ended.status;
        tracing::debug!(work_id = %item.work.work_id, %status, "decided");
        self.count(place, status);
        self.watch_failures(status);
        self.note_decided(item.work.id);
        Ok(())
    }

    /// Puts the request (rowid) of a work item's question into the queue of its endpoint.
    fn enqueue(&mut self, request: i64, question: Question, item: ItemInProgress) {
        let waiting = vec![item.work.id];
        let lane = self.lane_of(&question);
        self.lanes[lane].ready.push_back(request);
        self.pending.insert(request, PendingRequest { question, waiting, failed: None });
        self.items.insert(item.work.id, item);
    }

    /// Records a decided attempt; returns its rowid.
    fn record(
        &mut self,
        tx: &Transaction<'_>,
        item: &mut ItemInProgress,
        attempt: &Attempt,
        time: &str,
    ) -> Result<i64, DispatchError> {
        let place = item.work.place;
        self.summary.attempts += 1;
        self.summary.steps[place].attempts += 1;
        tracing::debug!(work_id = %item.work.work_id, number = attempt.number, outcome = %attempt.outcome, "tried");
        let id = tape::attempt(tx, self.steps[place].task, self.invocation, &item.work, attempt, time)?;
        item.is_recorded(id);
        Ok(id)
    }

    /// Counts a decided work item of the step at `place`.
    fn count(&mut self, place: usize, status: WorkStatus) {
        self.progress.done += 1;
        self.cursors[place].accepted += u64::from(status == WorkStatus::Accepted);
        match status {
            WorkStatus::Accepted => self.progress.accepted += 1,
            WorkStatus::Rejected => self.progress.rejected += 1,
            WorkStatus::Failed => self.progress.failed += 1,
            WorkStatus::Pending | WorkStatus::Skipped | WorkStatus::Blocked => {}
        }
    }

    /// Stops the run once more work items failed or were rejected than `--max-failures` allows.
    fn watch_failures(&mut self, status: WorkStatus) {
        self.decided += 1;
        self.bad += u64::from(Self::is_bad(status));
        let (bad, decided) = (self.bad, self.decided);
        if let Some(most) = self.max_failures.filter(|it| !self.stopping && it.is_exceeded(bad, decided)) {
            self.stop(Stop::TooMany { bad, decided, later: 0, most });
        }
    }
}
