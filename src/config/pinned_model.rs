//! A resolved model as the block that a pin keeps: everything that makes its answers, and nothing of how it is called.

use serde_json::{Map, Value, json};

use super::judge::SHARED;
use super::pin_blocks::CALLING;
use super::resolved::{Llm, Provider};

/// The keys of an `llm` block from which the model is resolved again, but for those that may stand beside a pin.
#[must_use]
pub fn pinned_block(llm: &Llm) -> Map<String, Value> {
    // Only a number that is not finite could fail, and there is none.
    let Ok(Value::Object(mut block)) = serde_json::to_value(llm) else { return Map::new() };
    let Some(Value::Object(mut provider)) = block.remove("provider") else { return Map::new() };
    let name = provider.remove("name").unwrap_or_default();
    match &llm.provider {
        Provider::Recorded(_) => {
            block.insert("recorded".to_owned(), Value::Object(provider));
        }
        Provider::Sample(_) => {
            block.insert("sample".to_owned(), Value::Object(provider));
        }
        Provider::Function => {}
        _ => block.extend(provider),
    }
    if let (Provider::Azure(_), Some(Value::String(url))) = (&llm.provider, block.get("base_url"))
        && let Some((url, version)) = url.split_once("?api-version=")
    {
        let (url, version) = (json!(url), json!(version));
        block.insert("base_url".to_owned(), url);
        block.insert("api_version".to_owned(), version);
    }
    block.insert("provider".to_owned(), name);
    block.retain(|key, value| !value.is_null() && key != "pin" && !CALLING.contains(&key.as_str()));
    // The name of the variable with the key is no part of an answer, but without it no answer comes.
    if let Some(key) = llm.provider.endpoint().and_then(|it| it.api_key_env.as_ref()) {
        block.insert("api_key_env".to_owned(), json!(key));
    }
    block
}

/// The same of a judge's model, without the keys that are the generation's for it too.
#[must_use]
pub fn pinned_judge_block(llm: &Llm) -> Map<String, Value> {
    let mut block = pinned_block(llm);
    block.retain(|key, _| !SHARED.contains(&key.as_str()));
    block
}

/// The words that texts with secrets begin with.
const BEGINNINGS: &[&str] = &["sk-", "sk_", "AKIA", "AIza", "ghp_", "xoxb-", "Bearer ", "Basic ", "-----BEGIN"];

/// Words in the names of parameters that hold secrets.
const NAMES: &[&str] = &["api_key", "apikey", "api-key", "authorization", "password", "secret", "access_token"];

/// The path of a parameter that looks like a secret, in the block of a pin.
#[must_use]
pub fn secret_in(block: &Map<String, Value>) -> Option<String> {
    block.iter().filter(|(key, _)| *key != "api_key_env").find_map(|(key, value)| secret_at(key, value))
}

fn secret_at(path: &str, value: &Value) -> Option<String> {
    let name = path.rsplit('.').next().unwrap_or(path).to_lowercase();
    match value {
        Value::String(text) => {
            let named = NAMES.iter().any(|it| name.contains(it)) && !text.is_empty();
            let looks = BEGINNINGS.iter().any(|it| text.starts_with(it) && text.len() >= it.len() + 8);
            (named || looks).then(|| path.to_owned())
        }
        Value::Object(inner) => inner.iter().find_map(|(key, value)| secret_at(&format!("{path}.{key}"), value)),
        Value::Array(inner) => inner.iter().find_map(|value| secret_at(path, value)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::config::llm::resolve_llm;
    use crate::config::node::Node;
    use crate::config::typed::typed;
    use crate::config::yaml_text;

    fn resolved(text: &str) -> Llm {
        resolve_llm(&Node::parse(text, &Arc::from("f"), "a test").unwrap(), "llm").unwrap()
    }

    #[test]
    fn a_pinned_model_is_resolved_to_the_same() {
        for text in [
            "{model: gpt-4o-mini-2024-07-18}",
            "{model: m, temperature: 0, seed: 7, stop: [a], retries: 2, extra_body: {a: {b: 1}}, server: vllm, base_url: 'http://127.0.0.1:1/v1'}",
            "{provider: azure, model: m, base_url: 'https://x.openai.azure.com', api_version: 2024-10-21}",
            "{provider: azure, model: m, base_url: 'https://x.openai.azure.com/openai/v1', api_key_env: KEY}",
            "{provider: anthropic, model: m, max_output_tokens: 10, thoughts: keep, finish: {eos: stop}}",
            "{provider: bedrock, model: m, region: us-east-1}",
            "{provider: gemini, model: m, escalate: [n], reasoning_effort: low, structured_output: 'off'}",
            "{provider: recorded, recorded: {path: a.csv, match: {id: '{{ row.id }}'}, answer: '{{ record.a }}'}}",
            "{provider: sample}",
        ] {
            let llm = resolved(text);
            let block = pinned_block(&llm);
            let again = resolved(&yaml_text::flow(&Value::Object(block.clone())));
            let value = |llm: &Llm| serde_json::to_value(llm).unwrap();
            assert_eq!(value(&again), value(&llm), "{text}\n{block:?}");
            assert_eq!(secret_in(&block), None);
        }
    }

    #[test]
    fn a_secret_is_found() {
        let block = |text: &str| -> Map<String, Value> {
            typed(&Node::parse(text, &Arc::from("f"), "a test").unwrap(), "").unwrap()
        };
        for (text, expected) in [
            ("{extra_body: {metadata: {api_key: abc}}}", Some("extra_body.metadata.api_key")),
            ("{extra_body: {user: sk-proj-0123456789}}", Some("extra_body.user")),
            ("{stop: ['Bearer abcdefghijk']}", Some("stop")),
            ("{api_key_env: OPENAI_API_KEY, extra_body: {store: true, max_tokens: 5, user: sk-1}}", None),
        ] {
            assert_eq!(secret_in(&block(text)).as_deref(), expected, "{text}");
        }
    }
}
