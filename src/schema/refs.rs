//! Resolves references (`$ref`, `$dynamicRef`), which must point into the same file: nothing is fetched.

use std::borrow::Cow;

use super::error::SchemaError;
use super::json::JsonNode;
use super::{pointer, subschemas};

/// The schema that `reference` refers to from anywhere in `root`.
pub(super) fn resolve<'a>(root: &'a JsonNode, reference: &str) -> Option<&'a JsonNode> {
    let (base, fragment) = reference.split_once('#').unwrap_or((reference, ""));
    let document = if base.is_empty() || root.get("$id").and_then(JsonNode::as_str) == Some(base) {
        root
    } else {
        find(root, &|node| node.get("$id").and_then(JsonNode::as_str).map(|id| id.trim_end_matches('#')) == Some(base))?
    };
    let fragment = percent_decoded(fragment)?;
    if fragment.is_empty() {
        return Some(document);
    }
    if fragment.starts_with('/') {
        return follow(document, &fragment);
    }
    let draft_7_anchor = format!("#{fragment}");
    let is_anchor = |node: &JsonNode| {
        let says = |key: &str, text: &str| node.get(key).and_then(JsonNode::as_str) == Some(text);
        says("$anchor", &fragment) || says("$dynamicAnchor", &fragment) || says("$id", &draft_7_anchor)
    };
    find(document, &is_anchor)
}

/// Finds the first schema in `root`, itself included, that is `wanted`.
fn find<'a>(root: &'a JsonNode, wanted: &dyn Fn(&JsonNode) -> bool) -> Option<&'a JsonNode> {
    if wanted(root) {
        return Some(root);
    }
    let mut found = None;
    subschemas::each(root, &mut |node, _, _, _| {
        if found.is_none() {
            found = find(node, wanted);
        }
    });
    found
}

fn follow<'a>(document: &'a JsonNode, pointer: &str) -> Option<&'a JsonNode> {
    pointer::tokens(pointer).try_fold(document, |node, token| match node {
        JsonNode::Array(items) => items.get(token.parse::<usize>().ok()?),
        _ => node.get(&token),
    })
}

fn percent_decoded(text: &str) -> Option<Cow<'_, str>> {
    if !text.contains('%') {
        return Some(Cow::Borrowed(text));
    }
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        if byte == b'%' {
            let hex = std::str::from_utf8(after.get(..2)?).ok()?;
            bytes.push(u8::from_str_radix(hex, 16).ok()?);
            rest = &after[2..];
        } else {
            bytes.push(byte);
            rest = after;
        }
    }
    String::from_utf8(bytes).ok().map(Cow::Owned)
}

/// Checks that each reference in `root` has a target in it, and that no schema applies itself to the same value again.
pub(super) fn check(root: &JsonNode, name: &str) -> Result<(), SchemaError> {
    check_below(root, root, "", false, name)
}

fn check_below(root: &JsonNode, schema: &JsonNode, pointer: &str, nested: bool, name: &str) -> Result<(), SchemaError> {
    // Below a nested `$id`, `#/…` is relative to that schema.
    let moves = |id: &str| !id.starts_with('#');
    let nested = nested || (!pointer.is_empty() && schema.get("$id").and_then(JsonNode::as_str).is_some_and(moves));
    for keyword in ["$ref", "$dynamicRef"] {
        let Some(reference) = schema.get(keyword).and_then(JsonNode::as_str) else { continue };
        let pointer = format!("{pointer}/{keyword}");
        if nested && reference.starts_with('#') {
            let message = "a local `$ref` below a nested `$id` is not supported: remove the nested `$id`".to_owned();
            return Err(SchemaError::Invalid { name: name.to_owned(), pointer, message });
        }
        let (name, reference) = (name.to_owned(), reference.to_owned());
        match resolve(root, &reference) {
            Some(JsonNode::Object(_) | JsonNode::Bool(_)) => {}
            None if !reference.starts_with('#') => {
                return Err(SchemaError::RemoteRef { name, pointer, reference });
            }
            _ => return Err(SchemaError::DanglingRef { name, pointer, reference }),
        }
    }
    if refers_to_itself(root, schema, &mut Vec::new()) {
        let message = "this schema refers to itself for the same value, without an end".to_owned();
        return Err(SchemaError::Invalid { name: name.to_owned(), pointer: pointer::shown(pointer), message });
    }
    let mut result = Ok(());
    subschemas::each(schema, &mut |node, _, _, step| {
        if result.is_ok() {
            result = check_below(root, node, &format!("{pointer}{step}"), nested, name);
        }
    });
    result
}

/// Whether the schemas that apply to the same value as `schema` include it again.
fn refers_to_itself<'a>(root: &'a JsonNode, schema: &'a JsonNode, path: &mut Vec<&'a JsonNode>) -> bool {
    if path.iter().any(|seen| std::ptr::eq(*seen, schema)) {
        return true;
    }
    path.push(schema);
    let mut cyclic = schema
        .get("$ref")
        .and_then(JsonNode::as_str)
        .and_then(|reference| resolve(root, reference))
        .is_some_and(|target| refers_to_itself(root, target, path));
    subschemas::each(schema, &mut |node, keyword, role, _| {
        let in_place = role == subschemas::SubschemaRole::InPlace || matches!(keyword, "if" | "not");
        cyclic = cyclic || (in_place && refers_to_itself(root, node, path));
    });
    path.pop();
    cyclic
}

/// Checks that the schema describes JSON objects.
pub(super) fn check_root_is_object(root: &JsonNode, name: &str) -> Result<(), SchemaError> {
    if describes_object(root, root) {
        return Ok(());
    }
    let found = match root.get("type") {
        Some(JsonNode::String(kind)) => format!("a value of type \"{kind}\""),
        Some(kinds) => format!("a value of one of the types {}", kinds.to_value()),
        None => "a value of any type".to_owned(),
    };
    Err(SchemaError::NotAnObject { name: name.to_owned(), found })
}

/// Whether `schema` describes objects: by its type, its fields, or the schemas that apply to the same value.
fn describes_object(root: &JsonNode, schema: &JsonNode) -> bool {
    match schema.get("type") {
        Some(JsonNode::String(kind)) => return kind == "object",
        Some(kinds) => return kinds.items().iter().any(|kind| kind.as_str() == Some("object")),
        None => {}
    }
    let all = |key: &str| {
        let items = schema.get(key).map_or(&[][..], JsonNode::items);
        !items.is_empty() && items.iter().all(|item| describes_object(root, item))
    };
    schema.has("properties")
        || schema.has("patternProperties")
        || schema
            .get("$ref")
            .and_then(JsonNode::as_str)
            .and_then(|it| resolve(root, it))
            .is_some_and(|it| describes_object(root, it))
        || schema.get("allOf").is_some_and(|parts| parts.items().iter().any(|part| describes_object(root, part)))
        || all("anyOf")
        || all("oneOf")
}
