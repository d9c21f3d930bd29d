//! The XML of an `OpenDocument` file: its reader, its attributes, and its errors.

use std::fmt::Display;
use std::io::{BufRead, BufReader, Read};

use quick_xml::Reader;
use quick_xml::escape::unescape;
use quick_xml::events::{BytesStart, Event};

use super::error::TableProblem;

/// A reader of XML in which every element has an end.
pub(super) fn xml<R: Read>(source: R) -> Reader<BufReader<R>> {
    let mut reader = Reader::from_reader(BufReader::new(source));
    reader.config_mut().expand_empty_elements = true;
    reader
}

pub(super) fn damaged(error: impl Display) -> TableProblem {
    TableProblem::Workbook(error.to_string())
}

/// The value of an attribute, with its entities resolved; line breaks and tabs in it stay as they are.
pub(super) fn attribute(element: &BytesStart<'_>, name: &str) -> Result<Option<String>, TableProblem> {
    let Some(found) = element.try_get_attribute(name).map_err(damaged)? else { return Ok(None) };
    Ok(Some(unescape(&found.value).map_err(damaged)?.into_owned()))
}

pub(super) fn in_content(error: &quick_xml::Error) -> TableProblem {
    damaged(format!("content.xml: {error}"))
}

pub(super) fn ends_early() -> TableProblem {
    damaged("content.xml ends before its elements do")
}

/// Reads up to the end of the element called `name`, whose start was read, over others of its name inside it.
pub(super) fn skip(reader: &mut Reader<impl BufRead>, name: &str) -> Result<(), TableProblem> {
    let (mut buffer, mut depth) = (Vec::new(), 1u64);
    while depth > 0 {
        buffer.clear();
        match reader.read_event_into(&mut buffer).map_err(|error| in_content(&error))? {
            Event::Start(element) if element.name().as_ref() == name => depth += 1,
            Event::End(element) if element.name().as_ref() == name => depth -= 1,
            Event::Eof => return Err(ends_early()),
            _ => {}
        }
    }
    Ok(())
}
