//! [`ItemInProgress`]: a work item in progress. It asks a question, and what comes back decides what follows.

mod asking;
mod evidence;
mod judging;
mod retrieved;
mod row_call;

use std::borrow::Cow;

use serde_json::Value;

use super::attempt::{Attempt, ItemEnd};
use super::candidate::Candidates;
use super::claimed::ClaimedItem;
use super::decide::{self, AfterAttempt, Fault};
use super::panel::Opinion;
use super::question::AskError;
use super::reading::TapeAnswer;
use super::task::{CandidateRule, Task, TaskJudge};
use crate::evidence::HeldClaim;
use crate::prompt::Rule;
use crate::provider::ProviderErrorKind;
use crate::record::{AttemptOutcome, WorkStatus};
use crate::schema::JudgeVerdict;
use retrieved::{Rendered, Retrievals};

/// Whether a work item is processed at all.
#[derive(Debug)]
pub enum ItemStart {
    Goes,
    /// The condition of its step is not met; the text says so.
    Skipped(String),
}

/// What follows for a work item from an answer, a failure or a computed output.
#[derive(Debug)]
pub enum Transition {
    /// It asks its next question. Nothing is decided yet.
    Ask,
    /// The attempt is decided and was not accepted; the conversation continues.
    TryAgain(Attempt),
    /// A candidate is decided, and another one is asked for.
    NextCandidate(Attempt),
    /// The work item is decided.
    End(ItemEnd),
}

/// The attempt in progress.
#[derive(Debug, Default)]
struct CurrentAttempt {
    request: Option<i64>,
    response: Option<i64>,
    answer: Option<String>,
    output: Option<Value>,
    /// The claims of the output.
    claims: Vec<HeldClaim>,
    /// Whether a claim that does not hold allows no further attempt.
    is_final: bool,
    /// Answers of the current judge that were no verdict, each with what was wrong with it.
    judge_faults: Vec<(String, String)>,
    /// The verdicts of the judges before it.
    opinions: Vec<Opinion>,
    /// The name of the judge whose latest response had no verdict, and that response (rowid).
    no_verdict: Option<(String, i64)>,
}

/// A work item in progress.
#[derive(Debug)]
pub struct ItemInProgress {
    pub work: ClaimedItem,
    /// The answered attempts that were not accepted so far, in order.
    past: Vec<Attempt>,
    /// The latest decision of a person, which takes precedence over all attempts.
    human: Option<Attempt>,
    /// The latest attempt, if the provider refused its request as invalid: the same request would be refused again.
    refused: Option<Attempt>,
    failed_before: bool,
    current: CurrentAttempt,
    candidates: Candidates,
    /// What its templates retrieved in the attempt in progress.
    retrieved: Retrievals,
}

impl ItemInProgress {
    /// Creates an item from the recorded attempts at its exact task and sample. Attempts without an answer are not part
    /// of the conversation.
    #[must_use]
    pub fn new(work: ClaimedItem, past: Vec<Attempt>) -> Self {
        let (mut by_people, past): (Vec<_>, Vec<_>) =
            past.into_iter().partition(|it| it.outcome.by_a_person().is_some());
        let refused = past.last().filter(|it| it.is_refused()).cloned();
        let (past, unanswered): (Vec<_>, Vec<_>) = past.into_iter().partition(|it| it.outcome.was_answered());
        let (candidates, past) = Candidates::of(past, work.max_attempts);
        Self {
            work,
            past,
            human: by_people.pop(),
            refused,
            failed_before: !unanswered.is_empty(),
            current: CurrentAttempt::default(),
            candidates,
            retrieved: Retrievals::default(),
        }
    }

    /// Returns whether an earlier attempt got no answer.
    #[must_use]
    pub fn failed_before(&self) -> bool {
        self.failed_before
    }

    /// Returns the deciding attempt and the status if the recorded attempts decide the work item already.
    #[must_use]
    pub fn decided(&self) -> Option<(&Attempt, WorkStatus)> {
        if let Some(human) = &self.human {
            return human.outcome.by_a_person().map(|status| (human, status));
        }
        if let Some(refused) = &self.refused {
            return Some((refused, WorkStatus::Failed));
        }
        if self.candidates.any() {
            // Which of them decides is known only once all of them are compared.
            return None;
        }
        let last = self.past.last()?;
        match last.followed_by(self.work.max_attempts, self.had_valid_output()) {
            AfterAttempt::End(status) => Some((last, status)),
            AfterAttempt::TryAgain => None,
        }
    }

