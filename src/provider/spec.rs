//! What requests of one kind share: [`RequestSpec`], its [`Parameters`] and its [`ResponseSchema`].

use serde_json::{Map, Value, json};

use crate::record::{Digest, SpecId};

/// The name of the output limit in the chat completions dialect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LimitField {
    /// The older name, which most servers know.
    MaxTokens,
    /// The name that `OpenAI`'s reasoning models demand.
    MaxCompletionTokens,
}

impl LimitField {
    /// The key in the body.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::MaxTokens => "max_tokens",
            Self::MaxCompletionTokens => "max_completion_tokens",
        }
    }
}

/// The parameters of a request. One that is not set is not sent, which leaves it to the provider. The configuration
/// has checked that the dialect has those that are set.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Parameters {
    pub temperature: Option<f64>,
    /// The most tokens of an answer.
    pub max_output_tokens: Option<u32>,
    /// The name under which the output limit is sent; `None`: what the address is known to take.
    pub limit_field: Option<LimitField>,
    /// Nucleus sampling: the probability mass that tokens are sampled from.
    pub top_p: Option<f64>,
    /// The seed for the provider's sampling, which it honours on a best-effort basis.
    pub seed: Option<u64>,
    /// Texts at which the model stops.
    pub stop: Vec<String>,
    /// How much the model reasons before it answers, in the words that dialects share: `none`, `minimal`, `low` …
    /// `max`.
    pub reasoning_effort: Option<String>,
    /// The service tier, by the provider's own name.
    pub service_tier: Option<String>,
    /// Whether the system prompt is marked for the provider's cache.
    pub cache_prompt: bool,
    /// Whether any JSON object is asked for, without a schema.
    pub json_object: bool,
    /// Parameters that are merged into the body. The dialect writes none of them itself.
    pub extra_body: Map<String, Value>,
}

impl Parameters {
    /// The parameters as a value. All but the first two are in it only if they are set, so that a new parameter changes
    /// no id of requests without it.
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

/// The JSON Schema for structured output.
#[derive(Clone, Debug, PartialEq)]
pub struct ResponseSchema {
    /// A short name, `[a-zA-Z0-9_-]{1,64}`.
    pub name: String,
    /// The closed schema that answers are validated against. It is part of the id.
    pub contract: Value,
    /// The schema as it is sent, in what the server can hold. It follows from the contract and the server, and is no
    /// part of the id: the same question to the same address is the same request, however the schema is written for it.
    pub schema: Value,
}

/// What requests of one kind share: the endpoint, the model and the parameters.
#[derive(Clone, Debug, PartialEq)]
pub struct RequestSpec {
    /// The provider and its address, as a canonical object: `{"provider": "openai", "base_url": …}`. For answers from a
    /// table, the table's digest and the answer's template. Never a secret or a local path.
    pub endpoint: Value,
    /// As the provider knows it.
    pub model: String,
    pub parameters: Parameters,
    /// Structured output, if the schema and the provider allow it; otherwise the prompt alone states the schema.
    pub response_schema: Option<ResponseSchema>,
}

impl RequestSpec {
    /// The spec as a value, for its id and for the run file. The order of a schema's fields matters and the canonical
    /// form loses it, so that a digest of the ordered text is beside the schema.
    #[must_use]
    pub fn to_value(&self) -> Value {
        json!({
            "endpoint": self.endpoint,
            "model": self.model,
            "parameters": self.parameters.to_value(),
            "response_schema": self.response_schema.as_ref().map(|it| json!({
                "name": it.name,
                "schema": it.contract,
                "sha1": Digest::of_bytes(it.contract.to_string().as_bytes()).to_string(),
            })),
        })
    }

    #[must_use]
    pub fn id(&self) -> SpecId {
        SpecId::of(&[self.to_value()])
    }
}
