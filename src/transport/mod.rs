//! The only code that talks to a network, and the answers that need none: `recorded` and `sample`.
//!
//! A pool of tasks: jobs go in, events come out, each on its ticket and in the order in which they end. It knows bytes,
//! clocks and secrets, and nothing of work items, requests' ids or the run file. It depends on [`crate::provider`] for
//! the words of an exchange and on [`crate::schema`] for sample answers. It must never retry, follow a redirect or let
//! a secret out: neither in an error nor in a response that echoes it.

mod aws;
mod cause;
mod http;
mod interrupts;
mod pool;
mod proxy;
mod recorded;
mod sample;
mod secret;

use std::sync::Arc;
use std::time::Duration;

use crate::provider::{Completion, ProviderError, wire};

pub use interrupts::{DeferredExit, Interrupts, outlive_size_limits};
pub use pool::Transport;
pub use recorded::{RecordedError, RecordedTable};
pub use sample::{Faults, Purpose, SampleAsk};
pub use secret::{Secret, SecretError};

/// What a caller knows one of its jobs by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ticket(pub u64);

/// One exchange to be made.
#[derive(Clone, Debug)]
pub enum Exchange {
    /// A POST to a server.
    Http {
        /// The request without its secret.
        request: wire::Request,
        /// The most time the whole exchange may take, from the connection to the body's last byte.
        timeout: Duration,
        /// What goes in the header that the request names, where the server wants one.
        secret: Option<Secret>,
    },
    /// An answer from a table.
    Recorded {
        /// The table.
        table: Arc<RecordedTable>,
        /// The columns that are matched and the values they must have.
        matched: Vec<(String, String)>,
    },
    /// An answer made from a schema.
    Sample(SampleAsk),
}

/// An exchange with its ticket.
#[derive(Clone, Debug)]
pub struct Job {
    /// Comes back with the exchange's [`Done`].
    pub ticket: Ticket,
    /// What is to be done.
    pub exchange: Exchange,
}

/// What an exchange brought.
#[derive(Clone, Debug, PartialEq)]
pub enum Reply {
    /// A server's response, for the dialect to decode; of any status.
    Response(wire::Response),
    /// An answer that needs no decoding.
    Completion(Completion),
}

/// An exchange that ended.
#[derive(Clone, Debug)]
pub struct Done {
    /// The ticket of its job.
    pub ticket: Ticket,
    /// How long it took.
    pub duration: Duration,
    /// What it brought.
    pub reply: Result<Reply, ProviderError>,
}

/// What wakes the caller.
#[derive(Clone, Debug)]
#[expect(clippy::large_enum_variant, reason = "nearly every event is an exchange that ended")]
pub enum Event {
    /// An exchange ended.
    Done(Done),
    /// The user asked to stop: once for each Ctrl-C or SIGTERM.
    Interrupt,
}

/// Why the transport could not be set up, or took no job.
#[derive(Debug, thiserror::Error)]
pub enum TransportError {
    /// The pool needs room for one exchange.
    #[error("expected at least 1 exchange in flight, got 0; set llm.max_workers to 1 or more")]
    NoRoom,
    /// The caller has as many exchanges out as the pool was made for.
    #[error("{0} exchanges are in flight already; take an event before submitting another job")]
    Full(usize),
    /// The system gave no threads or timers.
    #[error("could not start the transport's threads: {0}")]
    Runtime(#[source] std::io::Error),
    /// The signals cannot be listened for.
    #[error("could not listen for Ctrl-C: {0}")]
    Signals(#[source] std::io::Error),
}

#[cfg(test)]
mod tests;
