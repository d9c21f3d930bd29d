//! A run: every stage, with the models that the configuration names. Where a schema is still missing, `author` has a
//! model write it first. Errors in the configuration are found before anything is written.

pub(super) mod author;
mod invocation;

use std::path::{Path, PathBuf};
use std::time::Instant;

use super::audience::Audience;
use super::compile::{self, CompiledStep};
use super::error::EngineError;
use super::expansion::expansion;
use super::input::{self, InputTable};
use super::options::{RunEvent, RunOptions, RunSummary};
use super::out_folder::{OutFolder, names_of};
use super::pipeline::{Pipeline, Policy};
use super::pricing::check_budget;
use super::servers::{self, Inquiry};
use super::stages::{export_request, export_stage, report_stage};
use super::{files, notes};
use crate::project::Project;
use crate::record::Stage;
use crate::stage::artifact::Artifact;
use crate::stage::ingest;
use crate::transport::Interrupts;

pub(super) use invocation::db_path;
use invocation::{has_stopped, hold};

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
    let policy = Policy::of(options);
    let inquiry = if policy.wants(Stage::Generate) { Inquiry::Network } else { Inquiry::Record };
    let db = db_path(options, &project);
    let (project, servers) = servers::resolve(project, Some(&db), inquiry)?;
    let compiled = compile::compile_all(&project, table.columns(), &source.kinds)?;
    check_budget(&project)?;
    expansion(&project, table.columns())?;
    check_folder(&project, &db, policy)?;
    let notes = servers.notes.iter().cloned().chain(source.inferred(table.columns()));
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

/// Runs all stages of the task; returns the files that were written.
fn run_stages(
    pipeline: &mut Pipeline<'_, '_>,
    source: &ingest::SourceFile,
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
    let folder = out_folder(pipeline.project, &pipeline.session.path, pipeline.policy.overwrite);
    let request = export_request(pipeline.project, &dataset, last.step)?;
    if pipeline.policy.wants(Stage::Export) {
        let artifacts = export_stage(pipeline.session, &request)?;
        files.extend(files::write(&pipeline.session.connection, &folder, &artifacts)?);
        pipeline.tell(Stage::Export, names(&artifacts));
    }
    if pipeline.policy.wants(Stage::Report) && pipeline.project.config.report.enabled {
        let artifacts = report_stage(pipeline.session, pipeline.project, &request)?;
        files.extend(files::write(&pipeline.session.connection, &folder, &artifacts)?);
        pipeline.tell(Stage::Report, names(&artifacts));
    }
    Ok(files)
}

/// Refuses a folder in which the run would replace files that another run file wrote.
pub(super) fn check_folder(project: &Project, db: &Path, policy: Policy) -> Result<(), EngineError> {
    out_folder(project, db, policy.overwrite).check(&written(project, policy))
}

/// The folder of a project's files.
fn out_folder(project: &Project, db: &Path, overwrite: bool) -> OutFolder {
    OutFolder { dir: project.out_dir(db), db: db.to_owned(), overwrite }
}

/// The names of the files that a run writes.
fn written(project: &Project, policy: Policy) -> Vec<&'static str> {
    let is_written = |stage: &Stage| match stage {
        Stage::Report => policy.wants(*stage) && project.config.report.enabled,
        _ => policy.wants(*stage),
    };
    let stages: Vec<Stage> = [Stage::Export, Stage::Report].into_iter().filter(is_written).collect();
    names_of(&project.config.outputs.formats, &stages)
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
