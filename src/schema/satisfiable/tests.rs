//! Tests of the search for schemas that nothing can satisfy.

use serde_json::{Value, json};

use crate::schema::Contract;
use crate::schema::draft::DRAFT_7;

fn object(field: &Value) -> Value {
    json!({"type": "object", "properties": {"a": field}, "required": ["a"]})
}

fn result(schema: &Value) -> Result<Vec<String>, String> {
    Contract::parse(&schema.to_string(), "s.json").map(|it| it.notes().to_vec()).map_err(|error| error.to_string())
}

#[test]
fn what_nothing_can_satisfy_is_refused_with_its_place() {
    let fields = [
        json!({"type": "integer", "minimum": 5, "maximum": 4}),
        json!({"type": "number", "exclusiveMinimum": 1, "maximum": 1}),
        json!({"type": "integer", "minimum": 0.2, "maximum": 0.8}),
        json!({"type": "integer", "exclusiveMinimum": 3, "exclusiveMaximum": 4}),
        json!({"type": "integer", "multipleOf": 10, "minimum": 1, "maximum": 9}),
        json!({"type": "string", "minLength": 5, "maxLength": 4}),
        json!({"type": "array", "items": {}, "minItems": 2, "maxItems": 1}),
        json!({"type": "array", "prefixItems": [{"type": "string"}], "items": false, "minItems": 2}),
        json!({"type": "object", "properties": {"b": {}}, "minProperties": 2}),
        json!({"type": "object", "properties": {"b": {}, "c": {}}, "required": ["b", "c"], "maxProperties": 1}),
        json!({"type": "object", "properties": {"b": {}}, "required": ["b", "z"]}),
        json!({"type": "object", "required": ["z"]}),
        json!({"type": "array", "items": {"type": "object", "properties": {"b": {}}, "required": ["z"]}}),
        json!({"type": "string", "enum": [1, 2]}),
        json!({"enum": []}),
        json!({"type": "string", "const": 1}),
        json!({"const": "x", "enum": ["y"]}),
        json!({"type": "string", "enum": ["abc"], "maxLength": 2}),
        json!({"allOf": [{"type": "string"}, {"type": "integer"}]}),
        json!({"allOf": [{"type": "integer", "minimum": 5}, {"maximum": 4}]}),
        json!({"anyOf": [{"type": "string", "enum": []}, {"type": "integer", "minimum": 2, "maximum": 1}]}),
        json!({"type": "string", "anyOf": [{"type": "integer"}, {"type": "null"}]}),
        json!(false),
        json!({"type": "array", "items": false, "minItems": 1}),
        json!({"type": ["integer", "null"], "enum": ["a"]}),
        json!({"allOf": [
            {"type": "object", "properties": {"b": {}}, "required": ["b"], "additionalProperties": false},
            {"type": "object", "properties": {"c": {}}, "required": ["c"], "additionalProperties": false}]}),
    ];
    let told: Vec<String> = fields.iter().map(|field| result(&object(field)).expect_err(&field.to_string())).collect();
    insta::assert_snapshot!(told.join("\n"));
}

