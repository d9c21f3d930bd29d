//! What a template can find in a value, by the value's JSON Schema: [`Shape`].
//!
//! A name is unknown only where no value that the schema allows can have it. Where the schema is open, or says
//! something that is not followed here, every name may be there.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::Value;

/// A schema, and the document that its references point into.
#[derive(Clone, Debug)]
pub(super) struct Shape {
    root: Arc<Value>,
    parts: Vec<Value>,
    is_list: bool,
}

/// What a path leads to.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// It may be there.
    Possible,
    /// The first `known` segments of the path lead to a value that never has the next one, but may have these names.
    Missing { known: usize, names: Vec<String> },
}

/// How many references and combinations are followed at one place.
const DEPTH: usize = 24;

impl Shape {
    pub(super) fn of(schema: &Arc<Value>) -> Self {
        Self { root: schema.clone(), parts: vec![(**schema).clone()], is_list: false }
    }

    /// A list of such values.
    pub(super) fn list(mut self) -> Self {
        self.is_list = true;
        self
    }

    /// The elements of the list in `field`; `None` if nothing is known of them.
    pub(super) fn elements_of(&self, field: &str) -> Option<Self> {
        let Names::Closed(fields) = self.names() else { return None };
        let parts: Vec<Value> = fields.into_iter().filter(|(name, _)| name == field).map(|(_, part)| part).collect();
        let items = Self { root: self.root.clone(), parts, is_list: false }.items()?;
        Some(items)
    }

    /// Follows a path of names and numbers.
    pub(super) fn follow(&self, path: &[&str]) -> Found {
        let mut at = self.clone();
        let mut taken = 0;
        while let Some(segment) = path.get(taken) {
            if segment.bytes().all(|byte| byte.is_ascii_digit()) {
                match at.items() {
                    Some(items) => at = items,
                    None => return Found::Possible,
                }
                taken += 1;
                continue;
            }
            let Names::Closed(fields) = at.names() else { return Found::Possible };
            // A name may itself have dots.
            let longest = (taken + 1..=path.len()).rev().find_map(|end| {
                let name = path[taken..end].join(".");
                let parts: Vec<Value> =
                    fields.iter().filter(|(field, _)| *field == name).map(|(_, part)| part.clone()).collect();
                (!parts.is_empty()).then_some((end, parts))
            });
            let Some((end, parts)) = longest else {
                let names: BTreeSet<String> = fields.into_iter().map(|(name, _)| name).collect();
                return Found::Missing { known: taken, names: names.into_iter().collect() };
            };
            at = Self { root: self.root.clone(), parts, is_list: false };
            taken = end;
        }
        Found::Possible
    }

    fn names(&self) -> Names {
        if self.is_list {
            return Names::Closed(Vec::new());
        }
        let mut all = Names::Closed(Vec::new());
        for part in &self.parts {
            all = all.or(self.names_in(part, DEPTH));
        }
        all
    }

    fn names_in(&self, schema: &Value, depth: usize) -> Names {
        let Value::Object(keywords) = schema else {
            return if schema == &Value::Bool(false) { Names::Closed(Vec::new()) } else { Names::Open };
        };
        let Some(depth) = depth.checked_sub(1) else { return Names::Open };
        // Branches that are not followed may name anything.
        let unknown = ["if", "then", "else", "not", "dependentSchemas", "$dynamicRef", "$recursiveRef"];
        if unknown.iter().any(|keyword| keywords.contains_key(*keyword)) {
            return Names::Open;
        }
        let own = Self::own_names(keywords);
        let mut all: Vec<Names> = own.into_iter().collect();
        if let Some(pointer) = keywords.get("$ref") {
            let target = pointer.as_str().and_then(|it| it.strip_prefix('#')).and_then(|it| self.root.pointer(it));
            all.push(target.map_or(Names::Open, |target| self.names_in(target, depth)));
        }
        for keyword in ["anyOf", "oneOf"] {
            if let Some(Value::Array(branches)) = keywords.get(keyword) {
                let branches = branches.iter().map(|branch| self.names_in(branch, depth));
                all.push(branches.fold(Names::Closed(Vec::new()), Names::or));
            }
        }
        if let Some(Value::Array(parts)) = keywords.get("allOf") {
            all.extend(parts.iter().map(|part| self.names_in(part, depth)));
        }
        // All of these hold at once, so that one that is closed closes the value.
        all.into_iter().reduce(Names::and).unwrap_or(Names::Open)
    }

    /// The names that the keywords beside references and combinations allow; `None` if they say nothing.
    fn own_names(keywords: &serde_json::Map<String, Value>) -> Option<Names> {
        let is_kind = |kind: &str| match keywords.get("type") {
            Some(Value::String(only)) => only == kind,
            Some(Value::Array(kinds)) => kinds.iter().any(|it| it == kind),
            _ => true,
        };
        let values = keywords.get("enum").and_then(Value::as_array).map(Vec::as_slice);
        let values = values.or_else(|| keywords.get("const").map(std::slice::from_ref));
        if !is_kind("object") || values.is_some_and(|values| !values.iter().any(Value::is_object)) {
            return Some(Names::Closed(Vec::new()));
        }
        let properties = keywords.get("properties").and_then(Value::as_object);
        let is_closed = ["additionalProperties", "unevaluatedProperties"]
            .iter()
            .any(|keyword| keywords.get(*keyword) == Some(&Value::Bool(false)));
        match (properties, is_closed && !keywords.contains_key("patternProperties")) {
            (Some(properties), true) => {
                Some(Names::Closed(properties.iter().map(|(name, part)| (name.clone(), part.clone())).collect()))
            }
            (None, true) => Some(Names::Closed(Vec::new())),
            (_, false) if properties.is_some() || keywords.contains_key("additionalProperties") => Some(Names::Open),
            _ => None,
        }
    }

