//! A closure as the model: what it is asked ([`ModelCall`]), and what it returns ([`Answer`] or [`CallError`]).

use std::fmt;
use std::time::Duration;

use serde::Serialize;
use serde_json::Value;

use super::message::{Message, Role};
use crate::engine::{Completion, Finish, FunctionCall, ModelFunction, ProviderError, ProviderErrorKind, TokenUsage};

/// A call of a model that is a closure: see [`Llm::from_fn`](crate::Llm::from_fn).
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ModelCall {
    /// The model's name.
    pub model: String,
    /// The conversation: a system message if there is one, and the user's last.
    pub messages: Vec<Message>,
    /// The JSON Schema that the answer is held to; `None` for answers in text, and where `llm.structured_output` is
    /// `off`.
    pub schema: Option<Value>,
    /// The sampling temperature, if one is set.
    pub temperature: Option<f64>,
    /// The most tokens of the answer, if a limit is set.
    pub max_output_tokens: Option<u32>,
    /// The seed, if one is set.
    pub seed: Option<u64>,
    /// The number of this sample of the same question: 1, and more after `casebook retry` and the like.
    pub sample: u32,
    /// Whether a judge's verdict is asked for.
    pub is_verdict: bool,
}

impl ModelCall {
    fn of(call: &FunctionCall) -> Self {
        let FunctionCall { request, is_verdict } = call;
        let parameters = &request.spec.parameters;
        Self {
            model: request.spec.model.clone(),
            messages: request.messages.iter().map(Message::of).collect(),
            schema: request.spec.response_schema.as_ref().map(|it| it.contract.clone()),
            temperature: parameters.temperature,
            max_output_tokens: parameters.max_output_tokens,
            seed: parameters.seed,
            sample: request.sample,
            is_verdict: *is_verdict,
        }
    }

    /// Returns the text of the last user message.
    #[must_use]
    pub fn user(&self) -> &str {
        let last = self.messages.iter().rfind(|it| it.role == Role::User);
        last.map(|it| it.content.as_str()).unwrap_or_default()
    }
}

/// An answer of a model that is a closure.
///
/// ```
/// use casebook::Answer;
/// use serde_json::json;
///
/// # fn main() -> Result<(), casebook::CallError> {
/// let answer = Answer::json(json!({"title": "Invoice 2041"}))?.usage(812, 12);
/// let text = Answer::text("no JSON at all");
/// # let _ = (answer, text);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq)]
#[must_use]
pub struct Answer {
    text: String,
    input_tokens: Option<u64>,
    output_tokens: Option<u64>,
    model: Option<String>,
    finish: Finish,
}

impl Answer {
    /// Makes an answer of a text. It is read as any model's: a JSON object in it is found.
    pub fn text(text: impl Into<String>) -> Self {
        let (input_tokens, output_tokens) = (None, None);
        Self { text: text.into(), input_tokens, output_tokens, model: None, finish: Finish::Stop }
    }

    /// Makes an answer of a value, as JSON.
    pub fn json(value: impl Serialize) -> Result<Self, CallError> {
        Ok(Self::text(serde_json::to_string(&value)?))
    }

    /// Says how many tokens the call took. Without it, they are unknown.
    pub fn usage(mut self, input_tokens: u64, output_tokens: u64) -> Self {
        (self.input_tokens, self.output_tokens) = (Some(input_tokens), Some(output_tokens));
        self
    }

    /// Names the model that answered, where that is not the name that was given to the closure.
    pub fn model(mut self, name: impl Into<String>) -> Self {
        self.model = Some(name.into());
        self
    }

    /// Says that the answer was cut off at the limit of its tokens.
    pub fn truncated(mut self) -> Self {
        self.finish = Finish::Length;
        self
    }

    /// Says that the model refused to answer; the text is what it said instead.
    pub fn refused(mut self) -> Self {
        self.finish = Finish::Refusal;
        self
    }

    fn completion(self, model: &str) -> Completion {
        let usage =
            TokenUsage { input_tokens: self.input_tokens, output_tokens: self.output_tokens, ..TokenUsage::default() };
        let model = self.model.unwrap_or_else(|| model.to_owned());
        let usage = usage.of_text(&self.text);
        Completion { usage, ..Completion::of_text(self.text, self.finish, Some(model)) }
    }
}

/// The failure of a call of a model that is a closure.
///
/// Any error becomes one with `?`: it fails the work item, with the kind `model_error`. The other constructors say
/// more.
pub struct CallError {
    kind: CallErrorKind,
    message: String,
    retry_after: Option<Duration>,
}

/// What kind of failure a [`CallError`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CallErrorKind {
    /// The call fails its work item. A later run calls again.
    ModelError,
    /// Too many calls: it is made again, and others are slowed down.
    RateLimited,
    /// There was no answer in time: it is made again.
    Timeout,
    /// The model was not reached: it is made again.
    Connection,
    /// The model failed for now: it is made again.
    ServerError,
}

impl CallError {
    /// Makes a failure of the work item, of the kind `model_error`.
    #[must_use]
    pub fn new(message: impl Into<String>) -> Self {
        Self::of_kind(CallErrorKind::ModelError, message)
    }

    /// Makes a failure that may pass: the call is made again, as often as `llm.retries` allows. Where no call is
    /// answered any more, the run stops, and no work item fails for it.
    #[must_use]
    pub fn retryable(message: impl Into<String>) -> Self {
        Self::of_kind(CallErrorKind::ServerError, message)
    }

    /// Makes a failure of a kind.
    #[must_use]
    pub fn of_kind(kind: CallErrorKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), retry_after: None }
    }

    /// Sets how long to wait before the call is made again.
    #[must_use]
    pub fn retry_after(mut self, wait: Duration) -> Self {
        self.retry_after = Some(wait);
        self
    }

    fn into_error(self) -> ProviderError {
        let kind = match self.kind {
            CallErrorKind::ModelError => ProviderErrorKind::ModelError,
            CallErrorKind::RateLimited => ProviderErrorKind::RateLimited,
            CallErrorKind::Timeout => ProviderErrorKind::Timeout,
            CallErrorKind::Connection => ProviderErrorKind::Connection,
            CallErrorKind::ServerError => ProviderErrorKind::ServerError,
        };
        ProviderError { retry_after: self.retry_after, ..ProviderError::new(kind, self.message) }
    }
}

impl fmt::Debug for CallError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CallError").field("kind", &self.kind).field("message", &self.message).finish_non_exhaustive()
    }
}

impl fmt::Display for CallError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

// Not an error itself, so that `?` makes one of any error.
impl<E: std::error::Error> From<E> for CallError {
    fn from(error: E) -> Self {
        Self::new(error.to_string())
    }
}

/// The function of the engine that calls a closure.
pub(super) fn model_function(
    function: impl Fn(&ModelCall) -> Result<Answer, CallError> + Send + Sync + 'static,
) -> ModelFunction {
    ModelFunction::new(move |call| {
        let call = ModelCall::of(call);
        function(&call).map(|answer| answer.completion(&call.model)).map_err(CallError::into_error)
    })
}
