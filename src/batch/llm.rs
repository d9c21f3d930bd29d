//! The model and how it is called, as a Rust value.

use serde::Serialize;
use serde_json::{Map, Value};

/// The model and how it is called: the block `llm` of a configuration.
///
/// ```
/// use casebook::Llm;
///
/// let llm =
/// Llm::new("openai").model("gpt-4o-mini-2024-07-18").temperature(0.0).max_output_tokens(500).max_workers(16); let
/// local = Llm::new("openai").set("base_url", "http://localhost:8000/v1").set("api_key_env", "LOCAL_KEY").model("m");
/// # let _ = (llm, local);
/// ```
///
/// Keys are the configuration's; one that it does not have is an error of [`Batch::run`](crate::Batch::run). A secret
/// is never part of it: `api_key_env` names the environment variable that holds the key.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(transparent)]
#[must_use]
pub struct Llm(Map<String, Value>);

impl Llm {
    /// A provider by its name in the configuration: `openai`, `anthropic`, `gemini`, …, `recorded` or `sample`.
    pub fn new(provider: &str) -> Self {
        Self(Map::from_iter([("provider".to_owned(), provider.into())]))
    }

    /// The model's name.
    pub fn model(self, name: &str) -> Self {
        self.set("model", name)
    }

    /// The sampling temperature.
    pub fn temperature(self, temperature: f64) -> Self {
        self.set("temperature", temperature)
    }

    /// The most tokens an answer may have.
    pub fn max_output_tokens(self, tokens: u32) -> Self {
        self.set("max_output_tokens", tokens)
    }

    /// The most calls in flight at once.
    pub fn max_workers(self, calls: u32) -> Self {
        self.set("max_workers", calls)
    }

    /// Any other key of the block.
    pub fn set(mut self, key: &str, value: impl Into<Value>) -> Self {
        self.0.insert(key.to_owned(), value.into());
        self
    }
}
