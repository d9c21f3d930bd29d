//! What work items and their exact tasks are made of.

use serde_json::{Value, json};

use crate::record::{CacheId, GroupContextId, InputId, RowId, TaskId, WorkId, canonical};
use crate::stage::ingest::canonical_fields;

/// The id of a work item of the step called `step`, whose source is `source` in canonical form: a list that begins with
/// the kind of source.
#[must_use]
pub fn work_id(step: &str, source: &str) -> WorkId {
    WorkId::of_canonical(&[&canonical::to_vec(&json!(step)), source.as_bytes()])
}

/// What the work item of a row is made of.
#[must_use]
pub fn row_source(row_id: RowId) -> String {
    format!("[\"row\",\"{row_id}\"]")
}

/// What the work item of a group is made of.
#[must_use]
pub fn group_source(key: &str) -> String {
    canonical::to_string(&json!(["group", key]))
}

/// The id of a work item's exact task.
#[must_use]
pub fn cache_id(work_id: WorkId, input_id: InputId, task_id: TaskId) -> CacheId {
    CacheId::of_canonical(&[format!("\"{work_id}\",\"{input_id}\",\"{task_id}\"").as_bytes()])
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
