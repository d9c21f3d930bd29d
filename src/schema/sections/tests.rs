use proptest::prelude::*;
use serde_json::{Value, json};

use super::super::{AnswerForm, Contract, OutputError};
use super::SectionRules;

mod table;

const REVIEW: &str = r#"{
  "type": "object",
  "properties": {
    "summary": {"type": "string", "description": "What happened,\n in one sentence"},
    "rating": {"type": "integer", "minimum": 1, "maximum": 10},
    "product_name": {"type": "string", "enum": ["credit_card", "bank_account"]},
    "refund": {"type": "boolean"},
    "tags": {"type": "array", "items": {"type": "string"}, "maxItems": 3},
    "note": {"type": ["string", "null"]},
    "tone": {
      "type": "object",
      "properties": {
        "anger": {"type": "number", "minimum": 0, "maximum": 1},
        "words": {"type": "array", "items": {"type": "string"}}
      },
      "required": ["anger", "words"]
    }
  },
  "required": ["summary", "rating", "product_name", "refund", "tags", "tone"]
}"#;

fn contract() -> Contract {
    Contract::parse_sections(REVIEW, "review.json").unwrap()
}

#[track_caller]
fn read(answer: &str) -> Value {
    contract().read(answer).unwrap()
}

/// The problems of a reading, one a line.
fn problems(output: &Value) -> Vec<String> {
    let line = |it: &Value| format!("{}: {}", it["field"].as_str().unwrap(), it["problem"].as_str().unwrap());
    output["parse_errors"].as_array().unwrap().iter().map(line).collect()
}

fn whole() -> Value {
    json!({
        "summary": "They charged twice.", "rating": 7, "product_name": "credit_card", "refund": true,
        "tags": ["fees", "late"], "note": null, "tone": {"anger": 0.8, "words": ["never", "again"]},
        "parse_errors": [],
    })
}

#[test]
fn the_format_that_is_told_reads_like_this() {
    insta::assert_snapshot!(contract().prompt_text());
}

#[test]
fn the_schema_of_outputs_lets_each_field_be_null() {
    insta::assert_snapshot!(serde_json::to_string_pretty(contract().closed()).unwrap());
    let fields: Vec<(&str, &str)> =
        vec![("note", "string|null"), ("parse_errors", "array<object>"), ("product_name", "string|null")];
    let contract = contract();
    let found: Vec<_> = contract.fields().iter().map(|it| (it.name.as_str(), it.type_hint.as_str())).collect();
    assert_eq!(found[..3], fields[..]);
}

#[test]
fn headings_of_any_level_order_and_case() {
    let answer = "# Review of the complaint\n\nHere it is.\n\n## PRODUCT NAME:\nCredit card\n\n# Summary\n\nThey charged \
                  twice.\n\n### rating\n**7**/10\n\n#### Tags\n\n* fees\n* late\n\n## Refund\nYes, they ask for it.\n\n\
                  ## 6. Tone\n## Words\n1. never\n2. again\n## Anger\n80%\n";
    assert_eq!(read(answer), whole());
}

#[test]
fn labels_in_every_way() {
    let answer = "Sure!\n\n- **Summary:** They charged twice.\n- **Rating** - 7\n- Product-Name: credit card\n- refund: \
                  yes\n- Tags: fees, late\n- Tone:\n  - Anger: 4/5\n  - Words:\n    - never\n    - again\n\nAsk me more.";
    assert_eq!(read(answer), whole());
    let table = "| Field | Value |\n|---|---|\n| Summary | They charged twice. |\n| Rating | 7 |\n| Product name | \
                 `credit_card` |\n| Refund | true |\n| Tags | fees; late |\n\n**Tone**\nAnger: 0.8\nWords: never, again";
    assert_eq!(read(table), whole());
}

#[test]
fn headings_and_labels_mix() {
    let answer = "Rating: 7\nProduct name: CREDIT_CARD\n\nSummary\n-------\nThey charged twice.\nRefund: yes\n\n## Tone\n\
                  Anger: .8\n";
    let output = read(answer);
    assert_eq!(output["summary"], "They charged twice.");
    assert_eq!(output["rating"], 7);
    assert_eq!(output["refund"], true);
    assert_eq!(
        problems(&output),
        [
            "tags: the answer has no such section",
            "tone.anger: \".8\" is not a number",
            "tone.words: the answer has no such section"
        ]
    );
}

