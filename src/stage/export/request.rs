//! What is exported, and how: [`ExportRequest`], and its [`ExportFile`]s.

use std::sync::Arc;

use rusqlite::Connection;
use serde_json::{Value, json};

use super::evals::EvalMapping;
use super::expand::Expansion;
use super::finetune::FinetuneSpec;
use super::objects::{ObjectFile, ObjectFiles, statuses};
use crate::config::{FormatFile, OutputFormat, OutputLayout, Packing};
use crate::record::{ColumnKind, VariantAt};
use crate::stage::plan::count;
use crate::store::{MoreColumns, last_steps, sql};

/// A file that an export writes.
#[derive(Clone, Copy, Debug)]
pub enum ExportFile<'a> {
    /// A file of a format.
    Format(FormatFile),
    /// Objects that are made of outputs.
    Objects(&'a ObjectFile),
}

impl<'a> ExportFile<'a> {
    /// Its name, without a folder.
    #[must_use]
    pub fn name(self) -> &'a str {
        match self {
            Self::Format(file) => file.name,
            Self::Objects(file) => &file.name,
        }
    }

    /// How it is compressed, if it is.
    #[must_use]
    pub fn packing(self) -> Option<Packing> {
        match self {
            Self::Format(file) => file.packing,
            Self::Objects(_) => None,
        }
    }

    pub(super) fn media_type(self) -> &'static str {
        let file = match self {
            Self::Format(file) => file,
            Self::Objects(file) => return file.media_type(),
        };
        match (file.packing, file.layout) {
            (Some(Packing::Gzip), _) => "application/gzip",
            (Some(Packing::Zstandard), _) => "application/zstd",
            (None, OutputLayout::Jsonl | OutputLayout::Items) => "application/jsonl",
            (None, OutputLayout::Psv) => "text/plain",
            (None, OutputLayout::Csv) => "text/csv",
            (None, OutputLayout::Eval(file)) => file.media_type(),
            (None, OutputLayout::Finetune(file)) => file.media_type(),
        }
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
    /// The files of objects.
    pub objects: ObjectFiles,
    /// The files of objects that the project has too, and that are not asked for.
    pub unwritten: ObjectFiles,
    /// What the items of evaluation tools are made of; `None` where nothing says it.
    pub evals: Option<Arc<EvalMapping>>,
    /// What examples for fine-tuning are made of.
    pub finetune: FinetuneSpec,
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
    /// The files that are written, in order.
    pub fn files(&self) -> impl Iterator<Item = ExportFile<'_>> {
        let formats = self.formats.iter().flat_map(|format| format.files()).map(ExportFile::Format);
        formats.chain(self.objects.files.iter().map(|file| ExportFile::Objects(file)))
    }

    /// The same export of these formats alone, unless there are none.
    #[must_use]
    pub fn in_formats(self, formats: &[OutputFormat]) -> Self {
        if formats.is_empty() {
            return self;
        }
        Self { formats: formats.to_vec(), objects: ObjectFiles::default(), unwritten: self.objects, ..self }
    }

    /// The steps (rowids) whose work items are exported, in order.
    pub fn steps(&self, connection: &Connection) -> rusqlite::Result<Vec<i64>> {
        if self.alone {
            return Ok(vec![self.step]);
        }
        let last = last_steps(connection, VariantAt::BASE)?;
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
            "formats": self.formats.iter().flat_map(|it| it.files()).map(|it| it.name).collect::<Vec<_>>(), "by_row": self.by_row,
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
        if !self.objects.files.is_empty() {
            inputs["objects"] = json!({"files": self.objects.configured, "status": statuses(tx, &self.objects)?});
        }
        if let Some(mapping) = self.mapping() {
            let file = ObjectFiles { files: vec![mapping.file.clone()], ..ObjectFiles::default() };
            inputs["evals"] = json!({"mapping": mapping.configured, "status": statuses(tx, &file)?});
        }
        if self.has_finetune() {
            inputs["finetune"] = self.finetune.inputs(tx)?;
        }
        Ok(inputs)
    }

    /// Whether a format is for fine-tuning.
    #[must_use]
    pub fn has_finetune(&self) -> bool {
        self.formats.iter().any(|format| format.finetune().is_some())
    }

    /// What items are made of, if a format has them.
    #[must_use]
    pub fn mapping(&self) -> Option<&EvalMapping> {
        self.evals.as_deref().filter(|_| self.formats.iter().any(|format| format.is_for_eval_tool()))
    }
}
