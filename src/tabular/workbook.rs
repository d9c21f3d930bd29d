//! Reads a sheet of an xlsx or ods workbook as records.
//!
//! Shared strings and parts out of order keep these formats from being streamed, so a sheet's cells are loaded whole,
//! and an ods with all its sheets. Only cells with a value are kept. A cell's text is its value, not what a spreadsheet
//! would show: numbers in their shortest form, dates as ISO 8601, the stored result of a formula.

use std::fmt::Display;
use std::io::{BufReader, Read, Seek};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::vec;

use quick_xml::events::Event;

use calamine::{Data, ExcelDateTime, Ods, Reader, SheetType, SheetVisible, Xlsx};

use super::cells::Cells;
use super::error::{PlacedProblem, TablePlace, TableProblem, list};
use super::header::Header;
use super::notes::Notes;

/// A sheet row, counted from 0, and its cells that have a value, by column.
type SheetRow = (u32, Vec<(u32, String)>);

/// Runs `read`, and turns a panic of the workbook library, which damaged files can cause, into an error.
pub(super) fn guarded<T>(read: impl FnOnce() -> Result<T, PlacedProblem>) -> Result<T, PlacedProblem> {
    // Unwind safe: what `read` leaves unfinished is dropped with the error.
    catch_unwind(AssertUnwindSafe(read)).unwrap_or_else(|_| Err(damaged("a part of it makes no sense").into()))
}

/// Checks that the XML of an ods is well-formed to its end, which the workbook library takes for granted.
fn complete<R: Read + Seek>(source: &mut R) -> Result<(), String> {
    let mut archive = zip::ZipArchive::new(source).map_err(|error| error.to_string())?;
    let content = archive.by_name("content.xml").map_err(|error| error.to_string())?;
    let mut reader = quick_xml::Reader::from_reader(BufReader::new(content));
    let (mut buffer, mut open) = (Vec::new(), 0u64);
    loop {
        match reader.read_event_into(&mut buffer).map_err(|error| format!("content.xml: {error}"))? {
            Event::Start(_) => open += 1,
            Event::End(_) => open = open.saturating_sub(1),
            Event::Eof if open > 0 => return Err("content.xml ends before its elements do".to_owned()),
            Event::Eof => break,
            _ => {}
        }
        buffer.clear();
    }
    Ok(())
}

/// The rows of a loaded sheet below its header.
pub(super) struct Sheet {
    name: String,
    rows: vec::IntoIter<SheetRow>,
    /// The row of the header, counted from 0.
    header: u32,
    /// The column of the header's first cell, counted from 0.
    first_column: u32,
    width: usize,
    previous: u32,
}

impl Sheet {
    /// Loads a sheet of an Excel workbook.
    pub(super) fn open_xlsx<R: Read + Seek>(
        source: R,
        wanted: Option<&str>,
        notes: &mut Notes,
    ) -> Result<(Header, Self), PlacedProblem> {
        let mut workbook = Xlsx::new(source).map_err(damaged)?;
        let name = choose(workbook.sheets_metadata(), wanted)?;
        let mut rows = Vec::new();
        let in_sheet = |error| PlacedProblem(TablePlace::Sheet(name.clone()), damaged(error));
        let mut cells = workbook.worksheet_cells_reader(&name).map_err(in_sheet)?;
        while let Some(cell) = cells.next_cell_with_formula_metadata().map_err(in_sheet)? {
            let value = Data::from(cell.value);
            let text = if cell.formula.is_some() && value == Data::Empty {
                Err(TableProblem::UncalculatedFormula)
            } else {
                text_of(value)
            };
            push(&mut rows, cell.pos, &name, text)?;
        }
        Self::new(name, rows, notes)
    }

    /// Loads a sheet of an `OpenDocument` spreadsheet.
    pub(super) fn open_ods<R: Read + Seek>(
        source: R,
        wanted: Option<&str>,
        notes: &mut Notes,
    ) -> Result<(Header, Self), PlacedProblem> {
        let mut source = source;
        complete(&mut source).map_err(damaged)?;
        source.rewind().map_err(damaged)?;
        let mut workbook = Ods::new(source).map_err(damaged)?;
        let name = choose(workbook.sheets_metadata(), wanted)?;
        let range = workbook.worksheet_range(&name).map_err(damaged)?;
        let (first_row, first_column) = range.start().unwrap_or_default();
        let mut rows = Vec::new();
        for (row, column, value) in range.used_cells() {
            // A sheet has at most 1,048,576 rows and 16,384 columns.
            let offset = (u32::try_from(row).unwrap_or(u32::MAX), u32::try_from(column).unwrap_or(u32::MAX));
            let position = (first_row.saturating_add(offset.0), first_column.saturating_add(offset.1));
            push(&mut rows, position, &name, text_of(value.clone()))?;
        }
        Self::new(name, rows, notes)
    }

    fn new(name: String, rows: Vec<SheetRow>, notes: &mut Notes) -> Result<(Header, Self), PlacedProblem> {
        let mut rows = rows.into_iter();
        let Some((row, cells)) = rows.next() else {
            return Err(PlacedProblem(TablePlace::Sheet(name), TableProblem::Empty));
        };
        notes.blank_lines += u64::from(row);
        let first_column = cells.first().map_or(0, |(column, _)| *column);
        let last_column = cells.last().map_or(0, |(column, _)| *column);
        let width = index(last_column - first_column) + 1;
        let mut names = vec![String::new(); width];
        for (column, text) in cells {
            names[index(column - first_column)] = text;
        }
        let header = Header { names, line: Some(u64::from(row) + 1) };
        Ok((header, Self { name, rows, header: row, first_column, width, previous: row }))
    }

