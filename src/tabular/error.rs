//! Why a table cannot be read: where in the file, and what is wrong there.

use std::borrow::Cow;
use std::fmt::{self, Write as _};
use std::io;

use super::delimiter::{shown, written};
use super::limits::{MAX_CELL_BYTES, MAX_COLUMNS, MAX_LINE_BYTES, MAX_SHEET_BYTES, MAX_SHEET_CELLS};

/// A table that cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("{file}{place}: {problem}")]
pub struct TabularError {
    /// The name under which the caller opened the table.
    pub file: String,
    pub place: TablePlace,
    pub problem: Box<TableProblem>,
}

impl TabularError {
    /// Whether the table has a header, and no rows.
    #[must_use]
    pub fn is_without_rows(&self) -> bool {
        matches!(*self.problem, TableProblem::NoRows)
    }

    /// A hint on how to fix it, if the message does not already say so.
    #[must_use]
    pub fn hint(&self) -> Option<Cow<'static, str>> {
        let hint = match &*self.problem {
            TableProblem::Changed(_) => "run the command again once nothing writes to the file any more",
            TableProblem::Ragged { separated: Some(it), .. } => {
                let it = written(*it);
                return Some(Cow::Owned(format!(
                    "if something else separates cells, say what does (`input.delimiter: {it}`)"
                )));
            }
            TableProblem::Ragged { guessed: Some(it), .. } => {
                return Some(Cow::Owned(format!(
                    "{} was taken for what separates cells, since a comma gives one column: quote a cell that holds \
                     it, or say what separates cells (`input.delimiter`)",
                    shown(*it)
                )));
            }
            TableProblem::Ragged { expected, found, .. } if found > expected => {
                "a cell that holds the delimiter is quoted (`\"a, b\"`) in csv and tsv, and escaped (`\\|`) in psv"
            }
            TableProblem::UnnamedColumn(_) => "give it a name in the header, or remove the column",
            _ => return None,
        };
        Some(Cow::Borrowed(hint))
    }

    /// The key of a configuration whose value does not fit the table, such as `input.sheet`.
    #[must_use]
    pub fn input_key(&self) -> Option<&'static str> {
        match *self.problem {
            TableProblem::MissingColumn { .. } => Some("input.required_columns"),
            TableProblem::MissingSheet { .. } => Some("input.sheet"),
            TableProblem::UnknownEncoding(_) => Some("input.encoding"),
            TableProblem::OtherDelimiter { .. } | TableProblem::NoDelimiter { .. } => Some("input.delimiter"),
            _ => None,
        }
    }

    /// Whether the text is in another encoding than the one that it was read as.
    #[must_use]
    pub fn is_of_encoding(&self) -> bool {
        matches!(
            *self.problem,
            TableProblem::OtherByteOrderMark { .. }
                | TableProblem::Utf32
                | TableProblem::InvalidBytes { .. }
                | TableProblem::Nul
        )
    }

    /// Whether the user's input is wrong. That it cannot be read counts as such too, as for every file that the user
    /// names.
    #[must_use]
    #[expect(clippy::unused_self, reason = "every error is asked this, whatever its room")]
    pub fn is_usage(&self) -> bool {
        true
    }
}

/// Where in a table something is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TablePlace {
    /// The file as a whole.
    File,
    /// A line, counted from 1.
    Line(u64),
    /// An element of a JSON array, and its line, both counted from 1.
    Element { number: u64, line: u64 },
    /// A sheet of a workbook, by its name.
    Sheet(String),
    /// A cell of a sheet; `address` is in A1 notation.
    Cell { sheet: String, address: String },
}

impl fmt::Display for TablePlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File => Ok(()),
            Self::Line(line) => write!(f, ": line {line}"),
            Self::Element { number, line } => write!(f, ": element {number} (line {line})"),
            Self::Sheet(sheet) => write!(f, ": sheet `{sheet}`"),
            Self::Cell { sheet, address } => write!(f, ": sheet `{sheet}`, cell {address}"),
        }
    }
}

