//! Finds schemas that no value can satisfy, so that no answer is asked for in vain.
//!
//! Each schema gets the set of JSON types that its values can still have. The sets begin empty and grow until nothing
//! changes: what stays empty has no value at all, which also finds schemas that require themselves without an end. Only
//! what is certain counts: a keyword that is not looked at rules nothing out.
//!
//! `schemas` lists the schemas of a file, `types` has the sets, `bounds` the contradictions within one schema, `listed`
//! those of listed values, and `fields` those of required fields.

mod bounds;
mod fields;
mod listed;
mod schemas;
mod types;

use std::collections::HashMap;

use jsonschema::Draft;

use super::json::JsonNode;
use super::pointer;
use super::subschemas::{self, SubschemaRole};
pub(super) use schemas::Contradiction;
use schemas::{Part, Schemas};
use types::TypeSet;

/// Checks the closed schema `root` of answers, which are objects. The error is a contradiction that no answer, or no
/// value of a field, can get around. Returns notes on those that leave another way.
pub(super) fn check(root: &JsonNode, draft: Draft) -> Result<Vec<String>, Contradiction> {
    let analysis = Analysis::of(Schemas::of(root, draft));
    let possible = analysis.possible();
    let mut report = Report { analysis: &analysis, possible: &possible, seen: HashMap::new(), notes: Vec::new() };
    report.walk(0, true)?;
    if (possible[0] & TypeSet::OBJECT).is_empty()
        && let Some(local) = analysis.local[0].contradictions.first()
    {
        return Err(local.1.clone());
    }
    Ok(report.notes)
}

/// What follows for a schema from itself and from those that always apply to the same value.
struct Local {
    /// The types that are left.
    types: TypeSet,
    /// What each contradiction rules out.
    contradictions: Vec<(TypeSet, Contradiction)>,
}

/// What each schema of a file allows by itself, in the order of [`Schemas::all`].
struct Analysis<'a> {
    schemas: Schemas<'a>,
    local: Vec<Local>,
}

impl<'a> Analysis<'a> {
    fn of(schemas: Schemas<'a>) -> Self {
        let mut local: Vec<Local> = schemas.all.iter().map(|part| Local::of(&schemas, part)).collect();
        for part in schemas.all.iter().filter(|part| !schemas.is_only_reference(part.schema)) {
            for (at, contradiction) in fields::of_alternatives(&schemas, part) {
                local[at].rule_out(TypeSet::OBJECT, contradiction);
            }
            for (at, contradiction) in twins(&schemas, part) {
                local[at].rule_out(TypeSet::ALL, contradiction);
            }
        }
        Self { schemas, local }
    }

    /// The types that values of each schema can have.
    fn possible(&self) -> Vec<TypeSet> {
        let mut possible = vec![TypeSet::NONE; self.schemas.all.len()];
        loop {
            let mut changed = false;
            for at in 0..self.schemas.all.len() {
                let now = self.narrowed(at, &possible);
                changed |= now != possible[at];
                possible[at] = now;
            }
            if !changed {
                return possible;
            }
        }
    }

    /// The types that are left for the schema at `at`, if those of the others are `possible`.
    fn narrowed(&self, at: usize, possible: &[TypeSet]) -> TypeSet {
        let schema = self.schemas.all[at].schema;
        let mut types = self.local[at].types;
        let of = |schema: &JsonNode| self.schemas.index(schema).map_or(TypeSet::ALL, |at| possible[at]);
        if let Some(target) = self.schemas.target(schema) {
            types = types & possible[target];
        }
        if self.schemas.is_only_reference(schema) {
            return types;
        }
        for part in schema.get("allOf").map_or(&[][..], JsonNode::items) {
            types = types & of(part);
        }
        for keyword in ["anyOf", "oneOf"] {
            if let Some(JsonNode::Array(alternatives)) = schema.get(keyword) {
                types = types & alternatives.iter().fold(TypeSet::NONE, |all, it| all | of(it));
            }
        }
        let properties = schema.get("properties");
        let required = schema.get("required").map_or(&[][..], JsonNode::items).iter().filter_map(JsonNode::as_str);
        if required.filter_map(|name| properties?.get(name)).any(|field| of(field).is_empty()) {
            types = types.without(TypeSet::OBJECT);
        }
        if bounds::first_item(schema).is_some_and(|item| of(item).is_empty()) {
            types = types.without(TypeSet::ARRAY);
        }
        if Self::lacks_contained(schema, &of) {
            types = types.without(TypeSet::ARRAY);
        }
        types
    }

