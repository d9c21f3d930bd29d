//! promptfoo: tests, one on each line, with a prompt and a configuration.
//!
//! It renders texts of variables and of assertions as templates, and takes some of them for names of files. So the only
//! variable is the list of messages, which the prompt writes as JSON and nothing renders, and no assertion is made of
//! an item: its expected answer and its criteria are metadata.

use serde_json::{Value, json};

use super::findings::EvalFindings;
use super::item::EvalItem;
use super::metadata::{as_texts, beside};

/// The prompt: the messages as they are.
pub(super) const PROMPT: &str = "{{ messages | dump }}\n";

/// The configuration. The provider repeats the prompt, so that the files run without a key.
pub(super) const CONFIG: &str = "\
prompts: [file://promptfoo_prompt.json]
providers: [echo]
tests: file://promptfoo_tests.jsonl
";

/// Returns an item as one of promptfoo's tests: its messages as a variable, all else in the metadata, no assertion.
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
