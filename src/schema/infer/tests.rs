//! Schemas from examples.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

fn of(examples: &[Value]) -> Inferred {
    let mut inference = Inference::new(Inference::MAX_VALUES);
    for (index, example) in examples.iter().enumerate() {
        inference.line(&example.to_string(), index + 1).unwrap();
    }
    inference.finish().unwrap()
}

fn schema(examples: &[Value]) -> Value {
    serde_json::from_str(&of(examples).text).unwrap()
}

fn table(columns: &[&str], rows: &[&[&str]]) -> Value {
    let owned = |cells: &[&str]| cells.iter().map(|&it| it.to_owned()).collect::<Vec<_>>();
    let columns = owned(columns);
    let mut inference = Inference::new(Inference::MAX_VALUES);
    for (index, row) in rows.iter().enumerate() {
        inference.row(&columns, &owned(row), index + 2).unwrap();
    }
    serde_json::from_str(&inference.finish().unwrap().text).unwrap()
}

#[test]
fn what_people_read() {
    let labels = ["billing", "login", "billing", "other", "login", "billing"];
    let examples: Vec<Value> = (0..)
        .zip(labels)
        .map(|(index, label)| {
            let mut example = json!({
                "label": label,
                "score": index,
                "share": if index % 2 == 0 { json!(0.5) } else { json!(1) },
                "date": format!("2026-01-0{}", index + 1),
                "why": if index == 3 { json!(null) } else { json!(format!("because of {index}")) },
                "lines": [{"text": format!("line {index}"), "bold": true}],
                "tags": [],
            });
            if index == 2 {
                example["lines"] = json!([{"text": "a"}, {"text": "b", "bold": false}]);
                example["note"] = json!("only here");
            }
            example
        })
        .collect();
    let inferred = of(&examples);
    insta::assert_snapshot!(inferred.text);
    insta::assert_snapshot!(inferred.notes.join("\n"), @r#"
    "lines[].bold" is optional: 6 of 7 have it
    "tags" is an empty array in all examples: say what its items are
    "note" is optional: 1 of 6 have it
    OpenAI's strict mode does not take it: /: the field "note" is optional; all must be required
    "#);
    assert_eq!(inferred.examples, 6);
}

#[test]
fn texts_that_repeat_become_a_list_of_values() {
    let texts = |texts: &[&str]| {
        schema(&texts.iter().map(|it| json!({"a": it})).collect::<Vec<_>>())["properties"]["a"].clone()
    };
    assert_eq!(texts(&["y", "x", "y", "x", "y"]), json!({"type": "string", "enum": ["x", "y"]}));
    assert_eq!(texts(&["x", "y", "x", "y"]), json!({"type": "string"}), "too few to tell");
    assert_eq!(texts(&["a", "b", "c", "d", "d"]), json!({"type": "string"}), "most stand there once");
    assert_eq!(texts(&["x"; 9]), json!({"type": "string"}), "a single one says nothing of the others");
    let long = "x".repeat(61);
    assert_eq!(texts(&[&long, "y", &long, "y", "y", "y"]), json!({"type": "string"}));
    let null = [json!("x"), json!("y"), Value::Null, json!("x"), json!("y"), json!("y")].map(|it| json!({"a": it}));
    assert_eq!(schema(&null)["properties"]["a"], json!({"type": ["string", "null"], "enum": ["x", "y", null]}));
    let mut never = Inference::new(0);
    for (index, text) in ["x", "y", "x", "y", "x"].iter().enumerate() {
        never.line(&json!({"a": text}).to_string(), index + 1).unwrap();
    }
    assert!(!never.finish().unwrap().text.contains("enum"));
}

#[test]
fn a_format_is_what_all_texts_have() {
    let of = |texts: &[&str]| {
        schema(&texts.iter().map(|it| json!({"a": it})).collect::<Vec<_>>())["properties"]["a"]["format"].clone()
    };
    assert_eq!(of(&["2026-01-02", "2024-02-29"]), "date");
    assert_eq!(of(&["2026-01-02", "2026-02-30"]), Value::Null, "no such day");
    assert_eq!(of(&["2026-01-02T10:00:00Z"]), "date-time");
    assert_eq!(of(&["ann@example.org", "bob@example.org"]), "email");
    assert_eq!(of(&["67e55044-10b1-426f-9247-bb680e5fe0c8"]), "uuid");
    assert_eq!(of(&["2026-01-02", ""]), Value::Null);
}

#[test]
fn cells_are_what_all_cells_of_their_column_are() {
    let schema = table(
        &["n", "x", "ok", "code", "empty", "mixed"],
        &[&["1", "1", "true", "7", "", "true"], &["-2", "2.5", "false", "007", "", "2"]],
    );
    let kind = |name: &str| schema["properties"][name]["type"].clone();
    assert_eq!(
        ["n", "x", "ok", "code", "empty", "mixed"].map(kind),
        [json!("integer"), json!("number"), json!("boolean"), json!("string"), json!("null"), json!("string"),]
    );
    let gaps = table(&["n"], &[&["1"], &[""]]);
    assert_eq!(gaps["properties"]["n"]["type"], json!(["integer", "null"]));
}

#[test]
fn what_is_no_example_is_named_with_its_line() {
    let wrong = |text: &str| Inference::new(12).line(text, 7).unwrap_err().to_string();
    assert_eq!(wrong("[1]"), "line 7: an example is a JSON object, found an array");
    assert_eq!(wrong("{\"a\": 1, \"a\": 2}"), "line 7, column 10: the field \"a\" is given twice");
    assert_eq!(wrong("{\"a\": 1,}"), "line 7, column 9: a comma before the closing `}`");
    assert_eq!(Inference::new(12).finish().unwrap_err(), InferError::Nothing);
    let keys: serde_json::Map<String, Value> = (0..1_001).map(|key| (key.to_string(), json!(1))).collect();
    let many = "line 7: more than 1000 different fields: names that differ in each example are data";
    assert_eq!(wrong(&Value::Object(keys).to_string()), many);
    let deep = (0..100).fold(json!(1), |inner, _| json!({"a": inner}));
    let mut inference = Inference::new(12);
    inference.line(&deep.to_string(), 1).unwrap();
    assert!(matches!(inference.finish(), Err(InferError::Unusable(_))));
}

#[test]
fn a_document_is_an_example_or_an_array_of_them() {
    let read = |text: &str| {
        let mut inference = Inference::new(12);
        inference.document(text).map(|()| inference.finish().map(|it| it.examples))
    };
    assert_eq!(read("{\n  \"a\": 1\n}"), Ok(Ok(1)));
    assert_eq!(read("[{\"a\": 1}, {\"a\": 2}]"), Ok(Ok(2)));
    assert_eq!(read("[]"), Ok(Err(InferError::Nothing)));
    assert_eq!(read("{\n  \"a\": 1,\n}").unwrap_err().to_string(), "line 3, column 1: a comma before the closing `}`");
}

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        (-5i64..5).prop_map(Value::from),
        (-5.0..5.0f64).prop_map(Value::from),
        prop::sample::select(vec!["a", "b", "2026-01-02", "x@example.org", ""]).prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 20, 4, |inner| {
        prop_oneof![prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from), object(inner),]
    })
}

