//! Reads a sheet of an `OpenDocument` spreadsheet, element by element, in one pass over `content.xml`.
//!
//! The format may repeat a cell or a row a billion times in a few bytes. Nothing is repeated here: a row says how often
//! it stands there, and what all repetitions come to is bounded before any of them is read ([`SheetSize`]).

use std::io::{BufRead, Read, Seek};

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};
use zip::ZipArchive;

use super::error::{PlacedProblem, TablePlace, TableProblem, list};
use super::ods_cell::{CellValue, ReadText};
use super::ods_styles::Styles;
use super::ods_xml::{attribute, damaged, ends_early, in_content, skip, xml};
use super::sheet::{RowCell, SheetRow, SheetSize, address};

/// A sheet's name and its rows that have a value.
pub(super) type Rows = (String, Vec<SheetRow>);

/// Reads the sheet called `wanted`, or the first visible one.
pub(super) fn read<R: Read + Seek>(source: R, wanted: Option<&str>) -> Result<Rows, PlacedProblem> {
    let mut archive = ZipArchive::new(source).map_err(damaged)?;
    if entry_has(&mut archive, "META-INF/manifest.xml", "encryption-data") {
        return Err(damaged("it is encrypted").into());
    }
    let mut styles = Styles::default();
    if let Ok(entry) = archive.by_name("styles.xml") {
        let size = entry.size();
        styles.read(&mut xml(entry.take(size)))?;
    }
    let mut content = Content { styles, wanted, names: Vec::new(), found: None };
    content.read_entry(&mut archive)?;
    if content.found.is_none() && wanted.is_none() {
        // All sheets are hidden: the first one, then.
        let first = content.names.first().cloned().ok_or(TableProblem::NoSheet)?;
        let mut again = Content { styles: content.styles, wanted: Some(&first), names: Vec::new(), found: None };
        again.read_entry(&mut archive)?;
        return again.found.ok_or_else(|| TableProblem::NoSheet.into());
    }
    let missing = || match wanted {
        Some(name) => TableProblem::MissingSheet { name: name.to_owned(), sheets: list(&content.names) },
        None => TableProblem::NoSheet,
    };
    content.found.ok_or_else(|| missing().into())
}

/// Whether a small entry of the archive contains a text.
fn entry_has<R: Read + Seek>(archive: &mut ZipArchive<R>, name: &str, text: &str) -> bool {
    let mut found = Vec::new();
    let read = archive.by_name(name).ok().map(|entry| entry.take(1 << 20).read_to_end(&mut found));
    read.is_some() && memchr::memmem::find(&found, text.as_bytes()).is_some()
}

/// How often an element says that it stands there.
fn repeats(element: &BytesStart<'_>, name: &str) -> Result<u64, TableProblem> {
    match attribute(element, name)? {
        Some(text) => text.trim().parse().map_err(|_| damaged(format!("`{name}` is `{text}`"))),
        None => Ok(1),
    }
}

/// What is read of `content.xml`.
struct Content<'a> {
    styles: Styles,
    wanted: Option<&'a str>,
    names: Vec<String>,
    found: Option<Rows>,
}

impl Content<'_> {
    fn read_entry<R: Read + Seek>(&mut self, archive: &mut ZipArchive<R>) -> Result<(), PlacedProblem> {
        let entry = archive.by_name("content.xml").map_err(damaged)?;
        // No more than the size that was found plausible.
        let size = entry.size();
        self.read(&mut xml(entry.take(size)))
    }

    fn read(&mut self, reader: &mut Reader<impl BufRead>) -> Result<(), PlacedProblem> {
        let (mut buffer, mut open) = (Vec::new(), 0u64);
        loop {
            buffer.clear();
            match reader.read_event_into(&mut buffer).map_err(|error| in_content(&error))? {
                Event::Start(element) if element.name().as_ref() == "table:table" => {
                    let name = attribute(&element, "table:name")?.unwrap_or_default();
                    let style = attribute(&element, "table:style-name")?;
                    let is_wanted = self.found.is_none()
                        && match self.wanted {
                            Some(wanted) => name == wanted,
                            None => !self.styles.is_hidden(style.as_deref()),
                        };
                    self.names.push(name.clone());
                    if is_wanted {
                        let rows = SheetReader::new(&name, &self.styles).read(reader)?;
                        self.found = Some((name, rows));
                    } else {
                        skip(reader, "table:table")?;
                    }
                }
                Event::Start(element) => {
                    open += 1;
                    self.styles.see(&element)?;
                }
                Event::End(_) => open = open.saturating_sub(1),
                Event::Eof if open > 0 => return Err(ends_early().into()),
                Event::Eof => return Ok(()),
                _ => {}
            }
        }
    }
}

