//! A table that is being read: its columns, and one record after the other.

use std::io::{Read, Seek};
use std::mem;

use super::decode::Lines;
use super::delimited::{Delimited, Dialect};
use super::error::{Fault, Problem, TabularError};
use super::jsonl::Jsonl;
use super::normalise::{Cleaned, clean};
use super::workbook::{Sheet, guarded};
use super::{Format, MAX_CELL_BYTES, MAX_COLUMNS, header, sniff};

/// How a table is to be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReadOptions {
    /// How it is written down.
    pub format: Format,
    /// A WHATWG label such as `utf-8`, `utf-16`, `windows-1252` or `shift_jis`; some Python names (`utf-8-sig`,
    /// `cp932`, `latin-1`) are understood too. Workbooks know theirs.
    pub encoding: String,
    /// The sheet of a workbook; `None` is its first visible one.
    pub sheet: Option<String>,
    /// Columns without which the table is refused.
    pub required_columns: Vec<String>,
    /// Whether cells are brought into their normal form ([`super::normalise`]).
    pub normalise: bool,
}

impl ReadOptions {
    /// UTF-8, the first sheet, no required columns, cells in their normal form.
    #[must_use]
    pub fn new(format: Format) -> Self {
        Self { format, encoding: "utf-8".to_owned(), sheet: None, required_columns: Vec::new(), normalise: true }
    }
}

/// A row of a table.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Record {
    /// Where the record starts, counted from 1: a line of the file, or a row of the sheet.
    pub line: u64,
    /// One text for each column.
    pub fields: Vec<String>,
}

/// What was odd in what has been read so far, as counts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Notes {
    /// The text began with a byte order mark.
    pub bom: bool,
    /// Blank lines, or blank rows of a sheet, that were skipped.
    pub blank_lines: u64,
    /// Records without any value. They are not skipped.
    pub empty_records: u64,
    /// Cells that held a word for no value, such as `NaN`, and are empty now.
    pub null_tokens: u64,
    /// Cells in which white space or zero-width characters were collapsed or removed.
    pub cells_cleaned: u64,
}

/// A table that is being read.
pub struct Table<R> {
    file: String,
    columns: Vec<String>,
    normalise: bool,
    rows: Rows<R>,
    cells: Cells,
    /// The first record, read at opening to know that there is one.
    first: Option<Record>,
    notes: Notes,
}

enum Rows<R> {
    Delimited(Box<Delimited<R>>),
    Jsonl(Box<Jsonl<R>>),
    Sheet(Sheet),
}

impl<R: Read + Seek> Table<R> {
    /// Opens a table, whose source is read from its start, and checks its header and its first record. `name` is what
    /// messages call it. A jsonl is read through once to learn its columns, and a workbook's sheet is loaded whole.
    pub fn open(source: R, name: &str, options: &ReadOptions) -> Result<Self, TabularError> {
        Self::open_source(source, name, options).map_err(|fault| fault.of_file(name))
    }

    fn open_source(mut source: R, name: &str, options: &ReadOptions) -> Result<Self, Fault> {
        sniff::check(&mut source, options.format)?;
        let mut notes = Notes::default();
        let (header, rows) = open_rows(source, options, &mut notes)?;
        let columns = header::check(&header.names).map_err(|problem| header.fault(problem))?;
        header::require(&columns, &options.required_columns).map_err(|problem| header.fault(problem))?;
        let mut table = Self {
            file: name.to_owned(),
            normalise: options.normalise,
            rows,
            cells: Cells::new(columns.len()),
            columns,
            first: None,
            notes,
        };
        let mut first = Record::default();
        if !table.read(&mut first)? {
            return Err(Problem::NoRows.into());
        }
        table.first = Some(first);
        Ok(table)
    }

    /// The names of the columns, in order.
    #[must_use]
    pub fn columns(&self) -> &[String] {
        &self.columns
    }

    /// What was odd so far: all of it once the last record was read. The record that opening looks at is included.
    #[must_use]
    pub fn notes(&self) -> &Notes {
        &self.notes
    }

    /// The next record, or `None` at the end. After an error there is nothing more to read.
    pub fn next_record(&mut self) -> Result<Option<Record>, TabularError> {
        let mut record = Record::default();
        Ok(self.read_record(&mut record)?.then_some(record))
    }

    /// Reads the next record into `record`, whose memory is used again; false at the end.
    pub fn read_record(&mut self, record: &mut Record) -> Result<bool, TabularError> {
        if let Some(first) = self.first.take() {
            *record = first;
            return Ok(true);
        }
        self.read(record).map_err(|fault| fault.of_file(&self.file))
    }

