//! The lines of a document, with the claims that begin at them in the margin.

use std::fmt::Write as _;
use std::io::Write;

use rusqlite::Connection;

use super::claims::class;
use super::error::DocumentPageError;
use super::escape::{escape, push_line};
use crate::view::evidence::{Claim, ClaimOutputs, DocumentHead, Stretch, about_in_short, each_line};

/// How many lines are in one block.
const BLOCK: i64 = 100;
/// A block of so many lines is laid out by a browser only when it is seen, so that large documents open at once.
const LONG: i64 = 40;
/// How many claims that begin at the same line are in the margin.
const CARDS: i64 = 8;
/// How many lines high a claim in the margin is at most.
const HIGH: i64 = 4;
/// How many characters of what a claim is about are in the margin.
const SHORT: usize = 240;

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
    for (place, stretch) in stretches.iter().enumerate() {
        let class = stretch.mark.class();
        // The claims in the margin are no higher than the lines up to the next ones, so that they tear no text.
        let next = stretches[place + 1..].iter().find(|it| !it.begins.is_empty());
        let room = next.map_or(head.line_count + 1, |it| it.first) - stretch.first;
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
                out.write_all(margin(claims, &stretch.begins, room, outputs)?.as_bytes())?;
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

/// The claims that begin at a line, in a margin of so many lines: as many as there is room for.
fn margin(
    claims: &[Claim],
    begins: &[usize],
    room: i64,
    outputs: &mut ClaimOutputs<'_>,
) -> Result<String, DocumentPageError> {
    let shown = room.clamp(1, CARDS).min(i64::try_from(begins.len()).unwrap_or(i64::MAX));
    let high = (room / shown.max(1)).clamp(1, HIGH);
    let shown = usize::try_from(shown).unwrap_or_default();
    let mut html = String::from("<aside>\n");
    for (card, place) in begins.iter().take(shown).enumerate() {
        let claim = &claims[*place];
        let about = about_in_short(&outputs.about(claim)?, SHORT);
        let more = begins.len() - shown;
        if more > 0 && card + 1 == shown {
            // Writing to a String cannot fail.
            let _ = writeln!(html, "<a class=\"more\" href=\"#C{}\">{more} more</a>", begins[shown] + 1);
        }
        let _ = writeln!(
            html,
            "<div class=\"card {} h{high}\" title=\"{}\"><a href=\"#C{}\">{}</a> <b>{}</b> <bdi>{}</bdi></div>",
            class(claim),
            escape(&claim.path),
            place + 1,
            claim.lines,
            escape(&claim.word()),
            escape(if about.is_empty() { &claim.path } else { &about }),
        );
    }
    html.push_str("</aside>");
    Ok(html)
}
