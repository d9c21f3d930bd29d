//! Evidently: a table. It loads CSV; messages, criteria and every other value that is no text stand in it as JSON.

use serde_json::{Map, Value, json};

use super::findings::EvalFindings;
use super::item::EvalItem;
use super::json;
use super::metadata::free_name;
use super::pandas::TextColumn;
use crate::tabular::csv_cell;

/// The columns that every table has.
const OWN: [&str; 5] = ["id", "question", "expected", "criteria_json", "messages_json"];
/// The column for metadata that has none of its own.
const REST: &str = "metadata_json";

/// The table: columns of its own, one for each name of the metadata that is known, and one for the rest.
#[derive(Debug)]
pub(super) struct EvidentlyTable {
    /// The names of the metadata.
    names: Vec<String>,
    /// The header, in order.
    header: Vec<String>,
    seen: Vec<TextColumn>,
}

impl EvidentlyTable {
    pub(super) fn new(names: &[String]) -> Self {
        let mut header: Vec<String> = OWN.iter().map(|&name| name.to_owned()).collect();
        for name in names {
            let free = free_name(name, |name| name == REST || header.iter().any(|it| it == name));
            header.push(free);
        }
        header.push(REST.to_owned());
        let seen = vec![TextColumn::default(); header.len()];
        Self { names: names.to_vec(), header, seen }
    }

    pub(super) fn push_header(&self, out: &mut Vec<u8>) {
        push_row(&self.header, out);
    }

    /// Adds the row of an item. The question is its last message.
    pub(super) fn push(&mut self, item: &EvalItem, out: &mut Vec<u8>) {
        let question = item.turns().last().map(|(_, content)| (*content).to_owned());
        let mut cells = vec![
            item.id.clone(),
            question.unwrap_or_default(),
            item.expected.clone().unwrap_or_default(),
            json::line(&json!(item.criteria)),
            json::line(&item.chat()),
        ];
        cells.extend(self.names.iter().map(|name| item.metadata.get(name).map(cell).unwrap_or_default()));
        let is_other = |name: &&String| !self.names.contains(name);
        let rest: Map<String, Value> = item
            .metadata
            .iter()
            .filter(|(name, _)| is_other(name))
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect();
        cells.push(json::line(&Value::Object(rest)));
        let of_metadata = self.names.iter().map(|name| item.metadata.get(name).is_some_and(Value::is_string));
        let is_text = [true, true, true, false, false].into_iter().chain(of_metadata);
        for ((cell, seen), is_text) in cells.iter().zip(&mut self.seen).zip(is_text) {
            if is_text {
                seen.see(cell);
            }
        }
        push_row(&cells, out);
    }

    /// Counts the texts that change when they are read with default settings.
    pub(super) fn finish(&self, findings: &mut EvalFindings) {
        for (name, column) in std::iter::zip(&self.header, &self.seen) {
            findings.retype(name, column.retyped_by_csv());
        }
    }
}

/// A text as it is, nothing for null, and JSON for all else.
fn cell(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => json::line(other),
    }
}

fn push_row(cells: &[String], out: &mut Vec<u8>) {
    let mut row = String::new();
    for (index, value) in cells.iter().enumerate() {
        if index > 0 {
            row.push(',');
        }
        csv_cell(value, false, &mut row);
    }
    row.push('\n');
    out.extend_from_slice(row.as_bytes());
}
