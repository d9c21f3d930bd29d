//! An evaluation: the stages of a run under each variant of the experiment, and in each repeat, in one invocation.
//!
//! The input is ingested once. Variants are worked on one after the other, repeat by repeat, each with its own steps in
//! the record (`VariantAt`); they share the work items and the tape, so that equal requests are asked once. What is
//! on record is not asked again: the same command goes on, and a variant that was added asks only for its own.

mod at_work;
mod checks;
mod compiled;
mod dry_run;
mod measuring;
mod options;
mod others;
mod select;
mod summary;
mod work;

use std::path::Path;
use std::time::Instant;

use super::audience::Audience;
use super::error::EngineError;
use super::live::refuse_live_file;
use super::measure::check_other;
use super::options::RunEvent;
use super::pipeline::{Pipeline, Policy};
use super::run::{acquired, db_path};
use super::servers::{self, Inquiry};
use super::session::Session;
use crate::project::{Acquired, Project};
use crate::store::Access;
use crate::transport::Interrupts;
use at_work::EvalWork;
use compiled::Prepared;

pub use dry_run::{VariantEstimate, dry_run_eval};
pub use options::EvalOptions;
pub use summary::{EvalSummary, VariantStop, VariantWork};

/// Runs what is missing of an experiment.
pub fn eval(options: &EvalOptions, audience: &mut Audience<'_>) -> Result<EvalSummary, EngineError> {
    let started = Instant::now();
    Interrupts::listen()?;
    let base = Project::of(options.run.origin())?;
    let db = db_path(&options.run, &base);
    if let Some(path) = &options.against {
        check_other(path, &db)?;
    }
    let base = with_table(base, &db, options, audience)?;
    let (prepared, notes) = Prepared::of(options, (base, &db), Inquiry::Network)?;
    prepared.check(&db, &options.run)?;
    for note in notes {
        audience.see(&RunEvent::Note(note));
    }
    let interrupts = Interrupts::current();
    let snapshot = Some(&prepared.base.snapshot).filter(|it| !it.is_null());
    Session::hold(&db, Access::Create, "eval", snapshot, |session| {
        refuse_live_file(&session.connection, &session.path)?;
        session.heed(&interrupts)?;
        servers::record(session, &prepared.servers)?;
        let mut work = EvalWork::begin(session, &prepared, (options, audience), interrupts.clone());
        let result = work.run();
        work.end(result, started)
    })
}

/// The task with the table that its command writes, if it has one: from the record, or fetched now. What was fetched is
/// kept at once, whatever comes after.
fn with_table(
    base: Project,
    db: &Path,
    options: &EvalOptions,
    audience: &mut Audience<'_>,
) -> Result<Project, EngineError> {
    if base.config.experiment.is_none() {
        return Err(EngineError::NoExperiment);
    }
    let policy = Policy::of(&options.run, &base)?;
    let acquired = acquired(&base, &options.run, &policy)?;
    let base = base.with_acquired(acquired);
    if base.acquired().is_some_and(Acquired::is_fresh) {
        let snapshot = Some(&base.snapshot).filter(|it| !it.is_null());
        Session::hold(db, Access::Create, "eval", snapshot, |session| {
            Pipeline::new(session, &base, policy, audience).acquire()
        })?;
    }
    Ok(base)
}
