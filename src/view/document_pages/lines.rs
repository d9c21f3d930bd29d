//! The lines of a document, with the claims that begin at them in the margin.

use std::fmt::Write as _;
use std::io::Write;

use rusqlite::Connection;

use super::claims::{ClaimOutputs, class};
use super::error::DocumentPageError;
use super::escape::{escape, push_line};
use crate::view::evidence::{Claim, DocumentHead, Mark, Stretch, each_line};

/// How many lines are in one block.
const BLOCK: i64 = 100;
/// A block of so many lines is laid out by a browser only when it is seen, so that large documents open at once.
const LONG: i64 = 40;
/// How many claims that begin at the same line are in the margin.
const CARDS: usize = 8;

/// Writes the lines of a document.
pub(super) fn lines(
    connection: &Connection,
    head: &DocumentHead,
    claims: &[Claim],
    stretches: &[Stretch],
    outputs: &mut ClaimOutputs<'_>,
    out: &mut dyn Write,
) -> Result<(), DocumentPageError> {
    let mut page = None;
    for stretch in stretches {
        let class = match stretch.mark {
            Mark::Plain => "plain",
            Mark::Doubted => "doubted",
            Mark::Cited => "cited",
        };
        let mut first = stretch.first;
        while first <= stretch.last {
            let last = stretch.last.min(first + BLOCK - 1);
            let long = if last - first + 1 >= LONG { " long" } else { "" };
            writeln!(out, "<section class=\"{class}{long}\"><div>")?;
            each_line::<DocumentPageError>(connection, head.text, (first, last), &mut |number, of_page, text| {
                Ok(out.write_all(line(number, of_page, &mut page, text).as_bytes())?)
            })?;
            out.write_all(b"</div>")?;
            if first == stretch.first && !stretch.begins.is_empty() {
                out.write_all(margin(claims, &stretch.begins, outputs)?.as_bytes())?;
            }
            writeln!(out, "</section>")?;
            first = last + 1;
        }
    }
    Ok(())
}

/// A line, after the number of its page where that is another one than before.
fn line(number: i64, of_page: Option<i64>, page: &mut Option<i64>, text: &str) -> String {
    let mut html = String::with_capacity(text.len() + 48);
    if of_page != *page {
        *page = of_page;
        if let Some(of_page) = of_page {
            // Writing to a String cannot fail.
            let _ = writeln!(html, "<h4>Page {of_page}</h4>");
        }
    }
    let _ = write!(html, "<p id=\"L{number}\"><a href=\"#L{number}\">{number}</a>");
    push_line(&mut html, text);
    html.push_str("</p>\n");
    html
}

/// The claims that begin at a line.
fn margin(claims: &[Claim], begins: &[usize], outputs: &mut ClaimOutputs<'_>) -> Result<String, DocumentPageError> {
    let mut html = String::from("<aside>\n");
    for place in begins.iter().take(CARDS) {
        let claim = &claims[*place];
        let about = outputs.about(claim)?;
        let about = about.first().map_or_else(String::new, |(_, value)| escape(value));
        // Writing to a String cannot fail.
        let _ = writeln!(
            html,
            "<div class=\"card {}\" title=\"{}\"><a href=\"#C{}\">{}</a> <b>{}</b> <bdi>{}</bdi></div>",
            class(claim),
            escape(&claim.path),
            place + 1,
            claim.lines,
            escape(claim.word()),
            if about.is_empty() { escape(&claim.path) } else { about },
        );
    }
    if let Some(more) = begins.len().checked_sub(CARDS).filter(|more| *more > 0) {
        let _ = writeln!(html, "<div class=\"card\"><a href=\"#C{}\">{more} more</a></div>", begins[CARDS] + 1);
    }
    html.push_str("</aside>");
    Ok(html)
}
