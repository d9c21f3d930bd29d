//! The ids of work items, of their inputs and of their exact tasks, and what these are computed from.

use serde_json::{Value, json};

use crate::record::{CacheId, Field, GroupContextId, InputId, RowId, TaskId, WorkId, canonical};
use crate::stage::ingest::seen_fields;

/// Returns the id of a work item of the step called `step`. `source` is canonical JSON: a list that begins with the
/// kind of source.
#[must_use]
pub fn work_id(step: &str, source: &str) -> WorkId {
    WorkId::of_canonical(&[&canonical::to_vec(&json!(step)), source.as_bytes()])
}

/// Returns the source of the work item of a row.
#[must_use]
pub fn row_source(row_id: RowId) -> String {
    format!("[\"row\",\"{row_id}\"]")
}

/// Returns the source of the work item of a group.
#[must_use]
pub fn group_source(key: &str) -> String {
    canonical::to_string(&json!(["group", key]))
}

/// Returns the id of a work item's exact task in a repeat. The first repeat is the task as it is done once; each
/// further one shares nothing with the others.
#[must_use]
pub fn cache_id(work_id: WorkId, input_id: InputId, task_id: TaskId, repeat: u32) -> CacheId {
    let task = format!("\"{work_id}\",\"{input_id}\",\"{task_id}\"");
    let task = if repeat > 1 { format!("{task},{repeat}") } else { task };
    CacheId::of_canonical(&[task.as_bytes()])
}

/// Returns the id of what prompts, checks and judges may see of a group, including its images.
#[must_use]
pub fn group_input_id(identity: Value, images: Option<&Value>) -> InputId {
    let mut parts = vec![Value::Null, identity];
    parts.extend(images.cloned());
    InputId::of(&parts)
}

/// Returns what of a group is part of an exact task.
#[must_use]
pub fn group_identity(context: GroupContextId, key: &str, rows: i64) -> Value {
    json!({"context": context.to_string(), "key": key, "rows": rows})
}

/// Computes the input ids of rows.
#[derive(Clone, Copy, Debug)]
pub struct Identity<'a> {
    /// Whether the fields count beside the row id: where `input.key` is set, for a JSON file, whose row ids are made of
    /// the texts alone, and for documents, whose row ids are made of headings.
    pub keyed: bool,
    /// The columns of the input.
    pub columns: &'a [String],
    /// The positions of the columns that count, sorted by name.
    pub sorted: &'a [usize],
}

impl Identity<'_> {
    /// Returns the id of what prompts, checks and judges may see of a row: its fields, its group and its images.
    /// Without a key, the row's id stands for its fields, since it is computed from them.
    pub fn of_row(
        &self,
        row_id: RowId,
        fields: &[Field],
        group: Option<Value>,
        images: Option<&Value>,
        buffer: &mut Vec<u8>,
    ) -> InputId {
        if self.keyed {
            seen_fields(self.columns, self.sorted, fields, buffer);
        } else {
            buffer.clear();
            buffer.extend_from_slice(format!("\"{row_id}\"").as_bytes());
        }
        let group = canonical::to_vec(&group.unwrap_or_default());
        match images {
            None => InputId::of_canonical(&[buffer, &group]),
            Some(images) => InputId::of_canonical(&[buffer, &group, &canonical::to_vec(images)]),
        }
    }
}
