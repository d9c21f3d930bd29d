//! An attempt at a work item, and how a work item ended. Plain values: [`super::item`] makes them, [`super::tape`] records
//! and reads them.

use serde_json::Value;

use super::panel::Opinion;
use crate::record::{AttemptOutcome, WorkStatus};
use crate::schema::JudgeVerdict;

/// An attempt that is decided, as it is recorded.
#[derive(Clone, Debug, PartialEq)]
pub struct Attempt {
    /// 1 for the first.
    pub number: u32,
    /// How it ended.
    pub outcome: AttemptOutcome,
    /// What was wrong, one sentence a line.
    pub detail: Option<String>,
    /// The generation's request (rowid), where one was made.
    pub request: Option<i64>,
    /// The response that it is about (rowid).
    pub response: Option<i64>,
    /// A valid output that did not pass.
    pub output: Option<Value>,
    /// What the judge said, or the judges together.
    pub verdict: Option<JudgeVerdict>,
    /// What each judge said.
    pub opinions: Vec<Opinion>,
    /// What the model answered.
    pub answer: Option<String>,
    /// Which of several candidates it belongs to, 1 for the first.
    pub candidate: Option<u32>,
    /// Its rowid, once it is on record.
    pub id: Option<i64>,
}

impl Attempt {
    /// Whether the provider called the question wrong; that a judge's was called wrong says nothing of the work item.
    #[must_use]
    pub fn is_refused(&self) -> bool {
        self.outcome == AttemptOutcome::BadRequest && self.answer.is_none()
    }
}

/// How a work item ended.
#[derive(Debug)]
pub struct Ended {
    /// The attempt that ended it; none where what is on record is enough.
    pub attempt: Option<Attempt>,
    /// Where it stands.
    pub status: WorkStatus,
    /// The output of an accepted one.
    pub output: Option<Value>,
    /// The attempt of an earlier candidate that decides it, by its rowid.
    pub decided_by: Option<i64>,
    /// How many attempts it took.
    pub attempts: u32,
}
