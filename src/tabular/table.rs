//! Reads a table: its columns, then one record after the other.

use std::io::{Read, Seek};
use std::mem;

use super::cells::Cells;
use super::choice::{ColumnChoice, picked};
use super::decode::Lines;
use super::delimited::{Delimited, Delimiting, Quoting};
use super::delimiter::{Delimiter, shown};
use super::error::{PlacedProblem, TablePlace, TableProblem, TabularError};
use super::format::TableFormat;
use super::header::Header;
use super::json::JsonArray;
use super::jsonl::Jsonl;
use super::limits::{MAX_CELL_BYTES, MAX_COLUMNS};
use super::normalise::{CellChange, clean, clean_json};
use super::notes::Notes;
use super::sheet::Sheet;
use super::workbook::guarded;
use super::{dialect, header, separation, sniff, workbook};

/// How to read a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReadOptions {
    pub format: TableFormat,
    /// A WHATWG label such as `utf-8`, `utf-16`, `windows-1252` or `shift_jis`; some Python names (`utf-8-sig`,
    /// `cp932`, `latin-1`) are understood too. Workbooks know theirs.
    pub encoding: String,
    /// The sheet of a workbook; `None` is its first visible one.
    pub sheet: Option<String>,
    /// Columns that the table must have.
    pub required_columns: Vec<String>,
    /// Whether cells are normalised ([`super::normalise()`]).
    pub normalise: bool,
    /// Columns whose cells are JSON: one that holds a text, a list or an object is trimmed and not normalised.
    pub json_columns: Vec<String>,
    /// Columns in which a word for no value stays, because it is a value there; in JSON their texts stay as they are.
    pub word_columns: Vec<String>,
    /// The character between the cells of a csv or tsv; `None` leaves it to the format and the content.
    pub delimiter: Option<char>,
    /// Whether the delimiter, quotes after blanks and the dialect of a psv are guessed from the content. What was
    /// guessed is in the [`Notes`].
    pub guess: bool,
    /// Whether there may be no row below the header.
    pub may_be_empty: bool,
    /// Which columns records have.
    pub choice: ColumnChoice,
}

impl ReadOptions {
    /// Options for a format: UTF-8, the first visible sheet, no required columns, cells normalised, guesses allowed.
    #[must_use]
    pub fn new(format: TableFormat) -> Self {
        Self {
            format,
            encoding: "utf-8".to_owned(),
            sheet: None,
            required_columns: Vec::new(),
            normalise: true,
            json_columns: Vec::new(),
            word_columns: Vec::new(),
            delimiter: None,
            guess: true,
            may_be_empty: false,
            choice: ColumnChoice::All,
        }
    }
}

/// A row of a table.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Record {
    /// Where the record starts, counted from 1: a line of the file, or a row of the sheet.
    pub line: u64,
    /// One text for each column.
    pub fields: Vec<String>,
    /// The positions of fields that are numbers, true, false, lists, objects or `null` in a JSON file, and not texts.
    pub json: Vec<usize>,
}

/// A table that is being read.
pub struct Table<R> {
    file: String,
    /// Those of its records.
    columns: Vec<String>,
    /// Those of the file.
    written: Vec<String>,
    /// The positions of the chosen columns in the file; `None` where that is all of them.
    chosen: Option<Vec<usize>>,
    normalise: bool,
    /// For each column whether its cells are JSON.
    is_json: Vec<bool>,
    /// For each column whether words for no value stay.
    keeps_words: Vec<bool>,
    rows: RowReader<R>,
    cells: Cells,
    /// The first record, which was read at opening to make sure that there is one.
    first: Option<Record>,
    notes: Notes,
}

enum RowReader<R> {
    Delimited(Box<Delimited<R>>),
    Jsonl(Box<Jsonl<R>>),
    Json(Box<JsonArray<R>>),
    Sheet(Sheet),
}

impl<R: Read + Seek> Table<R> {
    /// Opens a table and checks its header and its first record. `source` is read from its start; messages call it
    /// `name`. A jsonl is read through once to learn its columns, and a workbook's sheet is loaded whole.
    pub fn open(source: R, name: &str, options: &ReadOptions) -> Result<Self, TabularError> {
        Self::open_source(source, name, options).map_err(|fault| fault.of_file(name))
    }

