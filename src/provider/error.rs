//! A failed exchange: [`ProviderError`] and its [`ProviderErrorKind`].

use std::time::Duration;

use super::TokenUsage;

/// What kind of failure an exchange ended with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProviderErrorKind {
    /// HTTP 401 to 403 or 407, or no HTTP client: mostly about the key or the account, sometimes about one request.
    Refused,
    /// A code that is about every request: no credit, a spent budget, a parameter that the model does not accept.
    RefusedForAll,
    /// HTTP 404: mostly about the model or the address, sometimes about one request.
    NotFound,
    /// HTTP 429.
    RateLimited,
    /// HTTP 408, 425, 502 to 504, 520 to 524 or 529: the server takes no more for now.
    Overloaded,
    /// Another HTTP 5xx, 409 or 424: it may be about one request.
    ServerError,
    /// Another HTTP 4xx: about one request, or about all.
    BadRequest,
    /// HTTP 413, or a code that is about this very request: too long, against a policy, an image that cannot be read.
    InvalidInput,
    /// The body does not follow the dialect.
    InvalidResponse,
    /// No complete response in time.
    Timeout,
    /// The connection failed or broke.
    Connection,
    /// `recorded`: no record matches.
    NoRecord,
    /// `recorded`: several records match and differ.
    ManyRecords,
    /// A model that is a function of the program failed for good, or panicked.
    ModelError,
}

/// A failed exchange.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct ProviderError {
    pub kind: ProviderErrorKind,
    /// What happened, for people. It is bounded and never contains a secret.
    pub message: String,
    /// The wait that the provider asked for.
    pub retry_after: Option<Duration>,
    /// The tokens that the response reports all the same: they may be billed.
    pub usage: Option<Box<TokenUsage>>,
}

impl ProviderError {
    /// A failure without a wait.
    pub fn new(kind: ProviderErrorKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), retry_after: None, usage: None }
    }
}

impl ProviderErrorKind {
    /// Whether the same request may succeed a moment later.
    #[must_use]
    pub fn is_transient(self) -> bool {
        match self {
            Self::RateLimited
            | Self::Overloaded
            | Self::ServerError
            | Self::InvalidResponse
            | Self::Timeout
            | Self::Connection => true,
            Self::Refused
            | Self::RefusedForAll
            | Self::NotFound
            | Self::BadRequest
            | Self::InvalidInput
            | Self::NoRecord
            | Self::ManyRecords
            | Self::ModelError => false,
        }
    }

    /// Whether the provider refused the request for what it is, and not for now.
    #[must_use]
    pub fn is_refusal(self) -> bool {
        matches!(self, Self::Refused | Self::RefusedForAll | Self::NotFound | Self::BadRequest | Self::InvalidInput)
    }
}
