//! What requests say that got no answer in time.
//!
//! A server that queues answers each request later the more are in flight, until it answers none in time. How many it
//! really takes follows from Little's law: as many may be in flight as it answers in half of the time limit. The cut
//! has to help: where as many are late after it as before, their answers take so long by themselves, and the limit goes
//! back to what it was.
//!
//! The server may still work on a request that nobody waits for any more. It counts as in flight (a *phantom*) until a
//! request that was sent later is answered, or the time limit has passed once more. Where nothing but late requests
//! follows, that wait doubles, so that the server can work off what it has; but it is no longer than one that works on
//! one request at a time would take for all of them.

use std::collections::VecDeque;
use std::time::Duration;

use super::moment::Moment;

/// One in this many may be late without a consequence.
const SPARSE: usize = 10;
/// The most ends that are remembered; who answers that many in a time limit is not slow.
const MOST: usize = 1024;
/// The longest wait for what a server may be working on.
const LONGEST: Duration = Duration::from_mins(10);
/// After this many ends a cut is known to have helped or not.
const TELLING: usize = 8;

/// What a late request says about the limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Advice {
    /// Nothing.
    Keep,
    /// So many may be in flight at most, since `late` of `ended` requests were late.
    Cut { limit: usize, late: usize, ended: usize },
    /// The last cut did not help: the limit was this before it.
    Restore(usize),
}

/// A cut of the limit, and what came after it.
#[derive(Clone, Copy, Debug)]
struct Cut {
    at: Moment,
    from: usize,
    late: usize,
    ended: usize,
    late_since: usize,
    ended_since: usize,
}

/// The late requests of an endpoint, and those that were answered beside them.
#[derive(Clone, Debug, Default)]
pub struct Lateness {
    /// When answers came, and when requests were given up, within about a time limit.
    answers: VecDeque<Moment>,
    late: VecDeque<Moment>,
    /// When each phantom was sent, and how long it counts.
    phantoms: Vec<(Moment, Moment)>,
    /// The fastest answer.
    best: Option<Duration>,
    /// When the latest late request was given up, and how many late ones followed each other with no answer between.
    last_late: Moment,
    in_a_row: u32,
    /// The time limit of a request; `None` before the first late one.
    timeout: Option<Duration>,
    cut: Option<Cut>,
    /// Whether a cut is known to be of no use.
    is_useless: bool,
}

impl Lateness {
    /// Records an answer at `now` to a request that was sent at `sent`.
    pub(super) fn answered(&mut self, sent: Moment, now: Moment) {
        if self.answers.len() == MOST {
            self.answers.pop_front();
        }
        self.answers.push_back(now);
        let took = now.saturating_sub(sent);
        self.best = Some(self.best.map_or(took, |best| best.min(took)));
        self.in_a_row = 0;
        self.phantoms.retain(|(began, _)| *began >= sent);
        if let Some(cut) = self.cut.as_mut().filter(|cut| sent > cut.at) {
            cut.ended_since += 1;
        }
    }

    /// Whether an answer after `duration` came so late that more in flight would be too many.
    pub(super) fn is_slow(&self, duration: Duration) -> bool {
        self.timeout.is_some_and(|timeout| duration * 2 > timeout)
    }

    /// Records that a request sent at `sent` is given up at `now`, with `limit` in flight at most. `tells`: that says
    /// something about the load. One that is late again and again while others are answered does not, and is no
    /// phantom.
    pub(super) fn late(&mut self, sent: Moment, now: Moment, limit: usize, tells: bool) -> Advice {
        let timeout = now.saturating_sub(sent);
        self.timeout = Some(timeout);
        // What was given up before keeps the server busy: this one says nothing new.
        let is_explained = sent < self.busy_until(sent);
        if tells {
            // Those that were sent together are late together.
            self.in_a_row += u32::from(sent >= self.last_late);
            self.last_late = now;
            self.phantoms.push((sent, Moment::ZERO));
            let most = self.busy_until(Moment::MAX).saturating_sub(now).clamp(timeout, LONGEST.max(timeout));
            let doubled = timeout.saturating_mul(1 << self.in_a_row.saturating_sub(1).min(16));
            if let Some((_, until)) = self.phantoms.last_mut() {
                *until = now + doubled.min(most);
            }
        }
        let is_older = self.cut.is_some_and(|cut| sent <= cut.at);
        if !tells || is_older || is_explained || self.is_useless {
            return Advice::Keep;
        }
        let since = now.saturating_sub(timeout);
        for moments in [&mut self.answers, &mut self.late] {
            let gone = moments.iter().take_while(|it| **it < since).count();
            moments.drain(..gone);
        }
        if self.late.len() == MOST {
            self.late.pop_front();
        }
        self.late.push_back(now);
        let (answered, late) = (self.answers.len(), self.late.len());
        if let Some(cut) = &mut self.cut {
            cut.late_since += 1;
            cut.ended_since += 1;
            let (share, before) = (cut.late_since * cut.ended, cut.late * cut.ended_since);
            if cut.ended_since >= TELLING && cut.late_since < cut.ended_since && share * 2 > before {
                self.is_useless = true;
                return Advice::Restore(cut.from);
            }
        }
        let ended = answered + late;
        let most = (answered / 2).max(1);
        if late * SPARSE <= ended || most >= limit {
            return Advice::Keep;
        }
        self.cut = Some(Cut { at: now, from: limit, late, ended, late_since: 0, ended_since: 0 });
        self.late.clear();
        Advice::Cut { limit: most, late, ended }
    }

    /// When a server that works on one request at a time is done with what was given up and sent before a moment.
    pub fn busy_until(&self, sent_before: Moment) -> Moment {
        let Some(best) = self.best else { return Moment::ZERO };
        let sent = self.phantoms.iter().map(|(sent, _)| *sent).filter(|sent| *sent < sent_before);
        sent.fold(Moment::ZERO, |until, sent| until.max(sent).saturating_add(best))
    }

