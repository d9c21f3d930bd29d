//! Texts, numbers and listed values as they are sent.

use serde_json::Number;

use super::super::engine::{Patterns, Treatment};
use super::super::pattern;
use super::Writer;
use super::parts::{describes, is_of_integers, listed, type_of_listed, with_description};
use crate::schema::json::JsonNode;
use crate::schema::pointer;

/// Doubles hold every integer up to here.
const MOST_EXACT: f64 = 9e15;

impl Writer<'_> {
    /// A schema with listed values, which say more than its other keywords.
    pub(super) fn listed(&mut self, node: &JsonNode, pointer: &str) -> JsonNode {
        let keyword = if node.has("const") { "const" } else { "enum" };
        let mut out = JsonNode::Object(Vec::new());
        if let Some(kind) = type_of_listed(node) {
            out.set("type", kind);
        }
        if listed(node).iter().any(is_inexact) {
            self.leave_out(pointer, keyword);
        } else if let Some(values) = node.get(keyword) {
            out.set(keyword, values.clone());
        }
        for (key, _) in node.members() {
            if !describes(key) && key != keyword && !matches!(key.as_str(), "type" | "additionalProperties") {
                self.leave_out(pointer, &format!("{key} beside `{keyword}`"));
            }
        }
        with_description(node, &out)
    }

    /// A schema of texts, numbers, booleans and nulls.
    pub(super) fn scalar(&mut self, node: &JsonNode, kinds: &[String], pointer: &str) -> JsonNode {
        let mut names: Vec<JsonNode> = kinds.iter().map(|kind| JsonNode::String(kind.clone())).collect();
        let kind = if names.len() == 1 { names.remove(0) } else { JsonNode::Array(names) };
        let mut out = JsonNode::Object(vec![("type".to_owned(), kind)]);
        let has = |kind: &str| kinds.iter().any(|it| it == kind);
        if has("string") {
            self.text(node, &mut out, pointer);
        }
        if is_of_integers(kinds) {
            self.integer(node, &mut out, pointer);
        } else if has("number") {
            let bounds = ["minimum", "exclusiveMinimum", "maximum", "exclusiveMaximum"];
            for key in bounds {
                self.treated(self.engine.number_bounds, key, node, &mut out, pointer);
            }
            self.treated(self.engine.multiple_of, "multipleOf", node, &mut out, pointer);
        }
        out
    }

    /// Copies a keyword, if there is one, as the engine treats it.
    pub(super) fn treated(
        &mut self,
        treatment: Treatment,
        key: &str,
        node: &JsonNode,
        out: &mut JsonNode,
        pointer: &str,
    ) {
        let Some(held) = node.get(key) else { return };
        match treatment {
            Treatment::Held => out.set(key, held.clone()),
            Treatment::Ignored => {
                out.set(key, held.clone());
                let part = format!("{}: {key}", pointer::shown(pointer));
                if !self.ignored.contains(&part) {
                    self.ignored.push(part);
                }
            }
            Treatment::NotSent => self.leave_out(pointer, key),
        }
    }

    /// Bounds of integers as whole, inclusive ones, which say the same and which every engine holds.
    fn integer(&mut self, node: &JsonNode, out: &mut JsonNode, pointer: &str) {
        let bound = |key: &str| match node.get(key) {
            Some(JsonNode::Number(number)) => number.as_f64().filter(|it| it.abs() < MOST_EXACT),
            _ => None,
        };
        let low = [bound("minimum").map(f64::ceil), bound("exclusiveMinimum").map(|it| it.floor() + 1.0)];
        let high = [bound("maximum").map(f64::floor), bound("exclusiveMaximum").map(|it| it.ceil() - 1.0)];
        let ends = [
            ("minimum", low.into_iter().flatten().reduce(f64::max)),
            ("maximum", high.into_iter().flatten().reduce(f64::min)),
        ];
        for (key, end) in ends {
            #[expect(clippy::cast_possible_truncation, reason = "it is a whole number that doubles hold exactly")]
            if let Some(end) = end {
                out.set(key, JsonNode::Number(Number::from(end as i64)));
            }
        }
        for key in ["minimum", "exclusiveMinimum", "maximum", "exclusiveMaximum"] {
            if node.has(key) && bound(key).is_none() {
                self.leave_out(pointer, key);
            }
        }
        self.treated(self.engine.multiple_of, "multipleOf", node, out, pointer);
    }

    /// One of `pattern` and `format`, since engines hold one, and the bounds of the length.
    fn text(&mut self, node: &JsonNode, out: &mut JsonNode, pointer: &str) {
        let pattern = node.get("pattern").and_then(JsonNode::as_str);
        let format = node.get("format").and_then(JsonNode::as_str);
        let sent = pattern.and_then(|it| self.pattern(it));
        let traits = pattern.map(pattern::traits).unwrap_or_default();
        if let (Some(_), None) = (pattern, &sent) {
            self.leave_out(pointer, "pattern");
        }
        let mut is_shaped = sent.is_some();
        if let Some(pattern) = sent {
            out.set("pattern", JsonNode::String(pattern));
        }
        if let Some(format) = format {
            if !is_shaped && self.engine.formats.contains(&format) {
                out.set("format", JsonNode::String(format.to_owned()));
                is_shaped = true;
            } else {
                self.leave_out(pointer, "format");
            }
        }
        let takes_any_sign = out.has("pattern") && (traits.open || traits.blank);
        let lengths = if is_shaped { self.engine.length_beside } else { Treatment::Held };
        for key in ["minLength", "maxLength"] {
            self.counted(lengths, key, node, out, pointer);
        }
        if self.engine.texts_without_escapes {
            self.note_narrowed(out, is_shaped, takes_any_sign, pointer);
        }
    }

    /// Notes the keywords under which texts have no escapes. `takes_any_sign` says so of the `pattern`.
    fn note_narrowed(&mut self, out: &JsonNode, is_shaped: bool, takes_any_sign: bool, pointer: &str) {
        let bounds = ["minLength", "maxLength"];
        let is_bound = |key: &&str| out.get(key).is_some_and(|it| *it != JsonNode::Number(0.into()));
        let keys: Vec<&str> = if !is_shaped {
            bounds.into_iter().filter(is_bound).collect()
        } else if takes_any_sign && !bounds.iter().any(|key| out.has(key)) {
            vec!["pattern"]
        } else {
            // vLLM takes another engine for a length beside a pattern.
            Vec::new()
        };
        for key in keys {
            let part = format!("{}: {key}", pointer::shown(pointer));
            if !self.narrowed.contains(&part) {
                self.narrowed.push(part);
            }
        }
    }

    /// Copies a bound on a number of characters, items or fields, unless the engine does not count so far.
    pub(super) fn counted(
        &mut self,
        treatment: Treatment,
        key: &str,
        node: &JsonNode,
        out: &mut JsonNode,
        pointer: &str,
    ) {
        let Some(JsonNode::Number(number)) = node.get(key) else { return };
        let is_counted = number.as_u64().is_some_and(|count| count <= self.engine.most_counted);
        self.treated(if is_counted { treatment } else { Treatment::NotSent }, key, node, out, pointer);
    }

    /// The pattern as it is sent, if the engine takes it as it is meant.
    fn pattern(&self, text: &str) -> Option<String> {
        let traits = pattern::traits(text);
        if !traits.whole || traits.beyond_regular || traits.escaped {
            return None;
        }
        match self.engine.patterns {
            Patterns::Regular => Some(text.to_owned()),
            Patterns::WithoutProperties => (!traits.property).then(|| text.to_owned()),
            Patterns::PlainRanges if traits.property || traits.open => None,
            Patterns::PlainRanges => pattern::with_plain_ranges(text),
        }
    }
}

/// Whether a value is an integer that engines, which hold numbers as doubles, would write as another.
fn is_inexact(value: &JsonNode) -> bool {
    let is_large = |number: &Number| number.as_f64().is_none_or(|it| it.abs() > MOST_EXACT);
    matches!(value, JsonNode::Number(number) if !number.is_f64() && is_large(number))
}
