//! What is done to a run file beside running it: exports and reports again, trying again, setting aside.

use std::path::{Path, PathBuf};

use rusqlite::Connection;
use serde_json::{Value, json};

use super::error::EngineError;
use super::project::Project;
use super::session::{Session, now};
use super::stages::{export_request, export_stage, report_stage};
use super::{files, task};
use crate::config::OutputFormat;
use crate::record::{AttemptOutcome, RoundKind, Stage, WorkStatus};
use crate::stage::ingest::{self, Dataset};
use crate::stage::record::{self, Marks, Round};
use crate::stage::standing::{self, Choice, Sample};
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

/// Reads the newest configuration and plan from the run file at `path`.
pub(super) fn recorded(connection: &Connection, path: &Path) -> Result<Recorded, EngineError> {
    let empty = || EngineError::Empty(path.to_owned());
    let dir = path.parent().map(Path::to_owned).unwrap_or_default();
    let snapshot = sql::RECORD_LATEST_CONFIG.first(connection, &[], |row| row.get::<_, Value>("snapshot"))?;
    let dataset: Option<i64> = sql::RECORD_LATEST_DATASET.first(connection, &[], |row| row.get("dataset"))?;
    let outputs = serde_json::json!({"dataset": dataset.ok_or_else(empty)?});
    let dataset = ingest::recorded(connection, &outputs)?.ok_or_else(empty)?;
    let project = Project::recorded(&snapshot.ok_or_else(empty)?, &dir)?;
    let name = project.config.step.name();
    let step = sql::RECORD_STEP_ROWID.first(connection, &[(":name", &name)], |row| row.get("id"))?.ok_or_else(empty)?;
    // What cannot be compiled any more is said before anything is made of it.
    task::compile_all(&project, &dataset.columns)?;
    Ok(Recorded { project, dataset, step })
}

/// Writes the exports again from the record, into `dir` or where the configuration says.
pub fn export(db: &Path, dir: Option<&Path>, formats: &[OutputFormat]) -> Result<Vec<PathBuf>, EngineError> {
    let mut session = Session::begin(db, Access::Write, "export", None)?;
    let result = (|| {
        let recorded = recorded(&session.connection, &session.path)?;
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
        let recorded = recorded(&session.connection, &session.path)?;
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
        let invocation = session.invocation;
        let tx = session.transaction()?;
        for prefix in &selection.work_ids {
            standing::choose(&tx, Choice::WorkItem(item::find(&tx, prefix)?.rowid))?;
        }
        for (wanted, status) in [(selection.failed, WorkStatus::Failed), (selection.rejected, WorkStatus::Rejected)] {
            if wanted {
                standing::choose(&tx, Choice::Status(status))?;
            }
        }
        for kind in &selection.kinds {
            standing::choose(&tx, Choice::Kind(kind))?;
        }
        let kinds: Vec<&str> = selection.kinds.iter().map(|it| it.as_str()).collect();
        let detail = json!({
            "failed": selection.failed, "rejected": selection.rejected, "kinds": kinds, "work_ids": selection.work_ids,
        });
        let (kind, stage) = (RoundKind::Retry, Stage::Generate);
        let begun = Round { kind, stage, tape: false, sample: None, detail: &detail };
        let round = record::round(&tx, invocation, &begun, &now())?;
        let opened = standing::reopen(&tx, round, Sample::Anew)?;
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
        let count = |statement: crate::store::Statement, name: &'static str, after: i64| {
            statement.row(&tx, &[(name, &after)], |row| row.get::<_, i64>("n")).map(i64::unsigned_abs)
        };
        let mut cleaned = Cleaned::default();
        if tape {
            cleaned.calls = count(sql::CLEAN_COUNT_CALLS, ":after", before.tape)?;
        }
        let detail = json!({});
        let round = Round { kind: RoundKind::Clean, stage: from, tape, sample: None, detail: &detail };
        let round = record::round(&tx, invocation, &round, &now())?;
        if from <= Stage::Generate {
            cleaned.attempts = count(sql::CLEAN_COUNT_ATTEMPTS, ":round", before.round)?;
            standing::choose(&tx, Choice::All)?;
            let (_, decided) = standing::chosen(&tx)?;
            cleaned.work_items = decided as u64;
            standing::reopen(&tx, round, Sample::Same)?;
        }
        tx.commit()?;
        Ok(cleaned)
    })();
    session.conclude(result)
}
