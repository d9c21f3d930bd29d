//! The claims of a work item's attempts, with the lines of the document around them.

use rusqlite::{Connection, Row, ToSql};

use super::model::{AttemptRecord, Claimed, DocumentLine};
use crate::store::sql;
use crate::view::evidence::{ClaimOutputs, ClaimedLines, about_in_short, each_line, is_found, places, row_lines};

/// How many claims have their lines.
const MOST: usize = 1_000;
/// How many lines before and after a claim are shown.
const AROUND: i64 = 2;
/// How many characters of what a claim is about are shown.
const ABOUT: usize = 1_000;
/// How many lines of a claim are shown.
const LONGEST: i64 = 200;

impl Claimed {
    /// The lines in words, such as `line 7` or `lines 7–9`.
    #[must_use]
    pub fn place(&self) -> String {
        self.lines().to_string()
    }

    fn lines(&self) -> ClaimedLines {
        ClaimedLines { start: self.line_start, end: self.line_end }
    }

    /// The lines that the answer named, in words, where they are others.
    #[must_use]
    pub fn cited_place(&self) -> Option<String> {
        let cited = ClaimedLines { start: self.cited_start, end: self.cited_end };
        (cited != self.lines()).then(|| cited.to_string())
    }

    /// Whether its quote was found.
    #[must_use]
    pub fn is_found(&self) -> bool {
        is_found(&self.status)
    }
}

/// Gives each attempt (with its rowid) of the work item and the variant that `of` names its claims; returns those of
/// the last attempt with their lines, and how many more there are.
pub(super) fn read(
    connection: &Connection,
    of: &[(&'static str, &dyn ToSql)],
    attempts: &mut [(i64, AttemptRecord)],
) -> rusqlite::Result<(Vec<Claimed>, usize)> {
    let (mut last, mut cut) = (Vec::new(), 0);
    let mut outputs = ClaimOutputs::new(connection);
    sql::VIEW_ITEM_CLAIMS.each::<rusqlite::Error>(connection, of, |row| {
        let mut claim = claim(row)?;
        let attempt: i64 = row.get("attempt")?;
        if let Some((_, attempt)) = attempts.iter_mut().find(|(id, _)| *id == attempt) {
            attempt.claims.push(claim.clone());
        }
        if !row.get::<_, bool>("is_last")? {
            return Ok(());
        }
        if last.len() == MOST {
            cut += 1;
            return Ok(());
        }
        claim.claim = about_in_short(&outputs.about_at(row.get("standing")?, &claim.path, &claim.quote)?, ABOUT);
        if claim.fault.is_none() {
            let (text, count) = (row.get("document_text")?, row.get("line_count")?);
            (claim.lines, claim.lines_cut) = around(connection, text, &claim, count)?;
        }
        last.push(claim);
        Ok(())
    })?;
    Ok((last, cut))
}

fn claim(row: &Row<'_>) -> rusqlite::Result<Claimed> {
    let (lines, cited) = places(row)?;
    let status: String = row.get("status")?;
    let fault = if is_found(&status) { None } else { lines.fault(row_lines(row)?) };
    Ok(Claimed {
        claim: String::new(),
        path: row.get("path")?,
        status,
        fault,
        document: row.get("document")?,
        line_start: lines.start,
        line_end: lines.end,
        cited_start: cited.start,
        cited_end: cited.end,
        quote: row.get("quote")?,
        lines: Vec::new(),
        lines_cut: 0,
    })
}

/// The lines of a claim and those around it, and how many of its lines were left out; none of a claim on lines that the
/// document does not have.
fn around(
    connection: &Connection,
    text: i64,
    claim: &Claimed,
    line_count: i64,
) -> rusqlite::Result<(Vec<DocumentLine>, usize)> {
    let Some((first, last)) = claim.lines().within(line_count) else { return Ok((Vec::new(), 0)) };
    let shown = last.min(first + LONGEST - 1);
    let mut lines = Vec::new();
    let until = if shown == last { last + AROUND } else { shown };
    each_line::<rusqlite::Error>(connection, text, (first - AROUND, until), &mut |line, page, text| {
        lines.push(DocumentLine { line, page, text: text.to_owned(), cited: (first..=last).contains(&line) });
        Ok(())
    })?;
    Ok((lines, usize::try_from(last - shown).unwrap_or_default()))
}
