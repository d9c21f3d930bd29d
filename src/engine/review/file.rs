//! A file of decisions: a table, or one JSON object a line, with `work_id`, `decision` and `reason`, and where it is an
//! edit the `output`; `by` may stand in it too.

use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use serde_json::Value;

use crate::engine::error::EngineError;
use crate::engine::project::format_of;
use crate::stage::review::{Decision, Ruling};
use crate::tabular::{ReadOptions, Record, Table};

/// The columns of a file of decisions.
const COLUMNS: [&str; 5] = ["work_id", "decision", "reason", "output", "by"];

/// A line of the file.
pub(super) struct Line {
    /// Where it stands, from 1.
    pub(super) number: u64,
    /// The work item, or the beginning of its id.
    pub(super) work_id: String,
    /// What is decided.
    pub(super) decision: Decision,
}

/// Why a line is no decision.
#[derive(Debug, thiserror::Error)]
pub enum LineError {
    /// A column that means nothing here.
    #[error("there is no column `{0}` in a file of decisions")]
    Column(String),
    /// A column that every line needs.
    #[error("the column `{0}` is missing")]
    Missing(&'static str),
    /// A line without a work item.
    #[error("`work_id` is empty")]
    NoItem,
    /// A word that is none of the three.
    #[error("`decision` is `{}`, expected accept, reject or edit", .0.escape_debug())]
    Word(String),
    /// An edit without its output.
    #[error("`decision` is `edit`, but `output` is empty")]
    NoOutput,
    /// An output that nobody asked for.
    #[error("`output` is there, but `decision` is `{0}`: use `edit`")]
    Output(String),
    /// An output that is no JSON.
    #[error("`output` is not JSON: {0}")]
    NotJson(#[from] serde_json::Error),
}

impl LineError {
    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> &'static str {
        match self {
            Self::NoItem => "`casebook failures DB --format csv` lists the ids of what was rejected",
            Self::NotJson(_) => "in a CSV the object stands in one cell, with its quotes doubled",
            _ => "its columns are work_id, decision (accept, reject or edit), reason, output and by",
        }
    }
}

/// Reads the decisions of the file at `path`.
pub(super) fn read(path: &Path, by: Option<&str>, reason: Option<&str>) -> Result<Vec<Line>, EngineError> {
    let key = "--decisions";
    let format = format_of(None, path).ok_or_else(|| EngineError::UnknownFormat { key, path: path.to_owned() })?;
    let source =
        File::open(path).map_err(|source| EngineError::File { key: key.to_owned(), path: path.to_owned(), source })?;
    // An output is taken as it stands.
    let options = ReadOptions { normalise: false, ..ReadOptions::new(format) };
    let mut table = Table::open(BufReader::new(source), &path.display().to_string(), &options)?;
    let columns = table.columns().to_vec();
    let wrong = |line: u64, error: LineError| EngineError::DecisionLine {
        path: path.to_owned(),
        line,
        source: Box::new(error.into()),
    };
    if let Some(other) = columns.iter().find(|it| !COLUMNS.contains(&it.as_str())) {
        return Err(wrong(1, LineError::Column(other.clone())));
    }
    if let Some(missing) = COLUMNS[..2].iter().find(|it| !columns.iter().any(|column| column == *it)) {
        return Err(wrong(1, LineError::Missing(missing)));
    }
    let mut lines = Vec::new();
    while let Some(record) = table.next_record()? {
        let number = record.line;
        lines.push(line(&columns, &record, by, reason).map_err(|error| wrong(number, error))?);
    }
    Ok(lines)
}

fn line(columns: &[String], record: &Record, by: Option<&str>, reason: Option<&str>) -> Result<Line, LineError> {
    let cell = |name: &str| {
        let index = columns.iter().position(|column| column == name);
        index.and_then(|it| record.fields.get(it)).map_or("", |it| it.trim())
    };
    let or = |written: &str, default: Option<&str>| {
        if written.is_empty() { default.unwrap_or_default().to_owned() } else { written.to_owned() }
    };
    let (word, output) = (cell("decision"), cell("output"));
    let ruling = match (word, output) {
        ("accept", "") => Ruling::Accept,
        ("reject", "") => Ruling::Reject,
        ("edit", "") => return Err(LineError::NoOutput),
        ("edit", output) => Ruling::Edit(serde_json::from_str::<Value>(output)?),
        ("accept" | "reject", _) => return Err(LineError::Output(word.to_owned())),
        _ => return Err(LineError::Word(word.to_owned())),
    };
    let work_id = cell("work_id");
    if work_id.is_empty() {
        return Err(LineError::NoItem);
    }
    let decision = Decision { ruling, reason: or(cell("reason"), reason), by: or(cell("by"), by) };
    Ok(Line { number: record.line, work_id: work_id.to_owned(), decision })
}
