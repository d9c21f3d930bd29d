//! `ingest`: the input becomes rows under ids that inserting or reordering other rows does not change.
//!
//! Rows stream through: the transaction holds them, not the memory. Equal rows of an input without a key are told
//! apart by their number among the equal ones, which is known once all are read.

mod seen;

use std::io::{Read, Seek};

use rusqlite::{Connection, Transaction};
use serde_json::{Value, json};

use super::{StageContext, Summary};
use crate::record::{DatasetId, Digest, RowId, canonical};
use crate::store::sql;
use crate::tabular::{Notes, Record, Table, TabularError};
pub use seen::Seen;

/// The file that rows come from.
#[derive(Clone, Debug)]
pub struct Source {
    /// Its name without folders.
    pub name: String,
    /// How it is read.
    pub format: String,
    /// The digest of its bytes.
    pub sha1: Digest,
    /// Its size in bytes.
    pub bytes: u64,
    /// How it was read, as far as that changes rows: encoding, sheet, key.
    pub options: Value,
    /// The column whose value is a row's identity.
    pub key: Option<String>,
}

impl Source {
    /// The id of the data set that this file makes, read in this way.
    #[must_use]
    pub fn dataset_id(&self) -> DatasetId {
        DatasetId::of(&[json!(self.sha1.to_string()), json!(self.format), self.options.clone()])
    }

    /// The position of the key column among `columns`.
    pub fn key_index(&self, columns: &[String]) -> Result<Option<usize>, IngestError> {
        let Some(key) = &self.key else { return Ok(None) };
        columns.iter().position(|column| column == key).map(Some).ok_or_else(|| IngestError::NoKeyColumn {
            key: key.clone(),
            name: self.name.clone(),
            columns: columns.iter().map(|column| format!("`{column}`")).collect::<Vec<_>>().join(", "),
        })
    }

    /// What the manifest says was read.
    #[must_use]
    pub fn inputs(&self) -> Value {
        json!({
            "dataset_id": self.dataset_id().to_string(), "name": self.name, "format": self.format,
            "sha1": self.sha1.to_string(), "bytes": self.bytes, "options": self.options,
        })
    }
}

