//! The calls: how they ended, how long they took, what they cost, and their pace.

use super::super::model::{ErrorCount, ModelCalls, Report};
use super::super::present;
use super::escape::escape;
use super::page::{Left, MarkdownPage, Right, cell};

pub(super) fn calls(page: &mut MarkdownPage, report: &Report) {
    page.line("## Calls");
    let calls = &report.calls;
    let total = &calls.total;
    if total.calls.0 == 0 {
        page.line("No call was made.");
        return;
    }
    page.line(&format!(
        "{}: {} answered, {} failed, {} lost, {} in flight. Cost: {}. Saved by reusing answers: {}.",
        present::counted(total.calls, "call"),
        total.answered,
        total.failed,
        total.lost,
        total.in_flight,
        present::cost(calls),
        calls.saved
    ));
    let more = [
        ("Known cost per accepted work item", calls.per_accepted),
        ("Most that the calls of unknown cost can have cost", calls.reserved),
        ("Expected total, if open work items cost as much as decided ones", calls.expected),
    ];
    for (what, amount) in more.into_iter().filter(|(_, amount)| amount.is_more()) {
        page.line(&format!("{what}: {amount}."));
    }
    page.table(
        &[
            ("Model", Left),
            ("Purpose", Left),
            ("Calls", Right),
            ("Answered", Right),
            ("Failed", Right),
            ("Lost", Right),
            ("50% within", Right),
            ("90% within", Right),
            ("99% within", Right),
        ],
        calls.endpoints.iter().map(|it| {
            let outcomes = [it.outcomes.calls, it.outcomes.answered, it.outcomes.failed, it.outcomes.lost].map(cell);
            [names(it).to_vec(), outcomes.to_vec(), it.latency.map(cell).to_vec()].concat()
        }),
    );
    page.table(
        &[
            ("Model", Left),
            ("Purpose", Left),
            ("Tokens in", Right),
            ("of which cached", Right),
            ("Tokens out", Right),
            ("of which reasoning", Right),
            ("Cost", Right),
            ("Calls of unknown cost", Right),
        ],
        calls.endpoints.iter().map(|it| {
            let tokens = [it.input, it.cached, it.output, it.reasoning].map(cell);
            [names(it).to_vec(), tokens.to_vec(), vec![cell(it.cost), cell(it.unpriced)]].concat()
        }),
    );
    if !calls.errors.is_empty() {
        let row = |it: &ErrorCount| vec![escape(&it.kind), cell(it.count)];
        page.table(&[("Error of failed calls", Left), ("Calls", Right)], calls.errors.iter().map(row));
    }
}

pub(super) fn pace(page: &mut MarkdownPage, report: &Report) {
    if report.pace.is_empty() {
        return;
    }
    page.line("## Pace");
    for pace in &report.pace {
        let range = present::range(&pace.range());
        page.line(&format!("Limit on calls in flight to {}: {range}, over {}.", escape(&pace.model), pace.length));
        page.table(
            &[("Reason", Left), ("Changes", Right), ("Limit after it", Right), ("Last change", Left)],
            pace.reasons.iter().map(|it| {
                vec![escape(&it.reason), cell(it.changes), present::range(&it.concurrency), escape(&it.last)]
            }),
        );
    }
}

fn names(endpoint: &ModelCalls) -> [String; 2] {
    [format!("{} at {}", escape(&endpoint.model), escape(&endpoint.provider)), escape(&endpoint.purpose)]
}
