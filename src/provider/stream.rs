//! Streams that were sent unasked: their events are put together to the response that was asked for.
//!
//! A stream that ends without the end that its dialect has is a broken response, and no answer.

mod chat;
mod reported;

use serde_json::{Map, Value, json};

pub use chat::completion as chat_completion;

use self::reported::{reported, with_usage};
use super::json::{Body, Halves};
use super::{ProviderError, ProviderErrorKind, body, excerpt, failure};

/// The content type of a stream of events.
const EVENTS: &str = "text/event-stream";

/// Whether a body is a stream of events.
pub fn is_stream(content_type: Option<&str>, body: &[u8]) -> bool {
    let start = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body).trim_ascii_start();
    let is_event = ["data:", "event:", "id:", "retry:", ":"].iter().any(|field| start.starts_with(field.as_bytes()));
    let is_json = start.starts_with(b"{") || start.starts_with(b"[");
    let says_so = |it: &str| it.trim().get(..EVENTS.len()).is_some_and(|it| it.eq_ignore_ascii_case(EVENTS));
    is_event || (content_type.is_some_and(says_so) && !is_json && !start.is_empty())
}

/// A dialect's way of putting chunks together. `None` if the chunks are no whole response.
pub type Assemble = fn(chunks: Vec<Value>) -> Option<Value>;

/// A stream that makes no response.
#[derive(Debug)]
pub struct Cut {
    pub error: ProviderError,
    /// What its events report of the usage, in the members that a whole response has.
    pub reported: Box<Value>,
}

/// The response that the events of a stream make.
pub fn read(assemble: Assemble, body: &[u8]) -> Result<Body, Cut> {
    let (halves, text) = Halves::set_aside(body).ok_or_else(|| cut("it has bytes that are no text", &[]))?;
    let mut chunks = Vec::new();
    for Event { name, data } in events(&text) {
        if data.trim() == "[DONE]" {
            continue;
        }
        let chunk = serde_json::from_str(&data);
        if name == "error" {
            let mut value = named_error(chunk.unwrap_or_else(|_| Value::from(excerpt(&halves.shown(&data), 500))));
            let broken = halves.join(&mut value);
            return Ok(Body { value: with_usage(value, &chunks), broken });
        }
        match chunk {
            Ok(chunk) => chunks.push(chunk),
            Err(_) => {
                return Err(cut(&format!("an event is no JSON: {}", excerpt(&halves.shown(&data), 100)), &chunks));
            }
        }
    }
    let mut value = assembled(assemble, chunks)?;
    let broken = halves.join(&mut value);
    Ok(Body { value, broken })
}

/// An event of a stream.
#[derive(Default)]
struct Event {
    name: String,
    data: String,
}

/// The events that have data.
fn events(text: &str) -> Vec<Event> {
    let mut events = Vec::new();
    let mut event = Event::default();
    for line in text.replace("\r\n", "\n").split(['\n', '\r']).chain([""]) {
        if let Some(value) = line.strip_prefix("data:") {
            if !event.data.is_empty() {
                event.data.push('\n');
            }
            event.data.push_str(value.strip_prefix(' ').unwrap_or(value));
        } else if let Some(value) = line.strip_prefix("event:") {
            value.trim().clone_into(&mut event.name);
        } else if line.is_empty() {
            let found = std::mem::take(&mut event);
            events.extend(Some(found).filter(|it| !it.data.trim().is_empty()));
        }
    }
    events
}

/// The response that the chunks of a stream make. An error ends a stream, whatever came before it.
pub fn assembled(assemble: Assemble, chunks: Vec<Value>) -> Result<Value, Cut> {
    if let Some(error) = chunks.iter().find_map(error_in) {
        return Ok(with_usage(error, &chunks));
    }
    let broken_off = cut("it does not say why the model stopped", &chunks);
    assemble(chunks).ok_or(broken_off)
}

/// The data of an event that is named an error, as a body that says so.
fn named_error(said: Value) -> Value {
    match said {
        said if said.get("error").is_some_and(failure::is_error) => json!({"error": said["error"]}),
        said if failure::is_error(&said) => json!({"error": said}),
        _ => json!({"error": "the stream has an event `error` that says nothing"}),
    }
}

/// The error that a chunk is, as a body that says so: in its member `error`, or as a chunk that is nothing else.
fn error_in(chunk: &Value) -> Option<Value> {
    if let Some(error) = chunk.get("error").filter(|error| failure::is_error(error)) {
        let is_bare = error.is_string() && chunk["message"].is_string();
        return Some(if is_bare { chunk.clone() } else { json!({"error": error}) });
    }
    let has = |key: &&str| chunk.get(*key).is_some_and(failure::is_there);
    let is_other = !matches!(chunk["type"].as_str(), None | Some("error")) || PIECES.iter().any(has);
    let is_well = matches!(chunk["code"].as_i64(), Some(0 | 200));
    if !chunk.is_object() || is_other || is_well {
        return None;
    }
    let says = ["message", "Message", "detail", "msg", "error_message", "errors"].iter().any(has);
    (says || chunk["object"] == "error" || chunk["type"] == "error").then(|| {
        let error = chunk.pointer("/errors/0").unwrap_or(chunk);
        json!({"error": error})
    })
}

