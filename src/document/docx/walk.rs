//! Goes through the elements of a part of a docx, and collects its paragraphs, tables and notes.

use std::io::BufRead;

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

use super::super::error::{DocumentError, DocumentPlace, DocumentProblem};
use super::blocks::Block;
use super::math::Math;
use super::open::{Losses, NoteReference, Paragraph, Stand, Table};
use super::styles::{Styles, heading_of_outline};
use super::text::{character, trimmed};
use super::xml::{attribute, damaged, entity, is_on, local};

/// Elements that are left out with all they hold: what was deleted or moved away, codes of fields, a second form of
/// what was there already, and earlier properties.
const LEFT_OUT: [&str; 14] = [
    "del",
    "moveFrom",
    "instrText",
    "delText",
    "delInstrText",
    "Fallback",
    "rt",
    "pPrChange",
    "rPrChange",
    "tblPrChange",
    "trPrChange",
    "tcPrChange",
    "sectPr",
    "tabs",
];

/// How deep tables and text boxes may be nested.
const MAX_DEPTH: usize = 100;

/// The state of going through one part.
pub(super) struct Walk<'a> {
    styles: &'a Styles,
    blocks: Vec<Block>,
    paragraphs: Vec<Paragraph>,
    tables: Vec<Table>,
    /// Text of a paragraph that the next one continues.
    carried: String,
    /// How many elements are open that are left out.
    skipping: usize,
    /// The text of the open `t`, with whether the white space at its ends stays.
    open_text: Option<(String, bool)>,
    is_hidden: bool,
    stand: Stand,
    math: Math,
    in_row_properties: bool,
    in_paragraph_properties: bool,
    references: Vec<NoteReference>,
    /// The notes of a part of notes, by id.
    notes: Vec<(String, Vec<Block>)>,
    title: Option<String>,
    losses: Losses,
}

impl<'a> Walk<'a> {
    pub(super) fn new(styles: &'a Styles) -> Self {
        Self {
            styles,
            blocks: Vec::new(),
            paragraphs: Vec::new(),
            tables: Vec::new(),
            carried: String::new(),
            skipping: 0,
            open_text: None,
            is_hidden: false,
            stand: Stand::default(),
            math: Math::default(),
            in_row_properties: false,
            in_paragraph_properties: false,
            references: Vec::new(),
            notes: Vec::new(),
            title: None,
            losses: Losses::default(),
        }
    }

    /// The blocks, the references to notes, what was left out, and the title.
    pub(super) fn into_parts(self) -> (Vec<Block>, Vec<NoteReference>, Losses, Option<String>) {
        (self.blocks, self.references, self.losses, self.title)
    }

    pub(super) fn losses(&self) -> Losses {
        self.losses
    }

    /// The notes of a part of notes by their ids.
    pub(super) fn into_notes(self) -> Vec<(String, Vec<Block>)> {
        self.notes
    }

    /// Goes through a part called `part`.
    pub(super) fn read(&mut self, mut reader: Reader<impl BufRead>, part: &str) -> Result<(), DocumentError> {
        let at_part = |problem| DocumentError { place: DocumentPlace::Part(part.to_owned()), problem };
        let mut buffer = Vec::new();
        let mut depth = 0usize;
        let mut began = false;
        loop {
            buffer.clear();
            let event = reader.read_event_into(&mut buffer).map_err(|error| at_part(damaged(error.to_string())))?;
            match event {
                Event::Start(element) => {
                    (depth, began) = (depth + 1, true);
                    self.start(&element).map_err(at_part)?;
                }
                Event::End(element) => {
                    depth = depth.saturating_sub(1);
                    self.end(element.name().0);
                }
                Event::Text(text) => self.push_text(&text.xml10_content()),
                Event::CData(text) => self.push_text(&text.xml10_content()),
                Event::GeneralRef(name) => self.push_text(&entity(&name).map_err(at_part)?),
                Event::Eof if depth > 0 || !began => {
                    return Err(at_part(damaged("it ends before its elements do")));
                }
                Event::Eof => {
                    self.end_container();
                    return Ok(());
                }
                _ => {}
            }
        }
    }

    fn start(&mut self, element: &BytesStart<'_>) -> Result<(), DocumentProblem> {
        let name = local(element);
        if self.skipping > 0 {
            self.skipping += 1;
            return Ok(());
        }
        if LEFT_OUT.contains(&name) {
            self.skipping = 1;
            if name == "del" {
                self.delete_mark();
            }
            return Ok(());
        }
        if self.in_paragraph_properties {
            return self.paragraph_property(name, element);
        }
        let value = || attribute(element, "val");
        if let Some(paragraph) = self.paragraphs.last_mut().filter(|_| self.math.is_open() || name == "oMath") {
            self.losses.formulas += usize::from(self.math.start(name, value()?, paragraph));
        }
        match name {
            "p" => {
                let text = std::mem::take(&mut self.carried);
                self.paragraphs.push(Paragraph::new(text));
            }
            "pPr" => self.in_paragraph_properties = true,
            "r" => (self.is_hidden, self.stand) = (false, Stand::default()),
            "vertAlign" | "strike" | "dstrike" => self.stand.take(name, element)?,
            "vanish" => self.is_hidden = is_on(element)?,
            "t" => {
                let keeps_space = attribute(element, "space")?.as_deref() == Some("preserve");
                self.open_text = Some((String::new(), keeps_space));
                self.losses.hidden += usize::from(self.is_hidden);
            }
            "sym" => {
                self.losses.symbols += usize::from(!self.is_hidden);
                self.push("\u{FFFD}");
            }
            "footnoteReference" => self.refer("footnotes", element)?,
            "endnoteReference" => self.refer("endnotes", element)?,
            "footnote" | "endnote" => {
                let is_note = attribute(element, "type")?.is_none_or(|it| it == "normal");
                let id = attribute(element, "id")?.unwrap_or_default();
                self.notes.extend(is_note.then(|| (id, Vec::new())));
            }
            "relIds" | "chart" => self.losses.drawings += 1,
            "altChunk" => self.losses.chunks += 1,
            "tbl" if self.tables.len() == MAX_DEPTH => return Err(damaged("its tables are nested too deeply")),
            "tbl" => self.tables.push(Table::default()),
            "trPr" => self.in_row_properties = true,
            "tr" | "tc" | "gridBefore" | "gridSpan" | "vMerge" => {
                let value = value()?;
                if let Some(table) = self.tables.last_mut() {
                    table.start(name, value.as_deref());
                }
            }
            _ => self.push(character(name)),
        }
        Ok(())
    }

