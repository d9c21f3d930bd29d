//! The rule about schemas that a model wrote: each answer is still read with the same outcome.

use rusqlite::Connection;

use crate::engine::check::VerifyCheck;
use crate::engine::error::EngineError;
use crate::record::AttemptOutcome;
use crate::stage::generate::decide::{Fault, read_schema};
use crate::store::sql;

/// Reads every answer that was to be a schema again.
pub(super) fn check_answers(connection: &Connection) -> Result<VerifyCheck, EngineError> {
    let mut check = VerifyCheck::new("schemas that a model wrote are read from its answers as they were");
    sql::VERIFY_SCHEMA_ANSWERS.each::<rusqlite::Error>(connection, &[], |row| {
        let answer: String = row.get("answer")?;
        let (outcome, detail): (AttemptOutcome, Option<String>) = (row.get("outcome")?, row.get("detail")?);
        let problem: Option<String> = row.get("problem")?;
        let read = match problem {
            Some(problem) => Err(Fault::new(AttemptOutcome::InvalidSchema, problem)),
            None => read_schema(&answer),
        };
        let same = match read {
            Ok(()) => outcome == AttemptOutcome::Accepted,
            Err(fault) => outcome == fault.outcome && detail == Some(fault.detail),
        };
        let id: i64 = row.get("id")?;
        check.require(same, || format!("attempt {id}"));
        Ok(())
    })?;
    Ok(check)
}
