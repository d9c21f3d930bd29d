//! Several candidates for a work item. Each is a conversation of its own under its own sample number; the best of the
//! accepted ones is taken.

use serde_json::Value;

use super::attempt::{Attempt, ItemEnd};
use super::decide::AfterAttempt;
use super::task::CandidateRule;
use crate::record::{AttemptOutcome, WorkStatus};

/// A decided candidate: its attempts in order, and its output unless it was read from the run file.
#[derive(Debug)]
struct Candidate {
    tried: Vec<Attempt>,
    output: Option<Value>,
}

/// The decided candidates for a work item.
#[derive(Debug, Default)]
pub(super) struct Candidates(Vec<Candidate>);

impl Candidate {
    fn last(&self) -> Option<&Attempt> {
        self.tried.last()
    }

    fn is_accepted(&self) -> bool {
        self.last().is_some_and(|it| it.outcome == AttemptOutcome::Accepted)
    }

    fn score(&self) -> Option<u8> {
        self.last().and_then(|it| it.verdict.as_ref()).map(|it| it.score)
    }

    fn had_valid_output(&self) -> bool {
        self.tried.iter().any(|it| it.outcome.has_valid_output())
    }
}

impl Candidates {
    /// Splits recorded attempts into the decided candidates and the attempts of the one in progress. Attempts without a
    /// candidate number belong to the one in progress.
    pub(super) fn of(past: Vec<Attempt>, max_attempts: u32) -> (Self, Vec<Attempt>) {
        let mut decided = Self::default();
        let mut current: Vec<Attempt> = Vec::new();
        for attempt in past {
            // A candidate ends where the next one begins, even if more attempts are allowed by now.
            if current.last().is_some_and(|last| last.candidate != attempt.candidate) {
                decided.finish(std::mem::take(&mut current), None);
            }
            current.push(attempt);
        }
        let valid = current.iter().any(|it| it.outcome.has_valid_output());
        let last = current.last().filter(|it| it.candidate.is_some());
        let ended = last.map(|it| it.followed_by(max_attempts, valid));
        if matches!(ended, Some(AfterAttempt::End(_))) {
            decided.finish(std::mem::take(&mut current), None);
        }
        (decided, current)
    }

    /// Returns whether any candidate is decided.
    pub(super) fn any(&self) -> bool {
        !self.0.is_empty()
    }

    /// Returns the number of the candidate in progress, from 1.
    pub(super) fn number(&self) -> u32 {
        u32::try_from(self.0.len()).unwrap_or(u32::MAX).saturating_add(1)
    }

    /// Returns how many attempts they took together.
    pub(super) fn attempts(&self) -> u32 {
        u32::try_from(self.0.iter().map(|it| it.tried.len()).sum::<usize>()).unwrap_or(u32::MAX)
    }

    pub(super) fn finish(&mut self, tried: Vec<Attempt>, output: Option<Value>) {
        self.0.push(Candidate { tried, output });
    }

    /// Stores the rowid of the latest attempt at the latest candidate.
    pub(super) fn is_recorded(&mut self, id: i64) {
        if let Some(attempt) = self.0.last_mut().and_then(|it| it.tried.last_mut()) {
            attempt.id = Some(id);
        }
    }

    /// Returns whether another candidate is needed.
    pub(super) fn wants_another(&self, accept: CandidateRule) -> bool {
        let accepted = self.0.iter().filter(|it| it.is_accepted()).count();
        accepted < accept.outputs && self.number() <= accept.candidates
    }

    /// Returns the end of the work item: by the accepted candidate with the best score (the first of equals), otherwise
    /// by the last one that had a valid output, otherwise by the last one.
    /// `read` makes an output of the answer of a recorded attempt.
    pub(super) fn best(&self, read: &dyn Fn(&str) -> Option<Value>) -> ItemEnd {
        let attempts = self.attempts();
        let accepted = self.0.iter().rev().filter(|it| it.is_accepted());
        if let Some(best) = accepted.max_by_key(|it| it.score()) {
            let read = || read(best.last().and_then(|it| it.answer.as_deref())?);
            let output = best.output.clone().or_else(read);
            let decided_by = best.last().and_then(|it| it.id);
            return ItemEnd { attempt: None, status: WorkStatus::Accepted, output, decided_by, attempts };
        }
        let valid = self.0.iter().rev().find(|it| it.had_valid_output());
        let deciding = valid.or(self.0.last());
        let status = if valid.is_some() { WorkStatus::Rejected } else { WorkStatus::Failed };
        let decided_by = deciding.and_then(Candidate::last).and_then(|it| it.id);
        ItemEnd { attempt: None, status, output: None, decided_by, attempts }
    }
}