#[test]
fn a_label_in_a_text_is_text_where_the_field_has_a_heading() {
    let output = read("## Summary\nThey say:\nRating: 2\n**Refund:** no\n## Rating\n7\n## Refund\nyes");
    assert_eq!(output["summary"], "They say:\nRating: 2\n**Refund:** no");
    assert_eq!((&output["rating"], &output["refund"]), (&json!(7), &json!(true)));
}

#[test]
fn a_text_keeps_its_own_headings_and_code() {
    let text = "First.\n\n### Background\n\n```md\n## Rating\n3\n```\n\n- one\n- two";
    let output = read(&format!("## Summary\n{text}\n\n---\n\n## Rating\n7"));
    assert_eq!(output["summary"], text);
    assert_eq!(output["rating"], 7);
}

#[test]
fn what_is_missing_is_null_and_said() {
    let output = read("## Summary\nShort.\n\n## Tone\n");
    assert_eq!(output["tone"], json!({"anger": null, "words": null}));
    assert_eq!(
        problems(&output),
        [
            "product_name: the answer has no such section",
            "rating: the answer has no such section",
            "refund: the answer has no such section",
            "tags: the answer has no such section",
            "tone.anger: the answer has no such section",
            "tone.words: the answer has no such section",
        ]
    );
    // It may be null and may be left out: that it is not there says what it should.
    assert_eq!(output["note"], Value::Null);
}

#[test]
fn what_cannot_be_read_or_is_not_valid_is_null_and_said() {
    let output = read(
        "Summary:\n\nRating: 11\nProduct name: a mortgage\nRefund: perhaps\nTags: a, b, c, d\nNote: n/a\n\n## Tone\nLoud.\n\n\
         ### Anger\n- 0.2\n- 0.3\n### Words\n- never\n\nand so on\n",
    );
    assert_eq!(output["tone"]["words"], json!(["never"]));
    insta::assert_snapshot!(problems(&output).join("\n"));
}

#[test]
fn two_sections_of_one_name_are_one_or_none() {
    let output = read("## Rating\n7\n## Summary\na\n## rating\n7/10\n## summary\nb");
    assert_eq!((&output["rating"], &output["summary"]), (&json!(7), &Value::Null));
    assert!(!problems(&output).iter().any(|it| it.starts_with("rating")));
    assert_eq!(problems(&output)[2], "summary: the answer says it 2 times, and not the same");
}

#[test]
fn sections_that_are_no_fields_are_said() {
    let output =
        read("# Title\nIntro.\n## Rating\n7\n## Next steps\nCall them.\n### Who\nAnna\n## Summary\na\n## Empty\n");
    assert_eq!(output["summary"], "a");
    assert_eq!(problems(&output)[0], "Next steps: a section that is no field of the schema is left out");
}

#[test]
fn an_answer_without_any_field_is_none() {
    let none = |answer: &str| contract().read(answer).unwrap_err();
    assert_eq!(none(" \n"), OutputError::Empty);
    for answer in ["I cannot do that.", "# Rate\n7", "```py\n## Rating\n7\n```", "{\"rating\": 7}", "## Rating\nhigh"] {
        assert!(matches!(none(answer), OutputError::NoSection(_)), "{answer}");
    }
    insta::assert_snapshot!(none("## Rating\nhigh"));
}

#[test]
fn what_sections_cannot_hold_is_an_error_with_its_place() {
    let error = |properties: Value| {
        let schema = json!({"type": "object", "properties": properties});
        Contract::parse_sections(&schema.to_string(), "s.json").unwrap_err().to_string()
    };
    let object = json!({"type": "array", "items": {"type": "object", "properties": {"x": {"type": "string"}}}});
    let deep = (0..6).fold(json!({"type": "string"}), |inner, _| json!({"type": "object", "properties": {"a": inner}}));
    let errors = [
        error(json!({"a": object})),
        error(json!({"a": {"type": ["string", "integer"]}})),
        error(json!({"a": {"type": "array"}})),
        error(json!({"a": {}})),
        error(json!({"a_b": {"type": "string"}, "A b": {"type": "string"}})),
        error(json!({"a: b": {"type": "string"}})),
        error(json!({"__": {"type": "string"}})),
        error(json!({"parse_errors": {"type": "string"}})),
        error(json!({"a": {"type": "object", "additionalProperties": {"type": "string"}}})),
        error(json!({"a": deep})),
    ];
    insta::assert_snapshot!(errors.join("\n"));
    let schema = r#"{"type": "object", "properties": {"a": {"type": "string"}}, "minProperties": 1}"#;
    let error = Contract::parse_sections(schema, "s.json").unwrap_err().to_string();
    assert!(error.contains("/minProperties"), "{error}");
}

