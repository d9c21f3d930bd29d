//! Splits lines of csv, tsv and psv into the cells of records.
//!
//! The splitting is our own, because it must report the line of an opening quote that is never closed, bound the length
//! of a cell while it grows, and count the blank lines that it skips.

use std::io::Read;

use memchr::{memchr, memchr2};

use super::cells::Cells;
use super::decode::{LineEnding, Lines};
use super::error::{PlacedProblem, TableProblem};
use super::limits::MAX_CELL_BYTES;
use super::notes::Notes;

/// How cells are delimited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Delimiting {
    /// With this byte; a cell may be quoted with `"`.
    Quoted(u8),
    /// With `|`; what would break a cell is escaped with a backslash.
    Escaped,
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

    /// Reads the next record that is not a blank line; returns the line where it starts.
    pub(super) fn read(&mut self, cells: &mut Cells, notes: &mut Notes) -> Result<Option<u64>, PlacedProblem> {
        loop {
            if !self.next_line()? {
                return Ok(None);
            }
            // In a psv of one column, a blank line is the only way to write a blank cell.
            let is_row = self.delimiting == Delimiting::Escaped && cells.limit() == 1;
            if is_row || !self.is_blank() {
                break;
            }
            notes.blank_lines += 1;
        }
        let start = self.lines.line();
        match self.delimiting {
            Delimiting::Quoted(delimiter) => self.split_quoted(delimiter, cells)?,
            Delimiting::Escaped => self.split_escaped(cells)?,
        }
        Ok(Some(start))
    }

    fn next_line(&mut self) -> Result<bool, PlacedProblem> {
        let ending = self.lines.next_into(&mut self.line)?;
        self.ending = ending.unwrap_or(LineEnding::None);
        Ok(ending.is_some())
    }

    fn is_blank(&self) -> bool {
        let tabs_count = self.delimiting == Delimiting::Quoted(b'\t');
        self.line
            .chars()
            .all(|c| (c.is_whitespace() || c == '\u{feff}' || c == '\u{200b}') && !(tabs_count && c == '\t'))
    }

    fn split_quoted(&mut self, delimiter: u8, cells: &mut Cells) -> Result<(), PlacedProblem> {
        let mut at = 0;
        loop {
            let cell = cells.start();
            let opened = self.lines.line();
            let quoted = self.line.as_bytes().get(at) == Some(&b'"');
            if quoted {
                at = self.read_quoted(at + 1, cell)?;
            }
            let rest = &self.line[at..];
            let end = memchr(delimiter, rest.as_bytes()).unwrap_or(rest.len());
            if quoted && !rest[..end].bytes().all(|byte| byte == b' ') {
                return Err(PlacedProblem::at(self.lines.line(), TableProblem::TextAfterQuote { opened }));
            }
            cell.push_str(&rest[..end]);
            if end == rest.len() {
                return Ok(());
            }
            at += end + 1;
        }
    }

    /// Reads a quoted cell from after its opening quote, over as many lines as it takes; returns where it ends in
    /// the line that is then the current one.
    fn read_quoted(&mut self, mut at: usize, cell: &mut String) -> Result<usize, PlacedProblem> {
        let opened = self.lines.line();
        loop {
            let rest = &self.line[at..];
            if let Some(quote) = memchr(b'"', rest.as_bytes()) {
                cell.push_str(&rest[..quote]);
                at += quote + 1;
                if self.line.as_bytes().get(at) != Some(&b'"') {
                    return Ok(at);
                }
                cell.push('"');
                at += 1;
            } else {
                cell.push_str(rest);
                cell.push_str(self.ending.as_str());
                if cell.len() > MAX_CELL_BYTES {
                    return Err(PlacedProblem::at(
                        self.lines.line(),
                        TableProblem::CellTooLong { quote_opened: Some(opened) },
                    ));
                }
                if !self.next_line()? {
                    return Err(PlacedProblem::at(opened, TableProblem::UnclosedQuote));
                }
                at = 0;
            }
        }
    }

    fn split_escaped(&mut self, cells: &mut Cells) -> Result<(), PlacedProblem> {
        let line = self.lines.line();
        let mut cell = cells.start();
        let mut rest = self.line.as_str();
        while let Some(end) = memchr2(b'|', b'\\', rest.as_bytes()) {
            cell.push_str(&rest[..end]);
            let pipe = rest.as_bytes()[end] == b'|';
            rest = &rest[end + 1..];
            if pipe {
                cell = cells.start();
                continue;
            }
            let Some(escaped) = rest.chars().next() else {
                return Err(PlacedProblem::at(line, TableProblem::DanglingEscape));
            };
            cell.push(match escaped {
                'n' => '\n',
                'r' => '\r',
                't' => '\t',
                '|' | '\\' => escaped,
                _ => return Err(PlacedProblem::at(line, TableProblem::UnknownEscape(format!("\\{escaped}")))),
            });
            rest = &rest[escaped.len_utf8()..];
        }
        cell.push_str(rest);
        Ok(())
    }
}
