//! How long to wait before a request is sent again after a failed exchange: [`RetryPolicy`].
//!
//! The policy is pure and only says how long to wait. Whether a request is sent again is for the caller, which also
//! keeps the timer and sends, so that each exchange is a call in the run file.

use std::time::Duration;

/// The longest `Retry-After` that a run waits for. A longer one (mostly a daily quota) is reported, and a later run
/// asks again.
pub const LONGEST_WAIT: Duration = Duration::from_mins(10);

/// How often, and after what wait, a request is sent again.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RetryPolicy {
    /// How many failures of one request may count before one more fails it. Until one counts, it may be sent again,
    /// with 0 too.
    pub retries: u32,
    /// The upper bound of the first wait.
    pub base: Duration,
    /// By how much the bound grows with each further failure; at least 1.
    pub factor: f64,
    /// What the bound never exceeds. A `Retry-After` may be longer.
    pub cap: Duration,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self { retries: 5, base: Duration::from_millis(500), factor: 2.0, cap: Duration::from_secs(30) }
    }
}

impl RetryPolicy {
    /// The wait before a request is sent again that failed `failures` times, and for whose last failure the provider
    /// asked for a wait of `retry_after`.
    ///
    /// The wait is exponential with full jitter: the part `jitter` (0 to 1) of `base`, `base` × `factor`,
    /// `base` × `factor`² … up to `cap`. A `Retry-After` is waited for in full, with up to a tenth of it (and at most
    /// `base`) on top, so that waiting requests do not all return at once. A `Retry-After` below `base` is only a lower
    /// bound.
    #[must_use]
    pub fn delay(&self, failures: u32, retry_after: Option<Duration>, jitter: f64) -> Duration {
        let jitter = if jitter.is_finite() { jitter.clamp(0.0, 1.0) } else { 1.0 };
        let backoff = self.step(failures).mul_f64(jitter);
        match retry_after {
            Some(retry_after) => {
                let delay = retry_after.saturating_add(self.base.min(self.cap).min(retry_after / 10).mul_f64(jitter));
                if retry_after < self.base { delay.max(backoff) } else { delay }
            }
            None => backoff,
        }
    }

    /// The longest wait after `failures` failures.
    #[must_use]
    pub fn step(&self, failures: u32) -> Duration {
        let times = i32::try_from(failures.saturating_sub(1)).unwrap_or(i32::MAX);
        let seconds = self.base.as_secs_f64() * self.factor.powi(times);
        // Nothing times however much is nothing.
        let bound = if self.base.is_zero() { Ok(Duration::ZERO) } else { Duration::try_from_secs_f64(seconds) };
        bound.unwrap_or(self.cap).min(self.cap)
    }

    /// The longest time that all retries of one request wait together.
    #[must_use]
    pub fn longest(&self) -> Duration {
        // A configuration allows 100; after that each step counts as the last of these.
        let (first, rest) = (self.retries.min(100), self.retries.saturating_sub(100));
        let steps = (1..=first).fold(Duration::ZERO, |sum, it| sum.saturating_add(self.step(it)));
        steps.saturating_add(self.step(100).saturating_mul(rest))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn waits_follow_the_table() {
        let policy = RetryPolicy::default();
        // failures, asked ms, jitter, expected ms
        let cases = [
            (1, None, 1.0, 500),
            (1, None, 0.5, 250),
            (1, None, 0.0, 0),
            (2, None, 1.0, 1000),
            (3, None, 1.0, 2000),
            (4, None, 1.0, 4000),
            // It stops growing at the cap.
            (7, None, 1.0, 30_000),
            (100, None, 1.0, 30_000),
            (u32::MAX, None, 1.0, 30_000),
            // What the server asks for is the least.
            (1, Some(20_000), 0.0, 20_000),
            (1, Some(20_000), 1.0, 20_500),
            (1, Some(1000), 1.0, 1100),
            (9, Some(1000), 1.0, 1100),
            (2, Some(10), 1.0, 1000),
            (1, Some(600_000), 0.0, 600_000),
        ];
        for (failures, asked, jitter, expected) in cases {
            let delay = policy.delay(failures, asked.map(Duration::from_millis), jitter);
            assert_eq!(delay, Duration::from_millis(expected), "{failures} {asked:?} {jitter}");
        }
    }

    #[test]
    fn all_retries_together_wait_as_long_as_their_steps() {
        let longest = |retries| RetryPolicy { retries, ..RetryPolicy::default() }.longest();
        assert_eq!(longest(0), Duration::ZERO);
        assert_eq!(longest(1), SECOND / 2);
        assert_eq!(longest(5), SECOND * 31 / 2);
        assert_eq!(longest(8), SECOND * 31 / 2 + SECOND * 76);
        assert!(longest(u32::MAX) > SECOND * 1000);
    }

    #[test]
    fn the_bound_grows_by_the_factor_up_to_the_cap() {
        let bounds = |first: u64, factor, most: u64| {
            let policy = RetryPolicy {
                retries: 5,
                base: Duration::from_millis(first),
                factor,
                cap: Duration::from_millis(most),
            };
            [1, 2, 3, 4, u32::MAX].map(|failures| policy.step(failures).as_millis())
        };
        assert_eq!(bounds(1000, 3.0, 20_000), [1000, 3000, 9000, 20_000, 20_000]);
        assert_eq!(bounds(2000, 1.0, 20_000), [2000; 5]);
        assert_eq!(bounds(1000, 1.5, 2000), [1000, 1500, 2000, 2000, 2000]);
        assert_eq!(bounds(0, 2.0, 30_000), [0; 5]);
    }

    #[test]
    fn odd_numbers_do_not_overflow() {
        let policy = RetryPolicy { retries: u32::MAX, base: Duration::MAX, factor: 2.0, cap: SECOND };
        for jitter in [f64::NAN, f64::INFINITY, -1.0, 2.0] {
            for failures in [0, 1, 40, u32::MAX] {
                assert!(policy.delay(failures, Some(Duration::from_millis(1)), jitter) <= SECOND * 2);
            }
        }
        assert_eq!(policy.longest(), SECOND.saturating_mul(u32::MAX));
    }
}
