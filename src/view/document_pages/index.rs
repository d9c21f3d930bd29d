//! The index of the pages of documents: 1,000 on each of its own pages, in the order of the input.

use std::io::Write;

use super::error::DocumentPageError;
use super::escape::escape;
use super::page::{begin, cited_in_words, counted, end, number, refused_in_words};
use super::{index_name, page_name};
use crate::view::evidence::{Claim, ClaimTally, Coverage};
use crate::view::text::percent;

/// How many documents are on a page of the index.
const PER_PAGE: usize = 1_000;

/// A document in the index.
#[derive(Clone, Debug)]
pub struct IndexEntry {
    name: String,
    coverage: Coverage,
    claims: ClaimTally,
}

impl IndexEntry {
    #[must_use]
    pub fn new(name: &str, coverage: Coverage, claims: &[Claim]) -> Self {
        Self { name: name.to_owned(), coverage, claims: ClaimTally::of(claims) }
    }
}

/// The index of a run's documents.
#[derive(Debug)]
pub struct DocumentIndex {
    /// The name of the run.
    pub title: String,
    /// Where the report is, from the folder of the pages; `None` where there is none.
    pub report: Option<String>,
    pub entries: Vec<IndexEntry>,
}

impl DocumentIndex {
    /// The number of the index page that the next entry is on, from 1.
    #[must_use]
    pub fn page_of_next(&self) -> u64 {
        (self.entries.len() / PER_PAGE) as u64 + 1
    }

    /// How many pages the index has.
    #[must_use]
    pub fn pages(&self) -> u64 {
        self.entries.len().div_ceil(PER_PAGE).max(1) as u64
    }

    /// Writes a page of the index.
    pub fn write(&self, page: u64, out: &mut dyn Write) -> Result<(), DocumentPageError> {
        let title = escape(&self.title);
        begin(out, &format!("{title} – documents"))?;
        let (mut all, mut claims) = (Coverage::default(), ClaimTally::default());
        for it in &self.entries {
            all.add(&it.coverage);
            claims.add(&it.claims);
        }
        let link = |report: &String| format!("<nav><a href=\"{}\">Report</a></nav>\n", escape(report));
        writeln!(
            out,
            "<header>\n{}<h1><bdi>{title}</bdi></h1>\n<p>{}, {}. {}{}</p>\n<p class=\"share\">{}</p>",
            self.report.as_ref().map(link).unwrap_or_default(),
            counted(i64::try_from(self.entries.len()).unwrap_or(i64::MAX), "document"),
            counted(all.lines, "line"),
            accepted_in_words(&claims),
            refused_in_words(&claims),
            cited_in_words(&all)
        )?;
        self.pager(page, out)?;
        writeln!(
            out,
            "</header>\n<table>\n<thead><tr><th>Document</th><th class=\"number\">Lines</th>\
             <th class=\"number\">Cited</th><th class=\"wide\"></th><th class=\"number\">Claims that hold</th>\
             <th class=\"number\">Do not hold</th><th class=\"number\">Not accepted</th></tr></thead>\n<tbody>"
        )?;
        let start = usize::try_from(page.saturating_sub(1)).unwrap_or_default() * PER_PAGE;
        for it in self.entries.iter().skip(start).take(PER_PAGE) {
            out.write_all(entry(it).as_bytes())?;
        }
        writeln!(out, "</tbody>\n</table>")?;
        end(out)
    }

    fn pager(&self, page: u64, out: &mut dyn Write) -> Result<(), DocumentPageError> {
        let last = self.pages();
        if last == 1 {
            return Ok(());
        }
        let link = |to: u64, word: &str| {
            let is_other = (1..=last).contains(&to) && to != page;
            if is_other { format!("<a href=\"{}\">{word}</a>", index_name(to)) } else { String::new() }
        };
        Ok(writeln!(
            out,
            "<nav>{}{}<span>page {page} of {last}</span>{}{}</nav>",
            link(1, "First"),
            link(page.saturating_sub(1), "Previous"),
            link(page + 1, "Next"),
            link(last, "Last")
        )?)
    }
}

/// How many claims of accepted outputs hold.
fn accepted_in_words(claims: &ClaimTally) -> String {
    let total = counted(claims.holding + claims.doubted, "claim");
    match (claims.holding, claims.doubted) {
        (0, 0) => "No claim of an accepted output.".to_owned(),
        (1, 0) => format!("{total} of an accepted output, which holds."),
        (_, 0) => format!("{total} of accepted outputs, which hold."),
        (_, doubted) => format!("{total} of accepted outputs, of which {} do not hold.", number(doubted)),
    }
}

fn entry(it: &IndexEntry) -> String {
    let (written, cited) = (it.coverage.written, it.coverage.cited);
    let words = escape(&format!("{} of {} lines that are not blank are cited", number(cited), number(written)));
    let width =
        if written == 0 { 0 } else { (i128::from(cited) * 500 / i128::from(written)).max(i128::from(cited > 0)) };
    let cell = |label: &str, value: &str| format!("<td class=\"number\" data-label=\"{label}\">{value}</td>");
    format!(
        "<tr><td class=\"text\"><a href=\"{}\"><bdi>{}</bdi></a></td>{}{}\
         <td class=\"wide\"><svg class=\"strip\" viewBox=\"0 0 500 10\" \
         preserveAspectRatio=\"none\" role=\"img\" aria-label=\"{words}\"><title>{words}</title>\
         <rect class=\"cited\" width=\"{width}\" height=\"10\"/></svg></td>{}{}{}</tr>\n",
        page_name(&it.name),
        escape(&it.name),
        cell("Lines", &number(it.coverage.lines)),
        cell("Cited", &percent(cited, written)),
        cell("Claims that hold", &number(it.claims.holding)),
        cell("Do not hold", &number(it.claims.doubted)),
        cell("Not accepted", &number(it.claims.refused))
    )
}
