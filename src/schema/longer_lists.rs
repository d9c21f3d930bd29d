//! A schema that asks for longer lists, from which samples are made: [`with_longer_lists`].

use serde_json::Value;

use super::json::JsonNode;
use super::subschemas::{self, SubschemaRole};

/// The schema, in which each list has at least `least` elements, or as many as `maxItems` allows. What is valid against
/// it is valid against `schema`.
#[must_use]
pub fn with_longer_lists(schema: &Value, least: u64) -> Value {
    let mut longer = JsonNode::from_value(schema);
    if least > 0 {
        lengthen(&mut longer, least);
    }
    longer.to_value()
}

fn lengthen(schema: &mut JsonNode, least: u64) {
    let count = |key: &str| match schema.get(key) {
        Some(JsonNode::Number(number)) => number.as_u64(),
        _ => None,
    };
    let wanted = least.min(count("maxItems").unwrap_or(least));
    // Where the elements are listed one by one, there may be no more than these.
    let is_open = schema.get("items").is_some_and(|it| matches!(it, JsonNode::Object(_))) && !schema.has("prefixItems");
    if is_open && wanted > count("minItems").unwrap_or(0) {
        schema.set("minItems", JsonNode::Number(wanted.into()));
    }
    subschemas::each_mut(schema, &mut |inner, _, role, _| {
        if role != SubschemaRole::Condition {
            lengthen(inner, least);
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn lists_are_as_long_as_asked_or_as_their_schema_allows() {
        let list = |most: u64| json!({"type": "array", "items": {"type": "string"}, "minItems": 1, "maxItems": most});
        let schema = json!({"type": "object", "properties": {"long": list(9), "short": list(2), "items": {
            "type": "array", "items": {"type": "object", "properties": {"inner": list(4)}}}}});
        let longer = with_longer_lists(&schema, 3);
        for (pointer, expected) in [
            ("/properties/long/minItems", 3),
            ("/properties/short/minItems", 2),
            ("/properties/items/minItems", 3),
            ("/properties/items/items/properties/inner/minItems", 3),
        ] {
            assert_eq!(longer.pointer(pointer), Some(&json!(expected)), "{pointer}");
        }
        assert_eq!(with_longer_lists(&schema, 0), schema);
    }
}
