//! A strict JSON reader that keeps what `serde_json` gives up: the order of keys, repeated keys (refused), integers
//! that no machine number holds (refused, never rounded), and where a value ends in a longer text.
//!
//! May depend on `serde_json`'s value types only. It must never repair anything.

mod reader;

use serde_json::{Map, Number, Value};

pub(super) use reader::{Fault, ReadError, position, read, read_at};

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

    /// The same value as a tree, keys sorted, so that nothing depends on how `serde_json` orders its maps.
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

    /// The text of a string.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Node::String(text) => Some(text),
            _ => None,
        }
    }

    /// The members of an object; of anything else, none.
    pub fn members(&self) -> &[(String, Node)] {
        match self {
            Node::Object(members) => members,
            _ => &[],
        }
    }

    /// The items of an array; of anything else, none.
    pub fn items(&self) -> &[Node] {
        match self {
            Node::Array(items) => items,
            _ => &[],
        }
    }

    /// Sets a member of an object where it stands, or adds it at the end.
    pub fn set(&mut self, key: &str, node: Node) {
        if let Node::Object(members) = self {
            match members.iter_mut().find(|(name, _)| name == key) {
                Some((_, place)) => *place = node,
                None => members.push((key.to_owned(), node)),
            }
        }
    }

    /// Takes a member out of an object.
    pub fn remove(&mut self, key: &str) -> Option<Node> {
        match self {
            Node::Object(members) => {
                members.iter().position(|(name, _)| name == key).map(|index| members.remove(index).1)
            }
            _ => None,
        }
    }

    /// The same value with `serde_json`'s types.
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

    /// The value as text, indented by two spaces, keys in their order.
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
