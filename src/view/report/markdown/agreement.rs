//! How far raters agree, as Markdown.

use super::super::model::Report;
use super::super::present;
use super::escape::escape;
use super::page::{Left, MarkdownPage, Right, cell, optional};

pub(super) fn agreement(page: &mut MarkdownPage, report: &Report) {
    if report.agreement.is_empty() {
        return;
    }
    page.line("## How far raters agree");
    let mut columns = vec![
        ("Raters", Left),
        ("Step", Left),
        ("On", Left),
        ("Compared", Right),
        ("All agree", Right),
        ("Share", Right),
        ("Kappa", Right),
        ("Alpha", Right),
    ];
    if report.agreement_has_variants() {
        columns.insert(0, ("Variant", Left));
    }
    page.table(
        &columns,
        report.agreement.iter().map(|it| {
            let figures = [
                escape(&it.between()),
                escape(&it.step),
                escape(&it.field),
                cell(it.agreed.whole),
                cell(it.agreed.part),
                cell(it.agreed.percent()),
                optional(it.kappa()),
                optional(it.alpha()),
            ];
            it.variant.iter().map(|it| escape(it)).chain(figures).collect()
        }),
    );
    page.line(present::AGREEMENT);
}
