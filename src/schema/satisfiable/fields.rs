//! Required fields that an object cannot have.

use super::schemas::{Contradiction, Part, Schemas};
use super::types::TypeSet;
use crate::schema::json::JsonNode;
use crate::schema::pointer::escape;
use crate::schema::subschemas::{self, SubschemaRole};

/// The contradictions among the fields that `parts` require, which apply to the same value as `whole`. All of them rule
/// objects out.
pub(super) fn contradictions(
    schemas: &Schemas<'_>,
    whole: &Part<'_>,
    parts: &[Part<'_>],
) -> Vec<(TypeSet, Contradiction)> {
    let mut required: Vec<(&str, String)> = Vec::new();
    for part in parts {
        for (at, name) in part.schema.get("required").map_or(&[][..], JsonNode::items).iter().enumerate() {
            required.extend(name.as_str().map(|name| (name, format!("{}/required/{at}", part.pointer))));
        }
    }
    let mut found = Vec::new();
    let mut lacking = |allowed: &[&str]| {
        for (name, pointer) in required.iter().filter(|(name, _)| !allowed.contains(name)) {
            let message = format!(
                "the field `{name}` is required, but `properties` does not name it, and the object accepts no other \
                 fields"
            );
            found.push(Contradiction { pointer: pointer.clone(), message });
        }
    };
    for part in parts.iter().filter(|part| is_false(part.schema, "additionalProperties")) {
        let has_patterns = part.schema.get("patternProperties").is_some_and(|it| !it.members().is_empty());
        if !has_patterns {
            lacking(&names(part.schema));
        }
    }
    if is_false(whole.schema, "unevaluatedProperties")
        && let Some(allowed) = evaluated(schemas, whole.schema)
    {
        lacking(&allowed);
    }
    found.extend(too_few(parts, required.len()));
    found.extend(required.iter().filter_map(|(name, _)| forbidden(parts, name)));
    found.into_iter().map(|it| (TypeSet::OBJECT, it)).collect()
}

fn is_false(schema: &JsonNode, keyword: &str) -> bool {
    schema.get(keyword) == Some(&JsonNode::Bool(false))
}

fn names(schema: &JsonNode) -> Vec<&str> {
    schema.get("properties").map_or(&[][..], JsonNode::members).iter().map(|(name, _)| name.as_str()).collect()
}

/// The fields that a schema and those for the same value name; `None` if they accept more.
fn evaluated<'a>(schemas: &Schemas<'a>, whole: &'a JsonNode) -> Option<Vec<&'a str>> {
    let mut found = Vec::new();
    let mut seen: Vec<&JsonNode> = Vec::new();
    let mut open = vec![whole];
    while let Some(schema) = open.pop() {
        if seen.iter().any(|it| std::ptr::eq(*it, schema)) {
            continue;
        }
        seen.push(schema);
        let is_open = ["patternProperties", "additionalProperties", "unevaluatedProperties"]
            .iter()
            .any(|keyword| schema.get(keyword).is_some_and(|held| *held != JsonNode::Bool(false)));
        if is_open || schema.has("$dynamicRef") {
            return None;
        }
        found.extend(names(schema));
        match (schema.has("$ref"), schemas.target(schema)) {
            (true, None) => return None,
            (_, target) => open.extend(target.map(|at| schemas.all[at].schema)),
        }
        subschemas::each(schema, &mut |node, keyword, role, _| {
            if role == SubschemaRole::InPlace || keyword == "if" {
                open.push(node);
            }
        });
    }
    Some(found)
}

/// That objects have to have more fields than they can, or fewer than they must.
fn too_few(parts: &[Part<'_>], required: usize) -> Option<Contradiction> {
    let count = |part: &Part<'_>, keyword: &str| match part.schema.get(keyword) {
        Some(JsonNode::Number(number)) => number.as_u64().and_then(|it| usize::try_from(it).ok()),
        _ => None,
    };
    parts.iter().find_map(|part| {
        if let Some(most) = count(part, "maxProperties").filter(|most| required > *most && parts.len() == 1) {
            let message = format!("{required} fields are required, and at most {most} are allowed");
            return Some(Contradiction { pointer: format!("{}/maxProperties", part.pointer), message });
        }
        let has_patterns = part.schema.get("patternProperties").is_some_and(|it| !it.members().is_empty());
        let named = names(part.schema).len();
        let least = count(part, "minProperties")?;
        let is_closed = is_false(part.schema, "additionalProperties") && !has_patterns;
        let message = format!("objects have at least {least} fields, and only {named} are named");
        (is_closed && least > named)
            .then(|| Contradiction { pointer: format!("{}/minProperties", part.pointer), message })
    })
}

/// That a required field may have no value at all.
fn forbidden(parts: &[Part<'_>], name: &str) -> Option<Contradiction> {
    parts.iter().find(|part| part.schema.get("properties").is_some_and(|it| is_false(it, name))).map(|part| {
        let message = format!("the field `{name}` is required, and its schema is `false`, which allows no value");
        Contradiction { pointer: format!("{}/properties/{}", part.pointer, escape(name)), message }
    })
}
