//! Which row ids may have come before: a Bloom filter, whose memory is the same for ten rows and ten million.
//!
//! It never forgets one that came; of those that did not, it takes one in ten million for one that did where a million
//! came, and one in twenty where ten million did. Whoever asks looks again at what it says has come.

use crate::record::RowId;

/// The filter's size in bits: 8 MB, of which the system gives only what is touched.
const BITS: u32 = 1 << 26;
/// How many bits stand for one id.
const PROBES: u32 = 7;

/// The row ids that came so far.
pub struct Seen {
    words: Vec<u64>,
}

impl Default for Seen {
    fn default() -> Self {
        Self::new()
    }
}

impl Seen {
    /// None came so far.
    #[must_use]
    pub fn new() -> Self {
        Self { words: vec![0; BITS as usize / 64] }
    }

    /// Takes an id in; whether it may have come before.
    pub fn add(&mut self, id: RowId) -> bool {
        // An id is a digest: any of its bits are as good as a hash of it.
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
        let mut seen = Seen::new();
        let ids = |from: u32, to: u32| (from..to).map(|number| RowId::of(&[json!(number)]));
        assert!(!ids(0, 20_000).any(|id| seen.add(id)));
        assert!(ids(0, 20_000).all(|id| seen.add(id)));
        assert!(!ids(20_000, 20_100).any(|id| seen.add(id)));
    }
}
