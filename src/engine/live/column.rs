//! The columns of a live run's rows: [`ColumnSpec`] for those who send rows, [`RowShape`] to read them.

use std::collections::HashMap;

use serde_json::{Map, Value};

use super::outcome::Refused;
use crate::config::nearest;
use crate::record::{ColumnKind, ColumnType};
use crate::tabular::{ObjectCells, ObjectReader};

/// A column of the rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ColumnSpec {
    pub name: String,
    /// What its cells are: of a type, or any JSON.
    pub kind: ColumnKind,
    /// Whether each row must have it. What is not there is `null`.
    pub required: bool,
}

/// How rows are read.
#[derive(Debug)]
pub(super) struct RowShape {
    columns: Vec<ColumnSpec>,
    reader: ObjectReader,
    /// The position of the column that identifies rows, if there is one.
    key: Option<usize>,
}

impl RowShape {
    pub(super) fn new(columns: Vec<ColumnSpec>, key: Option<&str>, normalise: bool) -> Self {
        let names = columns.iter().map(|column| column.name.clone());
        let is_json = |column: &&ColumnSpec| column.kind == ColumnKind::Typed(ColumnType::Json);
        let json: Vec<String> = columns.iter().filter(is_json).map(|column| column.name.clone()).collect();
        let reader = ObjectReader::new(names.collect(), &json, normalise);
        let key = key.and_then(|key| columns.iter().position(|column| column.name == key));
        Self { columns, reader, key }
    }

    pub(super) fn columns(&self) -> &[ColumnSpec] {
        &self.columns
    }

    pub(super) fn key(&self) -> Option<usize> {
        self.key
    }

    /// Reads rows, each as one cell for each column.
    pub(super) fn read_all(&self, rows: &[Map<String, Value>]) -> Result<Vec<ObjectCells>, Refused> {
        let cells: Vec<ObjectCells> =
            rows.iter().enumerate().map(|(index, row)| self.read(index, row)).collect::<Result<_, _>>()?;
        self.check_keys(&cells)?;
        Ok(cells)
    }

    /// Refuses rows that have the same key and other values.
    fn check_keys(&self, rows: &[ObjectCells]) -> Result<(), Refused> {
        let Some(key) = self.key else { return Ok(()) };
        let mut first: HashMap<&str, usize> = HashMap::with_capacity(rows.len());
        for (index, row) in rows.iter().enumerate() {
            let Some(value) = row.fields.get(key) else { continue };
            let before = *first.entry(value).or_insert(index);
            if rows[before] != *row {
                return Err(Refused::Row {
                    index,
                    message: format!("row {} has the key \"{value}\" too, and other values", before + 1),
                    hint: "a key names exactly one row: send the rows one after the other, or give each its own key"
                        .to_owned(),
                });
            }
        }
        Ok(())
    }

    fn read(&self, index: usize, row: &Map<String, Value>) -> Result<ObjectCells, Refused> {
        let refused = |message: String, hint: String| Refused::Row { index, message, hint };
        if let Some(unknown) = row.keys().find(|key| self.reader.position(key).is_none()) {
            let names = || self.columns.iter().map(|column| column.name.as_str());
            let hint = match nearest(unknown, names()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("the columns are: {}", names().collect::<Vec<_>>().join(", ")),
            };
            return Err(refused(format!("there is no column `{}`", unknown.escape_debug()), hint));
        }
        if let Some(missing) = self.columns.iter().find(|column| column.required && !row.contains_key(&column.name)) {
            let message = format!("the column `{}` is missing", missing.name);
            return Err(refused(message, "give it a value, or null where there is none".to_owned()));
        }
        let cells = self.reader.read(row).map_err(|(column, problem)| {
            refused(format!("column `{column}`: {problem}"), "correct the value".to_owned())
        })?;
        for (column, text) in self.columns.iter().zip(&cells.fields) {
            if let ColumnKind::Typed(kind) = column.kind
                && kind.parse(text).is_none()
            {
                let shown: String = text.chars().take(80).collect();
                let message = format!("column `{}`: expected {}, found \"{shown}\"", column.name, kind.expected());
                return Err(refused(message, format!("`input.types` says that the column is {kind}")));
            }
        }
        if let Some(key) = self.key
            && cells.fields.get(key).is_none_or(String::is_empty)
        {
            let name = self.columns.get(key).map_or("", |column| column.name.as_str());
            let message = format!("the key column `{name}` is empty");
            return Err(refused(message, "`input.key` names the column that identifies a row".to_owned()));
        }
        Ok(cells)
    }
}
