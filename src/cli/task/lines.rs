//! Reads rows from lines: [`RowLines`].

use std::io::{self, BufRead, Read as _};

use serde_json::{Map, Value};

use crate::engine::read_written_json;

/// Why a line is no row.
#[derive(Debug, thiserror::Error)]
pub enum LineError {
    #[error("stdin cannot be read: {0}")]
    Read(#[from] io::Error),
    #[error("line {line} has more than {most} bytes")]
    TooLong { line: u64, most: u64 },
    #[error("line {line} is not UTF-8")]
    NotText { line: u64 },
    #[error("line {line} is not JSON: {message} (column {column})")]
    NotJson { line: u64, column: usize, message: String },
    #[error("line {line} is not a JSON object")]
    NotAnObject { line: u64 },
}

impl LineError {
    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::Read(_) => None,
            Self::TooLong { .. } => Some("each row is one line; a larger `--max-line` allows longer ones"),
            Self::NotText { .. } => Some("write the rows in UTF-8"),
            Self::NotJson { .. } | Self::NotAnObject { .. } => {
                Some("each line is one row, as a JSON object with a value for each column")
            }
        }
    }

    /// Whether the input is at fault, and not the system.
    #[must_use]
    pub fn is_usage(&self) -> bool {
        !matches!(self, Self::Read(_))
    }
}

/// A row, and its line from 1.
#[derive(Debug, PartialEq)]
pub struct RowLine {
    pub line: u64,
    pub row: Map<String, Value>,
}

/// Rows, one on each line that is not blank.
pub struct RowLines<R> {
    input: R,
    /// The most bytes of a line.
    most: u64,
    line: u64,
}

impl<R: BufRead> RowLines<R> {
    pub fn new(input: R, most: u64) -> Self {
        Self { input, most, line: 0 }
    }

    /// The next row; `None` at the end of the input.
    pub fn next_row(&mut self) -> Result<Option<RowLine>, LineError> {
        let mut bytes = Vec::new();
        loop {
            bytes.clear();
            // The line end is not counted, and one byte more shows that a line is too long.
            let read = (&mut self.input).take(self.most.saturating_add(2)).read_until(b'\n', &mut bytes)?;
            if read == 0 {
                return Ok(None);
            }
            self.line += 1;
            let line = self.line;
            let mut text = bytes.strip_suffix(b"\n").unwrap_or(&bytes);
            if text.len() as u64 > self.most {
                return Err(LineError::TooLong { line, most: self.most });
            }
            if line == 1 {
                text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
            }
            if text.trim_ascii().is_empty() {
                continue;
            }
            let text = std::str::from_utf8(text).map_err(|_| LineError::NotText { line })?;
            let value = read_written_json(text).map_err(|error| {
                let (column, message) = (error.column(), error.message().to_owned());
                LineError::NotJson { line, column, message }
            })?;
            let Value::Object(row) = value else { return Err(LineError::NotAnObject { line }) };
            return Ok(Some(RowLine { line, row }));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(input: &[u8], most: u64) -> (Vec<u64>, Option<String>) {
        let mut lines = RowLines::new(input, most);
        let mut found = Vec::new();
        loop {
            match lines.next_row() {
                Ok(Some(row)) => found.push(row.line),
                Ok(None) => return (found, None),
                Err(error) => return (found, Some(error.to_string())),
            }
        }
    }

    #[test]
    fn each_line_that_is_not_blank_is_a_row() {
        assert_eq!(rows(b"\xef\xbb\xbf{}\r\n\n  \n{\"a\": 1}", 100), (vec![1, 4], None));
        assert_eq!(rows(b"", 100), (vec![], None));
    }

    #[test]
    fn a_bad_line_is_named() {
        let error = |input: &[u8]| {
            let (found, error) = rows(input, 20);
            assert_eq!(found, [1]);
            error.unwrap()
        };
        let told = error(b"{}\n{\"a\": }\n");
        assert!(told.starts_with("line 2 is not JSON: expected a value") && told.ends_with("(column 7)"), "{told}");
        assert!(error(b"{}\n{\"a\": 1, \"a\": 2}\n").contains("given twice"));
        assert_eq!(error(b"{}\n[1]\n"), "line 2 is not a JSON object");
        assert_eq!(error(b"{}\n\n{\"a\": \"\xff\"}\n"), "line 3 is not UTF-8");
        assert_eq!(error(b"{}\n{\"a\": \"0123456789012\"}\n"), "line 2 has more than 20 bytes");
        assert_eq!(rows(b"{\"a\":\"012345678901\"}\n", 20), (vec![1], None), "the line end does not count");
    }
}
