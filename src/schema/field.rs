//! The top-level fields of a schema, for columns, overviews and reports; and the names of all its fields.

use std::collections::{BTreeMap, BTreeSet};

use super::json::JsonNode;
use super::{refs, subschemas};
use crate::record::ColumnType;

/// How many references and alternatives are followed for one field, since recursive schemas have no end.
const MAX_STEPS: usize = 12;

/// One top-level field of an output.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    pub name: String,
    /// The field's type, for people: `string`, `integer|null`, `array<string>`, `object`, `any`.
    pub type_hint: String,
    /// The values of an enumeration of strings (and null), in the schema's order, without null.
    pub values: Option<Vec<String>>,
    /// Whether null is one of its values.
    pub nullable: bool,
    /// Whether every output has the field.
    pub required: bool,
}

impl Field {
    /// The type of a column that has the field's values: `Json` where they are of several kinds. Lists and objects are
    /// texts there.
    #[must_use]
    pub fn column_type(&self) -> ColumnType {
        let hint = self.type_hint.strip_suffix("|null").unwrap_or(&self.type_hint);
        match hint {
            "boolean" => ColumnType::Bool,
            "integer" => ColumnType::Integer,
            "number" | "integer|number" => ColumnType::Number,
            // Nothing but null, which has no text.
            "null" => ColumnType::Text,
            _ if hint.split('|').any(|kind| matches!(kind, "any" | "boolean" | "integer" | "number")) => {
                ColumnType::Json
            }
            _ => ColumnType::Text,
        }
    }
}

/// Returns the top-level fields of a closed schema, sorted by name.
pub(super) fn fields(root: &JsonNode) -> Vec<Field> {
    let mut found = FieldSchemas::default();
    collect(root, root, true, 0, &mut found);
    let describe = |(name, schemas): (&String, &Vec<&JsonNode>)| {
        let kinds: BTreeSet<String> = schemas.iter().flat_map(|it| kinds(root, it, 0)).collect();
        let lists: Vec<Vec<Option<String>>> = schemas.iter().filter_map(|it| values(root, it, 0)).collect();
        let values = lists.first().map(|list| list.iter().flatten().cloned().collect());
        Field {
            type_hint: hint(kinds.clone()),
            nullable: kinds.contains("null"),
            values,
            required: found.required.contains(name.as_str()),
            name: name.clone(),
        }
    };
    found.fields.iter().map(describe).collect()
}

/// Returns the names of the fields of the objects in the top-level list `list`, sorted; `None` if there is no such
/// list.
pub(super) fn element_fields(root: &JsonNode, list: &str) -> Option<Vec<String>> {
    let mut top = FieldSchemas::default();
    collect(root, root, true, 0, &mut top);
    let mut found = FieldSchemas::default();
    for &schema in top.fields.get(list)? {
        let schema = target(root, schema).unwrap_or(schema);
        let alternatives = ["anyOf", "oneOf"].iter().filter_map(|it| schema.get(it)).flat_map(JsonNode::items);
        for schema in alternatives.map(|it| target(root, it).unwrap_or(it)).chain([schema]) {
            if let Some(items) = schema.get("items") {
                collect(root, items, true, 0, &mut found);
            }
        }
    }
    let names: Vec<String> = found.fields.into_keys().collect();
    (!names.is_empty()).then_some(names)
}

/// Returns the names of all fields at any depth.
pub(super) fn all_names(schema: &JsonNode) -> BTreeSet<String> {
    let own = schema.get("properties").map_or(&[][..], JsonNode::members);
    let mut names: BTreeSet<String> = own.iter().map(|(name, _)| name.clone()).collect();
    subschemas::each(schema, &mut |node, _, _, _| names.extend(all_names(node)));
    names
}

#[derive(Default)]
struct FieldSchemas<'a> {
    fields: BTreeMap<String, Vec<&'a JsonNode>>,
    required: BTreeSet<&'a str>,
}

/// Collects fields from `schema` and from the schemas that apply to the same value. `always` says whether `schema`
/// applies to every value.
fn collect<'a>(root: &'a JsonNode, schema: &'a JsonNode, always: bool, steps: usize, found: &mut FieldSchemas<'a>) {
    if steps > MAX_STEPS {
        return;
    }
    for (name, field) in schema.get("properties").map_or(&[][..], JsonNode::members) {
        let schemas = found.fields.entry(name.clone()).or_default();
        // `true` says nothing about a field, so any other schema replaces it.
        if !matches!(field, JsonNode::Bool(_)) || schemas.is_empty() {
            schemas.retain(|it| !matches!(it, JsonNode::Bool(_)));
            schemas.push(field);
        }
    }
    if always {
        found
            .required
            .extend(schema.get("required").map_or(&[][..], JsonNode::items).iter().filter_map(JsonNode::as_str));
    }
    if let Some(target) = target(root, schema) {
        collect(root, target, always, steps + 1, found);
    }
    for (keyword, certain) in
        [("allOf", true), ("anyOf", false), ("oneOf", false), ("then", false), ("else", false), ("if", false)]
    {
        match schema.get(keyword) {
            Some(JsonNode::Array(parts)) => {
                for part in parts {
                    collect(root, part, always && certain, steps + 1, found);
                }
            }
            Some(part) => collect(root, part, always && certain, steps + 1, found),
            None => {}
        }
    }
}

