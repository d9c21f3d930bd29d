//! The strict subset of JSON Schema that `OpenAI`'s structured outputs take.
//!
//! The rules are those of "Structured Outputs: Supported schemas" in `OpenAI`'s documentation: an object at the root, all
//! fields required, objects closed, a short list of keywords, and limits on size. A schema either fits as it is or is
//! not sent: nothing is rewritten except that annotations, which the service refuses in places, are left out.

use serde_json::Value;

use super::json::Node;
use super::places::{self, Role};

/// Why a schema is outside of the strict subset. Its text names the place in the schema.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{pointer}: {reason}")]
pub struct NotNative {
    /// JSON pointer to the place in the closed schema; `/` is the root.
    pub pointer: String,
    /// What the subset does not allow there.
    pub reason: String,
}

const MAX_PROPERTIES: usize = 5_000;
const MAX_NESTING: usize = 10;
const MAX_CHARACTERS: usize = 120_000;
const MAX_ENUM_VALUES: usize = 1_000;
/// From this many values on, one enumeration's strings are limited too.
const LARGE_ENUM: usize = 250;
const MAX_LARGE_ENUM_CHARACTERS: usize = 15_000;

/// Keywords that describe and do not constrain: left out.
const ANNOTATIONS: &[&str] =
    &["$schema", "$id", "$comment", "default", "examples", "deprecated", "readOnly", "writeOnly", "$anchor"];
const ALLOWED: &[&str] = &[
    "title",
    "description",
    "type",
    "properties",
    "required",
    "additionalProperties",
    "items",
    "enum",
    "const",
    "anyOf",
    "$ref",
    "$defs",
    "definitions",
    "pattern",
    "format",
    "multipleOf",
    "maximum",
    "exclusiveMaximum",
    "minimum",
    "exclusiveMinimum",
    "minItems",
    "maxItems",
];
const FORMATS: &[&str] = &["date-time", "time", "date", "duration", "email", "hostname", "ipv4", "ipv6", "uuid"];

/// The native form of a closed schema, or the first reason why there is none.
pub(super) fn native(closed: &Node) -> Result<Value, NotNative> {
    let mut schema = closed.clone();
    strip(&mut schema);
    if schema.get("type").and_then(Node::as_str) != Some("object") {
        return Err(not_native("", "the root must have \"type\": \"object\""));
    }
    if schema.has("anyOf") {
        return Err(not_native("", "the root must not be an `anyOf`"));
    }
    let mut size = Size::default();
    size.check(&schema, "", 0)?;
    size.within_limits()?;
    Ok(schema.to_value())
}

fn not_native(pointer: &str, reason: impl Into<String>) -> NotNative {
    let pointer = if pointer.is_empty() { "/" } else { pointer };
    NotNative { pointer: pointer.to_owned(), reason: reason.into() }
}

/// Leaves out annotations, and all of them beside a `$ref`, where none may stand.
fn strip(schema: &mut Node) {
    let has_ref = schema.has("$ref");
    if let Node::Object(members) = schema {
        members.retain(|(key, _)| {
            let beside_ref = has_ref && matches!(key.as_str(), "title" | "description");
            !ANNOTATIONS.contains(&key.as_str()) && !beside_ref
        });
    }
    places::each_mut(schema, &mut |node, _, _, _| strip(node));
}

#[derive(Default)]
struct Size {
    properties: usize,
    characters: usize,
    enum_values: usize,
}

