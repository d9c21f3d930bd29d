//! A work item as it was claimed: everything that its prompts, checks and conditions may see.

use std::sync::Arc;

use serde_json::Value;

use super::fold::Shared;
use crate::prompt::{Group, Lineage, Row};
use crate::record::{CacheId, WorkId};
use crate::stage::image::Images;

/// A work item as it was claimed.
#[derive(Debug)]
pub struct Work {
    /// Its standing (rowid).
    pub id: i64,
    /// The work item itself (rowid).
    pub work_item: i64,
    /// The place of its step among those of the run.
    pub place: usize,
    /// Its id.
    pub work_id: WorkId,
    /// The id of its exact task.
    pub cache_id: CacheId,
    /// The round in which it was opened.
    pub round: Option<i64>,
    /// Its sample number.
    pub sample: u32,
    /// How many attempts the record counts.
    pub attempts: u32,
    /// How many attempts it may have.
    pub max_attempts: u32,
    /// How often the judge may be asked about one output.
    pub max_verdicts: u32,
    /// Its row, where its source is one.
    pub row: Option<Arc<Row>>,
    /// Its group, where there is one.
    pub group: Option<Arc<Group>>,
    /// The context that prompts see.
    pub context: Option<Arc<str>>,
    /// The context as a shared text, for groups.
    pub shared_context: Option<Arc<Shared>>,
    /// The images that prompts show.
    pub images: Images,
    /// What it goes back to, where it is made from other steps' outputs.
    pub lineage: Option<Arc<Lineage>>,
    /// Its own item, where it is made from others and has one.
    pub item: Option<Value>,
    /// The outputs of other steps that it is made from (rowids), in order.
    pub inputs: Vec<i64>,
}
