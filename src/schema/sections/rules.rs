//! How strictly an answer in sections is read: [`SectionRules`].

/// How strictly an answer in sections is read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SectionRules {
    /// Whether the first number in a text is taken where the text is not a number.
    pub first_number: bool,
    /// Whether a number out of its range becomes the nearest bound, instead of null.
    pub clamp: bool,
    /// Whether an answer without all required fields is refused.
    pub required: bool,
}

impl SectionRules {
    /// All combinations.
    pub(in crate::schema) fn all() -> impl Iterator<Item = Self> {
        (0..8_u8).map(|bits| Self { first_number: bits & 1 > 0, clamp: bits & 2 > 0, required: bits & 4 > 0 })
    }

    /// The rules that are set, as a suffix of a key: `,first,clamp`.
    pub(in crate::schema) fn key(self) -> String {
        let parts = [(self.first_number, ",first"), (self.clamp, ",clamp"), (self.required, ",required")];
        parts.into_iter().filter(|(is_set, _)| *is_set).map(|(_, part)| part).collect()
    }
}
