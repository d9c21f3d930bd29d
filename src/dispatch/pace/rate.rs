//! A rate: a number of requests or tokens a minute, spread evenly.
//!
//! This is the generic cell rate algorithm, with moments as values: each request delays the next one by its cost. As
//! much as falls due in [`BURST`] may go out at once, so that timers that wake late lose nothing. A rate counts a
//! minute as longer by [`BURST`], so that no minute, wherever it begins, exceeds the rate.

use super::moment::Moment;

/// How many seconds sending may fall behind and catch up.
const BURST: f64 = 0.1;

/// A rate, and when the next request is due. All times are in seconds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rate {
    a_minute: f64,
    interval: f64,
    next: f64,
}

impl Rate {
    /// At most `count` a minute.
    #[must_use]
    pub fn per_minute(count: f64) -> Self {
        Self { a_minute: count, interval: (60.0 + BURST) / count, next: f64::NEG_INFINITY }
    }

    /// One in each `interval` seconds.
    #[must_use]
    pub fn each(interval: f64) -> Self {
        Self { a_minute: 60.0 / interval, interval, next: f64::NEG_INFINITY }
    }

    /// How many a minute.
    #[must_use]
    pub fn in_a_minute(&self) -> f64 {
        self.a_minute
    }

    /// The moment from which the next request may be sent.
    #[must_use]
    pub fn ready(&self) -> Moment {
        Moment::try_from_secs_f64(self.next).unwrap_or(if self.next > 0.0 { Moment::MAX } else { Moment::ZERO })
    }

    /// Counts a request that is sent now at `cost`.
    pub fn take(&mut self, now: Moment, cost: f64) {
        self.next = self.next.max(now.as_secs_f64() - BURST) + cost * self.interval;
    }

    /// Corrects the count of a request by `more`, which may be below zero.
    pub fn correct(&mut self, more: f64) {
        self.next += more * self.interval;
    }

    /// Changes the rate to one in each `interval` seconds from `now` on. The next request waits at most as long as a
    /// `cost` takes at the new rate.
    pub fn become_each(&mut self, interval: f64, now: Moment, cost: f64) {
        (self.a_minute, self.interval) = (60.0 / interval, interval);
        self.next = self.next.min(now.as_secs_f64() + cost * interval);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// When each of `count` goes out, in milliseconds, if somebody looks every `tick` milliseconds.
    fn sent(mut rate: Rate, count: usize, tick: u64, cost: f64) -> Vec<u64> {
        let mut sent = Vec::new();
        let mut at = 0;
        while sent.len() < count {
            let now = Moment::from_millis(at);
            while rate.ready() <= now && sent.len() < count {
                rate.take(now, cost);
                sent.push(at);
            }
            at += tick;
        }
        sent
    }

    #[test]
    fn it_is_spread_over_the_minute() {
        assert_eq!(sent(Rate::per_minute(120.0), 5, 1, 1.0), [0, 401, 902, 1403, 1904]);
        assert_eq!(sent(Rate::per_minute(1.0), 3, 10, 1.0), [0, 60_000, 120_100]);
    }

    #[test]
    fn no_minute_holds_more_than_was_agreed() {
        for (count, tick) in [(1_u32, 7), (7, 13), (60, 1), (600, 50), (6000, 20)] {
            let times = sent(Rate::per_minute(f64::from(count)), 3 * count as usize, tick, 1.0);
            for (first, at) in times.iter().enumerate() {
                let held = times[first..].iter().take_while(|it| **it < at + 60_000).count();
                assert!(held <= count as usize, "{held} of {count} from {at} on");
            }
        }
    }

    #[test]
    fn late_looks_lose_nothing_much() {
        // A look every 50 ms: 3 minutes of 600 take 3 minutes.
        let last = *sent(Rate::per_minute(600.0), 1800, 50, 1.0).last().unwrap();
        assert!((179_000..181_000).contains(&last), "{last}");
    }

    #[test]
    fn what_one_costs_is_what_the_next_waits_for() {
        assert_eq!(sent(Rate::per_minute(60_100.0), 3, 1, 1000.0), [0, 900, 1900]);
        let mut rate = Rate::per_minute(60_100.0);
        rate.take(Moment::ZERO, 1000.0);
        rate.correct(-500.0);
        assert_eq!(rate.ready(), Moment::from_millis(400));
        rate.correct(1000.0);
        assert_eq!(rate.ready(), Moment::from_millis(1400));
        // One that costs more than a minute holds goes out alone.
        assert_eq!(sent(Rate::per_minute(100.0), 2, 1000, 500.0), [0, 301_000]);
    }

    #[test]
    fn a_new_rate_is_not_kept_waiting_by_the_old_one() {
        let mut rate = Rate::each(60.0);
        rate.take(Moment::ZERO, 1.0);
        rate.become_each(0.5, Moment::from_secs(1), 1.0);
        assert_eq!(rate.ready(), Moment::from_millis(1500));
        rate.become_each(60.0, Moment::from_secs(1), 1.0);
        assert_eq!(rate.ready(), Moment::from_millis(1500));
    }
}
