//! The `llm` block: [`Llm`], and the prices, limits and table of answers in it.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{ByRow, Format};
use crate::record::ServerKind;

/// The provider: who answers, and in which dialect.
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
    /// No server: answers from a table.
    Recorded,
    /// No server: made-up answers that fit the schema, for trying things out.
    Sample,
    /// No server: a function of the program that runs the batch. Only a program that uses Casebook as a library can
    /// give one.
    Function,
}

/// Whether the provider is asked for structured output.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum StructuredOutput {
    /// Ask for it where the provider, the model and the schema allow it.
    Auto,
    /// Always ask for it; where that is impossible, the run does not start.
    Required,
    /// Ask for any JSON object, without the schema: for servers that support no more.
    JsonObject,
    /// Never ask for it; the prompt alone states the schema.
    Off,
}

/// The kind of a server that speaks OpenAI's dialect, which says what it can hold answers to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ServerName {
    /// OpenAI's own service, with its strict mode.
    Openai,
    /// vLLM.
    Vllm,
    /// SGLang.
    Sglang,
    /// llama.cpp's server.
    LlamaCpp,
    /// Ollama.
    Ollama,
    /// Any other, which is asked as OpenAI is.
    Other,
}

impl ServerName {
    /// The record's word for it.
    #[must_use]
    pub fn kind(self) -> ServerKind {
        match self {
            Self::Openai => ServerKind::Openai,
            Self::Vllm => ServerKind::Vllm,
            Self::Sglang => ServerKind::Sglang,
            Self::LlamaCpp => ServerKind::LlamaCpp,
            Self::Ollama => ServerKind::Ollama,
            Self::Other => ServerKind::Other,
        }
    }

    /// The configuration's word for it.
    #[must_use]
    pub fn of(kind: ServerKind) -> Self {
        match kind {
            ServerKind::Openai => Self::Openai,
            ServerKind::Vllm => Self::Vllm,
            ServerKind::Sglang => Self::Sglang,
            ServerKind::LlamaCpp => Self::LlamaCpp,
            ServerKind::Ollama => Self::Ollama,
            ServerKind::Other => Self::Other,
        }
    }
}

/// How much a model reasons before it answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ReasoningEffort {
    /// Not at all.
    None,
    /// As little as possible.
    Minimal,
    /// A little.
    Low,
    /// Moderately; the default of most models.
    Medium,
    /// Much.
    High,
    /// Very much.
    Xhigh,
    /// As much as it can.
    Max,
}

impl ReasoningEffort {
    /// The word in a configuration, which most providers use too.
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

/// The name of the output limit in the chat completions dialect.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum MaxTokensField {
    /// The name that most servers know.
    MaxTokens,
    /// The name that OpenAI's and Azure's newer models demand.
    MaxCompletionTokens,
}

/// What becomes of thoughts that stand before an answer in the same text, as in `<think>…</think>`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Thoughts {
    /// They are told from the answer and kept in a column of their own.
    #[default]
    Auto,
    /// They are a part of the answer.
    Keep,
}

/// What a provider's word for why the model stopped means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum FinishMeaning {
    /// The answer is whole.
    Stop,
    /// The answer was cut off.
    Length,
    /// The model refused.
    Refusal,
    /// A filter held the answer back.
    ContentFilter,
}

