//! What the content of a message has: its text, and what the model said when it refused.

use serde_json::Value;

/// A content's text: a string, or the texts of an array of parts. Parts of other types (reasoning, images) are no part
/// of the answer.
pub(super) fn text(content: &Value) -> String {
    match content {
        Value::String(text) => text.clone(),
        Value::Array(parts) => parts
            .iter()
            .filter(|part| matches!(part["type"].as_str(), None | Some("text" | "output_text")))
            .filter_map(|part| part["text"].as_str())
            .collect(),
        Value::Object(_)
            if content["text"].is_string() && matches!(content["type"].as_str(), Some("text" | "output_text")) =>
        {
            text(&Value::Array(vec![content.clone()]))
        }
        // The value that was asked for, and not its text.
        Value::Object(_) => content.to_string(),
        _ => String::new(),
    }
}

/// Whether the completion's text was taken from this part of the content.
pub(super) fn is_answer(part: &Value) -> bool {
    matches!(part["type"].as_str(), None | Some("text" | "output_text" | "refusal"))
}

/// What the model said when it refused.
pub(super) fn refusal(message: &Value) -> Option<String> {
    let parts = message["content"].as_array().into_iter().flatten();
    let text = std::iter::once(message).chain(parts).find_map(|it| it["refusal"].as_str().filter(|it| !it.is_empty()));
    text.map(str::to_owned)
}
