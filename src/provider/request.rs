//! The provider-neutral request and completion.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Map, Value, json};

use crate::record::{Digest, RequestId, SpecId, WorkId, canonical};

/// Who speaks in a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// The instructions.
    System,
    /// The person, or Casebook in their name.
    User,
    /// The model.
    Assistant,
}

impl Role {
    /// The role's name, as every dialect and the run file spell it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::User => "user",
            Self::Assistant => "assistant",
        }
    }
}

/// A picture in a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Image {
    /// A local file's content.
    Data {
        /// What it is, by its content: `image/png`, `image/jpeg`, `image/gif` or `image/webp`.
        media_type: &'static str,
        /// The digest of the bytes, which the request's id is made of.
        sha1: Digest,
        /// The bytes.
        data: Arc<[u8]>,
    },
    /// An address that the provider fetches; Casebook itself fetches nothing.
    Url(String),
}

/// One message of a conversation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// Who speaks.
    pub role: Role,
    /// What is said, exactly as it is sent.
    pub content: String,
    /// The pictures that are shown before the text, in order.
    pub images: Vec<Image>,
}

impl Image {
    /// What a request's id is made of: the digest of the content and what it is taken for, or the address.
    #[must_use]
    pub fn to_value(&self) -> Value {
        match self {
            Self::Data { media_type, sha1, .. } => json!({"sha1": sha1.to_string(), "media_type": media_type}),
            Self::Url(url) => json!({"url": url}),
        }
    }
}

impl Message {
    /// A message of `role`.
    pub fn new(role: Role, content: impl Into<String>) -> Self {
        Self { role, content: content.into(), images: Vec::new() }
    }
}

/// The name by which a server of the chat completions dialect knows the output limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LimitField {
    /// The old name, which most servers know.
    MaxTokens,
    /// The name that `OpenAI`'s reasoning models demand.
    MaxCompletionTokens,
}

impl LimitField {
    /// The name in the body.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::MaxTokens => "max_tokens",
            Self::MaxCompletionTokens => "max_completion_tokens",
        }
    }
}

/// What an answer is drawn and billed by. What is not set is left to the provider and not sent. That a dialect has what
/// is set is checked where the configuration is read.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Parameters {
    /// Sampling temperature.
    pub temperature: Option<f64>,
    /// The most tokens an answer may have.
    pub max_output_tokens: Option<u32>,
    /// The name under which the limit is sent, where the address does not tell it.
    pub limit_field: Option<LimitField>,
    /// The share of the probability that is sampled from.
    pub top_p: Option<f64>,
    /// What the provider draws its random numbers from, as far as it keeps to it.
    pub seed: Option<u64>,
    /// Texts that end an answer.
    pub stop: Vec<String>,
    /// How much the model thinks first, in the word that dialects share: `none`, `minimal`, `low` … `max`.
    pub reasoning_effort: Option<String>,
    /// The service tier that is asked for, in the provider's word.
    pub service_tier: Option<String>,
    /// Whether the system prompt is marked for the provider's cache.
    pub cache_prompt: bool,
    /// Whether any JSON object will do: the weaker form of structured output.
    pub json_object: bool,
    /// What is laid over the body. It has no key that the dialect writes itself.
    pub extra_body: Map<String, Value>,
}

impl Parameters {
    /// The parameters as a value. What came later than the first two stands in it only where it is set, so that
    /// requests that use nothing of it keep the ids they always had.
    fn to_value(&self) -> Value {
        let mut value = json!({"temperature": self.temperature, "max_output_tokens": self.max_output_tokens});
        let mut set = |key: &str, is_set: bool, it: Value| {
            if is_set {
                value[key] = it;
            }
        };
        set("limit_field", self.limit_field.is_some(), json!(self.limit_field.map(LimitField::as_str)));
        set("top_p", self.top_p.is_some(), json!(self.top_p));
        set("seed", self.seed.is_some(), json!(self.seed));
        set("stop", !self.stop.is_empty(), json!(self.stop));
        set("reasoning_effort", self.reasoning_effort.is_some(), json!(self.reasoning_effort));
        set("service_tier", self.service_tier.is_some(), json!(self.service_tier));
        set("cache_prompt", self.cache_prompt, json!(true));
        set("json_object", self.json_object, json!(true));
        set("extra_body", !self.extra_body.is_empty(), json!(self.extra_body));
        value
    }
}

/// The JSON Schema that a provider is asked to hold its answer to.
#[derive(Clone, Debug, PartialEq)]
pub struct ResponseSchema {
    /// A short name, `[a-zA-Z0-9_-]{1,64}`.
    pub name: String,
    /// The schema, in the provider's strict subset.
    pub schema: Value,
}

