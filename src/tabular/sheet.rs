//! A sheet of a workbook whose cells were read: its rows as records.

use std::vec;

use super::cells::Cells;
use super::error::{PlacedProblem, TablePlace, TableProblem};
use super::header::Header;
use super::limits::{MAX_SHEET_BYTES, MAX_SHEET_CELLS};
use super::notes::Notes;

/// A row that has a value. Rows and columns are counted from 0.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct SheetRow {
    pub(super) row: u32,
    /// How many times it stands there, one below the other.
    pub(super) repeats: u32,
    /// The cells that have a value, from left to right.
    pub(super) cells: Vec<RowCell>,
}

/// A cell that has a value.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct RowCell {
    pub(super) column: u32,
    /// How many times it stands there, side by side.
    pub(super) repeats: u32,
    pub(super) text: String,
}

/// What a sheet holds so far, all repetitions counted.
#[derive(Default)]
pub(super) struct SheetSize {
    cells: u64,
    bytes: u64,
}

impl SheetSize {
    /// Adds a cell of so many bytes, `repeats` times. A sheet that holds too much is an error.
    pub(super) fn add(&mut self, bytes: usize, repeats: u64) -> Result<(), TableProblem> {
        self.cells = self.cells.saturating_add(repeats);
        self.bytes = self.bytes.saturating_add(repeats.saturating_mul(bytes as u64));
        if self.cells > MAX_SHEET_CELLS || self.bytes > MAX_SHEET_BYTES {
            return Err(TableProblem::TooManyCells);
        }
        Ok(())
    }
}

/// The rows of a loaded sheet below its header.
pub(super) struct Sheet {
    name: String,
    rows: vec::IntoIter<SheetRow>,
    /// The row that is being read, with how often it was.
    current: Option<(SheetRow, u32)>,
    /// The row of the header, counted from 0.
    header: u32,
    /// The column of the header's first cell, counted from 0.
    first_column: u32,
    width: usize,
    previous: u32,
}

impl Sheet {
    /// Takes the first row as the header.
    pub(super) fn new(name: String, rows: Vec<SheetRow>, notes: &mut Notes) -> Result<(Header, Self), PlacedProblem> {
        let mut rows = rows.into_iter();
        let Some(first) = rows.next() else {
            return Err(PlacedProblem(TablePlace::Sheet(name), TableProblem::Empty));
        };
        let (row, repeats) = (first.row, first.repeats);
        notes.blank_lines += u64::from(row);
        let first_column = first.cells.first().map_or(0, |cell| cell.column);
        let width = first.cells.last().map_or(0, |last| index(last.column - first_column) + index(last.repeats));
        let mut names = vec![String::new(); width];
        for cell in &first.cells {
            let start = index(cell.column - first_column);
            names[start..start + index(cell.repeats)].fill(cell.text.clone());
        }
        let header = Header { names, line: Some(u64::from(row) + 1) };
        let current = (repeats > 1).then_some((first, 1));
        Ok((header, Self { name, rows, current, header: row, first_column, width, previous: row }))
    }

    /// Reads the next row that has a value; returns its number in the sheet, from 1.
    pub(super) fn read(&mut self, cells: &mut Cells, notes: &mut Notes) -> Result<Option<u64>, PlacedProblem> {
        let (current, times) = match self.current.take() {
            Some(current) => current,
            None => match self.rows.next() {
                Some(next) => (next, 0),
                None => return Ok(None),
            },
        };
        let row = current.row.saturating_add(times);
        notes.blank_lines += u64::from(row - self.previous - 1);
        self.previous = row;
        cells.start_all();
        for cell in &current.cells {
            let start = cell.column.checked_sub(self.first_column).map(index);
            let Some(start) = start.filter(|start| *start + index(cell.repeats) <= self.width) else {
                return Err(self.outside(row, cell));
            };
            for at in start..start + index(cell.repeats) {
                cells.set(at, cell.text.clone());
            }
        }
        if times + 1 < current.repeats {
            self.current = Some((current, times + 1));
        }
        Ok(Some(u64::from(row) + 1))
    }

    /// The fault of a cell that stands, or whose last repetition stands, beside the header.
    fn outside(&self, row: u32, cell: &RowCell) -> PlacedProblem {
        let end = self.first_column.saturating_add(u32::try_from(self.width).unwrap_or(u32::MAX));
        let column = if cell.column < self.first_column { cell.column } else { cell.column.max(end) };
        let place = TablePlace::Cell { sheet: self.name.clone(), address: address((row, column)) };
        PlacedProblem(place, TableProblem::OutsideTable { header: u64::from(self.header) + 1 })
    }
}

fn index(column: u32) -> usize {
    usize::try_from(column).unwrap_or(usize::MAX)
}

pub(super) fn bool_text(value: bool) -> &'static str {
    if value { "TRUE" } else { "FALSE" }
}

pub(super) fn number_text(number: f64) -> String {
    ryu_js::Buffer::new().format(number).to_owned()
}

/// The address of a cell in A1 notation.
pub(super) fn address((row, column): (u32, u32)) -> String {
    let mut letters = Vec::new();
    let mut rest = u64::from(column) + 1;
    while rest > 0 {
        rest -= 1;
        letters.push(char::from(b'A' + (rest % 26) as u8));
        rest /= 26;
    }
    let letters: String = letters.iter().rev().collect();
    format!("{letters}{}", u64::from(row) + 1)
}
