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
    page.table(
        &[
            ("Raters", Left),
            ("Step", Left),
            ("On", Left),
            ("Compared", Right),
            ("All agree", Right),
            ("Share", Right),
            ("Kappa", Right),
            ("Alpha", Right),
        ],
        report.agreement.iter().map(|it| {
            vec![
                escape(&it.between()),
                escape(&it.step),
                escape(&it.field),
                cell(it.agreed.whole),
                cell(it.agreed.part),
                cell(it.agreed.percent()),
                optional(it.kappa()),
                optional(it.alpha()),
            ]
        }),
    );
    page.line(present::AGREEMENT);
}
