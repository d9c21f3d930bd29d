//! promptfoo: tests, one on each line, with a prompt and a configuration.
//!
//! It renders texts of variables and of assertions as templates, and takes some of them for names of files. So the only
//! variable is the list of messages, which the prompt writes as JSON and nothing renders, and no assertion is made of
//! an item: its expected answer and its criteria are metadata.

use serde_json::{Value, json};

use super::findings::EvalFindings;
use super::item::EvalItem;
use super::metadata::beside;

/// The prompt: the messages as they are.
pub(super) const PROMPT: &str = "{{ messages | dump }}\n";

/// The configuration. The provider repeats the prompt, so that the files run without a key.
pub(super) const CONFIG: &str = "\
prompts: [file://promptfoo_prompt.json]
providers: [echo]
tests: file://promptfoo_tests.jsonl
";

/// 2⁵³: numbers of JavaScript hold every whole number up to it.
const EXACT: u64 = 9_007_199_254_740_992;

/// A test.
pub(super) fn test(item: &EvalItem, findings: &mut EvalFindings) -> Value {
    let own = [
        ("id", json!(item.id)),
        ("criteria", json!(item.criteria)),
        // An assertion that reads it would find nothing, and not null, where the key is missing.
        ("expected_output", json!(item.expected)),
    ];
    let mut metadata = Value::Object(beside(item, own));
    findings.integers += as_texts(&mut metadata);
    json!({
        "description": item.id, "vars": {"messages": item.chat()}, "metadata": metadata,
        "options": {"disableVarExpansion": true},
    })
}

/// Makes texts of the integers that JavaScript would round; returns how many there were.
fn as_texts(value: &mut Value) -> u64 {
    match value {
        Value::Array(items) => items.iter_mut().map(as_texts).sum(),
        Value::Object(fields) => fields.values_mut().map(as_texts).sum(),
        Value::Number(number) => {
            let size = number.as_u64().or_else(|| number.as_i64().map(i64::unsigned_abs));
            if size.is_none_or(|size| size <= EXACT) {
                return 0;
            }
            *value = Value::String(number.to_string());
            1
        }
        _ => 0,
    }
}
