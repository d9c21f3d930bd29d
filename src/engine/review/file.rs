//! Reading a file of decisions: a table, or one JSON object a line, with `work_id`, `decision`, `reason`, the `output`
//! of an edit, and optionally `by`. Other columns are for people. A line without a decision is left for later.

use std::io::BufReader;
use std::path::Path;

use super::error::{DecisionsError, LineError, LineProblem};
use crate::config::MAX_UNPACKED_BYTES;
use crate::engine::error::EngineError;
use crate::project::{ProjectError, format_of, open_table};
use crate::schema::read_written_json;
use crate::stage::review::{Decision, Ruling};
use crate::tabular::{ReadOptions, Record, Table, TabularError, unmarked_cell};

/// The columns that a file of decisions needs.
const NEEDED: [&str; 2] = ["work_id", "decision"];

/// The columns that people fill in.
pub(super) const FILLED_IN: [&str; 4] = ["decision", "reason", "output", "by"];

pub(super) struct DecisionLine {
    /// Its line, from 1.
    pub(super) number: u64,
    /// The work item's id, or the beginning of it.
    pub(super) work_id: String,
    pub(super) decision: Decision,
}

/// What a file of decisions says.
#[derive(Default)]
pub(super) struct DecisionLines {
    pub(super) lines: Vec<DecisionLine>,
    /// How many lines have no decision; empty ones are not counted.
    pub(super) undecided: usize,
}

/// Reads the decisions of the file at `path`.
pub(super) fn read(path: &Path, by: Option<&str>, reason: Option<&str>) -> Result<DecisionLines, EngineError> {
    let key = "--decisions";
    let format = format_of(None, path).ok_or_else(|| ProjectError::UnknownFormat { key, path: path.to_owned() })?;
    let source = open_table(path, MAX_UNPACKED_BYTES).map_err(|source| ProjectError::File {
        key: key.to_owned(),
        path: path.to_owned(),
        source,
    })?;
    // Outputs are used verbatim.
    let options = ReadOptions { normalise: false, ..ReadOptions::new(format) };
    let table_error = |error: TabularError| -> EngineError {
        if !error.is_of_encoding() {
            return error.into();
        }
        DecisionsError { path: path.to_owned(), line: 1, source: LineProblem::Encoding }.into()
    };
    let mut table = Table::open(BufReader::new(source), &path.display().to_string(), &options).map_err(table_error)?;
    // No two names of a table differ only in case.
    let columns: Vec<String> = table.columns().iter().map(|it| it.to_ascii_lowercase()).collect();
    let wrong = |line: u64, error: LineError| DecisionsError {
        path: path.to_owned(),
        line,
        source: LineProblem::NoDecision(error),
    };
    if let Some(missing) = NEEDED.iter().find(|it| !columns.iter().any(|column| column == *it)) {
        return Err(wrong(1, LineError::Missing(missing)).into());
    }
    let mut read = DecisionLines::default();
    while let Some(record) = table.next_record().map_err(table_error)? {
        let number = record.line;
        if record.fields.iter().all(|it| it.trim().is_empty()) {
            continue;
        }
        match line(&columns, &record, by, reason).map_err(|error| wrong(number, error))? {
            Some(line) => read.lines.push(line),
            None => read.undecided += 1,
        }
    }
    Ok(read)
}

/// Whether people may have filled in anything in the file at `path`: also where that cannot be told.
pub(in crate::engine) fn may_have_decisions(path: &Path) -> bool {
    is_blank(path) != Some(true)
}

/// Whether the columns for people are there and empty; `None` where the file cannot be read.
fn is_blank(path: &Path) -> Option<bool> {
    let source = open_table(path, MAX_UNPACKED_BYTES).ok()?;
    let options = ReadOptions::new(format_of(None, path)?);
    let mut table = Table::open(BufReader::new(source), &path.display().to_string(), &options).ok()?;
    let columns = table.columns().to_vec();
    // The columns for people come last: one behind them is of somebody's own.
    if !columns.iter().rev().zip(FILLED_IN.iter().rev()).all(|(column, name)| column.eq_ignore_ascii_case(name)) {
        return Some(false);
    }
    let places: Option<Vec<usize>> =
        FILLED_IN.iter().map(|name| columns.iter().position(|column| column.eq_ignore_ascii_case(name))).collect();
    let places = places?;
    while let Some(record) = table.next_record().ok()? {
        if places.iter().any(|at| record.fields.get(*at).is_some_and(|it| !it.trim().is_empty())) {
            return Some(false);
        }
    }
    Some(true)
}

/// The decision of a line; `None` if it has none.
fn line(
    columns: &[String],
    record: &Record,
    by: Option<&str>,
    reason: Option<&str>,
) -> Result<Option<DecisionLine>, LineError> {
    let cell = |name: &str| {
        let index = columns.iter().position(|column| column == name);
        index.and_then(|it| record.fields.get(it)).map_or("", |it| unmarked_cell(it.trim()))
    };
    let or = |written: &str, default: Option<&str>| {
        if written.is_empty() { default.unwrap_or_default().to_owned() } else { written.to_owned() }
    };
    let (written, output) = (cell("decision"), cell("output"));
    let word = written.to_ascii_lowercase();
    let ruling = match (&*word, output) {
        ("", "") => return Ok(None),
        ("", _) => return Err(LineError::Undecided),
        ("accept", "") => Ruling::Accept,
        ("reject", "") => Ruling::Reject,
        ("edit", "") => return Err(LineError::NoOutput),
        ("edit", output) => Ruling::Edit(read_written_json(output)?),
        ("accept" | "reject", _) => return Err(LineError::Output(word)),
        _ => return Err(LineError::Word(written.to_owned())),
    };
    let work_id = cell("work_id");
    if work_id.is_empty() {
        return Err(LineError::NoItem);
    }
    let decision = Decision { ruling, reason: or(cell("reason"), reason), by: or(cell("by"), by) };
    Ok(Some(DecisionLine { number: record.line, work_id: work_id.to_owned(), decision }))
}
