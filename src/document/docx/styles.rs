//! The paragraph styles of a docx: which of them are headings and list items.

use std::collections::HashMap;
use std::io::BufRead;

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

use super::super::error::{DocumentError, DocumentPlace, DocumentProblem};
use super::xml::{attribute, damaged, local};

/// How many styles one may be based on, so that a circle ends.
const MAX_CHAIN: usize = 50;

/// The outline level of text that is no heading.
const BODY_TEXT: u8 = 9;

/// The styles of a document by their ids.
#[derive(Debug, Default)]
pub(super) struct Styles(HashMap<String, Style>);

#[derive(Debug, Default)]
struct Style {
    name: String,
    based_on: Option<String>,
    outline_level: Option<u8>,
    list: Option<String>,
}

impl Styles {
    /// The level of the heading that a paragraph of a style is, 1 to 6: by the style's outline level or that of a style
    /// it is based on, else by their names. Ids are translated with the program, names are not.
    pub(super) fn heading(&self, id: &str) -> Option<u8> {
        let mut chain = self.chain(id);
        if let Some(level) = chain.find_map(|style| style.outline_level) {
            return heading_of_outline(level);
        }
        self.chain(id).find_map(|style| {
            let level = style.name.to_lowercase().strip_prefix("heading ")?.trim().parse::<u8>().ok()?;
            heading_of_outline(level.checked_sub(1)?)
        })
    }

    /// Whether paragraphs of a style are list items.
    pub(super) fn is_list(&self, id: &str) -> bool {
        self.chain(id).find_map(|style| style.list.as_deref()).is_some_and(|it| it != "0")
    }

    /// Whether a style is that of the document's title.
    pub(super) fn is_title(&self, id: &str) -> bool {
        self.0.get(id).is_some_and(|style| style.name.eq_ignore_ascii_case("title"))
    }

    /// A style and those that it is based on.
    fn chain<'a>(&'a self, id: &str) -> impl Iterator<Item = &'a Style> {
        let next = |style: &&'a Style| style.based_on.as_ref().and_then(|id| self.0.get(id));
        std::iter::successors(self.0.get(id), next).take(MAX_CHAIN)
    }
}

/// The level of the heading, 1 to 6, that an outline level from 0 stands for.
pub(super) fn heading_of_outline(level: u8) -> Option<u8> {
    (level < BODY_TEXT).then(|| level.min(5) + 1)
}

/// Reads the part with the styles.
pub(super) fn read(mut reader: Reader<impl BufRead>, part: &str) -> Result<Styles, DocumentError> {
    let at_part = |problem| DocumentError { place: DocumentPlace::Part(part.to_owned()), problem };
    let mut styles = Styles::default();
    let mut current: Option<(String, Style)> = None;
    let mut buffer = Vec::new();
    loop {
        buffer.clear();
        match reader.read_event_into(&mut buffer).map_err(|error| at_part(damaged(error.to_string())))? {
            Event::Start(element) if local(&element) == "style" => {
                let id = attribute(&element, "styleId").map_err(at_part)?.unwrap_or_default();
                current = Some((id, Style::default()));
            }
            Event::Start(element) => {
                if let Some((_, style)) = &mut current {
                    style.read(&element).map_err(at_part)?;
                }
            }
            Event::End(element) if element.name().0.rsplit(':').next() == Some("style") => {
                styles.0.extend(current.take());
            }
            Event::Eof => return Ok(styles),
            _ => {}
        }
    }
}

impl Style {
    fn read(&mut self, element: &BytesStart<'_>) -> Result<(), DocumentProblem> {
        let value = || attribute(element, "val");
        match local(element) {
            "name" => self.name = value()?.unwrap_or_default(),
            "basedOn" => self.based_on = value()?,
            "outlineLvl" => self.outline_level = value()?.and_then(|it| it.parse().ok()),
            "numId" => self.list = value()?,
            _ => {}
        }
        Ok(())
    }
}
