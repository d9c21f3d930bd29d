//! What can be wrong with a table, and where.

use std::fmt::{self, Write as _};
use std::io;

use super::{MAX_CELL_BYTES, MAX_COLUMNS, MAX_LINE_BYTES};

/// A table that cannot be read: which file, where in it, what is wrong and what to do.
#[derive(Debug, thiserror::Error)]
#[error("{file}{place}: {problem}")]
pub struct TabularError {
    /// The name under which the caller opened the table.
    pub file: String,
    /// Where in the file.
    pub place: Place,
    /// What is wrong.
    pub problem: Box<Problem>,
}

/// Where in a table something is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// The file as a whole.
    File,
    /// A line, counted from 1.
    Line(u64),
    /// A sheet of a workbook.
    Sheet(String),
    /// A cell of a sheet, such as `B7`.
    Cell {
        /// The sheet's name.
        sheet: String,
        /// The cell's address in A1 notation.
        address: String,
    },
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File => Ok(()),
            Self::Line(line) => write!(f, ": line {line}"),
            Self::Sheet(sheet) => write!(f, ": sheet `{sheet}`"),
            Self::Cell { sheet, address } => write!(f, ": sheet `{sheet}`, cell {address}"),
        }
    }
}

/// What is wrong with a table.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Problem {
    /// The source itself failed.
    #[error("cannot be read: {0}")]
    Io(io::Error),
    /// Neither header nor rows.
    #[error("the file is empty: expected a header and rows")]
    Empty,
    /// A header and nothing below it.
    #[error("there is no row below the header")]
    NoRows,
    /// The bytes are of another kind of file.
    #[error("seems to be {found}, not {expected}: set `input.format` to what it is, or save it as csv in UTF-8")]
    WrongKind {
        /// What the bytes look like.
        found: &'static str,
        /// The declared format.
        expected: &'static str,
    },
    /// `encoding` names nothing known.
    #[error(
        "`{0}` is not a known encoding: set `input.encoding` to one such as utf-8, utf-16, windows-1252, shift_jis or gbk"
    )]
    UnknownEncoding(String),
    /// The byte order mark contradicts the declared encoding.
    #[error(
        "begins with the byte order mark of {found}, but is to be read as {declared}: set `input.encoding: {label}`"
    )]
    OtherByteOrderMark {
        /// What the mark says.
        found: &'static str,
        /// What the options say.
        declared: String,
        /// The label to set instead.
        label: &'static str,
    },
    /// UTF-32, which is not supported.
    #[error("is written in UTF-32, which is not supported: save it as UTF-8")]
    Utf32,
    /// Bytes that the encoding does not have.
    #[error(
        "the bytes {bytes} at offset {offset} of the file are not valid {encoding}: set `input.encoding` to the file's real encoding (windows-1252, shift_jis, utf-16, …) or save it as UTF-8"
    )]
    InvalidBytes {
        /// The encoding's name.
        encoding: &'static str,
        /// Where the bytes begin, counted from 0.
        offset: u64,
        /// The bytes in hex.
        bytes: String,
    },
    /// U+0000, which `SQLite` text must not hold.
    #[error(
        "contains a NUL character (U+0000), which no text may hold: remove it, or set `input.encoding: utf-16` if that is what the file is"
    )]
    Nul,
    /// A cell above [`MAX_CELL_BYTES`].
    #[error("a cell is longer than {} MiB{}", MAX_CELL_BYTES >> 20, quote_hint(*.quote_opened))]
    CellTooLong {
        /// The line of the opening quote, when the cell is a quoted one that was still open.
        quote_opened: Option<u64>,
    },
    /// A line above [`MAX_LINE_BYTES`].
    #[error("the line is longer than {} MiB: is this a text file with line breaks?", MAX_LINE_BYTES >> 20)]
    LineTooLong,
    /// A quoted cell without its end.
    #[error("a quoted cell that opens here is never closed: add the missing `\"`, or double the quotes that are text")]
    UnclosedQuote,
    /// Text between a closing quote and the next delimiter.
    #[error(
        "there is text after the closing quote of the cell that opens in line {opened}: double the quotes that are text (`\"\"`)"
    )]
    TextAfterQuote {
        /// The line of the opening quote.
        opened: u64,
    },
    /// A backslash sequence that psv does not have.
    #[error("`{0}` is not an escape: expected \\n, \\r, \\t, \\| or \\\\")]
    UnknownEscape(String),
    /// A backslash at the end of a line.
    #[error("a backslash at the end of the line escapes nothing: write \\\\ for a backslash")]
    DanglingEscape,
    /// A row that is shorter or longer than the header.
    #[error("expected {expected} fields, as in the header, but found {found}")]
    Ragged {
        /// The header's fields.
        expected: usize,
        /// The row's fields.
        found: usize,
    },
    /// A header cell without a name.
    #[error("column {0} has no name")]
    UnnamedColumn(usize),
    /// A name that occurs twice.
    #[error("`{name}` is the name of columns {first} and {second}: names must be unique")]
    RepeatedColumn {
        /// The name.
        name: String,
        /// The first column of that name, counted from 1.
        first: usize,
        /// The second one.
        second: usize,
    },
    /// Two names that differ only in case.
    #[error(
        "columns {first} (`{first_name}`) and {second} (`{second_name}`) differ only in case, which SQLite does not tell apart"
    )]
    SameColumnButCase {
        /// The first column, counted from 1.
        first: usize,
        /// Its name.
        first_name: String,
        /// The second column.
        second: usize,
        /// Its name.
        second_name: String,
    },
    /// More than [`MAX_COLUMNS`].
    #[error("has more than {MAX_COLUMNS} columns")]
    TooManyColumns,
    /// A required column that is not there.
    #[error("there is no column `{name}`{hint}; the columns are {columns}")]
    MissingColumn {
        /// The column that is required.
        name: String,
        /// `; did you mean …?`, a remark on the delimiter, or nothing.
        hint: String,
        /// The columns there are, as a list for people.
        columns: String,
    },
    /// A line that is not JSON.
    #[error("is not valid JSON: {0}")]
    Json(String),
    /// A line of JSON that is not an object.
    #[error("expected a JSON object, found {0}: jsonl has one object a line")]
    NotAnObject(&'static str),
    /// A key that an object has twice.
    #[error("the key `{0}` occurs twice in the object")]
    RepeatedKey(String),
    /// A key in the second reading that the first one did not find.
    #[error("the key `{0}` is new: the file was changed while it was read")]
    Changed(String),
    /// A sheet that is not there.
    #[error("there is no sheet `{name}`; the sheets are {sheets}")]
    MissingSheet {
        /// The sheet that was asked for.
        name: String,
        /// The sheets there are, as a list for people.
        sheets: String,
    },
    /// A workbook without a sheet of cells.
    #[error("the workbook has no worksheet")]
    NoSheet,
    /// A cell that holds `#N/A` or the like.
    #[error("holds the error {0}: correct the formula, or clear the cell")]
    ErrorCell(String),
    /// A formula that was never calculated.
    #[error("holds a formula without its value: open the workbook in a spreadsheet program and save it")]
    UncalculatedFormula,
    /// A value beside the table.
    #[error("holds a value, but its column has no name in the header (line {header})")]
    OutsideTable {
        /// The sheet row of the header.
        header: u64,
    },
    /// A workbook that expands beyond reason.
    #[error(
        "would expand from {compressed} to {uncompressed} bytes, which is not a plausible workbook: save the table as csv"
    )]
    ZipBomb {
        /// Bytes in the archive.
        compressed: u64,
        /// Bytes when unpacked, as declared.
        uncompressed: u64,
    },
    /// A workbook that cannot be understood.
    #[error("the workbook is damaged, incomplete or password-protected: {0}")]
    Workbook(String),
}

fn quote_hint(quote_opened: Option<u64>) -> String {
    quote_opened.map_or_else(String::new, |line| {
        format!(": it is quoted since line {line}, where a closing `\"` may be missing")
    })
}

/// A problem and its place, before the file's name is known.
#[derive(Debug)]
pub(super) struct Fault(pub(super) Place, pub(super) Problem);

impl Fault {
    /// A problem in a line.
    pub(super) fn at(line: u64, problem: Problem) -> Self {
        Self(Place::Line(line), problem)
    }

    /// Names the file.
    pub(super) fn of_file(self, file: &str) -> TabularError {
        TabularError { file: file.to_owned(), place: self.0, problem: Box::new(self.1) }
    }
}

impl From<Problem> for Fault {
    fn from(problem: Problem) -> Self {
        Self(Place::File, problem)
    }
}

impl From<io::Error> for Fault {
    fn from(error: io::Error) -> Self {
        Problem::Io(error).into()
    }
}

/// A list of names for people, cut after forty.
pub(super) fn list(names: &[String]) -> String {
    const SHOWN: usize = 40;
    let mut text = names.iter().take(SHOWN).map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    if names.len() > SHOWN {
        let _ = write!(text, " and {} more", names.len() - SHOWN);
    }
    text
}
