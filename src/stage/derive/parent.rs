//! [`ParentStanding`]: a standing that others are made from, as it is read from the run file.

use rusqlite::{Connection, Row, ToSql};
use serde_json::Value;

use super::links::Links;
use crate::record::{GroupContextId, RowId, WorkId, WorkStatus, canonical};
use crate::stage::ingest::{document_columns_seen, parse_typed_fields, seen_fields, sorted_columns};
use crate::stage::plan::group_identity;
use crate::store::{NamedParameters, Statement, sql};

/// A standing that others are made from.
#[derive(Clone, Debug)]
pub(super) struct ParentStanding {
    pub(super) id: i64,
    pub(super) step: i64,
    pub(super) work_id: WorkId,
    pub(super) planned: bool,
    pub(super) status: WorkStatus,
    pub(super) position: i64,
    pub(super) path: Option<String>,
    pub(super) input_row: Option<i64>,
    pub(super) row_group: Option<i64>,
    pub(super) cache_entry: Option<i64>,
    pub(super) round: Option<i64>,
    pub(super) row_id: Option<RowId>,
    pub(super) group_key: Option<String>,
    /// If it is a join: the value of the field that it joins by.
    pub(super) joined_by: Option<Value>,
    /// What is seen of its row and of its group.
    pub(super) seen: SeenSource,
}

/// What is seen of an input row and of a group, in canonical JSON.
#[derive(Clone, Debug)]
pub(super) struct SeenSource {
    row: Vec<u8>,
    /// The lines at which a row of documents stands, for steps that read them.
    place: Vec<u8>,
    pub(super) group: Vec<u8>,
}

impl SeenSource {
    /// Returns what is seen of the row by a step that does or does not read the lines at which it stands.
    pub(super) fn row(&self, reads_lines: bool) -> Vec<u8> {
        if !reads_lines || self.place.is_empty() {
            return self.row.clone();
        }
        [self.row.as_slice(), b",", &self.place].concat()
    }
}

/// The columns of [`ParentStanding`], looked up once for many rows.
const COLUMNS: [&str; 15] = [
    "id",
    "step",
    "work_id",
    "planned",
    "status",
    "position",
    "path",
    "input_row",
    "row_group",
    "cache_entry",
    "round",
    "item",
    "row_id",
    "fields",
    "group_key",
];

impl ParentStanding {
    /// Reads the standing with the rowid `id`.
    pub(super) fn read(tx: &Connection, links: &Links, id: i64) -> rusqlite::Result<Self> {
        let parameters = [(":keyed", &links.keyed as &dyn ToSql), (":standing", &id)];
        let found = Self::all(tx, links, sql::DERIVE_SOURCE, &parameters)?.pop();
        found.ok_or(rusqlite::Error::QueryReturnedNoRows)
    }

    /// Returns at most `count` standings of `step`, as `statement` selects them.
    pub(super) fn next(
        tx: &Connection,
        links: &Links,
        statement: Statement,
        step: i64,
        count: usize,
    ) -> rusqlite::Result<Vec<Self>> {
        let count = i64::try_from(count).unwrap_or(i64::MAX);
        let parameters = [(":keyed", &links.keyed as &dyn ToSql), (":step", &step), (":count", &count)];
        Self::all(tx, links, statement, &parameters)
    }

    fn all(
        tx: &Connection,
        links: &Links,
        statement: Statement,
        parameters: NamedParameters<'_>,
    ) -> rusqlite::Result<Vec<Self>> {
        let mut found: Vec<Self> = Vec::new();
        statement.each_at::<rusqlite::Error, _>(tx, parameters, COLUMNS, |row, at| {
            let next = Self::of(row, at, links, found.last())?;
            found.push(next);
            Ok(())
        })?;
        Ok(found)
    }

