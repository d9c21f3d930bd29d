//! Mean, standard deviation and quantiles.

use super::whole::length;

/// The mean; `None` of no numbers, or where one of them is NaN or infinite.
#[must_use]
pub fn mean(values: &[f64]) -> Option<f64> {
    let sum: f64 = values.iter().sum();
    (!values.is_empty() && sum.is_finite()).then(|| sum / length(values))
}

/// The standard deviation of a sample (divided by n − 1); `None` of fewer than two numbers, or where one of them is NaN
/// or infinite.
#[must_use]
pub fn standard_deviation(values: &[f64]) -> Option<f64> {
    let mean = mean(values)?;
    let squares: f64 = values.iter().map(|it| (it - mean) * (it - mean)).sum();
    (values.len() > 1 && squares.is_finite()).then(|| libm::sqrt(squares / (length(values) - 1.0)))
}

/// The smallest of the values whose cumulative share reaches `share`; `None` of no values, or unless the share is
/// within 0 and 1. `sorted` is in ascending order. (Type 1 of Hyndman and Fan, *Sample quantiles in statistical
/// packages*, 1996.)
#[must_use]
pub fn quantile<T: Copy>(sorted: &[T], share: f64) -> Option<T> {
    if !(0.0..=1.0).contains(&share) {
        return None;
    }
    // A little less, so that rounding never takes the one after.
    let rank = libm::ceil(share * length(sorted) - 1e-9).max(1.0);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it is within 1 and the length")]
    sorted.get(rank as usize - 1).copied()
}
