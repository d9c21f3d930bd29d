//! An attempt at a work item, and how a work item ended. Plain values: [`super::item`] makes them, [`super::tape`]
//! records and reads them.

use serde_json::Value;

use super::panel::Opinion;
use crate::prompt::Retrieval;
use crate::record::{AttemptOutcome, RetrievalPurpose, WorkStatus};
use crate::schema::JudgeVerdict;

/// A decided attempt, as it is recorded.
#[derive(Clone, Debug, PartialEq)]
pub struct Attempt {
    /// From 1.
    pub number: u32,
    pub outcome: AttemptOutcome,
    /// What was wrong, one sentence per line.
    pub detail: Option<String>,
    /// The request for the generation (rowid), if one was made.
    pub request: Option<i64>,
    /// The response to that request (rowid).
    pub response: Option<i64>,
    /// An output that is valid against the schema but did not pass.
    pub output: Option<Value>,
    /// The judge's verdict, or that of all judges together.
    pub verdict: Option<JudgeVerdict>,
    /// The verdict of each judge.
    pub opinions: Vec<Opinion>,
    /// The model's answer.
    pub answer: Option<String>,
    /// The candidate that it belongs to, from 1, if a work item has several.
    pub candidate: Option<u32>,
    /// What its templates retrieved, in the order in which they were rendered.
    pub retrieved: Vec<AttemptRetrieval>,
    /// Its rowid, once it is recorded.
    pub id: Option<i64>,
}

/// What a call of `retrieve` found in an attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AttemptRetrieval {
    /// What was rendered.
    pub purpose: RetrievalPurpose,
    pub retrieval: Retrieval,
}

impl Attempt {
    /// Returns whether the provider refused the request for the generation as invalid. A refused request to a judge
    /// says nothing about the work item.
    #[must_use]
    pub fn is_refused(&self) -> bool {
        self.outcome == AttemptOutcome::BadRequest && self.answer.is_none()
    }
}

/// How a work item ended.
#[derive(Debug)]
pub struct ItemEnd {
    /// The attempt that ended it; `None` if the recorded attempts decide it.
    pub attempt: Option<Attempt>,
    pub status: WorkStatus,
    /// The output, if it is accepted.
    pub output: Option<Value>,
    /// The attempt of an earlier candidate that decides it (rowid).
    pub decided_by: Option<i64>,
    /// How many attempts it took.
    pub attempts: u32,
}
