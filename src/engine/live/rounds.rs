//! The loop of a live run: it begins anew after a stop that may pass.

use std::time::{Duration, Instant};

use super::admission::LiveAdmission;
use super::door::LiveDoor;
use super::options::LiveOptions;
use super::outcome::Refused;
use crate::dispatch::{self, AnswerSource, GenerationSummary, LoopWork, Models, StepSummary, Stop};
use crate::engine::error::EngineError;
use crate::engine::pipeline::Pipeline;
use crate::engine::planned::Planned;
use crate::transport::{Event, Transport};

/// How long a live run rests before it asks a model again that did not answer, at first and at most.
const FIRST_REST: Duration = Duration::from_secs(5);
const LONGEST_REST: Duration = Duration::from_mins(2);

/// The loop of a live run, which begins anew after each stop.
pub(super) struct LiveWork<'w, 'a, 'o> {
    pub(super) options: &'w LiveOptions,
    pub(super) pipeline: &'w mut Pipeline<'a, 'o>,
    pub(super) planned: &'w Planned,
    pub(super) models: &'w Models,
    pub(super) door: &'w LiveDoor,
    pub(super) admission: LiveAdmission<'w>,
}

/// How a rest ended.
#[derive(PartialEq, Eq)]
enum Rest {
    /// It is over.
    Over,
    /// The door was closed, or the user stopped it.
    Closed,
}

impl LiveWork<'_, '_, '_> {
    /// Works until no more rows may come, or until what stops it is no matter of waiting.
    pub(super) fn run(&mut self) -> Result<(), EngineError> {
        let mut rest = FIRST_REST;
        loop {
            let answered = self.generate()?;
            let generated = &self.pipeline.outcome.generated;
            if generated.interrupted {
                return Ok(());
            }
            let why = match (&generated.stopped, &generated.budget) {
                (None, None) => return Ok(()),
                (Some(stop), _) => {
                    // A stop that a person has set stays one.
                    let again = (!matches!(stop, Stop::TooMany { .. })).then_some(rest);
                    let hint = match again {
                        Some(_) => {
                            "the service tries again by itself, and then decides what it has accepted".to_owned()
                        }
                        None => format!("what was accepted stays on record and is decided later; {}", stop.hint()),
                    };
                    Refused::Halted { message: stop.to_string(), hint, retry_after: again }
                }
                (None, Some(budget)) => Refused::Halted {
                    message: format!("the budget is reached: {budget}"),
                    hint: "raise `budget` or `--max-cost`, and start it again".to_owned(),
                    retry_after: None,
                },
            };
            rest = if answered { FIRST_REST } else { (rest * 2).min(LONGEST_REST) };
            if !self.options.stays || self.door.is_closed() {
                return self.ended();
            }
            self.pipeline.note(match &why {
                Refused::Halted { retry_after: Some(rest), .. } => {
                    format!("rows are refused for {} s: {why}", rest.as_secs())
                }
                _ => format!("rows are refused: {why}"),
            });
            self.door.halt(Some(why.clone()));
            self.admission.end(&why);
            let retry_after = if let Refused::Halted { retry_after, .. } = &why { *retry_after } else { None };
            if self.rest(retry_after, &why)? == Rest::Closed {
                return self.ended();
            }
            let generated = &mut self.pipeline.outcome.generated;
            (generated.stopped, generated.budget) = (None, None);
            self.door.halt(None);
            self.pipeline.note("rows are taken again".to_owned());
        }
    }

    /// Runs the loop once; returns whether it had any answer.
    fn generate(&mut self) -> Result<bool, EngineError> {
        let steps = self.planned.working(self.pipeline.project, &self.pipeline.policy.selection);
        let work = LoopWork {
            steps: &steps,
            links: &self.planned.links,
            answers: AnswerSource::Models(self.models),
            before: i64::MAX,
        };
        let session = &mut *self.pipeline.session;
        let (connection, invocation) = (&mut session.connection, session.invocation);
        let audience = &mut *self.pipeline.audience;
        let summary = dispatch::generate_live(connection, invocation, work, audience, &mut self.admission)?;
        self.door.keep_counts();
        let answered = summary.attempts > 0;
        let before = std::mem::take(&mut self.pipeline.outcome.generated);
        self.pipeline.outcome.generated = after(before, summary);
        Ok(answered)
    }

    /// Waits until it is time to try again (`None`: never), or until the door is closed. What is on record is answered.
    fn rest(&mut self, time: Option<Duration>, why: &Refused) -> Result<Rest, EngineError> {
        let due = time.map(|time| Instant::now() + time);
        let transport: &Transport = &self.models.transport;
        self.door.look_up();
        loop {
            if self.door.has_waiting() {
                self.admission.look_up(&mut self.pipeline.session.connection, why)?;
            }
            let left = due.map(|due| due.saturating_duration_since(Instant::now()));
            if left.is_some_and(|left| left.is_zero()) {
                return Ok(Rest::Over);
            }
            if self.door.has_waiting() {
                continue;
            }
            if let Some(Event::Interrupt) = transport.wait(left) {
                self.door.close();
            }
            if self.door.is_closed() {
                return Ok(Rest::Closed);
            }
        }
    }

    /// The end of a run that was stopped: by the budget it is no error.
    fn ended(&self) -> Result<(), EngineError> {
        match &self.pipeline.outcome.generated.stopped {
            None => Ok(()),
            Some(why) => {
                let pending = self.planned.count(&self.pipeline.session.connection)?.pending;
                Err(EngineError::Stopped { why: why.clone(), pending })
            }
        }
    }
}

/// The counts of a loop that ran after another.
fn after(before: GenerationSummary, mut summary: GenerationSummary) -> GenerationSummary {
    summary.attempts += before.attempts;
    summary.calls += before.calls;
    summary.from_tape += before.from_tape;
    summary.abandoned += before.abandoned;
    summary.used = summary.used.plus(before.used);
    for (step, earlier) in summary.steps.iter_mut().zip(before.steps) {
        let StepSummary { attempts, calls, from_tape, used } = earlier;
        step.attempts += attempts;
        step.calls += calls;
        step.from_tape += from_tape;
        step.used = step.used.plus(used);
    }
    summary
}
