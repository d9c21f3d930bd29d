//! What work items and their exact tasks are made of.

use serde_json::{Value, json};

use crate::record::{CacheId, GroupContextId, InputId, RowId, TaskId, WorkId, canonical};
use crate::stage::ingest::canonical_fields;

/// The id of a row's work item.
#[must_use]
pub fn row_work_id(step: &str, row_id: RowId) -> WorkId {
    WorkId::of_canonical(&[&canonical::to_vec(&json!(step)), format!("[\"row\",\"{row_id}\"]").as_bytes()])
}

/// The id of a work item's exact task.
#[must_use]
pub fn cache_id(work_id: WorkId, input_id: InputId, task_id: TaskId) -> CacheId {
    CacheId::of_canonical(&[format!("\"{work_id}\",\"{input_id}\",\"{task_id}\"").as_bytes()])
}

/// The id of a group's work item.
#[must_use]
pub fn group_work_id(step: &str, key: &str) -> WorkId {
    WorkId::of(&[json!(step), json!(["group", key])])
}

/// What a prompt, a check or a judge may see of a group, with the images that it shows, where there are any.
#[must_use]
pub fn group_input_id(identity: Value, images: Option<&Value>) -> InputId {
    let mut parts = vec![Value::Null, identity];
    parts.extend(images.cloned());
    InputId::of(&parts)
}

/// What a group is to those who see it.
#[must_use]
pub fn group_identity(context: GroupContextId, key: &str, rows: i64) -> Value {
    json!({"context": context.to_string(), "key": key, "rows": rows})
}

/// What identifies the input of a work item whose source is a row.
#[derive(Clone, Copy, Debug)]
pub struct Identity<'a> {
    /// Whether a column gives rows their identity; then their other fields count beside it.
    pub keyed: bool,
    /// The input's columns.
    pub columns: &'a [String],
    /// Their positions by name.
    pub sorted: &'a [usize],
}

impl Identity<'_> {
    /// What a prompt, a check or a judge may see of a row: all its fields, and its group. Without a key the row's own
    /// id stands for its fields, since it is made of them. The images that it shows count where there are any.
    pub fn of_row(
        &self,
        row_id: RowId,
        fields: &[String],
        group: Option<Value>,
        images: Option<&Value>,
        buffer: &mut Vec<u8>,
    ) -> InputId {
        if self.keyed {
            canonical_fields(self.columns, self.sorted, fields, buffer);
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
