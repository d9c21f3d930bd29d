//! Streams that were sent unasked: their events are put together to the response that was asked for.
//!
//! A stream that ends without the end that its dialect has is a broken response, and no answer.

use serde_json::{Map, Value, json};

use super::json::{Body, parse};
use super::{ProviderError, ProviderErrorKind, excerpt, failure};

/// Whether a body is a stream of events.
pub fn is_stream(content_type: Option<&str>, body: &[u8]) -> bool {
    let start = body.trim_ascii_start();
    let is_event = ["data:", "event:", "id:", "retry:", ":"].iter().any(|field| start.starts_with(field.as_bytes()));
    let is_json = start.starts_with(b"{") || start.starts_with(b"[");
    is_event || (content_type.is_some_and(|it| it.starts_with("text/event-stream")) && !is_json && !start.is_empty())
}

/// A dialect's way of putting chunks together; `is_done` says that the stream said itself that it is over. `None` if
/// the chunks are no whole response.
pub type Assemble = fn(chunks: Vec<Value>, is_done: bool) -> Option<Value>;

/// The response that the events of a stream make.
pub fn read(assemble: Assemble, body: &[u8]) -> Result<Body, ProviderError> {
    let text = String::from_utf8_lossy(body);
    let mut chunks = Vec::new();
    let mut broken = None;
    let mut is_done = false;
    for data in events(&text) {
        if data.trim() == "[DONE]" {
            is_done = true;
            continue;
        }
        let Some(found) = parse(data.as_bytes()) else {
            return Err(cut(&format!("an event is no JSON: {}", excerpt(&data, 100))));
        };
        broken = broken.or(found.broken);
        chunks.push(found.value);
    }
    Ok(Body { value: assembled(assemble, chunks, is_done)?, broken })
}

/// The data of each event.
fn events(text: &str) -> Vec<String> {
    let mut events = Vec::new();
    let mut data: Option<String> = None;
    for line in text.replace("\r\n", "\n").split(['\n', '\r']).chain([""]) {
        if let Some(value) = line.strip_prefix("data:") {
            let value = value.strip_prefix(' ').unwrap_or(value);
            match &mut data {
                Some(data) => {
                    data.push('\n');
                    data.push_str(value);
                }
                None => data = Some(value.to_owned()),
            }
        } else if line.is_empty() {
            events.extend(data.take().filter(|it| !it.trim().is_empty()));
        }
    }
    events
}

/// The response that the chunks of a stream make.
pub fn assembled(assemble: Assemble, chunks: Vec<Value>, is_done: bool) -> Result<Value, ProviderError> {
    // An error ends a stream, whatever came before it.
    if let Some(error) = chunks.iter().find(|it| it.get("error").is_some_and(failure::is_error)) {
        return Ok(json!({"error": error["error"]}));
    }
    assemble(chunks, is_done).ok_or_else(|| cut("it has no end"))
}

fn cut(why: &str) -> ProviderError {
    let message = format!("the response is a stream that breaks off: {why}");
    ProviderError::new(ProviderErrorKind::InvalidResponse, message)
}

/// Chunks of a chat completion. It ends with a reason or with `[DONE]`.
pub fn chat_completion(chunks: Vec<Value>, is_done: bool) -> Option<Value> {
    let (mut whole, mut choice, mut message) = (Map::new(), Map::new(), Map::new());
    for chunk in chunks {
        let Value::Object(chunk) = chunk else { continue };
        for (key, value) in chunk {
            match (key.as_str(), value) {
                ("choices", Value::Array(choices)) => {
                    let first = |it: &Value| it["index"].as_u64().unwrap_or_default() == 0;
                    for part in choices.into_iter().filter(first) {
                        add_choice(&mut choice, &mut message, part);
                    }
                }
                (_, Value::Null) => {}
                (_, value) => drop(whole.insert(key, value)),
            }
        }
    }
    if !is_done && !choice.contains_key("finish_reason") {
        return None;
    }
    choice.insert("message".to_owned(), Value::Object(message));
    whole.insert("choices".to_owned(), json!([choice]));
    Some(Value::Object(whole))
}

fn add_choice(choice: &mut Map<String, Value>, message: &mut Map<String, Value>, part: Value) {
    let Value::Object(part) = part else { return };
    for (key, value) in part {
        match (key.as_str(), value) {
            ("delta" | "message", Value::Object(delta)) => {
                for (key, value) in delta {
                    add(message, key, value);
                }
            }
            // Probabilities come token by token, and are of no use here.
            (_, Value::Null) | ("logprobs", _) => {}
            (_, value) => drop(choice.insert(key, value)),
        }
    }
}

/// Adds a piece to a member: texts and lists grow, calls of tools grow by their index, and anything else is replaced.
fn add(members: &mut Map<String, Value>, key: String, piece: Value) {
    match (members.get_mut(&key), piece) {
        (_, Value::Null) => {}
        (Some(Value::String(text)), Value::String(piece)) if key != "role" && key != "type" && key != "id" => {
            text.push_str(&piece);
        }
        (Some(Value::Array(items)), Value::Array(pieces)) => pieces.into_iter().for_each(|it| add_item(items, it)),
        (Some(Value::Object(members)), Value::Object(pieces)) => {
            pieces.into_iter().for_each(|(key, piece)| add(members, key, piece));
        }
        // A text and a list of parts, as some servers mix them.
        (Some(Value::Array(items)), text @ Value::String(_)) if key == "content" => {
            items.push(json!({"type": "text", "text": text}));
        }
        (Some(Value::String(text)), Value::Array(pieces)) if key == "content" => {
            let mut items = vec![json!({"type": "text", "text": text})];
            items.extend(pieces);
            members.insert(key, Value::Array(items));
        }
        (_, piece) => drop(members.insert(key, piece)),
    }
}

