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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_share_is_met_and_nothing_else_moves_a_key() {
        let keys: Vec<String> = (0..2_000).map(|key| format!("customer {key}")).collect();
        let count = |seed, share| keys.iter().filter(|key| is_validation(seed, key, share)).count();
        assert!((170..230).contains(&count(1, 0.1)), "{}", count(1, 0.1));
        assert_eq!((count(1, 0.0), count(1, 1.0)), (0, 2_000));
        assert!(keys.iter().all(|key| !is_validation(1, key, 0.1) || is_validation(1, key, 0.2)), "a share only grows");
        let picked: Vec<bool> = ["a", "b", "c", "d", "e", "f"].map(|key| is_validation(42, key, 0.5)).to_vec();
        assert_eq!(picked, PICKED, "what was drawn before stays so");
    }

    const PICKED: [bool; 6] = [false, true, false, false, false, false];
}
