//! From configurations to what is drawn.

use super::*;
use crate::view::graph::{mermaid, svg, text};

fn drawn(steps: &str) -> Result<Graph, config::ConfigError> {
    let yaml = format!(
        "run: {{name: task}}\ninput: {{path: rows.csv}}\nllm: {{provider: openai, model: gpt-4o}}\n\
         schema: {{path: s.json}}\nprompts: {{generation: p.yaml, judge: j.yaml}}\n{steps}"
    );
    let configs = config::resolve(config::parse(&yaml, "casebook.yaml")?, &[], false)?;
    Ok(drawing(configs.iter()))
}

#[test]
fn a_plain_batch_is_one_step() {
    let graph = drawn("checks: [{name: short, expr: \"true\"}]\njudge: {min_score: 80, llm: {model: gpt-4o-mini}}\n");
    insta::assert_snapshot!(text(&graph.unwrap()));
}

#[test]
fn perspectives_are_one_node_and_the_rest_says_what_it_takes() {
    let graph = drawn(
        "steps:
  - {name: readers, each: row, when: \"row.text != ''\", perspectives: [{name: a, model: m1}, {name: b, model: m2}]}
  - {name: first, each: output of readers.a, rule: {x: \"item\"}}
  - {name: vote, each: \"join readers, first by row\", rule: {agreed: \"true\"}}
  - {name: both, each: \"join readers.b, readers.a by row\", rule: \"parents[0].output\"}
  - {name: cases, each: pairs of vote.axes, pairs: {cover: sample, count: 9}}
  - {name: verdict, each: output of cases, do: judge}
",
    )
    .unwrap();
    insta::assert_snapshot!(text(&graph));
    insta::assert_snapshot!(mermaid(&graph));
    assert!(svg(&graph).contains("reader b: m2 (openai)"));
}

#[test]
fn a_circle_is_not_drawn() {
    let circle = "steps:
  - {name: a, each: output of b, rule: {x: \"1\"}}
  - {name: b, each: output of a, rule: {x: \"1\"}}
";
    let error = drawn(circle).unwrap_err().to_string();
    assert!(error.contains("steps wait for each other: a ← b ← a"), "{error}");
}
