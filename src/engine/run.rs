//! The pipeline: contract, ingest, plan, generate, export, report.

use std::path::PathBuf;
use std::time::Instant;

use serde_json::{Value, json};

use super::channel::Channel;
use super::error::EngineError;
use super::generate::{Channels, LaneSpec, Outcome, generate};
use super::project::Project;
use super::session::{Session, now};
use super::stages::{Planning, contract_stage, export_request, export_stage, plan_stage, report_stage};
use super::task::{self, Compiled};
use super::terms::{Terms, check_budget, on_record};
use super::{Money, Progress, RunOptions, RunSummary, calls, files, images};
use crate::prompt::ContextBuilder;
use crate::provider::RetryPolicy;
use crate::record::{InvocationStatus, ManifestStatus, Stage};
use crate::stage::artifact::Artifact;
use crate::stage::generate::Task;
use crate::stage::ingest::Dataset;
use crate::stage::plan::{self, Counts, Grouping, ImageSource, Reopening, Settled};
use crate::stage::{Summary, ingest};
use crate::store::Access;
use crate::tabular::Table;
use crate::transport::{Interrupts, Transport};
use crate::view::money;

/// Runs the pipeline of a configuration.
pub fn run(options: &RunOptions, watch: &mut dyn FnMut(&Progress)) -> Result<RunSummary, EngineError> {
    let started = Instant::now();
    let project = Project::load(&options.config, &options.overrides, options.sample)?;
    // Everything that can be wrong with the configuration is found before anything is written.
    let (source, table) = project.open_input()?;
    let compiled = task::compile(&project, table.columns())?;
    check_budget(&project)?;
    for note in &compiled.notes {
        watch(&Progress::Note(note.clone()));
    }
    let db = db_path(options, &project);
    // Where a run file is there, its answers may be all that is needed, and no key.
    let needed = !db.exists() && wanted(options, Stage::Generate);
    let open = if needed { Some(Channel::open_all(&project)?) } else { None };
    let interrupts = Interrupts::listen()?;
    let mut session = Session::begin(&db, Access::Create, "run", Some(&project.snapshot))?;
    session.heed(&interrupts)?;
    if session.buried.calls > 0 {
        watch(&Progress::Note(format!(
            "{} in flight when an earlier run was killed; they may have been billed, and are asked again",
            calls(session.buried.calls as u64)
        )));
    }
    let lost_calls = session.buried.calls as u64;
    let mut pipeline = Pipeline {
        session,
        interrupts,
        project: &project,
        options,
        watch,
        open,
        outcome: Outcome::default(),
        restored: 0,
        counts: Counts::default(),
    };
    let result = pipeline.run(&source, table, compiled);
    let Pipeline { session, outcome, restored, counts, .. } = pipeline;
    // It goes over all calls, so that it is worth it only where there is something to tell.
    let paid = result.is_ok() && outcome.used.cost != Money::ZERO;
    let money = if paid { Some(money::gather(&session.connection)?) } else { None };
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
        // What a stage was in the middle of is not there, and all before it is. Any other error is told as what it is.
        Err(error) if interrupted && error.is_interruption() => {
            session.end(InvocationStatus::Interrupted, None).map_err(|error| error.of_file(&db))?;
            Vec::new()
        }
        result => session.conclude(result)?,
    };
    Ok(RunSummary {
        db,
        counts,
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

/// Where the run file is. A rehearsal is kept apart from the run it rehearses.
pub(super) fn db_path(options: &RunOptions, project: &Project) -> PathBuf {
    let suffix = if options.sample { ".sample.db" } else { ".db" };
    options.db.clone().unwrap_or_else(|| project.dir.join(format!("{}{suffix}", project.config.run.name)))
}

fn wanted(options: &RunOptions, stage: Stage) -> bool {
    options.from.is_none_or(|from| from <= stage) && options.to.is_none_or(|to| stage <= to)
}

struct Pipeline<'a> {
    session: Session,
    interrupts: Interrupts,
    project: &'a Project,
    options: &'a RunOptions,
    watch: &'a mut dyn FnMut(&Progress),
    /// The ways to the generation's and the judge's model, where they are open already.
    open: Option<(Channel, Option<Channel>)>,
    outcome: Outcome,
    restored: u64,
    /// How many work items stand where, as far as it is known.
    counts: Counts,
}

impl Pipeline<'_> {
    fn wanted(&self, stage: Stage) -> bool {
        wanted(self.options, stage)
    }

    fn tell(&mut self, stage: Stage, message: String) {
        (self.watch)(&Progress::Stage { stage, message });
    }

    fn run(
        &mut self,
        source: &ingest::Source,
        table: Table<std::io::BufReader<std::fs::File>>,
        compiled: Compiled,
    ) -> Result<Vec<PathBuf>, EngineError> {
        self.contract()?;
        if self.options.to.is_some_and(|to| to < Stage::Ingest) {
            return Ok(Vec::new());
        }
        let dataset = self.ingest(source, table)?;
        if self.options.to.is_some_and(|to| to < Stage::Plan) {
            return Ok(Vec::new());
        }
        let (task, context, grouping, settled) = self.plan(&dataset, source, compiled)?;
        self.restored = settled.restored as u64;
        if self.wanted(Stage::Generate) {
            self.generate(&task, context.as_ref(), self.counts)?;
            self.counts = plan::count(&self.session.connection, task.step)?;
            if self.outcome.given_up > 0 {
                (self.watch)(&Progress::Note(format!(
                    "given up: {} in flight, which may have been billed",
                    calls(self.outcome.given_up)
                )));
            }
            if let Some(why) = self.outcome.stopped.clone() {
                return Err(EngineError::Stopped { why, pending: self.counts.pending });
            }
            if self.outcome.interrupted || self.outcome.budget.is_some() || self.session.is_interrupted() {
                return Ok(Vec::new());
            }
        }
        let mut files = Vec::new();
        let dir = self.project.out_dir();
        let request = export_request(self.project, &dataset.columns, grouping, task.step);
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

    fn contract(&mut self) -> Result<(), EngineError> {
        let project = self.project;
        let message = contract_stage(&mut self.session, project)?;
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
        if let Some(earlier) = self.session.unchanged(Stage::Ingest, &inputs)? {
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
        compiled: Compiled,
    ) -> Result<(Task, Option<ContextBuilder>, Grouping, Settled), EngineError> {
        let grouping = compiled.grouping;
        let time = now();
        let tx = self.session.transaction()?;
        let (task, context) = task::record(&tx, self.project, compiled, &time)?;
        tx.commit()?;
        let dataset_id = source.dataset_id().to_string();
        let mut inputs = json!({"dataset_id": dataset_id, "dataset": dataset.id, "task_id": task.id.to_string()});
        if task.shows_images() {
            inputs["images"] = images::inputs(self.project);
        }
        let folder = images::Folder::of(self.project);
        let read = |name: &str| folder.read(name);
        let mut unchanged = self.session.unchanged(Stage::Plan, &inputs)?;
        // Whether files are as they were is known once they are read.
        if unchanged.is_some() && task.shows_images() && self.wanted(Stage::Plan) {
            let before = self.before();
            let tx = self.session.transaction()?;
            let same = plan::images_unchanged(&tx, task.step, &self.project.config.images.dir, &read, before)?;
            tx.commit()?;
            unchanged = unchanged.filter(|_| same);
        }
        let message = match unchanged {
            Some(earlier) => {
                self.session.reused(Stage::Plan, Some(task.step), &earlier)?;
                "unchanged".to_owned()
            }
            None if !self.wanted(Stage::Plan) => {
                return Err(EngineError::Missing { stage: self.first_stage(), needs: Stage::Plan.as_str() });
            }
            None => {
                // A plan opens work items; without a key nothing could be asked for them.
                if self.open.is_none() && self.wanted(Stage::Generate) {
                    self.open = Some(Channel::open_all(self.project)?);
                }
                let images = ImageSource::Files { read: &read, before: self.before() };
                let planning = Planning { context: context.as_ref(), dataset, grouping, images, inputs };
                planned(&plan_stage(&mut self.session, self.project, &task, planning)?)
            }
        };
        let settled = if self.wanted(Stage::Generate) {
            let cache = &self.project.config.cache;
            let reopening = Reopening {
                use_cache: cache.enabled,
                force: cache.force,
                before: self.before(),
                max_attempts: task.max_attempts,
            };
            let tx = self.session.transaction()?;
            let settled = plan::settle_with_record(&tx, task.step, reopening)?;
            // Without a key nothing can be asked, and then nothing is opened again either.
            if self.open.is_none() && plan::count(&tx, task.step)?.pending > 0 {
                self.open = Some(Channel::open_all(self.project)?);
            }
            tx.commit()?;
            settled
        } else {
            Settled::default()
        };
        self.counts = plan::count(&self.session.connection, task.step)?;
        let Counts { planned, pending, .. } = self.counts;
        self.tell(Stage::Plan, format!("{planned} work items ({message}); {pending} open"));
        Ok((task, context, grouping, settled))
    }

    /// The position before which work items are generated.
    fn before(&self) -> i64 {
        self.options.limit.map_or(i64::MAX, |limit| i64::try_from(limit).unwrap_or(i64::MAX))
    }

    fn generate(&mut self, task: &Task, context: Option<&ContextBuilder>, counts: Counts) -> Result<(), EngineError> {
        let before = self.before();
        if counts.pending == 0 {
            let summary = Summary {
                inputs: json!({"task_id": task.id.to_string(), "limit": self.options.limit}),
                outputs: Value::Null,
                counts: Outcome::default().to_value(counts),
            };
            self.session.note(Stage::Generate, Some(task.step), ManifestStatus::Reused, None, summary, &now())?;
            self.tell(Stage::Generate, format!("all {} work items are on record; no call was made", counts.planned));
            return Ok(());
        }
        // A signal that came between two statements must not be answered by starting to pay.
        if self.session.is_interrupted() {
            return Ok(());
        }
        let started = now();
        let llm = &self.project.config.llm;
        let (generation, judge) = match self.open.take() {
            Some(open) => open,
            None => Channel::open_all(self.project)?,
        };
        let transport = Transport::start(llm.max_workers)?;
        self.session.stop_heeding()?;
        self.interrupts.hand_to(&transport);
        let retry = RetryPolicy { retries: llm.retries, ..RetryPolicy::default() };
        let channels = Channels {
            transport,
            generation,
            judge,
            max_workers: llm.max_workers,
            retry,
            lanes: LaneSpec::of(&self.project.config),
            max_failures: self.options.max_failures,
            terms: Terms::of_all(self.project),
            budget: self.project.config.budget,
        };
        let generated = generate(&mut self.session, task, context, Some(&channels), before, counts, &mut *self.watch);
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
        let counts = plan::count(&self.session.connection, task.step)?;
        let status = match &self.outcome {
            _ if error.is_some() => ManifestStatus::Failed,
            Outcome { stopped: Some(_), .. } => ManifestStatus::Failed,
            Outcome { interrupted: true, .. } | Outcome { budget: Some(_), .. } => ManifestStatus::Interrupted,
            Outcome { .. } => ManifestStatus::Done,
        };
        let prices = on_record(self.project);
        let summary = Summary {
            inputs: json!({"task_id": task.id.to_string(), "limit": self.options.limit, "prices": prices}),
            outputs: Value::Null,
            counts: self.outcome.to_value(counts),
        };
        let noted = self.session.note(Stage::Generate, Some(task.step), status, None, summary, &started);
        if let Some(error) = error {
            // The first error is the one to tell; that it could not be noted follows from it.
            return Err(error);
        }
        noted?;
        let message = format!(
            "{} accepted, {} rejected, {} failed, {} open; {} calls, {} answers from the record",
            counts.accepted, counts.rejected, counts.failed, counts.pending, self.outcome.calls, self.outcome.from_tape
        );
        self.tell(Stage::Generate, message);
        Ok(())
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
