//! JSON values with their keys in order ([`JsonNode`]), and a strict reader of them (`reader`).
//!
//! The reader does what `serde_json`'s does not: it keeps the order of keys, refuses repeated keys and integers that
//! would have to be rounded, and says where a value ends in a longer text. `place` finds the line of a part.
//!
//! May depend on `serde_json`'s value types only. It must never repair anything.

mod digits;
mod place;
mod reader;

use serde_json::{Map, Number, Value};

pub(super) use place::line_of;
pub(super) use reader::{JsonError, JsonErrorKind, position, read, read_at};

/// A JSON value whose objects keep the order of the text.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum JsonNode {
    Null,
    Bool(bool),
    Number(Number),
    String(String),
    Array(Vec<JsonNode>),
    Object(Vec<(String, JsonNode)>),
}

impl JsonNode {
    /// The member `key` of an object.
    pub fn get(&self, key: &str) -> Option<&JsonNode> {
        match self {
            JsonNode::Object(members) => members.iter().find(|(name, _)| name == key).map(|(_, node)| node),
            _ => None,
        }
    }

    /// Whether this is an object with a member `key`.
    pub fn has(&self, key: &str) -> bool {
        self.get(key).is_some()
    }

    /// Converts from `serde_json`'s types, with keys sorted, so that nothing depends on the order of its maps.
    pub fn from_value(value: &Value) -> JsonNode {
        match value {
            Value::Null => JsonNode::Null,
            Value::Bool(flag) => JsonNode::Bool(*flag),
            Value::Number(number) => JsonNode::Number(number.clone()),
            Value::String(text) => JsonNode::String(text.clone()),
            Value::Array(items) => JsonNode::Array(items.iter().map(JsonNode::from_value).collect()),
            Value::Object(map) => {
                let mut members: Vec<_> = map.iter().map(|(key, it)| (key.clone(), JsonNode::from_value(it))).collect();
                members.sort_by(|(a, _), (b, _)| a.cmp(b));
                JsonNode::Object(members)
            }
        }
    }

    /// The text of a string; `None` for anything else.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            JsonNode::String(text) => Some(text),
            _ => None,
        }
    }

    /// The members of an object; empty for anything else.
    pub fn members(&self) -> &[(String, JsonNode)] {
        match self {
            JsonNode::Object(members) => members,
            _ => &[],
        }
    }

    /// The items of an array; empty for anything else.
    pub fn items(&self) -> &[JsonNode] {
        match self {
            JsonNode::Array(items) => items,
            _ => &[],
        }
    }

    /// Replaces a member of an object in its place, or adds it at the end.
    pub fn set(&mut self, key: &str, node: JsonNode) {
        if let JsonNode::Object(members) = self {
            match members.iter_mut().find(|(name, _)| name == key) {
                Some((_, place)) => *place = node,
                None => members.push((key.to_owned(), node)),
            }
        }
    }

    /// Removes a member from an object and returns it.
    pub fn remove(&mut self, key: &str) -> Option<JsonNode> {
        match self {
            JsonNode::Object(members) => {
                members.iter().position(|(name, _)| name == key).map(|index| members.remove(index).1)
            }
            _ => None,
        }
    }

    /// Converts to `serde_json`'s types.
    pub fn to_value(&self) -> Value {
        match self {
            JsonNode::Null => Value::Null,
            JsonNode::Bool(flag) => Value::Bool(*flag),
            JsonNode::Number(number) => Value::Number(number.clone()),
            JsonNode::String(text) => Value::String(text.clone()),
            JsonNode::Array(items) => Value::Array(items.iter().map(JsonNode::to_value).collect()),
            JsonNode::Object(members) => {
                Value::Object(members.iter().map(|(key, node)| (key.clone(), node.to_value())).collect::<Map<_, _>>())
            }
        }
    }

    /// Writes the value, indented by two spaces, with the keys in their order.
    pub fn pretty(&self) -> String {
        let mut out = String::new();
        self.write_pretty(0, &mut out);
        out
    }

    fn write_pretty(&self, depth: usize, out: &mut String) {
        let line = |out: &mut String, depth: usize| {
            out.push('\n');
            out.extend(std::iter::repeat_n("  ", depth));
        };
        match self {
            JsonNode::Array(items) if !items.is_empty() => {
                out.push('[');
                for (index, item) in items.iter().enumerate() {
                    if index > 0 {
                        out.push(',');
                    }
                    line(out, depth + 1);
                    item.write_pretty(depth + 1, out);
                }
                line(out, depth);
                out.push(']');
            }
            JsonNode::Object(members) if !members.is_empty() => {
                out.push('{');
                for (index, (key, node)) in members.iter().enumerate() {
                    if index > 0 {
                        out.push(',');
                    }
                    line(out, depth + 1);
                    out.push_str(&Value::String(key.clone()).to_string());
                    out.push_str(": ");
                    node.write_pretty(depth + 1, out);
                }
                line(out, depth);
                out.push('}');
            }
            _ => out.push_str(&self.to_value().to_string()),
        }
    }
}
