//! The window: how many requests may be in flight, adapted to what the endpoint accepts.
//!
//! Exchanges are judged in windows of as many as may be in flight. A window that went well doubles the limit, until
//! the first cut, and from then on lets it grow by a quarter: lost ground is won back in a few round trips. When more
//! than one exchange in ten of a window is refused (429), the limit is cut by the share that was refused, down to half
//! of it, and a new window begins at once. Requests that were sent before do not count in it, so that a burst of
//! refusals cuts the limit once.
//!
//! Overload (503, 529, broken connections) cuts it too. It takes two such ends to cut at once: a lone one, which may be
//! about its request, is judged at the end of its window, with the others. Where few may be in flight and something was
//! answered, it takes two in at least ten ends. A request that fails again under the same load says nothing. Time-outs
//! are judged by how many were answered in their time ([`late`](super::late)). Other failures (500) never cut the
//! limit: a window with more than one in ten of them does not grow.
//!
//! One in ten may be refused without a cut: a server that refuses at random refuses as many at any pace, and slowing
//! down would only cost time.
//!
//! The limit at which it was cut is a *wall*. Growth that runs into it again makes the next try later: after 4 good
//! windows, then 16, then 64. A good window beyond the wall takes it away.

/// The most that are in flight at the start.
const START: usize = 32;
/// One in this many may be refused or fail without a consequence.
const SPARSE: usize = 10;
/// So few ends tell nothing about overload where something was answered.
const FEW: usize = 10;
/// Each time that growth runs into the wall, so many times as many good windows are needed before the next try.
const RARER: u32 = 4;
/// The most good windows before the wall is tried again.
const RAREST: u32 = 64;

/// How an exchange ended, as far as the pace is concerned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExchangeEnd {
    /// The endpoint processed it, whatever the answer.
    Served,
    /// The endpoint refused it for now (429).
    Refused,
    /// The endpoint had too much to do (503, 529), or broke the connection.
    Overloaded,
    /// There was no answer in time; `tells`: that says something about the load, and not only about the request.
    Late { tells: bool },
    /// Another transient failure, which may be about the request.
    Failed,
    /// A failure that says nothing about the load: the request has failed before.
    Mute,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LimitChange {
    Grown,
    /// The limit was cut, since `refused` of `ended` requests were refused, mostly for overload or for a rate limit.
    Cut {
        refused: usize,
        ended: usize,
        overload: bool,
    },
}

#[derive(Clone, Debug)]
pub struct Window {
    limit: usize,
    most: usize,
    number: u64,
    ended: usize,
    refused: usize,
    overloaded: usize,
    failed: usize,
    was_cut: bool,
    wall: Option<Wall>,
    /// Whether it has grown since the last cut.
    has_grown: bool,
}

/// The limit at which it was last cut.
#[derive(Clone, Copy, Debug)]
struct Wall {
    at: usize,
    /// How many good windows below it are needed before it is tried, and how many there were.
    needed: u32,
    good: u32,
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
        Self {
            limit: most,
            most,
            number: 0,
            ended: 0,
            refused: 0,
            overloaded: 0,
            failed: 0,
            was_cut: false,
            wall: None,
            has_grown: false,
        }
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

    /// Records how a request of window `number` ended; returns the change of the limit, if there is one. `is_slow`: its
    /// answer took so long that growth has to be careful.
    pub fn ended(&mut self, number: u64, how: ExchangeEnd, is_slow: bool) -> Option<LimitChange> {
        if number != self.number || matches!(how, ExchangeEnd::Mute | ExchangeEnd::Late { tells: false }) {
            return None;
        }
        self.ended += 1;
        match how {
            ExchangeEnd::Served | ExchangeEnd::Mute => {}
            ExchangeEnd::Refused => self.refused += 1,
            ExchangeEnd::Overloaded => self.overloaded += 1,
            ExchangeEnd::Late { .. } | ExchangeEnd::Failed => self.failed += 1,
        }
        let turned_away = self.refused + self.overloaded;
        let any_served = self.ended > turned_away + self.failed;
        let least = if self.overloaded > 0 && self.refused == 0 && any_served { FEW } else { 0 };
        let is_certain = self.refused > 0 || self.overloaded > 1;
        if is_certain && turned_away * SPARSE > self.limit && self.ended >= least {
            return Some(self.cut());
        }
        if self.ended < self.limit.max(least) {
            return None;
        }
        let is_alone = least > 0 && self.overloaded == 1;
        if turned_away * SPARSE > self.ended && !is_alone {
            return Some(self.cut());
        }
        let well = (turned_away + self.failed) * SPARSE <= self.ended && !(is_slow && self.failed > 0);
        self.begin();
        if well { self.grow(is_slow) } else { None }
    }

