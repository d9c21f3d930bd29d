//! Rows that have the same id: found as they stream by, and looked at again once all are there.

use rusqlite::Transaction;

use super::error::IngestError;
use super::fields::{read_fields, row_id};
use super::filter::RowIdFilter;
use super::source::SourceFile;
use crate::record::RowId;
use crate::store::sql;

/// The rows of a data set whose ids may occur more than once.
pub(super) struct Repeats {
    seen: RowIdFilter,
    suspects: usize,
}

impl Repeats {
    pub(super) fn begin(tx: &Transaction<'_>) -> rusqlite::Result<Self> {
        sql::INGEST_DROP_SUSPECT.execute(tx, &[])?;
        sql::INGEST_CREATE_SUSPECT.execute(tx, &[])?;
        Ok(Self { seen: RowIdFilter::new(), suspects: 0 })
    }

    /// Takes the id of the next row.
    pub(super) fn note(&mut self, tx: &Transaction<'_>, id: RowId) -> rusqlite::Result<()> {
        if self.seen.add(id) {
            self.suspects += sql::INGEST_INSERT_SUSPECT.execute(tx, &[(":row_id", &id)])?;
        }
        Ok(())
    }

    /// Gives equal rows their numbers, or refuses rows that share a key; returns how many rows equal an earlier one.
    pub(super) fn number(
        self,
        tx: &Transaction<'_>,
        source: &SourceFile,
        dataset: i64,
        columns: &[String],
        sorted: &[usize],
        key: Option<usize>,
    ) -> Result<i64, IngestError> {
        let mut repeated = 0i64;
        if self.suspects > 0 {
            sql::INGEST_DROP_REPEATED.execute(tx, &[])?;
            sql::INGEST_FIND_REPEATED.execute(tx, &[(":dataset", &dataset)])?;
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
                let id = row_id(columns, sorted, &fields, row.get("occurrence")?, &mut buffer);
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
