//! Counts as floating-point numbers.

/// A count as a number: exact up to 2⁵³, and to 16 digits above.
#[expect(clippy::cast_precision_loss, reason = "no count here comes near 2⁵³")]
pub(super) fn number(count: u64) -> f64 {
    count as f64
}

/// The length of a list as a number.
pub(super) fn length<T>(list: &[T]) -> f64 {
    number(list.len() as u64)
}
