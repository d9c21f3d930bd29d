//! Makes sample values for a schema from a seed: valid, and worded so that nobody mistakes them for real output.
//!
//! A value is built along the schema (`merge`, `scalar`, `pattern`, `random`) and then validated. If it is not valid (a
//! `not`, two patterns, a `oneOf` of which two match), others are built from derived seeds. The same schema and seed
//! give the same value on every platform. It must never return a value that is not valid.

mod distinct;
mod kind;
mod merge;
mod pattern;
mod random;
mod scalar;
#[cfg(test)]
mod tests;

use jsonschema::Validator;
use serde_json::{Map, Value};

use self::kind::{has_kind, kind_by_keywords};
use self::merge::Merger;
use self::random::Random;
use super::error::SchemaError;
use super::json::JsonNode;
use super::{draft, pointer, validator, violation};

/// How many values are built before giving up.
const ATTEMPTS: u64 = 50;
/// From this depth on, only required parts are built, by the alternatives that end soonest.
const DEEP: usize = 4;
/// The deepest value that is built.
const MAX_DEPTH: usize = 60;
/// The longest array that is built.
const MAX_ITEMS: usize = 10_000;
/// How often an element of a list is built anew where it repeats others.
const MAX_TRIES: usize = 100;
/// How many values, nested ones included, are built for one sample at most.
const MAX_VALUES: usize = 100_000;

/// Why no sample could be made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no sample can be made for {pointer}: {reason}")]
pub struct SampleError {
    /// JSON pointer to the place in the value; `/` is the root.
    pub pointer: String,
    /// Which constraint could not be met, with its keyword if there is one.
    pub reason: String,
}

/// Makes samples for one schema, which is prepared once.
#[derive(Debug)]
pub struct Sampler {
    root: JsonNode,
    validator: Validator,
}

impl Sampler {
    /// A sampler for `schema`, usually a contract's closed form.
    pub fn new(schema: &Value) -> Result<Self, SampleError> {
        let root = JsonNode::from_value(schema);
        let draft = draft::of(&root).map_err(|draft| {
            let error = SchemaError::Draft { name: "schema".to_owned(), draft };
            SampleError { pointer: "/".to_owned(), reason: error.to_string() }
        })?;
        let validator = validator::build(schema, draft).map_err(|(pointer, reason)| SampleError { pointer, reason })?;
        Ok(Self { root, validator })
    }

    /// The sample of `seed`.
    pub fn sample(&self, seed: u64) -> Result<Value, SampleError> {
        let mut last = SampleError { pointer: "/".to_owned(), reason: "nothing was tried".to_owned() };
        for attempt in 0..ATTEMPTS {
            let mut builder = SampleBuilder { root: &self.root, random: Random::new(seed, attempt), values: 0 };
            match builder.value(&self.root, "", 0) {
                Err(error) => last = error,
                Ok(value) => match self.fault(&value) {
                    None => return Ok(value),
                    Some(error) => last = error,
                },
            }
        }
        Err(last)
    }

    /// The first way in which `value` is not valid.
    fn fault(&self, value: &Value) -> Option<SampleError> {
        self.validator.iter_errors(value).next().map(|error| SampleError {
            pointer: pointer::shown(error.instance_path().as_str()),
            reason: format!("`{}`: {}", error.kind().keyword(), violation::sentence(&error)),
        })
    }
}

/// Makes a value that is valid against `schema`, the same for the same `seed` everywhere. For several samples of one
/// schema, use a [`Sampler`].
pub fn sample(schema: &Value, seed: u64) -> Result<Value, SampleError> {
    Sampler::new(schema)?.sample(seed)
}

struct SampleBuilder<'a> {
    root: &'a JsonNode,
    random: Random,
    values: usize,
}

