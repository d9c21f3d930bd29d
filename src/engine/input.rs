//! The input of a project, opened: as a table, or as documents.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use rusqlite::Transaction;
use serde_json::{Value, json};

use super::documents::{self, DocumentReader};
use super::error::EngineError;
use crate::config::{Config, Documents, Input, InputTypes, nearest};
use crate::project::{Project, ProjectError, digest_of, format_of};
use crate::record::{ColumnKind, ColumnType, TypeInference};
use crate::stage::gold::GoldError;
use crate::stage::ingest::{self, Dataset, DatasetRole, IngestError, SourceFile};
use crate::stage::{ManifestContent, StageContext};
use crate::tabular::{ColumnChoice, ReadOptions, Record, Table, TableFormat, TabularError};

/// The input as a table of records.
pub(super) type InputTable = Table<BufReader<File>>;

/// The input before its first row is read, with the collections of knowledge.
pub(super) struct InputReader {
    rows: Rows,
    /// Each with what it is.
    pub(super) knowledge: Vec<(SourceFile, DocumentReader)>,
}

enum Rows {
    Table(Box<InputTable>),
    Documents(Box<DocumentReader>),
}

impl InputReader {
    /// The rows of a table in place of the input of `project`.
    pub(super) fn of_table(table: InputTable, project: &Project) -> Result<Self, EngineError> {
        Ok(Self { rows: Rows::Table(Box::new(table)), knowledge: open_knowledge(project)? })
    }

    pub(super) fn columns(&self) -> &[String] {
        match &self.rows {
            Rows::Table(table) => table.columns(),
            Rows::Documents(documents) => &documents.columns,
        }
    }

    /// Reads the rows of `project` into a new data set.
    pub(super) fn ingest(
        &mut self,
        tx: &Transaction<'_>,
        ctx: &StageContext<'_>,
        source: &SourceFile,
        project: &Project,
    ) -> Result<(Dataset, ManifestContent), EngineError> {
        let ingested = match &mut self.rows {
            Rows::Table(table) => ingest::ingest(tx, ctx, source, table),
            Rows::Documents(documents) => documents.ingest(tx, ctx, source),
        };
        ingested.map_err(|error| EngineError::from(error).placed(project, "").of_table(project))
    }
}

/// The columns of the input of `project`, which is a table, with what they hold as far as that is known.
pub(super) fn columns(project: &Project) -> Result<Vec<(String, ColumnKind)>, EngineError> {
    let opened = open_as_configured(project, Part::Header);
    let (source, table) = opened.map_err(|error| error.placed(project, "").of_table(project))?;
    Ok(table.columns().iter().cloned().zip(source.kinds).collect())
}

/// Opens the input of `project`; returns what it is, and its rows before the first.
pub(super) fn open(project: &Project) -> Result<(SourceFile, InputReader), EngineError> {
    let opened = || {
        let (source, rows) = match project.documents() {
            Some(wanted) => open_documents(project, wanted)?,
            None => {
                open_as_configured(project, Part::Rows).map(|(source, table)| (source, Rows::Table(Box::new(table))))?
            }
        };
        Ok((source, InputReader { rows, knowledge: open_knowledge(project)? }))
    };
    opened().map_err(|error: EngineError| error.placed(project, "").of_table(project))
}

/// Opens the collections of knowledge of `project`.
pub(super) fn open_knowledge(project: &Project) -> Result<Vec<(SourceFile, DocumentReader)>, EngineError> {
    let knowledge = project.config.knowledge.iter().enumerate();
    knowledge.map(|(index, it)| documents::open_knowledge(it, index, &project.dir)).collect()
}

