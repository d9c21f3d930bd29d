//! Printing rows: columns and typed cells in, a table or one of the data formats out. It belongs to the command
//! (feature `cli`).
//!
//! Rows are written as they arrive, so that a million of them need no more memory than ten. A table's widths depend on
//! its rows, so a long table is printed in pieces with a header each. `table`, `records` and `md` are for people: a
//! table on a terminal cuts very long cells, and all three show control characters. The other formats hold the data
//! exactly.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::str::FromStr;

use serde_json::Value;

use super::super::text;
use super::table::{self, PrintTarget};
use super::{Cell, markdown};

/// Rows of a table under one header.
const PIECE: usize = 1_000;

/// How rows are printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RowFormat {
    /// For people.
    #[default]
    Table,
    /// For people: each row as a block, with one column a line and whole values.
    Records,
    /// One JSON array of objects.
    Json,
    /// One JSON object a line.
    Jsonl,
    /// Comma-separated, RFC 4180, with a header.
    Csv,
    /// Separated by `|`, one row a line, with a header; `\`, `|`, tabs and line ends inside a value are escaped.
    Psv,
    /// A Markdown table.
    Md,
}

impl RowFormat {
    /// Every format.
    pub const ALL: &'static [Self] =
        &[Self::Table, Self::Records, Self::Json, Self::Jsonl, Self::Csv, Self::Psv, Self::Md];

    /// Its name on the command line.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Table => "table",
            Self::Records => "records",
            Self::Json => "json",
            Self::Jsonl => "jsonl",
            Self::Csv => "csv",
            Self::Psv => "psv",
            Self::Md => "md",
        }
    }

    /// Whether people read it, and no program.
    #[must_use]
    pub fn is_for_people(self) -> bool {
        matches!(self, Self::Table | Self::Records | Self::Md)
    }

    /// A row of figures: for people, each number has the four digits that count most.
    #[must_use]
    pub fn figures(self, mut row: Vec<Cell>) -> Vec<Cell> {
        if self.is_for_people() {
            for cell in &mut row {
                if let Cell::Real(number) = cell {
                    *number = format!("{number:.3e}").parse().unwrap_or(*number);
                }
            }
        }
        row
    }
}

/// A word that names no format.
#[derive(Debug, thiserror::Error)]
#[error("`{0}` is not a format: expected table, records, json, jsonl, csv, psv or md")]
pub struct UnknownRowFormat(String);

impl FromStr for RowFormat {
    type Err = UnknownRowFormat;

    fn from_str(word: &str) -> Result<Self, UnknownRowFormat> {
        Self::ALL.iter().copied().find(|it| it.as_str() == word).ok_or_else(|| UnknownRowFormat(word.to_owned()))
    }
}

/// Writes rows in one format, as they come.
pub struct RowPrinter<W: Write> {
    out: W,
    format: RowFormat,
    target: PrintTarget,
    columns: Vec<String>,
    piece: Vec<Vec<Cell>>,
    written: u64,
}

impl<W: Write> RowPrinter<W> {
    /// Begins with the header, if the format has one.
    pub fn begin(mut out: W, format: RowFormat, target: PrintTarget, columns: Vec<String>) -> io::Result<Self> {
        let columns = if matches!(format, RowFormat::Json | RowFormat::Jsonl) { distinct(columns) } else { columns };
        match format {
            RowFormat::Table | RowFormat::Records | RowFormat::Jsonl => {}
            RowFormat::Json => write!(out, "[")?,
            RowFormat::Csv => writeln!(out, "{}", record(&columns, ",", csv_field))?,
            RowFormat::Psv => writeln!(out, "{}", record(&columns, "|", psv_field))?,
            RowFormat::Md => {
                writeln!(out, "| {} |", record(&columns, " | ", markdown))?;
                writeln!(out, "|{}", " --- |".repeat(columns.len()))?;
            }
        }
        Ok(Self { out, format, target, columns, piece: Vec::new(), written: 0 })
    }