/// Why rows were not taken in. Nothing was written.
#[derive(Debug, thiserror::Error)]
pub enum IngestError {
    /// The file is not what it should be.
    #[error(transparent)]
    Table(#[from] TabularError),
    /// The key column is not there.
    #[error("`input.key` is `{key}`, but {name} has no such column; its columns are {columns}")]
    NoKeyColumn {
        /// The key column.
        key: String,
        /// The file.
        name: String,
        /// The columns there are.
        columns: String,
    },
    /// A row without a key.
    #[error("{name}, line {line}: the key column `{key}` is empty")]
    EmptyKey {
        /// The file.
        name: String,
        /// The row's line.
        line: u64,
        /// The key column.
        key: String,
    },
    /// Two rows with one key.
    #[error("{name}, lines {first} and {second}: both rows have the key `{value}`")]
    RepeatedKey {
        /// The file.
        name: String,
        /// The first row's line.
        first: i64,
        /// The second row's line.
        second: i64,
        /// The key they share.
        value: String,
    },
    /// A file with a header and nothing below it.
    #[error("{0} has a header but no rows")]
    NoRows(String),
    /// The record did not take it.
    #[error(transparent)]
    Store(#[from] rusqlite::Error),
}

/// The rows of a data set, as the record holds them.
#[derive(Clone, Debug)]
pub struct Dataset {
    /// Its rowid.
    pub id: i64,
    /// Its columns, in the order of the file.
    pub columns: Vec<String>,
}

/// Reads `table` into a new data set.
pub fn ingest(
    tx: &Transaction<'_>,
    ctx: &StageContext<'_>,
    source: &Source,
    table: &mut Table<impl Read + Seek>,
) -> Result<(Dataset, Summary), IngestError> {
    let columns = table.columns().to_vec();
    let key = source.key_index(&columns)?;
    let dataset: i64 = sql::INGEST_NEXT_DATASET.row(tx, &[], |row| row.get("id"))?;
    let sorted = sorted_columns(&columns);
    let mut rows = 0i64;
    let mut empty_cells = vec![0u64; columns.len()];
    let mut identity = Vec::new();
    let mut record = Record::default();
    let mut repeats = Repeats::begin(tx)?;
    while table.read_record(&mut record)? {
        let row_id = match key {
            Some(index) => {
                let value = &record.fields[index];
                if value.is_empty() {
                    let key = columns[index].clone();
                    return Err(IngestError::EmptyKey { name: source.name.clone(), line: record.line, key });
                }
                RowId::of(&[json!({"key": value})])
            }
            None => row_id(&columns, &sorted, &record.fields, 1, &mut identity),
        };
        repeats.note(tx, row_id)?;
        for (count, value) in empty_cells.iter_mut().zip(&record.fields) {
            *count += u64::from(value.is_empty());
        }
        let fields = fields_text(&record.fields);
        let line = i64::try_from(record.line).unwrap_or(i64::MAX);
        sql::INGEST_INSERT_ROW.execute(
            tx,
            &[
                (":dataset", &dataset),
                (":row_id", &row_id),
                (":row_index", &rows),
                (":line", &line),
                (":fields", &fields),
            ],
        )?;
        rows += 1;
    }
    if rows == 0 {
        return Err(IngestError::NoRows(source.name.clone()));
    }
    let repeated = repeats.number(tx, source, &Dataset { id: dataset, columns: columns.clone() }, &sorted, key)?;
    sql::INGEST_INSERT_DATASET.execute(
        tx,
        &[
            (":id", &dataset),
            (":dataset_id", &source.dataset_id()),
            (":name", &source.name),
            (":format", &source.format),
            (":sha1", &source.sha1),
            (":bytes", &i64::try_from(source.bytes).unwrap_or(i64::MAX)),
            (":columns", &json!(columns)),
            (":key_column", &source.key),
            (":row_count", &rows),
            (":now", &ctx.now),
        ],
    )?;
    note_oddities(tx, ctx, table.notes(), &columns, &empty_cells, rows, repeated)?;
    let empty: serde_json::Map<String, Value> =
        columns.iter().cloned().zip(empty_cells.iter().map(|count| json!(count))).collect();
    let summary = Summary {
        inputs: source.inputs(),
        outputs: json!({"dataset": dataset, "columns": columns}),
        counts: json!({
            "rows": rows, "columns": columns.len(), "equal_rows": repeated, "empty_cells": empty,
            "cells_cleaned": table.notes().cells_cleaned, "null_tokens": table.notes().null_tokens,
        }),
    };
    Ok((Dataset { id: dataset, columns }, summary))
}

/// The data set that an earlier ingest of the same file left.
pub fn recorded(tx: &Connection, outputs: &Value) -> rusqlite::Result<Option<Dataset>> {
    let Some(id) = outputs["dataset"].as_i64() else { return Ok(None) };
    sql::INGEST_DATASET.first(tx, &[(":dataset", &id)], |row| {
        let columns: Value = row.get("columns")?;
        let columns = columns.as_array().into_iter().flatten().filter_map(|it| it.as_str().map(str::to_owned));
        Ok(Dataset { id, columns: columns.collect() })
    })
}

/// The positions of the columns, by name: the canonical order of a row's fields.
#[must_use]
pub fn sorted_columns(columns: &[String]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..columns.len()).collect();
    order.sort_by(|a, b| columns[*a].encode_utf16().cmp(columns[*b].encode_utf16()));
    order
}

/// The id of a row without a key: its fields by name, and its number among equal rows. The order of the columns in the
/// file does not matter.
#[must_use]
pub fn row_id(columns: &[String], sorted: &[usize], fields: &[String], occurrence: i64, buffer: &mut Vec<u8>) -> RowId {
    canonical_fields(columns, sorted, fields, buffer);
    RowId::of_canonical(&[buffer, occurrence.to_string().as_bytes()])
}

/// Writes the fields as a canonical object into `buffer`, which is emptied first.
pub fn canonical_fields(columns: &[String], sorted: &[usize], fields: &[String], buffer: &mut Vec<u8>) {
    buffer.clear();
    buffer.push(b'{');
    for (position, index) in sorted.iter().enumerate() {
        if position > 0 {
            buffer.push(b',');
        }
        canonical::write_str(&columns[*index], buffer);
        buffer.push(b':');
        canonical::write_str(&fields[*index], buffer);
    }
    buffer.push(b'}');
}

/// The fields as the record keeps them: a JSON list in the order of the columns.
fn fields_text(fields: &[String]) -> String {
    let mut out = Vec::with_capacity(fields.iter().map(|it| it.len() + 3).sum::<usize>() + 2);
    out.push(b'[');
    for (index, field) in fields.iter().enumerate() {
        if index > 0 {
            out.push(b',');
        }
        canonical::write_str(field, &mut out);
    }
    out.push(b']');
    canonical::text_of(out)
}

/// Rows that have one id: found as they stream by, and looked at again once all are there.
struct Repeats {
    seen: Seen,
    suspects: usize,
}

impl Repeats {
    fn begin(tx: &Transaction<'_>) -> rusqlite::Result<Self> {
        sql::INGEST_DROP_SUSPECT.execute(tx, &[])?;
        sql::INGEST_CREATE_SUSPECT.execute(tx, &[])?;
        Ok(Self { seen: Seen::new(), suspects: 0 })
    }

