//! Tests of the contract: closing, validating, the native subset, fields and errors.

use serde_json::{Value, json};

use super::draft::{DRAFT_7, DRAFT_2020_12};
use super::*;

fn contract(schema: &Value) -> Contract {
    Contract::parse(&schema.to_string(), "test.json").unwrap()
}

fn error(source: &str) -> String {
    Contract::parse(source, "test.json").unwrap_err().to_string()
}

fn complaints(contract: &Contract, answer: &Value) -> Vec<String> {
    match contract.validate(answer) {
        Ok(()) => Vec::new(),
        Err(violations) => violations.iter().map(ToString::to_string).collect(),
    }
}

#[test]
fn objects_are_closed_wherever_a_schema_can_stand() {
    let open = json!({"type": "object", "properties": {"x": {"type": "integer"}}});
    let contract = contract(&json!({
        "type": "object",
        "properties": {
            "plain": open, "list": {"type": "array", "items": open},
            "tuple": {"type": "array", "prefixItems": [open], "items": false},
            "any": {"anyOf": [open, {"type": "null"}]}, "one": {"oneOf": [open, {"type": "string"}]},
            "all": {"allOf": [open]}, "ref": {"$ref": "#/$defs/D"}, "map": {"additionalProperties": open},
            "untyped": {"properties": {"x": true}}, "nullable": {"type": ["object", "null"], "properties": {"x": true}},
        },
        "$defs": {"D": open},
    }));
    for (field, good, bad) in [
        ("plain", json!({"x": 1}), json!({"x": 1, "y": 1})),
        ("list", json!([{"x": 1}]), json!([{"y": 1}])),
        ("tuple", json!([{"x": 1}]), json!([{"y": 1}])),
        ("any", json!({"x": 1}), json!({"y": 1})),
        ("one", json!({"x": 1}), json!({"y": 1})),
        ("all", json!({"x": 1}), json!({"y": 1})),
        ("ref", json!({"x": 1}), json!({"y": 1})),
        ("map", json!({"k": {"x": 1}}), json!({"k": {"y": 1}})),
        ("untyped", json!({"x": 1}), json!({"y": 1})),
        ("nullable", json!(null), json!({"y": 1})),
    ] {
        assert_eq!(complaints(&contract, &json!({ field: good })), Vec::<String>::new(), "{field}");
        assert!(contract.validate(&json!({ field: bad })).is_err(), "{field} is open");
    }
    assert!(contract.validate(&json!({"other": 1})).is_err());
}

#[test]
fn parts_of_one_object_are_closed_together() {
    for draft in [DRAFT_2020_12, DRAFT_7] {
        let defs = if draft == DRAFT_7 { "definitions" } else { "$defs" };
        let base = format!("#/{defs}/Base");
        let contract = contract(&json!({
            "$schema": draft,
            "type": "object",
            "properties": {"own": {"$ref": base}},
            "required": ["own"],
            "allOf": [{"$ref": base}, {"properties": {"b": {"type": "object", "properties": {"c": {}}}}}],
            "if": {"properties": {"a": {"const": 1}}, "required": ["a"]},
            "then": {"properties": {"d": {"type": "string"}}, "required": ["d"]},
            defs: {"Base": {"type": "object", "properties": {"a": {"type": "integer"}}, "required": ["a"]}},
        }));
        let ok = |answer: Value| assert_eq!(complaints(&contract, &answer), Vec::<String>::new(), "{draft}");
        let bad = |answer: Value| assert!(contract.validate(&answer).is_err(), "{draft}: {answer}");
        ok(json!({"a": 2, "own": {"a": 1}, "b": {"c": 1}}));
        ok(json!({"a": 1, "d": "x", "own": {"a": 1}}));
        bad(json!({"a": 1, "own": {"a": 1}}));
        bad(json!({"a": 2, "own": {"a": 1}, "z": 1}));
        bad(json!({"a": 2, "own": {"a": 1, "b": {}}}));
        bad(json!({"a": 2, "own": {"a": 1}, "b": {"c": 1, "z": 1}}));
        bad(json!({"a": "x", "own": {"a": 1}}));
    }
}

