//! The configuration as the user writes it. These types check only their own shape; [`super::resolve`] checks the rest.
//!
//! The descriptions become those of the JSON Schema that editors complete and check with. A key with nothing after it
//! counts as not there, and gets its default.
#![expect(clippy::doc_markdown, reason = "the texts are descriptions in the JSON Schema, not only documentation")]

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A Casebook run: what goes in, what is asked, how answers are held to the schema, what comes out.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "Casebook configuration")]
pub struct Config {
    /// The run: its name and its seed.
    pub run: Run,
    /// The table that is read.
    pub input: Input,
    /// Rows put together into groups.
    pub grouping: Option<Grouping>,
    /// What a prompt sees of a row or a group as `context`.
    pub context: Option<Context>,
    /// The prompt files.
    pub prompts: Prompts,
    /// The JSON Schema that every answer is held to.
    pub schema: Schema,
    /// The model and how it is called.
    pub llm: Option<Llm>,
    /// A second opinion on each answer by a model.
    pub judge: Option<Judge>,
    /// Conditions that each valid answer has to meet.
    pub checks: Option<Vec<Check>>,
    /// Whether answers on the record are used again.
    pub cache: Option<Cache>,
    /// What may be spent; a run stops before it is more.
    pub budget: Option<Budget>,
    /// A table of prices that lies over the one that ships with Casebook, relative to this configuration.
    pub prices: Option<String>,
    /// The images that prompts show.
    pub images: Option<Images>,
    /// The files that are written at the end.
    pub outputs: Option<Outputs>,
    /// The HTML report.
    pub report: Option<Report>,
}

/// The run: its name and its seed.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Run {
    /// The run's name; the run file is called `<name>.db`. Letters, digits, `.`, `_` and `-`, not starting with a dot.
    #[schemars(regex(pattern = "^[A-Za-z0-9_-][A-Za-z0-9._-]*$"))]
    pub name: String,
    /// Seeds whatever is chosen at random: samples in the report, the `sample` provider's answers.
    #[schemars(extend("default" = 42))]
    pub seed: Option<u64>,
}

/// How a table's file is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Format {
    /// Comma-separated values.
    Csv,
    /// Tab-separated values.
    Tsv,
    /// Pipe-separated values.
    Psv,
    /// An Excel workbook.
    Xlsx,
    /// An OpenDocument spreadsheet.
    Ods,
    /// One JSON object per line.
    Jsonl,
}

/// The table that is read.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// The file, relative to this configuration.
    pub path: String,
    /// The file's format; by default what its extension says.
    pub format: Option<Format>,
    /// The text encoding, by its WHATWG name.
    #[schemars(extend("default" = "utf-8"))]
    pub encoding: Option<String>,
    /// The sheet of a workbook; by default the first.
    pub sheet: Option<String>,
    /// The column whose value identifies a row; by default the row's whole content does.
    pub key: Option<String>,
    /// Columns that must be there.
    pub required_columns: Option<Vec<String>>,
    /// Whether cells are brought into a normal form: white space, line breaks too, collapsed to one space, zero-width
    /// characters removed, and words for no value (`None`, `NaN`, `n/a`, `NULL`, `[None]`, in any case) emptied.
    /// `false` keeps every cell as it is.
    #[schemars(extend("default" = true))]
    pub normalise: Option<bool>,
}

/// What a group is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum GroupingMode {
    /// One answer per group.
    GroupOutput,
    /// One answer per row, which sees its group as context.
    RowOutputWithGroupContext,
}

/// Rows put together into groups.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Grouping {
    /// Whether rows are grouped; by default when a column is named.
    pub enabled: Option<bool>,
    /// The column whose equal values make a group.
    pub column: Option<String>,
    /// One answer per group, or per row with its group as context.
    #[schemars(extend("default" = "row_output_with_group_context"))]
    pub mode: Option<GroupingMode>,
    /// The most rows of a group that its context shows; the rest are counted.
    #[schemars(range(min = 1, max = 1_000_000), extend("default" = 50))]
    pub max_rows_per_group: Option<u64>,
}

/// Which columns are meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ColumnMode {
    /// All columns.
    All,
    /// Only those of `include`.
    Include,
    /// All but those of `exclude`.
    Exclude,
}

/// The columns that a context shows.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Columns {
    /// Which columns are shown; by default what the lists say, and all without lists.
    pub mode: Option<ColumnMode>,
    /// The columns of mode `include`.
    pub include: Option<Vec<String>>,
    /// The columns of mode `exclude`.
    pub exclude: Option<Vec<String>>,
}

/// The order of a row's lines in a context.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum KvOrder {
    /// As in the table.
    InputOrder,
    /// By column name.
    Alpha,
}

