//! Dialects without I/O: a provider-neutral [`ChatRequest`] becomes bytes, and bytes become a [`Completion`].
//!
//! [`Dialect`] has a module for each provider: `openai`, `responses`, `azure`, `anthropic`, `gemini` and `bedrock`.
//! `json` and `stream` read a body, `failure` error responses, `finish` why a model stopped, `elsewhere` what a
//! response has instead of a text, [`thoughts`] what a model thought before its answer, `usage` what it used,
//! [`limits`] what a response says of rate limits, `structured` which models have structured output, and [`server`]
//! which kind of server answers. [`ModelFunction`] is a model that is a function of the program. [`RetryPolicy`] says
//! how long to wait before a request is sent again. [`langfuse`] speaks to a server that keeps data sets.
//!
//! This room depends on [`crate::record`] alone. It must never talk to a network, read a clock or know a secret: a
//! [`wire::Request`] names the header of the secret, and the transport puts the secret there.

mod anthropic;
mod azure;
mod bedrock;
mod body;
mod completion;
mod dialect;
mod elsewhere;
mod error;
mod excerpt;
mod failure;
mod finish;
mod function;
mod gemini;
mod json;
pub mod langfuse;
pub mod limits;
mod message;
mod openai;
mod request;
mod responses;
mod retry;
mod retry_after;
pub mod server;
mod spec;
mod stream;
mod structured;
pub mod thoughts;
mod usage;
pub mod wire;

pub use completion::{Completion, TokenUsage};
pub use dialect::Dialect;
pub use error::{ProviderError, ProviderErrorKind};
pub use excerpt::{WORD_CHARS, excerpt};
pub use finish::{Finish, is_output_limit};
pub use function::{FunctionCall, ModelFunction};
pub use limits::{Quota, ReportedLimits};
pub use message::{Image, Message, Role};
pub use request::ChatRequest;
pub use retry::{LONGEST_WAIT, RetryPolicy};
pub use spec::{LimitField, Parameters, RequestSpec, ResponseSchema};
pub(crate) use stream::is_stream;

#[cfg(test)]
mod tests;
