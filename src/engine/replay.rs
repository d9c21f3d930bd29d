//! The pipeline once more, from the recorded rows and the tape alone.

use std::path::Path;

use rusqlite::backup::{Backup, StepResult};
use rusqlite::{Connection, ffi};
use serde_json::json;

use super::audience::Audience;
use super::error::EngineError;
use super::generate::{Answers, generate};
use super::session::{Session, now};
use super::stages::{Planning, contract_stages, derive_stage, export_request, export_stage, plan_stage};
use super::upkeep::recorded;
use super::verify::Check;
use super::{Progress, links, task};
use crate::config::Each;
use crate::record::{InvocationStatus, Stage};
use crate::stage::artifact::Artifact;
use crate::stage::derive;
use crate::stage::plan::{self, Grouping, ImageSource};
use crate::store::{Access, sql};
use crate::transport::Interrupts;

/// How many pages are copied between two looks at whether the user wants to stop.
const PAGES: i32 = 1_000;

/// Runs contract, plan, generate and export again in a copy, from the recorded rows and the tape alone. Every step's
/// work items are held against the record, and what the last step exports byte for byte.
pub(super) fn replayed(connection: &Connection) -> Result<Check, EngineError> {
    let mut check = Check::new("the pipeline, replayed from the tape, gives the same outputs byte for byte");
    // The folder goes away when the replay is interrupted, too.
    let interrupts = Interrupts::current();
    let _deferred = interrupts.defer_exit();
    let dir = tempfile::tempdir().map_err(|source| EngineError::Write { path: std::env::temp_dir(), source })?;
    let path = dir.path().join("replay.db");
    copy(connection, &path, &interrupts)?;
    let mut session = Session::begin(&path, Access::Write, "verify", None)?;
    let plan = match recorded(&mut session) {
        Ok(plan) => plan,
        Err(EngineError::Empty(_)) => return Ok(check),
        Err(error) => return Err(error),
    };
    let request = export_request(&plan.project, &plan.dataset.columns, plan.step);

    let invocation = session.invocation;
    let tx = session.transaction()?;
    sql::RECORD_INSERT_SET_ASIDE.execute(
        &tx,
        &[(":invocation", &invocation), (":stage", &Stage::Contract), (":tape", &false), (":now", &now())],
    )?;
    tx.commit()?;
    // What the record says now, not what an earlier export made of it.
    let before = export_stage(&mut session, &request)?;
    let tx = session.transaction()?;
    sql::VERIFY_CREATE_OUTCOME.execute(&tx, &[])?;
    sql::VERIFY_REMEMBER_OUTCOMES.execute(&tx, &[])?;
    sql::VERIFY_OPEN_ITEMS.execute(&tx, &[])?;
    sql::VERIFY_REOPEN_DECIDED.execute(&tx, &[])?;
    tx.commit()?;
    contract_stages(&mut session, &plan.project)?;
    let compiled = task::compile_all(&plan.project, &plan.dataset.columns)?;
    let groupings: Vec<Grouping> = compiled.iter().map(|it| it.grouping).collect();
    let tx = session.transaction()?;
    let tasks = task::record_all(&tx, &plan.project, compiled, &now())?;
    let mut links = links::links(&tx, &plan.project, &tasks, &plan.dataset.columns)?;
    // Nothing is taken from the record but answers.
    links.use_cache = false;
    tx.commit()?;
    for ((setup, (task, context)), grouping) in plan.project.steps.iter().zip(&tasks).zip(groupings) {
        if setup.config.step.each == Each::Source {
            let inputs = json!({"replay": true});
            let (context, dataset, images) = (context.as_ref(), &plan.dataset, ImageSource::Record);
            plan_stage(&mut session, &plan.project, task, Planning { context, dataset, grouping, images, inputs })?;
        }
    }
    sql::DERIVE_FORGET_ALL.execute(&session.connection, &[])?;
    for link in &links.all {
        derive_stage(&mut session, &links, link)?;
    }
    sql::VERIFY_LEAVE_OPEN.execute(&session.connection, &[])?;
    let steps = links::working(&plan.project, &tasks);
    let mut nobody = |_: &Progress| {};
    let mut audience = Audience::new(&mut nobody);
    let counts = plan::Counts::default();
    generate(&mut session, &steps, &links, Answers::Replay, i64::MAX, counts, &mut audience)?;
    sql::VERIFY_OPEN_AGAIN.execute(&session.connection, &[])?;
    let tx = session.transaction()?;
    derive::number(&tx, &links)?;
    tx.commit()?;
    sql::VERIFY_OUTCOMES.each::<rusqlite::Error>(&session.connection, &[], |row| {
        let (step, work_id): (String, String) = (row.get("step")?, row.get("work_id")?);
        check.look(row.get("same")?, || format!("work item {work_id} of step {step} comes to another end"));
        Ok(())
    })?;
    let after = export_stage(&mut session, &request)?;
    session.end(InvocationStatus::Done, None)?;
    compare(&mut check, &before, &after);
    Ok(check)
}

/// Copies the record to `path`, unless the user stops it.
fn copy(connection: &Connection, path: &Path, interrupts: &Interrupts) -> Result<(), EngineError> {
    let mut scratch = Connection::open(path)?;
    let backup = Backup::new(connection, &mut scratch)?;
    loop {
        match backup.step(PAGES)? {
            _ if interrupts.asked() => return Err(EngineError::Interrupted),
            StepResult::Done => return Ok(()),
            StepResult::More => {}
            _ => return Err(rusqlite::Error::SqliteFailure(ffi::Error::new(ffi::SQLITE_BUSY), None).into()),
        }
    }
}

fn compare(check: &mut Check, before: &[Artifact], after: &[Artifact]) {
    for (was, is) in before.iter().zip(after) {
        check.look(was.sha1 == is.sha1, || {
            format!(
                "{}: {} bytes with sha1 {} on record, {} bytes with sha1 {} replayed",
                was.name, was.bytes, was.sha1, is.bytes, is.sha1
            )
        });
    }
}
