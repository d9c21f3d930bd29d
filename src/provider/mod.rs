//! Dialects, sans-I/O: a provider-neutral request becomes bytes, and bytes become a completion.
//!
//! Nothing here talks to a network, reads a clock or knows a secret. A [`wire::Request`] names the header in which the
//! transport is to put the secret, not the secret itself. When to send again is worked out here too ([`RetryPolicy`]);
//! whoever keeps the timer sends.

mod excerpt;
mod failure;
pub mod limits;
mod openai;
mod request;
mod retry;
mod retry_after;
mod tokens;
pub mod wire;

pub use excerpt::excerpt;
pub use limits::{Limits, Quota};
pub use request::{
    ChatRequest, Completion, Finish, Image, Message, Parameters, ProviderError, ProviderErrorKind, RequestSpec,
    ResponseSchema, Role, Usage,
};
pub use retry::{Failures, LONGEST_WAIT, RATE_LIMITED_RETRIES, RetryPolicy};
pub use tokens::estimate_tokens;

/// A way of asking for a completion over HTTP.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// `OpenAI`'s chat completions, which many other servers speak too.
    OpenAi,
}

impl Dialect {
    /// The request as it goes to the server at `base_url`, complete but for its secret. Equal requests give equal
    /// bytes.
    #[must_use]
    pub fn encode(self, request: &ChatRequest, base_url: &str) -> wire::Request {
        match self {
            Self::OpenAi => openai::encode(request, base_url),
        }
    }

    /// The completion in `response`, or what went wrong. Responses of every status are understood.
    pub fn decode(self, response: &wire::Response) -> Result<Completion, ProviderError> {
        match self {
            Self::OpenAi => openai::decode(response),
        }
    }
}
