//! The questions of one work item, each after the answers to those before it.

use rusqlite::Connection;

use crate::record::WorkStatus;
use crate::stage::generate::tape;
use crate::stage::generate::{ClaimedItem, ItemInProgress, ItemStart, Purpose, Question, TapeAnswer, Task, Transition};
use crate::store::sql;

/// A question of a work item.
pub(super) struct WalkedQuestion {
    pub(super) question: Question,
    /// The attempt that it belongs to, from 1.
    pub(super) attempt: u32,
    /// The judge that is asked, by its index.
    pub(super) judge: Option<usize>,
    /// Whether the record has its answer.
    pub(super) answered: bool,
    /// The names of the images that it shows, in order.
    pub(super) images: Vec<String>,
}

/// How the questions end.
pub(super) enum WalkEnd {
    /// The last question waits for its answer.
    Open,
    /// The work item is decided after this many attempts.
    Decided(WorkStatus, u32),
    /// The next question cannot be put.
    CannotAsk(String),
    /// The condition of the step is not met.
    Skipped(String),
}

/// All questions of a work item that the answers on record lead to.
pub(super) struct Walk {
    pub(super) questions: Vec<WalkedQuestion>,
    pub(super) end: WalkEnd,
}

/// Where answers come from: the tape after an invocation (rowid), then texts that were made up, in order.
pub(super) struct Answers<'a> {
    pub(super) connection: &'a Connection,
    pub(super) after: i64,
    pub(super) made_up: &'a [String],
}

impl Answers<'_> {
    /// The answer to `question`, with the rowids of its request and response where it is on record.
    fn find(&self, question: &Question, made_up: &mut usize) -> rusqlite::Result<Option<(i64, i64, TapeAnswer)>> {
        let request: Option<i64> =
            sql::GENERATE_REQUEST_ROWID
                .first(self.connection, &[(":request_id", &question.id)], |row| row.get("id"))?;
        if let Some(request) = request
            && let Some((response, answer)) = tape::answer(self.connection, request, self.after)?
        {
            return Ok(Some((request, response, answer)));
        }
        let Some(text) = self.made_up.get(*made_up) else { return Ok(None) };
        *made_up += 1;
        Ok(Some((0, 0, TapeAnswer::of_text(text.clone()))))
    }
}

/// Asks a work item for its questions, from the first attempt on.
pub(super) fn walk(task: &Task, work: ClaimedItem, answers: &Answers<'_>) -> rusqlite::Result<Walk> {
    let mut item = ItemInProgress::new(work, Vec::new());
    let mut questions = Vec::new();
    let end = follow(task, &mut item, answers, &mut questions)?;
    Ok(Walk { questions, end })
}

fn follow(
    task: &Task,
    item: &mut ItemInProgress,
    answers: &Answers<'_>,
    questions: &mut Vec<WalkedQuestion>,
) -> rusqlite::Result<WalkEnd> {
    match item.start(task) {
        Ok(ItemStart::Goes) => {}
        Ok(ItemStart::Skipped(reason)) => return Ok(WalkEnd::Skipped(reason)),
        Err(error) => return Ok(WalkEnd::CannotAsk(error.to_string())),
    }
    let mut made_up = 0;
    loop {
        let question = match item.question(task) {
            Ok(question) => question,
            Err(error) => return Ok(WalkEnd::CannotAsk(error.to_string())),
        };
        let judges = task.judges();
        let judge = (question.purpose == Purpose::Judge)
            .then(|| judges.iter().position(|judge| judge.party.route == question.route).unwrap_or_default());
        let images = item.image_names(task, judge).unwrap_or_default();
        let found = answers.find(&question, &mut made_up)?;
        let answered = found.as_ref().is_some_and(|(request, ..)| *request > 0);
        questions.push(WalkedQuestion { question, attempt: item.number(), judge, answered, images });
        let Some((request, response, answer)) = found else { return Ok(WalkEnd::Open) };
        match item.take_answer(task, request, response, answer) {
            Transition::Ask | Transition::TryAgain(_) | Transition::NextCandidate(_) => {}
            Transition::End(end) => return Ok(WalkEnd::Decided(end.status, end.attempts)),
        }
    }
}
