//! The configuration as the user writes it. These types check only their own shape; [`super::resolve`] checks the rest.
//!
//! The descriptions become those of the JSON Schema that editors complete and check with. A key with nothing after it
//! counts as not there, and gets its default.
#![expect(clippy::doc_markdown, reason = "the texts are descriptions in the JSON Schema, not only documentation")]

mod judge;
mod llm;
mod step;

use super::answer::Answer;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use judge::{Accept, Criterion, Judge, JudgeRule, OneJudge, Until};
pub use llm::{
    Llm, MaxTokensField, Price, ProviderName, RateLimit, ReasoningEffort, Recorded, Sample, StructuredOutput,
};
pub use step::{Cover, Do, Pairs, Step};

use super::syntax::PromptSyntax;

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
    pub prompts: Option<Prompts>,
    /// The JSON Schema that every answer is held to.
    pub schema: Option<Schema>,
    /// How an answer holds an output: as JSON, as the text that it is, or in sections of Markdown.
    #[schemars(extend("default" = "json"))]
    pub answer: Option<Answer>,
    /// The model and how it is called.
    pub llm: Option<Llm>,
    /// A second opinion on each answer by a model.
    pub judge: Option<Judge>,
    /// Conditions that each valid answer has to meet.
    pub checks: Option<Vec<Check>>,
    /// Several candidates for each work item, of which the best is taken.
    pub accept: Option<Accept>,
    /// When enough is accepted; what is left stays open.
    pub until: Option<Until>,
    /// The steps of the task; without them it has one, made of the blocks here.
    #[schemars(length(min = 1))]
    pub steps: Option<Vec<Step>>,
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
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Prompts {
    /// The prompt that asks for an answer, relative to this configuration.
    pub generation: Option<String>,
    /// The prompt that asks for a verdict on an answer.
    pub judge: Option<String>,
    /// The prompt that asks for the schema where a model writes it; by default the one that ships with Casebook.
    pub schema: Option<String>,
    /// How prompt files write their placeholders, where they do not say it themselves.
    #[schemars(extend("default" = "jinja"))]
    pub syntax: Option<PromptSyntax>,
}

/// The JSON Schema that every answer is held to.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Schema {
    /// The file, relative to this configuration.
    pub path: Option<String>,
    /// The schema itself, instead of a file.
    #[schemars(with = "Option<serde_json::Map<String, serde_json::Value>>")]
    pub inline: Option<serde_json::Value>,
    /// Whether a model writes the file where there is none, from the prompt and some of the rows.
    #[schemars(extend("default" = false))]
    pub auto_generate: Option<bool>,
    /// Whether a model writes it although there is one; that one is copied into `archived/` beside it.
    #[schemars(extend("default" = false))]
    pub force_regenerate: Option<bool>,
    /// What differs from the step's `llm` for the model that writes it.
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
