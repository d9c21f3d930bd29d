//! The text of a PDF, line by printed line, with the page of each.

mod across;

use pdfboss_core::{Document as Pdf, Error as PdfError, Object};
use pdfboss_output::{Output, Text, page_layout, retain_spans_on_page};
use pdfboss_text::{
    FontCache, ReadingOrder, SkipCause, SkippedTextKind, extract_spans_reporting_cached, placed_images,
};

use super::error::{DocumentError, DocumentPlace, DocumentProblem};
use super::note::DocumentNote;
use super::reading::Reading;

/// The reader and its version. Another version may make other lines of the same file.
pub(super) const READER: &str = "pdfboss 2.16.1";

/// Reads a PDF. Blanks at the ends of lines, which are the producer's, are left out.
pub(super) fn read(bytes: &[u8]) -> Result<Reading, DocumentError> {
    let pdf = Pdf::load(bytes.to_vec()).map_err(|error| problem(&error))?;
    // Before the pages are counted, this is the number that the file declares.
    let declared = pdf.page_count();
    let mut pages = Pages::default();
    let fonts = FontCache::default();
    for index in 0..pdf.flattened_page_count() {
        pages.read(&pdf, index, &fonts)?;
    }
    let filled = filled_fields(&pdf);
    pages.into_reading(declared).map(|mut reading| {
        if filled > 0 {
            let what =
                format!("form fields are left out with their values ({filled}): print the PDF to a PDF to keep them");
            reading.notes.push(DocumentNote::Skipped(what));
        }
        reading
    })
}

/// How many fields of a form have a value.
fn filled_fields(pdf: &Pdf) -> usize {
    let is_filled = |value: &Object| match value.as_name() {
        Some(name) => name.0 != "Off",
        None => value.as_str_bytes().map_or_else(|| !value.is_null(), |text| !text.is_empty()),
    };
    pdf.form_fields().iter().filter(|field| field.value.as_ref().is_some_and(is_filled)).count()
}

/// What was read of a PDF so far.
#[derive(Default)]
struct Pages {
    text: String,
    /// Where each page starts in `text`.
    starts: Vec<usize>,
    /// Pages with a picture and no text.
    scanned: Vec<u32>,
    /// Why text was skipped, and on which pages.
    skipped: Vec<(String, Vec<u32>)>,
    /// Pages with lines that are put together from pieces which are apart in the file.
    across: Vec<u32>,
    /// How many characters could not be read, and the pages that have them.
    unreadable: (usize, Vec<u32>),
}

impl Pages {
    fn read(&mut self, pdf: &Pdf, index: usize, fonts: &FontCache) -> Result<(), DocumentError> {
        let number = u32::try_from(index + 1).unwrap_or(u32::MAX);
        let at_page = |error: PdfError| DocumentError { place: DocumentPlace::Page(number), problem: problem(&error) };
        let page = pdf.page(index).map_err(at_page)?;
        let read = extract_spans_reporting_cached(pdf, &page, fonts, ReadingOrder::Content);
        let (mut spans, report) = read.map_err(at_page)?;
        retain_spans_on_page(&mut spans, &page);
        let text = Text.render(&[page_layout(&spans, report.order)]);
        self.starts.push(self.text.len());
        for skipped in &report.skipped {
            self.skip(number, format!("{}: {}", kind(skipped.kind), cause(&skipped.cause)));
        }
        if text.trim().is_empty() {
            let has_picture = !placed_images(pdf, &page).map_err(at_page)?.is_empty();
            self.scanned.extend(has_picture.then_some(number));
            return Ok(());
        }
        self.across.extend(across::is_read_across(&spans, &text).then_some(number));
        let unreadable = text.chars().filter(|&it| matches!(it, '\u{FFFD}' | '\0')).count();
        if unreadable > 0 {
            self.unreadable.0 += unreadable;
            self.unreadable.1.push(number);
        }
        for line in text.lines() {
            self.text.push_str(line.trim_end().replace('\0', "\u{FFFD}").as_str());
            self.text.push('\n');
        }
        Ok(())
    }

    fn skip(&mut self, page: u32, why: String) {
        match self.skipped.iter_mut().find(|(it, _)| *it == why) {
            Some((_, pages)) if pages.last() == Some(&page) => {}
            Some((_, pages)) => pages.push(page),
            None => self.skipped.push((why, vec![page])),
        }
    }

    fn into_reading(self, declared: usize) -> Result<Reading, DocumentError> {
        let count = self.starts.len();
        if count == 0 {
            return Err(damaged("it has no pages").into());
        }
        let mut notes = Vec::new();
        notes.extend(self.skipped.into_iter().map(|(why, pages)| DocumentNote::SkippedText { pages, why }));
        if self.text.is_empty() {
            return Err(match notes.first() {
                _ if !self.scanned.is_empty() => DocumentProblem::NeedsOcr(self.scanned).into(),
                Some(skipped) => damaged(skipped.to_string()).into(),
                None => DocumentProblem::NoText.into(),
            });
        }
        if self.unreadable.0 > 0 {
            let (count, pages) = self.unreadable;
            notes.push(DocumentNote::UnreadableCharacters { pages, count });
        }
        if !self.across.is_empty() {
            notes.push(DocumentNote::ReadAcross(self.across));
        }
        if !self.scanned.is_empty() {
            notes.push(DocumentNote::ScannedPages(self.scanned));
        }
        if declared > count {
            let what = format!("the file says that it has {declared} pages, but only {count} could be read");
            notes.push(DocumentNote::Skipped(what));
        }
        let (text, pages) = (self.text, Some(self.starts));
        Ok(Reading { text, pages, notes, reader: READER.to_owned(), ..Reading::default() })
    }
}

fn kind(kind: SkippedTextKind) -> &'static str {
    match kind {
        SkippedTextKind::PageContents => "all of the page",
        SkippedTextKind::Form => "a form in it",
        SkippedTextKind::XObject => "an object in it",
        SkippedTextKind::FontEncoding => "a font's encoding, so that its characters are guessed",
    }
}

fn cause(cause: &SkipCause) -> String {
    match cause {
        SkipCause::UnsupportedFilter(name) => format!("the filter `{name}` is not read"),
        SkipCause::Unreadable => "its data are damaged".to_owned(),
        SkipCause::Parse => "its content is damaged".to_owned(),
        SkipCause::Missing => "it is not in the file".to_owned(),
        SkipCause::LimitExceeded => "it is nested too deeply".to_owned(),
    }
}

fn problem(error: &PdfError) -> DocumentProblem {
    match error {
        PdfError::Encrypted => DocumentProblem::Encrypted("the PDF"),
        error => damaged(error.to_string()),
    }
}

fn damaged(why: impl Into<String>) -> DocumentProblem {
    DocumentProblem::Damaged { kind: "the PDF", why: why.into() }
}
