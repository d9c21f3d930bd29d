//! Tells a failing request from a failing endpoint.
//!
//! A request that fails for good while others are answered is at fault itself, and its work items fail. Where no
//! request is answered, the endpoint is down, or the configuration asks for something that the endpoint does not
//! support. Then no work item is decided, and after a while the run stops; the open work items go on in the next run.
//!
//! To tell the two apart, a request that failed for good waits for the next answer before it counts as failed. A pure
//! policy, with moments as values; each route has one.

use super::pace::Moment;
use crate::provider::ProviderErrorKind;

/// After this many requests that failed for good, with no answer in between, the endpoint is at fault.
const GIVEN_UP: usize = 20;
/// After this many first requests that were all rejected with the same message, the configuration is at fault.
const WRONG: usize = 20;
/// After this long without an answer, while exchanges fail, the endpoint is at fault.
const TOO_LONG: Moment = Moment::from_secs(45);

/// What a failure means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Diagnosis {
    /// The request is at fault: its work items fail.
    Failed,
    /// Not known yet.
    Waits,
    /// The endpoint or the configuration is at fault: the run stops.
    Stop,
}

/// Watches the answers and failures of one route.
#[derive(Clone, Debug)]
pub struct OutageDetector {
    /// The most requests in flight.
    most: usize,
    answered: bool,
    /// When the first failed exchange was sent.
    since: Option<Moment>,
    exchanges: usize,
    /// The first few requests that failed.
    failed: Vec<i64>,
    /// Requests that failed for good and wait for an answer to another one.
    waiting: Vec<i64>,
    /// How many of `waiting` were first sent after the last answer.
    fresh: usize,
    /// When the last answer came.
    last_answer: Moment,
    /// The message with which the first requests were rejected, and how many were.
    wrong: Option<(String, usize)>,
}

impl OutageDetector {
    /// A detector before the first request, for at most `most` requests in flight.
    #[must_use]
    pub fn new(most: usize) -> Self {
        Self {
            most,
            answered: false,
            since: None,
            exchanges: 0,
            failed: Vec::new(),
            waiting: Vec::new(),
            fresh: 0,
            last_answer: Moment::ZERO,
            wrong: None,
        }
    }

    /// Whether any request was answered since the invocation began.
    #[must_use]
    pub fn has_answered(&self) -> bool {
        self.answered
    }

    /// Records an answer; returns the given-up requests that waited for one: they are at fault themselves.
    pub fn answered(&mut self, now: Moment) -> Vec<i64> {
        let waiting = std::mem::take(&mut self.waiting);
        if self.since.is_some() || !self.answered {
            *self = Self { answered: true, ..Self::new(self.most) };
        }
        self.last_answer = now;
        waiting
    }

    /// Records a transient failure of `request`, which was first sent at `first` and this time at `sent`; returns
    /// whether this has gone on too long.
    pub fn failed(&mut self, request: i64, first: Moment, sent: Moment, now: Moment) -> Diagnosis {
        if !self.is_fresh(first) {
            return Diagnosis::Waits;
        }
        let since = *self.since.get_or_insert(sent);
        self.exchanges += 1;
        // With few workers, few requests are in flight at a time.
        let distinct = (self.most + 3).min(10);
        if self.failed.len() < distinct && !self.failed.contains(&request) {
            self.failed.push(request);
        }
        let enough = self.exchanges > (4 * self.most).min(20) && self.failed.len() == distinct;
        if enough && now.saturating_sub(since) >= TOO_LONG { Diagnosis::Stop } else { Diagnosis::Waits }
    }

    /// Records that `request`, first sent at `first`, failed for good with `message`. `before` says whether it failed
    /// in an earlier invocation too: then it is at fault itself.
    pub fn gave_up(
        &mut self,
        request: i64,
        first: Moment,
        kind: ProviderErrorKind,
        message: &str,
        before: bool,
    ) -> Diagnosis {
        use ProviderErrorKind::{BadRequest, Connection, InvalidResponse, ServerError, Timeout};
        match kind {
            BadRequest if !self.answered && !before => {
                let (words, count) = self.wrong.get_or_insert_with(|| (message.to_owned(), 0));
                if words != message {
                    return Diagnosis::Failed;
                }
                *count += 1;
                let count = *count;
                self.waiting.push(request);
                if count >= WRONG { Diagnosis::Stop } else { Diagnosis::Waits }
            }
            ServerError | Timeout | Connection | InvalidResponse if !before => {
                self.waiting.push(request);
                self.fresh += usize::from(self.is_fresh(first));
                if self.fresh >= GIVEN_UP { Diagnosis::Stop } else { Diagnosis::Waits }
            }
            _ => Diagnosis::Failed,
        }
    }

    /// Whether a request was first sent after the last answer. An older one says nothing about the endpoint now.
    fn is_fresh(&self, first: Moment) -> bool {
        !self.answered || first > self.last_answer
    }

    /// The diagnosis when no request is left to send. `nobody`: no route has had an answer; `mute`: there was no HTTP
    /// response of any kind.
    pub fn end(&self, nobody: bool, mute: bool) -> Diagnosis {
        let called_wrong = self.wrong.is_some();
        match self.waiting.len() {
            0 => Diagnosis::Waits,
            count if nobody && !called_wrong && (mute || count > 1) => Diagnosis::Stop,
            _ => Diagnosis::Failed,
        }
    }

