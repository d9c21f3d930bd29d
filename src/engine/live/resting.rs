//! While no model can be asked, rows are answered from the record alone: [`LiveAdmission::look_up`].

use rusqlite::{Connection, ToSql, Transaction, TransactionBehavior};

use super::admission::{LiveAdmission, ROUND};
use super::door::Submission;
use super::outcome::Refused;
use crate::dispatch::{Admission as _, AdmittedItems, DispatchError, GenerationProgress};
use crate::record::WorkStatus;
use crate::store::{now, sql};

impl LiveAdmission<'_> {
    /// Answers what waits at the door, as far as its outputs are on record; refuses the rest with `why`.
    pub(super) fn look_up(&mut self, connection: &mut Connection, why: &Refused) -> Result<(), DispatchError> {
        let tx = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let mut known = Vec::new();
        for submission in self.door.take(ROUND) {
            if self.is_on_record(&tx, &submission)? {
                known.push(submission);
            } else {
                self.door.forget(submission.rows.len());
                submission.ends.end(why);
            }
        }
        // Nothing is opened: all of it has its outputs.
        self.take_in(&tx, known, &mut AdmittedItems::default(), &now())?;
        tx.commit()?;
        self.committed(connection, &[], false, &GenerationProgress::default())
    }

    /// Whether each row has its output, for this exact task.
    fn is_on_record(&mut self, tx: &Transaction<'_>, submission: &Submission) -> Result<bool, DispatchError> {
        for cells in &submission.rows {
            let row = self.row_items(tx, cells)?;
            let known = row.items.iter().map(|item| item.known.filter(|known| known.is_same));
            let Some(known) = known.collect::<Option<Vec<_>>>() else { return Ok(false) };
            let Some(position) = known.first().map(|it| it.position) else { return Ok(false) };
            if self.is_open(tx, position)? || !self.has_outputs(tx, position)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Whether nothing at a place in the plan has failed, or was made under another task.
    fn has_outputs(&self, tx: &Transaction<'_>, position: i64) -> rusqlite::Result<bool> {
        for step in &self.steps {
            let of = [(":step", &step.step as &dyn ToSql), (":position", &position), (":task", &step.task)];
            let mut all = true;
            sql::VIEW_LIVE_STATUSES.each::<rusqlite::Error>(tx, &of[..2], |row| {
                all &= matches!(row.get("status")?, WorkStatus::Accepted | WorkStatus::Skipped);
                Ok(())
            })?;
            if !all || step.has_other_task && sql::LIVE_OTHER_TASK_AT.row(tx, &of, |row| row.get("other"))? {
                return Ok(false);
            }
        }
        Ok(true)
    }
}
