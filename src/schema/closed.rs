//! The closed form of a schema: objects accept no field that the schema does not name.
//!
//! A plain object is closed with `additionalProperties: false`. That keyword does not see into `allOf`, `$ref` and the
//! like, so where several schemas together describe one object, the parts stay open and the whole is closed: in draft
//! 2020-12 with `unevaluatedProperties: false`, in draft 7 by naming the parts' fields beside the whole's own. A part
//! that is a `$ref` is copied in, because what it refers to is closed for everyone else.
//!
//! Conditions (`if`, `not`, `contains`, `propertyNames`) ask a question and stay as they are. What the schema's author
//! closed is never opened.

use std::collections::BTreeSet;

use jsonschema::Draft;

use super::json::Node;
use super::subschemas::{self, Role};
use super::{pointer, refs};

/// The closed form of `root`, whose references have been checked, and what could not be kept as it was written.
pub(super) fn close(root: &Node, draft: Draft) -> (Node, Vec<String>) {
    let mut closer = Closer { root, draft, notes: Vec::new(), copied: BTreeSet::new() };
    let mut schema = root.clone();
    closer.whole(&mut schema, "");
    drop_unused_definitions(&mut schema, &closer.copied);
    (schema, closer.notes)
}

struct Closer<'a> {
    root: &'a Node,
    draft: Draft,
    notes: Vec<String>,
    /// References whose targets were copied in.
    copied: BTreeSet<String>,
}

/// How a schema and the schemas that apply to the same value share an object.
enum Sharing {
    /// No other schema names fields.
    Alone,
    /// Others name all the fields, one at a time: each can be closed by itself.
    Delegated,
    /// Several name fields of one object.
    Composed,
}

