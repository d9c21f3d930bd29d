//! Where schemas stand inside a schema: which keywords hold schemas, and whether these apply to the same value.
//!
//! What stands in `enum`, `const`, `default` or `examples` is data and never looked into.

use super::json::Node;

/// How a keyword holds schemas.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    /// One schema.
    One,
    /// An array of schemas.
    List,
    /// An object of schemas.
    Map,
    /// `items` and `dependencies` of draft 7: one schema or several.
    Mixed,
}

/// What the schemas under a keyword apply to.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    /// A part of the value: a field, an item.
    Child,
    /// The very value that the schema itself applies to.
    InPlace,
    /// A question asked of the value. Closing it would change the answer, so it stays as it is.
    Condition,
    /// Nothing by itself; referred to.
    Definition,
}

/// Every keyword that holds schemas.
const KEYWORDS: &[(&str, Shape, Role)] = &[
    ("properties", Shape::Map, Role::Child),
    ("patternProperties", Shape::Map, Role::Child),
    ("additionalProperties", Shape::One, Role::Child),
    ("unevaluatedProperties", Shape::One, Role::Child),
    ("items", Shape::Mixed, Role::Child),
    ("prefixItems", Shape::List, Role::Child),
    ("additionalItems", Shape::One, Role::Child),
    ("unevaluatedItems", Shape::One, Role::Child),
    ("allOf", Shape::List, Role::InPlace),
    ("anyOf", Shape::List, Role::InPlace),
    ("oneOf", Shape::List, Role::InPlace),
    ("then", Shape::One, Role::InPlace),
    ("else", Shape::One, Role::InPlace),
    ("dependentSchemas", Shape::Map, Role::InPlace),
    ("dependencies", Shape::Mixed, Role::InPlace),
    ("if", Shape::One, Role::Condition),
    ("not", Shape::One, Role::Condition),
    ("contains", Shape::One, Role::Condition),
    ("propertyNames", Shape::One, Role::Condition),
    ("$defs", Shape::Map, Role::Definition),
    ("definitions", Shape::Map, Role::Definition),
];

/// How `keyword` holds schemas, if it does.
pub(super) fn place(keyword: &str) -> Option<(Shape, Role)> {
    KEYWORDS.iter().find(|(name, ..)| *name == keyword).map(|(_, shape, role)| (*shape, *role))
}

/// Calls `visit` with each schema directly inside `schema`, its keyword's role, and its pointer below `schema`.
pub(super) fn each<'a>(schema: &'a Node, visit: &mut dyn FnMut(&'a Node, &'a str, Role, &str)) {
    for (keyword, held) in schema.members() {
        let Some((_, role)) = place(keyword) else { continue };
        match held {
            Node::Array(items) => {
                for (index, item) in items.iter().enumerate() {
                    visit(item, keyword, role, &format!("/{keyword}/{index}"));
                }
            }
            Node::Object(members) if is_map(keyword) => {
                for (name, item) in members.iter().filter(|(_, item)| !matches!(item, Node::Array(_))) {
                    visit(item, keyword, role, &format!("/{keyword}/{}", escape(name)));
                }
            }
            one => visit(one, keyword, role, &format!("/{keyword}")),
        }
    }
}

/// Calls `change` with each schema directly inside `schema`, and where it stands.
pub(super) fn each_mut(schema: &mut Node, change: &mut dyn FnMut(&mut Node, &str, Role, &str)) {
    let Node::Object(keywords) = schema else { return };
    for (keyword, held) in keywords {
        let Some((_, role)) = place(keyword) else { continue };
        match held {
            Node::Array(items) => {
                for (index, item) in items.iter_mut().enumerate() {
                    change(item, keyword, role, &format!("/{keyword}/{index}"));
                }
            }
            Node::Object(members) if is_map(keyword) => {
                for (name, item) in members.iter_mut().filter(|(_, item)| !matches!(item, Node::Array(_))) {
                    change(item, keyword, role, &format!("/{keyword}/{}", escape(name)));
                }
            }
            one => change(one, keyword, role, &format!("/{keyword}")),
        }
    }
}

/// Whether an object under `keyword` maps names to schemas rather than being one.
fn is_map(keyword: &str) -> bool {
    keyword == "dependencies" || matches!(place(keyword), Some((Shape::Map, _)))
}

/// `name` as a step of a JSON pointer.
pub(super) fn escape(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}
