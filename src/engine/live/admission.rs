//! Puts rows on record in the rounds of the loop, and tells what was decided: [`LiveAdmission`].
//!
//! A round takes what waits at the door: single rows into one data set, each batch into one of its own. A row that is
//! known is the same work item. If it comes for the same exact task, it is answered from the record; a row that failed
//! for a reason that may pass is tried again. If it has other values under the same key, its work item is opened for
//! these, unless something of the row is still open: then its whole submission waits for that.

use rusqlite::{Connection, Transaction};
use serde_json::json;
use tokio::sync::oneshot;

use super::door::{LiveDoor, Submission};
use super::outcome::{BatchId, Refused};
use super::ticket::Update;
use super::waiting::{Waiter, Waiting};
use crate::dispatch::{Admission, AdmittedItems, DispatchError, GenerationProgress, OpenedItem};
use crate::price::Money;
use crate::record::{Field, ManifestStatus, RowId, Stage, WorkStatus};
use crate::stage::ingest::{LiveDataset, LiveRowIds, SourceFile, fields_of};
use crate::stage::plan::{self, PlanRequest, RowItem};
use crate::stage::record::{self, Manifest, Marks};
use crate::stage::standing::{self, StandingChoice};
use crate::stage::{ManifestContent, StageContext};
use crate::store::{now, sql};
use crate::tabular::ObjectCells;
use crate::view::live::{GivenRow, LiveSteps, of_row};

/// How many rows a round takes, if they are not one batch.
const ROUND: usize = 512;

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
struct RowItems {
    row_id: RowId,
    fields: Vec<Field>,
    items: Vec<RowItem>,
}

/// What became of the rows of a data set, for the manifests of its plan.
#[derive(Default)]
struct PlanCounts {
    new: u64,
    changed: u64,
    known: u64,
}

/// A data set that rows are added to.
struct OpenDataset {
    dataset: LiveDataset,
    id: BatchId,
    counts: PlanCounts,
}

impl Admission for LiveAdmission<'_> {
    fn admit(&mut self, tx: &Transaction<'_>, time: &str) -> Result<AdmittedItems, DispatchError> {
        let mut admitted = AdmittedItems::default();
        let mut taken = if self.may_go_on { std::mem::take(&mut self.deferred) } else { Vec::new() };
        self.may_go_on = false;
        taken.extend(self.door.take(ROUND));
        let mut singles: Option<OpenDataset> = None;
        for submission in taken {
            let Some(submission) = self.ready(tx, submission)? else { continue };
            if submission.single {
                let mut open = match singles.take() {
                    Some(open) => open,
                    None => self.begin(tx)?,
                };
                self.record(tx, &mut open, submission, &mut admitted)?;
                singles = Some(open);
            } else {
                let mut open = self.begin(tx)?;
                self.record(tx, &mut open, submission, &mut admitted)?;
                self.finish(tx, open, time)?;
            }
        }
        if let Some(open) = singles {
            self.finish(tx, open, time)?;
        }
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
}