    /// Whether no item of an array can be one that `contains` asks for.
    fn lacks_contained(schema: &JsonNode, of: &dyn Fn(&JsonNode) -> TypeSet) -> bool {
        let Some(contained) = schema.get("contains") else { return false };
        let is_optional =
            matches!(schema.get("minContains"), Some(JsonNode::Number(least)) if least.as_f64() == Some(0.0));
        let items = schema.get("items").filter(|it| !schema.has("prefixItems") && !matches!(it, JsonNode::Array(_)));
        !is_optional && (of(contained) & items.map_or(TypeSet::ALL, of)).is_empty()
    }
}

/// Alternatives of `oneOf` that stand there twice, each with its index: a value of one is a value of the other.
fn twins(schemas: &Schemas<'_>, part: &Part<'_>) -> Vec<(usize, Contradiction)> {
    let alternatives = part.schema.get("oneOf").map_or(&[][..], JsonNode::items);
    let meaning = |schema: &JsonNode| {
        let mut schema = schema.clone();
        for key in ["title", "description"] {
            schema.remove(key);
        }
        schema.to_value().to_string()
    };
    let mut counts: HashMap<String, usize> = HashMap::new();
    for alternative in alternatives {
        *counts.entry(meaning(alternative)).or_default() += 1;
    }
    let twice = alternatives.iter().enumerate().filter(|(_, it)| counts.get(&meaning(it)).is_some_and(|it| *it > 1));
    let found = twice.filter_map(|(at, alternative)| {
        let message =
            "another alternative of `oneOf` is the same, and a value must not be valid against both".to_owned();
        let pointer = format!("{}/oneOf/{at}", part.pointer);
        Some((schemas.index(alternative)?, Contradiction { pointer, message }))
    });
    found.collect()
}

impl Local {
    fn of<'a>(schemas: &Schemas<'a>, part: &Part<'a>) -> Self {
        let parts = schemas.always(part);
        let mut local = Self { types: TypeSet::ALL, contradictions: Vec::new() };
        for part in &parts {
            local.narrow(part);
        }
        let mut found = bounds::contradictions(&parts, local.types, schemas.draft);
        found.extend(listed::contradiction(&parts, schemas.draft).map(|it| (TypeSet::ALL, it)));
        found.extend(fields::contradictions(schemas, part, &parts));
        for (ruled_out, contradiction) in found {
            local.rule_out(ruled_out, contradiction);
        }
        local
    }

    /// Takes types away for a contradiction, unless they are gone already.
    fn rule_out(&mut self, types: TypeSet, contradiction: Contradiction) {
        if !(self.types & types).is_empty() {
            self.types = self.types.without(types);
            self.contradictions.push((types, contradiction));
        }
    }

    /// Keeps the types that `part` allows by its `type`, `not`, `enum` and `const`.
    fn narrow(&mut self, part: &Part<'_>) {
        if *part.schema == JsonNode::Bool(false) {
            self.types = TypeSet::NONE;
            return;
        }
        let by_type = TypeSet::of_type(part.schema.get("type"));
        self.keep(by_type, part, "type", "no value has this `type` and that of the other parts too");
        if let Some(excluded) = part.schema.get("not").and_then(TypeSet::of_plain) {
            let others = TypeSet::ALL.without(excluded);
            self.keep(others, part, "not", "`not` excludes every value that the rest allows");
        }
        if let Some(values) = part.schema.get("enum").map(JsonNode::items) {
            let message =
                if values.is_empty() { "`enum` lists no value" } else { "none of the values of `enum` has the `type`" };
            self.keep(TypeSet::of_values(values), part, "enum", message);
        }
        if let Some(value) = part.schema.get("const") {
            self.keep(TypeSet::of_value(value), part, "const", "the value of `const` does not have the `type`");
        }
    }

    /// Keeps the types that a keyword of `part` leaves. Where none is left, that is a contradiction.
    fn keep(&mut self, left: TypeSet, part: &Part<'_>, keyword: &str, message: &str) {
        let left = self.types & left;
        if left.is_empty() && !self.types.is_empty() {
            let pointer = format!("{}/{keyword}", part.pointer);
            self.contradictions.push((TypeSet::ALL, Contradiction { pointer, message: message.to_owned() }));
        }
        self.types = left;
    }
}

