//! Closes a schema, so that objects accept no field that the schema does not name.
//!
//! A plain object is closed with `additionalProperties: false`. That keyword does not see into `allOf`, `$ref` and the
//! like. Where several schemas together describe one object, the parts therefore stay open and the whole is closed: in
//! draft 2020-12 with `unevaluatedProperties: false`, in draft 7 by listing the parts' fields beside the whole's own. A
//! part that is a `$ref` is copied in, because its target is closed for all other uses.
//!
//! Conditions (`if`, `not`, `contains`, `propertyNames`) stay as they are: closing them would change what they test. It
//! must never open what the schema's author closed.

use std::collections::BTreeSet;

use jsonschema::Draft;

use super::json::JsonNode;
use super::subschemas::{self, SubschemaRole};
use super::{pointer, refs};

/// A schema that would have to be copied into itself: the pointer to it, and the reference that leads back.
pub(super) struct Endless {
    pub(super) pointer: String,
    pub(super) reference: String,
}

/// Closes `root`, whose references must have been checked. Also returns notes on what was changed or stayed open.
pub(super) fn close(root: &JsonNode, draft: Draft) -> Result<(JsonNode, Vec<String>), Endless> {
    let mut closer =
        Closer { root, draft, notes: Vec::new(), copied: BTreeSet::new(), copying: Vec::new(), endless: None };
    let mut schema = root.clone();
    closer.whole(&mut schema, "");
    if let Some(endless) = closer.endless {
        return Err(endless);
    }
    drop_unused_definitions(&mut schema, &closer.copied);
    Ok((schema, closer.notes))
}

struct Closer<'a> {
    root: &'a JsonNode,
    draft: Draft,
    notes: Vec<String>,
    /// The references that were replaced by a copy of their target.
    copied: BTreeSet<String>,
    /// The references whose targets are being copied right now, outermost first.
    copying: Vec<String>,
    /// The first copy that would have no end.
    endless: Option<Endless>,
}

/// How a schema shares the description of an object with the schemas that apply to the same value.
enum Sharing {
    /// None of the others names fields.
    Alone,
    /// The others name all fields, and only one of them applies: each can be closed by itself.
    Delegated,
    /// Several schemas name fields of the same object.
    Composed,
}

