//! Listed values that the other keywords exclude.

use jsonschema::Draft;

use super::schemas::{Contradiction, Part};
use crate::schema::json::JsonNode;
use crate::schema::{subschemas, validator};

/// Keywords that say nothing about a value by themselves, or not without the schemas that stand beside them.
const BESIDE: &[&str] =
    &["$ref", "allOf", "$defs", "definitions", "unevaluatedProperties", "unevaluatedItems", "$schema", "$id"];

/// That the other keywords of `parts`, which apply to the same value, exclude all values that one of them lists.
pub(super) fn contradiction(parts: &[Part<'_>], draft: Draft) -> Option<Contradiction> {
    let (part, keyword, values) = parts.iter().find_map(|part| {
        let of = |keyword, values| (part, keyword, values);
        let constant = part.schema.get("const").map(|value| of("const", std::slice::from_ref(value)));
        constant.or_else(|| part.schema.get("enum").map(|values| of("enum", values.items())))
    })?;
    let is_alone = parts.iter().all(|it| std::ptr::eq(it.schema, part.schema) || it.schema.members().is_empty());
    let others = part.schema.members().iter().any(|(key, _)| !matches!(key.as_str(), "enum" | "const" | "type"));
    let both = part.schema.has("const") && part.schema.has("enum");
    if values.is_empty() || (is_alone && !others && !both) {
        return None;
    }
    let by_itself = parts.iter().map(|it| without_others(it.schema)).filter(|it| !refers(it));
    let validators: Vec<_> = by_itself.filter_map(|it| validator::build(&it.to_value(), draft).ok()).collect();
    let fits = |value: &JsonNode| {
        let value = value.to_value();
        validators.iter().all(|validator| validator.is_valid(&value))
    };
    if values.iter().any(fits) {
        return None;
    }
    let message = match keyword {
        "const" => "the value of `const` is not valid against the other keywords here".to_owned(),
        _ => "none of the values of `enum` is valid against the other keywords here".to_owned(),
    };
    Some(Contradiction { pointer: format!("{}/{keyword}", part.pointer), message })
}

/// A schema without the keywords that need others to be looked at.
fn without_others(schema: &JsonNode) -> JsonNode {
    match schema {
        JsonNode::Object(members) => {
            JsonNode::Object(members.iter().filter(|(key, _)| !BESIDE.contains(&key.as_str())).cloned().collect())
        }
        other => other.clone(),
    }
}

/// Whether a schema refers to others, so that it cannot be looked at by itself.
pub(super) fn refers(schema: &JsonNode) -> bool {
    let mut found = schema.has("$ref") || schema.has("$dynamicRef");
    subschemas::each(schema, &mut |node, _, _, _| found = found || refers(node));
    found
}
