//! The `experiment` block: [`Experiment`].

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use super::model::ModelChoice;
use super::{Budget, Llm};

/// Variants of the task that are tried on the same work items, how their outputs are measured, and how it is decided
/// which is better. `casebook eval` runs and compares them.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "`matrix`, `include`, `exclude` and `baseline` are read for their shape, and as YAML")]
pub struct Experiment {
    /// Keys of this configuration, as `--set` names them, each with a list of values. Every combination is a variant.
    pub matrix: Option<BTreeMap<String, Vec<Value>>>,
    /// Further variants: keys and their values, and perhaps a `name`.
    pub include: Option<Vec<BTreeMap<String, Value>>>,
    /// Combinations of the matrix that are left out: those that have all of these values.
    pub exclude: Option<Vec<BTreeMap<String, Value>>>,
    /// The variant that the others are compared with: its name, or values that it alone has. By default the first.
    #[schemars(with = "Option<BaselineChoice>")]
    pub baseline: Option<Value>,
    /// How often each work item is done under each variant.
    #[schemars(range(min = 1, max = 1_000), extend("default" = 1))]
    pub repeats: Option<u64>,
    /// The answers that are right.
    pub gold: Option<Gold>,
    /// The figures of each variant.
    pub metrics: Option<Vec<Metric>>,
    /// What makes a variant better or worse than the baseline.
    pub decide: Option<Decide>,
    /// Bounds that every variant is held to, as in `accuracy >= 0.9`: a metric, `valid`, `cost_per_item`, `latency_ms`,
    /// `input_tokens` or `output_tokens`, one of `>=`, `>`, `<=` and `<`, and a number.
    pub gates: Option<Vec<String>>,
    /// The most that each variant may spend.
    pub budget_per_variant: Option<Budget>,
}

/// The variant that the others are compared with, for the JSON Schema alone.
#[derive(JsonSchema)]
#[schemars(untagged)]
#[expect(dead_code, reason = "only its schema is used")]
enum BaselineChoice {
    /// The name of a variant.
    Named(String),
    /// Values that it alone has.
    Values(BTreeMap<String, Value>),
}

/// The answers that are right: a table, or columns of the input. No prompt of the task may see them.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Gold {
    /// A table, relative to this configuration: CSV, TSV, JSONL and so on. Without it, the answers are columns of the
    /// input.
    pub path: Option<String>,
    /// The column of the table that has the key of a row (`input.key`) or of a group.
    pub key: Option<String>,
    /// The gold values, by the names that metrics call them, and the columns that have them.
    pub fields: BTreeMap<String, String>,
}

/// A figure of each variant.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Metric {
    /// The metric's name: letters, digits and `_`.
    #[schemars(regex(pattern = "^[A-Za-z_][A-Za-z0-9_]*$"))]
    pub name: String,
    /// The path of the value in the output: `product`, `claims[].line`.
    pub of: Option<String>,
    /// How it is computed; by default `expr` where there is an expression.
    pub kind: Option<MetricWord>,
    /// The name of the gold value that it is compared with; by default that of `of`.
    pub gold: Option<String>,
    /// Of `precision` and `recall`: the label that is meant; by default the mean of all labels.
    pub label: Option<String>,
    /// Of `regex`: the pattern, which may match anywhere in the text.
    pub pattern: Option<String>,
    /// Of `numeric`: how far the numbers may be apart.
    #[schemars(range(min = 0))]
    pub within: Option<f64>,
    /// Of `expr`: a Jinja expression over `output`, `row` and `gold`. True is 1, false is 0, a number is itself.
    pub expr: Option<String>,
    /// Of `judge`: the prompt file, relative to this configuration. It may see `gold`.
    pub prompt: Option<String>,
    /// Of `judge`: the model that gives the score.
    #[schemars(with = "Option<ModelChoice>")]
    #[expect(dead_code, reason = "read for its shape; it is resolved as YAML, over the block at the top")]
    pub llm: Option<Llm>,
}

/// How a metric is computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum MetricWord {
    /// The share of values that are equal to gold.
    Exact,
    /// The mean of the labels' F1.
    F1Macro,
    /// F1 over all labels together.
    F1Micro,
    /// The share of outputs with a label that have it in gold.
    Precision,
    /// The share of gold values with a label whose outputs have it.
    Recall,
    /// The mean absolute error.
    Mae,
    /// The root of the mean squared error.
    Rmse,
    /// The share of texts that contain the gold text, or of lists that contain the gold value.
    Contains,
    /// The mean share of the elements of two lists that are in both.
    Jaccard,
    /// The share of texts that match a pattern.
    Regex,
    /// The share of numbers that are near gold.
    Numeric,
    /// The mean of an expression.
    Expr,
    /// The mean score that a model gives.
    Judge,
}

/// What makes a variant better or worse than the baseline.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Decide {
    /// The name of the metric that decides; by default the only one.
    pub by: Option<String>,
    /// The adjusted p has to be below it.
    #[schemars(range(min = 0, max = 1), extend("default" = 0.05))]
    pub alpha: Option<f64>,
    /// The smallest difference that counts, in the metric's unit.
    #[schemars(range(min = 0), extend("default" = 0.0))]
    pub min_difference: Option<f64>,
}
