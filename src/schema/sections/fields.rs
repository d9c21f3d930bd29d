//! The schema of what is read in sections: it follows the form, and lets every field be null.

use super::super::json::Node;
use super::PARSE_ERRORS;
use super::form::{Form, Kind, Part};

fn text(text: &str) -> Node {
    Node::String(text.to_owned())
}

fn object(members: Vec<(&str, Node)>) -> Node {
    Node::Object(members.into_iter().map(|(name, node)| (name.to_owned(), node)).collect())
}

/// The schema of an output: the form's fields, then the list of problems.
pub(super) fn with_problems(form: &Form, root: &Node) -> Node {
    let mut schema = Vec::new();
    for keyword in ["$schema", "$id", "title", "description"] {
        schema.extend(root.get(keyword).map(|held| (keyword.to_owned(), held.clone())));
    }
    let Node::Object(members) = object_of(form, Some(problems())) else { return Node::Bool(false) };
    schema.extend(members);
    for keyword in ["$defs", "definitions"] {
        schema.extend(root.get(keyword).map(|held| (keyword.to_owned(), held.clone())));
    }
    Node::Object(schema)
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
        form.fields.iter().map(|part| (part.name.clone(), nullable(part))).collect();
    properties.extend(more.map(|node| (PARSE_ERRORS.to_owned(), node)));
    let required = properties.iter().map(|(name, _)| text(name)).collect();
    object(vec![
        ("type", text("object")),
        ("properties", Node::Object(properties)),
        ("required", Node::Array(required)),
        ("additionalProperties", Node::Bool(false)),
    ])
}

/// A field's schema with null among its values.
fn nullable(part: &Part) -> Node {
    let mut schema = match &part.kind {
        Kind::Object(form) => {
            let mut inner = object_of(form, None);
            if let (Some(said), Node::Object(members)) = (part.schema.get("description"), &mut inner) {
                members.insert(0, ("description".to_owned(), said.clone()));
            }
            inner
        }
        Kind::Scalar(_) | Kind::List(_) if part.nullable => return part.schema.clone(),
        Kind::Scalar(_) | Kind::List(_) => part.schema.clone(),
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
