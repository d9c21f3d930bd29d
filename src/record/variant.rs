//! Which variant of the task is at work, and in which repeat.

/// A variant and a repeat.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct VariantAt {
    /// The number of the variant in the run file.
    pub number: i64,
    /// From 1.
    pub repeat: u32,
}

impl VariantAt {
    /// The task itself, done once: what a run works on.
    pub const BASE: Self = Self { number: 1, repeat: 1 };
}

impl Default for VariantAt {
    fn default() -> Self {
        Self::BASE
    }
}
