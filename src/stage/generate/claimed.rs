//! A work item as it was claimed: everything that its prompts, checks and conditions may see.

use std::sync::Arc;

use serde_json::Value;

use super::fold::SharedText;
use super::task::Task;
use crate::prompt::{Lineage, TemplateGroup, TemplateRow};
use crate::record::{CacheId, WorkId};
use crate::stage::image::ItemImages;

/// A claimed work item.
#[derive(Debug)]
pub struct ClaimedItem {
    /// Its standing (rowid).
    pub id: i64,
    /// The work item itself (rowid).
    pub work_item: i64,
    /// The index of its step in the run, from 0.
    pub place: usize,
    pub work_id: WorkId,
    /// The id of its exact task.
    pub cache_id: CacheId,
    /// The round in which it was opened, if any (rowid).
    pub round: Option<i64>,
    /// Decisions of people from rounds before this one (rowid) do not count for it; 0 if all count.
    pub tape_round: i64,
    /// Responses to calls of invocations up to this one (rowid) do not answer its requests; 0 if all do.
    pub tape_after: i64,
    /// Its sample number, from 1.
    pub sample: u32,
    /// How many attempts it may have.
    pub max_attempts: u32,
    /// How often a judge may be asked about one output.
    pub max_verdicts: u32,
    /// Its row, if it is made from one.
    pub row: Option<Arc<TemplateRow>>,
    /// Its group, if there is one.
    pub group: Option<Arc<TemplateGroup>>,
    /// The context as prompts see it.
    pub context: Option<Arc<str>>,
    /// The context of a group as a shared text.
    pub shared_context: Option<Arc<SharedText>>,
    /// The images that its prompts show.
    pub images: ItemImages,
    /// What templates see of the outputs that it is made from.
    pub lineage: Option<Arc<Lineage>>,
    /// Its own element or join key, if it is made from outputs of other steps.
    pub item: Option<Value>,
    /// The gold answer of its row or group, in a step that reads it.
    pub gold: Option<Value>,
    /// The outputs of other steps that it is made from (rowids of cache entries), in order.
    pub inputs: Vec<i64>,
}

impl ClaimedItem {
    /// Returns the line of its document at which its row begins, in a step with evidence.
    #[must_use]
    pub fn first_line(&self, task: &Task) -> Option<i64> {
        task.evidence.as_ref()?.first_line(self.row.as_ref()?)
    }
}
