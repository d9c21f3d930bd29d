//! `export`: the outputs become files, streamed from the record into the record.
//!
//! `output.jsonl` is the full record of every work item in canonical JSON, failed ones included. `output.psv` and
//! `output.csv` are tables: the input's columns as they came, what groups them, the output's fields by name, the
//! judge's word, and where the work item stands.

use rusqlite::{Row, Transaction};
use serde_json::{Map, Value, json};

use super::artifact::{Artifact, ArtifactWriter};
use super::ingest::{canonical_fields, read_fields, sorted_columns};
use super::plan::count;
use super::{StageContext, Summary};
use crate::config::OutputFormat;
use crate::record::canonical;
use crate::store::sql;
use crate::tabular::{column_names, csv_cell, psv_cell};

/// The name of the file in a format.
#[must_use]
pub fn file_name(format: OutputFormat) -> &'static str {
    match format {
        OutputFormat::Jsonl => "output.jsonl",
        OutputFormat::Psv => "output.psv",
        OutputFormat::Csv => "output.csv",
    }
}

fn media_type(format: OutputFormat) -> &'static str {
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
    pub fn inputs(&self, tx: &Transaction<'_>) -> rusqlite::Result<Value> {
        let state = sql::EXPORT_STATE.row(tx, &[], |row| {
            let get = |name| row.get::<_, i64>(name);
            Ok(json!([
                get("last_attempt")?,
                get("last_call")?,
                get("last_set_aside")?,
                get("last_work")?,
                get("samples")?
            ]))
        })?;
        Ok(json!({
            "state": state, "status": count(tx, self.step)?.to_value(), "columns": self.columns, "fields": self.fields,
            "formats": self.formats.iter().map(|it| file_name(*it)).collect::<Vec<_>>(), "by_row": self.by_row,
            "grouped": self.grouped, "judged": self.judged, "thin": self.thin,
            "spreadsheet_safe": self.spreadsheet_safe,
        }))
    }
}

/// Writes the outputs; returns the files in the order of the formats.
pub fn export(
    tx: &Transaction<'_>,
    ctx: &StageContext<'_>,
    request: &ExportRequest<'_>,
) -> rusqlite::Result<(Vec<Artifact>, Summary)> {
    let mut artifacts = Vec::new();
    let mut rows = 0;
    for format in &request.formats {
        let mut writer = ArtifactWriter::begin(tx, file_name(*format), media_type(*format))?;
        rows = match format {
            OutputFormat::Jsonl => write_jsonl(tx, request, &mut writer)?,
            OutputFormat::Psv | OutputFormat::Csv => write_table(tx, request, *format, &mut writer)?,
        };
        artifacts.push(writer.finish(ctx, Some(rows))?);
    }
    let outputs: Map<String, Value> =
        artifacts.iter().map(|it| (it.name.clone(), json!({"sha1": it.sha1.to_string(), "bytes": it.bytes}))).collect();
    let summary =
        Summary { inputs: request.inputs(tx)?, outputs: Value::Object(outputs), counts: json!({"rows": rows}) };
    Ok((artifacts, summary))
}

fn write_jsonl(
    tx: &Transaction<'_>,
    request: &ExportRequest<'_>,
    writer: &mut ArtifactWriter<'_>,
) -> rusqlite::Result<i64> {
    let sorted = sorted_columns(request.columns);
    let (mut line, mut input) = (Vec::new(), Vec::new());
    let mut rows = 0;
    sql::EXPORT_ITEMS.each::<rusqlite::Error>(tx, &[(":step", &request.step)], |row| {
        let accepted = row.get_ref("status")?.as_str()? == "accepted";
        line.clear();
        // The keys stand in canonical order.
        line.extend_from_slice(b"{\"attempts\":");
        push_number(row, "attempts", &mut line)?;
        line.extend_from_slice(b",\"cost_usd\":");
        push_number(row, "cost_usd", &mut line)?;
        line.extend_from_slice(b",\"group\":");
        if row.get_ref("group_key")? == rusqlite::types::ValueRef::Null {
            line.extend_from_slice(b"null");
        } else {
            line.extend_from_slice(b"{\"key\":");
            push_text(row, "group_key", &mut line)?;
            line.extend_from_slice(b",\"rows\":");
            push_number(row, "group_rows", &mut line)?;
            line.push(b'}');
        }
        line.extend_from_slice(b",\"input\":");
        if row.get_ref("fields")? == rusqlite::types::ValueRef::Null {
            line.extend_from_slice(b"null");
        } else {
            canonical_fields(request.columns, &sorted, &read_fields(row)?, &mut input);
            line.extend_from_slice(&input);
        }
        line.extend_from_slice(b",\"kind\":");
        push_unless(accepted, row, "outcome", &mut line)?;
        line.extend_from_slice(b",\"message\":");
        push_unless(accepted, row, "detail", &mut line)?;
        line.extend_from_slice(b",\"model\":");
        push_text(row, "model", &mut line)?;
        line.extend_from_slice(b",\"output\":");
        push_json(row, "output", &mut line)?;
        line.extend_from_slice(b",\"reasons\":");
        push_json(row, "reasons", &mut line)?;
        line.extend_from_slice(b",\"row_id\":");
        push_text(row, "row_id", &mut line)?;
        line.extend_from_slice(b",\"row_index\":");
        push_number(row, "row_index", &mut line)?;
        line.extend_from_slice(b",\"score\":");
        push_number(row, "score", &mut line)?;
        for (key, column) in [("status", "status"), ("step", "step"), ("verdict", "verdict"), ("work_id", "work_id")] {
            line.extend_from_slice(format!(",\"{key}\":").as_bytes());
            push_text(row, column, &mut line)?;
        }
        line.extend_from_slice(b"}\n");
        writer.write(&line)?;
        rows += 1;
        Ok(())
    })?;
    Ok(rows)
}

