//! Verifying a run file: recomputes every id, checks every rule, and replays every decided work item from the tape.
//!
//! Nothing is written, not even to a scratch file, and all is read in one transaction, so that a file that a run is
//! writing to can be verified too. Memory stays flat: records are read one after the other.

mod attempts;
mod claims;
mod columns;
mod demands;
mod derived;
mod documents;
mod figures;
mod ids;
mod judging;
mod listed;
mod money;
mod outputs;
mod promotions;
mod rounds;
mod schemas;
pub(super) mod standing;
mod work;

use std::path::Path;

use rusqlite::Connection;

use super::check::{Verification, VerifyCheck};
use super::error::EngineError;
use super::replay::replayed;
use crate::store::{self, Access, sql};
use listed::listed;

/// The number of prepared statements that are kept.
const STATEMENTS: usize = 128;

/// SQLite's page cache, in KiB: the same as a writer's.
const CACHE_KIB: i64 = 16_384;

/// Checks the run file at `db`; with `replay` also replays every decided work item from the tape, and the
/// exports from the record.
pub fn verify(db: &Path, replay: bool) -> Result<Verification, EngineError> {
    checked(db, replay).map_err(|error| error.of_file(db))
}

fn checked(db: &Path, replay: bool) -> Result<Verification, EngineError> {
    let mut connection = store::open(db, Access::Read)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    connection.pragma_update(None, "cache_size", -CACHE_KIB)?;
    let connection = connection.transaction()?;
    let mut checks = vec![integrity(&connection)?];
    // The other rules say nothing about a damaged file.
    if checks[0].problems.is_empty() {
        checks.extend(ids::check(&connection)?);
        checks.extend(documents::check(&connection)?);
        checks.extend(work::check(&connection)?);
        checks.extend(planned_once(&connection)?);
        checks.extend(attempts::check(&connection)?);
        checks.push(judging::check(&connection)?);
        checks.push(outputs::check_decisions(&connection)?);
        checks.push(money::check(&connection)?);
        checks.push(money::check_usage(&connection)?);
        checks.extend(rounds::check(&connection)?);
        checks.push(outputs::check_accepted(&connection)?);
        checks.push(outputs::check_turned_down(&connection)?);
        checks.extend(claims::check(&connection)?);
        checks.push(outputs::check_images(&connection)?);
        checks.push(outputs::check_artifacts(&connection)?);
        checks.extend(figures::check(&connection)?);
        checks.extend(promotions::check(&connection)?);
        if replay {
            checks.extend(replayed(&connection, db)?);
            let schemas = schemas::check_answers(&connection)?;
            checks.extend((schemas.checked > 0).then_some(schemas));
        }
    }
    Ok(Verification { checks })
}

fn integrity(connection: &Connection) -> Result<VerifyCheck, EngineError> {
    let mut check = VerifyCheck::new("the database is whole");
    let mut statement = connection.prepare("PRAGMA integrity_check")?;
    let lines = statement.query_map([], |row| row.get::<_, String>(0))?;
    for line in lines {
        match line {
            Ok(line) => check.require(line == "ok", || line.clone()),
            Err(error) => check.require(false, || error.to_string()),
        }
    }
    let mut statement = connection.prepare("PRAGMA foreign_key_check")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let (table, parent): (String, String) = (row.get(0)?, row.get(2)?);
        check.require(false, || format!("a row of {table} points at a {parent} that is not there"));
    }
    Ok(check)
}

fn planned_once(connection: &Connection) -> Result<Vec<VerifyCheck>, EngineError> {
    Ok(vec![
        listed(connection, "every work item is planned once", sql::VERIFY_REPEATED_WORK_IDS, &[], &|id| {
            format!("work item {id} is there twice")
        })?,
        listed(connection, "every work item has a standing", sql::VERIFY_UNPLACED_ITEMS, &[], &|id| {
            format!("work item {id} has no standing")
        })?,
    ])
}
