//! Single work items: failures and samples.

use super::super::model::{OutputSample, Report};
use super::super::number::Count;
use super::super::present;
use super::escape::escape;
use super::page::{Left, MarkdownPage, Right, cell, optional};

pub(super) fn failures(page: &mut MarkdownPage, report: &Report) {
    page.line("## Failures and rejections");
    let failures = &report.failures;
    if failures.total.0 == 0 {
        page.line("Nothing failed and nothing was rejected.");
        return;
    }
    // The step is only worth a column if there are several.
    let step = if report.has_steps() { &[("Step", Left)][..] } else { &[] };
    let of = |step: &str| if report.has_steps() { vec![escape(step)] } else { Vec::new() };
    let head = [("Status", Left), ("Outcome of the last attempt", Left), ("Work items", Right)];
    page.table(
        &[step, &head].concat(),
        failures
            .kinds
            .iter()
            .map(|it| [of(&it.step), vec![escape(&it.status), escape(&it.kind), cell(it.items)]].concat()),
    );
    page.table(
        &[
            step,
            &[
                ("Row", Right),
                ("Work item", Left),
                ("Group", Left),
                ("Input", Left),
                ("Status", Left),
                ("Kind", Left),
                ("Attempts", Right),
                ("Message", Left),
                ("Last answer", Left),
            ],
        ]
        .concat(),
        failures.items.iter().map(|it| {
            let text = |text: &Option<String>| optional(text.as_deref().map(escape));
            let cells = vec![
                optional(it.row),
                escape(&it.work_id),
                text(&it.group),
                escape(&it.input),
                escape(&it.status),
                text(&it.kind),
                cell(it.attempts),
                text(&it.message),
                format!("{}{}", text(&it.last_answer), more(it.answer_cut)),
            ];
            [of(&it.step), cells].concat()
        }),
    );
    if failures.unlisted().0 > 0 {
        page.line(&format!(
            "**{} more are not listed here;** `{}` shows them all.",
            failures.unlisted(),
            present::ALL_FAILURES
        ));
    }
}

fn more(cut: Count) -> String {
    if cut.0 > 0 { format!(" *… {cut} characters more*") } else { String::new() }
}

pub(super) fn samples(page: &mut MarkdownPage, report: &Report) {
    page.line(&format!("## Samples{}", escape(&present::of_last(report))));
    if report.samples.is_empty() {
        page.line("There is no accepted output to show.");
    }
    for group in &report.samples {
        if let Some(name) = &group.group {
            page.line(&format!("### {}", escape(name)));
        }
        for sample in &group.samples {
            page.line(&sample_title(sample));
            let side = |name: &str, values: &[(String, String, Count)]| {
                let row = |(field, value, cut): &(String, String, Count)| {
                    vec![name.to_owned(), escape(field), format!("{}{}", escape(value), more(*cut))]
                };
                values.iter().map(row).collect::<Vec<_>>()
            };
            let mut rows = [side("input", &sample.input), side("output", &sample.output)].concat();
            let reason = |reason: &String| vec!["judge".to_owned(), "reason".to_owned(), escape(reason)];
            rows.extend(sample.reasons.iter().map(reason));
            page.table(&[("", Left), ("Field", Left), ("Value", Left)], rows);
        }
    }
}

fn sample_title(sample: &OutputSample) -> String {
    let mut parts = Vec::new();
    parts.extend(sample.row.map(|row| format!("row {row}")));
    parts.push(escape(sample.short_id()));
    if let Some(verdict) = &sample.verdict {
        parts.push([escape(verdict), sample.score.map(|score| format!(" {score}")).unwrap_or_default()].concat());
    }
    parts.push(format!("{} attempt{}", sample.attempts, if sample.attempts.0 == 1 { "" } else { "s" }));
    format!("**{}**", parts.join(" · "))
}
