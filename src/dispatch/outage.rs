//! Tells a failing request from a failing endpoint.
//!
//! A failure counts against its request only once the endpoint has answered a request that was *sent later*; until then
//! the failed request is *parked*. An outage therefore counts at most once, however often a request is sent within it.
//! A failure that may come from too much at a time (503 and its like, time-outs, broken connections) counts only if the
//! answered request was sent after the failure came back, under at least the same load, and no other request met the
//! same for the first time just now. When more failures count than the retries allow, the request is at fault, and its
//! work items fail.
//!
//! Where nothing is answered any more, the endpoint is at fault, or the configuration: the run stops, no work item is
//! decided, and the next run goes on with them. That is so after 20 refusals in the same words, and after a silence of
//! a minute. Once something was answered, it takes 20 requests that are refused, and then it is only a [`doubt`]: a
//! request that was never asked is sent as a probe. At the end of a run, where nothing is sent later, [`together`] says
//! what the last requests tell.
//!
//! A pure policy, with moments as values; each route has one.

mod doubt;
mod request;
mod together;

use std::collections::{HashMap, VecDeque};
use std::time::Duration;

use doubt::Doubt;
pub use request::Failure;
use request::{Blame, Failing, PROBE_CAP, Silence, Unproven, is_turned_away, may_be_overload, silence_with};
use together::{SEVERAL, are_late, are_refused, is_outage};

use super::pace::Moment;
use super::words::{SameWords, words_of};
use crate::provider::{ProviderErrorKind, RetryPolicy};

/// How long nothing may be answered, while exchanges fail, once something was answered.
const TOO_LONG: Duration = Duration::from_mins(1);
/// How long at most, where the endpoint may still be working on requests that were given up.
const BUSY_TOO_LONG: Duration = Duration::from_mins(10);
/// Before the first answer, the run waits this many times as long as all retries of one request do, if that is shorter.
const FIRST_PATIENCE: u32 = 4;
/// Before the first answer, a silence of less than a minute tells something only after this many requests, or when
/// none is left.
const ENOUGH: usize = 20;
/// So many ended exchanges tell whether the endpoint has too much to do just now.
const RECENT: usize = 10;

/// What a failure means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Diagnosis {
    /// The request is at fault: its work items fail.
    Failed,
    /// Not known yet: it waits for an answer to a request that is sent later.
    Parked,
    /// It is sent again; the wait is that after this many failures.
    Again(u32),
    /// The endpoint or the configuration is at fault: the run stops.
    Stop,
}

/// Watches the answers and failures of one route.
#[derive(Clone, Debug)]
pub struct OutageDetector {
    retry: RetryPolicy,
    answered: bool,
    /// Whether the model answered in an earlier invocation; `None` until the record was asked.
    answered_before: Option<bool>,
    last_answer: Moment,
    /// The latest ended exchanges: the requests that met what may be overload for the first time.
    recent: VecDeque<Option<i64>>,
    failing: HashMap<i64, Failing>,
    same_words: SameWords,
    doubt: Option<Doubt>,
    blame: Blame,
    silence: Option<Silence>,
}

impl OutageDetector {
    /// A detector before the first request.
    #[must_use]
    pub fn new(retry: RetryPolicy) -> Self {
        Self {
            retry,
            answered: false,
            answered_before: None,
            last_answer: Moment::ZERO,
            recent: VecDeque::new(),
            failing: HashMap::new(),
            same_words: SameWords::default(),
            doubt: None,
            blame: Blame::default(),
            silence: None,
        }
    }

    /// The requests that are parked: those that were refused, and those that failed in passing.
    #[must_use]
    pub fn parked(&self) -> (usize, usize) {
        let parked = self.failing.values().filter(|it| it.parked);
        parked.fold((0, 0), |(refused, failed), it| {
            let is_refused = usize::from(it.kind.is_refusal());
            (refused + is_refused, failed + 1 - is_refused)
        })
    }

    /// The parked requests, in no order.
    pub fn parked_requests(&self) -> impl Iterator<Item = i64> {
        self.failing.iter().filter(|(_, it)| it.parked).map(|(id, _)| *id)
    }

    /// A parked request, where nothing but the record can tell whether its model answers, and it was not asked yet.
    #[must_use]
    pub fn undecided(&self) -> Option<i64> {
        let is_unknown = !self.answered && self.answered_before.is_none();
        self.parked_requests().min().filter(|_| is_unknown)
    }

    /// Notes whether the model answered in an earlier invocation.
    pub fn set_answered_before(&mut self, answered: bool) {
        self.answered_before = Some(answered);
    }

    /// Whether a failure of `request` under `load` says something about the load of the endpoint. For overload, only
    /// the first one does, and one under less load than all before, unless such failures turned out to be about their
    /// requests; otherwise, as long as no others are answered.
    #[must_use]
    pub fn tells_of_load(&self, request: i64, kind: ProviderErrorKind, load: usize) -> bool {
        match self.failing.get(&request) {
            Some(it) => it.tells_again(kind, load),
            None => !(is_turned_away(kind) && self.blame.is_on_requests()),
        }
    }