    /// What an element of the list is; `None` if nothing is known.
    fn items(&self) -> Option<Self> {
        if self.is_list {
            return Some(Self { is_list: false, ..self.clone() });
        }
        let mut found = Vec::new();
        for part in &self.parts {
            self.items_in(part, DEPTH, &mut found)?;
        }
        (!found.is_empty()).then(|| Self { root: self.root.clone(), parts: found, is_list: false })
    }

    fn items_in(&self, schema: &Value, depth: usize, found: &mut Vec<Value>) -> Option<()> {
        let depth = depth.checked_sub(1)?;
        let keywords = schema.as_object()?;
        if let Some(pointer) = keywords.get("$ref") {
            let target = self.root.pointer(pointer.as_str()?.strip_prefix('#')?)?;
            return self.items_in(target, depth, found);
        }
        if keywords.contains_key("allOf") || keywords.contains_key("prefixItems") {
            return None;
        }
        for keyword in ["anyOf", "oneOf"] {
            if let Some(Value::Array(branches)) = keywords.get(keyword) {
                return branches.iter().try_for_each(|branch| self.items_in(branch, depth, found));
            }
        }
        match (keywords.get("items"), keywords.get("type")) {
            (Some(items @ Value::Object(_)), _) => {
                found.push(items.clone());
                Some(())
            }
            // Not a list at all: another branch may be one.
            (None, Some(Value::String(kind))) if kind != "array" => Some(()),
            _ => None,
        }
    }
}

/// The names that a value may have, each with the schema of its value.
enum Names {
    Open,
    Closed(Vec<(String, Value)>),
}

impl Names {
    /// Of values that are one or the other.
    fn or(self, other: Self) -> Self {
        match (self, other) {
            (Self::Closed(mut names), Self::Closed(others)) => {
                names.extend(others);
                Self::Closed(names)
            }
            _ => Self::Open,
        }
    }

    /// Of values that are both.
    fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::Open, other) | (other, Self::Open) => other,
            (Self::Closed(mut names), Self::Closed(others)) => {
                names.extend(others);
                Self::Closed(names)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn follow(schema: Value, path: &str) -> Found {
        Shape::of(&Arc::new(schema)).follow(&path.split('.').collect::<Vec<_>>())
    }

    fn missing(known: usize, names: &[&str]) -> Found {
        Found::Missing { known, names: names.iter().map(|it| (*it).to_owned()).collect() }
    }

    #[test]
    fn names_are_those_of_closed_objects() {
        let closed =
            |properties: Value| json!({"type": "object", "properties": properties, "additionalProperties": false});
        let schema =
            closed(json!({"a": {"type": "string"}, "b.c": {"type": "integer"}, "d": closed(json!({"e": {}}))}));
        assert_eq!(follow(schema.clone(), "a"), Found::Possible);
        assert_eq!(follow(schema.clone(), "b.c"), Found::Possible);
        assert_eq!(follow(schema.clone(), "x"), missing(0, &["a", "b.c", "d"]));
        assert_eq!(follow(schema.clone(), "a.x"), missing(1, &[]));
        assert_eq!(follow(schema.clone(), "d.x"), missing(1, &["e"]));
        assert_eq!(follow(schema, "d.e.anything"), Found::Possible);
        assert_eq!(follow(json!({"type": "object", "properties": {"a": {}}}), "x"), Found::Possible);
        assert_eq!(follow(json!({}), "x"), Found::Possible);
    }

    #[test]
    fn branches_and_references_count() {
        let closed = |name: &str| json!({"type": "object", "properties": {name: {}}, "additionalProperties": false});
        let either = json!({"anyOf": [closed("a"), closed("b"), {"type": "null"}]});
        assert_eq!(follow(either.clone(), "b"), Found::Possible);
        assert_eq!(follow(either, "c"), missing(0, &["a", "b"]));
        assert_eq!(follow(json!({"anyOf": [closed("a"), {}]}), "c"), Found::Possible);
        let tree = json!({
            "$ref": "#/$defs/node",
            "$defs": {"node": {"type": "object", "additionalProperties": false,
                "properties": {"next": {"anyOf": [{"$ref": "#/$defs/node"}, {"type": "null"}]}}}},
        });
        assert_eq!(follow(tree.clone(), "next.next.next"), Found::Possible);
        assert_eq!(follow(tree, "next.nxt"), missing(1, &["next"]));
        assert_eq!(follow(json!({"$ref": "https://example.org/x"}), "a"), Found::Possible);
        assert_eq!(follow(json!({"$ref": "#"}), "a"), Found::Possible);
    }

    #[test]
    fn elements_are_reached_by_numbers() {
        let item = json!({"type": "object", "properties": {"text": {}}, "additionalProperties": false});
        let schema = json!({"type": "object", "properties": {"claims": {"type": "array", "items": item}},
            "additionalProperties": false});
        assert_eq!(follow(schema.clone(), "claims.0.text"), Found::Possible);
        assert_eq!(follow(schema.clone(), "claims.0.txt"), missing(2, &["text"]));
        assert_eq!(follow(schema.clone(), "claims.text"), missing(1, &[]));
        let elements = Shape::of(&Arc::new(schema)).elements_of("claims").unwrap();
        assert_eq!(elements.follow(&["txt"]), missing(0, &["text"]));
        assert_eq!(elements.list().follow(&["text"]), missing(0, &[]));
    }
}