/// What is wrong with a table. Lines, rows and columns are counted from 1.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TableProblem {
    #[error("cannot be read: {0}")]
    Io(io::Error),
    #[error("is a pipe, which can be read once only: write it to a file, or pipe it in with `input.path: \"-\"`")]
    NotSeekable,
    #[error("the file is empty: expected a header and rows")]
    Empty,
    #[error("there is no row below the header")]
    NoRows,
    /// The first bytes are those of another kind of file.
    #[error("seems to be {found}, not {expected}: {}", kind_hint(found))]
    WrongKind { found: &'static str, expected: &'static str },
    #[error(
        "`{0}` is not a known encoding: set `input.encoding` to one such as utf-8, utf-16, windows-1252, shift_jis or gbk"
    )]
    UnknownEncoding(String),
    /// The byte order mark contradicts the declared encoding; `label` is the encoding that it stands for.
    #[error(
        "begins with the byte order mark of {found}, but is to be read as {declared}: set `input.encoding: {label}`"
    )]
    OtherByteOrderMark { found: &'static str, declared: String, label: &'static str },
    #[error("is written in UTF-32, which is not supported: save it as UTF-8")]
    Utf32,
    /// Bytes, shown in hex, that the encoding does not have; `offset` is counted from 0.
    #[error(
        "the bytes {bytes} at offset {offset} of the file are not valid {encoding}: set `input.encoding` to the file's real encoding (windows-1252, shift_jis, utf-16, …) or save it as UTF-8"
    )]
    InvalidBytes { encoding: &'static str, offset: u64, bytes: String },
    /// U+0000, which SQLite's text functions take for the end of a text.
    #[error(
        "contains a NUL character (U+0000), which no text may hold: remove it, or set `input.encoding: utf-16` if that is what the file is"
    )]
    Nul,
    /// `quote_opened` is the line of the opening quote, where the cell was a quoted one that was still open.
    #[error("a cell is longer than {} MiB{}", MAX_CELL_BYTES >> 20, quote_hint(*.quote_opened))]
    CellTooLong { quote_opened: Option<u64> },
    #[error("the line is longer than {} MiB: is this a text file with line breaks?", MAX_LINE_BYTES >> 20)]
    LineTooLong,
    #[error("a quoted cell that opens here is never closed: add the missing `\"`, or double the quotes that are text")]
    UnclosedQuote,
    /// Text between a closing quote and the next delimiter.
    #[error(
        "there is text after the closing quote of the cell that opens in line {opened}: double the quotes that are text (`\"\"`)"
    )]
    TextAfterQuote { opened: u64 },
    #[error("`{0}` is not an escape: expected \\n, \\r, \\t, \\| or \\\\")]
    UnknownEscape(String),
    #[error("a backslash at the end of the line escapes nothing: write \\\\ for a backslash")]
    DanglingEscape,
    /// A cell of a psv in our own dialect that begins with a quote.
    #[error("a cell begins with a quote, which is written `\\\"` in Casebook's own dialect")]
    OpensWithQuote,
    /// Several characters that might separate the cells of a csv, as a text.
    #[error("a comma gives one column, and {0} would each give several: set `input.delimiter`")]
    SeveralDelimiters(String),
    /// What follows `sep=` in the first line.
    #[error(
        "the first line begins with `sep=`, where spreadsheets name the character between cells, but `{0}` is none: \
         write one, as in `sep=;`, or set `input.guess: false` if it is the header"
    )]
    UnreadableSep(String),
    /// The first line names another delimiter than the format has.
    #[error("the first line says that cells are separated by {named}, but the format is psv: set `input.format: csv`")]
    OtherThanPipes { named: String },
    /// The first line names another delimiter than the configuration.
    #[error("the first line says that cells are separated by {named}, but `input.delimiter` is {set}")]
    OtherDelimiter { named: String, set: String },
    /// A delimiter for a format that has none to choose.
    #[error("`input.delimiter` is for csv and tsv, and the format is {format}{hint}")]
    NoDelimiter { format: &'static str, hint: &'static str },
    /// A line feed ends a line of a text whose first line ends with a lone carriage return.
    #[error(
        "ends with a line feed, but the first line ends with a carriage return alone: quote the cell that holds it, or \
         save the file with one kind of line end"
    )]
    MixedLineEnds,
    /// A row that is shorter or longer than the header. `separated` is what seems to separate cells instead, `guessed`
    /// what was taken for it.
    #[error("expected {expected} fields, as in the header, but found {found}")]
    Ragged { expected: usize, found: usize, separated: Option<char>, guessed: Option<char> },
    #[error("column {0} has no name")]
    UnnamedColumn(usize),
    #[error("`{name}` is the name of columns {first} and {second}: names must be unique")]
    RepeatedColumn { name: String, first: usize, second: usize },
    #[error(
        "columns {first} (`{first_name}`) and {second} (`{second_name}`) differ only in case, which SQLite does not tell apart"
    )]
    SameColumnButCase { first: usize, first_name: String, second: usize, second_name: String },
    #[error("has more than {MAX_COLUMNS} columns")]
    TooManyColumns,
    /// A required column that is not there. `hint` is `; did you mean …?`, a remark on the delimiter, or empty;
    /// `columns` lists the columns that are there.
    #[error("there is no column `{name}`{hint}; the columns are {columns}")]
    MissingColumn { name: String, hint: String, columns: String },
    #[error("is not valid JSON: {0}")]
    Json(String),
    #[error("expected a JSON object, found {found}: {rule}")]
    NotAnObject { found: &'static str, rule: &'static str },
    /// A json that is no array.
    #[error("expected an array of JSON objects, found {0}")]
    NotAnArray(&'static str),
    #[error("is longer than {} MiB", MAX_LINE_BYTES >> 20)]
    ElementTooLong,
    #[error("the key `{0}` occurs twice in the object")]
    RepeatedKey(String),
    /// A key that the first of the two readings of the file did not find.
    #[error("the key `{0}` is new: the file was changed while it was read")]
    Changed(String),
    #[error("there is no sheet `{name}`; the sheets are {sheets}")]
    MissingSheet { name: String, sheets: String },
    #[error("the workbook has no worksheet")]
    NoSheet,
    /// A cell that holds `#N/A` or the like.
    #[error("holds the error {0}: correct the formula, or clear the cell")]
    ErrorCell(String),
    #[error("holds a formula without its value: open the workbook in a spreadsheet program and save it")]
    UncalculatedFormula,
    /// A value in a column that the header, in row `header` of the sheet, does not name.
    #[error("holds a value, but its column has no name in the header (line {header})")]
    OutsideTable { header: u64 },
    /// A sheet that holds more than can be read, all repetitions of cells and rows counted.
    #[error(
        "from this cell on the sheet holds more than {MAX_SHEET_CELLS} cells or {} MiB of text, repeated cells and rows \
         counted: save the table as csv", MAX_SHEET_BYTES >> 20
    )]
    TooManyCells,
    /// An archive whose declared sizes, in bytes, are beyond reason.
    #[error(
        "would expand from {compressed} to {uncompressed} bytes, which is not a plausible workbook: save the table as csv"
    )]
    ZipBomb { compressed: u64, uncompressed: u64 },
    #[error("the workbook is damaged, incomplete or password-protected: {0}")]
    Workbook(String),
}

