//! Cuts a text into lines, which only LF, CRLF and CR end.

use memchr::memchr2;

/// How a line ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Ending {
    /// The last line, without an ending.
    None,
    Lf,
    CrLf,
    Cr,
}

impl Ending {
    /// Every ending, by its number in the run file.
    pub const ALL: [Self; 4] = [Self::None, Self::Lf, Self::CrLf, Self::Cr];

    /// The characters that end the line.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::None => "",
            Self::Lf => "\n",
            Self::CrLf => "\r\n",
            Self::Cr => "\r",
        }
    }

    /// Its number in the run file.
    #[must_use]
    pub fn code(self) -> u8 {
        match self {
            Self::None => 0,
            Self::Lf => 1,
            Self::CrLf => 2,
            Self::Cr => 3,
        }
    }
}

/// A line of a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LineRef<'a> {
    /// Counted from 1.
    pub number: usize,
    /// Without its ending, and otherwise exactly as it is.
    pub text: &'a str,
    pub ending: Ending,
    /// The page of a PDF, counted from 1.
    pub page: Option<u32>,
}

/// Where a line ends in its text, in bytes and without its ending. It starts where the one before it has ended.
#[derive(Clone, Copy, Debug)]
pub(super) struct LineEnd {
    pub(super) at: u32,
    pub(super) ending: Ending,
}

impl LineEnd {
    /// Where the next line starts.
    pub(super) fn next(self) -> usize {
        self.at as usize + self.ending.as_str().len()
    }
}

/// The lines of a text of less than 4 GiB. An ending at the end of the text makes no further line, so an empty text has
/// none.
pub(super) fn lines_of(text: &str) -> Vec<LineEnd> {
    let bytes = text.as_bytes();
    let at = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
    let mut lines = Vec::new();
    let mut start = 0;
    while start < bytes.len() {
        let Some(length) = memchr2(b'\n', b'\r', &bytes[start..]) else {
            lines.push(LineEnd { at: at(bytes.len()), ending: Ending::None });
            break;
        };
        let end = start + length;
        let ending = match (bytes[end], bytes.get(end + 1)) {
            (b'\n', _) => Ending::Lf,
            (_, Some(b'\n')) => Ending::CrLf,
            _ => Ending::Cr,
        };
        lines.push(LineEnd { at: at(end), ending });
        start = end + ending.as_str().len();
    }
    lines
}

/// Whether a line shows nothing.
pub(super) fn is_blank(line: &str) -> bool {
    line.trim().is_empty()
}

/// The lines with their numbers from 1, as `1: text`, joined with `\n`.
#[must_use]
pub fn numbered<'a>(lines: impl Iterator<Item = &'a str>) -> String {
    let mut text = String::new();
    for (index, line) in lines.enumerate() {
        if index > 0 {
            text.push('\n');
        }
        text.push_str(&(index + 1).to_string());
        text.push_str(": ");
        text.push_str(line);
    }
    text
}
