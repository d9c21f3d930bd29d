//! The XML of a docx: its reader, and the names, attributes and entities in it.

use std::io::BufRead;

use quick_xml::Reader;
use quick_xml::escape::{resolve_xml_entity, unescape};
use quick_xml::events::{BytesRef, BytesStart};

use super::super::error::DocumentProblem;

/// A reader of XML in which every element has an end.
pub(super) fn reader<R: BufRead>(source: R) -> Reader<R> {
    let mut reader = Reader::from_reader(source);
    reader.config_mut().expand_empty_elements = true;
    reader
}

/// An element's name without its prefix. Prefixes are the writer's choice, though nearly all write `w:`.
pub(super) fn local<'a>(element: &'a BytesStart<'_>) -> &'a str {
    let name = element.name().0;
    name.rsplit_once(':').map_or(name, |(_, name)| name)
}

/// The value of an attribute by its name without prefix, with its entities resolved.
pub(super) fn attribute(element: &BytesStart<'_>, wanted: &str) -> Result<Option<String>, DocumentProblem> {
    for attribute in element.attributes() {
        let attribute = attribute.map_err(|error| damaged(error.to_string()))?;
        let name = attribute.key.0;
        if name.rsplit_once(':').map_or(name, |(_, name)| name) == wanted {
            let value = unescape(&attribute.value).map_err(|error| damaged(error.to_string()))?;
            return Ok(Some(value.into_owned()));
        }
    }
    Ok(None)
}

/// Whether a property such as `w:vanish` is on: it is, unless it says otherwise.
pub(super) fn is_on(element: &BytesStart<'_>) -> Result<bool, DocumentProblem> {
    Ok(!matches!(attribute(element, "val")?.as_deref(), Some("0" | "false" | "off")))
}

/// The characters that an entity stands for.
pub(super) fn entity(entity: &BytesRef<'_>) -> Result<String, DocumentProblem> {
    if let Some(character) = entity.resolve_char_ref().map_err(|error| damaged(error.to_string()))? {
        return Ok(character.to_string());
    }
    resolve_xml_entity(entity).map(str::to_owned).ok_or_else(|| damaged(format!("it has `&{};`", &**entity)))
}

pub(super) fn damaged(why: impl Into<String>) -> DocumentProblem {
    DocumentProblem::Damaged { kind: "the Word document", why: why.into() }
}
