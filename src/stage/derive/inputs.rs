//! Which accepted outputs a work item is made from.

use rusqlite::{Connection, ToSql};

use crate::record::{VariantAt, WorkId};
use crate::store::sql;

/// Returns the outputs that an attempt was made from (rowids), in order.
pub fn inputs(tx: &Connection, attempt: i64) -> rusqlite::Result<Vec<i64>> {
    sql::DERIVE_INPUTS.all(tx, &[(":attempt", &attempt)], |row| row.get("cache_entry"))
}

/// Returns the outputs that an attempt was made from (rowids), in order, each with the lines of now under a variant, in
/// a repeat.
pub(super) fn present_inputs(tx: &Connection, attempt: i64, at: VariantAt) -> rusqlite::Result<Vec<i64>> {
    let of: [(&str, &dyn ToSql); 3] = [(":attempt", &attempt), (":variant", &at.number), (":repeat", &at.repeat)];
    sql::DERIVE_PRESENT_INPUTS.all(tx, &of, |row| row.get("cache_entry"))
}

/// Returns the outputs that a standing is made from (rowids), in order: those of the attempt `made_in`, or the present
/// ones if that is `None`.
pub fn inputs_of(tx: &Connection, standing: i64, made_in: Option<i64>) -> rusqlite::Result<Vec<i64>> {
    const COLUMNS: [&str; 6] = ["number", "position", "path", "work_id", "planned", "cache_entry"];
    if let Some(attempt) = made_in {
        return inputs(tx, attempt);
    }
    let mut found: Vec<(i64, i64, Option<String>, WorkId, i64)> = Vec::new();
    sql::DERIVE_EDGES.each_at::<rusqlite::Error, _>(tx, &[(":child", &standing)], COLUMNS, |row, at| {
        let [number, position, path, work_id, planned, cache_entry] = at;
        if let (true, Some(entry)) = (row.get(planned)?, row.get(cache_entry)?) {
            found.push((row.get(number)?, row.get(position)?, row.get(path)?, row.get(work_id)?, entry));
        }
        Ok(())
    })?;
    found.sort();
    Ok(found.into_iter().map(|(.., entry)| entry).collect())
}
