//! Several candidates for a work item: each is a conversation of its own under its own sample number, and the best of
//! those that are accepted is taken.

use serde_json::Value;

use super::attempt::{Attempt, Ended};
use super::decide::{self, Answer, Next};
use super::task::Accept;
use crate::provider::Finish;
use crate::record::{AttemptOutcome, WorkStatus};
use crate::schema::Contract;

/// A candidate that is decided: its attempts in order, and its output where that is at hand.
#[derive(Debug)]
struct Candidate {
    tried: Vec<Attempt>,
    output: Option<Value>,
}

/// The candidates for a work item that are decided.
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
    /// The candidates on record that are decided, and the attempts of the one that is under way. Attempts without a
    /// candidate belong to the only one there is.
    pub(super) fn of(past: Vec<Attempt>, max_attempts: u32) -> (Self, Vec<Attempt>) {
        let mut decided = Self::default();
        let mut under_way: Vec<Attempt> = Vec::new();
        for attempt in past {
            // A candidate ends where the next begins, however many attempts it may have now.
            if under_way.last().is_some_and(|last| last.candidate != attempt.candidate) {
                decided.finish(std::mem::take(&mut under_way), None);
            }
            under_way.push(attempt);
        }
        let valid = under_way.iter().any(|it| it.outcome.has_valid_output());
        let last = under_way.last().filter(|it| it.candidate.is_some());
        let ended = last.map(|it| decide::after(it.outcome, it.number, max_attempts, valid));
        if matches!(ended, Some(Next::End(_))) {
            decided.finish(std::mem::take(&mut under_way), None);
        }
        (decided, under_way)
    }

    /// Whether any is decided.
    pub(super) fn any(&self) -> bool {
        !self.0.is_empty()
    }

    /// The number of the one that is under way.
    pub(super) fn number(&self) -> u32 {
        u32::try_from(self.0.len()).unwrap_or(u32::MAX).saturating_add(1)
    }

    /// How many attempts they took.
    pub(super) fn attempts(&self) -> u32 {
        u32::try_from(self.0.iter().map(|it| it.tried.len()).sum::<usize>()).unwrap_or(u32::MAX)
    }

    pub(super) fn finish(&mut self, tried: Vec<Attempt>, output: Option<Value>) {
        self.0.push(Candidate { tried, output });
    }

    pub(super) fn is_recorded(&mut self, id: i64) {
        if let Some(attempt) = self.0.last_mut().and_then(|it| it.tried.last_mut()) {
            attempt.id = Some(id);
        }
    }

    /// Whether another candidate may change what is taken.
    pub(super) fn wants_another(&self, accept: Accept) -> bool {
        let accepted = self.0.iter().filter(|it| it.is_accepted()).count();
        accepted < accept.outputs && self.number() <= accept.candidates
    }

    /// What they come to: the accepted one with the best score, the first of equals. Without one, whatever says most:
    /// the last one that had a valid output, or else the last.
    pub(super) fn best(&self, contract: &Contract) -> Ended {
        let attempts = self.attempts();
        let accepted = self.0.iter().rev().filter(|it| it.is_accepted());
        if let Some(best) = accepted.max_by_key(|it| it.score()) {
            let read = || {
                let text = best.last().and_then(|it| it.answer.clone())?;
                decide::read_output(&Answer { text, finish: Finish::Stop }, contract).ok()
            };
            let output = best.output.clone().or_else(read);
            let decided_by = best.last().and_then(|it| it.id);
            return Ended { attempt: None, status: WorkStatus::Accepted, output, decided_by, attempts };
        }
        let valid = self.0.iter().rev().find(|it| it.had_valid_output());
        let says_most = valid.or(self.0.last());
        let status = if valid.is_some() { WorkStatus::Rejected } else { WorkStatus::Failed };
        let decided_by = says_most.and_then(Candidate::last).and_then(|it| it.id);
        Ended { attempt: None, status, output: None, decided_by, attempts }
    }
}
