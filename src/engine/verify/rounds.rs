//! Rules about rounds and plans: their order, and the rows that they refer to.

use std::collections::HashMap;

use rusqlite::Connection;

use super::listed::listed;
use crate::engine::check::VerifyCheck;
use crate::engine::error::EngineError;
use crate::store::sql;

/// Checks rounds and plans.
pub(super) fn check(connection: &Connection) -> Result<Vec<VerifyCheck>, EngineError> {
    let plans = listed(connection, "every plan is of its step's task", sql::VERIFY_ODD_PLANS, &[], &|id| {
        format!("plan {id} names what does not go with it")
    })?;
    let knowledge = "every plan is of the knowledge that its task reads";
    let knowledge = listed(connection, knowledge, sql::VERIFY_ODD_PLAN_KNOWLEDGE, &[], &|id| {
        format!("plan {id} names a data set that does not go with it")
    })?;
    let aside = "what was set aside was opened again since";
    let aside = listed(connection, aside, sql::VERIFY_ODD_SET_ASIDE, &[], &|id| format!("standing {id}"))?;
    Ok(vec![rounds(connection)?, plans, knowledge, aside])
}

fn rounds(connection: &Connection) -> Result<VerifyCheck, EngineError> {
    let mut check = VerifyCheck::new("rounds are in order");
    let mut numbers: HashMap<i64, i64> = HashMap::new();
    let mut latest = 0;
    sql::VERIFY_ROUNDS.each::<rusqlite::Error>(connection, &[], |row| {
        let (id, invocation): (i64, i64) = (row.get("id")?, row.get("invocation")?);
        let number = numbers.entry(invocation).or_default();
        *number += 1;
        let is_next = row.get::<_, i64>("number")? == *number && invocation >= latest;
        let may_end = row.get::<_, String>("kind")? == "force"
            && row.get::<_, Option<i64>>("ended_in")?.is_none_or(|ended_in| ended_in >= invocation);
        let is_ended: bool = row.get("is_ended")?;
        check.require(is_next && (may_end || !is_ended), || format!("round {id}"));
        latest = latest.max(invocation);
        Ok(())
    })?;
    Ok(check)
}
