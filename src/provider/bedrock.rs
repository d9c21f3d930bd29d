//! Amazon Bedrock's Converse.
//!
//! The secret is a bearer token, or the access keys with which the transport signs the request. Both are the same here.

use serde::Serialize;
use serde_json::Value;

use super::elsewhere::Elsewhere;
use super::usage::{Apart, Counts, count, thinking};
use super::wire::{Request, Response, SecretHeader};
use super::{ChatRequest, Completion, Finish, Image, Message, ProviderError, RequestSpec, TokenUsage, body, failure};

/// The body, in the order in which its keys are sent.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Body<'a> {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    system: Vec<Block<'a>>,
    messages: Vec<BodyMessage<'a>>,
    #[serde(skip_serializing_if = "InferenceConfig::is_empty")]
    inference_config: InferenceConfig<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    output_config: Option<OutputConfig<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    service_tier: Option<ServiceTier<'a>>,
}

#[derive(Serialize)]
struct BodyMessage<'a> {
    role: &'static str,
    content: Vec<Block<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
enum Block<'a> {
    Image { format: &'a str, source: Source<'a> },
    Text(std::borrow::Cow<'a, str>),
    CachePoint { r#type: &'static str },
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
enum Source<'a> {
    Bytes(String),
    S3Location { uri: &'a str },
}

#[derive(Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
struct InferenceConfig<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    max_tokens: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    temperature: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    top_p: Option<f64>,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    stop_sequences: &'a [String],
}

impl InferenceConfig<'_> {
    fn is_empty(&self) -> bool {
        *self == InferenceConfig::default()
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct OutputConfig<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    effort: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    text_format: Option<TextFormat<'a>>,
}

#[derive(Serialize)]
struct TextFormat<'a> {
    r#type: &'static str,
    structure: Structure<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
enum Structure<'a> {
    JsonSchema { name: &'a str, schema: String },
}

#[derive(Serialize)]
struct ServiceTier<'a> {
    r#type: &'a str,
}

/// The request to the server at `base_url` (`https://bedrock-runtime.us-east-1.amazonaws.com`).
pub fn encode(request: &ChatRequest, base_url: &str) -> Request {
    let spec = &request.spec;
    let parameters = &spec.parameters;
    let body = Body {
        system: system(request),
        messages: turns(request),
        inference_config: InferenceConfig {
            max_tokens: parameters.max_output_tokens,
            temperature: parameters.temperature,
            top_p: parameters.top_p,
            stop_sequences: &parameters.stop,
        },
        output_config: output_config(spec),
        service_tier: parameters.service_tier.as_deref().map(|tier| ServiceTier { r#type: tier }),
    };
    Request {
        url: body::url(base_url, &format!("model/{}/converse", body::segment(&spec.model))),
        headers: body::headers(),
        secret: Some(SecretHeader { name: "authorization", prefix: "Bearer " }),
        body: body::bytes(&body, &parameters.extra_body),
    }
}

fn system(request: &ChatRequest) -> Vec<Block<'static>> {
    let Some(text) = body::system(request) else { return Vec::new() };
    let mark = request.spec.parameters.cache_prompt.then_some(Block::CachePoint { r#type: "default" });
    [Block::Text(text.into())].into_iter().chain(mark).collect()
}

/// The conversation in alternating turns, as the service demands: consecutive messages of one role become one.
fn turns(request: &ChatRequest) -> Vec<BodyMessage<'_>> {
    let mut turns: Vec<BodyMessage<'_>> = Vec::new();
    for message in body::spoken(request) {
        let role = message.role.as_str();
        match turns.last_mut() {
            Some(last) if last.role == role => last.content.extend(content(message)),
            _ => turns.push(BodyMessage { role, content: content(message).collect() }),
        }
    }
    turns
}

fn content(message: &Message) -> impl Iterator<Item = Block<'_>> {
    let images = message.images.iter().map(|image| match image {
        Image::Data { media_type, data, .. } => {
            Block::Image { format: media_type.trim_start_matches("image/"), source: Source::Bytes(body::base64(data)) }
        }
        Image::Url(url) => Block::Image { format: format_of(url), source: Source::S3Location { uri: url } },
    });
    images.chain([Block::Text(message.content.as_str().into())])
}

/// The format in an address's extension. The service knows these four.
fn format_of(url: &str) -> &'static str {
    let extension = url.rsplit('.').next().unwrap_or_default().to_ascii_lowercase();
    match extension.as_str() {
        "jpg" | "jpeg" => "jpeg",
        "gif" => "gif",
        "webp" => "webp",
        _ => "png",
    }
}

fn output_config(spec: &RequestSpec) -> Option<OutputConfig<'_>> {
    let effort = spec.parameters.reasoning_effort.as_deref();
    // The schema is sent as a JSON text.
    let text_format = spec.response_schema.as_ref().map(|it| TextFormat {
        r#type: "json_schema",
        structure: Structure::JsonSchema { name: &it.name, schema: it.schema.to_string() },
    });
    (effort.is_some() || text_format.is_some()).then_some(OutputConfig { effort, text_format })
}

/// The completion in a response that claims success, or what went wrong.
pub fn decode(response: &Response, mut body: Value) -> Result<Completion, ProviderError> {
    if let Some(error) = failure::in_success(&body, "/output/message/content", response) {
        return Err(error);
    }
    let none = Vec::new();
    let content = body.pointer("/output/message/content");
    let is_answer_without_content = content.is_none_or(Value::is_null)
        && (content.is_some() && body["stopReason"].is_string() || usage(&body["usage"]) != TokenUsage::default());
    let blocks = content.and_then(Value::as_array).or(is_answer_without_content.then_some(&none));
    let Some(blocks) = blocks else {
        let shown = failure::quote(&response.body);
        return Err(failure::invalid(format!("the response has no output.message.content: {shown}")));
    };
    let text: String = blocks.iter().filter_map(|it| it["text"].as_str()).collect();
    let finish_reason = body::word(&body["stopReason"]);
    let finish = Finish::of_word(finish_reason.as_deref());
    let mut elsewhere = Elsewhere::default();
    for block in blocks {
        match block.get("toolUse") {
            Some(call) => elsewhere.tool(call["name"].as_str(), call["type"] != "server_tool_use"),
            None => elsewhere.text("reasoningContent", &block["reasoningContent"]["reasoningText"]["text"]),
        }
    }
    let (finish, problem) = elsewhere.settle(&text, finish);
    let usage = usage(&body["usage"]);
    let service_tier = body::named(&body["serviceTier"]["type"]);
    body::strip(&mut body, "/output/message/content", |_| true, "text");
    // The response does not name its model.
    let envelope = Some(body.to_string());
    Ok(Completion { text, thoughts: None, finish, finish_reason, problem, usage, model: None, service_tier, envelope })
}

/// `inputTokens` counts only the tokens that were neither read from the cache nor written to it.
pub(super) fn usage(usage: &Value) -> TokenUsage {
    Counts {
        input: count(usage, &["/inputTokens"]),
        output: count(usage, &["/outputTokens"]),
        total: count(usage, &["/totalTokens"]),
        cached: count(usage, &["/cacheReadInputTokens"]),
        written: count(usage, &["/cacheWriteInputTokens"]),
        reasoning: thinking(usage),
        apart: Apart::of(usage),
        cache_is_beside: true,
        ..Counts::default()
    }
    .usage()
}
