//! The replay of one work item, guided by its recorded attempts.
//!
//! Where a request was answered more than once, the answer is the one that the recorded attempt names. The limits on
//! attempts are the recorded numbers of attempts, since the configuration may have changed since.

use rusqlite::{Connection, Row};

use super::decision::RecordedDecision;
use crate::engine::error::EngineError;
use crate::engine::planned::Planned;
use crate::engine::verify::standing::own_item;
use crate::provider::ProviderErrorKind;
use crate::record::{WorkStatus, canonical};
use crate::stage::derive::VisibleInput;
use crate::stage::generate::series::{RecordedAttempt, TapeReply, is_same_retrieved, reply, series};
use crate::stage::generate::tape::{self, Contexts};
use crate::stage::generate::{
    Action, Attempt, ClaimedItem, ItemEnd, ItemInProgress, ItemStart, Purpose, Question, Task, Transition,
};
use crate::stage::plan;
use crate::store::sql;

/// The result of a replay.
pub(super) enum ReplayEnd {
    /// The recorded end.
    Same,
    /// Another end, as the text says.
    Other(String),
    /// The record no longer has its inputs.
    NotKnown,
}

/// Replays a work item.
pub(super) fn work_out(
    connection: &Connection,
    configuration: &Planned,
    place: usize,
    (row, decided): (&Row<'_>, &RecordedDecision),
    marks: &[i64],
    contexts: &mut Contexts,
) -> Result<ReplayEnd, EngineError> {
    let (task, builder) = &configuration.tasks[place];
    let work = if decided.is_derived {
        let (links, made) = (&configuration.links, (decided.id, decided.last_attempt));
        tape::claim_one(connection, task, links, builder.as_ref(), contexts, made)?
    } else {
        tape::claim_source(connection, task, builder.as_ref(), contexts, decided.id)?
    };
    // Its row may have changed since: then its inputs are gone.
    if decided.is_derived && !is_exact(connection, configuration, task, (row, decided), &work)? {
        return Ok(ReplayEnd::NotKnown);
    }
    let mut tried = match decided.last_attempt {
        Some(attempt) => series(connection, attempt)?,
        None => Vec::new(),
    };
    // Attempts without an answer that were repeated are no part of the conversation.
    let last = tried.last().map(|it| it.id);
    tried.retain(|it| it.attempt.outcome.was_answered() || Some(it.id) == last);
    let item = ItemInProgress::new(work, Vec::new());
    let replay = Replay { connection, task, decided, marks, tried, at: 0, item };
    Ok(match replay.run()? {
        Ok(()) => ReplayEnd::Same,
        Err(why) => ReplayEnd::Other(why),
    })
}

/// Whether a work item has the exact task that follows from its recorded inputs.
fn is_exact(
    connection: &Connection,
    configuration: &Planned,
    task: &Task,
    (row, decided): (&Row<'_>, &RecordedDecision),
    work: &ClaimedItem,
) -> rusqlite::Result<bool> {
    let origin = VisibleInput::read(connection, &configuration.links, row, task.reads_lines, &work.inputs)?;
    let input_id = origin.input_id(own_item(&decided.source, decided.item.as_ref(), task.reads_lines).as_deref());
    Ok(plan::cache_id(decided.work_id, input_id, task.id, configuration.links.at.repeat).to_string()
        == decided.cache_id)
}

struct Replay<'a> {
    connection: &'a Connection,
    task: &'a Task,
    decided: &'a RecordedDecision,
    /// The invocations from which on earlier answers do not count.
    marks: &'a [i64],
    /// The recorded attempts, and the index of the next one.
    tried: Vec<RecordedAttempt>,
    at: usize,
    item: ItemInProgress,
}

impl Replay<'_> {
    /// Runs to the end; returns how it differs from the recorded one.
    fn run(mut self) -> Result<Result<(), String>, EngineError> {
        let mut ruling = match (self.item.start(self.task), &self.task.action) {
            (Ok(ItemStart::Skipped(reason)), _) => {
                let is_skipped = self.decided.status == WorkStatus::Skipped.as_str();
                return Ok(if is_skipped && self.decided.reason.as_ref() == Some(&reason) {
                    Ok(())
                } else {
                    Err(format!("it is skipped, since {reason}"))
                });
            }
            _ if self.tried.is_empty() => return Ok(Err("nothing was tried, and something is to be".to_owned())),
            (Err(error), _) => {
                self.allow(None);
                self.item.cannot_ask(self.task, &error)
            }
            (Ok(ItemStart::Goes), Action::Ask(_)) => Transition::Ask,
            (Ok(ItemStart::Goes), Action::Rule(rule)) => {
                self.allow(None);
                self.item.apply(self.task, rule)
            }
        };
        loop {
            match ruling {
                Transition::End(ended) => return Ok(self.ends(ended)),
                Transition::TryAgain(attempt) | Transition::NextCandidate(attempt) => {
                    if let Err(why) = self.is_recorded(&attempt) {
                        return Ok(Err(why));
                    }
                }
                Transition::Ask => {}
            }
            if self.at >= self.tried.len() {
                return Ok(Err("it goes on where the record ends".to_owned()));
            }
            ruling = match self.item.question(self.task) {
                Err(error) => {
                    self.allow(None);
                    self.item.cannot_ask(self.task, &error)
                }
                Ok(question) => match self.answer(&question)? {
                    Ok(ruling) => ruling,
                    Err(why) => return Ok(Err(why)),
                },
            };
        }
    }

    /// Allows as many attempts as are recorded; a judge that gave no verdict in this response is not asked again.
    fn allow(&mut self, response: Option<i64>) {
        let Some(tried) = self.tried.get(self.at) else { return };
        let next = self.tried.get(self.at + 1);
        let is_last = next.is_none_or(|next| next.attempt.candidate != tried.attempt.candidate);
        let no_verdict = tried.attempt.opinions.iter().find(|it| it.verdict.is_none()).map(|it| it.response);
        self.item.work.max_attempts = if is_last { tried.attempt.number } else { u32::MAX };
        self.item.work.max_verdicts = if response.is_some() && response == no_verdict { 0 } else { u32::MAX };
    }

    /// The transition that follows from the answer on the tape.
    fn answer(&mut self, question: &Question) -> Result<Result<Transition, String>, EngineError> {
        let number = self.item.number();
        let request: Option<i64> =
            sql::GENERATE_REQUEST_ROWID
                .first(self.connection, &[(":request_id", &question.id)], |row| row.get("id"))?;
        let Some(request) = request else {
            return Ok(Err(format!("attempt {number} asks {}, which is not on the tape", question.id)));
        };
        let Some((response, found)) = self.recorded_reply(question, request)? else {
            return Ok(Err(format!("attempt {number} asks {}, which the tape does not answer", question.id)));
        };
        self.allow(Some(response));
        Ok(Ok(match found {
            TapeReply::Answer(answer) => self.item.take_answer(self.task, request, response, answer),
            TapeReply::Failure(kind, message) => self.item.take_failure(self.task, request, response, kind, &message),
        }))
    }

    /// The response to a request: the one that the recorded attempt names, or else the one that was in force then.
    fn recorded_reply(&self, question: &Question, request: i64) -> rusqlite::Result<Option<(i64, TapeReply)>> {
        let Some(tried) = self.tried.get(self.at) else { return Ok(None) };
        let named: Vec<i64> = match question.purpose {
            Purpose::Generation => tried.attempt.response.into_iter().collect(),
            Purpose::Judge => tried.attempt.opinions.iter().map(|it| it.response).collect(),
        };
        for response in named {
            if let (asked, Some(found)) = reply(self.connection, response)?
                && asked == request
            {
                return Ok(Some((response, found)));
            }
        }
        let after = self.marks.iter().rfind(|mark| **mark < tried.invocation).copied().unwrap_or_default();
        if let Some((response, answer)) = tape::answer(self.connection, request, after)? {
            return Ok(Some((response, TapeReply::Answer(answer))));
        }
        let failure: Option<(i64, ProviderErrorKind, String)> = tape::failure(self.connection, request, after)?;
        Ok(failure.map(|(response, kind, message)| (response, TapeReply::Failure(kind, message))))
    }

    /// Compares an attempt with the next one on record.
    fn is_recorded(&mut self, attempt: &Attempt) -> Result<i64, String> {
        let Some(tried) = self.tried.get(self.at) else { return Err("it goes on where the record ends".to_owned()) };
        let number = attempt.number;
        if let Some(what) = differs(attempt, &tried.attempt) {
            return Err(format!("attempt {number} has {what}"));
        }
        let is_same = is_same_retrieved(self.connection, &attempt.retrieved, &tried.attempt.retrieved);
        if !is_same.map_err(|error| format!("attempt {number}: {error}"))? {
            return Err(format!("attempt {number} retrieves other passages"));
        }
        self.at += 1;
        self.item.is_recorded(tried.id);
        Ok(tried.id)
    }

    /// Compares the end with the recorded one.
    fn ends(mut self, mut ended: ItemEnd) -> Result<(), String> {
        let last = match ended.attempt.take() {
            Some(attempt) => Some(self.is_recorded(&attempt)?),
            None => None,
        };
        if self.at < self.tried.len() {
            return Err(format!("it ends after attempt {} of {}", self.at, self.tried.len()));
        }
        let output = ended.output.filter(|_| ended.status == WorkStatus::Accepted).map(|it| canonical::to_string(&it));
        let decided = self.decided;
        if ended.status.as_str() != decided.status {
            return Err(format!("it is {}", ended.status));
        }
        if output != decided.output {
            return Err("it has another output".to_owned());
        }
        if ended.attempts != decided.attempts {
            return Err(format!("it takes {} attempts", ended.attempts));
        }
        if ended.decided_by.or(last) != decided.last_attempt {
            return Err("another attempt decides it".to_owned());
        }
        Ok(())
    }
}

/// How an attempt differs from the recorded one, if it does.
fn differs(attempt: &Attempt, recorded: &Attempt) -> Option<String> {
    let text = |output: &Option<serde_json::Value>| output.as_ref().map(canonical::to_string);
    let (is, was) = (attempt, recorded);
    if is.outcome != was.outcome {
        return Some(format!("the outcome {}", is.outcome));
    }
    let what = [
        ("another number", (is.number, is.candidate) != (was.number, was.candidate)),
        ("another detail", is.detail != was.detail),
        ("another question", is.request != was.request),
        ("another answer", is.response != was.response),
        ("another output", text(&is.output) != text(&was.output)),
        ("another verdict", is.verdict != was.verdict || is.opinions != was.opinions),
    ];
    what.into_iter().find(|(_, differs)| *differs).map(|(what, _)| what.to_owned())
}
