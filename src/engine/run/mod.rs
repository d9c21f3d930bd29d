//! A run: every stage, with the models that the configuration names. Where a schema is still missing, `author` has a
//! model write it first. Errors in the configuration are found before anything is written.

pub(super) mod author;

use std::path::PathBuf;
use std::time::Instant;

use super::audience::Audience;
use super::compile::{self, CompiledStep};
use super::error::EngineError;
use super::input::{self, InputTable};
use super::options::{RunEvent, RunOptions, RunSummary};
use super::pipeline::{Pipeline, Policy};
use super::pricing::check_budget;
use super::session::Session;
use super::stages::{export_request, export_stage, report_stage};
use super::{channels, files, notes};
use crate::dispatch::calls;
use crate::price::Money;
use crate::project::Project;
use crate::record::Stage;
use crate::stage::artifact::Artifact;
use crate::stage::ingest;
use crate::stage::plan::Counts;
use crate::store::Access;
use crate::transport::Interrupts;
use crate::view::{money, status};

/// Runs the stages of a configuration.
pub fn run(options: &RunOptions, watch: &mut dyn FnMut(&RunEvent)) -> Result<RunSummary, EngineError> {
    run_with(options, &mut Audience::new(watch))
}

/// [`run`] with an audience, which may also receive each decided work item.
pub fn run_with(options: &RunOptions, audience: &mut Audience<'_>) -> Result<RunSummary, EngineError> {
    let started = Instant::now();
    if !options.leaves_signals {
        Interrupts::listen()?;
    }
    let mut project = Project::of(options.origin())?;
    let mut before = None;
    if author::is_due(&project, options)? {
        let (written, summary) = author::author(&project, options, audience, started)?;
        if summary.interrupted || summary.budget.is_some() || options.to == Some(Stage::Schema) {
            return Ok(summary);
        }
        project = Project::with_written(options.origin(), &written)?;
        before = Some(summary);
    }
    // Errors in the configuration are found before anything is written.
    let (source, table) = input::open(&project)?;
    let compiled = compile::compile_all(&project, table.columns())?;
    check_budget(&project)?;
    for note in compiled.iter().flat_map(|it| &it.notes) {
        audience.see(&RunEvent::Note(note.clone()));
    }
    let policy = policy(options);
    let summary =
        hold(&project, options, policy, audience, started, |pipeline| run_stages(pipeline, &source, table, compiled))?;
    Ok(match before {
        Some(before) => summary.after(before),
        None => summary,
    })
}

/// The policy of a run with these options.
fn policy(options: &RunOptions) -> Policy {
    let RunOptions { from, to, limit, max_failures, .. } = *options;
    Policy { from, to, limit, max_failures, ..Policy::EVERYTHING }
}

/// The path of the run file. A rehearsal has its own.
pub(super) fn db_path(options: &RunOptions, project: &Project) -> PathBuf {
    let suffix = if options.sample { ".sample.db" } else { ".db" };
    options.db.clone().unwrap_or_else(|| project.dir.join(format!("{}{suffix}", project.config.run.name)))
}

/// Does `work`, which returns the files that it wrote, as an invocation of `run`; returns its summary.
fn hold<'o>(
    project: &Project,
    options: &RunOptions,
    policy: Policy,
    audience: &mut Audience<'o>,
    started: Instant,
    work: impl FnOnce(&mut Pipeline<'_, 'o>) -> Result<Vec<PathBuf>, EngineError>,
) -> Result<RunSummary, EngineError> {
    let db = db_path(options, project);
    // With an existing run file, its answers may suffice, and no key is needed.
    let needed = !db.exists() && policy.wants(Stage::Generate);
    let open = if needed { Some(channels::open_all(project)?) } else { None };
    let interrupts = if options.leaves_signals { Interrupts::default() } else { Interrupts::current() };
    let snapshot = Some(&project.snapshot).filter(|it| !it.is_null());
    Session::hold(&db, Access::Create, "run", snapshot, |session| {
        session.heed(&interrupts)?;
        let lost_calls = session.buried.calls as u64;
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
        let summary = summarise(&mut pipeline, result, started)?;
        Ok(RunSummary { lost_calls, ..summary })
    })
}

/// The summary of an invocation whose work ended with `result`.
fn summarise(
    pipeline: &mut Pipeline<'_, '_>,
    result: Result<Vec<PathBuf>, EngineError>,
    started: Instant,
) -> Result<RunSummary, EngineError> {
    let generated = std::mem::take(&mut pipeline.outcome.generated);
    let session = &mut *pipeline.session;
    let interrupted = generated.interrupted || session.is_interrupted();
    // The summary of an interrupted run is read by statements, which must not be interrupted again.
    session.stop_heeding()?;
    let (files, complete) = match result {
        Ok(files) => (files, true),
        // The interrupted stage was rolled back, and those before it are committed. Other errors are returned.
        Err(error) if interrupted && error.is_interruption() => (Vec::new(), false),
        Err(error) => return Err(error),
    };
    session.out_of_budget.clone_from(&generated.budget);
    // This reads all calls, so it is done only where something was paid.
    let paid = complete && generated.used.cost != Money::ZERO;
    let money = if paid { Some(money::gather(&session.connection)?) } else { None };
    let mut steps = status::steps(&session.connection)?;
    // If it was interrupted before planning, the counts are those on record.
    let counts =
        if pipeline.outcome.counts == Counts::default() { recorded_counts(&steps) } else { pipeline.outcome.counts };
    if pipeline.project.steps.len() < 2 {
        steps.clear();
    }
    Ok(RunSummary {
        db: session.path.clone(),
        counts,
        steps,
        attempts: generated.attempts,
        calls: generated.calls,
        from_record: generated.from_tape + pipeline.outcome.restored,
        used: generated.used,
        money,
        budget: generated.budget,
        lost_calls: 0,
        elapsed: started.elapsed(),
        files,
        interrupted,
        samples: pipeline.project.samples(),
        limited: pipeline.outcome.limited,
    })
}

