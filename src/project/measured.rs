//! Holds the metrics of an experiment against the outputs that they measure, as far as files and schemas say.

use std::fs::File;
use std::path::Path;

use serde_json::Value;

use super::error::ProjectError;
use super::given::Given;
use super::setup::Setup;
use crate::config::{Experiment, Metric, MetricKind, nearest};
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
        if let Some((reason, hint)) = foreign_label(metric, &path, last.contract.values_at(&path)) {
            let key = format!("experiment.metrics[{index}].label");
            return Err(ProjectError::Metric { key, reason, hint: Some(hint) });
        }
    }
    Ok(())
}

/// What is wrong with the label of a metric that is none of the `values` that the schema lists, and a hint.
fn foreign_label(metric: &Metric, path: &OutputPath, values: Option<Vec<Value>>) -> Option<(String, String)> {
    let (MetricKind::Precision { label: Some(label) } | MetricKind::Recall { label: Some(label) }) = &metric.kind
    else {
        return None;
    };
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let known: Vec<String> = values?.iter().filter(|it| !it.is_null()).map(text).collect();
    if known.contains(label) {
        return None;
    }
    let near = nearest(label, known.iter().map(String::as_str));
    let hint =
        near.map_or_else(|| format!("its labels are {}", known.join(", ")), |it| format!("did you mean `{it}`?"));
    Some((format!("`{path}` has no label `{}` in the schema", label.escape_debug()), hint))
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
        .filter(|kind| **kind != "integer" || !types.types.contains("number"))
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

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use crate::project::{Project, ProjectSource};

    const CONFIG: &str = r#"
run: {name: demo}
input: {path: rows.csv, key: id}
schema: {path: schema.json}
models: {small: {model: a}, large: {model: b}}
experiment:
  matrix: {llm: [small, large], prompts.generation: [v1.yaml, v2.yaml]}
  metrics: [{name: short, kind: regex, of: label, pattern: "^.{0,9}$"}]"#;

    fn write(dir: &Path, name: &str, text: &str) {
        fs::write(dir.join(name), text).unwrap();
    }

    /// The variants of the project in `dir`, each as its name, its model and its prompt's name; or the error.
    fn variants(dir: &Path) -> Result<Vec<String>, String> {
        let config = dir.join("c.yaml");
        let origin = ProjectSource {
            config: &config,
            given: None,
            overrides: &[("llm.temperature".to_owned(), "0".to_owned())],
            sample: false,
            batch: None,
            function: None,
            pins: None,
        };
        let shown = |error: crate::project::ProjectError| {
            let place = error.location().map(|it| format!(" at {}", it.line)).unwrap_or_default();
            format!("{error}{place}").replace(&*dir.to_string_lossy(), "DIR")
        };
        let project = Project::of(origin).map_err(shown)?;
        let all = project.variants(origin).map_err(shown)?;
        let line = |(variant, project): &(crate::config::Variant, Project)| {
            let asking = project.steps[0].asking.as_ref().unwrap();
            assert!(project.snapshot["config"].get("experiment").is_none());
            format!("{}: {} {}", variant.name, asking.llm.model, asking.prompt.name())
        };
        Ok(all.iter().map(line).collect())
    }

    #[test]
    fn each_variant_is_a_project_and_its_errors_name_it() {
        let folder = tempfile::tempdir().unwrap();
        let dir = folder.path();
        write(dir, "c.yaml", CONFIG);
        write(dir, "rows.csv", "id\n1\n");
        write(dir, "schema.json", r#"{"type": "object", "properties": {"label": {"type": "string"}}}"#);
        write(dir, "v1.yaml", "{name: first, user: 'x {{ llm_schema }}'}");
        assert_eq!(
            variants(dir).unwrap_err(),
            "cannot read DIR/v2.yaml, named by `prompts.generation` (in the variant `small · v2`) at 7"
        );
        write(dir, "v2.yaml", "{name: second, user: 'x {{ llm_schema }}'}");
        let expected = ["small · v1: a first", "small · v2: a second", "large · v1: b first", "large · v2: b second"];
        assert_eq!(variants(dir).unwrap(), expected);
        write(dir, "c.yaml", &CONFIG.replace("[v1.yaml, v2.yaml]", "[v1.yaml], schema.path: [schema.json, n.json]"));
        write(dir, "n.json", r#"{"type": "object", "properties": {"label": {"type": "number"}}}"#);
        assert_eq!(
            variants(dir).unwrap_err(),
            "`experiment.metrics[0].of`: `short` measures texts, and `label` is a number (in the \
             variant `small · n`) at 8"
        );
    }
}
