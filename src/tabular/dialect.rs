//! The dialect of a psv: ours, or one of those in which pandas and Python's csv write pipe-separated values.
//!
//! Nothing in a psv names its dialect, and a backslash or a quote means something else in each, so the file is read
//! through once to see in which of them every record has as many cells as the header. Where none fits, the dialect that
//! leads furthest is read, so that the error names the line that is really wrong.

use std::io::{Read, Seek, SeekFrom};

use super::cells::Cells;
use super::decode::Lines;
use super::delimited::{Delimited, Delimiting, Quoting};
use super::delimiter::Delimiter;
use super::error::{PlacedProblem, TableProblem};
use super::limits::MAX_COLUMNS;
use super::notes::{Notes, PsvDialect};

/// How the cells of a dialect are delimited.
pub(super) fn delimiting(dialect: PsvDialect) -> Delimiting {
    let quoting = |backslash| Quoting { delimiter: Delimiter::new('|'), backslash, after_blanks: true };
    match dialect {
        PsvDialect::Escaped => Delimiting::Escaped { no_quotes: true },
        PsvDialect::Quoted => Delimiting::Quoted(quoting(false)),
        PsvDialect::Backslash => Delimiting::Quoted(quoting(true)),
    }
}

/// The dialect of a psv. `source` is left at its start.
pub(super) fn of<R: Read + Seek>(source: &mut R, encoding: &str, skips: bool) -> Result<PsvDialect, PlacedProblem> {
    let mut tried = |dialect: PsvDialect| {
        source.seek(SeekFrom::Start(0))?;
        let lines = Lines::open(source.by_ref(), encoding)?;
        let trial = trial(Delimited::new(lines, delimiting(dialect)), skips);
        source.seek(SeekFrom::Start(0))?;
        Ok::<_, PlacedProblem>(trial)
    };
    let escaped = tried(PsvDialect::Escaped)?;
    if escaped.fits {
        return Ok(PsvDialect::Escaped);
    }
    let backslash = tried(PsvDialect::Backslash)?;
    // Where backslashes are text, some stand before other characters.
    if backslash.fits && backslash.are_escapes {
        return Ok(PsvDialect::Backslash);
    }
    let quoted = tried(PsvDialect::Quoted)?;
    Ok(match (quoted.fits, backslash.fits) {
        (false, true) => PsvDialect::Backslash,
        (false, false) if escaped.records > quoted.records.max(backslash.records) => PsvDialect::Escaped,
        (false, false) if backslash.records > quoted.records => PsvDialect::Backslash,
        (false, false) if escaped.records == quoted.records && !escaped.is_quoted => PsvDialect::Escaped,
        (true, _) | (false, false) => PsvDialect::Quoted,
    })
}

/// How far a dialect led.
struct Trial {
    /// Whether every record has as many cells as the header.
    fits: bool,
    /// The records that have.
    records: u64,
    /// Whether the next one has a quoted cell, so that the dialect cannot be right.
    is_quoted: bool,
    /// Whether there are backslashes, and all of them are escapes.
    are_escapes: bool,
}

fn trial<R: Read>(mut rows: Delimited<R>, skips: bool) -> Trial {
    let (mut cells, mut notes) = (Cells::new(MAX_COLUMNS), Notes::default());
    let mut trial = Trial { fits: false, records: 0, is_quoted: false, are_escapes: false };
    if skips && rows.skip_line().is_err() {
        return trial;
    }
    let mut width = None;
    loop {
        match rows.read(&mut cells, &mut notes) {
            Ok(Some(_)) => {}
            Ok(None) => break,
            Err(fault) => {
                trial.is_quoted = matches!(fault.1, TableProblem::OpensWithQuote);
                return trial;
            }
        }
        let used = cells.used();
        if *width.get_or_insert(used) != used {
            return trial;
        }
        trial.records += 1;
        // A blank line is a row where there is one column only.
        let limit = if width == Some(1) { 1 } else { MAX_COLUMNS };
        let fields = cells.take();
        cells = Cells::new(limit);
        cells.reuse(fields);
    }
    trial.fits = width.is_some();
    trial.are_escapes = notes.escapes > 0 && notes.lone_backslashes == 0 && notes.doubtful_escapes == 0;
    trial
}
