//! Reading a file of examples, and writing the schema inferred from them.

use std::borrow::Cow;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read as _};
use std::path::{Path, PathBuf};

use super::drawing::is_run_file;
use super::keep::{KeptFile, keep};
use crate::config::MAX_UNPACKED_BYTES;
use crate::project::open_table;
use crate::schema::{InferError, Inference, Inferred};
use crate::tabular::{ReadOptions, Record, Table, TableFormat, TabularError};

/// Why no schema could be inferred or written.
#[derive(Debug, thiserror::Error)]
pub enum ExamplesError {
    /// The file cannot be read.
    #[error("cannot read the examples in {name}")]
    Read {
        name: String,
        #[source]
        source: io::Error,
    },
    /// No schema follows from its content.
    #[error("{name}: {source}")]
    Infer { name: String, source: InferError },
    /// It is a database, such as a run file.
    #[error("{name} is an SQLite database, perhaps a run file, and no file of examples")]
    Database { name: String },
    /// The table cannot be read.
    #[error(transparent)]
    Table(#[from] TabularError),
    /// The schema cannot be written.
    #[error("cannot write {}", path.display())]
    Write {
        path: PathBuf,
        #[source]
        source: io::Error,
    },
}

impl ExamplesError {
    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> Option<Cow<'static, str>> {
        match self {
            Self::Read { source, .. } if source.kind() == io::ErrorKind::InvalidData => {
                Some(Cow::Borrowed("save it as UTF-8"))
            }
            Self::Database { name } => {
                Some(Cow::Owned(format!("`casebook schema {name}` prints the schema of a run file's answers")))
            }
            Self::Infer { source, .. } => source.hint(),
            Self::Table(error) => error.hint(),
            _ => None,
        }
    }

    /// Whether the file or the call is wrong, rather than the world.
    #[must_use]
    pub fn is_usage(&self) -> bool {
        !matches!(self, Self::Write { .. })
    }
}

/// The schema of the examples in the file at `path`, whose extension gives its format; `-` is stdin, with one JSON
/// object a line. `max_values` as in `Inference::new`.
pub fn infer(path: &Path, max_values: usize) -> Result<Inferred, ExamplesError> {
    let mut inference = Inference::new(max_values);
    let is_stdin = path.as_os_str() == "-";
    let name = if is_stdin { "stdin".to_owned() } else { path.display().to_string() };
    let unreadable = |source| ExamplesError::Read { name: name.clone(), source };
    let wrong = |source| ExamplesError::Infer { name: name.clone(), source };
    if is_stdin {
        lines(io::stdin().lock(), &name, &mut inference)?;
        return inference.finish().map_err(wrong);
    }
    if is_run_file(path) {
        return Err(ExamplesError::Database { name });
    }
    let mut file = open_table(path, MAX_UNPACKED_BYTES).map_err(unreadable)?;
    match TableFormat::from_extension(path) {
        // A document, of which one object is an example too, with the types of its values.
        Some(TableFormat::Json) => {
            let mut text = String::new();
            file.read_to_string(&mut text).map_err(unreadable)?;
            inference.document(text.strip_prefix('\u{feff}').unwrap_or(&text)).map_err(wrong)?;
        }
        Some(TableFormat::Jsonl) | None => lines(BufReader::new(file), &name, &mut inference)?,
        Some(format) => table(file, &name, format, &mut inference)?,
    }
    inference.finish().map_err(wrong)
}

/// Writes a schema; a copy of the file's earlier content is kept beside it.
pub fn write_schema(path: &Path, text: &str) -> Result<KeptFile, ExamplesError> {
    keep(path, text).map_err(|source| ExamplesError::Write { path: path.to_owned(), source })
}

/// Reads one example a line; blank lines are skipped.
fn lines(mut source: impl BufRead, name: &str, inference: &mut Inference) -> Result<(), ExamplesError> {
    let unreadable = |source| ExamplesError::Read { name: name.to_owned(), source };
    let mut bytes = Vec::new();
    for number in 1.. {
        bytes.clear();
        if source.read_until(b'\n', &mut bytes).map_err(unreadable)? == 0 {
            break;
        }
        let text = std::str::from_utf8(&bytes).map_err(|_| {
            let message = format!("line {number} is not valid UTF-8");
            unreadable(io::Error::new(io::ErrorKind::InvalidData, message))
        })?;
        let text = if number == 1 { text.strip_prefix('\u{feff}').unwrap_or(text) } else { text };
        let text = text.trim_end_matches(['\n', '\r']);
        if !text.trim().is_empty() {
            let wrong = |source| ExamplesError::Infer { name: name.to_owned(), source };
            inference.line(text, number).map_err(wrong)?;
        }
    }
    Ok(())
}

fn table(file: File, name: &str, format: TableFormat, inference: &mut Inference) -> Result<(), ExamplesError> {
    let mut table = Table::open(BufReader::new(file), name, &ReadOptions::new(format))?;
    let columns = table.columns().to_vec();
    let mut record = Record::default();
    while table.read_record(&mut record)? {
        let line = usize::try_from(record.line).unwrap_or(usize::MAX);
        let wrong = |source| ExamplesError::Infer { name: name.to_owned(), source };
        inference.row(&columns, &record.fields, line).map_err(wrong)?;
    }
    Ok(())
}
