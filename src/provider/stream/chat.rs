//! Puts the chunks of a chat completion together.

use serde_json::{Map, Value, json};

use super::{add, body};

/// The first choice of a chat completion, while its chunks come in.
#[derive(Default)]
struct Choice {
    members: Map<String, Value>,
    message: Map<String, Value>,
    /// The pieces of its text, as they came.
    pieces: Vec<String>,
    /// Whether pieces came as deltas.
    has_deltas: bool,
}

/// Chunks of a chat completion. It ends with a reason.
pub fn completion(chunks: Vec<Value>) -> Option<Value> {
    let (mut whole, mut choice) = (Map::new(), Choice::default());
    for chunk in chunks {
        let Value::Object(chunk) = chunk else { continue };
        let is_whole = chunk.get("object").is_some_and(|it| it == "chat.completion");
        for (key, value) in chunk {
            match (key.as_str(), value) {
                ("choices", Value::Array(choices)) => {
                    let first = |it: &Value| it["index"].as_u64().unwrap_or_default() == 0;
                    choices.into_iter().filter(first).for_each(|part| choice.add(part, is_whole));
                }
                (_, Value::Null) => {}
                (_, value) => drop(whole.insert(key, value)),
            }
        }
    }
    whole.insert("choices".to_owned(), json!([choice.end()?]));
    Some(Value::Object(whole))
}

impl Choice {
    fn add(&mut self, part: Value, is_whole: bool) {
        let Value::Object(part) = part else { return };
        let is_last = part.get("finish_reason").and_then(body::word).is_some();
        for (key, value) in part {
            match (key.as_str(), value) {
                ("message", Value::Object(message)) if self.is_all_of_it(&message, is_whole || is_last) => {
                    // What is empty takes the place of nothing.
                    let message = message.into_iter().filter(|(_, value)| !value.is_null() && value != "");
                    for (key, value) in message {
                        if key == "content" {
                            self.pieces.clear();
                        }
                        self.message.insert(key, value);
                    }
                }
                ("delta" | "message", Value::Object(delta)) => {
                    self.has_deltas |= key == "delta" && !delta.is_empty();
                    self.pieces.extend(delta.get("content").and_then(body::named));
                    delta.into_iter().for_each(|(key, value)| add(&mut self.message, key, value));
                }
                // Probabilities come token by token, and are of no use here.
                (_, Value::Null) | ("logprobs", _) => {}
                // Some servers have an empty reason in each chunk.
                ("finish_reason", value) if body::word(&value).is_none() => {}
                // A proxy may add a chunk with an end of its own; the one that the model's server gave counts.
                ("finish_reason", value) if value == "stop" && self.members.contains_key("finish_reason") => {}
                ("text", value @ Value::String(_)) => add(&mut self.members, key, value),
                (_, value) => drop(self.members.insert(key, value)),
            }
        }
    }

    /// Whether a message has all that came before it, so that it takes its place: it comes after deltas, and is said to
    /// be whole, or begins with their text.
    fn is_all_of_it(&self, message: &Map<String, Value>, is_whole: bool) -> bool {
        if !self.has_deltas || is_whole {
            return self.has_deltas;
        }
        match (message.get("content"), self.message.get("content")) {
            (Some(Value::String(all)), Some(Value::String(before))) => {
                !before.is_empty() && all.starts_with(before.as_str())
            }
            _ => false,
        }
    }

    /// The whole choice; `None` without a reason, since it broke off.
    fn end(mut self) -> Option<Value> {
        self.members.contains_key("finish_reason").then_some(())?;
        if is_cumulative(&self.pieces)
            && let Some(Value::String(text)) = self.message.get_mut("content")
        {
            *text = self.pieces.pop().unwrap_or_default();
        }
        if !self.message.is_empty() {
            self.members.insert("message".to_owned(), Value::Object(self.message));
        }
        Some(Value::Object(self.members))
    }
}

/// Whether each piece begins with the one before it, and the text grows at least twice: each has all of the text so
/// far.
fn is_cumulative(pieces: &[String]) -> bool {
    let mut grown = 0;
    let begins = pieces.windows(2).all(|pair| {
        grown += usize::from(pair[1].len() > pair[0].len());
        pair[1].starts_with(&pair[0])
    });
    begins && grown >= 2
}
