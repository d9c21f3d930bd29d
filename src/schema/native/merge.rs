//! Makes one schema of several that apply to the same value, where that is exact.

use super::form::ANNOTATIONS;
use crate::schema::json::JsonNode;

/// The schema that allows what both allow; `None` where that cannot be said in one schema.
pub(super) fn merged(one: &JsonNode, two: &JsonNode) -> Option<JsonNode> {
    let (JsonNode::Object(_), JsonNode::Object(members)) = (one, two) else {
        return match (one, two) {
            (JsonNode::Bool(true), other) | (other, JsonNode::Bool(true)) => Some(other.clone()),
            _ => None,
        };
    };
    if closes_by_itself(one) && names_others(two, one) || closes_by_itself(two) && names_others(one, two) {
        return None;
    }
    let mut whole = one.clone();
    for (key, held) in members {
        let both = match whole.get(key) {
            None => held.clone(),
            Some(before) if before == held => continue,
            Some(_) if describes(key) => continue,
            Some(before) => both(key, before, held)?,
        };
        whole.set(key, both);
    }
    Some(whole)
}

fn describes(key: &str) -> bool {
    ANNOTATIONS.contains(&key) || matches!(key, "title" | "description")
}

/// Whether a schema accepts no fields but its own.
fn closes_by_itself(schema: &JsonNode) -> bool {
    schema.get("additionalProperties") == Some(&JsonNode::Bool(false))
}

/// Whether `schema` names fields that `other` does not.
fn names_others(schema: &JsonNode, other: &JsonNode) -> bool {
    let fields = schema.get("properties").map_or(&[][..], JsonNode::members);
    fields.iter().any(|(name, _)| !other.get("properties").is_some_and(|it| it.has(name)))
}

/// The value of a keyword that says both.
fn both(key: &str, one: &JsonNode, two: &JsonNode) -> Option<JsonNode> {
    match key {
        "type" => types(one, two),
        "required" => {
            let mut names = one.items().to_vec();
            names.extend(two.items().iter().filter(|name| !one.items().contains(name)).cloned());
            Some(JsonNode::Array(names))
        }
        "properties" => {
            let mut fields = one.clone();
            for (name, field) in two.members() {
                let field = match fields.get(name) {
                    None => field.clone(),
                    Some(before) if before == field => continue,
                    Some(before) => merged(before, field)?,
                };
                fields.set(name, field);
            }
            Some(fields)
        }
        "enum" => {
            let shared: Vec<JsonNode> = one.items().iter().filter(|it| two.items().contains(it)).cloned().collect();
            (!shared.is_empty()).then_some(JsonNode::Array(shared))
        }
        "minimum" | "exclusiveMinimum" | "minLength" | "minItems" | "minProperties" => Some(larger(one, two)?.clone()),
        "maximum" | "exclusiveMaximum" | "maxLength" | "maxItems" | "maxProperties" => {
            let large = larger(one, two)?;
            Some(if std::ptr::eq(large, one) { two } else { one }.clone())
        }
        "additionalProperties" | "unevaluatedProperties" => match (one, two) {
            (JsonNode::Bool(false), _) | (_, JsonNode::Bool(false)) => Some(JsonNode::Bool(false)),
            _ => None,
        },
        "items" => merged(one, two),
        _ => None,
    }
}

fn larger<'a>(one: &'a JsonNode, two: &'a JsonNode) -> Option<&'a JsonNode> {
    let (JsonNode::Number(first), JsonNode::Number(second)) = (one, two) else { return None };
    Some(if first.as_f64()? >= second.as_f64()? { one } else { two })
}

/// Whether the types of two schemas leave no value that fits both.
pub(super) fn types_exclude(one: &JsonNode, two: &JsonNode) -> bool {
    one.get("type").zip(two.get("type")).is_some_and(|(one, two)| types(one, two).is_none())
}

fn types(one: &JsonNode, two: &JsonNode) -> Option<JsonNode> {
    let list = |node: &JsonNode| match node {
        JsonNode::String(_) => vec![node.clone()],
        other => other.items().to_vec(),
    };
    let is = |node: &JsonNode, name: &str| node.as_str() == Some(name);
    let (first, second) = (list(one), list(two));
    let in_list = |kind: &JsonNode, others: &[JsonNode]| {
        others.contains(kind) || (is(kind, "integer") && others.iter().any(|other| is(other, "number")))
    };
    let mut shared: Vec<JsonNode> = first.iter().filter(|kind| in_list(kind, &second)).cloned().collect();
    shared.extend(
        second.iter().filter(|kind| in_list(kind, &first) && !shared.contains(kind)).cloned().collect::<Vec<_>>(),
    );
    match shared.len() {
        0 => None,
        1 => shared.pop(),
        _ => Some(JsonNode::Array(shared)),
    }
}
