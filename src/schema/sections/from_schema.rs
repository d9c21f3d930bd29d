//! Makes a form from a closed schema, or returns why sections cannot express the schema.

use std::collections::BTreeMap;

use serde_json::Value;

use super::super::json::JsonNode;
use super::super::{pointer, refs};
use super::form::{Bounds, FieldKind, Form, FormError, FormField, Scalar};
use super::names;
use super::problem::PARSE_ERRORS;

/// How many levels of sections may lie in sections: Markdown has six levels of headings.
const MAX_DEPTH: usize = 4;
/// How many references are followed for one schema.
const MAX_STEPS: usize = 12;

impl Form {
    /// Makes the form of a closed schema.
    pub(in crate::schema) fn of(root: &JsonNode) -> Result<Self, FormError> {
        let form = FormBuilder { root }.object(root, "", 0)?;
        if form.fields.iter().any(|field| field.name == PARSE_ERRORS) {
            let pointer = format!("/properties/{PARSE_ERRORS}");
            return Err(error(&pointer, "lists there what could not be read: the field needs another name"));
        }
        Ok(form)
    }
}

fn error(pointer: &str, reason: impl Into<String>) -> FormError {
    FormError { pointer: pointer::shown(pointer), reason: reason.into() }
}

struct FormBuilder<'a> {
    root: &'a JsonNode,
}

/// What a field's schema says about its values.
struct FieldContent {
    kind: FieldKind,
    nullable: bool,
    description: Option<String>,
    limits: Vec<String>,
}

impl<'a> FormBuilder<'a> {
    fn object(&self, schema: &'a JsonNode, pointer: &str, depth: usize) -> Result<Form, FormError> {
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
        refuse_conditions(object, pointer)?;
        let properties = object.get("properties").map_or(&[][..], JsonNode::members);
        if properties.is_empty() {
            return Err(error(pointer, "needs named fields (`properties`)"));
        }
        let required: Vec<&str> =
            object.get("required").map_or(&[][..], JsonNode::items).iter().filter_map(JsonNode::as_str).collect();
        let mut keys = BTreeMap::new();
        let mut fields = Vec::with_capacity(properties.len());
        for (name, schema) in properties {
            let pointer = format!("{pointer}/properties/{}", pointer::escape(name));
            let key = key_of(name, &pointer)?;
            if let Some(other) = keys.insert(key.clone(), name) {
                return Err(error(&pointer, format!("cannot tell the fields `{other}` and `{name}` apart")));
            }
            let FieldContent { kind, nullable, description, limits } = self.content(schema, &pointer, depth)?;
            fields.push(FormField {
                name: name.clone(),
                key,
                kind,
                nullable,
                required: required.contains(&name.as_str()),
                description,
                limits,
                schema: schema.clone(),
            });
        }
        Ok(Form { fields })
    }

    /// What a field holds, by its schema and the schemas that this refers to.
    fn content(&self, schema: &'a JsonNode, pointer: &str, depth: usize) -> Result<FieldContent, FormError> {
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
        let (types, has_null) = types(held);
        nullable |= has_null;
        let kind = match types[..] {
            ["object"] => FieldKind::Object(self.object(held, pointer, depth + 1)?),
            ["array"] => FieldKind::List(self.list_item(held, pointer)?),
            _ => {
                let (scalar, may_be_null) = single(held, &types, pointer)?;
                nullable |= may_be_null;
                FieldKind::Scalar(scalar)
            }
        };
        Ok(FieldContent { kind, nullable, description, limits: limits(held) })
    }

    /// The type of a list's items.
    fn list_item(&self, list: &'a JsonNode, pointer: &str) -> Result<Scalar, FormError> {
        let Some(items) = list.get("items").filter(|it| matches!(it, JsonNode::Object(_))) else {
            return Err(error(pointer, "has lists whose items have a type: `items` is missing"));
        };
        let mut item = items;
        while let Some(target) = self.target(item) {
            item = target;
        }
        let pointer = format!("{pointer}/items");
        let (types, has_null) = types(item);
        match scalar(item, &types) {
            Some(Scalar::Choice(values)) if values.iter().any(|(_, value)| value.is_null()) => {
                Err(error(&pointer, "has no nulls in its lists"))
            }
            Some(scalar) if !has_null => Ok(scalar),
            _ => Err(error(&pointer, "has lists of texts, numbers, booleans or choices, and of nothing else")),
        }
    }

