//! `output.psv` and `output.csv`: a header, and one line for each work item.

use rusqlite::types::ValueRef;
use rusqlite::{Connection, Row};
use serde_json::{Map, Value, json};

use super::request::ExportRequest;
use super::sink::{Sink, unreadable};
use crate::config::OutputFormat;
use crate::record::canonical;
use crate::stage::ingest::read_fields;
use crate::store::sql;
use crate::tabular::{column_names, csv_cell, psv_cell};

/// The columns of a table beside those of the input and the output, each with its column of [`sql::EXPORT_ITEMS`].
/// Those of the group come before the fields of the output, the others after them.
const GROUP_COLUMNS: &[(&str, &str)] = &[("group_key", "group_key"), ("group_rows", "group_rows")];

const JUDGE_COLUMNS: &[(&str, &str)] = &[("verdict", "verdict"), ("score", "score")];

const META_COLUMNS: &[(&str, &str)] =
    &[("status", "status"), ("kind", "outcome"), ("attempts", "attempts"), ("model", "model"), ("work_id", "work_id")];

const DECIDED_COLUMNS: &[(&str, &str)] = &[("decided_by", "decided_by")];

const HEAVY_COLUMNS: &[(&str, &str)] =
    &[("message", "detail"), ("reasons", "reasons"), ("answer", "answer"), ("context", "context")];

/// Makes a table; returns how many rows it has.
pub(super) fn render_table(
    connection: &Connection,
    request: &ExportRequest<'_>,
    format: OutputFormat,
    sink: Sink<'_>,
) -> rusqlite::Result<i64> {
    let group = if request.grouped { GROUP_COLUMNS } else { &[] };
    let mut tail: Vec<(&str, &str)> = Vec::new();
    tail.extend(if request.judged { JUDGE_COLUMNS } else { &[] });
    tail.extend(META_COLUMNS);
    let decided =
        sql::EXPORT_ANY_DECIDED.row(connection, &[(":step", &request.step)], |row| row.get::<_, bool>("decided"))?;
    tail.extend(if decided { DECIDED_COLUMNS } else { &[] });
    tail.extend(if request.thin { &[] } else { HEAVY_COLUMNS });
    let fixed: Vec<&str> = group.iter().chain(&tail).map(|(name, _)| *name).collect();
    let input = if request.by_row { request.columns } else { &[] };
    let names = column_names(input, &fixed, &request.fields);
    let (group_names, tail_names) = names.fixed.split_at(group.len());
    let header = names.input.iter().chain(group_names).chain(&names.fields).chain(tail_names);

    let mut line = TableLine { format, safe: request.spreadsheet_safe, text: String::new(), cells: 0 };
    header.for_each(|name| line.push(name));
    sink(line.end())?;
    let mut rows = 0;
    sql::EXPORT_ITEMS.each::<rusqlite::Error>(connection, &[(":step", &request.step)], |row| {
        if request.by_row {
            read_fields(row)?.iter().for_each(|field| line.push(field));
        }
        let accepted = row.get_ref("status")?.as_str()? == "accepted";
        for (_, column) in group {
            line.push_column(row, column)?;
        }
        let output: Map<String, Value> = match row.get_ref("output")?.as_str_or_null().map_err(rusqlite::Error::from)? {
            Some(text) => serde_json::from_str(text).map_err(unreadable)?,
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
        sink(line.end())?;
        rows += 1;
        Ok(())
    })?;
    Ok(rows)
}

/// One line of a table while it is written.
struct TableLine {
    format: OutputFormat,
    safe: bool,
    text: String,
    cells: usize,
}

impl TableLine {
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
