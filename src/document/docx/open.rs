//! What is open while a part of a docx is read: paragraphs and tables; and what is counted.

use quick_xml::events::BytesStart;

use super::super::error::DocumentProblem;
use super::super::markup::{raised, struck};
use super::super::table::Cell;
use super::blocks::Block;
use super::xml::{attribute, is_on};

/// A mark in the text that refers to a note.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(super) struct NoteReference {
    /// `footnotes` or `endnotes`.
    pub(super) part: &'static str,
    pub(super) id: String,
}

/// How often something was left out.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Losses {
    pub(super) hidden: usize,
    pub(super) symbols: usize,
    pub(super) drawings: usize,
    pub(super) chunks: usize,
    pub(super) formulas: usize,
}

impl Losses {
    pub(super) fn add(&mut self, other: Self) {
        self.hidden += other.hidden;
        self.symbols += other.symbols;
        self.drawings += other.drawings;
        self.chunks += other.chunks;
        self.formulas += other.formulas;
    }
}

/// How the text of a run stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Stand {
    /// `^` for what is raised, `_` for what is lowered.
    pub(super) shift: Option<&'static str>,
    pub(super) is_struck: bool,
}

impl Stand {
    /// Takes a property of a run.
    pub(super) fn take(&mut self, name: &str, element: &BytesStart<'_>) -> Result<(), DocumentProblem> {
        match name {
            "vertAlign" => {
                self.shift = match attribute(element, "val")?.as_deref() {
                    Some("superscript") => Some("^"),
                    Some("subscript") => Some("_"),
                    _ => None,
                };
            }
            _ => self.is_struck = is_on(element)?,
        }
        Ok(())
    }

    fn written(self, text: &str) -> String {
        let text = self.shift.map_or_else(|| text.to_owned(), |mark| raised(mark, text));
        if self.is_struck { struck(&text) } else { text }
    }
}

/// A paragraph while it is read.
#[derive(Debug, Default)]
pub(super) struct Paragraph {
    pub(super) text: String,
    pub(super) style: String,
    pub(super) outline_level: Option<u8>,
    pub(super) list: Option<String>,
    pub(super) depth: usize,
    /// Its mark was deleted, so that the next one continues it.
    pub(super) is_continued: bool,
    /// How the text from this place on stands.
    stand: (Stand, usize),
}

impl Paragraph {
    pub(super) fn new(text: String) -> Self {
        let stand = (Stand::default(), text.len());
        Self { text, stand, ..Self::default() }
    }

    /// Adds a text. Runs that follow each other and stand alike are marked as one.
    pub(super) fn push(&mut self, text: &str, stand: Stand) {
        if self.stand.0 != stand {
            self.end_stand();
            self.stand = (stand, self.text.len());
        }
        self.text.push_str(text);
    }

    /// Marks the text of the runs that are open.
    pub(super) fn end_stand(&mut self) {
        let (stand, start) = std::mem::take(&mut self.stand);
        if stand != Stand::default() {
            let text = self.text.split_off(start);
            self.text.push_str(&stand.written(&text));
        }
    }
}

/// A table while it is read.
#[derive(Debug, Default)]
pub(super) struct Table {
    pub(super) rows: Vec<Vec<Cell>>,
    pub(super) row_is_deleted: bool,
    pub(super) columns: usize,
    pub(super) is_covered: bool,
    /// The blocks of the open cell.
    pub(super) cell: Vec<Block>,
}

impl Table {
    /// Begins a row or a cell, or takes a property of one.
    pub(super) fn start(&mut self, name: &str, value: Option<&str>) {
        let number = || value.and_then(|it| it.parse::<usize>().ok()).unwrap_or(1);
        match name {
            "tr" => {
                self.rows.push(Vec::new());
                self.row_is_deleted = false;
            }
            "tc" => {
                (self.columns, self.is_covered) = (1, false);
                self.cell.clear();
            }
            "gridBefore" if number() > 0 => self.push(Cell { columns: number(), ..Cell::new(String::new()) }),
            "gridSpan" => self.columns = number(),
            "vMerge" => self.is_covered = value.is_none_or(|it| it == "continue"),
            _ => {}
        }
    }

    pub(super) fn end_cell(&mut self) {
        let texts: Vec<String> = std::mem::take(&mut self.cell).into_iter().map(Block::into_text).collect();
        let text = if self.is_covered { String::new() } else { texts.join("\n") };
        self.push(Cell { columns: self.columns, ..Cell::new(text) });
    }

    fn push(&mut self, cell: Cell) {
        if let Some(row) = self.rows.last_mut() {
            row.push(cell);
        }
    }
}
