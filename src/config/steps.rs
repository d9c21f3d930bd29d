//! Resolves the steps of a task: each with the blocks at the top as its defaults, in the order in which they run.

mod block;
mod order;
mod own;

use super::error::ConfigError;
use super::llm_layers::lay_over;
use super::node::{Entry, Node, Value};
use super::pin_blocks::{self, PinsSource};
use super::raw;
use super::resolve::resolve_step;
use super::resolved::{Config, Step};
use super::typed::typed;
use super::vars;
use block::StepBlock;

/// Blocks that a step may have of its own.
const BLOCKS: &[&str] =
    &["grouping", "context", "prompts", "schema", "answer", "llm", "judge", "checks", "evidence", "accept", "until"];
/// Blocks that a step's own replace as a whole.
const WHOLE: &[&str] = &["match", "extra_body", "schema", "answer"];

/// Resolves each step of the configuration in `node`, in which names of models have become blocks. Each step comes
/// after those that it takes from. With `rehearse`, the `sample` provider replaces every other.
pub(super) fn resolve_steps(node: Node, rehearse: bool, pins: &PinsSource) -> Result<Vec<Config>, ConfigError> {
    let written: raw::Config = typed(&node, "")?;
    let Some(steps) = written.steps else {
        return Ok(vec![resolve_or_rehearse(node, Step::default(), (rehearse, pins))?]);
    };
    if steps.is_empty() {
        return Err(ConfigError::value("steps", "expected at least one step", node.origin_of("steps")));
    }
    let nodes = node.elements("steps");
    let mut found = Vec::with_capacity(steps.len());
    for (index, (step, own)) in steps.iter().zip(nodes).enumerate() {
        let block = StepBlock { index, node: own };
        block.check_name(step, &steps[..index], steps.len() == 1)?;
        for settings in own::own_settings(&block, step)? {
            let merged = merged(&node, own, step, &settings)?;
            let config =
                resolve_or_rehearse(merged, settings, (rehearse, pins)).map_err(|error| block.locate(error))?;
            block.check_settings(step, &config)?;
            found.push((config, index));
        }
    }
    order::in_order(found, nodes)
}

/// Resolves a step. For a rehearsal that is done twice, so that the providers as written are checked too.
fn resolve_or_rehearse(
    mut node: Node,
    step: Step,
    (rehearse, pins): (bool, &PinsSource),
) -> Result<Config, ConfigError> {
    if step.rule.is_none() {
        pin_blocks::expand(&mut node, step.name(), pins)?;
    }
    let config = resolve_step(&node, step.clone())?;
    if !rehearse || config.llm.is_none() {
        return Ok(config);
    }
    let sample = || Node::parse_set("llm.provider", "sample");
    node.set("llm.provider", sample()?)?;
    if !config.judges().is_empty() {
        node.set("judge.llm.provider", sample()?)?;
    }
    if config.author().is_some() {
        node.set("schema.llm.provider", sample()?)?;
    }
    if let Some(Value::List(judges)) = node.get("judge.judges").map(|it| it.value.clone()) {
        let mut rehearsing = judges;
        for judge in &mut rehearsing {
            judge.set("llm.provider", sample()?)?;
        }
        let origin = node.origin_of("judge.judges").clone();
        node.set("judge.judges", Node { value: Value::List(rehearsing), origin })?;
    }
    resolve_step(&node, step)
}

/// The whole configuration with the step's own blocks, and those of its perspective, laid over the blocks at the top.
fn merged(root: &Node, own: &Node, step: &raw::Step, settings: &Step) -> Result<Node, ConfigError> {
    let (mut root, mut over) = (root.clone(), own.clone());
    // The schema and the checks at the top are those of answers, and a rule has none. A verdict has no claims.
    let is_rule = settings.rule.is_some();
    root.retain(|key| key != "steps" && !(is_rule && matches!(key, "schema" | "checks")));
    root.retain(|key| key != "evidence" || !(is_rule || settings.verdict));
    if let Some(llm) = own.get("llm") {
        lay_over_llm(&mut root, llm);
    }
    over.retain(|key| BLOCKS.contains(&key) && key != "llm");
    if let Some(vars) = own.get("vars") {
        vars::lay_over(&mut root, vars);
    }
    // A step's judge on another server takes no key, address or price from the judge at the top.
    let under = root.get_mut("judge").and_then(|it| it.get_mut("llm"));
    if let (Some(under), Some(llm)) = (under, over.get("judge.llm")) {
        lay_over(under, llm);
    }
    let origin = root.origin.clone();
    root.overlay(&over, WHOLE);
    root.origin = origin;
    if settings.verdict {
        judge_alone(&mut root, own)?;
    }
    if let Some(perspective) = perspective(own, step, settings) {
        if let Some(llm) = perspective.get("llm") {
            lay_over_llm(&mut root, llm);
        }
        if let Some(model) = perspective.get("model") {
            let entry = Entry { key: "model".to_owned(), key_origin: model.origin.clone(), node: model.clone() };
            lay_over_llm(&mut root, &Node { value: Value::Map(vec![entry]), origin: model.origin.clone() });
        }
    }
    // `each` says what becomes a work item, so that the mode of grouping need not be written.
    let mode = match step.each.as_deref().map(str::trim) {
        Some("group") => Some("group_output"),
        Some("row") => Some("row_output_with_group_context"),
        _ => None,
    };
    if let Some(mode) = mode
        && root.get("grouping").is_some_and(|it| matches!(it.value, Value::Map(_)))
        && root.get("grouping.mode").is_none()
    {
        let origin = own.origin_of("each").clone();
        root.set("grouping.mode", Node { value: Value::Text(mode.to_owned()), origin })?;
    }
    Ok(root)
}

/// In a step that gives verdicts, the judge's prompt of its own is the one that asks for them, if it has no other one.
fn judge_alone(root: &mut Node, own: &Node) -> Result<(), ConfigError> {
    let Some(prompt) = own.get("prompts.judge").filter(|_| own.get("prompts.generation").is_none()) else {
        return Ok(());
    };
    root.set("prompts.generation", prompt.clone())?;
    if let Some(prompts) = root.get_mut("prompts") {
        prompts.retain(|key| key != "judge");
    }
    if own.get("judge").is_none() {
        let off = Node { value: Value::Bool(false), origin: own.origin_of("do").clone() };
        root.set("judge.enabled", off)?;
    }
    Ok(())
}

/// Lays `over` over the `llm` block of `root`, which may have none.
fn lay_over_llm(root: &mut Node, over: &Node) {
    match root.get_mut("llm") {
        Some(under) => lay_over(under, over),
        None => {
            if let Value::Map(entries) = &mut root.value {
                let key_origin = over.origin.clone();
                entries.push(Entry { key: "llm".to_owned(), key_origin, node: over.clone() });
            }
        }
    }
}

/// The perspective of `settings` as it is written in the step.
fn perspective<'a>(own: &'a Node, step: &raw::Step, settings: &Step) -> Option<&'a Node> {
    let name = &settings.perspective.as_ref()?.name;
    let index = step.perspectives.iter().flatten().position(|other| other.name == *name)?;
    own.elements("perspectives").get(index)
}