#[test]
fn contradictions_of_several_keywords_are_refused_too() {
    let (text, one) = (json!({"type": "string"}), json!({"const": "a"}));
    let fields = [
        (json!({"type": "integer", "multipleOf": 5, "exclusiveMinimum": 5, "exclusiveMaximum": 10}), "multipleOf"),
        (json!({"type": "array", "items": {"type": "boolean"}, "uniqueItems": true, "minItems": 3}), "minItems"),
        (json!({"type": "array", "items": {"enum": ["a", "b"]}, "uniqueItems": true, "minItems": 3}), "minItems"),
        (json!({"type": "array", "items": text, "contains": text, "minContains": 3, "maxItems": 2}), "maxItems"),
        (json!({"type": "array", "items": text, "contains": {"type": "integer"}}), "contains"),
        (json!({"type": "string", "not": {"type": "string"}}), "not"),
        (json!({"not": {}}), "not"),
        (json!({"oneOf": [text, text]}), "oneOf"),
        (json!({"oneOf": [one, {"const": "a", "title": "A"}]}), "oneOf"),
        (json!({"allOf": [{"enum": ["a"]}, {"enum": ["b"]}]}), "allOf/1/enum"),
        (json!({"allOf": [{"const": "a"}, {"const": "b"}]}), "allOf/1/const"),
        (json!({"$ref": "#/$defs/E", "enum": ["z"]}), "enum"),
        (json!({"$ref": "#/$defs/E", "maxLength": 0}), "enum"),
    ];
    for (field, keyword) in fields {
        let mut schema = object(&field);
        schema["$defs"] = json!({"E": {"enum": ["a", "b"]}});
        let error = result(&schema).expect_err(&field.to_string());
        assert!(error.contains(&format!("/{keyword}: ")), "{field}: {error}");
    }
    let wholes = [
        (
            json!({"type": "object", "properties": {"a": {}}, "required": ["a"], "dependentRequired": {"a": ["z"]}}),
            "s.json: /dependentRequired/a/0: the field `z` is required",
        ),
        (
            json!({"type": "object", "properties": {"a": {}}, "anyOf": [{"required": ["y"]}, {"required": ["z"]}]}),
            "s.json: /anyOf: no alternative of `anyOf`",
        ),
        (
            json!({"type": "object", "properties": {"long": {}}, "required": ["long"], "propertyNames": {"maxLength": 3}}),
            "s.json: /required/0: the field `long` is required, and `propertyNames` does not accept its name",
        ),
    ];
    for (schema, start) in wholes {
        let error = result(&schema).expect_err(&schema.to_string());
        assert!(error.starts_with(start), "{error}");
    }
    let typo = json!({"type": "object", "properties": {"a": {}}, "anyOf": [{"required": ["a"]}, {"required": ["aa"]}]});
    let notes = result(&typo).unwrap();
    assert!(notes.len() == 1 && notes[0].starts_with("/anyOf/1/required/0: the field `aa` is required"), "{notes:?}");
}

#[test]
fn a_schema_that_requires_itself_is_refused() {
    let node = json!({"type": "object", "properties": {"next": {"$ref": "#/$defs/N"}}, "required": ["next"]});
    let root =
        json!({"type": "object", "properties": {"n": {"$ref": "#/$defs/N"}}, "required": ["n"], "$defs": {"N": node}});
    assert_eq!(
        result(&root).unwrap_err(),
        "s.json: /$defs/N/properties/next: the field `next` requires itself without an end: make it optional, or let \
         it be null"
    );
    for way_out in [
        json!({"anyOf": [{"$ref": "#/$defs/N"}, {"type": "null"}]}),
        json!({"type": "array", "items": {"$ref": "#/$defs/N"}}),
        json!({"$ref": "#/$defs/N", "nullable": true}),
    ] {
        let mut other = root.clone();
        other["$defs"]["N"]["properties"]["next"] = way_out;
        assert_eq!(result(&other).map(|_| ()), Ok(()));
    }
    let mut optional = root;
    optional["$defs"]["N"]["required"] = json!([]);
    assert_eq!(result(&optional), Ok(Vec::new()));
}

#[test]
fn what_leaves_another_way_is_noted() {
    let numbers = json!({"type": ["integer", "null"], "minimum": 5, "maximum": 4});
    assert_eq!(
        result(&object(&numbers)),
        Ok(vec![
            "/properties/a/minimum: no number fits between `minimum` 5 and `maximum` 4; only values of other types are \
             valid here"
                .to_owned()
        ])
    );
    let alternative = json!({"anyOf": [{"type": "string", "enum": []}, {"type": "integer"}]});
    assert_eq!(
        result(&object(&alternative)),
        Ok(vec!["/properties/a/anyOf/0/enum: `enum` lists no value; no value is valid here".to_owned()])
    );
}

