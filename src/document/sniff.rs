//! Recognises a file of another kind by its first bytes, because files are often given the wrong name.

use super::error::DocumentProblem;
use super::format::DocumentFormat;

/// The first bytes of kinds of files, and what messages call these.
const SIGNATURES: [(&[u8], &str); 14] = [
    (b"%PDF-", "a PDF"),
    (b"PK\x03\x04", "a zip archive, such as a docx"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Word document (doc), or a docx with a password"),
    (b"{\\rtf", "an RTF document"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"\x28\xb5\x2f\xfd", "a zstd archive"),
    (b"\xfd7zXZ\0", "an xz archive"),
    (b"BZh91AY", "a bzip2 archive"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive"),
    (b"Rar!\x1a\x07", "a rar archive"),
    (b"SQLite format 3\0", "an SQLite database"),
    (b"\x89PNG\r\n", "a PNG image"),
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"GIF8", "a GIF image"),
];

/// How far from its start a PDF may begin.
const PDF_WITHIN: usize = 1024;

/// Refuses bytes that are another kind of file than `format`.
pub(super) fn check(bytes: &[u8], format: DocumentFormat) -> Result<(), DocumentProblem> {
    let found = SIGNATURES.iter().find(|(signature, _)| bytes.starts_with(signature)).map(|(_, name)| *name);
    let head = &bytes[..bytes.len().min(PDF_WITHIN)];
    let (is_right, expected) = match format {
        DocumentFormat::Pdf => (memchr::memmem::find(head, b"%PDF-").is_some(), "a PDF"),
        DocumentFormat::Docx => (bytes.starts_with(b"PK"), "a Word document (docx)"),
        DocumentFormat::Markdown => (found.is_none(), "Markdown"),
        DocumentFormat::Text => (found.is_none(), "a text"),
        DocumentFormat::Html => (found.is_none(), "HTML"),
    };
    if is_right {
        return Ok(());
    }
    let found = found.unwrap_or("text, or something else");
    Err(DocumentProblem::WrongKind { found, expected })
}