impl Size {
    fn check(&mut self, schema: &Node, pointer: &str, depth: usize) -> Result<(), NotNative> {
        let Node::Object(keywords) = schema else {
            return Err(not_native(pointer, "a schema that is just true or false is not supported"));
        };
        if let Some((key, _)) = keywords.iter().find(|(key, _)| !ALLOWED.contains(&key.as_str())) {
            return Err(not_native(pointer, format!("the keyword `{key}` is not supported")));
        }
        if schema.has("$ref") {
            let other = keywords.iter().find(|(key, _)| !matches!(key.as_str(), "$ref" | "$defs" | "definitions"));
            if let Some((key, _)) = other {
                return Err(not_native(pointer, format!("`{key}` beside a `$ref` is not supported")));
            }
        } else if !schema.has("type") && !schema.has("anyOf") {
            return Err(not_native(pointer, "a `type` is missing"));
        }
        check_format(schema, pointer)?;
        self.count_values(schema, pointer)?;
        let is_object = has_type(schema, "object");
        if is_object {
            self.check_object(schema, pointer)?;
        }
        if has_type(schema, "array") && !matches!(schema.get("items"), Some(Node::Object(_))) {
            return Err(not_native(pointer, "an array needs `items` with one schema"));
        }
        let depth = depth + usize::from(is_object);
        if depth > MAX_NESTING {
            return Err(not_native(pointer, format!("objects are nested more than {MAX_NESTING} levels deep")));
        }
        let mut result = Ok(());
        places::each(schema, &mut |node, keyword, role, step| {
            if result.is_ok() && keyword != "additionalProperties" {
                let depth = if role == Role::Definition { 0 } else { depth };
                if role == Role::Definition {
                    self.characters += step.rsplit('/').next().unwrap_or_default().chars().count();
                }
                result = self.check(node, &format!("{pointer}{step}"), depth);
            }
        });
        result
    }

    fn check_object(&mut self, schema: &Node, pointer: &str) -> Result<(), NotNative> {
        if schema.get("additionalProperties") != Some(&Node::Bool(false)) {
            return Err(not_native(pointer, "an object must have \"additionalProperties\": false"));
        }
        let required = schema.get("required").map_or(&[][..], Node::items);
        for (name, _) in schema.get("properties").map_or(&[][..], Node::members) {
            if !required.iter().any(|it| it.as_str() == Some(name)) {
                let shown = Value::String(name.clone());
                return Err(not_native(pointer, format!("the field {shown} is optional; all must be required")));
            }
            self.properties += 1;
            self.characters += name.chars().count();
        }
        Ok(())
    }

    fn count_values(&mut self, schema: &Node, pointer: &str) -> Result<(), NotNative> {
        let length = |value: &Node| value.as_str().map_or(0, |text| text.chars().count());
        if let Some(value) = schema.get("const") {
            self.characters += length(value);
        }
        let values = schema.get("enum").map_or(&[][..], Node::items);
        let characters: usize = values.iter().map(length).sum();
        if values.len() > LARGE_ENUM && characters > MAX_LARGE_ENUM_CHARACTERS {
            let reason = format!(
                "an enumeration of more than {LARGE_ENUM} values must not have more than {MAX_LARGE_ENUM_CHARACTERS} \
                 characters"
            );
            return Err(not_native(pointer, reason));
        }
        self.enum_values += values.len();
        self.characters += characters;
        Ok(())
    }

    fn within_limits(&self) -> Result<(), NotNative> {
        let limits = [
            (self.properties, MAX_PROPERTIES, "fields"),
            (self.enum_values, MAX_ENUM_VALUES, "enumerated values"),
            (self.characters, MAX_CHARACTERS, "characters of names and values"),
        ];
        match limits.iter().find(|(count, limit, _)| count > limit) {
            Some((count, limit, what)) => {
                Err(not_native("", format!("the schema has {count} {what}, and {limit} are supported")))
            }
            None => Ok(()),
        }
    }
}

fn check_format(schema: &Node, pointer: &str) -> Result<(), NotNative> {
    match schema.get("format").and_then(Node::as_str) {
        Some(format) if !FORMATS.contains(&format) => {
            Err(not_native(pointer, format!("the format \"{format}\" is not supported")))
        }
        _ => Ok(()),
    }
}

fn has_type(schema: &Node, wanted: &str) -> bool {
    match schema.get("type") {
        Some(Node::String(kind)) => kind == wanted,
        Some(kinds) => kinds.items().iter().any(|kind| kind.as_str() == Some(wanted)),
        None => false,
    }
}