/// Adds an item to a list, or to the item with the same index.
fn add_item(items: &mut Vec<Value>, piece: Value) {
    let index = piece["index"].as_u64();
    let same = index.and_then(|index| items.iter_mut().find(|it| it["index"].as_u64() == Some(index)));
    match (same, piece) {
        (Some(Value::Object(item)), Value::Object(pieces)) => {
            pieces.into_iter().for_each(|(key, piece)| add(item, key, piece));
        }
        (_, piece) => items.push(piece),
    }
}

/// Events of a response: the last has all of it, or at least all but its items.
pub fn response(chunks: Vec<Value>, _: bool) -> Option<Value> {
    let mut items: Vec<Value> = Vec::new();
    let mut whole = None;
    for mut event in chunks {
        match event["type"].as_str().unwrap_or_default() {
            "response.output_item.done" => items.push(event["item"].take()),
            "response.completed" | "response.incomplete" | "response.failed" => whole = Some(event["response"].take()),
            "error" => return Some(json!({"error": event})),
            // A whole response in one event.
            "" if event["output"].is_array() => whole = Some(event),
            _ => {}
        }
    }
    let mut whole = whole.filter(Value::is_object)?;
    if whole["output"].as_array().is_none_or(Vec::is_empty) {
        whole["output"] = Value::Array(items);
    }
    Some(whole)
}

/// Events of a message of Anthropic's.
pub fn message(chunks: Vec<Value>, _: bool) -> Option<Value> {
    let mut whole = None;
    let mut blocks: Vec<Value> = Vec::new();
    let mut is_over = false;
    for mut event in chunks {
        match event["type"].as_str().unwrap_or_default() {
            "message_start" => whole = Some(event["message"].take()).filter(Value::is_object),
            "content_block_start" => {
                let mut block = event["content_block"].take();
                if block.is_object() {
                    block["index"] = event["index"].take();
                    blocks.push(block);
                }
            }
            "content_block_delta" => {
                let block = blocks.iter_mut().find(|it| it["index"] == event["index"]);
                if let (Some(Value::Object(block)), Value::Object(delta)) = (block, event["delta"].take()) {
                    delta.into_iter().filter(|(key, _)| key != "type").for_each(|(key, piece)| add(block, key, piece));
                }
            }
            "message_delta" => {
                if let Some(Value::Object(whole)) = &mut whole {
                    let (delta, usage) = (event["delta"].take(), event["usage"].take());
                    for (key, value) in delta.as_object().into_iter().flatten() {
                        whole.insert(key.clone(), value.clone());
                    }
                    add_usage(whole, &usage);
                }
                is_over |= whole.as_ref().is_some_and(|it| it["stop_reason"].is_string());
            }
            "message_stop" => is_over = true,
            // A whole message in one event.
            "message" => (whole, is_over) = (Some(event), true),
            _ => {}
        }
    }
    let mut whole = whole.filter(|_| is_over)?;
    for block in &mut blocks {
        if let Some(block) = block.as_object_mut() {
            block.shift_remove("index");
        }
    }
    if !blocks.is_empty() {
        whole["content"] = Value::Array(blocks);
    }
    Some(whole)
}

/// The usage of a message grows with its stream: later numbers count.
fn add_usage(whole: &mut Map<String, Value>, usage: &Value) {
    let under = whole.entry("usage").or_insert_with(|| json!({}));
    for (key, value) in usage.as_object().into_iter().flatten().filter(|(_, value)| !value.is_null()) {
        if under.is_object() {
            under[key] = value.clone();
        }
    }
}

/// Responses of Gemini's, each with a piece of the content.
pub fn content(chunks: Vec<Value>, _: bool) -> Option<Value> {
    let (mut whole, mut candidate, mut parts) = (Map::new(), Map::new(), Vec::new());
    for chunk in chunks {
        let Value::Object(chunk) = chunk else { continue };
        for (key, mut value) in chunk {
            if key != "candidates" {
                whole.insert(key, value);
                continue;
            }
            let Some(Value::Object(piece)) = value.get_mut(0).map(Value::take) else { continue };
            for (key, mut value) in piece {
                match value.pointer_mut("/parts").map(Value::take) {
                    Some(Value::Array(pieces)) if key == "content" => parts.extend(pieces),
                    _ if key == "content" || value.is_null() => {}
                    _ => drop(candidate.insert(key, value)),
                }
            }
        }
    }
    let is_blocked = whole.get("promptFeedback").is_some_and(|it| it["blockReason"].is_string());
    if candidate.get("finishReason").is_some_and(Value::is_string) {
        candidate.insert("content".to_owned(), json!({"role": "model", "parts": parts}));
        whole.insert("candidates".to_owned(), json!([candidate]));
        return Some(Value::Object(whole));
    }
    is_blocked.then_some(Value::Object(whole))
}

#[cfg(test)]
mod tests;
