//! What is exported, and how: [`ExportRequest`].

use rusqlite::Connection;
use serde_json::{Value, json};

use crate::config::OutputFormat;
use crate::stage::plan::count;
use crate::store::sql;

/// The name of the file in a format.
#[must_use]
pub fn file_name(format: OutputFormat) -> &'static str {
    match format {
        OutputFormat::Jsonl => "output.jsonl",
        OutputFormat::Psv => "output.psv",
        OutputFormat::Csv => "output.csv",
    }
}

pub(super) fn media_type(format: OutputFormat) -> &'static str {
    match format {
        OutputFormat::Jsonl => "application/jsonl",
        OutputFormat::Psv => "text/plain",
        OutputFormat::Csv => "text/csv",
    }
}

/// What to write, and how.
#[derive(Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "they are settings that do not exclude each other")]
pub struct ExportRequest<'a> {
    /// The step's rowid.
    pub step: i64,
    /// The formats.
    pub formats: Vec<OutputFormat>,
    /// The input's columns.
    pub columns: &'a [String],
    /// Whether work items are single rows, so that tables have the input's columns.
    pub by_row: bool,
    /// Whether there are groups.
    pub grouped: bool,
    /// The output's top-level fields, sorted.
    pub fields: Vec<String>,
    /// Whether there is a judge.
    pub judged: bool,
    /// Whether heavy columns (reasons, message, answer, context) are left out of tables.
    pub thin: bool,
    /// Whether cells that a spreadsheet would run are marked.
    pub spreadsheet_safe: bool,
}

impl ExportRequest<'_> {
    /// What the manifest says was read: everything that could change a byte.
    pub fn inputs(&self, tx: &Connection) -> rusqlite::Result<Value> {
        let state = sql::EXPORT_STATE.row(tx, &[], |row| {
            let get = |name| row.get::<_, i64>(name);
            Ok(json!([get("last_attempt")?, get("last_response")?, get("last_round")?, get("last_work")?]))
        })?;
        Ok(json!({
            "state": state, "status": count(tx, self.step)?.to_value(), "columns": self.columns, "fields": self.fields,
            "formats": self.formats.iter().map(|it| file_name(*it)).collect::<Vec<_>>(), "by_row": self.by_row,
            "grouped": self.grouped, "judged": self.judged, "thin": self.thin,
            "spreadsheet_safe": self.spreadsheet_safe,
        }))
    }
}
