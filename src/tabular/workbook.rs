//! Reads a sheet of an xlsx or ods workbook.
//!
//! Shared strings and parts out of order keep these formats from being streamed, so a sheet's cells are loaded whole.
//! Only cells with a value are kept. A cell's text is its value, not what a spreadsheet would show: numbers in their
//! shortest form, dates as ISO 8601 (`times`), the stored result of a formula.

use std::collections::HashSet;
use std::fmt::Display;
use std::io::{self, Read, Seek};
use std::panic::{AssertUnwindSafe, catch_unwind};

use calamine::{Data, ExcelDateTime, Reader, SheetType, SheetVisible, Style, Xlsx, XlsxError};

use super::error::{PlacedProblem, TablePlace, TableProblem, list};
use super::header::Header;
use super::notes::Notes;
use super::ods;
use super::sheet::{RowCell, Sheet, SheetRow, SheetSize, address, bool_text, number_text};
use super::times::{TimeKind, of_days, of_iso_date, of_iso_duration};

/// Runs `read`, and turns a panic of the workbook library, which damaged files can cause, into an error.
pub(super) fn guarded<T>(read: impl FnOnce() -> Result<T, PlacedProblem>) -> Result<T, PlacedProblem> {
    // Unwind safe: what `read` leaves unfinished is dropped with the error.
    catch_unwind(AssertUnwindSafe(read)).unwrap_or_else(|_| Err(damaged("a part of it makes no sense").into()))
}

/// Loads a sheet of an `OpenDocument` spreadsheet.
pub(super) fn open_ods<R: Read + Seek>(
    source: R,
    wanted: Option<&str>,
    notes: &mut Notes,
) -> Result<(Header, Sheet), PlacedProblem> {
    let (name, rows) = ods::read(source, wanted)?;
    Sheet::new(name, rows, notes)
}

/// Loads a sheet of an Excel workbook.
pub(super) fn open_xlsx<R: Read + Seek>(
    mut source: R,
    wanted: Option<&str>,
    notes: &mut Notes,
) -> Result<(Header, Sheet), PlacedProblem> {
    check_sizes(&mut source)?;
    source.rewind()?;
    let mut workbook = Xlsx::new(source).map_err(damaged)?;
    let name = choose(workbook.sheets_metadata(), wanted)?;
    let in_sheet = |error| PlacedProblem(TablePlace::Sheet(name.clone()), damaged(error));
    let mut cells = workbook.worksheet_cells_reader(&name).map_err(in_sheet)?;
    let mut loaded = LoadedCells::new(&name, clock_styles(cells.styles()).contains(&true));
    while let Some(cell) = cells.next_cell_with_formula_metadata().map_err(in_sheet)? {
        let value = Data::from(cell.value);
        if cell.formula.is_some() && value == Data::Empty {
            return Err(loaded.fault(cell.pos, TableProblem::UncalculatedFormula));
        }
        loaded.push(cell.pos, value)?;
    }
    drop(cells);
    if !loaded.times.is_empty() {
        let clocks = clocks(&mut workbook, &name, &loaded.times).map_err(in_sheet)?;
        loaded.set_clocks(&clocks);
    }
    let rows = loaded.rows;
    Sheet::new(name, rows, notes)
}

/// The names of an Excel workbook's sheets of cells, in order; `None` if they cannot be read.
pub fn worksheet_names<R: Read + Seek>(mut source: R) -> Option<Vec<String>> {
    let read = guarded(|| {
        check_sizes(&mut source)?;
        source.rewind().map_err(damaged)?;
        let workbook = Xlsx::new(source).map_err(damaged)?;
        let sheets = workbook.sheets_metadata().iter().filter(|sheet| sheet.typ == SheetType::WorkSheet);
        Ok(sheets.map(|sheet| sheet.name.clone()).collect())
    });
    read.ok()
}

fn damaged(error: impl Display) -> TableProblem {
    TableProblem::Workbook(error.to_string())
}

/// Checks that no part of the archive unpacks to more than its directory says, since the library unpacks some whole.
fn check_sizes<R: Read + Seek>(source: &mut R) -> Result<(), TableProblem> {
    let mut archive = zip::ZipArchive::new(source).map_err(damaged)?;
    for index in 0..archive.len() {
        // A part that cannot be opened is the library's to report, if it needs it.
        let Ok(entry) = archive.by_index(index) else { continue };
        let size = entry.size();
        let read = io::copy(&mut entry.take(size.saturating_add(1)), &mut io::sink());
        if read.is_ok_and(|read| read > size) {
            return Err(damaged(format!("a part of it (number {index}) is larger than the archive says")));
        }
    }
    Ok(())
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

/// The position of a cell: its row and its column, from 0.
type Position = (u32, u32);

/// The cells of an xlsx so far.
struct LoadedCells<'a> {
    sheet: &'a str,
    rows: Vec<SheetRow>,
    size: SheetSize,
    /// The position of the last cell with a value.
    last: Option<Position>,
    /// Whether the workbook has formats that show a time of day alone.
    has_clocks: bool,
    /// If it has, the dates that may be such times, which only their formats tell.
    times: Vec<(Position, ExcelDateTime)>,
}

impl<'a> LoadedCells<'a> {
    fn new(sheet: &'a str, has_clocks: bool) -> Self {
        Self { sheet, rows: Vec::new(), size: SheetSize::default(), last: None, has_clocks, times: Vec::new() }
    }

