//! What a live run is told, what it tells those who send rows, and what it did.

use std::path::PathBuf;

use serde_json::Value;

use super::column::ColumnSpec;
use super::door::LiveState;
use super::record::LiveRecord;
use crate::dispatch::{BudgetStop, UsageTotals};
use crate::engine::options::RunOptions;

/// The options of a live run.
#[derive(Clone, Debug)]
pub struct LiveOptions {
    /// Those that a run has too. The run file is `<run.name>.service.db` where none is named.
    pub run: RunOptions,
    /// The command that the invocation is recorded as: `serve` or `task`.
    pub command: &'static str,
    /// The most rows that are accepted and not decided.
    pub queue: usize,
    /// Whether it goes on where the budget is reached or the models do not answer, and refuses rows for as long as that
    /// lasts; otherwise it ends.
    pub stays: bool,
}

/// What a live run does, for those who send it rows.
#[derive(Clone, Debug)]
pub struct LiveTask {
    /// `run.name`.
    pub name: String,
    pub columns: Vec<ColumnSpec>,
    /// The column that identifies rows, if there is one. It is never empty.
    pub key: Option<String>,
    /// The names of the steps, in order.
    pub steps: Vec<String>,
    /// The schema of an output of the last step.
    pub output_schema: Option<Value>,
    /// Whether the last step may make several outputs of one row.
    pub makes_several: bool,
    pub db: PathBuf,
    /// Finds batches in the run file.
    pub record: LiveRecord,
}

/// What a live run did.
#[derive(Clone, Debug)]
pub struct LiveSummary {
    pub db: PathBuf,
    /// Rows that were decided, by status, those from the record included.
    pub rows: LiveState,
    /// Work items that are still open on record.
    pub pending: u64,
    pub calls: u64,
    pub used: UsageTotals,
    /// Why the budget allows no more requests, if it ended for that.
    pub budget: Option<BudgetStop>,
    /// Whether it was stopped before all that was accepted was decided.
    pub interrupted: bool,
}
