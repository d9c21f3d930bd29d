//! What the dialects' bodies and addresses have in common.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde::Serialize;
use serde_json::{Map, Value};

use super::{ChatRequest, Image, Message, Role};

/// The headers of every request.
pub fn headers() -> Vec<(&'static str, String)> {
    vec![("content-type", "application/json".to_owned()), ("accept", "application/json".to_owned())]
}

/// The bytes of a body with `extra` merged into it: objects are merged key by key, anything else is replaced.
pub fn bytes<T: Serialize>(body: &T, extra: &Map<String, Value>) -> Vec<u8> {
    // Strings, numbers and JSON values always have a JSON form.
    if extra.is_empty() {
        return serde_json::to_vec(body).unwrap_or_default();
    }
    let mut value = serde_json::to_value(body).unwrap_or_default();
    if let Value::Object(members) = &mut value {
        overlay(members, extra);
    }
    serde_json::to_vec(&value).unwrap_or_default()
}

fn overlay(members: &mut Map<String, Value>, extra: &Map<String, Value>) {
    for (key, over) in extra {
        match (members.get_mut(key), over) {
            (Some(Value::Object(under)), Value::Object(over)) => overlay(under, over),
            (Some(under), over) => *under = over.clone(),
            (None, over) => drop(members.insert(key.clone(), over.clone())),
        }
    }
}

/// The address of `path` under `base_url`. A query in `base_url` stays at the end.
pub fn url(base_url: &str, path: &str) -> String {
    let (base, query) = match base_url.trim().split_once('?') {
        Some((base, query)) => (base, format!("?{query}")),
        None => (base_url.trim(), String::new()),
    };
    format!("{}/{path}{query}", base.trim_end_matches('/'))
}

/// `text` as one segment of a URL's path.
pub fn segment(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => out.push(char::from(byte)),
            _ => out.extend(['%', hex(byte >> 4), hex(byte & 15)]),
        }
    }
    out
}

/// A digit from 0 to 15.
fn hex(digit: u8) -> char {
    char::from_digit(u32::from(digit), 16).unwrap_or('0').to_ascii_uppercase()
}

/// The system prompt: the texts of all system messages.
pub fn system(request: &ChatRequest) -> Option<String> {
    let texts: Vec<&str> =
        request.messages.iter().filter(|it| it.role == Role::System).map(|it| it.content.as_str()).collect();
    (!texts.is_empty()).then(|| texts.join("\n\n"))
}

/// The messages after the system prompt. An answer of white space alone is left out, because these providers refuse it.
pub fn spoken(request: &ChatRequest) -> impl Iterator<Item = &Message> {
    let is_blank = |it: &Message| it.role == Role::Assistant && it.content.trim().is_empty();
    request.messages.iter().filter(move |it| it.role != Role::System && !is_blank(it))
}

/// The bytes in the base64 alphabet of RFC 4648.
pub fn base64(data: &[u8]) -> String {
    BASE64_STANDARD.encode(data)
}

/// A picture's address, or a `data:` URL with its content.
pub fn image_url(image: &Image) -> String {
    match image {
        Image::Data { media_type, data, .. } => format!("data:{media_type};base64,{}", base64(data)),
        Image::Url(url) => url.clone(),
    }
}

/// A name in a response; `None` if it is absent or empty.
pub fn named(value: &Value) -> Option<String> {
    value.as_str().filter(|name| !name.is_empty()).map(str::to_owned)
}

/// The provider's word for why a model stopped; `None` if there is none. What is no text is shown as JSON, since it is
/// no known word.
pub fn word(value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::String(word) => Some(word.clone()).filter(|word| !word.trim().is_empty()),
        other => Some(other.to_string()),
    }
}

/// The sum of the known counts, or `None` if none is known.
pub fn sum(counts: &[Option<u64>]) -> Option<u64> {
    counts.iter().flatten().copied().reduce(u64::saturating_add)
}

/// Removes the text in `key` from each part of the answer in the array at `pointer`. What is no text was not taken.
pub fn strip(body: &mut Value, pointer: &str, is_answer: impl Fn(&Value) -> bool, key: &str) {
    for part in body.pointer_mut(pointer).and_then(Value::as_array_mut).into_iter().flatten() {
        if is_answer(part)
            && let Some(members) = part.as_object_mut()
        {
            take_text(members, key);
        }
    }
}

/// Removes a member that is a text; the others keep their order.
pub fn take_text(members: &mut Map<String, Value>, key: &str) {
    if members.get(key).is_some_and(Value::is_string) {
        members.shift_remove(key);
    }
}