    /// Adds a cell, unless it is empty. Cells come in the order of rows and columns.
    fn push(&mut self, position: Position, value: Data) -> Result<(), PlacedProblem> {
        if let Data::DateTime(time) = &value
            && self.has_clocks
            && !time.is_duration()
            && !(0.0..1.0).contains(&time.as_f64())
        {
            self.times.push((position, *time));
        }
        let text = text_of(value).map_err(|problem| self.fault(position, problem))?;
        if text.is_empty() {
            return Ok(());
        }
        self.size.add(text.len(), 1).map_err(|problem| self.fault(position, problem))?;
        let (row, column) = position;
        let last = self.last.replace(position);
        if let Some((last_row, last_column)) = last {
            if last_row == row && last_column >= column {
                return Err(self.fault(position, damaged("the cell comes after one to its right")));
            }
            if last_row > row {
                return Err(self.fault(position, damaged("the row comes after one below it")));
            }
        }
        let cell = RowCell { column, repeats: 1, text };
        match self.rows.last_mut() {
            Some(last) if last.row == row => last.cells.push(cell),
            _ => self.rows.push(SheetRow { row, repeats: 1, cells: vec![cell] }),
        }
        Ok(())
    }

    /// Gives the times among the dates their text.
    fn set_clocks(&mut self, clocks: &HashSet<Position>) {
        for (position, time) in std::mem::take(&mut self.times) {
            let (row, column) = position;
            if !clocks.contains(&position) {
                continue;
            }
            let Ok(at) = self.rows.binary_search_by_key(&row, |it| it.row) else { continue };
            let cells = &mut self.rows[at].cells;
            let Ok(at) = cells.binary_search_by_key(&column, |it| it.column) else { continue };
            cells[at].text = of_days(time, TimeKind::Clock).unwrap_or_else(|| number_text(time.as_f64()));
        }
    }

    fn fault(&self, position: Position, problem: TableProblem) -> PlacedProblem {
        let place = TablePlace::Cell { sheet: self.sheet.to_owned(), address: address(position) };
        PlacedProblem(place, problem)
    }
}

/// For each style of a workbook, whether its format shows a time of day and no date.
fn clock_styles(styles: &[Style]) -> Vec<bool> {
    let format = |style: &Style| style.number_format.as_ref().is_some_and(|format| shows_no_date(&format.format_code));
    styles.iter().map(format).collect()
}

/// Those of `times` whose format shows a time of day and no date. The sheet is read again for it.
fn clocks<R: Read + Seek>(
    workbook: &mut Xlsx<R>,
    sheet: &str,
    times: &[(Position, ExcelDateTime)],
) -> Result<HashSet<Position>, XlsxError> {
    let mut cells = workbook.worksheet_cells_reader(sheet)?;
    let is_clock = clock_styles(cells.styles());
    let wanted: HashSet<Position> = times.iter().map(|(position, _)| *position).collect();
    let mut found = HashSet::new();
    while let Some((row, column, style)) = cells.next_style_id()? {
        if is_clock.get(style) == Some(&true) && wanted.contains(&(row, column)) {
            found.insert((row, column));
        }
    }
    Ok(found)
}

/// Whether the format of a number, in its first section, shows hours or seconds, and neither a day nor a year.
fn shows_no_date(format: &str) -> bool {
    let (mut is_quoted, mut is_escaped, mut brackets) = (false, false, 0u32);
    let (mut has_time, mut has_date) = (false, false);
    for character in format.chars() {
        if is_escaped {
            is_escaped = false;
            continue;
        }
        match character {
            '"' => is_quoted = !is_quoted,
            _ if is_quoted => {}
            '\\' | '_' | '*' => is_escaped = true,
            '[' => brackets += 1,
            ']' => brackets = brackets.saturating_sub(1),
            _ if brackets > 0 => {}
            ';' => break,
            'h' | 'H' | 's' | 'S' => has_time = true,
            'd' | 'D' | 'y' | 'Y' | 'e' | 'E' => has_date = true,
            _ => {}
        }
    }
    has_time && !has_date
}

fn text_of(value: Data) -> Result<String, TableProblem> {
    Ok(match value {
        Data::Empty => String::new(),
        Data::String(text) => text,
        Data::DateTimeIso(text) => of_iso_date(&text),
        Data::DurationIso(text) => of_iso_duration(&text, TimeKind::Clock),
        Data::Int(number) => number.to_string(),
        Data::Float(number) => number_text(number),
        Data::Bool(value) => bool_text(value).to_owned(),
        Data::DateTime(time) => {
            let kind = if time.is_duration() { TimeKind::Elapsed } else { TimeKind::Date };
            of_days(time, kind).unwrap_or_else(|| number_text(time.as_f64()))
        }
        Data::Error(error) => return Err(TableProblem::ErrorCell(error.to_string())),
    })
}

#[cfg(test)]
mod tests {
    use super::shows_no_date;

    #[test]
    fn formats_that_show_a_time_alone() {
        for format in
            ["h:mm", "hh:mm:ss.000", "mm:ss", "h:mm AM/PM", "h\\ \"day\"", "[$-F400]h:mm:ss\\ AM/PM", "h:mm;d"]
        {
            assert!(shows_no_date(format), "{format}");
        }
        for format in ["yyyy-mm-dd", "d.m.yy h:mm", "mmm", "0.00", "General", "\"h\"", "m/d/yy h:mm"] {
            assert!(!shows_no_date(format), "{format}");
        }
    }
}
