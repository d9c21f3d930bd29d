//! Langfuse: the items of a data set. It has no field for criteria, so they are metadata.

use serde_json::{Value, json};

use super::item::{EvalInput, EvalItem};
use super::metadata::beside;

/// Returns an item as Langfuse's API takes it, without the name of its data set: `id`, `input`, `expectedOutput` and
/// `metadata`. Its input is a text, or `{"messages": …}` with the messages' own roles.
#[must_use]
pub fn langfuse_item(item: &EvalItem) -> Value {
    let input = match &item.input {
        EvalInput::Text(text) => json!(text),
        EvalInput::Messages(_) => json!({"messages": item.chat()}),
    };
    json!({
        "id": item.id, "input": input, "expectedOutput": item.expected,
        "metadata": beside(item, [("criteria", json!(item.criteria))]),
    })
}
