//! Gold answers: the rows of a data set with the role `gold`, found by the row or the group of the input that they are
//! about.
//!
//! A gold answer is an object with a value for each field of `experiment.gold.fields`. No template but a metric's sees
//! one: the columns of gold are in a data set of their own, and in no row of the input.
//!
//! [`load()`] puts the answers into a scratch table of the connection, from which [`of_row`] and [`of_group`] take
//! them. [`check()`] refuses keys that are about nothing. The caller opens the file; `ingest` reads it like the
//! input.

mod error;
#[cfg(test)]
mod tests;

use rusqlite::{Connection, ToSql};
use serde_json::{Map, Value};

use super::ingest::{Dataset, read_typed_fields};
use crate::record::{CellValue, ColumnKind, Field, RowId, canonical};
use crate::store::sql;

pub use error::GoldError;

/// How the rows of gold say what they are about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GoldMatch {
    /// Gold are columns of the input: a row is about the row at its place.
    Place,
    /// The key is the text that rows of the input have in this column (its position).
    Key(usize),
    /// The key is that of a group: the text in this column of its rows (its position).
    Group(usize),
}

/// The gold answers on record.
#[derive(Clone, Debug)]
pub struct GoldAnswers {
    pub dataset: Dataset,
    /// The position of the column with the keys; not used by [`GoldMatch::Place`].
    pub key: usize,
    pub matching: GoldMatch,
    /// The names of the values, each with the position of its column.
    pub fields: Vec<(String, usize)>,
}

/// How much of the input has a gold answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct GoldCounts {
    /// Rows or groups of the input.
    pub sources: u64,
    /// Those of them with a gold answer, of which a value may be missing.
    pub with_gold: u64,
    /// Values that are missing in these.
    pub missing_values: u64,
}

impl GoldAnswers {
    /// The names of the values, each with what it is.
    #[must_use]
    pub fn kinds(&self) -> Vec<(String, ColumnKind)> {
        kinds(&self.fields, &self.dataset.kinds)
    }

    /// The answer in a row of the data set: each value by its name, with `null` for one that is missing; `None` if all
    /// of them are.
    #[must_use]
    pub fn answer(&self, fields: &[Field]) -> Option<Map<String, Value>> {
        let value = |(name, at): &(String, usize)| {
            let kind = self.dataset.kinds.get(*at).copied().unwrap_or(ColumnKind::Untyped);
            (name.clone(), fields.get(*at).map_or(Value::Null, |field| value_of(field, kind)))
        };
        let answer: Map<String, Value> = self.fields.iter().map(value).collect();
        answer.values().any(|value| !value.is_null()).then_some(answer)
    }
}

/// The names of gold values in columns of these `kinds`, each with what it is.
#[must_use]
pub fn kinds(fields: &[(String, usize)], kinds: &[ColumnKind]) -> Vec<(String, ColumnKind)> {
    let kind = |at: usize| kinds.get(at).copied().unwrap_or(ColumnKind::Untyped);
    fields.iter().map(|(name, at)| (name.clone(), kind(*at))).collect()
}

/// What a cell of gold holds: an empty one nothing, a typed one a value of its type, and one of a JSON file what stands
/// there.
fn value_of(field: &Field, kind: ColumnKind) -> Value {
    let text = field.text.as_str();
    match kind {
        _ if text.is_empty() => Value::Null,
        ColumnKind::Typed(kind) => kind.parse(text).map_or_else(|| Value::from(text), |it: CellValue| it.to_json(text)),
        ColumnKind::Json if field.is_json => crate::record::json_value(text).unwrap_or_else(|_| Value::from(text)),
        ColumnKind::Json | ColumnKind::Untyped => Value::from(text),
    }
}