    fn open_source(mut source: R, name: &str, options: &ReadOptions) -> Result<Self, PlacedProblem> {
        sniff::check(&mut source, options.format)?;
        let mut notes = Notes::default();
        let (header, rows) = open_rows(source, options, &mut notes)?;
        let columns = header::check(&header.names).map_err(|problem| header.fault(problem))?;
        if options.guess && options.format.is_split() {
            notes.lone_column = header::separated(&columns).map(|it| (columns[0].clone(), it));
        }
        header::require(&columns, &options.required_columns).map_err(|problem| header.fault(problem))?;
        let chosen = options.choice.positions(&columns);
        let mut table = Self {
            file: name.to_owned(),
            normalise: options.normalise,
            is_json: columns.iter().map(|column| options.json_columns.contains(column)).collect(),
            keeps_words: columns.iter().map(|column| options.word_columns.contains(column)).collect(),
            rows,
            cells: Cells::new(columns.len()),
            columns: chosen.as_ref().map_or_else(|| columns.clone(), |it| picked(&columns, it)),
            written: columns,
            chosen,
            first: None,
            notes,
        };
        let mut first = Record::default();
        if table.read(&mut first)? {
            table.first = Some(first);
        } else if !options.may_be_empty {
            return Err(TableProblem::NoRows.into());
        }
        Ok(table)
    }

    /// The names of the columns of its records, in order.
    #[must_use]
    pub fn columns(&self) -> &[String] {
        &self.columns
    }

    /// The names of all columns that the file has, in order, whichever are chosen.
    #[must_use]
    pub fn written_columns(&self) -> &[String] {
        &self.written
    }

    /// What was odd in what has been read so far, the first record included, which is read at opening.
    #[must_use]
    pub fn notes(&self) -> &Notes {
        &self.notes
    }

    /// Reads the next record; `None` at the end. After an error nothing more can be read.
    pub fn next_record(&mut self) -> Result<Option<Record>, TabularError> {
        let mut record = Record::default();
        Ok(self.read_record(&mut record)?.then_some(record))
    }

    /// Reads the next record into `record`, whose memory is used again. Returns false at the end.
    pub fn read_record(&mut self, record: &mut Record) -> Result<bool, TabularError> {
        if let Some(first) = self.first.take() {
            *record = first;
            return Ok(true);
        }
        self.read(record).map_err(|fault| fault.of_file(&self.file))
    }

    fn read(&mut self, record: &mut Record) -> Result<bool, PlacedProblem> {
        self.cells.reuse(mem::take(&mut record.fields));
        let line = match &mut self.rows {
            RowReader::Delimited(rows) => rows.read(&mut self.cells, &mut self.notes)?,
            RowReader::Jsonl(rows) => rows.read(&mut self.cells, &mut self.notes)?,
            RowReader::Json(rows) => rows.read(&mut self.cells)?,
            RowReader::Sheet(rows) => rows.read(&mut self.cells, &mut self.notes)?,
        };
        let Some(line) = line else { return Ok(false) };
        let (expected, found) = (self.written.len(), self.cells.used());
        if found != expected {
            let separated = header::separated(&self.written).or(self.notes.rival_delimiter);
            let guessed = self.notes.guessed_delimiter;
            return Err(PlacedProblem::at(line, TableProblem::Ragged { expected, found, separated, guessed }));
        }
        if let Err(problem) = self.finish_cells() {
            return Err(PlacedProblem(self.place(line), problem));
        }
        record.line = line;
        record.fields = self.cells.take();
        record.fields.truncate(expected);
        record.json = self.cells.json();
        if let Some(chosen) = &self.chosen {
            record.fields = picked(&record.fields, chosen);
            let place = |at: &usize| chosen.iter().position(|it| it == at);
            record.json = record.json.iter().filter_map(place).collect();
        }
        Ok(true)
    }

    /// The place of the record that was read last, which begins in `line`.
    fn place(&self, line: u64) -> TablePlace {
        match &self.rows {
            RowReader::Json(rows) => rows.place(line),
            RowReader::Delimited(_) | RowReader::Jsonl(_) | RowReader::Sheet(_) => TablePlace::Line(line),
        }
    }

