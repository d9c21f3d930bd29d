//! The `canary` block: what a canary asks about, and what is drift.

use super::experiment::Gold;

/// What `casebook canary` asks the pinned task about, and what counts as drift. It is no part of a snapshot: a run does
/// not depend on it.
#[derive(Clone, Debug, PartialEq)]
pub struct Canary {
    /// The path of the canary set, as written.
    pub path: String,
    /// The column that identifies its rows; `None`: that of the input.
    pub key: Option<String>,
    /// The right answers to it; `None`: those of the experiment.
    pub gold: Option<Gold>,
    /// The adjusted p of a drop has to be below it.
    pub alpha: f64,
    /// The smallest drop that counts, in the metric's unit.
    pub max_drop: f64,
    /// The smallest share of equal answers that will do, from 0 to 1.
    pub min_equal: Option<f64>,
}
