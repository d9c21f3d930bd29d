//! Puts rows on record in the rounds of the loop, and tells what was decided: [`LiveAdmission`].
//!
//! A round takes what waits at the door; `recording` puts it on record. A row that is
//! known is the same work item. If it comes for the same exact task, it is answered from the record; a row that failed
//! for a reason that may pass is tried again. If it has other values under the same key, its work item is opened for
//! these, unless something of the row is still open: then its whole submission waits for that.

use rusqlite::{Connection, Transaction};
use tokio::sync::oneshot;

use super::door::{LiveDoor, Submission};
use super::outcome::{BatchId, Refused};
use super::ticket::Update;
use super::waiting::Waiting;
use crate::dispatch::{Admission, AdmittedItems, DispatchError, GenerationProgress};
use crate::price::Money;
use crate::record::{Field, RowId};
use crate::stage::ingest::{LiveRowIds, SourceFile, fields_of};
use crate::stage::plan::{self, PlanRequest, RowItem};
use crate::stage::record::Marks;
use crate::store::sql;
use crate::tabular::ObjectCells;
use crate::view::live::{GivenRow, LiveSteps, of_row};

/// How many rows a round takes, if they are not one batch.
pub(super) const ROUND: usize = 512;

/// A step of the task as rows are admitted to it.
pub(super) struct AdmittingStep {
    /// The rowids of the step and of its present task.
    pub(super) step: i64,
    pub(super) task: i64,
    pub(super) max_attempts: u32,
    /// Whether other steps take from it.
    pub(super) is_followed: bool,
    /// Whether work items of it may have been decided under another task.
    pub(super) has_other_task: bool,
}

/// The rows of a live run on their way into the run file.
pub(super) struct LiveAdmission<'a> {
    pub(super) door: LiveDoor,
    pub(super) uid: String,
    pub(super) invocation: i64,
    /// What the rows come from.
    pub(super) source: SourceFile,
    pub(super) columns: Vec<String>,
    /// The plans of the steps over the rows.
    pub(super) requests: Vec<PlanRequest<'a>>,
    pub(super) steps: Vec<AdmittingStep>,
    pub(super) live_steps: LiveSteps,
    pub(super) ids: LiveRowIds,
    pub(super) marks: Marks,
    /// The place in the plan of the next new row.
    pub(super) next_position: i64,
    pub(super) waiting: Waiting,
    /// Submissions with rows whose work items are open for other values.
    pub(super) deferred: Vec<Submission>,
    /// Whether something was decided since these were looked at.
    pub(super) may_go_on: bool,
    /// Whose rows are in the transaction that is not committed yet.
    pub(super) recorded: Vec<(oneshot::Sender<Result<BatchId, Refused>>, BatchId)>,
    pub(super) buffer: Vec<u8>,
}

/// A row with what it is in each step over the rows.
pub(super) struct RowItems {
    pub(super) row_id: RowId,
    fields: Vec<Field>,
    pub(super) items: Vec<RowItem>,
}

impl Admission for LiveAdmission<'_> {
    fn admit(&mut self, tx: &Transaction<'_>, time: &str) -> Result<AdmittedItems, DispatchError> {
        let mut admitted = AdmittedItems::default();
        let mut taken = if self.may_go_on { std::mem::take(&mut self.deferred) } else { Vec::new() };
        self.may_go_on = false;
        taken.extend(self.door.take(ROUND));
        self.take_in(tx, taken, &mut admitted, time)?;
        Ok(admitted)
    }

    fn committed(
        &mut self,
        connection: &Connection,
        decided: &[i64],
        hands_on: bool,
        progress: &GenerationProgress,
    ) -> Result<(), DispatchError> {
        if !self.recorded.is_empty() {
            self.door.note_commit();
        }
        for (told, id) in self.recorded.drain(..) {
            // Whoever gave the rows may have gone.
            let _ = told.send(Ok(id));
        }
        self.may_go_on |= !decided.is_empty() && !self.deferred.is_empty();
        if self.waiting.is_any() {
            for standing in decided {
                let position =
                    sql::LIVE_POSITION.row(connection, &[(":standing", standing)], |row| row.get("position"))?;
                self.waiting.note(position);
            }
            for position in self.waiting.take_to_check() {
                self.tell(connection, position, hands_on)?;
            }
        }
        self.door.note(progress.in_flight, progress.calls, Money::to_usd(progress.used.cost));
        Ok(())
    }

    fn has_waiting(&self) -> bool {
        self.may_go_on || self.door.has_waiting()
    }

    fn is_closed(&self) -> bool {
        self.deferred.is_empty() && self.door.is_closed()
    }

    fn close(&mut self) -> bool {
        let is_open = !self.door.is_closed();
        self.door.close();
        is_open
    }

    fn is_abandoned(&self) -> bool {
        self.door.is_abandoned()
    }
}

