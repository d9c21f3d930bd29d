//! What comes of a row that was given to a live run: [`LiveResult`], or [`Refused`].

use std::fmt;
use std::time::Duration;

use serde_json::Value;

use crate::record::WorkStatus;

/// The name of a batch: rows that were accepted together. It is random, and holds after a restart.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct BatchId(String);

impl BatchId {
    /// The batch that an invocation (by its uid) recorded as a data set (rowid).
    pub(super) fn of(uid: &str, dataset: i64) -> Self {
        Self(format!("{uid}-{dataset}"))
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

/// What came of one row.
#[derive(Clone, Debug)]
pub struct LiveResult {
    /// The place of the row among those that were given together, from 0.
    pub row: usize,
    /// The work item of the row in the first step.
    pub work_id: String,
    pub row_id: String,
    pub status: WorkStatus,
    /// The output of the last step; where that makes several of one row, the list of those that were accepted.
    pub output: Option<Value>,
    /// What the judge said, `PASS` or `FAIL`.
    pub verdict: Option<String>,
    /// From 0 to 100.
    pub score: Option<u8>,
    /// Over all steps.
    pub attempts: u64,
    /// Over all steps and invocations; `None` if the cost of a call is unknown.
    pub cost_usd: Option<f64>,
    /// The model that answered last, as the provider named it.
    pub model: Option<String>,
    /// Whether all of it was on record before this invocation.
    pub from_record: bool,
    /// Why there is no output.
    pub failure: Option<LiveFailure>,
    /// The work items of the last step, where that makes several of one row.
    pub items: Vec<LiveItem>,
}

/// One of several work items that a row became in the last step.
#[derive(Clone, Debug)]
pub struct LiveItem {
    pub work_id: String,
    pub status: WorkStatus,
    pub output: Option<Value>,
    pub failure: Option<LiveFailure>,
}

/// Why a work item has no output.
#[derive(Clone, Debug)]
pub struct LiveFailure {
    /// The outcome of the last attempt, such as `invalid_schema`; else the status.
    pub kind: String,
    pub message: String,
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
