//! The doubt whether an endpoint refuses all, or only one row after the other: a block of bad rows looks like a wrong
//! key. Work items that were never asked tell: those are far from the refused ones, and are sent one at a time. If one
//! of them is answered, the run goes on, and the refusals count; if none is, it stops.

/// The most probes of a doubt.
const MOST_PROBES: u32 = 3;

/// Too many requests were refused in the same words.
#[derive(Clone, Debug)]
pub(super) struct Doubt {
    pub(super) words: String,
    probes: u32,
}

impl Doubt {
    pub(super) fn new(words: &str) -> Self {
        Self { words: words.to_owned(), probes: 0 }
    }

    /// How many probes were sent so far, if one more is to be sent; counts that one.
    pub(super) fn next_probe(&mut self) -> Option<u32> {
        let sent = self.probes;
        self.probes += 1;
        (sent < MOST_PROBES).then_some(sent)
    }
}
