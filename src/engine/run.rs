//! The pipeline: contract, ingest, plan, generate, export, report.

mod asking;
pub(super) mod author;
mod planning;

use std::path::PathBuf;
use std::time::Instant;

use serde_json::Value;

use super::audience::Audience;
use super::channel::Channel;
use super::error::EngineError;
use super::generate::Outcome;
use super::project::Project;
use super::session::{Session, now};
use super::stages::{contract_stages, export_request, export_stage, report_stage};
use super::task::{self, Compiled};
use super::terms::check_budget;
use super::{Limited, Money, Progress, RunOptions, RunSummary, calls, files, told};
use crate::record::{InvocationStatus, Stage};
use crate::stage::artifact::Artifact;
use crate::stage::ingest;
use crate::stage::ingest::Dataset;
use crate::stage::plan::Counts;
use crate::stage::record::{self, Forced};
use crate::store::Access;
use crate::tabular::Table;
use crate::transport::Interrupts;
use crate::view::money;

/// Runs the pipeline of a configuration.
pub fn run(options: &RunOptions, watch: &mut dyn FnMut(&Progress)) -> Result<RunSummary, EngineError> {
    run_with(options, &mut Audience::new(watch))
}

/// [`run`], with somebody who is told of each work item that is decided.
pub fn run_with(options: &RunOptions, audience: &mut Audience<'_>) -> Result<RunSummary, EngineError> {
    let started = Instant::now();
    if !options.leaves_signals {
        Interrupts::listen()?;
    }
    let mut project = Project::of(options)?;
    let mut before = None;
    if author::is_due(&project, options)? {
        let (written, summary) = author::author(&project, options, audience, started)?;
        if summary.interrupted || summary.budget.is_some() || options.to == Some(Stage::Schema) {
            return Ok(summary);
        }
        project = Project::with_written(options, &written)?;
        before = Some(summary);
    }
    // Everything that can be wrong with the configuration is found before anything is written.
    let (source, table) = project.open_input()?;
    let compiled = task::compile_all(&project, table.columns())?;
    check_budget(&project)?;
    for note in compiled.iter().flat_map(|it| &it.notes) {
        audience.see(&Progress::Note(note.clone()));
    }
    let mut pipeline = Pipeline::begin(&project, options, Some(&project.snapshot), audience)?;
    let result = pipeline.run(&source, table, compiled);
    let mut summary = pipeline.end(result, started)?;
    if let Some(before) = before {
        summary.attempts += before.attempts;
        summary.calls += before.calls;
        summary.from_record += before.from_record;
        summary.lost_calls += before.lost_calls;
        summary.used.input_tokens += before.used.input_tokens;
        summary.used.output_tokens += before.used.output_tokens;
        summary.used.cost = summary.used.cost.plus(before.used.cost);
        summary.used.unknown += before.used.unknown;
        // Where nothing was paid after it, its sum over the run file still holds.
        summary.money = summary.money.or(before.money);
        summary.files.splice(0..0, before.files);
    }
    Ok(summary)
}

/// Where the run file is. A rehearsal is kept apart from the run it rehearses.
pub(super) fn db_path(options: &RunOptions, project: &Project) -> PathBuf {
    let suffix = if options.sample { ".sample.db" } else { ".db" };
    options.db.clone().unwrap_or_else(|| project.dir.join(format!("{}{suffix}", project.config.run.name)))
}

fn wanted(options: &RunOptions, stage: Stage) -> bool {
    options.from.is_none_or(|from| from <= stage) && options.to.is_none_or(|to| stage <= to)
}

struct Pipeline<'a, 'b> {
    session: Session,
    interrupts: Interrupts,
    project: &'a Project,
    options: &'a RunOptions,
    audience: &'a mut Audience<'b>,
    /// The ways to all models, where they are open already.
    open: Option<Vec<Channel>>,
    outcome: Outcome,
    restored: u64,
    /// How many work items stand where, as far as it is known.
    counts: Counts,
    /// Calls that were in flight when an earlier process died.
    lost_calls: u64,
    /// How much of the input is worked on, where that is not all of it.
    limited: Option<Limited>,
}

