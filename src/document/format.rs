//! The formats of documents by name and by file extension.

use std::fmt;

/// A format in which documents are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DocumentFormat {
    /// `CommonMark` with tables and footnotes.
    Markdown,
    /// Plain text, in which nothing is a heading.
    Text,
    Html,
    /// A Word document (Office Open XML).
    Docx,
    Pdf,
}

impl DocumentFormat {
    /// Every format, in the order in which they are listed to people.
    pub const ALL: [Self; 5] = [Self::Markdown, Self::Text, Self::Html, Self::Docx, Self::Pdf];

    /// The file extensions of documents, in lower case and without a dot.
    pub const EXTENSIONS: [&str; 8] = ["md", "markdown", "txt", "text", "html", "htm", "docx", "pdf"];

    /// The format's name, as the run file has it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Markdown => "markdown",
            Self::Text => "text",
            Self::Html => "html",
            Self::Docx => "docx",
            Self::Pdf => "pdf",
        }
    }

    /// The format that a file extension stands for, in any case and without its dot.
    #[must_use]
    pub fn of_extension(extension: &str) -> Option<Self> {
        match extension.to_ascii_lowercase().as_str() {
            "md" | "markdown" => Some(Self::Markdown),
            "txt" | "text" => Some(Self::Text),
            "html" | "htm" => Some(Self::Html),
            "docx" => Some(Self::Docx),
            "pdf" => Some(Self::Pdf),
            _ => None,
        }
    }

    /// Whether its text is Markdown, with headings and blocks: that of HTML and docx is made so.
    pub(super) fn has_markdown(self) -> bool {
        match self {
            Self::Markdown | Self::Html | Self::Docx => true,
            Self::Text | Self::Pdf => false,
        }
    }
}

impl fmt::Display for DocumentFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
