//! Failed exchanges: parks their requests, sends them again, or fails their work items. Which of these is for `outage`
//! to say.

use std::cmp::Reverse;
use std::time::Duration;

use rusqlite::Transaction;
use serde_json::json;

use super::error::DispatchError;
use super::models::Models;
use super::outage::{Diagnosis, Failure};
use super::state::{FailedExchange, InFlight, Loop, PendingRequest};
use super::stop::{Refusal, Stop, Unanswered};
use super::words::without_ids;
use crate::provider::{LONGEST_WAIT, ProviderError, ProviderErrorKind};
use crate::record::Digest;
use crate::stage::generate::ItemInProgress;
use crate::stage::generate::tape;

/// A failed exchange, with its response (rowid) and the wait that the endpoint asked for.
pub(super) struct ExchangeFailure<'a> {
    pub(super) flight: &'a InFlight,
    pub(super) response: i64,
    pub(super) error: ProviderError,
    pub(super) announced: Option<Duration>,
}

impl Loop<'_> {
    /// Goes on with a request after a failed exchange.
    pub(super) fn fail_exchange(
        &mut self,
        tx: &Transaction<'_>,
        models: &Models,
        mut pending: PendingRequest,
        failed: ExchangeFailure<'_>,
        time: &str,
    ) -> Result<(), DispatchError> {
        let ExchangeFailure { flight, response, mut error, announced } = failed;
        if error.kind == ProviderErrorKind::RateLimited && error.retry_after.is_some_and(|it| it > LONGEST_WAIT) {
            self.stop(Stop::UsedUp(error.message));
            return Ok(());
        }
        let is_local = !models.route(&pending.question).channel.sees_images();
        if is_local && error.kind == ProviderErrorKind::BadRequest {
            // A table says the same of a request each time.
            error.kind = ProviderErrorKind::InvalidInput;
        }
        // Without any response, the fault cannot be told.
        let item = pending.waiting.first().and_then(|item| self.items.get(item));
        let before = self.responses > 0 && item.is_some_and(ItemInProgress::failed_before);
        let is_known = error.kind.is_refusal() && self.was_refused_before(tx, flight.request, &error.message)?;
        let failure = Failure {
            request: flight.request,
            kind: error.kind,
            message: &error.message,
            sent: flight.sent,
            ended: self.now(),
            load: flight.peak,
            announced,
            before,
            is_known,
        };
        let diagnosis = match error.kind {
            // These say nothing of other requests.
            ProviderErrorKind::NoRecord | ProviderErrorKind::ManyRecords | ProviderErrorKind::ModelError => {
                Diagnosis::Failed
            }
            // It stays open.
            _ if self.stopping => return Ok(()),
            _ => self.outages[flight.route].failed(&failure),
        };
        tracing::info!(call = flight.call, ?diagnosis, error = %error, "a request failed");
        let stop = (diagnosis == Diagnosis::Stop).then(|| self.stop_for(flight.route, &error));
        let wait = error.retry_after.filter(|it| *it <= LONGEST_WAIT).unwrap_or_default();
        let not_before = self.now() + wait;
        pending.failed = Some(FailedExchange { response, call: flight.call, error, not_before });
        self.pending.insert(flight.request, pending);
        match stop {
            Some(stop) => self.stop(stop),
            None => self.go_on(tx, vec![(flight.request, diagnosis)], time)?,
        }
        Ok(())
    }

    /// Does what a diagnosis says for each of these requests.
    pub(super) fn go_on(
        &mut self,
        tx: &Transaction<'_>,
        requests: Vec<(i64, Diagnosis)>,
        time: &str,
    ) -> Result<(), DispatchError> {
        for (request, diagnosis) in requests {
            match diagnosis {
                Diagnosis::Failed => self.fail_items(tx, request, time)?,
                Diagnosis::Again(failures) => self.send_again(request, failures),
                Diagnosis::Parked => {}
                Diagnosis::Stop => {
                    let pending = self.pending.get(&request);
                    let stop =
                        pending.and_then(|it| Some(self.stop_for(it.question.route, &it.failed.as_ref()?.error)));
                    if let Some(stop) = stop {
                        self.stop(stop);
                    }
                }
            }
        }
        Ok(())
    }

    /// Puts a request into the retry queue, with the wait after so many failures.
    fn send_again(&mut self, request: i64, failures: u32) {
        let Some(models) = self.models.filter(|_| !self.stopping) else { return };
        let Some(pending) = self.pending.get(&request) else { return };
        let Some(failed) = &pending.failed else { return };
        let jitter = jitter(failed.call);
        let now = self.now();
        // What is left of the wait that the provider asked for, and a little more, so that not all return at once.
        let asked = Some(failed.not_before.saturating_sub(now)).filter(|it| !it.is_zero());
        let delay = models.route(&pending.question).retry.delay(failures, asked, jitter);
        self.retry_queue.push(Reverse((now + delay, request)));
    }

    /// Fails the work items that wait for a request.
    fn fail_items(&mut self, tx: &Transaction<'_>, request: i64, time: &str) -> Result<(), DispatchError> {
        let Some(pending) = self.pending.remove(&request) else { return Ok(()) };
        let Some(FailedExchange { response, error, .. }) = pending.failed else { return Ok(()) };
        for item in pending.waiting {
            let Some(mut item) = self.items.remove(&item) else { continue };
            let task = self.steps[item.work.place].task;
            let ruling = item.take_failure(task, request, response, error.kind, &error.message);
            self.follow(tx, item, ruling, time)?;
        }
        Ok(())
    }

    /// Decides what follows for parked requests where nothing else is left to send.
    pub(super) fn conclude_parked(&mut self, tx: &Transaction<'_>, time: &str) -> Result<(), DispatchError> {
        let Some(models) = self.models else { return Ok(()) };
        for route in 0..self.outages.len() {
            if self.stopping || self.outages[route].parked() == (0, 0) || self.is_under_way(models) {
                continue;
            }
            self.look_at_record(tx, route)?;
            let others = self.outages.iter().any(|it| it.unanswered().is_some());
            let next = self.outages[route].conclude(others);
            self.go_on(tx, next, time)?;
        }
        Ok(())
    }

    /// Whether another request is in flight, or can be sent: its work item may ask the route of a parked one next.
    fn is_under_way(&self, models: &Models) -> bool {
        !self.is_idle() || !self.retry_queue.is_empty() || self.hand_on_pending || self.may_claim(models)
    }

    /// Finds out whether the model of a route answered in an earlier invocation, where that matters.
    pub(super) fn look_at_record(&mut self, tx: &Transaction<'_>, route: usize) -> Result<(), DispatchError> {
        let Some(request) = self.outages[route].undecided() else { return Ok(()) };
        let Some(pending) = self.pending.get(&request) else { return Ok(()) };
        let spec = tape::spec_of(tx, &pending.question)?;
        let answered = tape::was_answered(tx, spec, self.invocation)?;
        self.outages[route].set_answered_before(answered);
        Ok(())
    }

    /// Whether an earlier invocation met a refusal of this request in the same words.
    fn was_refused_before(&self, tx: &Transaction<'_>, request: i64, message: &str) -> Result<bool, DispatchError> {
        let earlier = tape::earlier_failures(tx, request, self.invocation)?;
        let words = without_ids(message);
        Ok(earlier.iter().any(|message| without_ids(message) == words))
    }

    /// Stops the run if a route has answered nothing for too long.
    pub(super) fn stop_if_silent(&mut self) {
        let Some(models) = self.models else { return };
        let more = !self.is_exhausted() || self.hand_on_pending || !self.is_idle();
        let silent = |route: &usize| {
            let is_idle = || !self.in_flight.values().any(|it| it.route == *route);
            let pace = &self.lanes[models.routes[*route].lane].pace;
            self.outages[*route].is_silent_too_long(more, |sent| pace.lateness.busy_until(sent)) && is_idle()
        };
        let Some(route) = (0..self.outages.len()).find(silent) else { return };
        let failed = self.pending.values().filter(|it| it.question.route == route).filter_map(|it| it.failed.as_ref());
        // What failed in passing tells more than a refusal of one row beside it.
        if let Some(last) = failed.max_by_key(|it| (it.error.kind.is_transient(), it.call)) {
            let stop = self.stop_for(route, &last.error);
            self.stop(stop);
        }
    }

    /// Why the run stops when every request to a route ends with this error.
    fn stop_for(&self, route: usize, error: &ProviderError) -> Stop {
        let message = error.message.clone();
        let judge_model = self.judge_at(route);
        let refusal = || {
            let answered = self.answered.get(route).copied().unwrap_or_default();
            let others = self.answered.iter().sum::<u64>() - answered;
            Refusal { message: message.clone(), judge: judge_model.clone(), answered, others }
        };
        match error.kind {
            ProviderErrorKind::Refused | ProviderErrorKind::RefusedForAll | ProviderErrorKind::NotFound => {
                Stop::Refused(refusal())
            }
            ProviderErrorKind::BadRequest | ProviderErrorKind::InvalidInput => Stop::Wrong(refusal()),
            _ => {
                let judge = self.models.and_then(|models| models.routes[route].judge.clone());
                let last = self.outages[route].unanswered();
                Stop::Silent(Unanswered { message, last, judge, judge_model })
            }
        }
    }

    /// The model at a route that only judges.
    fn judge_at(&self, route: usize) -> Option<String> {
        let mut asks = self.steps.iter().filter_map(|step| step.task.asks());
        let generates = asks.any(|asks| {
            let mut parties = asks.escalated.iter().chain([&asks.generation]);
            parties.any(|party| party.route == route)
        });
        self.models.filter(|_| !generates).map(|models| models.routes[route].terms.model.clone())
    }
}

/// A pseudo-random number in [0, 1], always the same for the same call.
pub(super) fn jitter(call: i64) -> f64 {
    let digest = Digest::of_value(&json!(["jitter", call]));
    let [high, low, ..] = *digest.as_bytes();
    f64::from(u16::from_be_bytes([high, low])) / f64::from(u16::MAX)
}
