//! The input of a project, opened as a table.

use std::fs::File;
use std::io::BufReader;

use serde_json::json;

use super::error::EngineError;
use crate::project::{Project, ProjectError, digest_of, format_of};
use crate::stage::ingest::SourceFile;
use crate::tabular::{ReadOptions, Table};

/// The input as a table of records.
pub(super) type InputTable = Table<BufReader<File>>;

/// Opens the input of `project`; returns what it is, and its table before the first record.
pub(super) fn open(project: &Project) -> Result<(SourceFile, InputTable), EngineError> {
    let input = &project.config.input;
    let path = project.input_path();
    let format = format_of(input.format, &path)
        .ok_or_else(|| ProjectError::UnknownFormat { key: "input.path", path: path.clone() })?;
    let options = ReadOptions {
        format,
        encoding: input.encoding.clone(),
        sheet: input.sheet.clone(),
        required_columns: input.required_columns.clone(),
        normalise: input.normalise,
        delimiter: input.delimiter,
        guess: input.guess,
    };
    let unreadable = |source| ProjectError::File { key: "input.path".into(), path: path.clone(), source };
    let (sha1, bytes) = project.open_input().and_then(|mut file| digest_of(&mut file)).map_err(unreadable)?;
    let file = project.open_table().map_err(unreadable)?;
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let table = Table::open(BufReader::with_capacity(1 << 18, file), &path.display().to_string(), &options)
        .map_err(|error| EngineError::Ingest(error.into()))?;
    let mut options = json!({
        "encoding": input.encoding, "sheet": input.sheet, "key": input.key, "normalise": input.normalise,
    });
    if let Some(delimiter) = input.delimiter {
        options["delimiter"] = json!(delimiter);
    }
    if !input.guess {
        options["guess"] = json!(false);
    }
    let source = SourceFile { name, format: format.as_str().to_owned(), sha1, bytes, options, key: input.key.clone() };
    source.key_index(table.columns()).map_err(EngineError::Ingest)?;
    Ok((source, table))
}
