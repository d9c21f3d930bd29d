//! How far each step is: what is left of the plan, and what can go on because something else was accepted.

use std::collections::VecDeque;
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

/// How far a step is. What was open when the loop began is claimed in order; what can go on since then has to be
/// remembered where that order has passed it.
pub(super) struct Line {
    after: i64,
    exhausted: bool,
    ready: VecDeque<i64>,
    /// How many accepted work items are enough, and how many there are.
    until: Option<u64>,
    pub(super) accepted: u64,
}

impl Line {
    pub(super) fn new(until: Option<u64>, accepted: u64) -> Self {
        Self { after: -1, exhausted: false, ready: VecDeque::new(), until, accepted }
    }

    pub(super) fn is_exhausted(&self) -> bool {
        self.has_enough() || self.exhausted && self.ready.is_empty()
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

    /// The same step from its beginning.
    fn again(&self) -> Self {
        Self::new(self.until, self.accepted)
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
        let replay = self.replays;
        let line = &mut self.lines[place];
        if step.is_source {
            let claim = Claim { after: line.after, before: self.before, count, replay };
            let found = tape::claim(tx, step.task, step.context, &mut self.contexts, claim)?;
            line.exhausted = found.len() < count;
            line.after = found.last().map_or(line.after, |(position, _)| *position);
            return Ok(found.into_iter().map(|(_, work)| work).collect());
        }
        let mut ids: Vec<i64> = Vec::new();
        while ids.len() < count
            && let Some(id) = line.ready.pop_front()
        {
            ids.push(id);
        }
        if ids.is_empty() && !line.exhausted {
            let most = i64::try_from(count).unwrap_or(i64::MAX);
            ids = sql::DERIVE_NEXT_READY.all(
                tx,
                &[(":step", &step.task.step), (":after", &line.after), (":count", &most)],
                |row| row.get("id"),
            )?;
            line.exhausted = ids.len() < count;
            line.after = ids.last().copied().unwrap_or(line.after);
        }
        let mut found: Vec<Work> = Vec::with_capacity(ids.len());
        for id in ids {
            // One that became ready twice is begun once; one that was decided since is open no more.
            if self.items.contains_key(&id) || found.iter().any(|work| work.id == id) {
                continue;
            }
            let contexts = &mut self.contexts;
            found.extend(tape::claim_one(tx, step.task, self.links, step.context, contexts, id, replay)?);
        }
        Ok(found)
    }

    /// Lets all that is made from a work item, which was just decided, know of it.
    pub(super) fn pass_on(&mut self, tx: &Transaction<'_>, place: usize, item: i64) -> Result<(), EngineError> {
        if let Some(news) = &mut self.news {
            news.push(item);
        }
        if self.links.all.is_empty() {
            return Ok(());
        }
        self.recount.changed = true;
        let step = self.steps[place].task.step;
        for (step, id) in derive::follow(tx, self.links, step, item)? {
            self.is_ready(step, id);
        }
        Ok(())
    }

    fn is_ready(&mut self, step: i64, id: i64) {
        let Some(place) = self.steps.iter().position(|it| it.task.step == step) else { return };
        let line = &mut self.lines[place];
        // Whatever the order has not reached yet is found by it.
        if line.exhausted || id <= line.after {
            line.ready.push_back(id);
        }
    }

    /// Makes the work items of steps that needed all that they take from, once there is nothing else to do.
    pub(super) fn gather(&mut self, tx: &Transaction<'_>) -> Result<(), EngineError> {
        for link in self.links.all.iter().filter(|link| link.needs_all()) {
            if derive::is_open(tx, self.links, link)? {
                continue;
            }
            let planned = || sql::DERIVE_PLANNED.all(tx, &[(":step", &link.step)], |row| row.get::<_, i64>("id"));
            let mut made: std::collections::BTreeSet<i64> = planned()?.into_iter().collect();
            if derive::refresh(tx, self.links, link)? == 0 {
                continue;
            }
            self.recount.changed = true;
            // Those that it took out too: what was made of them goes with them.
            made.extend(planned()?);
            for id in made {
                for (step, id) in derive::follow(tx, self.links, link.step, id)? {
                    self.is_ready(step, id);
                }
            }
            if let Some(place) = self.steps.iter().position(|it| it.task.step == link.step) {
                self.lines[place] = self.lines[place].again();
            }
        }
        Ok(())
    }

    /// Counts where the work items stand, not so often that it would take time from the work.
    pub(super) fn count_again(&mut self, session: &Session) -> Result<(), EngineError> {
        let began = self.now();
        if !self.recount.changed || began < self.recount.due {
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
