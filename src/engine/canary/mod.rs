//! A canary: the pinned task is asked again, with samples of its own, about a small set of rows, and what it answers is
//! held against the promotion's record, or else against the first canary.
//!
//! It has a run file of its own, in which each run is a repeat of the pinned variant. `prepared` reads and compiles
//! what is asked, `work` asks it, `findings` compares it and puts that on record.

mod at_work;
pub(super) mod error;
mod findings;
mod options;
mod prepared;
mod work;

use std::path::Path;

use rusqlite::ToSql;
use serde_json::Value;

use super::audience::Audience;
use super::dry_run::{Estimate, estimate};
use super::error::EngineError;
use super::input;
use super::options::{RunEvent, RunOptions};
use super::servers::{self, Inquiry};
use super::session::{Session, now};
use crate::config::Pin;
use crate::project::Project;
use crate::record::{VariantAt, VariantId, canonical};
use crate::stage::canary;
use crate::store::{self, Access, OpenError, sql};
use crate::transport::Interrupts;
use at_work::CanaryRun;
use prepared::{Pinned, Prepared};

pub use error::CanaryError;
pub use options::{CanaryOptions, CanarySummary};

/// Asks the pinned task about the canary set, and compares its answers. A run that was killed or stopped is finished,
/// if it is the same task over the same rows and began within a day.
pub fn canary(options: &CanaryOptions, audience: &mut Audience<'_>) -> Result<CanarySummary, EngineError> {
    Interrupts::listen()?;
    let (mut prepared, notes) = Prepared::of(options)?;
    prepared.check(&options.run)?;
    check_file(&prepared)?;
    for note in notes {
        audience.see(&RunEvent::Note(note));
    }
    let interrupts = Interrupts::current();
    let snapshot = Some(prepared.project.snapshot.clone()).filter(|it| !it.is_null());
    let db = prepared.db.clone();
    Session::hold(&db, Access::Create, "canary", snapshot.as_ref(), |session| {
        session.heed(&interrupts)?;
        servers::record(session, &prepared.servers)?;
        // A limit is for each run of the canary.
        let (calls, pico) = canary::spent_before(&session.connection)?;
        let budget = &mut prepared.project.config.budget;
        budget.max_requests = budget.max_requests.map(|most| most.saturating_add(calls));
        #[expect(clippy::cast_precision_loss, reason = "16 digits are enough")]
        let spent = pico as f64 / 1e12;
        budget.max_cost_usd = budget.max_cost_usd.map(|most| most + spent);
        CanaryRun::new(session, &prepared, (options, audience), interrupts.clone()).run()
    })
}

/// Estimates what the next run of the canary asks and costs. Nothing is sent or written.
pub fn dry_run_canary(options: &CanaryOptions, watch: &mut dyn FnMut(&RunEvent)) -> Result<Estimate, EngineError> {
    let Pinned { pin, project, db, .. } = Pinned::of(options)?;
    let (project, _) = servers::resolve(project, Some(&db), Inquiry::Record)?;
    let at = next_at(&db, &pin, &project)?;
    let run = RunOptions { db: Some(db), ..options.run.clone() };
    estimate(&run, (project, at), watch)
}

/// The variant and the repeat of the next run of the canary in the run file at `db`: those of one that is not finished,
/// if it asks the same. A variant that is not on record has the number 0.
fn next_at(db: &Path, pin: &Pin, project: &Project) -> Result<VariantAt, EngineError> {
    let first = VariantAt { number: 0, repeat: 1 };
    let record = match store::open(db, Access::Read) {
        Ok(record) => record,
        Err(OpenError::Missing(_) | OpenError::Empty(_)) => return Ok(first),
        Err(error) => return Err(error.into()),
    };
    let id = VariantId::of(&[serde_json::json!(pin.overlay)]);
    let number = sql::RECORD_VARIANT_ROWID.first(&record, &[(":variant_id", &id)], |row| row.get("id"))?;
    let number = number.unwrap_or_default();
    let Some(begun) = canary::begun(&record, &now())? else { return Ok(VariantAt { number, ..first }) };
    let of: [(&'static str, &dyn ToSql); 1] = [(":dataset", &begun.work.dataset)];
    let dataset: Option<String> = sql::INGEST_DATASET.first(&record, &of, |row| row.get("dataset_id"))?;
    let of: [(&'static str, &dyn ToSql); 1] = [(":config", &begun.work.config)];
    let snapshot: Option<Value> = sql::REPLAY_CONFIG.first(&record, &of, |row| row.get("snapshot"))?;
    let is_same = begun.work.variant == number
        && snapshot.is_some_and(|it| canonical::to_string(&it) == canonical::to_string(&project.snapshot))
        && dataset == Some(input::open(project)?.0.dataset_id().to_string());
    let goes_on = is_same && begun.is_recent && !begun.is_finished;
    Ok(VariantAt { number, repeat: begun.number + u32::from(!goes_on) })
}

/// Refuses the run file of another command.
fn check_file(prepared: &Prepared) -> Result<(), EngineError> {
    if !prepared.db.exists() {
        return Ok(());
    }
    let record = match store::open(&prepared.db, Access::Read) {
        Ok(record) => record,
        // Another writer has just made it, or was killed as it did: the lock says which.
        Err(OpenError::Empty(_)) => return Ok(()),
        Err(error) => return Err(error.into()),
    };
    match canary::other_command(&record)? {
        Some(command) => Err(CanaryError::OtherFile { file: prepared.db.display().to_string(), command }.into()),
        None => Ok(()),
    }
}