/// Refuses rows of gold that are about no row or group of the data set `input`. `name` is that of the gold file.
pub fn check(tx: &Connection, gold: &GoldAnswers, input: &Dataset, name: &str) -> Result<(), GoldError> {
    let (column, what) = match gold.matching {
        GoldMatch::Place => return Ok(()),
        GoldMatch::Key(column) => (column, "row"),
        GoldMatch::Group(column) => (column, "group"),
    };
    let [of_input, of_gold] = [column, gold.key].map(position);
    let parameters: [(&'static str, &dyn ToSql); 4] =
        [(":input", &input.id), (":gold", &gold.dataset.id), (":column", &of_input), (":key", &of_gold)];
    let (mut total, mut keys) = (0_i64, 0_i64);
    let found: Vec<(i64, String)> = sql::GOLD_UNMATCHED.all(tx, &parameters, |row| {
        (total, keys) = (row.get("total")?, row.get("keys")?);
        Ok((row.get("line")?, row.get::<_, Option<String>>("key")?.unwrap_or_default()))
    })?;
    if found.is_empty() {
        return Ok(());
    }
    let column = input.columns.get(column).cloned().unwrap_or_default();
    let (total, keys) = (total.unsigned_abs(), keys.unsigned_abs());
    Err(GoldError::Unmatched { name: name.to_owned(), what, column, found, total, keys })
}

/// Puts the gold answers of the data set `input` into the scratch table, in place of those that are there; returns how
/// many there are.
pub fn load(tx: &Connection, gold: &GoldAnswers, input: &Dataset) -> rusqlite::Result<GoldCounts> {
    sql::GOLD_CREATE_ANSWERS.execute(tx, &[])?;
    sql::GOLD_CLEAR_ANSWERS.execute(tx, &[])?;
    let mut counts = GoldCounts::default();
    let mut keep = |row: &rusqlite::Row<'_>| {
        if let Some(answer) = gold.answer(&read_typed_fields(row)?) {
            counts.with_gold += 1;
            counts.missing_values += answer.values().filter(|it| it.is_null()).count() as u64;
            let source: String = row.get("source")?;
            let answer = canonical::to_string(&Value::Object(answer));
            sql::GOLD_INSERT_ANSWER.execute(tx, &[(":source", &source), (":answer", &answer)])?;
        }
        Ok::<_, rusqlite::Error>(())
    };
    let key = position(gold.key);
    let (of_gold, of_input) = ((":gold", &gold.dataset.id as &dyn ToSql), (":input", &input.id as &dyn ToSql));
    let mut of_sources: Option<i64> = None;
    match gold.matching {
        GoldMatch::Place => sql::GOLD_ROWS_BY_PLACE.each(tx, &[of_gold, of_input], &mut keep)?,
        GoldMatch::Key(column) => {
            let column = position(column);
            let parameters = [of_gold, of_input, (":key", &key), (":column", &column)];
            sql::GOLD_ROWS_BY_KEY.each(tx, &parameters, &mut keep)?;
        }
        GoldMatch::Group(column) => {
            of_sources = Some(position(column));
            sql::GOLD_GROUPS.each(tx, &[of_gold, (":key", &key)], &mut keep)?;
        }
    }
    let sources: i64 = sql::GOLD_COUNT_SOURCES.row(tx, &[of_input, (":column", &of_sources)], |row| row.get("n"))?;
    counts.sources = sources.unsigned_abs();
    Ok(counts)
}

/// Returns the gold answer of a row of the input, as canonical JSON. The answers have to be loaded.
pub fn of_row(tx: &Connection, row: RowId) -> rusqlite::Result<Option<String>> {
    answer(tx, &row.to_string())
}

/// Returns the gold answer of a group, as canonical JSON. The answers have to be loaded.
pub fn of_group(tx: &Connection, key: &str) -> rusqlite::Result<Option<String>> {
    answer(tx, key)
}

/// Returns whether a work item of `step` was made with another gold answer than its row or group has now. The answers
/// have to be loaded.
pub fn has_changed(tx: &Connection, step: i64) -> rusqlite::Result<bool> {
    sql::GOLD_ANY_CHANGED.row(tx, &[(":step", &step)], |row| row.get("changed"))
}

fn answer(tx: &Connection, source: &str) -> rusqlite::Result<Option<String>> {
    sql::GOLD_ANSWER.first(tx, &[(":source", &source)], |row| row.get("answer"))
}

fn position(at: usize) -> i64 {
    i64::try_from(at).unwrap_or(i64::MAX)
}
