//! Dialects without I/O: a provider-neutral [`ChatRequest`] becomes bytes, and bytes become a [`Completion`].
//!
//! [`Dialect`] has a module for each provider: `openai`, `responses`, `azure`, `anthropic`, `gemini` and `bedrock`.
//! `failure` reads error responses, `finish` why a model stopped, [`limits`] what a response says of rate limits,
//! `structured` which models have structured output, and [`server`] which kind of server answers. [`RetryPolicy`] says
//! when to send a request again.
//!
//! This room depends on [`crate::record`] alone. It must never talk to a network, read a clock or know a secret: a
//! [`wire::Request`] names the header of the secret, and the transport puts the secret there.

mod anthropic;
mod azure;
mod bedrock;
mod body;
mod completion;
mod dialect;
mod error;
mod excerpt;
mod failure;
mod finish;
mod gemini;
pub mod limits;
mod message;
mod openai;
mod request;
mod responses;
mod retry;
mod retry_after;
pub mod server;
mod spec;
mod structured;
pub mod wire;

pub use completion::{Completion, TokenUsage};
pub use dialect::Dialect;
pub use error::{ProviderError, ProviderErrorKind};
pub use excerpt::excerpt;
pub use finish::Finish;
pub use limits::{Quota, ReportedLimits};
pub use message::{Image, Message, Role};
pub use request::ChatRequest;
pub use retry::{FailureCounts, LONGEST_WAIT, RetryPolicy};
pub use spec::{LimitField, Parameters, RequestSpec, ResponseSchema};

#[cfg(test)]
mod tests;
