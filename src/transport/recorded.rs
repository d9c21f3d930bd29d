//! Answers from a table ([`RecordedTable`]): finds the record that matches a request's values, and renders the answer.
//!
//! The records are written to a scratch file, and only a hash and an offset of each stay in memory, so that a table may
//! have millions of long answers. A look-up compares the values themselves, not only their hashes.

use std::borrow::Cow;
use std::fmt;
use std::fs::File;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::io::{self, BufRead as _, BufReader, BufWriter, Seek as _, SeekFrom, Write as _};
use std::sync::{Mutex, PoisonError};

use minijinja::{AutoEscape, Environment, UndefinedBehavior, context};

use super::error::RecordedError;
use crate::provider::{Completion, Finish, ProviderError, ProviderErrorKind, excerpt};

/// The prefix of values that select no record and that the templates see as `values.NAME`.
const VALUE: &str = "values.";
/// The most characters of a matched value in a message.
const VALUE_CHARS: usize = 80;
/// The most steps of one rendering: enough for long loops, and an end to endless ones.
const FUEL: u64 = 1_000_000;
/// Methods of a record in a template. Every other name after `record.` is a column.
const METHODS: [&str; 4] = ["get", "items", "keys", "values"];

/// The form of a cell that is compared; the cell itself stays as it is.
pub type CellForm = for<'a> fn(&'a str) -> Cow<'a, str>;

/// A table of recorded answers, ready for look-ups from any thread.
pub struct RecordedTable {
    columns: Vec<String>,
    /// The positions in `columns` of those that select a record.
    matched: Vec<usize>,
    /// The form in which their cells are compared.
    compared_as: CellForm,
    templates: Environment<'static>,
    has_model: bool,
    /// The hash of each record's matched values and its offset in the spool, sorted.
    index: Vec<(u64, u64)>,
    spool: Mutex<BufReader<File>>,
    notes: Vec<String>,
}

impl RecordedTable {
    /// Reads a table: `records` has the values of `columns` for each record, and `matched` are the columns that select
    /// one, with the form in which their cells are compared. `answer` and `model` are Jinja templates over `record`, a
    /// map from column to value, and `values`, the request's values with the prefix `values.`.
    pub fn load(
        records: impl Iterator<Item = Result<Vec<String>, String>>,
        columns: &[String],
        (matched, compared_as): (&[String], CellForm),
        (answer, model): (&str, Option<&str>),
    ) -> Result<Self, RecordedError> {
        if let Some(twice) = columns.iter().enumerate().find(|(at, column)| columns[..*at].contains(column)) {
            return Err(RecordedError::DuplicateColumn(twice.1.clone()));
        }
        if matched.is_empty() {
            return Err(RecordedError::NothingToMatch);
        }
        let position = |column: &String| {
            let found = columns.iter().position(|it| it == column);
            found.ok_or_else(|| unknown_column("`match`", column, columns))
        };
        let matched = matched.iter().map(position).collect::<Result<Vec<_>, _>>()?;
        let templates = templates(columns, answer, model)?;
        let (index, spool) = spool(records, columns.len(), (&matched, compared_as))?;
        Ok(Self {
            columns: columns.to_vec(),
            matched,
            compared_as,
            templates,
            has_model: model.is_some(),
            index,
            spool: Mutex::new(BufReader::new(spool)),
            notes: Vec::new(),
        })
    }

    /// The table with notes for people on how its file was read.
    #[must_use]
    pub fn with_notes(self, notes: Vec<String>) -> Self {
        Self { notes, ..self }
    }

    /// Notes for people on how its file was read.
    #[must_use]
    pub fn notes(&self) -> &[String] {
        &self.notes
    }

    /// The number of records.
    #[must_use]
    pub fn len(&self) -> usize {
        self.index.len()
    }

