//! The pipeline: contract, ingest, plan, generate, export, report.

pub(super) mod author;

use std::path::PathBuf;
use std::time::Instant;

use serde_json::{Value, json};

use super::audience::Audience;
use super::channel::{Channel, ways};
use super::error::EngineError;
use super::generate::{Answers, Channels, LaneSpec, Outcome, Way, Working, generate};
use super::project::{Project, Setup};
use super::session::{Session, now};
use super::stages::{
    Planning, contract_stages, derive_stage, export_request, export_stage, plan_stage, report_stage, results_view,
};
use super::task::{self, Compiled};
use super::terms::{Terms, check_budget, on_record};
use super::{Money, Progress, RunOptions, RunSummary, calls, files, images, links, told};
use crate::config::Each;
use crate::prompt::ContextBuilder;
use crate::provider::RetryPolicy;
use crate::record::{InvocationStatus, ManifestStatus, Stage};
use crate::stage::artifact::Artifact;
use crate::stage::derive::{self, Links};
use crate::stage::generate::Task;
use crate::stage::ingest::Dataset;
use crate::stage::plan::{self, Counts, Grouping, ImageSource, Reopening};
use crate::stage::{Summary, ingest};
use crate::store::Access;
use crate::tabular::Table;
use crate::transport::{Interrupts, Transport};
use crate::view::money;

/// Runs the pipeline of a configuration.
pub fn run(options: &RunOptions, watch: &mut dyn FnMut(&Progress)) -> Result<RunSummary, EngineError> {
    run_with(options, &mut Audience::new(watch))
}

