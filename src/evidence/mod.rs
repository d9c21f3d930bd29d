//! Evidence: claims in an output that name lines of their row and quote what stands there.
//!
//! [`hold()`] holds the claims of an output against the row's lines ([`RowLines`]): each becomes a [`HeldClaim`] with
//! its status. [`feedback()`] says what is wrong with those that do not hold, for a model or for people, and
//! [`quote_lines`] writes claims that do, for made-up outputs. [`instructions()`] tells a model how to quote.
//!
//! Pure functions over texts; depends on `record` alone.

mod claim;
mod feedback;
mod hold;
mod instructions;
mod lines;
mod nearest;
mod order;
mod sample;
mod visible;

use crate::record::ClaimPlaces;

pub use claim::HeldClaim;
pub use feedback::feedback;
pub use hold::{Held, hold};
pub use instructions::instructions;
pub use lines::RowLines;
pub use sample::{QuotedRow, quote_lines};

/// Claims of one kind in an output, and what is asked of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EvidenceRule {
    pub places: ClaimPlaces,
    pub matching: Matching,
    pub on_mismatch: OnMismatch,
}

/// When a quote is what stands on its lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Matching {
    /// It equals the lines, joined by LF.
    Exact,
    /// It equals them after the blanks at both ends of each line are set aside.
    Trimmed,
}

/// What follows from a quote that is not what stands on its lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnMismatch {
    /// Another attempt, with feedback.
    Retry,
    /// The claim gets the lines where the quote stands, if that is exactly one place; otherwise as `Retry`.
    Relocate,
    /// No further attempt.
    Fail,
}

#[cfg(test)]
mod tests;