    fn note(&mut self, tx: &Transaction<'_>, id: RowId) -> rusqlite::Result<()> {
        if self.seen.add(id) {
            self.suspects += sql::INGEST_INSERT_SUSPECT.execute(tx, &[(":row_id", &id)])?;
        }
        Ok(())
    }

    /// Gives equal rows their numbers, and refuses rows that share a key; returns how many rows equal an earlier one.
    fn number(
        self,
        tx: &Transaction<'_>,
        source: &Source,
        dataset: &Dataset,
        sorted: &[usize],
        key: Option<usize>,
    ) -> Result<i64, IngestError> {
        let mut repeated = 0i64;
        if self.suspects > 0 {
            sql::INGEST_DROP_REPEATED.execute(tx, &[])?;
            sql::INGEST_FIND_REPEATED.execute(tx, &[(":dataset", &dataset.id)])?;
            let mut buffer = Vec::new();
            sql::INGEST_REPEATED_ROWS.each(tx, &[], |row| {
                let fields: Vec<String> = read_fields(row)?;
                if let Some(index) = key {
                    return Err(IngestError::RepeatedKey {
                        name: source.name.clone(),
                        first: row.get("first_line")?,
                        second: row.get("line")?,
                        value: fields.into_iter().nth(index).unwrap_or_default(),
                    });
                }
                let id = row_id(&dataset.columns, sorted, &fields, row.get("occurrence")?, &mut buffer);
                sql::INGEST_NUMBER_ROW.execute(tx, &[(":row_id", &id), (":id", &row.get::<_, i64>("id")?)])?;
                repeated += 1;
                Ok(())
            })?;
            sql::INGEST_DROP_REPEATED.execute(tx, &[])?;
        }
        sql::INGEST_DROP_SUSPECT.execute(tx, &[])?;
        Ok(repeated)
    }
}

/// The column `fields` of a row: one text per column of the data set.
pub fn read_fields(row: &rusqlite::Row<'_>) -> rusqlite::Result<Vec<String>> {
    parse_fields(row.get_ref("fields")?.as_str()?)
}

/// The fields in a row's JSON list.
pub fn parse_fields(text: &str) -> rusqlite::Result<Vec<String>> {
    serde_json::from_str(text)
        .map_err(|error| rusqlite::Error::FromSqlConversionFailure(0, rusqlite::types::Type::Text, Box::new(error)))
}

fn note_oddities(
    tx: &Transaction<'_>,
    ctx: &StageContext<'_>,
    notes: &Notes,
    columns: &[String],
    empty_cells: &[u64],
    rows: i64,
    repeated: i64,
) -> rusqlite::Result<()> {
    if repeated > 0 {
        ctx.anomaly(tx, "equal_rows", None, &format!("{repeated} rows equal an earlier one in every column"))?;
    }
    for (column, count) in columns.iter().zip(empty_cells) {
        if i64::try_from(*count).is_ok_and(|count| count == rows) {
            ctx.anomaly(tx, "empty_column", Some(column), "no row has a value in this column")?;
        }
    }
    let counted = [
        ("blank_lines", notes.blank_lines, "blank lines were skipped"),
        ("empty_rows", notes.empty_records, "rows have no value in any column"),
        ("null_tokens", notes.null_tokens, "cells held a word for no value and are empty now"),
        ("cells_cleaned", notes.cells_cleaned, "cells had white space or zero-width characters collapsed"),
    ];
    for (kind, count, what) in counted {
        if count > 0 {
            ctx.anomaly(tx, kind, None, &format!("{count} {what}"))?;
        }
    }
    Ok(())
}
