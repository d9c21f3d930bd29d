//! Which keys of the configuration may vary in an experiment.

use crate::config::error::{ConfigError, Origin, nearest};
use crate::config::key_path;
use crate::config::node::{Node, Value};

const SAME_ITEMS: &str = "it says what the work items are, and those are the same under all variants";
const ONCE: &str = "it holds once for all variants";

/// Checks that `key`, written at `origin` under the path `block`, is one that may vary in the configuration `root`.
pub(super) fn check(key: &str, block: &str, root: &Node, origin: &Origin) -> Result<(), ConfigError> {
    let path = key_path::join(block, key);
    if !key_path::is_complete(key) {
        let error = ConfigError::value(&path, "not a key path", origin);
        return Err(error.with_hint("write it as `--set` takes it: `llm.temperature`, `prompts.generation`"));
    }
    let parts: Vec<&str> = key.split(['.', '[']).map(|part| part.trim_end_matches(']')).collect();
    if let Some((reason, hint)) = refused(&parts) {
        let error = ConfigError::value(&path, format!("`{key}` cannot vary: {reason}"), origin);
        return Err(match hint {
            Some(hint) => error.with_hint(hint),
            None => error,
        });
    }
    match parts.as_slice() {
        ["steps", step, ..] => check_step(&path, step, root, origin),
        ["models", name, ..] => check_model(&path, name, root, origin),
        _ => Ok(()),
    }
}

/// Why a key cannot vary, and what to do.
fn refused(parts: &[&str]) -> Option<(&'static str, Option<&'static str>)> {
    let bare = |reason| Some((reason, None));
    match parts {
        ["input" | "grouping", ..]
        | ["steps", _, "name" | "each" | "when" | "perspectives" | "grouping" | "pairs", ..] => bare(SAME_ITEMS),
        ["steps"] | ["steps", _] => Some((SAME_ITEMS, Some("name what varies in a step, as in `steps.NAME.llm`"))),
        ["run"] | ["run", "name", ..] => bare("the run file has one name"),
        ["experiment", ..] => bare("an experiment is made of what it varies"),
        ["budget", ..] => {
            let hint = "`experiment.budget_per_variant` bounds each variant alike";
            Some(("the budget holds over all variants", Some(hint)))
        }
        ["outputs" | "report" | "knowledge" | "images", ..] => bare(ONCE),
        _ => None,
    }
}

fn check_step(path: &str, step: &str, root: &Node, origin: &Origin) -> Result<(), ConfigError> {
    let steps = root.elements("steps");
    let name = |it: &Node| match it.get("name").map(|it| &it.value) {
        Some(Value::Text(name)) => Some(name.clone()),
        _ => None,
    };
    let names: Vec<String> = steps.iter().filter_map(name).collect();
    if names.iter().any(|it| it == step) || step.parse::<usize>().is_ok_and(|index| index < steps.len()) {
        return Ok(());
    }
    let error = ConfigError::value(path, format!("there is no step `{step}`"), origin);
    Err(match nearest(step, names.iter().map(String::as_str)) {
        Some(near) => error.with_hint(format!("did you mean `{near}`?")),
        None if names.is_empty() => error.with_hint("the task has no `steps`: name the keys at the top"),
        None => error.with_hint(format!("the steps are: {}", names.join(", "))),
    })
}

fn check_model(path: &str, name: &str, root: &Node, origin: &Origin) -> Result<(), ConfigError> {
    let names: Vec<&str> = match root.get("models").map(|it| &it.value) {
        Some(Value::Map(entries)) => entries.iter().map(|it| it.key.as_str()).collect(),
        _ => Vec::new(),
    };
    if names.contains(&name) {
        return Ok(());
    }
    let error = ConfigError::value(path, format!("there is no model `{name}` in `models`"), origin);
    Err(match nearest(name, names.iter().copied()) {
        Some(near) => error.with_hint(format!("did you mean `{near}`?")),
        None => error.with_hint("`models` has the models that can be named"),
    })
}
