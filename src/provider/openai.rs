//! `OpenAI`'s chat completions.
//!
//! Many servers speak this dialect with small differences: what they add is ignored, and what they leave out is `None`.

use serde::Serialize;
use serde_json::{Map, Value};

use super::wire::{Request, Response, SecretHeader};
use super::{
    ChatRequest, Completion, Finish, LimitField, Message, ProviderError, RequestSpec, TokenUsage, body, excerpt,
    failure, finish,
};
use crate::record::Digest;

/// The body, in the order in which its keys are sent.
#[derive(Serialize)]
struct Body<'a> {
    model: &'a str,
    messages: Vec<BodyMessage<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    temperature: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    top_p: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_completion_tokens: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_tokens: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    seed: Option<u64>,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    stop: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    reasoning_effort: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    service_tier: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    prompt_cache_key: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    response_format: Option<ResponseFormat<'a>>,
}

#[derive(Serialize)]
struct BodyMessage<'a> {
    role: &'static str,
    content: Content<'a>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Content<'a> {
    Text(&'a str),
    Parts(Vec<Part<'a>>),
}

#[derive(Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Part<'a> {
    ImageUrl { image_url: ImageUrl },
    Text { text: &'a str },
}

#[derive(Serialize)]
struct ImageUrl {
    url: String,
}

#[derive(Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum ResponseFormat<'a> {
    JsonSchema { json_schema: JsonSchema<'a> },
    JsonObject,
}

#[derive(Serialize)]
struct JsonSchema<'a> {
    name: &'a str,
    strict: bool,
    schema: &'a Value,
}

/// The request to the server at `base_url` (`https://api.openai.com/v1`). A query in `base_url` stays at the URL's end.
pub fn encode(request: &ChatRequest, base_url: &str) -> Request {
    // `OpenAI` deprecates `max_tokens` and refuses it for reasoning models; other servers may know no other name.
    let limit = if is_openai(base_url) { LimitField::MaxCompletionTokens } else { LimitField::MaxTokens };
    Request {
        url: body::url(base_url, "chat/completions"),
        headers: body::headers(),
        secret: Some(SecretHeader { name: "authorization", prefix: "Bearer " }),
        body: body(request, limit),
    }
}

/// The body, with the output limit under the name that the request sets, otherwise under `limit`.
pub fn body(request: &ChatRequest, limit: LimitField) -> Vec<u8> {
    let spec = &request.spec;
    let parameters = &spec.parameters;
    let (max_completion_tokens, max_tokens) = match parameters.limit_field.unwrap_or(limit) {
        LimitField::MaxCompletionTokens => (parameters.max_output_tokens, None),
        LimitField::MaxTokens => (None, parameters.max_output_tokens),
    };
    let body = Body {
        model: &spec.model,
        messages: request
            .messages
            .iter()
            .map(|message| BodyMessage { role: message.role.as_str(), content: content(message) })
            .collect(),
        temperature: parameters.temperature,
        top_p: parameters.top_p,
        max_completion_tokens,
        max_tokens,
        seed: parameters.seed,
        stop: &parameters.stop,
        reasoning_effort: parameters.reasoning_effort.as_deref(),
        service_tier: parameters.service_tier.as_deref(),
        prompt_cache_key: prompt_cache_key(request),
        response_format: response_format(spec),
    };
    body::bytes(&body, &parameters.extra_body)
}

fn content(message: &Message) -> Content<'_> {
    if message.images.is_empty() {
        return Content::Text(&message.content);
    }
    let images = message.images.iter().map(|it| Part::ImageUrl { image_url: ImageUrl { url: body::image_url(it) } });
    Content::Parts(images.chain([Part::Text { text: &message.content }]).collect())
}

fn response_format(spec: &RequestSpec) -> Option<ResponseFormat<'_>> {
    match &spec.response_schema {
        Some(it) => Some(ResponseFormat::JsonSchema {
            json_schema: JsonSchema { name: &it.name, strict: true, schema: &it.schema },
        }),
        None => spec.parameters.json_object.then_some(ResponseFormat::JsonObject),
    }
}

/// A key by which the service routes requests with the same system prompt to the same cache.
pub fn prompt_cache_key(request: &ChatRequest) -> Option<String> {
    let caches = request.spec.parameters.cache_prompt;
    let system = caches.then(|| body::system(request)).flatten()?;
    Some(format!("casebook-{}", Digest::of_bytes(system.as_bytes())))
}