/// What requests of one kind share.
#[derive(Clone, Debug, PartialEq)]
pub struct RequestSpec {
    /// Who is asked and by what address, as a canonical object: `{"provider": "openai", "base_url": …}`, or for answers
    /// from a table its digest and the answer's template. Never a secret, never a local path.
    pub endpoint: Value,
    /// The model's name, as the provider knows it.
    pub model: String,
    /// Sampling parameters.
    pub parameters: Parameters,
    /// Native structured output, where the schema and the provider allow it; else the prompt alone states the schema.
    pub response_schema: Option<ResponseSchema>,
}

impl RequestSpec {
    /// The spec as a value: what its id is made of and what the run file keeps. A schema's fields are filled in in
    /// their order, which the canonical form loses, so a digest of the ordered text stands beside it.
    #[must_use]
    pub fn to_value(&self) -> Value {
        json!({
            "endpoint": self.endpoint,
            "model": self.model,
            "parameters": self.parameters.to_value(),
            "response_schema": self.response_schema.as_ref().map(|it| json!({
                "name": it.name,
                "schema": it.schema,
                "sha1": Digest::of_bytes(it.schema.to_string().as_bytes()).to_string(),
            })),
        })
    }

    /// The spec's id.
    #[must_use]
    pub fn id(&self) -> SpecId {
        SpecId::of(&[self.to_value()])
    }
}

/// What is asked of a model.
#[derive(Clone, Debug)]
pub struct ChatRequest {
    /// What it shares with others of its kind.
    pub spec: Arc<RequestSpec>,
    /// The conversation, system message first where there is one.
    pub messages: Vec<Message>,
    /// Which sample of the same question this is: 1 for the first.
    pub sample: u32,
    /// For answers from a table: the columns that are matched and the values they must have, and under `values.NAME`
    /// what else the answer's template sees.
    pub matched: Option<Vec<(String, String)>>,
    /// The work item, when equal requests of different work items are not to share one call.
    pub item: Option<WorkId>,
}

impl ChatRequest {
    /// The request's id: the digest of its content. `spec` is `self.spec.id()`, worked out once per kind.
    #[must_use]
    pub fn id(&self, spec: SpecId) -> RequestId {
        let mut bytes = Vec::with_capacity(1024);
        bytes.extend_from_slice(b"{\"item\":");
        match &self.item {
            Some(item) => canonical::write_str(&item.to_string(), &mut bytes),
            None => bytes.extend_from_slice(b"null"),
        }
        bytes.extend_from_slice(b",\"matched\":");
        match &self.matched {
            Some(pairs) => {
                let object = pairs.iter().map(|(column, value)| (column.clone(), json!(value))).collect();
                canonical::write(&Value::Object(object), &mut bytes);
            }
            None => bytes.extend_from_slice(b"null"),
        }
        bytes.extend_from_slice(b",\"messages\":[");
        for (index, message) in self.messages.iter().enumerate() {
            bytes.extend_from_slice(if index == 0 { b"{\"content\":" } else { b",{\"content\":" });
            canonical::write_str(&message.content, &mut bytes);
            // Absent where there are none, so that requests without pictures keep the ids they always had.
            if !message.images.is_empty() {
                bytes.extend_from_slice(b",\"images\":");
                canonical::write(&message.images.iter().map(Image::to_value).collect(), &mut bytes);
            }
            bytes.extend_from_slice(b",\"role\":");
            canonical::write_str(message.role.as_str(), &mut bytes);
            bytes.push(b'}');
        }
        bytes.extend_from_slice(format!("],\"sample\":{},\"spec\":\"{spec}\"}}", self.sample).as_bytes());
        RequestId::of_canonical(&[&bytes])
    }
}

/// Why a model stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Finish {
    /// It was done, or the provider did not say.
    Stop,
    /// It reached the output limit.
    Length,
    /// It refused; the completion's text is what it said.
    Refusal,
    /// The provider's filter held the answer back.
    ContentFilter,
}

impl Finish {
    /// The word in the run file.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Stop => "stop",
            Self::Length => "length",
            Self::Refusal => "refusal",
            Self::ContentFilter => "content_filter",
        }
    }
}

/// Tokens as the provider reported them; what it did not report is `None`, never 0.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// Tokens of the prompt, cached ones included.
    pub input_tokens: Option<u64>,
    /// Tokens of the answer, reasoning included.
    pub output_tokens: Option<u64>,
    /// Of the input: read from the provider's cache.
    pub cached_tokens: Option<u64>,
    /// Of the input: written to the provider's cache, where it charges for that.
    pub cache_write_tokens: Option<u64>,
    /// Of the output: spent on reasoning.
    pub reasoning_tokens: Option<u64>,
}

/// An answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Completion {
    /// The answer's text, exactly.
    pub text: String,
    /// Why the model stopped.
    pub finish: Finish,
    /// Tokens.
    pub usage: Usage,
    /// The model that answered, as the provider names it.
    pub model: Option<String>,
    /// The service tier that served it, as the provider names it.
    pub service_tier: Option<String>,
    /// The response as JSON text without the answer's text, which is kept once; `None` where there is none.
    pub envelope: Option<String>,
}

