//! The window: how many requests may be in flight, adapted to what the endpoint accepts.
//!
//! Exchanges are judged in windows of as many as may be in flight. A window that went well doubles the limit, until
//! the first cut, and from then on lets it grow by a quarter: lost ground is won back in a few round trips. When more
//! than one exchange in ten of a window is refused (429), the limit is cut by the share that was refused, down to half
//! of it, and a new window begins at once. Requests that were sent before do not count in it, so that a burst of
//! refusals cuts the limit once.
//!
//! One in ten may be refused without a cut: a server that refuses at random refuses as many at any pace, and slowing
//! down would only cost time. Other failures (5xx, time-outs) never cut the limit: a window with more than one in ten
//! of them does not grow.

/// The most that are in flight at the start.
const START: usize = 32;
/// One in this many may be refused or fail without a consequence.
const SPARSE: usize = 10;

/// How an exchange ended, as far as the pace is concerned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExchangeEnd {
    /// The endpoint processed it, whatever the answer.
    Served,
    /// The endpoint refused it for now (429).
    Refused,
    /// A transient failure: 5xx, no answer in time, a broken connection.
    Failed,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LimitChange {
    Grown,
    /// The limit was cut, since `refused` of `ended` requests were refused.
    Cut {
        refused: usize,
        ended: usize,
    },
}

#[derive(Clone, Debug)]
pub struct Window {
    limit: usize,
    most: usize,
    number: u64,
    ended: usize,
    refused: usize,
    failed: usize,
    was_cut: bool,
}

impl Window {
    /// A limit that adapts, up to `most`.
    #[must_use]
    pub fn new(most: usize) -> Self {
        Self { limit: most.clamp(1, START), ..Self::fixed(most) }
    }

    /// A fixed limit of `most`, for answers that need no network.
    #[must_use]
    pub fn fixed(most: usize) -> Self {
        let most = most.max(1);
        Self { limit: most, most, number: 0, ended: 0, refused: 0, failed: 0, was_cut: false }
    }

    /// How many may be in flight.
    #[must_use]
    pub fn limit(&self) -> usize {
        self.limit
    }

    /// The most that it may ever be.
    #[must_use]
    pub fn most(&self) -> usize {
        self.most
    }

    /// The window that a request sent now belongs to.
    #[must_use]
    pub fn number(&self) -> u64 {
        self.number
    }

    /// Records how a request of window `number` ended; returns the change of the limit, if there is one.
    pub fn ended(&mut self, number: u64, how: ExchangeEnd) -> Option<LimitChange> {
        if number != self.number {
            return None;
        }
        self.ended += 1;
        match how {
            ExchangeEnd::Served => {}
            ExchangeEnd::Refused => self.refused += 1,
            ExchangeEnd::Failed => self.failed += 1,
        }
        if self.refused * SPARSE > self.limit {
            return Some(self.cut());
        }
        if self.ended < self.limit {
            return None;
        }
        let well = (self.refused + self.failed) * SPARSE <= self.ended;
        self.begin();
        if !well || self.limit == self.most {
            return None;
        }
        let step = if self.was_cut { self.limit.div_ceil(4) } else { self.limit };
        self.limit = (self.limit + step).min(self.most);
        Some(LimitChange::Grown)
    }

    fn cut(&mut self) -> LimitChange {
        let turn = LimitChange::Cut { refused: self.refused, ended: self.ended };
        let taken = self.limit * (self.ended - self.refused) / self.ended;
        let least = self.limit.div_ceil(2);
        // At least one fewer, where there is one to spare.
        self.limit = taken.max(least).min(self.limit.saturating_sub(1)).max(1);
        self.was_cut = true;
        self.begin();
        turn
    }

    fn begin(&mut self) {
        self.number += 1;
        (self.ended, self.refused, self.failed) = (0, 0, 0);
    }
}

#[cfg(test)]
mod tests {
    use super::ExchangeEnd::{Failed, Refused, Served};
    use super::*;

    /// The limits after each of the windows, which end as the letters say: `t`aken, `r`efused, `f`ailed.
    fn limits(window: &mut Window, ends: &[(usize, ExchangeEnd)]) -> usize {
        let number = window.number();
        for (count, how) in ends {
            for _ in 0..*count {
                window.ended(number, *how);
            }
        }
        window.limit()
    }

    #[test]
    fn it_grows_to_the_most_and_no_further() {
        let mut window = Window::new(100);
        let grown: Vec<usize> = (0..4)
            .map(|_| {
                let limit = window.limit();
                limits(&mut window, &[(limit, Served)])
            })
            .collect();
        assert_eq!(grown, [64, 100, 100, 100]);
        assert_eq!(Window::new(8).limit(), 8);
        assert_eq!(Window::new(0).limit(), 1);
        assert_eq!(Window::fixed(500).limit(), 500);
    }

    #[test]
    fn a_burst_of_refusals_cuts_once() {
        let mut window = Window::new(32);
        let number = window.number();
        let turns: Vec<LimitChange> = (0..32).filter_map(|_| window.ended(number, Refused)).collect();
        assert_eq!(turns, [LimitChange::Cut { refused: 4, ended: 4 }]);
        assert_eq!(window.limit(), 16);
    }

    #[test]
    fn the_cut_follows_the_share_that_was_refused() {
        /// The limit, how a window ends, the limit after it.
        type Case = (usize, &'static [(usize, ExchangeEnd)], usize);
        let table: [Case; 9] = [
            (32, &[(3, Refused), (29, Served)], 32),
            (32, &[(28, Served), (4, Refused)], 28),
            (32, &[(12, Served), (4, Refused)], 24),
            (32, &[(4, Refused)], 16),
            (20, &[(17, Served), (3, Refused)], 17),
            (8, &[(7, Served), (1, Refused)], 7),
            (8, &[(1, Refused)], 4),
            (2, &[(1, Refused)], 1),
            (1, &[(1, Refused)], 1),
        ];
        for (limit, ends, expected) in table {
            assert_eq!(limits(&mut Window::new(limit), ends), expected, "{limit}: {ends:?}");
        }
    }

    #[test]
    fn lost_ground_is_won_back_by_quarters() {
        let mut window = Window::new(32);
        limits(&mut window, &[(32, Refused)]);
        let grown: Vec<usize> = (0..4)
            .map(|_| {
                let limit = window.limit();
                limits(&mut window, &[(limit, Served)])
            })
            .collect();
        assert_eq!(grown, [20, 25, 32, 32]);
    }

    #[test]
    fn failures_stop_growth_and_cut_nothing() {
        let mut window = Window::new(64);
        assert_eq!(limits(&mut window, &[(28, Served), (4, Failed)]), 32);
        assert_eq!(limits(&mut window, &[(32, Failed)]), 32);
        assert_eq!(limits(&mut window, &[(29, Served), (3, Failed)]), 64, "a few are no reason to wait");
    }

    #[test]
    fn what_was_sent_before_a_change_says_nothing_about_it() {
        let mut window = Window::new(32);
        let before = window.number();
        limits(&mut window, &[(32, Refused)]);
        for _ in 0..100 {
            assert_eq!(window.ended(before, Refused), None);
            assert_eq!(window.ended(before, Served), None);
        }
        assert_eq!(window.limit(), 16);
    }
}
