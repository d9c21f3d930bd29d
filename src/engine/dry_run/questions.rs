//! The questions that a sample of the work items would ask, after those that the tape answers.

use std::collections::HashSet;

use rusqlite::Transaction;
use serde_json::Value;

use super::forecast::Forecast;
use crate::dispatch::Terms;
use crate::engine::error::EngineError;
use crate::project::{Asking, Setup};
use crate::prompt::ContextBuilder;
use crate::record::RequestId;
use crate::schema::{Contract, Sampler};
use crate::stage::generate::tape::{self, Claim, Contexts};
use crate::stage::generate::{ItemInProgress, Purpose, Question, TapeAnswer, Task, Transition};
use crate::store::sql;

/// The questions to one model, counted.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct QuestionCounts {
    pub(super) requests: u64,
    pub(super) input_tokens: u64,
    /// The tokens of a small valid answer.
    pub(super) smallest_output: u64,
}

/// The sampled work items, and their questions.
#[derive(Debug, Default)]
pub(super) struct SampledItems {
    pub(super) items: u64,
    /// Work items that the tape decides.
    pub(super) decided: u64,
    /// Work items whose question cannot be rendered.
    pub(super) unaskable: u64,
    pub(super) images: u64,
    /// Work items whose judges' prompts are not known, since a check fails a made-up answer.
    pub(super) unjudged: u64,
    pub(super) generation: QuestionCounts,
    /// One for each judge.
    pub(super) judges: Vec<QuestionCounts>,
}

/// The terms on which a step asks its models.
#[derive(Debug)]
pub(super) struct StepTerms {
    /// Those of the first attempt.
    pub(super) generation: Terms,
    /// One for each judge.
    pub(super) judges: Vec<Terms>,
}

/// Renders the first open question of every `stride`th work item, and those of the judges after it.
pub(super) fn sample(
    tx: &Transaction<'_>,
    forecast: &Forecast<'_>,
    (setup, asking): (&Setup, &Asking),
    terms: &StepTerms,
    task: &Task,
    context: Option<&ContextBuilder>,
    stride: u64,
) -> Result<SampledItems, EngineError> {
    let mut walk = Walk {
        task,
        terms,
        answer: made_up(&setup.asked),
        verdicts: asking.judges.iter().map(|judge| made_up(judge.contract())).collect(),
        is_part: stride > 1,
        seen: HashSet::new(),
        sampled: SampledItems::default(),
    };
    walk.sampled.generation.smallest_output = terms.generation.counter.count(&walk.answer);
    for (judge, verdict) in terms.judges.iter().zip(&walk.verdicts) {
        let smallest_output = judge.counter.count(verdict);
        walk.sampled.judges.push(QuestionCounts { smallest_output, ..QuestionCounts::default() });
    }
    let mut contexts = Contexts::default();
    for (position, number, after) in forecast.every(stride)? {
        let claim = Claim { after: position - 1, before: position + 1, count: 1 };
        let Some((_, mut work)) = tape::claim(tx, task, context, &mut contexts, claim)?.pop() else { continue };
        (work.sample, work.tape_after) = (number, after);
        walk.sampled.items += 1;
        let mut item = ItemInProgress::new(work, Vec::new());
        match next_question(forecast, task, &mut item)? {
            NextQuestion::Asks(question) => walk.follow(&mut item, &question),
            NextQuestion::Decided => walk.sampled.decided += 1,
            NextQuestion::CannotAsk => walk.sampled.unaskable += 1,
        }
    }
    Ok(walk.sampled)
}

/// Counts the questions of work items as requests, each with a made-up answer to the question before it.
struct Walk<'a> {
    task: &'a Task,
    terms: &'a StepTerms,
    /// A made-up answer of the step, in its form.
    answer: String,
    /// A made-up verdict of each judge.
    verdicts: Vec<String>,
    /// Whether only a part of the work items is counted.
    is_part: bool,
    /// The questions so far, each with who is asked (a judge by its number from 1), and of one about a made-up answer
    /// with the question that has it.
    seen: HashSet<(RequestId, usize, Option<RequestId>)>,
    sampled: SampledItems,
}

