//! The stages as every command runs them: each with its manifest, and reused where its inputs are unchanged.

use std::path::Path;

use rusqlite::{Connection, ToSql, Transaction};
use serde_json::{Value, json};

use super::asked::asked_of;
use super::compile::{finetune, mapping, objects};
use super::drawing;
use super::error::EngineError;
use super::expansion::{expansion, is_by_row, more_columns};
use super::item_folders;
use super::register;
use super::run_object::out_path;
use super::session::{ManifestDraft, Session, now};
use crate::config::Places;
use crate::project::{Project, Setup, graph, spec};
use crate::prompt::{ContextBuilder, Prompt};
use crate::record::{ManifestStatus, Stage, VariantAt};
use crate::stage::artifact::{self, Artifact};
use crate::stage::contract::SentForm;
use crate::stage::derive::{self, Link, Links, PendingDerivation};
use crate::stage::export::objects::ObjectFiles;
use crate::stage::export::{ExportFile, ExportRequest, result_names};
use crate::stage::generate::Task;
use crate::stage::ingest::Dataset;
use crate::stage::plan::{self, ImagePlan, ImageSource, PlanRequest, PlanUnit};
use crate::stage::report::Rendered;
use crate::stage::{ManifestContent, contract, evaluate, export, record, report};
use crate::store::{ResultsColumns, ResultsField, create_results_view, sql};
use crate::view::report as report_view;
use crate::view::text::thousands;

/// Records the contracts of all steps; returns the message.
pub(super) fn contract_stages(session: &mut Session, project: &Project, at: VariantAt) -> Result<String, EngineError> {
    let tx = session.transaction()?;
    let steps = register::record_steps(&tx, project, at)?;
    tx.commit()?;
    let mut messages = Vec::with_capacity(steps.len());
    for (setup, step) in project.steps.iter().zip(steps) {
        let message = contract_stage(session, setup, step)?;
        messages.push(setup.config.step.prefixed(&message));
    }
    Ok(messages.join("; "))
}

/// Records the contract of a step; returns the message.
fn contract_stage(session: &mut Session, setup: &Setup, step: i64) -> Result<String, EngineError> {
    let held = &setup.contract;
    let fields = match held.fields().len() {
        1 => "1 field".to_owned(),
        count => format!("{count} fields"),
    };
    let native = setup.asking.as_ref().map(|asking| spec::native(&asking.llm, held));
    let server = setup.asking.as_ref().and_then(|asking| spec::server(&asking.llm));
    let sent = SentForm { native: native.as_ref(), server };
    match session.unchanged(Stage::Contract, Some(step), &contract::inputs(held, sent))? {
        Some(earlier) => {
            session.reused(Stage::Contract, Some(step), &earlier, |_| Ok(()))?;
            Ok(format!("{fields}, unchanged"))
        }
        None => {
            session.stage(Stage::Contract, Some(step), |tx, ctx| Ok(((), contract::contract(tx, ctx, held, sent)?)))?;
            Ok(fields)
        }
    }
}

/// The inputs of a plan beside the task.
pub(super) struct Planning<'a> {
    pub(super) context: Option<&'a ContextBuilder>,
    pub(super) dataset: &'a Dataset,
    /// What becomes a work item.
    pub(super) grouping: PlanUnit,
    pub(super) images: ImageSource<'a>,
    /// The inputs for the manifest.
    pub(super) inputs: Value,
    /// The links between the steps.
    pub(super) links: &'a Links,
}

/// The plan of a step as the stage makes it.
pub(super) fn plan_request<'a>(setup: &'a Setup, task: &'a Task, planning: &Planning<'a>) -> PlanRequest<'a> {
    let Planning { context, dataset, grouping, images, links, .. } = *planning;
    PlanRequest {
        step: task.step,
        step_name: &task.name,
        repeat: links.at.repeat,
        task: task.row,
        task_id: task.id,
        dataset,
        columns: &task.columns,
        keyed: dataset.is_keyed(setup.config.input.key.as_deref()),
        reads_lines: task.reads_lines,
        grouping,
        context,
        asked: asked_of(task, grouping, context),
        images: image_plan(setup, task, images),
        floor: links.marks.round,
        is_followed: links.is_followed(task.step),
    }
}

