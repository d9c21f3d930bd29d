//! The report as GitHub-flavoured Markdown, with the content of [`super::html()`] but without charts.
//!
//! Every value of the record is escaped: it cannot open a heading, a link, a code span, a fence, HTML or another cell.

mod agreement;
mod answers;
mod calls;
mod documents;
mod escape;
mod experiment;
mod items;
mod outcome;
mod page;
mod readers;

use escape::escape;
use page::{Left, MarkdownPage, Right, cell};

use super::model::{EmptyColumn, QualityCheck, Report};
use super::number::show_invisible;
use super::present;

/// Renders the report as Markdown.
#[must_use]
pub fn markdown(report: &Report) -> String {
    let mut page = MarkdownPage::default();
    page.line(&format!("# {}", escape(present::title(report))));
    page.line(&escape(&present::summary(report)));
    if report.sample_answers.0 > 0 {
        page.line(&format!("> **{}**", present::SAMPLE_BANNER));
    }
    experiment::experiment(&mut page, report);
    if report.is_of_variants_alone() {
        page.line("## Outcome");
        page.line(&format!("{} `{}` shows those of one.", present::VARIANTS_ALONE, present::REPORT_OF_VARIANT));
        agreement::agreement(&mut page, report);
    } else {
        results(&mut page, report);
    }
    quality(&mut page, report);
    calls::calls(&mut page, report);
    calls::pace(&mut page, report);
    if !report.is_of_variants_alone() {
        items::failures(&mut page, report);
        items::samples(&mut page, report);
    }
    run(&mut page, report);
    further(&mut page, report);
    show_invisible(page.text)
}

/// What the work items came to.
fn results(page: &mut MarkdownPage, report: &Report) {
    outcome::outcome(page, report);
    outcome::groups(page, report);
    outcome::columns(page, report);
    readers::readers(page, report);
    agreement::agreement(page, report);
    answers::values(page, report);
    documents::documents(page, report);
    answers::attempts(page, report);
    answers::judge(page, report);
}

fn quality(page: &mut MarkdownPage, report: &Report) {
    page.line("## Data quality");
    if let Some(equal) = &report.equal_rows {
        page.line(&escape(&present::equal_rows(equal)));
    }
    if report.empty_columns.is_empty() {
        if report.run.dataset.is_some() {
            page.line("No cell of the input is empty.");
        }
    } else {
        let row = |it: &EmptyColumn| vec![escape(&it.column), cell(it.share.part), cell(it.share.percent())];
        let head = [("Column with empty cells", Left), ("Empty", Right), ("Share", Right)];
        page.table(&head, report.empty_columns.iter().map(row));
    }
    let checks = present::checks(report);
    if !checks.is_empty() {
        let row = |it: &&QualityCheck| vec![it.name.to_owned(), present::found(it)];
        page.table(&[("Check of the answers", Left), ("Found", Right)], checks.iter().map(row));
    }
    if let Some(clean) = present::nothing_odd(report) {
        page.line(clean);
    }
    if report.anomalies.is_empty() {
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

fn run(page: &mut MarkdownPage, report: &Report) {
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
                escape(&present::stage(report, it)),
                format!("{}{message}", escape(&it.status)),
                escape(&it.started_at),
                escape(&it.ended_at),
                cell(it.invocation),
                escape(&it.version),
            ]
        }),
    );
}

fn further(page: &mut MarkdownPage, report: &Report) {
    page.line("## Query the run file");
    page.line(
        "The run file is a SQLite database. Query it with `casebook sql FILE \"…\"` or with any other SQLite tool.",
    );
    for query in &report.queries {
        page.line(&format!("{}:", escape(&query.question)));
        page.line(&format!("```sql\n{};\n```", query.sql));
    }
}
