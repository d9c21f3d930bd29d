//! What a template can find in a value, by the value's JSON Schema: [`Shape`].
//!
//! A name is unknown only where no value that the schema allows can have it. Where the schema is open, or says
//! something that is not followed here, every name may be there.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::Value;

use crate::record::{OutputPath, PathPart};

/// A schema, and the document that its references point into.
#[derive(Clone, Debug)]
pub(super) struct Shape {
    root: Arc<Value>,
    parts: Vec<Value>,
    is_list: bool,
}

/// A path that leads to nothing: its first `known` segments lead to a value that never has the next one, but may have
/// these names.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Missing {
    pub(super) known: usize,
    pub(super) names: Vec<String>,
}

/// The kinds of values that are compared with each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum JsonKind {
    Text,
    Number,
    Bool,
    List,
    Object,
    Null,
}

/// How many references and combinations are followed at one place.
const DEPTH: usize = 24;

/// Returns the one kind of the values at a path of names, in a word, where they are not null; `None` if there are
/// several, or it is not known.
#[must_use]
pub fn kind_at(schema: &Arc<Value>, path: &[&str]) -> Option<&'static str> {
    let kind = Shape::of(schema).follow(path).ok()??.kind()?;
    Some(match kind {
        JsonKind::Text => "text",
        JsonKind::Number => "number",
        JsonKind::Bool => "truth value",
        JsonKind::List => "list",
        JsonKind::Object => "object",
        JsonKind::Null => "null",
    })
}

impl Shape {
    pub(super) fn of(schema: &Arc<Value>) -> Self {
        Self { root: schema.clone(), parts: vec![(**schema).clone()], is_list: false }
    }

    /// Whether it is a part of this very schema.
    pub(super) fn is_within(&self, schema: &Arc<Value>) -> bool {
        Arc::ptr_eq(&self.root, schema)
    }

    /// A list of such values.
    pub(super) fn list(mut self) -> Self {
        self.is_list = true;
        self
    }

    /// The elements of the list at `path`; `None` if nothing is known of them.
    pub(super) fn elements_of(&self, path: &OutputPath) -> Option<Self> {
        let mut at = self.clone();
        for part in path.parts() {
            at = match part {
                PathPart::Field(field) => {
                    let Names::Closed(fields) = at.names() else { return None };
                    let parts = fields.into_iter().filter(|(name, _)| name == field).map(|(_, part)| part).collect();
                    Self { root: self.root.clone(), parts, is_list: false }
                }
                PathPart::Elements => at.items()?,
            };
        }
        at.items()
    }

    /// Follows a path of names and numbers to what may be there; `None` if nothing is known of it.
    pub(super) fn follow(&self, path: &[&str]) -> Result<Option<Self>, Missing> {
        let mut at = self.clone();
        let mut taken = 0;
        while let Some(segment) = path.get(taken) {
            if segment.bytes().all(|byte| byte.is_ascii_digit()) {
                match at.items() {
                    Some(items) => at = items,
                    None => return Ok(None),
                }
                taken += 1;
                continue;
            }
            let Names::Closed(fields) = at.names() else { return Ok(None) };
            // A name may itself have dots.
            let longest = (taken + 1..=path.len()).rev().find_map(|end| {
                let name = path[taken..end].join(".");
                let parts: Vec<Value> =
                    fields.iter().filter(|(field, _)| *field == name).map(|(_, part)| part.clone()).collect();
                (!parts.is_empty()).then_some((end, parts))
            });
            let Some((end, parts)) = longest else {
                let names: BTreeSet<String> = fields.into_iter().map(|(name, _)| name).collect();
                return Err(Missing { known: taken, names: names.into_iter().collect() });
            };
            at = Self { root: self.root.clone(), parts, is_list: false };
            taken = end;
        }
        Ok(Some(at))
    }

