//! What an evaluation says, for tables, `eval.json`, the report and the views alike. A figure that is undefined or
//! unknown is `None`, and never 0 or NaN.

use serde::{Deserialize, Serialize};

/// The outcome of an experiment.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub struct Evaluation {
    /// The different work items of all variants. Each variant has all of them, but where its last step makes elements
    /// of its own.
    pub items: u64,
    /// The fewest and the most work items of a variant that has any, where these are not all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub items_of_variants: Option<[u64; 2]>,
    /// Those of them that are in no figure, since they are not decided under every variant.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub left_out: u64,
    pub repeats: u32,
    /// Work items in the figures that have a gold answer; `None` without gold.
    pub with_gold: Option<u64>,
    /// The name of the variant that the others are compared with.
    pub baseline: String,
    /// The names of the metrics, in their order.
    pub metrics: Vec<MetricInfo>,
    pub variants: Vec<VariantFigures>,
    /// Each other variant and metric against the baseline, in the order of variants, then metrics.
    pub comparisons: Vec<Comparison>,
    /// How it is decided, where that is said.
    pub decide: Option<DecideInfo>,
    pub gates: Vec<GateResult>,
    /// Of each metric of labels and variant, in the order of variants, then metrics.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub confusions: Vec<ConfusionMatrix>,
    /// Of each metric that asks a model and variant, where the metric that decides says what is right.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub calibrations: Vec<Calibration>,
    /// Work items on which the metric that decides, or else the first one, tells variants apart.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub side_by_side: Option<super::SideBySide>,
    /// What was odd, such as expressions that failed: one sentence each.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
    /// The run file that it is compared with, for `--against`.
    pub against: Option<String>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde gives a reference")]
fn is_zero(count: &u64) -> bool {
    *count == 0
}

#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub struct MetricInfo {
    pub name: String,
    /// The word of its kind.
    pub kind: String,
    /// Whether more is better.
    pub higher_is_better: bool,
    /// Whether each work item has 0 or 1.
    pub is_binary: bool,
}

#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub struct DecideInfo {
    pub by: String,
    pub alpha: f64,
    pub min_difference: f64,
    /// How many comparisons are in Holm's family: those that have a p, and those of `unmeasured`.
    pub family: u64,
    /// The variants of the experiment of which nothing is decided yet. Each is a member of the family, with a p of 1.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unmeasured: Vec<String>,
}

/// A row of the table: a variant under all metrics.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub struct VariantFigures {
    /// Its number in the run file.
    pub number: i64,
    pub name: String,
    pub is_baseline: bool,
    /// Its values of the keys of the matrix, as texts, by key.
    pub settings: std::collections::BTreeMap<String, String>,
    /// Work items (of all repeats) and where they stand, also those that are in no figure.
    pub planned: u64,
    pub accepted: u64,
    pub rejected: u64,
    pub failed: u64,
    pub skipped: u64,
    pub blocked: u64,
    pub pending: u64,
    /// The share of work items with a valid answer, of those in the figures; a valid answer that a check or a judge
    /// rejected is valid.
    pub valid: Option<f64>,
    /// Work items in the figures without an accepted output, in a repeat at least, which counts as wrong: rejected,
    /// failed and blocked ones.
    pub missing: u64,
    /// In the order of [`Evaluation::metrics`].
    pub scores: Vec<Score>,
    /// What the variant would cost alone, in USD; `None` where a price is unknown.
    pub cost_usd: Option<f64>,
    pub cost_per_item: Option<f64>,
    /// The mean time of an item's calls, in milliseconds.
    pub latency_ms: Option<f64>,
    /// Mean tokens of an item.
    pub input_tokens: Option<f64>,
    pub output_tokens: Option<f64>,
    /// What metrics that ask a model cost, in USD; `None` where a price is unknown.
    pub judging_usd: Option<f64>,
    /// Whether no other variant is as good for less, or better for as much: by cost per item and the metric that
    /// decides. `None` where one of the two is unknown, or nothing decides.
    #[serde(default)]
    pub is_on_front: Option<bool>,
}

