//! The archive of a docx and its parts, which are unpacked no further than a real document would be.

use std::io::{BufRead, BufReader, Cursor, Read};

use quick_xml::Reader;
use quick_xml::events::Event;
use zip::ZipArchive;

use super::super::error::{DocumentError, DocumentPlace, DocumentProblem};
use super::super::limits::MAX_DOCUMENT_BYTES;
use super::xml::{attribute, damaged, local};

/// The most bytes that a part is unpacked to.
const MAX_PART_BYTES: u64 = MAX_DOCUMENT_BYTES as u64;

/// An opened archive.
pub(super) struct Package<'a> {
    archive: ZipArchive<Cursor<&'a [u8]>>,
    main: String,
    /// The kinds of the parts that the main one uses, and their names.
    parts: Vec<(String, String)>,
}

impl<'a> Package<'a> {
    pub(super) fn open(bytes: &'a [u8]) -> Result<Self, DocumentError> {
        let archive = ZipArchive::new(Cursor::new(bytes)).map_err(|error| damaged(error.to_string()))?;
        let mut package = Self { archive, main: "word/document.xml".to_owned(), parts: Vec::new() };
        let root = package.relations("_rels/.rels", "")?;
        if let Some((_, main)) = root.into_iter().find(|(kind, _)| kind == "officeDocument") {
            package.main = main;
        }
        let found = match package.main.split('/').next() {
            Some("xl") => "an Excel workbook (xlsx)",
            Some("ppt") => "a PowerPoint presentation (pptx)",
            _ => "another zip archive",
        };
        if package.archive.index_for_name(&package.main).is_none() || !found.starts_with("another") {
            return Err(DocumentProblem::WrongKind { found, expected: "a Word document (docx)" }.into());
        }
        let (folder, name) = package.main.rsplit_once('/').unwrap_or(("", &package.main));
        let prefix = if folder.is_empty() { String::new() } else { format!("{folder}/") };
        let relations = format!("{prefix}_rels/{name}.rels");
        package.parts = package.relations(&relations, &prefix)?;
        Ok(package)
    }

    /// The name of the part that has the document's text.
    pub(super) fn main(&self) -> &str {
        &self.main
    }

    /// The name of the part of a kind, such as `styles`.
    pub(super) fn part(&self, kind: &str) -> Option<String> {
        let (_, name) = self.parts.iter().find(|(it, _)| it == kind)?;
        self.archive.index_for_name(name)?;
        Some(name.clone())
    }

    /// Opens a part by its name.
    pub(super) fn open_part(&mut self, name: &str) -> Result<Reader<impl BufRead + use<'_, 'a>>, DocumentError> {
        let at_part = |problem| DocumentError { place: DocumentPlace::Part(name.to_owned()), problem };
        let entry = self.archive.by_name(name).map_err(|error| at_part(damaged(error.to_string())))?;
        if entry.size() > MAX_PART_BYTES {
            return Err(at_part(DocumentProblem::Expands { limit: MAX_PART_BYTES }));
        }
        // The size that the archive states may be wrong.
        Ok(super::xml::reader(BufReader::new(entry.take(MAX_PART_BYTES))))
    }

    /// The kinds and the targets of the relations in a part, which are relative to `prefix`; none where there is no
    /// such part.
    fn relations(&mut self, name: &str, prefix: &str) -> Result<Vec<(String, String)>, DocumentError> {
        if self.archive.index_for_name(name).is_none() {
            return Ok(Vec::new());
        }
        let at_part = |problem| DocumentError { place: DocumentPlace::Part(name.to_owned()), problem };
        let mut relations = Vec::new();
        let mut reader = self.open_part(name)?;
        let mut buffer = Vec::new();
        loop {
            buffer.clear();
            match reader.read_event_into(&mut buffer).map_err(|error| at_part(damaged(error.to_string())))? {
                Event::Start(element) if local(&element) == "Relationship" => {
                    let of = |name| attribute(&element, name).map_err(at_part);
                    if let (Some(kind), Some(target)) = (of("Type")?, of("Target")?) {
                        let kind = kind.rsplit('/').next().unwrap_or_default().to_owned();
                        relations.push((kind, resolved(prefix, &target)));
                    }
                }
                Event::Eof => return Ok(relations),
                _ => {}
            }
        }
    }
}

/// The name in the archive of a relation's target.
fn resolved(prefix: &str, target: &str) -> String {
    match target.strip_prefix('/') {
        Some(absolute) => absolute.to_owned(),
        None => format!("{prefix}{}", target.trim_start_matches("./")),
    }
}
