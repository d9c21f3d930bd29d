//! Merges all schemas that apply to the same value into one: follows references, intersects `allOf`, chooses
//! alternatives.

use serde_json::Number;

use super::random::Random;
use crate::schema::json::JsonNode;
use crate::schema::refs;

/// How many references and alternatives are followed for one value.
const MAX_STEPS: usize = 64;
/// The cost of a schema whose values have no end.
const NO_WAY_OUT: usize = 1_000;

/// Chooses alternatives and merges. With `deep`, it chooses those that end soonest, to get out of a recursive schema.
pub(super) struct Merger<'a> {
    pub root: &'a JsonNode,
    pub random: &'a mut Random,
    pub deep: bool,
}

impl Merger<'_> {
    /// Returns the keywords that apply to a value of `schema`, as one object without references or alternatives.
    pub fn merged(&mut self, schema: &JsonNode) -> Result<JsonNode, String> {
        let mut merged = JsonNode::Object(Vec::new());
        self.add(schema, &mut merged, 0)?;
        Ok(merged)
    }

    fn add(&mut self, schema: &JsonNode, merged: &mut JsonNode, steps: usize) -> Result<(), String> {
        if steps > MAX_STEPS {
            return Err("the references have no end".to_owned());
        }
        match schema {
            JsonNode::Bool(false) => return Err("the schema is `false`, nothing is valid".to_owned()),
            JsonNode::Object(_) => {}
            _ => return Ok(()),
        }
        if let Some(reference) = schema.get("$ref").and_then(JsonNode::as_str) {
            let target = refs::resolve(self.root, reference).ok_or(format!("`$ref` {reference} refers to nothing"))?;
            self.add(target, merged, steps + 1)?;
        }
        for (keyword, value) in schema.members() {
            intersect(merged, keyword, value)?;
        }
        for part in schema.get("allOf").map_or(&[][..], JsonNode::items) {
            self.add(part, merged, steps + 1)?;
        }
        for keyword in ["anyOf", "oneOf"] {
            if let Some(alternatives) = schema.get(keyword) {
                let chosen = self.choose(alternatives.items());
                let chosen = chosen.ok_or(format!("`{keyword}` has no alternative that comes to an end"))?;
                self.add(&chosen, merged, steps + 1)?;
            }
        }
        if let Some(condition) = schema.get("if") {
            let holds = schema.has("then") && (!schema.has("else") || self.random.once_in(2));
            let branch = if holds { schema.get("then") } else { schema.get("else") };
            if holds {
                self.add(condition, merged, steps + 1)?;
            }
            if let Some(branch) = branch {
                self.add(branch, merged, steps + 1)?;
            }
        }
        Ok(())
    }

    fn choose(&mut self, alternatives: &[JsonNode]) -> Option<JsonNode> {
        let possible: Vec<&JsonNode> = alternatives.iter().filter(|it| **it != JsonNode::Bool(false)).collect();
        if !self.deep {
            return self.random.pick(&possible).map(|it| (*it).clone());
        }
        let costs = possible.iter().map(|it| (self.cost(it, &mut Vec::new()), *it));
        costs.min_by_key(|(cost, _)| *cost).filter(|(cost, _)| *cost < NO_WAY_OUT).map(|(_, it)| it.clone())
    }

    /// How many levels the smallest value of `schema` has; [`NO_WAY_OUT`] if it must contain itself.
    fn cost(&self, schema: &JsonNode, path: &mut Vec<String>) -> usize {
        let mut total = 0;
        if let Some(reference) = schema.get("$ref").and_then(JsonNode::as_str) {
            if path.iter().any(|seen| seen == reference) {
                return NO_WAY_OUT;
            }
            let Some(target) = refs::resolve(self.root, reference) else { return NO_WAY_OUT };
            path.push(reference.to_owned());
            total = self.cost(target, path);
            path.pop();
        }
        for name in schema.get("required").map_or(&[][..], JsonNode::items).iter().filter_map(JsonNode::as_str) {
            if let Some(field) = schema.get("properties").and_then(|it| it.get(name)) {
                total = total.max(1 + self.cost(field, path));
            }
        }
        if schema.get("minItems").is_some_and(|it| *it != JsonNode::Number(0.into())) {
            total = total.max(1 + schema.get("items").map_or(0, |items| self.cost(items, path)));
        }
        for part in schema.get("allOf").map_or(&[][..], JsonNode::items) {
            total = total.max(self.cost(part, path));
        }
        for keyword in ["anyOf", "oneOf"] {
            let alternatives = schema.get(keyword).map_or(&[][..], JsonNode::items);
            total = total.max(alternatives.iter().map(|it| self.cost(it, path)).min().unwrap_or(0));
        }
        total.min(NO_WAY_OUT)
    }
}

