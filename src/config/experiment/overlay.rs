//! What a variant lays over the configuration: [`Overlay`].

use std::collections::BTreeMap;

use serde_json::Value as Json;

use crate::config::error::Origin;
use crate::config::node::Node;

/// A key that is laid over the configuration, and its value.
#[derive(Clone, Debug)]
pub(super) struct Setting {
    pub(super) key: String,
    pub(super) node: Node,
    pub(super) json: Json,
}

/// What one variant lays over the configuration.
#[derive(Clone, Debug)]
pub(in crate::config) struct Overlay {
    pub(in crate::config) name: String,
    pub(in crate::config) origin: Origin,
    /// In the order in which they are written.
    pub(super) settings: Vec<Setting>,
}

impl Overlay {
    /// The keys and values, as JSON.
    pub(in crate::config) fn values(&self) -> BTreeMap<String, Json> {
        self.settings.iter().map(|it| (it.key.clone(), it.json.clone())).collect()
    }

    /// The keys and values as they are written; the key of a block comes before those in it.
    pub(in crate::config) fn nodes(&self) -> BTreeMap<&str, &Node> {
        self.settings.iter().map(|it| (it.key.as_str(), &it.node)).collect()
    }

    fn has(&self, key: &str, value: &Json) -> bool {
        self.settings.iter().any(|it| it.key == key && is_same(&it.json, value))
    }

    pub(super) fn has_all(&self, wanted: &[Setting]) -> bool {
        wanted.iter().all(|it| self.has(&it.key, &it.json))
    }
}

/// Whether two values of a configuration are the same; 1 and 1.0 are, and so are `./a.yaml` and `a.yaml`.
pub(super) fn is_same(one: &Json, other: &Json) -> bool {
    match (one, other) {
        (Json::Number(one), Json::Number(other)) => one == other || one.as_f64() == other.as_f64(),
        (Json::String(one), Json::String(other)) => bare(one) == bare(other),
        _ => one == other,
    }
}

fn bare(path: &str) -> &str {
    path.strip_prefix("./").map_or(path, bare)
}
