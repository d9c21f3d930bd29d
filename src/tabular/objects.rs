//! JSON objects as records: the columns are the keys of all objects, in the order in which they first appear, so
//! their file is read twice: once for the keys ([`Keys`]), once for the values ([`set_cells`]).

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::cells::Cells;
use super::error::TableProblem;
use super::limits::MAX_COLUMNS;

/// The keys of the objects so far.
#[derive(Default)]
pub(super) struct Keys {
    pub(super) names: Vec<String>,
    columns: HashMap<String, usize>,
    /// For each column the last object that has it, to find a key that an object has twice.
    last_seen: Vec<u64>,
}

impl Keys {
    /// Adds the keys of an object. `number` is its own, from 1.
    pub(super) fn add(&mut self, object: &str, number: u64) -> Result<(), ObjectFault> {
        for (key, _) in parse(object)?.0 {
            let index = self.columns.get(key.as_ref()).copied().unwrap_or(self.names.len());
            if index == self.names.len() {
                if index == MAX_COLUMNS {
                    return Err(TableProblem::TooManyColumns.into());
                }
                self.columns.insert(key.to_string(), index);
                self.names.push(key.to_string());
                self.last_seen.push(0);
            }
            if self.last_seen[index] == number {
                return Err(TableProblem::RepeatedKey(key.into_owned()).into());
            }
            self.last_seen[index] = number;
        }
        Ok(())
    }

    /// The positions of the columns by their names.
    pub(super) fn columns(self) -> HashMap<String, usize> {
        self.columns
    }
}

/// What is wrong with an object.
pub(super) struct ObjectFault {
    pub(super) problem: TableProblem,
    /// The line within the object's text, from 0.
    pub(super) line: u64,
}

impl From<TableProblem> for ObjectFault {
    fn from(problem: TableProblem) -> Self {
        Self { problem, line: 0 }
    }
}

/// Sets the cells of an object.
pub(super) fn set_cells(object: &str, columns: &HashMap<String, usize>, cells: &mut Cells) -> Result<(), ObjectFault> {
    cells.start_object();
    for (key, value) in parse(object)?.0 {
        let Some(&index) = columns.get(key.as_ref()) else {
            return Err(TableProblem::Changed(key.into_owned()).into());
        };
        let text = value.get();
        match text.as_bytes().first() {
            Some(b'"') => cells.set_text(
                index,
                serde_json::from_str(text)
                    .map_err(|error| TableProblem::Json(format!("the value of `{key}`: {}", message(&error))))?,
            ),
            Some(b'n') => {}
            Some(b'{' | b'[') if depth(text) > MAX_DEPTH => {
                cells.set_text(index, String::new());
                cells.set_verbatim(index, compact(text));
            }
            Some(b'{' | b'[') => cells.set_verbatim(index, compact(text)),
            _ => cells.set(index, text.to_owned()),
        }
    }
    Ok(())
}

/// An object's keys in their order, with the text of their values.
struct JsonObject<'a>(Vec<(Cow<'a, str>, &'a RawValue)>);

/// A key, borrowed from the line where it has no escapes.
#[derive(serde::Deserialize)]
struct JsonKey<'a>(#[serde(borrow)] Cow<'a, str>);

impl<'de> Deserialize<'de> for JsonObject<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Entries;
        impl<'de> Visitor<'de> for Entries {
            type Value = JsonObject<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<JsonObject<'de>, A::Error> {
                let mut entries = Vec::new();
                while let Some((JsonKey(key), value)) = map.next_entry()? {
                    entries.push((key, value));
                }
                Ok(JsonObject(entries))
            }
        }
        deserializer.deserialize_map(Entries)
    }
}

fn parse(text: &str) -> Result<JsonObject<'_>, ObjectFault> {
    let json = |error: serde_json::Error| ObjectFault {
        problem: TableProblem::Json(message(&error)),
        line: u64::try_from(error.line().saturating_sub(1)).unwrap_or_default(),
    };
    let Some(found) = kind(text) else { return serde_json::from_str(text).map_err(json) };
    serde_json::from_str::<&RawValue>(text).map_err(json)?;
    Err(TableProblem::NotAnObject { found, rule: "each row is one object" }.into())
}

/// What a JSON value is, by its first character; `None` for an object, or for what is no value.
pub(super) fn kind(text: &str) -> Option<&'static str> {
    match text.trim_start().as_bytes().first()? {
        b'[' => Some("an array"),
        b'"' => Some("a string"),
        b'n' => Some("null"),
        b't' | b'f' => Some("a boolean"),
        b'-' | b'0'..=b'9' => Some("a number"),
        _ => None,
    }
}

/// What `serde_json` says, with the column alone: the line that it counts is always its first.
fn message(error: &serde_json::Error) -> String {
    let text = error.to_string();
    match text.rsplit_once(" at line ") {
        Some((what, _)) => format!("{what} at column {}", error.column()),
        None => text,
    }
}

/// How deep a value may be to be more than a text: as deep as JSON is read elsewhere.
const MAX_DEPTH: usize = 100;

/// How deep lists and objects stand in one another in valid JSON.
fn depth(json: &str) -> usize {
    let (mut depth, mut deepest, mut in_string, mut escaped) = (0usize, 0, false, false);
    for byte in json.bytes() {
        match byte {
            _ if in_string && escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            b'{' | b'[' if !in_string => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            b'}' | b']' if !in_string => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    deepest
}

/// Valid JSON without the white space between its tokens, otherwise as it was written.
fn compact(json: &str) -> String {
    let mut text = String::with_capacity(json.len());
    let mut in_string = false;
    let mut escaped = false;
    for c in json.chars() {
        if in_string {
            in_string = escaped || c != '"';
            escaped = !escaped && c == '\\';
        } else if c.is_ascii_whitespace() {
            continue;
        } else {
            in_string = c == '"';
        }
        text.push(c);
    }
    text
}
