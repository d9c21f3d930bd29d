//! The block `llm` as the user writes it.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Format;

/// Who answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ProviderName {
    /// An endpoint that speaks OpenAI's chat completions, hosted or local.
    Openai,
    /// OpenAI's Responses.
    OpenaiResponses,
    /// Azure OpenAI's chat completions.
    Azure,
    /// Anthropic's Messages.
    Anthropic,
    /// Gemini's generateContent.
    Gemini,
    /// Amazon Bedrock's Converse.
    Bedrock,
    /// Answers from a table.
    Recorded,
    /// Made-up answers that fit the schema, for trying things out.
    Sample,
}

/// Whether the provider itself is asked to hold answers to the schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum StructuredOutput {
    /// Where the provider, the model and the schema allow it.
    Auto,
    /// Always: where it cannot be, the run does not start.
    Required,
    /// To any JSON object, not to the schema: for servers that know no more.
    JsonObject,
    /// Never: the prompt alone states the schema.
    Off,
}

/// How much a model thinks before it answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ReasoningEffort {
    /// Not at all.
    None,
    /// Hardly.
    Minimal,
    /// A little.
    Low,
    /// As most do by default.
    Medium,
    /// Much.
    High,
    /// Very much.
    Xhigh,
    /// As much as it can.
    Max,
}

impl ReasoningEffort {
    /// The word in a configuration, which most providers share.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Minimal => "minimal",
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Xhigh => "xhigh",
            Self::Max => "max",
        }
    }
}

/// The name by which a server of OpenAI's dialect knows the output limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum MaxTokensField {
    /// What most servers know.
    MaxTokens,
    /// What OpenAI's and Azure's models want.
    MaxCompletionTokens,
}

/// The model and how it is called.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Llm {
    /// Who answers.
    #[schemars(extend("default" = "openai"))]
    pub provider: Option<ProviderName>,
    /// The endpoint's address up to and including its version; `http` or `https`, without credentials. By default the
    /// provider's own; Azure has one for each resource.
    pub base_url: Option<String>,
    /// The name of the environment variable that holds the key, never the key itself. By default the provider's usual
    /// one for its own address (`OPENAI_API_KEY`, `ANTHROPIC_API_KEY` …), none for others.
    #[schemars(regex(pattern = "^[A-Z_][A-Z0-9_]*$"))]
    pub api_key_env: Option<String>,
    /// `azure`: the version of the older form of addresses; without one, the form that ends in `/openai/v1`.
    #[schemars(regex(pattern = "^[0-9A-Za-z-]+$"))]
    pub api_version: Option<String>,
    /// `bedrock`: the region that is asked, as in `us-east-1`.
    #[schemars(regex(pattern = "^[a-z0-9-]+$"))]
    pub region: Option<String>,
    /// The model's name, as the provider knows it.
    pub model: Option<String>,
    /// The sampling temperature; by default the provider's choice.
    #[schemars(range(min = 0, max = 2))]
    pub temperature: Option<f64>,
    /// The most tokens an answer may have; by default the provider's choice.
    #[schemars(range(min = 1, max = 10_000_000))]
    pub max_output_tokens: Option<u64>,
    /// The name under which that limit is sent in OpenAI's dialect; by default what the address is known to want.
    pub max_tokens_field: Option<MaxTokensField>,
    /// The share of the probability that is sampled from.
    #[schemars(range(min = 0, max = 1))]
    pub top_p: Option<f64>,
    /// What the provider draws its random numbers from, as far as it keeps to it.
    pub seed: Option<u64>,
    /// Texts that end an answer.
    #[schemars(length(max = 16))]
    pub stop: Option<Vec<String>>,
    /// How much the model thinks before it answers; by default the model's choice.
    pub reasoning_effort: Option<ReasoningEffort>,
    /// The service tier that is asked for, in the provider's word: `flex`, `priority` …
    #[schemars(regex(pattern = "^[a-z0-9_]+$"))]
    pub service_tier: Option<String>,
    /// Whether the system prompt is marked for the provider's cache.
    #[schemars(extend("default" = false))]
    pub cache_prompt: Option<bool>,
    /// Further parameters, laid over the request's body as they are.
    pub extra_body: Option<serde_json::Map<String, serde_json::Value>>,
    /// The most calls in flight at once.
    #[schemars(range(min = 1, max = 10_000), extend("default" = 32))]
    pub max_workers: Option<u64>,
    /// How often a call that failed in passing is made again.
    #[schemars(range(min = 0, max = 100), extend("default" = 5))]
    pub retries: Option<u64>,
    /// The models that the following attempts go to, one after the other; the last one keeps the rest.
    pub escalate: Option<Vec<String>>,
    /// How long a call may take, in seconds.
    #[schemars(range(min = 0.001, max = 86_400), extend("default" = 60.0))]
    pub timeout_sec: Option<f64>,
    /// How much is asked in a minute at most; by default as much as the endpoint takes.
    pub rate_limit: Option<RateLimit>,
    /// Whether the provider itself is asked to hold answers to the schema.
    #[schemars(extend("default" = "auto"))]
    pub structured_output: Option<StructuredOutput>,
    /// What the model costs, where no table of prices knows it or it is another price for you.
    pub price: Option<Price>,
    /// Where the `recorded` provider finds its answers.
    pub recorded: Option<Recorded>,
    /// How the `sample` provider misbehaves.
    pub sample: Option<Sample>,
}

