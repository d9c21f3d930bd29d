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

use super::audience::Audience;
use super::dry_run::{Estimate, estimate};
use super::error::EngineError;
use super::options::{RunEvent, RunOptions};
use super::servers;
use super::session::{Session, now};
use crate::record::{VariantAt, VariantId};
use crate::stage::canary;
use crate::store::{self, Access, sql};
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
    let pinned = Pinned::of(options)?;
    let mut at = VariantAt { number: 0, repeat: 1 };
    if pinned.db.exists() {
        let record = store::open(&pinned.db, Access::Read)?;
        let id = VariantId::of(&[serde_json::json!(pinned.pin.overlay)]);
        let found = sql::RECORD_VARIANT_ROWID.first(&record, &[(":variant_id", &id)], |row| row.get("id"))?;
        at.number = found.unwrap_or_default();
        at.repeat = canary::next_number(&record, &now())?;
    }
    let run = RunOptions { db: Some(pinned.db.clone()), ..options.run.clone() };
    estimate(&run, (pinned.project, at), watch)
}

/// Refuses the run file of another command.
fn check_file(prepared: &Prepared) -> Result<(), EngineError> {
    if !prepared.db.exists() {
        return Ok(());
    }
    let record = store::open(&prepared.db, Access::Read)?;
    match canary::other_command(&record)? {
        Some(command) => Err(CanaryError::OtherFile { file: prepared.db.display().to_string(), command }.into()),
        None => Ok(()),
    }
}
