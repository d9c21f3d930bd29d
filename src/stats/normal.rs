//! The normal distribution, and the logarithmic terms of the binomial one.

use std::f64::consts::{PI, SQRT_2};

/// P(Z > z) of a standard normal Z.
pub(super) fn above(z: f64) -> f64 {
    0.5 * libm::erfc(z / SQRT_2)
}

/// P(X > x) of a chi-squared X with one degree of freedom.
pub(super) fn chi_squared_above(x: f64) -> f64 {
    libm::erfc(libm::sqrt(x / 2.0))
}

/// The z with P(Z ≤ z) = `p`; `None` unless `p` is within 0 and 1, both excluded.
///
/// Begins with the rational approximation 26.2.23 of Abramowitz and Stegun (1964) and takes Newton's steps until the
/// digits stand.
pub(super) fn quantile(p: f64) -> Option<f64> {
    if !(p > 0.0 && p < 1.0) {
        return None;
    }
    let tail = p.min(1.0 - p);
    let t = libm::sqrt(-2.0 * libm::log(tail));
    let above_fraction = 2.515_517 + t * (0.802_853 + t * 0.010_328);
    let below_fraction = 1.0 + t * (1.432_788 + t * (0.189_269 + t * 0.001_308));
    let mut z = t - above_fraction / below_fraction;
    for _ in 0..6 {
        let density = libm::exp(-z * z / 2.0) / libm::sqrt(2.0 * PI);
        z += (above(z) - tail) / density;
    }
    z.is_finite().then_some(if p < 0.5 { -z } else { z })
}

/// The error of Stirling's formula: ln n! − ln(√(2πn) (n/e)ⁿ). Loader, *Fast and accurate computation of binomial
/// probabilities* (2000).
fn stirling_error(n: f64) -> f64 {
    if n < 16.0 {
        return libm::lgamma(n + 1.0) - (n + 0.5) * libm::log(n) + n - 0.5 * libm::log(2.0 * PI);
    }
    let square = n * n;
    (1.0 / 12.0 - (1.0 / 360.0 - (1.0 / 1260.0 - (1.0 / 1680.0 - 1.0 / 1188.0 / square) / square) / square) / square)
        / n
}

/// x ln(x/m) + m − x, without cancellation where x is near m (Loader 2000).
fn deviance(x: f64, m: f64) -> f64 {
    if (x - m).abs() >= 0.1 * (x + m) {
        return x * libm::log(x / m) + m - x;
    }
    let v = (x - m) / (x + m);
    let mut sum = (x - m) * v;
    let mut term = 2.0 * x * v;
    let mut odd = 1.0;
    loop {
        term *= v * v;
        odd += 2.0;
        let next = sum + term / odd;
        if next.to_bits() == sum.to_bits() {
            return sum;
        }
        sum = next;
    }
}

/// P(X = k) of X ~ Bin(n, ½), for whole k ≤ n; good to about 14 digits for any n.
pub(super) fn half_binomial(k: f64, n: f64) -> f64 {
    let rest = n - k;
    if k <= 0.0 || rest <= 0.0 {
        return libm::exp2(-n);
    }
    let exponent =
        stirling_error(n) - stirling_error(k) - stirling_error(rest) - deviance(k, n / 2.0) - deviance(rest, n / 2.0);
    libm::exp(exponent) * libm::sqrt(n / (2.0 * PI * k * rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_have_all_digits() {
        for (p, z) in [
            (0.975, 1.959_963_984_540_054),
            (0.8, 0.841_621_233_572_914_3),
            (0.5, 0.0),
            (1e-10, -6.361_340_902_404_056),
            (0.025, -1.959_963_984_540_054),
        ] {
            assert!((quantile(p).unwrap() - z).abs() < 1e-13, "{p}: {:?}", quantile(p));
        }
        for p in [0.0, 1.0, -1.0, 2.0, f64::NAN, f64::INFINITY] {
            assert_eq!(quantile(p), None);
        }
    }

    #[test]
    fn binomial_probabilities_sum_to_one() {
        for n in [1.0, 2.0, 15.0, 16.0, 100.0, 4000.0_f64] {
            let mut sum = 0.0;
            let mut k = 0.0;
            while k <= n {
                sum += half_binomial(k, n);
                k += 1.0;
            }
            assert!((sum - 1.0).abs() < 1e-12, "{n}: {sum}");
        }
    }
}
