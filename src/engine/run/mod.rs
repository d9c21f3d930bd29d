//! A run: every stage, with the models that the configuration names. Where a schema is still missing, `author` has a
//! model write it first. Errors in the configuration are found before anything is written.

pub(super) mod author;
mod invocation;

use std::path::{Path, PathBuf};
use std::time::Instant;

use super::acquire;
use super::audience::Audience;
use super::compile::{self, CompiledStep};
use super::document_pages::refresh_document_pages;
use super::error::EngineError;
use super::expansion::expansion;
use super::input::{self, InputReader};
use super::options::{RunEvent, RunOptions, RunSummary};
use super::out_folder::{OutFolder, names_of};
use super::pages::PageWriter;
use super::pipeline::{Pipeline, Policy};
use super::pricing::check_budget;
use super::selection::Selection;
use super::servers::{self, Inquiry};
use super::stages::{export_request, export_stage, report_stage};
use super::{files, model_notes, notes, pages, prompt_versions};
use crate::project::{Acquired, Project};
use crate::record::Stage;
use crate::stage::artifact::Artifact;
use crate::stage::ingest::{self, Dataset};
use crate::transport::Interrupts;

use invocation::hold;
pub(super) use invocation::{db_path, has_stopped, requests_each};

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
    let policy = Policy::of(options, &project)?;
    let pages = PageWriter::of(&project, &db_path(options, &project), options.overwrite)?;
    let acquired = acquired(&project, options, &policy)?;
    project = project.with_acquired(acquired.clone());
    if acquired.as_ref().is_some_and(Acquired::is_fresh) || policy.selection.to == Some(Stage::Acquire) {
        // What was paid for in time is kept, whatever comes after.
        let alone = Policy { selection: Selection::up_to(Stage::Acquire), ..policy.clone() };
        let summary = hold((&project, &[]), options, alone, audience, started, |pipeline| {
            pipeline.acquire()?;
            Ok(Vec::new())
        })?;
        if summary.interrupted || policy.selection.to == Some(Stage::Acquire) {
            return Ok(summary);
        }
    }
    let mut before = None;
    if author::is_due(&project, options)? {
        let (written, summary) = author::author(&mut project, options, audience, started)?;
        if summary.interrupted || summary.budget.is_some() || options.to.as_ref().is_some_and(|it| it.is(Stage::Schema))
        {
            return Ok(summary);
        }
        project = Project::with_written(options.origin(), &written)?.with_acquired(acquired.clone());
        before = Some(summary);
    }
    // Errors in the configuration are found before anything is written.
    let (source, table) = input::open(&project)?;
    let inquiry = if policy.wants(Stage::Generate) { Inquiry::Network } else { Inquiry::Record };
    let db = db_path(options, &project);
    let (mut project, servers) = servers::resolve(project, Some(&db), inquiry)?;
    let compiled = compile::compile_all(&mut project, table.columns(), &source.kinds)?;
    if let Some(experiment) = &project.config.experiment {
        compile::check_metrics(&project, experiment, (table.columns(), &source.kinds), None)?;
    }
    check_budget(&project)?;
    expansion(&project, table.columns())?;
    check_folder(&project, &db, &policy)?;
    audience.pages = pages;
    let notes = servers.notes.iter().cloned().chain(source.inferred(table.columns()));
    let notes = notes.chain(model_notes::notes(&project, &options.overrides));
    let notes = notes.chain(notes::unread_variables(&compiled, &options.overrides));
    let notes = notes.chain(notes::unused_knowledge(&project, &compiled));
    let notes = notes.chain(notes::other_configuration(&project, &db)).chain(notes::unready_experiment(&project));
    let notes = notes.chain(prompt_versions::notes(std::iter::once(&project), &db));
    for note in notes.chain(compiled.iter().flat_map(|it| it.notes.iter().cloned())) {
        audience.see(&RunEvent::Note(note));
    }
    let summary = hold((&project, &servers.found), options, policy, audience, started, |pipeline| {
        run_stages(pipeline, &source, table, compiled)
    });
    let Some(before) = before else { return summary };
    match summary {
        Ok(summary) => Ok(summary.after(before)),
        Err(error) => {
            let failed = audience.take_failed().map_or_else(|| before.clone(), |failed| failed.after(before.clone()));
            audience.keep_failed(failed);
            Err(error)
        }
    }
}

/// The table that the project's command writes: from the record, or fetched now.
pub(super) fn acquired(
    project: &Project,
    options: &RunOptions,
    policy: &Policy,
) -> Result<Option<Acquired>, EngineError> {
    if !project.runs_command() {
        let is_asked = options.refresh || policy.selection.to == Some(Stage::Acquire);
        return if is_asked { Err(EngineError::NoCommand) } else { Ok(None) };
    }
    let recorded = if options.refresh { None } else { acquire::recorded(project, &db_path(options, project))? };
    if let Some(file) = recorded {
        return Ok(Some(Acquired::new(file, false)));
    }
    acquire::check(policy)?;
    let interrupts = if options.leaves_signals { Interrupts::default() } else { Interrupts::current() };
    Ok(Some(Acquired::new(acquire::fetched(project, &interrupts)?, true)))
}

