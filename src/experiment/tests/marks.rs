//! What one output is worth, kind by kind.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::config::{Metric, MetricKind};
use crate::experiment::{Held, Mark, MetricRule, MetricTypes, ModelScore, SchemaTypes};
use crate::prompt::{Known, TemplateColumns, TemplateRow, TemplateUse, Vars};

fn rule(kind: MetricKind, of: Option<&str>) -> MetricRule {
    let metric = Metric { name: "m".to_owned(), of: of.map(str::to_owned), gold: None, kind };
    let known = Known::new(TemplateUse::Check, &TemplateColumns::new(["narrative"]), None, None);
    let types = MetricTypes { at: SchemaTypes::default(), elements: SchemaTypes::default() };
    MetricRule::compile(&metric, 0, types, &known).unwrap()
}

#[expect(clippy::needless_pass_by_value, reason = "values are written in the call")]
fn marked(kind: MetricKind, of: &str, output: Option<Value>, gold: Option<Value>) -> (Mark, Option<String>) {
    let held =
        Held { output: output.as_ref(), gold: gold.as_ref(), has_gold: gold.is_some(), score: ModelScore::NotAsked };
    rule(kind, Some(of)).mark(&held, &Vars::new)
}

fn mark(kind: MetricKind, of: &str, output: Value, gold: Value) -> Mark {
    marked(kind, of, Some(output), Some(gold)).0
}

#[test]
fn each_kind_marks_one_output() {
    let within = |within| MetricKind::Numeric { within };
    let number = Mark::Number;
    for (kind, of, output, gold, expected) in [
        (MetricKind::Exact, "a", json!({"a": "x"}), json!("x"), number(1.0)),
        (MetricKind::Exact, "a", json!({"a": "X"}), json!("x"), number(0.0)),
        (MetricKind::Exact, "a", json!({"a": 1}), json!(1.0), number(1.0)),
        (MetricKind::Exact, "a", json!({"a": "1"}), json!(1), number(0.0)),
        (MetricKind::Exact, "a", json!({"a": [1, 2]}), json!([1.0, 2]), number(1.0)),
        (MetricKind::Exact, "a", json!({"a": [2, 1]}), json!([1, 2]), number(0.0)),
        (MetricKind::Exact, "a", json!({"a": {"x": 1, "y": 2}}), json!({"y": 2, "x": 1}), number(1.0)),
        (MetricKind::Exact, "a", json!({"a": null}), json!("x"), Mark::Missing),
        (MetricKind::Exact, "b", json!({"a": 1}), json!("x"), Mark::Missing),
        (MetricKind::Exact, "a[].b", json!({"a": [{"b": 1}, {"b": 2}]}), json!([1, 2]), number(1.0)),
        (MetricKind::Exact, "a.b", json!({"a": {"b": true}}), json!(true), number(1.0)),
        (MetricKind::Contains, "a", json!({"a": "the loan was"}), json!("loan"), number(1.0)),
        (MetricKind::Contains, "a", json!({"a": "the loan was"}), json!(["loan", "bank"]), number(0.0)),
        (MetricKind::Contains, "a", json!({"a": [1, 2]}), json!(2), number(1.0)),
        (MetricKind::Contains, "a", json!({"a": [1, 2]}), json!([2, 1]), number(1.0)),
        (MetricKind::Contains, "a", json!({"a": ["12"]}), json!(1), number(0.0)),
        (MetricKind::Contains, "a", json!({"a": 7}), json!(7), Mark::Missing),
        (MetricKind::Jaccard, "a", json!({"a": []}), json!([]), number(1.0)),
        (MetricKind::Jaccard, "a", json!({"a": ["x", "x", "y"]}), json!(["y", "z"]), number(1.0 / 3.0)),
        (MetricKind::Jaccard, "a", json!({"a": "x"}), json!(["x"]), Mark::Missing),
        (MetricKind::Jaccard, "a[].b", json!({"a": [{"b": "x"}]}), json!(["x"]), number(1.0)),
        (within(0.1), "a", json!({"a": 1.1}), json!(1.0), number(1.0)),
        (within(0.1), "a", json!({"a": 1.11}), json!(1), number(0.0)),
        (within(0.0), "a", json!({"a": 3}), json!(3.0), number(1.0)),
        (within(1.0), "a", json!({"a": "3"}), json!(3), Mark::Missing),
        (MetricKind::Mae, "a", json!({"a": 2}), json!(4.5), number(2.5)),
        (MetricKind::Rmse, "a", json!({"a": 2}), json!(4.5), number(6.25)),
        (MetricKind::Mae, "a", json!({"a": "2"}), json!(4), Mark::Missing),
    ] {
        assert_eq!(mark(kind.clone(), of, output.clone(), gold.clone()), expected, "{kind:?} {output} {gold}");
    }
    let pattern = MetricKind::Regex { pattern: "^a+$".to_owned() };
    for (text, expected) in [("aaa", 1.0), ("aab", 0.0)] {
        assert_eq!(marked(pattern.clone(), "a", Some(json!({"a": text})), None).0, number(expected));
    }
}

