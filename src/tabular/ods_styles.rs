//! The styles of an `OpenDocument` spreadsheet, as far as they say what a value is.

use std::collections::{HashMap, HashSet};
use std::io::BufRead;

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

use super::error::TableProblem;
use super::ods_xml::{attribute, damaged};

/// Styles by name.
#[derive(Default)]
pub(super) struct Styles {
    /// For each style of cells its parent and its format of values.
    cells: HashMap<String, (Option<String>, Option<String>)>,
    /// The formats that count hours beyond a day (`[h]:mm`).
    elapsed: HashSet<String>,
    /// The styles of sheets that are hidden.
    hidden: HashSet<String>,
    /// The style whose elements are being read.
    current: String,
}

impl Styles {
    /// Reads a document of styles.
    pub(super) fn read(&mut self, reader: &mut Reader<impl BufRead>) -> Result<(), TableProblem> {
        let mut buffer = Vec::new();
        loop {
            buffer.clear();
            match reader.read_event_into(&mut buffer).map_err(|error| damaged(format!("styles.xml: {error}")))? {
                Event::Start(element) => self.see(&element)?,
                Event::Eof => return Ok(()),
                _ => {}
            }
        }
    }

    /// Takes what the start of an element says, if it is about a style.
    pub(super) fn see(&mut self, element: &BytesStart<'_>) -> Result<(), TableProblem> {
        match element.name().as_ref() {
            "style:style" => {
                let name = attribute(element, "style:name")?.unwrap_or_default();
                self.current.clone_from(&name);
                let parent = attribute(element, "style:parent-style-name")?;
                self.cells.insert(name, (parent, attribute(element, "style:data-style-name")?));
            }
            "style:table-properties" if attribute(element, "table:display")?.as_deref() == Some("false") => {
                self.hidden.insert(self.current.clone());
            }
            "number:time-style" if attribute(element, "number:truncate-on-overflow")?.as_deref() == Some("false") => {
                self.elapsed.extend(attribute(element, "style:name")?);
            }
            _ => {}
        }
        Ok(())
    }

    /// Whether a sheet with this style is hidden.
    pub(super) fn is_hidden(&self, style: Option<&str>) -> bool {
        style.is_some_and(|style| self.hidden.contains(style))
    }

    /// Whether a cell with this style counts hours beyond a day.
    pub(super) fn is_elapsed(&self, style: Option<&str>) -> bool {
        self.format(style).is_some_and(|format| self.elapsed.contains(format))
    }

    /// The format of values of a style: its own, or that of the next parent that has one.
    pub(super) fn format(&self, style: Option<&str>) -> Option<&str> {
        // More parents than any program makes, and an end to circles.
        const PARENTS: usize = 16;
        let mut style = style?;
        for _ in 0..PARENTS {
            let (parent, format) = self.cells.get(style)?;
            if let Some(format) = format {
                return Some(format);
            }
            style = parent.as_deref()?;
        }
        None
    }
}
