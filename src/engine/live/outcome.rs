//! The name of a batch, and why rows are refused. What comes of rows that are taken is in
//! [`view::live`](crate::view::live).

use std::fmt;
use std::time::Duration;

/// The name of a batch: rows that were accepted together. It is random, and holds after a restart.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct BatchId(String);

impl BatchId {
    /// The batch that an invocation (by its uid) recorded as a data set (rowid).
    pub(super) fn of(uid: &str, dataset: i64) -> Self {
        Self(format!("{uid}-{dataset}"))
    }

    /// The batch with this name, and the rowid of its data set; `None` if no batch is named so.
    pub(super) fn read(text: &str) -> Option<(Self, i64)> {
        let (_, dataset) = text.rsplit_once('-')?;
        Some((Self(text.to_owned()), dataset.parse().ok()?))
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for BatchId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Why rows are not taken, or not answered. What was accepted before stays on record in any case.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// A row (by its index, from 0) has other columns or other values than the task's rows have.
    #[error("row {}: {message}", index + 1)]
    Row { index: usize, message: String, hint: String },
    /// No rows were given.
    #[error("there are no rows")]
    NoRows,
    /// More rows than are ever taken at once.
    #[error("{given} rows were given, and at most {most} are taken at once")]
    TooMany { given: usize, most: usize },
    /// Too many rows wait for their decisions.
    #[error("too many rows wait for their answers")]
    Full { retry_after: Duration },
    /// The run is about to end.
    #[error("the service is ending")]
    Draining,
    /// The budget is reached, or the models do not answer. Rows that were accepted stay open on record.
    #[error("{message}")]
    Halted {
        message: String,
        hint: String,
        /// When it will be tried again; `None` if it will not.
        retry_after: Option<Duration>,
    },
}

impl Refused {
    /// What whoever sent the rows can do about it.
    #[must_use]
    pub fn hint(&self) -> String {
        match self {
            Self::Row { hint, .. } | Self::Halted { hint, .. } => hint.clone(),
            Self::NoRows => "send at least one row".to_owned(),
            Self::TooMany { most, .. } => format!("send at most {most} rows at once, or raise the length of the queue"),
            Self::Full { retry_after } => format!("try again in {} s", retry_after.as_secs().max(1)),
            Self::Draining => "send the rows again to the next one; rows that were accepted are on record".to_owned(),
        }
    }

    /// Whether the rows are at fault, and not the state of the service.
    #[must_use]
    pub fn is_usage(&self) -> bool {
        matches!(self, Self::Row { .. } | Self::NoRows | Self::TooMany { .. })
    }
}