fn open_documents(project: &Project, wanted: &Documents) -> Result<(SourceFile, Rows), EngineError> {
    if !project.config.input.gold.is_empty() {
        return Err(GoldError::OfDocuments.into());
    }
    let (source, reader) = documents::open(wanted, &project.dir)?;
    let required = &project.config.input.required_columns;
    if let Some(column) = required.iter().find(|column| !reader.columns.contains(column)) {
        return Err(IngestError::NoDocumentColumn { column: column.clone() }.into());
    }
    Ok((source, Rows::Documents(Box::new(reader))))
}

/// Which columns of the input are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// All but those that are gold.
    Rows,
    /// The same, of a table whose rows are not wanted: it may have none.
    Header,
    /// Those that are gold.
    Gold,
}

/// Opens the table of `project`.
pub(super) fn open_as_configured(project: &Project, part: Part) -> Result<(SourceFile, InputTable), EngineError> {
    let input = &project.config.input;
    let path = project.input_path();
    // What a command writes is named by no file.
    let of_command = project.runs_command().then_some(TableFormat::Csv);
    let named = if of_command.is_some() { Path::new("") } else { &path };
    let unknown = || {
        let (key, path) = ("input.path", path.clone());
        if path.is_dir() { ProjectError::Folder { key, path } } else { ProjectError::UnknownFormat { key, path } }
    };
    let format = format_of(input.format, named).or(of_command).ok_or_else(unknown)?;
    let words = if part == Part::Gold { project.gold_words(format) } else { Vec::new() };
    // A program may have no rows today.
    let may_be_empty = project.is_given() || part == Part::Header;
    let options = |json_columns: Vec<String>| ReadOptions {
        format,
        encoding: input.encoding.clone(),
        sheet: input.sheet.clone(),
        required_columns: input.required_columns.clone(),
        normalise: input.normalise,
        json_columns,
        word_columns: words.clone(),
        delimiter: input.delimiter,
        guess: input.guess,
        may_be_empty,
        choice: match part {
            Part::Rows | Part::Header => ColumnChoice::Without(input.gold.clone()),
            Part::Gold => ColumnChoice::Only(input.gold.iter().chain(&input.key).cloned().collect()),
        },
    };
    let unreadable = |source| ProjectError::File { key: "input.path".into(), path: path.clone(), source };
    let (sha1, bytes) = project.open_input().and_then(|mut file| digest_of(&mut file)).map_err(unreadable)?;
    let refused = |error: TabularError| EngineError::Ingest(error.into());
    let open_table = |json_columns: Vec<String>| {
        let file = project.open_table().map_err(unreadable)?;
        let file = BufReader::with_capacity(1 << 18, file);
        Table::open(file, &path.display().to_string(), &options(json_columns)).map_err(refused)
    };
    let name = if project.runs_command() { Some(path.as_os_str()) } else { path.file_name() };
    let name = name.unwrap_or_default().to_string_lossy().into_owned();
    // Columns are inferred before the table is opened to be read: stdin can be read from one place at a time.
    let (kinds, table) = match &input.types {
        InputTypes::Infer(_) => {
            let first = open_table(Vec::new())?;
            let columns = first.columns().to_vec();
            let kinds = inferred(first, format)?;
            let types = columns.iter().zip(kinds.iter().copied());
            let table = open_table(json_columns(types))?;
            (kinds, table)
        }
        InputTypes::Columns(types) => {
            let of_config = types.iter().map(|(column, kind)| (column, ColumnKind::Typed(*kind)));
            let table = open_table(json_columns(of_config))?;
            (declared(&name, &table, format, types)?, table)
        }
    };
    let source = SourceFile {
        name,
        format: format.as_str().to_owned(),
        sha1,
        bytes,
        options: settings(&project.config, &kinds, (part, &words)),
        key: input.key.clone(),
        kinds,
        is_inferred: matches!(input.types, InputTypes::Infer(_)),
        may_be_empty,
        role: if part == Part::Gold { DatasetRole::Gold } else { DatasetRole::Input },
    };
    check_gold(&source.name, &table, input)?;
    source.key_index(table.columns()).map_err(EngineError::Ingest)?;
    Ok((source, table))
}

