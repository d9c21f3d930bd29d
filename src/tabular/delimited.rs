//! Splits lines of csv, tsv and psv into the cells of records.
//!
//! The splitting is our own, because it must report the line of an opening quote that is never closed, bound the length
//! of a cell while it grows, count the blank lines that it skips, and read the ways in which pandas and Python's csv
//! write a psv. `dialect` says which of them a file is in.

use std::io::Read;

use memchr::{memchr, memchr2};

use super::cells::Cells;
use super::decode::{LineEnding, Lines};
use super::delimiter::Delimiter;
use super::error::{PlacedProblem, TableProblem};
use super::limits::MAX_CELL_BYTES;
use super::notes::Notes;

/// How cells are delimited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Delimiting {
    /// With a delimiter; a cell may be quoted with `"`.
    Quoted(Quoting),
    /// With `|`; what would break a cell is escaped with a backslash. Quotes are text. With `no_quotes`, a cell that
    /// begins with one is refused.
    Escaped { no_quotes: bool },
}

/// How quoted cells are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Quoting {
    pub(super) delimiter: Delimiter,
    /// Whether a backslash escapes quotes, delimiters, backslashes and line ends. Before anything else it is text.
    pub(super) backslash: bool,
    /// Whether a quote also opens a cell after blanks.
    pub(super) after_blanks: bool,
}

/// Reads the records of delimited text.
pub(super) struct Delimited<R> {
    lines: Lines<R>,
    delimiting: Delimiting,
    line: String,
    ending: LineEnding,
}

impl<R: Read> Delimited<R> {
    pub(super) fn new(lines: Lines<R>, delimiting: Delimiting) -> Self {
        Self { lines, delimiting, line: String::new(), ending: LineEnding::None }
    }

    /// Skips a line, whatever it holds.
    pub(super) fn skip_line(&mut self) -> Result<(), PlacedProblem> {
        self.next_line().map(|_| ())
    }

    /// Reads the next record that is not a blank line; returns the line where it starts.
    pub(super) fn read(&mut self, cells: &mut Cells, notes: &mut Notes) -> Result<Option<u64>, PlacedProblem> {
        loop {
            if !self.next_line()? {
                return Ok(None);
            }
            // In our own psv of one column, a blank line is the only way to write a blank cell.
            let is_row = matches!(self.delimiting, Delimiting::Escaped { .. }) && cells.limit() == 1;
            if is_row || !self.is_blank() {
                break;
            }
            notes.blank_lines += 1;
        }
        let start = self.lines.line();
        match self.delimiting {
            Delimiting::Quoted(quoting) => self.split_quoted(quoting, cells, notes)?,
            Delimiting::Escaped { no_quotes } => self.split_escaped(no_quotes, cells, notes)?,
        }
        notes.lone_crs = self.lines.lone_crs();
        if self.lines.cr_ends() && matches!(self.ending, LineEnding::Lf | LineEnding::CrLf) {
            return Err(PlacedProblem::at(self.lines.line(), TableProblem::MixedLineEnds));
        }
        Ok(Some(start))
    }

    fn next_line(&mut self) -> Result<bool, PlacedProblem> {
        let ending = self.lines.next_into(&mut self.line)?;
        self.ending = ending.unwrap_or(LineEnding::None);
        Ok(ending.is_some())
    }

    fn is_blank(&self) -> bool {
        let counts = match self.delimiting {
            Delimiting::Quoted(quoting) => Some(quoting.delimiter.character()),
            Delimiting::Escaped { .. } => None,
        };
        let blank = |c: char| c.is_whitespace() || c == '\u{feff}' || c == '\u{200b}';
        self.line.chars().all(|c| blank(c) && Some(c) != counts)
    }

    fn split_quoted(&mut self, quoting: Quoting, cells: &mut Cells, notes: &mut Notes) -> Result<(), PlacedProblem> {
        let mut at = 0;
        loop {
            let cell = cells.start();
            let opened = self.lines.line();
            let blanks = if quoting.after_blanks { self.blanks_before_quote(at, quoting) } else { 0 };
            let quoted = self.line.as_bytes().get(at + blanks) == Some(&b'"');
            if quoted {
                notes.quotes_after_blanks += u64::from(blanks > 0);
                at = self.read_quoted(at + blanks + 1, quoting, (cell, notes))?;
            }
            let end = if quoting.backslash && !quoted {
                at = self.read_escaped(at, quoting, (cell, notes))?;
                at
            } else {
                at + quoting.delimiter.find(&self.line[at..]).unwrap_or(self.line.len() - at)
            };
            let rest = &self.line[at..end];
            if quoted && !rest.bytes().all(|byte| byte == b' ') {
                return Err(PlacedProblem::at(self.lines.line(), TableProblem::TextAfterQuote { opened }));
            }
            cell.push_str(rest);
            if end == self.line.len() {
                return Ok(());
            }
            at = end + quoting.delimiter.len();
        }
    }

    /// How many blanks stand before a quote that opens the cell at `at`. None if the quote is text: where it closes in
    /// the same line and text follows.
    fn blanks_before_quote(&self, at: usize, quoting: Quoting) -> usize {
        let bytes = self.line.as_bytes();
        let blanks = bytes[at..].iter().take_while(|byte| **byte == b' ').count();
        if blanks == 0 || bytes.get(at + blanks) != Some(&b'"') {
            return 0;
        }
        let mut rest = &self.line[at + blanks + 1..];
        while let Some(quote) = memchr(b'"', rest.as_bytes()) {
            let escaped =
                quoting.backslash && rest[..quote].bytes().rev().take_while(|it| *it == b'\\').count() % 2 == 1;
            rest = &rest[quote + 1..];
            if escaped {
                continue;
            }
            if let Some(after) = rest.strip_prefix('"') {
                rest = after;
                continue;
            }
            let after = rest.trim_start_matches(' ');
            return if after.is_empty() || quoting.delimiter.starts(after) { blanks } else { 0 };
        }
        blanks
    }