    /// Writes one row: as many cells as there are columns.
    pub fn row(&mut self, cells: Vec<Cell>) -> io::Result<()> {
        self.written += 1;
        if self.format == RowFormat::Table {
            self.piece.push(cells);
            return if self.piece.len() == PIECE { self.print_piece() } else { Ok(()) };
        }
        let texts = || cells.iter().map(Cell::to_text).collect::<Vec<_>>();
        match self.format {
            RowFormat::Table => Ok(()),
            RowFormat::Records => {
                let gap = if self.written == 1 { "" } else { "\n" };
                write!(self.out, "{gap}{}", table::record(&self.columns, &cells, self.written, None, self.target))
            }
            RowFormat::Json => {
                write!(self.out, "{}\n  ", if self.written == 1 { "" } else { "," })?;
                self.object(&cells)
            }
            RowFormat::Jsonl => {
                self.object(&cells)?;
                writeln!(self.out)
            }
            RowFormat::Csv => writeln!(self.out, "{}", self.shown(record(&texts(), ",", csv_field))),
            RowFormat::Psv => writeln!(self.out, "{}", self.shown(record(&texts(), "|", psv_field))),
            RowFormat::Md => writeln!(self.out, "| {} |", record(&texts(), " | ", markdown)),
        }
    }

    /// Ends; returns how many rows were written.
    pub fn finish(mut self) -> io::Result<u64> {
        match self.format {
            RowFormat::Table if self.written == 0 || !self.piece.is_empty() => self.print_piece()?,
            RowFormat::Json => writeln!(self.out, "{}]", if self.written == 0 { "" } else { "\n" })?,
            _ => {}
        }
        self.out.flush()?;
        Ok(self.written)
    }

    /// A record as it is written. If it goes to a terminal and not into a file, nothing in it may act on that.
    fn shown(&self, record: String) -> String {
        if self.target.terminal { text::block(&record).into_owned() } else { record }
    }

    fn object(&mut self, cells: &[Cell]) -> io::Result<()> {
        write!(self.out, "{{")?;
        for (index, (column, cell)) in self.columns.iter().zip(cells).enumerate() {
            let comma = if index == 0 { "" } else { ", " };
            let member = format!("{comma}{}: {}", Value::from(column.as_str()), cell.to_value());
            let shown = if self.target.terminal { text::json(&member) } else { member.as_str().into() };
            self.out.write_all(shown.as_bytes())?;
        }
        write!(self.out, "}}")
    }

    fn print_piece(&mut self) -> io::Result<()> {
        let rows = std::mem::take(&mut self.piece);
        if self.written > rows.len() as u64 {
            writeln!(self.out)?;
        }
        let first = self.written + 1 - rows.len() as u64;
        writeln!(self.out, "{}", table::piece(&self.columns, &rows, self.target, first))
    }
}

/// Object keys must differ: a repeated column gets a number.
fn distinct(columns: Vec<String>) -> Vec<String> {
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    let mut names: Vec<String> = Vec::with_capacity(columns.len());
    for column in columns {
        let mut name = column.clone();
        while seen.contains_key(&name) {
            let number = seen.entry(column.clone()).or_insert(1);
            *number += 1;
            name = format!("{column}_{number}");
        }
        seen.insert(name.clone(), 1);
        names.push(name);
    }
    names
}

fn record(fields: &[String], separator: &str, encode: fn(&str) -> String) -> String {
    let line = fields.iter().map(|it| encode(it)).collect::<Vec<_>>().join(separator);
    // An empty line would be no row at all to a CSV reader.
    if line.is_empty() && separator == "," { "\"\"".to_owned() } else { line }
}

fn csv_field(field: &str) -> String {
    if field.contains(['"', ',', '\n', '\r']) {
        format!("\"{}\"", field.replace('"', "\"\""))
    } else {
        field.to_owned()
    }
}

fn psv_field(field: &str) -> String {
    let mut encoded = String::with_capacity(field.len());
    for character in field.chars() {
        match character {
            '\\' => encoded.push_str("\\\\"),
            '|' => encoded.push_str("\\|"),
            '\n' => encoded.push_str("\\n"),
            '\r' => encoded.push_str("\\r"),
            '\t' => encoded.push_str("\\t"),
            other => encoded.push(other),
        }
    }
    encoded
}

#[cfg(test)]
mod tests;