/// Which images the plan of a task shows; `None` where no prompt shows one.
fn image_plan<'a>(setup: &'a Setup, task: &'a Task, source: ImageSource<'a>) -> Option<ImagePlan<'a>> {
    let asks = task.asks().filter(|_| task.shows_images())?;
    Some(ImagePlan {
        generation: &asks.generation.prompt,
        judge: asks.judges.first().map(|judge| &judge.party.prompt),
        folder: &setup.config.images.dir,
        allow_urls: setup.config.images.allow_urls,
        source,
    })
}

/// Makes the plan of a step whose work items come from the input; returns the manifest's counts.
pub(super) fn plan_stage(
    session: &mut Session,
    project: &Project,
    task: &Task,
    planning: Planning<'_>,
) -> Result<Value, EngineError> {
    let (dataset, links) = (planning.dataset, planning.links);
    let request = plan_request(&project.steps[task.place], task, &planning);
    let inputs = planning.inputs;
    let ((), summary) = session.stage(Stage::Plan, Some(task.step), |tx, ctx| {
        let mut summary = plan::plan(tx, ctx, &request)?;
        summary.inputs = inputs;
        // In the same transaction, so that derived work items always match the plan.
        derive::replace(tx, links)?;
        if dataset.is_documents {
            derive::follow_lines(tx, links)?;
        }
        note_plan(tx, project, task, (dataset, links), (ctx.invocation, ctx.now))?;
        Ok(((), summary))
    })?;
    Ok(summary.counts)
}

/// Records that `invocation` planned a step, whether anew or as it was, and makes the view `results` that fits.
pub(super) fn note_plan(
    tx: &Transaction<'_>,
    project: &Project,
    task: &Task,
    (dataset, links): (&Dataset, &Links),
    (invocation, now): (i64, &str),
) -> rusqlite::Result<()> {
    let from = links.planned_from(dataset);
    record::planned(tx, invocation, task.step, task.row, from, now)?;
    // The results of all variants have the columns of the task.
    if links.at == VariantAt::BASE { results_view(tx, project, dataset) } else { Ok(()) }
}

/// The message of a plan, from its manifest's counts.
pub(super) fn plan_message(counts: &Value) -> String {
    let count = |name: &str| thousands(counts[name].as_u64().unwrap_or_default());
    let mut message = format!("{} new, {} changed, {} gone", count("new"), count("changed"), count("gone"));
    if let Some(moved) = counts["moved"].as_u64() {
        message = format!("{message}; the lines of {} outputs moved", thousands(moved));
    }
    if let Some(images) = counts["images"].as_u64() {
        message = format!("{message}; {images} images");
        if let Some(problems) = counts["image_problems"].as_u64().filter(|problems| *problems > 0) {
            message = format!("{message}, {problems} of them cannot be shown");
        }
    }
    message
}

/// Brings the plans of derived steps up to date, in bounded transactions; the last one has their manifests.
pub(super) fn derive_stage(session: &mut Session, links: &Links, dataset: &Dataset) -> Result<(), EngineError> {
    if links.all.is_empty() {
        return Ok(());
    }
    let invocation = session.invocation;
    let mut under_way = PendingDerivation::default();
    let mut looked_at = 0;
    let mut is_prepared = false;
    session.in_pieces(|tx| {
        if !is_prepared {
            derive::relink(tx, links)?;
            is_prepared = true;
        }
        let handed = derive::hand_on(tx, links, &mut under_way)?;
        looked_at += handed.looked_at;
        if handed.is_more {
            return Ok(None);
        }
        let mut notes = Vec::with_capacity(links.all.len());
        for link in &links.all {
            record::planned(tx, invocation, link.step, link.task, links.planned_from(dataset), &now())?;
            notes.push(derived(tx, link, looked_at)?);
        }
        Ok(Some(notes))
    })
}

/// The manifest of the plan of a derived step.
fn derived(tx: &Transaction<'_>, link: &Link, looked_at: usize) -> Result<ManifestDraft, EngineError> {
    let counts = plan::count(tx, link.step)?;
    let inputs = json!({"task_id": link.task_id.to_string(), "each": link.each.to_string()});
    let earlier = record::unchanged(tx, Stage::Plan, Some(link.step), &inputs)?.filter(|_| looked_at == 0);
    let (status, reused_from) = match &earlier {
        Some(earlier) => (ManifestStatus::Reused, Some(earlier.manifest)),
        None => (ManifestStatus::Done, None),
    };
    let summary = ManifestContent {
        inputs,
        outputs: json!({"task_id": link.task_id.to_string()}),
        counts: json!({"work_items": counts.planned, "looked_at": looked_at, "status": counts.to_value()}),
    };
    Ok(ManifestDraft { stage: Stage::Plan, step: Some(link.step), status, reused_from, summary, anomalies: Vec::new() })
}