/// The columns of the type `json`.
fn json_columns<'a>(kinds: impl Iterator<Item = (&'a String, ColumnKind)>) -> Vec<String> {
    let json = kinds.filter(|(_, kind)| *kind == ColumnKind::Typed(ColumnType::Json));
    json.map(|(column, _)| column.clone()).collect()
}

/// How the table is read, as the record keeps it.
fn settings(config: &Config, kinds: &[ColumnKind], (part, words): (Part, &[String])) -> Value {
    let input = &config.input;
    let mut settings = json!({
        "encoding": input.encoding, "sheet": input.sheet, "key": input.key, "normalise": input.normalise,
    });
    if let Some(delimiter) = input.delimiter {
        settings["delimiter"] = json!(delimiter);
    }
    if !input.guess {
        settings["guess"] = json!(false);
    }
    if !input.gold.is_empty() {
        settings[if part == Part::Gold { "only" } else { "without" }] = json!(input.gold);
    }
    if !words.is_empty() {
        settings["words"] = json!(words);
    }
    if !input.types.is_empty() {
        settings["types"] = json!(kinds.iter().map(|kind| kind.word()).collect::<Vec<_>>());
    }
    settings
}

/// Whether the cells of a format have kinds of their own.
fn is_json(format: TableFormat) -> bool {
    matches!(format, TableFormat::Jsonl | TableFormat::Json)
}

/// What a column's cells are where nothing is declared.
fn undeclared(format: TableFormat) -> ColumnKind {
    if is_json(format) { ColumnKind::Json } else { ColumnKind::Untyped }
}

/// Checks that the columns are there that are gold, and others beside them.
fn check_gold(name: &str, table: &InputTable, input: &Input) -> Result<(), GoldError> {
    let columns = table.written_columns();
    if let Some(column) = input.gold.iter().find(|column| !columns.contains(column)) {
        return Err(GoldError::of_columns("experiment.gold.fields", column, name, columns));
    }
    if table.columns().is_empty() { Err(GoldError::NothingLeft) } else { Ok(()) }
}

/// What the cells of each column are by the declared types.
fn declared(
    name: &str,
    table: &InputTable,
    format: TableFormat,
    types: &BTreeMap<String, ColumnType>,
) -> Result<Vec<ColumnKind>, EngineError> {
    let columns = table.written_columns();
    if let Some(column) = types.keys().find(|column| !columns.contains(column)) {
        let hint = nearest(column, columns.iter().map(String::as_str))
            .map_or_else(|| format!("columns: {}", columns.join(", ")), |near| format!("did you mean `{near}`?"));
        return Err(IngestError::NoTypedColumn { name: name.to_owned(), column: column.clone(), hint }.into());
    }
    let kind = |column: &String| types.get(column).map_or(undeclared(format), |kind| ColumnKind::Typed(*kind));
    Ok(table.columns().iter().map(kind).collect())
}

/// What the cells of each column are, from all of them. A text of a JSON file is a text, whatever it looks like.
fn inferred(mut table: InputTable, format: TableFormat) -> Result<Vec<ColumnKind>, EngineError> {
    let refused = |error: TabularError| EngineError::Ingest(error.into());
    let is_json = is_json(format);
    let mut found = vec![TypeInference::default(); table.columns().len()];
    let mut record = Record::default();
    while table.read_record(&mut record).map_err(refused)? {
        let mut json = record.json.iter().copied().peekable();
        for (index, (inference, text)) in found.iter_mut().zip(&record.fields).enumerate() {
            if is_json && json.next_if_eq(&index).is_none() {
                inference.add_text();
            } else {
                inference.add(text);
            }
        }
    }
    let kind = |inference: TypeInference| match inference.found() {
        ColumnType::Text => undeclared(format),
        kind => ColumnKind::Typed(kind),
    };
    Ok(found.into_iter().map(kind).collect())
}