#[test]
fn a_copied_definition_goes_when_nothing_refers_to_it() {
    let contract = contract(&json!({"type": "object", "properties": {"c": {"$ref": "#/$defs/C"}},
        "allOf": [{"$ref": "#/$defs/A"}, {"$ref": "#/$defs/C"}],
        "$defs": {"A": {"type": "object", "properties": {"a": {"type": "null"}}},
            "C": {"type": "object", "properties": {"x": {"type": "null"}}}}}));
    assert_eq!(
        contract.closed(),
        &json!({"type": "object", "properties": {"c": {"$ref": "#/$defs/C"}}, "unevaluatedProperties": false,
            "allOf": [{"type": "object", "properties": {"a": {"type": "null"}}},
                {"type": "object", "properties": {"x": {"type": "null"}}}],
            "$defs": {"C": {"type": "object", "properties": {"x": {"type": "null"}}, "additionalProperties": false}}})
    );
}

#[test]
fn alternatives_that_name_all_fields_are_closed_one_by_one() {
    let cat = json!({"type": "object", "properties": {"kind": {"const": "cat"}, "lives": {"type": "integer"}}, "required": ["kind"]});
    let dog = json!({"type": "object", "properties": {"kind": {"const": "dog"}, "breed": {"type": "string"}}, "required": ["kind"]});
    let contract = contract(&json!({"type": "object", "oneOf": [cat, dog]}));
    assert!(contract.validate(&json!({"kind": "cat", "lives": 9})).is_ok());
    assert!(contract.validate(&json!({"kind": "cat", "breed": "x"})).is_err());
    assert!(contract.closed().get("unevaluatedProperties").is_none());
}

#[test]
fn conditions_without_fields_leave_a_plain_object() {
    let contract = contract(&json!({
        "type": "object", "properties": {"a": {}, "b": {}},
        "anyOf": [{"required": ["a"]}, {"required": ["b"]}], "not": {"properties": {"a": {"const": 3}}, "required": ["a"]},
    }));
    assert_eq!(contract.closed()["additionalProperties"], json!(false));
    assert!(contract.closed()["not"].get("additionalProperties").is_none());
    assert!(contract.validate(&json!({"a": 1})).is_ok());
    assert!(contract.validate(&json!({})).is_err());
    assert!(contract.validate(&json!({"a": 3, "b": 1})).is_err());
}

#[test]
fn an_alternative_that_would_stay_open_is_closed_with_the_whole() {
    let contract = contract(&json!({"type": "object", "anyOf": [
        {"properties": {"a": {"type": "string"}}, "required": ["a"]}, {"required": ["b"]}]}));
    assert!(contract.validate(&json!({"a": "x"})).is_ok());
    assert!(contract.validate(&json!({"b": 1, "z": 2})).is_err());
}

#[test]
fn open_objects_are_closed_with_a_note_and_maps_stay() {
    let contract = contract(&json!({"type": "object", "properties": {
        "map": {"type": "object", "additionalProperties": {"type": "integer"}},
        "patterns": {"type": "object", "patternProperties": {"^x": {"type": "integer"}}},
        "open": {"type": "object", "properties": {"a": {}}, "additionalProperties": true},
        "bare": {"type": "object"}, "free": {"description": "anything"},
    }}));
    assert!(contract.validate(&json!({"map": {"k": 1}, "patterns": {"x1": 2}, "free": {"z": 1}, "bare": {}})).is_ok());
    assert!(contract.validate(&json!({"map": {"k": "1"}})).is_err());
    assert!(contract.validate(&json!({"patterns": {"y": 2}})).is_err());
    assert!(contract.validate(&json!({"open": {"b": 2}})).is_err());
    assert_eq!(
        contract.notes(),
        [
            "/properties/map/additionalProperties: extra fields have a schema, so that the object stays open for them",
            "/properties/open/additionalProperties: extra fields were allowed here, and are not accepted",
            "/properties/bare: an object without `properties` accepts only {}",
        ]
    );
}

#[test]
fn an_open_part_does_not_open_the_whole() {
    let contract = contract(&json!({"type": "object", "properties": {"a": {}}, "additionalProperties": true,
        "allOf": [{"type": "object", "properties": {"b": {}}, "additionalProperties": true}]}));
    assert!(contract.validate(&json!({"a": 1, "b": 2})).is_ok());
    assert_eq!(complaints(&contract, &json!({"a": 1, "z": 2})), ["/: unknown field \"z\""]);
}