/// Makes the view `results` of the last step.
pub(super) fn results_view(tx: &Transaction<'_>, project: &Project, dataset: &Dataset) -> rusqlite::Result<()> {
    let Some(setup) = project.last() else { return Ok(()) };
    let fields = setup.contract.fields();
    let field_names: Vec<String> = fields.iter().map(|field| field.name.clone()).collect();
    let input: &[String] = if is_by_row(project) { &dataset.columns } else { &[] };
    let more = more_columns(setup);
    let names = result_names(input, more, &field_names);
    let fields: Vec<ResultsField> = std::iter::zip(names.fields, fields)
        .map(|(name, field)| ResultsField { name, field: field.name.clone(), kind: field.column_type() })
        .collect();
    let input: Vec<_> = names.input.into_iter().zip(dataset.kinds.iter().copied()).collect();
    let columns = ResultsColumns { input: &input, fixed: &names.fixed, more, fields: &fields };
    create_results_view(tx, dataset.id, columns)
}

/// The export of a project's last step (rowid), and of its files of objects. `db` is the run file.
pub(super) fn export_request<'a>(
    project: &Project,
    dataset: &'a Dataset,
    (step, db): (i64, &Path),
) -> Result<ExportRequest<'a>, EngineError> {
    let last = project.last_place();
    let root = graph::root(project, last);
    let grouped = root.is_some_and(|root| root.config.grouping.is_some()) || graph::is_by_group(project, last);
    let outputs = &project.config.outputs;
    let name = db.file_stem().unwrap_or_default().to_string_lossy();
    let table = (dataset.columns.as_slice(), dataset.kinds.as_slice());
    let objects = objects(project, table, &out_path(project, &name))?;
    Ok(ExportRequest {
        step,
        expansion: expansion(project, &dataset.columns)?,
        formats: outputs.formats.clone(),
        evals: mapping(project, table, &objects)?,
        finetune: finetune(project, &dataset.columns),
        objects,
        unwritten: ObjectFiles::default(),
        dataset: dataset.id,
        group_column: root
            .and_then(|root| root.config.grouping.as_ref())
            .and_then(|grouping| dataset.columns.iter().position(|name| *name == grouping.column)),
        prompts: prompt_names(project),
        columns: &dataset.columns,
        kinds: &dataset.kinds,
        by_row: is_by_row(project),
        grouped,
        more: project.last().map(more_columns).unwrap_or_default(),
        fields: project.last().into_iter().flat_map(|it| it.contract.fields()).map(|it| it.name.clone()).collect(),
        judged: !project.config.judges().is_empty(),
        thin: outputs.thin,
        spreadsheet_safe: outputs.spreadsheet_safe,
        alone: false,
        items: item_folders::list,
    })
}

/// The names and versions of the last step's prompts, as an object; null where nobody is asked.
fn prompt_names(project: &Project) -> Value {
    let Some(asking) = project.last().and_then(|setup| setup.asking.as_ref()) else { return Value::Null };
    let label = |prompt: &Prompt| json!({"name": prompt.name(), "version": prompt.version()});
    let judges: Vec<Value> = asking.judges.iter().map(|judge| label(&judge.prompt)).collect();
    let mut names = json!({"generation": label(&asking.prompt)});
    if !judges.is_empty() {
        names["judges"] = json!(judges);
    }
    names
}

/// Exports, unless nothing has changed since the last export.
pub(super) fn export_stage(session: &mut Session, request: &ExportRequest<'_>) -> Result<Vec<Artifact>, EngineError> {
    let tx = session.transaction()?;
    let inputs = request.inputs(&tx)?;
    tx.commit()?;
    if let Some(earlier) = session.unchanged(Stage::Export, Some(request.step), &inputs)? {
        let found = latest_artifacts(session, request.files().map(ExportFile::name))?;
        session.reused(Stage::Export, Some(request.step), &earlier, |_| Ok(()))?;
        return Ok(found);
    }
    let step = Some(request.step);
    let (artifacts, _) = session.stage(Stage::Export, step, |tx, ctx| Ok(export::export(tx, ctx, request)?))?;
    Ok(artifacts)
}

