//! How many pairs a difference needs to be seen.

use super::normal::quantile;

/// The pairs that McNemar's test needs to find a difference with the chance `power` (0.8), where the first alone is
/// right on the share `b` of all pairs and the second alone on the share `c`, two-sided at `alpha`. `None` where b = c
/// (no number of pairs settles it), where b and c are no shares, or unless alpha and power are between 0 and 1.
///
/// (z₁₋α⸝₂ √(b + c) + z₍power₎ √(b + c − (b − c)²))² / (b − c)², rounded up: Miettinen (1968), in the form of Connor,
/// *Sample size for testing differences in proportions for the paired-sample design* (1987).
#[must_use]
pub fn pairs_for_shares(b: f64, c: f64, alpha: f64, power: f64) -> Option<u64> {
    let (discordant, difference) = (b + c, b - c);
    if !(b >= 0.0 && c >= 0.0 && discordant <= 1.0) {
        return None;
    }
    let root = z(alpha)? * libm::sqrt(discordant)
        + quantile(power)? * libm::sqrt((discordant - difference * difference).max(0.0));
    rounded_up(root * root / (difference * difference))
}

/// The pairs that a test of the mean of paired differences needs to find a mean `difference` with the chance `power`,
/// where the differences have the standard deviation `deviation`, two-sided at `alpha`. `None` where the difference is
/// 0, or a number is NaN, infinite or out of its range.
///
/// (z₁₋α⸝₂ + z₍power₎)² deviation² / difference² + z₁₋α⸝₂² / 2, rounded up: the normal approximation, with the
/// correction of Guenther, *Sample size formulas for normal theory t tests* (1981).
#[must_use]
pub fn pairs_for_means(difference: f64, deviation: f64, alpha: f64, power: f64) -> Option<u64> {
    let z = z(alpha)?;
    let both = z + quantile(power)?;
    let relative = both * deviation / difference;
    (deviation >= 0.0).then(|| rounded_up(relative * relative + z * z / 2.0)).flatten()
}

fn z(alpha: f64) -> Option<f64> {
    quantile(1.0 - alpha / 2.0).filter(|_| alpha < 1.0)
}

fn rounded_up(pairs: f64) -> Option<u64> {
    // Counts above 2⁵³ settle nothing.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it is within 0 and 2⁵³")]
    (0.0..9e15).contains(&pairs).then(|| libm::ceil(pairs) as u64)
}