impl<'a, 'b> Pipeline<'a, 'b> {
    /// Begins an invocation on the run file; `snapshot` is the configuration that it is recorded with.
    fn begin(
        project: &'a Project,
        options: &'a RunOptions,
        snapshot: Option<&Value>,
        audience: &'a mut Audience<'b>,
    ) -> Result<Self, EngineError> {
        let db = db_path(options, project);
        // Where a run file is there, its answers may be all that is needed, and no key.
        let needed = !db.exists() && wanted(options, Stage::Generate);
        let open = if needed { Some(Channel::open_all(project)?) } else { None };
        let interrupts = if options.leaves_signals { Interrupts::default() } else { Interrupts::current() };
        let mut session = Session::begin(&db, Access::Create, "run", snapshot)?;
        session.heed(&interrupts)?;
        if session.buried.calls > 0 {
            audience.see(&Progress::Note(format!(
                "{} in flight when an earlier run was killed; they may have been billed, and are asked again",
                calls(session.buried.calls as u64)
            )));
        }
        Ok(Self {
            lost_calls: session.buried.calls as u64,
            session,
            interrupts,
            project,
            options,
            audience,
            open,
            outcome: Outcome::default(),
            restored: 0,
            counts: Counts::default(),
            limited: None,
        })
    }

    /// Ends the invocation as `result` says, which has the files that were written.
    fn end(self, result: Result<Vec<PathBuf>, EngineError>, started: Instant) -> Result<RunSummary, EngineError> {
        let Self { mut session, project, outcome, restored, counts, lost_calls, limited, .. } = self;
        let db = session.path.clone();
        let interrupted = outcome.interrupted || session.is_interrupted();
        // What is told of a run that was interrupted is still to be read.
        session.stop_heeding()?;
        // It goes over all calls, so that it is worth it only where there is something to tell.
        let paid = result.is_ok() && outcome.used.cost != Money::ZERO;
        let money = if paid { Some(money::gather(&session.connection)?) } else { None };
        let mut steps = crate::view::status::steps(&session.connection)?;
        // What was interrupted before it had planned anything stands where it stood.
        let counts = if counts == Counts::default() { recorded_counts(&steps) } else { counts };
        if project.steps.len() < 2 {
            steps.clear();
        }
        let files = match result {
            Ok(files) if interrupted => {
                session.end(InvocationStatus::Interrupted, None).map_err(|error| error.of_file(&db))?;
                files
            }
            Ok(files) if outcome.budget.is_some() => {
                session.end(InvocationStatus::Interrupted, outcome.budget.as_deref())?;
                files
            }
            // What a stage was in the middle of is not there, and all before it is. Any other error is told as what it
            // is.
            Err(error) if interrupted && error.is_interruption() => {
                session.end(InvocationStatus::Interrupted, None).map_err(|error| error.of_file(&db))?;
                Vec::new()
            }
            result => session.conclude(result)?,
        };
        Ok(RunSummary {
            db,
            counts,
            steps,
            attempts: outcome.attempts,
            calls: outcome.calls,
            from_record: outcome.from_tape + restored,
            used: outcome.used,
            money,
            budget: outcome.budget,
            lost_calls,
            elapsed: started.elapsed(),
            files,
            interrupted,
            samples: project.samples(),
            limited,
        })
    }

    fn wanted(&self, stage: Stage) -> bool {
        wanted(self.options, stage)
    }

    fn tell(&mut self, stage: Stage, message: String) {
        self.audience.see(&Progress::Stage { stage, message });
    }

    fn run(
        &mut self,
        source: &ingest::Source,
        table: Table<std::io::BufReader<std::fs::File>>,
        compiled: Vec<Compiled>,
    ) -> Result<Vec<PathBuf>, EngineError> {
        self.contract()?;
        if self.options.to.is_some_and(|to| to < Stage::Ingest) {
            return Ok(Vec::new());
        }
        let dataset = self.ingest(source, table)?;
        if self.options.to.is_some_and(|to| to < Stage::Plan) {
            return Ok(Vec::new());
        }
        let planned = self.plan(&dataset, source, compiled)?;
        let Some((last, _)) = planned.tasks.last() else { return Ok(Vec::new()) };
        self.restored = planned.restored;
        if let Some(note) = told::left_behind(&self.session.connection)? {
            self.audience.see(&Progress::Note(note));
        }
        if self.wanted(Stage::Generate) {
            self.tell_record()?;
            self.generate(&planned)?;
            self.counts = planned.count(&self.session)?;
            for note in told::enough(&self.session.connection, self.project, &planned.tasks)? {
                self.audience.see(&Progress::Note(note));
            }
            if self.has_stopped()? {
                return Ok(Vec::new());
            }
            self.end_round(planned.links.forced)?;
        }
        let mut files = Vec::new();
        let dir = self.project.out_dir();
        let request = export_request(self.project, &dataset.columns, last.step);
        if self.wanted(Stage::Export) {
            let artifacts = export_stage(&mut self.session, &request)?;
            files.extend(files::write(&self.session.connection, &dir, &artifacts)?);
            self.tell(Stage::Export, names(&artifacts));
        }
        if self.wanted(Stage::Report) && self.project.config.report.enabled {
            let artifacts = report_stage(&mut self.session, self.project, &request)?;
            files.extend(files::write(&self.session.connection, &dir, &artifacts)?);
            self.tell(Stage::Report, names(&artifacts));
        }
        Ok(files)
    }

