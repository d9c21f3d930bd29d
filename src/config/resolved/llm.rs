//! A model and how it is called, with every default filled in.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::super::raw::{Format, MaxTokensField, ReasoningEffort, StructuredOutput};

/// A model and how it is called.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Llm {
    /// Who answers.
    pub provider: Provider,
    /// The model's name; for `recorded` and `sample` their own name where none was given.
    pub model: String,
    /// The sampling temperature; `None` leaves it to the provider.
    pub temperature: Option<f64>,
    /// The most tokens an answer may have; `None` leaves it to the provider.
    pub max_output_tokens: Option<u32>,
    /// The most calls in flight at once.
    pub max_workers: usize,
    /// How often a call that failed in passing is made again.
    pub retries: u32,
    /// The models that the following attempts go to, one after the other.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub escalate: Vec<String>,
    /// How long a call may take, in seconds.
    pub timeout_sec: f64,
    /// How much is asked in a minute at most.
    #[serde(default)]
    pub rate_limit: RateLimit,
    /// Whether the provider is asked to hold answers to the schema.
    pub structured_output: StructuredOutput,
    /// What the model costs, where the configuration says it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub price: Option<Price>,
    /// What else an answer is drawn by.
    #[serde(flatten)]
    pub tuning: Tuning,
}

impl Llm {
    /// The same for each of the models that later attempts go to. The price of one model says nothing of another's.
    #[must_use]
    pub fn escalated(&self) -> Vec<Self> {
        let other = |model: &String| Self { model: model.clone(), price: None, escalate: Vec::new(), ..self.clone() };
        self.escalate.iter().map(other).collect()
    }

    /// Whether it is a model that this one's answers come from. A sample is nobody.
    #[must_use]
    pub fn is_model_of(&self, generation: &Self) -> bool {
        let provider = |llm: &Self| serde_json::to_value(&llm.provider).ok();
        let named = generation.model == self.model || generation.escalate.contains(&self.model);
        named && !matches!(self.provider, Provider::Sample(_)) && provider(self) == provider(generation)
    }
}

/// What a model costs, in US dollars per million tokens.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Price {
    /// Of the input.
    pub input: f64,
    /// Of the input, read from the provider's cache.
    pub cached_input: Option<f64>,
    /// Of the input, written to the provider's cache.
    pub cache_write: Option<f64>,
    /// Of the output.
    pub output: f64,
    /// Of the output, spent on reasoning; `None`: like other output.
    pub reasoning: Option<f64>,
}

/// How much is asked in a minute at most; `None`: as much as the endpoint takes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
pub struct RateLimit {
    /// Requests.
    pub requests_per_minute: Option<u64>,
    /// Tokens, of input and output together.
    pub tokens_per_minute: Option<u64>,
}

/// Parameters that not every provider has. What is not set is left to the provider and stands in no snapshot.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default)]
pub struct Tuning {
    /// The name under which the output limit is sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_tokens_field: Option<MaxTokensField>,
    /// The share of the probability that is sampled from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub top_p: Option<f64>,
    /// What random numbers are drawn from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seed: Option<u64>,
    /// Texts that end an answer.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub stop: Vec<String>,
    /// How much the model thinks.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reasoning_effort: Option<ReasoningEffort>,
    /// The service tier.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub service_tier: Option<String>,
    /// Whether the system prompt is marked for the cache.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub cache_prompt: bool,
    /// What is laid over the body. It has nothing that has a key of its own.
    #[serde(skip_serializing_if = "Map::is_empty")]
    pub extra_body: Map<String, Value>,
}

/// Who answers.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(tag = "name", rename_all = "snake_case")]
pub enum Provider {
    /// An endpoint that speaks `OpenAI`'s chat completions.
    Openai(Endpoint),
    /// `OpenAI`'s Responses.
    OpenaiResponses(Endpoint),
    /// Azure `OpenAI`'s chat completions.
    Azure(Endpoint),
    /// Anthropic's Messages.
    Anthropic(Endpoint),
    /// Gemini's `generateContent`.
    Gemini(Endpoint),
    /// Amazon Bedrock's Converse.
    Bedrock(Endpoint),
    /// Answers from a table.
    Recorded(Recorded),
    /// Made-up answers.
    Sample(Sample),
}

impl Provider {
    /// The server that is asked; `None` where nobody is.
    #[must_use]
    pub fn endpoint(&self) -> Option<&Endpoint> {
        match self {
            Self::Openai(it)
            | Self::OpenaiResponses(it)
            | Self::Azure(it)
            | Self::Anthropic(it)
            | Self::Gemini(it)
            | Self::Bedrock(it) => Some(it),
            Self::Recorded(_) | Self::Sample(_) => None,
        }
    }
}

/// A server.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Endpoint {
    /// Its address, without a slash at the end. Azure's older form has its `api-version` after it.
    pub base_url: String,
    /// The environment variable that holds the key; `None` where none is sent, or where `region` says where to look.
    pub api_key_env: Option<String>,
    /// Bedrock's region, which requests are signed for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
}

/// Answers from a table.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Recorded {
    /// The path as written.
    pub path: String,
    /// The format; `None`: what the extension says.
    pub format: Option<Format>,
    /// The WHATWG name of the encoding.
    pub encoding: String,
    /// Columns of the table and the templates of the values that they must have.
    #[serde(rename = "match")]
    pub matching: BTreeMap<String, String>,
    /// The templates of what else the answer's template sees.
    pub values: BTreeMap<String, String>,
    /// The template of the answer.
    pub answer: String,
    /// The template of the name of the model that gave it.
    pub model: Option<String>,
}

/// How the `sample` provider misbehaves.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub struct Sample {
    /// The rate of answers that are not JSON.
    pub malformed: f64,
    /// The rate of answers with a field too many.
    pub extra_field: f64,
    /// The rate of answers that stop in the middle.
    pub truncated: f64,
    /// The rate of verdicts that are FAIL.
    pub judge_fail: f64,
    /// The rate of calls that take ten times as long.
    pub slow: f64,
    /// How long a call takes, in milliseconds.
    pub latency_ms: u64,
}