/// Runs all stages of the task; returns the files that were written.
fn run_stages(
    pipeline: &mut Pipeline<'_, '_>,
    source: &ingest::SourceFile,
    table: InputReader,
    compiled: Vec<CompiledStep>,
) -> Result<Vec<PathBuf>, EngineError> {
    let ends_before = |stage| pipeline.policy.selection.to.is_some_and(|to| to < stage);
    let (no_ingest, no_plan) = (ends_before(Stage::Ingest), ends_before(Stage::Plan));
    if !pipeline.project.acquired().is_some_and(Acquired::is_fresh) {
        pipeline.acquire()?;
    }
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
        index_so_far(pipeline)?;
        report_recorded_decisions(pipeline)?;
        pipeline.generate(&planned)?;
        pipeline.outcome.counts = planned.count(&pipeline.session.connection)?;
        let is_done = pipeline.outcome.counts.pending == 0;
        if let Some(note) = notes::gone(&pipeline.session.connection, is_done)? {
            pipeline.note(note);
        }
        for note in notes::enough(&pipeline.session.connection, pipeline.project, &planned)? {
            pipeline.note(note);
        }
        if has_stopped(pipeline)? {
            return Ok(index_so_far(pipeline)?.into_iter().collect());
        }
        pipeline.end_round(planned.links.forced)?;
    }
    write_outputs(pipeline, &dataset, last.step)
}

/// Exports, reports and writes pages, as far as they are wanted; returns the files that were written.
fn write_outputs(pipeline: &mut Pipeline<'_, '_>, dataset: &Dataset, step: i64) -> Result<Vec<PathBuf>, EngineError> {
    let mut files = Vec::new();
    let folder = out_folder(pipeline.project, &pipeline.session.path, pipeline.policy.overwrite);
    let request = export_request(pipeline.project, dataset, (step, &pipeline.session.path))?;
    if pipeline.policy.wants(Stage::Export) {
        let artifacts = export_stage(pipeline.session, &request)?;
        let written = files::write_recorded_exports(&pipeline.session.connection, &folder, &request, &artifacts)?;
        files.extend(written.paths);
        pipeline.tell(Stage::Export, names(&artifacts));
        pipeline.note_all(written.notes);
    }
    if pipeline.policy.wants(Stage::Report) && pipeline.project.config.report.enabled {
        let artifacts = report_stage(pipeline.session, pipeline.project, &request)?;
        files.extend(files::write(&pipeline.session.connection, &folder, &artifacts)?);
        pipeline.tell(Stage::Report, names(&artifacts));
        if let Some((index, message)) = refresh_document_pages(&pipeline.session.connection, pipeline.project, &folder)?
        {
            files.push(index);
            pipeline.tell(Stage::Report, message);
        }
    }
    if pipeline.policy.wants(Stage::Report)
        && let Some(pages) = &mut pipeline.audience.pages
    {
        let (index, count) = pages.write_all(&pipeline.session.connection)?;
        files.push(index);
        pipeline.tell(Stage::Report, pages::message(count));
    }
    Ok(files)
}

/// Writes the index of the pages that there are, where a run has pages and ends early.
fn index_so_far(pipeline: &mut Pipeline<'_, '_>) -> Result<Option<PathBuf>, EngineError> {
    let Some(pages) = &mut pipeline.audience.pages else { return Ok(None) };
    pages.write_index(&pipeline.session.connection).map(Some)
}

/// Refuses a folder in which the run would replace files that another run file wrote.
pub(super) fn check_folder(project: &Project, db: &Path, policy: &Policy) -> Result<(), EngineError> {
    out_folder(project, db, policy.overwrite).check(&written(project, policy))
}

/// The folder of a project's files.
fn out_folder(project: &Project, db: &Path, overwrite: bool) -> OutFolder {
    OutFolder { dir: project.out_dir(db), db: db.to_owned(), overwrite }
}

/// The names of the files that a run writes.
fn written<'a>(project: &'a Project, policy: &Policy) -> Vec<&'a str> {
    let is_written = |stage: &Stage| match stage {
        Stage::Report => policy.wants(*stage) && project.config.report.enabled,
        _ => policy.wants(*stage),
    };
    let stages: Vec<Stage> = [Stage::Export, Stage::Report].into_iter().filter(is_written).collect();
    let outputs = &project.config.outputs;
    let objects = outputs.files.iter().map(|file| file.name.as_str());
    names_of(&outputs.formats, objects, &stages)
}

/// Reports the work items that were decided from the record before any model was asked.
fn report_recorded_decisions(pipeline: &mut Pipeline<'_, '_>) -> Result<(), EngineError> {
    let (connection, invocation) = (&pipeline.session.connection, pipeline.session.invocation);
    match pipeline.audience.report_recorded(connection, invocation)? {
        Some(why) => Err(EngineError::Stopped { why, pending: pipeline.outcome.counts.pending }),
        None => Ok(()),
    }
}

impl RunSummary {
    /// The summary of a run whose schemas were written in an earlier invocation.
    fn after(mut self, before: Self) -> Self {
        self.attempts += before.attempts;
        self.calls += before.calls;
        self.known += before.known;
        self.from_tape += before.from_tape;
        self.lost_calls += before.lost_calls;
        self.used.input_tokens += before.used.input_tokens;
        self.used.output_tokens += before.used.output_tokens;
        self.used.cached_tokens += before.used.cached_tokens;
        self.used.reasoning_tokens += before.used.reasoning_tokens;
        self.used.uncounted += before.used.uncounted;
        self.used.cost = self.used.cost.plus(before.used.cost);
        self.used.unknown += before.used.unknown;
        // Where nothing was paid after it, its sum over the run file still holds.
        self.money = self.money.or(before.money);
        self.files.splice(0..0, before.files);
        self
    }
}

fn names(artifacts: &[Artifact]) -> String {
    artifacts.iter().map(|it| it.name.as_str()).collect::<Vec<_>>().join(", ")
}
