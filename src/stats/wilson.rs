//! Wilson's interval of a share.

use super::normal::quantile;
use super::whole::number;

/// An interval, both ends included.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Interval {
    pub low: f64,
    pub high: f64,
}

/// The score interval of `successes` out of `n` at a confidence `level` (0.95), without correction for continuity.
/// `None` for n = 0, more successes than n, or a level that is not between 0 and 1. The lower end of no success is
/// exactly 0, the upper end of n successes exactly 1.
///
/// Wilson, *Probable inference, the law of succession, and statistical inference* (1927).
#[must_use]
pub fn wilson(successes: u64, n: u64, level: f64) -> Option<Interval> {
    let Sample { n, share, z } = sample(successes, n, level)?;
    let middle = share + z * z / (2.0 * n);
    let half = z * libm::sqrt(share * (1.0 - share) / n + z * z / (4.0 * n * n));
    let whole = 1.0 + z * z / n;
    Some(held(share, (middle - half) / whole, (middle + half) / whole))
}

/// The same with correction for continuity.
///
/// Newcombe, *Two-sided confidence intervals for the single proportion* (1998), method 4.
#[must_use]
pub fn wilson_corrected(successes: u64, n: u64, level: f64) -> Option<Interval> {
    let Sample { n, share, z } = sample(successes, n, level)?;
    let middle = 2.0 * n * share + z * z;
    let whole = 2.0 * (n + z * z);
    let root = |sign: f64| {
        let inside = z * z - sign * 2.0 - 1.0 / n + 4.0 * share * (n * (1.0 - share) + sign);
        z * libm::sqrt(inside.max(0.0))
    };
    Some(held(share, (middle - 1.0 - root(1.0)) / whole, (middle + 1.0 + root(-1.0)) / whole))
}

struct Sample {
    n: f64,
    share: f64,
    z: f64,
}

fn sample(successes: u64, n: u64, level: f64) -> Option<Sample> {
    let z = quantile(f64::midpoint(1.0, level)).filter(|_| level > 0.0)?;
    (n > 0 && successes <= n).then(|| Sample { n: number(n), share: number(successes) / number(n), z })
}

/// Keeps an interval within 0 and 1, and its ends exact where the share is 0 or 1.
fn held(share: f64, low: f64, high: f64) -> Interval {
    let low = if share <= 0.0 { 0.0 } else { low.max(0.0) };
    let high = if share >= 1.0 { 1.0 } else { high.min(1.0) };
    Interval { low, high }
}
