//! `export`: the outputs become files, streamed from the record into the record.
//!
//! `output.jsonl` is the full record of every work item in canonical JSON, failed ones included. `output.psv` and
//! `output.csv` are tables: the input's columns as they came, what groups them, the output's fields by name, the
//! judge's word, and where the work item stands.

use rusqlite::types::ValueRef;
use rusqlite::{Connection, Row, Transaction};
use serde_json::value::RawValue;
use serde_json::{Map, Value, json};

use super::artifact::{Artifact, ArtifactWriter, Measure};
use super::ingest::{read_fields, sorted_columns};
use super::plan::count;
use super::{StageContext, Summary};
use crate::config::OutputFormat;
use crate::record::{Digest, canonical};
use crate::store::{Named, sql};
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

/// Writes the outputs; returns the files in the order of the formats.
pub fn export(
    tx: &Transaction<'_>,
    ctx: &StageContext<'_>,
    request: &ExportRequest<'_>,
) -> rusqlite::Result<(Vec<Artifact>, Summary)> {
    let (artifacts, rows) = write(tx, ctx, request)?;
    let outputs: Map<String, Value> =
        artifacts.iter().map(|it| (it.name.clone(), json!({"sha1": it.sha1.to_string(), "bytes": it.bytes}))).collect();
    let summary =
        Summary { inputs: request.inputs(tx)?, outputs: Value::Object(outputs), counts: json!({"rows": rows}) };
    Ok((artifacts, summary))
}

/// Writes the files; returns them, and how many rows each has.
fn write(
    tx: &Transaction<'_>,
    ctx: &StageContext<'_>,
    request: &ExportRequest<'_>,
) -> rusqlite::Result<(Vec<Artifact>, i64)> {
    let mut artifacts = Vec::new();
    let mut rows = 0;
    for format in &request.formats {
        let mut writer = ArtifactWriter::begin(tx, file_name(*format), media_type(*format))?;
        rows = render(tx, request, *format, &mut |bytes| writer.write(bytes))?;
        artifacts.push(writer.finish(ctx, Some(rows))?);
    }
    Ok((artifacts, rows))
}

/// A file as [`export`] would write it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Expected {
    /// The digest of its bytes.
    pub sha1: Digest,
    /// Its size in bytes.
    pub bytes: i64,
    /// How many rows it has.
    pub row_count: i64,
}

/// What [`export`] would write in a format, without writing anything: the bytes are made, and only measured.
pub fn expected(
    connection: &Connection,
    request: &ExportRequest<'_>,
    format: OutputFormat,
) -> rusqlite::Result<Expected> {
    let mut measure = Measure::default();
    let row_count = render(connection, request, format, &mut |bytes| {
        measure.add(bytes);
        Ok(())
    })?;
    let (sha1, bytes) = measure.finish();
    Ok(Expected { sha1, bytes, row_count })
}

/// Where the bytes of a file go, piece by piece.
type Sink<'a> = &'a mut dyn FnMut(&[u8]) -> rusqlite::Result<()>;

/// Makes the bytes of a file; returns how many rows it has.
fn render(
    connection: &Connection,
    request: &ExportRequest<'_>,
    format: OutputFormat,
    sink: Sink<'_>,
) -> rusqlite::Result<i64> {
    match format {
        OutputFormat::Jsonl => render_jsonl(connection, request, sink),
        OutputFormat::Psv | OutputFormat::Csv => render_table(connection, request, format, sink),
    }
}

/// How a column stands in a line of `output.jsonl`.
#[derive(Clone, Copy, PartialEq)]
enum Form {
    /// As the text, the number or the null that it is.
    Plain,
    /// In the same way, but null where the work item is accepted.
    Fault,
    /// It is canonical JSON already.
    Json,
    /// A list of texts, as an object with the input's columns as keys.
    Input,
    /// With the group's size beside it.
    Group,
    /// Left out with its key where it is null: only what a person decided is marked.
    Mark,
}

/// A line of `output.jsonl`: its keys in canonical order, and the columns of [`sql::EXPORT_ITEMS`] under them.
const LINE: [(&str, &str, Form); 17] = [
    ("{\"attempts\":", "attempts", Form::Plain),
    (",\"cost_usd\":", "cost_usd", Form::Plain),
    (",\"decided_by\":", "decided_by", Form::Mark),
    (",\"group\":", "group_key", Form::Group),
    (",\"input\":", "fields", Form::Input),
    (",\"kind\":", "outcome", Form::Fault),
    (",\"message\":", "detail", Form::Fault),
    (",\"model\":", "model", Form::Plain),
    (",\"output\":", "output", Form::Json),
    (",\"reasons\":", "reasons", Form::Json),
    (",\"row_id\":", "row_id", Form::Plain),
    (",\"row_index\":", "row_index", Form::Plain),
    (",\"score\":", "score", Form::Plain),
    (",\"status\":", "status", Form::Plain),
    (",\"step\":", "step", Form::Plain),
    (",\"verdict\":", "verdict", Form::Plain),
    (",\"work_id\":", "work_id", Form::Plain),
];

