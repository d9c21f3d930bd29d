//! What a context is made into: [`RenderedContext`], and what was cut in it.

/// A value that was cut.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Truncation {
    pub column: String,
    /// The characters of the whole value.
    pub chars: usize,
    /// The characters that are shown.
    pub shown: usize,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RowText {
    pub text: String,
    pub truncations: Vec<Truncation>,
}

/// The cut of a whole context within a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cut {
    /// The characters of the whole text.
    pub chars: usize,
    /// The characters that are shown.
    pub shown: usize,
}

/// The text of a row or a group as a prompt sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RenderedContext {
    /// The text, of at most `max_context_chars` characters.
    pub text: String,
    /// The values that were cut, in the rows that are shown.
    pub truncations: Vec<Truncation>,
    pub rows_included: usize,
    /// The rows that are not shown, by either limit.
    pub rows_left_out: usize,
    /// Set if not even a single row, with the header and footer, did fit.
    pub cut: Option<Cut>,
}
