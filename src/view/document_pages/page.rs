//! The page of one document.

use std::io::Write;

use rusqlite::Connection;

use super::claims;
use super::error::DocumentPageError;
use super::escape::escape;
use super::strip::strip;
use super::{STYLE, index_name, lines, page_name};
use crate::view::evidence::{
    Claim, ClaimCounts, ClaimOutputs, ClaimTally, Coverage, DocumentHead, Mark, Stretch, each_line, is_blank,
    lines_in_words, stretches,
};
use crate::view::text::{percent, thousands};

/// How many of the longest stretches that nothing cites are named.
const LONGEST: usize = 5;
/// A stretch that nothing cites is named if it has at least this many lines that are not blank.
const LEAST: i64 = 3;

/// A document with the claims on it, ready to be written.
pub struct DocumentPage<'a> {
    connection: &'a Connection,
    head: &'a DocumentHead,
    claims: &'a [Claim],
    stretches: Vec<Stretch>,
    coverage: Coverage,
    /// The stretches that nothing cites and that have the most lines: first, last, and how many are not blank.
    longest: Vec<(i64, i64, i64)>,
}

impl<'a> DocumentPage<'a> {
    /// Reads the lines of a document once, to count those that are cited.
    pub fn of(
        connection: &'a Connection,
        head: &'a DocumentHead,
        claims: &'a [Claim],
    ) -> Result<Self, DocumentPageError> {
        let stretches = stretches(claims, head.line_count);
        let mut coverage = Coverage::default();
        let mut longest: Vec<(i64, i64, i64)> = Vec::new();
        for it in &stretches {
            let before = coverage.uncited();
            each_line::<rusqlite::Error>(connection, head.text, (it.first, it.last), &mut |_, _, text| {
                coverage.count(is_blank(text), it.mark == Mark::Cited);
                Ok(())
            })?;
            let lines = coverage.uncited() - before;
            match longest.last_mut() {
                _ if it.mark == Mark::Cited => {}
                Some((_, last, count)) if *last + 1 == it.first => (*last, *count) = (it.last, *count + lines),
                _ => longest.push((it.first, it.last, lines)),
            }
        }
        longest.retain(|(.., lines)| *lines >= LEAST);
        longest.sort_by_key(|(first, _, lines)| (-lines, *first));
        longest.truncate(LONGEST);
        longest.sort_unstable();
        Ok(Self { connection, head, claims, stretches, coverage, longest })
    }

    /// How many of its lines are cited.
    #[must_use]
    pub fn coverage(&self) -> Coverage {
        self.coverage
    }

    /// Writes the page, with links to the pages of the documents before and after it.
    pub fn write(
        &self,
        neighbours: (Option<&str>, Option<&str>),
        index_page: u64,
        out: &mut dyn Write,
    ) -> Result<(), DocumentPageError> {
        let title = escape(&self.head.name);
        begin(out, &title)?;
        let link = |name: Option<&str>, word: &str| match name {
            Some(name) => format!("<a href=\"{}\">{word}: <bdi>{}</bdi></a>", page_name(name), escape(name)),
            None => String::new(),
        };
        writeln!(
            out,
            "<header>\n<nav><a href=\"{}\">All documents</a>{}{}</nav>\n<h1><bdi>{title}</bdi></h1>",
            index_name(index_page),
            link(neighbours.0, "Previous"),
            link(neighbours.1, "Next")
        )?;
        self.summary(out)?;
        writeln!(out, "</header>\n<main>")?;
        let mut outputs = ClaimOutputs::new(self.connection);
        lines::lines(self.connection, self.head, self.claims, &self.stretches, &mut outputs, out)?;
        writeln!(out, "</main>")?;
        claims::list(self.claims, self.head.line_count, &mut outputs, out)?;
        end(out)
    }