impl LiveAdmission<'_> {
    /// Returns the submission if its rows can be recorded now. Otherwise it waits, or was refused or withdrawn.
    pub(super) fn ready(
        &mut self,
        tx: &Transaction<'_>,
        submission: Submission,
    ) -> Result<Option<Submission>, DispatchError> {
        for (index, cells) in submission.rows.iter().enumerate() {
            let row = self.row_items(tx, cells)?;
            if let Some(problem) = self.context_problem(&row.fields) {
                let hint = "no context can be made of this row".to_owned();
                let why = Refused::Row { index, message: problem, hint };
                self.door.forget(submission.rows.len());
                submission.ends.end(&why);
                return Ok(None);
            }
            if self.must_wait(tx, &row)? {
                self.deferred.push(submission);
                return Ok(None);
            }
        }
        if submission.ends.take() {
            return Ok(Some(submission));
        }
        self.door.forget(submission.rows.len());
        Ok(None)
    }

    /// What a row is in each step over the rows.
    pub(super) fn row_items(&mut self, tx: &Transaction<'_>, cells: &ObjectCells) -> Result<RowItems, DispatchError> {
        let (row_id, fields) = (self.ids.of(cells), fields_of(cells));
        let mut items = Vec::with_capacity(self.requests.len());
        for request in &self.requests {
            items.push(plan::row_item(tx, request, row_id, &fields, &mut self.buffer)?);
        }
        Ok(RowItems { row_id, fields, items })
    }

    /// Why no context can be made of a row.
    fn context_problem(&self, fields: &[Field]) -> Option<String> {
        self.requests.iter().find_map(|request| {
            let row = crate::prompt::TemplateRow::of_fields(request.columns, fields);
            request.context.and_then(|context| context.row_context(&row).err()).map(|error| error.to_string())
        })
    }

    /// Whether a row comes with other values while something of it is open.
    fn must_wait(&self, tx: &Transaction<'_>, row: &RowItems) -> rusqlite::Result<bool> {
        let other = row.items.iter().filter_map(|item| item.known).find(|known| !known.is_same);
        match other {
            Some(known) => self.is_open(tx, known.position),
            None => Ok(false),
        }
    }

    /// Whether anything of the row at a place in the plan is open.
    pub(super) fn is_open(&self, connection: &Connection, position: i64) -> rusqlite::Result<bool> {
        for step in &self.steps {
            let of = [
                (":step", &step.step as &dyn rusqlite::ToSql),
                (":position", &position),
                (":is_followed", &step.is_followed),
            ];
            if sql::LIVE_IS_OPEN.row(connection, &of, |row| row.get("open"))? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Tells those who wait for the row at `position`, if all of it is decided.
    fn tell(&mut self, connection: &Connection, position: i64, hands_on: bool) -> Result<(), DispatchError> {
        if self.is_open(connection, position)? {
            // What is handed on may be decided without an answer.
            if hands_on {
                self.waiting.check_again(position);
            }
            return Ok(());
        }
        let (waiters, was_left) = self.waiting.take(position);
        if was_left {
            let nobody = GivenRow { row: 0, row_id: "", work_id: "", from_record: false };
            self.door.decided(of_row(connection, &self.live_steps, position, nobody)?.status, false);
        }
        for waiter in waiters {
            let given = GivenRow {
                row: waiter.row,
                row_id: &waiter.row_id,
                work_id: &waiter.work_id,
                from_record: waiter.from_record,
            };
            let result = of_row(connection, &self.live_steps, position, given)?;
            self.door.decided(result.status, result.from_record);
            // Whoever waited may have gone.
            let _ = waiter.updates.send(Update::Decided(Box::new(result)));
        }
        self.may_go_on |= !self.deferred.is_empty();
        Ok(())
    }

    /// Tells all who wait that their rows are not answered now. Those that are recorded stay open on record, and in the
    /// queue.
    pub(super) fn end(&mut self, why: &Refused) {
        let mut rows = self.waiting.end(why);
        for submission in std::mem::take(&mut self.deferred) {
            rows += submission.rows.len();
            submission.ends.end(why);
        }
        self.door.forget(rows);
    }
}