    /// The schema that a `$ref`, or an `allOf` of one schema, stands for.
    fn target(&self, schema: &'a JsonNode) -> Option<&'a JsonNode> {
        if let Some(reference) = schema.get("$ref").and_then(JsonNode::as_str) {
            return refs::resolve(self.root, reference);
        }
        match schema.get("allOf").map_or(&[][..], JsonNode::items) {
            [only] if !schema.has("type") && !schema.has("properties") => Some(only),
            _ => None,
        }
    }
}

/// The type of a single value, and whether null is one of its choices.
fn single(schema: &JsonNode, types: &[&str], pointer: &str) -> Result<(Scalar, bool), FormError> {
    let reason = "has fields of one type each: a text, a number, a boolean, a choice, a list or an object";
    match scalar(schema, types).ok_or_else(|| error(pointer, reason))? {
        Scalar::Choice(mut values) => {
            let all = values.len();
            values.retain(|(_, value)| !value.is_null());
            if values.is_empty() {
                return Err(error(pointer, "needs a choice that is not null"));
            }
            let may_be_null = values.len() < all;
            Ok((Scalar::Choice(values), may_be_null))
        }
        scalar => Ok((scalar, false)),
    }
}

/// Refuses keywords that say more about an object than which fields it has.
fn refuse_conditions(object: &JsonNode, pointer: &str) -> Result<(), FormError> {
    for (keyword, held) in object.members() {
        let known = match keyword.as_str() {
            "type" | "properties" | "required" | "$defs" | "definitions" | "$ref" => true,
            "additionalProperties" | "unevaluatedProperties" => *held == JsonNode::Bool(false),
            other => !CONDITIONS.contains(&other),
        };
        if !known {
            let pointer = format!("{pointer}/{keyword}");
            return Err(error(&pointer, format!("has named fields and nothing else, and cannot keep `{keyword}`")));
        }
    }
    Ok(())
}

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

/// The key of a field's name, which must be readable as a heading.
fn key_of(name: &str, pointer: &str) -> Result<String, FormError> {
    if let Some(sign) = names::unreadable(name) {
        return Err(error(pointer, format!("has names without {sign:?}: the field `{}`", name.escape_debug())));
    }
    let key = names::key(name);
    if !key.chars().any(char::is_alphanumeric) {
        return Err(error(pointer, format!("has names with letters or digits, which `{name}` has none of")));
    }
    Ok(key)
}

/// The other alternative, if there are two and one is null.
fn without_null(schema: &JsonNode) -> Option<&JsonNode> {
    let is_null = |node: &JsonNode| node.get("type").and_then(JsonNode::as_str) == Some("null");
    ["anyOf", "oneOf"].into_iter().find_map(|keyword| match schema.get(keyword)?.items() {
        [other, null] | [null, other] if is_null(null) && !is_null(other) => Some(other),
        _ => None,
    })
}

/// The types that a schema names, without null, and whether null is among them.
fn types(schema: &JsonNode) -> (Vec<&str>, bool) {
    let mut types: Vec<&str> = match schema.get("type") {
        Some(JsonNode::String(kind)) => vec![kind],
        Some(several) => several.items().iter().filter_map(JsonNode::as_str).collect(),
        None if schema.has("properties") => vec!["object"],
        None => Vec::new(),
    };
    let all = types.len();
    types.retain(|kind| *kind != "null");
    let null = types.len() < all;
    (types, null)
}

/// The type of one value; `None` if it is not a single value, or of several types.
fn scalar(schema: &JsonNode, types: &[&str]) -> Option<Scalar> {
    let listed = match (schema.get("enum"), schema.get("const")) {
        (Some(listed), _) => listed.items(),
        (None, Some(only)) => std::slice::from_ref(only),
        (None, None) => &[],
    };
    if !listed.is_empty() {
        return choice(listed);
    }
    let bounds = || Bounds { min: number(schema, "minimum"), max: number(schema, "maximum") };
    match types {
        ["string"] => Some(Scalar::Text),
        ["integer"] => Some(Scalar::Integer(bounds())),
        // JSON Schema counts integers among the numbers.
        ["number"] | ["integer", "number"] | ["number", "integer"] => Some(Scalar::Number(bounds())),
        ["boolean"] => Some(Scalar::Boolean),
        _ => None,
    }
}

/// A choice among these values; `None` unless each is written as one line, different from the others.
fn choice(listed: &[JsonNode]) -> Option<Scalar> {
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

/// What a schema says about a value besides its type and its bounds, in words.
fn limits(schema: &JsonNode) -> Vec<String> {
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
    if schema.get("uniqueItems") == Some(&JsonNode::Bool(true)) {
        found.push("all different".to_owned());
    }
    found
}

fn number(schema: &JsonNode, keyword: &str) -> Option<f64> {
    match schema.get(keyword) {
        Some(JsonNode::Number(number)) => number.as_f64(),
        _ => None,
    }
}

/// The text under `keyword`, on one line.
fn text_of(schema: &JsonNode, keyword: &str) -> Option<String> {
    schema.get(keyword).and_then(JsonNode::as_str).map(|text| text.split_whitespace().collect::<Vec<_>>().join(" "))
}
