//! What the values at one place of the examples have in common, and the schema that follows from it.

use serde_json::Value;

use super::text::TextShape;
use crate::schema::json::{self, JsonNode};

/// Examples with more different fields than this, counted over all objects, have data where names should stand.
pub(super) const MAX_FIELDS: usize = 1_000;

/// The values at one place, counted by type.
#[derive(Debug, Default)]
pub(super) struct ValueShape {
    nulls: u64,
    flags: u64,
    integers: u64,
    numbers: u64,
    texts: TextShape,
    array: Option<Box<ValueShape>>,
    object: Option<Box<ObjectShape>>,
    /// How many values there were.
    seen: u64,
}

/// The objects at one place.
#[derive(Debug, Default)]
pub(super) struct ObjectShape {
    seen: u64,
    /// In the order of their first occurrence.
    fields: Vec<(String, ValueShape)>,
}

impl ObjectShape {
    /// Returns the field `name`; if it is new, adds it and counts it in `fields`.
    pub(super) fn field(&mut self, name: &str, fields: &mut usize) -> &mut ValueShape {
        let index = self.fields.iter().position(|(other, _)| other == name).unwrap_or_else(|| {
            *fields += 1;
            self.fields.push((name.to_owned(), ValueShape::default()));
            self.fields.len() - 1
        });
        &mut self.fields[index].1
    }
}

impl ValueShape {
    pub(super) fn add(&mut self, node: &JsonNode, max_values: usize, fields: &mut usize) {
        match node {
            JsonNode::Object(members) => {
                let object = self.object();
                for (name, value) in members {
                    // The caller reports the error once the example is read.
                    if *fields > MAX_FIELDS {
                        return;
                    }
                    object.field(name, fields).add(value, max_values, fields);
                }
                return;
            }
            JsonNode::Null => self.nulls += 1,
            JsonNode::Bool(_) => self.flags += 1,
            JsonNode::Number(number) if number.is_f64() => self.numbers += 1,
            JsonNode::Number(_) => self.integers += 1,
            JsonNode::String(text) => self.texts.add(text, max_values),
            JsonNode::Array(items) => {
                let shape = self.array.get_or_insert_default();
                for item in items {
                    shape.add(item, max_values, fields);
                }
            }
        }
        self.seen += 1;
    }

    /// Adds an object, whose fields the caller adds to what this returns.
    pub(super) fn object(&mut self) -> &mut ObjectShape {
        self.seen += 1;
        let object = self.object.get_or_insert_default();
        object.seen += 1;
        object
    }

    /// Adds a cell of a table.
    pub(super) fn cell(&mut self, cell: &str, max_values: usize) {
        self.seen += 1;
        match json::read(cell) {
            _ if cell.is_empty() => self.nulls += 1,
            Ok(JsonNode::Bool(_)) => self.flags += 1,
            Ok(JsonNode::Number(number)) if number.is_f64() => self.numbers += 1,
            Ok(JsonNode::Number(_)) => self.integers += 1,
            _ => {
                self.texts.add(cell, max_values);
                return;
            }
        }
        // If other cells of the column turn out to be texts, this one is a text too.
        if !cell.is_empty() {
            self.texts.add_hidden(cell, max_values);
        }
    }
}

/// Writes the schema of a shape and collects notes on what the examples leave open.
#[derive(Debug, Default)]
pub(super) struct Writer {
    pub(super) notes: Vec<String>,
}

impl Writer {
    /// Writes the schema of `shape`. `place` is its path in the examples, such as `lines[].price`.
    pub(super) fn schema(&mut self, shape: &ValueShape, place: &str) -> JsonNode {
        let kinds = kinds(shape);
        let mut schema = JsonNode::Object(Vec::new());
        let word = |kind: &&str| JsonNode::String((*kind).to_owned());
        match &kinds[..] {
            [only] => schema.set("type", word(only)),
            several => schema.set("type", JsonNode::Array(several.iter().map(word).collect())),
        }
        let types: Vec<&str> = kinds.iter().copied().filter(|kind| *kind != "null").collect();
        match &types[..] {
            [] => self.note(place, "is null in all examples: say what else it can be"),
            [_] => {}
            several => self.note(place, &format!("is {} in different examples", several.join(" or "))),
        }
        if kinds.contains(&"string") {
            if let Some(format) = shape.texts.format() {
                schema.set("format", JsonNode::String(format.to_owned()));
            } else if types == ["string"]
                && let Some(values) = shape.texts.values()
            {
                let null = kinds.contains(&"null").then_some(JsonNode::Null);
                let values = values.map(|it| JsonNode::String(it.to_owned()));
                schema.set("enum", JsonNode::Array(values.chain(null).collect()));
            }
        }
        if let Some(items) = &shape.array {
            if items.seen == 0 {
                self.note(place, "is an empty array in all examples: say what its items are");
            } else {
                schema.set("items", self.schema(items, &format!("{place}[]")));
            }
        }
        if let Some(object) = &shape.object {
            self.fields(&mut schema, object, place);
        }
        schema
    }

    fn fields(&mut self, schema: &mut JsonNode, object: &ObjectShape, place: &str) {
        let mut properties = Vec::new();
        let mut required = Vec::new();
        for (name, field) in &object.fields {
            let inner = if place.is_empty() { name.clone() } else { format!("{place}.{name}") };
            properties.push((name.clone(), self.schema(field, &inner)));
            if field.seen == object.seen {
                required.push(JsonNode::String(name.clone()));
            } else {
                self.note(&inner, &format!("is optional: {} of {} have it", field.seen, object.seen));
            }
        }
        schema.set("properties", JsonNode::Object(properties));
        if !required.is_empty() {
            schema.set("required", JsonNode::Array(required));
        }
        schema.set("additionalProperties", JsonNode::Bool(false));
    }

    fn note(&mut self, place: &str, what: &str) {
        self.notes.push(format!("{} {what}", Value::String(place.to_owned())));
    }
}

/// The types of a shape's values, null last.
fn kinds(shape: &ValueShape) -> Vec<&'static str> {
    // In a column of a table, one text makes all cells texts, and so do cells of different types.
    let cells = shape.texts.has_hidden();
    let mixed = cells && (shape.texts.has_plain() || (shape.flags > 0 && shape.integers + shape.numbers > 0));
    let number = if shape.numbers > 0 { "number" } else { "integer" };
    let all = [
        ("string", shape.texts.has_plain() || mixed),
        (number, shape.integers + shape.numbers > 0 && !mixed),
        ("boolean", shape.flags > 0 && !mixed),
        ("array", shape.array.is_some()),
        ("object", shape.object.is_some()),
        ("null", shape.nulls > 0),
    ];
    all.iter().filter(|(_, there)| *there).map(|(kind, _)| *kind).collect()
}
