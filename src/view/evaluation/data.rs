//! An evaluation as rows of data: a row for each variant, with its difference from the baseline.

use crate::experiment::{
    COLUMNS_AFTER, COLUMNS_BEFORE, Comparison, Evaluation, METRIC_COLUMNS, MORE_ITEMS, VariantFigures,
};
use crate::view::rows::Cell;

use super::figures;

/// The columns, in their order.
#[must_use]
pub fn columns(evaluation: &Evaluation) -> Vec<String> {
    let of_metrics = evaluation.metrics.iter().flat_map(|it| METRIC_COLUMNS.map(|end| format!("{}{end}", it.name)));
    let fixed = |names: &[&str]| names.iter().map(|it| (*it).to_owned()).collect::<Vec<_>>();
    let mut all = fixed(&COLUMNS_BEFORE);
    all.extend(of_metrics);
    if evaluation.decide.is_some() {
        all.push(MORE_ITEMS.to_owned());
    }
    all.extend(fixed(&COLUMNS_AFTER));
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
