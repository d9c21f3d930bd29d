//! What the id of a work item that is made from others is computed from, beside the name of its step: canonical JSON that
//! begins with the kind of source.

use serde_json::{Value, json};

use crate::record::{WorkId, canonical};

/// What the work item that is one output of another step is made of.
#[must_use]
pub fn output_source(parent: WorkId) -> String {
    format!("[\"output\",\"{parent}\"]")
}

/// What a work item is made of that is an element of a list, or a combination; `occurrence` tells equal ones apart,
/// from
/// 1. The element is in canonical form.
#[must_use]
pub fn element_source(parent: WorkId, element: &str, occurrence: u64) -> String {
    format!("[\"element\",\"{parent}\",{element},{occurrence}]")
}

/// What the work item is made of that stands for a list that is not known.
#[must_use]
pub fn pending_source(parent: WorkId) -> String {
    format!("[\"elements\",\"{parent}\"]")
}

/// What a work item is made of that joins others.
#[must_use]
pub fn join_source(key: &Value) -> String {
    canonical::to_string(&json!(["join", key]))
}
