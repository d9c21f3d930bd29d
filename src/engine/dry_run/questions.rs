//! The questions that a sample of the work items would ask, after those that the tape answers.

use std::collections::HashSet;

use rusqlite::Transaction;

use super::forecast::Forecast;
use crate::dispatch::Terms;
use crate::engine::error::EngineError;
use crate::project::{JudgeSetup, Setup};
use crate::prompt::ContextBuilder;
use crate::record::RequestId;
use crate::schema::{Sampler, verdict_contract};
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
    generation: QuestionCounts,
    judge: QuestionCounts,
}

impl SampledItems {
    pub(super) fn of(&self, purpose: Purpose) -> QuestionCounts {
        match purpose {
            Purpose::Generation => self.generation,
            Purpose::Judge => self.judge,
        }
    }
}

/// Renders the first open question of every `stride`th work item.
pub(super) fn sample(
    tx: &Transaction<'_>,
    forecast: &Forecast<'_>,
    setup: &Setup,
    terms: &(Terms, Option<Terms>),
    task: &Task,
    context: Option<&ContextBuilder>,
    stride: u64,
) -> Result<SampledItems, EngineError> {
    let (generation, judge) = terms;
    let made_up = made_up(setup.contract.closed());
    let verdict = made_up_verdict(setup);
    let mut sampled = SampledItems::default();
    sampled.generation.smallest_output = generation.counter.count(&made_up);
    if let Some(judge) = judge {
        sampled.judge.smallest_output = judge.counter.count(&verdict);
    }
    let mut counter = QuestionCounter { is_part: stride > 1, shares: task.share, seen: HashSet::new() };
    let mut contexts = Contexts::default();
    for (position, number) in forecast.every(stride)? {
        let claim = Claim { after: position - 1, before: position + 1, count: 1 };
        let Some((_, mut work)) = tape::claim(tx, task, context, &mut contexts, claim)?.pop() else { continue };
        work.sample = number;
        sampled.items += 1;
        let mut item = ItemInProgress::new(work, Vec::new());
        let question = match next_question(forecast, task, &mut item)? {
            NextQuestion::Asks(question) => question,
            NextQuestion::Decided => {
                sampled.decided += 1;
                continue;
            }
            NextQuestion::CannotAsk => {
                sampled.unaskable += 1;
                continue;
            }
        };
        sampled.images += question.request.messages.iter().map(|it| it.images.len() as u64).sum::<u64>();
        match (question.purpose, judge) {
            (Purpose::Judge, Some(judge)) => counter.add(&mut sampled.judge, &question, judge),
            (_, judge) => {
                counter.add(&mut sampled.generation, &question, generation);
                if let Some(judge) = judge {
                    // The judge is shown a made-up answer, since there is none yet.
                    let answer = TapeAnswer::of_text(made_up.clone());
                    let asks = matches!(item.take_answer(task, 0, 0, answer), Transition::Ask);
                    match item.question(task).ok().filter(|_| asks) {
                        Some(question) => counter.add(&mut sampled.judge, &question, judge),
                        // A check fails the made-up answer; the judge's prompt is then assumed to be as long as the
                        // question.
                        None => counter.add(&mut sampled.judge, &question, judge),
                    }
                }
            }
        }
    }
    Ok(sampled)
}

/// Counts questions as requests. Equal questions share one call; in a part of the work items that cannot be told.
struct QuestionCounter {
    is_part: bool,
    shares: bool,
    seen: HashSet<(RequestId, &'static str)>,
}

impl QuestionCounter {
    fn add(&mut self, counts: &mut QuestionCounts, question: &Question, terms: &Terms) {
        if self.is_part || !self.shares || self.seen.insert((question.id, question.purpose.as_str())) {
            counts.requests += 1;
            counts.input_tokens += terms.input_tokens(&question.request);
        }
    }
}

/// What a work item does next after the answers on the tape.
enum NextQuestion {
    Asks(Question),
    Decided,
    CannotAsk,
}

/// Gives a work item the answers on the tape, up to the first question that the tape does not answer.
fn next_question(forecast: &Forecast<'_>, task: &Task, item: &mut ItemInProgress) -> Result<NextQuestion, EngineError> {
    loop {
        let Ok(question) = item.question(task) else { return Ok(NextQuestion::CannotAsk) };
        let Some((request, call, answer)) = answered(forecast, question.id)? else {
            return Ok(NextQuestion::Asks(question));
        };
        match item.take_answer(task, request, call, answer) {
            Transition::Ask | Transition::TryAgain(_) | Transition::NextCandidate(_) => {}
            Transition::End(_) => return Ok(NextQuestion::Decided),
        }
    }
}

fn answered(forecast: &Forecast<'_>, id: RequestId) -> Result<Option<(i64, i64, TapeAnswer)>, EngineError> {
    let Some(record) = forecast.record() else { return Ok(None) };
    let found: Option<i64> = sql::GENERATE_REQUEST_ROWID.first(record, &[(":request_id", &id)], |row| row.get("id"))?;
    let Some(request) = found else { return Ok(None) };
    Ok(tape::answer(record, request, forecast.after)?.map(|(call, answer)| (request, call, answer)))
}

fn made_up(schema: &serde_json::Value) -> String {
    let sample = Sampler::new(schema).and_then(|sampler| sampler.sample(0));
    sample.map(|value| value.to_string()).unwrap_or_default()
}

fn made_up_verdict(setup: &Setup) -> String {
    let judge = setup.asking.as_ref().and_then(|asking| asking.judges.first());
    made_up(judge.map_or_else(|| verdict_contract(), JudgeSetup::contract).closed())
}