/// What messages call a file that is packed with gzip.
pub(super) const GZIP: &str = "a gzip archive";

fn kind_hint(found: &str) -> &'static str {
    if found == GZIP {
        "a table that is packed once is unpacked if its name ends in `.gz`"
    } else {
        "set `input.format` to what it is, or save it as csv in UTF-8"
    }
}

fn quote_hint(quote_opened: Option<u64>) -> String {
    quote_opened.map_or_else(String::new, |line| {
        format!(": it is quoted since line {line}, where a closing `\"` may be missing")
    })
}

/// A problem with its place in the table, before the file's name is known.
#[derive(Debug)]
pub(super) struct PlacedProblem(pub(super) TablePlace, pub(super) TableProblem);

impl PlacedProblem {
    pub(super) fn at(line: u64, problem: TableProblem) -> Self {
        Self(TablePlace::Line(line), problem)
    }

    /// The error for a table that messages call `file`.
    pub(super) fn of_file(self, file: &str) -> TabularError {
        TabularError { file: file.to_owned(), place: self.0, problem: Box::new(self.1) }
    }
}

impl From<TableProblem> for PlacedProblem {
    fn from(problem: TableProblem) -> Self {
        Self(TablePlace::File, problem)
    }
}

impl From<io::Error> for PlacedProblem {
    fn from(error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::NotSeekable {
            return TableProblem::NotSeekable.into();
        }
        TableProblem::Io(error).into()
    }
}

/// Lists names for people, at most forty of them.
pub(super) fn list(names: &[String]) -> String {
    const SHOWN: usize = 40;
    let mut text = names.iter().take(SHOWN).map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    if names.len() > SHOWN {
        let _ = write!(text, " and {} more", names.len() - SHOWN);
    }
    text
}