/// [`run`], with somebody who is told of each work item that is decided.
pub fn run_with(options: &RunOptions, audience: &mut Audience<'_>) -> Result<RunSummary, EngineError> {
    let started = Instant::now();
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
        let interrupts = if options.leaves_signals { Interrupts::default() } else { Interrupts::listen()? };
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
        })
    }

    /// Ends the invocation as `result` says, which has the files that were written.
    fn end(self, result: Result<Vec<PathBuf>, EngineError>, started: Instant) -> Result<RunSummary, EngineError> {
        let Self { session, project, options, outcome, restored, counts, lost_calls, .. } = self;
        let db = session.path.clone();
        // It goes over all calls, so that it is worth it only where there is something to tell.
        let paid = result.is_ok() && outcome.used.cost != Money::ZERO;
        let money = if paid { Some(money::gather(&session.connection)?) } else { None };
        let several = project.steps.len() > 1;
        let steps = if several { crate::view::status::steps(&session.connection)? } else { Vec::new() };
        let interrupted = outcome.interrupted || session.is_interrupted();
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
            limited: options.limit.is_some_and(|limit| limit < counts.planned),
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
            let tx = self.session.transaction()?;
            derive::number(&tx, &planned.links)?;
            tx.commit()?;
            self.counts = planned.count(&self.session)?;
            for note in told::enough(&self.session.connection, self.project, &planned.tasks)? {
                self.audience.see(&Progress::Note(note));
            }
            if self.has_stopped()? {
                return Ok(Vec::new());
            }
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

    /// Whether the generation was stopped before its end; that it stopped by itself is an error.
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
        Ok(self.outcome.interrupted || self.outcome.budget.is_some() || self.session.is_interrupted())
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

    fn plan(
        &mut self,
        dataset: &Dataset,
        source: &ingest::Source,
        compiled: Vec<Compiled>,
    ) -> Result<Planned, EngineError> {
        let groupings: Vec<Grouping> = compiled.iter().map(|it| it.grouping).collect();
        let time = now();
        let tx = self.session.transaction()?;
        let tasks = task::record_all(&tx, self.project, compiled, &time)?;
        let links = links::links(&tx, self.project, &tasks, &dataset.columns)?;
        tx.commit()?;
        let mut planned = Planned { tasks, links, restored: 0 };
        let mut told = Vec::new();
        for (place, (task, context)) in planned.tasks.iter().enumerate() {
            let setup = &self.project.steps[place];
            if setup.config.step.each != Each::Source {
                continue;
            }
            let planning = Source { dataset, file: source, grouping: groupings[place] };
            let message = self.plan_source(setup, task, context.as_ref(), &planning)?;
            told.push(message.unwrap_or_else(|| "unchanged".to_owned()));
        }
        if self.wanted(Stage::Generate) {
            self.open_again(&planned)?;
        }
        for (task, _) in &planned.tasks {
            if let Some(link) = planned.links.all.iter().find(|link| link.step == task.step)
                && self.wanted(Stage::Plan)
            {
                derive_stage(&mut self.session, &planned.links, link)?;
            }
            if self.wanted(Stage::Generate) {
                let reopening = self.reopening(task);
                let tx = self.session.transaction()?;
                planned.restored += plan::settle_with_record(&tx, task.step, reopening)?.restored as u64;
                tx.commit()?;
            }
        }
        let tx = self.session.transaction()?;
        derive::number(&tx, &planned.links)?;
        // A step that takes from others may be the last one now, though nothing of the plan is another.
        if !planned.links.all.is_empty() {
            results_view(&tx, self.project, &dataset.columns)?;
        }
        tx.commit()?;
        self.counts = planned.count(&self.session)?;
        // Without a key nothing can be asked, and then nothing is opened again either.
        if self.open.is_none() && self.wanted(Stage::Generate) && self.counts.pending > 0 {
            self.open = Some(Channel::open_all(self.project)?);
        }
        let Counts { planned: items, pending, .. } = self.counts;
        self.tell(Stage::Plan, format!("{items} work items ({}); {pending} open", told.join("; ")));
        Ok(planned)
    }

    /// Plans a step whose work items come from the input; returns what changed, in words.
    fn plan_source(
        &mut self,
        setup: &Setup,
        task: &Task,
        context: Option<&ContextBuilder>,
        planning: &Source<'_>,
    ) -> Result<Option<String>, EngineError> {
        let Source { dataset, file, grouping } = *planning;
        let dataset_id = file.dataset_id().to_string();
        let mut inputs = json!({"dataset_id": dataset_id, "dataset": dataset.id, "task_id": task.id.to_string()});
        if task.shows_images() {
            inputs["images"] = images::inputs(setup);
        }
        let folder = images::Folder::of(&setup.config, &setup.dir);
        let read = |name: &str| folder.read(name);
        let mut unchanged = self.session.unchanged(Stage::Plan, Some(task.step), &inputs)?;
        // A step that was not part of the task for a while was taken out of the plan.
        if unchanged.is_some() && plan::count(&self.session.connection, task.step)?.planned == 0 {
            unchanged = None;
        }
        // Whether files are as they were is known once they are read.
        if unchanged.is_some() && task.shows_images() && self.wanted(Stage::Plan) {
            let before = self.before();
            let tx = self.session.transaction()?;
            let same = plan::images_unchanged(&tx, task.step, &setup.config.images.dir, &read, before)?;
            tx.commit()?;
            unchanged = unchanged.filter(|_| same);
        }
        match unchanged {
            Some(earlier) => {
                self.session.reused(Stage::Plan, Some(task.step), &earlier)?;
                Ok(None)
            }
            None if !self.wanted(Stage::Plan) => {
                Err(EngineError::Missing { stage: self.first_stage(), needs: Stage::Plan.as_str() })
            }
            None => {
                // A plan opens work items; without a key nothing could be asked for them.
                if self.open.is_none() && self.wanted(Stage::Generate) {
                    self.open = Some(Channel::open_all(self.project)?);
                }
                let images = ImageSource::Files { read: &read, before: self.before() };
                let planning = Planning { context, dataset, grouping, images, inputs };
                Ok(Some(planned(&plan_stage(&mut self.session, self.project, task, planning)?)))
            }
        }
    }

    /// How the record may answer the work items of a step.
    fn reopening(&self, task: &Task) -> Reopening {
        let cache = &self.project.config.cache;
        Reopening { use_cache: cache.enabled, before: self.before(), max_attempts: task.max_attempts }
    }

    /// Opens everything again where that is wanted and all of it is decided.
    fn open_again(&mut self, planned: &Planned) -> Result<(), EngineError> {
        if !self.project.config.cache.force || planned.count(&self.session)?.pending > 0 {
            return Ok(());
        }
        let before = self.before();
        let tx = self.session.transaction()?;
        for (task, _) in &planned.tasks {
            plan::open_all(&tx, task.step, before)?;
        }
        Ok(tx.commit()?)
    }

    /// The position before which work items are generated.
    fn before(&self) -> i64 {
        self.options.limit.map_or(i64::MAX, |limit| i64::try_from(limit).unwrap_or(i64::MAX))
    }

    fn generate(&mut self, planned: &Planned) -> Result<(), EngineError> {
        let counts = self.counts;
        if counts.pending == 0 {
            for (task, _) in &planned.tasks {
                let counts = plan::count(&self.session.connection, task.step)?;
                let summary = self.generated(task, Outcome::default().to_value(counts), None);
                self.session.note(Stage::Generate, Some(task.step), ManifestStatus::Reused, None, summary, &now())?;
            }
            self.tell(Stage::Generate, format!("all {} work items are on record; no call was made", counts.planned));
            return Ok(());
        }
        // A signal that came between two statements must not be answered by starting to pay.
        if self.session.is_interrupted() {
            return Ok(());
        }
        let started = now();
        let channels = self.channels()?;
        let working = planned.working(self.project);
        let before = self.before();
        let (links, audience) = (&planned.links, &mut *self.audience);
        let answers = Answers::Models(&channels);
        let generated = generate(&mut self.session, &working, links, answers, before, counts, audience);
        // The second Ctrl-C, and an error, leave what was in flight behind.
        self.interrupts.release();
        channels.transport.abort();
        self.session.heed(&self.interrupts)?;
        let error = match generated {
            Ok(outcome) => {
                self.outcome = outcome;
                None
            }
            Err(error) => Some(error),
        };
        let status = match &self.outcome {
            _ if error.is_some() => ManifestStatus::Failed,
            Outcome { stopped: Some(_), .. } => ManifestStatus::Failed,
            Outcome { interrupted: true, .. } | Outcome { budget: Some(_), .. } => ManifestStatus::Interrupted,
            Outcome { .. } => ManifestStatus::Done,
        };
        let noted = self.note_generation(planned, status, &started);
        if let Some(error) = error {
            // The first error is the one to tell; that it could not be noted follows from it.
            return Err(error);
        }
        let counts = noted?;
        let mut held = String::new();
        for (count, word) in [(counts.skipped, "skipped, "), (counts.blocked, "blocked, ")] {
            if count > 0 {
                held = format!("{held}{count} {word}");
            }
        }
        let message = format!(
            "{} accepted, {} rejected, {} failed, {held}{} open; {} calls, {} answers from the record",
            counts.accepted, counts.rejected, counts.failed, counts.pending, self.outcome.calls, self.outcome.from_tape
        );
        self.tell(Stage::Generate, message);
        Ok(())
    }

    /// The ways to all models, open.
    fn channels(&mut self) -> Result<Channels, EngineError> {
        let open = match self.open.take() {
            Some(open) => open,
            None => Channel::open_all(self.project)?,
        };
        let most = ways(self.project).filter(|it| it.judging.is_none()).map(|it| it.llm);
        let (workers, retries) =
            most.fold((1, 0), |(workers, retries), llm| (llm.max_workers.max(workers), llm.retries.max(retries)));
        let (lanes, lane_of) = LaneSpec::of(ways(self.project).map(|it| it.llm));
        let ways = open.into_iter().zip(Terms::of_all(self.project)).zip(lane_of);
        let transport = Transport::start(workers)?;
        self.session.stop_heeding()?;
        self.interrupts.hand_to(&transport);
        Ok(Channels {
            transport,
            ways: ways.map(|((channel, terms), lane)| Way { channel, terms, lane }).collect(),
            max_workers: workers,
            retry: RetryPolicy { retries, ..RetryPolicy::default() },
            lanes,
            max_failures: self.options.max_failures,
            budget: self.project.config.budget,
        })
    }

    /// What a step's manifest says of its generation.
    fn generated(&self, task: &Task, counts: Value, prices: Option<Value>) -> Summary {
        let mut inputs = json!({"task_id": task.id.to_string(), "limit": self.options.limit});
        if let Some(prices) = prices {
            inputs["prices"] = prices;
        }
        Summary { inputs, outputs: Value::Null, counts }
    }

    /// Writes a manifest for each step that was generated; returns how many work items stand where.
    fn note_generation(
        &mut self,
        planned: &Planned,
        status: ManifestStatus,
        started: &str,
    ) -> Result<Counts, EngineError> {
        let prices = on_record(self.project);
        let mut all = Counts::default();
        let several = planned.tasks.len() > 1;
        for (place, (task, _)) in planned.tasks.iter().enumerate() {
            let counts = plan::count(&self.session.connection, task.step)?;
            all = all.plus(counts);
            let (value, prices) = if several {
                (self.outcome.step_value(place, counts), prices.get(&task.name).cloned())
            } else {
                (self.outcome.to_value(counts), Some(prices.clone()))
            };
            let summary = self.generated(task, value, prices);
            self.session.note(Stage::Generate, Some(task.step), status, None, summary, started)?;
        }
        Ok(all)
    }
}

