//! The `experiment` block: variants of the task, gold answers, metrics, and how it is decided.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What is tried on the same work items, and how it is measured.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Experiment {
    /// In the order of the matrix, its last key changing fastest, then those of `include`.
    pub variants: Vec<Variant>,
    /// The place in `variants` of the one that the others are compared with.
    pub baseline: usize,
    /// How often each work item is done under each variant; at least 1.
    pub repeats: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gold: Option<Gold>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub metrics: Vec<Metric>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decide: Option<Decide>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub gates: Vec<Gate>,
    /// The most that each variant may spend, its metrics apart.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub budget_per_variant: Option<VariantBudget>,
}

impl Experiment {
    /// Changes each model that a metric asks.
    pub(in crate::config) fn each_llm(&mut self, change: &dyn Fn(&mut super::Llm)) {
        for metric in &mut self.metrics {
            if let MetricKind::Judge { llm, .. } = &mut metric.kind {
                change(llm);
            }
        }
    }
}

/// One setting of the task.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub struct Variant {
    /// For people: as written, or made of the values that vary.
    pub name: String,
    /// What is laid over the configuration: dotted keys and their values, by key. Its digest is the variant's identity.
    pub overlay: BTreeMap<String, Value>,
}

/// The answers that are right. No prompt but a metric's sees them.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub struct Gold {
    /// The file; `None` where the gold answers are columns of the input.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// The column that has the key of a row of the input (`input.key`), or the key of a group. With a file only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// The name of each gold value, as metrics call it, and its column.
    pub fields: BTreeMap<String, String>,
}

/// A figure for each variant.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Metric {
    pub name: String,
    /// The path of the value in the output (`a.b[].c`), where the kind has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub of: Option<String>,
    /// The name of the gold value that it is compared with, where the kind has one; by default that of `of`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gold: Option<String>,
    pub kind: MetricKind,
}

/// How a metric is computed. The figure of a kind that says "mean" is the mean over work items.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum MetricKind {
    /// 1 where the values are equal, else 0; mean.
    Exact,
    /// F1 over all work items: the mean of the labels', or over all labels together.
    F1Macro,
    F1Micro,
    /// Precision and recall over all work items: of one label, or the mean of all.
    Precision {
        label: Option<String>,
    },
    Recall {
        label: Option<String>,
    },
    /// The mean absolute error, and the root of the mean squared one. Less is better.
    Mae,
    Rmse,
    /// 1 where the value (a text) contains the gold text, or the list the gold value; mean.
    Contains,
    /// The share of the values of two lists that are in both; mean.
    Jaccard,
    /// 1 where the text matches the pattern, anywhere in it; mean. It needs no gold.
    Regex {
        pattern: String,
    },
    /// 1 where the numbers differ by at most `within`; mean.
    Numeric {
        within: f64,
    },
    /// The expression over `output`, `row` and `gold`: true is 1, false is 0, a number is itself; mean.
    Expr {
        expr: String,
    },
    /// A model's score of the output (0 to 100), divided by 100; mean.
    Judge {
        prompt: String,
        llm: Box<super::Llm>,
    },
}

/// What makes a variant better or worse than the baseline.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub struct Decide {
    /// The name of the metric that decides.
    pub by: String,
    /// The adjusted p has to be below it.
    pub alpha: f64,
    /// The smallest difference that counts, in the metric's unit.
    pub min_difference: f64,
}

/// A bound that every variant is held to.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub struct Gate {
    /// As written: `accuracy >= 0.9`.
    pub text: String,
    /// The name of a metric, or `valid`, `cost_per_item` (USD), `latency_ms`, `input_tokens` or `output_tokens` (per
    /// item).
    pub figure: String,
    pub comparison: GateComparison,
    pub bound: f64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub enum GateComparison {
    #[serde(rename = ">=")]
    AtLeast,
    #[serde(rename = ">")]
    Above,
    #[serde(rename = "<=")]
    AtMost,
    #[serde(rename = "<")]
    Below,
}

/// The most that one variant may spend.
#[derive(Clone, Copy, Debug, Default, PartialEq, Deserialize, Serialize)]
pub struct VariantBudget {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_cost_usd: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_requests: Option<u64>,
}