fn target<'a>(root: &'a JsonNode, schema: &JsonNode) -> Option<&'a JsonNode> {
    schema.get("$ref").and_then(JsonNode::as_str).and_then(|reference| refs::resolve(root, reference))
}

fn hint(mut kinds: BTreeSet<String>) -> String {
    let nullable = kinds.remove("null");
    if kinds.contains("any") {
        return "any".to_owned();
    }
    let mut words: Vec<String> = kinds.into_iter().collect();
    if nullable {
        words.push("null".to_owned());
    }
    words.join("|")
}

/// The types of value that a schema accepts, as words.
fn kinds(root: &JsonNode, schema: &JsonNode, steps: usize) -> BTreeSet<String> {
    let any = || BTreeSet::from(["any".to_owned()]);
    if steps > MAX_STEPS {
        return any();
    }
    if let Some(values) = schema.get("enum") {
        return values.items().iter().map(|value| kind_of(value).to_owned()).collect();
    }
    if let Some(value) = schema.get("const") {
        return BTreeSet::from([kind_of(value).to_owned()]);
    }
    let named = |kind: &str| match (kind, schema.get("items")) {
        ("array", Some(items @ JsonNode::Object(_))) => format!("array<{}>", hint(kinds(root, items, steps + 1))),
        _ => kind.to_owned(),
    };
    match schema.get("type") {
        Some(JsonNode::String(kind)) => return BTreeSet::from([named(kind)]),
        Some(several) => return several.items().iter().filter_map(JsonNode::as_str).map(named).collect(),
        None => {}
    }
    if let Some(target) = target(root, schema) {
        return kinds(root, target, steps + 1);
    }
    for keyword in ["anyOf", "oneOf"] {
        if let Some(alternatives) = schema.get(keyword) {
            return alternatives.items().iter().flat_map(|it| kinds(root, it, steps + 1)).collect();
        }
    }
    let parts = schema.get("allOf").map_or(&[][..], JsonNode::items);
    let telling = parts.iter().map(|part| kinds(root, part, steps + 1)).find(|it| !it.contains("any"));
    telling.unwrap_or_else(|| if schema.has("properties") { BTreeSet::from(["object".to_owned()]) } else { any() })
}

fn kind_of(value: &JsonNode) -> &'static str {
    match value {
        JsonNode::Null => "null",
        JsonNode::Bool(_) => "boolean",
        JsonNode::Number(number) if number.is_f64() => "number",
        JsonNode::Number(_) => "integer",
        JsonNode::String(_) => "string",
        JsonNode::Array(_) => "array",
        JsonNode::Object(_) => "object",
    }
}

/// The values of a schema that lists strings and null only; `None` is null.
fn values(root: &JsonNode, schema: &JsonNode, steps: usize) -> Option<Vec<Option<String>>> {
    let text_or_null = |value: &JsonNode| match value {
        JsonNode::String(text) => Some(Some(text.clone())),
        JsonNode::Null => Some(None),
        _ => None,
    };
    if steps > MAX_STEPS {
        return None;
    }
    if let Some(listed) = schema.get("enum") {
        return listed.items().iter().map(text_or_null).collect();
    }
    if let Some(value) = schema.get("const") {
        return text_or_null(value).map(|it| vec![it]);
    }
    if let Some(target) = target(root, schema) {
        return values(root, target, steps + 1);
    }
    for keyword in ["anyOf", "oneOf"] {
        if let Some(alternatives) = schema.get(keyword) {
            let lists: Option<Vec<_>> = alternatives.items().iter().map(|it| values(root, it, steps + 1)).collect();
            let mut all: Vec<Option<String>> = Vec::new();
            for value in lists?.into_iter().flatten() {
                if !all.contains(&value) {
                    all.push(value);
                }
            }
            return Some(all);
        }
    }
    if schema.get("type").and_then(JsonNode::as_str) == Some("null") {
        return Some(vec![None]);
    }
    schema.get("allOf").map_or(&[][..], JsonNode::items).iter().find_map(|part| values(root, part, steps + 1))
}
