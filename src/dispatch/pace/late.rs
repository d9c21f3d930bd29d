//! What requests say that got no answer in time.
//!
//! A server that queues answers each request later the more are in flight, until it answers none in time. How many it
//! really takes follows from Little's law: as many may be in flight as it answers in half of the time limit. The cut
//! has to help: where as many are late after it as before, their answers take so long by themselves, and the limit goes
//! back to what it was.
//!
//! The server may still work on a request that nobody waits for any more. It counts as in flight (a *phantom*) until a
//! request that was sent later is answered, or the time limit has passed once more.

use std::collections::VecDeque;
use std::time::Duration;

use super::moment::Moment;

/// One in this many may be late without a consequence.
const SPARSE: usize = 10;
/// The most ends that are remembered; who answers that many in a time limit is not slow.
const MOST: usize = 1024;
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
pub(super) struct Lateness {
    /// When answers came, and when requests were given up, within about a time limit.
    answers: VecDeque<Moment>,
    late: VecDeque<Moment>,
    /// When each phantom was sent, and how long it counts.
    phantoms: Vec<(Moment, Moment)>,
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
    /// something about the load.
    pub(super) fn late(&mut self, sent: Moment, now: Moment, limit: usize, tells: bool) -> Advice {
        let timeout = now.saturating_sub(sent);
        self.timeout = Some(timeout);
        self.phantoms.push((sent, now + timeout));
        let is_older = self.cut.is_some_and(|cut| sent <= cut.at);
        if !tells || is_older || self.is_useless {
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

    /// How many requests the server may still be working on though nobody waits for them.
    pub(super) fn phantoms(&self, now: Moment) -> usize {
        self.phantoms.iter().filter(|(_, until)| *until > now).count()
    }

    /// When the next phantom stops counting.
    pub(super) fn next_end(&self, now: Moment) -> Option<Moment> {
        self.phantoms.iter().map(|(_, until)| *until).filter(|until| *until > now).min()
    }
}