impl SampleBuilder<'_> {
    fn value(&mut self, schema: &JsonNode, pointer: &str, depth: usize) -> Result<Value, SampleError> {
        let fail = |reason: String| SampleError { pointer: pointer::shown(pointer), reason };
        self.values += 1;
        if depth > MAX_DEPTH || self.values > MAX_VALUES {
            return Err(fail("the schema asks for a value without end".to_owned()));
        }
        let deep = depth >= DEEP;
        let merged = Merger { root: self.root, random: &mut self.random, deep }.merged(schema).map_err(fail)?;
        if let Some(listed) = merged.get("enum") {
            let fitting: Vec<&JsonNode> = listed.items().iter().filter(|value| has_kind(&merged, value)).collect();
            let chosen = self.random.pick(&fitting).map(|value| value.to_value());
            return chosen.ok_or_else(|| fail("no value of the `enum` is allowed by the other keywords".to_owned()));
        }
        match self.kind(&merged, deep) {
            "null" => Ok(Value::Null),
            "boolean" => Ok(Value::Bool(self.random.once_in(2))),
            "integer" => scalar::integer(&merged, &mut self.random).map_err(fail),
            "number" => scalar::number(&merged, &mut self.random).map_err(fail),
            "array" => self.array(&merged, pointer, depth),
            "object" => self.object(&merged, pointer, depth),
            _ => scalar::text(&merged, &mut self.random).map(Value::String).map_err(fail),
        }
    }

    /// The type to build: one of the allowed types, or else the one that the keywords apply to.
    fn kind<'n>(&mut self, merged: &'n JsonNode, deep: bool) -> &'n str {
        let kinds: Vec<&str> = match merged.get("type") {
            Some(JsonNode::String(kind)) => vec![kind],
            Some(kinds) => kinds.items().iter().filter_map(JsonNode::as_str).collect(),
            None => return kind_by_keywords(merged),
        };
        let others: Vec<&str> = kinds.iter().copied().filter(|kind| *kind != "null").collect();
        if others.len() < kinds.len() && (deep || others.is_empty() || self.random.once_in(5)) {
            return "null";
        }
        self.random.pick(&others).copied().unwrap_or("string")
    }

    fn object(&mut self, merged: &JsonNode, pointer: &str, depth: usize) -> Result<Value, SampleError> {
        let fields = merged.get("properties").map_or(&[][..], JsonNode::members);
        let mut names = required_names(merged);
        let most =
            scalar::length(merged, "maxProperties").and_then(|it| usize::try_from(it).ok()).unwrap_or(usize::MAX);
        let least = scalar::length(merged, "minProperties").and_then(|it| usize::try_from(it).ok()).unwrap_or(0);
        if least > MAX_ITEMS {
            let reason = format!("`minProperties` {least} is more than samples are made for");
            return Err(SampleError { pointer: pointer::shown(pointer), reason });
        }
        let mut optional: Vec<&String> = fields
            .iter()
            .filter(|(name, field)| !names.contains(name) && *field != JsonNode::Bool(false))
            .map(|(name, _)| name)
            .collect();
        if depth < DEEP {
            optional.retain(|name| {
                let taken = names.len() < most && !self.random.once_in(4);
                if taken {
                    names.push((*name).clone());
                }
                !taken
            });
        }
        while names.len() < least && !optional.is_empty() {
            let index = self.random.between(0, optional.len() - 1);
            names.push(optional.swap_remove(index).clone());
        }
        self.add_extra_names(merged, least, most.min(names.len() + 2), depth, &mut names);
        let mut object = Map::new();
        for name in names {
            let schema = field_schema(merged, &name);
            let value = self.value(&schema, &format!("{pointer}/{}", pointer::escape(&name)), depth + 1)?;
            object.insert(name, value);
        }
        Ok(Value::Object(object))
    }

    /// Adds names that a pattern or the schema for extra fields allows.
    fn add_extra_names(&mut self, merged: &JsonNode, least: usize, most: usize, depth: usize, names: &mut Vec<String>) {
        let patterns = merged.get("patternProperties").map_or(&[][..], JsonNode::members);
        let is_closed = |key: &str| merged.get(key) == Some(&JsonNode::Bool(false));
        let open = !is_closed("additionalProperties") && !is_closed("unevaluatedProperties");
        let has_schema = matches!(merged.get("additionalProperties"), Some(JsonNode::Object(_)));
        let is_map = (has_schema || !patterns.is_empty()) && depth < DEEP;
        let wanted = if is_map { names.len() + 1 + self.random.between(0, 1) } else { least };
        let rules = merged.get("propertyNames").cloned();
        for number in 1..=wanted.max(least).saturating_mul(4) {
            if names.len() >= wanted.clamp(least, most.max(least)) {
                return;
            }
            let pattern = self.random.pick(patterns).map(|(pattern, _)| pattern.as_str());
            let name = match (pattern, &rules) {
                (Some(pattern), _) => pattern::matching(pattern, 3, &mut self.random).ok(),
                (None, Some(rules)) if open => {
                    let text = self.value(rules, "", MAX_DEPTH - 1).ok();
                    text.and_then(|it| it.as_str().map(str::to_owned))
                }
                (None, _) if open => Some(format!("sample_{number}")),
                _ => None,
            };
            if let Some(name) = name.filter(|name| !names.contains(name)) {
                names.push(name);
            }
        }
    }

    fn array(&mut self, merged: &JsonNode, pointer: &str, depth: usize) -> Result<Value, SampleError> {
        let fail = |reason: String| SampleError { pointer: pointer::shown(pointer), reason };
        let (first, rest) = match (merged.get("prefixItems"), merged.get("items")) {
            (Some(JsonNode::Array(first)), rest) => (&first[..], rest),
            // Draft 7 lists the first items under `items`.
            (_, Some(JsonNode::Array(first))) => (&first[..], merged.get("additionalItems")),
            (_, rest) => (&[][..], rest),
        };
        let rest = rest.or_else(|| merged.get("unevaluatedItems")).cloned().unwrap_or(JsonNode::Bool(true));
        let size = |key: &str| scalar::length(merged, key).map(|it| usize::try_from(it).unwrap_or(usize::MAX));
        let contained = merged.get("contains");
        let held = contained.map_or(0, |_| size("minContains").unwrap_or(1));
        let most = size("maxItems").unwrap_or(usize::MAX).min(if rest == JsonNode::Bool(false) {
            first.len()
        } else {
            usize::MAX
        });
        let least = size("minItems").unwrap_or(0).max(held);
        if least > MAX_ITEMS || least > most {
            return Err(fail(format!("`minItems` {least} cannot be met")));
        }
        let wanted =
            if depth >= DEEP { least } else { self.random.between(least, most.min((least + 2).max(first.len()))) };
        let unique = merged.get("uniqueItems") == Some(&JsonNode::Bool(true));
        let mut items: Vec<Value> = Vec::new();
        for index in 0..wanted {
            let plain = first.get(index).unwrap_or(&rest);
            // The last items are those that `contains` demands.
            let schema = match contained {
                Some(contained) if index + held >= wanted => JsonNode::Object(vec![(
                    "allOf".to_owned(),
                    JsonNode::Array(vec![plain.clone(), contained.clone()]),
                )]),
                _ => plain.clone(),
            };
            let place = format!("{pointer}/{index}");
            let mut item = self.value(&schema, &place, depth + 1)?;
            let is_last = index + 1 == wanted;
            for tries in 0..MAX_TRIES {
                let repeats = unique && items.contains(&item)
                    || tries < distinct::MOST_REPEATS && distinct::repeats_words(&item, &items)
                    || is_last && self.has_one_choice(&schema, &item, &items, depth);
                if !repeats {
                    break;
                }
                item = self.value(&schema, &place, depth + 1)?;
            }
            if unique && items.contains(&item) {
                if items.len() >= least {
                    break;
                }
                return Err(fail(format!("`uniqueItems`: fewer than {least} different items were found")));
            }
            items.push(item);
        }
        Ok(Value::Array(items))
    }

    /// Whether all elements, `item` as the last, have the same value in a field with several in its `enum`.
    fn has_one_choice(&self, schema: &JsonNode, item: &Value, others: &[Value], depth: usize) -> bool {
        let mut same = distinct::same_throughout(item, others).peekable();
        if same.peek().is_none() {
            return false;
        }
        // What is drawn to look at the schema is drawn again for the next value.
        let mut random = self.random.clone();
        let mut merged = |schema: &JsonNode| {
            Merger { root: self.root, random: &mut random, deep: depth >= DEEP }.merged(schema).ok()
        };
        let Some(object) = merged(schema) else { return false };
        same.any(|name| {
            let field = merged(&field_schema(&object, name));
            field.is_some_and(|field| field.get("enum").is_some_and(|listed| listed.items().len() > 1))
        })
    }
}