/// The members of chunks that carry a piece of a response.
const PIECES: [&str; 9] =
    ["choices", "candidates", "usage", "usageMetadata", "promptFeedback", "response", "item", "delta", "output"];

fn cut(why: &str, chunks: &[Value]) -> Cut {
    let message = format!("the response is a stream that breaks off: {why}");
    Cut { error: ProviderError::new(ProviderErrorKind::InvalidResponse, message), reported: Box::new(reported(chunks)) }
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
pub fn response(chunks: Vec<Value>) -> Option<Value> {
    let mut items: Vec<Value> = Vec::new();
    let mut spoken: Vec<(Value, Value)> = Vec::new();
    let mut whole = None;
    for mut event in chunks {
        match event["type"].as_str().unwrap_or_default() {
            "response.output_item.added" => spoken.push((event["output_index"].take(), event["item"].take())),
            "response.output_text.delta" => add_spoken(&mut spoken, event),
            "response.output_item.done" => items.push(event["item"].take()),
            "response.completed" | "response.incomplete" | "response.failed" => whole = Some(event["response"].take()),
            // A whole response in one event.
            "" if event["output"].is_array() => whole = Some(event),
            _ => {}
        }
    }
    let mut whole = whole.filter(Value::is_object)?;
    if whole["output"].as_array().is_none_or(Vec::is_empty) {
        if items.is_empty() {
            let has_text = |(_, item): &(Value, Value)| item["content"].get(0).is_some();
            items = spoken.into_iter().filter(has_text).map(|(_, item)| item).collect();
        }
        whole["output"] = Value::Array(items);
    }
    Some(whole)
}

/// Adds a piece of a text to the message that it is of.
fn add_spoken(spoken: &mut Vec<(Value, Value)>, mut event: Value) {
    let (index, piece) = (event["output_index"].take(), event["delta"].take());
    if !spoken.iter().any(|(known, _)| *known == index) {
        spoken.push((index.clone(), json!({"type": "message"})));
    }
    let item = spoken.iter_mut().find(|(known, _)| *known == index).map(|(_, item)| item);
    if let (Some(Value::Object(item)), Value::String(piece)) = (item, piece) {
        match item.get_mut("content").and_then(|it| it.get_mut(0)) {
            Some(Value::Object(part)) => add(part, "text".to_owned(), Value::String(piece)),
            _ => drop(item.insert("content".to_owned(), json!([{"type": "output_text", "text": piece}]))),
        }
    }
}

/// Events of a message of Anthropic's.
pub fn message(chunks: Vec<Value>) -> Option<Value> {
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
                let at = blocks.iter().position(|it| it["index"] == event["index"]).unwrap_or_else(|| {
                    blocks.push(unopened(&event));
                    blocks.len() - 1
                });
                if let (Value::Object(block), Value::Object(delta)) = (&mut blocks[at], event["delta"].take()) {
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
                is_over |= whole.as_ref().is_some_and(|it| body::word(&it["stop_reason"]).is_some());
            }
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

/// The block of a piece whose beginning has not come.
fn unopened(event: &Value) -> Value {
    let kind = match event["delta"]["type"].as_str().unwrap_or("text_delta") {
        "citations_delta" => "text",
        "signature_delta" => "thinking",
        "input_json_delta" => "tool_use",
        kind => kind.strip_suffix("_delta").unwrap_or(kind),
    };
    json!({"type": kind, "index": event["index"]})
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
pub fn content(chunks: Vec<Value>) -> Option<Value> {
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
                    Some(Value::Array(pieces)) if key == "content" => {
                        for piece in pieces {
                            add_part(&mut parts, piece);
                        }
                    }
                    _ if key == "content" || value.is_null() => {}
                    _ => drop(candidate.insert(key, value)),
                }
            }
        }
    }
    let is_blocked = whole.get("promptFeedback").is_some_and(|it| it["blockReason"].is_string());
    if candidate.get("finishReason").and_then(body::word).is_some() {
        candidate.insert("content".to_owned(), json!({"role": "model", "parts": parts}));
        whole.insert("candidates".to_owned(), json!([candidate]));
        return Some(Value::Object(whole));
    }
    is_blocked.then_some(Value::Object(whole))
}

/// Adds a part to others: texts in a row are one text.
fn add_part(parts: &mut Vec<Value>, piece: Value) {
    let is_text = |it: &Value| it["text"].is_string() && it.as_object().is_some_and(|it| it.len() == 1);
    match (parts.last_mut().filter(|it| is_text(it)), piece) {
        (Some(Value::Object(last)), Value::Object(piece)) if is_text(&Value::Object(piece.clone())) => {
            piece.into_iter().for_each(|(key, piece)| add(last, key, piece));
        }
        (_, piece) => parts.push(piece),
    }
}

#[cfg(test)]
mod tests;