    /// Sets the limit to less than it is; returns whether that is a change.
    pub fn cut_to(&mut self, limit: usize) -> bool {
        let limit = limit.max(1);
        if limit >= self.limit {
            return false;
        }
        self.hit();
        self.limit = limit;
        self.begin();
        true
    }

    /// Sets the limit back to what it was before a cut that did not help.
    pub fn restore(&mut self, limit: usize) {
        self.limit = limit.clamp(self.limit, self.most);
        self.wall = None;
        self.begin();
    }

    fn grow(&mut self, is_slow: bool) -> Option<LimitChange> {
        if self.wall.is_some_and(|wall| self.limit >= wall.at) {
            self.wall = None;
        }
        if self.limit == self.most {
            return None;
        }
        let step = match (is_slow, self.was_cut) {
            (true, _) => 1,
            (false, true) => self.limit.div_ceil(4),
            (false, false) => self.limit,
        };
        let mut next = (self.limit + step).min(self.most);
        if let Some(wall) = &mut self.wall
            && next >= wall.at
        {
            wall.good += 1;
            if wall.good < wall.needed {
                next = wall.at - 1;
            } else if wall.needed > 1 {
                next = wall.at;
            }
        }
        if next <= self.limit {
            return None;
        }
        self.limit = next;
        self.has_grown = true;
        Some(LimitChange::Grown)
    }

    fn cut(&mut self) -> LimitChange {
        let turned_away = self.refused + self.overloaded;
        let overload = self.overloaded > self.refused;
        let turn = LimitChange::Cut { refused: turned_away, ended: self.ended, overload };
        let taken = self.limit * (self.ended - turned_away) / self.ended;
        let least = self.limit.div_ceil(2);
        self.hit();
        // At least one fewer, where there is one to spare.
        self.limit = taken.max(least).min(self.limit.saturating_sub(1)).max(1);
        self.begin();
        turn
    }

    /// Notes the wall at the limit of now.
    fn hit(&mut self) {
        let before = self.wall.filter(|_| self.has_grown).map(|wall| wall.needed);
        let again = self.wall.map_or(1, |wall| wall.needed);
        let needed = before.map_or(again, |needed| (needed * RARER).min(RAREST));
        self.wall = Some(Wall { at: self.limit.max(2), needed, good: 0 });
        self.was_cut = true;
        self.has_grown = false;
    }

    fn begin(&mut self) {
        self.number += 1;
        (self.ended, self.refused, self.overloaded, self.failed) = (0, 0, 0, 0);
    }
}

#[cfg(test)]
mod tests {
    use super::ExchangeEnd::{Failed, Late, Mute, Overloaded, Refused, Served};
    use super::*;