    fn paragraph_property(&mut self, name: &str, element: &BytesStart<'_>) -> Result<(), DocumentProblem> {
        let Some(paragraph) = self.paragraphs.last_mut() else { return Ok(()) };
        let value = || attribute(element, "val");
        match name {
            "pStyle" => paragraph.style = value()?.unwrap_or_default(),
            "outlineLvl" => paragraph.outline_level = value()?.and_then(|it| it.parse().ok()),
            "numId" => paragraph.list = value()?,
            "ilvl" => paragraph.depth = value()?.and_then(|it| it.parse().ok()).unwrap_or(0).min(8),
            _ => {}
        }
        Ok(())
    }

    /// A deleted mark joins its paragraph with the next; a deleted row is gone.
    fn delete_mark(&mut self) {
        if self.in_paragraph_properties
            && let Some(paragraph) = self.paragraphs.last_mut()
        {
            paragraph.is_continued = true;
        }
        if self.in_row_properties
            && let Some(table) = self.tables.last_mut()
        {
            table.row_is_deleted = true;
        }
    }

    fn end(&mut self, name: &str) {
        if self.skipping > 0 {
            self.skipping -= 1;
            return;
        }
        let name = name.rsplit(':').next().unwrap_or(name);
        if let Some(paragraph) = self.paragraphs.last_mut() {
            self.math.end(name, paragraph);
        }
        match name {
            "p" => self.end_paragraph(),
            "pPr" => self.in_paragraph_properties = false,
            "trPr" => self.in_row_properties = false,
            "t" => {
                let (text, keeps_space) = self.open_text.take().unwrap_or_default();
                // Line ends in a text are white space of the XML.
                let text = text.replace(['\n', '\r'], " ");
                self.push(if keeps_space { &text } else { text.trim_matches([' ', '\t']) });
            }
            "tc" => {
                self.end_container();
                if let Some(table) = self.tables.last_mut() {
                    table.end_cell();
                }
            }
            "tr" => {
                if let Some(table) = self.tables.last_mut().filter(|it| it.row_is_deleted) {
                    table.rows.pop();
                }
            }
            "tbl" => {
                if let Some(table) = self.tables.pop() {
                    self.add(Block::Table(table.rows));
                }
            }
            "footnote" | "endnote" => {
                self.end_container();
                let blocks = std::mem::take(&mut self.blocks);
                // Separators begin no note, so their blocks have none to go to.
                if let Some((_, note)) = self.notes.last_mut().filter(|(_, note)| note.is_empty()) {
                    *note = blocks;
                }
            }
            _ => {}
        }
    }

    fn end_paragraph(&mut self) {
        let Some(mut paragraph) = self.paragraphs.pop() else { return };
        paragraph.end_stand();
        if paragraph.is_continued {
            self.carried = paragraph.text;
            return;
        }
        let text = trimmed(&paragraph.text);
        if text.is_empty() {
            return;
        }
        if self.title.is_none() && self.styles.is_title(&paragraph.style) {
            self.title = Some(text.split_whitespace().collect::<Vec<_>>().join(" "));
        }
        let level = match paragraph.outline_level {
            Some(level) => heading_of_outline(level),
            None => self.styles.heading(&paragraph.style),
        };
        let is_item = match &paragraph.list {
            Some(list) => list != "0",
            None => self.styles.is_list(&paragraph.style),
        };
        self.add(match level {
            Some(level) => Block::Heading(level, text),
            None if is_item => Block::Item(paragraph.depth, text),
            None => Block::Paragraph(text),
        });
    }

    /// Ends what holds paragraphs, so that none is continued beyond it.
    fn end_container(&mut self) {
        let text = trimmed(&std::mem::take(&mut self.carried));
        if !text.is_empty() {
            self.add(Block::Paragraph(text));
        }
    }

    fn add(&mut self, block: Block) {
        match self.tables.last_mut() {
            Some(table) => table.cell.push(block),
            None => self.blocks.push(block),
        }
    }

    fn refer(&mut self, part: &'static str, element: &BytesStart<'_>) -> Result<(), DocumentProblem> {
        let id = attribute(element, "id")?.unwrap_or_default();
        self.references.push(NoteReference { part, id });
        let mark = format!("[^{}]", self.references.len());
        // The mark says itself what it is, though it is raised.
        self.stand = Stand::default();
        self.push(&mark);
        Ok(())
    }

    fn push_text(&mut self, text: &str) {
        if let Some((open, _)) = self.open_text.as_mut().filter(|_| self.skipping == 0) {
            open.push_str(text);
        }
    }

    fn push(&mut self, text: &str) {
        if let Some(paragraph) = self.paragraphs.last_mut().filter(|_| !self.is_hidden && !text.is_empty()) {
            paragraph.push(text, self.stand);
        }
    }
}
