//! Where schemas stand inside a schema: which keywords hold schemas, and whether these apply to the same value.
//!
//! What stands in `enum`, `const`, `default` or `examples` is data and never looked into.

use super::json::Node;
use super::pointer::escape;

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
const KEYWORDS: &[(&str, Role)] = &[
    ("properties", Role::Child),
    ("patternProperties", Role::Child),
    ("additionalProperties", Role::Child),
    ("unevaluatedProperties", Role::Child),
    ("items", Role::Child),
    ("prefixItems", Role::Child),
    ("additionalItems", Role::Child),
    ("unevaluatedItems", Role::Child),
    ("allOf", Role::InPlace),
    ("anyOf", Role::InPlace),
    ("oneOf", Role::InPlace),
    ("then", Role::InPlace),
    ("else", Role::InPlace),
    ("dependentSchemas", Role::InPlace),
    ("dependencies", Role::InPlace),
    ("if", Role::Condition),
    ("not", Role::Condition),
    ("contains", Role::Condition),
    ("propertyNames", Role::Condition),
    ("$defs", Role::Definition),
    ("definitions", Role::Definition),
];

/// What the schemas under `keyword` apply to, if it holds any.
fn role(keyword: &str) -> Option<Role> {
    KEYWORDS.iter().find(|(name, _)| *name == keyword).map(|(_, role)| *role)
}

/// Calls `visit` with each schema directly inside `schema`, its keyword's role, and its pointer below `schema`.
pub(super) fn each<'a>(schema: &'a Node, visit: &mut dyn FnMut(&'a Node, &'a str, Role, &str)) {
    for (keyword, held) in schema.members() {
        let Some(role) = role(keyword) else { continue };
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
        let Some(role) = role(keyword) else { continue };
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
    matches!(
        keyword,
        "properties" | "patternProperties" | "dependentSchemas" | "dependencies" | "$defs" | "definitions"
    )
}
