//! What the id of a work item that is made from others is computed from, beside the name of its step: canonical JSON
//! that begins with the kind of source.

use serde_json::{Value, json};

use crate::record::{WorkId, canonical};

/// For the work item that is made of one output.
#[must_use]
pub fn output_source(parent: WorkId) -> String {
    format!("[\"output\",\"{parent}\"]")
}

/// For an element of a list, or a combination, in canonical JSON. `occurrence` tells equal elements apart, from 1.
#[must_use]
pub fn element_source(parent: WorkId, element: &str, occurrence: u64) -> String {
    format!("[\"element\",\"{parent}\",{element},{occurrence}]")
}

/// For the stand-in of a list that is not known yet.
#[must_use]
pub fn pending_source(parent: WorkId) -> String {
    format!("[\"elements\",\"{parent}\"]")
}

/// For a work item that joins others by `key`.
#[must_use]
pub fn join_source(key: &Value) -> String {
    canonical::to_string(&json!(["join", key]))
}
