//! Claiming: takes the next open work items of a step, and hands new outputs on to later steps. The methods are the
//! loop's; nothing here sends a request.

use std::time::Duration;

use rusqlite::{Connection, Transaction};

use super::cursor::Recount;
use super::error::DispatchError;
use super::state::{Loop, counts_within};
use crate::record::WorkStatus;
use crate::stage::derive;
use crate::stage::generate::ClaimedItem;
use crate::stage::generate::tape::{self, Claim};
use crate::store::sql;

impl Loop<'_> {
    /// Claims the next open work items of a step, at most `count`.
    pub(super) fn next_of_step(
        &mut self,
        tx: &Transaction<'_>,
        place: usize,
        count: usize,
    ) -> Result<Vec<ClaimedItem>, DispatchError> {
        let step = self.steps[place];
        let cursor = &mut self.cursors[place];
        if step.is_source {
            let claim = Claim { after: cursor.at.0, before: self.before, count };
            let found = tape::claim(tx, step.task, step.context, &mut self.contexts, claim)?;
            cursor.exhausted = found.len() < count;
            cursor.at.0 = found.last().map_or(cursor.at.0, |(position, _)| *position);
            // Probes are claimed out of turn.
            let works = found.into_iter().map(|(_, work)| work);
            return Ok(works.filter(|work| !self.items.contains_key(&work.id)).collect());
        }
        let most = i64::try_from(count).unwrap_or(i64::MAX);
        let id_and_position = |row: &rusqlite::Row<'_>| Ok((row.get::<_, i64>("id")?, row.get::<_, i64>("position")?));
        let (position, after) = cursor.at;
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
            cursor.exhausted = ids.is_empty();
        }
        cursor.at = ids.last().map_or(cursor.at, |(id, position)| (*position, *id));
        let mut found: Vec<ClaimedItem> = Vec::with_capacity(ids.len());
        for (id, _) in ids {
            // After the cursor went back, some are under way already.
            if !self.items.contains_key(&id) {
                let contexts = &mut self.contexts;
                found.push(tape::claim_one(tx, step.task, self.links, step.context, contexts, (id, None))?);
            }
        }
        Ok(found)
    }

    /// Notes a decided work item (rowid), for the observer and for later steps.
    pub(super) fn note_decided(&mut self, standing: i64) {
        if let Some(unreported) = &mut self.unreported {
            unreported.push(standing);
        }
        self.hand_on_pending |= !self.links.all.is_empty();
        self.recount.changed |= self.hand_on_pending;
    }

    /// Hands a bounded share of the new outputs on to the steps that read them.
    pub(super) fn hand_on(&mut self, tx: &Transaction<'_>) -> Result<(), DispatchError> {
        if !self.hand_on_pending {
            return Ok(());
        }
        let handed = derive::hand_on(tx, self.links, &mut self.under_way)?;
        self.hand_on_pending = handed.is_more;
        self.recount.changed |= handed.looked_at > 0;
        for (step, position) in handed.ready {
            if let Some(place) = self.steps.iter().position(|it| it.task.step == step) {
                self.cursors[place].back_to(position);
            }
        }
        Ok(())
    }

    /// Counts the work items again where several steps change them; rarely enough to cost less than 5 % of the time.
    pub(super) fn count_again(&mut self, connection: &Connection) -> Result<(), DispatchError> {
        let began = self.now();
        // More are decided than were planned: work items that join by a field are planned last.
        let is_behind = !self.links.all.is_empty() && self.progress.done > self.progress.planned;
        if !is_behind && (!self.recount.changed || began < self.recount.due) {
            return Ok(());
        }
        let all = counts_within(connection, self.steps, self.before)?;
        self.progress.planned = all.planned;
        self.progress.done = all.planned - all.pending;
        self.progress.accepted = all.accepted;
        self.progress.rejected = all.rejected;
        self.progress.failed = all.failed;
        let took = self.now().saturating_sub(began);
        self.recount = Recount { changed: false, due: began + took * 20 + Duration::from_secs(1) };
        Ok(())
    }

    /// Whether a decided work item counts as a failure.
    pub(super) fn is_bad(status: WorkStatus) -> bool {
        matches!(status, WorkStatus::Rejected | WorkStatus::Failed)
    }
}
