//! `OpenAI`'s chat completions.
//!
//! Many servers speak this dialect with small differences: what they add is ignored, and what they leave out is `None`.

mod content;

use std::borrow::Cow;

use serde::Serialize;
use serde_json::Value;

use self::content::{is_answer, leave_out_the_answer, refusal, text};
use super::elsewhere::Elsewhere;
use super::usage::{Apart, Counts, count, largest, thinking};
use super::wire::{Request, Response, SecretHeader};
use super::{
    ChatRequest, Completion, Finish, LimitField, Message, ProviderError, RequestSpec, Role, TokenUsage, body, excerpt,
    failure,
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
    Text(Cow<'a, str>),
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
        messages: turns(request),
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

/// The messages, with those of one role that follow each other in one: an answer without a text is no turn, and the
/// templates of many models demand that turns alternate.
fn turns(request: &ChatRequest) -> Vec<BodyMessage<'_>> {
    let mut turns: Vec<BodyMessage<'_>> = Vec::with_capacity(request.messages.len());
    for message in &request.messages {
        let is_plain = message.role != Role::System && message.images.is_empty();
        match turns.last_mut().filter(|last| is_plain && last.role == message.role.as_str()).map(|it| &mut it.content) {
            Some(Content::Text(text)) => {
                let text = text.to_mut();
                text.push_str("\n\n");
                text.push_str(&message.content);
            }
            Some(Content::Parts(parts)) => parts.push(Part::Text { text: &message.content }),
            None => turns.push(BodyMessage { role: message.role.as_str(), content: content(message) }),
        }
    }
    turns
}

fn content(message: &Message) -> Content<'_> {
    if message.images.is_empty() {
        return Content::Text(Cow::Borrowed(&message.content));
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
    if let Some(error) = failure::in_success(&body, "/choices/0", response) {
        return Err(error);
    }
    // Routers report what went wrong upstream for the choice alone.
    if let Some(error) = body.pointer("/choices/0/error").filter(|error| failure::is_error(error)) {
        return Err(failure::of_error(error, response));
    }
    let usage = usage(&body["usage"]);
    let is_billed = usage != TokenUsage::default();
    let choice = body.pointer("/choices/0").filter(|choice| choice.is_object());
    let Answer { text, finish, word, problem } = match choice {
        Some(choice) => answer(choice, is_billed)?,
        None if is_billed => Answer::none("the response has no choices"),
        None => {
            return Err(failure::invalid(format!("the response has no choices: {}", failure::quote(&response.body))));
        }
    };
    let model = body::named(&body["model"]);
    let service_tier = body::named(&body["service_tier"]);
    if let Some(message) = body.pointer_mut("/choices/0/message") {
        leave_out_the_answer(message);
    }
    if let Some(choice) = body.pointer_mut("/choices/0").and_then(Value::as_object_mut)
        && choice.get("message").is_none_or(Value::is_null)
    {
        body::take_text(choice, "text");
    }
    let envelope = Some(body.to_string());
    Ok(Completion { text, thoughts: None, finish, finish_reason: word, problem, usage, model, service_tier, envelope })
}

/// What a choice says.
struct Answer {
    text: String,
    finish: Finish,
    word: Option<String>,
    /// Why there is no text, or why it is no answer.
    problem: Option<String>,
}

impl Answer {
    /// An answer that was paid for, and has nothing that could be read.
    fn none(why: &str) -> Self {
        let problem = Some(format!("the answer has no text: {why}"));
        Self { text: String::new(), finish: Finish::Stop, word: None, problem }
    }
}

/// The text of a choice, and why the model stopped. `is_billed` says that the response reports tokens.
fn answer(choice: &Value, is_billed: bool) -> Result<Answer, ProviderError> {
    let message = &choice["message"];
    let word = body::word(&choice["finish_reason"]);
    // A completion of a text has no message.
    if let (true, Some(text)) = (message.is_null(), choice["text"].as_str()) {
        let finish = Finish::of_word(word.as_deref());
        return Ok(Answer { text: text.to_owned(), finish, word, problem: None });
    }
    if let Some(refusal) = refusal(message) {
        return Ok(Answer { text: refusal, finish: Finish::Refusal, word, problem: None });
    }
    let shown = || excerpt(&choice.to_string(), 200);
    let content = &message["content"];
    let is_message = MESSAGE.iter().any(|key| message.get(*key).is_some());
    let is_content = !content.is_boolean() && !content.is_number();
    if is_billed && !(is_message && is_content) {
        let why = format!("expected one in choices[0].message.content, got {}", shown());
        return Ok(Answer { finish: Finish::of_word(word.as_deref()), word, ..Answer::none(&why) });
    }
    if !is_message || !is_content {
        return Err(failure::invalid(format!(
            "the response has no content: expected a text in choices[0].message.content, got {}",
            shown()
        )));
    }
    let text = text(content);
    // A failure behind the server, and not an answer that was paid for.
    if text.is_empty() && !is_billed && matches!(word.as_deref(), Some("error" | "network_error")) {
        return Err(failure::invalid(format!(
            "the model stopped with an error that the server does not name: {}",
            shown()
        )));
    }
    let mut elsewhere = Elsewhere::default();
    for name in THOUGHTS {
        elsewhere.text(name, &message[name]);
    }
    for part in content.as_array().into_iter().flatten().filter(|part| !is_answer(part)) {
        elsewhere.text(part["type"].as_str().unwrap_or("content"), part);
    }
    for call in message["tool_calls"].as_array().into_iter().flatten() {
        elsewhere.tool(call.pointer("/function/name").and_then(Value::as_str), true);
    }
    if message["function_call"].is_object() {
        elsewhere.tool(message["function_call"]["name"].as_str(), true);
    }
    let (finish, problem) = elsewhere.settle(&text, Finish::of_word(word.as_deref()));
    Ok(Answer { text, finish, word, problem })
}

/// The members by which a message is told from another object.
const MESSAGE: [&str; 8] =
    ["content", "role", "refusal", "tool_calls", "function_call", "reasoning_content", "reasoning", "thinking"];

/// The members in which servers put what a model thought, or what they made of its answer.
const THOUGHTS: [&str; 6] = ["reasoning_content", "reasoning", "reasoning_details", "thinking", "parsed", "audio"];

/// Some servers count thinking outside of `completion_tokens`: what the total or the details have beyond it is that.
/// `DeepSeek` and gateways have names of their own.
pub(super) fn usage(usage: &Value) -> TokenUsage {
    const CACHED: &[&str] = &[
        "/prompt_tokens_details/cached_tokens",
        "/prompt_cache_hit_tokens",
        "/input_tokens_details/cached_tokens",
        "/cache_read_input_tokens",
        "/cached_tokens",
    ];
    const WRITTEN: &[&str] = &[
        "/prompt_tokens_details/cache_write_tokens",
        "/prompt_tokens_details/cache_creation_tokens",
        "/cache_creation_input_tokens",
    ];
    Counts {
        input: count(usage, &["/prompt_tokens", "/input_tokens"]),
        output: largest(usage, &["/completion_tokens", "/output_tokens"]),
        total: count(usage, &["/total_tokens"]),
        cached: count(usage, CACHED),
        written: count(usage, WRITTEN),
        reasoning: thinking(usage),
        apart: Apart::of(usage),
        cache_is_beside: false,
        rest_is_thinking: true,
    }
    .usage()
}

#[cfg(test)]
mod tests;
