//! The form of an answer.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The form of an answer, from which the output is read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// One JSON object that is valid against the schema.
    #[default]
    Json,
    /// Plain text: the value of the schema's only field, or of `text` if there is no schema.
    Text,
    /// Sections of Markdown: headings, labels and lists, named after the schema's fields.
    Sections,
}

impl Answer {
    /// The word in a configuration.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Json => "json",
            Self::Text => "text",
            Self::Sections => "sections",
        }
    }

    /// Whether this is JSON, the default.
    #[must_use]
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it with a reference")]
    pub fn is_json(&self) -> bool {
        *self == Self::Json
    }
}