/// Narrows `merged` by one keyword.
fn intersect(merged: &mut JsonNode, keyword: &str, value: &JsonNode) -> Result<(), String> {
    let Some(held) = merged.get(keyword).cloned() else {
        let node = if keyword == "const" { JsonNode::Array(vec![value.clone()]) } else { value.clone() };
        let keyword = if keyword == "const" { "enum" } else { keyword };
        if keyword == "enum" && merged.has("enum") {
            return intersect(merged, "enum", &node);
        }
        if !matches!(keyword, "allOf" | "anyOf" | "oneOf" | "$ref" | "$defs" | "definitions" | "if" | "then" | "else") {
            merged.set(keyword, node);
        }
        return Ok(());
    };
    let both = match keyword {
        "type" => types_of_both(&held, value)?,
        "enum" => {
            let common: Vec<JsonNode> = held.items().iter().filter(|it| value.items().contains(it)).cloned().collect();
            JsonNode::Array(common)
        }
        "required" => {
            let mut names = held.items().to_vec();
            names.extend(value.items().iter().filter(|name| !held.items().contains(name)).cloned());
            JsonNode::Array(names)
        }
        "properties" | "patternProperties" => {
            let mut fields = held.clone();
            for (name, field) in value.members() {
                let both = fields.get(name).map_or_else(|| field.clone(), |held| all_of(held, field));
                fields.set(name, both);
            }
            fields
        }
        "minimum" | "exclusiveMinimum" | "minLength" | "minItems" | "minProperties" | "minContains" | "multipleOf" => {
            if less(&held, value) {
                value.clone()
            } else {
                held
            }
        }
        "maximum" | "exclusiveMaximum" | "maxLength" | "maxItems" | "maxProperties" | "maxContains" => {
            if less(&held, value) { held } else { value.clone() }
        }
        "items"
        | "additionalProperties"
        | "unevaluatedProperties"
        | "additionalItems"
        | "unevaluatedItems"
        | "contains"
        | "propertyNames"
            if !matches!(value, JsonNode::Array(_)) =>
        {
            all_of(&held, value)
        }
        "uniqueItems" => JsonNode::Bool(held == JsonNode::Bool(true) || *value == JsonNode::Bool(true)),
        _ => held,
    };
    merged.set(keyword, both);
    Ok(())
}

fn all_of(a: &JsonNode, b: &JsonNode) -> JsonNode {
    match (a, b) {
        (JsonNode::Bool(false), _) | (_, JsonNode::Bool(false)) => JsonNode::Bool(false),
        (JsonNode::Bool(true), other) | (other, JsonNode::Bool(true)) => other.clone(),
        _ => JsonNode::Object(vec![("allOf".to_owned(), JsonNode::Array(vec![a.clone(), b.clone()]))]),
    }
}

fn types_of_both(a: &JsonNode, b: &JsonNode) -> Result<JsonNode, String> {
    let list = |node: &JsonNode| match node {
        JsonNode::Array(kinds) => kinds.clone(),
        one => vec![one.clone()],
    };
    let (a, b) = (list(a), list(b));
    let is = |list: &[JsonNode], kind: &str| list.iter().any(|it| it.as_str() == Some(kind));
    let mut both: Vec<JsonNode> = a.iter().filter(|kind| b.contains(kind)).cloned().collect();
    let integer = (is(&a, "integer") && is(&b, "number")) || (is(&a, "number") && is(&b, "integer"));
    if integer && !is(&both, "integer") {
        both.push(JsonNode::String("integer".to_owned()));
    }
    if both.is_empty() {
        Err("no `type` is allowed by all of the schemas".to_owned())
    } else {
        Ok(JsonNode::Array(both))
    }
}

fn less(a: &JsonNode, b: &JsonNode) -> bool {
    let number = |node: &JsonNode| match node {
        JsonNode::Number(number) => Number::as_f64(number),
        _ => None,
    };
    number(a) < number(b)
}
