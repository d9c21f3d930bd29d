//! The `canary` block: [`Canary`].

use schemars::JsonSchema;
use serde::Deserialize;

use super::experiment::Gold;

/// A small set of rows that `casebook canary` asks the pinned task about, again and again, to see whether it still
/// behaves.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Canary {
    /// The table of the canary set, relative to this configuration.
    pub path: String,
    /// The column that identifies its rows; by default `input.key`.
    pub key: Option<String>,
    /// The right answers to the canary set. By default those of `experiment.gold`.
    pub gold: Option<Gold>,
    /// The adjusted p has to be below it for a drop to be drift. By default `experiment.decide.alpha`, or 0.05.
    #[schemars(range(min = 0, max = 1))]
    pub alpha: Option<f64>,
    /// A smaller drop is no drift, in the metric's unit.
    #[schemars(range(min = 0), extend("default" = 0.0))]
    pub max_drop: Option<f64>,
    /// A smaller share of answers that equal those of the reference is drift, from 0 to 1. By default any will do.
    #[schemars(range(min = 0, max = 1))]
    pub min_equal: Option<f64>,
}
