//! The documents of the input, and what is cited of them.

use super::super::model::{PassageLine, Report};
use super::super::present;
use super::escape::escape;
use super::page::{Left, MarkdownPage, Right, cell};
use crate::view::report::number::Count;

pub(super) fn documents(page: &mut MarkdownPage, report: &Report) {
    let Some(documents) = &report.documents else { return };
    page.line("## Documents");
    page.line(&present::cited(documents));
    if !documents.claims.is_empty() {
        let head = [("Step", Left), ("Claims of", Left)];
        let counts =
            [("exact", Right), ("trimmed", Right), ("relocated", Right), ("part", Right), ("not_found", Right)];
        page.table(
            &[head.as_slice(), &counts].concat(),
            documents.claims.iter().map(|it| {
                let counts = it.counts.parts().map(|(_, count)| cell(Count(count)));
                [vec![escape(&it.step), it.of.to_owned()], counts.to_vec()].concat()
            }),
        );
    }
    page.table(
        &[
            ("Document", Left),
            ("Lines", Right),
            ("Cited", Right),
            ("Claims that hold", Right),
            ("Do not hold", Right),
            ("Not accepted", Right),
        ],
        documents.listed.iter().map(|it| {
            let counts = [it.holding, it.doubted, it.refused].map(cell);
            [vec![escape(&it.name), cell(it.lines), cell(it.cited.percent())], counts.to_vec()].concat()
        }),
    );
    if documents.unlisted().0 > 0 {
        page.line(&format!(
            "**{} more documents are not listed here;** {}.",
            documents.unlisted(),
            present::ALL_DOCUMENTS
        ));
    }
    for it in documents.listed.iter().filter(|it| !it.passages.is_empty()) {
        page.line(&format!("### {}", escape(&it.name)));
        page.table(
            &[("", Left), ("Line", Right), ("Text", Left), ("Claims", Left)],
            it.passages.iter().flatten().map(row),
        );
    }
    if documents.lines_cut().0 > 0 {
        page.line(&format!(
            "**{} lines of passages are not shown here;** {}.",
            documents.lines_cut(),
            present::ALL_DOCUMENTS
        ));
    }
}

fn row(line: &PassageLine) -> Vec<String> {
    let more = if line.more.0 > 0 { format!(" *… {} characters more*", line.more) } else { String::new() };
    let mut claims: Vec<String> = line
        .claims
        .iter()
        .map(|it| {
            let about = if it.about.is_empty() { String::new() } else { format!(" {}", escape(&it.about)) };
            let (word, path) = (escape(&it.word), escape(&it.path));
            format!("{word}, {}:{about} ({path}, {})", it.place, escape(it.short_id()))
        })
        .collect();
    if line.claims_cut.0 > 0 {
        claims.push(format!("{} more claims", line.claims_cut));
    }
    let mark = match line.class() {
        "plain" => "",
        other => other,
    };
    vec![mark.to_owned(), line.number.to_string(), format!("{}{more}", escape(&line.text)), claims.join("<br>")]
}
