//! `nullable: true` of `OpenAPI` 3.0, written as JSON Schema says it: the value may also be null.
//!
//! A `type` and an `enum` get a null beside the rest. Where other schemas describe the value (`$ref`, `allOf` and the
//! like), they and the null become the two alternatives of an `anyOf`. Must not change any other schema.

use super::json::JsonNode;
use super::subschemas;

/// Keywords whose outcome for null would not follow from `type` and `enum` alone.
const OTHERS: &[&str] = &["$ref", "$dynamicRef", "allOf", "anyOf", "oneOf", "not", "if", "const"];
/// Keywords that stay outside when a schema becomes an alternative: they describe, or others refer to them.
const OUTSIDE: &[&str] =
    &["title", "description", "default", "examples", "example", "deprecated", "$comment", "$defs", "definitions"];

/// Replaces each `nullable` in `root` by what it means. The error is the pointer to one that is neither true nor false.
pub(super) fn replace(root: &mut JsonNode) -> Result<(), String> {
    // An answer is always an object.
    if let Some(held) = root.remove("nullable")
        && !matches!(held, JsonNode::Bool(_))
    {
        return Err("/nullable".to_owned());
    }
    below(root, "")
}

fn below(schema: &mut JsonNode, pointer: &str) -> Result<(), String> {
    let mut result = Ok(());
    subschemas::each_mut(schema, &mut |node, _, _, step| {
        if result.is_err() {
            return;
        }
        let pointer = format!("{pointer}{step}");
        // What is below first, since the schema may move into an `anyOf`.
        result = below(node, &pointer).and_then(|()| match node.remove("nullable") {
            None | Some(JsonNode::Bool(false)) => Ok(()),
            Some(JsonNode::Bool(true)) => {
                allow_null(node);
                Ok(())
            }
            Some(_) => Err(format!("{pointer}/nullable")),
        });
    });
    result
}

fn allow_null(schema: &mut JsonNode) {
    let constrained: Vec<&str> = OTHERS.iter().copied().filter(|key| schema.has(key)).collect();
    match constrained[..] {
        [] => {
            add_null_type(schema);
            add_to_list(schema, "enum", JsonNode::Null);
        }
        // Nothing else constrains the value, so null can be one more alternative.
        ["anyOf"] if !constrains_beside_any_of(schema) => add_to_list(schema, "anyOf", null_schema()),
        _ => wrap(schema),
    }
}

fn constrains_beside_any_of(schema: &JsonNode) -> bool {
    schema.members().iter().any(|(key, _)| key != "anyOf" && !OUTSIDE.contains(&key.as_str()))
}

fn add_null_type(schema: &mut JsonNode) {
    let null = || JsonNode::String("null".to_owned());
    match schema.get("type") {
        Some(JsonNode::String(kind)) if kind != "null" => {
            let kinds = JsonNode::Array(vec![JsonNode::String(kind.clone()), null()]);
            schema.set("type", kinds);
        }
        Some(JsonNode::Array(_)) => add_to_list(schema, "type", null()),
        _ => {}
    }
}

fn add_to_list(schema: &mut JsonNode, key: &str, item: JsonNode) {
    if let Some(JsonNode::Array(mut items)) = schema.get(key).cloned()
        && !items.contains(&item)
    {
        items.push(item);
        schema.set(key, JsonNode::Array(items));
    }
}

fn null_schema() -> JsonNode {
    JsonNode::Object(vec![("type".to_owned(), JsonNode::String("null".to_owned()))])
}

/// Makes the schema one of two alternatives, of which the other is null.
fn wrap(schema: &mut JsonNode) {
    let JsonNode::Object(members) = schema else { return };
    let (outside, inside): (Vec<_>, Vec<_>) =
        std::mem::take(members).into_iter().partition(|(key, _)| OUTSIDE.contains(&key.as_str()));
    *members = outside;
    let alternatives = JsonNode::Array(vec![JsonNode::Object(inside), null_schema()]);
    members.push(("anyOf".to_owned(), alternatives));
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::schema::Contract;

    fn field(schema: &Value) -> Result<Contract, String> {
        let whole = json!({"type": "object", "properties": {"a": schema, "nullable": {"type": "boolean"}},
            "required": ["a"], "$defs": {"S": {"type": "string"}}});
        Contract::parse(&whole.to_string(), "s.json").map_err(|error| error.to_string())
    }

    #[test]
    fn the_value_may_be_null_as_well() {
        for (schema, good, bad) in [
            (json!({"type": "string", "minLength": 2, "nullable": true}), json!("ab"), json!("a")),
            (json!({"type": ["string", "integer"], "nullable": true}), json!(1), json!(1.5)),
            (json!({"type": "string", "enum": ["x", "y"], "nullable": true}), json!("x"), json!("z")),
            (json!({"enum": ["x", "y"], "nullable": true}), json!("y"), json!("z")),
            (json!({"const": "x", "nullable": true}), json!("x"), json!("y")),
            (json!({"$ref": "#/$defs/S", "nullable": true}), json!("x"), json!(1)),
            (json!({"allOf": [{"$ref": "#/$defs/S"}], "nullable": true, "description": "d"}), json!("x"), json!(1)),
            (json!({"anyOf": [{"type": "string"}, {"type": "integer"}], "nullable": true}), json!(1), json!(true)),
            (json!({"oneOf": [{"type": "string"}, {"type": "integer"}], "nullable": true}), json!(1), json!(true)),
            (json!({"type": "string", "not": {"enum": ["x"]}, "nullable": true}), json!("y"), json!("x")),
            (
                json!({"type": "object", "properties": {"b": {"type": "string", "nullable": true}}, "nullable": true}),
                json!({"b": null}),
                json!({"c": 1}),
            ),
            (json!({"type": "array", "items": {"type": "integer", "nullable": true}}), json!([null, 1]), json!(["x"])),
        ] {
            let contract = field(&schema).unwrap();
            let is_valid = |value: &Value| contract.validate(&json!({ "a": value })).is_ok();
            assert!(is_valid(&json!(null)) || schema["type"] == "array", "{schema}");
            assert!(is_valid(&good) && !is_valid(&bad), "{schema}: {}", contract.closed());
            assert!(contract.notes().is_empty(), "{:?}", contract.notes());
        }
    }

    #[test]
    fn only_where_it_is_a_keyword_and_true() {
        let not = field(&json!({"type": "string", "nullable": false})).unwrap();
        assert!(not.validate(&json!({"a": null})).is_err());
        assert!(not.validate(&json!({"a": "x", "nullable": true})).is_ok(), "a field may be called so");
        let data = field(&json!({"const": {"nullable": true}})).unwrap();
        assert!(data.validate(&json!({"a": {"nullable": true}})).is_ok());
        let wrong = field(&json!({"type": "string", "nullable": "yes"})).unwrap_err();
        assert_eq!(wrong, "s.json: /properties/a/nullable: `nullable` is true or false");
        let root = json!({"type": "object", "nullable": true, "properties": {"a": {}}});
        assert!(Contract::parse(&root.to_string(), "s.json").unwrap().native().is_err(), "`a` is optional");
        assert!(Contract::parse(&root.to_string(), "s.json").unwrap().validate(&json!(null)).is_err());
    }
}
