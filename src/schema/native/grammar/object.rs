//! Objects and arrays as they are sent.

use super::super::engine::Treatment;
use super::Writer;
use crate::schema::json::JsonNode;
use crate::schema::pointer::escape;

impl Writer<'_> {
    pub(super) fn object(&mut self, node: &JsonNode, pointer: &str) -> JsonNode {
        let mut out = JsonNode::Object(vec![("type".to_owned(), JsonNode::String("object".to_owned()))]);
        let patterns = node.get("patternProperties").is_some_and(|it| !it.members().is_empty());
        if patterns {
            self.leave_out(pointer, "patternProperties");
        }
        let rest = match (node.get("additionalProperties"), node.get("unevaluatedProperties")) {
            _ if patterns => JsonNode::Bool(true),
            (Some(held), _) | (None, Some(held)) => held.clone(),
            (None, None) => JsonNode::Bool(true),
        };
        let mut fields = Vec::new();
        for (name, field) in node.get("properties").map_or(&[][..], JsonNode::members) {
            if *field != JsonNode::Bool(false) {
                let place = format!("{pointer}/properties/{}", escape(name));
                fields.push((name.clone(), self.write(field, &place)));
            }
        }
        let required = node.get("required").map_or(&[][..], JsonNode::items);
        let rest_written = match &rest {
            JsonNode::Bool(false) => JsonNode::Bool(false),
            other => self.write(other, &format!("{pointer}/additionalProperties")),
        };
        // Engines leave out required fields that have no schema of their own.
        for name in required.iter().filter_map(JsonNode::as_str) {
            if rest_written != JsonNode::Bool(false) && !fields.iter().any(|(known, _)| known == name) {
                fields.push((name.to_owned(), rest_written.clone()));
            }
        }
        if !fields.is_empty() {
            out.set("properties", JsonNode::Object(fields));
        }
        if !required.is_empty() {
            out.set("required", JsonNode::Array(required.to_vec()));
        }
        out.set("additionalProperties", rest_written);
        for key in ["minProperties", "maxProperties"] {
            self.counted(self.engine.field_counts, key, node, &mut out, pointer);
        }
        if let Some(names) = node.get("propertyNames") {
            match self.engine.property_names {
                Treatment::Held => {
                    // Names are texts.
                    let mut names = names.clone();
                    if !names.has("type") {
                        names.set("type", JsonNode::String("string".to_owned()));
                    }
                    let names = self.write(&names, &format!("{pointer}/propertyNames"));
                    out.set("propertyNames", names);
                }
                Treatment::Ignored | Treatment::NotSent => self.leave_out(pointer, "propertyNames"),
            }
        }
        out
    }

    pub(super) fn array(&mut self, node: &JsonNode, pointer: &str) -> JsonNode {
        let mut out = JsonNode::Object(vec![("type".to_owned(), JsonNode::String("array".to_owned()))]);
        for key in ["contains", "unevaluatedItems"] {
            if node.has(key) {
                self.leave_out(pointer, key);
            }
        }
        if node.get("uniqueItems") == Some(&JsonNode::Bool(true)) {
            self.leave_out(pointer, "uniqueItems");
        }
        let (tuple, rest, rest_key) = match (node.get("prefixItems"), node.get("items")) {
            (Some(tuple), rest) => (tuple.items(), rest, "items"),
            (None, Some(JsonNode::Array(tuple))) => (tuple.as_slice(), node.get("additionalItems"), "additionalItems"),
            (None, rest) => (&[][..], rest, "items"),
        };
        if !tuple.is_empty() {
            if let Some(written) = self.tuple(node, tuple, (rest, rest_key), pointer) {
                return written;
            }
            self.leave_out(pointer, "prefixItems");
        } else if *rest.unwrap_or(&JsonNode::Null) == JsonNode::Bool(false) {
            out.set("items", self.any());
            out.set("maxItems", JsonNode::Number(0.into()));
            return out;
        } else if let Some(items) = rest {
            let items = self.write(items, &format!("{pointer}/items"));
            out.set("items", items);
        }
        for key in ["minItems", "maxItems"] {
            if node.has(key) && !out.has("items") {
                out.set("items", self.any());
            }
            self.counted(Treatment::Held, key, node, &mut out, pointer);
        }
        out
    }

    /// An array that begins with items of their own kinds, if the engine can be told so.
    fn tuple(
        &mut self,
        node: &JsonNode,
        tuple: &[JsonNode],
        (rest, rest_key): (Option<&JsonNode>, &str),
        pointer: &str,
    ) -> Option<JsonNode> {
        let is_closed = rest == Some(&JsonNode::Bool(false));
        let least = match node.get("minItems") {
            Some(JsonNode::Number(number)) => number.as_u64().unwrap_or_default(),
            _ => 0,
        };
        let is_exact = is_closed && usize::try_from(least).is_ok_and(|least| least >= tuple.len());
        if tuple.contains(&JsonNode::Bool(false)) || (!self.engine.open_tuples && !is_exact) {
            return None;
        }
        let key = if node.has("prefixItems") { "prefixItems" } else { "items" };
        let items =
            tuple.iter().enumerate().map(|(at, item)| self.write(item, &format!("{pointer}/{key}/{at}"))).collect();
        let mut out = JsonNode::Object(vec![("type".to_owned(), JsonNode::String("array".to_owned()))]);
        out.set("prefixItems", JsonNode::Array(items));
        if !self.engine.open_tuples {
            return Some(out);
        }
        let rest = match rest {
            Some(JsonNode::Bool(false)) => JsonNode::Bool(false),
            Some(rest) => self.write(rest, &format!("{pointer}/{rest_key}")),
            None => self.any(),
        };
        out.set("items", rest);
        for key in ["minItems", "maxItems"] {
            self.counted(Treatment::Held, key, node, &mut out, pointer);
        }
        Some(out)
    }
}