fn render_jsonl(connection: &Connection, request: &ExportRequest<'_>, sink: Sink<'_>) -> rusqlite::Result<i64> {
    let sorted = sorted_columns(request.columns);
    let mut line = Vec::new();
    let mut rows = 0;
    let columns = LINE.map(|(_, column, _)| column);
    let of_step: Named<'_> = &[(":step", &request.step)];
    sql::EXPORT_ITEMS.each_at::<rusqlite::Error, _>(connection, of_step, columns, |row, places| {
        let accepted = row.get_ref("status")?.as_str()? == "accepted";
        line.clear();
        for ((key, _, form), place) in LINE.into_iter().zip(places) {
            let value = row.get_ref(place)?;
            if (value, form) == (ValueRef::Null, Form::Mark) {
                continue;
            }
            line.extend_from_slice(key.as_bytes());
            match (value, form) {
                (ValueRef::Null, _) => line.extend_from_slice(b"null"),
                (_, Form::Fault) if accepted => line.extend_from_slice(b"null"),
                (value, Form::Plain | Form::Fault | Form::Mark) => push_value(value, &mut line)?,
                (value, Form::Json) => line.extend_from_slice(value.as_str()?.as_bytes()),
                (value, Form::Input) => push_input(value.as_str()?, request.columns, &sorted, &mut line)?,
                (key, Form::Group) => {
                    line.extend_from_slice(b"{\"key\":");
                    push_value(key, &mut line)?;
                    line.extend_from_slice(b",\"rows\":");
                    push_value(row.get_ref("group_rows")?, &mut line)?;
                    line.push(b'}');
                }
            }
        }
        line.extend_from_slice(b"}\n");
        sink(&line)?;
        rows += 1;
        Ok(())
    })?;
    Ok(rows)
}

/// A text or a number in canonical JSON.
fn push_value(value: ValueRef<'_>, out: &mut Vec<u8>) -> rusqlite::Result<()> {
    match value {
        ValueRef::Text(_) => canonical::write_str(value.as_str()?, out),
        ValueRef::Integer(number) => canonical::write(&json!(number), out),
        ValueRef::Real(number) => canonical::write(&json!(number), out),
        ValueRef::Null | ValueRef::Blob(_) => out.extend_from_slice(b"null"),
    }
    Ok(())
}

/// The row's fields by name. They are recorded in canonical JSON, so each is taken as it stands.
fn push_input(fields: &str, columns: &[String], sorted: &[usize], out: &mut Vec<u8>) -> rusqlite::Result<()> {
    let fields: Vec<&RawValue> = serde_json::from_str(fields).map_err(unreadable)?;
    out.push(b'{');
    for (position, index) in sorted.iter().enumerate() {
        if position > 0 {
            out.push(b',');
        }
        canonical::write_str(&columns[*index], out);
        out.push(b':');
        out.extend_from_slice(fields.get(*index).map_or("\"\"", |it| it.get()).as_bytes());
    }
    out.push(b'}');
    Ok(())
}

fn unreadable(error: serde_json::Error) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(0, rusqlite::types::Type::Text, Box::new(error))
}

/// The columns of a table beside the input's and the output's: their names, where they come from, and whether they
/// stand before the output's fields.
const GROUP_COLUMNS: &[(&str, &str)] = &[("group_key", "group_key"), ("group_rows", "group_rows")];
const JUDGE_COLUMNS: &[(&str, &str)] = &[("verdict", "verdict"), ("score", "score")];
const META_COLUMNS: &[(&str, &str)] =
    &[("status", "status"), ("kind", "outcome"), ("attempts", "attempts"), ("model", "model"), ("work_id", "work_id")];
const DECIDED_COLUMNS: &[(&str, &str)] = &[("decided_by", "decided_by")];
const HEAVY_COLUMNS: &[(&str, &str)] =
    &[("message", "detail"), ("reasons", "reasons"), ("answer", "answer"), ("context", "context")];

