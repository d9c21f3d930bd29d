//! The `llm` block: [`Llm`], its [`Provider`], and the prices, limits and parameters in it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::input::{is_true, yes};
use crate::config::raw::{
    FinishMeaning, Format, MaxTokensField, ReasoningEffort, ServerName, StructuredOutput, Thoughts,
};

/// A model and how it is called.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Llm {
    /// The pin that it is taken from, such as `production`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pin: Option<String>,
    pub provider: Provider,
    /// The kind of server, if the configuration says it or the server was asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub server: Option<ServerName>,
    /// For `recorded` and `sample` without a model, the provider's own name.
    pub model: String,
    /// The sampling temperature; `None` leaves it to the provider.
    pub temperature: Option<f64>,
    /// The most tokens of an answer; `None` leaves it to the provider.
    pub max_output_tokens: Option<u32>,
    /// The most calls in flight at once.
    pub max_workers: usize,
    /// How many further attempts a work item gets, and how often a request is sent again after a transient failure.
    pub retries: u32,
    /// How long a request waits before it is sent again.
    #[serde(default, skip_serializing_if = "RetryDelay::is_default")]
    pub retry_delay: RetryDelay,
    /// The models of the second attempt and those after it, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub escalate: Vec<String>,
    /// Where rows say what their requests have of their own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by_row: Option<ByRow>,
    /// How long a call may take, in seconds.
    pub timeout_sec: f64,
    #[serde(default)]
    pub rate_limit: RateLimit,
    pub structured_output: StructuredOutput,
    /// What becomes of thoughts that stand before an answer.
    #[serde(default, skip_serializing_if = "is_auto")]
    pub thoughts: Thoughts,
    /// What words of the server for why the model stopped mean.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub finish: BTreeMap<String, FinishMeaning>,
    /// The model's price, if the configuration says it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub price: Option<Price>,
    #[serde(flatten)]
    pub tuning: Tuning,
}

impl Llm {
    /// The block of each model that later attempts go to. It has no price, since that of this model is not theirs.
    #[must_use]
    pub fn escalated(&self) -> Vec<Self> {
        self.escalate.iter().map(|model| self.other(model)).collect()
    }

    /// The block of each further model that rows may name.
    #[must_use]
    pub fn of_rows(&self) -> Vec<Self> {
        let models = self.by_row.iter().flat_map(|it| &it.models).filter(|model| **model != self.model);
        models.map(|model| self.other(model)).collect()
    }

    fn other(&self, model: &str) -> Self {
        Self { model: model.to_owned(), price: None, escalate: Vec::new(), by_row: None, pin: None, ..self.clone() }
    }

    /// Sets the seed of requests, where the provider takes one.
    pub(in crate::config) fn set_seed(&mut self, seed: u64) {
        if self.provider.takes_seed() {
            self.tuning.seed = Some(seed);
        }
    }

    /// Whether `generation`'s answers come from this model, at once or after an escalation. `false` for `sample`, which
    /// is no model.
    #[must_use]
    pub fn is_model_of(&self, generation: &Self) -> bool {
        let provider = |llm: &Self| serde_json::to_value(&llm.provider).ok();
        let of_rows = generation.by_row.iter().flat_map(|it| &it.models);
        let mut others = generation.escalate.iter().chain(of_rows);
        let named = generation.model == self.model || others.any(|model| *model == self.model);
        named && !matches!(self.provider, Provider::Sample(_)) && provider(self) == provider(generation)
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_auto(thoughts: &Thoughts) -> bool {
    *thoughts == Thoughts::Auto
}

/// Where rows say what their requests have of their own.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct ByRow {
    /// The column with a JSON object for each row, or nothing.
    pub column: String,
    /// The models that rows may name beside the block's own.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub models: Vec<String>,
}

/// A model's price, in US dollars per million tokens.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Price {
    pub input: f64,
    /// The price of input tokens that are read from the provider's cache.
    pub cached_input: Option<f64>,
    /// The price of input tokens that are written to the provider's cache.
    pub cache_write: Option<f64>,
    pub output: f64,
    /// The price of output tokens that are spent on reasoning; `None`: like other output.
    pub reasoning: Option<f64>,
}

/// How long a request waits before it is sent again after a failure, in seconds.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize, Serialize)]
pub struct RetryDelay {
    /// The bound of the first wait.
    pub first_sec: f64,
    /// By how much the bound grows with each further failure.
    pub factor: f64,
    /// What the bound never exceeds.
    pub most_sec: f64,
}