    /// The limits after each of the windows, which end as the letters say: `t`aken, `r`efused, `f`ailed.
    fn limits(window: &mut Window, ends: &[(usize, ExchangeEnd)]) -> usize {
        let number = window.number();
        for (count, how) in ends {
            for _ in 0..*count {
                window.ended(number, *how, false);
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
        let turns: Vec<LimitChange> = (0..32).filter_map(|_| window.ended(number, Refused, false)).collect();
        assert_eq!(turns, [LimitChange::Cut { refused: 4, ended: 4, overload: false }]);
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
            assert_eq!(window.ended(before, Refused, false), None);
            assert_eq!(window.ended(before, Served, false), None);
        }
        assert_eq!(window.limit(), 16);
    }

    #[test]
    fn overload_cuts_as_refusals_do_but_not_for_one_request_alone() {
        /// The limit, how a window ends, the limit after it.
        type Case = (usize, &'static [(usize, ExchangeEnd)], usize);
        let table: [Case; 15] = [
            (32, &[(4, Overloaded)], 16),
            (32, &[(29, Served), (3, Overloaded)], 32),
            (32, &[(12, Served), (4, Overloaded)], 24),
            (32, &[(3, Overloaded), (1, Refused)], 16),
            (8, &[(1, Overloaded)], 8),
            (8, &[(1, Overloaded), (9, Served)], 8),
            (8, &[(1, Served), (2, Overloaded)], 8),
            (8, &[(8, Served), (1, Overloaded), (8, Served), (2, Overloaded)], 8),
            (8, &[(1, Overloaded), (8, Served), (1, Overloaded)], 6),
            (8, &[(4, Overloaded), (1, Served)], 4),
            (8, &[(50, Mute)], 8),
            (8, &[(2, Overloaded)], 4),
            (2, &[(1, Overloaded), (8, Served), (1, Overloaded)], 1),
            (2, &[(1, Overloaded), (9, Served)], 2),
            (1, &[(1, Overloaded)], 1),
        ];
        for (limit, ends, expected) in table {
            assert_eq!(limits(&mut Window::new(limit), ends), expected, "{limit}: {ends:?}");
        }
        let late = Late { tells: true };
        assert_eq!(limits(&mut Window::new(64), &[(28, Served), (4, late)]), 32, "they only stop growth here");
    }

    #[test]
    fn a_wall_is_tried_more_and_more_rarely_and_goes_when_it_is_gone() {
        let mut window = Window::new(4);
        // Two at a time are taken, and a third one is not.
        let good_windows_between = |window: &mut Window| {
            let mut count = 0;
            while window.limit() < 3 {
                let limit = window.limit();
                limits(window, &[(limit, Served)]);
                count += 1;
            }
            limits(window, &[(3, Overloaded)]);
            count
        };
        limits(&mut window, &[(2, Overloaded)]);
        let waits: Vec<usize> = (0..5).map(|_| good_windows_between(&mut window)).collect();
        assert_eq!(waits, [1, 4, 16, 64, 64]);
        // From now on all are taken.
        let mut count = 0;
        while window.limit() < 4 {
            let limit = window.limit();
            limits(&mut window, &[(limit, Served)]);
            count += 1;
        }
        assert_eq!(count, 65);
        limits(&mut window, &[(4, Served)]);
        assert_eq!(limits(&mut window, &[(2, Overloaded)]), 2);
        assert_eq!(good_windows_between(&mut window), 1, "the wall is a new one");
    }

    #[test]
    fn slow_answers_let_it_grow_one_at_a_time_as_long_as_none_is_late() {
        let mut window = Window::new(32);
        window.cut_to(4);
        let number = window.number();
        let grown: Vec<LimitChange> = (0..4).filter_map(|_| window.ended(number, Served, true)).collect();
        assert_eq!((grown, window.limit()), (vec![LimitChange::Grown], 5));
        let number = window.number();
        window.ended(number, Late { tells: true }, true);
        (0..19).for_each(|_| assert_eq!(window.ended(number, Served, true), None));
        assert_eq!(window.limit(), 5);
    }

    #[test]
    fn a_limit_is_set_and_set_back() {
        let mut window = Window::new(32);
        assert!(window.cut_to(12));
        assert!(!window.cut_to(20));
        assert!(window.cut_to(0));
        assert_eq!(window.limit(), 1);
        window.restore(32);
        assert_eq!(window.limit(), 32);
        assert_eq!(window.ended(window.number(), Served, false), None);
    }
}
