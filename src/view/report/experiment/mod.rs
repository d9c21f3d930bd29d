//! The section on an experiment: what its templates and its Markdown show beside the tables of `view::evaluation`.

mod chart;
mod labels;

pub(super) use chart::{pareto, reliability};
pub(super) use labels::{LabelGrid, confused, grids};

use super::number::{Count, decimal_within};
use super::present::counted;
use crate::view::evaluation::{
    self, Calibration, ComparedAnswer, ComparedItem, Evaluation, FigureMatrix, FigureTable, SideBySide,
};
use crate::view::text;

/// The wording and the charts of a section, made once.
#[derive(Debug)]
pub(super) struct ExperimentPage<'a> {
    pub(super) evaluation: &'a Evaluation,
    pub(super) about: String,
    pub(super) conclusion: Vec<String>,
    pub(super) tables: Vec<FigureTable>,
    pub(super) matrices: Vec<FigureMatrix>,
    /// Cost against quality, as SVG.
    pub(super) pareto: Option<String>,
    pub(super) costs: Vec<CostRow>,
    pub(super) grids: Vec<LabelGrid>,
    pub(super) calibrations: &'a [Calibration],
}

/// A variant in the list below the chart of costs.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct CostRow {
    pub(super) number: usize,
    pub(super) name: String,
    pub(super) cost: String,
    pub(super) quality: String,
    pub(super) on_front: &'static str,
}

impl<'a> ExperimentPage<'a> {
    pub(super) fn of(it: &'a Evaluation) -> Self {
        Self {
            about: evaluation::about(it),
            conclusion: evaluation::conclusion(it),
            tables: evaluation::tables(it),
            matrices: evaluation::matrices(it),
            pareto: pareto(it),
            costs: costs(it),
            grids: grids(it),
            calibrations: &it.calibrations,
            evaluation: it,
        }
    }
}

/// The variants whose cost and quality are known, numbered as in the chart.
pub(super) fn costs(evaluation: &Evaluation) -> Vec<CostRow> {
    let points = chart::points(evaluation);
    points
        .iter()
        .map(|it| CostRow {
            number: it.number,
            name: it.name.to_owned(),
            cost: text::usd(it.cost),
            quality: decimal_within(it.quality, 0.1),
            on_front: match it.is_on_front {
                Some(true) => "on the front",
                Some(false) => "",
                None => "–",
            },
        })
        .collect()
}

/// The metric on the axis of quality.
pub(super) fn quality_metric(evaluation: &Evaluation) -> &str {
    chart::quality(evaluation).map_or("", |(_, metric)| metric.name.as_str())
}

/// A figure of a calibration.
#[expect(clippy::ref_option, reason = "templates pass references")]
pub(super) fn figure(value: &Option<f64>) -> String {
    value.map_or_else(|| "–".to_owned(), |it| format!("{it:.3}"))
}

/// Which scores are in a bin: `0.9 to 1`.
pub(super) fn bin(it: &crate::view::evaluation::CalibrationBin) -> String {
    format!("{} to {}", decimal_within(it.low, 1.0), decimal_within(it.high, 1.0))
}

/// The title of the answers side by side.
pub(super) fn side_by_side_title(it: &SideBySide) -> String {
    format!("Where variants differ in {}", it.metric)
}

/// How many work items there are on which variants differ, and how the listed ones are chosen.
pub(super) fn side_by_side_note(it: &SideBySide) -> String {
    let total = Count(i64::try_from(it.total).unwrap_or(i64::MAX));
    let shown = it.field.as_ref().map_or_else(|| "The output".to_owned(), |field| format!("The field {field}"));
    let answers = format!("{shown} of the first repeat is shown.");
    match it.items.len() as u64 {
        0 if it.total == 0 => "All variants have the same marks.".to_owned(),
        items if items == it.total => format!("{}. {answers}", counted(total, "work item")),
        items => format!(
            "{}, of which the first {items} by their ids are shown: the choice depends neither on the order of the input nor on \
             the answers. {answers}",
            counted(total, "work item")
        ),
    }
}

/// The beginning of its id, long enough to find it by.
pub(super) fn short_id(it: &ComparedItem) -> &str {
    it.work_id.get(..10).unwrap_or(&it.work_id)
}

/// The answers with the names of their variants.
pub(super) fn named<'a>(
    of: &'a SideBySide,
    item: &'a ComparedItem,
) -> impl Iterator<Item = (&'a str, &'a ComparedAnswer)> {
    of.variants.iter().map(String::as_str).zip(&item.answers)
}

/// A mark beside an answer, and its CSS class.
pub(super) fn mark(it: &ComparedAnswer) -> Option<(&'static str, &'static str)> {
    it.is_right.map(|is_right| if is_right { ("✓", "right") } else { ("✗", "wrong") })
}
