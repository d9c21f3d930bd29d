//! The rules that a header must keep: every column has a name of its own, and the required ones are there.

use std::collections::HashMap;

use super::delimiter::shown;
use super::error::{PlacedProblem, TableProblem, list};
use super::limits::MAX_COLUMNS;
use super::normalise::is_zero_width;

/// A header as it was found, before it is checked.
pub(super) struct Header {
    pub(super) names: Vec<String>,
    /// The line of the file, or the row of the sheet, counted from 1; `None` if the names come from the whole file.
    pub(super) line: Option<u64>,
}

impl Header {
    /// Places a problem with the header.
    pub(super) fn fault(&self, problem: TableProblem) -> PlacedProblem {
        match self.line {
            Some(line) => PlacedProblem::at(line, problem),
            None => problem.into(),
        }
    }
}

/// Returns the names of the columns, trimmed and checked.
pub(super) fn check(names: &[String]) -> Result<Vec<String>, TableProblem> {
    if names.len() > MAX_COLUMNS {
        return Err(TableProblem::TooManyColumns);
    }
    let names: Vec<String> = names
        .iter()
        .map(|name| name.trim_matches(|c: char| c.is_whitespace() || is_zero_width(c)).to_owned())
        .collect();
    // SQLite folds only ASCII letters when it compares names.
    let mut seen: HashMap<String, usize> = HashMap::with_capacity(names.len());
    for (index, name) in names.iter().enumerate() {
        if name.is_empty() {
            return Err(TableProblem::UnnamedColumn(index + 1));
        }
        if name.contains('\0') {
            return Err(TableProblem::Nul);
        }
        if let Some(&first) = seen.get(&name.to_ascii_lowercase()) {
            return Err(repeated(&names, first, index));
        }
        seen.insert(name.to_ascii_lowercase(), index);
    }
    Ok(names)
}

fn repeated(names: &[String], first: usize, second: usize) -> TableProblem {
    let (first_name, second_name) = (names[first].clone(), names[second].clone());
    let (first, second) = (first + 1, second + 1);
    if first_name == second_name {
        TableProblem::RepeatedColumn { name: first_name, first, second }
    } else {
        TableProblem::SameColumnButCase { first, first_name, second, second_name }
    }
}

/// Refuses a table that lacks a required column.
pub(super) fn require(columns: &[String], required: &[String]) -> Result<(), TableProblem> {
    match required.iter().find(|name| !columns.contains(name)) {
        None => Ok(()),
        Some(missing) => Err(TableProblem::MissingColumn {
            name: missing.clone(),
            hint: hint(columns, missing),
            columns: list(columns),
        }),
    }
}

/// What seems to separate the names of a header that is one column.
pub(super) fn separated(columns: &[String]) -> Option<char> {
    let [only] = columns else { return None };
    [';', '\t', '|', ',', '^', '~', '\u{1f}', '\u{1}'].into_iter().find(|&delimiter| only.contains(delimiter))
}

fn hint(columns: &[String], missing: &str) -> String {
    if let Some(delimiter) = separated(columns) {
        let shown = shown(delimiter);
        return format!("; the header is one column and seems to be separated by {shown}: check `input.delimiter`");
    }
    let lower = missing.to_lowercase();
    columns
        .iter()
        .map(|name| (strsim::jaro_winkler(&name.to_lowercase(), &lower), name))
        .filter(|(similarity, _)| *similarity >= 0.8)
        .max_by(|(a, _), (b, _)| a.total_cmp(b))
        .map_or_else(String::new, |(_, name)| format!("; did you mean `{name}`?"))
}
