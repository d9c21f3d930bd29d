//! Why a document cannot be read: where in it, and what is wrong there.

use std::fmt;

use super::limits::MAX_DOCUMENT_BYTES;
use super::note::listed;

/// A document that cannot be read. The caller names its file.
#[derive(Debug, thiserror::Error)]
#[error("{place}{problem}")]
pub struct DocumentError {
    pub place: DocumentPlace,
    pub problem: DocumentProblem,
}

impl DocumentError {
    /// A hint on how to fix it, if the message does not already say so.
    #[must_use]
    pub fn hint(&self) -> Option<&'static str> {
        match self.problem {
            DocumentProblem::NoText => Some("leave it out (`input.exclude`), or give it a text"),
            DocumentProblem::NeedsOcr(_) => Some("run OCR over it, for example with `ocrmypdf in.pdf out.pdf`"),
            DocumentProblem::Expands { .. } => Some("save it as several documents, or leave it out (`input.exclude`)"),
            DocumentProblem::Encrypted(_) => Some("save it without a password"),
            _ => None,
        }
    }

    /// The key of a configuration whose value does not fit the document.
    #[must_use]
    pub fn input_key(&self) -> Option<&'static str> {
        match self.problem {
            DocumentProblem::UnknownEncoding(_) | DocumentProblem::OtherByteOrderMark { .. } => Some("input.encoding"),
            _ => None,
        }
    }

    /// Whether the user's input is wrong.
    #[must_use]
    #[expect(clippy::unused_self, reason = "every error is asked this, whatever its room")]
    pub fn is_usage(&self) -> bool {
        true
    }
}

impl From<DocumentProblem> for DocumentError {
    fn from(problem: DocumentProblem) -> Self {
        Self { place: DocumentPlace::File, problem }
    }
}

/// Where in a document something is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DocumentPlace {
    /// The file as a whole.
    File,
    /// A line and the character in it, both counted from 1.
    Line { line: usize, column: usize },
    /// A page, counted from 1.
    Page(u32),
    /// A part of a docx, by its name in the archive.
    Part(String),
}

impl fmt::Display for DocumentPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File => Ok(()),
            Self::Line { line, column } => write!(f, "line {line}, column {column}: "),
            Self::Page(page) => write!(f, "page {page}: "),
            Self::Part(part) => write!(f, "{part}: "),
        }
    }
}

/// What is wrong with a document.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DocumentProblem {
    #[error("the file is empty")]
    Empty,
    #[error("the document has no text")]
    NoText,
    #[error("the document has {bytes} bytes, more than the {} MB that are read: split it", MAX_DOCUMENT_BYTES / 1_000_000)]
    TooLarge { bytes: usize },
    /// The first bytes are those of another kind of file.
    #[error("seems to be {found}, not {expected}: give it the extension of what it is, or leave it out")]
    WrongKind { found: &'static str, expected: &'static str },
    /// U+0000 in what should be a text.
    #[error("has a NUL character (U+0000), which no text has: this is a binary file, or a damaged one")]
    Nul,
    #[error(
        "`{0}` is not a known encoding: set `input.encoding` to one such as utf-8, utf-16, windows-1252, shift_jis or gbk"
    )]
    UnknownEncoding(String),
    /// The byte order mark, or the zero bytes, of an encoding other than UTF-8. `label` is that of `iconv`.
    #[error(
        "is written in {name}, not UTF-8: convert it (`iconv -f {label} -t utf-8`), or set `input.encoding: {label}`"
    )]
    OtherUnicode { name: &'static str, label: &'static str },
    #[error("is written in UTF-32, which is not read: convert it (`iconv -f utf-32 -t utf-8`)")]
    Utf32,
    /// The byte order mark contradicts the declared encoding; `label` is the encoding that it stands for.
    #[error(
        "begins with the byte order mark of {found}, but is to be read as {declared}: set `input.encoding: {label}`"
    )]
    OtherByteOrderMark { found: &'static str, declared: String, label: &'static str },
    /// Bytes, shown in hex, that are not UTF-8, in what may be any other encoding or a damaged file.
    #[error(
        "the bytes {bytes} are not UTF-8: mend the file or convert it, or set `input.encoding` to the encoding that \
         it has"
    )]
    NotUtf8 { bytes: String },
    /// The first bytes, shown in hex, of a character that the file's end cuts.
    #[error(
        "the bytes {bytes} at the file's end begin a character of UTF-8 that is not whole: the file was cut off, or \
         has another encoding (`input.encoding`)"
    )]
    CutUtf8 { bytes: String },
    /// Bytes, shown in hex, that are not UTF-8; `likely` is the encoding that they seem to be in.
    #[error(
        "the bytes {bytes} are not UTF-8; the file seems to be {likely}: convert it (`iconv -f {likely} -t utf-8`), or \
         set `input.encoding: {likely}`"
    )]
    OtherEncoding { bytes: String, likely: &'static str },
    /// Bytes, shown in hex, that the declared encoding does not have.
    #[error("the bytes {bytes} are not valid {encoding}: set `input.encoding` to the file's real encoding")]
    InvalidBytes { bytes: String, encoding: &'static str },
    /// Pages of a PDF with pictures and no text on any page.
    #[error("the document has pictures of pages and no text ({}): it needs OCR", listed(.0))]
    NeedsOcr(Vec<u32>),
    /// A PDF or a Word file with a password; says which.
    #[error("{0} is encrypted and needs a password")]
    Encrypted(&'static str),
    /// An archive or a part that expands beyond reason.
    #[error("would unpack to more than {} MB, which is not a plausible document", limit / 1_000_000)]
    Expands { limit: u64 },
    #[error("{kind} is damaged or incomplete: {why}")]
    Damaged { kind: &'static str, why: String },
}