fn render_table(
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

    let mut line = Line { format, safe: request.spreadsheet_safe, text: String::new(), cells: 0 };
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::scratch;

    const ROWS: usize = 3;

    /// Rows in the plan's order, the first two of them made from the same one.
    fn filled() -> Connection {
        let connection = scratch();
        connection
            .execute_batch(
                r#"
                PRAGMA foreign_keys = OFF;
                INSERT INTO invocation VALUES (1, 'u', 'run', '0', 1, NULL, 'done', NULL, 't', 't');
                INSERT INTO step VALUES (1, 'generate', NULL, 1);
                INSERT INTO input_row VALUES (1, 1, 'r1', 0, 2, '["one|1"]'), (2, 1, 'r2', 1, 3, '["=two"]');
                INSERT INTO work_item VALUES (1, 'c', 1, 'element', NULL, '[]'), (2, 'a', 1, 'element', NULL, '[]'),
                    (3, 'b', 1, 'row', 1, NULL);
                INSERT INTO request VALUES (1, 'q', 1, 1, NULL, NULL, '[]');
                INSERT INTO call VALUES (1, 1, 1, 1, NULL, 'generation', NULL, 't'),
                    (2, 1, 1, 1, NULL, 'generation', NULL, 't'), (3, 1, 2, 1, NULL, 'generation', NULL, 't'),
                    (4, 1, 2, 1, NULL, 'generation', NULL, 't');
                INSERT INTO response (id, call, invocation, outcome, answer, model, cost_usd) VALUES
                    (11, 1, 1, 'answered', '{}', 'm', 0.5), (12, 3, 1, 'answered', 'x', 'm', 0.25),
                    (13, 4, 1, 'answered', 'y', 'm', NULL);
                INSERT INTO attempt (id, work_item, task, invocation, cache_id, sample, number, outcome, detail,
                                     request, response, decided_at) VALUES
                    (1, 1, 1, 1, 'h', 1, 1, 'accepted', NULL, 1, 11, 't'),
                    (2, 2, 1, 1, 'h', 1, 1, 'no_json', 'no JSON', 1, 13, 't');
                INSERT INTO cache_entry VALUES (1, 1, 1, '{"a":1}');
                INSERT INTO standing (work_item, variant, repeat, step, planned, input_row, position, path, task,
                    cache_id, sample, status, attempts, last_attempt, cache_entry, open_sources, handed_on) VALUES
                    (3, 1, 1, 1, 1, 2, 1, NULL, 1, 'h', 1, 'pending', 0, NULL, NULL, 0, 0),
                    (2, 1, 1, 1, 1, 1, 0, '2', 1, 'h', 1, 'failed', 1, 2, NULL, 0, 0),
                    (1, 1, 1, 1, 1, 1, 0, '1', 1, 'h', 1, 'accepted', 1, 1, 1, 0, 0);
                "#,
            )
            .unwrap();
        connection
    }

    fn request(columns: &[String]) -> ExportRequest<'_> {
        ExportRequest {
            step: 1,
            formats: vec![OutputFormat::Jsonl, OutputFormat::Psv, OutputFormat::Csv],
            columns,
            by_row: true,
            grouped: false,
            fields: vec!["a".to_owned()],
            judged: false,
            thin: true,
            spreadsheet_safe: true,
        }
    }

    #[test]
    fn a_line_costs_what_all_its_responses_do_and_lines_stand_in_the_order_of_the_plan() {
        let columns = ["text".to_owned()];
        let mut bytes = Vec::new();
        let mut sink = |piece: &[u8]| {
            bytes.extend_from_slice(piece);
            Ok(())
        };
        render(&filled(), &request(&columns), OutputFormat::Jsonl, &mut sink).unwrap();
        let text = String::from_utf8(bytes).unwrap();
        let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let said = |key: &str| lines.iter().map(|line| line[key].clone()).collect::<Vec<_>>();
        assert_eq!(said("work_id"), ["c", "a", "b"]);
        // A call without a response costs nothing that anybody knows of; a response without a cost makes it unknown.
        assert_eq!(said("cost_usd"), [json!(0.5), Value::Null, json!(0)]);
        assert_eq!(said("kind"), [Value::Null, json!("no_json"), Value::Null]);
    }

    #[test]
    fn what_would_be_written_is_what_is_written() {
        let mut connection = filled();
        let columns = ["text".to_owned()];
        let request = request(&columns);
        let expected: Vec<Expected> =
            request.formats.iter().map(|format| super::expected(&connection, &request, *format).unwrap()).collect();
        let count = |connection: &Connection| {
            connection.query_row("SELECT count(*) FROM artifact_chunk", [], |row| row.get::<_, i64>(0)).unwrap()
        };
        assert_eq!(count(&connection), 0);
        let tx = connection.transaction().unwrap();
        let ctx = StageContext { invocation: 1, manifest: 1, now: "t" };
        let (written, _) = write(&tx, &ctx, &request).unwrap();
        let found = written.iter().map(|it| (it.sha1, it.bytes, it.row_count));
        assert_eq!(
            found.collect::<Vec<_>>(),
            expected.iter().map(|it| (it.sha1, it.bytes, Some(it.row_count))).collect::<Vec<_>>()
        );
        assert_eq!(usize::try_from(expected[0].row_count).unwrap(), ROWS);
    }
}