fn push_text(row: &Row<'_>, column: &str, out: &mut Vec<u8>) -> rusqlite::Result<()> {
    match row.get_ref(column)?.as_str_or_null().map_err(rusqlite::Error::from)? {
        Some(text) => canonical::write_str(text, out),
        None => out.extend_from_slice(b"null"),
    }
    Ok(())
}

fn push_unless(left_out: bool, row: &Row<'_>, column: &str, out: &mut Vec<u8>) -> rusqlite::Result<()> {
    if left_out {
        out.extend_from_slice(b"null");
        return Ok(());
    }
    push_text(row, column, out)
}

/// A column that already holds canonical JSON.
fn push_json(row: &Row<'_>, column: &str, out: &mut Vec<u8>) -> rusqlite::Result<()> {
    out.extend_from_slice(
        row.get_ref(column)?.as_str_or_null().map_err(rusqlite::Error::from)?.unwrap_or("null").as_bytes(),
    );
    Ok(())
}

fn push_number(row: &Row<'_>, column: &str, out: &mut Vec<u8>) -> rusqlite::Result<()> {
    let value = match row.get_ref(column)? {
        rusqlite::types::ValueRef::Integer(number) => json!(number),
        rusqlite::types::ValueRef::Real(number) => json!(number),
        _ => Value::Null,
    };
    canonical::write(&value, out);
    Ok(())
}

/// The columns of a table beside the input's and the output's: their names, where they come from, and whether they
/// stand before the output's fields.
const GROUP_COLUMNS: &[(&str, &str)] = &[("group_key", "group_key"), ("group_rows", "group_rows")];
const JUDGE_COLUMNS: &[(&str, &str)] = &[("verdict", "verdict"), ("score", "score")];
const META_COLUMNS: &[(&str, &str)] =
    &[("status", "status"), ("kind", "outcome"), ("attempts", "attempts"), ("model", "model"), ("work_id", "work_id")];
const HEAVY_COLUMNS: &[(&str, &str)] =
    &[("message", "detail"), ("reasons", "reasons"), ("answer", "answer"), ("context", "context")];

fn write_table(
    tx: &Transaction<'_>,
    request: &ExportRequest<'_>,
    format: OutputFormat,
    writer: &mut ArtifactWriter<'_>,
) -> rusqlite::Result<i64> {
    let group = if request.grouped { GROUP_COLUMNS } else { &[] };
    let mut tail: Vec<(&str, &str)> = Vec::new();
    tail.extend(if request.judged { JUDGE_COLUMNS } else { &[] });
    tail.extend(META_COLUMNS);
    tail.extend(if request.thin { &[] } else { HEAVY_COLUMNS });
    let fixed: Vec<&str> = group.iter().chain(&tail).map(|(name, _)| *name).collect();
    let input = if request.by_row { request.columns } else { &[] };
    let names = column_names(input, &fixed, &request.fields);
    let (group_names, tail_names) = names.fixed.split_at(group.len());
    let header = names.input.iter().chain(group_names).chain(&names.fields).chain(tail_names);

    let mut line = Line { format, safe: request.spreadsheet_safe, text: String::new(), cells: 0 };
    header.for_each(|name| line.push(name));
    writer.write(line.end())?;
    let mut rows = 0;
    sql::EXPORT_ITEMS.each::<rusqlite::Error>(tx, &[(":step", &request.step)], |row| {
        if request.by_row {
            read_fields(row)?.iter().for_each(|field| line.push(field));
        }
        let accepted = row.get_ref("status")?.as_str()? == "accepted";
        for (_, column) in group {
            line.push_column(row, column)?;
        }
        let output: Map<String, Value> = match row.get_ref("output")?.as_str_or_null().map_err(rusqlite::Error::from)? {
            Some(text) => serde_json::from_str(text).map_err(|error| {
                rusqlite::Error::FromSqlConversionFailure(0, rusqlite::types::Type::Text, Box::new(error))
            })?,
            None => Map::new(),
        };
        for field in &request.fields {
            match output.get(field) {
                None | Some(Value::Null) => line.push(""),
                Some(Value::String(text)) => line.push(text),
                Some(other) => line.push(&canonical::to_string(other)),
            }
        }
        for (name, column) in &tail {
            if accepted && *name == "kind" {
                line.push("");
            } else {
                line.push_column(row, column)?;
            }
        }
        writer.write(line.end())?;
        rows += 1;
        Ok(())
    })?;
    Ok(rows)
}

/// One line of a table as it grows.
struct Line {
    format: OutputFormat,
    safe: bool,
    text: String,
    cells: usize,
}

impl Line {
    fn push(&mut self, value: &str) {
        if self.cells > 0 {
            self.text.push(if self.format == OutputFormat::Csv { ',' } else { '|' });
        } else {
            self.text.clear();
        }
        self.cells += 1;
        if self.format == OutputFormat::Csv {
            csv_cell(value, self.safe, &mut self.text);
        } else {
            psv_cell(value, &mut self.text);
        }
    }

    fn push_column(&mut self, row: &Row<'_>, column: &str) -> rusqlite::Result<()> {
        use rusqlite::types::ValueRef;
        match row.get_ref(column)? {
            ValueRef::Null | ValueRef::Blob(_) => self.push(""),
            ValueRef::Text(_) => self.push(row.get_ref(column)?.as_str()?),
            ValueRef::Integer(number) => self.push(&number.to_string()),
            ValueRef::Real(number) => self.push(&canonical::to_string(&json!(number))),
        }
        Ok(())
    }

    fn end(&mut self) -> &[u8] {
        self.text.push('\n');
        self.cells = 0;
        self.text.as_bytes()
    }
}
