//! Prompt files and the `context` that they see: [`Prompts`] and [`Context`].

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::config::syntax::PromptSyntax;

/// Which columns a context shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ColumnMode {
    /// All columns.
    All,
    /// The columns of `include`.
    Include,
    /// All columns but those of `exclude`.
    Exclude,
}

/// The columns that a context shows.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Columns {
    /// Which columns are shown; by default what the list that is set says, and all columns without one.
    pub mode: Option<ColumnMode>,
    /// The columns that mode `include` shows.
    pub include: Option<Vec<String>>,
    /// The columns that mode `exclude` leaves out.
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
    /// As `columns.include` lists them.
    Listed,
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
    /// The most characters of a context. The rows that do not fit are left out, and their number is reported.
    #[schemars(range(min = 1, max = 100_000_000), extend("default" = 15_000))]
    pub max_context_chars: Option<u64>,
    /// The most characters that a context shows of one value. Cut values are marked and counted.
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
    /// The prompt that asks for an answer: a file, relative to this configuration.
    pub generation: Option<String>,
    /// The prompt that asks a judge for a verdict on an answer. With several judges, the default of each.
    pub judge: Option<String>,
    /// The prompt that asks a model to write the schema (see `schema.auto_generate`); by default the one that ships
    /// with Casebook.
    pub schema: Option<String>,
    /// How prompt files write their placeholders; a file's own `syntax` comes first.
    #[schemars(extend("default" = "jinja"))]
    pub syntax: Option<PromptSyntax>,
}
