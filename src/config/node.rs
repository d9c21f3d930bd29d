//! YAML as a tree ([`Node`]) in which every key and value knows its position.
//!
//! The tree stands between the text and the typed form: `--set`, a step's blocks and the like are laid over it, and the
//! result is then checked in the same way as what is written in the file. The module `yaml` reads it from text.

use super::error::{ConfigError, Origin, Problem};
use super::key_path;

/// A value and where it is written.
#[derive(Clone, Debug)]
pub(crate) struct Node {
    pub(crate) value: Value,
    pub(crate) origin: Origin,
}

/// A YAML value. Numbers keep their spelling, because `1.10` may be meant as a text.
#[derive(Clone, Debug)]
pub(crate) enum Value {
    Null,
    Bool(bool),
    Whole(i128, String),
    Real(f64, String),
    Text(String),
    List(Vec<Node>),
    Map(Vec<Entry>),
}

/// A key with its value.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) key: String,
    pub(crate) key_origin: Origin,
    pub(crate) node: Node,
}

impl Node {
    pub(super) fn empty_block(origin: Origin) -> Self {
        Self { value: Value::Map(Vec::new()), origin }
    }

    /// The node at a dotted path of keys.
    pub(crate) fn get(&self, path: &str) -> Option<&Self> {
        key_path::keys(path).try_fold(self, |node, key| node.entry(key).map(|entry| &entry.node))
    }

    /// The node of one of this block's own keys, to be changed.
    pub(super) fn get_mut(&mut self, key: &str) -> Option<&mut Self> {
        match &mut self.value {
            Value::Map(entries) => entries.iter_mut().find(|entry| entry.key == key).map(|entry| &mut entry.node),
            _ => None,
        }
    }

    /// The entry of one of this block's own keys.
    pub(super) fn entry(&self, key: &str) -> Option<&Entry> {
        match &self.value {
            Value::Map(entries) => entries.iter().find(|entry| entry.key == key),
            _ => None,
        }
    }

    /// The node at a path of keys, indexes and names, as [`set`](Self::set) takes it.
    pub(super) fn find(&self, path: &str) -> Option<&Self> {
        key_path::keys(path).try_fold(self, |node, key| node.inner(key))
    }

    fn inner(&self, key: &str) -> Option<&Self> {
        if let Some((name, index)) = key_path::indexed(key)
            && self.entry(key).is_none()
        {
            let Value::List(elements) = &self.inner(name)?.value else { return None };
            return elements.get(index);
        }
        match &self.value {
            Value::List(elements) => {
                let named = || elements.iter().find(|it| it.is_named(key));
                key.parse::<usize>().ok().map_or_else(named, |index| elements.get(index))
            }
            _ => self.entry(key).map(|entry| &entry.node),
        }
    }

    /// The elements of the list that is the value of one of this block's own keys, to be changed.
    pub(super) fn elements_mut(&mut self, key: &str) -> &mut [Self] {
        match self.get_mut(key).map(|it| &mut it.value) {
            Some(Value::List(elements)) => elements,
            _ => &mut [],
        }
    }

    /// Keeps only those of this block's keys for which `wanted` is true.
    pub(super) fn retain(&mut self, wanted: impl Fn(&str) -> bool) {
        if let Value::Map(entries) = &mut self.value {
            entries.retain(|entry| wanted(&entry.key));
        }
    }

    /// The elements of the list at `path`; none if there is no list.
    pub(crate) fn elements(&self, path: &str) -> &[Self] {
        match self.get(path).map(|it| &it.value) {
            Some(Value::List(elements)) => elements,
            _ => &[],
        }
    }

    pub(super) fn is_null(&self) -> bool {
        matches!(self.value, Value::Null)
    }

    /// Where the value at `path` is written, or else the innermost block around it that exists.
    pub(crate) fn origin_of(&self, path: &str) -> &Origin {
        let mut node = self;
        for key in key_path::keys(path) {
            match node.get(key) {
                Some(inner) => node = inner,
                None => break,
            }
        }
        &node.origin
    }

    /// Where the value at a JSON pointer below this node is written, or else the innermost one around it that exists.
    pub(crate) fn origin_below(&self, pointer: &str) -> &Origin {
        let mut node = self;
        for step in pointer.split('/').skip(1) {
            let name = step.replace("~1", "/").replace("~0", "~");
            let inner = match &node.value {
                Value::Map(_) => node.entry(&name).map(|entry| &entry.node),
                Value::List(items) => name.parse::<usize>().ok().and_then(|index| items.get(index)),
                _ => None,
            };
            match inner {
                Some(inner) => node = inner,
                None => break,
            }
        }
        &node.origin
    }

    /// Puts `value` at a dotted path, and makes the blocks on the way that do not exist. Elements of lists that are
    /// there are named by their index, from 0 (`evidence[0].match` or `evidence.0.match`), or by their `name`:
    /// `steps.outline.when`.
    pub(crate) fn set(&mut self, path: &str, value: Self) -> Result<(), ConfigError> {
        let origin = value.origin.clone();
        if !key_path::is_complete(path) {
            let error = ConfigError::value(path, "not a key path", &origin);
            return Err(error.with_hint("write it as in `--set llm.model=NAME`"));
        }
        let mut node = self;
        let mut walked = String::new();
        for key in key_path::keys(path) {
            node = node.step_into(key, &walked, &origin)?;
            walked = key_path::join(&walked, key);
        }
        *node = value;
        Ok(())
    }