#[test]
fn schemas_in_the_form_of_pydantic_are_forms() {
    let schema = r##"{
      "$defs": {
        "Kind": {"enum": ["bug", "wish"], "type": "string", "title": "Kind"},
        "Place": {"type": "object", "title": "Place", "properties": {"file": {"type": "string"}}, "required": ["file"]}
      },
      "title": "Report", "type": "object",
      "properties": {
        "kind": {"$ref": "#/$defs/Kind"},
        "place": {"anyOf": [{"$ref": "#/$defs/Place"}, {"type": "null"}], "default": null},
        "kinds": {"type": "array", "items": {"$ref": "#/$defs/Kind"}},
        "line": {"anyOf": [{"type": "integer"}, {"type": "null"}], "default": null, "title": "Line"}
      },
      "required": ["kind", "kinds"]
    }"##;
    let contract = Contract::parse_sections(schema, "report.json").unwrap();
    let output = contract.read("## Kind\nBug\n## Kinds\n- wish\n## Place\n### File\na.rs\n## Line\nnull").unwrap();
    let expected =
        json!({"kind": "bug", "place": {"file": "a.rs"}, "kinds": ["wish"], "line": null, "parse_errors": []});
    assert_eq!(output, expected);
    let output = contract.read("## Kind\nBug\n## Kinds\nnone\n## Place\nnull").unwrap();
    assert_eq!(output, json!({"kind": "bug", "place": null, "kinds": [], "line": null, "parse_errors": []}));
}

#[test]
fn a_text_is_taken_as_it_is() {
    let plain = Contract::parse_text(None, "answer").unwrap();
    assert_eq!(plain.read(" a\n\n{\"b\": 1}\n").unwrap(), json!({"text": " a\n\n{\"b\": 1}\n"}));
    assert_eq!(plain.read(" \n").unwrap_err(), OutputError::Empty);
    let schema =
        r#"{"type": "object", "properties": {"poem": {"type": "string", "maxLength": 5, "description": "Short"}}}"#;
    let poem = Contract::parse_text(Some(schema), "poem.json").unwrap();
    assert_eq!(poem.read("abc").unwrap(), json!({"poem": "abc"}));
    assert!(matches!(poem.read("abcdef").unwrap_err(), OutputError::Invalid(_)));
    insta::assert_snapshot!(poem.prompt_text());
    let error = Contract::parse_text(Some(REVIEW), "review.json").unwrap_err().to_string();
    assert_eq!(error, "review.json: with `answer: text` the schema has one field, a string, but this one has 7 fields");
}

/// A text that a section can hold: lines that are neither headings nor fences, breaks or words for nothing.
fn text() -> impl Strategy<Value = String> {
    let line = "[A-Za-z0-9äß✓(\"'*:|>.][A-Za-z0-9 äß✓*_`:|#<>.,-]{0,12}[A-Za-z0-9]";
    proptest::collection::vec(prop_oneof![4 => line, 1 => "(- [a-z]{2,5})|()"], 1..5)
        .prop_map(|lines| lines.join("\n").trim().to_owned())
}

fn item() -> impl Strategy<Value = String> {
    "[A-Za-zäß0-9(][A-Za-z0-9 :,;|*_.-]{1,20}[a-z](\n[a-z]{2,5})?"
}

