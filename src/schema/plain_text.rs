//! Answers that are plain text: the one field whose value the answer is, and what prompts say about it.

use std::sync::Arc;

use super::error::SchemaError;
use super::field;
use super::json::JsonNode;

/// The schema if none is given.
pub(super) const DEFAULT_SCHEMA: &str =
    r#"{"type": "object", "properties": {"text": {"type": "string"}}, "required": ["text"]}"#;

/// The field that the answer is the value of: the only one of the schema, a string.
pub(super) fn only_field(closed: &JsonNode, name: &str) -> Result<Arc<str>, SchemaError> {
    let fields = field::fields(closed);
    let found = match &fields[..] {
        [only] if only.type_hint == "string" => return Ok(Arc::from(only.name.as_str())),
        [only] => format!("one field, `{}`, of type {}", only.name, only.type_hint),
        others => format!("{} fields", others.len()),
    };
    Err(SchemaError::NotText { name: name.to_owned(), found })
}

/// What prompts show in place of a schema.
pub(super) fn description(closed: &JsonNode, field: &str) -> String {
    let mut text =
        "Answer with plain text. All of the answer is taken, as it is: add nothing before or after it.".to_owned();
    let schema = closed.get("properties").and_then(|fields| fields.get(field));
    if let Some(description) = schema.and_then(|it| it.get("description")).and_then(JsonNode::as_str) {
        text.push_str("\nThe text: ");
        text.push_str(description);
    }
    text
}
