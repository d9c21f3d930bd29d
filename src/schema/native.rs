//! The subsets of JSON Schema that providers' structured outputs accept.
//!
//! `OpenAI`'s strict mode, from "Structured model outputs: Supported schemas"
//! (<https://developers.openai.com/api/docs/guides/structured-outputs>): an object at the root, all fields required,
//! objects closed, a short list of keywords (with `pattern`, `format`, bounds of numbers and of an array's length, but
//! not of a text's length), and limits on size. A schema either fits as it is or is not sent; only annotations, some of
//! which the service refuses, are left out.
//!
//! Claude's, from "Structured outputs: JSON Schema limitations"
//! (<https://platform.claude.com/docs/en/build-with-claude/structured-outputs>), which Bedrock's Converse shares
//! (<https://docs.aws.amazon.com/bedrock/latest/userguide/structured-output.html>), and Gemini's, from the reference of
//! `responseJsonSchema` (<https://ai.google.dev/api/generate-content>), support hardly any bound on a value. The bounds
//! are left out there, as these providers' own SDKs do. What is sent then allows more than the contract, never less,
//! and answers are still validated against the whole contract.
//!
//! Servers with engines of grammars (vLLM, `SGLang`, llama.cpp, Ollama) take nearly any schema; `grammar` writes it so
//! that they hold as much of it as they can.

mod engine;
mod form;
mod grammar;
mod merge;
mod pattern;
mod subset;

use serde_json::Value;

use super::json::JsonNode;
use super::subschemas::{self, SubschemaRole};
use super::{pointer, refs};
use form::ANNOTATIONS;
pub use form::{Native, NotNative};
use subset::Rules;
pub use subset::Subset;

const MAX_PROPERTIES: usize = 5_000;
const MAX_NESTING: usize = 10;
const MAX_CHARACTERS: usize = 120_000;
const MAX_ENUM_VALUES: usize = 1_000;
/// An enumeration with more values than this has a limit on its total number of characters.
const LARGE_ENUM: usize = 250;
const MAX_LARGE_ENUM_CHARACTERS: usize = 15_000;

/// Converts a closed schema to a subset. The error is the first reason why it does not fit.
pub(super) fn native(closed: &JsonNode, subset: Subset) -> Result<Native, NotNative> {
    if let Some(engine) = subset.engine() {
        return Ok(grammar::for_engine(closed, engine));
    }
    let rules = subset.rules();
    let mut schema = closed.clone();
    strip(&mut schema);
    if rules.all_required {
        // Strict mode wants a type everywhere.
        add_types(&mut schema);
    }
    let mut left_out = Vec::new();
    if !rules.loosened.is_empty() {
        loosen(&mut schema, &rules, "", &mut left_out);
    }
    if schema.get("type").and_then(JsonNode::as_str) != Some("object") {
        return Err(not_native("", "the root must have \"type\": \"object\""));
    }
    if schema.has("anyOf") {
        return Err(not_native("", "the root must not be an `anyOf`"));
    }
    if !rules.recursive
        && let Some(reference) = recursion(&schema)
    {
        return Err(not_native("", format!("the schema refers to itself by \"{reference}\"")));
    }
    let mut size = Checker { rules, properties: 0, optional: 0, unions: 0, characters: 0, enum_values: 0 };
    size.check(&schema, "", 0)?;
    size.within_limits()?;
    Ok(Native { schema: schema.to_value(), left_out, ignored: Vec::new(), narrowed: Vec::new() })
}

