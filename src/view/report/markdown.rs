//! The report as Markdown, in the dialect of GitHub: what [`super::html`] shows, without the charts.
//!
//! A value of the record is text wherever it stands: it cannot open a heading, a link, a code span, a fence, HTML or
//! another cell.

mod escape;
mod readers;

use std::fmt::{Display, Write as _};

use self::escape::escape;
use super::chart::bin_label;
use super::model::{Decisions, Endpoint, OutcomeCounts, Report, Sample, Slice};
use super::number::{Count, show_invisible};
use super::present;
use crate::view::graph;

/// The report as Markdown.
#[must_use]
pub fn markdown(report: &Report) -> String {
    let mut page = Page::default();
    page.line(&format!("# {}", escape(present::title(report))));
    page.line(&escape(&present::summary(report)));
    if report.sample_answers.0 > 0 {
        page.line(&format!("> **{}**", present::SAMPLE_BANNER));
    }
    outcome(&mut page, report);
    groups(&mut page, report);
    readers::readers(&mut page, report);
    values(&mut page, report);
    attempts(&mut page, report);
    judge(&mut page, report);
    quality(&mut page, report);
    calls(&mut page, report);
    pace(&mut page, report);
    failures(&mut page, report);
    samples(&mut page, report);
    run(&mut page, report);
    further(&mut page, report);
    show_invisible(page.text)
}

/// How a column is set.
#[derive(Clone, Copy)]
enum Side {
    Left,
    Right,
}
use Side::{Left, Right};

#[derive(Default)]
struct Page {
    text: String,
}

impl Page {
    /// A paragraph or a heading; values in it are escaped already.
    fn line(&mut self, text: &str) {
        if !self.text.is_empty() {
            self.text.push('\n');
        }
        self.text.push_str(text);
        self.text.push('\n');
    }

    /// A table. Cells are escaped already.
    fn table(&mut self, head: &[(&str, Side)], rows: impl IntoIterator<Item = Vec<String>>) {
        let names: Vec<&str> = head.iter().map(|(name, _)| *name).collect();
        let rules = head.iter().map(|(_, side)| match side {
            Left => "---",
            Right => "---:",
        });
        self.line(&format!("| {} |", names.join(" | ")));
        // Writing to a String cannot fail.
        let _ = writeln!(self.text, "| {} |", rules.collect::<Vec<_>>().join(" | "));
        for row in rows {
            let _ = writeln!(self.text, "| {} |", row.join(" | "));
        }
    }

    /// Values with their number and share.
    fn slices(&mut self, head: [&str; 2], slices: &[Slice]) {
        let row = |slice: &Slice| vec![escape(&slice.label), cell(slice.share.part), cell(slice.share.percent())];
        self.table(&[(head[0], Left), (head[1], Right), ("Share", Right)], slices.iter().map(row));
    }
}

fn cell(value: impl Display) -> String {
    value.to_string()
}

fn optional(value: Option<impl Display>) -> String {
    value.map_or_else(|| "–".to_owned(), |value| value.to_string())
}

