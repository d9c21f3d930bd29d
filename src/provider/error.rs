//! A failed exchange: [`ProviderError`] and its [`ProviderErrorKind`].

use std::time::Duration;

/// What kind of failure an exchange ended with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProviderErrorKind {
    /// HTTP 401 to 403, no credit, a parameter that the model does not accept, or no HTTP client: every other request
    /// would fail too.
    Refused,
    /// HTTP 404 for the model or the address: every other request would fail too.
    NotFound,
    /// HTTP 429.
    RateLimited,
    /// HTTP 5xx, 408, 409 or 425.
    ServerError,
    /// Another HTTP 4xx: this request is wrong, but others may not be.
    BadRequest,
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
}

impl ProviderError {
    /// A failure without a wait.
    pub fn new(kind: ProviderErrorKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), retry_after: None }
    }
}

impl ProviderErrorKind {
    /// Whether the same request may succeed a moment later.
    #[must_use]
    pub fn is_transient(self) -> bool {
        matches!(self, Self::RateLimited | Self::ServerError | Self::InvalidResponse | Self::Timeout | Self::Connection)
    }

    /// Whether every other request to the same endpoint would fail in the same way.
    #[must_use]
    pub fn is_fatal(self) -> bool {
        matches!(self, Self::Refused | Self::NotFound)
    }
}