    /// Whether the table has no record at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.index.is_empty()
    }

    /// The answer of the record with these values. Several such records must give the same answer; different ones are
    /// an error, since nothing says which is meant.
    pub fn answer(&self, pairs: &[(String, String)]) -> Result<Completion, ProviderError> {
        let values = self.values(pairs)?;
        let hash = hash(values.iter().copied());
        let start = self.index.partition_point(|(it, _)| *it < hash);
        let mut first: Option<(String, Option<String>)> = None;
        let (mut count, mut differ) = (0_usize, false);
        for (_, offset) in self.index[start..].iter().take_while(|(it, _)| *it == hash) {
            let record = self.read(*offset).map_err(|problem| {
                ProviderError::new(
                    ProviderErrorKind::BadRequest,
                    format!("a recorded answer cannot be read back: {problem}"),
                )
            })?;
            let compared = |at: &usize| record.get(*at).map(|cell| (self.compared_as)(cell));
            if !self.matched.iter().map(compared).eq(values.iter().map(|value| Some(Cow::Borrowed(*value)))) {
                continue;
            }
            count += 1;
            match &first {
                None => first = Some(self.render(&record, pairs)?),
                Some(first) => differ = differ || *first != self.render(&record, pairs)?,
            }
        }
        match first {
            None => {
                Err(ProviderError::new(ProviderErrorKind::NoRecord, format!("no record with {}", described(pairs))))
            }
            Some(_) if differ => Err(ProviderError::new(
                ProviderErrorKind::ManyRecords,
                format!(
                    "{count} records with {} give different answers; add a column to `match` that tells them apart",
                    described(pairs)
                ),
            )),
            Some((text, model)) => Ok(Completion::of_text(text, Finish::Stop, model)),
        }
    }

    /// The values of `pairs` in the order of `self.matched`.
    fn values<'a>(&self, pairs: &'a [(String, String)]) -> Result<Vec<&'a str>, ProviderError> {
        let value = |at: &usize| {
            let column = &self.columns[*at];
            let found = pairs.iter().find(|(name, _)| name == column);
            found.map(|(_, value)| value.as_str()).ok_or_else(|| {
                ProviderError::new(
                    ProviderErrorKind::BadRequest,
                    format!("the request has no value for the matched column `{column}`"),
                )
            })
        };
        self.matched.iter().map(value).collect()
    }

    fn read(&self, offset: u64) -> io::Result<Vec<String>> {
        let mut line = Vec::new();
        {
            // After a panic elsewhere only the position may be wrong, and it is set here.
            let mut spool = self.spool.lock().unwrap_or_else(PoisonError::into_inner);
            spool.seek(SeekFrom::Start(offset))?;
            spool.read_until(b'\n', &mut line)?;
        }
        Ok(serde_json::from_slice(&line)?)
    }

    fn render(&self, record: &[String], pairs: &[(String, String)]) -> Result<(String, Option<String>), ProviderError> {
        let values = pairs.iter().filter_map(|(name, value)| Some((name.strip_prefix(VALUE)?, value.as_str())));
        let values = minijinja::Value::from_pairs(values);
        let fields = self.columns.iter().zip(record).map(|(column, value)| (column.as_str(), value.as_str()));
        let record = minijinja::Value::from_pairs(fields);
        let render = |name: &'static str| {
            let rendered = self
                .templates
                .get_template(name)
                .and_then(|template| template.render(context! { record => record.clone(), values => values.clone() }));
            rendered.map_err(|problem| {
                let problem = excerpt(&problem.to_string(), 300);
                ProviderError::new(
                    ProviderErrorKind::BadRequest,
                    format!("the template recorded.{name} failed: {problem}"),
                )
            })
        };
        let model = if self.has_model { Some(render("model")?) } else { None };
        Ok((render("answer")?, model))
    }
}

impl fmt::Debug for RecordedTable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RecordedTable")
            .field("columns", &self.columns)
            .field("len", &self.len())
            .finish_non_exhaustive()
    }
}