    /// The node of `key` in this node, whose path is `walked`; made if it is not there. `origin` is whose key it is.
    fn step_into(&mut self, key: &str, walked: &str, origin: &Origin) -> Result<&mut Self, ConfigError> {
        if let Some((name, index)) = key_path::indexed(key) {
            if self.has_list(name, key) {
                return self.step_into(name, walked, origin)?.element(index, &key_path::join(walked, name), origin);
            }
            // Further in, it may be a name that users gave.
            if walked.is_empty() {
                let error = ConfigError::value(key, format!("the configuration has no list `{name}`"), origin);
                return Err(error.with_hint(whole_list(name)));
            }
        }
        if let (Value::List(elements), index) = (&self.value, key.parse()) {
            let named = || elements.iter().position(|it| it.is_named(key));
            if let Some(index) = index.ok().or_else(named) {
                return self.element(index, walked, origin);
            }
        }
        if matches!(self.value, Value::Null) {
            *self = Self::empty_block(origin.clone());
        }
        let found = self.value.describe();
        let Value::Map(entries) = &mut self.value else {
            let key = walked.to_owned();
            return Err(ConfigError::new(Problem::Type { key, expected: BLOCK.to_owned(), found }, origin));
        };
        let index = entries.iter().position(|entry| entry.key == key).unwrap_or_else(|| {
            let node = Self { value: Value::Null, origin: origin.clone() };
            entries.push(Entry { key: key.to_owned(), key_origin: origin.clone(), node });
            entries.len() - 1
        });
        Ok(&mut entries[index].node)
    }

    /// Whether `name` leads to a list in this block, possibly by indexes of its own, and `key` is no key here itself.
    fn has_list(&self, name: &str, key: &str) -> bool {
        let outer = key_path::outermost(name);
        self.entry(key).is_none() && self.entry(outer).is_some_and(|it| matches!(it.node.value, Value::List(_)))
    }

    /// Whether this is a block with this `name`.
    fn is_named(&self, name: &str) -> bool {
        self.entry("name").is_some_and(|it| matches!(&it.node.value, Value::Text(own) if own == name))
    }

    /// The element of this list, whose path is `walked`.
    fn element(&mut self, index: usize, walked: &str, origin: &Origin) -> Result<&mut Self, ConfigError> {
        let found = self.value.describe();
        let Value::List(elements) = &mut self.value else {
            let key = walked.to_owned();
            return Err(ConfigError::new(Problem::Type { key, expected: "a list".to_owned(), found }, origin));
        };
        let count = elements.len();
        elements.get_mut(index).ok_or_else(|| {
            let reason = match count {
                0 => "the list is empty".to_owned(),
                1 => format!("the list has no element {index}, only 0"),
                _ => format!("the list has no element {index}, only 0 to {}", count - 1),
            };
            ConfigError::value(walked, reason, origin).with_hint(whole_list(walked))
        })
    }

    /// Lays `over` over this node: blocks are merged key by key, anything else is replaced. Blocks whose key is in
    /// `whole` are replaced too.
    pub(crate) fn overlay(&mut self, over: &Self, whole: &[&str]) {
        match (&mut self.value, &over.value) {
            (Value::Map(entries), Value::Map(others)) => {
                // A key that is missing in the result is reported where the block was written last.
                self.origin = over.origin.clone();
                for other in others {
                    match entries.iter_mut().find(|entry| entry.key == other.key) {
                        Some(entry) if !whole.contains(&other.key.as_str()) => entry.node.overlay(&other.node, whole),
                        Some(entry) => entry.node = other.node.clone(),
                        None => entries.push(other.clone()),
                    }
                }
            }
            _ => *self = over.clone(),
        }
    }
}

/// How to write a list of which an element is not there.
fn whole_list(path: &str) -> String {
    format!("the list can be set as a whole: `--set '{path}=[…]'`")
}

/// The word for a block in messages.
pub(crate) const BLOCK: &str = "a block of keys";

impl Value {
    /// The kind of value for a message, with the value itself only where it cannot be a secret.
    pub(crate) fn describe(&self) -> String {
        match self {
            Self::Null => "nothing".to_owned(),
            Self::Bool(value) => value.to_string(),
            Self::Whole(_, spelling) | Self::Real(_, spelling) => format!("the number {spelling}"),
            Self::Text(_) => "text".to_owned(),
            Self::List(_) => "a list".to_owned(),
            Self::Map(_) => BLOCK.to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    #[test]
    fn a_pointer_leads_to_the_nearest_place() {
        let text = "a:\n  b/c: [1, {d: 2}]\n";
        let node = Node::parse(text, &Arc::from("f"), "a test").unwrap();
        let place = |pointer: &str| match node.origin_below(pointer) {
            Origin::File(at) => (at.line, at.column),
            other => panic!("{other:?}"),
        };
        assert_eq!(place("/a/b~1c/1/d"), (2, 16));
        assert_eq!(place("/a/b~1c/0"), (2, 9));
        assert_eq!(place("/a/b~1c/7/x"), (2, 8));
        assert_eq!(place("/"), (1, 1));
        assert_eq!(place(""), (1, 1));
    }
}
