//! Dialects, sans-I/O: a provider-neutral request becomes bytes, and bytes become a completion.
//!
//! Nothing here talks to a network, reads a clock or knows a secret. A [`wire::Request`] names the header in which the
//! transport is to put the secret, not the secret itself. When to send again is worked out here too ([`RetryPolicy`]);
//! whoever keeps the timer sends.

mod anthropic;
mod azure;
mod bedrock;
mod body;
mod excerpt;
mod failure;
mod gemini;
pub mod limits;
mod openai;
mod request;
mod responses;
mod retry;
mod retry_after;
mod structured;
mod tokens;
pub mod wire;

pub use excerpt::excerpt;
pub use limits::{Limits, Quota};
pub use request::{
    ChatRequest, Completion, Finish, Image, LimitField, Message, Parameters, ProviderError, ProviderErrorKind,
    RequestSpec, ResponseSchema, Role, Usage,
};
pub use retry::{Failures, LONGEST_WAIT, RetryPolicy};
pub use tokens::estimate_tokens;

/// A way of asking for a completion over HTTP.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// `OpenAI`'s chat completions, which many other servers speak too.
    OpenAi,
    /// `OpenAI`'s Responses.
    Responses,
    /// Chat completions under Azure's addresses and with its header.
    Azure,
    /// Anthropic's Messages.
    Anthropic,
    /// Gemini's `generateContent`.
    Gemini,
    /// Amazon Bedrock's Converse.
    Bedrock,
}

impl Dialect {
    /// Every dialect.
    pub const ALL: [Self; 6] =
        [Self::OpenAi, Self::Responses, Self::Azure, Self::Anthropic, Self::Gemini, Self::Bedrock];

    /// The request as it goes to the server at `base_url`, complete but for its secret. Equal requests give equal
    /// bytes.
    #[must_use]
    pub fn encode(self, request: &ChatRequest, base_url: &str) -> wire::Request {
        match self {
            Self::OpenAi => openai::encode(request, base_url),
            Self::Responses => responses::encode(request, base_url),
            Self::Azure => azure::encode(request, base_url),
            Self::Anthropic => anthropic::encode(request, base_url),
            Self::Gemini => gemini::encode(request, base_url),
            Self::Bedrock => bedrock::encode(request, base_url),
        }
    }

    /// The completion in `response`, or what went wrong. Responses of every status are understood.
    pub fn decode(self, response: &wire::Response) -> Result<Completion, ProviderError> {
        if !(200..300).contains(&response.status) {
            return Err(failure::of_response(response));
        }
        let body = body::json(response)?;
        match self {
            Self::OpenAi | Self::Azure => openai::decode(response, body),
            Self::Responses => responses::decode(response, body),
            Self::Anthropic => anthropic::decode(response, body),
            Self::Gemini => gemini::decode(response, body),
            Self::Bedrock => bedrock::decode(response, body),
        }
    }

    /// Why `model`, asked under `base_url`, cannot be held to a schema by its provider; `None` where it can, or where
    /// nothing is known of it.
    #[must_use]
    pub fn not_structured(self, base_url: &str, model: &str) -> Option<&'static str> {
        structured::why_not(self, base_url, model)
    }

    /// Whether a picture can be named by an `https` address that the provider fetches.
    #[must_use]
    pub fn takes_image_urls(self) -> bool {
        self != Self::Bedrock
    }
}

#[cfg(test)]
mod tests;
