//! The stage `evaluate` as commands run it: the figures of an experiment, reused where nothing changed.

use std::collections::BTreeMap;
use std::path::Path;

use rusqlite::Connection;
use serde_json::Value;

use super::compile::{metric_columns, metric_names};
use super::error::EngineError;
use super::session::Session;
use crate::config::{Experiment, Metric, Variant};
use crate::experiment::{Evaluation, MetricRule, MetricTypes, SchemaTypes};
use crate::project::Project;
use crate::prompt::TemplateValue;
use crate::record::{OutputPath, Stage, canonical};
use crate::stage::artifact::{self, Artifact};
use crate::stage::evaluate::{self, EvaluateRequest, FILE, InputShare, MeasuredVariant, OtherFile};
use crate::stage::gold::GoldAnswers;
use crate::stage::ingest::Dataset;
use crate::store::{self, Access};

/// A variant with its number in the run file and its project.
pub(super) struct VariantProject<'a> {
    pub(super) number: i64,
    pub(super) variant: &'a Variant,
    pub(super) project: &'a Project,
}

/// What is evaluated: the variants, in their order, over the rows of `dataset`, or a share of them. The `gold` answers
/// have to be loaded.
pub(super) fn evaluate_request<'a>(
    (base, experiment): (&Project, &'a Experiment),
    variants: &[VariantProject<'_>],
    (dataset, share): (&Dataset, Option<InputShare>),
    gold: Option<&'a GoldAnswers>,
) -> Result<EvaluateRequest<'a>, EngineError> {
    request((experiment, base.config.run.seed), variants, (dataset, share), gold)
}

/// The same with the seed of bootstraps.
pub(super) fn request<'a>(
    (experiment, seed): (&'a Experiment, u64),
    variants: &[VariantProject<'_>],
    (dataset, share): (&Dataset, Option<InputShare>),
    gold: Option<&'a GoldAnswers>,
) -> Result<EvaluateRequest<'a>, EngineError> {
    let variants = variants.iter().map(|it| measured((experiment, gold), it, dataset)).collect::<Result<_, _>>()?;
    Ok(EvaluateRequest { experiment, seed, gold, dataset: dataset.id, variants, share })
}

fn measured(
    (experiment, gold): (&Experiment, Option<&GoldAnswers>),
    of: &VariantProject<'_>,
    dataset: &Dataset,
) -> Result<MeasuredVariant, EngineError> {
    let VariantProject { number, variant, project } = of;
    let table = (dataset.columns.as_slice(), dataset.kinds.as_slice());
    let gold = gold.map(GoldAnswers::kinds).unwrap_or_default();
    let known = metric_names(project, table, gold).ok_or(EngineError::NothingMeasured)?;
    let columns = metric_columns(project, table).ok_or(EngineError::NothingMeasured)?;
    let rule = |(index, metric): (usize, &Metric)| MetricRule::compile(metric, index, types(project, metric), &known);
    let metrics = experiment.metrics.iter().enumerate().map(rule).collect::<Result<_, _>>();
    let baseline = experiment.variants.get(experiment.baseline);
    Ok(MeasuredVariant {
        number: *number,
        name: variant.name.clone(),
        is_baseline: baseline.is_some_and(|it| it.overlay == variant.overlay),
        settings: settings(variant),
        metrics: metrics.map_err(evaluate::EvaluateError::from)?,
        columns,
        variables: TemplateValue::new(&Value::Object(project.config.vars.clone())),
    })
}

/// What a variant lays over the configuration, each value as a text: as it is on record, where 1.0 is 1.
fn settings(variant: &Variant) -> BTreeMap<String, String> {
    let text = |value: &Value| value.as_str().map_or_else(|| canonical::to_string(value), str::to_owned);
    variant.overlay.iter().map(|(key, value)| (key.clone(), text(value))).collect()
}

/// What the schema of the last step says about the values that a metric reads.
fn types(project: &Project, metric: &Metric) -> MetricTypes {
    let at = |path: &OutputPath| -> SchemaTypes {
        let known = project.last().and_then(|setup| setup.contract.types_at(path).ok());
        let values = project.last().and_then(|setup| setup.contract.values_at(path));
        known.filter(|it| !it.is_open).map(|it| SchemaTypes::new(it.types)).unwrap_or_default().with_values(values)
    };
    let path = metric.of.as_deref().and_then(|of| of.parse::<OutputPath>().ok());
    let nothing = SchemaTypes::default;
    MetricTypes {
        at: path.as_ref().map_or_else(nothing, at),
        elements: path.map(OutputPath::elements).as_ref().map_or_else(nothing, at),
    }
}

/// Checks that metrics can compare with all gold answers, before anything is asked.
pub(super) fn check_gold(connection: &Connection, request: &EvaluateRequest<'_>) -> Result<(), EngineError> {
    Ok(evaluate::check_gold(connection, request)?)
}

/// Evaluates, unless nothing has changed since the last time.
pub(super) fn evaluate_stage(
    session: &mut Session,
    request: &EvaluateRequest<'_>,
) -> Result<(Evaluation, Artifact), EngineError> {
    let inputs = evaluate::inputs(&session.connection, request)?;
    if let Some(earlier) = session.unchanged(Stage::Evaluate, None, &inputs)?
        && let Some(evaluation) = evaluate::recorded(&session.connection)?
        && let Some(file) = artifact::latest(&session.connection, FILE)?
        && earlier.summary.outputs[FILE]["sha1"].as_str() == Some(file.sha1.to_string().as_str())
    {
        session.reused(Stage::Evaluate, None, &earlier, |_| Ok(()))?;
        return Ok((evaluation, file));
    }
    let (found, _) =
        session.stage(Stage::Evaluate, None, |tx, ctx| Ok(evaluate::evaluate(tx, ctx, request, inputs)?))?;
    Ok(found)
}

/// Checks that the run file at `path` can be compared with the one at `db`, before anything is asked.
pub(super) fn check_other(path: &Path, db: &Path) -> Result<(), EngineError> {
    if let (Ok(one), Ok(two)) = (path.canonicalize(), db.canonicalize())
        && one == two
    {
        return Err(evaluate::EvaluateError::Itself(path.display().to_string()).into());
    }
    store::open(path, Access::Read)?;
    Ok(())
}

/// Checks that the run file at `path` has any of the work items that the `steps` (rowids) have here so far, and the
/// step `last`, under the variant that is compared with: that of the name `baseline`, where there is one.
pub(super) fn check_shared(
    connection: &Connection,
    (steps, last): (&[i64], &str),
    (path, baseline): (&Path, &str),
) -> Result<(), EngineError> {
    let other = store::open(path, Access::Read)?;
    let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned();
    Ok(evaluate::check_shared(connection, (steps, last), &OtherFile { connection: &other, name }, baseline)?)
}

/// Compares the variants with the outputs of another run file, which is only read. Nothing of it is recorded.
pub(super) fn evaluate_against(
    session: &Session,
    request: &EvaluateRequest<'_>,
    path: &Path,
) -> Result<Evaluation, EngineError> {
    let connection = store::open(path, Access::Read)?;
    let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned();
    Ok(evaluate::against(&session.connection, request, &OtherFile { connection: &connection, name })?)
}