impl LiveAdmission<'_> {
    /// Returns the submission if its rows can be recorded now. Otherwise it waits, or was refused.
    fn ready(&mut self, tx: &Transaction<'_>, submission: Submission) -> Result<Option<Submission>, DispatchError> {
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
        Ok(Some(submission))
    }

    /// What a row is in each step over the rows.
    fn row_items(&mut self, tx: &Transaction<'_>, cells: &ObjectCells) -> Result<RowItems, DispatchError> {
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
    fn is_open(&self, connection: &Connection, position: i64) -> rusqlite::Result<bool> {
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

    fn begin(&self, tx: &Transaction<'_>) -> Result<OpenDataset, DispatchError> {
        let dataset = LiveDataset::begin(tx)?;
        let id = BatchId::of(&self.uid, dataset.id);
        Ok(OpenDataset { dataset, id, counts: PlanCounts::default() })
    }

    /// Records the rows of a submission, and plans them.
    fn record(
        &mut self,
        tx: &Transaction<'_>,
        open: &mut OpenDataset,
        mut submission: Submission,
        admitted: &mut AdmittedItems,
    ) -> Result<(), DispatchError> {
        for (index, cells) in submission.rows.iter().enumerate() {
            let row = self.row_items(tx, cells)?;
            let input_row = open.dataset.push(tx, row.row_id, cells)?;
            let place = row.items.iter().find_map(|item| item.known).map(|known| known.position);
            let position = place.unwrap_or(self.next_position);
            self.next_position = self.next_position.max(position + 1);
            let mut first = None;
            let mut is_decided = true;
            for (request, item) in self.requests.iter().zip(&row.items) {
                let planned = plan::admit_row(tx, request, item, (input_row, position), self.marks)?;
                first.get_or_insert((planned.work_item, item));
                is_decided &= !planned.is_opened && item.known.is_some_and(|it| it.status != WorkStatus::Pending);
                admitted.hand_on |= planned.is_restored && request.is_followed;
                if planned.is_opened {
                    admitted.opened.push(OpenedItem { step: request.step, position: planned.position });
                }
            }
            if row.items.iter().any(|item| item.known.is_some_and(|known| !known.is_same)) {
                for step in self.steps.iter().filter(|_| self.steps.len() > 1) {
                    let of = [(":input_row", &input_row as &dyn rusqlite::ToSql), (":step", &step.step)];
                    sql::STANDING_PLACE_AT.execute(tx, &[of[0], of[1], (":position", &position)])?;
                }
            }
            match row.items.iter().find_map(|item| item.known) {
                None => open.counts.new += 1,
                Some(known) if known.is_same => open.counts.known += 1,
                Some(_) => open.counts.changed += 1,
            }
            if is_decided && !self.waiting.is_open(position) {
                is_decided = !self.try_again(tx, position, admitted)?;
            }
            let Some((work_item, item)) = first else { continue };
            sql::LIVE_INSERT_ADMISSION.execute(
                tx,
                &[(":input_row", &input_row), (":work_item", &work_item), (":cache_id", &item.cache_id)],
            )?;
            let waiter = Waiter {
                row: index,
                row_id: row.row_id.to_string(),
                work_id: item.work_id.to_string(),
                from_record: is_decided,
                updates: submission.ends.updates.clone(),
            };
            self.waiting.add(position, waiter, true);
        }
        if let Some(told) = submission.ends.accepted.take() {
            self.recorded.push((told, open.id.clone()));
        }
        Ok(())
    }

    /// Opens what failed of the decided row at `position` and may be tried again, and hands on what was made under
    /// another task; returns whether there was any.
    fn try_again(
        &self,
        tx: &Transaction<'_>,
        position: i64,
        admitted: &mut AdmittedItems,
    ) -> Result<bool, DispatchError> {
        let mut any = false;
        for AdmittingStep { step, max_attempts, .. } in &self.steps {
            let (step, max_attempts) = (*step, *max_attempts);
            if standing::choose(tx, StandingChoice::DueAt { step, position, max_attempts })? > 0 {
                standing::open_again(tx)?;
                admitted.opened.push(OpenedItem { step, position });
                any = true;
            }
        }
        for step in self.steps.iter().filter(|step| step.has_other_task) {
            let of = [(":step", &step.step as &dyn rusqlite::ToSql), (":position", &position), (":task", &step.task)];
            any |= sql::LIVE_OTHER_TASK_AT.row(tx, &of, |row| row.get::<_, bool>("other"))?;
        }
        if any {
            for step in self.steps.iter().filter(|step| step.is_followed) {
                sql::STANDING_HAND_ON_AT.execute(tx, &[(":step", &step.step), (":position", &position)])?;
                admitted.hand_on = true;
            }
        }
        Ok(any)
    }

    /// Completes a data set, with the manifests of its ingest and its plans.
    fn finish(&self, tx: &Transaction<'_>, open: OpenDataset, time: &str) -> Result<(), DispatchError> {
        let OpenDataset { dataset, id, counts } = open;
        if dataset.rows() == 0 {
            return Ok(());
        }
        let rowid = dataset.id;
        let manifest = record::next_manifest(tx)?;
        let ctx = StageContext { invocation: self.invocation, manifest, now: time };
        let summary = dataset.finish(tx, &ctx, (&self.source, id.as_str()), &self.columns)?;
        self.write(tx, (manifest, Stage::Ingest, None), summary, time)?;
        let PlanCounts { new, changed, known } = counts;
        for request in &self.requests {
            let task = request.task_id.to_string();
            let summary = ManifestContent {
                inputs: json!({"dataset": rowid, "task_id": task}),
                outputs: json!({"task_id": task}),
                counts: json!({"new": new, "changed": changed, "known": known}),
            };
            self.write(tx, (record::next_manifest(tx)?, Stage::Plan, Some(request.step)), summary, time)?;
        }
        Ok(())
    }

    fn write(
        &self,
        tx: &Transaction<'_>,
        (id, stage, step): (i64, Stage, Option<i64>),
        summary: ManifestContent,
        time: &str,
    ) -> rusqlite::Result<()> {
        let manifest = Manifest {
            id,
            invocation: self.invocation,
            stage,
            step,
            status: ManifestStatus::Done,
            reused_from: None,
            summary,
            message: None,
            started_at: time,
            ended_at: &now(),
        };
        record::manifest(tx, &manifest)
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
        for waiter in self.waiting.take(position) {
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

    /// Tells all who wait that their rows are not answered now. Those that are recorded stay open on record.
    pub(super) fn end(&mut self, why: &Refused) {
        let mut rows = self.waiting.end(why);
        for submission in std::mem::take(&mut self.deferred) {
            rows += submission.rows.len();
            submission.ends.end(why);
        }
        self.door.forget(rows);
    }
}