    /// Returns the number of the attempt in progress, from 1.
    #[must_use]
    pub fn number(&self) -> u32 {
        self.past.last().map_or(1, |last| last.number + 1)
    }

    /// Returns how many attempts were made so far, over all candidates.
    #[must_use]
    pub fn attempts(&self) -> u32 {
        self.candidates.attempts() + self.past.last().map_or(0, |last| last.number)
    }

    fn had_valid_output(&self) -> bool {
        self.past.iter().any(|attempt| attempt.outcome.has_valid_output())
    }

    /// Evaluates the condition of the step. An error in it is a failure of the work item, and so is an error in place
    /// of its request.
    pub fn start(&self, task: &Task) -> Result<ItemStart, AskError> {
        self.row_call(task)?;
        if let Some(missing) = self.missing_gold(task) {
            return Ok(ItemStart::Skipped(format!("there is no gold answer `{missing}`")));
        }
        let Some(condition) = &task.when else { return Ok(ItemStart::Goes) };
        let holds = condition.holds(&self.vars(task, self.number()));
        // Whether it is tried at all is no part of an attempt.
        self.retrieved.keep(None);
        match holds {
            Ok(true) => Ok(ItemStart::Goes),
            Ok(false) => Ok(ItemStart::Skipped(format!("`when` is not true: {}", condition.source()))),
            Err(error) => Err(AskError::Rule(error)),
        }
    }

