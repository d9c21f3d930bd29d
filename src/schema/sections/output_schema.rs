//! The schema of outputs that are read from sections: the form's fields, each nullable, and the list of problems.

use super::super::json::Node;
use super::form::{FieldKind, Form, FormField};
use super::problem::PARSE_ERRORS;

fn text(text: &str) -> Node {
    Node::String(text.to_owned())
}

fn object(members: Vec<(&str, Node)>) -> Node {
    Node::Object(members.into_iter().map(|(name, node)| (name.to_owned(), node)).collect())
}

impl Form {
    /// The schema of outputs: all fields of the form, each of which may be null, then the list of problems. `root` is
    /// the schema that the form was made from.
    pub(in crate::schema) fn output_schema(&self, root: &Node) -> Node {
        let mut schema = Vec::new();
        for keyword in ["$schema", "$id", "title", "description"] {
            schema.extend(root.get(keyword).map(|held| (keyword.to_owned(), held.clone())));
        }
        let Node::Object(members) = object_of(self, Some(problems())) else { return Node::Bool(false) };
        schema.extend(members);
        for keyword in ["$defs", "definitions"] {
            schema.extend(root.get(keyword).map(|held| (keyword.to_owned(), held.clone())));
        }
        Node::Object(schema)
    }
}

fn problems() -> Node {
    let item = object(vec![
        ("type", text("object")),
        (
            "properties",
            object(vec![
                ("field", object(vec![("type", text("string"))])),
                ("problem", object(vec![("type", text("string"))])),
            ]),
        ),
        ("required", Node::Array(vec![text("field"), text("problem")])),
        ("additionalProperties", Node::Bool(false)),
    ]);
    object(vec![
        ("description", text("What could not be read in the answer, or belongs to no field of it")),
        ("type", text("array")),
        ("items", item),
    ])
}

fn object_of(form: &Form, more: Option<Node>) -> Node {
    let mut properties: Vec<(String, Node)> =
        form.fields.iter().map(|field| (field.name.clone(), nullable(field))).collect();
    properties.extend(more.map(|node| (PARSE_ERRORS.to_owned(), node)));
    let required = properties.iter().map(|(name, _)| text(name)).collect();
    object(vec![
        ("type", text("object")),
        ("properties", Node::Object(properties)),
        ("required", Node::Array(required)),
        ("additionalProperties", Node::Bool(false)),
    ])
}

/// A field's schema, extended so that null is valid too.
fn nullable(field: &FormField) -> Node {
    let mut schema = match &field.kind {
        FieldKind::Object(form) => {
            let mut inner = object_of(form, None);
            if let (Some(said), Node::Object(members)) = (field.schema.get("description"), &mut inner) {
                members.insert(0, ("description".to_owned(), said.clone()));
            }
            inner
        }
        FieldKind::Scalar(_) | FieldKind::List(_) if field.nullable => return field.schema.clone(),
        FieldKind::Scalar(_) | FieldKind::List(_) => field.schema.clone(),
    };
    let plain = schema.get("type").and_then(Node::as_str).map(str::to_owned);
    let composed = ["const", "$ref", "allOf", "anyOf", "oneOf", "not"].iter().any(|keyword| schema.has(keyword));
    let Some(kind) = plain.filter(|_| !composed) else {
        return object(vec![("anyOf", Node::Array(vec![schema, object(vec![("type", text("null"))])]))]);
    };
    schema.set("type", Node::Array(vec![text(&kind), text("null")]));
    if let Some(Node::Array(mut listed)) = schema.get("enum").cloned() {
        listed.push(Node::Null);
        schema.set("enum", Node::Array(listed));
    }
    schema
}
