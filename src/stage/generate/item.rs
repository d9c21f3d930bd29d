//! A work item on its way: what it asks next, and what an answer makes of it.

mod asking;

use serde_json::Value;

use super::attempt::{Attempt, Ended};
use super::candidate::Candidates;
use super::decide::{self, Answer, Fault, Next};
use super::panel::{self, Opinion};
use super::question::AskError;
use super::task::{Accept, Asks, Judge, Task};
use super::work::Work;
use crate::prompt::Rule;
use crate::provider::ProviderErrorKind;
use crate::record::{AttemptOutcome, Verdict, WorkStatus};
use crate::schema::JudgeVerdict;

/// What a work item comes to before anything is asked.
#[derive(Debug)]
pub enum Start {
    /// It goes on.
    Goes,
    /// It is left out, and why.
    Skipped(String),
}

/// What a work item does after it heard something.
#[derive(Debug)]
pub enum Ruling {
    /// It asks its next question; nothing is decided.
    Ask,
    /// An attempt is decided and did not do; the conversation goes on.
    TryAgain(Attempt),
    /// A candidate is decided, and another one is asked for.
    NextCandidate(Attempt),
    /// The work item is decided.
    End(Ended),
    /// The endpoint takes no request of anyone: the work item stays open.
    Stay,
}

/// The attempt that is under way.
#[derive(Debug, Default)]
struct Current {
    request: Option<i64>,
    response: Option<i64>,
    answer: Option<String>,
    output: Option<Value>,
    /// What the judge said that was no verdict, and what was wrong with it.
    judge_faults: Vec<(String, String)>,
    /// What the judges before it said.
    opinions: Vec<Opinion>,
    /// The judge's last response that had no verdict, with the judge's name.
    no_verdict: Option<(String, i64)>,
}

/// A work item on its way.
#[derive(Debug)]
pub struct Item {
    /// What it is.
    pub work: Work,
    /// The attempts that failed so far and were answered, in order.
    past: Vec<Attempt>,
    /// The latest decision of a person, which stands above all that was tried.
    human: Option<Attempt>,
    /// The latest attempt, where its request was called wrong: asking the same again changes nothing.
    refused: Option<Attempt>,
    failed_before: bool,
    current: Current,
    candidates: Candidates,
}

