//! JSON values with their keys in order ([`Node`]), and a strict reader of them (`reader`).
//!
//! The reader does what `serde_json`'s does not: it keeps the order of keys, refuses repeated keys and integers that
//! would have to be rounded, and says where a value ends in a longer text.
//!
//! May depend on `serde_json`'s value types only. It must never repair anything.

mod reader;

use serde_json::{Map, Number, Value};

pub(super) use reader::{JsonError, JsonErrorKind, position, read, read_at};

/// A JSON value whose objects keep the order of the text.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Node {
    Null,
    Bool(bool),
    Number(Number),
    String(String),
    Array(Vec<Node>),
    Object(Vec<(String, Node)>),
}

impl Node {
    /// The member `key` of an object.
    pub fn get(&self, key: &str) -> Option<&Node> {
        match self {
            Node::Object(members) => members.iter().find(|(name, _)| name == key).map(|(_, node)| node),
            _ => None,
        }
    }

    /// Whether this is an object with a member `key`.
    pub fn has(&self, key: &str) -> bool {
        self.get(key).is_some()
    }

    /// Converts from `serde_json`'s types, with keys sorted, so that nothing depends on the order of its maps.
    pub fn from_value(value: &Value) -> Node {
        match value {
            Value::Null => Node::Null,
            Value::Bool(flag) => Node::Bool(*flag),
            Value::Number(number) => Node::Number(number.clone()),
            Value::String(text) => Node::String(text.clone()),
            Value::Array(items) => Node::Array(items.iter().map(Node::from_value).collect()),
            Value::Object(map) => {
                let mut members: Vec<_> = map.iter().map(|(key, it)| (key.clone(), Node::from_value(it))).collect();
                members.sort_by(|(a, _), (b, _)| a.cmp(b));
                Node::Object(members)
            }
        }
    }

    /// The text of a string; `None` for anything else.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Node::String(text) => Some(text),
            _ => None,
        }
    }

    /// The members of an object; empty for anything else.
    pub fn members(&self) -> &[(String, Node)] {
        match self {
            Node::Object(members) => members,
            _ => &[],
        }
    }

    /// The items of an array; empty for anything else.
    pub fn items(&self) -> &[Node] {
        match self {
            Node::Array(items) => items,
            _ => &[],
        }
    }

    /// Replaces a member of an object in its place, or adds it at the end.
    pub fn set(&mut self, key: &str, node: Node) {
        if let Node::Object(members) = self {
            match members.iter_mut().find(|(name, _)| name == key) {
                Some((_, place)) => *place = node,
                None => members.push((key.to_owned(), node)),
            }
        }
    }

    /// Removes a member from an object and returns it.
    pub fn remove(&mut self, key: &str) -> Option<Node> {
        match self {
            Node::Object(members) => {
                members.iter().position(|(name, _)| name == key).map(|index| members.remove(index).1)
            }
            _ => None,
        }
    }

    /// Converts to `serde_json`'s types.
    pub fn to_value(&self) -> Value {
        match self {
            Node::Null => Value::Null,
            Node::Bool(flag) => Value::Bool(*flag),
            Node::Number(number) => Value::Number(number.clone()),
            Node::String(text) => Value::String(text.clone()),
            Node::Array(items) => Value::Array(items.iter().map(Node::to_value).collect()),
            Node::Object(members) => {
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
            Node::Array(items) if !items.is_empty() => {
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
            Node::Object(members) if !members.is_empty() => {
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
