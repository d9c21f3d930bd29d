//! The errors of the library.

use std::io;

use crate::engine::EngineError;

/// An error that ended a run, or a value that is not of the type it was read as.
///
/// Everything answered before the error is on record: the same batch, run again, continues from there. The chain of
/// [`source`](std::error::Error::source)s holds the details, and [`hint`](Self::hint) a suggestion.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The batch lacks a part, or has parts that exclude each other. Nothing was written.
    #[error("the batch cannot run: {0}")]
    Builder(&'static str),
    /// The value of a configuration key does not serialise to JSON. Nothing was written.
    #[error("`{key}` does not serialise to JSON")]
    Value {
        /// The configuration key, dotted.
        key: String,
        /// The serialiser's error.
        #[source]
        source: serde_json::Error,
    },
    /// An item, or the data that its request carries, does not serialise to JSON. Nothing was written.
    #[error("item {index} does not serialise to JSON")]
    Item {
        /// The item's index, from 0.
        index: u64,
        /// The serialiser's error.
        #[source]
        source: serde_json::Error,
    },
    /// A request cannot be recorded unchanged. Nothing was written.
    #[error("the request of item {index}: {reason}")]
    Request {
        /// The item's index, from 0.
        index: u64,
        /// What is wrong with the request.
        reason: String,
    },
    /// Some requests have a system message and others have none. Nothing was written.
    #[error("{with} requests have a system message, and {without} have none")]
    MixedSystem {
        /// Number of requests with a system message.
        with: u64,
        /// Number of requests without one.
        without: u64,
    },
    /// The key of an item cannot be made: the item's JSON is of another type than the key is made from. Nothing was
    /// written.
    #[error("the key of item {index} cannot be made: its JSON is of another type")]
    Key {
        /// The item's index, from 0.
        index: u64,
        /// The deserialiser's error.
        #[source]
        source: serde_json::Error,
    },
    /// The key of an item is empty. Nothing was written.
    #[error("the key of item {index} is empty")]
    EmptyKey {
        /// The item's index, from 0.
        index: u64,
    },
    /// Two items have the same key. Nothing was written.
    #[error("items {first} and {second} have the same key `{key}`")]
    KeyTwice {
        /// The key.
        key: String,
        /// The index of the first of them, from 0.
        first: u64,
        /// The index of the second.
        second: u64,
    },
    /// The scratch file for the items could not be written, or the run's thread could not be started.
    #[error("cannot write the scratch file of the items, or start the run's thread")]
    Scratch(#[source] io::Error),
    /// The result handler returned an error.
    #[error("the result handler stopped the run: {0}")]
    Handler(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// [`ItemResult::output_as`](crate::ItemResult::output_as) was called on a result that is not accepted.
    #[error("work item {work_id} has no output: {message}")]
    NoOutput {
        /// The id of the work item.
        work_id: String,
        /// Why it has no output: its failure's message, or why it was skipped.
        message: String,
    },
    /// An output, an item or carried data does not deserialise to the wanted type.
    #[error("the {what} of work item {work_id} is of another type")]
    Type {
        /// `output`, `item` or `data`.
        what: &'static str,
        /// The id of the work item.
        work_id: String,
        /// The deserialiser's error.
        #[source]
        source: serde_json::Error,
    },
    /// The run itself failed: because of its configuration, its provider or its run file.
    #[error(transparent)]
    Run(RunError),
}

/// An error of the engine. It displays as one line, like the errors of the command `casebook`.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub struct RunError(EngineError);

impl Error {
    pub(super) fn run(error: EngineError) -> Self {
        Self::Run(RunError(error))
    }

    /// A hint on how to fix the error, if there is one.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::Builder(_) => "name a file with `config`, or give `items`, `schema` and `llm`",
            Self::MixedSystem { .. } => "give the others one too, or one to all with `Batch::system`",
            Self::Key { .. } => "name the type of the items in the closure, or `serde_json::Value`",
            Self::KeyTwice { .. } => "make the key of what tells the items apart, or leave `Batch::key` out",
            Self::Handler(_) => "everything answered so far is on record; run the same batch again to continue",
            Self::NoOutput { .. } => "ask `ItemResult::is_accepted` first, or match on `ItemResult::outcome`",
            Self::Run(RunError(error)) => return error.hint().map(Into::into),
            Self::Value { .. }
            | Self::Item { .. }
            | Self::EmptyKey { .. }
            | Self::Request { .. }
            | Self::Scratch(_)
            | Self::Type { .. } => return None,
        };
        Some(hint.to_owned())
    }
}