/// Runs all stages of the task; returns the files that were written.
fn run_stages(
    pipeline: &mut Pipeline<'_, '_>,
    source: &ingest::Source,
    table: InputTable,
    compiled: Vec<CompiledStep>,
) -> Result<Vec<PathBuf>, EngineError> {
    let ends_before = |stage| pipeline.policy.to.is_some_and(|to| to < stage);
    let (no_ingest, no_plan) = (ends_before(Stage::Ingest), ends_before(Stage::Plan));
    pipeline.contract()?;
    if no_ingest {
        return Ok(Vec::new());
    }
    let dataset = pipeline.ingest(source, table)?;
    if no_plan {
        return Ok(Vec::new());
    }
    let planned = pipeline.prepare(compiled, &dataset)?;
    pipeline.plan(&planned, &dataset, Some(source))?;
    let Some((last, _)) = planned.tasks.last() else { return Ok(Vec::new()) };
    if let Some(note) = notes::left_behind(&pipeline.session.connection)? {
        pipeline.note(note);
    }
    if pipeline.policy.wants(Stage::Generate) {
        report_recorded_decisions(pipeline)?;
        pipeline.generate(&planned)?;
        pipeline.outcome.counts = planned.count(&pipeline.session.connection)?;
        for note in notes::enough(&pipeline.session.connection, pipeline.project, &planned)? {
            pipeline.note(note);
        }
        if has_stopped(pipeline)? {
            return Ok(Vec::new());
        }
        pipeline.end_round(planned.links.forced)?;
    }
    let mut files = Vec::new();
    let dir = pipeline.project.out_dir();
    let request = export_request(pipeline.project, &dataset.columns, last.step);
    if pipeline.policy.wants(Stage::Export) {
        let artifacts = export_stage(pipeline.session, &request)?;
        files.extend(files::write(&pipeline.session.connection, &dir, &artifacts)?);
        pipeline.tell(Stage::Export, names(&artifacts));
    }
    if pipeline.policy.wants(Stage::Report) && pipeline.project.config.report.enabled {
        let artifacts = report_stage(pipeline.session, pipeline.project, &request)?;
        files.extend(files::write(&pipeline.session.connection, &dir, &artifacts)?);
        pipeline.tell(Stage::Report, names(&artifacts));
    }
    Ok(files)
}

/// Reports the work items that were decided from the record before any model was asked.
fn report_recorded_decisions(pipeline: &mut Pipeline<'_, '_>) -> Result<(), EngineError> {
    let (connection, invocation) = (&pipeline.session.connection, pipeline.session.invocation);
    match pipeline.audience.report_recorded(connection, invocation)? {
        Some(why) => Err(EngineError::Stopped { why, pending: pipeline.outcome.counts.pending }),
        None => Ok(()),
    }
}

/// Whether generation was interrupted or ran out of budget; a [`Stop`](crate::dispatch::Stop) is an error. If it did
/// neither, the user may interrupt statements again.
fn has_stopped(pipeline: &mut Pipeline<'_, '_>) -> Result<bool, EngineError> {
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

impl RunSummary {
    /// The summary of a run whose schemas were written in an earlier invocation.
    fn after(mut self, before: Self) -> Self {
        self.attempts += before.attempts;
        self.calls += before.calls;
        self.from_record += before.from_record;
        self.lost_calls += before.lost_calls;
        self.used.input_tokens += before.used.input_tokens;
        self.used.output_tokens += before.used.output_tokens;
        self.used.cost = self.used.cost.plus(before.used.cost);
        self.used.unknown += before.used.unknown;
        // Where nothing was paid after it, its sum over the run file still holds.
        self.money = self.money.or(before.money);
        self.files.splice(0..0, before.files);
        self
    }
}

/// The work items of all steps on record, by status.
fn recorded_counts(steps: &[status::StepCounts]) -> Counts {
    steps.iter().fold(Counts::default(), |all, it| {
        all.plus(Counts {
            planned: it.planned,
            pending: it.pending,
            accepted: it.accepted,
            rejected: it.rejected,
            failed: it.failed,
            skipped: it.skipped,
            blocked: it.blocked,
        })
    })
}

fn names(artifacts: &[Artifact]) -> String {
    artifacts.iter().map(|it| it.name.as_str()).collect::<Vec<_>>().join(", ")
}