    /// Reads the next row that has a value; returns its number in the sheet, from 1.
    pub(super) fn read(&mut self, cells: &mut Cells, notes: &mut Notes) -> Result<Option<u64>, PlacedProblem> {
        let Some((row, values)) = self.rows.next() else { return Ok(None) };
        notes.blank_lines += u64::from(row - self.previous - 1);
        self.previous = row;
        cells.start_all();
        for (column, text) in values {
            match column.checked_sub(self.first_column).map(index) {
                Some(index) if index < self.width => cells.set(index, text),
                _ => {
                    let place = TablePlace::Cell { sheet: self.name.clone(), address: address((row, column)) };
                    return Err(PlacedProblem(
                        place,
                        TableProblem::OutsideTable { header: u64::from(self.header) + 1 },
                    ));
                }
            }
        }
        Ok(Some(u64::from(row) + 1))
    }
}

fn index(column: u32) -> usize {
    usize::try_from(column).unwrap_or(usize::MAX)
}

fn damaged(error: impl Display) -> TableProblem {
    TableProblem::Workbook(error.to_string())
}

fn choose(sheets: &[calamine::Sheet], wanted: Option<&str>) -> Result<String, TableProblem> {
    let of_cells = || sheets.iter().filter(|sheet| sheet.typ == SheetType::WorkSheet);
    let Some(wanted) = wanted else {
        let visible = of_cells().find(|sheet| sheet.visible == SheetVisible::Visible);
        return visible.or_else(|| of_cells().next()).map(|sheet| sheet.name.clone()).ok_or(TableProblem::NoSheet);
    };
    if of_cells().any(|sheet| sheet.name == wanted) {
        return Ok(wanted.to_owned());
    }
    let names: Vec<String> = of_cells().map(|sheet| sheet.name.clone()).collect();
    Err(TableProblem::MissingSheet { name: wanted.to_owned(), sheets: list(&names) })
}

/// Adds a cell to its row, unless it is empty. Cells come in the order of rows and columns.
fn push(
    rows: &mut Vec<SheetRow>,
    position: (u32, u32),
    sheet: &str,
    text: Result<String, TableProblem>,
) -> Result<(), PlacedProblem> {
    let fault = |problem| {
        let place = TablePlace::Cell { sheet: sheet.to_owned(), address: address(position) };
        PlacedProblem(place, problem)
    };
    let text = text.map_err(fault)?;
    if text.is_empty() {
        return Ok(());
    }
    let (row, column) = position;
    match rows.last_mut() {
        Some((last, cells)) if *last == row => {
            if cells.last().is_some_and(|(before, _)| *before >= column) {
                return Err(fault(TableProblem::Workbook("the cell comes after one to its right".to_owned())));
            }
            cells.push((column, text));
        }
        Some((last, _)) if *last > row => {
            return Err(fault(TableProblem::Workbook("the row comes after one below it".to_owned())));
        }
        _ => rows.push((row, vec![(column, text)])),
    }
    Ok(())
}

fn text_of(value: Data) -> Result<String, TableProblem> {
    Ok(match value {
        Data::Empty => String::new(),
        Data::String(text) | Data::DateTimeIso(text) | Data::DurationIso(text) => text,
        Data::Int(number) => number.to_string(),
        Data::Float(number) => number_text(number),
        Data::Bool(true) => "TRUE".to_owned(),
        Data::Bool(false) => "FALSE".to_owned(),
        Data::DateTime(time) => time_text(time),
        Data::Error(error) => return Err(TableProblem::ErrorCell(error.to_string())),
    })
}

fn number_text(number: f64) -> String {
    ryu_js::Buffer::new().format(number).to_owned()
}

/// A date, a time of day, both, or a duration, as ISO 8601 writes it.
fn time_text(time: ExcelDateTime) -> String {
    const DAYS: std::ops::Range<f64> = 0.0..2_958_466.0;
    let days = time.as_f64();
    if !DAYS.contains(&days) {
        return number_text(days);
    }
    if time.is_duration() {
        return duration_text(days);
    }
    let (year, month, day, hour, minute, second, milli) = time.to_ymd_hms_milli();
    let date = format!("{year:04}-{month:02}-{day:02}");
    let fraction = if milli == 0 { String::new() } else { format!(".{milli:03}") };
    let clock = format!("{hour:02}:{minute:02}:{second:02}{fraction}");
    if days < 1.0 {
        clock
    } else if clock == "00:00:00" {
        date
    } else {
        format!("{date}T{clock}")
    }
}

fn duration_text(days: f64) -> String {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "days are checked to be 0 to 2,958,465"
    )]
    let millis = (days * 86_400_000.0).round() as u64;
    let (hours, minutes, seconds) = (millis / 3_600_000, millis / 60_000 % 60, millis / 1000 % 60);
    let fraction = if millis.is_multiple_of(1000) { String::new() } else { format!(".{:03}", millis % 1000) };
    format!("PT{hours}H{minutes}M{seconds}{fraction}S")
}

/// The address of a cell in A1 notation.
fn address((row, column): (u32, u32)) -> String {
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
