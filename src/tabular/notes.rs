//! What was odd in a table.

/// Counts of what was skipped or changed in what has been read so far.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Notes {
    /// Whether the text began with a byte order mark.
    pub bom: bool,
    /// Blank lines, or blank rows of a sheet, that were skipped.
    pub blank_lines: u64,
    /// Records without any value. They are not skipped.
    pub empty_records: u64,
    /// Cells that held a word for no value, such as `NaN`, and are empty now.
    pub null_tokens: u64,
    /// Cells in which white space or zero-width characters were collapsed or removed.
    pub cells_cleaned: u64,
}
