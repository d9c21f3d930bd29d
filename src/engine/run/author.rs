//! Schemas that a model writes before the pipeline runs, because the file is missing or is to be written anew.
//!
//! Each schema is one work item of a step of its own, which is not part of the task: its requests, calls, attempts,
//! costs and its end are recorded by the same loop as all others, and answers on record are not asked for again. A
//! schema is recorded before its file is written, and a file with other content is copied first.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use serde_json::{Map, Value, json};

use super::invocation::{has_stopped, hold};
use crate::config::{Answer, Each, Step};
use crate::engine::audience::Audience;
use crate::engine::compile::{self, CompiledStep};
use crate::engine::error::EngineError;
use crate::engine::input::{self, InputReader};
use crate::engine::keep::{KeptFile, keep};
use crate::engine::options::{RunEvent, RunOptions, RunSummary};
use crate::engine::pipeline::{Pipeline, Policy};
use crate::engine::planned::Planned;
use crate::engine::pricing::check_budget;
use crate::engine::register::Register;
use crate::engine::session::now;
use crate::engine::task::{self, ReadDocuments};
use crate::project::{Asking, Project, ProjectError, Setup};
use crate::record::{CacheId, Digest, Stage, WorkId, WorkStatus};
use crate::schema::{AuthoredSchema, any_schema_contract};
use crate::stage::author::{self, AuthoringEnd, TaskTexts};
use crate::stage::derive::Links;
use crate::stage::generate::decide;
use crate::stage::ingest::{self, Dataset};
use crate::stage::plan::Reopening;
use crate::stage::record::{self, Marks};
use crate::stage::{ManifestContent, plan, share_text};

/// Whether a model has to write a schema before the pipeline of `project` can run.
pub(super) fn is_due(project: &Project, options: &RunOptions) -> Result<bool, EngineError> {
    let unwritten = project.steps.iter().any(|setup| setup.unwritten);
    let policy = Policy::of(options, project)?;
    if !policy.wants(Stage::Schema) {
        return if unwritten { Err(policy.missing(Stage::Schema)) } else { Ok(false) };
    }
    Ok(unwritten || project.steps.iter().any(is_forced))
}

fn is_forced(setup: &Setup) -> bool {
    setup.config.author().is_some_and(|author| author.force)
}

/// A schema file that a model is to write.
struct UnwrittenSchema<'a> {
    /// The step whose answers it is for; the first of them, if it has perspectives.
    setup: &'a Setup,
    /// The path in the configuration.
    path: &'a str,
    /// The names of all steps with this path.
    steps: Vec<&'a str>,
}

fn due(project: &Project) -> Vec<UnwrittenSchema<'_>> {
    let mut all: Vec<UnwrittenSchema<'_>> = Vec::new();
    for setup in project.steps.iter().filter(|setup| setup.unwritten || is_forced(setup)) {
        let Some(path) = setup.config.schema.as_ref().and_then(|schema| schema.path.as_deref()) else { continue };
        let name = setup.config.step.name();
        match all.iter_mut().find(|due| is_same_path(due.path, path)) {
            Some(due) => due.steps.push(name),
            None => all.push(UnwrittenSchema { setup, path, steps: vec![name] }),
        }
    }
    all
}

/// Whether two relative paths name one file, however they are spelled.
fn is_same_path(one: &str, two: &str) -> bool {
    let parts = |path: &str| {
        let mut clean: Vec<std::ffi::OsString> = Vec::new();
        for part in std::path::Path::new(path).components() {
            match part {
                std::path::Component::CurDir => {}
                std::path::Component::ParentDir if clean.last().is_some_and(|it| it != "..") => drop(clean.pop()),
                other => clean.push(other.as_os_str().to_owned()),
            }
        }
        clean
    };
    parts(one) == parts(two)
}

/// Notes on the schemas that a model writes first, and whether a provider is asked for one.
pub(in crate::engine) fn estimate_notes(
    project: &Project,
    options: &RunOptions,
) -> Result<(Vec<String>, bool), EngineError> {
    if !is_due(project, options)? {
        return Ok((Vec::new(), false));
    }
    let asked =
        |due: &UnwrittenSchema<'_>| due.setup.author.as_ref().is_some_and(|it| it.llm.provider.endpoint().is_some());
    let due = due(project);
    let task_texts = due.iter().map(|due| {
        let llm = due.setup.author.as_ref().map(|author| &author.llm);
        let (model, most) = llm.map_or(("", 1), |llm| (llm.model.as_str(), llm.retries.saturating_add(1)));
        let rest =
            if due.setup.unwritten { "later requests are estimated without it" } else { "it may change all estimates" };
        format!("`{model}` writes {} first, with up to {most} requests that are not included; {rest}", due.path)
    });
    Ok((task_texts.collect(), due.iter().any(asked)))
}

