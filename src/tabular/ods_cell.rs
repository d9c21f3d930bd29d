//! One cell of an `OpenDocument` spreadsheet: its value ([`CellValue`]), its text as shown ([`ReadText`]), and the text
//! that these make.

use std::io::BufRead;

use quick_xml::Reader;
use quick_xml::escape::{resolve_xml_entity, unescape};
use quick_xml::events::{BytesStart, Event};

use super::error::TableProblem;
use super::limits::MAX_CELL_BYTES;
use super::ods_styles::Styles;
use super::ods_xml::{attribute, damaged, ends_early, in_content, skip};
use super::sheet::{bool_text, number_text};
use super::times::{TimeKind, of_iso_date, of_iso_duration};

/// The attributes of a cell.
#[derive(Default)]
pub(super) struct CellValue {
    kind: Option<String>,
    value: Option<String>,
    string: Option<String>,
    style: Option<String>,
    has_formula: bool,
    /// What `LibreOffice` adds beside the standard's type: only it says that a value is an error.
    own_kind: Option<String>,
}

impl CellValue {
    pub(super) fn of(element: &BytesStart<'_>) -> Result<Self, TableProblem> {
        let mut cell = Self::default();
        for found in element.attributes().with_checks(false) {
            let found = found.map_err(damaged)?;
            let name = found.key.as_ref();
            let slot = match name {
                "office:value-type" => &mut cell.kind,
                "office:value" | "office:date-value" | "office:time-value" | "office:boolean-value" => &mut cell.value,
                "office:string-value" => &mut cell.string,
                "table:style-name" => &mut cell.style,
                "calcext:value-type" => &mut cell.own_kind,
                "table:formula" => {
                    cell.has_formula = true;
                    continue;
                }
                _ => continue,
            };
            *slot = Some(unescape(&found.value).map_err(damaged)?.into_owned());
        }
        Ok(cell)
    }

    /// The name of the cell's own style.
    pub(super) fn style(&self) -> Option<&str> {
        self.style.as_deref()
    }

    /// The cell's text. `shown` is what it shows, `style` the style in force.
    pub(super) fn text(&self, shown: &ReadText, style: Option<&str>, styles: &Styles) -> Result<String, TableProblem> {
        if self.is_error(shown) {
            return Err(TableProblem::ErrorCell(shown.text.clone()));
        }
        let value = self.value.as_deref();
        let kind = self.kind.as_deref();
        Ok(match (kind, value) {
            (Some("float" | "currency" | "percentage"), Some(value)) => {
                let number: f64 = value.trim().parse().map_err(|_| damaged(format!("`{value}` is no number")))?;
                match number {
                    // A formula of a truth value has the number, and shows the word where no format says otherwise.
                    1.0 | 0.0 if self.shows_a_word(shown) && styles.format(style).is_none() => {
                        bool_text(number != 0.0).to_owned()
                    }
                    _ => number_text(number),
                }
            }
            (Some("boolean"), Some(value)) => bool_text(value.eq_ignore_ascii_case("true")).to_owned(),
            (Some("date"), Some(value)) => of_iso_date(value),
            (Some("time"), Some(value)) => {
                let kind = if styles.is_elapsed(style) { TimeKind::Elapsed } else { TimeKind::Clock };
                of_iso_duration(value, kind)
            }
            // LibreOffice leaves the type out where a formula gives the empty text, and writes an empty paragraph.
            (None, _) if self.has_formula && !shown.is_there => return Err(TableProblem::UncalculatedFormula),
            (_, _) => self.string.clone().unwrap_or_else(|| shown.text.clone()),
        })
    }

    fn shows_a_word(&self, shown: &ReadText) -> bool {
        self.has_formula && !shown.text.is_empty() && !shown.text.contains(|c: char| c.is_numeric())
    }

    fn is_error(&self, shown: &ReadText) -> bool {
        match self.own_kind.as_deref() {
            Some(kind) => kind == "error",
            None => self.has_formula && is_error_word(&shown.text),
        }
    }
}

