//! `output.jsonl`: one line of canonical JSON for each work item.

use std::collections::HashMap;

use rusqlite::types::ValueRef;
use rusqlite::{Connection, Row};
use serde_json::value::RawValue;
use serde_json::{Map, Value, json};

use super::group_rows::{self, GroupRows};
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
    /// As an object with the group's context and rows.
    Group,
    /// As a JSON text, or left out with its key if it is null.
    Mark,
    /// As it is, or left out with its key if it is null.
    JsonMark,
    /// As the parameters that requests with this spec (rowid) were sent with.
    Parameters,
    /// The names and versions of the prompts, where anybody was asked.
    Prompts,
}

/// The keys of a line in canonical order, each with its column of [`sql::EXPORT_ITEMS`].
const LINE: [(&str, &str, ValueForm); 24] = [
    ("{\"attempts\":", "attempts", ValueForm::Plain),
    (",\"cache_id\":", "cache_id", ValueForm::Plain),
    (",\"cost_usd\":", "cost_usd", ValueForm::Plain),
    (",\"decided_by\":", "decided_by", ValueForm::Mark),
    (",\"group\":", "group_key", ValueForm::Group),
    (",\"input\":", "fields", ValueForm::Input),
    (",\"item\":", "item", ValueForm::JsonMark),
    (",\"kind\":", "outcome", ValueForm::Fault),
    (",\"message\":", "detail", ValueForm::Fault),
    (",\"model\":", "model", ValueForm::Plain),
    (",\"output\":", "output", ValueForm::Json),
    (",\"parameters\":", "spec", ValueForm::Parameters),
    (",\"perspective\":", "perspective", ValueForm::Mark),
    (",\"prompts\":", "spec", ValueForm::Prompts),
    (",\"reasons\":", "reasons", ValueForm::Json),
    (",\"rejected\":", "rejected", ValueForm::Json),
    (",\"row_id\":", "row_id", ValueForm::Plain),
    (",\"row_index\":", "row_index", ValueForm::Plain),
    (",\"score\":", "score", ValueForm::Plain),
    (",\"status\":", "status", ValueForm::Plain),
    (",\"step\":", "step", ValueForm::Plain),
    (",\"task_id\":", "task_id", ValueForm::Plain),
    (",\"verdict\":", "verdict", ValueForm::Plain),
    (",\"work_id\":", "work_id", ValueForm::Plain),
];

/// Makes the lines; returns how many there are.
pub(super) fn render_jsonl(
    connection: &Connection,
    request: &ExportRequest<'_>,
    sink: Sink<'_>,
) -> rusqlite::Result<i64> {
    let form = LineForm {
        request,
        sorted: sorted_columns(request.columns),
        prompts: canonical::to_string(&request.prompts),
        parameters: parameters(connection)?,
    };
    let mut rows = 0;
    for step in request.steps(connection)? {
        let mut statement = group_rows::prepare(connection)?;
        let mut groups = match request.group_column {
            Some(column) if !request.by_row => Some(GroupRows::begin(&mut statement, request.dataset, column)?),
            _ => None,
        };
        let mut line = Vec::new();
        let columns = LINE.map(|(_, column, _)| column);
        let of_step: NamedParameters<'_> = &[(":step", &step)];
        sql::EXPORT_ITEMS.each_at::<rusqlite::Error, _>(connection, of_step, columns, |row, places| {
            line.clear();
            form.push_line(row, places, &mut groups, &mut line)?;
            rows += 1;
            sink(&line)
        })?;
    }
    Ok(rows)
}

/// The parameters that were sent, by spec (rowid), as canonical JSON. What was not sent is left out.
fn parameters(connection: &Connection) -> rusqlite::Result<HashMap<i64, String>> {
    let mut found = HashMap::new();
    sql::EXPORT_SPECS.each::<rusqlite::Error>(connection, &[], |row| {
        let text: Option<String> = row.get("parameters")?;
        let mut sent: Map<String, Value> =
            text.map_or_else(|| Ok(Map::new()), |text| serde_json::from_str(&text)).map_err(unreadable)?;
        sent.retain(|_, value| !value.is_null());
        found.insert(row.get("id")?, canonical::to_string(&Value::Object(sent)));
        Ok(())
    })?;
    Ok(found)
}

