//! What is evaluated.

use std::collections::BTreeMap;
use std::sync::Arc;

use rusqlite::Connection;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::config::Experiment;
use crate::experiment::{ExperimentError, GoldMismatch, MetricRule};
use crate::prompt::{TemplateColumns, TemplateValue};
use crate::stage::gold::GoldAnswers;
use crate::store::sql;

/// The name of the file with the figures.
pub const FILE: &str = "eval.json";

/// What is evaluated.
pub struct EvaluateRequest<'a> {
    pub experiment: &'a Experiment,
    /// `run.seed`.
    pub seed: u64,
    /// The gold answers, which have to be loaded.
    pub gold: Option<&'a GoldAnswers>,
    /// The data set of the input (rowid).
    pub dataset: i64,
    pub variants: Vec<MeasuredVariant>,
    /// The share of the input that figures are over; `None`: all of it.
    pub share: Option<InputShare>,
}

impl EvaluateRequest<'_> {
    /// The position in the plan before which work items are evaluated.
    pub(super) fn before(&self) -> i64 {
        self.share.as_ref().map_or(i64::MAX, |it| i64::try_from(it.first).unwrap_or(i64::MAX))
    }
}

/// The first rows or groups of the input.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct InputShare {
    pub first: u64,
    /// The number of all of them.
    pub of: u64,
    /// `rows` or `groups`.
    pub what: String,
}

/// A variant that is measured.
pub struct MeasuredVariant {
    /// Its number in the run file.
    pub number: i64,
    pub name: String,
    pub is_baseline: bool,
    /// Its values of the keys that vary, as texts.
    pub settings: BTreeMap<String, String>,
    /// The metrics of the experiment, in their order, compiled for its outputs.
    pub metrics: Vec<MetricRule>,
    /// The columns of the input, as expressions see them.
    pub columns: Arc<TemplateColumns>,
    /// The variables of the configuration.
    pub variables: TemplateValue,
}

/// The error that the gold answer `about` is not what a metric needs.
pub(super) fn wrong_gold(
    metric: &MetricRule,
    answer: Option<&Value>,
    (about, expected): (String, String),
) -> ExperimentError {
    let gold = metric.gold.clone().unwrap_or_default();
    let found = answer.map(|it| it[gold.as_str()].to_string()).unwrap_or_default();
    let found = found.chars().take(60).collect();
    Box::new(GoldMismatch { gold, about, metric: metric.name.clone(), found, expected }).into()
}

/// Makes sure that there are the gold answers of the request, and no others.
pub(super) fn prepare(connection: &Connection, request: &EvaluateRequest<'_>) -> rusqlite::Result<()> {
    sql::GOLD_CREATE_ANSWERS.execute(connection, &[])?;
    if request.gold.is_none() {
        sql::GOLD_CLEAR_ANSWERS.execute(connection, &[])?;
    }
    Ok(())
}
