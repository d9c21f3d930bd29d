//! An evaluation as rows of data: a row for each variant, with its difference from the baseline.

use crate::experiment::{Comparison, Evaluation, VariantFigures};
use crate::view::rows::Cell;

use super::figures;

/// The columns that every evaluation has before those of its metrics.
const BEFORE: [&str; 11] = [
    "variant",
    "is_baseline",
    "planned",
    "accepted",
    "rejected",
    "failed",
    "skipped",
    "blocked",
    "pending",
    "valid",
    "missing",
];
/// And those after them.
const AFTER: [&str; 6] = ["cost_usd", "cost_per_item", "latency_ms", "input_tokens", "output_tokens", "judging_usd"];
/// The columns of a metric, after its name.
const OF_METRIC: [&str; 11] = [
    "",
    "_low",
    "_high",
    "_n",
    "_missing",
    "_difference",
    "_difference_low",
    "_difference_high",
    "_p",
    "_adjusted_p",
    "_verdict",
];

/// The columns, in their order.
#[must_use]
pub fn columns(evaluation: &Evaluation) -> Vec<String> {
    let of_metrics = evaluation.metrics.iter().flat_map(|it| OF_METRIC.map(|end| format!("{}{end}", it.name)));
    let fixed = |names: &[&str]| names.iter().map(|it| (*it).to_owned()).collect::<Vec<_>>();
    let mut all = fixed(&BEFORE);
    all.extend(of_metrics);
    if evaluation.decide.is_some() {
        all.push("more_items".to_owned());
    }
    all.extend(fixed(&AFTER));
    all
}

/// A row for each variant, in their order.
#[must_use]
pub fn rows(evaluation: &Evaluation) -> Vec<Vec<Cell>> {
    evaluation.variants.iter().map(|it| row(evaluation, it)).collect()
}

fn real(value: Option<f64>) -> Cell {
    value.map_or(Cell::Null, Cell::Real)
}

fn row(evaluation: &Evaluation, it: &VariantFigures) -> Vec<Cell> {
    let mut cells = vec![Cell::from(it.name.as_str()), Cell::Json(it.is_baseline.into())];
    let counts = [it.planned, it.accepted, it.rejected, it.failed, it.skipped, it.blocked, it.pending];
    cells.extend(counts.map(Cell::from));
    cells.extend([real(it.valid), Cell::from(it.missing)]);
    let compared =
        |metric: &str| evaluation.comparisons.iter().find(|other| other.variant == it.name && other.metric == metric);
    for (index, metric) in evaluation.metrics.iter().enumerate() {
        let score = it.scores.get(index);
        let figure = |pick: fn(&crate::experiment::Score) -> Option<f64>| real(score.and_then(pick));
        cells.extend([figure(|it| it.value), figure(|it| it.low), figure(|it| it.high)]);
        cells.extend([Cell::from(score.map(|it| it.n)), Cell::from(score.map(|it| it.missing))]);
        let comparison = compared(&metric.name);
        let figure = |pick: fn(&Comparison) -> Option<f64>| real(comparison.and_then(pick));
        cells.extend([figure(|it| it.difference), figure(|it| it.low), figure(|it| it.high)]);
        cells.extend([figure(|it| it.p), figure(|it| it.adjusted_p)]);
        cells.push(Cell::from(comparison.and_then(|it| it.verdict).map(|it| figures::verdict(Some(it)))));
    }
    if let Some(decide) = &evaluation.decide {
        cells.push(Cell::from(compared(&decide.by).and_then(|it| it.more_items)));
    }
    cells.extend([it.cost_usd, it.cost_per_item, it.latency_ms, it.input_tokens, it.output_tokens].map(real));
    cells.push(real(it.judging_usd));
    cells
}