/// A model and how it is called.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Llm {
    /// The name of the model of `models` that this block differs from.
    #[expect(dead_code, reason = "read for its shape; `models` has put the model's keys beside it")]
    pub r#use: Option<String>,
    /// `staging` or `production`: the model and its parameters are those that `casebook promote` has pinned there. Only
    /// keys that say how it is called may stand beside it, such as `max_workers`.
    pub pin: Option<String>,
    /// The provider: who answers, and in which dialect.
    #[schemars(extend("default" = "openai"))]
    pub provider: Option<ProviderName>,
    /// The endpoint's address up to and including its version; `http` or `https`, without credentials. By default the
    /// provider's own; Azure has one for each resource.
    pub base_url: Option<String>,
    /// `openai` and `openai_responses`: the kind of server at `base_url`, which says how a schema is sent for
    /// structured output. By default a server at an address that is not known is asked once, and the run file keeps the
    /// answer.
    pub server: Option<ServerName>,
    /// The name of the environment variable that holds the key, never the key itself. By default the provider's usual
    /// one for its own address (`OPENAI_API_KEY`, `ANTHROPIC_API_KEY` …), none for others.
    #[schemars(regex(pattern = "^[A-Z_][A-Z0-9_]*$"))]
    pub api_key_env: Option<String>,
    /// `azure`: the `api-version` of the older form of addresses. Without it, the form that ends in `/openai/v1` is
    /// used.
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
    /// The most tokens of an answer, reasoning included; by default the provider's choice. `anthropic` requires it.
    #[schemars(range(min = 1, max = 10_000_000))]
    pub max_output_tokens: Option<u64>,
    /// The name under which the output limit is sent in the chat completions dialect; by default the one that the
    /// server at `base_url` is known to take.
    pub max_tokens_field: Option<MaxTokensField>,
    /// Nucleus sampling: the probability mass that tokens are sampled from; by default the provider's choice.
    #[schemars(range(min = 0, max = 1))]
    pub top_p: Option<f64>,
    /// The seed for the provider's sampling, which most providers honour only as far as they can.
    pub seed: Option<u64>,
    /// Texts at which the model stops.
    #[schemars(length(max = 16))]
    pub stop: Option<Vec<String>>,
    /// How much the model reasons before it answers; by default the model's choice.
    pub reasoning_effort: Option<ReasoningEffort>,
    /// The service tier, by the provider's own name: `flex`, `priority` …
    #[schemars(regex(pattern = "^[a-z0-9_]+$"))]
    pub service_tier: Option<String>,
    /// Whether the system prompt is marked for the provider's cache.
    #[schemars(extend("default" = false))]
    pub cache_prompt: Option<bool>,
    /// Further parameters, merged into the request's body as they are. Keys that Casebook writes itself are refused.
    pub extra_body: Option<serde_json::Map<String, serde_json::Value>>,
    /// The most calls in flight at once. The limit is shared by all steps: the highest of their values holds for the
    /// whole run.
    #[schemars(range(min = 1, max = 10_000), extend("default" = 32))]
    pub max_workers: Option<u64>,
    /// How many further attempts a work item gets after an answer that is not valid, fails a check or is rejected. A
    /// request fails after more than this many failures that count: a refusal, a time-out, a broken connection or HTTP
    /// 5xx, each once a later request was answered. For that, the highest value of all steps holds for the whole run.
    /// A request that meets a rate limit is sent again without using these up, unless the value is 0.
    #[schemars(range(min = 0, max = 100), extend("default" = 5))]
    pub retries: Option<u64>,
    /// How long a request waits before it is sent again after a failure. A wait that the server asks for comes first.
    pub retry_delay: Option<RetryDelay>,
    /// The models of the second attempt at a work item and those after it, in order. The last one gets all further
    /// attempts.
    pub escalate: Option<Vec<String>>,
    /// Rows that have requests of their own: a model, parameters, earlier messages.
    pub by_row: Option<ByRow>,
    /// How long one call may take, in seconds, from the connection to the last byte of the answer.
    #[schemars(range(min = 0.001, max = 86_400), extend("default" = 60.0))]
    pub timeout_sec: Option<f64>,
    /// The most requests and tokens in a minute; by default as many as the endpoint takes.
    pub rate_limit: Option<RateLimit>,
    /// Whether the provider is asked for structured output, which means that it enforces the schema itself.
    #[schemars(extend("default" = "auto"))]
    pub structured_output: Option<StructuredOutput>,
    /// What becomes of thoughts that stand before an answer in the same text, as in `<think>…</think>`. Changing it
    /// asks nothing again: the recorded answers are read anew.
    #[schemars(extend("default" = "auto"))]
    pub thoughts: Option<Thoughts>,
    /// What words of the server for why the model stopped mean, where Casebook does not know them: `eos: stop` says
    /// that an answer that ends with `eos` is whole. Changing it asks nothing again.
    pub finish: Option<BTreeMap<String, FinishMeaning>>,
    /// The model's price. It comes before every table of prices.
    pub price: Option<Price>,
    /// Where the `recorded` provider finds its answers.
    pub recorded: Option<Recorded>,
    /// How often the `sample` provider's answers go wrong, and how long they take.
    pub sample: Option<Sample>,
}

