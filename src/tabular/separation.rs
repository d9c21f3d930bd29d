//! What separates the cells of a text that nobody describes: what its first line says, or what its first records
//! suggest.

use std::io::{Read, Seek, SeekFrom};

use super::cells::Cells;
use super::decode::Lines;
use super::delimited::{Delimited, Delimiting, Quoting};
use super::delimiter::{Delimiter, shown};
use super::error::{PlacedProblem, TableProblem};
use super::limits::MAX_COLUMNS;
use super::notes::Notes;

/// The records from which a delimiter is guessed, the header included.
const RECORDS: usize = 20;

/// What is tried where a comma gives one column.
const CANDIDATES: [char; 3] = [';', '\t', '|'];

/// What separates the cells of a csv that does not say it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Guess {
    pub(super) delimiter: char,
    /// Another character that gives each of the first records equally many columns, where a comma gives several too.
    pub(super) rival: Option<char>,
}

/// The delimiter that a text's first line names, as spreadsheets write it: `sep=;`, quoted or not, in any case. A tab
/// may be written `\t`, and delimiters may follow that fill the line up to the width of the table. `source` is left at
/// its start.
pub(super) fn of_first_line<R: Read + Seek>(source: &mut R, encoding: &str) -> Result<Option<char>, PlacedProblem> {
    source.seek(SeekFrom::Start(0))?;
    let mut line = String::new();
    let found = Lines::open(source.by_ref(), encoding)?.next_into(&mut line);
    source.seek(SeekFrom::Start(0))?;
    // A line that cannot be decoded is reported by the reader itself.
    if found.is_err() {
        return Ok(None);
    }
    let line = line.strip_prefix('"').and_then(|line| line.strip_suffix('"')).unwrap_or(&line);
    if !line.get(..4).is_some_and(|name| name.eq_ignore_ascii_case("sep=")) {
        return Ok(None);
    }
    let named = &line[4..];
    if named == "\\t" {
        return Ok(Some('\t'));
    }
    let found = named.chars().next().filter(|it| !it.is_alphanumeric() && !matches!(it, '"' | '\\'));
    match found {
        Some(delimiter) if named.chars().all(|it| it == delimiter) => Ok(Some(delimiter)),
        _ => Err(PlacedProblem::at(1, TableProblem::UnreadableSep(named.chars().take(20).collect()))),
    }
}

/// The delimiter of a csv: a comma, or where that gives one column, the candidate that gives each of the first records
/// equally many columns, two or more. A comma that leaves text beside the quotes of a header's cell gives one column
/// too, as in `"id";"text"`. `source` is left at its start.
pub(super) fn guess<R: Read + Seek>(source: &mut R, encoding: &str) -> Result<Guess, PlacedProblem> {
    let gives_several = width(source, encoding, ',', 1)?.is_some_and(|width| width > 1);
    let mut fitting = Vec::new();
    for candidate in CANDIDATES {
        if width(source, encoding, candidate, RECORDS)?.is_some_and(|width| width > 1) {
            fitting.push(candidate);
        }
    }
    match fitting.as_slice() {
        rivals if gives_several => Ok(Guess { delimiter: ',', rival: rivals.first().copied() }),
        [] => Ok(Guess { delimiter: ',', rival: None }),
        [only] => Ok(Guess { delimiter: *only, rival: None }),
        several => {
            let candidates = several.iter().map(|it| shown(*it)).collect::<Vec<_>>().join(" and ");
            Err(TableProblem::SeveralDelimiters(candidates).into())
        }
    }
}

/// How many columns each of the first `records` has with a delimiter; `None` where they differ or cannot be read.
fn width<R: Read + Seek>(
    source: &mut R,
    encoding: &str,
    delimiter: char,
    records: usize,
) -> Result<Option<usize>, PlacedProblem> {
    source.seek(SeekFrom::Start(0))?;
    let quoting = Quoting { delimiter: Delimiter::new(delimiter), backslash: false, after_blanks: true };
    let mut rows = Delimited::new(Lines::open(source.by_ref(), encoding)?, Delimiting::Quoted(quoting));
    let (mut cells, mut notes, mut width) = (Cells::new(MAX_COLUMNS), Notes::default(), None);
    let mut is_same = true;
    for _ in 0..records {
        match rows.read(&mut cells, &mut notes) {
            Ok(Some(_)) => is_same &= *width.get_or_insert(cells.used()) == cells.used(),
            Ok(None) => break,
            Err(_) => is_same = false,
        }
        if !is_same {
            break;
        }
        let fields = cells.take();
        cells.reuse(fields);
    }
    source.seek(SeekFrom::Start(0))?;
    Ok(width.filter(|_| is_same))
}
