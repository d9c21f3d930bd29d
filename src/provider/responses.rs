//! `OpenAI`'s Responses.
//!
//! The service keeps nothing (`store: false`): the whole conversation is sent each time, as in every dialect.

use serde::Serialize;
use serde_json::Value;

use super::finish::{self, WordMeaning};
use super::usage::{Counts, count};
use super::wire::{Request, Response, SecretHeader};
use super::{
    ChatRequest, Completion, Finish, Message, ProviderError, RequestSpec, Role, TokenUsage, body, failure, openai,
};

/// The body, in the order in which its keys are sent.
#[derive(Serialize)]
struct Body<'a> {
    model: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    instructions: Option<String>,
    input: Vec<Item<'a>>,
    store: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    temperature: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    top_p: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_output_tokens: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reasoning: Option<Reasoning<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    service_tier: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    prompt_cache_key: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<Text<'a>>,
}

#[derive(Serialize)]
struct Item<'a> {
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
    InputImage { image_url: String, detail: &'static str },
    InputText { text: &'a str },
}

#[derive(Serialize)]
struct Reasoning<'a> {
    effort: &'a str,
}

#[derive(Serialize)]
struct Text<'a> {
    format: Format<'a>,
}

#[derive(Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Format<'a> {
    JsonSchema { name: &'a str, strict: bool, schema: &'a Value },
    JsonObject,
}

/// The request to the server at `base_url` (`https://api.openai.com/v1`).
pub fn encode(request: &ChatRequest, base_url: &str) -> Request {
    let spec = &request.spec;
    let parameters = &spec.parameters;
    let body = Body {
        model: &spec.model,
        instructions: body::system(request),
        input: request.messages.iter().filter(|it| it.role != Role::System).map(item).collect(),
        store: false,
        temperature: parameters.temperature,
        top_p: parameters.top_p,
        max_output_tokens: parameters.max_output_tokens,
        reasoning: parameters.reasoning_effort.as_deref().map(|effort| Reasoning { effort }),
        service_tier: parameters.service_tier.as_deref(),
        prompt_cache_key: openai::prompt_cache_key(request),
        text: format(spec).map(|format| Text { format }),
    };
    Request {
        url: body::url(base_url, "responses"),
        headers: body::headers(),
        secret: Some(SecretHeader { name: "authorization", prefix: "Bearer " }),
        body: body::bytes(&body, &parameters.extra_body),
    }
}

fn item(message: &Message) -> Item<'_> {
    let content = if message.images.is_empty() {
        Content::Text(&message.content)
    } else {
        let images =
            message.images.iter().map(|it| Part::InputImage { image_url: body::image_url(it), detail: "auto" });
        Content::Parts(images.chain([Part::InputText { text: &message.content }]).collect())
    };
    Item { role: message.role.as_str(), content }
}

fn format(spec: &RequestSpec) -> Option<Format<'_>> {
    match &spec.response_schema {
        Some(it) => Some(Format::JsonSchema { name: &it.name, strict: true, schema: &it.schema }),
        None => spec.parameters.json_object.then_some(Format::JsonObject),
    }
}

/// The completion in a response that claims success, or what went wrong.
pub fn decode(response: &Response, mut body: Value) -> Result<Completion, ProviderError> {
    if let Some(error) = body.get("error").filter(|error| !error.is_null()) {
        return Err(failure::of_error(error, response));
    }
    let Some(items) = body["output"].as_array() else {
        return Err(failure::invalid(format!("the response has no output: {}", failure::quote(&response.body))));
    };
    let why = finish::read(finish::RESPONSES, body.pointer("/incomplete_details/reason").and_then(Value::as_str));
    let finish = match (body["status"].as_str(), why) {
        (Some(status @ ("failed" | "cancelled" | "queued" | "in_progress")), _) => {
            return Err(failure::invalid(format!("the response is not complete: its status is \"{status}\"")));
        }
        // Only an incomplete answer has a reason: an unknown one is not taken for a complete answer.
        (_, WordMeaning::Unknown(_)) | (Some("incomplete"), WordMeaning::Absent) => Finish::Length,
        (_, reason) => reason.with_answer().map_err(failure::invalid)?,
    };
    let (text, finish) = answer(items, finish)?;
    let usage = usage(&body["usage"]);
    let (model, service_tier) = (body::named(&body["model"]), body::named(&body["service_tier"]));
    let output = body["output"].as_array().map_or(0, Vec::len);
    for index in 0..output {
        body::strip(&mut body, &format!("/output/{index}/content"), is_answer, &["text", "refusal"]);
    }
    Ok(Completion { text, finish, usage, model, service_tier, envelope: Some(body.to_string()) })
}

/// The texts of all messages, and why the model stopped. Reasoning is in items of another type.
fn answer(items: &[Value], finish: Finish) -> Result<(String, Finish), ProviderError> {
    let is_message = |item: &&Value| item["type"] == "message";
    let parts: Vec<&Value> =
        items.iter().filter(is_message).filter_map(|item| item["content"].as_array()).flatten().collect();
    let texts = |kind: &str, key: &str| -> Vec<&str> {
        parts.iter().filter(|part| part["type"] == *kind).filter_map(|part| part[key].as_str()).collect()
    };
    let refusal = texts("refusal", "refusal").concat();
    if !refusal.is_empty() {
        return Ok((refusal, Finish::Refusal));
    }
    let found = texts("output_text", "text");
    let called = items.iter().any(|item| item["type"].as_str().is_some_and(|kind| kind.ends_with("_call")));
    match found.concat() {
        text if !text.is_empty() => Ok((text, finish)),
        _ if called => Err(failure::invalid("the model called a tool instead of answering")),
        // A model that spent its whole limit on reasoning, or was held back, has said nothing: the answer is empty.
        text if !found.is_empty() || finish != Finish::Stop => Ok((text, finish)),
        _ => Err(failure::invalid("the response has no text: expected a part `output_text` in a message")),
    }
}

fn is_answer(part: &Value) -> bool {
    part["type"] == "output_text" || part["type"] == "refusal"
}

fn usage(usage: &Value) -> TokenUsage {
    Counts {
        input: count(usage, &["/input_tokens", "/prompt_tokens"]),
        output: count(usage, &["/output_tokens", "/completion_tokens"]),
        total: count(usage, &["/total_tokens"]),
        cached: count(usage, &["/input_tokens_details/cached_tokens", "/prompt_tokens_details/cached_tokens"]),
        written: count(usage, &["/input_tokens_details/cache_write_tokens"]),
        reasoning: count(
            usage,
            &["/output_tokens_details/reasoning_tokens", "/completion_tokens_details/reasoning_tokens"],
        ),
        ..Counts::default()
    }
    .usage()
}