/// Reads the rows of one sheet.
struct SheetReader<'a> {
    name: &'a str,
    styles: &'a Styles,
    /// The styles of the columns' cells: for each run of columns where it ends, and its style.
    columns: Vec<(u64, Option<String>)>,
    rows: Vec<SheetRow>,
    /// The number of the next row, from 0.
    row: u64,
    size: SheetSize,
}

impl<'a> SheetReader<'a> {
    fn new(name: &'a str, styles: &'a Styles) -> Self {
        Self { name, styles, columns: Vec::new(), rows: Vec::new(), row: 0, size: SheetSize::default() }
    }

    /// Reads the sheet, whose start was read, to its end.
    fn read(mut self, reader: &mut Reader<impl BufRead>) -> Result<Vec<SheetRow>, PlacedProblem> {
        let mut buffer = Vec::new();
        loop {
            buffer.clear();
            match reader.read_event_into(&mut buffer).map_err(|error| in_content(&error))? {
                Event::Start(element) => match element.name().as_ref() {
                    "table:table-row" => {
                        let count = repeats(&element, "table:number-rows-repeated")?;
                        let style = attribute(&element, "table:default-cell-style-name")?;
                        self.read_row(reader, count, style.as_deref())?;
                    }
                    "table:table-column" => {
                        let count = repeats(&element, "table:number-columns-repeated")?;
                        let end = self.columns.last().map_or(0, |(end, _)| *end).saturating_add(count);
                        self.columns.push((end, attribute(&element, "table:default-cell-style-name")?));
                    }
                    "table:table" => skip(reader, "table:table")?,
                    "table:shapes" => skip(reader, "table:shapes")?,
                    _ => {}
                },
                Event::End(element) if element.name().as_ref() == "table:table" => return Ok(self.rows),
                Event::Eof => return Err(ends_early().into()),
                _ => {}
            }
        }
    }

    fn read_row(
        &mut self,
        reader: &mut Reader<impl BufRead>,
        count: u64,
        row_style: Option<&str>,
    ) -> Result<(), PlacedProblem> {
        let (mut buffer, mut column, mut cells) = (Vec::new(), 0u64, Vec::new());
        loop {
            buffer.clear();
            match reader.read_event_into(&mut buffer).map_err(|error| in_content(&error))? {
                Event::Start(element) => {
                    let name = element.name().as_ref().to_owned();
                    if !matches!(name.as_str(), "table:table-cell" | "table:covered-table-cell") {
                        skip(reader, &name)?;
                        continue;
                    }
                    let width = repeats(&element, "table:number-columns-repeated")?;
                    let value = CellValue::of(&element)?;
                    let text = ReadText::read(reader, &name)?;
                    let style = value.style().or(row_style).or_else(|| self.column_style(column));
                    let text = value.text(&text, style, self.styles).map_err(|problem| self.at(column, problem))?;
                    if !text.is_empty() {
                        let repeated = width.saturating_mul(count);
                        self.size.add(text.len(), repeated).map_err(|problem| self.at(column, problem))?;
                        cells.push(RowCell { column: small(column)?, repeats: small(width)?, text });
                    }
                    column = column.saturating_add(width);
                }
                Event::End(element) if element.name().as_ref() == "table:table-row" => break,
                Event::Eof => return Err(ends_early().into()),
                _ => {}
            }
        }
        if !cells.is_empty() && count > 0 {
            self.rows.push(SheetRow { row: small(self.row)?, repeats: small(count)?, cells });
        }
        self.row = self.row.saturating_add(count);
        Ok(())
    }

    fn column_style(&self, column: u64) -> Option<&str> {
        let found = self.columns.iter().find(|(end, _)| column < *end);
        found.and_then(|(_, style)| style.as_deref())
    }

    fn at(&self, column: u64, problem: TableProblem) -> PlacedProblem {
        let position = (small(self.row).unwrap_or(u32::MAX), small(column).unwrap_or(u32::MAX));
        PlacedProblem(TablePlace::Cell { sheet: self.name.to_owned(), address: address(position) }, problem)
    }
}

/// A number of rows or columns; a sheet that has more than this type holds is none.
fn small(number: u64) -> Result<u32, TableProblem> {
    u32::try_from(number).map_err(|_| TableProblem::TooManyCells)
}
