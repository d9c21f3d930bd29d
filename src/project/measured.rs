//! Holds the metrics of an experiment against the outputs that they measure, as far as files and schemas say.

use std::fs::File;
use std::path::Path;

use super::error::ProjectError;
use super::given::Given;
use super::setup::Setup;
use crate::config::{Experiment, Metric, MetricKind};
use crate::record::{OutputPath, PathPart};
use crate::schema::PathTypes;

/// Checks that the files are there that the experiment names.
pub(super) fn check_files(experiment: &Experiment, dir: &Path, given: Option<&Given>) -> Result<(), ProjectError> {
    let gold = experiment.gold.as_ref().and_then(|gold| gold.path.as_ref());
    let mut files: Vec<(String, &String)> =
        gold.map(|path| ("experiment.gold.path".to_owned(), path)).into_iter().collect();
    for (index, metric) in experiment.metrics.iter().enumerate() {
        if let MetricKind::Judge { prompt, .. } = &metric.kind {
            files.push((format!("experiment.metrics[{index}].prompt"), prompt));
        }
    }
    for (key, name) in files {
        if given.is_some_and(|given| given.text(name).is_some()) {
            continue;
        }
        let path = dir.join(name);
        File::open(&path).map_err(|source| ProjectError::unreadable(&key, &path, source))?;
    }
    Ok(())
}

/// Checks that outputs of the step `last` can have what each metric measures.
pub(super) fn check(experiment: &Experiment, last: &Setup) -> Result<(), ProjectError> {
    if last.unwritten {
        return Ok(());
    }
    for (index, metric) in experiment.metrics.iter().enumerate() {
        let Some(path) = metric.of.as_deref().and_then(|of| of.parse::<OutputPath>().ok()) else { continue };
        let key = || format!("experiment.metrics[{index}].of");
        let types = last.contract.types_at(&path).map_err(|error| ProjectError::Metric {
            key: key(),
            reason: error.to_string(),
            hint: error.hint(),
        })?;
        if let Some((needed, hint)) = unfit(metric, &path, &types) {
            let found = if has_several(&path) { "a list".to_owned() } else { listed(&types) };
            let reason = format!("`{}` measures {needed}, and `{path}` is {found}", metric.name);
            return Err(ProjectError::Metric { key: key(), reason, hint: Some(hint.to_owned()) });
        }
    }
    Ok(())
}

/// Whether the path leads to several values, which are then a list.
fn has_several(path: &OutputPath) -> bool {
    path.parts().contains(&PathPart::Elements)
}

/// What the metric measures and a hint, where values of these types cannot be that.
fn unfit(metric: &Metric, path: &OutputPath, types: &PathTypes) -> Option<(&'static str, &'static str)> {
    let several = has_several(path);
    let may_be = |kinds: &[&str]| kinds.iter().any(|kind| types.may_be(kind));
    let (fits, needed, hint) = match &metric.kind {
        MetricKind::Mae | MetricKind::Rmse | MetricKind::Numeric { .. } => {
            (!several && may_be(&["number"]), "numbers", "texts are compared with `kind: exact`")
        }
        MetricKind::Jaccard => {
            (several || may_be(&["array"]), "lists", "single values are compared with `kind: exact`")
        }
        MetricKind::Contains => {
            let hint = "numbers are compared with `kind: exact` or `kind: numeric`";
            (several || may_be(&["array", "string"]), "texts or lists", hint)
        }
        MetricKind::Regex { .. } => {
            (!several && may_be(&["string"]), "texts", "other values are tested with `kind: expr`")
        }
        MetricKind::F1Macro | MetricKind::F1Micro | MetricKind::Precision { .. } | MetricKind::Recall { .. } => {
            let fits = !several && may_be(&["string", "boolean", "number"]);
            (fits, "labels", "lists are compared with `kind: jaccard`")
        }
        MetricKind::Exact | MetricKind::Expr { .. } | MetricKind::Judge { .. } => return None,
    };
    (!fits).then_some((needed, hint))
}

/// The types of a value, for a message.
fn listed(types: &PathTypes) -> String {
    let words: Vec<&str> = types
        .types
        .iter()
        .map(|kind| match *kind {
            "array" => "a list",
            "boolean" => "true or false",
            "integer" => "a whole number",
            "null" => "null",
            "number" => "a number",
            "object" => "an object",
            _ => "a text",
        })
        .collect();
    words.join(" or ")
}
