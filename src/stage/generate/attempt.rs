//! An attempt at a work item, and how a work item ended. Plain values: [`super::item`] makes them, [`super::tape`]
//! records and reads them.

use serde_json::Value;

use super::decide::{self, AfterAttempt};
use super::panel::Opinion;
use crate::evidence::HeldClaim;
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
    /// An output that is valid against the schema but did not pass. Lines of claims are those of the row.
    pub output: Option<Value>,
    /// The claims of the output, in a step with evidence.
    pub claims: Vec<HeldClaim>,
    /// Whether a claim that does not hold allows no further attempt.
    pub is_final: bool,
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

    /// Returns what follows if `max_attempts` are allowed. `had_valid_output` is as for [`decide::after`].
    pub(super) fn followed_by(&self, max_attempts: u32, had_valid_output: bool) -> AfterAttempt {
        let most = if self.is_final { self.number } else { max_attempts };
        decide::after(self.outcome, self.number, most, had_valid_output)
    }
}

/// How a work item ended.
#[derive(Debug)]
pub struct ItemEnd {
    /// The attempt that ended it; `None` if the recorded attempts decide it.
    pub attempt: Option<Attempt>,
    pub status: WorkStatus,
    /// The output, if it is accepted. Lines of claims are those of the document.
    pub output: Option<Value>,
    /// The attempt of an earlier candidate that decides it (rowid).
    pub decided_by: Option<i64>,
    /// How many attempts it took.
    pub attempts: u32,
}
