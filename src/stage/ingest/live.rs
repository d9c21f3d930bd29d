//! Rows that come to a live run: each commit's rows, or each batch of them, are a data set of their own.
//!
//! The first data set of the run file has no rows. It says what the columns are, and plans name it: [`Dataset`] of all
//! rows that come later.

use rusqlite::Transaction;
use serde_json::{Value, json};

use super::fields::{fields_text, row_id, sorted_columns};
use super::rows::{NewRow, insert_dataset, insert_row};
use super::{Dataset, DatasetRole, SourceFile, recorded};
use crate::record::{ColumnKind, Digest, Field, RowId};
use crate::stage::{ManifestContent, StageContext};
use crate::store::sql;
use crate::tabular::ObjectCells;

/// The word for the format of live rows.
pub const LIVE: &str = "live";

/// Returns what the rows of a live run come from. `options` are the settings that change rows.
#[must_use]
pub fn live_source(columns: &[String], kinds: &[ColumnKind], key: Option<&str>, options: Value) -> SourceFile {
    let shape = json!({"columns": columns, "kinds": kinds.iter().map(|kind| kind.word()).collect::<Vec<_>>()});
    SourceFile {
        name: "rows of a live run".to_owned(),
        format: LIVE.to_owned(),
        sha1: Digest::of_value(&shape),
        bytes: 0,
        options,
        key: key.map(str::to_owned),
        kinds: kinds.to_vec(),
        is_inferred: false,
        may_be_empty: true,
        role: DatasetRole::Input,
    }
}

/// The first input that a run file took.
#[derive(Debug)]
pub enum FirstInput {
    Nothing,
    /// A table, or documents.
    Whole,
    /// Rows that came one by one; the data set says what their columns are.
    Live(Dataset),
}

/// Returns the first input that the run file took.
pub fn first_input(tx: &rusqlite::Connection) -> rusqlite::Result<FirstInput> {
    let first = sql::LIVE_FIRST_INPUT
        .first(tx, &[], |row| Ok((row.get::<_, i64>("id")?, row.get_ref("format")?.as_str()? == LIVE)))?;
    let Some((id, is_live)) = first else { return Ok(FirstInput::Nothing) };
    let dataset = if is_live { recorded(tx, &json!({"dataset": id}))? } else { None };
    Ok(dataset.map_or(FirstInput::Whole, FirstInput::Live))
}

/// Records what the columns of a live run are.
pub fn ingest_columns(
    tx: &Transaction<'_>,
    ctx: &StageContext<'_>,
    source: &SourceFile,
    columns: &[String],
) -> rusqlite::Result<(Dataset, ManifestContent)> {
    let id: i64 = sql::INGEST_NEXT_DATASET.row(tx, &[], |row| row.get("id"))?;
    insert_dataset(tx, ctx, source, id, columns, 0)?;
    let outputs = json!({"dataset": id, "columns": columns});
    let counts = json!({"rows": 0, "columns": columns.len()});
    let dataset = Dataset { id, columns: columns.to_vec(), kinds: source.kinds.clone(), is_documents: false };
    Ok((dataset, ManifestContent { inputs: source.inputs(), outputs, counts }))
}

/// How the ids of live rows are made.
#[derive(Debug)]
pub struct LiveRowIds {
    columns: Vec<String>,
    sorted: Vec<usize>,
    key: Option<usize>,
    buffer: Vec<u8>,
}

impl LiveRowIds {
    /// For rows with these columns, of which the one at `key` identifies rows.
    #[must_use]
    pub fn new(columns: &[String], key: Option<usize>) -> Self {
        Self { columns: columns.to_vec(), sorted: sorted_columns(columns), key, buffer: Vec::new() }
    }

    /// Returns the id of a row. Equal rows have one id: they are one work item.
    pub fn of(&mut self, cells: &ObjectCells) -> RowId {
        match self.key.and_then(|key| cells.fields.get(key)) {
            Some(value) => RowId::of(&[json!({"key": value})]),
            None => row_id(&self.columns, &self.sorted, &cells.fields, 1, &mut self.buffer),
        }
    }
}

/// Returns the cells as the record has them.
#[must_use]
pub fn fields_of(cells: &ObjectCells) -> Vec<Field> {
    let mut fields: Vec<Field> = cells.fields.iter().map(|text| Field { text: text.clone(), is_json: false }).collect();
    for position in &cells.json {
        if let Some(field) = fields.get_mut(*position) {
            field.is_json = true;
        }
    }
    fields
}

/// A data set of live rows that is not complete yet.
#[derive(Debug)]
pub struct LiveDataset {
    /// The rowid that it will have.
    pub id: i64,
    rows: i64,
    bytes: u64,
    content: Vec<u8>,
}

impl LiveDataset {
    /// Begins the next data set.
    pub fn begin(tx: &Transaction<'_>) -> rusqlite::Result<Self> {
        let id = sql::INGEST_NEXT_DATASET.row(tx, &[], |row| row.get("id"))?;
        Ok(Self { id, rows: 0, bytes: 0, content: Vec::new() })
    }

    /// Returns how many rows it has so far.
    #[must_use]
    pub fn rows(&self) -> i64 {
        self.rows
    }

    /// Adds a row; returns its rowid.
    pub fn push(&mut self, tx: &Transaction<'_>, row_id: RowId, cells: &ObjectCells) -> rusqlite::Result<i64> {
        let (fields, json) = (&cells.fields, &cells.json);
        let text = fields_text(fields, json);
        self.bytes += text.len() as u64 + 1;
        // The digest of the data set is one of the digests of its rows, so that no row has to be kept.
        self.content.extend_from_slice(Digest::of_bytes(text.as_bytes()).as_bytes());
        let row = NewRow { row_id, index: self.rows, line: self.rows + 1, document: None, fields, json };
        insert_row(tx, self.id, &row)?;
        self.rows += 1;
        Ok(tx.last_insert_rowid())
    }

    /// Completes it under a name, as rows of `source`; returns its manifest's content.
    pub fn finish(
        self,
        tx: &Transaction<'_>,
        ctx: &StageContext<'_>,
        (source, name): (&SourceFile, &str),
        columns: &[String],
    ) -> rusqlite::Result<ManifestContent> {
        let (sha1, bytes) = (Digest::of_bytes(&self.content), self.bytes);
        let source = SourceFile { name: name.to_owned(), sha1, bytes, ..source.clone() };
        insert_dataset(tx, ctx, &source, self.id, columns, self.rows)?;
        let inputs = json!({"dataset_id": source.dataset_id().to_string(), "name": name, "format": LIVE});
        Ok(ManifestContent { inputs, outputs: json!({"dataset": self.id}), counts: json!({"rows": self.rows}) })
    }
}
