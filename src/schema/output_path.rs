//! What a contract says about a path into its outputs: whether anything can stand there, and which types it has.
//!
//! Follows `$ref`, `allOf`, `anyOf`, `oneOf`, `then` and `else`. Where a schema is open, anything may stand there.

use std::collections::{BTreeSet, VecDeque};

use super::contract::Contract;
use super::json::JsonNode;
use super::refs;
use crate::record::{OutputPath, PathPart};

/// What can stand at a path in the outputs of a contract.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PathTypes {
    /// The JSON types, as a schema names them. A number that must be whole is an `integer`.
    pub types: BTreeSet<&'static str>,
    /// Whether the schema leaves open what stands there; then `types` are all there are.
    pub is_open: bool,
}

impl PathTypes {
    fn open() -> Self {
        Self { types: TYPES.into_iter().collect(), is_open: true }
    }

    /// Whether only values of this type, or null, can stand there.
    #[must_use]
    pub fn is_only(&self, kind: &str) -> bool {
        self.may_be(kind) && self.types.iter().all(|it| *it == kind || *it == "null")
    }

    /// Whether a value of this type can stand there. An integer is a number.
    #[must_use]
    pub fn may_be(&self, kind: &str) -> bool {
        self.types.contains(kind) || kind == "number" && self.types.contains("integer")
    }
}

/// Why a path leads to nothing in any output.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{reason}")]
pub struct UnknownPath {
    /// What is wrong, such as "`use_cases[]` has no field `evidenze`".
    pub reason: String,
    /// The path of the schema that is nearest, if one is near.
    pub nearest: Option<OutputPath>,
    /// The fields that there are where the path fails.
    pub fields: Vec<String>,
}

impl UnknownPath {
    /// What the user can do about it.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match &self.nearest {
            Some(path) => Some(format!("did you mean `{path}`?")),
            None if self.fields.is_empty() => None,
            None => Some(format!("its fields are {}", self.fields.join(", "))),
        }
    }
}

const TYPES: [&str; 7] = ["array", "boolean", "integer", "null", "number", "object", "string"];
/// How many ways to satisfy a schema are followed at one place.
const MAX_WAYS: usize = 200;
/// How deep references are followed at one place.
const MAX_DEPTH: usize = 32;
/// How many paths of a schema are compared with one that is unknown.
const MAX_PATHS: usize = 1_000;

impl Contract {
    /// Returns what can stand at `path` in an output.
    pub fn types_at(&self, path: &OutputPath) -> Result<PathTypes, UnknownPath> {
        at_path(self.tree(), path)
    }
}

/// The keywords that keep some larger numbers from being valid where a smaller one is.
const UPPER_BOUNDS: [&str; 6] = ["maximum", "exclusiveMaximum", "enum", "const", "multipleOf", "not"];

impl Contract {
    /// Returns the keyword that bounds the numbers at `path` in outputs from above, or leaves some out, if one does.
    #[must_use]
    pub fn upper_bound_at(&self, path: &OutputPath) -> Option<&'static str> {
        let ways = ways_at(self.tree(), path).ok().flatten()?;
        UPPER_BOUNDS.into_iter().find(|keyword| ways.iter().flatten().any(|schema| schema.has(keyword)))
    }
}

/// The ways to satisfy the schema at a path; `None` if the schema leaves open what stands there.
pub(super) fn ways_at<'a>(root: &'a JsonNode, path: &OutputPath) -> Result<Option<Vec<Way<'a>>>, UnknownPath> {
    let mut here = vec![root];
    for (index, part) in path.parts().iter().enumerate() {
        let ways = ways_of_all(root, &here);
        match below(&ways, part) {
            Below::Open => return Ok(None),
            Below::Schemas(schemas) => here = schemas,
            Below::Nothing => return Err(unknown(root, path, index, &ways)),
        }
    }
    Ok(Some(ways_of_all(root, &here)))
}

