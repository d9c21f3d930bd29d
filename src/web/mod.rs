//! The HTTP service: rows come as JSON, and go through the task of a configuration as those of a run do.
//!
//! - [`Listening`] is a bound address with its limits and its [`AccessRules`]; it serves the [`LiveDoor`] of a live run
//!   on a thread of its own, as [`Serving`].
//! - `routes` and `paths` have the paths; `run`, `batches` and `about` are behind them, and `body` reads what is sent.
//! - `messages` has the bodies as types, `openapi` describes them, and `problem` is what is answered instead.
//! - `figures` counts for Prometheus.
//!
//! Depends on `engine`. It must never write to a run file, decide anything about a
//! work item, or read a configuration. Values of rows and outputs are JSON here and nothing else.
//!
//! [`LiveDoor`]: crate::engine::LiveDoor

#![expect(clippy::result_large_err, reason = "a problem becomes the answer to its request at once")]

mod about;
mod access;
mod batches;
mod body;
mod error;
mod figures;
mod messages;
mod openapi;
mod paths;
mod problem;
mod routes;
mod run;
mod server;
mod service;

pub use access::AccessRules;
pub use error::WebError;
pub use messages::RowAnswer;
pub use server::{Listening, Serving};
pub use service::ServiceLimits;
