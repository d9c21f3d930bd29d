//! Rows are put on record: [`LiveAdmission::take_in`], in the transaction of a round.

use rusqlite::{ToSql, Transaction};
use serde_json::json;

use super::admission::{AdmittingStep, LiveAdmission};
use super::door::Submission;
use super::outcome::BatchId;
use super::waiting::Waiter;
use crate::dispatch::{AdmittedItems, DispatchError, OpenedItem};
use crate::record::{ManifestStatus, Stage, WorkStatus};
use crate::stage::ingest::LiveDataset;
use crate::stage::record::{self, Manifest};
use crate::stage::standing::{self, StandingChoice};
use crate::stage::{ManifestContent, StageContext, plan};
use crate::store::{now, sql};

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

impl LiveAdmission<'_> {
    /// Puts submissions on record that can be: single rows into one data set, each batch into one of its own.
    pub(super) fn take_in(
        &mut self,
        tx: &Transaction<'_>,
        taken: Vec<Submission>,
        admitted: &mut AdmittedItems,
        time: &str,
    ) -> Result<(), DispatchError> {
        let mut singles: Option<OpenDataset> = None;
        for submission in taken {
            let Some(submission) = self.ready(tx, submission)? else { continue };
            let is_single = submission.single;
            let mut open = match singles.take() {
                Some(open) if is_single => open,
                other => {
                    // A data set has its rowid once it is complete.
                    if let Some(open) = other {
                        self.finish(tx, open, time)?;
                    }
                    self.begin(tx)?
                }
            };
            self.record(tx, &mut open, submission, admitted)?;
            if is_single { singles = Some(open) } else { self.finish(tx, open, time)? }
        }
        match singles {
            Some(open) => self.finish(tx, open, time),
            None => Ok(()),
        }
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
                    let of = [(":input_row", &input_row as &dyn ToSql), (":step", &step.step)];
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
            let of = [(":step", &step.step as &dyn ToSql), (":position", &position), (":task", &step.task)];
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
}
