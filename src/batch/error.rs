//! What can stop a batch.

use std::io;

use crate::engine::EngineError;

/// Why a batch did not run to its end. What was answered until then is on record, and the same batch goes on.
///
/// Its [`source`](std::error::Error::source)s say more where there is more; [`hint`](Self::hint) says what to do.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The batch was not put together in a way that could run. Nothing was written.
    #[error("the batch cannot run: {0}")]
    Builder(&'static str),
    /// A value does not serialise to JSON. Nothing was written.
    #[error("`{key}` does not serialise to JSON")]
    Value {
        /// What it is for.
        key: String,
        /// Why not.
        #[source]
        source: serde_json::Error,
    },
    /// An item, or the data that its request carries, does not serialise to JSON. Nothing was written.
    #[error("item {index} does not serialise to JSON")]
    Item {
        /// Its place among the items, from 0.
        index: u64,
        /// Why not.
        #[source]
        source: serde_json::Error,
    },
    /// A request that cannot be recorded as it is. Nothing was written.
    #[error("the request of item {index}: {reason}")]
    Request {
        /// Its place among the items, from 0.
        index: u64,
        /// Why not.
        reason: String,
    },
    /// Some requests have a system message and others have none. Nothing was written.
    #[error("{with} requests have a system message, and {without} have none")]
    MixedSystem {
        /// How many have one.
        with: u64,
        /// How many have none.
        without: u64,
    },
    /// There was nothing to ask about. Nothing was written.
    #[error("there are no items")]
    NoItems,
    /// The items could not be kept in a scratch file, or there was no thread to run on.
    #[error("the system has no room for a scratch file or a thread")]
    Scratch(#[source] io::Error),
    /// The result handler returned an error.
    #[error("the result handler stopped the run: {0}")]
    Handler(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// A work item that was not accepted has no output.
    #[error("work item {work_id} has no output: {message}")]
    NoOutput {
        /// The work item.
        work_id: String,
        /// What became of it.
        message: String,
    },
    /// An output, an item or carried data is not what it was taken for.
    #[error("the {what} of work item {work_id} is of another type")]
    Type {
        /// `output`, `item` or `data`.
        what: &'static str,
        /// The work item.
        work_id: String,
        /// How it differs.
        #[source]
        source: serde_json::Error,
    },
    /// The run itself: configuration, provider, record.
    #[error(transparent)]
    Run(#[from] EngineError),
}

impl Error {
    /// What to do about it, where there is something to say.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::Builder(_) => "name a file with `config`, or give `items`, `schema` and `llm`",
            Self::MixedSystem { .. } => "give the others one too, or one to all with `Batch::system`",
            Self::NoItems => "where that may be, ask before you run the batch",
            Self::Handler(_) => "everything answered so far is on record; run the same batch again to go on",
            Self::NoOutput { .. } => "ask `ItemResult::is_accepted` first, or match on `ItemResult::outcome`",
            Self::Run(error) => return error.hint().map(Into::into),
            Self::Value { .. } | Self::Item { .. } | Self::Request { .. } | Self::Scratch(_) | Self::Type { .. } => {
                return None;
            }
        };
        Some(hint.to_owned())
    }
}
