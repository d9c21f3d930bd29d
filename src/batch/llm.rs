//! The model and its parameters as a Rust value.

use serde::Serialize;
use serde_json::{Map, Value, json};

use super::function::{Answer, CallError, ModelCall, model_function};
use crate::engine::ModelFunction;

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
pub struct Llm {
    /// A block of keys, or what somebody took for one.
    pub(super) block: Value,
    /// The model, if it is a closure.
    #[serde(skip)]
    pub(super) function: Option<ModelFunction>,
}

impl Llm {
    /// Names the provider as the configuration does: `openai`, `anthropic`, `gemini`, …, `recorded` or `sample`.
    pub fn new(provider: &str) -> Self {
        Self { block: json!({"provider": provider}), function: None }
    }

    /// Makes a closure the model, for tests and for models that run in the program.
    ///
    /// It gets the messages, the schema, the parameters and the images of a request, and returns an [`Answer`] or a
    /// [`CallError`]. Its answers go on record like any model's: a request that is answered on record is not asked
    /// again. What it does is not part of a request's key, but `name` is: rename it when its answers change.
    ///
    /// Up to `max_workers` calls run at a time, each on a thread of its own, where they may block; there is no time
    /// limit. A closure that panics fails the work item alone, with the kind `model_error`. The cost of a call is
    /// unknown unless [`price`](Self::price) sets one, as `.price(0.0, 0.0)`.
    ///
    /// ```
    /// use casebook::{Answer, Llm};
    /// use serde_json::json;
    ///
    /// let llm = Llm::from_fn("length-1", |call| {
    ///     Answer::json(json!({"length": call.user().len()}))
    /// });
    /// # let _ = llm;
    /// ```
    pub fn from_fn(
        name: &str,
        function: impl Fn(&ModelCall) -> Result<Answer, CallError> + Send + Sync + 'static,
    ) -> Self {
        Self { block: json!({"provider": "function", "model": name}), function: Some(model_function(function)) }
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

    /// Sets the model's price, in US dollars per million tokens of input and output. It comes before every table of
    /// prices; 0 is free.
    pub fn price(self, input: f64, output: f64) -> Self {
        self.set("price", json!({"input": input, "output": output}))
    }

    /// Sets any other key of the block.
    pub fn set(mut self, key: &str, value: impl Into<Value>) -> Self {
        let value = value.into();
        match &mut self.block {
            Value::Object(block) => {
                block.insert(key.to_owned(), value);
            }
            other => *other = Map::from_iter([(key.to_owned(), value)]).into(),
        }
        self
    }
}

impl From<&Llm> for Llm {
    fn from(llm: &Llm) -> Self {
        llm.clone()
    }
}

impl From<Value> for Llm {
    /// Takes a block of keys, as the configuration has them.
    fn from(block: Value) -> Self {
        Self { block, function: None }
    }
}
