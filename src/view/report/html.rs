//! The report as one self-contained HTML page: style and charts are inline, nothing in it runs, and its policy allows
//! it to load nothing. The template escapes every value.

use askama::Template;

use super::error::ReportError;
use super::experiment::{self, ExperimentPage};
use super::model::Report;
use super::present::{self, Fact};
use super::{chart, number};
use crate::view::graph;

/// The page's one style block.
const STYLE: &str = include_str!("../../../templates/report/style.css");
/// The digest of [`STYLE`] for the page's content security policy, which allows no other style.
const STYLE_DIGEST: &str = "sha256-VNY/TFgHNmUPTblZloVvM2ZJktX442SAzoA7ijHU3UE=";

#[derive(Template)]
#[template(path = "report/page.html", whitespace = "minimize")]
struct HtmlPage<'a> {
    report: &'a Report,
    facts: Vec<Fact>,
    title: &'a str,
    summary: String,
    of_last: String,
    experiment: Option<ExperimentPage<'a>>,
    /// The graph of the steps, as SVG.
    graph: Option<String>,
    grouped: bool,
    style: &'static str,
    style_digest: &'static str,
}

/// Renders the report as an HTML page.
pub fn html(report: &Report) -> Result<String, ReportError> {
    let page = HtmlPage {
        report,
        facts: present::facts(report),
        title: present::title(report),
        summary: present::summary(report),
        of_last: present::of_last(report),
        experiment: report.experiment.as_ref().map(ExperimentPage::of),
        graph: report.graph.as_ref().filter(|_| report.has_steps()).map(graph::svg),
        grouped: present::has_groups(report),
        style: STYLE,
        style_digest: STYLE_DIGEST,
    };
    Ok(number::show_invisible(page.render()?))
}

#[cfg(test)]
mod tests {
    use sha2::{Digest as _, Sha256};

    use super::*;

    fn base64(bytes: &[u8]) -> String {
        const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        let mut text = String::new();
        for chunk in bytes.chunks(3) {
            let bits = chunk.iter().fold(0u32, |bits, byte| bits << 8 | u32::from(*byte)) << (8 * (3 - chunk.len()));
            for place in 0..4 {
                let index = (bits >> (18 - 6 * place)) & 63;
                text.push(if place > chunk.len() { '=' } else { char::from(ALPHABET[index as usize]) });
            }
        }
        text
    }

    #[test]
    fn the_policy_names_the_style_that_the_page_has() {
        assert_eq!(format!("sha256-{}", base64(&Sha256::digest(STYLE.as_bytes()))), STYLE_DIGEST);
    }
}
