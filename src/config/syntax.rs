//! The way in which a prompt file writes its placeholders.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How a prompt file writes what is filled in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum PromptSyntax {
    /// Jinja: `{{ context }}`.
    #[default]
    Jinja,
    /// Single braces, as Python's `str.format` reads plain names: `{context}`; `{{` and `}}` are braces.
    Braces,
}

impl PromptSyntax {
    /// Whether it is what holds where nothing is said; then it stands in no snapshot.
    #[must_use]
    pub fn is_default(&self) -> bool {
        *self == Self::default()
    }
}