/// Leaves out keywords that only bound a value and that the subset does not support.
fn loosen(schema: &mut JsonNode, rules: &Rules, pointer: &str, left_out: &mut Vec<String>) {
    let mut note = |what: &str| left_out.push(format!("{}: {what}", pointer::shown(pointer)));
    // `anyOf` allows more than `oneOf`, never less.
    if !schema.has("anyOf")
        && let Some(alternatives) = schema.remove("oneOf")
    {
        schema.set("anyOf", alternatives);
        note("oneOf, sent as anyOf");
    }
    if !rules.keywords.contains(&"const")
        && let Some(value) = schema.remove("const")
    {
        schema.set("enum", JsonNode::Array(vec![value]));
    }
    // Subsets without `const` list texts and numbers only.
    let lists_other =
        |values: &JsonNode| values.items().iter().any(|it| !matches!(it, JsonNode::String(_) | JsonNode::Number(_)));
    if !rules.keywords.contains(&"const") && schema.has("type") && schema.get("enum").is_some_and(lists_other) {
        schema.remove("enum");
        note("enum");
    }
    let unknown_format = schema.get("format").and_then(JsonNode::as_str).is_some_and(|it| !rules.formats.contains(&it));
    let long_array = !rules.keywords.contains(&"maxItems") && schema.get("minItems").is_some_and(|it| !is_small(it));
    if let JsonNode::Object(members) = schema {
        members.retain(|(key, _)| {
            let goes = rules.loosened.contains(&key.as_str())
                || (key == "format" && unknown_format)
                || (key == "minItems" && long_array);
            if goes {
                note(key);
            }
            !goes
        });
    }
    subschemas::each_mut(schema, &mut |node, _, _, step| loosen(node, rules, &format!("{pointer}{step}"), left_out));
}

fn is_small(count: &JsonNode) -> bool {
    matches!(count, JsonNode::Number(number) if number.as_u64().is_some_and(|number| number <= 1))
}

/// Finds a reference that leads back to itself.
fn recursion(root: &JsonNode) -> Option<String> {
    fn follow<'a>(
        root: &'a JsonNode,
        schema: &'a JsonNode,
        open: &mut Vec<&'a str>,
        done: &mut Vec<&'a str>,
    ) -> Option<String> {
        if let Some(reference) = schema.get("$ref").and_then(JsonNode::as_str) {
            if reference == "#" || open.contains(&reference) {
                return Some(reference.to_owned());
            }
            if !done.contains(&reference) {
                open.push(reference);
                let target = refs::resolve(root, reference);
                let found = target.and_then(|target| follow(root, target, open, done));
                open.pop();
                done.push(reference);
                if found.is_some() {
                    return found;
                }
            }
        }
        let mut found = None;
        subschemas::each(schema, &mut |node, _, role, _| {
            if found.is_none() && role != SubschemaRole::Definition {
                found = follow(root, node, open, done);
            }
        });
        found
    }
    follow(root, root, &mut Vec::new(), &mut Vec::new())
}

fn not_native(pointer: &str, reason: impl Into<String>) -> NotNative {
    NotNative { pointer: pointer::shown(pointer), reason: reason.into() }
}

/// Removes annotations; beside a `$ref`, `title` and `description` too.
fn strip(schema: &mut JsonNode) {
    let has_ref = schema.has("$ref");
    if let JsonNode::Object(members) = schema {
        members.retain(|(key, _)| {
            let beside_ref = has_ref && matches!(key.as_str(), "title" | "description");
            !ANNOTATIONS.contains(&key.as_str()) && !beside_ref
        });
    }
    subschemas::each_mut(schema, &mut |node, _, _, _| strip(node));
}

/// Writes the `type` of schemas that only list their values, where it follows from these.
fn add_types(schema: &mut JsonNode) {
    if !schema.has("type")
        && let Some(kind) = grammar::type_of_listed(schema)
    {
        schema.set("type", kind);
    }
    subschemas::each_mut(schema, &mut |node, _, _, _| add_types(node));
}

/// Checks a schema against the rules of a subset, and counts what these limit.
struct Checker {
    rules: Rules,
    properties: usize,
    optional: usize,
    unions: usize,
    characters: usize,
    enum_values: usize,
}

