//! The schema of outputs that are read from sections: the form's fields, each nullable, and the list of problems.

use super::super::json::JsonNode;
use super::form::{FieldKind, Form, FormField};
use super::problem::PARSE_ERRORS;

fn text(text: &str) -> JsonNode {
    JsonNode::String(text.to_owned())
}

fn object(members: Vec<(&str, JsonNode)>) -> JsonNode {
    JsonNode::Object(members.into_iter().map(|(name, node)| (name.to_owned(), node)).collect())
}

impl Form {
    /// The schema of outputs: all fields of the form, each of which may be null, then the list of problems. `root` is
    /// the schema that the form was made from.
    pub(in crate::schema) fn output_schema(&self, root: &JsonNode) -> JsonNode {
        let mut schema = Vec::new();
        for keyword in ["$schema", "$id", "title", "description"] {
            schema.extend(root.get(keyword).map(|held| (keyword.to_owned(), held.clone())));
        }
        let JsonNode::Object(members) = object_of(self, Some(problems())) else { return JsonNode::Bool(false) };
        schema.extend(members);
        for keyword in ["$defs", "definitions"] {
            schema.extend(root.get(keyword).map(|held| (keyword.to_owned(), held.clone())));
        }
        JsonNode::Object(schema)
    }
}

fn problems() -> JsonNode {
    let item = object(vec![
        ("type", text("object")),
        (
            "properties",
            object(vec![
                ("field", object(vec![("type", text("string"))])),
                ("problem", object(vec![("type", text("string"))])),
            ]),
        ),
        ("required", JsonNode::Array(vec![text("field"), text("problem")])),
        ("additionalProperties", JsonNode::Bool(false)),
    ]);
    object(vec![
        ("description", text("What could not be read in the answer, or belongs to no field of it")),
        ("type", text("array")),
        ("items", item),
    ])
}

fn object_of(form: &Form, more: Option<JsonNode>) -> JsonNode {
    let mut properties: Vec<(String, JsonNode)> =
        form.fields.iter().map(|field| (field.name.clone(), nullable(field))).collect();
    properties.extend(more.map(|node| (PARSE_ERRORS.to_owned(), node)));
    let required = properties.iter().map(|(name, _)| text(name)).collect();
    object(vec![
        ("type", text("object")),
        ("properties", JsonNode::Object(properties)),
        ("required", JsonNode::Array(required)),
        ("additionalProperties", JsonNode::Bool(false)),
    ])
}

/// A field's schema, extended so that null is valid too.
fn nullable(field: &FormField) -> JsonNode {
    let mut schema = match &field.kind {
        FieldKind::Object(form) => {
            let mut inner = object_of(form, None);
            if let (Some(description), JsonNode::Object(members)) = (field.schema.get("description"), &mut inner) {
                members.insert(0, ("description".to_owned(), description.clone()));
            }
            inner
        }
        FieldKind::Scalar(_) | FieldKind::List(_) if field.nullable => return field.schema.clone(),
        FieldKind::Scalar(_) | FieldKind::List(_) => field.schema.clone(),
    };
    let plain = schema.get("type").and_then(JsonNode::as_str).map(str::to_owned);
    let composed = ["const", "$ref", "allOf", "anyOf", "oneOf", "not"].iter().any(|keyword| schema.has(keyword));
    let Some(kind) = plain.filter(|_| !composed) else {
        return object(vec![("anyOf", JsonNode::Array(vec![schema, object(vec![("type", text("null"))])]))]);
    };
    schema.set("type", JsonNode::Array(vec![text(&kind), text("null")]));
    if let Some(JsonNode::Array(mut listed)) = schema.get("enum").cloned() {
        listed.push(JsonNode::Null);
        schema.set("enum", JsonNode::Array(listed));
    }
    schema
}
