//! Whether a number keeps its digits as a double: pure text, with no other dependency.

/// 2⁵³: a double holds every whole number up to it.
const EXACT: f64 = 9_007_199_254_740_992.0;

/// Whether canonical JSON writes a number that was read as a double with the digits of its token, so that no whole
/// number becomes another one. Places after the decimal point are rounded as those of any double.
pub(super) fn keeps_digits(token: &str, float: f64) -> bool {
    let (digits, power) = digits_and_power(token);
    let (kept, kept_power) = digits_and_power(&format!("{float:e}"));
    if power >= 0 {
        return (digits, power) == (kept, kept_power);
    }
    if float.abs() < EXACT {
        return true;
    }
    // The double is whole, and so large that it is not everything before the point that it holds.
    let whole = usize::try_from(power.unsigned_abs()).map_or(0, |places| digits.len().saturating_sub(places));
    let zeros = usize::try_from(kept_power).unwrap_or_default();
    digits[..whole] == format!("{kept}{}", "0".repeat(zeros))
}

/// The digits of a number without zeros at either end, and the power of ten that they are multiplied by.
fn digits_and_power(number: &str) -> (String, i64) {
    let (mantissa, exponent) = number.split_once(['e', 'E']).unwrap_or((number, "0"));
    let bound = if exponent.starts_with('-') { i64::MIN / 2 } else { i64::MAX / 2 };
    let exponent = exponent.parse().unwrap_or(bound);
    let (whole, fraction) =
        mantissa.trim_start_matches('-').split_once('.').unwrap_or((mantissa.trim_start_matches('-'), ""));
    let digits = format!("{whole}{fraction}");
    let trimmed = digits.trim_end_matches('0');
    let length = |text: &str| i64::try_from(text.len()).unwrap_or(i64::MAX);
    let power = exponent.saturating_sub(length(fraction)).saturating_add(length(&digits) - length(trimmed));
    let trimmed = trimmed.trim_start_matches('0');
    if trimmed.is_empty() { (String::new(), 0) } else { (trimmed.to_owned(), power) }
}
