//! The quality of the data: anomalies and empty cells.

use super::super::number::{Count, Share};

/// A kind of anomaly that a stage found in a step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Anomaly {
    /// The stage, with the step's name where that is another word.
    pub stage: String,
    pub kind: String,
    pub total: Count,
    /// The first ones: subject and detail.
    pub examples: Vec<(Option<String>, String)>,
}

/// How many input rows equal an earlier one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EqualRows {
    pub rows: Count,
    /// The key column, which is not compared.
    pub key_column: Option<String>,
}

/// Something that can be wrong with answers, and how often it was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QualityCheck {
    pub name: &'static str,
    /// What is counted: `attempt`, `output` or `call`.
    pub of: &'static str,
    pub found: Count,
}

/// A column with empty cells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EmptyColumn {
    pub column: String,
    /// The empty cells, of all rows.
    pub share: Share,
}
