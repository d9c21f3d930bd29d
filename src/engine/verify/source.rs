//! The sources of work items, from which their ids are made.

use serde_json::Value;

use crate::record::{RowId, SourceKind, WorkId};

/// Whether a source has the form of its kind.
pub(super) fn fits(kind: SourceKind, source: &Value) -> bool {
    let Some([word, rest @ ..]) = source.as_array().map(Vec::as_slice) else { return false };
    let is_parent = |id: &Value| id.as_str().is_some_and(|id| id.parse::<WorkId>().is_ok());
    match (kind, word.as_str().unwrap_or_default(), rest) {
        (SourceKind::Row, "row", [id]) => id.as_str().is_some_and(|id| id.parse::<RowId>().is_ok()),
        (SourceKind::Group, "group", [key]) => key.is_string(),
        (SourceKind::Output, "output", [parent]) | (SourceKind::Element | SourceKind::Pair, "elements", [parent]) => {
            is_parent(parent)
        }
        (SourceKind::Element | SourceKind::Pair, "element", [parent, _, occurrence]) => {
            is_parent(parent) && occurrence.as_u64().is_some_and(|it| it >= 1)
        }
        (SourceKind::Join, "join", [key]) => key.as_object().is_some_and(|it| it.len() == 1),
        (SourceKind::Task, "task", []) => true,
        _ => false,
    }
}

/// The source of the previous equal element, if there is one.
pub(super) fn one_fewer(source: &Value) -> Option<String> {
    let Some([word, parent, element, occurrence]) = source.as_array().map(Vec::as_slice) else { return None };
    if word != "element" {
        return None;
    }
    let before = occurrence.as_u64().filter(|it| *it > 1)? - 1;
    let parent = parent.as_str()?.parse().ok()?;
    Some(crate::stage::derive::element_source(parent, &crate::record::canonical::to_string(element), before))
}
