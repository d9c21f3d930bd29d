//! `output.jsonl`: one line of canonical JSON for each work item.

use rusqlite::Connection;
use rusqlite::types::ValueRef;
use serde_json::json;
use serde_json::value::RawValue;

use super::request::ExportRequest;
use super::sink::{Sink, unreadable};
use crate::record::{ColumnKind, ColumnType, Field, canonical};
use crate::stage::ingest::{parse_typed_fields, sorted_columns};
use crate::store::{NamedParameters, sql};

/// How the value of a column is written.
#[derive(Clone, Copy, PartialEq)]
enum ValueForm {
    /// As a JSON text, number or null.
    Plain,
    /// The same, but null if the work item is accepted.
    Fault,
    /// As it is: the column holds canonical JSON.
    Json,
    /// A list of fields, as an object with the columns of the input as keys.
    Input,
    /// As an object with the size of the group.
    Group,
    /// As a JSON text, or left out with its key if it is null.
    Mark,
}

/// The keys of a line in canonical order, each with its column of [`sql::EXPORT_ITEMS`].
const LINE: [(&str, &str, ValueForm); 17] = [
    ("{\"attempts\":", "attempts", ValueForm::Plain),
    (",\"cost_usd\":", "cost_usd", ValueForm::Plain),
    (",\"decided_by\":", "decided_by", ValueForm::Mark),
    (",\"group\":", "group_key", ValueForm::Group),
    (",\"input\":", "fields", ValueForm::Input),
    (",\"kind\":", "outcome", ValueForm::Fault),
    (",\"message\":", "detail", ValueForm::Fault),
    (",\"model\":", "model", ValueForm::Plain),
    (",\"output\":", "output", ValueForm::Json),
    (",\"reasons\":", "reasons", ValueForm::Json),
    (",\"row_id\":", "row_id", ValueForm::Plain),
    (",\"row_index\":", "row_index", ValueForm::Plain),
    (",\"score\":", "score", ValueForm::Plain),
    (",\"status\":", "status", ValueForm::Plain),
    (",\"step\":", "step", ValueForm::Plain),
    (",\"verdict\":", "verdict", ValueForm::Plain),
    (",\"work_id\":", "work_id", ValueForm::Plain),
];

/// Makes the lines; returns how many there are.
pub(super) fn render_jsonl(
    connection: &Connection,
    request: &ExportRequest<'_>,
    sink: Sink<'_>,
) -> rusqlite::Result<i64> {
    let sorted = sorted_columns(request.columns);
    let mut line = Vec::new();
    let mut rows = 0;
    let columns = LINE.map(|(_, column, _)| column);
    let of_step: NamedParameters<'_> = &[(":step", &request.step)];
    sql::EXPORT_ITEMS.each_at::<rusqlite::Error, _>(connection, of_step, columns, |row, places| {
        let accepted = row.get_ref("status")?.as_str()? == "accepted";
        line.clear();
        for ((key, _, form), place) in LINE.into_iter().zip(places) {
            let value = row.get_ref(place)?;
            if (value, form) == (ValueRef::Null, ValueForm::Mark) {
                continue;
            }
            line.extend_from_slice(key.as_bytes());
            match (value, form) {
                (ValueRef::Null, _) => line.extend_from_slice(b"null"),
                (_, ValueForm::Fault) if accepted => line.extend_from_slice(b"null"),
                (value, ValueForm::Plain | ValueForm::Fault | ValueForm::Mark) => push_value(value, &mut line)?,
                (value, ValueForm::Json) => line.extend_from_slice(value.as_str()?.as_bytes()),
                (value, ValueForm::Input) => push_input(value.as_str()?, request, &sorted, &mut line)?,
                (key, ValueForm::Group) => {
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

/// Writes a text or a number as canonical JSON.
fn push_value(value: ValueRef<'_>, out: &mut Vec<u8>) -> rusqlite::Result<()> {
    match value {
        ValueRef::Text(_) => canonical::write_str(value.as_str()?, out),
        ValueRef::Integer(number) => canonical::write(&json!(number), out),
        ValueRef::Real(number) => canonical::write(&json!(number), out),
        ValueRef::Null | ValueRef::Blob(_) => out.extend_from_slice(b"null"),
    }
    Ok(())
}

/// Writes the fields of a row by name: texts, and what typed cells and those of a JSON file hold.
fn push_input(fields: &str, request: &ExportRequest<'_>, sorted: &[usize], out: &mut Vec<u8>) -> rusqlite::Result<()> {
    let columns = request.columns;
    if request.kinds.iter().any(|kind| *kind != ColumnKind::Untyped) {
        push_typed(&parse_typed_fields(fields)?, request, sorted, out);
        return Ok(());
    }
    // Each is recorded as canonical JSON and copied as it is.
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

/// Writes the fields of a row whose cells are not all texts.
fn push_typed(fields: &[Field], request: &ExportRequest<'_>, sorted: &[usize], out: &mut Vec<u8>) {
    for (position, index) in sorted.iter().enumerate() {
        out.push(if position == 0 { b'{' } else { b',' });
        canonical::write_str(&request.columns[*index], out);
        out.push(b':');
        let Some(field) = fields.get(*index) else {
            out.extend_from_slice(b"null");
            continue;
        };
        let kind = match request.kinds.get(*index) {
            Some(ColumnKind::Typed(kind)) => *kind,
            _ if field.is_json => ColumnType::Json,
            _ => ColumnType::Text,
        };
        match kind.parse(&field.text) {
            Some(value) => canonical::write(&value.to_json(&field.text), out),
            // Ingest lets none through.
            None => canonical::write_str(&field.text, out),
        }
    }
    out.push(b'}');
}
