//! The evidence of a promotion: the figures of the variant and of the baseline in the latest evaluation, and the gates.

use serde_json::{Value, json};

use super::error::PromoteError;
use crate::experiment::{Better, Comparison, Evaluation, VariantFigures};

/// What an evaluation says of a variant.
#[derive(Clone, Debug)]
pub struct Evidence {
    /// Metric by metric, then the other figures.
    pub figures: Vec<PromotedFigure>,
    /// Against the baseline, under the metric that decides.
    pub verdict: Option<Better>,
    /// The name of the metric that decides, and of the baseline.
    pub decided_by: Option<String>,
    pub baseline: String,
    pub gates: Vec<PromotedGate>,
}

/// A figure of the variant beside that of the baseline.
#[derive(Clone, Debug)]
pub struct PromotedFigure {
    pub name: String,
    pub value: Option<f64>,
    pub low: Option<f64>,
    pub high: Option<f64>,
    /// The work items that it is made of; `None` for figures that are no metrics.
    pub n: Option<u64>,
    /// That of the baseline.
    pub baseline: Option<f64>,
    /// Against the baseline.
    pub difference: Option<f64>,
    pub verdict: Option<Better>,
}

/// A bound that the variant was held to.
#[derive(Clone, Debug)]
pub struct PromotedGate {
    pub text: String,
    pub value: Option<f64>,
    pub passed: bool,
}

impl Evidence {
    /// What `evaluation` says of the variant called `name`; an error if it does not, or not yet.
    pub(in crate::engine) fn of(evaluation: &Evaluation, name: &str) -> Result<Self, PromoteError> {
        let measured = || evaluation.variants.iter().map(|it| format!("`{}`", it.name)).collect();
        let not_measured = || PromoteError::NotMeasured { variant: name.to_owned(), measured: measured() };
        let figures = evaluation.variants.iter().find(|it| it.name == name).ok_or_else(not_measured)?;
        let why = match (figures.pending, evaluation.left_out, figures.planned) {
            (0, 0, 1..) => None,
            (0, 0, 0) => Some("it has no work items".to_owned()),
            (0, left_out, _) => Some(format!("{left_out} work items are not decided under every variant")),
            (pending, ..) => Some(format!("{pending} work items are open")),
        };
        if let Some(why) = why {
            return Err(PromoteError::Incomplete { variant: name.to_owned(), why });
        }
        let baseline = evaluation.variants.iter().find(|it| it.is_baseline && it.name != name);
        let compared =
            |metric: &str| evaluation.comparisons.iter().find(|it| it.variant == name && it.metric == metric);
        let mut rows: Vec<PromotedFigure> = (0..evaluation.metrics.len())
            .filter_map(|place| {
                let metric = evaluation.metrics.get(place)?;
                let score = figures.scores.get(place)?;
                let comparison: Option<&Comparison> = compared(&metric.name);
                Some(PromotedFigure {
                    name: metric.name.clone(),
                    value: score.value,
                    low: score.low,
                    high: score.high,
                    n: Some(score.n),
                    baseline: baseline.and_then(|it| it.scores.get(place)).and_then(|it| it.value),
                    difference: comparison.and_then(|it| it.difference),
                    verdict: comparison.and_then(|it| it.verdict),
                })
            })
            .collect();
        rows.extend(others(figures).into_iter().enumerate().map(|(place, (name, value))| PromotedFigure {
            name: name.to_owned(),
            value,
            low: None,
            high: None,
            n: None,
            baseline: baseline.and_then(|it| others(it)[place].1),
            difference: None,
            verdict: None,
        }));
        let decided_by = evaluation.decide.as_ref().map(|it| it.by.clone());
        let gates = evaluation.gates.iter().filter(|it| it.variant == name);
        Ok(Self {
            figures: rows,
            verdict: decided_by.as_deref().and_then(compared).and_then(|it| it.verdict),
            decided_by,
            baseline: evaluation.baseline.clone(),
            gates: gates.map(|it| PromotedGate { text: it.gate.clone(), value: it.value, passed: it.passed }).collect(),
        })
    }

    /// The figures as the record keeps them.
    pub(in crate::engine) fn metrics_value(&self) -> Value {
        let of = |it: &PromotedFigure| {
            json!({
                "metric": it.name, "value": it.value, "low": it.low, "high": it.high, "n": it.n,
                "baseline": it.baseline, "difference": it.difference, "verdict": it.verdict,
            })
        };
        json!({"baseline": self.baseline, "decided_by": self.decided_by,
            "figures": self.figures.iter().map(of).collect::<Vec<_>>()})
    }

    /// The gates as the record keeps them.
    pub(in crate::engine) fn gates_value(&self) -> Value {
        self.gates.iter().map(|it| json!({"gate": it.text, "value": it.value, "passed": it.passed})).collect()
    }
}

/// The figures that every variant has.
fn others(variant: &VariantFigures) -> [(&'static str, Option<f64>); 3] {
    [("valid", variant.valid), ("cost_per_item", variant.cost_per_item), ("latency_ms", variant.latency_ms)]
}
