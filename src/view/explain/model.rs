//! An explanation, as `casebook explain --format json` prints it.

use serde::Serialize;

use super::past::PriorAttempt;
use super::request::UsedRequest;
use crate::view::difference::Difference;

/// Where a work item's latest result comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Basis {
    /// It was decided before the latest run.
    Record,
    /// The latest run decided it from recorded answers, without a call.
    Tape,
    /// The latest run made calls for it.
    Asked,
    /// It is not decided yet.
    Open,
    /// It is skipped or blocked.
    HeldBack,
    /// The latest plan does not have it.
    NotPlanned,
}

impl Basis {
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Record => "record",
            Self::Tape => "tape",
            Self::Asked => "asked",
            Self::Open => "open",
            Self::HeldBack => "held_back",
            Self::NotPlanned => "not_planned",
        }
    }
}

/// The exact task on record that is nearest to the current one.
#[derive(Debug, Serialize)]
pub struct NearestTask {
    /// Its work item, if that is another one.
    pub work_id: Option<String>,
    /// Its last attempt.
    #[serde(flatten)]
    pub past: PriorAttempt,
}

/// A part of the exact task that differs.
#[derive(Debug, PartialEq, Serialize)]
pub struct TaskDifference {
    /// `task`, `input` or `sample`.
    pub about: &'static str,
    #[serde(flatten)]
    pub difference: Difference,
}

/// Why a work item was or was not answered from the record.
#[derive(Debug, Serialize)]
pub struct Explanation {
    pub work_id: String,
    pub step: String,
    /// The number of its row in the input, from 1.
    pub row: Option<i64>,
    pub group: Option<String>,
    pub status: String,
    /// Why it is skipped or blocked.
    pub reason: Option<String>,
    pub basis: Basis,
    /// The latest invocation that planned it.
    pub latest_run: Option<i64>,
    /// The attempt that decided it, else the latest one.
    pub decided: Option<PriorAttempt>,
    /// `None` if the record has no other exact task to compare with.
    pub nearest: Option<NearestTask>,
    /// How the current exact task differs from the nearest one.
    pub differences: Vec<TaskDifference>,
    /// Sentences with further reasons.
    pub notes: Vec<String>,
    /// The requests of the attempts at its exact task.
    pub requests: Vec<UsedRequest>,
}
