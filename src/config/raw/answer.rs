//! What an answer must satisfy: [`Schema`] and [`Check`].

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Llm;
use super::model::ModelChoice;

/// The JSON Schema that every answer must be valid against: a file, the schema itself, or a file that a model writes.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Schema {
    /// The schema's file, relative to this configuration.
    pub path: Option<String>,
    /// The schema itself, in place of a file.
    #[schemars(with = "Option<serde_json::Map<String, serde_json::Value>>")]
    pub inline: Option<serde_json::Value>,
    /// Whether a word that is nearly a keyword of JSON Schema (`enums`, `minlength`, `requird`) is an error. If not, a
    /// note tells of it.
    #[schemars(extend("default" = true))]
    pub check_keywords: Option<bool>,
    /// Whether a model writes the file at `path` if it does not exist, from the step's prompt and some rows of the
    /// input. It is asked with `prompts.schema`, and the file is kept from then on. By default the value of
    /// `force_regenerate`.
    #[schemars(extend("default" = false))]
    pub auto_generate: Option<bool>,
    /// Whether a model writes the file in every run although it exists. The old file is copied into `archived/` beside
    /// it. Implies `auto_generate`.
    #[schemars(extend("default" = false))]
    pub force_regenerate: Option<bool>,
    /// The model that writes the schema: what differs from the step's `llm`.
    #[expect(dead_code, reason = "read for its shape; it is resolved as YAML, over the step's block")]
    #[schemars(with = "Option<ModelChoice>")]
    pub llm: Option<Llm>,
}

/// A condition that each valid answer has to meet before it is judged or accepted.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Check {
    /// The check's name, under which its failures are counted. No two checks of a step have the same name.
    pub name: String,
    /// A Jinja expression that must be true. It sees `output`, `context`, `attempt` and `row` or `group`, and in a
    /// later step `item`, `steps`, `parents` and `perspective` too. What is neither true nor false, or cannot be
    /// evaluated, counts as failed.
    pub expr: String,
    /// The feedback to the model when the check fails, in its next attempt: a Jinja template over the same names. By
    /// default the name and the expression.
    pub message: Option<String>,
}