    fn read(&mut self, record: &mut Record) -> Result<bool, Fault> {
        self.cells.reuse(mem::take(&mut record.fields));
        let line = match &mut self.rows {
            Rows::Delimited(rows) => rows.read(&mut self.cells, &mut self.notes)?,
            Rows::Jsonl(rows) => rows.read(&mut self.cells, &mut self.notes)?,
            Rows::Sheet(rows) => rows.read(&mut self.cells, &mut self.notes)?,
        };
        let Some(line) = line else { return Ok(false) };
        let (expected, found) = (self.columns.len(), self.cells.used);
        if found != expected {
            return Err(Fault::at(line, Problem::Ragged { expected, found }));
        }
        self.finish_cells().map_err(|problem| Fault::at(line, problem))?;
        record.line = line;
        record.fields = mem::take(&mut self.cells.fields);
        record.fields.truncate(expected);
        Ok(true)
    }

    fn finish_cells(&mut self) -> Result<(), Problem> {
        let mut empty = true;
        for (index, cell) in self.cells.fields.iter_mut().enumerate().take(self.columns.len()) {
            if cell.len() > MAX_CELL_BYTES {
                return Err(Problem::CellTooLong { quote_opened: None });
            }
            if memchr::memchr(0, cell.as_bytes()).is_some() {
                return Err(Problem::Nul);
            }
            if self.normalise && !self.cells.verbatim.contains(&index) {
                match clean(cell) {
                    Cleaned::Same => {}
                    Cleaned::Text(text) => {
                        *cell = text;
                        self.notes.cells_cleaned += 1;
                    }
                    Cleaned::Null => {
                        cell.clear();
                        self.notes.null_tokens += 1;
                    }
                }
            }
            empty &= cell.is_empty();
        }
        self.notes.empty_records += u64::from(empty);
        Ok(())
    }
}

/// A header as it was found, before it is checked.
pub(super) struct Header {
    pub(super) names: Vec<String>,
    /// The line it stands in; `None` when the names come from the whole file.
    pub(super) line: Option<u64>,
}

impl Header {
    fn fault(&self, problem: Problem) -> Fault {
        match self.line {
            Some(line) => Fault::at(line, problem),
            None => problem.into(),
        }
    }
}

fn open_rows<R: Read + Seek>(source: R, options: &ReadOptions, notes: &mut Notes) -> Result<(Header, Rows<R>), Fault> {
    let dialect = match options.format {
        Format::Csv => Dialect::Quoted(b','),
        Format::Tsv => Dialect::Quoted(b'\t'),
        Format::Psv => Dialect::Escaped,
        Format::Jsonl => {
            let (header, rows) = Jsonl::open(source, &options.encoding, notes)?;
            return Ok((header, Rows::Jsonl(Box::new(rows))));
        }
        Format::Xlsx => {
            let (header, sheet) = guarded(|| Sheet::open_xlsx(source, options.sheet.as_deref(), notes))?;
            return Ok((header, Rows::Sheet(sheet)));
        }
        Format::Ods => {
            let (header, sheet) = guarded(|| Sheet::open_ods(source, options.sheet.as_deref(), notes))?;
            return Ok((header, Rows::Sheet(sheet)));
        }
    };
    let lines = Lines::open(source, &options.encoding)?;
    notes.bom = lines.bom();
    let mut rows = Delimited::new(lines, dialect);
    let mut cells = Cells::new(MAX_COLUMNS);
    let Some(line) = rows.read(&mut cells, notes)? else { return Err(Problem::Empty.into()) };
    if cells.used > MAX_COLUMNS {
        return Err(Fault::at(line, Problem::TooManyColumns));
    }
    Ok((Header { names: cells.fields, line: Some(line) }, Rows::Delimited(Box::new(rows))))
}

/// The cells of the record that is being read.
pub(super) struct Cells {
    fields: Vec<String>,
    used: usize,
    limit: usize,
    /// The cells that are not brought into their normal form, because they hold JSON.
    verbatim: Vec<usize>,
}

impl Cells {
    fn new(limit: usize) -> Self {
        Self { fields: Vec::new(), used: 0, limit, verbatim: Vec::new() }
    }

    fn reuse(&mut self, fields: Vec<String>) {
        self.fields = fields;
        self.used = 0;
        self.verbatim.clear();
    }

    /// The number of cells that a record has at most.
    pub(super) fn limit(&self) -> usize {
        self.limit
    }

    /// Starts the next cell. Those above the limit share one place: they are counted, not kept.
    pub(super) fn start(&mut self) -> &mut String {
        let index = self.used.min(self.limit);
        self.used += 1;
        if index == self.fields.len() {
            self.fields.push(String::new());
        }
        let cell = &mut self.fields[index];
        cell.clear();
        cell
    }

    /// Starts all cells as empty ones, to be set in any order.
    pub(super) fn start_all(&mut self) {
        self.used = self.limit;
        self.fields.iter_mut().for_each(String::clear);
        self.fields.resize_with(self.limit, String::new);
    }

    /// The cell of a column, once all are started.
    pub(super) fn set(&mut self, index: usize, text: String) {
        self.fields[index] = text;
    }

    /// Sets a cell that keeps its text as it is.
    pub(super) fn set_verbatim(&mut self, index: usize, text: String) {
        self.fields[index] = text;
        self.verbatim.push(index);
    }
}