    fn finish_cells(&mut self) -> Result<(), TableProblem> {
        let mut empty = true;
        let kinds = self.is_json.iter().zip(&self.keeps_words);
        for ((cell, is_verbatim), (is_json, keeps_words)) in self.cells.iter_mut(self.written.len()).zip(kinds) {
            if cell.len() > MAX_CELL_BYTES {
                return Err(TableProblem::CellTooLong { quote_opened: None });
            }
            if memchr::memchr(0, cell.as_bytes()).is_some() {
                return Err(TableProblem::Nul);
            }
            // A text in JSON that is a value stays as it is, white space and all.
            let is_kept = *keeps_words && matches!(self.rows, RowReader::Jsonl(_) | RowReader::Json(_));
            if self.normalise && !is_verbatim && !is_kept {
                match if *is_json { clean_json(cell) } else { clean(cell) } {
                    CellChange::Same => {}
                    CellChange::Text(text) => {
                        self.notes.lines_joined += u64::from(has_lines(cell));
                        *cell = text;
                        self.notes.cells_cleaned += 1;
                    }
                    CellChange::Null if *keeps_words => *cell = cell.trim().to_owned(),
                    CellChange::Null => {
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

/// Whether a cell holds more than one line with text.
fn has_lines(cell: &str) -> bool {
    cell.trim().contains(['\n', '\r', '\u{85}', '\u{2028}', '\u{2029}'])
}

fn open_rows<R: Read + Seek>(
    mut source: R,
    options: &ReadOptions,
    notes: &mut Notes,
) -> Result<(Header, RowReader<R>), PlacedProblem> {
    let encoding = &options.encoding;
    if let (false, Some(_)) = (options.format.is_delimited(), options.delimiter) {
        let hint = if options.format == TableFormat::Psv { ": `format: csv` takes any" } else { "" };
        return Err(TableProblem::NoDelimiter { format: options.format.as_str(), hint }.into());
    }
    let (delimiting, skips) = match options.format {
        TableFormat::Csv => delimiting(&mut source, options, ',', notes)?,
        TableFormat::Tsv => delimiting(&mut source, options, '\t', notes)?,
        TableFormat::Psv => psv(&mut source, options, notes)?,
        TableFormat::Jsonl => {
            let (header, rows) = Jsonl::open(source, encoding, notes)?;
            return Ok((header, RowReader::Jsonl(Box::new(rows))));
        }
        TableFormat::Json => {
            let (header, rows) = JsonArray::open(source, encoding, notes)?;
            return Ok((header, RowReader::Json(Box::new(rows))));
        }
        TableFormat::Xlsx => {
            let (header, sheet) = guarded(|| workbook::open_xlsx(source, options.sheet.as_deref(), notes))?;
            return Ok((header, RowReader::Sheet(sheet)));
        }
        TableFormat::Ods => {
            let (header, sheet) = guarded(|| workbook::open_ods(source, options.sheet.as_deref(), notes))?;
            return Ok((header, RowReader::Sheet(sheet)));
        }
    };
    let lines = Lines::open(source, encoding)?;
    notes.bom = lines.bom();
    let mut rows = Delimited::new(lines, delimiting);
    if skips {
        rows.skip_line()?;
    }
    let mut cells = Cells::new(MAX_COLUMNS);
    let Some(line) = rows.read(&mut cells, notes)? else { return Err(TableProblem::Empty.into()) };
    if cells.used() > MAX_COLUMNS {
        return Err(PlacedProblem::at(line, TableProblem::TooManyColumns));
    }
    Ok((Header { names: cells.take(), line: Some(line) }, RowReader::Delimited(Box::new(rows))))
}

/// How a csv or tsv is delimited, and whether its first line says so and is no header.
fn delimiting<R: Read + Seek>(
    source: &mut R,
    options: &ReadOptions,
    usual: char,
    notes: &mut Notes,
) -> Result<(Delimiting, bool), PlacedProblem> {
    let named = if options.guess { separation::of_first_line(source, &options.encoding)? } else { None };
    let found = match (options.delimiter, named) {
        (Some(set), Some(named)) if set != named => {
            let problem = TableProblem::OtherDelimiter { named: shown(named), set: shown(set) };
            return Err(PlacedProblem::at(1, problem));
        }
        (Some(found), _) | (None, Some(found)) => found,
        (None, None) if usual == ',' && options.guess => {
            let guess = separation::guess(source, &options.encoding)?;
            notes.guessed_delimiter = (guess.delimiter != usual).then_some(guess.delimiter);
            notes.rival_delimiter = guess.rival;
            guess.delimiter
        }
        (None, None) => usual,
    };
    notes.named_delimiter = named;
    let quoting = Quoting { delimiter: Delimiter::new(found), backslash: false, after_blanks: options.guess };
    Ok((Delimiting::Quoted(quoting), named.is_some()))
}

/// How a psv is delimited, and whether its first line says that it has pipes and is no header.
fn psv<R: Read + Seek>(
    source: &mut R,
    options: &ReadOptions,
    notes: &mut Notes,
) -> Result<(Delimiting, bool), PlacedProblem> {
    if !options.guess {
        return Ok((Delimiting::Escaped { no_quotes: false }, false));
    }
    notes.named_delimiter = separation::of_first_line(source, &options.encoding)?;
    if let Some(other) = notes.named_delimiter.filter(|it| *it != '|') {
        return Err(PlacedProblem::at(1, TableProblem::OtherThanPipes { named: shown(other) }));
    }
    let skips = notes.named_delimiter.is_some();
    let found = dialect::of(source, &options.encoding, skips)?;
    notes.psv = Some(found);
    Ok((dialect::delimiting(found), skips))
}
