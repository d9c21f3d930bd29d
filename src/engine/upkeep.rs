//! What is done to a run file beside running it: exports and reports again, trying again, setting aside.

use std::path::{Path, PathBuf};

use serde_json::Value;

use super::error::EngineError;
use super::project::Project;
use super::session::{Session, now};
use super::stages::{export_request, export_stage, report_stage};
use super::{files, task};
use crate::config::OutputFormat;
use crate::record::{AttemptOutcome, Stage, WorkStatus};
use crate::stage::ingest::{self, Dataset};
use crate::stage::record::Marks;
use crate::store::{Access, sql};
use crate::view::item;

/// Which work items to try again.
#[derive(Clone, Debug, Default)]
pub struct Selection {
    /// All failed ones.
    pub failed: bool,
    /// All rejected ones.
    pub rejected: bool,
    /// Failed and rejected ones whose last attempt ended in one of these ways.
    pub kinds: Vec<AttemptOutcome>,
    /// Those with these ids, or beginnings of ids.
    pub work_ids: Vec<String>,
}

/// What was set aside.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cleaned {
    /// Work items that are open again.
    pub work_items: u64,
    /// Attempts that no longer count.
    pub attempts: u64,
    /// Answers that the tape no longer gives.
    pub calls: u64,
}

/// What the newest plan of a run file was made of.
pub(super) struct Recorded {
    pub(super) project: Project,
    pub(super) dataset: Dataset,
    /// The last step's rowid.
    pub(super) step: i64,
}

/// Reads the newest configuration and plan from the record.
pub(super) fn recorded(session: &mut Session) -> Result<Recorded, EngineError> {
    let path = session.path.clone();
    let empty = || EngineError::Empty(path.clone());
    let dir = session.path.parent().map(Path::to_owned).unwrap_or_default();
    let tx = session.transaction()?;
    let snapshot: Value = sql::RECORD_LATEST_CONFIG.first(&tx, &[], |row| row.get("snapshot"))?.ok_or_else(empty)?;
    let dataset: Option<i64> = sql::RECORD_LATEST_DATASET.first(&tx, &[], |row| row.get("dataset"))?;
    let outputs = serde_json::json!({"dataset": dataset.ok_or_else(empty)?});
    let dataset = ingest::recorded(&tx, &outputs)?.ok_or_else(empty)?;
    let project = Project::recorded(&snapshot, &dir)?;
    let name = project.config.step.name();
    let step = sql::RECORD_STEP_ROWID.first(&tx, &[(":name", &name)], |row| row.get("id"))?.ok_or_else(empty)?;
    tx.commit()?;
    // What cannot be compiled any more is said before anything is made of it.
    task::compile_all(&project, &dataset.columns)?;
    Ok(Recorded { project, dataset, step })
}

/// Writes the exports again from the record, into `dir` or where the configuration says.
pub fn export(db: &Path, dir: Option<&Path>, formats: &[OutputFormat]) -> Result<Vec<PathBuf>, EngineError> {
    let mut session = Session::begin(db, Access::Write, "export", None)?;
    let result = (|| {
        let recorded = recorded(&mut session)?;
        let mut request = export_request(&recorded.project, &recorded.dataset.columns, recorded.step);
        if !formats.is_empty() {
            request.formats = formats.to_vec();
        }
        let artifacts = export_stage(&mut session, &request)?;
        files::write(&session.connection, &target(&recorded.project, dir), &artifacts)
    })();
    session.conclude(result)
}

/// Writes the report again from the record.
pub fn report(db: &Path, dir: Option<&Path>) -> Result<Vec<PathBuf>, EngineError> {
    let mut session = Session::begin(db, Access::Write, "report", None)?;
    let result = (|| {
        let recorded = recorded(&mut session)?;
        let request = export_request(&recorded.project, &recorded.dataset.columns, recorded.step);
        let artifacts = report_stage(&mut session, &recorded.project, &request)?;
        files::write(&session.connection, &target(&recorded.project, dir), &artifacts)
    })();
    session.conclude(result)
}

fn target(project: &Project, dir: Option<&Path>) -> PathBuf {
    dir.map_or_else(|| project.out_dir(), Path::to_owned)
}

/// Opens work items again, each with a new sample, so that the tape does not answer; returns how many.
pub fn retry(db: &Path, selection: &Selection) -> Result<usize, EngineError> {
    if !selection.failed && !selection.rejected && selection.kinds.is_empty() && selection.work_ids.is_empty() {
        return Err(EngineError::NothingSelected);
    }
    let mut session = Session::begin(db, Access::Write, "retry", None)?;
    let result = (|| {
        let tx = session.transaction()?;
        let mut opened = 0;
        // Named work items first: one that is also failed is opened once.
        let mut named = Vec::new();
        for prefix in &selection.work_ids {
            named.push(item::find(&tx, prefix)?.rowid);
        }
        named.sort_unstable();
        named.dedup();
        for id in named {
            opened += sql::CLEAN_RETRY_ITEM.execute(&tx, &[(":work_item", &id)])?;
        }
        for (wanted, status) in [(selection.failed, WorkStatus::Failed), (selection.rejected, WorkStatus::Rejected)] {
            if wanted {
                opened += sql::CLEAN_RETRY_STATUS.execute(&tx, &[(":status", &status)])?;
            }
        }
        for kind in &selection.kinds {
            opened += sql::CLEAN_RETRY_KIND.execute(&tx, &[(":kind", kind)])?;
        }
        tx.commit()?;
        Ok(opened)
    })();
    session.conclude(result)
}

/// Sets aside what a stage and all after it left. Nothing is deleted; the tape still answers unless `tape` is set.
pub fn clean(db: &Path, from: Stage, tape: bool) -> Result<Cleaned, EngineError> {
    if tape && from > Stage::Generate {
        return Err(EngineError::TapeInUse { stage: from.as_str() });
    }
    let mut session = Session::begin(db, Access::Write, "clean", None)?;
    let result = (|| {
        let invocation = session.invocation;
        let tx = session.transaction()?;
        let before = Marks::of(&tx, Stage::Generate)?;
        let count = |statement: crate::store::Statement, after: i64| {
            statement.row(&tx, &[(":after", &after)], |row| row.get::<_, i64>("n")).map(i64::unsigned_abs)
        };
        let mut cleaned = Cleaned::default();
        if from <= Stage::Generate {
            cleaned.attempts = count(sql::CLEAN_COUNT_ATTEMPTS, before.attempt)?;
            cleaned.work_items = sql::CLEAN_COUNT_DECIDED.row(&tx, &[], |row| row.get::<_, i64>("n"))?.unsigned_abs();
            sql::CLEAN_REOPEN_DECIDED.execute(&tx, &[])?;
        }
        if tape {
            cleaned.calls = count(sql::CLEAN_COUNT_CALLS, before.call)?;
        }
        sql::RECORD_INSERT_SET_ASIDE
            .execute(&tx, &[(":invocation", &invocation), (":stage", &from), (":tape", &tape), (":now", &now())])?;
        tx.commit()?;
        Ok(cleaned)
    })();
    session.conclude(result)
}