impl Default for RetryDelay {
    fn default() -> Self {
        Self { first_sec: 0.5, factor: 2.0, most_sec: 30.0 }
    }
}

impl RetryDelay {
    fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

/// The most requests and tokens in a minute; `None`: as many as the endpoint takes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
pub struct RateLimit {
    pub requests_per_minute: Option<u64>,
    /// Input and output together.
    pub tokens_per_minute: Option<u64>,
}

/// Parameters that not every provider has. One that is not set is left to the provider and is not in the snapshot.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default)]
pub struct Tuning {
    /// The name under which the output limit is sent; `None`: what the address is known to take.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_tokens_field: Option<MaxTokensField>,
    /// Nucleus sampling: the probability mass that tokens are sampled from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub top_p: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seed: Option<u64>,
    /// Texts at which the model stops.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub stop: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reasoning_effort: Option<ReasoningEffort>,
    /// By the provider's own name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub service_tier: Option<String>,
    /// Whether the system prompt is marked for the provider's cache.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub cache_prompt: bool,
    /// Parameters that are merged into the request's body. None of them has a key of its own in the configuration.
    #[serde(skip_serializing_if = "Map::is_empty")]
    pub extra_body: Map<String, Value>,
}

/// The provider: who answers, and in which dialect.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(tag = "name", rename_all = "snake_case")]
pub enum Provider {
    /// A server that speaks `OpenAI`'s chat completions.
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
    /// No server: answers from a table.
    Recorded(Recorded),
    /// No server: made-up answers.
    Sample(Sample),
    /// No server: a function of the program.
    Function,
}

impl Provider {
    /// The server; `None` for `recorded`, `sample` and a function of the program.
    #[must_use]
    pub fn endpoint(&self) -> Option<&Endpoint> {
        match self {
            Self::Openai(it)
            | Self::OpenaiResponses(it)
            | Self::Azure(it)
            | Self::Anthropic(it)
            | Self::Gemini(it)
            | Self::Bedrock(it) => Some(it),
            Self::Recorded(_) | Self::Sample(_) | Self::Function => None,
        }
    }

    /// Whether requests to it may have a seed.
    #[must_use]
    pub fn takes_seed(&self) -> bool {
        matches!(self, Self::Openai(_) | Self::Azure(_) | Self::Gemini(_))
    }
}

/// A server and the variable with its key.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Endpoint {
    /// Without a slash at the end. Azure's older form has its `api-version` as a query.
    pub base_url: String,
    /// The environment variable with the key; `None` if no key is sent, or if Amazon's own variables are read.
    pub api_key_env: Option<String>,
    /// Bedrock's region, which requests are signed for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
}

/// Where the `recorded` provider finds its answers.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Recorded {
    /// The path as written, relative to the configuration.
    pub path: String,
    /// `None` leaves it to the file's extension.
    pub format: Option<Format>,
    /// The character between cells; `None` leaves it to the format and the file's content.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delimiter: Option<char>,
    /// Whether what the file does not say is guessed from its content.
    #[serde(default = "yes", skip_serializing_if = "is_true")]
    pub guess: bool,
    /// The WHATWG name of the encoding.
    pub encoding: String,
    /// The columns that select a record, each with the template of the value that it must have.
    #[serde(rename = "match")]
    pub matching: BTreeMap<String, String>,
    /// The templates of the values that the answer's template sees as `values.NAME`.
    pub values: BTreeMap<String, String>,
    /// The template of the answer's text.
    pub answer: String,
    /// The template of the name of the model that gave it.
    pub model: Option<String>,
}

/// How often the `sample` provider's answers go wrong, as rates from 0 to 1, and how long they take.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub struct Sample {
    /// Answers that are not JSON.
    pub malformed: f64,
    /// Answers with a field that the schema does not have.
    pub extra_field: f64,
    /// Answers that are cut off in the middle.
    pub truncated: f64,
    /// Verdicts that are FAIL.
    pub judge_fail: f64,
    /// Calls that take ten times as long.
    pub slow: f64,
    /// How long a call takes, in milliseconds.
    pub latency_ms: u64,
    /// How many elements a list has at least, where its schema allows as many.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub min_items: u64,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_zero(count: &u64) -> bool {
    *count == 0
}
