//! The model and its parameters as a Rust value.

use serde::Serialize;
use serde_json::{Map, Value};

/// The model and its parameters: the block `llm` of a configuration.
///
/// ```
/// use casebook::Llm;
///
/// let llm = Llm::new("openai").model("gpt-4o-mini-2024-07-18").max_output_tokens(500);
/// let local = Llm::new("openai").model("m").set("base_url", "http://localhost:8000/v1");
/// # let _ = (llm, local);
/// ```
///
/// Its keys are those of the configuration; [`Batch::run`](crate::Batch::run) returns an error for an unknown one. It
/// never holds a secret: `api_key_env` names the environment variable that holds the API key.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(transparent)]
#[must_use]
pub struct Llm(Map<String, Value>);

impl Llm {
    /// Names the provider as the configuration does: `openai`, `anthropic`, `gemini`, …, `recorded` or `sample`.
    pub fn new(provider: &str) -> Self {
        Self(Map::from_iter([("provider".to_owned(), provider.into())]))
    }

    /// Names the model as the provider does.
    pub fn model(self, name: &str) -> Self {
        self.set("model", name)
    }

    /// Sets the sampling temperature.
    pub fn temperature(self, temperature: f64) -> Self {
        self.set("temperature", temperature)
    }

    /// Limits the tokens of one answer.
    pub fn max_output_tokens(self, tokens: u32) -> Self {
        self.set("max_output_tokens", tokens)
    }

    /// Limits the calls in flight at once.
    pub fn max_workers(self, calls: u32) -> Self {
        self.set("max_workers", calls)
    }

    /// Sets any other key of the block.
    pub fn set(mut self, key: &str, value: impl Into<Value>) -> Self {
        self.0.insert(key.to_owned(), value.into());
        self
    }
}
