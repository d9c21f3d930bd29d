//! The section on an experiment: what its templates and its Markdown show beside the tables of `view::evaluation`.

mod chart;
mod labels;

pub(super) use chart::{pareto, reliability};
pub(super) use labels::{LabelGrid, confused, grids};

use super::model::{ExperimentSection, SideBySide};
use super::number::{Count, decimal_within};
use super::present::counted;
use crate::view::evaluation::{self, Calibration, FigureMatrix, FigureTable};
use crate::view::text;

/// The wording and the charts of a section, made once.
#[derive(Debug)]
pub(super) struct ExperimentPage<'a> {
    pub(super) section: &'a ExperimentSection,
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
    pub(super) fn of(section: &'a ExperimentSection) -> Self {
        let it = &section.evaluation;
        Self {
            about: evaluation::about(it),
            conclusion: evaluation::conclusion(it),
            tables: evaluation::tables(it),
            matrices: evaluation::matrices(it),
            pareto: pareto(it),
            costs: costs(section),
            grids: grids(it),
            calibrations: &it.calibrations,
            section,
        }
    }
}

/// The variants whose cost and quality are known, numbered as in the chart.
pub(super) fn costs(section: &ExperimentSection) -> Vec<CostRow> {
    let points = chart::points(&section.evaluation);
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
pub(super) fn quality_metric(section: &ExperimentSection) -> &str {
    chart::quality(&section.evaluation).map_or("", |(_, metric)| metric.name.as_str())
}

/// A figure of a calibration.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "templates pass references")]
pub(super) fn figure(value: &Option<f64>) -> String {
    value.map_or_else(|| "–".to_owned(), |it| format!("{it:.3}"))
}

/// Which scores are in a bin: `0.9 to 1`.
pub(super) fn bin(it: &crate::view::evaluation::CalibrationBin) -> String {
    format!("{} to {}", decimal_within(it.low, 1.0), decimal_within(it.high, 1.0))
}

/// The title of the answers side by side.
pub(super) fn side_by_side_title(it: &SideBySide) -> String {
    match &it.field {
        Some(field) => format!("Where variants differ in {field}"),
        None => "Where variants differ".to_owned(),
    }
}

/// How many work items there are on which variants differ, and how the listed ones are chosen.
pub(super) fn side_by_side_note(it: &SideBySide) -> String {
    let repeat = "The first repeat of each variant counts.";
    match (it.total, it.unlisted()) {
        (Count(0), _) => "All variants have the same answers.".to_owned(),
        (total, Count(..=0)) => format!("{} of this kind. {repeat}", counted(total, "work item")),
        (total, _) => format!(
            "{} of this kind; {} are shown, chosen by their ids, which depend neither on the order of the input nor on the \
             answers. {repeat}",
            counted(total, "work item"),
            it.items.len()
        ),
    }
}
