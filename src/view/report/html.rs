//! The report as one HTML page that needs nothing else: its style and its charts stand in it, nothing in it runs, and
//! its policy lets it load nothing. Every value is escaped by the template.

use askama::Template;

use super::model::Report;
use super::present::{self, Fact};
use super::{ReportError, chart, number};

/// The page's one style block.
const STYLE: &str = include_str!("../../../templates/report/style.css");
/// The digest of [`STYLE`], as the page's policy names it: only this very style applies.
const STYLE_DIGEST: &str = "sha256-";

#[derive(Template)]
#[template(path = "report/page.html", whitespace = "minimize")]
struct Page<'a> {
    report: &'a Report,
    facts: Vec<Fact>,
    title: &'a str,
    summary: String,
    grouped: bool,
    style: &'static str,
    style_digest: &'static str,
}

/// The report as an HTML page.
pub fn html(report: &Report) -> Result<String, ReportError> {
    let page = Page {
        report,
        facts: present::facts(report),
        title: present::title(report),
        summary: present::summary(report),
        grouped: present::has_groups(report),
        style: STYLE,
        style_digest: STYLE_DIGEST,
    };
    Ok(number::show_invisible(page.render()?))
}