/// What kind of failure a provider's response, or its absence, is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProviderErrorKind {
    /// HTTP 401 to 403, no credit left, a parameter that the model does not take, or no HTTP client: every other
    /// request would fail too.
    Refused,
    /// HTTP 404 for the model or the address: every other request would fail too.
    NotFound,
    /// HTTP 429.
    RateLimited,
    /// HTTP 5xx, 408, 409 or 425.
    ServerError,
    /// Another HTTP 4xx: this request is wrong, others may not be.
    BadRequest,
    /// The body is not what the dialect says it is.
    InvalidResponse,
    /// No complete response in time.
    Timeout,
    /// The connection failed or broke.
    Connection,
    /// `recorded`: no record matches.
    NoRecord,
    /// `recorded`: several records match and differ.
    ManyRecords,
}

/// A failed exchange.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct ProviderError {
    /// What kind of failure it is.
    pub kind: ProviderErrorKind,
    /// What happened, for people; bounded, and never with a secret.
    pub message: String,
    /// How long the provider asked to wait.
    pub retry_after: Option<Duration>,
}

impl ProviderError {
    /// A failure of `kind` with no wait asked for.
    pub fn new(kind: ProviderErrorKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), retry_after: None }
    }
}

impl ProviderErrorKind {
    /// Whether the same exchange may go better a moment later.
    #[must_use]
    pub fn is_transient(self) -> bool {
        matches!(self, Self::RateLimited | Self::ServerError | Self::InvalidResponse | Self::Timeout | Self::Connection)
    }

    /// Whether every other request to the same endpoint would fail in the same way.
    #[must_use]
    pub fn is_fatal(self) -> bool {
        matches!(self, Self::Refused | Self::NotFound)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request() -> ChatRequest {
        ChatRequest {
            spec: Arc::new(RequestSpec {
                endpoint: json!({"provider": "openai", "base_url": "https://api.openai.com/v1"}),
                model: "m".into(),
                parameters: Parameters::default(),
                response_schema: None,
            }),
            messages: vec![Message::new(Role::System, "s"), Message::new(Role::User, "u\n")],
            sample: 1,
            matched: None,
            item: None,
        }
    }

    #[test]
    fn the_id_is_of_the_canonical_form() {
        let request = request();
        let spec = request.spec.id();
        let value = json!({
            "item": null, "matched": null, "sample": 1, "spec": spec.to_string(),
            "messages": [{"role": "system", "content": "s"}, {"role": "user", "content": "u\n"}],
        });
        assert_eq!(request.id(spec), RequestId::of(&[value]));
    }

    #[test]
    fn what_is_not_set_is_not_part_of_the_id() {
        let mut spec = RequestSpec::clone(&request().spec);
        let mut seen = vec![spec.id()];
        assert_eq!(spec.to_value()["parameters"], json!({"temperature": null, "max_output_tokens": null}));
        assert_eq!(spec.id().to_string(), "a07ca785527066ac5d5ce12e6716184740a78f1e", "as it always was");
        let changes: [fn(&mut Parameters); 10] = [
            |it| it.limit_field = Some(LimitField::MaxTokens),
            |it| it.top_p = Some(0.5),
            |it| it.seed = Some(7),
            |it| it.stop = vec!["END".into()],
            |it| it.reasoning_effort = Some("low".into()),
            |it| it.service_tier = Some("flex".into()),
            |it| it.cache_prompt = true,
            |it| it.json_object = true,
            |it| it.extra_body = Map::from_iter([("top_k".into(), json!(3))]),
            |it| it.max_output_tokens = Some(7),
        ];
        for change in changes {
            spec.parameters = Parameters::default();
            change(&mut spec.parameters);
            assert!(!seen.contains(&spec.id()), "{:?}", spec.parameters);
            seen.push(spec.id());
        }
    }

    #[test]
    fn each_part_changes_the_id() {
        let base = request();
        let id = |request: &ChatRequest| request.id(request.spec.id());
        let mut other = base.clone();
        other.sample = 2;
        assert_ne!(id(&base), id(&other));
        let mut other = base.clone();
        other.messages[0].content.push('!');
        assert_ne!(id(&base), id(&other));
        let mut other = base.clone();
        other.matched = Some(vec![("id".into(), "1".into())]);
        assert_ne!(id(&base), id(&other));
        let mut other = base.clone();
        other.item = Some(WorkId::of(&[json!(1)]));
        assert_ne!(id(&base), id(&other));
        let mut other = base.clone();
        Arc::make_mut(&mut other.spec).endpoint = json!({"provider": "openai", "base_url": "http://localhost/v1"});
        assert_ne!(id(&base), id(&other));
    }
}
