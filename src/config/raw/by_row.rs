//! Rows with requests of their own: [`ByRow`].

use schemars::JsonSchema;
use serde::Deserialize;

/// Where rows say what their requests have of their own.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ByRow {
    /// The column with a JSON object for each row, or nothing. Its keys, each optional: `model`, `temperature`,
    /// `max_output_tokens` and `seed` in place of this block's; `messages`, a list of `role` and `content` that come
    /// before the user message; `error`, which fails the row's work item without a call.
    pub column: String,
    /// The models that rows may name beside `model`, of the same provider.
    pub models: Option<Vec<String>>,
}
