//! `OpenAI`'s Responses.
//!
//! The service keeps nothing (`store: false`): the whole conversation is sent each time, as in every dialect.

use serde::Serialize;
use serde_json::Value;

use super::elsewhere::Elsewhere;
use super::usage::{Apart, Counts, count, largest, thinking};
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
    if let Some(error) = failure::in_success(&body, "/output", response) {
        return Err(error);
    }
    let none = Vec::new();
    let usage = usage(&body["usage"]);
    // What was cancelled may have been paid for.
    let is_cancelled = body["status"] == "cancelled" && usage != TokenUsage::default();
    let is_over = matches!(body["status"].as_str(), Some("completed" | "incomplete")) || is_cancelled;
    let items = body["output"].as_array().or((body["output"].is_null() && is_over).then_some(&none));
    let Some(items) = items else {
        return Err(failure::invalid(format!("the response has no output: {}", failure::quote(&response.body))));
    };
    let reason = body::word(&body["incomplete_details"]["reason"]);
    let status = body["status"].as_str();
    if let Some(status @ ("failed" | "cancelled" | "queued" | "in_progress")) = status
        && !is_cancelled
    {
        return Err(failure::invalid(format!("the response is not complete: its status is \"{status}\"")));
    }
    // Only an incomplete answer has a reason: a word for an end is not one here.
    let (finish, finish_reason) = match (status, reason) {
        (Some("incomplete"), None) => (Finish::Length, Some("incomplete".to_owned())),
        (_, Some(reason)) => match Finish::of_word(Some(&reason)) {
            Finish::Stop if status == Some("incomplete") => (Finish::Unknown, Some(reason)),
            finish => (finish, Some(reason)),
        },
        (None | Some("completed"), None) => (Finish::Stop, status.map(str::to_owned)),
        (Some(other), None) => (if is_cancelled { Finish::Length } else { Finish::Unknown }, Some(other.to_owned())),
    };
    let (text, finish, problem) = match body["output_text"].as_str() {
        // Some servers have the text alone.
        Some(text) if items.is_empty() && !text.is_empty() => (text.to_owned(), finish, None),
        _ => answer(items, finish),
    };
    // A message may be cut in a response that claims to be complete.
    let is_cut = finish == Finish::Stop
        && items.iter().any(|it| is_final(it, items.iter().any(is_marked)) && it["status"] == "incomplete");
    let (finish, finish_reason) =
        if is_cut { (Finish::Length, Some("incomplete".to_owned())) } else { (finish, finish_reason) };
    let (kind, key) = if texts(items, REFUSAL).is_empty() { TEXT } else { REFUSAL };
    if items.is_empty()
        && let Some(members) = body.as_object_mut()
    {
        body::take_text(members, "output_text");
    }
    let (model, service_tier) = (body::named(&body["model"]), body::named(&body["service_tier"]));
    // What is no part of the answer is kept here.
    let output = body["output"].as_array().map_or(&[][..], Vec::as_slice);
    let marked = output.iter().any(is_marked);
    let answering: Vec<usize> = (0..output.len()).filter(|index| is_final(&output[*index], marked)).collect();
    for index in answering {
        let is_taken = |part: &Value| is_answer(part, kind, key);
        body::strip(&mut body, &format!("/output/{index}/content"), is_taken, key);
    }
    let envelope = Some(body.to_string());
    Ok(Completion { text, thoughts: None, finish, finish_reason, problem, usage, model, service_tier, envelope })
}

/// The texts of all messages, why the model stopped, and why there is no text. Reasoning is in items of another type,
/// and what a model says on its way to the answer in messages of the phase `commentary`.
fn answer(items: &[Value], finish: Finish) -> (String, Finish, Option<String>) {
    let refusal = texts(items, REFUSAL);
    if !refusal.is_empty() {
        return (refusal, Finish::Refusal, None);
    }
    let text = texts(items, TEXT);
    let marked = items.iter().any(is_marked);
    let mut elsewhere = Elsewhere::default();
    for item in items {
        match item["type"].as_str().unwrap_or_default() {
            "message" if !is_final(item, marked) => elsewhere.text("commentary", &item["content"]),
            "message" => match &item["content"] {
                Value::Array(parts) => parts.iter().filter(|it| !is_answer(it, TEXT.0, TEXT.1)).for_each(|part| {
                    elsewhere.text(part["type"].as_str().unwrap_or("content"), part);
                }),
                content => elsewhere.text("content", content),
            },
            "reasoning" => {
                elsewhere.text("reasoning.summary", &item["summary"]);
                elsewhere.text("reasoning.content", &item["content"]);
            }
            kind if kind.ends_with("_call") => elsewhere.tool(item["name"].as_str(), CALLS.contains(&kind)),
            _ => {}
        }
    }
    let (finish, problem) = elsewhere.settle(&text, finish);
    (text, finish, problem)
}

/// Whether an item is a message of the answer. `marked`: some are marked as final, so that those alone are.
fn is_final(item: &Value, marked: bool) -> bool {
    item["type"] == "message" && if marked { is_marked(item) } else { !is_commentary(item) }
}

/// Whether a message is marked as the final answer.
fn is_marked(item: &Value) -> bool {
    item["type"] == "message" && has_phase(item, "final_answer")
}

fn has_phase(item: &Value, name: &str) -> bool {
    item["phase"].as_str().is_some_and(|phase| phase.trim().eq_ignore_ascii_case(name))
}

/// Whether an item or a part of it is what a model says on its way to the answer.
fn is_commentary(item: &Value) -> bool {
    has_phase(item, "commentary")
}

/// The calls of tools that the provider does not run itself.
const CALLS: [&str; 6] =
    ["function_call", "custom_tool_call", "computer_call", "local_shell_call", "shell_call", "apply_patch_call"];

/// The type of the parts that an answer is made of, and their member that is its text.
const TEXT: (&str, &str) = ("output_text", "text");
/// The same of what a model says when it refuses.
const REFUSAL: (&str, &str) = ("refusal", "refusal");

/// The texts of the parts of this type in all messages of the answer.
fn texts(items: &[Value], (kind, key): (&str, &str)) -> String {
    let marked = items.iter().any(is_marked);
    let parts = items.iter().filter(|it| is_final(it, marked)).filter_map(|item| item["content"].as_array()).flatten();
    parts.filter(|part| is_answer(part, kind, key)).filter_map(|part| part[key].as_str()).collect()
}

/// Whether a part is of this type and has a text in `key`.
fn is_answer(part: &Value, kind: &str, key: &str) -> bool {
    part["type"] == *kind && part[key].is_string() && !is_commentary(part)
}

pub(super) fn usage(usage: &Value) -> TokenUsage {
    Counts {
        input: count(usage, &["/input_tokens", "/prompt_tokens"]),
        output: largest(usage, &["/output_tokens", "/completion_tokens"]),
        total: count(usage, &["/total_tokens"]),
        cached: count(usage, &["/input_tokens_details/cached_tokens", "/prompt_tokens_details/cached_tokens"]),
        written: count(
            usage,
            &["/input_tokens_details/cache_write_tokens", "/input_tokens_details/cache_creation_tokens"],
        ),
        reasoning: thinking(usage),
        apart: Apart::of(usage),
        ..Counts::default()
    }
    .usage()
}
