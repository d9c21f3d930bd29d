//! When to send a request again after a failed exchange: [`RetryPolicy`].
//!
//! The policy is pure and only says how long to wait. The caller keeps the timer and sends, so that each exchange is a
//! call in the run file.

use std::time::Duration;

use super::{ProviderError, ProviderErrorKind};

/// The most retries of a request that meets rate limits. They do not count against [`RetryPolicy::retries`], since
/// waiting is no failure. With the default cap they are about 25 minutes of waiting.
pub const RATE_LIMITED_RETRIES: u32 = 100;

/// The longest `Retry-After` that a run waits for. A longer one (mostly a daily quota) is reported, and a later run
/// asks again.
pub const LONGEST_WAIT: Duration = Duration::from_mins(10);

/// How often, and after what wait, a request is sent again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RetryPolicy {
    /// The most retries of one request. With 0, nothing is sent twice, not even after a rate limit.
    pub retries: u32,
    /// The upper bound of the first wait. It doubles with each further failure.
    pub base: Duration,
    /// The upper bound that doubling reaches. A `Retry-After` may be longer.
    pub cap: Duration,
}

/// The failed exchanges of one request so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FailureCounts {
    /// Exchanges that met a rate limit.
    pub rate_limited: u32,
    /// All other failures.
    pub other: u32,
}

impl FailureCounts {
    /// Counts one more failed exchange.
    pub fn add(&mut self, kind: ProviderErrorKind) {
        let count = match kind {
            ProviderErrorKind::RateLimited => &mut self.rate_limited,
            _ => &mut self.other,
        };
        *count = count.saturating_add(1);
    }
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self { retries: 5, base: Duration::from_millis(500), cap: Duration::from_secs(30) }
    }
}