impl Closer<'_> {
    /// Closes a schema that describes a whole value.
    fn whole(&mut self, schema: &mut JsonNode, pointer: &str) {
        if self.is_draft_7() && schema.has("$ref") {
            // Draft 7 ignores all keywords beside a `$ref`.
            self.descend(schema, pointer, false, &[SubschemaRole::Definition]);
            return;
        }
        let own = describes_fields(schema);
        match self.sharing(schema) {
            Sharing::Alone => {
                self.descend(
                    schema,
                    pointer,
                    true,
                    &[SubschemaRole::Child, SubschemaRole::Definition, SubschemaRole::InPlace],
                );
                if own {
                    self.seal(schema, "additionalProperties", pointer);
                }
            }
            Sharing::Delegated => {
                self.descend(
                    schema,
                    pointer,
                    false,
                    &[SubschemaRole::Child, SubschemaRole::Definition, SubschemaRole::InPlace],
                );
            }
            Sharing::Composed => {
                self.descend(
                    schema,
                    pointer,
                    true,
                    &[SubschemaRole::Child, SubschemaRole::Definition, SubschemaRole::InPlace],
                );
                self.copy_reference_in(schema, pointer);
                if self.is_draft_7() {
                    name_fields_of_parts(schema);
                    self.seal(schema, "additionalProperties", pointer);
                } else {
                    self.drop_open(schema, pointer);
                    self.seal(schema, "unevaluatedProperties", pointer);
                }
            }
        }
    }

    /// Prepares a schema that describes an object together with others: closes what is below it and leaves it open.
    fn part(&mut self, schema: &mut JsonNode, pointer: &str) {
        self.descend(schema, pointer, true, &[SubschemaRole::Child, SubschemaRole::Definition, SubschemaRole::InPlace]);
        self.drop_open(schema, pointer);
        self.copy_reference_in(schema, pointer);
    }

    fn is_draft_7(&self) -> bool {
        self.draft == Draft::Draft7
    }

    /// Closes the subschemas of the given roles. Those that apply to the same value are treated as parts if `parts` is
    /// set, and else as wholes.
    fn descend(&mut self, schema: &mut JsonNode, pointer: &str, parts: bool, roles: &[SubschemaRole]) {
        subschemas::each_mut(schema, &mut |node, _, role, step| {
            let pointer = format!("{pointer}{step}");
            if !roles.contains(&role) {
                return;
            }
            if parts && role == SubschemaRole::InPlace {
                self.part(node, &pointer);
            } else {
                self.whole(node, &pointer);
            }
        });
    }

    fn sharing(&self, schema: &JsonNode) -> Sharing {
        let target = self.target(schema);
        let mut parts: Vec<(&str, &JsonNode)> = target.map(|node| ("$ref", node)).into_iter().collect();
        subschemas::each(schema, &mut |node, keyword, role, _| {
            if role == SubschemaRole::InPlace {
                parts.push((keyword, node));
            }
        });
        if !parts.iter().any(|(_, part)| self.would_be_closed(part)) {
            return Sharing::Alone;
        }
        let own_fields = ["properties", "patternProperties", "additionalProperties", "unevaluatedProperties"];
        let first = parts[0].0;
        let one_keyword = parts.iter().all(|(keyword, _)| *keyword == first);
        let one_at_a_time = parts.len() == 1 || matches!(first, "anyOf" | "oneOf");
        let settled = parts.iter().all(|(_, part)| self.would_be_closed(part) || excludes_objects(part));
        if one_keyword && one_at_a_time && settled && !own_fields.iter().any(|key| schema.has(key)) {
            // Not `then` and the like: if the condition does not hold, nothing would close the object.
            if matches!(first, "$ref" | "allOf" | "anyOf" | "oneOf") {
                return Sharing::Delegated;
            }
        }
        Sharing::Composed
    }

    /// The target of a schema's own `$ref`.
    fn target(&self, schema: &JsonNode) -> Option<&JsonNode> {
        schema.get("$ref").and_then(JsonNode::as_str).and_then(|reference| refs::resolve(self.root, reference))
    }

    /// Whether closing `schema` as a whole would close an object, in itself or in a schema for the same value.
    fn would_be_closed(&self, schema: &JsonNode) -> bool {
        let mut closes = describes_fields(schema) || self.target(schema).is_some_and(|it| self.would_be_closed(it));
        subschemas::each(schema, &mut |node, _, role, _| {
            closes = closes || (role == SubschemaRole::InPlace && self.would_be_closed(node));
        });
        closes
    }

    /// Replaces a `$ref` by an open copy of its target, if the closed target would reject the other parts' fields.
    fn copy_reference_in(&mut self, schema: &mut JsonNode, pointer: &str) {
        let Some(target) = self.target(schema) else { return };
        if !self.would_be_closed(target) {
            return;
        }
        let reference = schema.get("$ref").and_then(JsonNode::as_str).unwrap_or_default().to_owned();
        if self.copying.contains(&reference) {
            self.endless.get_or_insert(Endless { pointer: pointer.to_owned(), reference });
            return;
        }
        let mut copy = target.clone();
        for key in ["$id", "$schema", "$anchor", "$dynamicAnchor", "$defs", "definitions"] {
            copy.remove(key);
        }
        self.copying.push(reference.clone());
        self.part(&mut copy, pointer);
        self.copying.pop();
        self.copied.insert(reference);
        // Draft 7 ignores all keywords beside a `$ref`.
        if self.is_draft_7() || schema.members().len() == 1 {
            *schema = copy;
            return;
        }
        schema.remove("$ref");
        let mut parts = vec![copy];
        if let Some(JsonNode::Array(others)) = schema.remove("allOf") {
            parts.extend(others);
        }
        schema.set("allOf", JsonNode::Array(parts));
    }

    /// Removes an `additionalProperties: true`, which would count every field as evaluated for the whole.
    fn drop_open(&mut self, schema: &mut JsonNode, pointer: &str) {
        for key in ["additionalProperties", "unevaluatedProperties"] {
            if schema.get(key).is_some_and(accepts_everything) {
                schema.remove(key);
                self.notes.push(format!("{pointer}/{key}: extra fields were allowed here, and are not accepted"));
            }
        }
    }

    /// Closes an object with `keyword`, unless its extra fields have a schema.
    fn seal(&mut self, schema: &mut JsonNode, keyword: &str, pointer: &str) {
        let mut sealed = false;
        for key in ["additionalProperties", "unevaluatedProperties"] {
            match schema.get(key) {
                None => {}
                Some(held) if accepts_everything(held) => {
                    schema.set(key, JsonNode::Bool(false));
                    self.notes.push(format!("{pointer}/{key}: extra fields were allowed here, and are not accepted"));
                    sealed = true;
                }
                Some(JsonNode::Bool(_)) => sealed = true,
                Some(_) => {
                    self.notes.push(format!(
                        "{pointer}/{key}: extra fields have a schema, so that the object stays open for them"
                    ));
                    sealed = true;
                }
            }
        }
        if sealed {
            return;
        }
        if keyword == "additionalProperties" && !schema.has("properties") && !schema.has("patternProperties") {
            let place = pointer::shown(pointer);
            self.notes.push(format!("{place}: an object without `properties` accepts only {{}}"));
        }
        schema.set(keyword, JsonNode::Bool(false));
    }
}