/// Has a model write every missing schema; returns their texts by the names of the steps that they are for. A
/// rehearsal writes no file.
pub(super) fn author(
    project: &mut Project,
    options: &RunOptions,
    audience: &mut Audience<'_>,
    started: Instant,
) -> Result<(Map<String, Value>, RunSummary), EngineError> {
    let (source, table) = input::open(project)?;
    // Errors in the rest of the project are found before anything is paid.
    compile::compile_all(project, table.columns(), &source.kinds)?;
    let project = &*project;
    let due = due(project);
    let mut hidden = hidden(project, &due)?;
    let compiled = compile::compile_all(&mut hidden, table.columns(), &source.kinds)?;
    check_budget(project)?;
    check_budget(&hidden)?;
    let mut tell = |progress: &RunEvent| match progress {
        RunEvent::Stage { stage: Stage::Generate, message } => {
            audience.see(&RunEvent::Stage { stage: Stage::Schema, message: message.clone() });
        }
        other => audience.see(other),
    };
    // A program receives only work items of the task.
    let mut people = Audience::new(&mut tell);
    let mut written = Map::new();
    let summary = hold((&hidden, &[]), options, Policy::EVERYTHING, &mut people, started, |pipeline| {
        write_schemas(pipeline, &source, table, compiled, &due, &mut written)
    });
    if let Some(failed) = people.take_failed() {
        audience.keep_failed(*failed);
    }
    Ok((written, summary?))
}

