//! The stages as every command runs them: with their manifests, and not again where nothing has changed.

use serde_json::{Value, json};

use super::error::EngineError;
use super::project::Project;
use super::session::Session;
use super::spec;
use crate::prompt::ContextBuilder;
use crate::record::Stage;
use crate::stage::artifact::Artifact;
use crate::stage::export::ExportRequest;
use crate::stage::generate::Task;
use crate::stage::ingest::Dataset;
use crate::stage::plan::{self, Grouping, ImagePlan, ImageSource, PlanRequest};
use crate::stage::report::Rendered;
use crate::stage::{contract, export, report};
use crate::store::{FIXED, create_results_view};
use crate::tabular::column_names;
use crate::view::report as report_view;

/// Puts the contract on record; returns what to tell.
pub(super) fn contract_stage(session: &mut Session, project: &Project) -> Result<String, EngineError> {
    let held = &project.contract;
    let fields = match held.fields().len() {
        1 => "1 field".to_owned(),
        count => format!("{count} fields"),
    };
    let native = spec::native(&project.config.llm, held);
    match session.unchanged(Stage::Contract, &contract::inputs(held, &native))? {
        Some(earlier) => {
            session.reused(Stage::Contract, None, &earlier)?;
            Ok(format!("{fields}, unchanged"))
        }
        None => {
            session.stage(Stage::Contract, None, |tx, ctx| Ok(((), contract::contract(tx, ctx, held, &native)?)))?;
            Ok(fields)
        }
    }
}

/// What a plan is made of, beside the task.
pub(super) struct Planning<'a> {
    /// How contexts are built.
    pub(super) context: Option<&'a ContextBuilder>,
    /// The rows.
    pub(super) dataset: &'a Dataset,
    /// What becomes a work item.
    pub(super) grouping: Grouping,
    /// Where images come from.
    pub(super) images: ImageSource<'a>,
    /// What the manifest says was read.
    pub(super) inputs: Value,
}

/// Makes the plan and the view `results`; returns the manifest's counts.
pub(super) fn plan_stage(
    session: &mut Session,
    project: &Project,
    task: &Task,
    planning: Planning<'_>,
) -> Result<Value, EngineError> {
    let Planning { context, dataset, grouping, images, inputs } = planning;
    let request = PlanRequest {
        step: task.step,
        step_name: crate::stage::STEP,
        task: task.row,
        task_id: task.id,
        dataset,
        columns: &task.columns,
        keyed: project.config.input.key.is_some(),
        grouping,
        context,
        images: task.shows_images().then(|| ImagePlan {
            generation: &task.generation.prompt,
            judge: task.judge.as_ref().map(|judge| &judge.party.prompt),
            folder: &project.config.images.dir,
            allow_urls: project.config.images.allow_urls,
            source: images,
        }),
    };
    let by_row = !matches!(grouping, Grouping::Groups(_));
    let fields: Vec<String> = project.contract.fields().iter().map(|field| field.name.clone()).collect();
    let ((), summary) = session.stage(Stage::Plan, Some(task.step), |tx, ctx| {
        let mut summary = plan::plan(tx, ctx, &request)?;
        summary.inputs = inputs;
        let input = if by_row { dataset.columns.as_slice() } else { &[] };
        let fixed: Vec<&str> = FIXED.iter().map(|(name, _)| *name).collect();
        let names = column_names(input, &fixed, &fields);
        let pairs: Vec<(String, String)> = names.fields.iter().cloned().zip(fields.iter().cloned()).collect();
        create_results_view(tx, &names.input, &names.fixed, &pairs)?;
        Ok(((), summary))
    })?;
    Ok(summary.counts)
}

/// What to export of a project.
pub(super) fn export_request<'a>(
    project: &Project,
    columns: &'a [String],
    grouping: Grouping,
    step: i64,
) -> ExportRequest<'a> {
    let outputs = &project.config.outputs;
    ExportRequest {
        step,
        formats: outputs.formats.clone(),
        columns,
        by_row: !matches!(grouping, Grouping::Groups(_)),
        grouped: grouping != Grouping::Rows,
        fields: project.contract.fields().iter().map(|field| field.name.clone()).collect(),
        judged: project.config.judge.is_some(),
        thin: outputs.thin,
        spreadsheet_safe: outputs.spreadsheet_safe,
    }
}

/// Exports, or finds that nothing has changed since the last export.
pub(super) fn export_stage(session: &mut Session, request: &ExportRequest<'_>) -> Result<Vec<Artifact>, EngineError> {
    let tx = session.transaction()?;
    let inputs = request.inputs(&tx)?;
    tx.commit()?;
    if let Some(earlier) = session.unchanged(Stage::Export, &inputs)? {
        let found = latest_artifacts(session, request.formats.iter().map(|format| export::file_name(*format)))?;
        session.reused(Stage::Export, Some(request.step), &earlier)?;
        return Ok(found);
    }
    let step = Some(request.step);
    let (artifacts, _) = session.stage(Stage::Export, step, |tx, ctx| Ok(export::export(tx, ctx, request)?))?;
    Ok(artifacts)
}

/// Writes the report, or finds that nothing has changed since the last one.
pub(super) fn report_stage(
    session: &mut Session,
    project: &Project,
    request: &ExportRequest<'_>,
) -> Result<Vec<Artifact>, EngineError> {
    let samples_per_group = project.config.report.samples_per_group;
    let tx = session.transaction()?;
    let mut inputs = request.inputs(&tx)?;
    tx.commit()?;
    let snapshot = crate::record::Digest::of_value(&project.snapshot).to_string();
    inputs["samples_per_group"] = json!(samples_per_group);
    inputs["config"] = json!(snapshot);
    inputs["version"] = json!(env!("CARGO_PKG_VERSION"));
    if let Some(earlier) = session.unchanged(Stage::Report, &inputs)? {
        let found = latest_artifacts(session, report::FILES.iter().map(|(name, _)| *name))?;
        session.reused(Stage::Report, None, &earlier)?;
        return Ok(found);
    }
    let (artifacts, _) = session.stage(Stage::Report, None, |tx, ctx| {
        let report = report_view::gather(tx, &report_view::ReportOptions { samples_per_group })?;
        let rendered = Rendered { markdown: report_view::markdown(&report), html: report_view::html(&report)? };
        Ok(report::report(tx, ctx, &rendered, inputs)?)
    })?;
    Ok(artifacts)
}

fn latest_artifacts<'a>(session: &Session, names: impl Iterator<Item = &'a str>) -> Result<Vec<Artifact>, EngineError> {
    let mut found = Vec::new();
    for name in names {
        found.extend(crate::stage::artifact::latest(&session.connection, name)?);
    }
    Ok(found)
}