impl Closer<'_> {
    /// Closes a schema that describes a whole value.
    fn whole(&mut self, schema: &mut Node, pointer: &str) {
        if self.is_draft_7() && schema.has("$ref") {
            // Draft 7 reads nothing beside a `$ref`.
            self.descend(schema, pointer, false, &[Role::Definition]);
            return;
        }
        let own = describes_fields(schema);
        match self.sharing(schema) {
            Sharing::Alone => {
                self.descend(schema, pointer, true, &[Role::Child, Role::Definition, Role::InPlace]);
                if own {
                    self.seal(schema, "additionalProperties", pointer);
                }
            }
            Sharing::Delegated => {
                self.descend(schema, pointer, false, &[Role::Child, Role::Definition, Role::InPlace]);
            }
            Sharing::Composed => {
                self.descend(schema, pointer, true, &[Role::Child, Role::Definition, Role::InPlace]);
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

    /// Prepares a schema that describes an object together with others: only what is below it is closed.
    fn part(&mut self, schema: &mut Node, pointer: &str) {
        self.descend(schema, pointer, true, &[Role::Child, Role::Definition, Role::InPlace]);
        self.drop_open(schema, pointer);
        self.copy_reference_in(schema, pointer);
    }

    fn is_draft_7(&self) -> bool {
        self.draft == Draft::Draft7
    }

    /// Goes on into the schemas of the given roles; those that apply to the same value are `parts` of it, or wholes.
    fn descend(&mut self, schema: &mut Node, pointer: &str, parts: bool, roles: &[Role]) {
        subschemas::each_mut(schema, &mut |node, _, role, step| {
            let pointer = format!("{pointer}{step}");
            if !roles.contains(&role) {
                return;
            }
            if parts && role == Role::InPlace {
                self.part(node, &pointer);
            } else {
                self.whole(node, &pointer);
            }
        });
    }

    fn sharing(&self, schema: &Node) -> Sharing {
        let target = self.target(schema);
        let mut parts: Vec<(&str, &Node)> = target.map(|node| ("$ref", node)).into_iter().collect();
        subschemas::each(schema, &mut |node, keyword, role, _| {
            if role == Role::InPlace {
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
            // A schema that applies on a condition only leaves the object open where the condition does not hold.
            if matches!(first, "$ref" | "allOf" | "anyOf" | "oneOf") {
                return Sharing::Delegated;
            }
        }
        Sharing::Composed
    }

    /// What a schema's own `$ref` refers to.
    fn target(&self, schema: &Node) -> Option<&Node> {
        schema.get("$ref").and_then(Node::as_str).and_then(|reference| refs::resolve(self.root, reference))
    }

    /// Whether closing `schema` as a whole would close an object, here or in what applies to the same value.
    fn would_be_closed(&self, schema: &Node) -> bool {
        let mut closes = describes_fields(schema) || self.target(schema).is_some_and(|it| self.would_be_closed(it));
        subschemas::each(schema, &mut |node, _, role, _| {
            closes = closes || (role == Role::InPlace && self.would_be_closed(node));
        });
        closes
    }

    /// Puts what a `$ref` refers to in its place, open, where the closed form of it would shut the others out.
    fn copy_reference_in(&mut self, schema: &mut Node, pointer: &str) {
        let Some(target) = self.target(schema) else { return };
        if !self.would_be_closed(target) {
            return;
        }
        let mut copy = target.clone();
        for key in ["$id", "$schema", "$anchor", "$dynamicAnchor", "$defs", "definitions"] {
            copy.remove(key);
        }
        self.part(&mut copy, pointer);
        self.copied.extend(schema.get("$ref").and_then(Node::as_str).map(str::to_owned));
        // Draft 7 reads nothing beside a `$ref`.
        if self.is_draft_7() || schema.members().len() == 1 {
            *schema = copy;
            return;
        }
        schema.remove("$ref");
        let mut parts = vec![copy];
        if let Some(Node::Array(others)) = schema.remove("allOf") {
            parts.extend(others);
        }
        schema.set("allOf", Node::Array(parts));
    }

    /// Takes away an `additionalProperties: true`, which would tell the whole that every field is accounted for.
    fn drop_open(&mut self, schema: &mut Node, pointer: &str) {
        for key in ["additionalProperties", "unevaluatedProperties"] {
            if schema.get(key).is_some_and(accepts_everything) {
                schema.remove(key);
                self.notes.push(format!("{pointer}/{key}: extra fields were allowed here, and are not accepted"));
            }
        }
    }

    /// Closes an object with `keyword`, unless it is a map whose values have a schema.
    fn seal(&mut self, schema: &mut Node, keyword: &str, pointer: &str) {
        let mut sealed = false;
        for key in ["additionalProperties", "unevaluatedProperties"] {
            match schema.get(key) {
                None => {}
                Some(held) if accepts_everything(held) => {
                    schema.set(key, Node::Bool(false));
                    self.notes.push(format!("{pointer}/{key}: extra fields were allowed here, and are not accepted"));
                    sealed = true;
                }
                Some(Node::Bool(_)) => sealed = true,
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
        schema.set(keyword, Node::Bool(false));
    }
}

/// Whether a schema itself is about an object's fields.
fn describes_fields(schema: &Node) -> bool {
    let typed = match schema.get("type") {
        Some(Node::String(kind)) => kind == "object",
        Some(kinds) => kinds.items().iter().any(|kind| kind.as_str() == Some("object")),
        None => false,
    };
    // A value that is listed is closed as it is.
    let listed = schema.has("const") || schema.has("enum");
    (typed && !listed)
        || schema.has("properties")
        || schema.has("patternProperties")
        || schema.get("additionalProperties").is_some_and(|it| matches!(it, Node::Object(_)))
}

/// Whether no object is valid against a schema, by its type or because its values are listed.
fn excludes_objects(schema: &Node) -> bool {
    let typed = schema.has("type") && !describes_fields(schema);
    typed || schema.has("const") || schema.has("enum") || *schema == Node::Bool(false)
}

fn accepts_everything(schema: &Node) -> bool {
    matches!(schema, Node::Bool(true)) || matches!(schema, Node::Object(members) if members.is_empty())
}

/// Takes out definitions that nothing refers to any more since they were copied in.
fn drop_unused_definitions(root: &mut Node, copied: &BTreeSet<String>) {
    let mut used = BTreeSet::new();
    references(root, &mut used);
    // An anchor or `$id` can be anywhere, a pointer says where.
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

fn references(schema: &Node, used: &mut BTreeSet<String>) {
    for keyword in ["$ref", "$dynamicRef"] {
        used.extend(schema.get(keyword).and_then(Node::as_str).map(str::to_owned));
    }
    subschemas::each(schema, &mut |node, _, _, _| references(node, used));
}

/// Draft 7: names the fields of the parts beside the whole's own, without saying more about them than the parts do.
fn name_fields_of_parts(schema: &mut Node) {
    for key in ["properties", "patternProperties"] {
        let mut names = Vec::new();
        fields_of_parts(schema, key, &mut names);
        let mut fields = schema.remove(key).unwrap_or_else(|| Node::Object(Vec::new()));
        for name in names.into_iter().filter(|name| !name.is_empty() || key == "properties") {
            if !fields.has(&name) {
                fields.set(&name, Node::Bool(true));
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

fn fields_of_parts(schema: &Node, key: &str, names: &mut Vec<String>) {
    subschemas::each(schema, &mut |node, keyword, role, _| {
        if role == Role::InPlace || keyword == "if" {
            let fields = node.get(key).map_or(&[][..], Node::members);
            names.extend(fields.iter().map(|(name, _)| name.clone()));
            fields_of_parts(node, key, names);
        }
    });
}

/// The schema that a part has for its extra fields, if one has any.
fn open_rest_of_parts(schema: &Node, rest: &mut Option<Node>) {
    subschemas::each(schema, &mut |node, _, role, _| {
        if role == Role::InPlace {
            if let Some(held @ Node::Object(_)) = node.get("additionalProperties") {
                rest.get_or_insert_with(|| held.clone());
            }
            open_rest_of_parts(node, rest);
        }
    });
}
