//! The values that a contract lists at a path into its outputs: an `enum`, or a `const`.

use serde_json::Value;

use super::contract::Contract;
use super::json::JsonNode;
use super::output_path::{types, ways_at};
use crate::record::OutputPath;

impl Contract {
    /// Returns the values that the schema lists for what stands at `path`; `None` where it lists none, or not in every
    /// way to satisfy it.
    #[must_use]
    pub fn values_at(&self, path: &OutputPath) -> Option<Vec<Value>> {
        let ways = ways_at(self.tree(), path).ok().flatten()?;
        let mut all: Vec<Value> = Vec::new();
        for way in &ways {
            let mut lists = way.iter().filter_map(|schema| listed(schema));
            let Some(first) = lists.next() else {
                let is_null = types(way).is_some_and(|it| it.iter().all(|kind| *kind == "null"));
                if is_null {
                    continue;
                }
                return None;
            };
            let others: Vec<Vec<Value>> = lists.collect();
            for value in first.into_iter().filter(|it| others.iter().all(|list| list.contains(it))) {
                if !all.contains(&value) {
                    all.push(value);
                }
            }
        }
        (!ways.is_empty()).then_some(all)
    }
}

/// The values that a schema lists.
fn listed(schema: &JsonNode) -> Option<Vec<Value>> {
    match (schema.get("const"), schema.get("enum")) {
        (Some(value), _) => Some(vec![value.to_value()]),
        (None, Some(list)) => Some(list.items().iter().map(JsonNode::to_value).collect()),
        (None, None) => None,
    }
}