#[test]
fn labels_are_values_and_a_missing_answer_is_none_of_them() {
    let labels = |output: Value, gold: Value| mark(MetricKind::F1Macro, "a", output, gold);
    let expected =
        |gold: &str, answer: Option<&str>| Mark::Labels { gold: gold.to_owned(), answer: answer.map(str::to_owned) };
    assert_eq!(labels(json!({"a": 1.0}), json!(1)), expected("1", Some("1")));
    assert_eq!(labels(json!({"a": "1"}), json!(1)), expected("1", Some("\"1\"")));
    assert_eq!(labels(json!({}), json!("x")), expected("\"x\"", None));
    assert_eq!(marked(MetricKind::F1Micro, "a", None, Some(json!("x"))).0, expected("\"x\"", None));
    assert_eq!(marked(MetricKind::F1Micro, "a", Some(json!({"a": "x"})), None).0, Mark::NoGold);
}

#[test]
fn a_text_against_a_number_is_wrong_and_is_said() {
    let (mark, odd) = marked(MetricKind::Exact, "a", Some(json!({"a": "1"})), Some(json!(1)));
    assert_eq!(mark, Mark::Number(0.0));
    assert_eq!(odd.as_deref(), Some("an answer is a text, but its gold answer is a number"));
    assert_eq!(marked(MetricKind::Exact, "a", Some(json!({"a": 2})), Some(json!(1))).1, None);
}

#[test]
fn an_expression_is_true_false_or_a_number_and_else_wrong() {
    let columns = TemplateColumns::new(["narrative"]);
    let row = Arc::new(TemplateRow::new(&columns, ["the loan"]));
    let run = |expr: &str, output: Option<Value>| {
        let held = Held { output: output.as_ref(), gold: None, has_gold: false, score: ModelScore::NotAsked };
        let vars = || Vars::new().row(&row).output(output.as_ref().unwrap_or(&Value::Null));
        rule(MetricKind::Expr { expr: expr.to_owned() }, None).mark(&held, &vars)
    };
    let quote = "output.quote in row.narrative";
    assert_eq!(run(quote, Some(json!({"quote": "loan"}))), (Mark::Number(1.0), None));
    assert_eq!(run(quote, Some(json!({"quote": "bank"}))), (Mark::Number(0.0), None));
    assert_eq!(run("output.n / 4", Some(json!({"n": 3}))), (Mark::Number(0.75), None));
    assert_eq!(run(quote, None), (Mark::Missing, None));
    let (mark, odd) = run("output.nothing > 1", Some(json!({"n": 3})));
    assert_eq!(mark, Mark::Number(0.0));
    assert!(odd.unwrap().contains("undefined"));
    let (mark, odd) = run("output.n", Some(json!({"n": "x"})));
    assert_eq!((mark, odd.as_deref()), (Mark::Number(0.0), Some("it is neither true, false nor a number but a text")));
}
