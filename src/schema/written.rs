//! JSON that a person wrote: [`read_written_json`] reads it as strictly as an answer.

use serde_json::Value;

use super::json::{position, read};

/// Why a text is not JSON, or not one that can be kept as it is.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message} (line {line}, column {column})")]
pub struct WrittenJsonError {
    message: String,
    /// From 1.
    line: usize,
    /// In characters, from 1.
    column: usize,
}

impl WrittenJsonError {
    /// What is wrong, without the place.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }

    /// The column, in characters from 1.
    #[must_use]
    pub fn column(&self) -> usize {
        self.column
    }
}

/// Reads the one value that is all of `text`. A key that an object has twice is an error, and so is an integer that
/// would have to be rounded.
pub fn read_written_json(text: &str) -> Result<Value, WrittenJsonError> {
    read(text).map(|node| node.to_value()).map_err(|error| {
        let (line, column) = position(text, error.offset);
        WrittenJsonError { message: error.message, line, column }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_that_is_written_twice_is_an_error() {
        let error = read_written_json("{\"a\": 1,\n \"a\": 2}").unwrap_err().to_string();
        assert!(error.contains("\"a\" is given twice") && error.contains("line 2"), "{error}");
        assert_eq!(read_written_json(" {\"a\": [1]} "), Ok(serde_json::json!({"a": [1]})));
    }
}
