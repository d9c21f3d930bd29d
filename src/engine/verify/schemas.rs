//! Schemas that a model wrote: their ids, and whether each answer is still taken for what it was.

use rusqlite::Connection;
use serde_json::Value;

use super::Check;
use crate::engine::error::EngineError;
use crate::record::{AttemptOutcome, CacheId, WorkId};
use crate::stage::author::{TASK_SOURCE, task_input_id};
use crate::stage::generate::decide::read_schema;
use crate::stage::plan;
use crate::store::sql;

/// Holds each work item that stands for the task itself against what its ids are made of.
pub(super) fn check_ids(connection: &Connection, check: &mut Check) -> Result<(), EngineError> {
    sql::VERIFY_TASK_ITEMS.each::<rusqlite::Error>(connection, &[], |row| {
        let found: (WorkId, CacheId) = (row.get("work_id")?, row.get("cache_id")?);
        let work_id = plan::work_id(&row.get::<_, String>("step_name")?, TASK_SOURCE);
        check.look(found.0 == work_id, || format!("work item {}", found.0));
        let cache_id = plan::cache_id(work_id, task_input_id(&row.get::<_, Value>("item")?), row.get("task_id")?);
        check.look(found.1 == cache_id, || format!("exact task of work item {}", found.0));
        Ok(())
    })?;
    Ok(())
}

/// Reads every answer that was to be a schema once more.
pub(super) fn check_answers(connection: &Connection) -> Result<Check, EngineError> {
    let mut check = Check::new("schemas that a model wrote are read from its answers as they were");
    sql::VERIFY_SCHEMA_ANSWERS.each::<rusqlite::Error>(connection, &[], |row| {
        let answer: String = row.get("answer")?;
        let (outcome, detail): (AttemptOutcome, Option<String>) = (row.get("outcome")?, row.get("detail")?);
        let same = match read_schema(&answer) {
            Ok(()) => outcome == AttemptOutcome::Accepted,
            Err(fault) => outcome == fault.outcome && detail == Some(fault.detail),
        };
        let id: i64 = row.get("id")?;
        check.look(same, || format!("attempt {id}"));
        Ok(())
    })?;
    Ok(check)
}
