//! `OpenAI`'s chat completions.
//!
//! Many servers speak it with small differences: what they add is ignored, what they leave out is `None`, and the forms
//! of failure they have are read in [`failure`]. May depend on the provider's own types alone.

use serde::Serialize;
use serde_json::Value;

use super::wire::{Request, Response, SecretHeader};
use super::{ChatRequest, Completion, Finish, ProviderError, Usage, excerpt, failure};

/// The body in the order in which it is written.
#[derive(Serialize)]
struct Body<'a> {
    model: &'a str,
    messages: Vec<BodyMessage<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    temperature: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_completion_tokens: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_tokens: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    response_format: Option<ResponseFormat<'a>>,
}

#[derive(Serialize)]
struct BodyMessage<'a> {
    role: &'static str,
    content: &'a str,
}

#[derive(Serialize)]
struct ResponseFormat<'a> {
    r#type: &'static str,
    json_schema: JsonSchema<'a>,
}

#[derive(Serialize)]
struct JsonSchema<'a> {
    name: &'a str,
    strict: bool,
    schema: &'a Value,
}

/// The request to the server at `base_url` (`https://api.openai.com/v1`); a query in it stays at the end of the URL.
pub fn encode(request: &ChatRequest, base_url: &str) -> Request {
    let spec = &request.spec;
    let limit = spec.parameters.max_output_tokens;
    // `OpenAI` itself deprecates `max_tokens` and refuses it for reasoning models; other servers know it best.
    let (max_completion_tokens, max_tokens) = if is_openai(base_url) { (limit, None) } else { (None, limit) };
    let body = Body {
        model: &spec.model,
        messages: request
            .messages
            .iter()
            .map(|message| BodyMessage { role: message.role.as_str(), content: &message.content })
            .collect(),
        temperature: spec.parameters.temperature,
        max_completion_tokens,
        max_tokens,
        response_format: spec.response_schema.as_ref().map(|it| ResponseFormat {
            r#type: "json_schema",
            json_schema: JsonSchema { name: &it.name, strict: true, schema: &it.schema },
        }),
    };
    Request {
        url: url(base_url),
        headers: vec![("content-type", "application/json".to_owned()), ("accept", "application/json".to_owned())],
        secret: Some(SecretHeader { name: "authorization", prefix: "Bearer " }),
        // Strings, numbers and JSON values always have a JSON form.
        body: serde_json::to_vec(&body).unwrap_or_default(),
    }
}

fn url(base_url: &str) -> String {
    let (path, query) = match base_url.trim().split_once('?') {
        Some((path, query)) => (path, format!("?{query}")),
        None => (base_url.trim(), String::new()),
    };
    format!("{}/chat/completions{query}", path.trim_end_matches('/'))
}

/// Whether the server is `OpenAI`'s own, at its address or a regional one.
fn is_openai(base_url: &str) -> bool {
    let after_scheme = base_url.split_once("://").map_or(base_url, |(_, rest)| rest);
    let authority = after_scheme.split(['/', '?', '#']).next().unwrap_or_default();
    let host = authority.rsplit('@').next().unwrap_or_default().split(':').next().unwrap_or_default();
    let host = host.trim().to_ascii_lowercase();
    host == "api.openai.com" || host.ends_with(".api.openai.com")
}

/// The completion in `response`, or what went wrong.
pub fn decode(response: &Response) -> Result<Completion, ProviderError> {
    if !(200..300).contains(&response.status) {
        return Err(failure::of_response(response));
    }
    let Ok(mut body) = serde_json::from_slice::<Value>(&response.body) else {
        return Err(failure::invalid(format!(
            "HTTP {}: expected a JSON object, got {}; check that llm.base_url names an API and not a web page",
            response.status,
            failure::quote(&response.body)
        )));
    };
    // Routers report what went wrong upstream under a status of 200, for the response or for the choice.
    let errors = [body.get("error"), body.pointer("/choices/0/error")];
    if let Some(error) = errors.into_iter().flatten().find(|error| !error.is_null()) {
        return Err(failure::of_error(error, response));
    }
    let Some(choice) = body.pointer("/choices/0").filter(|choice| choice.is_object()) else {
        return Err(failure::invalid(format!("the response has no choices: {}", failure::quote(&response.body))));
    };
    let (text, finish) = answer(choice)?;
    let usage = usage(&body["usage"]);
    let model = body["model"].as_str().filter(|name| !name.is_empty()).map(str::to_owned);
    if let Some(message) = body.pointer_mut("/choices/0/message").and_then(Value::as_object_mut) {
        message.remove("content");
        if finish == Finish::Refusal {
            message.remove("refusal");
        }
    }
    Ok(Completion { text, finish, usage, model, service_tier: None, envelope: Some(body.to_string()) })
}

/// The text of a choice, and why the model stopped.
fn answer(choice: &Value) -> Result<(String, Finish), ProviderError> {
    let message = &choice["message"];
    let reason = choice["finish_reason"].as_str().unwrap_or_default();
    if let Some(refusal) = refusal(message) {
        return Ok((refusal, Finish::Refusal));
    }
    let finish = match reason {
        "length" | "max_tokens" => Finish::Length,
        "content_filter" => Finish::ContentFilter,
        "error" => return Err(failure::invalid("the model stopped with an error that the server does not name")),
        _ => Finish::Stop,
    };
    match text(&message["content"]) {
        Some(text) if !text.is_empty() => Ok((text, finish)),
        _ if called_tool(message) => Err(failure::invalid("the model called a tool instead of answering")),
        Some(text) => Ok((text, finish)),
        // A model that used its whole limit up on reasoning, or was held back, has said nothing, and that is the
        // answer.
        None if finish != Finish::Stop => Ok((String::new(), finish)),
        None => Err(failure::invalid(format!(
            "the response has no content: expected a text in choices[0].message.content, got {}",
            excerpt(&choice.to_string(), 200)
        ))),
    }
}

/// A content's text: a string, or the texts of an array of parts.
fn text(content: &Value) -> Option<String> {
    match content {
        Value::String(text) => Some(text.clone()),
        Value::Array(parts) => {
            // Parts of other types (reasoning, images) are not what was asked for.
            let is_text = |part: &&Value| matches!(part["type"].as_str(), None | Some("text" | "output_text"));
            let texts: Vec<&str> = parts.iter().filter(is_text).filter_map(|part| part["text"].as_str()).collect();
            (!texts.is_empty()).then(|| texts.concat())
        }
        _ => None,
    }
}

/// What the model said when it refused.
fn refusal(message: &Value) -> Option<String> {
    let parts = message["content"].as_array().into_iter().flatten();
    let said = std::iter::once(message).chain(parts).find_map(|it| it["refusal"].as_str().filter(|it| !it.is_empty()));
    said.map(str::to_owned)
}

fn called_tool(message: &Value) -> bool {
    message["tool_calls"].as_array().is_some_and(|calls| !calls.is_empty()) || message["function_call"].is_object()
}

fn usage(usage: &Value) -> Usage {
    let count = |pointer: &str| usage.pointer(pointer).and_then(Value::as_u64);
    Usage {
        cache_write_tokens: None,
        input_tokens: count("/prompt_tokens"),
        output_tokens: count("/completion_tokens"),
        cached_tokens: count("/prompt_tokens_details/cached_tokens"),
        reasoning_tokens: count("/completion_tokens_details/reasoning_tokens"),
    }
}

#[cfg(test)]
mod tests;