/// The project whose steps write the schemas.
fn hidden(project: &Project, due: &[UnwrittenSchema<'_>]) -> Result<Project, EngineError> {
    let steps: Vec<Setup> = due.iter().filter_map(|due| writes(due.setup)).collect();
    project.with_steps(steps).ok_or_else(|| ProjectError::Snapshot("no model writes the schema".to_owned()).into())
}

/// The step that writes the schema of `setup`.
fn writes(setup: &Setup) -> Option<Setup> {
    let author = setup.author.as_ref()?;
    let asking = Asking {
        llm: author.llm.clone(),
        prompt: author.prompt.clone(),
        table: author.table.clone(),
        escalated: author.escalated.clone(),
        of_rows: Vec::new(),
        judges: Vec::new(),
    };
    let mut config = setup.config.clone();
    let name = setup.config.step.author_name();
    config.step = Step { name, each: Each::Task, ..Step::default() };
    config.llm = Some(author.llm.clone());
    (config.grouping, config.schema) = (None, None);
    (config.judge, config.panel, config.accept, config.until) = (None, None, None, None);
    (config.checks, config.evidence) = (Vec::new(), Vec::new());
    config.answer = Answer::Json;
    Some(Setup {
        config,
        dir: setup.dir.clone(),
        asking: Some(asking),
        contract: Arc::clone(any_schema_contract()),
        asked: Arc::clone(any_schema_contract()),
        quoting: None,
        unwritten: false,
        author: None,
        prices: Arc::clone(&setup.prices),
    })
}

/// Generates, records and writes the schemas; returns the files that were written.
fn write_schemas(
    pipeline: &mut Pipeline<'_, '_>,
    source: &ingest::SourceFile,
    table: InputReader,
    compiled: Vec<CompiledStep>,
    due: &[UnwrittenSchema<'_>],
    written: &mut Map<String, Value>,
) -> Result<Vec<PathBuf>, EngineError> {
    let dataset = pipeline.ingest(source, table)?;
    let (planned, exact) = plan_authors(pipeline, &dataset, compiled, due)?;
    pipeline.generate(&planned)?;
    pipeline.outcome.counts = planned.count(&pipeline.session.connection)?;
    if has_stopped(pipeline)? {
        return Ok(Vec::new());
    }
    let mut files = Vec::new();
    for ((due, (task, _)), exact) in due.iter().zip(&planned.tasks).zip(exact) {
        let ended = author::ended(&pipeline.session.connection, task.step)?;
        let schema = accepted_schema(ended).map_err(|(work_id, detail)| EngineError::NoSchema {
            path: pipeline.project.dir.join(due.path),
            db: pipeline.session.path.clone(),
            work_id: work_id.to_string(),
            detail,
        })?;
        let inputs = json!({"task_id": task.id.to_string(), "cache_id": exact.to_string()});
        files.extend(record_and_write(pipeline, due, task.step, &schema, inputs)?);
        written.extend(due.steps.iter().map(|step| ((*step).to_owned(), json!(schema.text))));
    }
    pipeline.end_round(planned.links.forced)?;
    Ok(files)
}

/// Plans the work items that stand for the schemas; returns the ids of their exact tasks too.
fn plan_authors(
    pipeline: &mut Pipeline<'_, '_>,
    dataset: &Dataset,
    compiled: Vec<CompiledStep>,
    due: &[UnwrittenSchema<'_>],
) -> Result<(Planned, Vec<CacheId>), EngineError> {
    let time = now();
    let invocation = pipeline.session.invocation;
    let tx = pipeline.session.transaction()?;
    let register = Register::Record { tx: &tx, now: &time };
    let tasks =
        task::tasks(register, (pipeline.project, crate::record::VariantAt::BASE), compiled, &ReadDocuments::default())?;
    let mut exact = Vec::with_capacity(tasks.len());
    let marks = Marks::of(&tx, Stage::Generate)?;
    let mut links = Links { marks, ..Links::default() };
    if due.iter().any(|due| is_forced(due.setup)) {
        let paths: Vec<&str> = due.iter().map(|due| due.path).collect();
        let detail = json!({"schema.force_regenerate": paths});
        links.forced = Some(record::forced(&tx, invocation, Stage::Schema, &detail, &time)?);
    }
    for (due, (task, _)) in due.iter().zip(&tasks) {
        let item = author::item(&tx, &task_texts(due.setup), dataset, due.setup.config.run.seed)?;
        exact.push(author::plan(&tx, task, &item, marks)?);
    }
    tx.commit()?;
    for (due, (task, _)) in due.iter().zip(&tasks) {
        let reopening = Reopening { before: pipeline.policy.before(), max_attempts: task.max_attempts };
        let tx = pipeline.session.transaction()?;
        if let Some(forced) = links.forced.filter(|_| is_forced(due.setup)) {
            plan::force(&tx, task.step, i64::MAX, forced)?;
        }
        plan::settle_with_record(&tx, task.step, reopening)?;
        tx.commit()?;
    }
    let planned = Planned { tasks, links, groupings: Vec::new(), documents: Arc::default() };
    pipeline.outcome.counts = planned.count(&pipeline.session.connection)?;
    Ok((planned, exact))
}

/// Records a schema, and then writes its file; returns the path.
fn record_and_write(
    pipeline: &mut Pipeline<'_, '_>,
    due: &UnwrittenSchema<'_>,
    step: i64,
    schema: &AuthoredSchema,
    inputs: Value,
) -> Result<Option<PathBuf>, EngineError> {
    let path = pipeline.project.dir.join(due.path);
    let kept = !pipeline.project.rehearsal;
    let replaced = if kept { std::fs::read_to_string(&path).ok() } else { None };
    let replaced = replaced.filter(|text| *text != schema.text);
    let fields = schema.contract.fields().len();
    pipeline.session.stage(Stage::Schema, Some(step), |tx, _| {
        let mut outputs = json!({
            "path": due.path,
            "sha1": Digest::of_bytes(schema.text.as_bytes()).to_string(),
            "text": share_text(tx, &schema.text)?,
        });
        if let Some(before) = &replaced {
            outputs["replaced"] = json!({
                "sha1": Digest::of_bytes(before.as_bytes()).to_string(), "text": share_text(tx, before)?,
            });
        }
        Ok(((), ManifestContent { inputs, outputs, counts: json!({"fields": fields}) }))
    })?;
    if !kept {
        pipeline.tell(Stage::Schema, format!("{fields} fields; a rehearsal does not write {}", due.path));
        return Ok(None);
    }
    let unwritable = |source| EngineError::Write { path: path.clone(), source };
    let message = match keep(&path, &schema.text).map_err(unwritable)? {
        KeptFile::Unchanged => format!("{fields} fields; {} is as it was", due.path),
        KeptFile::New => format!("{fields} fields; wrote {}", due.path),
        KeptFile::Replaced(copy) => {
            let name = copy.file_name().unwrap_or_default().to_string_lossy().into_owned();
            format!("{fields} fields; wrote {}, what it held is in archived/{name}", due.path)
        }
    };
    pipeline.tell(Stage::Schema, message);
    Ok(Some(path))
}

/// The texts of a step that the author's prompt shows.
fn task_texts(setup: &Setup) -> TaskTexts<'_> {
    let asking = setup.asking.as_ref();
    let prompt = asking.map(|asking| &asking.prompt);
    TaskTexts {
        purpose: prompt.and_then(|prompt| prompt.purpose()),
        system: prompt.and_then(|prompt| prompt.system()),
        user: prompt.map_or("", |prompt| prompt.user()),
        checks: &setup.config.checks,
        judge: asking.and_then(|asking| asking.judges.first()).map(|judge| judge.prompt.user()),
    }
}

/// The accepted schema, or the work item and the reason why there is none.
fn accepted_schema(ended: AuthoringEnd) -> Result<AuthoredSchema, (WorkId, String)> {
    match (ended.status, &ended.answer) {
        (WorkStatus::Accepted, Some(answer)) => {
            decide::authored(answer).map_err(|problems| (ended.work_id, problems.join("; ")))
        }
        (status, _) => Err((ended.work_id, ended.detail.unwrap_or_else(|| format!("the work item is {status}")))),
    }
}
