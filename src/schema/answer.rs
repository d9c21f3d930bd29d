//! Finds the one JSON object in a model's answer.
//!
//! Depends on the strict JSON reader of this room. It must never repair an answer, and never choose between two
//! objects.
//!
//! The rules, for a text that is read from left to right:
//!
//! - `{` followed by `"` or `}` (or by nothing at all) begins a JSON object. It must read as one, or the answer is
//!   invalid. So an empty `{}` counts as an object wherever it stands outside of another one.
//! - `[` that reads as a JSON array is one value: the objects in it are not the answer, and an array with objects in it
//!   counts as one JSON value too many beside an object. Other brackets are prose.
//! - Any other `{` is prose (`{see below}`, `{{ name }}`), up to the `}` that balances it; but an object inside such
//!   braces is part of something that is not JSON, so that the answer is invalid.
//! - Fences (backticks or tildes, with or without a language) are prose, and code inside them is read like everything
//!   else.

use serde_json::Value;

use super::json::{self, JsonError, JsonErrorKind, JsonNode};

/// Why an answer does not hold one readable JSON object. The message can be sent to the model as it is.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AnswerError {
    #[error("the answer is empty; a single JSON object was expected")]
    Empty,
    #[error("the answer holds no JSON object but {found}; a single JSON object was expected")]
    NoJson {
        /// What was found instead, with its article.
        found: &'static str,
    },
    /// More than one object, or an object and an array of objects.
    #[error("the answer holds {count} JSON values; exactly one JSON object was expected")]
    ManyJson { count: usize },
    /// Something that begins like a JSON object but cannot be read as one.
    #[error("the JSON in the answer cannot be read: {message} (line {line}, column {column} of the answer)")]
    Invalid {
        message: String,
        /// From 1.
        line: usize,
        /// In characters, from 1.
        column: usize,
    },
}

/// Finds the single JSON object in `answer`: alone, in a fence, or with prose around it.
///
/// Nothing is repaired: a repeated field, or an integer that would have to be rounded, is an error.
pub fn find_object(answer: &str) -> Result<Value, AnswerError> {
    find_node(answer).map(|node| node.to_value())
}

/// [`find_object`] with the keys in the order of the answer.
pub(super) fn find_node(answer: &str) -> Result<JsonNode, AnswerError> {
    if answer.trim_matches(is_blank).is_empty() {
        return Err(AnswerError::Empty);
    }
    let found = scan(answer)?;
    match (found.objects, found.arrays_of_objects) {
        (1, 0) => found.first.ok_or(AnswerError::NoJson { found: "text" }),
        (0, 0) => Err(nothing_found(answer, found.almost)),
        (0, 1) => Err(AnswerError::NoJson { found: "an array" }),
        (objects, arrays) => Err(AnswerError::ManyJson { count: objects + arrays }),
    }
}

#[derive(Default)]
struct JsonScan {
    first: Option<JsonNode>,
    objects: usize,
    arrays_of_objects: usize,
    /// The first brace that looks like an object in some notation other than JSON.
    almost: Option<usize>,
}

fn scan(answer: &str) -> Result<JsonScan, AnswerError> {
    let bytes = answer.as_bytes();
    let mut found = JsonScan::default();
    // The braces of prose that are still open, outermost first.
    let mut open: Vec<usize> = Vec::new();
    let mut at = 0;
    while let Some(step) = memchr::memchr3(b'{', b'}', b'[', &bytes[at..]) {
        at += step;
        match bytes[at] {
            b'}' => {
                open.pop();
                at += 1;
            }
            b'[' => at = skip_array(answer, at, &mut found)?,
            _ if begins_object(answer, at) => {
                if let Some(&outer) = open.first() {
                    return Err(unreadable(answer, outer));
                }
                let (node, end) = json::read_at(answer, at).map_err(|error| invalid(answer, error))?;
                found.objects += 1;
                found.first.get_or_insert(node);
                at = end;
            }
            _ => {
                if found.almost.is_none() && almost_object(answer, at) {
                    found.almost = Some(at);
                }
                open.push(at);
                at += 1;
            }
        }
    }
    Ok(found)
}

/// Reads the array that begins at `at`, if there is one; returns where to continue.
fn skip_array(answer: &str, at: usize, found: &mut JsonScan) -> Result<usize, AnswerError> {
    match json::read_at(answer, at) {
        Ok((node, end)) => {
            if holds_object(&node) {
                found.arrays_of_objects += 1;
            }
            Ok(end)
        }
        // JSON up to the end of the text means that the answer was cut off; a bracket in prose does not read that far.
        Err(error) if error.kind == JsonErrorKind::Truncated && answer[at..].contains('{') => {
            Err(invalid(answer, error))
        }
        Err(error) if error.kind == JsonErrorKind::TooDeep => Err(invalid(answer, error)),
        Err(_) => Ok(at + 1),
    }
}

fn holds_object(node: &JsonNode) -> bool {
    match node {
        JsonNode::Object(_) => true,
        JsonNode::Array(items) => items.iter().any(holds_object),
        _ => false,
    }
}

fn is_blank(sign: char) -> bool {
    sign.is_whitespace() || sign == '\u{feff}'
}

fn begins_object(answer: &str, at: usize) -> bool {
    matches!(answer[at + 1..].trim_start().as_bytes().first(), None | Some(b'"' | b'}'))
}

/// Whether a brace looks like the start of an object in some other notation: Python, JavaScript, JSON with comments.
fn almost_object(answer: &str, at: usize) -> bool {
    let rest = answer[at + 1..].trim_start();
    let word = rest.bytes().take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b'_').count();
    let begins_text = answer[..at].trim_matches(is_blank).is_empty() && !rest.starts_with(['{', '%']);
    begins_text
        || rest.starts_with(['\'', ',', '\u{201c}', '\u{201d}'])
        || rest.starts_with("//")
        || rest.starts_with("/*")
        || (word > 0 && rest[word..].trim_start().starts_with(':'))
}

fn nothing_found(answer: &str, almost: Option<usize>) -> AnswerError {
    if let Some(at) = almost {
        return unreadable(answer, at);
    }
    let found = match json::read(answer.trim_matches(is_blank)) {
        Ok(JsonNode::Array(_)) => "an array",
        Ok(JsonNode::String(_)) => "a string",
        Ok(JsonNode::Number(_)) => "a number",
        Ok(JsonNode::Bool(_)) => "a boolean",
        Ok(JsonNode::Null) => "null",
        _ => "text",
    };
    AnswerError::NoJson { found }
}

fn unreadable(answer: &str, at: usize) -> AnswerError {
    match json::read_at(answer, at) {
        Err(error) => invalid(answer, error),
        // Not reached while `begins_object` and the reader agree on what an object begins with.
        Ok(_) => AnswerError::NoJson { found: "text" },
    }
}

fn invalid(answer: &str, error: JsonError) -> AnswerError {
    let (line, column) = json::position(answer, error.offset);
    let message = if error.kind == JsonErrorKind::Truncated {
        format!("it ends before the object is closed: {}", error.message)
    } else {
        error.message
    };
    AnswerError::Invalid { message, line, column }
}

#[cfg(test)]
mod tests;
