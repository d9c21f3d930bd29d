//! Writes a schema so that an engine of grammars holds answers to as much of it as it can.
//!
//! What is sent never allows less than the contract, but for the escapes in texts that xgrammar lacks. What an engine
//! would refuse, or would take for something narrower, is left out; schemas that apply to the same value are made one
//! where that is exact, because engines hold only the first of them. References all lead to `$defs` with plain names.

mod object;
mod parts;
mod scalar;

use super::engine::Engine;
use super::form::Native;
use super::merge::{merged, types_exclude};
use crate::schema::closed::name_fields_of_parts;
use crate::schema::draft::DRAFT_7;
use crate::schema::json::JsonNode;
use crate::schema::{pointer, refs};
pub(super) use parts::type_of_listed;
use parts::{are_told_apart, constrains, described, describes, empty, open, with_description, without_annotations};

/// How many schemas for the same value are followed into each other.
const MAX_DEPTH: usize = 24;
const TYPES: [&str; 6] = ["string", "number", "boolean", "null", "array", "object"];

/// The schema `closed` for `engine`.
pub(super) fn for_engine(closed: &JsonNode, engine: &Engine) -> Native {
    let is_draft_7 = closed.get("$schema").and_then(JsonNode::as_str).is_some_and(|it| {
        let bare =
            |uri: &str| uri.trim_end_matches('#').trim_start_matches("https").trim_start_matches("http").to_owned();
        bare(it) == bare(DRAFT_7)
    });
    let mut writer = Writer {
        root: closed,
        is_draft_7,
        engine,
        definitions: Vec::new(),
        left_out: Vec::new(),
        ignored: Vec::new(),
        narrowed: Vec::new(),
    };
    let mut schema = writer.write(closed, "");
    let mut definitions = JsonNode::Object(Vec::new());
    let mut at = 0;
    while let Some((reference, name)) = writer.definitions.get(at).cloned() {
        if let Some(target) = refs::resolve(closed, &reference) {
            let place = reference.trim_start_matches('#').to_owned();
            let written = writer.write(target, &place);
            definitions.set(&name, written);
        }
        at += 1;
    }
    if !definitions.members().is_empty() {
        schema.set("$defs", definitions);
    }
    let Writer { left_out, ignored, narrowed, .. } = writer;
    Native { schema: schema.to_value(), left_out, ignored, narrowed }
}

struct Writer<'a> {
    root: &'a JsonNode,
    is_draft_7: bool,
    engine: &'a Engine,
    /// The references that are used, each with the name of its definition.
    definitions: Vec<(String, String)>,
    /// What is not sent.
    left_out: Vec<String>,
    /// What is sent, and ignored by the engine.
    ignored: Vec<String>,
    /// What is sent, and leaves no escapes in texts.
    narrowed: Vec<String>,
}