/// Compiles the templates and checks the names in them, so that a wrong one is an error before the first look-up.
fn templates(columns: &[String], answer: &str, model: Option<&str>) -> Result<Environment<'static>, RecordedError> {
    let mut templates = Environment::new();
    templates.set_undefined_behavior(UndefinedBehavior::Strict);
    templates.set_auto_escape_callback(|_| AutoEscape::None);
    templates.set_fuel(Some(FUEL));
    for (place, source) in [("answer", Some(answer)), ("model", model)] {
        let Some(source) = source else { continue };
        let unusable = |message: String| RecordedError::Template { place, message };
        templates.add_template_owned(place, source.to_owned()).map_err(|problem| unusable(problem.to_string()))?;
        let template = templates.get_template(place).map_err(|problem| unusable(problem.to_string()))?;
        let mut names: Vec<String> = template.undeclared_variables(true).into_iter().collect();
        names.sort();
        for name in names {
            // With its attributes: `record.title.upper`.
            let mut path = name.split('.');
            let (root, column) = (path.next().unwrap_or_default(), path.next());
            match column {
                _ if templates.globals().any(|(it, _)| it == root) => {}
                _ if root == "values" => {}
                _ if root != "record" => {
                    return Err(unusable(format!("`{root}` is not defined; a template has `record` and `values`")));
                }
                Some(column) if !METHODS.contains(&column) && !columns.iter().any(|it| it == column) => {
                    return Err(unknown_column(place, column, columns));
                }
                _ => {}
            }
        }
    }
    Ok(templates)
}

/// Writes the records to a scratch file, one JSON array a line, and indexes them.
fn spool(
    records: impl Iterator<Item = Result<Vec<String>, String>>,
    width: usize,
    (matched, compared_as): (&[usize], CellForm),
) -> Result<(Vec<(u64, u64)>, File), RecordedError> {
    let mut file = BufWriter::new(tempfile::tempfile()?);
    let mut index = Vec::new();
    let mut offset = 0_u64;
    for (record, values) in (1_u64..).zip(records) {
        let values = values.map_err(|message| RecordedError::Record { record, message })?;
        if values.len() != width {
            return Err(RecordedError::Width { record, got: values.len(), expected: width });
        }
        index.push((hash(matched.iter().map(|at| compared_as(&values[*at]))), offset));
        let mut line = serde_json::to_vec(&values).map_err(io::Error::from)?;
        line.push(b'\n');
        file.write_all(&line)?;
        offset += line.len() as u64;
    }
    // Offsets grow, so that the first of the records with equal hashes stays the first.
    index.sort_unstable();
    index.shrink_to_fit();
    let file = file.into_inner().map_err(io::IntoInnerError::into_error)?;
    Ok((index, file))
}

/// A hash for this process alone, which is never stored.
fn hash(values: impl Iterator<Item = impl AsRef<str>>) -> u64 {
    let mut hasher = DefaultHasher::new();
    for value in values {
        value.as_ref().hash(&mut hasher);
    }
    hasher.finish()
}

fn described(pairs: &[(String, String)]) -> String {
    let pairs: Vec<String> = pairs
        .iter()
        .filter(|(name, _)| !name.starts_with(VALUE))
        .map(|(column, value)| format!("{} = \"{}\"", excerpt(column, VALUE_CHARS), quoted(value)))
        .collect();
    pairs.join(", ")
}

/// A value for quotes in a message. It shows line breaks and white space at its ends, which are often why a value does
/// not match.
fn quoted(value: &str) -> String {
    let mut text: String = value.chars().take(VALUE_CHARS).flat_map(char::escape_debug).collect();
    if value.chars().nth(VALUE_CHARS).is_some() {
        text.push('…');
    }
    text.replace("\\'", "'")
}

fn unknown_column(place: &'static str, column: &str, columns: &[String]) -> RecordedError {
    let known: Vec<String> = columns.iter().map(|it| format!("`{}`", excerpt(it, VALUE_CHARS))).collect();
    RecordedError::UnknownColumn { place, column: column.to_owned(), columns: known.join(", ") }
}

#[cfg(test)]
mod tests;
