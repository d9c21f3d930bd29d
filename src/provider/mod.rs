//! Dialects, sans-I/O: a provider-neutral request becomes bytes, and bytes become a completion.
//!
//! Nothing here talks to a network, reads a clock or knows a secret. A [`wire::Request`] names the header in which the
//! transport is to put the secret, not the secret itself.

mod request;
pub mod wire;

pub use request::{
    ChatRequest, Completion, Finish, Message, Parameters, ProviderError, ProviderErrorKind, RequestSpec,
    ResponseSchema, Role, Usage,
};
