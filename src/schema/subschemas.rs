//! Walks the schemas inside a schema: which keywords hold schemas, and what these apply to.
//!
//! `enum`, `const`, `default` and `examples` hold data, which is never visited.

use super::json::JsonNode;
use super::pointer::escape;

/// What the schemas under a keyword apply to, relative to the value of the schema itself.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum SubschemaRole {
    /// A field or an item of the value.
    Child,
    /// The same value.
    InPlace,
    /// A test of the value. Closing such a schema would change the outcome, so it stays as it is.
    Condition,
    /// Nothing, unless it is referred to.
    Definition,
}

/// All keywords that hold schemas.
const KEYWORDS: &[(&str, SubschemaRole)] = &[
    ("properties", SubschemaRole::Child),
    ("patternProperties", SubschemaRole::Child),
    ("additionalProperties", SubschemaRole::Child),
    ("unevaluatedProperties", SubschemaRole::Child),
    ("items", SubschemaRole::Child),
    ("prefixItems", SubschemaRole::Child),
    ("additionalItems", SubschemaRole::Child),
    ("unevaluatedItems", SubschemaRole::Child),
    ("allOf", SubschemaRole::InPlace),
    ("anyOf", SubschemaRole::InPlace),
    ("oneOf", SubschemaRole::InPlace),
    ("then", SubschemaRole::InPlace),
    ("else", SubschemaRole::InPlace),
    ("dependentSchemas", SubschemaRole::InPlace),
    ("dependencies", SubschemaRole::InPlace),
    ("if", SubschemaRole::Condition),
    ("not", SubschemaRole::Condition),
    ("contains", SubschemaRole::Condition),
    ("propertyNames", SubschemaRole::Condition),
    ("$defs", SubschemaRole::Definition),
    ("definitions", SubschemaRole::Definition),
];

/// The role of the schemas under `keyword`; `None` if it holds none.
fn role(keyword: &str) -> Option<SubschemaRole> {
    KEYWORDS.iter().find(|(name, _)| *name == keyword).map(|(_, role)| *role)
}

/// Calls `visit` with each schema directly inside `schema`, its keyword, its role, and its pointer below `schema`.
pub(super) fn each<'a>(schema: &'a JsonNode, visit: &mut dyn FnMut(&'a JsonNode, &'a str, SubschemaRole, &str)) {
    for (keyword, held) in schema.members() {
        let Some(role) = role(keyword) else { continue };
        match held {
            JsonNode::Array(items) => {
                for (index, item) in items.iter().enumerate() {
                    visit(item, keyword, role, &format!("/{keyword}/{index}"));
                }
            }
            JsonNode::Object(members) if is_map(keyword) => {
                for (name, item) in members.iter().filter(|(_, item)| !matches!(item, JsonNode::Array(_))) {
                    visit(item, keyword, role, &format!("/{keyword}/{}", escape(name)));
                }
            }
            one => visit(one, keyword, role, &format!("/{keyword}")),
        }
    }
}

/// Like [`each`], for changing the schemas.
pub(super) fn each_mut(schema: &mut JsonNode, change: &mut dyn FnMut(&mut JsonNode, &str, SubschemaRole, &str)) {
    let JsonNode::Object(keywords) = schema else { return };
    for (keyword, held) in keywords {
        let Some(role) = role(keyword) else { continue };
        match held {
            JsonNode::Array(items) => {
                for (index, item) in items.iter_mut().enumerate() {
                    change(item, keyword, role, &format!("/{keyword}/{index}"));
                }
            }
            JsonNode::Object(members) if is_map(keyword) => {
                for (name, item) in members.iter_mut().filter(|(_, item)| !matches!(item, JsonNode::Array(_))) {
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
