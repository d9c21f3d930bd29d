//! Why an object cannot be made: [`ObjectFault`].

use crate::config::printable;
use crate::record::WorkId;

/// Why an object of a file cannot be made. None of the files is written then.
#[derive(Debug, thiserror::Error)]
#[error("{file}: {object}: `{}`: {}", printable(field), printable(problem))]
pub struct ObjectFault {
    /// The name of the file.
    pub file: String,
    /// The object and its work item, in words.
    pub object: String,
    /// The field of the object.
    pub field: String,
    /// What is wrong, and what was expected.
    pub problem: String,
    pub hint: Option<String>,
}

/// The name of an object in messages. `number` counts from 1.
pub(in crate::stage::export) fn in_words(id: Option<&str>, number: u64, work_id: WorkId) -> String {
    let name = id.map_or_else(|| format!("object {number}"), |id| format!("`{id}`"));
    let work_id = work_id.to_string();
    format!("{name} (work item {})", work_id.get(..12).unwrap_or(&work_id))
}