/// What a step is planned from.
struct Source<'a> {
    dataset: &'a Dataset,
    file: &'a ingest::Source,
    grouping: Grouping,
}

/// The steps of a run, planned.
struct Planned {
    tasks: Vec<(Task, Option<ContextBuilder>)>,
    links: Links,
    /// Work items that the record answered.
    restored: u64,
}

impl Planned {
    /// How many work items stand where, in all steps together.
    fn count(&self, session: &Session) -> Result<Counts, EngineError> {
        let mut all = Counts::default();
        for (task, _) in &self.tasks {
            all = all.plus(plan::count(&session.connection, task.step)?);
        }
        Ok(all)
    }

    fn working(&self, project: &Project) -> Vec<Working<'_>> {
        links::working(project, &self.tasks)
    }
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

/// What a plan did, in words.
fn planned(counts: &Value) -> String {
    let mut told = format!("{} new, {} changed, {} gone", counts["new"], counts["changed"], counts["gone"]);
    if let Some(images) = counts["images"].as_u64() {
        told = format!("{told}; {images} images");
        if let Some(problems) = counts["image_problems"].as_u64().filter(|problems| *problems > 0) {
            told = format!("{told}, {problems} of them cannot be shown");
        }
    }
    told
}

fn names(artifacts: &[Artifact]) -> String {
    artifacts.iter().map(|it| it.name.as_str()).collect::<Vec<_>>().join(", ")
}