impl VariantFigures {
    /// Whether any of its work items is decided.
    #[must_use]
    pub fn is_begun(&self) -> bool {
        self.planned > self.pending
    }
}

/// The value of a metric for a variant.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub struct Score {
    pub value: Option<f64>,
    /// The 95 % interval: Wilson's for means of 0 and 1 without repeats, else by bootstrap.
    pub low: Option<f64>,
    pub high: Option<f64>,
    /// The work items that it is made of, repeats averaged.
    pub n: u64,
    /// How many have no value to compare, in a repeat at least: no accepted output, or nothing at the path. They are
    /// among `n` and count as wrong. Under `mae` and `rmse`, where they have no error, they are left out of `value`
    /// and `n`.
    pub missing: u64,
    /// Why the value is `None`.
    pub undefined: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
#[expect(clippy::enum_variant_names, reason = "the word of the verdict")]
pub enum Better {
    Better,
    Worse,
    Inconclusive,
}

impl Better {
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Better => "better",
            Self::Worse => "worse",
            Self::Inconclusive => "inconclusive",
        }
    }
}

/// A variant against the baseline under a metric, paired by work item.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub struct Comparison {
    pub variant: String,
    pub baseline: String,
    pub metric: String,
    /// The variant's value less the baseline's, over the pairs; so less than 0 is better where less is.
    pub difference: Option<f64>,
    pub low: Option<f64>,
    pub high: Option<f64>,
    /// `mid-p McNemar` or `paired bootstrap`.
    pub test: String,
    /// The pairs of work items.
    pub n: u64,
    /// For 0 and 1: how often the variant alone is right, and the baseline alone.
    pub only_variant: Option<u64>,
    pub only_baseline: Option<u64>,
    pub p: Option<f64>,
    /// For the metric that decides.
    pub adjusted_p: Option<f64>,
    pub verdict: Option<Better>,
    /// How many more work items would settle an inconclusive one at the difference seen; `None` where none would.
    pub more_items: Option<u64>,
    /// Why an inconclusive one is so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Why `difference` is `None`.
    pub undefined: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub struct GateResult {
    /// As written.
    pub gate: String,
    pub variant: String,
    /// `None` where the figure is unknown: the gate then fails.
    pub value: Option<f64>,
    pub passed: bool,
}

/// How often each label was answered where another was right. Of repeats, each counts as its share of the work item.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub struct ConfusionMatrix {
    pub variant: String,
    pub metric: String,
    /// The most frequent labels, at most 50, in the order of their texts; then [`ConfusionMatrix::OTHER`], if there are
    /// more, and [`ConfusionMatrix::MISSING`], if an answer is missing.
    pub labels: Vec<String>,
    /// `counts[gold][answer]`, in the order of `labels`.
    pub counts: Vec<Vec<f64>>,
}

impl ConfusionMatrix {
    /// All labels that have no row of their own.
    pub const OTHER: &str = "(other)";
    /// The column of missing answers.
    pub const MISSING: &str = "(missing)";
}

/// How well a model's scores say what is right.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub struct Calibration {
    pub variant: String,
    /// The metric that asks a model.
    pub metric: String,
    /// The metric of 0 and 1 that says what is right. Of repeats, both are means.
    pub truth: String,
    /// The work items that have both.
    pub n: u64,
    /// The mean squared distance of score and truth.
    pub brier: Option<f64>,
    /// The expected calibration error: the mean distance of score and truth in each bin, by its items.
    pub ece: Option<f64>,
    /// Ten bins of equal width from 0 to 1, of which the last has 1, too.
    pub bins: Vec<CalibrationBin>,
}

#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub struct CalibrationBin {
    pub low: f64,
    pub high: f64,
    pub n: u64,
    /// `None` where the bin is empty.
    pub mean_score: Option<f64>,
    /// The share of right answers.
    pub right: Option<f64>,
}
