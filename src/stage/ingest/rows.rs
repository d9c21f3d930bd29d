//! Rows and their data set, as they are put on record.

use rusqlite::Transaction;
use serde_json::json;

use super::fields::fields_text;
use super::source::SourceFile;
use crate::record::RowId;
use crate::stage::StageContext;
use crate::store::sql;

/// A row that is not on record yet.
pub(super) struct NewRow<'a> {
    pub(super) row_id: RowId,
    /// Its place in the data set, from 0.
    pub(super) index: i64,
    /// The line of its file or document where it begins.
    pub(super) line: i64,
    /// The rowid of its document.
    pub(super) document: Option<i64>,
    pub(super) fields: &'a [String],
    /// The positions of the fields that are no texts.
    pub(super) json: &'a [usize],
}

pub(super) fn insert_row(tx: &Transaction<'_>, dataset: i64, row: &NewRow<'_>) -> rusqlite::Result<()> {
    let fields = fields_text(row.fields, row.json);
    sql::INGEST_INSERT_ROW
        .execute(
            tx,
            &[
                (":dataset", &dataset),
                (":row_id", &row.row_id),
                (":row_index", &row.index),
                (":line", &row.line),
                (":document", &row.document),
                (":fields", &fields),
            ],
        )
        .map(|_| ())
}

pub(super) fn insert_dataset(
    tx: &Transaction<'_>,
    ctx: &StageContext<'_>,
    source: &SourceFile,
    dataset: i64,
    columns: &[String],
    rows: i64,
) -> rusqlite::Result<()> {
    sql::INGEST_INSERT_DATASET
        .execute(
            tx,
            &[
                (":id", &dataset),
                (":dataset_id", &source.dataset_id()),
                (":role", &source.role.as_str()),
                (":name", &source.name),
                (":format", &source.format),
                (":sha1", &source.sha1),
                (":bytes", &i64::try_from(source.bytes).unwrap_or(i64::MAX)),
                (":columns", &json!(columns)),
                (":types", &json!(source.kinds.iter().map(|kind| kind.word()).collect::<Vec<_>>())),
                (":key_column", &source.key),
                (":row_count", &rows),
                (":now", &ctx.now),
            ],
        )
        .map(|_| ())
}
