//! Replaying the pipeline from the recorded inputs and the tape alone: with no network, and without writing anything.
//!
//! Every decided work item is replayed by itself, from its inputs: its row, its group, or the outputs of other steps
//! that its last attempt names. It has to ask the same questions and end the same way. By induction over the steps that
//! covers the whole pipeline; and since each work item is replayed with the inputs that it really had, a run that was
//! stopped, killed, cleaned or reviewed half-way can be verified like a finished one.

mod children;
pub(super) mod configuration;
mod decision;
mod exports;
mod figures;
mod item;
mod retrievals;
mod step;

use std::borrow::Cow;
use std::path::Path;

use rusqlite::Connection;

use super::check::VerifyCheck;
use super::error::EngineError;
use crate::record::VariantAt;
use crate::stage::generate::tape::Contexts;
use crate::store::sql;
use configuration::Configurations;
use decision::RecordedDecision;
use item::{ReplayEnd, work_out};
use step::ReplayStep;

/// Replays every decided work item, and compares derived work items and exports with the record.
pub(super) fn replayed(connection: &Connection, db: &Path) -> Result<Vec<VerifyCheck>, EngineError> {
    let steps = sql::VERIFY_STEPS.all(connection, &[], |row| {
        let at = VariantAt { number: row.get("variant")?, repeat: row.get("repeat")? };
        Ok((row.get::<_, i64>("position")?, ReplayStep { id: row.get("id")?, name: row.get("name")?, at }))
    })?;
    // Steps that write a schema are not part of the task: `verify::schemas` reads their answers again.
    let steps: Vec<ReplayStep> =
        steps.into_iter().filter(|(position, _)| *position >= 0).map(|(_, step)| step).collect();
    let mut configurations = Configurations::new(connection, db);
    let items = items(connection, &steps, &mut configurations)?;
    let children = children::check(connection, &steps, &mut configurations)?;
    let mut checks = vec![items, children];
    checks.extend(retrievals::check(connection)?);
    checks.push(exports::check(connection, db)?);
    checks.extend(figures::check(connection, db)?);
    Ok(checks)
}

fn items(
    connection: &Connection,
    steps: &[ReplayStep],
    configurations: &mut Configurations<'_>,
) -> Result<VerifyCheck, EngineError> {
    let mut check = VerifyCheck::new("the pipeline, replayed from the tape, gives the same outputs byte for byte");
    let marks: Vec<i64> = sql::REPLAY_TAPE_MARKS.all(connection, &[], |row| row.get("invocation"))?;
    let mut contexts = Contexts::default();
    let mut left = 0_u64;
    for step in steps {
        sql::REPLAY_DECIDED.each::<EngineError>(connection, &[(":step", &step.id)], |row| {
            let decided = RecordedDecision::read(row)?;
            // Decisions of people have a rule of their own.
            if decided.by_a_person {
                return Ok(());
            }
            let end = match configurations.of_task(decided.task, step)? {
                Some((configuration, place)) => {
                    work_out(connection, &configuration, place, (row, &decided), &marks, &mut contexts)?
                }
                None => ReplayEnd::NotKnown,
            };
            match end {
                ReplayEnd::Same => check.require(true, String::new),
                ReplayEnd::NotKnown => left += 1,
                ReplayEnd::Other(why) => check.require(false, || {
                    format!("work item {} of step {} comes to another end: {why}", decided.work_id, step.name)
                }),
            }
            Ok(())
        })?;
    }
    for problem in configurations.problems() {
        check.require(false, || problem.clone());
    }
    if left > 0 {
        let what = &check.what;
        check.what = Cow::Owned(format!("{what}; {left} work items wait for a new plan and are left out"));
    }
    Ok(check)
}
