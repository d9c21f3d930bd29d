//! The errors of this room: [`TransportError`] of the pool, [`RecordedError`] of a table, [`SecretError`] of a key.

use std::io;

/// Why the transport could not be started, or refused a job.
#[derive(Debug, thiserror::Error)]
pub enum TransportError {
    /// A pool for no exchange at all.
    #[error("expected at least 1 exchange in flight, found 0")]
    NoRoom,
    /// As many exchanges are in flight as the pool was started for.
    #[error("{0} exchanges are in flight already; take an event before submitting another job")]
    Full(usize),
    /// The system has no threads or timers left.
    #[error("could not start the transport's threads: {0}")]
    Runtime(#[source] io::Error),
    /// The process cannot listen for signals.
    #[error("could not listen for Ctrl-C: {0}")]
    Signals(#[source] io::Error),
}

impl TransportError {
    /// A hint on how to fix it, if the message does not already say so.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::NoRoom => Some("set llm.max_workers to 1 or more".to_owned()),
            Self::Full(_) | Self::Runtime(_) | Self::Signals(_) => None,
        }
    }

    /// Whether the user's input or call is wrong (exit code 2), rather than the world (1).
    #[must_use]
    #[expect(clippy::unused_self, reason = "every error has this method")]
    pub fn is_usage(&self) -> bool {
        false
    }
}

/// A table that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum RecordedError {
    /// `match` is empty.
    #[error("recorded: `match` names no column; name the columns whose values select a record")]
    NothingToMatch,
    /// A column of `match` or of a template is not in the table.
    #[error("recorded: {place} names the column `{column}`, which the table does not have; it has {columns}")]
    UnknownColumn {
        /// `match`, `answer` or `model`.
        place: &'static str,
        column: String,
        /// The table's columns, as a list for people.
        columns: String,
    },
    /// Two columns have the same name.
    #[error("recorded: the table has two columns named `{0}`; rename one of them")]
    DuplicateColumn(String),
    /// A template is not well-formed, or uses a name that does not exist.
    #[error("recorded: the template `{place}` is not usable: {message}")]
    Template {
        /// `answer` or `model`.
        place: &'static str,
        message: String,
    },
    /// A record does not have as many fields as the table has columns.
    #[error("recorded: record {record} has {got} fields, expected {expected} as in the header")]
    Width {
        /// The record's number, 1 for the first after the header.
        record: u64,
        got: usize,
        expected: usize,
    },
    /// A record cannot be read.
    #[error("recorded: record {record} cannot be read: {message}")]
    Record {
        /// The record's number, 1 for the first after the header.
        record: u64,
        message: String,
    },
    /// The scratch file could not be written.
    #[error("recorded: the scratch file cannot be written: {source}; free some space in the temporary directory")]
    Spool {
        #[from]
        source: io::Error,
    },
}

impl RecordedError {
    /// What to do about it. The message says it already.
    #[must_use]
    #[expect(clippy::unused_self, reason = "every error has this method")]
    pub fn hint(&self) -> Option<String> {
        None
    }

    /// Whether the user's input or call is wrong (exit code 2), rather than the world (1). A table is input; a
    /// full temporary directory counts as input too.
    #[must_use]
    #[expect(clippy::unused_self, reason = "every error has this method")]
    pub fn is_usage(&self) -> bool {
        true
    }
}

/// The environment variables of Amazon's tools.
pub(super) const AWS_TOKEN: &str = "AWS_BEARER_TOKEN_BEDROCK";
pub(super) const AWS_ID: &str = "AWS_ACCESS_KEY_ID";
pub(super) const AWS_KEY: &str = "AWS_SECRET_ACCESS_KEY";
pub(super) const AWS_SESSION: &str = "AWS_SESSION_TOKEN";

/// Why there is no secret that could be sent.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum SecretError {
    /// The variable is unset.
    #[error("the environment variable {0} is not set; set it to the provider's key")]
    Missing(String),
    /// The variable is empty.
    #[error("the environment variable {0} is empty; set it to the provider's key")]
    Empty(String),
    /// No HTTP header can carry the variable's value.
    #[error("the environment variable {0} has characters that no HTTP header can carry; expected printable ASCII")]
    Unsendable(String),
    /// None of the variables of Amazon's tools is set.
    #[error(
        "neither {AWS_TOKEN} nor {AWS_ID} is set; set the first to a Bedrock API key, or the second with {AWS_KEY} \
         (and {AWS_SESSION} for temporary ones)"
    )]
    NoAws,
}

impl SecretError {
    /// What to do about it.
    #[must_use]
    #[expect(clippy::unused_self, clippy::unnecessary_wraps, reason = "every error has this method")]
    pub fn hint(&self) -> Option<String> {
        Some(
            "set it with `export NAME=…`, name another one with `llm.api_key_env`, or rehearse without a key: \
             `--provider sample`"
                .to_owned(),
        )
    }

    /// Whether the user's input or call is wrong (exit code 2), rather than the world (1). The environment is input.
    #[must_use]
    #[expect(clippy::unused_self, reason = "every error has this method")]
    pub fn is_usage(&self) -> bool {
        true
    }
}
