//! Prompt files and the `context` that they see: [`Prompts`], [`Context`] and [`Columns`].

use serde::{Deserialize, Serialize};

use crate::config::raw::KvOrder;
use crate::config::syntax::PromptSyntax;

/// The columns that a context shows.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(tag = "mode", content = "columns", rename_all = "snake_case")]
pub enum Columns {
    All,
    Include(Vec<String>),
    Exclude(Vec<String>),
}

impl Columns {
    /// Whether `column` is shown.
    #[must_use]
    pub fn shows(&self, column: &str) -> bool {
        match self {
            Self::All => true,
            Self::Include(columns) => columns.iter().any(|it| it == column),
            Self::Exclude(columns) => !columns.iter().any(|it| it == column),
        }
    }
}

/// What a prompt sees as `context`.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Context {
    pub columns: Columns,
    /// The Jinja template of a row; `None`: the lines `column: value`.
    pub row_template: Option<String>,
    pub kv_order: KvOrder,
    /// The most characters of a context.
    pub max_context_chars: usize,
    /// The most characters that a context shows of one value.
    pub truncate_field_chars: usize,
    /// The Jinja template before a group's rows.
    pub group_header_template: Option<String>,
    /// The Jinja template after a group's rows.
    pub group_footer_template: Option<String>,
}

/// The prompt files.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Prompts {
    /// The path of the generation's prompt, as written; `None` for a step that asks no model.
    pub generation: Option<String>,
    /// The path of the prompt that asks for a schema, as written; `None`: the one that ships with Casebook.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schema: Option<String>,
    /// How prompt files without a `syntax` of their own write their placeholders.
    #[serde(default, skip_serializing_if = "PromptSyntax::is_default")]
    pub syntax: PromptSyntax,
}
