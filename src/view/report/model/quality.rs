//! The quality of the data: anomalies and empty cells.

use super::super::number::{Count, Share};

/// A kind of anomaly that a stage found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Anomaly {
    pub stage: String,
    pub kind: String,
    pub total: Count,
    /// The first ones: subject and detail.
    pub examples: Vec<(Option<String>, String)>,
}

/// A column with empty cells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EmptyColumn {
    pub column: String,
    /// The empty cells, of all rows.
    pub share: Share,
}
