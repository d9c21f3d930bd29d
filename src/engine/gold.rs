//! Opening gold answers: a file of their own, or columns of the input.

use std::fs;
use std::io::BufReader;
use std::path::Path;

use rusqlite::Transaction;
use serde_json::json;

use super::error::EngineError;
use super::input::{InputTable, Part, open_as_configured};
use crate::config::{Gold, GroupingMode, MAX_UNPACKED_BYTES};
use crate::project::{Project, ProjectError, digest, format_of, graph, open_table};
use crate::record::ColumnKind;
use crate::record::document::DOCUMENT_COLUMNS;
use crate::stage::gold::{self, GoldAnswers, GoldError, GoldMatch};
use crate::stage::ingest::{self, Dataset, DatasetRole, IngestError, SourceFile};
use crate::stage::{ManifestContent, StageContext};
use crate::tabular::{ColumnChoice, ReadOptions, Table, TableFormat, TabularError};

/// Gold answers before the first is read.
pub(super) struct GoldReader {
    pub(super) source: SourceFile,
    table: InputTable,
    key: usize,
    matching: GoldMatch,
    fields: Vec<(String, usize)>,
    /// Whether they are columns of the input.
    is_input: bool,
}

impl GoldReader {
    /// Reads the answers into a new data set.
    pub(super) fn ingest(
        &mut self,
        tx: &Transaction<'_>,
        ctx: &StageContext<'_>,
    ) -> Result<(Dataset, ManifestContent), EngineError> {
        let ingested = ingest::ingest(tx, ctx, &self.source, &mut self.table);
        ingested.map_err(|error| if self.is_input { error.into() } else { of_file(error) })
    }

    /// Reads the answers into a scratch file that already has `input`, and refuses those that are about nothing.
    pub(super) fn rehearse(
        mut self,
        tx: &Transaction<'_>,
        ctx: &StageContext<'_>,
        (project, input): (&Project, &Dataset),
    ) -> Result<GoldAnswers, EngineError> {
        let placed = |error: EngineError| error.placed(project, "");
        let (dataset, _) = self.ingest(tx, ctx).map_err(placed)?;
        let answers = self.answers(dataset);
        gold::check(tx, &answers, input, &self.source.name).map_err(|error| placed(error.into()))?;
        gold::load(tx, &answers, input)?;
        Ok(answers)
    }

    /// The names of the values, each with what it is.
    pub(super) fn kinds(&self) -> Vec<(String, ColumnKind)> {
        gold::kinds(&self.fields, &self.source.kinds)
    }

    /// The answers in the data set that was made of these.
    pub(super) fn answers(&self, dataset: Dataset) -> GoldAnswers {
        GoldAnswers { dataset, key: self.key, matching: self.matching, fields: self.fields.clone() }
    }
}

/// Opens the gold answers of `project`, whose input has these `columns`.
pub(super) fn open(project: &Project, gold: &Gold, columns: &[String]) -> Result<GoldReader, EngineError> {
    let opened = match &gold.path {
        Some(path) => open_file(project, gold, path, columns),
        None => open_columns(project, gold),
    };
    opened.map_err(|error| error.placed(project, ""))
}

/// The gold answers of `project` in a recorded data set, for an input with these `columns`.
pub(super) fn recorded(
    project: &Project,
    gold: &Gold,
    (dataset, columns): (Dataset, &[String]),
) -> Result<GoldAnswers, EngineError> {
    let name = gold.path.as_deref().unwrap_or("the input");
    let fields = fields(gold, &dataset.columns, name)?;
    let (key, matching) = match &gold.path {
        None => (0, GoldMatch::Place),
        Some(_) => {
            let (matching, of_input) = matching(project, columns)?;
            let key = gold.key.as_ref().unwrap_or(&of_input);
            (dataset.columns.iter().position(|it| it == key).unwrap_or_default(), matching)
        }
    };
    Ok(GoldAnswers { dataset, key, matching, fields })
}

/// Opens the columns of the input that are gold.
fn open_columns(project: &Project, gold: &Gold) -> Result<GoldReader, EngineError> {
    if project.documents().is_some() {
        return Err(GoldError::OfDocuments.into());
    }
    if let Unit::Groups(_) = unit(project)? {
        return Err(GoldError::OfGroups.into());
    }
    let (source, table) = open_as_configured(project, Part::Gold)?;
    let fields = fields(gold, table.columns(), &source.name)?;
    Ok(GoldReader { source, table, key: 0, matching: GoldMatch::Place, fields, is_input: true })
}

/// The key of the file with the gold answers.
const KEY: &str = "experiment.gold.path";