/// How much is asked in a minute at most. It is spread evenly over the minute.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RateLimit {
    /// The most requests in any minute.
    #[schemars(range(min = 1, max = 100_000_000))]
    pub requests_per_minute: Option<u64>,
    /// The most tokens in any minute, of input and output together: estimated before a request is sent, corrected by
    /// what the provider reports.
    #[schemars(range(min = 1, max = 1_000_000_000_000_i64))]
    pub tokens_per_minute: Option<u64>,
}

/// What a model costs, in US dollars per million tokens, with at most six decimals. 0 is free.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Price {
    /// Of the input.
    #[schemars(range(min = 0, max = 1_000_000))]
    pub input: f64,
    /// Of the input, what is read from the provider's cache; where it has no price, a call that reports such tokens is
    /// of unknown cost.
    #[schemars(range(min = 0, max = 1_000_000))]
    pub cached_input: Option<f64>,
    /// Of the input, what is written to the provider's cache; where it has no price, a call that reports such tokens is
    /// of unknown cost.
    #[schemars(range(min = 0, max = 1_000_000))]
    pub cache_write: Option<f64>,
    /// Of the output.
    #[schemars(range(min = 0, max = 1_000_000))]
    pub output: f64,
    /// Of the output, what is spent on reasoning; by default like other output.
    #[schemars(range(min = 0, max = 1_000_000))]
    pub reasoning: Option<f64>,
}

/// Where the `recorded` provider finds its answers.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Recorded {
    /// The table of answers, relative to this configuration. A judge's block takes what it does not name from the
    /// generation's.
    pub path: Option<String>,
    /// The file's format; by default what its extension says.
    pub format: Option<Format>,
    /// The text encoding, by its WHATWG name.
    #[schemars(extend("default" = "utf-8"))]
    pub encoding: Option<String>,
    /// Columns of that table and the Jinja templates whose values they must have, as in `id: "{{ row.id }}"`.
    #[serde(rename = "match")]
    #[schemars(length(min = 1))]
    pub matching: Option<BTreeMap<String, String>>,
    /// More Jinja templates, over the same names as `match`, that the answer's template sees as `values.NAME`. They are
    /// part of the request, as in `label: "{{ output.label }}"` for a judge.
    pub values: Option<BTreeMap<String, String>>,
    /// A Jinja template over `record`, the line that matched, and `values`, whose text is the answer.
    pub answer: Option<String>,
    /// A Jinja template over `record` and `values` that names the model that gave the answer.
    pub model: Option<String>,
}

/// How the `sample` provider misbehaves: rates from 0 (never) to 1 (always).
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Sample {
    /// Answers that are not JSON.
    #[schemars(range(min = 0, max = 1), extend("default" = 0.0))]
    pub malformed: Option<f64>,
    /// Answers with a field that the schema does not have.
    #[schemars(range(min = 0, max = 1), extend("default" = 0.0))]
    pub extra_field: Option<f64>,
    /// Answers that stop in the middle.
    #[schemars(range(min = 0, max = 1), extend("default" = 0.0))]
    pub truncated: Option<f64>,
    /// Verdicts that are FAIL.
    #[schemars(range(min = 0, max = 1), extend("default" = 0.0))]
    pub judge_fail: Option<f64>,
    /// Calls that take ten times as long.
    #[schemars(range(min = 0, max = 1), extend("default" = 0.0))]
    pub slow: Option<f64>,
    /// How long a call takes, in milliseconds.
    #[schemars(range(min = 0, max = 3_600_000), extend("default" = 0))]
    pub latency_ms: Option<u64>,
}
