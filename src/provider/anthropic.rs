//! Anthropic's Messages.

use serde::Serialize;
use serde_json::Value;

use super::elsewhere::Elsewhere;
use super::usage::{Apart, Counts, count, largest, sum_within, thinking, with_rounds};
use super::wire::{Request, Response, SecretHeader};
use super::{ChatRequest, Completion, Finish, Image, Message, ProviderError, TokenUsage, body, failure};

/// The version of the API, the newest one.
const VERSION: &str = "2023-06-01";

/// The API requires a limit. The configuration checks that there is one, so that this is never sent.
const ANY_LIMIT: u32 = 4096;

/// The body, in the order in which its keys are sent.
#[derive(Serialize)]
struct Body<'a> {
    model: &'a str,
    max_tokens: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    system: Option<System>,
    messages: Vec<BodyMessage<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    temperature: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    top_p: Option<f64>,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    stop_sequences: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    service_tier: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    output_config: Option<OutputConfig<'a>>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum System {
    Text(String),
    Marked([SystemBlock; 1]),
}

#[derive(Serialize)]
struct SystemBlock {
    r#type: &'static str,
    text: String,
    cache_control: CacheControl,
}

#[derive(Serialize)]
struct CacheControl {
    r#type: &'static str,
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
    Blocks(Vec<Block<'a>>),
}

#[derive(Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Block<'a> {
    Image { source: Source<'a> },
    Text { text: &'a str },
}

#[derive(Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Source<'a> {
    Base64 { media_type: &'a str, data: String },
    Url { url: &'a str },
}

#[derive(Serialize)]
struct OutputConfig<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    effort: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    format: Option<Format<'a>>,
}

#[derive(Serialize)]
struct Format<'a> {
    r#type: &'static str,
    schema: &'a Value,
}

/// The request to the server at `base_url` (`https://api.anthropic.com/v1`).
pub fn encode(request: &ChatRequest, base_url: &str) -> Request {
    let spec = &request.spec;
    let parameters = &spec.parameters;
    let effort = parameters.reasoning_effort.as_deref();
    let format = spec.response_schema.as_ref().map(|it| Format { r#type: "json_schema", schema: &it.schema });
    let body = Body {
        model: &spec.model,
        max_tokens: parameters.max_output_tokens.unwrap_or(ANY_LIMIT),
        system: body::system(request).map(|text| system(text, parameters.cache_prompt)),
        messages: body::spoken(request).map(message).collect(),
        temperature: parameters.temperature,
        top_p: parameters.top_p,
        stop_sequences: &parameters.stop,
        service_tier: parameters.service_tier.as_deref(),
        output_config: (effort.is_some() || format.is_some()).then_some(OutputConfig { effort, format }),
    };
    let mut headers = body::headers();
    headers.push(("anthropic-version", VERSION.to_owned()));
    Request {
        url: body::url(base_url, "messages"),
        headers,
        secret: Some(SecretHeader { name: "x-api-key", prefix: "" }),
        body: body::bytes(&body, &parameters.extra_body),
    }
}

fn system(text: String, marked: bool) -> System {
    if marked {
        let cache_control = CacheControl { r#type: "ephemeral" };
        System::Marked([SystemBlock { r#type: "text", text, cache_control }])
    } else {
        System::Text(text)
    }
}

fn message(message: &Message) -> BodyMessage<'_> {
    let content = if message.images.is_empty() {
        Content::Text(&message.content)
    } else {
        let images = message.images.iter().map(|it| Block::Image { source: source(it) });
        Content::Blocks(images.chain([Block::Text { text: &message.content }]).collect())
    };
    BodyMessage { role: message.role.as_str(), content }
}

fn source(image: &Image) -> Source<'_> {
    match image {
        Image::Data { media_type, data, .. } => Source::Base64 { media_type, data: body::base64(data) },
        Image::Url(url) => Source::Url { url },
    }
}

/// The completion in a response that claims success, or what went wrong.
pub fn decode(response: &Response, mut body: Value) -> Result<Completion, ProviderError> {
    if let Some(error) = failure::in_success(&body, "/content", response) {
        return Err(error);
    }
    let none = Vec::new();
    let is_answer_without_content = body["content"].is_null()
        && (body["stop_reason"].is_string() || usage(&body["usage"]) != TokenUsage::default());
    let Some(blocks) = body["content"].as_array().or(is_answer_without_content.then_some(&none)) else {
        return Err(failure::invalid(format!("the response has no content: {}", failure::quote(&response.body))));
    };
    let mut text: String = blocks.iter().filter(|it| is_answer(it)).filter_map(|it| it["text"].as_str()).collect();
    let finish_reason = body::word(&body["stop_reason"]);
    let finish = Finish::of_word(finish_reason.as_deref());
    let mut elsewhere = Elsewhere::default();
    for block in blocks.iter().filter(|it| !is_answer(it)) {
        match block["type"].as_str().unwrap_or("content") {
            // The provider runs its own tools.
            kind if kind.ends_with("tool_use") => elsewhere.tool(block["name"].as_str(), kind == "tool_use"),
            "thinking" => elsewhere.text("thinking", &block["thinking"]),
            "redacted_thinking" => elsewhere.note("there is a `redacted_thinking`".to_owned()),
            kind => elsewhere.text(kind, block),
        }
    }
    let (finish, problem) = elsewhere.settle(&text, finish);
    if finish == Finish::Refusal && text.is_empty() {
        let explanation = body.pointer("/stop_details/explanation").and_then(Value::as_str);
        explanation.unwrap_or_default().clone_into(&mut text);
    }
    let usage = usage(&body["usage"]);
    let model = body::named(&body["model"]);
    let service_tier = body::named(&body["usage"]["service_tier"]);
    body::strip(&mut body, "/content", is_answer, "text");
    let envelope = Some(body.to_string());
    Ok(Completion { text, thoughts: None, finish, finish_reason, problem, usage, model, service_tier, envelope })
}

/// Whether a block is part of the answer. Reasoning is in blocks of another type.
fn is_answer(block: &Value) -> bool {
    block["type"] == "text" && block["text"].is_string()
}

/// `input_tokens` counts only the tokens that were neither read from the cache nor written to it.
pub(super) fn usage(usage: &Value) -> TokenUsage {
    let all = |name: &str, count| with_rounds(usage, name, count);
    let written = count(usage, &["/cache_creation_input_tokens"]);
    Counts {
        input: all("/input_tokens", count(usage, &["/input_tokens", "/prompt_tokens"])),
        output: all("/output_tokens", largest(usage, &["/output_tokens", "/completion_tokens"])),
        total: count(usage, &["/total_tokens"]),
        cached: all("/cache_read_input_tokens", count(usage, &["/cache_read_input_tokens"])),
        // A gateway may pass on only how they divide by the lifetime of the cache.
        written: all("/cache_creation_input_tokens", written).max(sum_within(usage, "cache_creation")),
        reasoning: thinking(usage),
        apart: Apart::of(usage),
        cache_is_beside: true,
        ..Counts::default()
    }
    .usage()
}
