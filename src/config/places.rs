//! Where the keys of a configuration are written, for errors that are found after it was read: [`Places`].

use super::error::{Location, Origin};
use super::models;
use super::node::{Node, Value};
use super::parse::Raw;
use super::resolved::{metric_of, metric_step};

/// The positions of all keys of a configuration's file.
#[derive(Clone, Debug)]
pub struct Places {
    root: Node,
    /// The keys that were set on the command line: the file does not have their values.
    set: Vec<String>,
}

impl Places {
    /// The positions in the file. A block that names a model of `models` has the positions there. `set` are the keys
    /// and values that replace some of its values.
    #[must_use]
    pub fn of(raw: &Raw, set: &[(String, String)]) -> Self {
        let mut root = raw.node.clone();
        // What is wrong with a model's name is said where the configuration is resolved.
        if models::expand(&mut root).is_err() {
            root = raw.node.clone();
        }
        Self { root, set: set.iter().map(|(key, _)| key.clone()).collect() }
    }

    /// The configuration's file, as the caller named it.
    #[must_use]
    pub fn file(&self) -> Option<&str> {
        match &self.root.origin {
            Origin::File(location) => Some(&location.file),
            Origin::Set(_) | Origin::Unknown => None,
        }
    }

    fn is_set(&self, key: &str) -> bool {
        self.set.iter().any(|set| {
            key.strip_prefix(set.as_str()).is_some_and(|rest| matches!(rest.chars().next(), None | Some('.' | '[')))
        })
    }

    /// Where the value at the key path `key` is written, as an error about the step `step` names it: with or without
    /// the step's name before it (`steps.draft.when`, `checks[0].expr`).
    #[must_use]
    pub fn of_step(&self, step: &str, key: &str) -> Option<Location> {
        if let Some(metric) = metric_of(step) {
            return self.of_metric(metric, key);
        }
        // A perspective's step is written once for all of them.
        let name = step.split('.').next().unwrap_or(step);
        let own = [step, name].iter().find_map(|name| key.strip_prefix(&format!("steps.{name}."))).unwrap_or(key);
        if self.is_set(key) || self.is_set(own) {
            return None;
        }
        let is_step =
            |node: &&Node| matches!(node.get("name").map(|it| &it.value), Some(Value::Text(text)) if text == name);
        let written = self.root.elements("steps").iter().find(is_step);
        let node = written.and_then(|node| at(node, own)).or_else(|| at(&self.root, own))?;
        in_file(node)
    }

    /// The same for the step that asks for `metric`, whose keys are those of the metric.
    fn of_metric(&self, metric: &str, key: &str) -> Option<Location> {
        let metrics = self.root.get("experiment")?.elements("metrics");
        let is_metric =
            |node: &&Node| matches!(node.get("name").map(|it| &it.value), Some(Value::Text(text)) if text == metric);
        let node = metrics.iter().find(is_metric)?;
        let own = key.strip_prefix(&format!("steps.{}.", metric_step(metric))).unwrap_or(key);
        let own = if own.starts_with("prompts") { "prompt" } else { own };
        in_file(at(node, own).unwrap_or(node))
    }
}

/// Where a node is written in the file.
fn in_file(node: &Node) -> Option<Location> {
    match &node.origin {
        Origin::File(location) => Some(location.clone()),
        Origin::Set(_) | Origin::Unknown => None,
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
