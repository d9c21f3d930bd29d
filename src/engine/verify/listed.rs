//! Rules that one statement checks.

use rusqlite::Connection;
use rusqlite::types::ValueRef;

use crate::engine::check::{NAMED, VerifyCheck};
use crate::engine::error::EngineError;
use crate::store::{self, Statement};

/// A rule that holds if `statement` returns no rows.
pub(super) fn listed(
    connection: &Connection,
    what: &'static str,
    statement: Statement,
    parameters: store::NamedParameters<'_>,
    problem: &dyn Fn(String) -> String,
) -> Result<VerifyCheck, EngineError> {
    let mut check = VerifyCheck { checked: 1, ..VerifyCheck::new(what) };
    let found = statement.all(connection, parameters, |row| {
        row.get_ref(0).map(|value| match value {
            ValueRef::Text(text) => String::from_utf8_lossy(text).into_owned(),
            ValueRef::Integer(number) => number.to_string(),
            _ => String::new(),
        })
    })?;
    check.problems = found.into_iter().take(NAMED).map(problem).collect();
    Ok(check)
}
