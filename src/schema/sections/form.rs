//! A form: what a schema says of an answer in sections, as far as sections can say it.

use std::collections::BTreeMap;

use serde_json::Value;

use super::super::json::Node;
use super::super::{places, refs};
use super::names;
use super::{PARSE_ERRORS, fields};

/// How deep sections may lie in sections; Markdown has six levels of headings.
const MAX_DEPTH: usize = 4;
/// How many references are followed for one schema.
const MAX_STEPS: usize = 12;

/// Why a schema cannot be answered in sections.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{pointer}: an answer in sections {reason}")]
pub struct FormError {
    /// JSON pointer to the place in the schema.
    pub pointer: String,
    /// What sections cannot do.
    pub reason: String,
}

/// The fields of an object, in the order of the schema.
#[derive(Clone, Debug, PartialEq)]
pub struct Form {
    pub(super) fields: Vec<Part>,
}

/// One field.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Part {
    pub(super) name: String,
    /// What counts of its name.
    pub(super) key: String,
    pub(super) kind: Kind,
    /// Whether null is one of its values.
    pub(super) nullable: bool,
    /// Whether every answer has it.
    pub(super) required: bool,
    pub(super) description: Option<String>,
    /// What else the schema says of it, for people: `at most 200 characters`.
    pub(super) limits: Vec<String>,
    /// Its own schema.
    pub(super) schema: Node,
}

/// What a field holds.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Kind {
    Scalar(Scalar),
    List(Scalar),
    Object(Form),
}

/// One value.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Scalar {
    Text,
    Integer(Bounds),
    Number(Bounds),
    Boolean,
    /// One of these, each with the text it is written as.
    Choice(Vec<(String, Value)>),
}

/// The least and the greatest value, where there are.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Bounds {
    pub(super) min: Option<f64>,
    pub(super) max: Option<f64>,
}

impl Form {
    /// The form of a closed schema.
    pub(in crate::schema) fn of(root: &Node) -> Result<Self, FormError> {
        let form = Reader { root }.object(root, "", 0)?;
        if form.fields.iter().any(|part| part.name == PARSE_ERRORS) {
            let pointer = format!("/properties/{PARSE_ERRORS}");
            return Err(error(&pointer, "lists there what could not be read: the field needs another name"));
        }
        Ok(form)
    }

    /// The field whose name has this key.
    pub(super) fn find(&self, key: &str) -> Option<usize> {
        self.fields.iter().position(|part| part.key == key)
    }

    /// The schema of what is read: every field is there, each may be null, and what could not be read is listed.
    pub(in crate::schema) fn schema(&self, root: &Node) -> Node {
        fields::with_problems(self, root)
    }
}

fn error(pointer: &str, reason: impl Into<String>) -> FormError {
    let pointer = if pointer.is_empty() { "/" } else { pointer };
    FormError { pointer: pointer.to_owned(), reason: reason.into() }
}

struct Reader<'a> {
    root: &'a Node,
}

impl<'a> Reader<'a> {
    fn object(&self, schema: &'a Node, pointer: &str, depth: usize) -> Result<Form, FormError> {
        if depth > MAX_DEPTH {
            return Err(error(pointer, format!("has sections in sections, but only {MAX_DEPTH} deep")));
        }
        let mut object = schema;
        for _ in 0..MAX_STEPS {
            match self.target(object) {
                Some(target) => object = target,
                None => break,
            }
        }
        for (keyword, held) in object.members() {
            let known = match keyword.as_str() {
                "type" | "properties" | "required" | "$defs" | "definitions" | "$ref" => true,
                "additionalProperties" | "unevaluatedProperties" => *held == Node::Bool(false),
                other => !CONDITIONS.contains(&other),
            };
            if !known {
                let pointer = format!("{pointer}/{keyword}");
                return Err(error(&pointer, format!("has named fields and nothing else, and cannot keep `{keyword}`")));
            }
        }
        let properties = object.get("properties").map_or(&[][..], Node::members);
        if properties.is_empty() {
            return Err(error(pointer, "needs named fields (`properties`)"));
        }
        let required: Vec<&str> =
            object.get("required").map_or(&[][..], Node::items).iter().filter_map(Node::as_str).collect();
        let mut keys = BTreeMap::new();
        let mut parts = Vec::with_capacity(properties.len());
        for (name, schema) in properties {
            let pointer = format!("{pointer}/properties/{}", places::escape(name));
            let key = named(name, &pointer)?;
            if let Some(other) = keys.insert(key.clone(), name) {
                return Err(error(&pointer, format!("cannot tell the fields `{other}` and `{name}` apart")));
            }
            parts.push(self.part(name, key, schema, required.contains(&name.as_str()), &pointer, depth)?);
        }
        Ok(Form { fields: parts })
    }

