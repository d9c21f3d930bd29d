//! Where perspectives of a step disagree, as Markdown.

use super::super::model::{Agreement, Readers, Report};
use super::super::present;
use super::escape::escape;
use super::page::{Align, Left, MarkdownPage, Right, cell, optional};

pub(super) fn readers(page: &mut MarkdownPage, report: &Report) {
    if report.readers.is_empty() {
        return;
    }
    page.line("## Where readers disagree");
    for readers in &report.readers {
        page.line(&format!("### {}", escape(&format!("{}: {}", readers.step, readers.names.join(", ")))));
        if readers.fields.is_empty() {
            page.line("There is nothing to compare yet.");
            continue;
        }
        page.table(
            &[("Field", Left), ("Compared", Right), ("All agree", Right), ("Share", Right)],
            readers.fields.iter().map(|it| {
                vec![escape(&it.field), cell(it.agreed.whole), cell(it.agreed.part), cell(it.agreed.percent())]
            }),
        );
        for field in readers.fields.iter().filter(|it| it.disagreeing().0 > 0) {
            disputes(page, readers, field);
        }
    }
}

fn disputes(page: &mut MarkdownPage, readers: &Readers, field: &Agreement) {
    let names: Vec<String> = readers.names.iter().map(|name| escape(name)).collect();
    let head: Vec<(&str, Align)> = names.iter().map(|name| (name.as_str(), Left)).collect();
    let answer_cells = |answer_cells: &[Option<String>]| {
        answer_cells.iter().map(|it| optional(it.as_deref().map(escape))).collect::<Vec<_>>()
    };
    page.line(&format!("Their answers for {} where they disagree:", escape(&field.field)));
    let rows = field.combinations.iter().map(|(answers, items)| [answer_cells(answers), vec![cell(items)]].concat());
    let others = (field.other_combinations().0 > 0).then(|| {
        let blank = std::iter::repeat_n(String::new(), names.len() - 1);
        ["(other combinations)".to_owned()].into_iter().chain(blank).chain([cell(field.other_combinations())]).collect()
    });
    page.table(&[&head[..], &[("Times", Right)]].concat(), rows.chain(others));
    page.line(&format!("Rows where they disagree on {}:", escape(&field.field)));
    page.table(
        &[&[("Row", Right)][..], &head, &[("Input", Left)]].concat(),
        field.disputed.iter().map(|it| {
            let subject = it.subject.as_ref().map(|subject| format!("{}: ", escape(subject))).unwrap_or_default();
            let text = format!("{subject}{}", escape(&it.text));
            [vec![optional(it.row)], answer_cells(&it.answers), vec![text]].concat()
        }),
    );
    if field.unlisted().0 > 0 {
        page.line(&format!(
            "**{} more are not listed here;** `{}` shows them all.",
            field.unlisted(),
            present::ALL_DISPUTES
        ));
    }
}
