//! Models by their names: the map `models`, and the names that stand in place of `llm` blocks.
//!
//! A name becomes a block before anything else reads it: `llm: small` is `llm: {use: small}`, and that is the whole
//! block of `models.small` with what the block says itself laid over it.

use super::error::{ConfigError, nearest};
use super::judge::SHARED;
use super::llm::resolve_llm;
use super::llm_layers::{MODEL_NAME, lay_over};
use super::node::{Entry, Node, Value};
use super::pin_blocks;
use super::typed::typed;

/// The paths of `llm` blocks in the whole configuration, and in each step.
const BLOCKS: &[&str] = &["llm", "schema.llm", "judge.llm", "judge.judges[].llm", "perspectives[].llm"];
/// Those at the top alone.
const AT_THE_TOP: &[&str] = &["experiment.metrics[].llm"];

/// What is done to an `llm` block, whose key path comes with it.
type Change<'a> = dyn FnMut(&mut Node, &str) -> Result<(), ConfigError> + 'a;

/// Makes each name in place of an `llm` block a block that has it, so that keys can be set in it.
pub(super) fn name_in_blocks(root: &mut Node) -> Result<(), ConfigError> {
    each_block(root, &mut |node, _| {
        if matches!(node.value, Value::Text(_)) {
            let (name, origin) = (node.clone(), node.origin.clone());
            *node = Node { value: Value::Map(vec![entry(name)]), origin };
        }
        Ok(())
    })
}

/// Checks `models`, and lays each block that names one of them over it.
pub(super) fn expand(root: &mut Node) -> Result<(), ConfigError> {
    name_in_blocks(root)?;
    check(root)?;
    let models = root.get("models").cloned();
    let names: Vec<String> = models.iter().flat_map(own_names).collect();
    each_block(root, &mut |node, path| {
        let Some(name) = node.get(MODEL_NAME).cloned() else { return Ok(()) };
        let Value::Text(text) = &name.value else { return Ok(()) };
        let model = models.as_ref().and_then(|it| it.entry(text)).map(|it| it.node.clone());
        let Some(mut block) = model else { return Err(unknown(path, text, &names, &name)) };
        // What a model has for generating is not a judge's.
        let judges = path.ends_with("judge.llm") || path.contains("judge.judges[");
        let scores = path.starts_with("experiment.");
        block.retain(|key| !(judges && SHARED.contains(&key)));
        block.retain(|key| !((judges || scores) && matches!(key, "escalate" | "by_row")));
        node.retain(|key| key != MODEL_NAME);
        lay_over(&mut block, node);
        block.origin = node.origin.clone();
        if let Value::Map(entries) = &mut block.value {
            entries.insert(0, entry(name));
        }
        *node = block;
        Ok(())
    })
}

fn entry(name: Node) -> Entry {
    Entry { key: MODEL_NAME.to_owned(), key_origin: name.origin.clone(), node: name }
}

/// The names of the models in the block `models`.
fn own_names(models: &Node) -> Vec<String> {
    match &models.value {
        Value::Map(entries) => entries.iter().map(|it| it.key.clone()).collect(),
        _ => Vec::new(),
    }
}

fn unknown(path: &str, name: &str, names: &[String], at: &Node) -> ConfigError {
    let error = ConfigError::value(path, format!("there is no model `{name}` in `models`"), &at.origin);
    match nearest(name, names.iter().map(String::as_str)) {
        Some(near) => error.with_hint(format!("did you mean `{near}`?")),
        None if names.is_empty() => error.with_hint(
            "a word is the name of one of `models`, as in `models: {small: {model: NAME}}`; a model's own name is \
             written as `llm: {model: NAME}`",
        ),
        None => error.with_hint(format!("the models are: {}", names.join(", "))),
    }
}

/// Checks each model of `models`, used or not.
fn check(root: &Node) -> Result<(), ConfigError> {
    let Some(models) = root.get("models").filter(|it| !it.is_null()) else { return Ok(()) };
    let Value::Map(entries) = &models.value else {
        // The error of a value that is no block.
        return typed::<std::collections::BTreeMap<String, super::raw::Llm>>(models, "models").map(|_| ());
    };
    for entry in entries {
        let path = format!("models.{}", entry.key);
        if entry.key.trim().is_empty() || entry.key.chars().any(char::is_control) || entry.key.len() > 100 {
            return Err(ConfigError::value("models", "expected names on one line", &entry.key_origin));
        }
        if let Some(other) = entry.node.get(MODEL_NAME) {
            let error = ConfigError::value(format!("{path}.{MODEL_NAME}"), "a model names no other one", &other.origin);
            return Err(error.with_hint("write the model as a whole"));
        }
        if !matches!(entry.node.value, Value::Map(_)) {
            let error = ConfigError::value(&path, "expected the block of a model", &entry.node.origin);
            return Err(error.with_hint("write it as in `small: {provider: openai, model: NAME}`"));
        }
        pin_blocks::refuse(&entry.node, &path)?;
        resolve_llm(&entry.node, &path)?;
    }
    Ok(())
}

/// Changes every `llm` block of a configuration.
fn each_block(root: &mut Node, change: &mut Change<'_>) -> Result<(), ConfigError> {
    for pattern in BLOCKS.iter().chain(AT_THE_TOP) {
        at_each(root, pattern, "", change)?;
    }
    for (index, step) in root.elements_mut("steps").iter_mut().enumerate() {
        for pattern in BLOCKS {
            at_each(step, pattern, &format!("steps[{index}]."), change)?;
        }
    }
    Ok(())
}

/// Changes the nodes at `pattern`, a key path in which `[]` means each element, below a node whose path is `before`.
fn at_each(node: &mut Node, pattern: &str, before: &str, change: &mut Change<'_>) -> Result<(), ConfigError> {
    let (first, rest) = pattern.split_once('.').map_or((pattern, None), |(first, rest)| (first, Some(rest)));
    if let Some(list) = first.strip_suffix("[]") {
        for (index, element) in node.elements_mut(list).iter_mut().enumerate() {
            at_each(element, rest.unwrap_or_default(), &format!("{before}{list}[{index}]."), change)?;
        }
        return Ok(());
    }
    let Some(inner) = node.get_mut(first) else { return Ok(()) };
    match rest {
        Some(rest) => at_each(inner, rest, &format!("{before}{first}."), change),
        None => change(inner, &format!("{before}{first}")),
    }
}