    /// Records an answer to `request`, which was sent at `sent` under `load`; returns the parked requests that go on,
    /// and what is known of them now.
    pub fn answered(&mut self, request: i64, sent: Moment, load: usize, now: Moment) -> Vec<(i64, Diagnosis)> {
        self.blame.add(self.failing.remove(&request), false);
        self.answered = true;
        self.last_answer = now;
        self.silence = None;
        self.same_words.answered(sent);
        self.doubt.take_if(|doubt| !self.same_words.are_many(&doubt.words));
        self.note_end(None);
        let recent = std::mem::take(&mut self.recent);
        let is_busy_for = |id: i64| recent.iter().flatten().any(|other| *other != id);
        let retries = self.retry.retries;
        let mut freed = Vec::new();
        for (id, it) in &mut self.failing {
            it.silent = it.silent.min(1);
            let Some(unproven) = it.unproven.filter(|unproven| unproven.since < sent) else { continue };
            it.times_up += 1;
            it.up_words = Some(it.words.clone());
            it.silent = 0;
            if load >= unproven.load {
                // Where others are turned away too, it is for the load, and tells nothing.
                it.counted += u32::from(unproven.load == 0 || !is_busy_for(*id));
                it.unproven = None;
            }
            if !it.parked {
                continue;
            }
            if it.is_out(retries) {
                freed.push((*id, Diagnosis::Failed));
            } else {
                it.parked = false;
                freed.push((*id, Diagnosis::Again(it.wait())));
            }
        }
        self.recent = recent;
        freed.sort_unstable_by_key(|(id, _)| *id);
        self.forget(&freed);
        freed
    }

    /// Notes that an exchange ended: `overload` is the request that met what may be overload for the first time.
    fn note_end(&mut self, overload: Option<i64>) {
        if self.recent.len() == RECENT {
            self.recent.pop_front();
        }
        self.recent.push_back(overload);
    }

    /// Records a failed exchange; returns what follows for its request.
    pub fn failed(&mut self, failure: &Failure<'_>) -> Diagnosis {
        let Failure { request, kind, sent, .. } = *failure;
        let is_for_all = kind == ProviderErrorKind::RefusedForAll;
        let words = words_of(kind, failure.message);
        let is_first = !self.failing.contains_key(&request);
        self.note_end(Some(request).filter(|_| is_first && may_be_overload(kind)));
        let it = self.failing.entry(request).or_insert_with(|| Failing::new(kind));
        (it.kind, it.words) = (kind, words);
        it.before |= failure.before;
        // What counts already is not about all, and neither is what is certain to be about this request. What an
        // earlier run met says nothing new: a block of bad rows must not hide the good ones behind it.
        let is_known = !is_for_all && (it.before || failure.is_known);
        let is_about_it = kind == ProviderErrorKind::InvalidInput || is_known;
        it.is_telling = kind.is_refusal() && it.counted == 0 && !is_about_it;
        let answers = self.answered || self.answered_before == Some(true);
        // What is at fault itself says nothing about the endpoint.
        if it.is_mute() || (answers && it.is_new_refusal()) {
            self.silence = Some(silence_with(self.silence, failure, self.last_answer));
        }
        it.parked = false;
        if kind == ProviderErrorKind::RateLimited && self.retry.retries > 0 {
            // Waiting is no failure.
            it.limited += 1;
            return Diagnosis::Again(it.limited);
        }
        it.tries += 1;
        it.silent += 1;
        it.least_load = it.least_load.min(failure.load);
        let (since, load) = if may_be_overload(kind) { (failure.ended, failure.load) } else { (sent, 0) };
        if it.unproven.is_none_or(|unproven| load <= unproven.load) {
            it.unproven = Some(Unproven { since, load });
        }
        let may_answer = self.answered || self.answered_before != Some(false);
        if it.is_telling && self.same_words.add((request, sent), &it.words, answers && !is_for_all) {
            if is_for_all || !may_answer {
                return Diagnosis::Stop;
            }
            self.doubt.get_or_insert_with(|| Doubt::new(&it.words));
        }
        if it.is_out(self.retry.retries) {
            self.failing.remove(&request);
            return Diagnosis::Failed;
        }
        it.parked = true;
        Diagnosis::Parked
    }

    /// Whether nothing was answered for too long. `more`: further requests can be sent that did not fail yet.
    /// `busy_until`: when the endpoint must be done with what was given up and sent before a moment. To be asked while
    /// no request is in flight: a slow one may still be answered.
    #[must_use]
    pub fn is_silent_too_long(&self, more: bool, busy_until: impl Fn(Moment) -> Moment) -> bool {
        let Some(silence) = self.silence else { return false };
        let failing = || self.failing.values();
        if !failing().any(Failing::is_mute) && !are_refused(failing()) {
            return false;
        }
        let longest = RetryPolicy { retries: self.retry.retries.max(1), ..self.retry }.longest();
        // One wait that may be longer is waited for.
        let too_long = TOO_LONG.max(self.retry.cap);
        let patience = match (self.answered, silence.unconnected) {
            (true, _) => too_long,
            (false, false) => longest.saturating_mul(FIRST_PATIENCE).min(too_long),
            // Nobody is there: the address is wrong, or the server is not up.
            (false, true) => longest.min(too_long),
        };
        let is_over = |patience| silence.has_lasted(patience);
        if self.answered && !more && are_late(failing()) && !is_over(BUSY_TOO_LONG) {
            return false;
        }
        let tells = |enough| !more || self.failing.len() >= enough;
        let is_too_long = (is_over(patience) && tells(ENOUGH)) || (is_over(too_long) && tells(SEVERAL));
        is_too_long && (is_over(BUSY_TOO_LONG) || busy_until(silence.newest) <= silence.newest)
    }

