//! The syntax of placeholders in prompt files.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How a prompt file writes its placeholders.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum PromptSyntax {
    /// Jinja: `{{ context }}`.
    #[default]
    Jinja,
    /// Single braces, as Python's `str.format` reads plain names: `{context}`. `{{` and `}}` stand for braces.
    Braces,
}

impl PromptSyntax {
    /// Whether this is the default, which no snapshot shows.
    #[must_use]
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it with a reference")]
    pub fn is_default(&self) -> bool {
        *self == Self::default()
    }
}
