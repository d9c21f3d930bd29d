//! `output.psv` and `output.csv`: a header, and one line for each work item, or for each row of a group.

use rusqlite::types::ValueRef;
use rusqlite::{Connection, Row};
use serde_json::{Map, Value, json};

use super::expand::{ElementMatch, Elements, Unmatched};
use super::group_rows::{self, GroupRow, GroupRows};
use super::names::{OwnNames, result_names};
use super::request::ExportRequest;
use super::sink::{RenderedFile, Sink, unreadable};
use crate::config::OutputLayout;
use crate::record::canonical;
use crate::stage::ingest::{parse_fields, read_fields};
use crate::store::sql;
use crate::tabular::{csv_cell, psv_cell};

/// The columns of a table beside those of the input and the output, each with its column of [`sql::EXPORT_ITEMS`].
/// Those of the group come before the fields of the output, the others after them.
const GROUP_COLUMNS: &[(&str, &str)] = &[("group_key", "group_key"), ("group_rows", "group_rows")];

const JUDGE_COLUMNS: &[(&str, &str)] = &[("verdict", "verdict"), ("score", "score")];

const META_COLUMNS: &[(&str, &str)] =
    &[("status", "status"), ("kind", "outcome"), ("attempts", "attempts"), ("model", "model"), ("work_id", "work_id")];

const DECIDED_COLUMNS: &[(&str, &str)] = &[("decided_by", "decided_by")];

const HEAVY_COLUMNS: &[(&str, &str)] =
    &[("message", "detail"), ("reasons", "reasons"), ("answer", "answer"), ("context", "context")];

/// The column of what a work item is about, which is on record as JSON.
const ITEM: &str = "item";

/// What `kind` says of a row of an accepted group that no element names.
const UNMATCHED: &str = "unmatched";

/// Makes a table.
pub(super) fn render_table(
    connection: &Connection,
    request: &ExportRequest<'_>,
    layout: OutputLayout,
    sink: Sink<'_>,
) -> rusqlite::Result<RenderedFile> {
    let by_member = request.group_column.filter(|_| request.expansion.is_some());
    let table = Table::of(connection, request, by_member.is_some())?;
    let mut line = TableLine { layout, safe: request.spreadsheet_safe, text: String::new(), cells: 0 };
    for name in table.header() {
        line.push(name);
    }
    sink(line.end())?;
    let mut rendered = RenderedFile::default();
    for step in request.steps(connection)? {
        let mut statement = group_rows::prepare(connection)?;
        let mut groups = match by_member {
            Some(column) => Some(GroupRows::begin(&mut statement, request.dataset, column)?),
            None => None,
        };
        sql::EXPORT_ITEMS.each::<rusqlite::Error>(connection, &[(":step", &step)], |row| {
            let output = row.get_ref("output")?.as_str_or_null().map_err(rusqlite::Error::from)?;
            let output: Map<String, Value> =
                output.map_or_else(|| Ok(Map::new()), serde_json::from_str).map_err(unreadable)?;
            let Some(groups) = &mut groups else {
                let input = if request.by_row { read_fields(row)? } else { Vec::new() };
                table.push(&mut line, row, &input, &output, OwnElement::NotAsked)?;
                rendered.rows += 1;
                return sink(line.end());
            };
            let members = groups.take(row.get_ref("group_key")?.as_str()?, row.get("group_rows")?)?;
            rendered.rows += i64::try_from(members.len()).unwrap_or(i64::MAX);
            table.push_members(&mut line, row, members, (&output, &mut rendered.unmatched), sink)
        })?;
    }
    Ok(rendered)
}

/// The element of a group's answer that a row has for itself.
#[derive(Clone, Copy)]
enum OwnElement<'a> {
    /// Elements are not matched with rows.
    NotAsked,
    Missing,
    Found(&'a Map<String, Value>),
}

impl<'a> OwnElement<'a> {
    fn get(self, field: &str) -> Option<&'a Value> {
        match self {
            Self::Found(element) => element.get(field),
            Self::NotAsked | Self::Missing => None,
        }
    }
}

/// The columns of a table.
struct Table<'a> {
    matching: Option<&'a ElementMatch>,
    names: Vec<String>,
    group: &'static [(&'static str, &'static str)],
    /// The fields of the output.
    fields: Vec<&'a str>,
    /// The fields of an element of it.
    element_fields: Vec<&'a str>,
    tail: Vec<(&'static str, &'static str)>,
}