/// Opens the file with the gold answers.
fn open_file(project: &Project, gold: &Gold, path: &str, columns: &[String]) -> Result<GoldReader, EngineError> {
    let (matching, of_input) = matching(project, columns)?;
    let key = gold.key.clone().unwrap_or(of_input);
    let file = project.dir.join(path);
    if is_input(project, &file) {
        return Err(GoldError::IsInput.into());
    }
    let format = format_of(None, &file).ok_or_else(|| ProjectError::UnknownFormat { key: KEY, path: file.clone() })?;
    let unreadable = |source| ProjectError::File { key: KEY.into(), path: file.clone(), source };
    let (sha1, bytes) = digest(&file).map_err(unreadable)?;
    let shown = file.display().to_string();
    let words = project.gold_words(format);
    let open = |choice: ColumnChoice| {
        let reader = BufReader::with_capacity(1 << 18, open_table(&file, MAX_UNPACKED_BYTES).map_err(unreadable)?);
        let (normalise, word_columns) = (project.config.input.normalise, words.clone());
        let options = ReadOptions { normalise, word_columns, choice, ..ReadOptions::new(format) };
        Table::open(reader, &shown, &options).map_err(|error: TabularError| of_file(error.into()))
    };
    let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let whole = open(ColumnChoice::All)?;
    if !whole.columns().contains(&key) {
        return Err(GoldError::of_columns("experiment.gold.key", &key, &name, whole.columns()).into());
    }
    fields(gold, whole.columns(), &name)?;
    let table = open(ColumnChoice::Only(gold.fields.values().chain([&key]).cloned().collect()))?;
    let fields = fields(gold, table.columns(), &name)?;
    let is_json = matches!(format, TableFormat::Jsonl | TableFormat::Json);
    let kind = if is_json { ColumnKind::Json } else { ColumnKind::Untyped };
    let source = SourceFile {
        name,
        format: format.as_str().to_owned(),
        sha1,
        bytes,
        options: json!({
            "key": key, "normalise": project.config.input.normalise, "only": table.columns(), "words": words,
        }),
        kinds: vec![kind; table.columns().len()],
        is_inferred: false,
        may_be_empty: false,
        role: DatasetRole::Gold,
        key: Some(key),
    };
    let key = source.key_index(table.columns())?.unwrap_or_default();
    Ok(GoldReader { source, table, key, matching, fields, is_input: false })
}

fn of_file(error: IngestError) -> EngineError {
    match error {
        IngestError::Store(error) => error.into(),
        error => GoldError::File { error: Box::new(error) }.into(),
    }
}

/// The names of the gold values with the positions of their columns among `columns`.
fn fields(gold: &Gold, columns: &[String], name: &str) -> Result<Vec<(String, usize)>, GoldError> {
    let place = |(field, column): (&String, &String)| {
        let at = columns.iter().position(|it| it == column);
        let key = || format!("experiment.gold.fields.{field}");
        at.map(|at| (field.clone(), at)).ok_or_else(|| GoldError::of_columns(&key(), column, name, columns))
    };
    gold.fields.iter().map(place).collect()
}

/// What the work items of the last step come from.
enum Unit {
    Rows,
    /// Groups by this column.
    Groups(String),
}

fn unit(project: &Project) -> Result<Unit, GoldError> {
    let last = project.last_place();
    let root = graph::root(project, last).ok_or(GoldError::NoSource)?;
    let Some(grouping) = &root.config.grouping else { return Ok(Unit::Rows) };
    let is_group = grouping.mode == GroupingMode::GroupOutput || graph::is_by_group(project, last);
    Ok(if is_group { Unit::Groups(grouping.column.clone()) } else { Unit::Rows })
}

/// The column with the name of a row's document.
const DOCUMENT: &str = DOCUMENT_COLUMNS[0];

/// How the rows of a gold file say what they are about, and the column of the input that has their keys.
fn matching(project: &Project, columns: &[String]) -> Result<(GoldMatch, String), GoldError> {
    let at = |column: &str| columns.iter().position(|it| it == column).unwrap_or_default();
    Ok(match (unit(project)?, &project.config.input.key) {
        (Unit::Groups(column), _) => (GoldMatch::Group(at(&column)), column),
        (Unit::Rows, Some(key)) => (GoldMatch::Key(at(key)), key.clone()),
        (Unit::Rows, None) if project.documents().is_some() => (GoldMatch::Key(at(DOCUMENT)), DOCUMENT.to_owned()),
        (Unit::Rows, None) => return Err(GoldError::NoKey),
    })
}

/// How gold answers in a file say what they are about, and the column of the input with their keys; `None` where the
/// task can have none.
pub(super) fn keys(project: &Project, columns: &[String]) -> Option<(GoldMatch, String)> {
    matching(project, columns).ok()
}

/// Whether `file` is the file of the input.
fn is_input(project: &Project, file: &Path) -> bool {
    let is_file = !project.is_given() && !project.reads_stdin() && !project.runs_command();
    let whole = |path: &Path| fs::canonicalize(path).ok();
    is_file && project.documents().is_none() && whole(file).is_some_and(|it| whole(&project.input_path()) == Some(it))
}