/// What lines are made from beside their row.
struct LineForm<'a> {
    request: &'a ExportRequest<'a>,
    /// The places of the input's columns, sorted by name.
    sorted: Vec<usize>,
    prompts: String,
    parameters: HashMap<i64, String>,
}

impl LineForm<'_> {
    /// Writes the line of a work item. `places` are those of [`LINE`]; `groups` are the rows of groups, where work
    /// items are groups.
    fn push_line(
        &self,
        row: &Row<'_>,
        places: [usize; LINE.len()],
        groups: &mut Option<GroupRows<'_>>,
        line: &mut Vec<u8>,
    ) -> rusqlite::Result<()> {
        let accepted = row.get_ref("status")?.as_str()? == "accepted";
        for ((key, _, value_form), place) in LINE.into_iter().zip(places) {
            let value = row.get_ref(place)?;
            if value == ValueRef::Null && matches!(value_form, ValueForm::Mark | ValueForm::JsonMark) {
                continue;
            }
            line.extend_from_slice(key.as_bytes());
            match (value, value_form) {
                (ValueRef::Null, _) => line.extend_from_slice(b"null"),
                (_, ValueForm::Fault) if accepted => line.extend_from_slice(b"null"),
                (value, ValueForm::Plain | ValueForm::Fault | ValueForm::Mark) => push_value(value, line)?,
                (value, ValueForm::Json | ValueForm::JsonMark) => line.extend_from_slice(value.as_str()?.as_bytes()),
                (value, ValueForm::Input) => push_input(value.as_str()?, self.request, &self.sorted, line)?,
                (_, ValueForm::Group) => self.push_group(row, groups, line)?,
                (spec, ValueForm::Parameters) => {
                    let sent = self.parameters.get(&spec.as_i64()?).map_or("null", String::as_str);
                    line.extend_from_slice(sent.as_bytes());
                }
                (_, ValueForm::Prompts) => line.extend_from_slice(self.prompts.as_bytes()),
            }
        }
        line.extend_from_slice(b"}\n");
        Ok(())
    }

    /// Writes the group of a work item; its context and its rows where the work item is the group and not a part of it,
    /// since they can be long, and many work items can be of one group.
    fn push_group(&self, row: &Row<'_>, groups: &mut Option<GroupRows<'_>>, out: &mut Vec<u8>) -> rusqlite::Result<()> {
        // What an element became has a path too.
        let is_part = row.get_ref("path")? != ValueRef::Null;
        let whole = groups.as_mut().filter(|_| !is_part);
        out.push(b'{');
        if whole.is_some() {
            out.extend_from_slice(b"\"context\":");
            push_value(row.get_ref("context")?, out)?;
            out.push(b',');
        }
        out.extend_from_slice(b"\"context_id\":");
        push_value(row.get_ref("group_context_id")?, out)?;
        out.extend_from_slice(b",\"key\":");
        push_value(row.get_ref("group_key")?, out)?;
        out.extend_from_slice(b",\"row_count\":");
        push_value(row.get_ref("group_rows")?, out)?;
        if let Some(groups) = whole {
            let members = groups.take(row.get_ref("group_key")?.as_str()?, row.get("group_rows")?)?;
            for (position, member) in members.iter().enumerate() {
                let begin = if position == 0 { ",\"rows\":[{\"input\":" } else { ",{\"input\":" };
                out.extend_from_slice(begin.as_bytes());
                push_input(&member.fields, self.request, &self.sorted, out)?;
                out.extend_from_slice(b",\"row_id\":");
                canonical::write_str(&member.row_id, out);
                out.extend_from_slice(format!(",\"row_index\":{}}}", member.row_index).as_bytes());
            }
            out.push(b']');
        }
        out.push(b'}');
        Ok(())
    }
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