/// Whether a schema describes an object's fields in its own keywords.
fn describes_fields(schema: &JsonNode) -> bool {
    let typed = match schema.get("type") {
        Some(JsonNode::String(kind)) => kind == "object",
        Some(kinds) => kinds.items().iter().any(|kind| kind.as_str() == Some("object")),
        None => false,
    };
    // Listed values are closed already.
    let listed = schema.has("const") || schema.has("enum");
    (typed && !listed)
        || schema.has("properties")
        || schema.has("patternProperties")
        || schema.get("additionalProperties").is_some_and(|it| matches!(it, JsonNode::Object(_)))
}

/// Whether a schema rules objects out, by its type or by a list of values.
fn excludes_objects(schema: &JsonNode) -> bool {
    let typed = schema.has("type") && !describes_fields(schema);
    typed || schema.has("const") || schema.has("enum") || *schema == JsonNode::Bool(false)
}

fn accepts_everything(schema: &JsonNode) -> bool {
    matches!(schema, JsonNode::Bool(true)) || matches!(schema, JsonNode::Object(members) if members.is_empty())
}

/// Removes definitions that nothing refers to any more because they were copied in.
fn drop_unused_definitions(root: &mut JsonNode, copied: &BTreeSet<String>) {
    let mut used = BTreeSet::new();
    references(root, &mut used);
    // Only a pointer says which definition it needs; an anchor or `$id` could be in any of them.
    if used.iter().any(|reference| reference != "#" && !reference.starts_with("#/")) {
        return;
    }
    for reference in copied {
        let below = format!("{reference}/");
        if used.iter().any(|it| it == reference || it.starts_with(&below)) {
            continue;
        }
        for key in ["$defs", "definitions"] {
            let name = reference.strip_prefix(&format!("#/{key}/"));
            let Some((name, mut definitions)) = name.zip(root.get(key).cloned()) else { continue };
            definitions.remove(name);
            if definitions.members().is_empty() {
                root.remove(key);
            } else {
                root.set(key, definitions);
            }
        }
    }
}

fn references(schema: &JsonNode, used: &mut BTreeSet<String>) {
    for keyword in ["$ref", "$dynamicRef"] {
        used.extend(schema.get(keyword).and_then(JsonNode::as_str).map(str::to_owned));
    }
    subschemas::each(schema, &mut |node, _, _, _| references(node, used));
}

/// Draft 7: lists the fields of the parts beside the whole's own, as `true`, which constrains nothing.
pub(super) fn name_fields_of_parts(schema: &mut JsonNode) {
    for key in ["properties", "patternProperties"] {
        let mut names = Vec::new();
        fields_of_parts(schema, key, &mut names);
        let mut fields = schema.remove(key).unwrap_or_else(|| JsonNode::Object(Vec::new()));
        for name in names.into_iter().filter(|name| !name.is_empty() || key == "properties") {
            if !fields.has(&name) {
                fields.set(&name, JsonNode::Bool(true));
            }
        }
        if !fields.members().is_empty() {
            schema.set(key, fields);
        }
    }
    let mut rest = None;
    open_rest_of_parts(schema, &mut rest);
    if let (Some(rest), false) = (rest, schema.has("additionalProperties")) {
        schema.set("additionalProperties", rest);
    }
}

fn fields_of_parts(schema: &JsonNode, key: &str, names: &mut Vec<String>) {
    subschemas::each(schema, &mut |node, keyword, role, _| {
        if role == SubschemaRole::InPlace || keyword == "if" {
            let fields = node.get(key).map_or(&[][..], JsonNode::members);
            names.extend(fields.iter().map(|(name, _)| name.clone()));
            fields_of_parts(node, key, names);
        }
    });
}

/// Finds the first part that has a schema for its extra fields.
fn open_rest_of_parts(schema: &JsonNode, rest: &mut Option<JsonNode>) {
    subschemas::each(schema, &mut |node, _, role, _| {
        if role == SubschemaRole::InPlace {
            if let Some(held @ JsonNode::Object(_)) = node.get("additionalProperties") {
                rest.get_or_insert_with(|| held.clone());
            }
            open_rest_of_parts(node, rest);
        }
    });
}
