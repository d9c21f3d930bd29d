//! Prints the claims of a work item with the lines of the document around them.

use std::io::{self, Write};

use super::story::StoryPage;
use crate::view::evidence::{line_one_of_row, visible};
use crate::view::item::{AttemptRecord, Claimed, DocumentLine, ItemHistory};
use crate::view::text;

/// How many claims are shown with their lines.
const SHOWN: usize = 50;
/// How many characters of a line that is cited are shown.
const LONGEST: usize = 1_000;
/// How many characters of another line are shown where the terminal has no width.
const WIDE: usize = 160;

impl<W: Write> StoryPage<'_, W> {
    /// The claims of the last attempt, each with its lines.
    pub(super) fn evidence(&mut self, item: &ItemHistory) -> io::Result<()> {
        if item.evidence.is_empty() {
            return Ok(());
        }
        let what = if item.status == "accepted" { "Evidence" } else { "Evidence, not accepted" };
        self.page.heading(what)?;
        for claim in item.evidence.iter().take(SHOWN) {
            self.claim(claim)?;
        }
        match item.evidence.len().saturating_sub(SHOWN) + item.evidence_cut {
            0 => Ok(()),
            more => self.page.part("…", &format!("{more} more; the view `evidence` has them all")),
        }
    }

    /// The claims of an attempt, each on a line.
    pub(super) fn claims(&mut self, claims: &[Claimed]) -> io::Result<()> {
        for claim in claims.iter().take(SHOWN) {
            self.page.field("claim", &format!("{}: {}", claim.path, summary(claim)))?;
        }
        match claims.len().saturating_sub(SHOWN) {
            0 => Ok(()),
            more => self.page.field("claim", &format!("{more} more")),
        }
    }

    /// What was wrong with an attempt, and which line of the document its lines are counted from.
    pub(super) fn detail(&mut self, attempt: &AttemptRecord, item: &ItemHistory) -> io::Result<()> {
        let Some(detail) = &attempt.detail else { return Ok(()) };
        self.page.field("detail", detail)?;
        let row = item.row.as_ref();
        let (document, line) = (row.and_then(|it| it.document.as_deref()), row.map(|it| it.line));
        match line_one_of_row(&attempt.outcome, document, line) {
            Some(note) => self.page.field("lines", &note),
            None => Ok(()),
        }
    }

    fn claim(&mut self, claim: &Claimed) -> io::Result<()> {
        let width = self.target.width.unwrap_or(WIDE);
        let digits = claim.lines.last().map_or(0, |it| it.line.to_string().len());
        let about = Some(text::line(&claim.claim).into_owned()).filter(|it| !it.is_empty());
        let mut shown: Vec<String> = about.into_iter().collect();
        shown.extend(claim.lines.iter().map(|it| line(it, digits, width)));
        match &claim.fault {
            Some(fault) => shown.push(fault.clone()),
            None if claim.lines.is_empty() => shown.push("the document has no such lines".to_owned()),
            None => {}
        }
        if claim.lines_cut > 0 {
            shown.push(format!("… {} more of its lines", claim.lines_cut));
        }
        if claim.status != "exact" {
            shown.push(String::new());
            let quote = text::cut(&claim.quote, LONGEST);
            let name = |place: usize| if place == 0 { "quote" } else { "" };
            shown.extend(
                quote.split('\n').enumerate().map(|(place, it)| format!("{:<5}  {}", name(place), visible(it))),
            );
        }
        self.page.part(&format!("{}: {} of {}", claim.path, summary(claim), claim.document), &shown.join("\n"))
    }
}

/// A claim's status and lines.
fn summary(claim: &Claimed) -> String {
    let cited = claim.cited_place().map_or_else(String::new, |cited| format!(" (cited as {cited})"));
    format!("{}, {}{cited}", claim.status, claim.place())
}

/// A line with its number, and a mark where it is cited.
fn line(it: &DocumentLine, digits: usize, width: usize) -> String {
    let before = format!("{} {:>digits$}  ", if it.cited { '>' } else { ' ' }, it.line);
    // The block that it stands in is indented by four.
    let most = if it.cited { LONGEST } else { width.saturating_sub(before.len() + 4).max(20) };
    format!("{before}{}", text::cut(&visible(&it.text), most)).trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::page::Page;
    use crate::cli::terminal::Terminal;
    use crate::record::VariantAt;
    use crate::view::{evidence, item};

    fn told(md: bool) -> String {
        let connection = evidence::fixture::run_file();
        let mut out = Vec::new();
        for work_id in evidence::fixture::WORK_IDS {
            let found = item::find(&connection, work_id, VariantAt::BASE).unwrap();
            let item = item::gather(&connection, found.rowid, VariantAt::BASE).unwrap();
            let terminal = Terminal::plain();
            let page = Page { out: &mut out, md, paint: terminal.out };
            StoryPage { page, target: terminal.print_target() }.evidence(&item).unwrap();
        }
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn each_claim_stands_with_the_lines_around_it() {
        insta::assert_snapshot!("evidence_with_the_lines_around_it", told(false));
    }

    #[test]
    fn no_line_acts_on_the_terminal_or_opens_markup() {
        for md in [false, true] {
            let text = told(md);
            assert!(!text.contains('\u{1b}') && !text.contains('\u{202e}'), "{text}");
        }
        assert!(told(true).lines().all(|it| !it.starts_with("# ") && !it.starts_with("```")));
    }
}
