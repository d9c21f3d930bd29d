//! Lays one `llm` block over another: a step's over the run's, also in its judge, a perspective's over its step's, a
//! judge's over the generation's, a schema author's over its step's.
//!
//! The blocks are laid over each other as YAML, so that a key that is not written keeps the value of the block below. A
//! block that names a model of `models`, or a pin, is whole, and keeps nothing.

use super::block::ConfigBlock;
use super::node::{Node, Value};
use super::pin_blocks::PIN;

/// Keys whose blocks are replaced as a whole instead of being merged key by key.
const WHOLE: &[&str] = &["match", "extra_body"];

/// Keys that belong to one provider's server and mean nothing to another's.
const OF_THE_SERVER: &[&str] = &[
    "base_url",
    "api_key_env",
    "api_version",
    "region",
    "model",
    "max_tokens_field",
    "seed",
    "stop",
    "reasoning_effort",
    "service_tier",
    "cache_prompt",
    "extra_body",
    "finish",
    "server",
];

/// Keys that choose another model, to which a price does not pass.
const OF_THE_MODEL: &[&str] = &["model", "provider", "base_url"];

/// The key of a block that names the model of `models` that it is made of.
pub(super) const MODEL_NAME: &str = "use";

/// Lays the `llm` block `over` over the `llm` block `under`.
pub(super) fn lay_over(under: &mut Node, over: &Node) {
    if [MODEL_NAME, PIN].iter().any(|key| over.get(key).is_some_and(|name| !name.is_null())) {
        under.retain(|_| false);
    }
    if names_another_server(under, over) {
        under.retain(|key| !OF_THE_SERVER.contains(&key));
    }
    if OF_THE_MODEL.iter().any(|key| over.get(key).is_some()) {
        under.retain(|key| key != "price");
    }
    // Another address is another server.
    if over.get("base_url").is_some() {
        under.retain(|key| key != "server");
    }
    under.overlay(over, WHOLE);
}

/// The step's own `llm` block, or an empty one, as the lowest layer for another model of the step.
pub(super) fn lowest(step: &ConfigBlock<'_>) -> Node {
    let mut llm = step.node.get("llm").cloned().unwrap_or_else(|| Node::empty_block(step.origin("llm").clone()));
    // What is pinned is the step's own model.
    llm.retain(|key| key != PIN);
    llm
}

/// Whether `over` names a provider with a server, and another one than `under` does.
fn names_another_server(under: &Node, over: &Node) -> bool {
    let name = |node: &Node| match node.get("provider").map(|it| &it.value) {
        Some(Value::Text(name)) => Some(name.clone()),
        _ => None,
    };
    let Some(wanted) = name(over) else { return false };
    !matches!(wanted.as_str(), "recorded" | "sample" | "function")
        && wanted != name(under).unwrap_or_else(|| "openai".to_owned())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    fn laid(under: &str, over: &str) -> String {
        let node = |text: &str| Node::parse(text, &Arc::from("f"), "a test").unwrap();
        let mut under = node(under);
        lay_over(&mut under, &node(over));
        let Value::Map(entries) = &under.value else { return String::new() };
        let shown = |node: &Node| match &node.value {
            Value::Text(text) | Value::Whole(_, text) => text.clone(),
            other => other.describe(),
        };
        entries.iter().map(|it| format!("{}={}", it.key, shown(&it.node))).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn a_server_and_a_price_pass_to_no_other() {
        for (under, over, expected) in [
            ("{model: a, seed: 7, retries: 2}", "{temperature: 0}", "model=a seed=7 retries=2 temperature=0"),
            ("{model: a, price: {input: 1}}", "{retries: 2}", "model=a price=a block of keys retries=2"),
            ("{model: a, price: {input: 1}}", "{model: b}", "model=b"),
            ("{base_url: x, server: vllm}", "{model: b}", "base_url=x server=vllm model=b"),
            ("{base_url: x, server: vllm}", "{base_url: y}", "base_url=y"),
            ("{model: a, seed: 7, retries: 2}", "{provider: gemini, model: g}", "retries=2 provider=gemini model=g"),
            ("{provider: gemini, model: a, seed: 7}", "{provider: gemini}", "provider=gemini model=a seed=7"),
            ("{model: a, seed: 7}", "{provider: openai}", "model=a seed=7 provider=openai"),
            ("{model: a, seed: 7}", "{provider: sample}", "model=a seed=7 provider=sample"),
            ("{model: a, seed: 7, retries: 2}", "{use: b, model: b}", "use=b model=b"),
            ("{use: b, model: b, seed: 7}", "{seed: 8}", "use=b model=b seed=8"),
        ] {
            assert_eq!(laid(under, over), expected, "{under} {over}");
        }
    }
}