#[test]
fn recursive_schemas_close() {
    let contract = contract(&json!({"$ref": "#/$defs/Node", "$defs": {"Node": {"type": "object",
        "properties": {"children": {"type": "array", "items": {"$ref": "#/$defs/Node"}}, "up": {"$ref": "#"}}}}}));
    assert!(contract.validate(&json!({"children": [{"children": []}], "up": {}})).is_ok());
    assert_eq!(complaints(&contract, &json!({"children": [{"x": 1}]})), ["/children/0: unknown field \"x\""]);
    assert_eq!(contract.fields().iter().map(|it| it.name.as_str()).collect::<Vec<_>>(), ["children", "up"]);
}

#[test]
fn a_schema_that_would_be_copied_into_itself_is_refused() {
    let node = json!({"type": "object", "properties": {"v": {"type": "string"}, "next": {"allOf": [
        {"$ref": "#"}, {"type": "object", "properties": {"x": {"type": "string"}}}]}}});
    let mut named = node.clone();
    named["properties"]["next"]["allOf"][0] = json!({"$ref": "#/$defs/Node"});
    for schema in [node, json!({"$ref": "#/$defs/Node", "$defs": {"Node": named}})] {
        let error = Contract::parse(&schema.to_string(), "s.json").unwrap_err().to_string();
        assert!(error.contains("contains itself beside other fields of the same object"), "{error}");
    }
}

#[test]
fn data_that_looks_like_a_schema_is_left_alone() {
    let data = json!({"type": "object", "properties": {"a": 1}});
    let contract = contract(&json!({"type": "object", "properties": {
        "properties": {"const": data, "default": data, "examples": [data]}, "enum": {"enum": [data]}}}));
    assert_eq!(contract.closed()["properties"]["properties"]["const"], data);
    assert!(contract.validate(&json!({"properties": data, "enum": data})).is_ok());
}

#[test]
fn violations_say_what_a_model_can_act_on() {
    let contract = contract(&json!({"type": "object", "required": ["product", "score"], "properties": {
        "product": {"enum": ["credit_card", "mortgage"]}, "score": {"type": "integer", "minimum": 0},
        "when": {"type": "string", "format": "date"}, "tags": {"type": "array", "maxItems": 1},
        "who": {"anyOf": [{"type": "object", "properties": {"name": {"type": "string"}}, "required": ["name"]}, {"type": "null"}]},
    }}));
    assert_eq!(
        complaints(&contract, &json!({"product": "auto_loan", "score": -1, "note": 1, "when": "2024-02-30"})),
        [
            "/: unknown field \"note\"",
            "/product: \"auto_loan\" is not one of \"credit_card\", \"mortgage\"",
            "/score: -1 is less than 0",
            "/when: \"2024-02-30\" is not a valid date",
        ]
    );
    assert_eq!(
        complaints(&contract, &json!({"score": 1.5, "tags": [1, 2], "who": {}})),
        [
            "/: the field \"product\" is missing",
            "/score: 1.5 is a number, expected integer",
            "/tags: 2 items, at most 1 are allowed",
            "/who: the field \"name\" is missing",
        ]
    );
    let many: Vec<Value> = (0..1000).map(|_| json!({"x": 1})).collect();
    assert!(contract.validate(&json!({"who": many})).unwrap_err().len() <= Violation::LIMIT);
    assert!(contract.validate(&json!([])).is_err());
}

#[test]
fn alternatives_and_parts_do_not_hide_what_is_wrong() {
    let kind = |kind: &str| json!({"type": "object", "properties": {"kind": {"const": kind}, "n": {"type": "integer"}}, "required": ["kind", "n"]});
    let contract = contract(&json!({"type": "object",
        "properties": {"pet": {"oneOf": [kind("cat"), kind("dog")]}},
        "allOf": [{"properties": {"b": {"type": "string"}, "c": {}}}]}));
    assert_eq!(
        complaints(&contract, &json!({"pet": {"kind": "dog", "n": "x"}})),
        ["/pet/n: \"x\" is a string, expected integer"]
    );
    assert_eq!(
        complaints(&contract, &json!({"b": 1, "c": 2, "z": 3})),
        ["/: unknown field \"z\"", "/b: 1 is a number, expected string"]
    );
    let neither = complaints(&contract, &json!({"pet": {"kind": "cow", "n": 1}}));
    assert!(
        neither[0].contains("fits none of the 2 alternatives: (1) /pet/kind: \"cow\" is not \"cat\"; (2)"),
        "{neither:?}"
    );
}