impl<'a> Table<'a> {
    /// The columns of a table; `by_member` says that it has a line for each row of a group.
    fn of(connection: &Connection, request: &'a ExportRequest<'a>, by_member: bool) -> rusqlite::Result<Self> {
        let group = if request.grouped { GROUP_COLUMNS } else { &[] };
        let mut decided = false;
        for step in request.steps(connection)? {
            decided |=
                sql::EXPORT_ANY_DECIDED.row(connection, &[(":step", &step)], |row| row.get::<_, bool>("decided"))?;
        }
        let mut tail: Vec<(&str, &str)> = Vec::new();
        tail.extend(if request.judged { JUDGE_COLUMNS } else { &[] });
        tail.extend(META_COLUMNS);
        tail.extend(request.more.list().map(|(name, _)| (*name, *name)));
        tail.extend(if decided { DECIDED_COLUMNS } else { &[] });
        let matching = request.expansion.as_ref().filter(|_| by_member).and_then(|it| it.matching.as_ref());
        let is_shown = |field: &&str| matching.is_none_or(|by| by.list != **field);
        let fields: Vec<&str> = request.fields.iter().map(String::as_str).filter(is_shown).collect();
        let element_fields: Vec<&str> =
            matching.map_or(&[][..], |by| by.fields.as_slice()).iter().map(String::as_str).collect();

        let input = if request.by_row || by_member { request.columns } else { &[] };
        let of_output: Vec<String> = fields.iter().chain(&element_fields).map(|&it| it.to_owned()).collect();
        let columns = result_names(input, request.more, &of_output);
        let own = OwnNames::of(&columns, request.more);
        tail.extend(if request.thin { &[] } else { HEAVY_COLUMNS });
        let mut names = columns.input.clone();
        names.extend(group.iter().map(|(name, _)| own.get(name)));
        names.extend_from_slice(&columns.fields);
        names.extend(tail.iter().map(|(name, _)| own.get(name)));
        Ok(Self { matching, names, group, fields, element_fields, tail })
    }

    fn header(&self) -> &[String] {
        &self.names
    }

    /// Writes a line for each row of a group.
    fn push_members(
        &self,
        line: &mut TableLine,
        row: &Row<'_>,
        members: &[GroupRow],
        (output, unmatched): (&Map<String, Value>, &mut Unmatched),
        sink: Sink<'_>,
    ) -> rusqlite::Result<()> {
        let mut elements = self.matching.map(|by| Elements::of(output, by));
        for member in members {
            let input = parse_fields(&member.fields)?;
            let own = match (&mut elements, self.matching) {
                (Some(elements), Some(by)) => {
                    let found = input.get(by.column).and_then(|value| elements.of_row(value));
                    found.map_or(OwnElement::Missing, OwnElement::Found)
                }
                _ => OwnElement::NotAsked,
            };
            unmatched.rows += u64::from(matches!(own, OwnElement::Missing) && !output.is_empty());
            self.push(line, row, &input, output, own)?;
            sink(line.end())?;
        }
        if let Some(elements) = elements {
            elements.finish(unmatched);
        }
        Ok(())
    }

    /// Writes the cells of a line.
    fn push(
        &self,
        line: &mut TableLine,
        row: &Row<'_>,
        input: &[String],
        output: &Map<String, Value>,
        own: OwnElement<'_>,
    ) -> rusqlite::Result<()> {
        for field in input {
            line.push(field);
        }
        for (_, column) in self.group {
            line.push_column(row, column)?;
        }
        for field in &self.fields {
            line.push_value(output.get(*field));
        }
        for field in &self.element_fields {
            line.push_value(own.get(field));
        }
        let accepted = row.get_ref("status")?.as_str()? == "accepted";
        for (name, column) in &self.tail {
            if *name == ITEM {
                let item = row.get_ref(*column)?.as_str_or_null()?.map(serde_json::from_str).transpose();
                line.push_value(item.map_err(unreadable)?.as_ref());
            } else if accepted && *name == "kind" {
                line.push(if matches!(own, OwnElement::Missing) { UNMATCHED } else { "" });
            } else {
                line.push_column(row, column)?;
            }
        }
        Ok(())
    }
}

/// One line of a table while it is written.
struct TableLine {
    layout: OutputLayout,
    safe: bool,
    text: String,
    cells: usize,
}

impl TableLine {
    fn push(&mut self, value: &str) {
        if self.cells > 0 {
            self.text.push(if self.layout == OutputLayout::Csv { ',' } else { '|' });
        } else {
            self.text.clear();
        }
        self.cells += 1;
        if self.layout == OutputLayout::Csv {
            csv_cell(value, self.safe, &mut self.text);
        } else {
            psv_cell(value, &mut self.text);
        }
    }

    fn push_value(&mut self, value: Option<&Value>) {
        match value {
            None | Some(Value::Null) => self.push(""),
            Some(Value::String(text)) => self.push(text),
            Some(other) => self.push(&canonical::to_string(other)),
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
