//! Rules about attempts, and about the status of work items that follows from them.

use std::collections::HashMap;

use rusqlite::Connection;
use serde_json::Value;

use super::listed::listed;
use crate::engine::check::VerifyCheck;
use crate::engine::error::EngineError;
use crate::record::{AttemptOutcome, WorkStatus};
use crate::store::sql;

/// The outcomes for which `holds` is true, as a list.
fn outcomes(holds: impl Fn(AttemptOutcome) -> bool) -> Value {
    AttemptOutcome::ALL.iter().filter(|it| holds(**it)).map(|it| it.as_str()).collect::<Vec<_>>().into()
}

/// Checks attempts, and the decisions that follow from them.
pub(super) fn check(connection: &Connection) -> Result<Vec<VerifyCheck>, EngineError> {
    let answered = outcomes(|it| it.was_answered() && it.by_a_person().is_none());
    let mut checks = vec![
        listed(
            connection,
            "every answer that counts is on the tape",
            sql::VERIFY_UNANSWERED_ATTEMPTS,
            &[(":answered", &answered)],
            &|id| format!("attempt {id} has no recorded answer"),
        )?,
        listed(
            connection,
            "every attempt is about its own request, task and round",
            sql::VERIFY_ODD_ATTEMPTS,
            &[],
            &|id| format!("attempt {id} points at what is not its own"),
        )?,
        listed(connection, "no attempt is missing", sql::VERIFY_ATTEMPT_GAPS, &[], &|id| {
            format!("attempt {id} is not a first one, and there is none before it")
        })?,
    ];
    checks.push(listed(
        connection,
        "what was retrieved is of the knowledge that its task reads",
        sql::VERIFY_ODD_RETRIEVALS,
        &[],
        &|id| format!("retrieval {id} does not fit its attempt or its passages"),
    )?);
    checks.push(decided(connection)?);
    Ok(checks)
}

/// The status of a work item, and the attempt that decided it.
struct CheckedDecision<'r> {
    row: &'r rusqlite::Row<'r>,
    status: Option<WorkStatus>,
    reason: Option<String>,
    attempts: i64,
    last: Option<i64>,
    cache_id: String,
    has_output: bool,
}

fn decided(connection: &Connection) -> Result<VerifyCheck, EngineError> {
    let mut check = VerifyCheck::new("every decision has its attempt");
    let valid = outcomes(AttemptOutcome::has_valid_output);
    sql::VERIFY_DECIDED.each::<rusqlite::Error>(connection, &[], |row| {
        let decided = CheckedDecision {
            row,
            status: row.get::<_, String>("status")?.parse().ok(),
            reason: row.get("reason")?,
            attempts: row.get("attempts")?,
            last: row.get("last_attempt")?,
            cache_id: row.get("cache_id")?,
            has_output: row.get::<_, Option<i64>>("cache_entry")?.is_some(),
        };
        let (work_id, step): (String, String) = (row.get("work_id")?, row.get("step")?);
        let fine = decided.is_whole()? && decided.follows(connection, &valid)?;
        check.require(fine, || format!("work item {work_id} of step {step} is decided otherwise than its attempts"));
        Ok(())
    })?;
    Ok(check)
}

impl CheckedDecision<'_> {
    /// Whether its other columns agree with its status.
    fn is_whole(&self) -> rusqlite::Result<bool> {
        let Some(status) = self.status else { return Ok(false) };
        let is_tried = self.last.is_some() && self.attempts > 0;
        let is_untried = self.last.is_none() && self.attempts == 0;
        let has_task = !self.cache_id.is_empty();
        Ok(match status {
            WorkStatus::Pending => self.reason.is_none() && !self.has_output && (is_untried || (is_tried && has_task)),
            WorkStatus::Skipped => self.reason.is_some() && !self.has_output && is_untried,
            WorkStatus::Blocked => self.reason.is_some() && !self.has_output && is_untried && !has_task,
            WorkStatus::Accepted => self.reason.is_none() && is_tried && has_task && self.row.get("is_its_output")?,
            WorkStatus::Rejected | WorkStatus::Failed => {
                self.reason.is_none() && is_tried && has_task && !self.has_output
            }
        })
    }

    /// Whether its status and its number of attempts follow from its attempts.
    fn follows(&self, connection: &Connection, valid: &Value) -> rusqlite::Result<bool> {
        if self.last.is_none() {
            return Ok(true);
        }
        let row = self.row;
        let Ok(outcome) = row.get::<_, String>("outcome")?.parse::<AttemptOutcome>() else { return Ok(false) };
        let by_a_person = outcome.by_a_person();
        if !row.get::<_, bool>("is_own")? || (by_a_person.is_none() && !row.get::<_, bool>("same_round")?) {
            return Ok(false);
        }
        if let Some(status) = by_a_person {
            let before = row.get::<_, i64>("number")? - 1;
            return Ok(self.status == Some(status) && self.attempts == before);
        }
        let number: i64 = row.get("number")?;
        let has_candidates = row.get::<_, Option<i64>>("candidate")?.is_some();
        let is_open = self.status == Some(WorkStatus::Pending);
        if outcome == AttemptOutcome::Accepted && !has_candidates {
            return Ok(self.status == Some(WorkStatus::Accepted) && self.attempts == number);
        }
        if !outcome.was_answered() && !has_candidates {
            return Ok((is_open || self.status == Some(WorkStatus::Failed)) && self.attempts == number);
        }
        let sample: i64 = row.get("last_sample")?;
        let (mut numbers, mut any_valid) = (HashMap::new(), false);
        sql::VERIFY_TRIED.each::<rusqlite::Error>(
            connection,
            &[
                (":work_item", &row.get::<_, i64>("work_item")?),
                (":cache_id", &self.cache_id),
                (":round", &row.get::<_, Option<i64>>("last_round")?),
                (":sample", &row.get::<_, i64>("sample")?),
                (":valid", valid),
            ],
            |tried| {
                let (of, number): (i64, i64) = (tried.get("sample")?, tried.get("number")?);
                let most = numbers.entry(of).or_insert(number);
                *most = number.max(*most);
                any_valid |= of == sample && tried.get::<_, bool>("is_valid")?;
                Ok(())
            },
        )?;
        let attempts: i64 = numbers.values().sum();
        let status = match outcome {
            AttemptOutcome::Accepted => WorkStatus::Accepted,
            _ if !outcome.was_answered() => WorkStatus::Failed,
            _ if any_valid => WorkStatus::Rejected,
            _ => WorkStatus::Failed,
        };
        Ok((is_open || self.status == Some(status)) && self.attempts == attempts)
    }
}
