//! Sending: turns ready requests into jobs, as far as budget, pace and workers allow. It records each call before the
//! transport sees it.

use std::cmp::Reverse;

use rusqlite::Transaction;

use super::budget::Permission;
use super::error::DispatchError;
use super::lane::Lane;
use super::models::Models;
use super::pace::{Moment, NextSend};
use super::state::{InFlight, Loop};
use super::terms::Reservation;
use crate::price::Money;
use crate::price::tokens::quick_estimate;
use crate::stage::generate::tape;
use crate::stage::image;
use crate::transport::{Job, Ticket};

impl Loop<'_> {
    /// Records the requests that go out now, as far as budget, pace and workers allow, and returns them as jobs.
    pub(super) fn send(&mut self, tx: &Transaction<'_>, time: &str) -> Result<Vec<Job>, DispatchError> {
        let mut jobs = Vec::new();
        let Some(models) = self.models else { return Ok(jobs) };
        if self.stopping {
            self.drop_unsent();
            return Ok(jobs);
        }
        let now = self.now();
        while self.retry_queue.peek().is_some_and(|Reverse((at, _))| *at <= now) {
            if let Some(Reverse((_, request))) = self.retry_queue.pop()
                && let Some(pending) = self.pending.get(&request)
            {
                // Retries go first.
                let lane = self.lane_of(&pending.question);
                self.lanes[lane].ready.push_front(request);
            }
        }
        self.wake = None;
        // The last lane first: later steps and judges are there, and their work items are nearly done.
        for lane in (0..self.lanes.len()).rev() {
            while self.in_flight.len() < models.max_workers
                && let Some(request) = self.next_of(lane, now)
            {
                let Some(pending) = self.pending.get(&request) else { continue };
                match self.budget.ask(&models.route(&pending.question).terms, &pending.question.request) {
                    Permission::Send(aside) => {
                        jobs.extend(self.launch(tx, models, lane, request, aside, (now, time))?);
                    }
                    Permission::Wait => {
                        self.lanes[lane].ready.push_front(request);
                        break;
                    }
                    Permission::Stop(reason) => {
                        self.stopping = true;
                        self.summary.budget = Some(reason);
                        self.drop_unsent();
                        return Ok(jobs);
                    }
                }
            }
        }
        if !jobs.is_empty() {
            let loads: Vec<usize> = self.lanes.iter().map(|lane| lane.pace.load(now, lane.in_flight)).collect();
            for flight in self.in_flight.values_mut() {
                flight.peak = flight.peak.max(loads[flight.lane]);
            }
        }
        Ok(jobs)
    }

    /// Drops the requests that were not sent: their work items stay open in the record.
    fn drop_unsent(&mut self) {
        self.lanes.iter_mut().for_each(|lane| lane.ready.clear());
        self.retry_queue.clear();
    }

    /// Takes the next request (rowid) of a lane, if its pace allows one now.
    fn next_of(&mut self, lane: usize, now: Moment) -> Option<i64> {
        let lane = &mut self.lanes[lane];
        lane.ready.front()?;
        match lane.pace.next(now, lane.in_flight) {
            NextSend::Now => lane.ready.pop_front(),
            NextSend::At(at) => {
                self.wake = Some(self.wake.map_or(at, |other| other.min(at)));
                None
            }
            NextSend::Full => None,
        }
    }

    /// Records the call of a request, with what is reserved for it. All calls of a round are sent at one moment: none
    /// of them is later than another.
    fn launch(
        &mut self,
        tx: &Transaction<'_>,
        models: &Models,
        lane: usize,
        request: i64,
        aside: Reservation,
        (now, time): (Moment, &str),
    ) -> Result<Option<Job>, DispatchError> {
        let Some(pending) = self.pending.get(&request) else { return Ok(None) };
        let Some(item) = pending.waiting.first() else { return Ok(None) };
        let Some(work) = self.items.get(item).map(|item| &item.work) else { return Ok(None) };
        let work_item = work.work_item;
        self.summary.steps[work.place].calls += 1;
        let purpose = pending.question.purpose;
        let call = tape::sending(tx, request, work_item, self.invocation, purpose, aside.money.map(Money::pico), time)?;
        self.budget.sent(call, aside);
        let ticket = Ticket(call.unsigned_abs());
        let route = pending.question.route;
        let channel = &models.route(&pending.question).channel;
        // Images are in memory only while they are in flight.
        let question = if channel.sees_images() { &*image::loaded(tx, &pending.question)? } else { &pending.question };
        let job = Job { ticket, exchange: channel.exchange(question) };
        let Lane { pace, in_flight, .. } = &mut self.lanes[lane];
        let input = if pace.counts_tokens() { quick_estimate(&pending.question.request) } else { 0 };
        let paced = pace.send(now, pace.estimate(input));
        *in_flight += 1;
        let load = pace.load(now, *in_flight);
        self.in_flight.insert(ticket, InFlight { request, call, lane, route, sent: now, load, peak: load, paced });
        self.summary.calls += 1;
        self.progress.calls += 1;
        Ok(Some(job))
    }

    /// Records the changes of pace that are due; with `last`, all of them.
    pub(super) fn record_pace(&mut self, tx: &Transaction<'_>, time: &str, last: bool) -> Result<(), DispatchError> {
        let now = self.now();
        for Lane { model, pace, .. } in &mut self.lanes {
            if let Some(row) = pace.take_change(now, last) {
                tape::pace(tx, self.invocation, model, &row, time)?;
            }
        }
        Ok(())
    }
}
