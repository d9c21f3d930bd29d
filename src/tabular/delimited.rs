//! csv, tsv and psv: records out of lines.
//!
//! The splitting is our own, because a reader must say in which line a quote was opened that nothing closes, must
//! bound the length of a cell while it grows, and must count the lines that it skips.

use std::io::Read;

use memchr::{memchr, memchr2};

use super::MAX_CELL_BYTES;
use super::decode::{Ending, Lines};
use super::error::{Fault, Problem};
use super::table::{Cells, Notes};

/// How cells are kept apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Dialect {
    /// By this delimiter; a cell may be quoted with `"`.
    Quoted(u8),
    /// By `|`; what would break a cell is escaped with a backslash.
    Escaped,
}

/// Reads the records of delimited text.
pub(super) struct Delimited<R> {
    lines: Lines<R>,
    dialect: Dialect,
    line: String,
    ending: Ending,
}

impl<R: Read> Delimited<R> {
    pub(super) fn new(lines: Lines<R>, dialect: Dialect) -> Self {
        Self { lines, dialect, line: String::new(), ending: Ending::None }
    }

    /// Reads the next record that is not a blank line; returns the line where it starts.
    pub(super) fn read(&mut self, cells: &mut Cells, notes: &mut Notes) -> Result<Option<u64>, Fault> {
        loop {
            if !self.next_line()? {
                return Ok(None);
            }
            // In a psv of one column, a blank line is the only way to write a blank cell.
            let is_row = self.dialect == Dialect::Escaped && cells.limit() == 1;
            if is_row || !self.is_blank() {
                break;
            }
            notes.blank_lines += 1;
        }
        let start = self.lines.line();
        match self.dialect {
            Dialect::Quoted(delimiter) => self.split_quoted(delimiter, cells)?,
            Dialect::Escaped => self.split_escaped(cells)?,
        }
        Ok(Some(start))
    }

    fn next_line(&mut self) -> Result<bool, Fault> {
        let ending = self.lines.next_into(&mut self.line)?;
        self.ending = ending.unwrap_or(Ending::None);
        Ok(ending.is_some())
    }

    fn is_blank(&self) -> bool {
        let tabs_count = self.dialect == Dialect::Quoted(b'\t');
        self.line
            .chars()
            .all(|c| (c.is_whitespace() || c == '\u{feff}' || c == '\u{200b}') && !(tabs_count && c == '\t'))
    }

    fn split_quoted(&mut self, delimiter: u8, cells: &mut Cells) -> Result<(), Fault> {
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
                return Err(Fault::at(self.lines.line(), Problem::TextAfterQuote { opened }));
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
    fn read_quoted(&mut self, mut at: usize, cell: &mut String) -> Result<usize, Fault> {
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
                    return Err(Fault::at(self.lines.line(), Problem::CellTooLong { quote_opened: Some(opened) }));
                }
                if !self.next_line()? {
                    return Err(Fault::at(opened, Problem::UnclosedQuote));
                }
                at = 0;
            }
        }
    }

    fn split_escaped(&mut self, cells: &mut Cells) -> Result<(), Fault> {
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
                return Err(Fault::at(line, Problem::DanglingEscape));
            };
            cell.push(match escaped {
                'n' => '\n',
                'r' => '\r',
                't' => '\t',
                '|' | '\\' => escaped,
                _ => return Err(Fault::at(line, Problem::UnknownEscape(format!("\\{escaped}")))),
            });
            rest = &rest[escaped.len_utf8()..];
        }
        cell.push_str(rest);
        Ok(())
    }
}
