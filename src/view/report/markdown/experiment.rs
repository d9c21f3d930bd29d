//! What an experiment found, as Markdown.

use super::super::experiment::{self, ExperimentPage};
use super::super::model::Report;
use super::escape::escape;
use super::page::{Align, Left, MarkdownPage, Right, cell, optional};
use crate::view::evaluation::{Evaluation, FigureMatrix, FigureTable, SideBySide};

/// How many pairs of labels are listed for each variant.
const CONFUSED: usize = 10;

pub(super) fn experiment(page: &mut MarkdownPage, report: &Report) {
    let Some(evaluation) = &report.experiment else { return };
    let it = ExperimentPage::of(evaluation);
    page.line("## Experiment");
    page.line(&escape(&it.about));
    for sentence in &it.conclusion {
        page.line(&format!("**{}**", escape(sentence)));
    }
    for table in &it.tables {
        figures(page, table);
    }
    for it in &it.matrices {
        matrix(page, it);
    }
    if !it.costs.is_empty() {
        let quality = escape(experiment::quality_metric(evaluation));
        page.line("### Cost against quality");
        page.table(
            &[("Variant", Left), ("Cost per item", Right), (quality.as_str(), Right), ("Pareto front", Left)],
            it.costs
                .iter()
                .map(|it| vec![escape(&it.name), escape(&it.cost), cell(&it.quality), it.on_front.to_owned()]),
        );
    }
    labels(page, evaluation);
    calibrations(page, evaluation);
    if let Some(it) = &evaluation.side_by_side {
        side_by_side(page, it);
    }
}

fn figures(page: &mut MarkdownPage, table: &FigureTable) {
    page.line(&format!("### {}", escape(&table.title)));
    let names: Vec<String> = table.columns.iter().map(|it| escape(&it.name)).collect();
    let sides = table.columns.iter().map(|it| if it.is_number { Right } else { Left });
    let head: Vec<(&str, Align)> = names.iter().map(String::as_str).zip(sides).collect();
    page.table(&head, table.rows.iter().map(|row| row.iter().map(|it| escape(it)).collect()));
    for note in &table.notes {
        page.line(&escape(note));
    }
}

fn matrix(page: &mut MarkdownPage, it: &FigureMatrix) {
    page.line(&format!("### {}", escape(&format!("{}: {} by {}", it.metric, it.row_key, it.column_key))));
    let names: Vec<String> = std::iter::once(&it.row_key).chain(&it.columns).map(|it| escape(it)).collect();
    let head: Vec<(&str, Align)> =
        names.iter().enumerate().map(|(index, it)| (it.as_str(), if index == 0 { Left } else { Right })).collect();
    let row = |(label, cells): &(String, Vec<Option<crate::view::evaluation::MatrixCell>>)| {
        let cells = cells.iter().map(|it| optional(it.as_ref().map(|it| it.shown.as_str())));
        std::iter::once(escape(label)).chain(cells).collect()
    };
    page.table(&head, it.rows.iter().map(row));
}

fn labels(page: &mut MarkdownPage, evaluation: &Evaluation) {
    let confused = experiment::confused(evaluation, CONFUSED);
    if confused.is_empty() {
        return;
    }
    page.line("### Confused labels");
    page.table(
        &[("Variant", Left), ("Metric", Left), ("Gold", Left), ("Answer", Left), ("Work items", Right)],
        confused.iter().map(|it| {
            vec![escape(&it.variant), escape(&it.metric), escape(&it.gold), escape(&it.answer), cell(&it.items)]
        }),
    );
}

fn calibrations(page: &mut MarkdownPage, evaluation: &Evaluation) {
    let all = &evaluation.calibrations;
    if all.is_empty() {
        return;
    }
    page.line("### Calibration of scores against gold");
    page.table(
        &[
            ("Variant", Left),
            ("Metric", Left),
            ("Held against", Left),
            ("Work items", Right),
            ("Brier", Right),
            ("ECE", Right),
        ],
        all.iter().map(|it| {
            let names = [&it.variant, &it.metric, &it.truth].map(|it| escape(it));
            [&names[..], &[cell(it.n), experiment::figure(&it.brier), experiment::figure(&it.ece)]].concat()
        }),
    );
}

fn side_by_side(page: &mut MarkdownPage, it: &SideBySide) {
    page.line(&format!("### {}", escape(&experiment::side_by_side_title(it))));
    page.line(&escape(&experiment::side_by_side_note(it)));
    if it.items.is_empty() {
        return;
    }
    let names: Vec<String> = it.variants.iter().map(|it| escape(it)).collect();
    let variants = names.iter().map(|it| (it.as_str(), Left));
    let mut head: Vec<(&str, Align)> = vec![("Row", Right), ("Input", Left), ("Gold", Left)];
    head.extend(variants);
    page.table(
        &head,
        it.items.iter().map(|item| {
            let gold = optional(item.gold.as_deref().map(escape));
            let answers = item.answers.iter().map(|it| {
                let text = optional(it.text.as_deref().map(escape));
                experiment::mark(it).map_or_else(|| text.clone(), |(mark, _)| format!("{mark} {text}"))
            });
            [optional(item.row), escape(&item.input), gold].into_iter().chain(answers).collect()
        }),
    );
}
