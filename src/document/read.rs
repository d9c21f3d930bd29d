//! Reads a document's bytes into lines.

use std::panic::{AssertUnwindSafe, catch_unwind};

use super::decode::decode;
use super::error::{DocumentError, DocumentProblem};
use super::format::DocumentFormat;
use super::front_matter::front_matter;
use super::limits::MAX_DOCUMENT_BYTES;
use super::lines::{Ending, LineEnd, LineRef, lines_of};
use super::note::DocumentNote;
use super::reading::Reading;
use super::{docx, html, pdf, sniff};

/// The reader of documents whose lines are their bytes.
const BYTES: &str = "bytes";

/// A document as numbered lines.
#[derive(Debug)]
pub struct Document {
    pub format: DocumentFormat,
    /// What made the lines: `bytes` where they are the file's bytes after its byte order mark, else a reader and its
    /// version, or the encoding that the bytes were decoded from. Another reader may make other lines.
    pub reader: String,
    /// Whether the file begins with a byte order mark, which is no part of line 1.
    pub has_bom: bool,
    /// The number of pages of a PDF.
    pub page_count: Option<u32>,
    /// The title that the document has for itself: its front matter's or an HTML page's.
    pub title: Option<String>,
    /// What was skipped or lost, in the order of the document.
    pub notes: Vec<DocumentNote>,
    text: String,
    lines: Vec<LineEnd>,
    /// For each page of a PDF, how many lines come before it.
    page_starts: Vec<usize>,
}

impl Document {
    /// Reads a file. `encoding` is the label of the encoding of a Markdown, text or HTML file; without one it is UTF-8,
    /// or what an HTML page says of itself. Other formats do not ask for it.
    pub fn read(format: DocumentFormat, bytes: &[u8], encoding: Option<&str>) -> Result<Self, DocumentError> {
        if bytes.is_empty() {
            return Err(DocumentProblem::Empty.into());
        }
        if bytes.len() > MAX_DOCUMENT_BYTES {
            return Err(DocumentProblem::TooLarge { bytes: bytes.len() }.into());
        }
        sniff::check(bytes, format)?;
        let read = || match format {
            DocumentFormat::Markdown | DocumentFormat::Text => read_text(bytes, encoding),
            DocumentFormat::Html => html::read(bytes, encoding),
            DocumentFormat::Docx => docx::read(bytes),
            DocumentFormat::Pdf => pdf::read(bytes),
        };
        // A file may hold anything, and the libraries that read PDF and HTML are young: a panic in one of them is that
        // file's error, so that it is named, and others can be read.
        let reading = catch_unwind(AssertUnwindSafe(read)).unwrap_or_else(|_| {
            let why = "its reader failed on it".to_owned();
            Err(DocumentProblem::Damaged { kind: "the file", why }.into())
        })?;
        Self::of(format, reading)
    }

    fn of(format: DocumentFormat, reading: Reading) -> Result<Self, DocumentError> {
        let Reading { text, reader, has_bom, pages, title, notes } = reading;
        if !text.chars().any(shows) {
            return Err(DocumentProblem::NoText.into());
        }
        let lines = lines_of(&text);
        let page_starts = pages.as_ref().map_or_else(Vec::new, |starts| {
            starts.iter().map(|&start| lines.partition_point(|line| line.next() <= start)).collect()
        });
        let page_count = pages.map(|pages| u32::try_from(pages.len()).unwrap_or(u32::MAX));
        let mut document = Self { format, reader, has_bom, page_count, title, notes, text, lines, page_starts };
        if document.title.is_none() && format == DocumentFormat::Markdown {
            document.title = front_matter(document.lines().map(|line| line.text)).and_then(|it| it.title);
        }
        Ok(document)
    }

    /// The number of lines; at least 1.
    #[must_use]
    pub fn line_count(&self) -> usize {
        self.lines.len()
    }

    /// A line by its number, counted from 1.
    #[must_use]
    pub fn line(&self, number: usize) -> Option<LineRef<'_>> {
        let end = *self.lines.get(number.checked_sub(1)?)?;
        let start = number.checked_sub(2).map_or(0, |before| self.lines[before].next());
        let page = self.page_starts.partition_point(|&before| before < number);
        let page = (page > 0).then(|| u32::try_from(page).unwrap_or(u32::MAX));
        Some(LineRef { number, text: &self.text[start..end.at as usize], ending: end.ending, page })
    }

    /// Every line in order.
    pub fn lines(&self) -> impl ExactSizeIterator<Item = LineRef<'_>> {
        self.lines_between(1, self.line_count())
    }

    /// The lines from `first` to `last`, both counted from 1 and included; those that the document has.
    pub fn lines_between(&self, first: usize, last: usize) -> impl ExactSizeIterator<Item = LineRef<'_>> {
        let first = first.max(1);
        let last = last.min(self.line_count());
        let none = LineRef { number: 0, text: "", ending: Ending::None, page: None };
        (0..(last + 1).saturating_sub(first)).map(move |index| self.line(first + index).unwrap_or(none))
    }

    /// The texts of the lines from `first` to `last`, joined with `\n`: the cell `text` of their row.
    #[must_use]
    pub fn text_of(&self, first: usize, last: usize) -> String {
        let mut text = String::new();
        for (index, line) in self.lines_between(first, last).enumerate() {
            if index > 0 {
                text.push('\n');
            }
            text.push_str(line.text);
        }
        text
    }

    /// The lines with their endings, as they were read.
    #[cfg(test)]
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }
}

/// Whether a character shows anything.
fn shows(character: char) -> bool {
    !(character.is_whitespace()
        || character.is_control()
        || matches!(character, '\u{200B}'..='\u{200F}' | '\u{2060}' | '\u{FEFF}'))
}

fn read_text(bytes: &[u8], encoding: Option<&str>) -> Result<Reading, DocumentError> {
    let decoded = decode(bytes, encoding)?;
    let reader = decoded.encoding.map_or(BYTES, |it| it.name()).to_ascii_lowercase();
    Ok(Reading {
        text: decoded.text,
        reader,
        has_bom: decoded.has_bom,
        notes: decoded.doubt.into_iter().collect(),
        ..Reading::default()
    })
}