/// What a prompt sees of a row or a group as `context`.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Context {
    /// The columns that are shown.
    pub columns: Option<Columns>,
    /// A Jinja template for each row, over `row` and `kv_block`; by default the lines `column: value`.
    pub row_template: Option<String>,
    /// The order of a row's lines.
    #[schemars(extend("default" = "input_order"))]
    pub kv_order: Option<KvOrder>,
    /// The most characters a context has; what is left out is counted.
    #[schemars(range(min = 1, max = 100_000_000), extend("default" = 15_000))]
    pub max_context_chars: Option<u64>,
    /// The most characters of one value that a context shows; what is cut is marked and counted.
    #[schemars(range(min = 1, max = 100_000_000), extend("default" = 6_000))]
    pub truncate_field_chars: Option<u64>,
    /// A Jinja template before a group's rows, over `group_key`, `n_rows` and `n_included`.
    pub group_header_template: Option<String>,
    /// A Jinja template after a group's rows, over the same names.
    pub group_footer_template: Option<String>,
}

/// The prompt files.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Prompts {
    /// The prompt that asks for an answer, relative to this configuration.
    pub generation: String,
    /// The prompt that asks for a verdict on an answer.
    pub judge: Option<String>,
}

/// The JSON Schema that every answer is held to.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Schema {
    /// The file, relative to this configuration.
    pub path: String,
}

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
    /// Of the input, what is read from the provider's cache; where it has no price, a call that reports such tokens is of
    /// unknown cost.
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

/// A second opinion on each answer by a model.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Judge {
    /// Whether answers are judged; by default when there is a judge prompt.
    pub enabled: Option<bool>,
    /// The lowest score that passes, of 100.
    #[schemars(range(min = 0, max = 100), extend("default" = 70.0))]
    pub min_score: Option<u64>,
    /// What differs from the generation's `llm`.
    pub llm: Option<Llm>,
}

/// A condition that each valid answer has to meet.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Check {
    /// The check's name, as failures are counted by.
    pub name: String,
    /// A Jinja expression over `output`, `row`, `group`, `context` and `attempt` that is true when all is well.
    pub expr: String,
    /// What the model is told when it is not: a Jinja template over the same names.
    pub message: Option<String>,
}

/// Whether answers on the record are used again.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Cache {
    /// Whether accepted outputs are used again for the very same task and input.
    #[schemars(extend("default" = true))]
    pub enabled: Option<bool>,
    /// Whether everything is asked again even though it is on the record.
    #[schemars(extend("default" = false))]
    pub force: Option<bool>,
    /// Whether work items with the same request share one call.
    #[schemars(extend("default" = true))]
    pub share: Option<bool>,
}

/// What may be spent, over all runs on the run file. A run stops before it is more; run it again with more to go on.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Budget {
    /// The most that calls may cost, in US dollars. It needs a known price and `llm.max_output_tokens`.
    #[schemars(range(min = 0, max = 1_000_000))]
    pub max_cost_usd: Option<f64>,
    /// The most requests that may be sent, those that are sent again included.
    #[schemars(range(min = 0))]
    pub max_requests: Option<u64>,
}

/// The images that prompts show.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Images {
    /// The folder that they lie in, relative to this configuration. A prompt names files in it; what leads out of it is
    /// refused.
    #[schemars(extend("default" = "."))]
    pub dir: Option<String>,
    /// The most bytes an image may have.
    #[schemars(range(min = 1, max = 104_857_600), extend("default" = 20_971_520))]
    pub max_bytes: Option<u64>,
    /// Whether a prompt may name `http` and `https` addresses, which the provider fetches; Casebook never does.
    #[schemars(extend("default" = false))]
    pub allow_urls: Option<bool>,
}

/// A format of the files that are written at the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum OutputFormat {
    /// One JSON object per line.
    Jsonl,
    /// Pipe-separated values.
    Psv,
    /// Comma-separated values.
    Csv,
}

/// The files that are written at the end.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Outputs {
    /// The formats, each a file.
    #[schemars(extend("default" = ["jsonl", "psv", "csv"]))]
    pub formats: Option<Vec<OutputFormat>>,
    /// The folder they are written to, relative to this configuration.
    #[schemars(extend("default" = "out"))]
    pub dir: Option<String>,
    /// Whether there is also a thin table: the key and the answer's fields alone.
    #[schemars(extend("default" = true))]
    pub thin: Option<bool>,
    /// Whether values that a spreadsheet would take for a formula are quoted with an apostrophe.
    #[schemars(extend("default" = false))]
    pub spreadsheet_safe: Option<bool>,
}

/// The HTML report.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Report {
    /// Whether it is written.
    #[schemars(extend("default" = true))]
    pub enabled: Option<bool>,
    /// How many answers it shows of each group.
    #[schemars(range(min = 0, max = 1_000), extend("default" = 5))]
    pub samples_per_group: Option<u64>,
}