#[test]
fn what_can_be_satisfied_passes_in_silence() {
    let base = json!({"type": "object", "properties": {"x": {"type": "string"}}, "required": ["x"]});
    let schemas = [
        object(&json!({"type": "integer", "minimum": 4, "maximum": 4})),
        object(&json!({"type": "number", "multipleOf": 0.1, "minimum": 0.3, "maximum": 0.3})),
        object(&json!({"type": "number", "multipleOf": 5, "minimum": 5, "maximum": 9})),
        object(&json!({"type": "number", "enum": [1.0, 2.5]})),
        object(&json!({"type": "integer", "const": 1.0})),
        object(&json!({"allOf": [{"type": ["string", "null"]}, {"type": ["null", "integer"]}]})),
        object(&json!({"type": "string", "enum": ["a", "bb"], "maxLength": 1})),
        object(&json!({"not": {"type": "string", "enum": []}})),
        object(&json!({"type": "array", "items": false})),
        object(&json!({"type": "integer", "multipleOf": 5, "minimum": 5, "exclusiveMaximum": 10})),
        object(&json!({"type": "integer", "multipleOf": 5, "exclusiveMinimum": -10, "exclusiveMaximum": 0})),
        object(&json!({"type": "array", "items": {"enum": ["a", "b"]}, "uniqueItems": true, "minItems": 2})),
        object(&json!({"type": "array", "items": {"type": "string"}, "contains": {"minLength": 1}})),
        object(
            &json!({"type": "array", "items": {"type": "string"}, "contains": {"type": "integer"}, "minContains": 0}),
        ),
        object(&json!({"type": ["string", "null"], "not": {"type": "null"}})),
        object(&json!({"type": "number", "not": {"type": "integer"}, "minimum": 0, "maximum": 1})),
        object(&json!({"oneOf": [{"type": "integer"}, {"type": "number"}]})),
        object(&json!({"allOf": [{"enum": ["a", "b"]}, {"enum": ["b", "c"]}]})),
        object(&json!({"allOf": [{"type": "object", "properties": {"k": {}}}], "enum": [{"k": 1}]})),
        json!({"type": "object", "properties": {"a": {}, "b": {}}, "required": ["b"], "dependentRequired": {"a": ["z"]}}),
        json!({"type": "object", "properties": {"ab": {}}, "required": ["ab"], "propertyNames": {"pattern": "^[a-z]+$"}}),
        json!({"type": "object", "properties": {"a": false, "b": {"type": "string"}}, "required": ["b"]}),
        json!({"type": "object", "properties": {"b": {}}, "required": ["b", "c"], "allOf": [{"properties": {"c": {}}}]}),
        json!({"type": "object", "properties": {"b": {}}, "required": ["x"], "allOf": [{"$ref": "#/$defs/B"}],
            "$defs": {"B": base}}),
        json!({"type": "object", "required": ["x-1"], "patternProperties": {"^x-": {"type": "integer"}}}),
        json!({"type": "object", "required": ["k"], "additionalProperties": {"type": "integer"}}),
        json!({"type": "object", "properties": {"a": {}, "b": {}}, "anyOf": [{"required": ["a"]}, {"required": ["b"]}]}),
        json!({"type": "object", "oneOf": [base, {"type": "object", "properties": {"y": {}}, "required": ["y"]}]}),
        json!({"$schema": DRAFT_7, "type": "object", "properties": {"b": {}}, "required": ["b"],
            "dependentRequired": {"b": ["z"]}}),
        json!({"$schema": DRAFT_7, "type": "object", "properties": {"b": {}}, "required": ["b", "x"],
            "allOf": [{"$ref": "#/definitions/B"}], "definitions": {"B": base}}),
        json!({"$schema": DRAFT_7, "type": "object", "properties": {"a": {"$ref": "#/definitions/S", "type": "integer"}},
            "definitions": {"S": {"type": "string"}}}),
        json!({"type": "object", "properties": {"a": {}, "d": {}}, "if": {"properties": {"a": {"const": 1}}},
            "then": {"required": ["d"]}, "else": {"properties": {"e": {}}, "required": ["e"]}}),
    ];
    for schema in schemas {
        match result(&schema) {
            Ok(notes) => assert!(!notes.iter().any(|it| it.contains("valid here")), "{schema}: {notes:?}"),
            Err(error) => panic!("{schema}: {error}"),
        }
    }
}
