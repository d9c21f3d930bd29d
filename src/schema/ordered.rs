//! Values with their keys in the order of a schema: [`in_order_of`].

use serde_json::{Map, Value};

/// How deep schemas are followed; they may refer to themselves.
const DEPTH: usize = 64;

/// Returns `value` with the keys of its objects in the order in which `schema` names them. Keys that it does not name
/// follow in their own order.
#[must_use]
pub fn in_order_of(schema: &Value, value: &Value) -> Value {
    ordered(schema, schema, value, DEPTH)
}

fn ordered(root: &Value, schema: &Value, value: &Value, depth: usize) -> Value {
    let Some(depth) = depth.checked_sub(1) else { return value.clone() };
    match value {
        Value::Array(list) => {
            let element = |at: usize| {
                let first = find(root, schema, DEPTH, &|it| it.get("prefixItems").and_then(|items| items.get(at)));
                first.or_else(|| find(root, schema, DEPTH, &|it| it.get("items")))
            };
            let of = |(at, item): (usize, &Value)| {
                element(at).map_or_else(|| item.clone(), |it| ordered(root, it, item, depth))
            };
            Value::Array(list.iter().enumerate().map(of).collect())
        }
        Value::Object(fields) => {
            let has_all = |it: &Value| fields.keys().filter(|key| it.get(*key).is_some()).count() == fields.len();
            let whole = find(root, schema, DEPTH, &|it| it.get("properties").filter(|it| has_all(it)));
            let named = whole.or_else(|| find(root, schema, DEPTH, &|it| it.get("properties")));
            let Some(Value::Object(named)) = named else { return value.clone() };
            let known = named.iter().filter_map(|(key, schema)| {
                let value = fields.get(key)?;
                Some((key.clone(), ordered(root, schema, value, depth)))
            });
            let others = fields.iter().filter(|(key, _)| !named.contains_key(*key));
            Value::Object(known.chain(others.map(|(key, value)| (key.clone(), value.clone()))).collect::<Map<_, _>>())
        }
        _ => value.clone(),
    }
}

/// The first of what `wanted` finds in a schema, in what it refers to, and in its parts.
fn find<'a>(
    root: &'a Value,
    schema: &'a Value,
    depth: usize,
    wanted: &dyn Fn(&'a Value) -> Option<&'a Value>,
) -> Option<&'a Value> {
    let depth = depth.checked_sub(1)?;
    if let Some(found) = wanted(schema) {
        return Some(found);
    }
    let referred = schema.get("$ref").and_then(Value::as_str).and_then(|it| root.pointer(it.strip_prefix('#')?));
    let parts = ["allOf", "anyOf", "oneOf"].into_iter().filter_map(|key| schema.get(key)?.as_array()).flatten();
    referred.into_iter().chain(parts).find_map(|part| find(root, part, depth, wanted))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::canonical;
    use serde_json::json;

    #[test]
    fn keys_stand_in_the_order_of_the_schema() {
        let schema = json!({
            "properties": {
                "z": {"type": "string"},
                "list": {"items": {"anyOf": [{"type": "null"}, {"$ref": "#/$defs/part"}]}},
                "a": {},
            },
            "$defs": {"part": {"properties": {"y": {}, "b": {"$ref": "#/$defs/part"}}}},
        });
        let value = json!({"a": 1, "list": [{"b": {"b": null, "y": 2}, "y": 1}, null], "x": 0, "z": "t"});
        let text = canonical::to_string_in_order(&in_order_of(&schema, &value));
        assert_eq!(text, r#"{"z":"t","list":[{"y":1,"b":{"y":2,"b":null}},null],"a":1,"x":0}"#);
    }
}
