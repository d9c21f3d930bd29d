//! The quality of the data: anomalies and empty cells.

use super::super::number::{Count, Share};

/// A kind of thing that a stage found odd.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Anomaly {
    /// The stage.
    pub stage: String,
    /// The kind.
    pub kind: String,
    /// How often.
    pub total: Count,
    /// The first of them: what it is about, and what was found.
    pub examples: Vec<(Option<String>, String)>,
}

/// A column with empty cells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EmptyColumn {
    /// The column.
    pub column: String,
    /// How many of its cells are empty.
    pub share: Share,
}