    /// Decides what follows for the parked requests when no other request is left to send; `Stop` only alone.
    /// `others`: other routes were answered.
    pub fn conclude(&mut self, others: bool) -> Vec<(i64, Diagnosis)> {
        let retries = self.retry.retries;
        let parked = || self.failing.values().filter(|it| it.parked);
        let (is_outage, are_refused) = (is_outage(parked()), are_refused(parked()));
        let has_lasted = self.silence.is_some_and(|silence| silence.has_lasted(TOO_LONG));
        let mut next = Vec::new();
        let mut unknown = Vec::new();
        for id in self.sorted(|it| it.parked) {
            let Some(it) = self.failing.get(&id) else { continue };
            let about_all = it.kind == ProviderErrorKind::RefusedForAll && it.counted == 0;
            let at_fault = it.before || it.kind == ProviderErrorKind::InvalidInput;
            let is_alone = self.waits_alone() && it.may_be_its_own(others);
            let answers = self.answered || is_alone || (self.answered_before == Some(true) && it.is_answer());
            let is_for_all = (is_outage && it.is_mute()) || (are_refused && it.is_new_refusal());
            let known = answers && !is_for_all;
            let is_too_early = it.kind == ProviderErrorKind::Timeout && it.is_mute() && !has_lasted;
            let is_last = it.counted + it.silent > retries || it.kind == ProviderErrorKind::InvalidInput;
            match !about_all && (at_fault || known) {
                true if is_last && !is_too_early => next.push((id, Diagnosis::Failed)),
                true => next.push((id, Diagnosis::Again(it.wait()))),
                false => unknown.push(id),
            }
        }
        if next.is_empty() {
            next.extend(self.probe(&unknown));
        }
        for (id, _) in &next {
            if let Some(it) = self.failing.get_mut(id) {
                it.parked = false;
            }
        }
        self.forget(&next);
        next
    }

    /// Whether no more than one request waits, but for rate limits.
    fn waits_alone(&self) -> bool {
        self.failing.values().filter(|it| it.kind != ProviderErrorKind::RateLimited).count() <= 1
    }

    /// The request that was refused last, where that is a doubt.
    #[must_use]
    pub fn doubted(&self) -> Option<i64> {
        self.same_words.latest(&self.doubt.as_ref()?.words)
    }

    /// How many probes were sent in a doubt so far, if one more is to be sent; counts that one.
    pub fn next_probe(&mut self) -> Option<u32> {
        self.doubt.as_mut()?.next_probe()
    }

    /// Whether any request was answered, now or in an earlier invocation as far as the record was asked.
    #[must_use]
    pub fn answers(&self) -> bool {
        self.answered || self.answered_before == Some(true)
    }

    /// How many requests failed and were not answered since, if any other was answered.
    #[must_use]
    pub fn unanswered(&self) -> Option<usize> {
        self.answered.then_some(self.failing.len())
    }

    /// The one request of those that looks whether the endpoint is back, or the reason to stop.
    fn probe(&mut self, unknown: &[i64]) -> Option<(i64, Diagnosis)> {
        let last = *unknown.last()?;
        let may_pass = |it: &&Failing| !it.kind.is_refusal() || (self.answers() && it.is_new_refusal());
        let tries = |id: &i64| self.failing.get(id).filter(may_pass).map(|it| it.tries);
        let probe = unknown.iter().copied().filter(|id| tries(id).is_some()).min_by_key(|id| tries(id));
        let Some(probe) = probe else { return Some((last, Diagnosis::Stop)) };
        let probes = self.silence.as_mut().map_or(1, |silence| {
            silence.probes = (silence.probes + 1).min(PROBE_CAP);
            silence.probes
        });
        Some((probe, Diagnosis::Again(probes)))
    }

    fn sorted(&self, which: impl Fn(&Failing) -> bool) -> Vec<i64> {
        let mut ids: Vec<i64> = self.failing.iter().filter(|(_, it)| which(it)).map(|(id, _)| *id).collect();
        ids.sort_unstable();
        ids
    }

    fn forget(&mut self, decided: &[(i64, Diagnosis)]) {
        for (id, _) in decided.iter().filter(|(_, it)| *it == Diagnosis::Failed) {
            self.blame.add(self.failing.remove(id), true);
        }
    }
}

#[cfg(test)]
mod tests;
