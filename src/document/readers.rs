//! Which reader makes the text of a format, and in which version.

use super::format::DocumentFormat;
use super::{docx, html, pdf};

/// The reader of a format and its version; `None` where the lines are the file's own. What another one made is to be
/// read again.
#[must_use]
pub fn reader_of(format: DocumentFormat) -> Option<&'static str> {
    match format {
        DocumentFormat::Markdown | DocumentFormat::Text => None,
        DocumentFormat::Html => Some(html::READER),
        DocumentFormat::Docx => Some(docx::READER),
        DocumentFormat::Pdf => Some(pdf::READER),
    }
}
