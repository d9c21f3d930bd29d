//! What a plan is made for: [`PlanRequest`].

use std::sync::Arc;

use super::images::ImagePlan;
use crate::prompt::{Columns, ContextBuilder};
use crate::record::TaskId;
use crate::stage::ingest::Dataset;
use crate::stage::standing;

/// What becomes a work item.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Grouping {
    /// Each row.
    Rows,
    /// Each group of rows that share a value of the column (by position).
    Groups(usize),
    /// Each row, with the context of its group.
    RowsWithGroup(usize),
}

/// What the plan is made for.
#[derive(Debug)]
pub struct PlanRequest<'a> {
    /// The step's rowid.
    pub step: i64,
    /// The step's name.
    pub step_name: &'a str,
    /// The task's rowid.
    pub task: i64,
    /// The task.
    pub task_id: TaskId,
    /// The rows.
    pub dataset: &'a Dataset,
    /// Their columns, as templates see them.
    pub columns: &'a Arc<Columns>,
    /// Whether a column gives rows their identity; then their other fields are part of their exact task.
    pub keyed: bool,
    /// What becomes a work item.
    pub grouping: Grouping,
    /// How contexts are built; `None` where no prompt uses one.
    pub context: Option<&'a ContextBuilder>,
    /// Which images are shown; `None` where no prompt shows one.
    pub images: Option<ImagePlan<'a>>,
    /// The round before which nothing that was tried counts; 0 where there is none.
    pub floor: i64,
    /// Whether other steps take from this one.
    pub is_followed: bool,
}

impl PlanRequest<'_> {
    /// Where what is made from a new work item stands: there is nothing yet.
    pub(super) fn handed_on(&self) -> i64 {
        if self.is_followed { standing::NOT_HANDED_ON } else { standing::HANDED_ON }
    }
}
