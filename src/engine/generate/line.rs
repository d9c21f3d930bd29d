//! How far each step is: what is left of the plan, and what can go on because something else was accepted.

use std::time::Duration;

use rusqlite::Transaction;

use super::Loop;
use super::pace::Moment;
use crate::engine::error::EngineError;
use crate::engine::session::Session;
use crate::record::WorkStatus;
use crate::stage::derive;
use crate::stage::generate::Work;
use crate::stage::generate::tape::{self, Claim};
use crate::stage::plan;
use crate::store::sql;

/// How far a step is: which of its open work items was claimed last, in the order of the plan.
pub(super) struct Line {
    /// The position of the last one, and its rowid among those at the same position.
    at: (i64, i64),
    exhausted: bool,
    /// How many accepted work items are enough, and how many there are.
    until: Option<u64>,
    pub(super) accepted: u64,
}

/// Before the first position.
const BEFORE_ALL: (i64, i64) = (-1, i64::MAX);

impl Line {
    pub(super) fn new(until: Option<u64>, accepted: u64) -> Self {
        Self { at: BEFORE_ALL, exhausted: false, until, accepted }
    }

    pub(super) fn is_exhausted(&self) -> bool {
        self.has_enough() || self.exhausted
    }

    /// Whether enough is accepted.
    pub(super) fn has_enough(&self) -> bool {
        self.until.is_some_and(|until| self.accepted >= until)
    }

    /// How many more may be begun, `under_way` being those that may still be accepted. So no more than enough is ever
    /// asked for, and which work items are begun does not depend on who answers first.
    pub(super) fn wanted(&self, under_way: impl FnOnce() -> usize) -> usize {
        let Some(until) = self.until else { return usize::MAX };
        let left = usize::try_from(until.saturating_sub(self.accepted)).unwrap_or(usize::MAX);
        left.saturating_sub(under_way())
    }

    /// Goes back to where something is open again.
    fn back_to(&mut self, position: i64) {
        self.at = self.at.min((position, 0));
        self.exhausted = false;
    }
}

/// When the work items of several steps are counted again for people to see: what is blocked or comes to be is known to
/// the record alone.
#[derive(Default)]
pub(super) struct Recount {
    changed: bool,
    due: Moment,
}

impl Loop<'_> {
    /// The next work items of a step, at most `count`.
    pub(super) fn next_of_line(
        &mut self,
        tx: &Transaction<'_>,
        place: usize,
        count: usize,
    ) -> Result<Vec<Work>, EngineError> {
        let step = self.steps[place];
        let line = &mut self.lines[place];
        if step.is_source {
            let claim = Claim { after: line.at.0, before: self.before, count };
            let found = tape::claim(tx, step.task, step.context, &mut self.contexts, claim)?;
            line.exhausted = found.len() < count;
            line.at.0 = found.last().map_or(line.at.0, |(position, _)| *position);
            return Ok(found.into_iter().map(|(_, work)| work).collect());
        }
        let most = i64::try_from(count).unwrap_or(i64::MAX);
        let id_and_position = |row: &rusqlite::Row<'_>| Ok((row.get::<_, i64>("id")?, row.get::<_, i64>("position")?));
        let (position, after) = line.at;
        let mut ids = Vec::new();
        if position < self.before {
            ids = sql::GENERATE_NEXT_HERE.all(
                tx,
                &[(":step", &step.task.step), (":position", &position), (":after", &after), (":count", &most)],
                id_and_position,
            )?;
        }
        if ids.is_empty() {
            ids = sql::GENERATE_NEXT_AFTER.all(
                tx,
                &[(":step", &step.task.step), (":after", &position), (":before", &self.before), (":count", &most)],
                id_and_position,
            )?;
            line.exhausted = ids.is_empty();
        }
        line.at = ids.last().map_or(line.at, |(id, position)| (*position, *id));
        let mut found: Vec<Work> = Vec::with_capacity(ids.len());
        for (id, _) in ids {
            // Where the order was gone back, some are under way.
            if !self.items.contains_key(&id) {
                let contexts = &mut self.contexts;
                found.push(tape::claim_one(tx, step.task, self.links, step.context, contexts, (id, None))?);
            }
        }
        Ok(found)
    }

    /// Remembers a work item that was just decided, for those who want to know of it.
    pub(super) fn pass_on(&mut self, standing: i64) {
        if let Some(news) = &mut self.news {
            news.push(standing);
        }
        self.is_more |= !self.links.all.is_empty();
        self.recount.changed |= self.is_more;
    }

    /// Hands a piece of what was decided on to the steps that take from it.
    pub(super) fn hand_on(&mut self, tx: &Transaction<'_>) -> Result<(), EngineError> {
        if !self.is_more {
            return Ok(());
        }
        let handed = derive::hand_on(tx, self.links, &mut self.under_way)?;
        self.is_more = handed.is_more;
        self.recount.changed |= handed.looked_at > 0;
        for (step, position) in handed.ready {
            if let Some(place) = self.steps.iter().position(|it| it.task.step == step) {
                self.lines[place].back_to(position);
            }
        }
        Ok(())
    }

    /// Counts where the work items stand, not so often that it would take time from the work.
    pub(super) fn count_again(&mut self, session: &Session) -> Result<(), EngineError> {
        let began = self.now();
        // More is decided than there was: what joins by a field is planned last.
        let is_behind = !self.links.all.is_empty() && self.tally.done > self.tally.planned;
        if !is_behind && (!self.recount.changed || began < self.recount.due) {
            return Ok(());
        }
        let mut all = plan::Counts::default();
        for step in self.steps {
            all = all.plus(plan::count(&session.connection, step.task.step)?);
        }
        self.tally.planned = all.planned;
        self.tally.done = all.planned - all.pending;
        self.tally.accepted = all.accepted;
        self.tally.rejected = all.rejected;
        self.tally.failed = all.failed;
        let took = self.now().saturating_sub(began);
        self.recount = Recount { changed: false, due: began + took * 20 + Duration::from_secs(1) };
        Ok(())
    }

    /// Whether a decided work item is one that went wrong.
    pub(super) fn is_bad(status: WorkStatus) -> bool {
        matches!(status, WorkStatus::Rejected | WorkStatus::Failed)
    }
}