/// Whether the server is `OpenAI`'s own, at its address or a regional one.
pub fn is_openai(base_url: &str) -> bool {
    let host = host(base_url);
    host == "api.openai.com" || host.ends_with(".api.openai.com")
}

/// The host that `base_url` names, in lower case.
pub fn host(base_url: &str) -> String {
    let after_scheme = base_url.split_once("://").map_or(base_url, |(_, rest)| rest);
    let authority = after_scheme.split(['/', '?', '#']).next().unwrap_or_default();
    let host = authority.rsplit('@').next().unwrap_or_default().split(':').next().unwrap_or_default();
    host.trim().to_ascii_lowercase()
}

/// The completion in a response that claims success, or what went wrong.
pub fn decode(response: &Response, mut body: Value) -> Result<Completion, ProviderError> {
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
    let model = body::named(&body["model"]);
    let service_tier = body::named(&body["service_tier"]);
    if let Some(message) = body.pointer_mut("/choices/0/message").and_then(Value::as_object_mut) {
        leave_out_the_answer(message, finish);
    }
    Ok(Completion { text, finish, usage, model, service_tier, envelope: Some(body.to_string()) })
}

/// Removes the answer's text from a message. Parts of other types, such as reasoning, stay.
fn leave_out_the_answer(message: &mut Map<String, Value>, finish: Finish) {
    match message.get_mut("content") {
        Some(Value::Array(parts)) if parts.iter().any(|part| !is_answer(part)) => parts.retain(|part| !is_answer(part)),
        _ => drop(message.remove("content")),
    }
    if finish == Finish::Refusal {
        message.remove("refusal");
    }
}

/// The text of a choice, and why the model stopped.
fn answer(choice: &Value) -> Result<(String, Finish), ProviderError> {
    let message = &choice["message"];
    if let Some(refusal) = refusal(message) {
        return Ok((refusal, Finish::Refusal));
    }
    let reason = finish::read(finish::CHAT_COMPLETIONS, choice["finish_reason"].as_str());
    let finish = reason.with_answer().map_err(failure::invalid)?;
    match text(&message["content"]) {
        Some(text) if !text.is_empty() => Ok((text, finish)),
        _ if called_tool(message) => Err(failure::invalid("the model called a tool instead of answering")),
        Some(text) => Ok((text, finish)),
        // A model that spent its whole limit on reasoning, or was held back, has said nothing: the answer is empty.
        None if finish != Finish::Stop => Ok((String::new(), finish)),
        None => Err(failure::invalid(format!(
            "the response has no content: expected a text in choices[0].message.content, got {}{}",
            excerpt(&choice.to_string(), 200),
            reason.unknown_word()
        ))),
    }
}

/// A content's text: a string, or the texts of an array of parts.
fn text(content: &Value) -> Option<String> {
    match content {
        Value::String(text) => Some(text.clone()),
        Value::Array(parts) => {
            // Parts of other types (reasoning, images) are no part of the answer.
            let is_text = |part: &&Value| matches!(part["type"].as_str(), None | Some("text" | "output_text"));
            let texts: Vec<&str> = parts.iter().filter(is_text).filter_map(|part| part["text"].as_str()).collect();
            (!texts.is_empty()).then(|| texts.concat())
        }
        _ => None,
    }
}

/// Whether the completion's text was taken from this part of the content.
fn is_answer(part: &Value) -> bool {
    matches!(part["type"].as_str(), None | Some("text" | "output_text" | "refusal"))
}

/// What the model said when it refused.
fn refusal(message: &Value) -> Option<String> {
    let parts = message["content"].as_array().into_iter().flatten();
    let text = std::iter::once(message).chain(parts).find_map(|it| it["refusal"].as_str().filter(|it| !it.is_empty()));
    text.map(str::to_owned)
}

fn called_tool(message: &Value) -> bool {
    message["tool_calls"].as_array().is_some_and(|calls| !calls.is_empty()) || message["function_call"].is_object()
}

fn usage(usage: &Value) -> TokenUsage {
    let count = |pointer: &str| usage.pointer(pointer).and_then(Value::as_u64);
    TokenUsage {
        input_tokens: count("/prompt_tokens"),
        output_tokens: count("/completion_tokens"),
        // DeepSeek has another name for it.
        cached_tokens: count("/prompt_tokens_details/cached_tokens").or_else(|| count("/prompt_cache_hit_tokens")),
        cache_write_tokens: count("/prompt_tokens_details/cache_write_tokens"),
        reasoning_tokens: count("/completion_tokens_details/reasoning_tokens"),
    }
}

#[cfg(test)]
mod tests;