/// A field's schema with a value that is valid against it.
fn field() -> impl Strategy<Value = (Value, Value)> {
    let words = Just(["none of it", "a-b", "a c", "7", "Ünder_score", "yes, but", "x - y", "x"]);
    let choice = (words, 0..8usize).prop_map(|(words, pick)| (json!({"enum": words}), json!(words[pick])));
    let leaf = prop_oneof![
        text().prop_filter("a text", |it| !it.is_empty()).prop_map(|it| (json!({"type": "string"}), json!(it))),
        any::<i64>().prop_map(|it| (json!({"type": "integer"}), json!(it))),
        (0..=10i64).prop_map(|it| (json!({"type": "integer", "minimum": 0, "maximum": 10}), json!(it))),
        (-1e300..1e300f64).prop_map(|it| (json!({"type": "number"}), json!(it))),
        any::<bool>().prop_map(|it| (json!({"type": "boolean"}), json!(it))),
        proptest::collection::vec(item(), 0..4)
            .prop_map(|it| (json!({"type": "array", "items": {"type": "string"}}), json!(it))),
        proptest::collection::vec(any::<i32>(), 0..4)
            .prop_map(|it| (json!({"type": "array", "items": {"type": "integer"}}), json!(it))),
        choice,
        Just((json!({"type": ["string", "null"]}), Value::Null)),
        Just((json!({"anyOf": [{"type": "integer"}, {"type": "null"}]}), Value::Null)),
    ];
    leaf.prop_recursive(3, 12, 4, |inner| object(inner).prop_map(|(schema, value)| (schema, value)))
}

fn object(field: impl Strategy<Value = (Value, Value)>) -> impl Strategy<Value = (Value, Value)> {
    const NAMES: [&str; 6] = ["summary", "rating_2", "Product Name", "tags", "x", "größe"];
    proptest::collection::vec(field, 1..=NAMES.len()).prop_map(|fields| {
        let mut properties = serde_json::Map::new();
        let mut values = serde_json::Map::new();
        for (name, (schema, value)) in NAMES.iter().zip(fields) {
            properties.insert((*name).to_owned(), schema);
            values.insert((*name).to_owned(), value);
        }
        let names: Vec<&String> = properties.keys().collect();
        (json!({"type": "object", "required": names, "properties": properties}), Value::Object(values))
    })
}

proptest! {
    #[test]
    fn an_answer_written_as_the_format_says_reads_back((schema, value) in object(field())) {
        let contract = Contract::parse_sections(&schema.to_string(), "s.json").unwrap();
        let answer = contract.form().write(&value);
        let AnswerForm::Sections { form, .. } = contract.form() else { unreachable!() };
        let reading = form.read(&answer, SectionRules::default());
        prop_assert_eq!(&reading.problems, &[], "{}", answer);
        prop_assert_eq!(Value::Object(reading.value), value, "{}", answer);
        // Every heading that the format tells of is one that an answer is written with.
        let headings = |text: &str| -> Vec<String> {
            text.lines().filter(|line| line.starts_with("##")).map(str::to_owned).collect()
        };
        let told = headings(contract.prompt_text());
        prop_assert!(headings(&answer).iter().all(|line| told.contains(line)));
    }

    #[test]
    fn any_text_can_be_read(answer in "(?s).{0,200}") {
        let _ = contract().read(&answer);
    }

    #[test]
    fn any_markdown_can_be_read_and_gives_what_the_schema_says(
        lines in proptest::collection::vec(
            prop_oneof![
                Just("## Summary"), Just("# rating:"), Just("### Tone"), Just("Anger: 7/10"), Just("**Tags**: a"),
                Just("```"), Just("- words"), Just("  - **Words:** a, b"), Just("| Rating | 3 |"), Just("|--|--|"),
                Just("---"), Just(""), Just("7"), Just("yes"), Just("## Other"), Just("credit card"), Just("Refund - no"),
                Just("\u{feff}"), Just("1. x"), Just("product-name"), Just("====="), Just("#"), Just("`"), Just("::"),
            ],
            0..30,
        ),
    ) {
        let contract = contract();
        if let Ok(output) = contract.read(&lines.join("\n")) {
            prop_assert_eq!(contract.validate(&output), Ok(()));
            // What is null is said, or may be left out.
            let said = problems(&output);
            for (name, held) in output.as_object().unwrap() {
                let told = said.iter().any(|line| line.starts_with(&format!("{name}:")));
                prop_assert!(!held.is_null() || told || name == "note", "{}", name);
            }
        }
    }
}
