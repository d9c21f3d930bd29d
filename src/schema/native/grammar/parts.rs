//! What is asked of schemas while they are written for an engine.

use super::super::form::ANNOTATIONS;
use crate::schema::json::JsonNode;
use crate::schema::keywords;

pub(super) fn empty() -> JsonNode {
    JsonNode::Object(Vec::new())
}

pub(super) fn describes(key: &str) -> bool {
    matches!(key, "title" | "description")
}

pub(super) fn without_annotations(schema: &JsonNode) -> JsonNode {
    let is_kept = |key: &str| !ANNOTATIONS.contains(&key) && (keywords::constrains(key) || describes(key));
    JsonNode::Object(schema.members().iter().filter(|(key, _)| is_kept(key)).cloned().collect())
}

/// Whether a schema constrains values by other keywords than `but`.
pub(super) fn constrains(schema: &JsonNode, but: &[&str]) -> bool {
    schema.members().iter().any(|(key, _)| !describes(key) && !but.contains(&key.as_str()))
}

/// Lets an object have fields that its schema does not name.
pub(super) fn open(node: &mut JsonNode) {
    if node.remove("unevaluatedProperties").is_some() {
        node.set("additionalProperties", JsonNode::Bool(true));
    }
}

/// The title and the description of a schema.
pub(super) fn described(node: &JsonNode) -> JsonNode {
    JsonNode::Object(node.members().iter().filter(|(key, _)| describes(key)).cloned().collect())
}

/// `written` after the title and the description of `node`.
pub(super) fn with_description(node: &JsonNode, written: &JsonNode) -> JsonNode {
    let mut out = described(node);
    for (key, held) in written.members() {
        out.set(key, held.clone());
    }
    out
}

/// Whether a field that both require has other listed values in each.
pub(super) fn are_told_apart(one: &JsonNode, two: &JsonNode) -> bool {
    let requires = |schema: &JsonNode, name: &str| {
        let names = schema.get("required").map_or(&[][..], JsonNode::items);
        names.iter().any(|it| it.as_str() == Some(name))
    };
    let fields = one.get("properties").map_or(&[][..], JsonNode::members);
    fields.iter().filter(|(name, _)| requires(one, name) && requires(two, name)).any(|(name, field)| {
        let other = two.get("properties").and_then(|it| it.get(name));
        let (first, second) = (listed(field), other.map(listed).unwrap_or_default());
        !first.is_empty() && !second.is_empty() && !first.iter().any(|it| second.contains(it))
    })
}

pub(super) fn listed(schema: &JsonNode) -> &[JsonNode] {
    schema.get("const").map_or_else(|| schema.get("enum").map_or(&[][..], JsonNode::items), std::slice::from_ref)
}

/// The type of a schema's listed values, where it follows from them: `enum` and `const` of scalars.
pub(in super::super) fn type_of_listed(schema: &JsonNode) -> Option<JsonNode> {
    let mut kinds: Vec<&str> = Vec::new();
    for value in listed(schema) {
        let kind = match value {
            JsonNode::Null => "null",
            JsonNode::Bool(_) => "boolean",
            JsonNode::Number(number) if number.is_f64() => "number",
            JsonNode::Number(_) => "integer",
            JsonNode::String(_) => "string",
            JsonNode::Array(_) | JsonNode::Object(_) => return None,
        };
        if !kinds.contains(&kind) {
            kinds.push(kind);
        }
    }
    if kinds.contains(&"number") {
        kinds.retain(|kind| *kind != "integer");
    }
    let names: Vec<JsonNode> = kinds.into_iter().map(|kind| JsonNode::String(kind.to_owned())).collect();
    match names.len() {
        0 => None,
        1 => names.into_iter().next(),
        _ => Some(JsonNode::Array(names)),
    }
}

/// Whether a schema allows integers and no other numbers.
pub(super) fn is_of_integers(kinds: &[String]) -> bool {
    kinds.iter().any(|kind| kind == "integer") && !kinds.iter().any(|kind| kind == "number")
}