/// How long a request waits before it is sent again: up to `first_sec` the first time, up to `factor` times as long
/// each further time, never more than `most_sec`. Each wait is drawn from nothing to that bound, so that not all
/// requests return at once.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RetryDelay {
    /// The longest first wait, in seconds.
    #[schemars(range(min = 0, max = 3600), extend("default" = 0.5))]
    pub first_sec: Option<f64>,
    /// By how much the bound grows with each further failure.
    #[schemars(range(min = 1, max = 100), extend("default" = 2.0))]
    pub factor: Option<f64>,
    /// The bound that it never exceeds, in seconds.
    #[schemars(range(min = 0, max = 3600), extend("default" = 30.0))]
    pub most_sec: Option<f64>,
}

/// The most requests and tokens in a minute, spread evenly over it.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RateLimit {
    /// The most requests in any minute.
    #[schemars(range(min = 1, max = 100_000_000))]
    pub requests_per_minute: Option<u64>,
    /// The most tokens in any minute, input and output together. They are estimated before a request is sent, and
    /// corrected by what the provider reports.
    #[schemars(range(min = 1, max = 1_000_000_000_000_i64))]
    pub tokens_per_minute: Option<u64>,
}

/// A model's price, in US dollars per million tokens, with at most six decimals. 0 is free.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Price {
    /// The price of input tokens.
    #[schemars(range(min = 0, max = 1_000_000))]
    pub input: f64,
    /// The price of input tokens that are read from the provider's cache. Without it, a call that reports such tokens
    /// has an unknown cost.
    #[schemars(range(min = 0, max = 1_000_000))]
    pub cached_input: Option<f64>,
    /// The price of input tokens that are written to the provider's cache. Without it, a call that reports such tokens
    /// has an unknown cost.
    #[schemars(range(min = 0, max = 1_000_000))]
    pub cache_write: Option<f64>,
    /// The price of output tokens.
    #[schemars(range(min = 0, max = 1_000_000))]
    pub output: f64,
    /// The price of output tokens that are spent on reasoning; by default `output`.
    #[schemars(range(min = 0, max = 1_000_000))]
    pub reasoning: Option<f64>,
}

/// Where the `recorded` provider finds its answers.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Recorded {
    /// The table of answers, relative to this configuration. What a judge's block does not set is taken from the
    /// generation's block.
    pub path: Option<String>,
    /// The file's format; by default what its extension says.
    pub format: Option<Format>,
    /// The character between the cells of a csv or tsv, as `input.delimiter`.
    pub delimiter: Option<String>,
    /// Whether what the file does not say is guessed from its content, as `input.guess`.
    #[schemars(extend("default" = true))]
    pub guess: Option<bool>,
    /// The text encoding, by its WHATWG name.
    #[schemars(extend("default" = "utf-8"))]
    pub encoding: Option<String>,
    /// The columns of that table that select a record, each with a Jinja template of the value that it must have, as in
    /// `id: "{{ row.id }}"`.
    #[serde(rename = "match")]
    #[schemars(length(min = 1))]
    pub matching: Option<BTreeMap<String, String>>,
    /// More Jinja templates, over the same names as those of `match`. The answer's template sees their values as
    /// `values.NAME`, and they are part of the request, as in `label: "{{ output.label }}"` for a judge.
    pub values: Option<BTreeMap<String, String>>,
    /// A Jinja template over `record`, the record that matched, and `values`. Its text is the answer.
    pub answer: Option<String>,
    /// A Jinja template over `record` and `values`. Its text is the name of the model that gave the answer.
    pub model: Option<String>,
}

/// How often the `sample` provider's answers go wrong, as rates from 0 (never) to 1 (always), and how long they take.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Sample {
    /// Answers that are not JSON.
    #[schemars(range(min = 0, max = 1), extend("default" = 0.0))]
    pub malformed: Option<f64>,
    /// Answers with a field that the schema does not have.
    #[schemars(range(min = 0, max = 1), extend("default" = 0.0))]
    pub extra_field: Option<f64>,
    /// Answers that are cut off in the middle, as at an output limit.
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
    /// How many elements a list has at least, where its schema allows as many.
    #[schemars(range(min = 0, max = 1_000), extend("default" = 0))]
    pub min_items: Option<u64>,
}
