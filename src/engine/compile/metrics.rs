//! The metrics of an experiment that are expressions: the names in them are checked before anything is asked.

use std::sync::Arc;

use serde_json::Value;

use super::names::{columns_of, fields_of, known};
use super::placed;
use crate::config::{Experiment, MetricKind};
use crate::engine::error::EngineError;
use crate::project::Project;
use crate::prompt::{Known, Rule, TemplateColumns, TemplateUse};
use crate::record::ColumnKind;

/// The names that the expressions of metrics see of the outputs of `project`, over a table with these columns:
/// `output`, `row` or `group`, `vars`, and `gold` with these values.
pub fn metric_names(
    project: &Project,
    table: (&[String], &[ColumnKind]),
    gold: Vec<(String, ColumnKind)>,
) -> Option<Known> {
    let setup = project.last()?;
    let columns = columns_of(setup, table);
    let fields = fields_of(setup);
    let known = known(project, project.last_place(), TemplateUse::Metric, &columns, &fields);
    Some(if gold.is_empty() { known } else { known.with_gold(gold) })
}

/// The columns of the table, as the expressions of metrics see them.
pub fn metric_columns(project: &Project, table: (&[String], &[ColumnKind])) -> Option<Arc<TemplateColumns>> {
    project.last().map(|setup| columns_of(setup, table))
}

/// Checks the names in the expressions of metrics of `experiment` on the outputs of `project`, and that they compare no
/// values of different kinds. `gold` has the values of gold answers, where these are read already.
pub fn check_metrics(
    project: &Project,
    experiment: &Experiment,
    table: (&[String], &[ColumnKind]),
    gold: Option<&[(String, ColumnKind)]>,
) -> Result<(), EngineError> {
    let names = experiment.gold.iter().flat_map(|gold| gold.fields.keys());
    let gold = gold.map_or_else(|| names.map(|name| (name.clone(), ColumnKind::Json)).collect(), <[_]>::to_vec);
    let Some(known) = metric_names(project, table, gold) else { return Ok(()) };
    for (index, metric) in experiment.metrics.iter().enumerate() {
        if let MetricKind::Expr { expr } = &metric.kind {
            let key = format!("experiment.metrics[{index}].expr");
            let compiled = Rule::compile(&Value::from(expr.as_str()), &key, &known);
            compiled.map_err(|error| placed(project, project.last_place(), error.into()))?;
        }
    }
    Ok(())
}