    /// Takes the given-up requests that wait for a diagnosis.
    pub fn take_waiting(&mut self) -> Vec<i64> {
        std::mem::take(&mut self.waiting)
    }
}

#[cfg(test)]
mod tests {
    use super::Diagnosis::{Failed, Stop, Waits};
    use super::ProviderErrorKind::{BadRequest, Connection, RateLimited, ServerError, Timeout};
    use super::*;

    fn at(seconds: u64) -> Moment {
        Moment::from_secs(seconds)
    }

    #[test]
    fn one_that_fails_among_others_is_at_fault_itself() {
        let mut outage = OutageDetector::new(8);
        assert!(!outage.has_answered());
        assert!(outage.answered(at(1)).is_empty());
        assert_eq!(outage.gave_up(7, at(2), ServerError, "down", false), Waits);
        assert_eq!(outage.answered(at(1)), [7]);
        assert!(outage.answered(at(1)).is_empty());
        assert!(outage.has_answered());
    }

    #[test]
    fn many_that_fail_with_no_answer_in_between_are_not() {
        for answered in [true, false] {
            let mut outage = OutageDetector::new(8);
            if answered {
                outage.answered(at(1));
            }
            let verdicts: Vec<Diagnosis> =
                (0..20).map(|it| outage.gave_up(it, at(2), Timeout, "late", false)).collect();
            assert_eq!(verdicts[..19], [Waits; 19]);
            assert_eq!(verdicts[19], Stop);
        }
    }

    #[test]
    fn what_others_left_behind_is_at_fault_itself() {
        let mut outage = OutageDetector::new(64);
        outage.answered(at(10));
        for request in 0..60 {
            assert_eq!(outage.gave_up(request, at(9), Timeout, "late", false), Waits);
        }
        assert_eq!(outage.end(false, false), Failed);
    }

    #[test]
    fn who_failed_before_is_at_fault_again() {
        let mut outage = OutageDetector::new(8);
        assert_eq!(outage.gave_up(1, at(2), ServerError, "down", true), Failed);
        assert_eq!(outage.gave_up(2, at(2), BadRequest, "no", true), Failed);
        assert_eq!(outage.gave_up(3, at(2), RateLimited, "slow", false), Failed);
    }

    #[test]
    fn a_silence_of_a_minute_is_too_long() {
        let mut outage = OutageDetector::new(32);
        let verdict = |outage: &mut OutageDetector, requests: i64, now| {
            let verdicts: Vec<Diagnosis> = (0..requests).map(|it| outage.failed(it, at(2), at(0), at(now))).collect();
            verdicts[verdicts.len() - 1]
        };
        assert_eq!(verdict(&mut outage, 32, 44), Waits);
        assert_eq!(outage.failed(1, at(2), at(44), at(45)), Stop);
        outage.answered(at(1));
        assert_eq!(verdict(&mut outage, 32, 44), Waits, "an answer begins anew");
        // Those sent a minute ago that are late together.
        assert_eq!(verdict(&mut OutageDetector::new(32), 32, 60), Stop);
        // A few that fail while the others are slow.
        let mut few = OutageDetector::new(32);
        for round in 0..20 {
            assert_eq!(verdict(&mut few, 9, 50 + round), Waits);
        }
        // One worker asks for few at a time.
        assert_eq!(verdict(&mut OutageDetector::new(1), 3, 100), Waits);
        assert_eq!(verdict(&mut OutageDetector::new(1), 5, 100), Stop);
    }

    #[test]
    fn the_same_words_for_all_first_requests_are_the_configurations_fault() {
        let mut outage = OutageDetector::new(8);
        assert_eq!(outage.gave_up(0, at(2), BadRequest, "unknown parameter", false), Waits);
        assert_eq!(outage.gave_up(1, at(2), BadRequest, "9012 tokens are too many", false), Failed);
        let verdicts: Vec<Diagnosis> =
            (2..21).map(|it| outage.gave_up(it, at(2), BadRequest, "unknown parameter", false)).collect();
        assert_eq!(verdicts[..18], [Waits; 18]);
        assert_eq!(verdicts[18], Stop);
        let mut outage = OutageDetector::new(8);
        outage.answered(at(1));
        assert_eq!(outage.gave_up(0, at(2), BadRequest, "unknown parameter", false), Failed);
    }

    #[test]
    fn at_the_end_it_is_decided() {
        let waiting = |kind, count: i64| {
            let mut outage = OutageDetector::new(8);
            for request in 0..count {
                outage.gave_up(request, at(2), kind, "no", false);
            }
            outage
        };
        // kind, how many wait, nobody was answered, no response of any kind
        let table = [
            (ServerError, 0, true, true, Waits),
            (Connection, 1, true, true, Stop),
            (ServerError, 1, true, false, Failed),
            (ServerError, 2, true, false, Stop),
            (ServerError, 2, false, false, Failed),
            (BadRequest, 3, true, false, Failed),
        ];
        for (kind, count, nobody, mute, expected) in table {
            assert_eq!(waiting(kind, count).end(nobody, mute), expected, "{kind:?} {count} {nobody} {mute}");
        }
    }
}
