//! A Bloom filter of row ids: it finds ids that may have come before, in constant memory.
//!
//! It never misses a repeated id. It takes a new id for a repeated one about once in ten million after a million ids,
//! and once in twenty after ten million, so the caller checks again whatever it reports.

use crate::record::RowId;

/// The size of the filter in bits: 8 MB, of which the system allocates only the pages that are used.
const BITS: u32 = 1 << 26;
/// How many bits are set for one id.
const PROBES: u32 = 7;

/// The row ids so far.
pub struct RowIdFilter {
    words: Vec<u64>,
}

impl Default for RowIdFilter {
    fn default() -> Self {
        Self::new()
    }
}

impl RowIdFilter {
    #[must_use]
    pub fn new() -> Self {
        Self { words: vec![0; BITS as usize / 64] }
    }

    /// Adds an id; returns whether it may have been added before.
    pub fn add(&mut self, id: RowId) -> bool {
        // An id is a digest, so its own bits serve as hashes.
        let digest = id.digest();
        let number = |bytes: &[u8]| bytes.iter().fold(0u32, |number, byte| number << 8 | u32::from(*byte));
        let (first, step) = (number(&digest.as_bytes()[..4]), number(&digest.as_bytes()[4..8]) | 1);
        let mut all = true;
        for probe in 0..PROBES {
            let bit = first.wrapping_add(step.wrapping_mul(probe)) % BITS;
            let (word, mask) = (&mut self.words[bit as usize / 64], 1 << (bit % 64));
            all &= *word & mask != 0;
            *word |= mask;
        }
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_came_is_known_and_little_else() {
        let mut seen = RowIdFilter::new();
        let ids = |from: u32, to: u32| (from..to).map(|number| RowId::of(&[json!(number)]));
        assert!(!ids(0, 20_000).any(|id| seen.add(id)));
        assert!(ids(0, 20_000).all(|id| seen.add(id)));
        assert!(!ids(20_000, 20_100).any(|id| seen.add(id)));
    }
}