    /// How many requests that were given up may keep the server busy: all of them until it must be done, or those that
    /// still count.
    pub(super) fn abandoned(&self, now: Moment) -> usize {
        if now < self.busy_until(now) { self.phantoms.len() } else { self.phantoms(now) }
    }

    /// How many requests the server may still be working on though nobody waits for them.
    pub(super) fn phantoms(&self, now: Moment) -> usize {
        self.phantoms.iter().filter(|(_, until)| *until > now).count()
    }

    /// When the next phantom stops counting.
    pub(super) fn next_end(&self, now: Moment) -> Option<Moment> {
        self.phantoms.iter().map(|(_, until)| *until).filter(|until| *until > now).min()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> Moment {
        Moment::from_secs(seconds)
    }

    /// One slot that takes 2.5 s an answer, and 32 requests at once with a time limit of a minute.
    fn overrun() -> Lateness {
        let mut lateness = Lateness::default();
        for answer in 1..=24_u32 {
            lateness.answered(at(0), Moment::from_millis(2500) * answer);
        }
        lateness
    }

    #[test]
    fn the_limit_is_what_is_answered_in_half_of_the_time() {
        let mut lateness = overrun();
        assert_eq!(lateness.late(at(0), at(60), 32, true), Advice::Keep, "one in 25");
        assert_eq!(lateness.late(at(0), at(60), 32, true), Advice::Keep, "two in 26");
        assert_eq!(lateness.late(at(0), at(60), 32, true), Advice::Cut { limit: 12, late: 3, ended: 27 });
        assert_eq!(lateness.late(at(0), at(60), 12, true), Advice::Keep, "it was sent before the cut");
        let mut silent = Lateness::default();
        assert_eq!(silent.late(at(0), at(60), 32, true), Advice::Cut { limit: 1, late: 1, ended: 1 });
        let mut quick = Lateness::default();
        (0..60).for_each(|it| (0..10).for_each(|_| quick.answered(at(it), at(it))));
        (0..100).for_each(|_| assert_eq!(quick.late(at(0), at(60), 32, true), Advice::Keep, "it takes 300"));
        let mut alone = Lateness::default();
        assert_eq!(alone.late(at(0), at(60), 32, false), Advice::Keep, "it is late for itself");
    }

    #[test]
    fn what_is_given_up_counts_until_it_must_be_done() {
        let mut lateness = overrun();
        lateness.late(at(0), at(60), 32, true);
        lateness.late(at(5), at(65), 32, true);
        assert_eq!((lateness.phantoms(at(65)), lateness.next_end(at(65))), (2, Some(at(120))));
        assert_eq!((lateness.phantoms(at(120)), lateness.next_end(at(120))), (1, Some(at(125))));
        assert_eq!((lateness.phantoms(at(125)), lateness.next_end(at(125))), (0, None));
        lateness.answered(at(4), at(66));
        assert_eq!(lateness.phantoms(at(66)), 1, "an answer to a later one");
        lateness.answered(at(6), at(67));
        assert_eq!(lateness.phantoms(at(67)), 0);
        assert!(lateness.is_slow(at(31)) && !lateness.is_slow(at(30)));
    }

    #[test]
    fn abandoned_work_has_time_to_drain() {
        // One slot that takes 1.5 s an answer, and works on the other 31 of a burst with a time limit of 2 s.
        let mut lateness = Lateness::default();
        lateness.answered(at(0), Moment::from_millis(1500));
        for _ in 0..31 {
            lateness.late(at(0), at(2), 32, true);
        }
        assert_eq!(lateness.next_end(at(2)), Some(at(4)), "first after the time limit once more");
        assert_eq!(lateness.busy_until(at(1)), Moment::from_millis(46_500));
        let mut waits = Vec::new();
        let mut now = at(4);
        while now < lateness.busy_until(now) {
            assert_eq!(lateness.late(now, now + at(2), 1, true), Advice::Keep, "no sign that the cut does not help");
            assert!(lateness.abandoned(now + at(2)) > 31);
            let next = lateness.next_end(now + at(2)).unwrap();
            waits.push(next.saturating_sub(now).as_secs());
            now = next;
        }
        assert_eq!(waits, [6, 10, 18, 14], "the waits double as long as there is that much to do");
        // An answer to the next one shows that all is done.
        lateness.answered(now, now + Moment::from_millis(1500));
        assert_eq!(lateness.busy_until(Moment::MAX), Moment::ZERO);
        // A server that answers quickly is not waited for.
        let mut quick = Lateness::default();
        quick.answered(at(0), Moment::from_millis(10));
        (0..5).for_each(|it| {
            quick.late(at(it * 4), at(it * 4 + 2), 1, true);
            assert_eq!(quick.next_end(at(it * 4 + 2)), Some(at(it * 4 + 4)));
        });
    }

    #[test]
    fn a_cut_that_does_not_help_is_taken_back() {
        // One in five takes too long by itself, however few are in flight.
        let mut lateness = Lateness::default();
        let mut limit = 32_usize;
        let mut limits = Vec::new();
        for round in 0..6 {
            let began = at(round * 61 + 1);
            (0..limit * 4 / 5).for_each(|_| lateness.answered(began, began + at(50)));
            for _ in 0..limit.div_ceil(5) {
                match lateness.late(began, began + at(60), limit, true) {
                    Advice::Keep => {}
                    Advice::Cut { limit: less, .. } => limit = less,
                    Advice::Restore(before) => limit = before,
                }
            }
            limits.push(limit);
        }
        assert_eq!(limits, [12, 32, 32, 32, 32, 32]);
    }
}