    /// Reads a quoted cell from after its opening quote, over as many lines as it takes; returns where it ends in
    /// the line that is then the current one.
    fn read_quoted(
        &mut self,
        mut at: usize,
        quoting: Quoting,
        (cell, notes): (&mut String, &mut Notes),
    ) -> Result<usize, PlacedProblem> {
        let opened = self.lines.line();
        let escape = if quoting.backslash { b'\\' } else { b'"' };
        loop {
            let rest = &self.line[at..];
            let Some(found) = memchr2(b'"', escape, rest.as_bytes()) else {
                cell.push_str(rest);
                cell.push_str(self.ending.as_str());
                if !self.go_on(cell, Some(opened))? {
                    return Err(PlacedProblem::at(opened, TableProblem::UnclosedQuote));
                }
                at = 0;
                continue;
            };
            cell.push_str(&rest[..found]);
            at += found + 1;
            if rest.as_bytes()[found] == b'\\' {
                let rest = &self.line[at..];
                // No writer escapes a delimiter or a line end in quotes, so that the backslash was text to this one.
                notes.doubtful_escapes += u64::from(quoting.delimiter.starts(rest) || rest.starts_with('\r'));
                at += push_escaped(rest, quoting.delimiter, (cell, notes));
            } else if self.line.as_bytes().get(at) == Some(&b'"') {
                cell.push('"');
                at += 1;
            } else {
                return Ok(at);
            }
        }
    }

    /// Reads a cell that is not quoted and may have escapes, over as many lines as their ends are escaped; returns
    /// where it ends in the line that is then the current one.
    fn read_escaped(
        &mut self,
        mut at: usize,
        quoting: Quoting,
        (cell, notes): (&mut String, &mut Notes),
    ) -> Result<usize, PlacedProblem> {
        loop {
            let rest = &self.line[at..];
            let end = quoting.delimiter.find(rest).unwrap_or(rest.len());
            let Some(escape) = memchr(b'\\', &rest.as_bytes()[..end]) else {
                cell.push_str(&rest[..end]);
                return Ok(at + end);
            };
            cell.push_str(&rest[..escape]);
            at += escape + 1;
            if at < self.line.len() {
                at += push_escaped(&self.line[at..], quoting.delimiter, (cell, notes));
                continue;
            }
            let line = self.lines.line();
            cell.push_str(self.ending.as_str());
            if !self.go_on(cell, None)? {
                return Err(PlacedProblem::at(line, TableProblem::DanglingEscape));
            }
            at = 0;
        }
    }

    /// Goes on to the next line of a cell; returns whether there is one. `opened` is the line of its quote.
    fn go_on(&mut self, cell: &str, opened: Option<u64>) -> Result<bool, PlacedProblem> {
        if cell.len() > MAX_CELL_BYTES {
            let problem = TableProblem::CellTooLong { quote_opened: opened };
            return Err(PlacedProblem::at(self.lines.line(), problem));
        }
        self.next_line()
    }

    fn split_escaped(&mut self, no_quotes: bool, cells: &mut Cells, notes: &mut Notes) -> Result<(), PlacedProblem> {
        let line = self.lines.line();
        let mut cell = cells.start();
        let mut rest = self.line.as_str();
        if no_quotes && opens_with_quote(rest) {
            return Err(PlacedProblem::at(line, TableProblem::OpensWithQuote));
        }
        while let Some(end) = memchr2(b'|', b'\\', rest.as_bytes()) {
            cell.push_str(&rest[..end]);
            let pipe = rest.as_bytes()[end] == b'|';
            rest = &rest[end + 1..];
            if pipe {
                cell = cells.start();
                if no_quotes && opens_with_quote(rest) {
                    return Err(PlacedProblem::at(line, TableProblem::OpensWithQuote));
                }
                continue;
            }
            let Some(escaped) = rest.chars().next() else {
                return Err(PlacedProblem::at(line, TableProblem::DanglingEscape));
            };
            cell.push(match escaped {
                'n' => '\n',
                'r' => '\r',
                't' => '\t',
                '|' | '\\' | '"' => escaped,
                _ => return Err(PlacedProblem::at(line, TableProblem::UnknownEscape(format!("\\{escaped}")))),
            });
            notes.escapes += 1;
            rest = &rest[escaped.len_utf8()..];
        }
        cell.push_str(rest);
        Ok(())
    }
}

/// Whether a cell begins with a quote, blanks aside. No cell of our own psv does: the writer escapes it.
fn opens_with_quote(cell: &str) -> bool {
    cell.trim_start_matches(' ').starts_with('"')
}

/// Appends what an escape stands for; `rest` is what follows its backslash. Returns how many bytes of it were read:
/// none where the backslash is text.
fn push_escaped(rest: &str, delimiter: Delimiter, (cell, notes): (&mut String, &mut Notes)) -> usize {
    let escaped = rest.chars().next().filter(|it| matches!(it, '"' | '\\' | '\r') || *it == delimiter.character());
    cell.push(escaped.unwrap_or('\\'));
    match escaped {
        Some(_) => notes.escapes += 1,
        None => notes.lone_backslashes += 1,
    }
    escaped.map_or(0, char::len_utf8)
}
