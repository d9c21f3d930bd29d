//! `ingest`: the input becomes rows, under ids that do not change when other rows are inserted or moved.
//!
//! Rows are streamed into the transaction and never held in memory. Equal rows of an input without a key are told apart
//! by their number among equals, which is known once all rows are read.
//!
//! [`ingest()`] reads the table of a [`SourceFile`] into a [`Dataset`], and [`ingest_documents`] its documents, whose
//! lines are kept beside the rows (`document_text`). `fields` says how a row is kept and what its id is made of, and
//! `rows` keeps it; `repeats` finds rows with the same id, with the help of [`RowIdFilter`]; [`IngestError`] says why
//! rows are refused. `live` has the data sets of rows that come one by one. The caller opens the files.

mod dataset;
mod document_columns;
mod document_notes;
mod document_text;
mod documents;
mod error;
mod fields;
mod filter;
mod live;
mod repeats;
mod rows;
mod source;

use std::io::{Read, Seek};

use rusqlite::{Connection, Transaction};
use serde_json::{Value, json};

use super::{ManifestContent, StageContext};
use crate::record::{ColumnKind, RowId};
use crate::store::sql;
use crate::tabular::{Notes, Record, Table};
use repeats::Repeats;
use rows::{NewRow, insert_dataset, insert_row};

pub use dataset::Dataset;
pub use document_columns::{DOCUMENTS, document_columns_seen, document_kinds};
pub use document_text::{READER_OF_BYTES, document_file};
pub use documents::{
    DocumentEntry, DocumentRequest, document_fields, document_options, document_row_id, ingest_documents,
};
pub use error::IngestError;
pub use fields::{
    parse_fields, parse_typed_fields, read_fields, read_typed_fields, row_id, seen_fields, sorted_columns,
};
pub use filter::RowIdFilter;
pub use live::{FirstInput, LIVE, LiveDataset, LiveRowIds, fields_of, first_input, ingest_columns, live_source};
pub use source::{DatasetRole, SourceFile};

/// Reads `table` into a new data set.
pub fn ingest(
    tx: &Transaction<'_>,
    ctx: &StageContext<'_>,
    source: &SourceFile,
    table: &mut Table<impl Read + Seek>,
) -> Result<(Dataset, ManifestContent), IngestError> {
    let columns = table.columns().to_vec();
    let key = source.key_index(&columns)?;
    let dataset: i64 = sql::INGEST_NEXT_DATASET.row(tx, &[], |row| row.get("id"))?;
    let sorted = sorted_columns(&columns);
    let mut rows = 0i64;
    let mut empty_cells = vec![0u64; columns.len()];
    let mut buffer = Vec::new();
    let mut record = Record::default();
    let mut repeats = Repeats::begin(tx)?;
    while table.read_record(&mut record)? {
        check_types(source, &columns, &record)?;
        let row_id = match key {
            Some(index) => keyed_row_id(source, &columns[index], &record.fields[index], record.line)?,
            None => row_id(&columns, &sorted, &record.fields, 1, &mut buffer),
        };
        repeats.note(tx, row_id)?;
        for (count, value) in empty_cells.iter_mut().zip(&record.fields) {
            *count += u64::from(value.is_empty());
        }
        let line = i64::try_from(record.line).unwrap_or(i64::MAX);
        let (fields, json) = (&record.fields, &record.json);
        insert_row(tx, dataset, &NewRow { row_id, index: rows, line, document: None, fields, json })?;
        rows += 1;
    }
    if rows == 0 && !source.may_be_empty {
        return Err(IngestError::NoRows(source.name.clone()));
    }
    let repeated = repeats.number(tx, source, dataset, &columns, &sorted, key)?;
    insert_dataset(tx, ctx, source, dataset, &columns, rows)?;
    if let Some(note) = source.inferred(&columns) {
        ctx.anomaly(tx, "inferred_types", None, &note)?;
    }
    // Gold answers may well be equal.
    let odd = if source.role == DatasetRole::Gold { 0 } else { repeated };
    note_oddities(tx, ctx, table.notes(), &columns, &empty_cells, rows, odd)?;
    let empty: serde_json::Map<String, Value> =
        columns.iter().cloned().zip(empty_cells.iter().map(|count| json!(count))).collect();
    let notes = table.notes();
    let mut counts = json!({
        "rows": rows, "columns": columns.len(), "equal_rows": repeated, "empty_cells": empty,
        "cells_cleaned": notes.cells_cleaned, "null_tokens": notes.null_tokens,
    });
    let said: Vec<String> = notes.to_say().iter().map(|note| format!("{}: {note}", source.name)).collect();
    if !said.is_empty() {
        counts["notes"] = json!(said);
    }
    let outputs = json!({"dataset": dataset, "columns": columns});
    let summary = ManifestContent { inputs: source.inputs(), outputs, counts };
    Ok((Dataset { id: dataset, columns, kinds: source.kinds.clone(), is_documents: false }, summary))
}

/// Refuses a cell that is no value of its column's type.
fn check_types(source: &SourceFile, columns: &[String], record: &Record) -> Result<(), IngestError> {
    for ((column, kind), text) in columns.iter().zip(&source.kinds).zip(&record.fields) {
        if let ColumnKind::Typed(kind) = kind
            && kind.parse(text).is_none()
        {
            return Err(IngestError::NotOfType {
                name: source.name.clone(),
                line: record.line,
                column: column.clone(),
                text: shortened(text),
                kind: *kind,
            });
        }
    }
    Ok(())
}

/// A cell for a message.
fn shortened(text: &str) -> String {
    const MAX_CHARS: usize = 80;
    if text.chars().count() <= MAX_CHARS {
        return text.to_owned();
    }
    text.chars().take(MAX_CHARS).collect::<String>() + "…"
}

/// The id of a row whose identity is the `value` of the key column.
fn keyed_row_id(source: &SourceFile, key: &str, value: &str, line: u64) -> Result<RowId, IngestError> {
    if value.is_empty() {
        return Err(IngestError::EmptyKey { name: source.name.clone(), line, key: key.to_owned() });
    }
    Ok(RowId::of(&[json!({"key": value})]))
}

/// Returns the data set that the outputs of an earlier manifest name.
pub fn recorded(tx: &Connection, outputs: &Value) -> rusqlite::Result<Option<Dataset>> {
    let Some(id) = outputs["dataset"].as_i64() else { return Ok(None) };
    sql::INGEST_DATASET.first(tx, &[(":dataset", &id)], |row| {
        let columns: Value = row.get("columns")?;
        let columns = columns.as_array().into_iter().flatten().filter_map(|it| it.as_str().map(str::to_owned));
        let kinds = kinds_of(&row.get("types")?);
        let is_documents = row.get_ref("format")?.as_str()? == DOCUMENTS;
        Ok(Dataset { id, columns: columns.collect(), kinds, is_documents })
    })
}

/// Reads what the cells of columns are from the column `types`.
#[must_use]
pub fn kinds_of(types: &Value) -> Vec<ColumnKind> {
    types.as_array().into_iter().flatten().map(|word| ColumnKind::of_word(word.as_str())).collect()
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
    for (kind, detail) in notes.of_reading().into_iter().chain(notes.of_content()) {
        ctx.anomaly(tx, kind, None, &detail)?;
    }
    Ok(())
}