/// Writes the report, unless nothing has changed since the last one.
pub(super) fn report_stage(
    session: &mut Session,
    project: &Project,
    request: &ExportRequest<'_>,
) -> Result<Vec<Artifact>, EngineError> {
    let samples_per_group = project.config.report.samples_per_group;
    let tx = session.transaction()?;
    let mut inputs = request.inputs(&tx)?;
    tx.commit()?;
    // The report shows what the export found odd.
    if let Some(exported) = session.unchanged(Stage::Export, Some(request.step), &inputs)?
        && let Some(unmatched) = exported.summary.counts.get("unmatched")
    {
        inputs["unmatched"] = unmatched.clone();
    }
    let snapshot = crate::record::Digest::of_value(&project.snapshot).to_string();
    let configuration = configuration_file(&session.connection, project)?;
    inputs["samples_per_group"] = json!(samples_per_group);
    if let Some(name) = &configuration {
        inputs["configuration"] = json!(name);
    }
    if let Some(figures) = artifact::latest(&session.connection, evaluate::FILE)? {
        inputs["evaluation"] = json!(figures.sha1.to_string());
    }
    inputs["config"] = json!(snapshot);
    inputs["version"] = json!(env!("CARGO_PKG_VERSION"));
    if let Some(earlier) = session.unchanged(Stage::Report, None, &inputs)? {
        let found = latest_artifacts(session, report::FILES.iter().map(|(name, _)| *name))?;
        session.reused(Stage::Report, None, &earlier, |_| Ok(()))?;
        return Ok(found);
    }
    let (artifacts, _) = session.stage(Stage::Report, None, |tx, ctx| {
        Ok(report::report(tx, ctx, &rendered_report(tx, project, configuration)?, inputs)?)
    })?;
    Ok(artifacts)
}

/// Makes the report on the run file as it is. `configuration` is the name of the configuration's file.
pub(super) fn rendered_report(
    connection: &Connection,
    project: &Project,
    configuration: Option<String>,
) -> Result<Rendered, EngineError> {
    let samples_per_group = project.config.report.samples_per_group;
    let mut report = report_view::gather(connection, report_view::ReportOptions { samples_per_group })?;
    report.run.configuration.file = configuration;
    report.experiment = evaluate::recorded(connection)?;
    report.graph = Some(drawing::drawing(project.steps.iter().map(|setup| &setup.config)));
    Ok(Rendered { markdown: report_view::markdown(&report), html: report_view::html(&report)? })
}

/// The name of the configuration's file, without its folder: a moved project has the same report. A run file by itself
/// knows it from its latest report.
pub(super) fn configuration_file(connection: &Connection, project: &Project) -> rusqlite::Result<Option<String>> {
    match own_configuration(project) {
        Some(name) => Ok(Some(name)),
        None => recorded_configuration(connection),
    }
}

/// The name of the project's own configuration file; `None` for a recorded one.
pub(super) fn own_configuration(project: &Project) -> Option<String> {
    let file = project.places.as_ref().and_then(Places::file).and_then(|it| Path::new(it).file_name());
    file.map(|name| name.to_string_lossy().into_owned())
}

/// The name of the configuration file that the latest report was made with.
pub(super) fn recorded_configuration(connection: &Connection) -> rusqlite::Result<Option<String>> {
    let latest: &[(&'static str, &dyn ToSql)] = &[
        (":stage", &Stage::Report),
        (":step", &None::<i64>),
        (":after", &0),
        (":knowledge", &None::<&str>),
        (":role", &None::<&str>),
    ];
    let inputs: Option<Value> = sql::RECORD_LATEST_MANIFEST.first(connection, latest, |row| row.get("inputs"))?;
    Ok(inputs.and_then(|it| it["configuration"].as_str().map(str::to_owned)))
}

fn latest_artifacts<'a>(session: &Session, names: impl Iterator<Item = &'a str>) -> Result<Vec<Artifact>, EngineError> {
    let mut found = Vec::new();
    for name in names {
        found.extend(crate::stage::artifact::latest(&session.connection, name)?);
    }
    Ok(found)
}