    /// The first gold value that its prompt reads and its row or group does not have.
    fn missing_gold<'t>(&self, task: &'t Task) -> Option<&'t String> {
        let is_there = |name: &&String| self.work.gold.as_ref().is_some_and(|gold| !gold[name.as_str()].is_null());
        task.gold.iter().find(|name| !is_there(name))
    }

    /// Computes the output with the rule of the step.
    pub fn apply(&mut self, task: &Task, rule: &Rule) -> Transition {
        let output = rule.run(&self.vars(task, self.number()));
        self.retrieved.keep(Some(Rendered::Rule));
        match output {
            Ok(output) => match decide::check_output(output, &task.contract) {
                Ok(output) => self.check(task, output),
                Err(fault) => self.end(task, Err(fault), None, None),
            },
            Err(error) => self.cannot_ask(task, &AskError::Rule(error)),
        }
    }

    /// Takes the answer to its question; `request` and `response` are rowids.
    pub fn take_answer(&mut self, task: &Task, request: i64, response: i64, answer: TapeAnswer) -> Transition {
        if let Some(asks) = task.asks()
            && let Some(judge) = asks.judges.get(self.current.opinions.len())
            && let Some(output) = self.current.output.clone()
        {
            return self.take_verdict(task, asks, judge, (response, answer), output);
        }
        self.current.request = Some(request);
        self.current.response = Some(response);
        let answer = task.reading().apply(answer);
        let mut read = decide::read_output(&answer, &task.contract);
        if task.authors {
            read = read.and_then(|output| decide::read_schema(&answer.text).map(|()| output));
        }
        self.current.answer = Some(answer.text);
        match read {
            Ok(output) => self.check(task, output),
            Err(fault) => self.end(task, Err(fault), None, None),
        }
    }

    /// Holds the claims of an output that is valid against the schema, runs the checks on it, and asks for a verdict if
    /// there is a judge.
    fn check(&mut self, task: &Task, mut output: Value) -> Transition {
        if let Err(fault) = self.hold(task, &mut output) {
            let output = Some(output).filter(|_| fault.outcome.has_valid_output());
            return self.end(task, Err(fault), None, output);
        }
        let seen = self.in_document(task, Cow::Borrowed(&output));
        let checked = task.checks.run(&self.vars(task, self.number()).output(&seen));
        self.retrieved.keep(Some(Rendered::Checks));
        if let Err(failures) = checked {
            let lines: Vec<String> = failures.iter().map(|it| it.message.clone()).collect();
            let fault = Fault::new(AttemptOutcome::CheckFailed, lines.join("\n"));
            return self.end(task, Err(fault), None, Some(output));
        }
        if !task.judges().is_empty() {
            self.current.output = Some(output);
            return Transition::Ask;
        }
        self.end(task, Ok(()), None, Some(output))
    }

    /// Takes the failure of its request: there is no answer.
    pub fn take_failure(
        &mut self,
        task: &Task,
        request: i64,
        response: i64,
        kind: ProviderErrorKind,
        message: &str,
    ) -> Transition {
        let outcome = decide::unanswered(kind);
        let output = self.current.output.clone();
        if output.is_some() {
            let judge = task.judges().get(self.current.opinions.len()).map_or("judge", TaskJudge::recorded_name);
            self.current.no_verdict = Some((judge.to_owned(), response));
        } else {
            self.current.request = Some(request);
            self.current.response = Some(response);
        }
        self.end(task, Err(Fault::new(outcome, message)), None, output)
    }

    /// Ends the attempt because its next question cannot be asked.
    pub fn cannot_ask(&mut self, task: &Task, error: &AskError) -> Transition {
        let outcome = match error {
            AskError::Prompt(_) | AskError::Rule(_) => AttemptOutcome::RenderError,
            AskError::Image(_) => AttemptOutcome::ImageError,
            AskError::Request(_) => AttemptOutcome::RequestError,
        };
        self.end(task, Err(Fault::new(outcome, error.to_string())), None, None)
    }

    /// Ends the attempt in progress. `output` is valid against the schema, whether it passed or not.
    fn end(
        &mut self,
        task: &Task,
        result: Result<(), Fault>,
        verdict: Option<JudgeVerdict>,
        output: Option<Value>,
    ) -> Transition {
        let number = self.number();
        let mut current = std::mem::take(&mut self.current);
        if let Some((judge, response)) = current.no_verdict {
            current.opinions.push(Opinion { judge, response, verdict: None, scores: None });
        }
        let (outcome, detail, output, turned_down) = match result {
            Ok(()) => {
                let output = output.map(|output| self.in_document(task, Cow::Owned(output)).into_owned());
                (AttemptOutcome::Accepted, None, output, None)
            }
            Err(fault) => (fault.outcome, Some(fault.detail), None, output),
        };
        let attempt = Attempt {
            number,
            outcome,
            detail,
            request: current.request,
            response: current.response,
            output: turned_down,
            claims: current.claims,
            is_final: current.is_final,
            verdict,
            opinions: current.opinions,
            answer: current.answer,
            candidate: task.accept.map(|_| self.candidates.number()),
            retrieved: self.retrieved.take(),
            id: None,
        };
        let valid = self.had_valid_output() || outcome.has_valid_output();
        match attempt.followed_by(self.work.max_attempts, valid) {
            AfterAttempt::TryAgain => {
                self.past.push(attempt.clone());
                Transition::TryAgain(attempt)
            }
            AfterAttempt::End(status) => match task.accept {
                None => Transition::End(ItemEnd {
                    attempts: number,
                    decided_by: None,
                    attempt: Some(attempt),
                    status,
                    output,
                }),
                Some(accept) => self.candidate_ended(task, accept, attempt, output),
            },
        }
    }

    /// Returns what follows a decided candidate: another one, or the end with the best of them.
    fn candidate_ended(
        &mut self,
        task: &Task,
        accept: CandidateRule,
        attempt: Attempt,
        output: Option<Value>,
    ) -> Transition {
        let answered = attempt.outcome.was_answered();
        let mut tried = std::mem::take(&mut self.past);
        tried.push(attempt.clone());
        self.candidates.finish(tried, output);
        if answered && self.candidates.wants_another(accept) {
            return Transition::NextCandidate(attempt);
        }
        let mut ended = self.best_candidate(task);
        if !answered && ended.status != WorkStatus::Accepted {
            // A later run may get an answer, so the work item must not count as decided by an earlier candidate.
            (ended.status, ended.decided_by) = (WorkStatus::Failed, None);
        }
        Transition::End(ItemEnd { attempt: Some(attempt), ..ended })
    }

    /// Returns what the recorded candidates decide if no other one is wanted. Outputs are read from their answers.
    pub fn decided_by_candidates(&mut self, task: &Task) -> Option<ItemEnd> {
        let accept = task.accept?;
        if !self.past.is_empty() || !self.candidates.any() || self.candidates.wants_another(accept) {
            return None;
        }
        Some(self.best_candidate(task))
    }

    fn best_candidate(&self, task: &Task) -> ItemEnd {
        let keeps_thoughts = task.reading().keeps_thoughts;
        self.candidates.best(&|answer| {
            let output = decide::output_in(answer, keeps_thoughts, &task.contract).ok()?;
            Some(self.accepted_output(task, output))
        })
    }

    /// Stores the rowid of the attempt that was just decided and recorded.
    pub fn is_recorded(&mut self, id: i64) {
        match self.past.last_mut() {
            Some(attempt) => attempt.id = Some(id),
            None => self.candidates.is_recorded(id),
        }
    }
}
