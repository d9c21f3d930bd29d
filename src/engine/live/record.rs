//! Batches in the run file of a live run: [`LiveRecord`].

use std::path::PathBuf;

use super::outcome::BatchId;
use crate::engine::error::EngineError;
use crate::record::WorkStatus;
use crate::stage::plan::Counts;
use crate::store::{self, Access};
use crate::view::live::{self, LiveBatch, LiveResult, LiveSteps};

/// Reads batches from the run file, while the loop writes to it too.
#[derive(Clone, Debug)]
pub struct LiveRecord {
    pub(super) db: PathBuf,
    pub(super) steps: LiveSteps,
}

/// How a batch stands.
#[derive(Clone, Debug)]
pub struct BatchState {
    pub id: BatchId,
    pub rows: u64,
    /// UTC, RFC 3339.
    pub accepted_at: String,
    /// Its rows by status.
    pub counts: Counts,
}

impl LiveRecord {
    /// How a batch stands; `None` if there is none with this id.
    pub fn batch(&self, id: &str) -> Result<Option<BatchState>, EngineError> {
        let Some((connection, id, batch)) = self.find(id)? else { return Ok(None) };
        let mut counts = Counts { planned: batch.rows, ..Counts::default() };
        live::batch_statuses(&connection, &self.steps, &batch, |status| {
            *match status {
                WorkStatus::Pending => &mut counts.pending,
                WorkStatus::Accepted => &mut counts.accepted,
                WorkStatus::Rejected => &mut counts.rejected,
                WorkStatus::Failed => &mut counts.failed,
                WorkStatus::Skipped => &mut counts.skipped,
                WorkStatus::Blocked => &mut counts.blocked,
            } += 1;
        })?;
        Ok(Some(BatchState { id, rows: batch.rows, accepted_at: batch.accepted_at, counts }))
    }

    /// The results of the rows of a batch from the row `from` on, at most `most`, open ones included; `None` if there
    /// is no such batch.
    pub fn results(&self, id: &str, from: u64, most: u64) -> Result<Option<Vec<LiveResult>>, EngineError> {
        let Some((connection, _, batch)) = self.find(id)? else { return Ok(None) };
        Ok(Some(live::batch_rows(&connection, &self.steps, &batch, (from, most))?))
    }

    fn find(&self, id: &str) -> Result<Option<(rusqlite::Connection, BatchId, LiveBatch)>, EngineError> {
        let Some((id, dataset)) = BatchId::read(id) else { return Ok(None) };
        let connection =
            store::open(&self.db, Access::Read).map_err(|error| EngineError::from(error).of_file(&self.db))?;
        let batch = live::batch(&connection, dataset, id.as_str())?;
        Ok(batch.map(|batch| (connection, id, batch)))
    }
}