#[test]
fn formats_are_asserted() {
    for (format, good, bad) in [
        ("date", "2024-02-29", "2023-02-29"),
        ("date-time", "2024-01-01T00:00:00Z", "2024-01-01"),
        ("time", "12:00:00Z", "25:00:00Z"),
        ("email", "a@example.com", "a@"),
        ("uuid", "2eb8aa08-aa98-11ea-b4aa-73b441d16380", "2eb8"),
        ("uri", "https://example.com/", "no scheme"),
        ("ipv4", "192.0.2.1", "256.1.1.1"),
        ("ipv6", "2001:db8::1", "g::1"),
        ("hostname", "example.com", "-x-"),
    ] {
        for draft in [DRAFT_2020_12, DRAFT_7] {
            let contract =
                contract(&json!({"$schema": draft, "type": "object", "properties": {"f": {"format": format}}}));
            assert!(contract.validate(&json!({"f": good})).is_ok(), "{format} {draft}");
            assert!(contract.validate(&json!({"f": bad})).is_err(), "{format} {draft}");
        }
    }
}

#[test]
fn prompts_keep_the_order_of_the_file() {
    let source = r##"{"type":"object","properties":{"z":{"type":"string","enum":["b","a"]},"a":{"$ref":"#/$defs/%C3%89"}},"$defs":{"É":{"const":1.50}}}"##;
    let contract = Contract::parse(source, "x").unwrap();
    let text = contract.prompt_text();
    assert!(text.starts_with("{\n  \"type\": \"object\",\n  \"properties\": {\n    \"z\": {\n"), "{text}");
    assert!(text.find("\"z\"") < text.find("\"a\""));
    assert!(text.ends_with("\n  \"additionalProperties\": false\n}"), "{text}");
    let read: Value = serde_json::from_str(text).unwrap();
    assert_eq!(&read, contract.closed());
}

#[test]
fn fields_are_sorted_and_say_what_they_hold() {
    let contract = contract(&json!({"type": "object", "required": ["b"], "properties": {
        "b": {"$ref": "#/$defs/Color"}, "a": {"anyOf": [{"$ref": "#/$defs/Color"}, {"type": "null"}]},
        "n": {"type": ["integer", "null"]}, "l": {"type": "array", "items": {"type": "string"}}, "x": {},
        "m": {"enum": ["a", 1]}, "o": {"properties": {}}, "k": {"const": "k"},
    }, "$defs": {"Color": {"enum": ["red", "blue"]}}}));
    let shown: Vec<String> = contract
        .fields()
        .iter()
        .map(|it| format!("{}:{}:{:?}:{}:{}", it.name, it.type_hint, it.values, it.nullable, it.required))
        .collect();
    assert_eq!(
        shown,
        [
            "a:string|null:Some([\"red\", \"blue\"]):true:false",
            "b:string:Some([\"red\", \"blue\"]):false:true",
            "k:string:Some([\"k\"]):false:false",
            "l:array<string>:None:false:false",
            "m:integer|string:None:false:false",
            "n:integer|null:None:true:false",
            "o:object:None:false:false",
            "x:any:None:false:false",
        ]
    );
}

