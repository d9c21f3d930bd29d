//! What the content of a message has: its text, and what the model said when it refused.

use serde_json::Value;

use crate::provider::body;

/// A content's text: a string, or the texts of an array of parts, of which some servers have bare strings. Parts of
/// other types (reasoning, images) are no part of the answer.
pub(super) fn text(content: &Value) -> String {
    match content {
        Value::String(text) => text.clone(),
        Value::Array(parts) => parts.iter().filter_map(text_of).collect(),
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

/// The text of a part of the answer; `None` if it has none.
fn text_of(part: &Value) -> Option<&str> {
    let is_text = matches!(part["type"].as_str(), None | Some("text" | "output_text"));
    part.as_str().or_else(|| part["text"].as_str().filter(|_| is_text))
}

/// Whether the completion's text was taken from this part of the content.
pub(super) fn is_answer(part: &Value) -> bool {
    text_of(part).is_some()
}

/// What the model said when it refused: in the message itself, or else in the parts of its content.
pub(super) fn refusal(message: &Value) -> Option<String> {
    let said = |it: &Value| it["refusal"].as_str().map(str::to_owned).filter(|it| !it.is_empty());
    said(message).or_else(|| {
        let parts = message["content"].as_array().into_iter().flatten();
        Some(parts.filter_map(said).collect::<String>()).filter(|it| !it.is_empty())
    })
}

/// Removes from a message what the completion's text was taken from, and nothing else: the refusal alone if there is
/// one, otherwise the content's text.
pub(super) fn leave_out_the_answer(message: &mut Value) {
    let is_refused = refusal(message).is_some();
    let in_message = message["refusal"].as_str().is_some_and(|it| !it.is_empty());
    let Some(message) = message.as_object_mut() else { return };
    if in_message {
        message.shift_remove("refusal");
    }
    let is_empty = match message.get_mut("content") {
        Some(Value::String(text)) => text.is_empty() || !is_refused,
        Some(Value::Array(parts)) => {
            if !in_message {
                let key = if is_refused { "refusal" } else { "text" };
                parts.retain_mut(|part| !is_used_up(part, key));
            }
            parts.is_empty()
        }
        Some(Value::Object(_)) if is_refused => false,
        Some(part @ Value::Object(_)) if is_answer(part) && part.get("type").is_some() => is_used_up(part, "text"),
        // Nothing is lost with it.
        None | Some(Value::Null | Value::Object(_)) => true,
        Some(Value::Bool(_) | Value::Number(_)) => false,
    };
    if is_empty {
        message.shift_remove("content");
    }
}

/// Removes a part's text in `key`; returns whether it has nothing else but its type.
fn is_used_up(part: &mut Value, key: &str) -> bool {
    let is_taken = if key == "text" { is_answer(part) } else { part[key].is_string() };
    match part {
        Value::Object(members) if is_taken => {
            body::take_text(members, key);
            members.keys().all(|key| key == "type")
        }
        part => is_taken && part.is_string(),
    }
}
