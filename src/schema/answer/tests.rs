//! The table of answers: what is taken, and what each other answer is told.

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use proptest::prelude::*;
use serde_json::json;

use super::*;

#[test]
fn one_object_is_found_wherever_it_stands() {
    for (answer, expected) in [
        (r#"{"a": 1}"#, json!({"a": 1})),
        ("\u{feff} \n{} \n", json!({})),
        ("```json\n{\"a\": 1}\n```", json!({"a": 1})),
        ("```\n{\"a\": 1}\n```\n", json!({"a": 1})),
        ("~~~\n{\"a\": 1}\n~~~", json!({"a": 1})),
        ("Here you are:\n\n```json\n{\"a\": 1}\n```\nI hope this helps :-}", json!({"a": 1})),
        ("Sure! {\"a\": {\"b\": \"} {\\\"x\\\": 1} ```\"}} Done.", json!({"a": {"b": "} {\"x\": 1} ```"}})),
        ("As {see below} and {{ name }} say [1, 2] [see] ]: {\"a\": []}", json!({"a": []})),
        ("an interval [0, 1) gives {\"a\": 1}", json!({"a": 1})),
        ("{\"a\": 1} [\"b\"] {% if x %}", json!({"a": 1})),
        (
            r#"{"big": 18446744073709551615, "small": -9223372036854775808, "exact": 100000000000000000000}"#,
            json!({"big": u64::MAX, "small": i64::MIN, "exact": 1e20}),
        ),
        (r#"{"e": "\u00e9\ud83d\ude00\/\n", "n": -0.5e-3, "z": -0}"#, json!({"e": "é😀/\n", "n": -0.0005, "z": -0.0})),
    ] {
        assert_eq!(find_object(answer), Ok(expected), "{answer}");
    }
}

#[test]
fn what_is_not_one_object_is_told_so() {
    for (answer, expected) in [
        ("", "is empty"),
        (" \n\u{feff}", "is empty"),
        ("I cannot answer that.", "no JSON object but text"),
        ("```json\n```", "no JSON object but text"),
        ("As {see below} {{ name }}", "no JSON object but text"),
        (r#""{\"a\": 1}""#, "no JSON object but a string"),
        ("42", "but a number"),
        ("null", "but null"),
        ("true", "but a boolean"),
        ("[1, 2]", "but an array"),
        (r#"[{"a": 1}]"#, "but an array"),
        (r#"Here: [1, {"a": 1}] ok"#, "but an array"),
        (r#"{"a": 1}{"a": 1}"#, "2 JSON values"),
        ("{\"a\": 1}\n\nor, with nothing, {}", "2 JSON values"),
        (r#"[{"a": 1}] {"b": 1} {"c": 1}"#, "3 JSON values"),
        (r#"<think>{"draft": 1}</think>{"a": 1}"#, "2 JSON values"),
    ] {
        let message = find_object(answer).unwrap_err().to_string();
        assert!(message.contains(expected), "{answer}: {message}");
    }
}

#[test]
fn nothing_is_repaired() {
    for (answer, expected) in [
        (r#"{"a": 1,}"#, "a comma before the closing `}` (line 1, column 9"),
        (r#"{"a": [1,]}"#, "a comma before the closing `]`"),
        ("{\"a\": 1\n \"b\": 2}", "expected `,` or `}`, found `\"` (line 2, column 2"),
        ("{'a': 1}", "found `'`: strings are written in double quotes"),
        ("Here: {'a': 1}", "found `'`: strings are written in double quotes"),
        (r#"{"a": 'x'}"#, "strings are written in double quotes"),
        ("{a: 1}", "expected a field name in double quotes or `}`, found `a`"),
        ("Take {a: {\"b\": 1}}", "found `a`"),
        ("{{\"a\": 1}}", "found `{`"),
        ("{\"a\": 1 // note\n}", "JSON has no comments"),
        ("{ // note\n\"a\": 1}", "JSON has no comments"),
        (r#"{"a": NaN}"#, "`NaN` is not a JSON number"),
        (r#"{"a": -Infinity}"#, "expected a digit, found `Infinity`"),
        (r#"{"a": True}"#, "found `True`"),
        ("{\"a\": \"x\ny\"}", "a line break in a string is not allowed"),
        ("{\"a\": \"x\ty\"}", "a tab in a string"),
        ("{\"a\": \"\u{1}\"}", "U+0001"),
        (r#"{"a": "\x"}"#, "is not a JSON escape"),
        (r#"{"a": "\ud800"}"#, "half a surrogate pair"),
        (r#"{"a": "\udc00x"}"#, "half a surrogate pair"),
        (r#"{"a": 1, "b": {"c": 1, "\u0063": 2}}"#, "the field \"c\" is given twice"),
        (r#"{"a": 01}"#, "must not begin with 0"),
        (r#"{"a": .5}"#, "found `.`"),
        (r#"{"a": +1}"#, "found `+`"),
        (r#"{"a": 1e400}"#, "out of the range"),
        (r#"{"a": 12345678901234567890123}"#, "the number 12345678901234567890123 is too large"),
        (r#"{"a": -9223372036854775809}"#, "is too large to be kept exactly"),
        (r#"{"a": 18446744073709551616}"#, "is too large to be kept exactly"),
        (r#"{"a": 9007199254740993.0}"#, "is too large to be kept exactly"),
        (r#"{"a": 1.8446744073709551616e19}"#, "is too large to be kept exactly"),
        (r#"{"a": 123456789012345678.5}"#, "is too large to be kept exactly"),
        ("{\"a\": \u{201c}x\u{201d}}", "expected a value"),
        (r#"{"a" 1}"#, "expected `:` after a field name"),
    ] {
        let error = find_object(answer).unwrap_err();
        assert!(matches!(error, AnswerError::Invalid { .. }), "{answer}: {error}");
        assert!(error.to_string().contains(expected), "{answer}: {error}");
    }
}

#[test]
fn a_number_keeps_its_digits() {
    for (written, kept) in [
        ("18446744073709551615", "18446744073709551615"),
        ("18446744073709552000", "18446744073709552000"),
        ("-9223372036854775808", "-9223372036854775808"),
        ("100000000000000000000", "100000000000000000000"),
        ("1e300", "1e+300"),
        ("9007199254740992.0", "9007199254740992"),
        ("0.1000000000000000055511151231257827", "0.1"),
        ("0.99999999999999999999", "1"),
        ("1e-400", "0"),
        ("-0", "0"),
        ("0e9999999999999999999", "0"),
        ("00.5e1", ""),
    ] {
        let found = find_object(&format!("{{\"a\": {written}}}"));
        let text = found.map(|it| crate::record::canonical::to_string(&it)).unwrap_or_default();
        let expected = if kept.is_empty() { String::new() } else { format!("{{\"a\":{kept}}}") };
        assert_eq!(text, expected, "{written}");
    }
}

#[test]
fn a_truncated_object_is_told_apart() {
    let whole = r#"{"a": [1, {"b": "x\n\ud83d\ude00", "c": null}], "d": -1.5e3, "e": true}"#;
    for end in (1..whole.len()).filter(|end| whole.is_char_boundary(*end)) {
        let message = find_object(&whole[..end]).unwrap_err().to_string();
        assert!(message.contains("ends before the object is closed"), "{end}: {message}");
    }
    let message = find_object(r#"[{"a": 1}, {"b": 2}"#).unwrap_err().to_string();
    assert!(message.contains("ends before"), "{message}");
}

#[test]
fn depth_is_bounded_and_long_answers_take_linear_time() {
    for bomb in ["[".repeat(100_000), "{\"a\":".repeat(100_000), format!("{{\"a\": {}", "[".repeat(100_000))] {
        let message = find_object(&bomb).unwrap_err().to_string();
        assert!(message.contains("nested more than 128"), "{message}");
    }
    let start = Instant::now();
    let mut long = "{\"a\": [".to_owned();
    for index in 0..100_000 {
        let _ = write!(long, "{{\"k{index}\": \"{{[\"}},");
    }
    long.push_str("1]}");
    assert!(find_object(&long).is_ok());
    for prose in ["{x ", "[x ", "[1, ", "{ ", "[ \"", "}", "[[1] ", "{x: "] {
        let _ = find_object(&prose.repeat(100_000));
    }
    assert!(start.elapsed() < Duration::from_secs(10), "{:?}", start.elapsed());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn any_text_gets_an_answer(text in "[\\[\\]{}\"':, a1\\\\\né😀u`/-]{0,60}") {
        if let Ok(value) = find_object(&text) {
            prop_assert!(value.is_object());
        }
    }

    #[test]
    fn any_object_is_found_in_prose(keys in proptest::collection::btree_map(".{0,6}", ".{0,12}", 0..5)) {
        let value = json!(keys);
        let text = format!("Here it is:\n```json\n{value:#}\n```\nDone.");
        prop_assert_eq!(find_object(&text), Ok(value));
    }

    #[test]
    fn it_reads_what_serde_json_reads(text in "[\\[\\]{}\":,a1e.\\\\ -]{1,10}") {
        let ours = json::read(&text).map(|node| node.to_value());
        let theirs = serde_json::from_str::<Value>(&text);
        match (ours, theirs) {
            (Ok(ours), theirs) => prop_assert_eq!(Some(ours), theirs.ok()),
            (Err(error), Ok(_)) => prop_assert!(error.message.contains("twice") || error.message.contains("large")),
            (Err(_), Err(_)) => {}
        }
    }
}
