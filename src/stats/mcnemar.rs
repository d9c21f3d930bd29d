//! McNemar's test: two systems that are right or wrong on the same items.

use super::normal::{chi_squared_above, half_binomial};
use super::whole::number;

/// McNemar's test for `b` and `c`, the numbers of discordant pairs: those where the first alone is right, and those
/// where the second alone is. Pairs on which both agree do not matter.
///
/// Under the null hypothesis each of the n = b + c discordant pairs falls on either side with probability ½. All p
/// values are two-sided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct McNemar {
    pub b: u64,
    pub c: u64,
}

impl McNemar {
    fn pairs(self) -> f64 {
        number(self.b) + number(self.c)
    }

    /// min(1, 2 P(X ≤ min(b, c))) with X ~ Bin(n, ½). Without discordant pairs it is 1, as in statsmodels.
    #[must_use]
    pub fn exact_p(self) -> f64 {
        let (least, n) = (number(self.b.min(self.c)), self.pairs());
        let mut term = half_binomial(least, n);
        let mut sum = 0.0;
        let mut k = least;
        // The terms fall ever faster, so that those that no longer count come after a multiple of √n steps.
        while k >= 0.0 && term > sum * f64::EPSILON / 16.0 {
            sum += term;
            term *= k / (n - k + 1.0);
            k -= 1.0;
        }
        (2.0 * sum).min(1.0)
    }

    /// The exact p less P(X = b); for b = c it is 1 − P(X = b) / 2. `None` without discordant pairs.
    ///
    /// Fagerland, Lydersen and Laake, *The McNemar test for binary matched-pairs data: mid-p and asymptotic are better
    /// than exact conditional* (2013), with the rule for b = c of their R package `contingencytables`.
    #[must_use]
    pub fn mid_p(self) -> Option<f64> {
        let (least, n) = (number(self.b.min(self.c)), self.pairs());
        let same = half_binomial(least, n);
        let p = if self.b == self.c { 1.0 - same / 2.0 } else { self.exact_p() - same };
        (n > 0.0).then_some(p)
    }

    /// (b − c)² / (b + c) as a chi-squared with one degree of freedom. `None` without discordant pairs.
    #[must_use]
    pub fn chi_squared_p(self) -> Option<f64> {
        self.chi_squared(0.0)
    }

    /// The same with Edwards' correction for continuity: (|b − c| − 1)² / (b + c), as in statsmodels for b = c too,
    /// where other programs say 1.
    #[must_use]
    pub fn chi_squared_corrected_p(self) -> Option<f64> {
        self.chi_squared(1.0)
    }

    fn chi_squared(self, correction: f64) -> Option<f64> {
        let n = self.pairs();
        let apart = number(self.b.abs_diff(self.c)) - correction;
        (n > 0.0).then(|| chi_squared_above(apart * apart / n))
    }
}