    /// The one kind that such a value has where it is not null; `None` if there are several, or it is not known.
    pub(super) fn kind(&self) -> Option<JsonKind> {
        if self.is_list {
            return Some(JsonKind::List);
        }
        let mut kinds = BTreeSet::new();
        for part in &self.parts {
            kinds.extend(self.kinds_in(part, DEPTH)?);
        }
        kinds.remove(&JsonKind::Null);
        kinds.pop_first().filter(|_| kinds.is_empty())
    }

    /// The kinds of the values that a schema allows; `None` if it may be any.
    fn kinds_in(&self, schema: &Value, depth: usize) -> Option<BTreeSet<JsonKind>> {
        let (keywords, depth) = (schema.as_object()?, depth.checked_sub(1)?);
        let mut all = own_kinds(keywords);
        let narrow = |all: &mut Option<BTreeSet<JsonKind>>, kinds: Option<BTreeSet<JsonKind>>| {
            *all = match (all.take(), kinds) {
                (Some(all), Some(kinds)) => Some(all.intersection(&kinds).copied().collect()),
                (all, kinds) => all.or(kinds),
            };
        };
        if let Some(pointer) = keywords.get("$ref") {
            let target = pointer.as_str().and_then(|it| it.strip_prefix('#')).and_then(|it| self.root.pointer(it));
            narrow(&mut all, target.and_then(|target| self.kinds_in(target, depth)));
        }
        for keyword in ["anyOf", "oneOf"] {
            if let Some(Value::Array(branches)) = keywords.get(keyword) {
                let branches: Option<Vec<_>> = branches.iter().map(|branch| self.kinds_in(branch, depth)).collect();
                narrow(&mut all, branches.map(|branches| branches.into_iter().flatten().collect()));
            }
        }
        for part in keywords.get("allOf").and_then(Value::as_array).into_iter().flatten() {
            narrow(&mut all, self.kinds_in(part, depth));
        }
        all
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
    pub(super) fn items(&self) -> Option<Self> {
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

/// The kinds that the keywords beside references and combinations allow.
fn own_kinds(keywords: &serde_json::Map<String, Value>) -> Option<BTreeSet<JsonKind>> {
    let of_value = |value: &Value| match value {
        Value::Null => JsonKind::Null,
        Value::Bool(_) => JsonKind::Bool,
        Value::Number(_) => JsonKind::Number,
        Value::String(_) => JsonKind::Text,
        Value::Array(_) => JsonKind::List,
        Value::Object(_) => JsonKind::Object,
    };
    let of_word = |word: &Value| match word.as_str()? {
        "string" => Some(JsonKind::Text),
        "number" | "integer" => Some(JsonKind::Number),
        "boolean" => Some(JsonKind::Bool),
        "array" => Some(JsonKind::List),
        "object" => Some(JsonKind::Object),
        "null" => Some(JsonKind::Null),
        _ => None,
    };
    match (keywords.get("enum"), keywords.get("const"), keywords.get("type")) {
        (Some(Value::Array(values)), ..) => Some(values.iter().map(of_value).collect()),
        (_, Some(value), _) => Some(BTreeSet::from([of_value(value)])),
        (.., Some(Value::Array(words))) => words.iter().map(of_word).collect(),
        (.., Some(word)) => of_word(word).map(|kind| BTreeSet::from([kind])),
        _ => None,
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

    /// Whether the path may lead to something.
    fn follow(schema: Value, path: &str) -> Result<(), Missing> {
        Shape::of(&Arc::new(schema)).follow(&path.split('.').collect::<Vec<_>>()).map(|_| ())
    }

    fn missing(known: usize, names: &[&str]) -> Result<(), Missing> {
        Err(Missing { known, names: names.iter().map(|it| (*it).to_owned()).collect() })
    }

    #[test]
    fn names_are_those_of_closed_objects() {
        let closed =
            |properties: Value| json!({"type": "object", "properties": properties, "additionalProperties": false});
        let schema =
            closed(json!({"a": {"type": "string"}, "b.c": {"type": "integer"}, "d": closed(json!({"e": {}}))}));
        assert_eq!(follow(schema.clone(), "a"), Ok(()));
        assert_eq!(follow(schema.clone(), "b.c"), Ok(()));
        assert_eq!(follow(schema.clone(), "x"), missing(0, &["a", "b.c", "d"]));
        assert_eq!(follow(schema.clone(), "a.x"), missing(1, &[]));
        assert_eq!(follow(schema.clone(), "d.x"), missing(1, &["e"]));
        assert_eq!(follow(schema, "d.e.anything"), Ok(()));
        assert_eq!(follow(json!({"type": "object", "properties": {"a": {}}}), "x"), Ok(()));
        assert_eq!(follow(json!({}), "x"), Ok(()));
    }

    #[test]
    fn branches_and_references_count() {
        let closed = |name: &str| json!({"type": "object", "properties": {name: {}}, "additionalProperties": false});
        let either = json!({"anyOf": [closed("a"), closed("b"), {"type": "null"}]});
        assert_eq!(follow(either.clone(), "b"), Ok(()));
        assert_eq!(follow(either, "c"), missing(0, &["a", "b"]));
        assert_eq!(follow(json!({"anyOf": [closed("a"), {}]}), "c"), Ok(()));
        let tree = json!({
            "$ref": "#/$defs/node",
            "$defs": {"node": {"type": "object", "additionalProperties": false,
                "properties": {"next": {"anyOf": [{"$ref": "#/$defs/node"}, {"type": "null"}]}}}},
        });
        assert_eq!(follow(tree.clone(), "next.next.next"), Ok(()));
        assert_eq!(follow(tree, "next.nxt"), missing(1, &["next"]));
        assert_eq!(follow(json!({"$ref": "https://example.org/x"}), "a"), Ok(()));
        assert_eq!(follow(json!({"$ref": "#"}), "a"), Ok(()));
    }

    #[test]
    fn elements_are_reached_by_numbers() {
        let item = json!({"type": "object", "properties": {"text": {}}, "additionalProperties": false});
        let schema = json!({"type": "object", "properties": {"claims": {"type": "array", "items": item}},
            "additionalProperties": false});
        assert_eq!(follow(schema.clone(), "claims.0.text"), Ok(()));
        assert_eq!(follow(schema.clone(), "claims.0.txt"), missing(2, &["text"]));
        assert_eq!(follow(schema.clone(), "claims.text"), missing(1, &[]));
        let elements = Shape::of(&Arc::new(schema)).elements_of(&OutputPath::field("claims")).unwrap();
        assert_eq!(elements.follow(&["txt"]).map(|_| ()), missing(0, &["text"]));
        assert_eq!(elements.list().follow(&["text"]).map(|_| ()), missing(0, &[]));
    }

    #[test]
    fn a_value_of_one_kind_is_known_by_its_schema() {
        let kind = |schema: Value| Shape::of(&Arc::new(schema)).kind();
        for (schema, expected) in [
            (json!({"type": "string"}), Some(JsonKind::Text)),
            (json!({"type": ["integer", "null"]}), Some(JsonKind::Number)),
            (json!({"type": ["string", "number"]}), None),
            (json!({"enum": ["a", "b", null]}), Some(JsonKind::Text)),
            (json!({"const": true}), Some(JsonKind::Bool)),
            (json!({"anyOf": [{"type": "string"}, {"type": "null"}]}), Some(JsonKind::Text)),
            (json!({"anyOf": [{"type": "string"}, {}]}), None),
            (json!({"allOf": [{"minimum": 1}, {"type": "integer"}]}), Some(JsonKind::Number)),
            (json!({"$ref": "#/$defs/a", "$defs": {"a": {"type": "array"}}}), Some(JsonKind::List)),
            (json!({"$ref": "#"}), None),
            (json!({"minLength": 1}), None),
            (json!({}), None),
            (json!(true), None),
        ] {
            assert_eq!(kind(schema.clone()), expected, "{schema}");
        }
    }
}
