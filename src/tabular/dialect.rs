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
use super::notes::Notes;

/// How a psv is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PsvDialect {
    /// As Casebook writes it: never quoted, with `\n`, `\r`, `\t`, `\|`, `\"` and `\\`.
    Escaped,
    /// As a csv with pipes: quoted with `"`, a quote in it doubled. A backslash is text.
    Quoted,
    /// Quoted or not, with a backslash before a quote, a pipe, a backslash or a line end that is text.
    Backslash,
}

impl PsvDialect {
    const ALL: [Self; 3] = [Self::Escaped, Self::Quoted, Self::Backslash];

    pub(super) fn delimiting(self) -> Delimiting {
        let quoting = |backslash| Quoting { delimiter: Delimiter::new('|'), backslash, after_blanks: true };
        match self {
            Self::Escaped => Delimiting::Escaped { no_quotes: true },
            Self::Quoted => Delimiting::Quoted(quoting(false)),
            Self::Backslash => Delimiting::Quoted(quoting(true)),
        }
    }
}

/// The dialect of a psv. `source` is left at its start.
pub(super) fn of<R: Read + Seek>(source: &mut R, encoding: &str, skips: bool) -> Result<PsvDialect, PlacedProblem> {
    let mut furthest = (PsvDialect::Escaped, 0, false);
    for dialect in PsvDialect::ALL {
        source.seek(SeekFrom::Start(0))?;
        let lines = Lines::open(source.by_ref(), encoding)?;
        let trial = trial(Delimited::new(lines, dialect.delimiting()), skips);
        if dialect == PsvDialect::Escaped {
            furthest = (dialect, trial.records, trial.is_quoted);
        }
        if trial.fits {
            furthest = (dialect, u64::MAX, false);
            break;
        }
        if trial.records > furthest.1 || (trial.records == furthest.1 && furthest.2) {
            furthest = (dialect, trial.records, trial.is_quoted);
        }
    }
    source.seek(SeekFrom::Start(0))?;
    Ok(furthest.0)
}

/// How far a dialect led.
struct Trial {
    /// Whether every record has as many cells as the header.
    fits: bool,
    /// The records that have.
    records: u64,
    /// Whether the next one has a quoted cell, so that the dialect cannot be right.
    is_quoted: bool,
}

fn trial<R: Read>(mut rows: Delimited<R>, skips: bool) -> Trial {
    let (mut cells, mut notes) = (Cells::new(MAX_COLUMNS), Notes::default());
    let mut trial = Trial { fits: false, records: 0, is_quoted: false };
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
    trial
}
