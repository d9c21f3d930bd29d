//! One JSON object a line. The columns are the keys of all objects, in the order in which they first appear, so the
//! file is read twice: once for the keys, once for the values.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt;
use std::io::{Read, Seek, SeekFrom};

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::cells::Cells;
use super::decode::Lines;
use super::error::{PlacedProblem, TableProblem};
use super::header::Header;
use super::limits::MAX_COLUMNS;
use super::notes::Notes;

/// Reads the objects of a jsonl.
pub(super) struct Jsonl<R> {
    lines: Lines<R>,
    line: String,
    columns: HashMap<String, usize>,
}

impl<R: Read + Seek> Jsonl<R> {
    /// Reads the file through for its keys, checks every line, and goes back to the start.
    pub(super) fn open(source: R, encoding: &str, notes: &mut Notes) -> Result<(Header, Self), PlacedProblem> {
        let mut lines = Lines::open(source, encoding)?;
        let mut names = Vec::new();
        let mut columns: HashMap<String, usize> = HashMap::new();
        // For each column the last line that has it, to find a key that an object has twice.
        let mut last_seen: Vec<u64> = Vec::new();
        let mut line = String::new();
        while lines.next_into(&mut line)?.is_some() {
            if is_blank(&line) {
                continue;
            }
            let number = lines.line();
            let at = |problem| PlacedProblem::at(number, problem);
            for (key, _) in parse(&line).map_err(at)?.0 {
                let index = columns.get(key.as_ref()).copied().unwrap_or(names.len());
                if index == names.len() {
                    if index == MAX_COLUMNS {
                        return Err(at(TableProblem::TooManyColumns));
                    }
                    columns.insert(key.to_string(), index);
                    names.push(key.to_string());
                    last_seen.push(0);
                }
                if last_seen[index] == number {
                    return Err(at(TableProblem::RepeatedKey(key.into_owned())));
                }
                last_seen[index] = number;
            }
        }
        if lines.line() == 0 || names.is_empty() {
            return Err(TableProblem::Empty.into());
        }
        notes.bom = lines.bom();
        let mut source = lines.into_source();
        source.seek(SeekFrom::Start(0))?;
        Ok((Header { names, line: None }, Self { lines: Lines::open(source, encoding)?, line, columns }))
    }

    /// Reads the next object; returns its line.
    pub(super) fn read(&mut self, cells: &mut Cells, notes: &mut Notes) -> Result<Option<u64>, PlacedProblem> {
        loop {
            if self.lines.next_into(&mut self.line)?.is_none() {
                return Ok(None);
            }
            if !is_blank(&self.line) {
                break;
            }
            notes.blank_lines += 1;
        }
        let number = self.lines.line();
        self.set_cells(cells).map_err(|problem| PlacedProblem::at(number, problem))?;
        Ok(Some(number))
    }

    fn set_cells(&self, cells: &mut Cells) -> Result<(), TableProblem> {
        cells.start_all();
        for (key, value) in parse(&self.line)?.0 {
            let Some(&index) = self.columns.get(key.as_ref()) else {
                return Err(TableProblem::Changed(key.into_owned()));
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
}

fn is_blank(line: &str) -> bool {
    line.trim().is_empty()
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

fn parse(line: &str) -> Result<JsonObject<'_>, TableProblem> {
    let json = |error: serde_json::Error| TableProblem::Json(message(&error));
    let kind = match line.trim_start().as_bytes().first() {
        Some(b'[') => "an array",
        Some(b'"') => "a string",
        Some(b'n') => "null",
        Some(b't' | b'f') => "a boolean",
        Some(b'-' | b'0'..=b'9') => "a number",
        _ => return serde_json::from_str(line).map_err(json),
    };
    serde_json::from_str::<&RawValue>(line).map_err(json)?;
    Err(TableProblem::NotAnObject(kind))
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