    fn part(
        &self,
        name: &str,
        key: String,
        schema: &'a Node,
        required: bool,
        pointer: &str,
        depth: usize,
    ) -> Result<Part, FormError> {
        let mut description = text_of(schema, "description");
        let mut nullable = false;
        let mut held = schema;
        for _ in 0..MAX_STEPS {
            match self.target(held) {
                Some(target) => held = target,
                None => match without_null(held) {
                    Some(other) => {
                        nullable = true;
                        held = other;
                    }
                    None => break,
                },
            }
            description = description.or_else(|| text_of(held, "description"));
        }
        let (kinds, null) = types(held);
        nullable |= null;
        let kind = match kinds[..] {
            ["object"] => Kind::Object(self.object(held, pointer, depth + 1)?),
            ["array"] => {
                let Some(items) = held.get("items").filter(|it| matches!(it, Node::Object(_))) else {
                    return Err(error(pointer, "has lists whose items have a type: `items` is missing"));
                };
                let mut item = items;
                while let Some(target) = self.target(item) {
                    item = target;
                }
                let pointer = format!("{pointer}/items");
                match scalar(item, &types(item).0) {
                    Some(Scalar::Choice(values)) if values.iter().any(|(_, value)| value.is_null()) => {
                        return Err(error(&pointer, "has no nulls in its lists"));
                    }
                    Some(scalar) if !types(item).1 => Kind::List(scalar),
                    _ => {
                        return Err(error(
                            &pointer,
                            "has lists of texts, numbers, booleans or choices, and of nothing else",
                        ));
                    }
                }
            }
            _ => {
                let reason = "has fields of one type each: a text, a number, a boolean, a choice, a list or an object";
                let scalar = scalar(held, &kinds).ok_or_else(|| error(pointer, reason))?;
                match scalar {
                    Scalar::Choice(mut values) => {
                        let all = values.len();
                        values.retain(|(_, value)| !value.is_null());
                        nullable |= values.len() < all;
                        if values.is_empty() {
                            return Err(error(pointer, "has choices among something"));
                        }
                        Kind::Scalar(Scalar::Choice(values))
                    }
                    scalar => Kind::Scalar(scalar),
                }
            }
        };
        let limits = limits(held);
        Ok(Part { name: name.to_owned(), key, kind, nullable, required, description, limits, schema: schema.clone() })
    }

