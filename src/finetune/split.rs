//! Which examples are held back for validation: [`is_validation`].

use serde_json::json;

use crate::record::Digest;

/// Whether what has this key is among the `share` (0 to 1) for validation. The same seed and key give the same answer
/// in every format, variant and version, whatever else is in the input.
#[must_use]
pub fn is_validation(seed: u64, key: &str, share: f64) -> bool {
    let digest = Digest::of_value(&json!(["finetune", 1, seed, key]));
    let mut first = [0; 4];
    first.copy_from_slice(&digest.as_bytes()[..4]);
    f64::from(u32::from_be_bytes(first)) < share * 4_294_967_296.0
}
