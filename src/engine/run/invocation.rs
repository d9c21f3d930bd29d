//! An invocation of `run`: its run file, its interrupts, and its summary.

use std::path::PathBuf;
use std::time::Instant;

use crate::dispatch::{GenerationSummary, StepSummary, calls};
use crate::engine::audience::Audience;
use crate::engine::channels;
use crate::engine::error::EngineError;
use crate::engine::live::refuse_live_file;
use crate::engine::options::{RunEvent, RunOptions, RunSummary, all_of};
use crate::engine::pipeline::{Pipeline, Policy};
use crate::engine::servers::{self, FoundServer};
use crate::engine::session::Session;
use crate::price::Money;
use crate::project::Project;
use crate::record::Stage;
use crate::stage::plan::Counts;
use crate::store::Access;
use crate::transport::Interrupts;
use crate::view::{money, status};

/// The path of the run file. A rehearsal has its own.
pub(in crate::engine) fn db_path(options: &RunOptions, project: &Project) -> PathBuf {
    let suffix = if options.sample { ".sample.db" } else { ".db" };
    options.db.clone().unwrap_or_else(|| project.dir.join(format!("{}{suffix}", project.config.run.name)))
}

/// Does `work`, which returns the files that it wrote, as an invocation of `run` on `servers`; returns its summary.
pub(super) fn hold<'o>(
    (project, servers): (&Project, &[FoundServer]),
    options: &RunOptions,
    policy: Policy,
    audience: &mut Audience<'o>,
    started: Instant,
    work: impl FnOnce(&mut Pipeline<'_, 'o>) -> Result<Vec<PathBuf>, EngineError>,
) -> Result<RunSummary, EngineError> {
    let db = db_path(options, project);
    // With an existing run file, its answers may suffice, and no key is needed.
    let needed = !db.exists() && policy.wants(Stage::Generate);
    let open = if needed { Some(channels::open_all(project, &policy.selection)?) } else { None };
    for note in channels::notes(open.as_deref().unwrap_or_default()) {
        audience.see(&RunEvent::Note(note.clone()));
    }
    let interrupts = if options.leaves_signals { Interrupts::default() } else { Interrupts::current() };
    let snapshot = Some(&project.snapshot).filter(|it| !it.is_null());
    Session::hold(&db, Access::Create, "run", snapshot, |session| {
        refuse_live_file(&session.connection, &session.path)?;
        session.heed(&interrupts)?;
        servers::record(session, servers)?;
        let lost_calls = session.unfinished.calls as u64;
        if lost_calls > 0 {
            audience.see(&RunEvent::Note(format!(
                "{} in flight when an earlier run was killed; they may have been billed, and are sent again",
                calls(lost_calls)
            )));
        }
        let mut pipeline = Pipeline::new(session, project, policy, audience);
        pipeline.interrupts = interrupts;
        pipeline.channels = open;
        let result = work(&mut pipeline);
        summarise(&mut pipeline, result, lost_calls, started)
    })
}

/// The summary of an invocation whose work ended with `result`. That of a failed one is kept for the audience.
fn summarise(
    pipeline: &mut Pipeline<'_, '_>,
    result: Result<Vec<PathBuf>, EngineError>,
    lost_calls: u64,
    started: Instant,
) -> Result<RunSummary, EngineError> {
    let generated = std::mem::take(&mut pipeline.outcome.generated);
    let interrupted = generated.interrupted || pipeline.session.is_interrupted();
    match result {
        Ok(files) => summary_of(pipeline, generated, files, lost_calls, started),
        // The interrupted stage was rolled back, and those before it are committed.
        Err(error) if interrupted && error.is_interruption() => {
            summary_of(pipeline, generated, Vec::new(), lost_calls, started)
        }
        Err(error) => {
            // The first error is returned; where it leaves a run file that cannot be read, there is no summary.
            if let Ok(summary) = summary_of(pipeline, generated, Vec::new(), lost_calls, started) {
                pipeline.audience.keep_failed(summary);
            }
            Err(error)
        }
    }
}

/// The summary of an invocation that generated what `generated` says and wrote `files`.
fn summary_of(
    pipeline: &mut Pipeline<'_, '_>,
    generated: GenerationSummary,
    files: Vec<PathBuf>,
    lost_calls: u64,
    started: Instant,
) -> Result<RunSummary, EngineError> {
    let session = &mut *pipeline.session;
    let interrupted = generated.interrupted || session.is_interrupted();
    // The summary of an interrupted run is read by statements, which must not be interrupted again.
    session.stop_heeding()?;
    session.out_of_budget = generated.budget.as_ref().map(ToString::to_string);
    // This may read all calls. Where nothing was paid, sums that the run file keeps have to do.
    let paid = generated.used.cost != Money::ZERO || generated.budget.is_some();
    let money = if paid { money::gather(&session.connection)? } else { money::gather_quickly(&session.connection)? };
    let of_task = money::of_task(&session.connection, paid)?;
    let steps = status::steps(&session.connection)?;
    // If it was interrupted before planning, the counts are those on record.
    let counts = if pipeline.outcome.counts == Counts::default() { all_of(&steps) } else { pipeline.outcome.counts };
    let names = pipeline.project.steps.iter().map(|setup| setup.config.step.name().to_owned());
    let step_work = names.zip(generated.steps.into_iter().chain(std::iter::repeat(StepSummary::default()))).collect();
    Ok(RunSummary {
        db: session.path.clone(),
        counts,
        steps,
        step_work,
        attempts: generated.attempts,
        calls: generated.calls,
        known: pipeline.outcome.known,
        from_tape: generated.from_tape,
        used: generated.used,
        money: Some(money),
        of_task,
        budget: generated.budget,
        requests_each: requests_each(pipeline.project),
        lost_calls,
        elapsed: started.elapsed(),
        files,
        interrupted,
        samples: pipeline.project.samples(),
        has_evidence: pipeline.project.steps.iter().any(|setup| !setup.config.evidence.is_empty()),
        limited: pipeline.outcome.limited,
        left_out: pipeline.policy.selection.left_out(pipeline.project),
    })
}

/// Whether generation was interrupted or ran out of budget; a [`Stop`](crate::dispatch::Stop) is an error. If it did
/// neither, the user may interrupt statements again.
pub(in crate::engine) fn has_stopped(pipeline: &mut Pipeline<'_, '_>) -> Result<bool, EngineError> {
    let generated = &pipeline.outcome.generated;
    let (abandoned, stopped) = (generated.abandoned, generated.stopped.clone());
    let cut_short = generated.interrupted || generated.budget.is_some() || pipeline.session.is_interrupted();
    if abandoned > 0 {
        pipeline.note(format!("given up: {} in flight, which may have been billed", calls(abandoned)));
    }
    if let Some(why) = stopped {
        return Err(EngineError::Stopped { why, pending: pipeline.outcome.counts.pending });
    }
    if !cut_short {
        let interrupts = pipeline.interrupts.clone();
        pipeline.session.heed(&interrupts)?;
    }
    Ok(cut_short)
}

/// The requests that a work item needs at least, in the step that needs most.
pub(in crate::engine) fn requests_each(project: &Project) -> u64 {
    project.steps.iter().map(|step| 1 + step.config.judges().len() as u64).max().unwrap_or(1)
}
