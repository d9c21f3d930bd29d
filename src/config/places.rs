//! Where the keys of a configuration are written, for errors that are found after it was read: [`Places`].

use super::error::{Location, Origin};
use super::node::{Node, Value};
use super::parse::Raw;

/// The positions of all keys of a configuration's file.
#[derive(Clone, Debug)]
pub struct Places(Node);

impl Places {
    #[must_use]
    pub fn of(raw: &Raw) -> Self {
        Self(raw.node.clone())
    }

    /// Where the value at the key path `key` is written, as an error about the step `step` names it: with or without
    /// the step's name before it (`steps.draft.when`, `checks[0].expr`).
    #[must_use]
    pub fn of_step(&self, step: &str, key: &str) -> Option<Location> {
        // A perspective's step is written once for all of them.
        let name = step.split('.').next().unwrap_or(step);
        let own = [step, name].iter().find_map(|name| key.strip_prefix(&format!("steps.{name}."))).unwrap_or(key);
        let is_step =
            |node: &&Node| matches!(node.get("name").map(|it| &it.value), Some(Value::Text(text)) if text == name);
        let written = self.0.elements("steps").iter().find(is_step);
        let node = written.and_then(|node| at(node, own)).or_else(|| at(&self.0, own))?;
        match &node.origin {
            Origin::File(location) => Some(location.clone()),
            Origin::Set(_) | Origin::Unknown => None,
        }
    }
}

/// The node at a key path that may have indices.
fn at<'a>(node: &'a Node, path: &str) -> Option<&'a Node> {
    path.split('.').try_fold(node, |node, part| {
        let (name, indices) = part.split_once('[').map_or((part, ""), |(name, indices)| (name, indices));
        let inner = node.get(name)?;
        indices.split(['[', ']']).filter(|index| !index.is_empty()).try_fold(inner, |node, index| match &node.value {
            Value::List(items) => items.get(index.parse::<usize>().ok()?),
            _ => None,
        })
    })
}
