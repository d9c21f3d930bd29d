//! Single JSON objects as records, where the columns are known before: [`ObjectReader`]. Cells come out as those of a
//! jsonl do.

use std::collections::HashMap;

use serde_json::{Map, Value};

use super::error::TableProblem;
use super::limits::MAX_CELL_BYTES;
use super::normalise::{CellChange, clean, clean_json};

/// How deep a value may be.
const MAX_DEPTH: usize = 100;

/// Reads objects that have some of the columns.
#[derive(Debug)]
pub struct ObjectReader {
    positions: HashMap<String, usize>,
    /// For each column whether its texts are JSON.
    is_json: Vec<bool>,
    normalise: bool,
}

/// A row: one text for each column, and the positions of those that are something else than a text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ObjectCells {
    pub fields: Vec<String>,
    pub json: Vec<usize>,
}

impl ObjectReader {
    /// A reader for these columns, of which the texts of `json` are JSON.
    #[must_use]
    pub fn new(columns: Vec<String>, json: &[String], normalise: bool) -> Self {
        let is_json = columns.iter().map(|column| json.contains(column)).collect();
        Self { positions: columns.into_iter().zip(0..).collect(), is_json, normalise }
    }

    /// The position of a column.
    #[must_use]
    pub fn position(&self, column: &str) -> Option<usize> {
        self.positions.get(column).copied()
    }

    /// Reads an object; a column that it does not have is `null`, and other keys are passed over. An error names the
    /// column.
    pub fn read(&self, object: &Map<String, Value>) -> Result<ObjectCells, (String, TableProblem)> {
        let mut cells = ObjectCells { fields: vec![String::new(); self.is_json.len()], json: Vec::new() };
        let mut is_text = vec![false; self.is_json.len()];
        for (column, value) in object {
            let Some(position) = self.position(column) else { continue };
            let text = self.text_of(position, value).map_err(|problem| (column.clone(), problem))?;
            cells.fields[position] = text;
            is_text[position] = value.is_string();
        }
        cells.json = is_text.iter().enumerate().filter(|(_, is_text)| !**is_text).map(|(at, _)| at).collect();
        Ok(cells)
    }

    fn text_of(&self, position: usize, value: &Value) -> Result<String, TableProblem> {
        let text = match value {
            Value::Null => return Ok(String::new()),
            Value::String(text) => text.clone(),
            Value::Array(_) | Value::Object(_) if depth(value) > MAX_DEPTH => {
                return Err(TableProblem::Json(format!("lists and objects are nested more than {MAX_DEPTH} deep")));
            }
            other => other.to_string(),
        };
        if text.len() > MAX_CELL_BYTES {
            return Err(TableProblem::CellTooLong { quote_opened: None });
        }
        if memchr::memchr(0, text.as_bytes()).is_some() {
            return Err(TableProblem::Nul);
        }
        if !self.normalise || matches!(value, Value::Array(_) | Value::Object(_)) {
            return Ok(text);
        }
        let is_json = self.is_json.get(position).copied().unwrap_or_default();
        Ok(match if is_json { clean_json(&text) } else { clean(&text) } {
            CellChange::Same => text,
            CellChange::Text(text) => text,
            CellChange::Null => String::new(),
        })
    }
}

/// How deep lists and objects stand in one another.
fn depth(value: &Value) -> usize {
    let mut deepest = 0;
    let mut open = vec![(value, 1)];
    while let Some((value, at)) = open.pop() {
        deepest = deepest.max(at);
        match value {
            Value::Array(list) => {
                open.extend(list.iter().filter(|it| it.is_array() || it.is_object()).map(|it| (it, at + 1)));
            }
            Value::Object(map) => {
                open.extend(map.values().filter(|it| it.is_array() || it.is_object()).map(|it| (it, at + 1)));
            }
            _ => {}
        }
    }
    deepest
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use serde_json::json;

    use super::*;
    use crate::tabular::{ReadOptions, Table, TableFormat};

    #[test]
    fn an_object_reads_as_it_does_in_a_jsonl() {
        let rows = [
            json!({"a": "  two \n words ", "b": 5, "c": {"k": [1, "x  y"]}, "d": null}),
            json!({"a": "N/A", "b": true, "c": "text", "d": -2.5}),
            json!({"d": [], "a": ""}),
        ];
        let text = rows.each_ref().map(ToString::to_string).join("\n");
        let options = ReadOptions::new(TableFormat::Jsonl);
        let mut table = Table::open(Cursor::new(text), "rows.jsonl", &options).unwrap();
        let reader = ObjectReader::new(table.columns().to_vec(), &[], true);
        for row in &rows {
            let record = table.next_record().unwrap().unwrap();
            let cells = reader.read(row.as_object().unwrap()).unwrap();
            assert_eq!((cells.fields, cells.json), (record.fields, record.json));
        }
    }
}
