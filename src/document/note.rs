//! What is to be told about a document that was read.

use std::fmt;

/// Something that was skipped, lost or could not be done, though the document can be used.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum DocumentNote {
    /// Pages of a PDF that hold a picture and no text, counted from 1.
    ScannedPages(Vec<u32>),
    /// Pages of a PDF with a text that could not be read, and why.
    SkippedText { pages: Vec<u32>, why: String },
    /// Characters of a PDF that its fonts do not name, and the pages with them.
    UnreadableCharacters { pages: Vec<u32>, count: usize },
    /// Pages of a PDF with lines that are put together from pieces which the file writes apart.
    ReadAcross(Vec<u32>),
    /// A section or piece that is longer than `max_chars` and cannot be cut. Lines are those of the document.
    TooLong { first_line: usize, last_line: usize, chars: usize, max_chars: usize },
    /// The file is valid UTF-8 with characters beyond ASCII, and is read as the encoding that was given.
    SeemsUtf8 { read_as: String },
    /// Something else that a reader skipped or changed, as a clause.
    Skipped(String),
}

impl fmt::Display for DocumentNote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ScannedPages(pages) => {
                let (pages, have) = (listed(pages), if pages.len() == 1 { "has" } else { "have" });
                write!(f, "{pages} {have} a picture and no text: run OCR over it if its text is needed")
            }
            Self::SkippedText { pages, why } => write!(f, "{}: text was skipped: {why}", listed(pages)),
            Self::UnreadableCharacters { pages, count } => {
                let (noun, stand) = if *count == 1 { ("character", "stands") } else { ("characters", "stand") };
                write!(f, "{}: {count} {noun} could not be read and {stand} as U+FFFD", listed(pages))
            }
            Self::ReadAcross(pages) => write!(
                f,
                "{}: lines are read across columns that the file writes one after the other, which is right for a table, \
                 and wrong for short columns of text: compare the text with the page",
                listed(pages)
            ),
            Self::TooLong { first_line, last_line, chars, max_chars } => write!(
                f,
                "lines {first_line} to {last_line} have {chars} characters, more than `max_chars` ({max_chars}), and \
                 no place to cut them: they stay one row"
            ),
            Self::SeemsUtf8 { read_as } => write!(
                f,
                "seems to be UTF-8, and is read as {read_as}, which makes other characters of those beyond ASCII: \
                 leave the encoding out (`input.encoding`, or what the page states), or say utf-8"
            ),
            Self::Skipped(what) => f.write_str(what),
        }
    }
}

/// `page 3`, or `pages 3, 5 to 9 and 12`.
pub(super) fn listed(pages: &[u32]) -> String {
    const SHOWN: usize = 10;
    let mut runs: Vec<(u32, u32)> = Vec::new();
    for &page in pages {
        match runs.last_mut() {
            Some((_, last)) if *last + 1 == page => *last = page,
            _ => runs.push((page, page)),
        }
    }
    let hidden = runs.len().saturating_sub(SHOWN);
    let mut words: Vec<String> = runs
        .iter()
        .take(SHOWN)
        .map(|&(first, last)| match last - first {
            0 => first.to_string(),
            1 => format!("{first}, {last}"),
            _ => format!("{first} to {last}"),
        })
        .collect();
    if hidden > 0 {
        words.push("more".to_owned());
    }
    let last = words.pop().unwrap_or_default();
    let all = if words.is_empty() { last } else { format!("{} and {last}", words.join(", ")) };
    let noun = if pages.len() == 1 { "page" } else { "pages" };
    format!("{noun} {all}")
}