impl Checker {
    fn check(&mut self, schema: &JsonNode, pointer: &str, depth: usize) -> Result<(), NotNative> {
        let JsonNode::Object(keywords) = schema else {
            return Err(not_native(pointer, "a schema that is just true or false is not supported"));
        };
        if let Some((key, _)) = keywords.iter().find(|(key, _)| !self.rules.keywords.contains(&key.as_str())) {
            return Err(not_native(pointer, format!("the keyword `{key}` is not supported")));
        }
        if schema.has("$ref") {
            let other = keywords.iter().find(|(key, _)| !matches!(key.as_str(), "$ref" | "$defs" | "definitions"));
            if let Some((key, _)) = other {
                return Err(not_native(pointer, format!("`{key}` beside a `$ref` is not supported")));
            }
        } else if !schema.has("type") && !schema.has("anyOf") && !self.says_enough(schema) {
            return Err(not_native(pointer, "a `type` is missing"));
        }
        self.check_format(schema, pointer)?;
        self.unions += usize::from(schema.has("anyOf") || schema.get("type").is_some_and(|it| it.items().len() > 1));
        self.count_values(schema, pointer)?;
        let is_object = has_type(schema, "object");
        if is_object {
            self.check_object(schema, pointer)?;
        }
        if has_type(schema, "array") && !matches!(schema.get("items"), Some(JsonNode::Object(_))) {
            return Err(not_native(pointer, "an array needs `items` with one schema"));
        }
        let depth = depth + usize::from(is_object);
        if depth > MAX_NESTING {
            return Err(not_native(pointer, format!("objects are nested more than {MAX_NESTING} levels deep")));
        }
        let mut result = Ok(());
        subschemas::each(schema, &mut |node, keyword, role, step| {
            if result.is_ok() && keyword != "additionalProperties" {
                let depth = if role == SubschemaRole::Definition { 0 } else { depth };
                if role == SubschemaRole::Definition {
                    self.characters += step.rsplit('/').next().unwrap_or_default().chars().count();
                }
                result = self.check(node, &format!("{pointer}{step}"), depth);
            }
        });
        result
    }

    /// Whether the subset accepts a schema without a type because it describes its values in another way.
    fn says_enough(&self, schema: &JsonNode) -> bool {
        !self.rules.all_required && (schema.has("enum") || schema.has("const") || schema.has("allOf"))
    }

    fn check_format(&self, schema: &JsonNode, pointer: &str) -> Result<(), NotNative> {
        match schema.get("format").and_then(JsonNode::as_str) {
            Some(format) if !self.rules.formats.contains(&format) => {
                Err(not_native(pointer, format!("the format \"{format}\" is not supported")))
            }
            _ => Ok(()),
        }
    }

    fn check_object(&mut self, schema: &JsonNode, pointer: &str) -> Result<(), NotNative> {
        if schema.get("additionalProperties") != Some(&JsonNode::Bool(false)) {
            return Err(not_native(pointer, "an object must have \"additionalProperties\": false"));
        }
        let required = schema.get("required").map_or(&[][..], JsonNode::items);
        for (name, _) in schema.get("properties").map_or(&[][..], JsonNode::members) {
            let is_optional = !required.iter().any(|it| it.as_str() == Some(name));
            self.optional += usize::from(is_optional);
            if is_optional && self.rules.all_required {
                let shown = Value::String(name.clone());
                return Err(not_native(pointer, format!("the field {shown} is optional; all must be required")));
            }
            self.properties += 1;
            self.characters += name.chars().count();
        }
        Ok(())
    }

    fn count_values(&mut self, schema: &JsonNode, pointer: &str) -> Result<(), NotNative> {
        let length = |value: &JsonNode| value.as_str().map_or(0, |text| text.chars().count());
        if let Some(value) = schema.get("const") {
            self.characters += length(value);
        }
        let values = schema.get("enum").map_or(&[][..], JsonNode::items);
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
            (self.optional, self.rules.optional_fields, "optional fields"),
            (self.unions, self.rules.unions, "values of several types"),
        ];
        match limits.iter().find(|(count, limit, _)| count > limit) {
            Some((count, limit, what)) => {
                Err(not_native("", format!("the schema has {count} {what}, and {limit} are supported")))
            }
            None => Ok(()),
        }
    }
}

fn has_type(schema: &JsonNode, wanted: &str) -> bool {
    match schema.get("type") {
        Some(JsonNode::String(kind)) => kind == wanted,
        Some(kinds) => kinds.items().iter().any(|kind| kind.as_str() == Some(wanted)),
        None => false,
    }
}
