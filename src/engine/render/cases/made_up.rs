//! A made-up row as an input: a table of one row with the columns and types of the real one.

use std::io::{BufReader, Seek as _, SeekFrom, Write as _};

use serde_json::{Map, Value};

use super::file::Case;
use crate::config::{Each, nearest};
use crate::document::numbered;
use crate::engine::compile::{self, CompiledStep};
use crate::engine::error::EngineError;
use crate::engine::input::InputReader;
use crate::engine::render::error::RenderError;
use crate::project::Project;
use crate::record::{ColumnKind, ColumnType, Digest};
use crate::stage::ingest::{DatasetRole, SourceFile};
use crate::tabular::{ColumnChoice, ReadOptions, Table, TableFormat};

/// The row of a case as the input of a project whose table has these columns. A column that the case does not name is
/// empty; the key of rows is then the name of the case.
pub(super) fn input(
    project: &Project,
    case: &Case,
    (columns, kinds): (&[String], &[ColumnKind]),
) -> Result<(SourceFile, InputReader, Vec<CompiledStep>), EngineError> {
    check(project, case, columns)?;
    let line = Value::Object(row(project, case, (columns, kinds))).to_string();
    let write = || {
        let mut file = tempfile::tempfile()?;
        file.write_all(line.as_bytes())?;
        file.seek(SeekFrom::Start(0))?;
        Ok(file)
    };
    let file = write().map_err(RenderError::Scratch)?;
    let json = columns.iter().zip(kinds).filter(|(_, kind)| **kind == ColumnKind::Typed(ColumnType::Json));
    let options = ReadOptions {
        may_be_empty: false,
        format: TableFormat::Jsonl,
        encoding: "utf-8".to_owned(),
        sheet: None,
        required_columns: Vec::new(),
        normalise: project.config.input.normalise,
        json_columns: json.map(|(column, _)| column.clone()).collect(),
        word_columns: Vec::new(),
        delimiter: None,
        guess: false,
        choice: ColumnChoice::All,
    };
    let name = format!("case {}", case.name);
    let table = Table::open(BufReader::with_capacity(1 << 18, file), &name, &options)?;
    let source = SourceFile {
        may_be_empty: false,
        name,
        format: TableFormat::Jsonl.as_str().to_owned(),
        sha1: Digest::of_bytes(line.as_bytes()),
        bytes: line.len() as u64,
        options: Value::Null,
        key: project.config.input.key.clone(),
        kinds: kinds.to_vec(),
        is_inferred: false,
        role: DatasetRole::Input,
    };
    let compiled = compile::compile_again(project, table.columns(), kinds)?;
    Ok((source, InputReader::of_table(table, project)?, compiled))
}

/// Checks that a case can be about a made-up row, and that its columns are those of the input.
fn check(project: &Project, case: &Case, columns: &[String]) -> Result<(), RenderError> {
    for cell in case.values.iter().flatten() {
        if !columns.contains(&cell.column) {
            let hint = match nearest(&cell.column, columns.iter().map(String::as_str)) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("its columns are {}", columns.join(", ")),
            };
            return Err(RenderError::NoColumn { column: cell.column.clone(), hint });
        }
    }
    for setup in &project.steps {
        let step = &setup.config.step;
        let is_meant = case.target.step.as_deref().is_some_and(|name| name == step.name());
        if is_meant && step.each != Each::Source {
            let parents = step.each.parents().iter().map(|it| format!("`{it}`")).collect::<Vec<_>>().join(", ");
            return Err(RenderError::MadeUp { step: step.name().to_owned(), parents });
        }
    }
    Ok(())
}

fn row(project: &Project, case: &Case, (columns, kinds): (&[String], &[ColumnKind])) -> Map<String, Value> {
    let key = project.config.input.key.as_ref();
    let cell = |(column, kind): (&String, &ColumnKind)| {
        let given = case.values.iter().flatten().find(|it| it.column == *column);
        let value = match (given, kind) {
            (Some(cell), ColumnKind::Json) => cell.json.clone(),
            (Some(cell), ColumnKind::Untyped | ColumnKind::Typed(_)) => Value::from(cell.text.as_str()),
            (None, _) if key == Some(column) => Value::from(case.name.as_str()),
            (None, ColumnKind::Json) => Value::Null,
            (None, ColumnKind::Untyped | ColumnKind::Typed(_)) => Value::from(""),
        };
        (column.clone(), value)
    };
    let mut row: Map<String, Value> = columns.iter().zip(kinds).map(cell).collect();
    if project.documents().is_some() {
        number(&mut row);
    }
    row
}

/// Fills in what follows from the text of a row of a document, where the case does not say it.
fn number(row: &mut Map<String, Value>) {
    let text = row.get("text").and_then(Value::as_str).unwrap_or_default().to_owned();
    let lines = [("line_start", 1), ("line_end", text.split('\n').count())];
    let filled = lines.map(|(column, line)| (column, line.to_string())).into_iter();
    for (column, value) in filled.chain([("numbered", numbered(text.split('\n')))]) {
        if row.get(column).is_none_or(|it| it == "") {
            row.insert(column.to_owned(), Value::from(value));
        }
    }
}
