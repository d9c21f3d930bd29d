//! How answers hold outputs.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How an answer holds an output.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// As one JSON object that is valid against the schema.
    #[default]
    Json,
    /// As the text that it is: the schema's only field, or `text` where there is no schema.
    Text,
    /// In sections of Markdown, read by headings, labels and lists as the schema says.
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

    /// Whether it is what answers are unless something else is said.
    #[must_use]
    pub fn is_json(&self) -> bool {
        *self == Self::Json
    }
}