#[test]
fn errors_name_the_place() {
    for (source, expected) in [
        ("{\n  \"type\": object}", "test.json: line 2, column 11: expected a value, found `object`"),
        (r#"{"type": "object", "type": "array"}"#, "test.json: line 1, column 20: the field \"type\" is given twice"),
        ("", "test.json: line 1, column 1: the text ends where a value was expected"),
        (r#"{"type": "objekt"}"#, "test.json: /type: \"objekt\""),
        (r#"{"type": "array"}"#, "describes a value of type \"array\", but an answer is always a JSON object"),
        ("true", "describes a value of any type"),
        (r#"{"enum": [1]}"#, "describes a value of any type"),
        (
            r##"{"type": "object", "properties": {"a": {"$ref": "#/$defs/no"}}}"##,
            "test.json: /properties/a/$ref: \"#/$defs/no\" refers to nothing",
        ),
        (
            r#"{"type": "object", "properties": {"a": {"$ref": "https://example.com/s.json"}}}"#,
            "\"https://example.com/s.json\" is another document",
        ),
        (
            r#"{"$schema": "http://json-schema.org/draft-04/schema#"}"#,
            "expected \"https://json-schema.org/draft/2020-12/schema\" or",
        ),
        (r#"{"type": "object", "properties": {"a": {"pattern": "("}}}"#, "/properties/a"),
        (r##"{"$ref": "#"}"##, "refers to itself"),
        (
            r##"{"type":"object","allOf":[{"$ref":"#/$defs/a"}],"$defs":{"a":{"anyOf":[{"$ref":"#/$defs/a"}]}}}"##,
            "refers to itself",
        ),
    ] {
        let message = error(source);
        assert!(message.contains(expected), "{message}\nexpected {expected}");
    }
}

#[test]
fn references_by_id_and_anchor_are_followed() {
    let contract = contract(&json!({"$id": "https://example.com/root", "type": "object", "properties": {
        "a": {"$ref": "https://example.com/root#/$defs/x%20y"}, "b": {"$ref": "#mark"}, "c": {"$ref": "https://example.com/z"}},
        "$defs": {"x y": {"type": "string"}, "m": {"$anchor": "mark", "type": "integer"}, "z": {"$id": "https://example.com/z", "type": "null"}}}));
    assert!(contract.validate(&json!({"a": "x", "b": 1, "c": null})).is_ok());
    assert!(contract.validate(&json!({"a": 1})).is_err());
    assert_eq!(contract.fields()[1].type_hint, "integer");
}

#[test]
fn the_native_form_drops_annotations_only() {
    let contract =
        contract(&json!({"$schema": DRAFT_2020_12, "type": "object", "required": ["a", "b"], "properties": {
        "a": {"type": "string", "default": "x", "description": "d"}, "b": {"$ref": "#/$defs/B", "description": "gone"}},
        "$defs": {"B": {"type": ["integer", "null"]}}}));
    assert_eq!(
        contract.native().unwrap(),
        &json!({"type": "object", "required": ["a", "b"], "additionalProperties": false,
        "properties": {"a": {"type": "string", "description": "d"}, "b": {"$ref": "#/$defs/B"}}, "$defs": {"B": {"type": ["integer", "null"]}}})
    );
}

#[test]
fn what_is_not_native_says_why() {
    let field = |schema: Value| json!({"type": "object", "required": ["a"], "properties": {"a": schema}});
    let deep = (0..10).fold(json!({"type": "string"}), |inner, _| field(inner));
    for (schema, expected) in [
        (json!({"type": "object", "properties": {"a": {"type": "string"}}}), "/: the field \"a\" is optional"),
        (field(json!({"type": "string", "minLength": 1})), "/properties/a: the keyword `minLength` is not supported"),
        (field(json!({"oneOf": [{"type": "string"}]})), "/properties/a: the keyword `oneOf`"),
        (
            field(json!({"type": "object", "additionalProperties": {"type": "string"}})),
            "\"additionalProperties\": false",
        ),
        (field(json!({"type": "object", "patternProperties": {"a": {"type": "string"}}})), "`patternProperties`"),
        (field(json!({})), "/properties/a: a `type` is missing"),
        (field(json!(true)), "/properties/a: a schema that is just true"),
        (field(json!({"type": "array"})), "/properties/a: an array needs `items`"),
        (field(json!({"type": "string", "format": "uri"})), "the format \"uri\""),
        (field(deep), "nested more than 10"),
        (json!({"$ref": "#/$defs/a", "$defs": {"a": {"type": "object"}}}), "/: the root must have"),
        (json!({"type": "object", "anyOf": [{"type": "object"}]}), "/: the root must not be"),
        (field(json!({"type": "integer", "enum": (0..1001).collect::<Vec<_>>()})), "1001 enumerated values"),
        (field(json!({"type": "string", "enum": (0..300).map(|it| format!("{it:060}")).collect::<Vec<_>>()})), "15000"),
    ] {
        let contract = contract(&schema);
        let message = contract.native().unwrap_err().to_string();
        assert!(message.contains(expected), "{message}\nexpected {expected}");
    }
}

#[test]
fn verdicts_are_held_to_their_schema() {
    let read = |value: Value| JudgeVerdict::from_value(&value);
    let verdict = read(json!({"verdict": "PASS", "score": 85.0, "reasons": ["a"]})).unwrap();
    assert_eq!((verdict.score, verdict.verdict.as_str(), verdict.reasons.len()), (85, "PASS", 1));
    for bad in [
        json!({"verdict": "pass", "score": 1, "reasons": []}),
        json!({"verdict": "PASS", "score": 101, "reasons": []}),
        json!({"verdict": "PASS", "score": 1.5, "reasons": []}),
        json!({"verdict": "PASS", "score": 1}),
        json!({"verdict": "PASS", "score": 1, "reasons": [], "x": 1}),
        json!({"verdict": "PASS", "score": 1, "reasons": [1]}),
    ] {
        assert!(read(bad.clone()).is_err(), "{bad}");
    }
    assert!(verdict_contract().native().is_ok());
    assert_eq!(verdict_contract().closed()["title"], "JudgeVerdict");
}

#[test]
fn a_subset_without_bounds_leaves_them_out_and_says_so() {
    let contract = contract(&json!({"type": "object", "required": ["score"], "properties": {
        "score": {"type": "integer", "minimum": 0, "maximum": 100},
        "name": {"type": "string", "minLength": 1, "pattern": "^a"},
        "when": {"type": "string", "format": "date"}, "site": {"type": "string", "format": "iri"},
        "kind": {"const": "x"}, "flag": {"type": "boolean", "const": true},
        "tags": {"type": "array", "minItems": 2, "maxItems": 3, "items": {"oneOf": [{"type": "string"}, {"type": "null"}]}},
    }}));
    let claude = contract.native_in(Subset::Claude).unwrap();
    assert_eq!(
        claude.schema["properties"],
        json!({
            "score": {"type": "integer"}, "name": {"type": "string"}, "when": {"type": "string", "format": "date"},
            "site": {"type": "string"}, "kind": {"const": "x"}, "flag": {"type": "boolean", "const": true},
            "tags": {"type": "array", "items": {"anyOf": [{"type": "string"}, {"type": "null"}]}},
        })
    );
    assert_eq!(claude.schema["additionalProperties"], json!(false));
    assert_eq!(
        claude.left_out,
        [
            "/properties/score: minimum",
            "/properties/score: maximum",
            "/properties/name: minLength",
            "/properties/name: pattern",
            "/properties/site: format",
            "/properties/tags: minItems",
            "/properties/tags: maxItems",
            "/properties/tags/items: oneOf, sent as anyOf",
        ]
    );
    let gemini = contract.native_in(Subset::Gemini).unwrap();
    assert_eq!(gemini.schema["properties"]["score"], json!({"type": "integer", "minimum": 0, "maximum": 100}));
    assert_eq!(gemini.schema["properties"]["kind"], json!({"enum": ["x"]}));
    assert_eq!(gemini.schema["properties"]["flag"], json!({"type": "boolean"}), "texts and numbers alone are listed");
    assert!(contract.native().is_err(), "strict mode takes it as it is or not at all");
}

#[test]
fn what_a_subset_cannot_say_is_not_sent() {
    let field = |schema: Value| json!({"type": "object", "required": ["a"], "properties": {"a": schema}});
    let tree = json!({"type": "object", "required": ["a"], "properties": {"a": {"$ref": "#/$defs/T"}},
        "$defs": {"T": {"type": "object", "properties": {"next": {"$ref": "#/$defs/T"}}}}});
    let many: serde_json::Map<String, Value> = (0..25).map(|it| (format!("f{it}"), json!({"type": "null"}))).collect();
    for (subset, schema, expected) in [
        (Subset::Claude, tree.clone(), "refers to itself"),
        (Subset::Gemini, tree, "refers to itself"),
        (Subset::Claude, json!({"type": "object", "properties": many}), "25 optional fields, and 24"),
        (Subset::Claude, field(json!({"type": "object", "patternProperties": {"a": {}}})), "`patternProperties`"),
        (Subset::Claude, field(json!({"not": {"type": "null"}})), "`not`"),
        (Subset::Gemini, field(json!({"allOf": [{"type": "string"}]})), "`allOf`"),
        (Subset::Gemini, field(json!({})), "a `type` is missing"),
    ] {
        let message = contract(&schema).native_in(subset).unwrap_err().to_string();
        assert!(message.contains(expected), "{subset:?}: {message}\nexpected {expected}");
    }
    let shared = json!({"type": "object", "properties": {"a": {"$ref": "#/$defs/T"}, "b": {"$ref": "#/$defs/T"}},
        "$defs": {"T": {"type": "string"}}});
    assert!(contract(&shared).native_in(Subset::Claude).is_ok());
    for subset in [Subset::OpenAi, Subset::Claude, Subset::Gemini] {
        assert!(verdict_contract().native_in(subset).is_ok(), "{subset:?}");
    }
}

#[test]
fn a_rule_without_a_schema_is_held_to_its_fields_where_they_are_known() {
    let known = Contract::of_fields(&["total".to_owned()]).unwrap();
    assert!(known.validate(&json!({"total": {"a": [1]}})).is_ok());
    assert!(known.validate(&json!({"total": 1, "more": 2})).is_err());
    let any = Contract::of_fields(&[]).unwrap();
    assert!(any.validate(&json!({"device": "phone", "deep": {"a": 1}})).is_ok());
    assert!(any.validate(&json!([1])).is_err());
}

#[test]
fn recursion_is_found_wherever_its_reference_points() {
    let inner = |reference: &str| json!({"type": "object", "properties": {"next": {"anyOf": [{"$ref": reference}, {"type": "null"}]}}});
    for (key, reference) in [("a", "#/properties/a"), ("a b", "#/properties/a%20b"), ("a/b", "#/properties/a~1b")] {
        let contract = contract(&json!({"type": "object", "properties": {key: inner(reference)}}));
        let reason = contract.native_in(Subset::Claude).unwrap_err().to_string();
        assert!(reason.contains(&format!("refers to itself by \"{reference}\"")), "{reason}");
    }
}

#[test]
fn errors_say_what_to_do_in_the_message_or_in_the_hint() {
    let two = r#"{"type": "object", "properties": {"a": {"type": "string"}, "b": {"type": "string"}}}"#;
    let error = Contract::parse_text(Some(two), "test.json").unwrap_err();
    assert!(error.is_usage());
    assert_eq!(
        error.hint().as_deref(),
        Some("a text needs no schema: take it away (in a step: `schema: null`), or give it one field")
    );
    assert_eq!(Contract::parse("[", "test.json").unwrap_err().hint(), None);
}

#[test]
fn an_email_is_an_address_alone() {
    let contract = contract(&json!({"type": "object", "properties": {
        "a": {"type": "string", "format": "email"}, "i": {"type": "string", "format": "idn-email"}}}));
    for good in ["a@b.example", "a.b+c@b.example", "\"a b\"@b.example"] {
        assert_eq!(complaints(&contract, &json!({"a": good, "i": good})), Vec::<String>::new(), "{good}");
    }
    for bad in ["Name <a@b.example>", "<a@b.example>", "a@", "a b@c.example", "a@b.example, c@d.example"] {
        assert_eq!(complaints(&contract, &json!({"a": bad, "i": bad})).len(), 2, "{bad}");
    }
}

#[test]
fn a_schema_is_written_for_the_servers_engine_of_grammars() {
    let contract = contract(&json!({"type": "object", "required": ["code", "step"], "properties": {
        "code": {"type": "string", "pattern": "^\\d{4}$"}, "start": {"type": "string", "pattern": "^AB"},
        "step": {"type": "integer", "multipleOf": 5, "exclusiveMinimum": 0.5, "maximum": 9.5},
        "share": {"type": "number", "maximum": 1}, "tone": {"enum": ["a", null]}, "any": {},
        "both": {"allOf": [{"$ref": "#/$defs/a~1b"}], "maxLength": 3}, "up": {"$ref": "#"},
        "fields": {"type": "object", "properties": {"x": {"type": "null"}, "y": {"type": "null"}},
            "anyOf": [{"required": ["x"]}, {"required": ["y"]}]},
    }, "$defs": {"a/b": {"type": "string"}}}));
    let forms = [Subset::Vllm, Subset::Sglang, Subset::LlamaCpp].map(|it| contract.native_in(it).unwrap());
    let [vllm, sglang, llama] = &forms;
    for form in &forms {
        let fields = &form.schema["properties"];
        assert_eq!(form.schema["required"], json!(["code", "step"]), "optional fields stay optional");
        assert_eq!(form.schema["additionalProperties"], json!(false));
        assert_eq!(fields["start"], json!({"type": "string"}), "it would be read as the whole text");
        assert_eq!((&fields["step"]["minimum"], &fields["step"]["maximum"]), (&json!(1), &json!(9)));
        assert_eq!(fields["tone"], json!({"type": ["string", "null"], "enum": ["a", null]}));
        assert_eq!(fields["both"], json!({"type": "string", "maxLength": 3}));
        assert_eq!(fields["up"], json!({"$ref": "#/$defs/root"}));
        let required = |at: usize| fields["fields"]["anyOf"][at]["required"].clone();
        assert_eq!((required(0), required(1)), (json!(["x"]), json!(["y"])));
        assert_eq!(fields["fields"]["anyOf"][0]["additionalProperties"], json!(false));
    }
    assert_eq!(vllm.schema["properties"]["code"]["pattern"], "^\\d{4}$");
    assert_eq!(llama.schema["properties"]["code"]["pattern"], "^[0-9]{4}$");
    assert_eq!((&vllm.schema["properties"]["any"], &sglang.schema["properties"]["any"]), (&json!({}), &json!({})));
    assert_eq!(llama.schema["properties"]["any"]["type"].as_array().map(Vec::len), Some(6));
    assert_eq!((vllm.left_out.as_slice(), vllm.ignored.len()), (&["/properties/start: pattern".to_owned()][..], 0));
    assert_eq!(sglang.left_out, ["/properties/start: pattern", "/properties/step: multipleOf"]);
    assert_eq!(llama.ignored, ["/properties/step: multipleOf", "/properties/share: maximum"]);
    let strict =
        self::contract(&json!({"type": "object", "properties": {"a": {"enum": ["x", "y"]}}, "required": ["a"]}));
    assert_eq!(strict.native().unwrap()["properties"]["a"], json!({"enum": ["x", "y"], "type": "string"}));
}

#[test]
fn signs_that_json_escapes_are_told_of_or_not_sent() {
    let fields = json!({
        "free": {"type": "string"},
        "bound": {"type": "string", "minLength": 1},
        "empty": {"type": "string", "minLength": 0},
        "any": {"type": "string", "pattern": "^[ -~]+$"},
        "both": {"type": "string", "pattern": "^[^,]+$", "maxLength": 9},
        "letters": {"type": "string", "pattern": "^[a-z]+$"},
        "quote": {"type": "string", "pattern": "^\"[a-z]+\"$"},
        "large": {"enum": [12_345_678_901_234_567_890_u64]},
    });
    let schema = json!({"type": "object", "properties": fields, "required": ["free"]});
    let contract = self::contract(&schema);
    let [vllm, sglang, llama] =
        [Subset::Vllm, Subset::Sglang, Subset::LlamaCpp].map(|it| contract.native_in(it).unwrap());
    assert_eq!(vllm.narrowed, ["/properties/bound: minLength", "/properties/any: pattern"]);
    assert_eq!(
        sglang.narrowed,
        ["/properties/bound: minLength", "/properties/any: pattern", "/properties/both: pattern"]
    );
    assert_eq!(llama.narrowed, Vec::<String>::new());
    for form in [&vllm, &sglang, &llama] {
        assert_eq!(form.schema["properties"]["quote"], json!({"type": "string"}));
        assert_eq!(form.schema["properties"]["large"], json!({"type": "integer"}));
    }
    assert_eq!(vllm.left_out, ["/properties/quote: pattern", "/properties/large: enum"]);
    assert_eq!(llama.schema["properties"]["any"], json!({"type": "string"}));
}
