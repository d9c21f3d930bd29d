//! Recorded answers, read again by the rules as they are now: contract, plan and generate from the record alone.
//!
//! A question is known by its content, and a prompt may show the schema. So the rules that answers are read by are the
//! new ones, while questions are asked as they were (see [`Project::reading`]): what is on the tape answers them. The
//! configuration on record says both, so that a replay comes to the same.

use std::path::PathBuf;

use serde_json::{Value, json};

use super::audience::Audience;
use super::error::EngineError;
use super::generate::{Answers, Outcome, generate};
use super::project::Project;
use super::session::{Session, now};
use super::stages::{Planning, contract_stages, derive_stage, plan_stage, results_view};
use super::upkeep::recorded;
use super::{Progress, links, task};
use crate::config::Each;
use crate::prompt::ContextBuilder;
use crate::record::{ManifestStatus, Stage};
use crate::stage::generate::Task;
use crate::stage::plan::{self, Counts, Grouping, ImageSource, Reopening};
use crate::stage::{Summary, record};
use crate::store::{Access, sql};

/// Which answers to read again, and by which rules.
#[derive(Clone, Debug, Default)]
pub struct ParseOptions {
    /// The run file.
    pub db: PathBuf,
    /// The configuration with the rules; `None`: the recorded one.
    pub config: Option<PathBuf>,
    /// Values laid over the configuration: dotted keys and YAML.
    pub overrides: Vec<(String, String)>,
}

/// What became of the work items whose answers were read again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Parsed {
    /// Accepted with the same output as before.
    pub same: u64,
    /// Accepted with another output.
    pub changed: u64,
    /// Accepted now, and not before.
    pub gained: u64,
    /// Accepted before, and not now.
    pub lost: u64,
    /// Rejected or failed, and not accepted before.
    pub still_not: u64,
    /// Without an answer on record.
    pub open: u64,
    /// Skipped or blocked.
    pub held_back: u64,
}

/// Reads the answers on record again. Nobody is asked.
pub fn parse(options: &ParseOptions, watch: &mut dyn FnMut(&Progress)) -> Result<Parsed, EngineError> {
    // What is wrong with the configuration is found before anything is written.
    let wanted = match &options.config {
        Some(config) => Some(Project::load(config, &options.overrides, false)?),
        None => None,
    };
    if let Some(setup) = wanted.iter().flat_map(|project| &project.steps).find(|setup| setup.unwritten) {
        let path = setup.config.schema.as_ref().and_then(|schema| schema.path.clone()).unwrap_or_default();
        return Err(EngineError::Unwritten { path: setup.dir.join(path) });
    }
    let mut session = Session::begin(&options.db, Access::Write, "parse", None)?;
    let result = read_again(&mut session, wanted, watch);
    session.conclude(result)
}

fn read_again(
    session: &mut Session,
    wanted: Option<Project>,
    watch: &mut dyn FnMut(&Progress),
) -> Result<Parsed, EngineError> {
    let earlier = recorded(&session.connection, &session.path)?;
    let dataset = earlier.dataset;
    let project = match wanted {
        Some(project) => project.reading(&earlier.project),
        None => earlier.project,
    };
    let compiled = task::compile_all(&project, &dataset.columns)?;
    let groupings: Vec<Grouping> = compiled.iter().map(|it| it.grouping).collect();
    let invocation = session.invocation;
    let tx = session.transaction()?;
    let config = record::configuration(&tx, &project.snapshot, &now())?;
    sql::PARSE_CONFIGURE.execute(&tx, &[(":config", &config), (":invocation", &invocation)])?;
    sql::PARSE_CREATE_READ_BEFORE.execute(&tx, &[])?;
    sql::PARSE_REMEMBER.execute(&tx, &[])?;
    tx.commit()?;

    contract_stages(session, &project)?;
    let tx = session.transaction()?;
    let tasks = task::record_all(&tx, &project, compiled, &now())?;
    let links = links::links(&tx, &project, &tasks, &dataset.columns)?;
    tx.commit()?;
    for ((setup, (task, context)), grouping) in project.steps.iter().zip(&tasks).zip(groupings) {
        if setup.config.step.each == Each::Source {
            let inputs = json!({"dataset": dataset.id, "task_id": task.id.to_string(), "read_again": true});
            let (context, dataset, images, links) = (context.as_ref(), &dataset, ImageSource::Record, &links);
            plan_stage(session, &project, task, Planning { context, dataset, grouping, images, inputs, links })?;
        }
    }
    let tx = session.transaction()?;
    results_view(&tx, &project, &dataset.columns)?;
    tx.commit()?;
    meet_record(session, &project, &tasks, true)?;
    derive_stage(session, &links, &dataset)?;
    meet_record(session, &project, &tasks, false)?;
    let steps = links::working(&project, &tasks);
    let started = now();
    let mut audience = Audience::new(watch);
    let counts = Counts::default();
    let outcome = generate(session, &steps, &links, Answers::Tape, i64::MAX, counts, &mut audience)?;
    for (task, _) in &tasks {
        note(session, task.step, &task.id.to_string(), &outcome, &started)?;
    }
    let parsed = sql::PARSE_COMPARE.row(&session.connection, &[], |row| {
        let count = |name: &str| row.get::<_, i64>(name).map(i64::unsigned_abs);
        Ok(Parsed {
            same: count("same")?,
            changed: count("changed")?,
            gained: count("gained")?,
            lost: count("lost")?,
            still_not: count("still_not")?,
            open: count("open")?,
            held_back: count("held_back")?,
        })
    })?;
    Ok(parsed)
}

/// Lets the work items of the steps over the input, or of the others, meet the record.
fn meet_record(
    session: &mut Session,
    project: &Project,
    tasks: &[(Task, Option<ContextBuilder>)],
    sources: bool,
) -> Result<(), EngineError> {
    for (setup, (task, _)) in project.steps.iter().zip(tasks) {
        if (setup.config.step.each == Each::Source) == sources {
            let reopening = Reopening { before: i64::MAX, max_attempts: task.max_attempts };
            let tx = session.transaction()?;
            plan::settle_with_record(&tx, task.step, reopening)?;
            tx.commit()?;
        }
    }
    Ok(())
}

/// Writes a step's manifest.
fn note(session: &mut Session, step: i64, task_id: &str, outcome: &Outcome, started: &str) -> Result<(), EngineError> {
    let counts = outcome.to_value(plan::count(&session.connection, step)?);
    let summary = Summary { inputs: json!({"task_id": task_id, "read_again": true}), outputs: Value::Null, counts };
    session.note(Stage::Generate, Some(step), ManifestStatus::Done, None, summary, started)
}