fn at_path(root: &JsonNode, path: &OutputPath) -> Result<PathTypes, UnknownPath> {
    let Some(ways) = ways_at(root, path)? else { return Ok(PathTypes::open()) };
    let is_open = ways.iter().any(|way| types(way).is_none());
    Ok(if is_open {
        PathTypes::open()
    } else {
        PathTypes { types: ways.iter().filter_map(|way| types(way)).flatten().collect(), is_open }
    })
}

/// Schemas that hold together: one way to satisfy a schema.
pub(super) type Way<'a> = Vec<&'a JsonNode>;

pub(super) fn ways_of_all<'a>(root: &'a JsonNode, schemas: &[&'a JsonNode]) -> Vec<Way<'a>> {
    let mut all: Vec<Way<'a>> = schemas.iter().flat_map(|schema| ways(root, schema, 0)).collect();
    all.truncate(MAX_WAYS);
    all
}

fn ways<'a>(root: &'a JsonNode, schema: &'a JsonNode, depth: usize) -> Vec<Way<'a>> {
    if matches!(schema, JsonNode::Bool(false)) {
        return Vec::new();
    }
    let mut all: Vec<Way<'a>> = vec![vec![schema]];
    if depth >= MAX_DEPTH {
        return all;
    }
    let both = |all: Vec<Way<'a>>, more: Vec<Way<'a>>| -> Vec<Way<'a>> {
        let pairs = all.iter().flat_map(|one| more.iter().map(move |other| [one.as_slice(), other].concat()));
        pairs.take(MAX_WAYS).collect()
    };
    for keyword in ["$ref", "$dynamicRef"] {
        let target = schema.get(keyword).and_then(JsonNode::as_str).and_then(|it| refs::resolve(root, it));
        if let Some(target) = target {
            all = both(all, ways(root, target, depth + 1));
        }
    }
    for part in schema.get("allOf").map_or(&[][..], JsonNode::items) {
        all = both(all, ways(root, part, depth + 1));
    }
    for keyword in ["anyOf", "oneOf"] {
        if let Some(branches) = schema.get(keyword) {
            let branches = branches.items().iter().flat_map(|branch| ways(root, branch, depth + 1)).collect();
            all = both(all, branches);
        }
    }
    for keyword in ["then", "else"] {
        if let Some(branch) = schema.get(keyword) {
            let mut branches = vec![Vec::new()];
            branches.extend(ways(root, branch, depth + 1));
            all = both(all, branches);
        }
    }
    all
}

/// What a part of a path leads to.
pub(super) enum Below<'a> {
    Nothing,
    Open,
    Schemas(Vec<&'a JsonNode>),
}

pub(super) fn below<'a>(ways: &[Way<'a>], part: &PathPart) -> Below<'a> {
    let mut found: Vec<&'a JsonNode> = Vec::new();
    for way in ways {
        let kind = if *part == PathPart::Elements { "array" } else { "object" };
        if types(way).is_some_and(|types| !types.contains(kind)) {
            continue;
        }
        match part {
            PathPart::Field(name) => match field(way, name) {
                Below::Open => return Below::Open,
                Below::Schemas(schemas) => found.extend(schemas),
                Below::Nothing => {}
            },
            PathPart::Elements => {
                let before = found.len();
                for schema in way {
                    let lists = ["items", "prefixItems"].iter().filter_map(|keyword| schema.get(keyword));
                    found.extend(lists.flat_map(|held| match held {
                        JsonNode::Array(items) => items.iter().collect::<Vec<_>>(),
                        one => vec![one],
                    }));
                }
                if found.len() == before {
                    return Below::Open;
                }
            }
        }
    }
    found.retain(|schema| !matches!(schema, JsonNode::Bool(false)));
    if found.is_empty() { Below::Nothing } else { Below::Schemas(found) }
}

