//! The types of values: whether a value has one that a schema allows, and which one a schema without `type` is about.

use crate::schema::json::JsonNode;

/// Whether `type` allows a value.
pub(super) fn has_kind(merged: &JsonNode, value: &JsonNode) -> bool {
    let kind = match value {
        JsonNode::Null => "null",
        JsonNode::Bool(_) => "boolean",
        JsonNode::Number(_) => "number",
        JsonNode::String(_) => "string",
        JsonNode::Array(_) => "array",
        JsonNode::Object(_) => "object",
    };
    let fits = |allowed: &str| allowed == kind || (kind == "number" && allowed == "integer");
    match merged.get("type") {
        Some(JsonNode::String(allowed)) => fits(allowed),
        Some(allowed) => allowed.items().iter().filter_map(JsonNode::as_str).any(fits),
        None => true,
    }
}

/// The type that the keywords apply to.
pub(super) fn kind_by_keywords(merged: &JsonNode) -> &'static str {
    let has = |keys: &[&str]| keys.iter().any(|key| merged.has(key));
    if has(&["properties", "required", "patternProperties", "additionalProperties", "minProperties"]) {
        "object"
    } else if has(&["items", "prefixItems", "contains", "minItems", "uniqueItems"]) {
        "array"
    } else if has(&["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"]) {
        "number"
    } else {
        "string"
    }
}