    fn summary(&self, out: &mut dyn Write) -> Result<(), DocumentPageError> {
        let (head, coverage) = (self.head, self.coverage);
        let pages = head.page_count.map_or_else(String::new, |it| format!(", {}", counted(it, "page")));
        writeln!(
            out,
            "<p>{} ({}{pages}), {} of them not blank. {}</p>",
            counted(head.line_count, "line"),
            escape(&head.format),
            number(coverage.written),
            claims_in_words(self.claims)
        )?;
        let words = cited_in_words(&coverage);
        writeln!(out, "{}\n<p class=\"share\">{words}", strip(&self.stretches, head.line_count, &words))?;
        if coverage.cited > 0 && !self.longest.is_empty() {
            let link = |(first, last, _): &(i64, i64, i64)| {
                format!("<a href=\"#L{first}\">{}</a>", lines_in_words(*first, *last))
            };
            let longest: Vec<String> = self.longest.iter().map(link).collect();
            writeln!(out, " The longest parts that nothing cites: {}.", longest.join(", "))?;
        }
        writeln!(out, "</p>")?;
        if !self.claims.is_empty() {
            writeln!(out, "<p class=\"muted\"><a href=\"#claims\">All claims</a> are listed below the lines.</p>")?;
        }
        Ok(())
    }
}

/// The beginning of a page.
pub(super) fn begin(out: &mut dyn Write, title: &str) -> Result<(), DocumentPageError> {
    Ok(writeln!(
        out,
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; \
         img-src data:; base-uri 'none'; form-action 'none'\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"referrer\" content=\"no-referrer\">\n<title>{title}</title>\n<style>{STYLE}</style>\n\
         </head>\n<body>"
    )?)
}

/// The end of a page.
pub(super) fn end(out: &mut dyn Write) -> Result<(), DocumentPageError> {
    Ok(writeln!(
        out,
        "<footer><p>Made by Casebook {} from the run file.</p></footer>\n</body>\n</html>",
        env!("CARGO_PKG_VERSION")
    )?)
}

/// How many lines are cited, and how many nothing cites.
pub(super) fn cited_in_words(coverage: &Coverage) -> String {
    let (written, cited, uncited) = (coverage.written, coverage.cited, coverage.uncited());
    match (written, uncited) {
        (0, _) => "All lines are blank.".to_owned(),
        (_, 0) => "Every line that is not blank is cited.".to_owned(),
        _ if cited == 0 => "Nothing cites any of the lines.".to_owned(),
        _ => format!(
            "{} of the lines that are not blank are cited ({} of {}); nothing cites the other {} ({}).",
            percent(cited, written),
            number(cited),
            number(written),
            number(uncited),
            percent(uncited, written)
        ),
    }
}

/// How many claims there are, and of which kinds.
fn claims_in_words(claims: &[Claim]) -> String {
    let mut accepted = ClaimCounts::default();
    claims.iter().filter(|it| it.is_accepted()).for_each(|it| accepted.add(&it.status, 1));
    let kinds: Vec<String> = accepted
        .parts()
        .iter()
        .filter(|(_, count)| *count > 0)
        .map(|(word, count)| format!("{} {word}", number(*count)))
        .collect();
    let text = match accepted.total() {
        0 => "No claim of an accepted output cites it.".to_owned(),
        total => format!("{} of accepted outputs: {}.", counted(total, "claim"), kinds.join(", ")),
    };
    format!("{text}{}", refused_in_words(&ClaimTally::of(claims)))
}

/// How many claims of work items that were not accepted there are, after a blank; nothing where there are none.
pub(super) fn refused_in_words(tally: &ClaimTally) -> String {
    if tally.refused == 0 {
        return String::new();
    }
    let holding = match tally.refused_holding {
        0 => "none of them holds".to_owned(),
        all if all == tally.refused => if all == 1 { "it holds" } else { "all of them hold" }.to_owned(),
        1 => "1 of them holds".to_owned(),
        some => format!("{} of them hold", number(some)),
    };
    format!(" {} of work items that were not accepted ({holding}).", counted(tally.refused, "claim"))
}

/// A count with what it counts.
pub(super) fn counted(count: i64, thing: &str) -> String {
    if count == 1 { format!("1 {thing}") } else { format!("{} {thing}s", number(count)) }
}

pub(super) fn number(count: i64) -> String {
    thousands(count.unsigned_abs())
}