impl Writer<'_> {
    fn leave_out(&mut self, pointer: &str, what: &str) {
        let part = format!("{}: {what}", pointer::shown(pointer));
        // What is referred to is written a second time.
        if !self.left_out.contains(&part) {
            self.left_out.push(part);
        }
    }

    /// A schema as it is sent.
    fn write(&mut self, schema: &JsonNode, pointer: &str) -> JsonNode {
        match schema {
            JsonNode::Bool(false) => {
                self.leave_out(pointer, "false");
                return self.any();
            }
            JsonNode::Object(_) => {}
            _ => return self.any(),
        }
        let mut node = match self.flat(schema, false, 0) {
            Some(node) => node,
            None => self.without_parts(schema, pointer),
        };
        if let Some(reference) = node.get("$ref").and_then(JsonNode::as_str) {
            return self.reference(reference);
        }
        self.leave_out_conditions(&mut node, pointer);
        if node.has("anyOf") || node.has("oneOf") {
            self.alternatives(node, pointer)
        } else {
            self.plain(&node, pointer)
        }
    }

    /// The schema of any value.
    fn any(&self) -> JsonNode {
        if self.engine.empty_is_any {
            return JsonNode::Object(Vec::new());
        }
        let types = TYPES.iter().map(|it| JsonNode::String((*it).to_owned())).collect();
        JsonNode::Object(vec![("type".to_owned(), JsonNode::Array(types))])
    }

    /// A reference to a definition with a name that needs no escapes.
    fn reference(&mut self, reference: &str) -> JsonNode {
        let known = self.definitions.iter().find(|(it, _)| it == reference).map(|(_, name)| name.clone());
        let name = known.unwrap_or_else(|| {
            let last = reference.rsplit(['/', '#']).next().unwrap_or_default();
            let plain: String = last.chars().filter(|it| it.is_ascii_alphanumeric() || *it == '_').take(40).collect();
            let plain = if plain.is_empty() { "root".to_owned() } else { plain };
            let is_taken = |name: &String| self.definitions.iter().any(|(_, other)| other == name);
            let mut numbered = (2..).map(|number| format!("{plain}_{number}"));
            let name = if is_taken(&plain) { numbered.find(|it| !is_taken(it)).unwrap_or_default() } else { plain };
            self.definitions.push((reference.to_owned(), name.clone()));
            name
        });
        JsonNode::Object(vec![("$ref".to_owned(), JsonNode::String(format!("#/$defs/{name}")))])
    }

    /// A schema with those of `allOf`, and of a `$ref` beside others, merged into it; `None` where that is not exact.
    /// `is_part` says that it is to be merged itself, so that no `$ref` may stay.
    fn flat(&self, schema: &JsonNode, is_part: bool, depth: usize) -> Option<JsonNode> {
        let JsonNode::Object(_) = schema else { return (*schema == JsonNode::Bool(true)).then(empty) };
        let mut whole = without_annotations(schema);
        let parts = whole.remove("allOf");
        if let Some(reference) = whole.get("$ref").and_then(JsonNode::as_str).map(str::to_owned)
            && (is_part || parts.is_some() || constrains(&whole, &["$ref"]))
        {
            if self.is_draft_7 && !is_part {
                return Some(JsonNode::Object(vec![("$ref".to_owned(), JsonNode::String(reference))]));
            }
            let target = refs::resolve(self.root, &reference).filter(|_| depth < MAX_DEPTH)?;
            whole.remove("$ref");
            let beside = if self.is_draft_7 { empty() } else { whole };
            whole = merged(&beside, &self.flat(target, true, depth + 1)?)?;
        }
        for part in parts.iter().flat_map(JsonNode::items) {
            whole = merged(&whole, &self.flat(part, true, depth + 1).filter(|_| depth < MAX_DEPTH)?)?;
        }
        Some(whole)
    }

    /// A schema without the `allOf` or the neighbours of a `$ref` that cannot be merged.
    fn without_parts(&mut self, schema: &JsonNode, pointer: &str) -> JsonNode {
        let mut node = without_annotations(schema);
        if let Some(reference) = node.remove("$ref") {
            for (key, _) in node.members().iter().filter(|(key, _)| !describes(key)) {
                self.left_out.push(format!("{}: {key} beside a $ref", pointer::shown(pointer)));
            }
            return JsonNode::Object(vec![("$ref".to_owned(), reference)]);
        }
        if node.remove("allOf").is_some() {
            self.leave_out(pointer, "allOf");
        }
        open(&mut node);
        node
    }

    /// Leaves out conditions, which no engine holds. The fields that they name are allowed.
    fn leave_out_conditions(&mut self, node: &mut JsonNode, pointer: &str) {
        const CONDITIONS: [&str; 8] =
            ["if", "then", "else", "not", "dependentSchemas", "dependencies", "dependentRequired", "$dynamicRef"];
        let closes = node.get("unevaluatedProperties") == Some(&JsonNode::Bool(false));
        let mut named = empty();
        for key in CONDITIONS {
            if let Some(held) = node.remove(key) {
                if !matches!(key, "then" | "else") {
                    self.leave_out(pointer, key);
                }
                named.set(key, held);
            }
        }
        if closes && !named.members().is_empty() {
            name_fields_of_parts(&mut named);
            let fields = named.get("properties").map_or(&[][..], JsonNode::members).to_vec();
            let mut own = node.get("properties").cloned().unwrap_or_else(empty);
            for (name, _) in fields {
                if !own.has(&name) {
                    own.set(&name, JsonNode::Bool(true));
                }
            }
            node.set("properties", own);
            if named.has("patternProperties") || named.has("additionalProperties") {
                open(node);
            }
        }
    }

    /// A schema with alternatives, of which each is merged with what stands beside them.
    fn alternatives(&mut self, mut node: JsonNode, pointer: &str) -> JsonNode {
        let (one_of, any_of) = (node.remove("oneOf"), node.remove("anyOf"));
        let (keyword, held) = match (any_of, one_of) {
            (Some(any_of), one_of) => {
                if one_of.is_some() {
                    self.leave_out(pointer, "oneOf");
                }
                ("anyOf", any_of)
            }
            (None, Some(one_of)) => {
                if !self.exclude_each_other(one_of.items()) {
                    self.leave_out(pointer, "oneOf, sent as anyOf");
                }
                ("oneOf", one_of)
            }
            (None, None) => return self.plain(&node, pointer),
        };
        let has_base = constrains(&node, &[]);
        let mut written = Vec::new();
        for (at, alternative) in held.items().iter().enumerate() {
            let place = format!("{pointer}/{keyword}/{at}");
            if *alternative == JsonNode::Bool(false) {
                continue;
            }
            if !has_base {
                written.push(self.write(alternative, &place));
                continue;
            }
            let flat = self.flat(alternative, true, 0);
            if flat.as_ref().is_some_and(|it| types_exclude(&node, it)) {
                continue;
            }
            let Some(both) = flat.and_then(|it| merged(&node, &it)) else {
                self.leave_out(pointer, keyword);
                open(&mut node);
                return self.plain(&node, pointer);
            };
            written.push(self.write(&both, &place));
        }
        let mut out = described(&node);
        match written.len() {
            0 => out = self.any(),
            1 => out = written.remove(0),
            _ => out.set("anyOf", JsonNode::Array(written)),
        }
        out
    }

    /// Whether no value fits two of these schemas: by their types, or by the values of a field that all have.
    fn exclude_each_other(&self, schemas: &[JsonNode]) -> bool {
        let flat: Option<Vec<JsonNode>> = schemas.iter().map(|it| self.flat(it, true, 0)).collect();
        let Some(flat) = flat else { return false };
        flat.iter()
            .enumerate()
            .all(|(at, one)| flat.iter().skip(at + 1).all(|two| types_exclude(one, two) || are_told_apart(one, two)))
    }

    /// A schema without others for the same value.
    fn plain(&mut self, node: &JsonNode, pointer: &str) -> JsonNode {
        if node.has("enum") || node.has("const") {
            return self.listed(node, pointer);
        }
        let kinds: Vec<String> = match node.get("type") {
            Some(JsonNode::String(kind)) => vec![kind.clone()],
            Some(kinds) => kinds.items().iter().filter_map(JsonNode::as_str).map(str::to_owned).collect(),
            // Engines take fields without a type for those of an object, and closing does so too.
            None if ["properties", "patternProperties", "required"].iter().any(|key| node.has(key)) => {
                vec!["object".to_owned()]
            }
            None => {
                for (key, _) in node.members().iter().filter(|(key, _)| !describes(key)) {
                    self.leave_out(pointer, &format!("{key} without a type"));
                }
                return with_description(node, &self.any());
            }
        };
        let is_compound = |kind: &String| matches!(kind.as_str(), "object" | "array");
        let (compound, scalar): (Vec<String>, Vec<String>) = kinds.into_iter().partition(is_compound);
        let mut written: Vec<JsonNode> = Vec::new();
        if !scalar.is_empty() {
            written.push(self.scalar(node, &scalar, pointer));
        }
        for kind in compound {
            written.push(if kind == "object" { self.object(node, pointer) } else { self.array(node, pointer) });
        }
        if written.len() == 1 {
            return with_description(node, &written[0]);
        }
        let mut out = described(node);
        out.set("anyOf", JsonNode::Array(written));
        out
    }
}