    /// Whether the generation was stopped before its end; that it stopped by itself is an error. Where it was not, the
    /// user may stop statements again.
    fn has_stopped(&mut self) -> Result<bool, EngineError> {
        if self.outcome.given_up > 0 {
            self.audience.see(&Progress::Note(format!(
                "given up: {} in flight, which may have been billed",
                calls(self.outcome.given_up)
            )));
        }
        if let Some(why) = self.outcome.stopped.clone() {
            return Err(EngineError::Stopped { why, pending: self.counts.pending });
        }
        let stopped = self.outcome.interrupted || self.outcome.budget.is_some() || self.session.is_interrupted();
        if !stopped {
            self.session.heed(&self.interrupts)?;
        }
        Ok(stopped)
    }

    /// Ends a forced round, where all that was planned in it has been asked again.
    fn end_round(&mut self, forced: Option<Forced>) -> Result<(), EngineError> {
        let Some(forced) = forced.filter(|_| self.limited.is_none()) else { return Ok(()) };
        let invocation = self.session.invocation;
        let tx = self.session.transaction()?;
        record::end_round(&tx, invocation, forced.round, &now())?;
        Ok(tx.commit()?)
    }

    /// Tells of what the record decides already.
    fn tell_record(&mut self) -> Result<(), EngineError> {
        match self.audience.tell_record(&self.session.connection, self.session.invocation)? {
            Some(why) => Err(EngineError::Stopped { why, pending: self.counts.pending }),
            None => Ok(()),
        }
    }

    fn contract(&mut self) -> Result<(), EngineError> {
        let project = self.project;
        let message = contract_stages(&mut self.session, project)?;
        if self.wanted(Stage::Contract) {
            self.tell(Stage::Contract, message);
        }
        Ok(())
    }

    fn ingest(
        &mut self,
        source: &ingest::Source,
        mut table: Table<std::io::BufReader<std::fs::File>>,
    ) -> Result<Dataset, EngineError> {
        let inputs = source.inputs();
        if let Some(earlier) = self.session.unchanged(Stage::Ingest, None, &inputs)? {
            let tx = self.session.transaction()?;
            let dataset = ingest::recorded(&tx, &earlier.summary.outputs)?;
            tx.commit()?;
            if let Some(dataset) = dataset {
                self.session.reused(Stage::Ingest, None, &earlier)?;
                let rows = earlier.summary.counts["rows"].as_i64().unwrap_or_default();
                self.tell(Stage::Ingest, format!("{rows} rows of {}, unchanged", source.name));
                return Ok(dataset);
            }
        }
        if !self.wanted(Stage::Ingest) {
            return Err(EngineError::Missing { stage: self.first_stage(), needs: Stage::Ingest.as_str() });
        }
        let (dataset, summary) =
            self.session.stage(Stage::Ingest, None, |tx, ctx| Ok(ingest::ingest(tx, ctx, source, &mut table)?))?;
        self.tell(Stage::Ingest, ingested(source, &summary.counts));
        Ok(dataset)
    }

    fn first_stage(&self) -> &'static str {
        self.options.from.unwrap_or(Stage::Contract).as_str()
    }

    /// The position before which work items are generated.
    fn before(&self) -> i64 {
        self.options.limit.map_or(i64::MAX, |limit| i64::try_from(limit).unwrap_or(i64::MAX))
    }
}

/// Where the work items of all steps stand on record.
fn recorded_counts(steps: &[crate::view::status::Progress]) -> Counts {
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

/// What an ingest did, in words: what it changed in cells is worth knowing at once.
fn ingested(source: &ingest::Source, counts: &Value) -> String {
    let count = |name: &str| counts[name].as_u64().unwrap_or_default();
    let mut told = format!("{} rows of {}", count("rows"), source.name);
    for (name, what) in [("cells_cleaned", "cells had white space collapsed"), ("null_tokens", "null words emptied")] {
        if count(name) > 0 {
            told = format!("{told}; {} {what}", count(name));
        }
    }
    told
}

fn names(artifacts: &[Artifact]) -> String {
    artifacts.iter().map(|it| it.name.as_str()).collect::<Vec<_>>().join(", ")
}
