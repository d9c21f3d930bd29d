//! The inbox of a round: the transport's events since the last round. It only reads events that have already come,
//! except for a few milliseconds in [`Inbox::gather`].

use std::thread;
use std::time::Duration;

use crate::transport::{Event, FinishedExchange};

/// The most events that a round settles, and the most work items that it claims while calls are in flight.
pub(super) const ROUND: usize = 256;

/// Answers that take less than this come faster than they can be committed one by one.
const QUICK: Duration = Duration::from_millis(20);
/// How long a round with quick answers waits for more of them, and at most how often.
const SLICE: Duration = Duration::from_micros(500);
const SLICES: usize = 6;

/// The events of one round.
#[derive(Default)]
pub(super) struct Inbox {
    pub(super) done: Vec<FinishedExchange>,
    pub(super) interrupted: bool,
    pub(super) giving_up: bool,
}

impl Inbox {
    /// The events from `first` on that have already come. `stopping` says whether an interrupt is the second one: then
    /// the loop stops waiting for calls in flight, but answers that have come by then were paid for and are kept.
    /// At most `share` slow answers are taken: while a whole burst is settled nothing new is sent, and it would come
    /// back as a burst.
    pub(super) fn of(
        first: Option<Event>,
        mut next: impl FnMut() -> Option<Event>,
        stopping: bool,
        share: usize,
    ) -> Self {
        let mut inbox = Self::default();
        let mut event = first;
        while let Some(now) = event {
            match now {
                Event::Done(finished) => inbox.done.push(finished),
                Event::Interrupt => {
                    inbox.giving_up |= stopping || inbox.interrupted;
                    inbox.interrupted = true;
                }
                Event::Wake => {}
            }
            let most = if inbox.is_quick() { ROUND } else { share };
            if inbox.done.len() >= most && !inbox.giving_up {
                break;
            }
            event = next();
        }
        inbox
    }

    fn is_quick(&self) -> bool {
        self.done.iter().all(|done| done.duration < QUICK)
    }

    /// Waits a few milliseconds for more of `in_flight` answers where they come quickly, so that one commit holds many:
    /// a commit costs as much as several answers. Answers that take their time are not waited for.
    pub(super) fn gather(&mut self, in_flight: usize, mut next: impl FnMut() -> Option<Event>) {
        for _ in 0..SLICES {
            let before = self.done.len();
            if before == 0 || before >= in_flight.min(ROUND) || self.interrupted || !self.is_quick() {
                break;
            }
            thread::sleep(SLICE);
            let more = Self::of(next(), &mut next, false, ROUND);
            self.done.extend(more.done);
            self.interrupted |= more.interrupted;
            self.giving_up |= more.giving_up;
            if self.done.len() == before {
                break;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::provider::ProviderError;
    use crate::provider::ProviderErrorKind;
    use crate::transport::Ticket;

    fn done(ticket: u64) -> Event {
        let reply = Err(ProviderError::new(ProviderErrorKind::Timeout, "late"));
        Event::Done(FinishedExchange { ticket: Ticket(ticket), duration: Duration::ZERO, reply })
    }

    fn inbox(events: Vec<Event>, stopping: bool) -> (Vec<u64>, bool, bool) {
        let mut events = events.into_iter();
        let inbox = Inbox::of(events.next(), || events.next(), stopping, 8);
        (inbox.done.iter().map(|it| it.ticket.0).collect(), inbox.interrupted, inbox.giving_up)
    }

    #[test]
    fn the_first_interrupt_stops_and_the_second_gives_up() {
        assert_eq!(inbox(vec![done(1)], false), (vec![1], false, false));
        assert_eq!(inbox(vec![Event::Interrupt], false), (vec![], true, false));
        assert_eq!(inbox(vec![Event::Interrupt, Event::Interrupt], false), (vec![], true, true));
        assert_eq!(inbox(vec![Event::Interrupt], true), (vec![], true, true));
    }

    #[test]
    fn what_came_back_before_or_with_the_second_interrupt_is_kept() {
        assert_eq!(inbox(vec![done(1), Event::Interrupt, done(2)], true), (vec![1, 2], true, true));
        let mut many: Vec<Event> = vec![Event::Interrupt, Event::Interrupt];
        many.extend((0..ROUND as u64 + 5).map(done));
        assert_eq!(inbox(many, false).0.len(), ROUND + 5);
    }

    #[test]
    fn slow_answers_are_settled_a_few_at_a_time() {
        let slow = |ticket| match done(ticket) {
            Event::Done(done) => Event::Done(FinishedExchange { duration: QUICK, ..done }),
            other => other,
        };
        assert_eq!(inbox((0..20).map(slow).collect(), false).0.len(), 8);
        assert_eq!(inbox((0..20).map(done).collect(), false).0.len(), 20);
    }

    #[test]
    fn a_round_takes_no_more_than_it_commits() {
        assert_eq!(inbox((0..ROUND as u64 + 5).map(done).collect(), false).0.len(), ROUND);
    }
}