    /// Reads one row. Standings of the same input row mostly come one after another, so what is seen of it is taken
    /// from the one `before` if possible.
    fn of(row: &Row<'_>, at: [usize; 15], links: &Links, before: Option<&Self>) -> rusqlite::Result<Self> {
        let [id, step, work_id, planned, status, position, path, input_row, row_group, entry, round, item, ..] = at;
        let [.., row_id, fields, group_key] = at;
        let row_id: Option<RowId> = row.get(row_id)?;
        let group_key: Option<String> = row.get(group_key)?;
        let (input_row, row_group) = (row.get(input_row)?, row.get(row_group)?);
        let seen = match before.filter(|it| (it.input_row, it.row_group) == (input_row, row_group)) {
            Some(before) => before.seen.clone(),
            None => {
                let fields = if links.keyed && row_id.is_some() { Some(row.get_ref(fields)?.as_str()?) } else { None };
                seen_of(row, links, row_id, fields, group_key.as_deref())?
            }
        };
        Ok(Self {
            id: row.get(id)?,
            step: row.get(step)?,
            work_id: row.get(work_id)?,
            planned: row.get(planned)?,
            status: row.get(status)?,
            position: row.get(position)?,
            path: row.get(path)?,
            input_row,
            row_group,
            cache_entry: row.get(entry)?,
            round: row.get(round)?,
            joined_by: row.get(item)?,
            seen,
            row_id,
            group_key,
        })
    }

    /// Returns whether what is made from it has to wait.
    pub(super) fn is_open(&self) -> bool {
        self.planned && self.status == WorkStatus::Pending
    }
}

/// Returns what is seen of the input row and of the group.
pub(super) fn seen(row: &Row<'_>, links: &Links) -> rusqlite::Result<SeenSource> {
    let row_id: Option<RowId> = row.get("row_id")?;
    let fields = if links.keyed && row_id.is_some() { Some(row.get_ref("fields")?.as_str()?) } else { None };
    seen_of(row, links, row_id, fields, row.get::<_, Option<String>>("group_key")?.as_deref())
}

/// The same, from columns that were read already.
fn seen_of(
    row: &Row<'_>,
    links: &Links,
    row_id: Option<RowId>,
    fields: Option<&str>,
    group_key: Option<&str>,
) -> rusqlite::Result<SeenSource> {
    let mut place = Vec::new();
    let of_row = match (row_id, fields) {
        (Some(_), Some(fields)) => {
            let fields = parse_typed_fields(fields)?;
            let mut seen = Vec::new();
            if links.is_documents {
                let columns = document_columns_seen(false);
                seen_fields(&links.columns, &columns, &fields, &mut seen);
                let mut places = document_columns_seen(true);
                places.retain(|at| !columns.contains(at));
                seen_fields(&links.columns, &places, &fields, &mut place);
            } else {
                seen_fields(&links.columns, &sorted_columns(&links.columns), &fields, &mut seen);
            }
            seen
        }
        (Some(id), None) => format!("\"{id}\"").into_bytes(),
        (None, _) => b"null".to_vec(),
    };
    let of_group = match group_key {
        Some(key) => {
            let context: GroupContextId = row.get("group_context_id")?;
            canonical::to_vec(&group_identity(context, key, row.get("row_count")?))
        }
        None => b"null".to_vec(),
    };
    Ok(SeenSource { row: of_row, place, group: of_group })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::scratch;

    #[test]
    fn every_statement_that_reads_parents_has_the_same_columns() {
        let connection = scratch();
        let statements = [&sql::DERIVE_SOURCE, &sql::DERIVE_NEXT_SOURCE, &sql::DERIVE_NEXT_GATHERED];
        let columns = |statement: &Statement| {
            let prepared = statement.prepare(&connection).unwrap();
            prepared.column_names().map(str::to_owned).collect::<Vec<_>>()
        };
        let expected = columns(&sql::DERIVE_NEXT_COMPLETE);
        for statement in statements {
            assert_eq!(columns(statement), expected, "{}", statement.name);
        }
        assert!(COLUMNS.iter().all(|name| expected.iter().any(|column| column == name)));
    }
}
