//! The only code that talks to a network, and the answers that need none: `recorded` and `sample`.
//!
//! [`Transport`] is a pool of tasks: jobs go in, events come out, each with its ticket and in the order in which the
//! exchanges end. `client` and `http` make one HTTP exchange, `encoding` unpacks its body, `cause` says why one failed,
//! `proxy` and `aws` are about proxies and Amazon's signatures. [`RecordedTable`] answers from a table and `sample`
//! from a schema. [`Secret`] holds a key, `masks` finds it in what servers send back, and [`Interrupts`] are the
//! signals that ask a command to stop.
//!
//! This room knows bytes, clocks and secrets, but no work items, request ids or run file. It may depend on
//! [`crate::provider`], for the types of an exchange, and on [`crate::schema`], for sample answers. It must never
//! retry, follow a redirect or let a secret out, neither in an error nor in a response that echoes it.

mod aws;
mod cause;
mod client;
mod encoding;
mod error;
mod exchange;
mod http;
mod interrupts;
mod masks;
mod pool;
mod proxy;
mod recorded;
mod sample;
mod secret;

pub use error::{RecordedError, SecretError, TransportError};
pub use exchange::{Event, Exchange, FinishedExchange, Job, Reply, Ticket};
pub use interrupts::{DeferredExit, Interrupts, outlive_size_limits};
pub use masks::Masks;
pub use pool::{Transport, Waker};
pub use recorded::RecordedTable;
pub use sample::{Faults, SampleAsk, SamplePurpose};
pub use secret::Secret;

#[cfg(test)]
mod tests;