/// Goes through the places that values of an answer can have.
struct Report<'s, 'a> {
    analysis: &'s Analysis<'a>,
    possible: &'s [TypeSet],
    /// Where it has been, and whether it was certain there.
    seen: HashMap<usize, bool>,
    notes: Vec<String>,
}

impl Report<'_, '_> {
    /// Reports the contradictions at `at` and below. Where no value has to get around them (`certain` is false), they
    /// are noted.
    fn walk(&mut self, at: usize, certain: bool) -> Result<(), Contradiction> {
        if self.seen.get(&at).is_some_and(|before| *before || !certain) {
            return Ok(());
        }
        self.seen.insert(at, certain);
        let Part { schema, pointer } = &self.analysis.schemas.all[at];
        let is_impossible = self.possible[at].is_empty() && **schema != JsonNode::Bool(false);
        // The cause may be further down, where it is named more exactly.
        let local = &self.analysis.local[at];
        for (_, contradiction) in &local.contradictions {
            if certain && (is_impossible && local.types.is_empty()) {
                return Err(contradiction.clone());
            }
            self.note(contradiction, is_impossible);
        }
        if let Some(target) = self.analysis.schemas.target(schema) {
            self.walk(target, certain)?;
        }
        let mut below = Vec::new();
        subschemas::each(schema, &mut |node, keyword, role, _| {
            let certain = certain && (role == SubschemaRole::Child || keyword == "allOf");
            if matches!(role, SubschemaRole::Child | SubschemaRole::InPlace) {
                below.extend(self.analysis.schemas.index(node).map(|at| (at, certain)));
            }
        });
        for (at, certain) in below {
            self.walk(at, certain)?;
        }
        // A reference has no cause of its own: whatever refers to it, and its target, is looked at for one.
        if is_impossible && certain && !schema.has("$ref") {
            return Err(self.cause(at, pointer));
        }
        Ok(())
    }

    fn note(&mut self, contradiction: &Contradiction, is_impossible: bool) {
        let left = if is_impossible { "no value is valid here" } else { "only values of other types are valid here" };
        let note = format!("{}: {}; {left}", contradiction.pointer, contradiction.message);
        if !self.notes.contains(&note) {
            self.notes.push(note);
        }
    }

    /// Why the schema at `at` has no value although nothing below it is a contradiction.
    fn cause(&self, at: usize, pointer: &str) -> Contradiction {
        let schema = self.analysis.schemas.all[at].schema;
        let is_impossible =
            |it: &JsonNode| self.analysis.schemas.index(it).is_some_and(|at| self.possible[at].is_empty());
        let required = schema.get("required").map_or(&[][..], JsonNode::items).iter().filter_map(JsonNode::as_str);
        let endless = required
            .into_iter()
            .find(|name| schema.get("properties").and_then(|fields| fields.get(name)).is_some_and(is_impossible));
        if let Some(name) = endless {
            let message =
                format!("the field `{name}` requires itself without an end: make it optional, or let it be null");
            return Contradiction { pointer: format!("{pointer}/properties/{}", pointer::escape(name)), message };
        }
        let types = |it: &JsonNode| self.analysis.schemas.index(it).map_or(TypeSet::ALL, |at| self.possible[at]);
        if Analysis::lacks_contained(schema, &types) {
            let message = "no item of this array can be what `contains` asks for".to_owned();
            return Contradiction { pointer: format!("{pointer}/contains"), message };
        }
        for keyword in ["anyOf", "oneOf"] {
            if schema.has(keyword) {
                let message = format!("no alternative of `{keyword}` can be satisfied together with the rest");
                return Contradiction { pointer: format!("{pointer}/{keyword}"), message };
            }
        }
        let message = "no value can satisfy this schema: its parts exclude each other".to_owned();
        Contradiction { pointer: pointer::shown(pointer), message }
    }
}

#[cfg(test)]
mod tests;