impl Walk<'_> {
    /// Counts the open question of a work item, and those that follow from it.
    fn follow(&mut self, item: &mut ItemInProgress, question: &Question) {
        self.sampled.images += question.request.messages.iter().map(|it| it.images.len() as u64).sum::<u64>();
        let judges = self.task.judges();
        let mut origin = None;
        let mut next = match question.purpose {
            Purpose::Generation => {
                self.add(0, question, None);
                origin = Some(question.id);
                0
            }
            Purpose::Judge => {
                let judge = judges.iter().position(|judge| judge.party.route == question.route).unwrap_or(0);
                self.add(judge + 1, question, None);
                judge + 1
            }
        };
        while next < judges.len() {
            let text = if next == 0 { self.answer_to(question) } else { self.verdicts[next - 1].clone() };
            let answer = TapeAnswer::of_text(text);
            let asks = matches!(item.take_answer(self.task, 0, 0, answer), Transition::Ask);
            let Some(question) = item.question(self.task).ok().filter(|_| asks) else {
                // A check fails the made-up answer. The prompts of the judges are then assumed to be as long as the
                // question.
                self.sampled.unjudged += 1;
                return (next..judges.len()).for_each(|judge| self.add(judge + 1, question, origin));
            };
            self.add(next + 1, &question, origin);
            next += 1;
        }
    }

    /// A made-up answer to a question. Its claims quote lines that are there.
    fn answer_to(&self, question: &Question) -> String {
        let quoted = question.quoted.as_ref().and_then(|(evidence, row)| {
            let mut output: Value = serde_json::from_str(&self.answer).ok()?;
            evidence.make_up(row, &mut output);
            Some(output.to_string())
        });
        quoted.unwrap_or_else(|| self.answer.clone())
    }

    /// Counts a question to the model of the step (0) or to a judge (from 1), which may be about the made-up answer to
    /// the question `origin`. Equal questions share one call; in a part of the work items that cannot be told. The
    /// answers to different questions are taken to be different, though the made-up ones are equal.
    fn add(&mut self, who: usize, question: &Question, origin: Option<RequestId>) {
        if !self.is_part && self.task.share && !self.seen.insert((question.id, who, origin)) {
            return;
        }
        let (counts, terms) = match who.checked_sub(1) {
            None => (&mut self.sampled.generation, &self.terms.generation),
            Some(judge) => (&mut self.sampled.judges[judge], &self.terms.judges[judge]),
        };
        counts.requests += 1;
        counts.input_tokens += terms.input_tokens(&question.request);
    }
}

/// What a work item does next after the answers on the tape.
enum NextQuestion {
    Asks(Box<Question>),
    Decided,
    CannotAsk,
}

/// Gives a work item the answers on the tape, up to the first question that the tape does not answer.
fn next_question(forecast: &Forecast<'_>, task: &Task, item: &mut ItemInProgress) -> Result<NextQuestion, EngineError> {
    loop {
        let Ok(question) = item.question(task) else { return Ok(NextQuestion::CannotAsk) };
        let Some((request, call, answer)) = answered(forecast, question.id, item.work.tape_after)? else {
            return Ok(NextQuestion::Asks(Box::new(question)));
        };
        match item.take_answer(task, request, call, answer) {
            Transition::Ask | Transition::TryAgain(_) | Transition::NextCandidate(_) => {}
            Transition::End(_) => return Ok(NextQuestion::Decided),
        }
    }
}

fn answered(forecast: &Forecast<'_>, id: RequestId, after: i64) -> Result<Option<(i64, i64, TapeAnswer)>, EngineError> {
    let Some(record) = forecast.record() else { return Ok(None) };
    let found: Option<i64> = sql::GENERATE_REQUEST_ROWID.first(record, &[(":request_id", &id)], |row| row.get("id"))?;
    let Some(request) = found else { return Ok(None) };
    Ok(tape::answer(record, request, forecast.after.max(after))?.map(|(call, answer)| (request, call, answer)))
}

/// An answer that is valid under a contract, in its form; empty if there is none.
fn made_up(contract: &Contract) -> String {
    let value = Sampler::new(contract.as_written()).and_then(|sampler| sampler.sample(0));
    value.map(|value| contract.form().write(&value)).unwrap_or_default()
}
