//! Samples of tricky schemas, fixed values, and schemas that have no sample.

use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::record::canonical;
use crate::schema::Contract;

#[test]
fn tricky_schemas_have_samples() {
    let tree = json!({"type": "object", "required": ["v"], "properties": {"v": {"type": "integer"},
        "kids": {"type": "array", "items": {"$ref": "#/$defs/T"}}, "next": {"anyOf": [{"$ref": "#/$defs/T"}, {"type": "null"}]}}});
    let list = json!({"type": "object", "required": ["head", "tail"], "properties": {"head": {"type": "string"},
        "tail": {"oneOf": [{"$ref": "#/$defs/L"}, {"type": "null"}]}}});
    let fields = [
        json!({"enum": ["a", null, 3]}),
        json!({"type": "string", "enum": ["a", null]}),
        json!({"const": {"x": [1]}}),
        json!({"type": "integer", "exclusiveMinimum": 3, "maximum": 4}),
        json!({"type": "integer", "multipleOf": 7, "minimum": 50, "maximum": 60}),
        json!({"type": "integer", "minimum": 9_223_372_036_854_775_806_i64}),
        json!({"type": "integer", "maximum": -5}),
        json!({"type": "integer", "multipleOf": 1.5}),
        json!({"type": "integer", "minimum": 0.5, "maximum": 1.5}),
        json!({"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 1}),
        json!({"type": "number", "multipleOf": 0.01}),
        json!({"type": "number", "multipleOf": 0.1, "minimum": 0.25, "maximum": 0.35}),
        json!({"type": "number", "minimum": 2, "maximum": 2}),
        json!({"type": "string", "minLength": 200}),
        json!({"type": "string", "maxLength": 3}),
        json!({"type": "string", "maxLength": 0}),
        json!({"type": "string", "minLength": 5, "maxLength": 5}),
        json!({"type": "string", "format": "email", "maxLength": 60}),
        json!({"type": "string", "pattern": "^[A-Z]{3}-\\d{4}$"}),
        json!({"type": "string", "pattern": "(foo|ba[rz])+\\.\\w*"}),
        json!({"type": "string", "pattern": "^[^a-z\\s]+$", "minLength": 12, "maxLength": 20}),
        json!({"type": "string", "pattern": "^\\p{Lu}é.$"}),
        json!({"type": "string", "pattern": "^\\S+@\\S+$"}),
        json!({"type": "string", "pattern": "^(19|20)\\d\\d$"}),
        json!({"type": "array", "minItems": 3, "maxItems": 3, "uniqueItems": true, "items": {"enum": [1, 2, 3]}}),
        json!({"type": "array", "prefixItems": [{"type": "integer"}, {"type": "string"}], "items": false, "minItems": 2}),
        json!({"type": "array", "contains": {"const": 7}, "minContains": 2, "items": {"type": "integer"}}),
        json!({"type": "array", "items": {"type": "array", "items": {"type": "boolean"}, "minItems": 1}}),
        json!({"type": ["string", "null"]}),
        json!({}),
        json!(true),
        json!({"not": {"type": "string"}, "type": ["string", "integer"]}),
        json!({"anyOf": [{"type": "string", "maxLength": 4}, {"type": "integer"}]}),
        json!({"oneOf": [{"type": "integer", "multipleOf": 3}, {"type": "integer", "multipleOf": 5}]}),
        json!({"allOf": [{"type": "integer", "minimum": 3}, {"type": "number", "maximum": 5}]}),
        json!({"allOf": [{"type": "object", "properties": {"a": {"type": "integer"}}, "required": ["a"]}, {"properties": {"b": {}}, "required": ["b"]}]}),
        json!({"$ref": "#/$defs/T"}),
        json!({"$ref": "#/$defs/L"}),
        json!({"type": "object", "additionalProperties": {"type": "integer"}, "minProperties": 3}),
        json!({"type": "object", "patternProperties": {"^k_[a-z]{2}$": {"type": "integer"}}, "minProperties": 2}),
        json!({"type": "object", "additionalProperties": {"type": "integer"}, "propertyNames": {"pattern": "^[a-z]{5}$"}, "minProperties": 1}),
        json!({"type": "object", "properties": {"a": {}, "b": {}, "c": {}}, "minProperties": 2, "maxProperties": 2}),
        json!({"type": "object", "properties": {"a": {}, "b": {}}, "required": ["a"], "dependentRequired": {"a": ["b"]}}),
        json!({"type": "object", "properties": {"k": {"enum": ["x", "y"]}, "v": {"type": "integer"}}, "required": ["k"],
            "if": {"properties": {"k": {"const": "x"}}}, "then": {"required": ["v"]}}),
    ];
    for field in &fields {
        let schema =
            json!({"type": "object", "required": ["f"], "properties": {"f": field}, "$defs": {"T": tree, "L": list}});
        let contract = Contract::parse(&schema.to_string(), "test").unwrap();
        let sampler = Sampler::new(contract.closed()).unwrap();
        for seed in 0..40 {
            let value = sampler.sample(seed).unwrap_or_else(|error| panic!("{field}: {error}"));
            assert_eq!(contract.validate(&value), Ok(()), "{field}: {value}");
        }
    }
}

#[test]
fn every_known_format_has_samples() {
    for format in [
        "date",
        "date-time",
        "time",
        "duration",
        "email",
        "idn-email",
        "hostname",
        "idn-hostname",
        "ipv4",
        "ipv6",
        "uuid",
        "uri",
        "iri",
        "uri-reference",
        "iri-reference",
        "uri-template",
        "json-pointer",
        "relative-json-pointer",
        "regex",
        "x",
    ] {
        let schema =
            json!({"type": "object", "required": ["f"], "properties": {"f": {"type": "string", "format": format}}});
        for seed in 0..50 {
            assert!(sample(&schema, seed).is_ok(), "{format}: {:?}", sample(&schema, seed));
        }
    }
}

#[test]
fn draft_7_has_samples() {
    let schema = json!({"$schema": "http://json-schema.org/draft-07/schema#", "type": "object", "required": ["a", "b", "p"],
        "properties": {"a": {"$ref": "#/definitions/A"}, "p": {"items": [{"type": "integer"}, {"type": "null"}], "additionalItems": false, "type": "array"}},
        "allOf": [{"properties": {"b": {"type": "string"}}}, {"$ref": "#/definitions/A"}],
        "definitions": {"A": {"type": "object", "properties": {"x": {"type": "integer"}}, "required": ["x"]}}});
    let contract = Contract::parse(&schema.to_string(), "test").unwrap();
    for seed in 0..20 {
        assert_eq!(contract.validate(&sample(contract.closed(), seed).unwrap()), Ok(()));
    }
}

#[test]
fn a_seed_fixes_the_sample() {
    let schema = json!({"type": "object", "required": ["a", "b", "c"], "properties": {
        "a": {"type": "string"}, "b": {"type": "integer", "minimum": 0, "maximum": 100}, "c": {"enum": ["x", "y", "z"]}}});
    let texts: Vec<String> = (0..3).map(|seed| canonical::to_string(&sample(&schema, seed).unwrap())).collect();
    assert_eq!(
        texts,
        [
            r#"{"a":"sample saddle delta nectar kernel","b":48,"c":"z"}"#,
            r#"{"a":"sample nectar river amber","b":17,"c":"y"}"#,
            r#"{"a":"sample inlet quartz ember","b":14,"c":"y"}"#,
        ]
    );
    assert!(sample(&schema, 7).unwrap()["a"].as_str().unwrap().starts_with("sample "));
}

#[test]
fn what_cannot_be_met_is_named() {
    let endless = pattern::matching("(a{1000}){1000}", 0, &mut Random::new(0, 0)).unwrap_err();
    assert!(endless.contains("more than 100000 characters"), "{endless}");
    for (field, expected) in [
        (json!({"type": "integer", "minimum": 2, "maximum": 1}), "/f: no integer from 2 to 1"),
        (json!({"type": "string", "pattern": "^(?=a)b"}), "/f: the `pattern` ^(?=a)b uses"),
        (json!({"type": "string", "minLength": 3, "maxLength": 2}), "`minLength` 3 is greater"),
        (json!({"type": "string", "not": {}}), "`not`"),
        (json!(false), "the schema is `false`"),
        (json!({"type": "array", "minItems": 1_000_000_000}), "`minItems`"),
        (json!({"type": "array", "minItems": 3, "uniqueItems": true, "items": {"type": "boolean"}}), "`uniqueItems`"),
        (json!({"type": "object", "required": ["f"], "properties": {"f": {"$ref": "#/properties/f"}}}), "without end"),
        (json!({"allOf": [{"type": "string"}, {"type": "integer"}]}), "no `type`"),
        (json!({"enum": [1], "type": "string"}), "no value of the `enum`"),
    ] {
        let schema = json!({"type": "object", "required": ["f"], "properties": {"f": field}});
        let message = sample(&schema, 1).unwrap_err().to_string();
        assert!(message.contains(expected), "{message}\nexpected {expected}");
    }
}

#[test]
fn elements_of_a_list_repeat_neither_words_nor_one_choice() {
    let texts = json!({"type": "array", "items": {"type": "string"}, "minItems": 4, "maxItems": 4});
    let element = json!({"type": "object", "required": ["name", "about", "type"], "properties": {
        "name": {"type": "string"}, "about": {"type": "string"}, "type": {"enum": ["must", "style"]}}});
    let schema = json!({"type": "object", "required": ["list", "criteria", "axes"], "properties": {
        "list": {"type": "array", "items": element, "minItems": 5, "maxItems": 5},
        "criteria": texts,
        "axes": {"type": "object", "additionalProperties": texts, "minProperties": 2, "maxProperties": 3}}});
    let different = |texts: Vec<&str>| {
        let pairs = texts.iter().enumerate().flat_map(|(at, one)| texts[at + 1..].iter().map(move |two| (*one, *two)));
        for (one, two) in pairs {
            assert!(!distinct::repeats_words(&json!(one), &[json!(two)]), "{one} / {two}");
        }
    };
    for seed in 0..200 {
        let made = sample(&schema, seed).unwrap();
        let list = made["list"].as_array().unwrap();
        for field in ["name", "about"] {
            different(list.iter().filter_map(|it| it[field].as_str()).collect());
        }
        different(made["criteria"].as_array().unwrap().iter().filter_map(serde_json::Value::as_str).collect());
        let axes = made["axes"].as_object().unwrap();
        assert!((2..=3).contains(&axes.len()));
        axes.values().for_each(|it| different(it.as_array().unwrap().iter().filter_map(|it| it.as_str()).collect()));
        assert!(list.iter().any(|it| it["type"] != list[0]["type"]), "{made}");
    }
}

fn schemas() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        (-50i64..50, 0i64..50)
            .prop_map(|(low, span)| json!({"type": "integer", "minimum": low, "maximum": low + span})),
        (0u64..20, 0u64..20)
            .prop_map(|(low, span)| json!({"type": "string", "minLength": low, "maxLength": low + span})),
        proptest::collection::btree_set("[a-c]{1,2}", 1..4).prop_map(|values| json!({"enum": values})),
        Just(json!({"type": ["boolean", "null"]})),
        Just(json!({"type": "string", "format": "date"})),
        Just(json!({"$ref": "#/$defs/R"})),
        "\\^[a-d]{1,3}(\\[x-z\\]\\{2\\}|\\\\d\\+)?\\$"
            .prop_map(|pattern| json!({"type": "string", "pattern": pattern})),
    ];
    leaf.prop_recursive(3, 24, 4, |inner| {
        prop_oneof![
            (inner.clone(), 0u64..3)
                .prop_map(|(items, least)| json!({"type": "array", "items": items, "minItems": least})),
            proptest::collection::vec(inner.clone(), 1..3).prop_map(|all| json!({"anyOf": all})),
            proptest::collection::btree_map("[a-e]", inner.clone(), 0..4).prop_map(|fields| {
                let required: Vec<_> = fields.keys().take(2).cloned().collect();
                json!({"type": "object", "properties": fields, "required": required})
            }),
            (
                proptest::collection::btree_map("[a-c]", inner.clone(), 1..3),
                proptest::collection::btree_map("[d-f]", inner, 1..3)
            )
                .prop_map(|(a, b)| json!({"type": "object", "properties": a, "allOf": [{"properties": b}]})),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn samples_of_any_schema_are_valid(field in schemas(), seed in any::<u64>()) {
        let schema = json!({"type": "object", "properties": {"f": field}, "required": ["f"], "$defs": {
            "R": {"type": "object", "properties": {"r": {"$ref": "#/$defs/R"}, "s": {"type": "string"}}, "required": ["s"]}}});
        let contract = Contract::parse(&schema.to_string(), "test").unwrap();
        let mut value = sample(contract.closed(), seed).unwrap();
        prop_assert_eq!(contract.validate(&value), Ok(()));
        prop_assert!(jsonschema::is_valid(&schema, &value), "closing let {} through", value);
        prop_assert_eq!(&value, &sample(contract.closed(), seed).unwrap());
        if let Some(object) = value["f"].as_object_mut() {
            object.insert("unknown".to_owned(), json!(1));
            prop_assert!(contract.validate(&value).is_err(), "{} is open: {}", value, contract.closed());
        }
    }
}