impl RetryPolicy {
    /// The wait before the request is sent again; `None` if it must not be.
    ///
    /// `failures` includes the exchange that failed with `error`. The wait is exponential with full jitter: the part
    /// `jitter` (0 to 1) of `base`, 2 × `base`, 4 × `base` … up to `cap`. A `Retry-After` is waited for in full, with
    /// up to a tenth of it (and at most `base`) on top, so that waiting requests do not all return at once. A
    /// `Retry-After` below `base` is only a lower bound.
    #[must_use]
    pub fn delay(&self, failures: FailureCounts, error: &ProviderError, jitter: f64) -> Option<Duration> {
        let (failed, allowed) = match error.kind {
            ProviderErrorKind::RateLimited if self.retries == 0 => (failures.rate_limited, 0),
            ProviderErrorKind::RateLimited => (failures.rate_limited, self.retries.max(RATE_LIMITED_RETRIES)),
            _ => (failures.other, self.retries),
        };
        if !error.kind.is_transient() || failed > allowed {
            return None;
        }
        let jitter = if jitter.is_finite() { jitter.clamp(0.0, 1.0) } else { 1.0 };
        let doubled = 2u32.checked_pow(failed.saturating_sub(1)).and_then(|factor| self.base.checked_mul(factor));
        let backoff = doubled.unwrap_or(self.cap).min(self.cap).mul_f64(jitter);
        match error.retry_after {
            Some(retry_after) if retry_after > LONGEST_WAIT => None,
            Some(retry_after) => {
                let delay = retry_after + self.base.min(self.cap).min(retry_after / 10).mul_f64(jitter);
                Some(if retry_after < self.base { delay.max(backoff) } else { delay })
            }
            None => Some(backoff),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ProviderErrorKind::{
        BadRequest, Connection, InvalidResponse, ManyRecords, NoRecord, NotFound, RateLimited, Refused, ServerError,
        Timeout,
    };

    fn error(kind: ProviderErrorKind, retry_after: Option<u64>) -> ProviderError {
        ProviderError { kind, message: String::new(), retry_after: retry_after.map(Duration::from_millis) }
    }

    #[test]
    fn waits_follow_the_table() {
        let policy = RetryPolicy { retries: 3, ..RetryPolicy::default() };
        // kind, failures of that kind, asked ms, jitter, expected ms
        let cases = [
            (ServerError, 1, None, 1.0, Some(500)),
            (ServerError, 1, None, 0.5, Some(250)),
            (ServerError, 1, None, 0.0, Some(0)),
            (ServerError, 2, None, 1.0, Some(1000)),
            (ServerError, 3, None, 1.0, Some(2000)),
            (ServerError, 4, None, 1.0, None),
            (ServerError, u32::MAX, None, 1.0, None),
            (Timeout, 1, None, 1.0, Some(500)),
            (Connection, 1, None, 1.0, Some(500)),
            (InvalidResponse, 1, None, 1.0, Some(500)),
            (BadRequest, 1, None, 1.0, None),
            (Refused, 1, Some(1000), 1.0, None),
            (NotFound, 1, None, 1.0, None),
            (NoRecord, 1, None, 1.0, None),
            (ManyRecords, 1, None, 1.0, None),
            // A limit does not use the retries up, and its wait stops growing at the cap.
            (RateLimited, 4, None, 1.0, Some(4000)),
            (RateLimited, 7, None, 1.0, Some(30_000)),
            (RateLimited, 100, None, 1.0, Some(30_000)),
            (RateLimited, 101, None, 1.0, None),
            // What the server asks for is the least.
            (RateLimited, 1, Some(20_000), 0.0, Some(20_000)),
            (RateLimited, 1, Some(20_000), 1.0, Some(20_500)),
            (RateLimited, 1, Some(1000), 1.0, Some(1100)),
            (RateLimited, 9, Some(1000), 1.0, Some(1100)),
            (ServerError, 2, Some(10), 1.0, Some(1000)),
            (RateLimited, 1, Some(600_000), 0.0, Some(600_000)),
            (RateLimited, 1, Some(600_001), 0.0, None),
        ];
        for (kind, count, asked, jitter, expected) in cases {
            let failures = match kind {
                RateLimited => FailureCounts { rate_limited: count, other: 0 },
                _ => FailureCounts { rate_limited: 0, other: count },
            };
            let delay = policy.delay(failures, &error(kind, asked), jitter);
            assert_eq!(delay, expected.map(Duration::from_millis), "{kind:?} {count} {asked:?} {jitter}");
        }
    }

    #[test]
    fn the_two_counts_do_not_touch() {
        let mut failures = FailureCounts::default();
        for kind in [RateLimited, ServerError, RateLimited, Timeout] {
            failures.add(kind);
        }
        assert_eq!(failures, FailureCounts { rate_limited: 2, other: 2 });
        let policy = RetryPolicy { retries: 2, ..RetryPolicy::default() };
        assert_eq!(policy.delay(failures, &error(Timeout, None), 1.0), Some(Duration::from_secs(1)));
    }

    #[test]
    fn no_retries_means_none_at_all() {
        let policy = RetryPolicy { retries: 0, ..RetryPolicy::default() };
        for kind in [RateLimited, ServerError, Timeout, Connection, InvalidResponse] {
            let mut failures = FailureCounts::default();
            failures.add(kind);
            assert_eq!(policy.delay(failures, &error(kind, None), 0.5), None, "{kind:?}");
        }
    }

    #[test]
    fn odd_numbers_do_not_overflow() {
        let policy = RetryPolicy { retries: u32::MAX, base: Duration::MAX, cap: Duration::from_secs(1) };
        for jitter in [f64::NAN, f64::INFINITY, -1.0, 2.0] {
            for count in [0, 1, 40, u32::MAX] {
                let failures = FailureCounts { rate_limited: count, other: count };
                assert!(policy.delay(failures, &error(ServerError, Some(1)), jitter) <= Some(Duration::from_secs(2)));
            }
        }
    }
}
