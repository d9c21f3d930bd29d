//! Recognises configurations of an older Python framework with the same stages, by keys that only those have.

use std::sync::Arc;

use super::error::{ConfigError, Origin, Problem};
use super::key_path;
use super::node::{Node, Value};

/// Keys that only the older configurations have. One of them is enough to be sure.
const SURE: [&str; 3] = ["prompts.generation.path", "llm_schema.txt_path", "llm_schema.py_path"];
/// Keys that only the older configurations have, but that may be a slip. Two of them are enough to be sure.
const LIKELY: [&str; 14] = [
    "llm_schema",
    "artifacts",
    "llm.model_name",
    "llm.max_retries",
    "llm.silence_client_lv_logs",
    "run.timezone",
    "run.log_level",
    "run.log_file",
    "cache.dir",
    "outputs.psv_path",
    "outputs.jsonl_path",
    "report.md_path",
    "report.html_path",
    "context.auto_kv_block",
];

/// Keys that only Casebook's configurations have. With one of them, the likely keys are slips.
const OURS: [&str; 3] = ["schema", "steps", "input.key"];

/// A key that shows `node` to be a configuration of the older framework; `None` if it is not one.
pub(crate) fn evidence(node: &Node) -> Option<&'static str> {
    let is_there = |key: &&str| node.get(key).is_some();
    let sure = SURE.into_iter().find(|key| is_there(key));
    let mut likely = LIKELY.into_iter().filter(|key| is_there(key));
    let is_text = |key| node.get(key).is_some_and(|it| matches!(it.value, Value::Text(_)));
    let ours = is_text("prompts.generation") || OURS.iter().any(is_there);
    sure.or_else(|| likely.next().filter(|_| likely.next().is_some() && !ours))
}

/// Refuses a configuration of the older framework.
pub(super) fn refuse(node: &Node, file: &Arc<str>) -> Result<(), ConfigError> {
    let Some(key) = evidence(node) else { return Ok(()) };
    Err(ConfigError::new(Problem::Older { key, file: file.to_string() }, key_origin(node, key)))
}

/// Where the key at `path` is written.
fn key_origin<'a>(node: &'a Node, path: &str) -> &'a Origin {
    let (block, key) = key_path::split_last(path);
    let block = block.map_or(Some(node), |block| node.get(block));
    block.and_then(|it| it.entry(key)).map_or_else(|| node.origin_of(path), |entry| &entry.key_origin)
}

#[cfg(test)]
mod tests {
    use crate::config;

    fn message(text: &str) -> Option<String> {
        let error = config::parse(text, "configs/my parameters.yaml").err()?;
        Some(format!("{error} at {} ({})", error.location().unwrap(), error.hint().unwrap_or_default()))
    }

    #[test]
    fn an_older_configuration_is_told_by_its_keys() {
        assert_eq!(
            message("run: {name: a}\nprompts:\n  generation:\n    path: p.yaml\n").unwrap(),
            "this is a configuration of an older Python framework: it has `prompts.generation.path` at \
             configs/my parameters.yaml:4:5 (`casebook migrate 'configs/my parameters.yaml'` writes the one that \
             Casebook reads)"
        );
        assert!(message("llm: {model_name: m}\nrun: {log_level: INFO}\n").unwrap().contains("`llm.model_name`"));
        assert!(message("llm_schema:\n  txt_path: s.txt\n").is_some());
    }

    #[test]
    fn one_odd_key_does_not_make_it_older() {
        for text in ["llm: {model_name: m}\n", "artifacts: {}\n", "prompts: {generation: p.yaml}\nllm_schema: x\n"] {
            assert_eq!(message(text), None, "{text}");
        }
        let slips = "llm: {model_name: m, max_retries: 3}\n";
        assert!(message(slips).is_some());
        for ours in ["prompts: {generation: p.yaml}\n", "schema: {path: s.json}\n", "steps: []\n"] {
            assert_eq!(message(&format!("{slips}{ours}")), None, "{ours}");
        }
    }
}
