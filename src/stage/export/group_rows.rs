//! The rows of groups, read once for all groups.

use rusqlite::{CachedStatement, Connection, Rows, named_params};

use crate::store::sql;

/// A row of a group.
pub(super) struct GroupRow {
    pub(super) key: String,
    pub(super) row_id: String,
    pub(super) row_index: i64,
    /// Its fields as they are recorded.
    pub(super) fields: String,
}

/// The statement behind [`GroupRows`].
pub(super) fn prepare(connection: &Connection) -> rusqlite::Result<CachedStatement<'_>> {
    sql::EXPORT_ROWS_BY_GROUP.prepare(connection)
}

/// The rows of a data set, group after group. Groups are asked for in the order of their first rows, as plans have
/// them.
pub(super) struct GroupRows<'s> {
    rows: Rows<'s>,
    next: Option<GroupRow>,
    /// The rows of the group that was last asked for.
    group: Vec<GroupRow>,
}

impl<'s> GroupRows<'s> {
    /// Begins with the first group of the rows of `dataset` by the column at `column`.
    pub(super) fn begin(statement: &'s mut CachedStatement<'_>, dataset: i64, column: usize) -> rusqlite::Result<Self> {
        let column = i64::try_from(column).unwrap_or(i64::MAX);
        let rows = statement.query(named_params! {":dataset": dataset, ":column": column})?;
        let mut all = Self { rows, next: None, group: Vec::new() };
        all.advance()?;
        Ok(all)
    }

    /// Returns the rows of this group or of the next one with this key, which has so many. Fewer are an error, never a
    /// shorter list.
    pub(super) fn take(&mut self, key: &str, count: i64) -> rusqlite::Result<&[GroupRow]> {
        if self.group.first().is_none_or(|row| row.key != key) {
            self.group.clear();
            while let Some(row) = &self.next {
                let is_of_group = row.key == key;
                if !is_of_group && !self.group.is_empty() {
                    break;
                }
                let row = self.advance()?;
                self.group.extend(row.filter(|_| is_of_group));
            }
        }
        if i64::try_from(self.group.len()) == Ok(count) {
            Ok(&self.group)
        } else {
            Err(rusqlite::Error::QueryReturnedNoRows)
        }
    }

    /// Reads the next row; returns the one before it.
    fn advance(&mut self) -> rusqlite::Result<Option<GroupRow>> {
        let next = match self.rows.next()? {
            Some(row) => Some(GroupRow {
                key: row.get("group_key")?,
                row_id: row.get("row_id")?,
                row_index: row.get("row_index")?,
                fields: row.get("fields")?,
            }),
            None => None,
        };
        Ok(std::mem::replace(&mut self.next, next))
    }
}