impl Item {
    /// A work item with the attempts that the record holds for its exact task and sample. Attempts that got no answer
    /// are not part of the conversation.
    #[must_use]
    pub fn new(work: Work, past: Vec<Attempt>) -> Self {
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
            current: Current::default(),
            candidates,
        }
    }

    /// Whether it failed for want of an answer before, and is tried again.
    #[must_use]
    pub fn failed_before(&self) -> bool {
        self.failed_before
    }

    /// Where the record already decides the work item, the last attempt and the status.
    #[must_use]
    pub fn decided(&self) -> Option<(&Attempt, WorkStatus)> {
        if let Some(human) = &self.human {
            return human.outcome.by_a_person().map(|status| (human, status));
        }
        if let Some(refused) = &self.refused {
            return Some((refused, WorkStatus::Failed));
        }
        if self.candidates.any() {
            // Which of them decides is known once all are looked at.
            return None;
        }
        let last = self.past.last()?;
        match decide::after(last.outcome, last.number, self.work.max_attempts, self.had_valid_output()) {
            Next::End(status) => Some((last, status)),
            Next::TryAgain => None,
        }
    }

    /// The number of the attempt that is under way.
    #[must_use]
    pub fn number(&self) -> u32 {
        self.past.last().map_or(1, |last| last.number + 1)
    }

    /// How many attempts were made so far, at all candidates.
    #[must_use]
    pub fn attempts(&self) -> u32 {
        self.candidates.attempts() + self.past.last().map_or(0, |last| last.number)
    }

    fn had_valid_output(&self) -> bool {
        self.past.iter().any(|attempt| attempt.outcome.has_valid_output())
    }

    /// Whether the step's condition lets it go on. What cannot be worked out is a fault of the work item.
    pub fn start(&self, task: &Task) -> Result<Start, AskError> {
        let Some(condition) = &task.when else { return Ok(Start::Goes) };
        match condition.holds(&self.vars(task, self.number())) {
            Ok(true) => Ok(Start::Goes),
            Ok(false) => Ok(Start::Skipped(format!("`when` is not true: {}", condition.source()))),
            Err(error) => Err(AskError::Rule(error)),
        }
    }

    /// Works the output out, where the step has a rule.
    pub fn apply(&mut self, task: &Task, rule: &Rule) -> Ruling {
        match rule.run(&self.vars(task, self.number())) {
            Ok(output) => match decide::check_output(output, &task.contract) {
                Ok(output) => self.check(task, output),
                Err(fault) => self.end(task, Err(fault), None, None),
            },
            Err(error) => self.cannot_ask(task, &AskError::Rule(error)),
        }
    }

    /// Takes the answer to the question it asked: `request` and `response` are rowids.
    pub fn hear(&mut self, task: &Task, request: i64, response: i64, answer: Answer) -> Ruling {
        if let Some(asks) = task.asks()
            && let Some(judge) = asks.judges.get(self.current.opinions.len())
            && let Some(output) = self.current.output.clone()
        {
            self.current.no_verdict = Some((judge.called().to_owned(), response));
            let read = match &judge.rubric {
                None => decide::read_verdict(&answer).map(|verdict| (verdict, None)),
                Some(rubric) => decide::read_rubric(&answer, rubric, judge.min_score)
                    .map(|found| (found.verdict, Some(found.scores))),
            };
            return match read {
                Ok((verdict, scores)) => self.judged(task, asks, Said { judge, response, verdict, scores }, output),
                Err(fault) if self.judge_may_be_asked_again() => {
                    self.current.judge_faults.push((answer.text, fault.detail));
                    Ruling::Ask
                }
                Err(fault) => self.end(task, Err(fault), None, Some(output)),
            };
        }
        self.current.request = Some(request);
        self.current.response = Some(response);
        let mut read = decide::read_output(&answer, &task.contract);
        if task.authors {
            read = read.and_then(|output| decide::read_schema(&answer.text).map(|()| output));
        }
        self.current.answer = Some(answer.text);
        let output = match read {
            Ok(output) => output,
            Err(fault) => return self.end(task, Err(fault), None, None),
        };
        self.check(task, output)
    }

    /// Takes a judge's verdict: another judge is asked, or the attempt is decided.
    fn judged(&mut self, task: &Task, asks: &Asks, said: Said<'_>, output: Value) -> Ruling {
        let Said { judge, response, verdict, scores } = said;
        let weighed = decide::weigh(&verdict, judge.min_score);
        let said = if asks.panel.is_none() && scores.is_none() {
            verdict.clone()
        } else {
            let word = if weighed.is_ok() { Verdict::Pass } else { Verdict::Fail };
            JudgeVerdict { verdict: word, ..verdict.clone() }
        };
        let opinion = Opinion { judge: judge.called().to_owned(), response, verdict: Some(said), scores };
        self.current.opinions.push(opinion);
        self.current.judge_faults.clear();
        self.current.no_verdict = None;
        let Some((rule, min_score)) = asks.panel else {
            return self.end(task, weighed, Some(verdict), Some(output));
        };
        if self.current.opinions.len() < asks.judges.len() {
            return Ruling::Ask;
        }
        let together = panel::together(&self.current.opinions, rule, min_score);
        let result = panel::fault(&together, rule, min_score).map_or(Ok(()), Err);
        self.end(task, result, Some(together), Some(output))
    }

    /// Holds an output that is valid against the schema to the checks, and lets the judge have it where there is one.
    fn check(&mut self, task: &Task, output: Value) -> Ruling {
        if let Err(failures) = task.checks.run(&self.vars(task, self.number()).output(&output)) {
            let lines: Vec<String> = failures.iter().map(|it| it.message.clone()).collect();
            let fault = Fault::new(AttemptOutcome::CheckFailed, lines.join("\n"));
            return self.end(task, Err(fault), None, Some(output));
        }
        if !task.judges().is_empty() {
            self.current.output = Some(output);
            return Ruling::Ask;
        }
        self.end(task, Ok(()), None, Some(output))
    }

    /// Takes that there was no answer to the question it asked.
    pub fn hear_nothing(
        &mut self,
        task: &Task,
        request: i64,
        response: i64,
        kind: ProviderErrorKind,
        message: &str,
    ) -> Ruling {
        let Some(outcome) = decide::unanswered(kind) else { return Ruling::Stay };
        let output = self.current.output.clone();
        if output.is_some() {
            let judge = task.judges().get(self.current.opinions.len()).map_or("judge", Judge::called);
            self.current.no_verdict = Some((judge.to_owned(), response));
        } else {
            self.current.request = Some(request);
            self.current.response = Some(response);
        }
        self.end(task, Err(Fault::new(outcome, message)), None, output)
    }

    /// Takes that its next question cannot be asked.
    pub fn cannot_ask(&mut self, task: &Task, error: &AskError) -> Ruling {
        let outcome = match error {
            AskError::Prompt(_) | AskError::Rule(_) => AttemptOutcome::RenderError,
            AskError::Image(_) => AttemptOutcome::ImageError,
        };
        self.end(task, Err(Fault::new(outcome, error.to_string())), None, None)
    }

    fn judge_may_be_asked_again(&self) -> bool {
        let asked = u32::try_from(self.current.judge_faults.len()).unwrap_or(u32::MAX).saturating_add(1);
        asked < self.work.max_verdicts
    }

    /// Ends the attempt that is under way; `output` is what was valid against the schema, whether it passed or not.
    fn end(
        &mut self,
        task: &Task,
        result: Result<(), Fault>,
        verdict: Option<JudgeVerdict>,
        output: Option<Value>,
    ) -> Ruling {
        let number = self.number();
        let mut current = std::mem::take(&mut self.current);
        if let Some((judge, response)) = current.no_verdict {
            current.opinions.push(Opinion { judge, response, verdict: None, scores: None });
        }
        let (outcome, detail, output, turned_down) = match result {
            Ok(()) => (AttemptOutcome::Accepted, None, output, None),
            Err(fault) => (fault.outcome, Some(fault.detail), None, output),
        };
        let attempt = Attempt {
            number,
            outcome,
            detail,
            request: current.request,
            response: current.response,
            output: turned_down,
            verdict,
            opinions: current.opinions,
            answer: current.answer,
            candidate: task.accept.map(|_| self.candidates.number()),
            id: None,
        };
        let valid = self.had_valid_output() || outcome.has_valid_output();
        match decide::after(outcome, number, self.work.max_attempts, valid) {
            Next::TryAgain => {
                self.past.push(attempt.clone());
                Ruling::TryAgain(attempt)
            }
            Next::End(status) => match task.accept {
                None => {
                    Ruling::End(Ended { attempts: number, decided_by: None, attempt: Some(attempt), status, output })
                }
                Some(accept) => self.candidate_ended(task, accept, attempt, output),
            },
        }
    }

    /// What follows a decided candidate: another one, or the best of them.
    fn candidate_ended(&mut self, task: &Task, accept: Accept, attempt: Attempt, output: Option<Value>) -> Ruling {
        let answered = attempt.outcome.was_answered();
        let mut tried = std::mem::take(&mut self.past);
        tried.push(attempt.clone());
        self.candidates.finish(tried, output);
        if answered && self.candidates.wants_another(accept) {
            return Ruling::NextCandidate(attempt);
        }
        let mut ended = self.candidates.best(&task.contract);
        if !answered && ended.status != WorkStatus::Accepted {
            // Asking again can help: the work item is open for that.
            (ended.status, ended.decided_by) = (WorkStatus::Failed, None);
        }
        Ruling::End(Ended { attempt: Some(attempt), ..ended })
    }

    /// What the candidates on record decide, where no other one is wanted; their outputs are read from their answers.
    pub fn decided_by_candidates(&mut self, task: &Task) -> Option<Ended> {
        let accept = task.accept?;
        if !self.past.is_empty() || !self.candidates.any() || self.candidates.wants_another(accept) {
            return None;
        }
        Some(self.candidates.best(&task.contract))
    }

    /// Takes the rowid of the attempt that was just decided.
    pub fn is_recorded(&mut self, id: i64) {
        match self.past.last_mut() {
            Some(attempt) => attempt.id = Some(id),
            None => self.candidates.is_recorded(id),
        }
    }
}

/// What a judge said.
struct Said<'a> {
    judge: &'a Judge,
    response: i64,
    verdict: JudgeVerdict,
    scores: Option<Value>,
}
