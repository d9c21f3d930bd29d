//! What goes into the pool and what comes out: a [`Job`] with an [`Exchange`], then an [`Event`] with its [`Reply`].

use std::sync::Arc;
use std::time::Duration;

use super::recorded::RecordedTable;
use super::sample::SampleAsk;
use super::secret::Secret;
use crate::provider::{Completion, FunctionCall, ModelFunction, ProviderError, wire};

/// The caller's number for a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ticket(pub u64);

/// One exchange to be made.
#[derive(Clone, Debug)]
pub enum Exchange {
    /// A request to a server: a POST, or a GET if it has no body.
    Http {
        request: wire::Request,
        /// The time limit of the whole exchange, from the connection to the last byte of the body.
        timeout: Duration,
        /// The secret for the header that the request names, if the server requires one.
        secret: Option<Secret>,
    },
    /// An answer from a table.
    Recorded {
        table: Arc<RecordedTable>,
        /// The columns that select a record, with their values.
        matched: Vec<(String, String)>,
    },
    /// An answer made from a schema.
    Sample(SampleAsk),
    /// An answer of a function of the program, which may block.
    Function { function: ModelFunction, call: Box<FunctionCall> },
}

/// An exchange with its ticket.
#[derive(Clone, Debug)]
pub struct Job {
    /// Returned with the exchange's [`FinishedExchange`].
    pub ticket: Ticket,
    pub exchange: Exchange,
}

/// The result of an exchange.
#[derive(Clone, Debug, PartialEq)]
pub enum Reply {
    /// A server's response of any status, for the dialect to decode.
    Response(wire::Response),
    /// An answer that needs no decoding.
    Completion(Box<Completion>),
}

/// An exchange that ended.
#[derive(Clone, Debug)]
pub struct FinishedExchange {
    pub ticket: Ticket,
    pub duration: Duration,
    pub reply: Result<Reply, ProviderError>,
}

/// What the caller of the pool waits for.
#[derive(Clone, Debug)]
pub enum Event {
    /// An exchange ended.
    Done(FinishedExchange),
    /// The user asked the command to stop. There is one event for each Ctrl-C, SIGTERM or SIGHUP.
    Interrupt,
    /// Another thread has something for the caller (see [`Waker`](super::Waker)).
    Wake,
}
