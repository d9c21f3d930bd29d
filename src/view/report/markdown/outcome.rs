//! Work items by status: of the steps and of the groups.

use super::super::model::{Decisions, OutcomeCounts, Report};
use super::super::present;
use super::escape::escape;
use super::page::{Align, Left, MarkdownPage, Right, cell};
use crate::view::graph;

const OUTCOME_HEAD: [(&str, Align); 8] = [
    ("Planned", Right),
    ("Accepted", Right),
    ("Rejected", Right),
    ("Failed", Right),
    ("Skipped", Right),
    ("Blocked", Right),
    ("Pending", Right),
    ("Rate", Right),
];

fn outcome_cells(counts: &OutcomeCounts) -> Vec<String> {
    let mut cells = vec![cell(counts.planned)];
    cells.extend(counts.parts().iter().map(|(_, share)| cell(share.part)));
    cells.push(cell(counts.acceptance().percent()));
    cells
}

pub(super) fn outcome(page: &mut MarkdownPage, report: &Report) {
    page.line("## Outcome");
    let head: Vec<_> = [("Step", Left)].into_iter().chain(OUTCOME_HEAD).collect();
    let row = |name: &str, counts| [vec![escape(name)], outcome_cells(counts)].concat();
    page.table(&head, report.steps.iter().map(|step| row(&step.step, &step.counts)));
    if !report.decisions.is_empty() {
        page.line("### Decisions by people");
        let head = [("Decided by", Left), ("Accepted", Right), ("Rejected", Right)];
        let row =
            |it: &Decisions| vec![escape(&format!("human:{}", it.decided_by)), cell(it.accepted), cell(it.rejected)];
        page.table(&head, report.decisions.iter().map(row));
    }
    if !report.held_back.is_empty() {
        page.line("Why work items are skipped or blocked:");
        page.table(
            &[("Step", Left), ("Status", Left), ("Why", Left), ("Work items", Right)],
            report
                .held_back
                .iter()
                .map(|it| vec![escape(&it.step), escape(&it.status), escape(&it.reason), cell(it.items)]),
        );
    }
    if let Some(graph) = report.graph.as_ref().filter(|_| report.has_steps()) {
        page.line(&format!("```mermaid\n{}```", graph::mermaid(graph)));
    }
}

pub(super) fn groups(page: &mut MarkdownPage, report: &Report) {
    if !present::has_groups(report) {
        return;
    }
    page.line("## Groups");
    let head: Vec<_> =
        [("Group", Left), ("Rows", Right), ("In context", Right)].into_iter().chain(OUTCOME_HEAD).collect();
    page.table(
        &head,
        report.groups.iter().map(|group| {
            let about = vec![escape(&group.label()), cell(group.rows), cell(group.included_rows)];
            [about, outcome_cells(&group.counts)].concat()
        }),
    );
}

pub(super) fn columns(page: &mut MarkdownPage, report: &Report) {
    if report.columns.is_empty() {
        return;
    }
    page.line("## Input columns");
    for it in &report.columns {
        page.line(&format!("### {}", escape(&it.column)));
        let head: Vec<_> = [("Value", Left)].into_iter().chain(OUTCOME_HEAD).collect();
        let row = |(value, counts): &(String, OutcomeCounts)| [vec![escape(value)], outcome_cells(counts)].concat();
        page.table(&head, it.values.iter().map(row));
    }
}