const OUTCOME_HEAD: [(&str, Side); 8] = [
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

fn outcome(page: &mut Page, report: &Report) {
    page.line("## Outcome");
    let head: Vec<_> = [("Step", Left)].into_iter().chain(OUTCOME_HEAD).collect();
    let row = |name: &str, counts| [vec![escape(name)], outcome_cells(counts)].concat();
    page.table(&head, report.steps.iter().map(|step| row(&step.step, &step.counts)));
    if !report.decisions.is_empty() {
        page.line("### Decided by people");
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

fn groups(page: &mut Page, report: &Report) {
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

fn values(page: &mut Page, report: &Report) {
    if report.fields.is_empty() {
        return;
    }
    page.line(&format!("## Values of the accepted outputs{}", escape(&present::of_last(report))));
    for field in &report.fields {
        page.line(&format!("### {}", escape(&field.name)));
        page.slices(["Value", "Work items"], &field.overall);
        if field.by_group.is_empty() {
            continue;
        }
        let names: Vec<String> = field.shown_values.iter().map(|value| escape(value)).collect();
        let head: Vec<_> =
            [("Group", Left)].into_iter().chain(names.iter().map(|name| (name.as_str(), Right))).collect();
        page.table(
            &head,
            field.by_group.iter().map(|group| {
                let shares = group.slices.iter().map(|it| format!("{} ({})", it.share.part, it.share.percent()));
                [escape(&group.group)].into_iter().chain(shares).collect()
            }),
        );
    }
}

fn attempts(page: &mut Page, report: &Report) {
    page.line("## Attempts");
    if report.attempts.outcomes.is_empty() {
        page.line("There are no attempts yet.");
        return;
    }
    page.slices(["Outcome", "Attempts"], &report.attempts.outcomes);
    if !report.attempts.per_accepted.is_empty() {
        page.slices(["Attempts that an accepted work item took", "Work items"], &report.attempts.per_accepted);
    }
}

fn judge(page: &mut Page, report: &Report) {
    let Some(judging) = &report.judging else { return };
    page.line("## Judge");
    let least = judging.min_score.map(|score| format!(", PASS with a score of at least {score}")).unwrap_or_default();
    page.line(&format!(
        "Verdict PASS: {} of {} judged attempts ({}). Let through: {} ({}{least}).",
        judging.passed.part,
        judging.passed.whole,
        judging.passed.percent(),
        judging.let_through.part,
        judging.let_through.percent(),
    ));
    let bins = (0..).zip(judging.scores).map(|(place, count)| vec![bin_label(place), cell(count)]);
    page.table(&[("Score", Left), ("Attempts", Right)], bins);
    if !judging.reasons.is_empty() {
        page.table(
            &[("Reason", Left), ("Given", Right), ("For attempts turned down", Right)],
            judging.reasons.iter().map(|it| vec![escape(&it.reason), cell(it.times), cell(it.turned_down)]),
        );
    }
}

fn quality(page: &mut Page, report: &Report) {
    page.line("## Data quality");
    if let Some(equal) = report.equal_rows {
        page.line(&format!("Input rows that equal an earlier one in every column: {equal}."));
    }
    if report.empty_columns.is_empty() {
        if report.run.dataset.is_some() {
            page.line("No cell of the input is empty.");
        }
    } else {
        let row =
            |it: &super::model::EmptyColumn| vec![escape(&it.column), cell(it.share.part), cell(it.share.percent())];
        let head = [("Column with empty cells", Left), ("Empty", Right), ("Share", Right)];
        page.table(&head, report.empty_columns.iter().map(row));
    }
    if report.anomalies.is_empty() {
        page.line("The stages found nothing odd.");
        return;
    }
    page.table(
        &[("Stage", Left), ("Kind", Left), ("Count", Right), ("Examples", Left)],
        report.anomalies.iter().map(|it| {
            let example = |(subject, detail): &(Option<String>, String)| match subject {
                Some(subject) => format!("{}: {}", escape(subject), escape(detail)),
                None => escape(detail),
            };
            let examples: Vec<String> = it.examples.iter().map(example).collect();
            vec![escape(&it.stage), escape(&it.kind), cell(it.total), examples.join("<br>")]
        }),
    );
}

fn calls(page: &mut Page, report: &Report) {
    page.line("## Calls");
    let calls = &report.calls;
    let total = &calls.total;
    if total.calls.0 == 0 {
        page.line("No call was made.");
        return;
    }
    page.line(&format!(
        "{} calls: {} answered, {} failed, {} lost, {} in flight. Known cost: {}; {} calls are of unknown cost. \
         Saved by using answers more than once: {}.",
        total.calls, total.answered, total.failed, total.lost, total.in_flight, calls.cost, calls.unpriced, calls.saved
    ));
    let more = [
        ("The known cost for each accepted work item", calls.per_accepted),
        ("At most more, for calls of unknown cost", calls.reserved),
        ("Expected in all, as the decided work items cost", calls.expected),
    ];
    for (what, amount) in more.into_iter().filter(|(_, amount)| amount.is_more()) {
        page.line(&format!("{what}: {amount}."));
    }
    page.table(
        &[
            ("Asked", Left),
            ("For", Left),
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
            [asked(it).to_vec(), outcomes.to_vec(), it.latency.map(cell).to_vec()].concat()
        }),
    );
    page.table(
        &[
            ("Asked", Left),
            ("For", Left),
            ("Tokens in", Right),
            ("of them cached", Right),
            ("Tokens out", Right),
            ("of them reasoning", Right),
            ("Cost", Right),
            ("Calls without a price", Right),
        ],
        calls.endpoints.iter().map(|it| {
            let tokens = [it.input, it.cached, it.output, it.reasoning].map(cell);
            [asked(it).to_vec(), tokens.to_vec(), vec![cell(it.cost), cell(it.unpriced)]].concat()
        }),
    );
    if !calls.errors.is_empty() {
        let row = |it: &super::model::Named| vec![escape(&it.name), cell(it.count)];
        page.table(&[("Error of failed calls", Left), ("Calls", Right)], calls.errors.iter().map(row));
    }
}

fn pace(page: &mut Page, report: &Report) {
    if report.pace.is_empty() {
        return;
    }
    page.line("## Pace");
    for pace in &report.pace {
        let range = present::range(&pace.range());
        page.line(&format!(
            "Requests to {} that might be in flight: {range}, over {}.",
            escape(&pace.model),
            pace.length
        ));
        page.table(
            &[("Changed for", Left), ("Times", Right), ("In flight after it", Right), ("Last", Left)],
            pace.reasons.iter().map(|it| {
                vec![escape(&it.reason), cell(it.changes), present::range(&it.concurrency), escape(&it.last)]
            }),
        );
    }
}

fn asked(endpoint: &Endpoint) -> [String; 2] {
    [format!("{} at {}", escape(&endpoint.model), escape(&endpoint.provider)), escape(&endpoint.purpose)]
}

fn failures(page: &mut Page, report: &Report) {
    page.line("## Failures and rejections");
    let failures = &report.failures;
    if failures.total.0 == 0 {
        page.line("Nothing failed and nothing was rejected.");
        return;
    }
    // The step is only worth a column where there are several.
    let step = if report.has_steps() { &[("Step", Left)][..] } else { &[] };
    let of = |step: &str| if report.has_steps() { vec![escape(step)] } else { Vec::new() };
    let head = [("Status", Left), ("Kind of the last attempt", Left), ("Work items", Right)];
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

fn samples(page: &mut Page, report: &Report) {
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

fn sample_title(sample: &Sample) -> String {
    let mut parts = Vec::new();
    parts.extend(sample.row.map(|row| format!("row {row}")));
    parts.push(escape(sample.short_id()));
    if let Some(verdict) = &sample.verdict {
        parts.push([escape(verdict), sample.score.map(|score| format!(" {score}")).unwrap_or_default()].concat());
    }
    parts.push(format!("{} attempt{}", sample.attempts, if sample.attempts.0 == 1 { "" } else { "s" }));
    format!("**{}**", parts.join(" · "))
}

fn run(page: &mut Page, report: &Report) {
    page.line("## Run");
    page.table(
        &[("Fact", Left), ("Value", Left)],
        present::facts(report).iter().map(|fact| vec![fact.label.to_owned(), escape(&fact.value)]),
    );
    if report.run.stages.is_empty() {
        return;
    }
    page.table(
        &[
            ("Stage", Left),
            ("Status", Left),
            ("Began (UTC)", Left),
            ("Ended (UTC)", Left),
            ("Invocation", Right),
            ("Casebook", Left),
        ],
        report.run.stages.iter().map(|it| {
            let message = it.message.as_ref().map(|message| format!(": {}", escape(message))).unwrap_or_default();
            vec![
                match it.step.as_ref().filter(|_| report.has_steps()) {
                    Some(step) => escape(&format!("{} {step}", it.stage)),
                    None => escape(&it.stage),
                },
                format!("{}{message}", escape(&it.status)),
                escape(&it.started_at),
                escape(&it.ended_at),
                cell(it.invocation),
                escape(&it.version),
            ]
        }),
    );
}

fn further(page: &mut Page, report: &Report) {
    page.line("## Look further");
    page.line(
        "The run file is a SQLite database. `casebook sql FILE \"…\"` asks it, and so does any other SQLite tool.",
    );
    for query in &report.queries {
        page.line(&format!("{}:", escape(&query.question)));
        page.line(&format!("```sql\n{};\n```", query.sql));
    }
}
