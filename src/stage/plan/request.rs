//! What a plan is made for: [`PlanRequest`].

use std::sync::Arc;

use super::images::ImagePlan;
use crate::prompt::{Condition, ContextBuilder, TemplateColumns};
use crate::record::TaskId;
use crate::stage::ingest::Dataset;
use crate::stage::standing;

/// What each work item is made from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PlanUnit {
    /// Each row.
    Rows,
    /// Each group of rows that share a value of the column (by position).
    Groups(usize),
    /// Each row, with the context of its group.
    RowsWithGroup(usize),
}

/// What the first requests of a step are made of, where that is not the whole of their work items.
#[derive(Clone, Debug)]
pub struct AskedOf<'a> {
    /// The positions of the columns that they show.
    pub columns: Vec<usize>,
    /// Whether they show the key or the size of the group.
    pub group: bool,
    /// Whether they show the context of the group.
    pub context: bool,
    /// A work item for which it does not hold asks nothing.
    pub when: Option<&'a Condition>,
}

/// What the plan is made for.
#[derive(Debug)]
pub struct PlanRequest<'a> {
    /// The step (rowid).
    pub step: i64,
    pub step_name: &'a str,
    /// The repeat that the step is of.
    pub repeat: u32,
    /// The rowid of the task.
    pub task: i64,
    pub task_id: TaskId,
    pub dataset: &'a Dataset,
    /// The columns as templates see them.
    pub columns: &'a Arc<TemplateColumns>,
    /// Whether a row's id does not say all of its fields, so that these are part of exact tasks: where `input.key` is
    /// set, and for a JSON file or documents.
    pub keyed: bool,
    /// Whether the step reads the lines at which rows of documents stand.
    pub reads_lines: bool,
    pub grouping: PlanUnit,
    /// Builds contexts; `None` if no prompt uses one.
    pub context: Option<&'a ContextBuilder>,
    /// What first requests are made of; `None` if that is all of a work item, or requests are not shared.
    pub asked: Option<AskedOf<'a>>,
    /// `None` if no prompt shows images.
    pub images: Option<ImagePlan<'a>>,
    /// Attempts from rounds before this one do not count; 0 if all count.
    pub floor: i64,
    /// Whether other steps take from this one.
    pub is_followed: bool,
}

impl PlanRequest<'_> {
    /// Returns how far a new work item is handed on: nothing is made from it yet.
    pub(super) fn handed_on(&self) -> i64 {
        if self.is_followed { standing::NOT_HANDED_ON } else { standing::HANDED_ON }
    }
}