/// The required names, including those that other required names depend on.
fn required_names(merged: &JsonNode) -> Vec<String> {
    let texts =
        |node: &JsonNode| node.items().iter().filter_map(JsonNode::as_str).map(str::to_owned).collect::<Vec<_>>();
    let mut names: Vec<String> = Vec::new();
    let mut waiting = merged.get("required").map(texts).unwrap_or_default();
    while let Some(name) = waiting.pop() {
        if names.contains(&name) {
            continue;
        }
        for keyword in ["dependentRequired", "dependencies"] {
            waiting.extend(merged.get(keyword).and_then(|it| it.get(&name)).map(texts).unwrap_or_default());
        }
        names.push(name);
    }
    names.sort();
    names
}

/// The schema of one field: its own, or that of the patterns that match its name, or that of extra fields.
fn field_schema(merged: &JsonNode, name: &str) -> JsonNode {
    if let Some(field) = merged.get("properties").and_then(|fields| fields.get(name)) {
        return field.clone();
    }
    let patterns = merged.get("patternProperties").map_or(&[][..], JsonNode::members);
    let fitting: Vec<JsonNode> =
        patterns.iter().filter(|(pattern, _)| regex_fits(pattern, name)).map(|(_, field)| field.clone()).collect();
    if !fitting.is_empty() {
        return JsonNode::Object(vec![("allOf".to_owned(), JsonNode::Array(fitting))]);
    }
    merged.get("additionalProperties").cloned().unwrap_or(JsonNode::Bool(true))
}

/// Whether `name` matches `pattern`, as JSON Schema reads patterns.
fn regex_fits(pattern: &str, name: &str) -> bool {
    let schema = serde_json::json!({ "pattern": pattern });
    jsonschema::is_valid(&schema, &Value::String(name.to_owned()))
}