fn object(inner: impl Strategy<Value = Value>) -> impl Strategy<Value = Value> {
    let name = prop::sample::select(vec!["a", "b", "c", "type", "$ref"]);
    prop::collection::btree_map(name, inner, 0..4)
        .prop_map(|map| Value::Object(map.into_iter().map(|(key, it)| (key.to_owned(), it)).collect()))
}

proptest! {
    #[test]
    fn every_example_is_valid_and_the_order_says_nothing(examples in prop::collection::vec(object(value()), 1..12)) {
        let inferred = of(&examples);
        let contract = Contract::parse(&inferred.text, "inferred").unwrap();
        for example in &examples {
            prop_assert_eq!(contract.validate(example), Ok(()), "{}", inferred.text);
        }
        // It is closed as it stands.
        prop_assert_eq!(contract.closed(), &serde_json::from_str::<Value>(&inferred.text).unwrap());
        let reversed: Vec<Value> = examples.iter().rev().cloned().collect();
        let sorted = |schema: Value| crate::record::canonical::to_string(&sort_required(schema));
        prop_assert_eq!(sorted(schema(&examples)), sorted(schema(&reversed)));
    }
}

fn sort_required(value: Value) -> Value {
    match value {
        Value::Object(map) => Value::Object(
            map.into_iter()
                .map(|(key, it)| match it {
                    Value::Array(mut names) if key == "required" => {
                        names.sort_by_key(ToString::to_string);
                        (key, Value::Array(names))
                    }
                    it => (key, sort_required(it)),
                })
                .collect(),
        ),
        other => other,
    }
}
