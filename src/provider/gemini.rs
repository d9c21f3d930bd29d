//! Gemini's `generateContent`.

use serde::Serialize;
use serde_json::Value;

use super::elsewhere::Elsewhere;
use super::usage::{Counts, count, thinking};
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
    if let Some(error) = failure::in_success(&body, "/candidates/0", response) {
        return Err(error);
    }
    let Answer { text, finish, finish_reason, problem } = answer(&body, response)?;
    let usage = usage(&body["usageMetadata"]);
    let model = body::named(&body["modelVersion"]);
    let tier = body::named(&body["usageMetadata"]["serviceTier"]);
    let service_tier = tier.or_else(|| response.header("x-gemini-service-tier").map(str::to_owned));
    body::strip(&mut body, "/candidates/0/content/parts", is_answer, "text");
    let envelope = Some(body.to_string());
    Ok(Completion { text, thoughts: None, finish, finish_reason, problem, usage, model, service_tier, envelope })
}

/// What the first candidate says.
struct Answer {
    text: String,
    finish: Finish,
    finish_reason: Option<String>,
    /// Why there is no text.
    problem: Option<String>,
}

/// The text of the first candidate, and why the model stopped.
fn answer(body: &Value, response: &Response) -> Result<Answer, ProviderError> {
    let blocked = body::named(&body["promptFeedback"]["blockReason"]);
    let Some(candidate) = body.pointer("/candidates/0").filter(|it| it.is_object()) else {
        // A prompt that the filter held back has no candidate.
        return match blocked {
            Some(word) => Ok(Answer {
                text: String::new(),
                finish: Finish::ContentFilter,
                problem: Some(format!(
                    "the answer has no text: the prompt was blocked ({})",
                    super::excerpt(&word, super::WORD_CHARS)
                )),
                finish_reason: Some(word),
            }),
            None if usage(&body["usageMetadata"]) != TokenUsage::default() => Ok(Answer {
                text: String::new(),
                finish: Finish::Stop,
                problem: Some("the answer has no text: the response has no candidates".to_owned()),
                finish_reason: None,
            }),
            None => {
                let shown = failure::quote(&response.body);
                Err(failure::invalid(format!("the response has no candidates: {shown}")))
            }
        };
    };
    let finish_reason = body::word(&candidate["finishReason"]);
    let parts = candidate.pointer("/content/parts").and_then(Value::as_array);
    if parts.is_none() && finish_reason.is_none() && candidate.get("content").is_none() {
        let shown = super::excerpt(&candidate.to_string(), 200);
        let expected = "the response has no text: expected candidates[0].content.parts";
        return Err(failure::invalid(format!("{expected}, got {shown}")));
    }
    let parts = parts.map_or(&[][..], Vec::as_slice);
    let text: String = parts.iter().filter(|it| is_answer(it)).filter_map(|it| it["text"].as_str()).collect();
    let mut elsewhere = Elsewhere::default();
    let thoughts: Vec<&Value> = parts.iter().filter(|it| it["thought"] == true).map(|it| &it["text"]).collect();
    elsewhere.text("thought", &thoughts.into_iter().cloned().collect());
    for call in parts.iter().filter_map(|it| it.get("functionCall")) {
        elsewhere.tool(call["name"].as_str(), true);
    }
    let (finish, problem) = elsewhere.settle(&text, Finish::of_word(finish_reason.as_deref()));
    Ok(Answer { text, finish, finish_reason, problem })
}

/// Whether a part is part of the answer. Reasoning is in parts that say so.
fn is_answer(part: &Value) -> bool {
    part["thought"] != true && part["text"].is_string()
}

/// `candidatesTokenCount` does not include reasoning, and `promptTokenCount` not what tools were asked for. A gateway
/// may have put the reasoning into it: then the total is that of the two.
pub(super) fn usage(usage: &Value) -> TokenUsage {
    let thought = thinking(usage);
    let prompt = count(usage, &["/promptTokenCount"]);
    let input = prompt.and_then(|prompt| body::sum(&[Some(prompt), count(usage, &["/toolUsePromptTokenCount"])]));
    let (candidates, total) = (count(usage, &["/candidatesTokenCount"]), count(usage, &["/totalTokenCount"]));
    let is_whole = total.is_some() && [input, prompt].iter().any(|it| body::sum(&[*it, candidates]) == total);
    let is_inside = is_whole && candidates >= thought;
    Counts {
        input,
        output: if is_inside { candidates } else { body::sum(&[candidates, thought]) },
        total,
        cached: count(usage, &["/cachedContentTokenCount"]),
        reasoning: thought,
        ..Counts::default()
    }
    .usage()
}
