//! The JSON Schema of a Rust type, in the form that is sent to a model.

use schemars::JsonSchema;
use serde_json::{Map, Value, json};

/// Returns the schema of `S`, with its nullable fields required too: providers that enforce a schema want every field
/// required, and an explicit null shows that the model did not just forget the field.
pub(super) fn of<S: JsonSchema>() -> Value {
    let mut schema = schemars::schema_for!(S).to_value();
    require_nullable(&mut schema);
    schema
}

fn require_nullable(schema: &mut Value) {
    match schema {
        Value::Array(list) => list.iter_mut().for_each(require_nullable),
        Value::Object(object) => {
            if let Some(required) = required(object) {
                object.insert("required".to_owned(), required);
            }
            for (key, value) in object {
                match (key.as_str(), value) {
                    // The keys of these maps are the schema's own names, which may be any word.
                    ("properties" | "patternProperties" | "$defs", Value::Object(named)) => {
                        named.values_mut().for_each(require_nullable);
                    }
                    // Values, not schemas.
                    ("default" | "const" | "enum" | "examples" | "required", _) => {}
                    (_, value) => require_nullable(value),
                }
            }
        }
        _ => {}
    }
}

/// The names of an object schema's required fields, in the order of its properties.
fn required(object: &Map<String, Value>) -> Option<Value> {
    let fields = object.get("properties")?.as_object()?;
    let named: Vec<&Value> = object.get("required").and_then(Value::as_array).into_iter().flatten().collect();
    let wanted = |(name, field): &(&String, &Value)| {
        named.iter().any(|it| *it == name.as_str()) || (may_be_null(field) && field.get("default").is_none())
    };
    Some(fields.iter().filter(wanted).map(|(name, _)| json!(name)).collect())
}

fn may_be_null(schema: &Value) -> bool {
    let is_null = |kind: &Value| kind == "null";
    match &schema["type"] {
        Value::Array(kinds) => kinds.iter().any(is_null),
        kind if is_null(kind) => true,
        _ => schema["anyOf"].as_array().is_some_and(|any| any.iter().any(|it| is_null(&it["type"]))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(JsonSchema)]
    #[expect(dead_code, reason = "only its schema is looked at")]
    struct Inner {
        /// A note.
        properties: Option<String>,
        #[serde(default)]
        count: u32,
    }

    #[derive(JsonSchema)]
    #[expect(dead_code, reason = "only its schema is looked at")]
    struct Outer {
        first: Option<Inner>,
        second: bool,
        all: Vec<Inner>,
    }

    #[test]
    fn what_may_be_null_is_asked_for() {
        let schema = of::<Outer>();
        assert_eq!(schema["required"], json!(["first", "second", "all"]));
        let inner = &schema["$defs"]["Inner"];
        assert_eq!(inner["required"], json!(["properties"]), "what has a default stays optional");
        assert_eq!(inner["properties"].as_object().unwrap().len(), 2);
        assert_eq!(inner["properties"]["properties"]["type"], json!(["string", "null"]));
        assert_eq!(inner["properties"]["properties"]["description"], "A note.");
    }
}
