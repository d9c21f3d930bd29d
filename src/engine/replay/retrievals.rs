//! What templates retrieved, looked up once more in the recorded collections.

use rusqlite::Connection;

use crate::engine::check::VerifyCheck;
use crate::engine::error::EngineError;
use crate::stage::knowledge::{Index, recorded_index};
use crate::store::sql;

/// Checks that every question finds the passages that are recorded; `None` where nothing was retrieved. One collection
/// is indexed at a time, beyond the cache in a nameless temporary file.
pub(super) fn check(connection: &Connection) -> Result<Option<VerifyCheck>, EngineError> {
    let mut check = VerifyCheck::new("what was retrieved is found again in the recorded knowledge");
    let mut current: Option<(i64, Index)> = None;
    let mut any = false;
    sql::REPLAY_ALL_RETRIEVALS.each::<EngineError>(connection, &[], |row| {
        any = true;
        let (id, dataset): (i64, i64) = (row.get("id")?, row.get("dataset")?);
        let (query, count): (String, u32) = (row.get("query")?, row.get("k")?);
        let index = match current.take() {
            Some((of, index)) if of == dataset => index,
            _ => recorded_index(connection, dataset)?,
        };
        let found: Vec<i64> = index.search(&query, count)?.iter().map(|it| it.row).collect();
        let recorded: Vec<i64> =
            sql::REPLAY_PASSAGES.all(connection, &[(":retrieval", &id)], |row| row.get("input_row"))?;
        check.require(found == recorded, || format!("retrieval {id} finds other passages"));
        current = Some((dataset, index));
        Ok(())
    })?;
    Ok(any.then_some(check))
}