/// Whether a text is what a spreadsheet shows for an error.
fn is_error_word(text: &str) -> bool {
    const WORDS: [&str; 10] =
        ["#DIV/0!", "#N/A", "#NAME?", "#NULL!", "#NUM!", "#REF!", "#VALUE!", "#SPILL!", "#CALC!", "#GETTING_DATA"];
    let number = text.strip_prefix("Err:");
    WORDS.contains(&text) || number.is_some_and(|it| !it.is_empty() && it.bytes().all(|byte| byte.is_ascii_digit()))
}

/// The paragraphs of a cell, as it shows them.
#[derive(Default)]
pub(super) struct ReadText {
    /// Whether there is a paragraph, be it empty.
    pub(super) is_there: bool,
    pub(super) text: String,
    /// Whether the next white space is dropped, as white space at the start of a paragraph and after other is.
    after_space: bool,
}

impl ReadText {
    /// Reads a cell, whose start was read, to its end. `name` is that of its element.
    pub(super) fn read(reader: &mut Reader<impl BufRead>, name: &str) -> Result<Self, TableProblem> {
        let (mut read, mut buffer, mut paragraphs) = (Self::default(), Vec::new(), 0u32);
        loop {
            buffer.clear();
            match reader.read_event_into(&mut buffer).map_err(|error| in_content(&error))? {
                Event::Start(element) => match element.name().as_ref() {
                    "text:p" | "text:h" => {
                        if read.is_there && paragraphs == 0 {
                            read.text.push('\n');
                        }
                        (read.is_there, read.after_space) = (true, true);
                        paragraphs += 1;
                    }
                    "text:s" => {
                        let count = attribute(&element, "text:c")?.and_then(|it| it.parse::<usize>().ok()).unwrap_or(1);
                        read.push_all(' ', count)?;
                    }
                    "text:tab" => read.push_all('\t', 1)?,
                    "text:line-break" => read.push_all('\n', 1)?,
                    // Comments, pictures, tables and the readings above characters are no part of a cell's value.
                    other if other.starts_with("text:") && other != "text:ruby-text" => {}
                    other => {
                        let other = other.to_owned();
                        skip(reader, &other)?;
                    }
                },
                Event::End(element) => match element.name().as_ref() {
                    "text:p" | "text:h" => paragraphs = paragraphs.saturating_sub(1),
                    other if other == name => return Ok(read),
                    _ => {}
                },
                Event::Text(text) if paragraphs > 0 => read.push(&text.xml10_content())?,
                Event::CData(text) if paragraphs > 0 => read.push(&text.xml10_content())?,
                Event::GeneralRef(entity) if paragraphs > 0 => {
                    let character = entity.resolve_char_ref().map_err(damaged)?;
                    match (character, resolve_xml_entity(&entity)) {
                        (Some(character), _) => read.push_all(character, 1)?,
                        (None, Some(text)) => read.push(text)?,
                        (None, None) => return Err(damaged(format!("content.xml has `&{};`", &*entity))),
                    }
                }
                Event::Eof => return Err(ends_early()),
                _ => {}
            }
        }
    }

    /// Adds text. As the standard says, white space in it counts once, and not at the start of a paragraph.
    fn push(&mut self, text: &str) -> Result<(), TableProblem> {
        for character in text.chars() {
            if matches!(character, ' ' | '\t' | '\n' | '\r') {
                if !self.after_space {
                    self.text.push(' ');
                }
                self.after_space = true;
            } else {
                self.text.push(character);
                self.after_space = false;
            }
        }
        self.bounded()
    }

    /// Adds a character `count` times, whatever is before it.
    fn push_all(&mut self, character: char, count: usize) -> Result<(), TableProblem> {
        let room = MAX_CELL_BYTES.saturating_sub(self.text.len()) + 1;
        self.text.extend(std::iter::repeat_n(character, count.min(room)));
        self.after_space = false;
        self.bounded()
    }

    fn bounded(&self) -> Result<(), TableProblem> {
        if self.text.len() > MAX_CELL_BYTES { Err(TableProblem::CellTooLong { quote_opened: None }) } else { Ok(()) }
    }
}
