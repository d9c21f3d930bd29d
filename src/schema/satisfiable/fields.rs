//! Required fields that an object cannot have.

use jsonschema::Draft;
use serde_json::Value;

use super::listed;
use super::schemas::{Contradiction, Part, Schemas};
use super::types::TypeSet;
use crate::schema::json::JsonNode;
use crate::schema::pointer::escape;
use crate::schema::subschemas::{self, SubschemaRole};
use crate::schema::validator;

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
    let count = required.len();
    require_dependents(parts, schemas.draft, &mut required);
    let mut found = Vec::new();
    let mut lacking = |allowed: &[&str]| {
        let unnamed = required.iter().filter(|(name, _)| !allowed.contains(name));
        found.extend(unnamed.map(|(name, pointer)| not_named(name, pointer.clone())));
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
    found.extend(too_few(parts, count));
    found.extend(required.iter().filter_map(|(name, pointer)| refused_name(parts, name, pointer, schemas.draft)));
    found.extend(required.iter().filter_map(|(name, _)| forbidden(parts, name)));
    found.into_iter().map(|it| (TypeSet::OBJECT, it)).collect()
}

fn not_named(name: &str, pointer: String) -> Contradiction {
    let message = format!(
        "the field `{name}` is required, but `properties` does not name it, and the object accepts no other fields"
    );
    Contradiction { pointer, message }
}

/// Adds the fields that the presence of the `required` ones requires.
fn require_dependents<'a>(parts: &[Part<'a>], draft: Draft, required: &mut Vec<(&'a str, String)>) {
    let key = if draft == Draft::Draft7 { "dependencies" } else { "dependentRequired" };
    let mut at = 0;
    while let Some((name, _)) = required.get(at).cloned() {
        for part in parts {
            let names = part.schema.get(key).and_then(|it| it.get(name)).map_or(&[][..], JsonNode::items);
            for (index, other) in names.iter().enumerate().filter_map(|(index, it)| Some((index, it.as_str()?))) {
                if !required.iter().any(|(known, _)| *known == other) {
                    required.push((other, format!("{}/{key}/{}/{index}", part.pointer, escape(name))));
                }
            }
        }
        at += 1;
    }
}

/// The contradictions of alternatives and conditions of `whole` that require a field which it does not accept, each
/// with the index of the alternative.
pub(super) fn of_alternatives(schemas: &Schemas<'_>, whole: &Part<'_>) -> Vec<(usize, Contradiction)> {
    let has_patterns = whole.schema.get("patternProperties").is_some_and(|it| !it.members().is_empty());
    let allowed = if is_false(whole.schema, "additionalProperties") && !has_patterns {
        names(whole.schema)
    } else if is_false(whole.schema, "unevaluatedProperties") {
        match evaluated(schemas, whole.schema) {
            Some(names) => names,
            None => return Vec::new(),
        }
    } else {
        return Vec::new();
    };
    let mut found = Vec::new();
    subschemas::each(whole.schema, &mut |node, keyword, _, step| {
        if !matches!(keyword, "anyOf" | "oneOf" | "then" | "else") {
            return;
        }
        let Some(index) = schemas.index(node) else { return };
        for (at, name) in node.get("required").map_or(&[][..], JsonNode::items).iter().enumerate() {
            if let Some(name) = name.as_str().filter(|name| !allowed.contains(name)) {
                found.push((index, not_named(name, format!("{}{step}/required/{at}", whole.pointer))));
            }
        }
    });
    found
}

/// That `propertyNames` does not accept the name of a required field.
fn refused_name(parts: &[Part<'_>], name: &str, pointer: &str, draft: Draft) -> Option<Contradiction> {
    let text = Value::String(name.to_owned());
    let refuses = |names: &JsonNode| {
        !listed::refers(names) && validator::build(&names.to_value(), draft).is_ok_and(|it| !it.is_valid(&text))
    };
    parts.iter().filter_map(|part| part.schema.get("propertyNames")).any(refuses).then(|| {
        let message = format!("the field `{name}` is required, and `propertyNames` does not accept its name");
        Contradiction { pointer: pointer.to_owned(), message }
    })
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
