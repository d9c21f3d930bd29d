//! What is exported, and how: [`ExportRequest`].

use rusqlite::Connection;
use serde_json::{Value, json};

use super::expand::Expansion;
use crate::config::{FormatFile, OutputFormat, OutputLayout, Packing};
use crate::record::ColumnKind;
use crate::stage::plan::count;
use crate::store::{MoreColumns, last_steps, sql};

pub(super) fn media_type(file: FormatFile) -> &'static str {
    match (file.packing, file.layout) {
        (Some(Packing::Gzip), _) => "application/gzip",
        (Some(Packing::Zstandard), _) => "application/zstd",
        (None, OutputLayout::Jsonl | OutputLayout::Items) => "application/jsonl",
        (None, OutputLayout::Psv) => "text/plain",
        (None, OutputLayout::Csv) => "text/csv",
        (None, OutputLayout::Eval(file)) => file.media_type(),
    }
}

/// Writes the list of the work items of steps (rowids), with a digest of each one's folder; returns how many there are.
/// Making the folders is the work of `view`, which a stage does not use.
pub type RenderItems = fn(&Connection, &[i64], &mut dyn FnMut(&[u8]) -> rusqlite::Result<()>) -> rusqlite::Result<i64>;

/// What is exported, and how.
#[derive(Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "they are settings that do not exclude each other")]
pub struct ExportRequest<'a> {
    /// The step (rowid). Of a last step with perspectives, all of them are exported, unless it is `alone`.
    pub step: i64,
    /// Whether this step was asked for by name.
    pub alone: bool,
    pub formats: Vec<OutputFormat>,
    /// The data set of the input (rowid).
    pub dataset: i64,
    /// The column that rows are grouped by, by its place.
    pub group_column: Option<usize>,
    /// The names and versions of the prompts, as an object.
    pub prompts: Value,
    /// The columns of the input.
    pub columns: &'a [String],
    /// What their cells are.
    pub kinds: &'a [ColumnKind],
    /// Whether each work item is one row, so that tables have the columns of the input.
    pub by_row: bool,
    pub grouped: bool,
    /// The columns that only some tasks have.
    pub more: MoreColumns,
    /// The top-level fields of the output, sorted.
    pub fields: Vec<String>,
    pub judged: bool,
    /// Whether tables leave out the heavy columns (reasons, message, answer, context).
    pub thin: bool,
    /// Whether cells that a spreadsheet would run as a formula are marked.
    pub spreadsheet_safe: bool,
    /// Whether and how tables have a line for each row of a group, in place of one for the group.
    pub expansion: Option<Expansion>,
    /// Makes `items.jsonl`.
    pub items: RenderItems,
}

impl ExportRequest<'_> {
    /// The files of all formats, in the order in which they are written.
    pub fn files(&self) -> impl Iterator<Item = FormatFile> {
        self.formats.iter().flat_map(|format| format.files())
    }

    /// The steps (rowids) whose work items are exported, in order.
    pub fn steps(&self, connection: &Connection) -> rusqlite::Result<Vec<i64>> {
        if self.alone {
            return Ok(vec![self.step]);
        }
        let last = last_steps(connection)?;
        Ok(if last.contains(&self.step) { last } else { vec![self.step] })
    }

    /// Returns what the manifest lists as read: everything that could change a byte of a file.
    pub fn inputs(&self, tx: &Connection) -> rusqlite::Result<Value> {
        let state = sql::EXPORT_STATE.row(tx, &[], |row| {
            let get = |name| row.get::<_, i64>(name);
            Ok(json!([get("last_attempt")?, get("last_response")?, get("last_round")?, get("last_work")?]))
        })?;
        let types: Vec<Option<&str>> = self.kinds.iter().map(|kind| kind.word()).collect();
        let mut inputs = json!({
            "state": state, "status": count(tx, self.step)?.to_value(), "columns": self.columns, "fields": self.fields,
            "formats": self.files().map(|it| it.name).collect::<Vec<_>>(), "by_row": self.by_row,
            "grouped": self.grouped, "judged": self.judged, "thin": self.thin,
            "spreadsheet_safe": self.spreadsheet_safe, "prompts": self.prompts,
        });
        if self.more.perspective {
            let counts = self.steps(tx)?.into_iter().map(|step| Ok(count(tx, step)?.to_value()));
            inputs["status"] = Value::Array(counts.collect::<rusqlite::Result<_>>()?);
        }
        if self.more.item {
            inputs["item"] = json!(true);
        }
        if let Some(expansion) = &self.expansion {
            inputs["expand"] = match &expansion.matching {
                None => json!("rows"),
                Some(by) => json!({"list": by.list, "field": by.field, "column": by.column, "fields": by.fields}),
            };
        }
        if types.iter().any(Option::is_some) {
            inputs["types"] = json!(types);
        }
        Ok(inputs)
    }
}
