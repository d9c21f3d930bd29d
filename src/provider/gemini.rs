//! Gemini's `generateContent`.

use serde::Serialize;
use serde_json::Value;

use super::finish::{self, WordMeaning};
use super::usage::{Counts, count};
use super::wire::{Request, Response, SecretHeader};
use super::{
    ChatRequest, Completion, Finish, Image, Message, ProviderError, RequestSpec, Role, TokenUsage, body, failure,
};

/// The body, in the order in which its keys are sent.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Body<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    system_instruction: Option<Content<'a>>,
    contents: Vec<Content<'a>>,
    #[serde(skip_serializing_if = "GenerationConfig::is_empty")]
    generation_config: GenerationConfig<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    service_tier: Option<&'a str>,
}

#[derive(Serialize)]
struct Content<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    role: Option<&'static str>,
    parts: Vec<Part<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
enum Part<'a> {
    #[serde(rename_all = "camelCase")]
    InlineData {
        mime_type: &'a str,
        data: String,
    },
    #[serde(rename_all = "camelCase")]
    FileData {
        file_uri: &'a str,
    },
    Text(std::borrow::Cow<'a, str>),
}

#[derive(Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
struct GenerationConfig<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    temperature: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    top_p: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_output_tokens: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    seed: Option<u64>,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    stop_sequences: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    thinking_config: Option<ThinkingConfig>,
    #[serde(skip_serializing_if = "Option::is_none")]
    response_mime_type: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    response_json_schema: Option<&'a Value>,
}

impl GenerationConfig<'_> {
    fn is_empty(&self) -> bool {
        *self == GenerationConfig::default()
    }
}

#[derive(PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
enum ThinkingConfig {
    ThinkingLevel(String),
    ThinkingBudget(u32),
}

/// The request to the server at `base_url` (`https://generativelanguage.googleapis.com/v1beta`).
pub fn encode(request: &ChatRequest, base_url: &str) -> Request {
    let spec = &request.spec;
    let system = body::system(request).map(|text| Content { role: None, parts: vec![Part::Text(text.into())] });
    let body = Body {
        system_instruction: system,
        contents: body::spoken(request).map(content).collect(),
        generation_config: generation_config(spec),
        service_tier: spec.parameters.service_tier.as_deref(),
    };
    // A tuned model's name has its collection before it.
    let model = match spec.model.split_once('/') {
        Some((collection, name)) => format!("{}/{}", body::segment(collection), body::segment(name)),
        None => format!("models/{}", body::segment(&spec.model)),
    };
    Request {
        url: body::url(base_url, &format!("{model}:generateContent")),
        headers: body::headers(),
        secret: Some(SecretHeader { name: "x-goog-api-key", prefix: "" }),
        body: body::bytes(&body, &spec.parameters.extra_body),
    }
}

fn content(message: &Message) -> Content<'_> {
    let role = match message.role {
        Role::Assistant => "model",
        Role::User | Role::System => "user",
    };
    let images = message.images.iter().map(|image| match image {
        Image::Data { media_type, data, .. } => Part::InlineData { mime_type: media_type, data: body::base64(data) },
        Image::Url(url) => Part::FileData { file_uri: url },
    });
    Content { role: Some(role), parts: images.chain([Part::Text(message.content.as_str().into())]).collect() }
}

fn generation_config(spec: &RequestSpec) -> GenerationConfig<'_> {
    let parameters = &spec.parameters;
    let structured = spec.response_schema.is_some() || parameters.json_object;
    GenerationConfig {
        temperature: parameters.temperature,
        top_p: parameters.top_p,
        max_output_tokens: parameters.max_output_tokens,
        seed: parameters.seed,
        stop_sequences: &parameters.stop,
        thinking_config: parameters.reasoning_effort.as_deref().map(|effort| match effort {
            "none" => ThinkingConfig::ThinkingBudget(0),
            level => ThinkingConfig::ThinkingLevel(level.to_ascii_uppercase()),
        }),
        response_mime_type: structured.then_some("application/json"),
        response_json_schema: spec.response_schema.as_ref().map(|it| &it.schema),
    }
}

/// The completion in a response that claims success, or what went wrong.
pub fn decode(response: &Response, mut body: Value) -> Result<Completion, ProviderError> {
    if let Some(error) = body.get("error").filter(|error| !error.is_null()) {
        return Err(failure::of_error(error, response));
    }
    let (text, finish) = answer(&body, response)?;
    let usage = usage(&body["usageMetadata"]);
    let model = body::named(&body["modelVersion"]);
    let tier = body::named(&body["usageMetadata"]["serviceTier"]);
    let service_tier = tier.or_else(|| response.header("x-gemini-service-tier").map(str::to_owned));
    body::strip(&mut body, "/candidates/0/content/parts", is_answer, &["text"]);
    Ok(Completion { text, finish, usage, model, service_tier, envelope: Some(body.to_string()) })
}

/// The text of the first candidate, and why the model stopped.
fn answer(body: &Value, response: &Response) -> Result<(String, Finish), ProviderError> {
    let Some(candidate) = body.pointer("/candidates/0").filter(|it| it.is_object()) else {
        // A prompt that the filter held back has no candidate.
        return match body.pointer("/promptFeedback/blockReason").and_then(Value::as_str) {
            Some(_) => Ok((String::new(), Finish::ContentFilter)),
            None => {
                let shown = failure::quote(&response.body);
                Err(failure::invalid(format!("the response has no candidates: {shown}")))
            }
        };
    };
    let parts = candidate.pointer("/content/parts").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let texts: Vec<&str> = parts.iter().filter(|it| is_answer(it)).filter_map(|it| it["text"].as_str()).collect();
    let text = texts.concat();
    let reason = finish::read(finish::GEMINI, candidate["finishReason"].as_str());
    let called = matches!(reason, WordMeaning::Unknown(word) if word.contains("CALL"))
        || parts.iter().any(|it| it.get("functionCall").is_some());
    match (reason.with_answer().map_err(failure::invalid)?, reason) {
        (Finish::Stop, _) if !text.is_empty() => Ok((text, Finish::Stop)),
        (Finish::Stop, _) if called => Err(failure::invalid("the model called a tool instead of answering")),
        (Finish::Stop, WordMeaning::Known(_) | WordMeaning::Absent) if !texts.is_empty() => Ok((text, Finish::Stop)),
        (Finish::Stop, _) => {
            let shown = super::excerpt(&candidate.to_string(), 200);
            let unknown = reason.unknown_word();
            Err(failure::invalid(format!(
                "the response has no text: expected candidates[0].content.parts, got {shown}{unknown}"
            )))
        }
        (finish, _) => Ok((text, finish)),
    }
}

/// Whether a part is part of the answer. Reasoning is in parts that say so.
fn is_answer(part: &Value) -> bool {
    part["thought"] != true && part["text"].is_string()
}

/// `candidatesTokenCount` does not include reasoning, and `promptTokenCount` not what tools were asked for.
fn usage(usage: &Value) -> TokenUsage {
    let thought = count(usage, &["/thoughtsTokenCount"]);
    let prompt = count(usage, &["/promptTokenCount"]);
    Counts {
        input: prompt.and_then(|prompt| body::sum(&[Some(prompt), count(usage, &["/toolUsePromptTokenCount"])])),
        output: body::sum(&[count(usage, &["/candidatesTokenCount"]), thought]),
        total: count(usage, &["/totalTokenCount"]),
        cached: count(usage, &["/cachedContentTokenCount"]),
        reasoning: thought,
        ..Counts::default()
    }
    .usage()
}
