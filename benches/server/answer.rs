//! What a model would say: a text per request, and the chat completion around it.

use std::fmt;
use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::faults::mix;

/// A request as the texts are made from it.
#[derive(Clone, Copy, Debug)]
pub struct Ask<'a> {
    /// Its body.
    pub body: &'a [u8],
    /// A number that is told by the body.
    pub digest: u64,
    /// How many times it has come, this time included; 1 where the server does not count.
    pub number: u32,
}

/// Makes the text of an answer.
type Maker = dyn Fn(&Ask<'_>) -> String + Send + Sync;

/// Where the texts of answers come from.
#[derive(Clone)]
pub enum Content {
    /// The same text for everybody.
    Fixed(Arc<str>),
    /// An object that is valid against this JSON Schema, and differs from request to request.
    Valid(Arc<Value>),
    /// An object that is valid against the schema that the request itself carries in its `response_format`.
    Asked,
    /// Made by a function.
    Made(Arc<Maker>),
}

impl fmt::Debug for Content {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str(match self {
            Self::Fixed(_) => "Fixed",
            Self::Valid(_) => "Valid",
            Self::Asked => "Asked",
            Self::Made(_) => "Made",
        })
    }
}

impl Content {
    /// Texts made by `maker`.
    pub fn made(maker: impl Fn(&Ask<'_>) -> String + Send + Sync + 'static) -> Self {
        Self::Made(Arc::new(maker))
    }

    /// The text of the answer to `ask`.
    pub fn text(&self, ask: &Ask<'_>) -> String {
        match self {
            Self::Fixed(text) => text.to_string(),
            Self::Valid(schema) => valid_for(schema, ask.digest).to_string(),
            Self::Asked => {
                let body: Value = serde_json::from_slice(ask.body).unwrap_or_default();
                let schema = body.pointer("/response_format/json_schema/schema").unwrap_or(&Value::Null);
                valid_for(schema, ask.digest).to_string()
            }
            Self::Made(maker) => maker(ask),
        }
    }
}

/// A value that is valid against `schema`, as far as it is made of types, enums, constants and the bounds of numbers
/// and lengths; equal seeds give equal values.
pub fn valid_for(schema: &Value, seed: u64) -> Value {
    let seed = mix(seed);
    if let Some(fixed) = schema.get("const") {
        return fixed.clone();
    }
    if let Some(values) = schema["enum"].as_array().filter(|values| !values.is_empty()) {
        return values[index(seed, values.len())].clone();
    }
    if let Some(choices) = schema["anyOf"].as_array().filter(|choices| !choices.is_empty()) {
        return valid_for(&choices[index(seed, choices.len())], seed);
    }
    let kind = schema["type"].as_str().or_else(|| schema["type"][0].as_str());
    let least = |name: &str| schema[name].as_i64().unwrap_or(0);
    match kind {
        Some("string") => {
            let short = "xxxxxxxxxxxxxxxx"[..16.min(usize::try_from(least("maxLength")).unwrap_or(0))].to_owned();
            let text = format!("text {seed:016x}");
            let enough = usize::try_from(least("minLength")).unwrap_or(0).saturating_sub(text.len());
            if schema["maxLength"].is_u64() && least("maxLength") < 21 {
                json!(short)
            } else {
                json!(format!("{text}{}", "x".repeat(enough)))
            }
        }
        Some("boolean") => json!(seed.is_multiple_of(2)),
        Some("integer" | "number") => {
            let (from, to) = (least("minimum"), schema["maximum"].as_i64().unwrap_or(least("minimum") + 100));
            json!(from + i64::try_from(seed % (to - from + 1).max(1).unsigned_abs()).unwrap_or(0))
        }
        Some("array") => {
            let count = u64::try_from(least("minItems")).unwrap_or(0).max(1);
            (0..count).map(|number| valid_for(&schema["items"], seed.wrapping_add(number))).collect()
        }
        Some("object") => {
            let fields = schema["properties"].as_object().into_iter().flatten().zip(1..);
            let field = |((name, field), number): ((&String, &Value), u64)| {
                (name.clone(), valid_for(field, seed.wrapping_add(number)))
            };
            Value::Object(fields.map(field).collect::<Map<_, _>>())
        }
        _ => Value::Null,
    }
}

fn index(seed: u64, count: usize) -> usize {
    usize::try_from(seed % count as u64).unwrap_or(0)
}

/// The body of a chat completion, written into `out`, with an id of its own as providers give. The tokens are counted as
/// four bytes each.
pub fn write_completion(out: &mut Vec<u8>, text: &str, finish: &str, more: &str, digest: u64, asked_bytes: usize) {
    let (input, output) = (asked_bytes / 4 + 1, text.len() / 4 + 1);
    let begin = format!(
        r#"{{"id":"chatcmpl-{digest:016x}","object":"chat.completion","created":1790000000,"model":"served-1","#
    );
    out.extend_from_slice(begin.as_bytes());
    out.extend_from_slice(more.as_bytes());
    out.extend_from_slice(br#""choices":[{"index":0,"message":{"role":"assistant","content":"#);
    // A text always has a JSON form, and a vector takes it all.
    let _ = serde_json::to_writer(&mut *out, text);
    let rest = format!(
        r#","refusal":null}},"finish_reason":"{finish}"}}],"usage":{{"prompt_tokens":{input},"completion_tokens":{output},"total_tokens":{}}}}}"#,
        input + output
    );
    out.extend_from_slice(rest.as_bytes());
}