    /// What a schema stands for, where it is a `$ref` or an `allOf` of one.
    fn target(&self, schema: &'a Node) -> Option<&'a Node> {
        if let Some(reference) = schema.get("$ref").and_then(Node::as_str) {
            return refs::resolve(self.root, reference);
        }
        match schema.get("allOf").map_or(&[][..], Node::items) {
            [only] if !schema.has("type") && !schema.has("properties") => Some(only),
            _ => None,
        }
    }
}

/// Keywords that say more of an object than which fields it has.
const CONDITIONS: &[&str] = &[
    "allOf",
    "anyOf",
    "oneOf",
    "not",
    "if",
    "then",
    "else",
    "patternProperties",
    "propertyNames",
    "minProperties",
    "maxProperties",
    "dependentRequired",
    "dependentSchemas",
    "dependencies",
    "enum",
    "const",
    "$dynamicRef",
];

fn named(name: &str, pointer: &str) -> Result<String, FormError> {
    if let Some(sign) = names::unreadable(name) {
        return Err(error(pointer, format!("has names without {sign:?}: the field `{}`", name.escape_debug())));
    }
    let key = names::key(name);
    if !key.chars().any(char::is_alphanumeric) {
        return Err(error(pointer, format!("has names with letters or digits, which `{name}` has none of")));
    }
    Ok(key)
}

/// The other of two alternatives of which one is null.
fn without_null(schema: &Node) -> Option<&Node> {
    let is_null = |node: &Node| node.get("type").and_then(Node::as_str) == Some("null");
    ["anyOf", "oneOf"].into_iter().find_map(|keyword| match schema.get(keyword)?.items() {
        [other, null] | [null, other] if is_null(null) && !is_null(other) => Some(other),
        _ => None,
    })
}

/// The types that a schema names, without null, and whether null is among them.
fn types(schema: &Node) -> (Vec<&str>, bool) {
    let mut kinds: Vec<&str> = match schema.get("type") {
        Some(Node::String(kind)) => vec![kind],
        Some(several) => several.items().iter().filter_map(Node::as_str).collect(),
        None if schema.has("properties") => vec!["object"],
        None => Vec::new(),
    };
    let all = kinds.len();
    kinds.retain(|kind| *kind != "null");
    let null = kinds.len() < all;
    (kinds, null)
}

fn scalar(schema: &Node, kinds: &[&str]) -> Option<Scalar> {
    let listed = match (schema.get("enum"), schema.get("const")) {
        (Some(listed), _) => listed.items(),
        (None, Some(only)) => std::slice::from_ref(only),
        (None, None) => &[],
    };
    if !listed.is_empty() {
        return choice(listed);
    }
    let bounds = || Bounds { min: number(schema, "minimum"), max: number(schema, "maximum") };
    match kinds {
        ["string"] => Some(Scalar::Text),
        ["integer"] => Some(Scalar::Integer(bounds())),
        // JSON Schema counts integers among the numbers.
        ["number"] | ["integer", "number"] | ["number", "integer"] => Some(Scalar::Number(bounds())),
        ["boolean"] => Some(Scalar::Boolean),
        _ => None,
    }
}

/// Choices that are one line each, and not the same text twice.
fn choice(listed: &[Node]) -> Option<Scalar> {
    let mut values: Vec<(String, Value)> = Vec::with_capacity(listed.len());
    for node in listed {
        let value = node.to_value();
        let text = match &value {
            Value::String(text) => text.clone(),
            Value::Array(_) | Value::Object(_) => return None,
            other => other.to_string(),
        };
        let readable = !text.trim().is_empty() && text.trim() == text && !text.contains(['\n', '\r', '|', '`', '*']);
        if !readable || values.iter().any(|(other, _)| *other == text) {
            return None;
        }
        values.push((text, value));
    }
    Some(Scalar::Choice(values))
}

/// What a schema says of a value beside its type and its bounds.
fn limits(schema: &Node) -> Vec<String> {
    let count = |least: &str, most: &str, unit: &str| match (number(schema, least), number(schema, most)) {
        (Some(least), Some(most)) => Some(format!("{least} to {most} {unit}")),
        (Some(least), None) if least > 0.0 => Some(format!("at least {least} {unit}")),
        (None, Some(most)) => Some(format!("at most {most} {unit}")),
        _ => None,
    };
    let mut found: Vec<String> = Vec::new();
    found.extend(count("minLength", "maxLength", "characters"));
    found.extend(count("minItems", "maxItems", "items"));
    found.extend(number(schema, "exclusiveMinimum").map(|it| format!("greater than {it}")));
    found.extend(number(schema, "exclusiveMaximum").map(|it| format!("less than {it}")));
    found.extend(number(schema, "multipleOf").map(|it| format!("a multiple of {it}")));
    found.extend(text_of(schema, "pattern").map(|it| format!("matching the pattern {it}")));
    found.extend(text_of(schema, "format").map(|it| format!("in the format {it}")));
    if schema.get("uniqueItems") == Some(&Node::Bool(true)) {
        found.push("all different".to_owned());
    }
    found
}

fn number(schema: &Node, keyword: &str) -> Option<f64> {
    match schema.get(keyword) {
        Some(Node::Number(number)) => number.as_f64(),
        _ => None,
    }
}

fn text_of(schema: &Node, keyword: &str) -> Option<String> {
    schema.get(keyword).and_then(Node::as_str).map(|text| text.split_whitespace().collect::<Vec<_>>().join(" "))
}
