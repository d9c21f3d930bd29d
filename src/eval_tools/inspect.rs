//! Inspect: samples, one on each line. It drops keys that it does not know without a word, and refuses blank lines,
//! empty texts and roles other than its four.

use serde_json::{Value, json};

use super::findings::EvalFindings;
use super::item::EvalItem;
use super::metadata::beside;
use super::role::{ChatRole, note_single};

/// A sample: its input is a text for one message, or else a list of messages.
pub(super) fn sample(item: &EvalItem, findings: &mut EvalFindings) -> Value {
    let mut is_renamed = false;
    let input = match item.single() {
        // An empty text is taken for no input.
        Some((_, content)) if !content.is_empty() => {
            is_renamed = note_single(item, "input", findings);
            json!(content)
        }
        _ => {
            let mut messages = Vec::new();
            for (role, content) in item.turns() {
                let chat = ChatRole::of(role);
                if role != chat.name() {
                    findings.renamed(role, chat.name());
                    is_renamed = true;
                }
                messages.push(json!({"role": chat.name(), "content": content}));
            }
            json!(messages)
        }
    };
    let own = std::iter::once(("criteria", json!(item.criteria)));
    let roles = is_renamed.then(|| ("roles", item.roles()));
    json!({
        "id": item.id, "input": input, "target": item.expected.as_deref().unwrap_or_default(),
        "metadata": beside(item, own.chain(roles)),
    })
}