/// The schemas of a field in one way to satisfy a schema of objects.
fn field<'a>(way: &[&'a JsonNode], name: &str) -> Below<'a> {
    let named: Vec<_> =
        way.iter().filter_map(|schema| schema.get("properties").and_then(|fields| fields.get(name))).collect();
    if !named.is_empty() {
        return Below::Schemas(named);
    }
    if way.iter().any(|schema| schema.has("patternProperties")) {
        return Below::Open;
    }
    let others = ["additionalProperties", "unevaluatedProperties"];
    let others: Vec<_> =
        way.iter().flat_map(|schema| others.iter().filter_map(|keyword| schema.get(keyword))).collect();
    if others.iter().any(|it| matches!(it, JsonNode::Bool(false))) {
        return Below::Nothing;
    }
    let schemas: Vec<_> = others.into_iter().filter(|it| matches!(it, JsonNode::Object(_))).collect();
    if schemas.is_empty() { Below::Open } else { Below::Schemas(schemas) }
}

/// The types of the values that satisfy all of these schemas; `None` if they leave them open.
pub(super) fn types(way: &[&JsonNode]) -> Option<BTreeSet<&'static str>> {
    let mut all: Option<BTreeSet<&'static str>> = None;
    for own in way.iter().filter_map(|schema| own_types(schema)) {
        all = Some(match all {
            Some(before) => before.iter().copied().filter(|kind| own.contains(kind)).collect(),
            None => own,
        });
    }
    all
}

fn own_types(schema: &JsonNode) -> Option<BTreeSet<&'static str>> {
    let known = |kind: &str| TYPES.into_iter().find(|it| *it == kind);
    let with_integers = |kind: &str| match kind {
        "number" => vec!["number", "integer"],
        other => known(other).into_iter().collect(),
    };
    let of_value = |value: &JsonNode| match value {
        JsonNode::Null => "null",
        JsonNode::Bool(_) => "boolean",
        JsonNode::Number(number) if number.is_f64() => "number",
        JsonNode::Number(_) => "integer",
        JsonNode::String(_) => "string",
        JsonNode::Array(_) => "array",
        JsonNode::Object(_) => "object",
    };
    if let Some(values) = schema.get("enum") {
        return Some(values.items().iter().map(of_value).collect());
    }
    if let Some(value) = schema.get("const") {
        return Some(BTreeSet::from([of_value(value)]));
    }
    match schema.get("type") {
        Some(JsonNode::String(kind)) => Some(with_integers(kind).into_iter().collect()),
        Some(kinds) => Some(kinds.items().iter().filter_map(JsonNode::as_str).flat_map(with_integers).collect()),
        None if schema.has("properties") => Some(BTreeSet::from(["object"])),
        None if schema.has("items") || schema.has("prefixItems") => Some(BTreeSet::from(["array"])),
        None => None,
    }
}

