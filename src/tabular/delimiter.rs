//! The character between cells, and how it is found where nobody says it.

use std::io::{Read, Seek, SeekFrom};

use memchr::{memchr, memmem};

use super::cells::Cells;
use super::decode::Lines;
use super::delimited::{Delimited, Delimiting, Quoting};
use super::error::{PlacedProblem, TableProblem};
use super::limits::MAX_COLUMNS;
use super::notes::Notes;

/// The records from which a delimiter is guessed, the header included.
const RECORDS: usize = 20;

/// What is tried where a comma gives one column.
const CANDIDATES: [char; 3] = [';', '\t', '|'];

/// The character between cells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Delimiter {
    character: char,
    bytes: [u8; 4],
    length: usize,
}

impl Delimiter {
    pub(super) fn new(character: char) -> Self {
        let mut bytes = [0; 4];
        let length = character.encode_utf8(&mut bytes).len();
        Self { character, bytes, length }
    }

    pub(super) fn character(self) -> char {
        self.character
    }

    /// Its bytes in UTF-8.
    pub(super) fn len(self) -> usize {
        self.length
    }

    /// The offset of the first one in `text`.
    pub(super) fn find(self, text: &str) -> Option<usize> {
        match self.length {
            1 => memchr(self.bytes[0], text.as_bytes()),
            length => memmem::find(text.as_bytes(), &self.bytes[..length]),
        }
    }

    /// Whether `text` begins with one.
    pub(super) fn starts(self, text: &str) -> bool {
        text.as_bytes().starts_with(&self.bytes[..self.length])
    }
}

/// A delimiter as messages show it.
pub(super) fn shown(delimiter: char) -> String {
    if delimiter == '\t' { "a tab".to_owned() } else { format!("`{delimiter}`") }
}

/// The delimiter that a text's first line names, as spreadsheets write it: `sep=;`, quoted or not, in any case.
/// `source` is left at its start.
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
    let mut characters = line.chars();
    let name: String = characters.by_ref().take(4).collect();
    let (delimiter, end) = (characters.next(), characters.next());
    let is_sep = name.eq_ignore_ascii_case("sep=") && end.is_none();
    Ok(delimiter.filter(|it| is_sep && !it.is_alphanumeric() && *it != '"'))
}

/// The delimiter of a csv: a comma, or where that gives one column, the candidate that gives each of the first records
/// equally many columns, two or more. `source` is left at its start.
pub(super) fn guess<R: Read + Seek>(source: &mut R, encoding: &str) -> Result<char, PlacedProblem> {
    if width(source, encoding, ',', 1)? != Some(1) {
        return Ok(',');
    }
    let mut fitting = Vec::new();
    for candidate in CANDIDATES {
        if width(source, encoding, candidate, RECORDS)?.is_some_and(|width| width > 1) {
            fitting.push(candidate);
        }
    }
    match fitting.as_slice() {
        [] => Ok(','),
        [only] => Ok(*only),
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