/// The error for a path whose part at `index` leads to nothing.
fn unknown(root: &JsonNode, path: &OutputPath, index: usize, ways: &[Way<'_>]) -> UnknownPath {
    let before = OutputPath::of_parts(path.parts()[..index].to_vec());
    let here = before.map_or("an output".to_owned(), |it| format!("`{it}`"));
    let kinds: BTreeSet<&str> = ways.iter().filter_map(|way| types(way)).flatten().filter(|it| *it != "null").collect();
    let kinds = kinds.into_iter().collect::<Vec<_>>().join(" or ");
    let reason = match &path.parts()[index] {
        PathPart::Field(_) if kinds == "array" => format!("{here} is a list: its elements are named with `[]`"),
        PathPart::Field(name) if kinds.contains("object") => format!("{here} has no field `{name}`"),
        PathPart::Field(name) => format!("{here} has no field `{name}`, since it is of the type {kinds}"),
        PathPart::Elements => format!("{here} is no list, but of the type {kinds}"),
    };
    UnknownPath { reason, nearest: nearest(root, path), fields: names_in(ways) }
}

/// The path of the schema that is most like `path`.
fn nearest(root: &JsonNode, path: &OutputPath) -> Option<OutputPath> {
    let names = |path: &OutputPath| -> Vec<String> {
        let name = |part: &PathPart| match part {
            PathPart::Field(name) => Some(name.to_lowercase()),
            PathPart::Elements => None,
        };
        path.parts().iter().filter_map(name).collect()
    };
    let wanted = names(path);
    // A path to elements is one to a list, which the schema lists once more with `[]`.
    let ends_alike = |it: &OutputPath| {
        (it.parts().last() == Some(&PathPart::Elements)) == (path.parts().last() == Some(&PathPart::Elements))
    };
    let mut best: Option<(f64, OutputPath)> = None;
    for candidate in list(root) {
        let own = names(&candidate);
        let likeness = if own == wanted {
            3.0
        } else if own.ends_with(&wanted) || wanted.ends_with(&own) {
            2.0
        } else {
            strsim::normalized_damerau_levenshtein(&own.join("."), &wanted.join("."))
        };
        let likeness = likeness + if ends_alike(&candidate) { 0.01 } else { 0.0 };
        if likeness >= 0.6 && best.as_ref().is_none_or(|(most, _)| likeness > *most) {
            best = Some((likeness, candidate));
        }
    }
    best.map(|(_, path)| path)
}

/// The paths of the schema, short ones first, at most [`MAX_PATHS`].
fn list(root: &JsonNode) -> Vec<OutputPath> {
    let mut all = Vec::new();
    let mut waiting = VecDeque::from([(Vec::<PathPart>::new(), vec![root])]);
    while let Some((before, here)) = waiting.pop_front() {
        let ways = ways_of_all(root, &here);
        let mut parts: Vec<PathPart> = names_in(&ways).into_iter().map(PathPart::Field).collect();
        if ways.iter().any(|way| types(way).is_some_and(|types| types.contains("array"))) {
            parts.push(PathPart::Elements);
        }
        for part in parts {
            let Below::Schemas(schemas) = below(&ways, &part) else { continue };
            if all.len() >= MAX_PATHS {
                return all;
            }
            let path = [before.as_slice(), &[part]].concat();
            all.extend(OutputPath::of_parts(path.clone()));
            waiting.push_back((path, schemas));
        }
    }
    all
}

/// The fields that are named in these ways to satisfy a schema, in order.
pub(super) fn names_in(ways: &[Way<'_>]) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for (name, _) in ways.iter().flatten().filter_map(|it| it.get("properties")).flat_map(JsonNode::members) {
        if !names.contains(name) {
            names.push(name.clone());
        }
    }
    names
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn contract() -> Contract {
        let schema = json!({
            "type": "object", "required": ["use_cases"],
            "properties": {
                "use_cases": {"type": "array", "items": {"$ref": "#/$defs/case"}},
                "summary": {"type": ["string", "null"]},
                "score": {"type": "number"}, "level": {"enum": ["low", "high", null]},
                "a.b": {"type": "array", "items": {"type": "integer"}},
                "pair": {"type": "array", "prefixItems": [{"type": "string"}, {"type": "integer"}], "items": false},
                "any": {}, "one": {"anyOf": [{"type": "object", "properties": {"x": {"const": 1}}}, {"type": "null"}]},
                "both": {"allOf": [{"type": "object", "properties": {"y": {"type": "boolean"}}},
                                   {"properties": {"z": {"type": "string"}}}]},
            },
            "$defs": {
                "case": {"type": "object", "properties": {
                    "name": {"type": "string"}, "parts": {"type": "array", "items": {"$ref": "#/$defs/case"}},
                    "evidence": {"anyOf": [{"type": "array", "items": {"$ref": "#/$defs/claim"}}, {"type": "null"}]}}},
                "claim": {"type": "object", "properties": {"line_start": {"type": "integer"},
                    "line_end": {"type": ["integer", "null"]}, "quote": {"type": "string"}}},
            },
        });
        Contract::parse(&schema.to_string(), "s.json").unwrap()
    }

    fn types_at(path: &str) -> Result<Vec<&'static str>, UnknownPath> {
        contract().types_at(&path.parse().unwrap()).map(|it| it.types.into_iter().collect())
    }

    #[test]
    fn a_path_has_the_types_of_its_schema() {
        for (path, types) in [
            ("use_cases", vec!["array"]),
            ("use_cases[]", vec!["object"]),
            ("use_cases[].evidence", vec!["array", "null"]),
            ("use_cases[].evidence[]", vec!["object"]),
            ("use_cases[].evidence[].line_start", vec!["integer"]),
            ("use_cases[].evidence[].line_end", vec!["integer", "null"]),
            ("use_cases[].parts[].parts[].evidence[].quote", vec!["string"]),
            ("summary", vec!["null", "string"]),
            ("score", vec!["integer", "number"]),
            ("level", vec!["null", "string"]),
            ("\"a.b\"[]", vec!["integer"]),
            ("pair[]", vec!["integer", "string"]),
            ("one.x", vec!["integer"]),
            ("both.y", vec!["boolean"]),
            ("both.z", vec!["string"]),
        ] {
            assert_eq!(types_at(path), Ok(types), "{path}");
        }
        let open = contract().types_at(&"any.thing[].there".parse().unwrap()).unwrap();
        assert!(open.is_open && open.may_be("integer") && !open.is_only("integer"));
        let values = |path: &str| contract().values_at(&path.parse().unwrap());
        assert_eq!(values("level"), Some(vec![json!("low"), json!("high"), json!(null)]));
        assert_eq!((values("one.x"), values("score"), values("any.thing")), (Some(vec![json!(1)]), None, None));
        let line = contract().types_at(&"use_cases[].evidence[].line_end".parse().unwrap()).unwrap();
        assert!(line.is_only("integer") && !line.is_only("string"));
    }

    #[test]
    fn a_path_that_is_not_there_is_said_with_the_nearest() {
        for (path, reason, nearest) in [
            ("use_cases[].evidenze[]", "`use_cases[]` has no field `evidenze`", "use_cases[].evidence[]"),
            (
                "use_cases.evidence[]",
                "`use_cases` is a list: its elements are named with `[]`",
                "use_cases[].evidence[]",
            ),
            ("evidence[]", "an output has no field `evidence`", "use_cases[].evidence[]"),
            ("usecases[].evidence", "an output has no field `usecases`", "use_cases[].evidence"),
            ("summary[]", "`summary` is no list, but of the type string", "summary"),
            ("summary.text", "`summary` has no field `text`, since it is of the type string", ""),
            ("a.b[]", "an output has no field `a`", "\"a.b\"[]"),
            (
                "use_cases[].evidence[].quotes",
                "`use_cases[].evidence[]` has no field `quotes`",
                "use_cases[].evidence[].quote",
            ),
            ("zzz", "an output has no field `zzz`", ""),
        ] {
            let error = types_at(path).unwrap_err();
            assert_eq!(error.reason, reason, "{path}");
            let near = error.nearest.map(|it| it.to_string()).unwrap_or_default();
            assert_eq!(near, nearest, "{path}");
        }
        let error = types_at("zzz").unwrap_err();
        let fields = "use_cases, summary, score, level, a.b, pair, any, one, both";
        assert_eq!(error.hint(), Some(format!("its fields are {fields}")));
    }

    #[test]
    fn a_schema_with_many_alternatives_is_read_in_time() {
        let choice = |index: usize| {
            let field = |side: &str| json!({"properties": {format!("{side}{index}"): {"type": "integer"}}});
            json!({"anyOf": [field("a"), field("b")]})
        };
        let parts: Vec<Value> = (0..40).map(choice).collect();
        let schema = json!({"type": "object", "properties": {"x": {"type": "object", "allOf": parts}}});
        let root = JsonNode::from_value(&schema);
        assert!(at_path(&root, &"x.a0".parse().unwrap()).is_ok());
    }
}
