//! Claims that quote lines of documents: held against them in the loop, mended, and recorded.

use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::projects::{Project, problems};
use crate::support::Ended;

const CONFIG: &str = r#"
run: {name: test, seed: 7}
input: {path: policy.md, split: {by: section}}
prompts: {generation: prompt.yaml, judge: judge.yaml}
schema: {path: schema.json}
evidence:
  - {at: "rules[].evidence[]", lines: [from, to], quote: quote}
llm:
  provider: recorded
  retries: 2
  recorded:
    path: answers.csv
    match: {id: '{{ row.title }}', attempt: '{{ attempt }}'}
    answer: '{{ record.answer }}'
judge:
  enabled: false
  llm:
    recorded:
      path: verdicts.csv
      match: {label: '{{ output.rules[0].evidence[0].from }}'}
      answer: '{{ record.answer }}'
outputs: {formats: [jsonl, csv]}
"#;

const PROMPT: &str = "\
name: rules
system: |
  Draw the rules from the text. Answer with JSON that is valid against this schema:

  {{ llm_schema }}
user: |
  {{ row.numbered }}
";

const JUDGE: &str = "\
name: judge
system: |
  Say whether the rules are right, as JSON that is valid against {{ verdict_schema }}
user: |
  {{ row.numbered }}

  {{ output }}
";

/// Lines end with CRLF; line 5 has two blanks at its end, line 6 a tab.
const POLICY: &str = "# Policy\r\n\r\n## Refunds\r\n\r\n- Refunds are made within 30 days.  \r\n\
                      - They are paid in cash.\t\r\n- See below.\r\n\r\n## Returns\r\n\r\nBring the receipt.\r\n\
                      See below.\r\nSee below.\r\n";

/// The first line of the section `Refunds` with a claim that holds, in lines of the row.
const FIRST: &str = "- Refunds are made within 30 days.  ";

fn schema() -> Value {
    let claim = json!({"type": "object", "required": ["from", "to", "quote"], "properties": {
        "from": {"type": "integer"}, "to": {"type": "integer"}, "quote": {"type": "string"}}});
    json!({"type": "object", "required": ["rules"], "properties": {"rules": {"type": "array", "items": {
        "type": "object", "required": ["rule", "evidence"],
        "properties": {"rule": {"type": "string"}, "evidence": {"type": "array", "items": claim}}}}}})
}

/// An answer with one rule that has these claims.
fn answer(claims: &[(i64, i64, &str)]) -> String {
    let claim = |(from, to, quote): &(i64, i64, &str)| json!({"from": from, "to": to, "quote": quote});
    json!({"rules": [{"rule": "a", "evidence": claims.iter().map(claim).collect::<Vec<_>>()}]}).to_string()
}

/// A project with this policy, whose answers about `Refunds` are these, one after the other. Those about other sections
/// have no rules.
fn project(answers: &[String]) -> Project {
    let mut recorded: Vec<(&str, u32, &str)> =
        vec![("Policy", 1, r#"{"rules":[]}"#), ("Returns", 1, r#"{"rules":[]}"#)];
    recorded.extend((1..).zip(answers).map(|(attempt, answer)| ("Refunds", attempt, answer.as_str())));
    let project = Project::recorded(&recorded);
    project.write("casebook.yaml", CONFIG);
    project.write("prompt.yaml", PROMPT);
    project.write("judge.yaml", JUDGE);
    project.write("schema.json", schema().to_string());
    project.write("policy.md", POLICY);
    project
}

/// The same with other settings of its evidence.
fn with(settings: &str, answers: &[String]) -> Project {
    let project = project(answers);
    project.edit("casebook.yaml", "quote: quote}", &format!("quote: quote, {settings}}}"));
    project
}

fn run(project: &Project) -> Ended {
    project.casebook(&["run", "casebook.yaml"])
}

/// Each claim on record, in lines of its row: attempt, outcome, lines cited, lines, status.
fn claims(project: &Project) -> Vec<String> {
    project.list(
        "SELECT concat_ws(' ', attempt.number, attempt.outcome, claim.path, coalesce(claim.cited_start, '-') || '..' ||
                coalesce(claim.cited_end, '-'), claim.line_start || '..' || claim.line_end, claim.status)
         FROM claim JOIN attempt ON attempt.id = claim.attempt ORDER BY claim.id",
    )
}

/// The view `evidence`: document, lines, status, where the work item stands.
fn evidence(project: &Project) -> Vec<String> {
    project.list("SELECT concat_ws(' ', document, line_start, line_end, status, item_status) FROM evidence")
}

/// The status of the work item about `Refunds`, and its accepted claims.
fn refunds(project: &Project) -> (String, Value) {
    let output = project.text(
        "SELECT json_array(status, (SELECT output FROM cache_entry WHERE cache_entry.id = standing.cache_entry))
         FROM standing WHERE position = 1",
    );
    let output: Value = serde_json::from_str(&output).unwrap();
    let accepted: Value = output[1].as_str().map(|text| serde_json::from_str(text).unwrap()).unwrap_or_default();
    (output[0].as_str().unwrap().to_owned(), accepted["rules"][0]["evidence"].clone())
}

#[test]
fn a_quote_that_stands_on_its_lines_is_accepted_with_the_lines_of_the_document() {
    let both = format!("{FIRST}\n- They are paid in cash.\t");
    let project = project(&[answer(&[(3, 3, FIRST), (3, 4, &both)])]);
    run(&project).expect(0);
    assert_eq!(
        claims(&project),
        ["1 accepted rules[0].evidence[0] 3..3 3..3 exact", "1 accepted rules[0].evidence[1] 3..4 3..4 exact"]
    );
    let expected = json!([{"from": 5, "to": 5, "quote": FIRST}, {"from": 5, "to": 6, "quote": both}]);
    assert_eq!(refunds(&project), ("accepted".to_owned(), expected.clone()));
    assert_eq!(project.outputs()[1]["output"]["rules"][0]["evidence"], expected);
    assert_eq!(evidence(&project), ["policy.md 5 5 exact accepted", "policy.md 5 6 exact accepted"]);
    assert_eq!(project.list("SELECT text FROM evidence ORDER BY line_end")[1], both);
    assert_eq!(project.list("SELECT first_line FROM cache_entry ORDER BY first_line"), ["1", "3", "9"]);
    project.assert_sound();
}

#[test]
fn what_stands_on_a_blank_line_is_the_empty_text() {
    let mut project = project(&[answer(&[(2, 2, "x"), (1, 2, "x"), (40, 40, "x"), (3, 3, FIRST)])]);
    project.set("llm.retries", "0");
    project.run();
    let texts = project.list("SELECT coalesce('=' || text, 'none') FROM evidence ORDER BY number");
    assert_eq!(texts, ["=", "=## Refunds\n", "none", &format!("={FIRST}")]);
    project.assert_sound();
}

#[test]
fn a_wrong_quote_is_told_and_mended() {
    let project = project(&[
        answer(&[(3, 3, "Refunds are made within 30 days."), (5, 5, "- They are paid in cash.\t")]),
        answer(&[(3, 3, FIRST), (9, 9, "We never pay.")]),
        answer(&[(3, 3, FIRST), (4, 4, "- They are paid in cash.\t")]),
    ]);
    run(&project).expect(0);
    assert_eq!(
        claims(&project),
        [
            "1 evidence_failed rules[0].evidence[0] 3..3 3..3 part",
            "1 evidence_failed rules[0].evidence[1] 5..5 5..5 not_found",
            "2 evidence_failed rules[0].evidence[0] 3..3 3..3 exact",
            "2 evidence_failed rules[0].evidence[1] 9..9 9..9 not_found",
            "3 accepted rules[0].evidence[0] 3..3 3..3 exact",
            "3 accepted rules[0].evidence[1] 4..4 4..4 exact",
        ]
    );
    assert_eq!(evidence(&project), ["policy.md 5 5 exact accepted", "policy.md 6 6 exact accepted"]);
    let told = "SELECT content FROM messages JOIN attempts USING (request_id) WHERE attempt = 3 AND role = 'user'
                ORDER BY number LIMIT -1 OFFSET 1";
    assert_snapshot!(project.list(told).join("\n~\n"), @r"
    Your last answer was not accepted:
    - rules[0].evidence[0]: the quote is only part of line 3, without `-␠` before and `␠␠` after it; quote whole lines:
        3: - Refunds are made within 30 days.␠␠
    - rules[0].evidence[1]: the quote is not what stands on line 5, which is:
        5: - See below.
      the quote stands on line 4: name the lines that are meant
    - `␠` shows a blank: a quote has the character itself
    - a quote is whole lines, copied exactly and without their numbers, with a line break between two
    - lines are counted from 1, as the numbers before them show
    Answer again with one JSON object that is valid against the schema, and nothing else.
    ~
    Your last answer was not accepted:
    - rules[0].evidence[1]: line 9 is not in the text, which has lines 1 to 5
      the quote is:
        We never pay.
      the quote stands nowhere in the text: quote lines that are there, or leave the claim out
    - a quote is whole lines, copied exactly and without their numbers, with a line break between two
    - lines are counted from 1, as the numbers before them show
    Answer again with one JSON object that is valid against the schema, and nothing else.
    ");
    project.assert_sound();
}

#[test]
fn a_work_item_is_rejected_when_its_tries_are_used_up() {
    let wrong = answer(&[(3, 3, "Refunds"), (4, 4, "- They are paid in cash.\t")]);
    let project = project(&[wrong.clone(), wrong.clone(), wrong]);
    run(&project).expect(0);
    assert_eq!(refunds(&project), ("rejected".to_owned(), Value::Null));
    assert_eq!(evidence(&project), ["policy.md 5 5 part rejected", "policy.md 6 6 exact rejected"]);
    assert_eq!(project.number("SELECT attempts FROM standing WHERE position = 1"), 3);
    let failures = project.casebook(&["failures", "test.db"]).expect(0).stdout;
    assert!(failures.contains("evidence_failed"), "{failures}");
    let shown = project.text("SELECT substr(work_id, 1, 12) FROM failures");
    let shown = project.casebook(&["show", "test.db", &shown]).expect(0).stdout;
    assert!(shown.contains("the quote is only part of line 3"), "{shown}");
    project.assert_sound();
}

#[test]
fn a_failure_can_end_it_at_once() {
    let wrong = answer(&[(3, 3, "Refunds")]);
    let project = with("on_mismatch: fail", &[wrong, answer(&[(3, 3, FIRST)])]);
    run(&project).expect(0);
    assert_eq!(refunds(&project), ("rejected".to_owned(), Value::Null));
    assert_eq!(claims(&project), ["1 evidence_failed rules[0].evidence[0] 3..3 3..3 part"]);
    // The record decides it: nothing is asked again.
    project.casebook(&["clean", "test.db", "--from", "plan", "--yes"]);
    run(&project).expect(0);
    assert_eq!(claims(&project).len(), 1);
    assert_eq!(refunds(&project).0, "rejected");
    project.assert_sound();
}

#[test]
fn a_quote_that_stands_once_elsewhere_is_relocated() {
    let relocated = answer(&[(1, 1, "- See below."), (7, 2, "## Refunds\n"), (3, 3, FIRST)]);
    let project = with("on_mismatch: relocate", &[relocated]);
    run(&project).expect(0);
    assert_eq!(
        claims(&project),
        [
            "1 accepted rules[0].evidence[0] 1..1 5..5 relocated",
            "1 accepted rules[0].evidence[1] 7..2 1..2 relocated",
            "1 accepted rules[0].evidence[2] 3..3 3..3 exact",
        ]
    );
    let expected = json!([{"from": 7, "to": 7, "quote": "- See below."}, {"from": 3, "to": 4, "quote": "## Refunds\n"},
                          {"from": 5, "to": 5, "quote": FIRST}]);
    assert_eq!(refunds(&project), ("accepted".to_owned(), expected));
    project.assert_sound();
}

#[test]
fn a_quote_that_stands_nowhere_or_twice_is_not_relocated() {
    let project =
        with("on_mismatch: relocate", &[answer(&[(3, 3, "Refunds are made in gold.")]), answer(&[(3, 3, FIRST)])]);
    project.answers(&[
        ("Policy", 1, r#"{"rules":[]}"#),
        ("Refunds", 1, &answer(&[(3, 3, "Refunds are made in gold.")])),
        ("Refunds", 2, &answer(&[(3, 3, FIRST)])),
        ("Returns", 1, &answer(&[(3, 3, "See below.")])),
        ("Returns", 2, &answer(&[(5, 5, "See below.")])),
    ]);
    run(&project).expect(0);
    let found = claims(&project);
    assert_eq!(found.iter().filter(|it| it.ends_with("not_found")).count(), 2, "{found:#?}");
    assert_eq!(evidence(&project), ["policy.md 5 5 exact accepted", "policy.md 13 13 exact accepted"]);
    let told = project.list("SELECT detail FROM attempts WHERE detail LIKE '%several times%'");
    assert!(told[0].contains("the quote stands several times: on line 4, line 5"), "{told:?}");
    project.assert_sound();
}

#[test]
fn blanks_at_the_ends_may_differ_where_that_is_allowed() {
    let project =
        with("match: trimmed", &[answer(&[(3, 4, "- Refunds are made within 30 days.\n- They are paid in cash.")])]);
    run(&project).expect(0);
    assert_eq!(claims(&project), ["1 accepted rules[0].evidence[0] 3..4 3..4 trimmed"]);
    assert_eq!(
        project.text("SELECT quote FROM evidence"),
        "- Refunds are made within 30 days.\n- They are paid in cash."
    );
    project.assert_sound();
}

#[test]
fn checks_see_lines_of_the_document_and_judges_those_of_the_row() {
    let mut project = project(&[answer(&[(3, 3, FIRST)])]);
    let check =
        "checks: [{name: lines, expr: 'output.rules | length == 0 or output.rules[0].evidence[0].from == 5'}]\n";
    project.write("casebook.yaml", format!("{CONFIG}{check}"));
    project.set("judge.enabled", "true");
    // The judge's table has a verdict for line 3 of the row.
    let pass = r#"{"verdict":"PASS","score":90,"reasons":[]}"#;
    project.verdicts(&[("3", pass), ("", pass)]);
    let ended = run(&project);
    assert_eq!(refunds(&project).0, "accepted", "{}", ended.stderr);
    assert_eq!(refunds(&project).1[0]["from"], 5);
    project.assert_sound();
}

/// What a person is told when they decide on the work item about `Refunds`.
fn decide(project: &Project, more: &[&str]) -> Ended {
    let id = project.text(
        "SELECT work_id FROM work_item JOIN standing ON standing.work_item = work_item.id WHERE standing.position = 1",
    );
    let arguments = ["review", "test.db", &id, "--by", "Ada", "--reason", "read it"];
    project.casebook(&[&arguments[..], more].concat())
}

#[test]
fn people_write_lines_of_the_document_and_are_held_to_them() {
    let wrong = answer(&[(3, 3, "Refunds")]);
    let mut project = project(&[wrong]);
    project.set("llm.retries", "0");
    project.run();
    assert_eq!(refunds(&project).0, "rejected");
    let refused = decide(&project, &["--accept"]).expect(2).stderr;
    assert_snapshot!(refused.replace(&project.text("SELECT work_id FROM failures"), "ID"), @r#"
    error: the evidence in the output for work item ID does not hold:
    rules[0].evidence[0]: the quote is only part of line 5, without `-␠` before and `␠are made within 30 days.␠␠` after it; quote whole lines:
        5: - Refunds are made within 30 days.␠␠
    `␠` shows a blank: a quote has the character itself
    a quote is whole lines, copied exactly and without their numbers, with a line break between two
    lines are those of the document
    hint: write an output whose quotes stand on the lines of the document that they name
    "#);
    project.write("edit.json", answer(&[(3, 3, FIRST)]));
    let refused = decide(&project, &["--output", "edit.json"]).expect(2).stderr;
    assert!(refused.contains("the quote stands on line 5"), "{refused}");
    assert!(refused.contains("lines are those of the document"), "{refused}");
    assert_eq!(claims(&project).len(), 1, "what was refused is not on record");
    project.write("edit.json", answer(&[(5, 5, FIRST)]));
    decide(&project, &["--output", "edit.json"]).expect(0);
    assert_eq!(refunds(&project), ("accepted".to_owned(), json!([{"from": 5, "to": 5, "quote": FIRST}])));
    assert_eq!(claims(&project)[1..], ["2 human_accepted rules[0].evidence[0] 3..3 3..3 exact"]);
    assert_eq!(evidence(&project), ["policy.md 5 5 exact accepted"]);
    // Rejecting keeps the claims, with lines of the row.
    decide(&project, &["--reject"]).expect(0);
    assert_eq!(claims(&project)[2..], ["2 human_rejected rules[0].evidence[0] 3..3 3..3 exact"]);
    assert_eq!(evidence(&project), ["policy.md 5 5 exact rejected"]);
    decide(&project, &["--accept"]).expect(0);
    assert_eq!(refunds(&project), ("accepted".to_owned(), json!([{"from": 5, "to": 5, "quote": FIRST}])));
    project.assert_sound();
}

#[test]
fn a_line_of_a_person_is_a_whole_number_however_it_is_written() {
    let project = project(&[answer(&[(3, 3, FIRST)])]);
    run(&project).expect(0);
    let floats = answer(&[(11, 11, FIRST)]).replace("\"from\":11", "\"from\":5.0").replace("\"to\":11", "\"to\":50e-1");
    project.write("edit.json", floats.replace("\"rule\":\"a\"", "\"rule\":\"b\""));
    decide(&project, &["--output", "edit.json"]).expect(0);
    assert_eq!(refunds(&project), ("accepted".to_owned(), json!([{"from": 5, "to": 5, "quote": FIRST}])));
    assert_eq!(claims(&project)[1..], ["2 human_accepted rules[0].evidence[0] 3..3 3..3 exact"]);
    project.assert_sound();
}

#[test]
fn the_lines_that_a_person_writes_are_not_changed() {
    let project = with("on_mismatch: relocate, match: trimmed", &[answer(&[(1, 1, "- See below.")])]);
    run(&project).expect(0);
    assert_eq!(claims(&project), ["1 accepted rules[0].evidence[0] 1..1 5..5 relocated"]);
    for (line, quote) in [(4, FIRST), (99, FIRST), (4, "See below.")] {
        project.write("edit.json", answer(&[(line, line, quote)]));
        let refused = decide(&project, &["--output", "edit.json"]).expect(2).stderr;
        assert!(quote != FIRST || refused.contains("the quote stands on line 5"), "{refused}");
    }
    assert_eq!(claims(&project).len(), 1, "what was refused is not on record");
    project.write("edit.json", answer(&[(5, 5, FIRST.trim()), (7, 7, "- See below.")]));
    decide(&project, &["--output", "edit.json"]).expect(0);
    let written = [
        "2 human_accepted rules[0].evidence[0] 3..3 3..3 trimmed",
        "2 human_accepted rules[0].evidence[1] 5..5 5..5 exact",
    ];
    assert_eq!(claims(&project)[1..], written);
    project.assert_sound();
    // What a person accepts or rejects of a relocated output has the lines where its quotes stand.
    for decision in ["--reject", "--accept"] {
        decide(&project, &[decision]).expect(0);
        project.assert_sound();
    }
}

#[test]
fn a_person_accepts_what_a_check_turned_down() {
    let mut project = project(&[answer(&[(3, 3, FIRST)])]);
    project.write("casebook.yaml", format!("{CONFIG}checks: [{{name: none, expr: 'output.rules | length == 0'}}]\n"));
    project.set("llm.retries", "0");
    project.run();
    assert_eq!(claims(&project), ["1 check_failed rules[0].evidence[0] 3..3 3..3 exact"]);
    decide(&project, &["--accept"]).expect(0);
    assert_eq!(refunds(&project), ("accepted".to_owned(), json!([{"from": 5, "to": 5, "quote": FIRST}])));
    project.assert_sound();
}

#[test]
fn answers_on_record_are_held_to_other_rules() {
    let project = project(&[answer(&[(1, 1, "- See below.")]), answer(&[(1, 1, "- See below.")])]);
    project.edit("casebook.yaml", "retries: 2", "retries: 1");
    run(&project).expect(0);
    assert_eq!(refunds(&project).0, "rejected");
    project.edit("casebook.yaml", "quote: quote}", "quote: quote, on_mismatch: relocate}");
    project.casebook(&["parse", "test.db", "--config", "casebook.yaml"]).expect(0);
    assert_eq!(refunds(&project), ("accepted".to_owned(), json!([{"from": 7, "to": 7, "quote": "- See below."}])));
    project.edit("casebook.yaml", "on_mismatch: relocate", "on_mismatch: retry");
    project.casebook(&["parse", "test.db", "--config", "casebook.yaml"]).expect(0);
    assert_eq!(refunds(&project).0, "rejected");
    project.casebook(&["retry", "test.db", "--rejected"]).expect(0);
    project.assert_sound();
}

#[test]
fn the_best_candidate_has_its_claims() {
    let mut project = project(&[answer(&[(3, 3, FIRST)])]);
    project.edit("casebook.yaml", "attempt: '{{ attempt }}'", "attempt: '{{ candidate }}'");
    project.answers(&[
        ("Policy", 1, r#"{"rules":[]}"#),
        ("Policy", 2, r#"{"rules":[]}"#),
        ("Returns", 1, r#"{"rules":[]}"#),
        ("Returns", 2, r#"{"rules":[]}"#),
        ("Refunds", 1, &answer(&[(3, 3, "wrong")])),
        ("Refunds", 2, &answer(&[(3, 3, FIRST)])),
    ]);
    project.set("accept", "{candidates: 2, outputs: 1}").set("llm.retries", "0");
    project.run();
    assert_eq!(refunds(&project), ("accepted".to_owned(), json!([{"from": 5, "to": 5, "quote": FIRST}])));
    assert_eq!(evidence(&project), ["policy.md 5 5 exact accepted"]);
    project.assert_sound();
}

#[test]
fn a_candidate_that_was_not_chosen_keeps_its_claims() {
    let mut project = with("on_mismatch: relocate", &[]);
    project.edit("casebook.yaml", "attempt: '{{ attempt }}'", "attempt: '{{ candidate }}'");
    let second = answer(&[(3, 3, FIRST), (1, 1, "- See below.")]);
    project.answers(&[
        ("Policy", 1, r#"{"rules":[]}"#),
        ("Policy", 2, r#"{"rules":[]}"#),
        ("Returns", 1, r#"{"rules":[]}"#),
        ("Returns", 2, r#"{"rules":[]}"#),
        ("Refunds", 1, &answer(&[(3, 3, FIRST)])),
        ("Refunds", 2, &second),
    ]);
    project.set("accept", "{candidates: 2, outputs: 2}").set("llm.retries", "0").set("judge.enabled", "true");
    let pass = r#"{"verdict":"PASS","score":90,"reasons":[]}"#;
    project.verdicts(&[("3", pass), ("", pass)]);
    project.run();
    assert_eq!(refunds(&project).0, "accepted");
    let attempts = project.list("SELECT concat_ws(' ', sample, attempt, outcome, detail) FROM attempts");
    assert_eq!(project.number("SELECT count(*) FROM claim"), 3, "{attempts:#?}");
    // One of the two accepted candidates is the output.
    let chosen = "SELECT count(*) FROM cache_entry WHERE attempt IN (SELECT attempt FROM claim)";
    assert_eq!((project.number("SELECT count(DISTINCT attempt) FROM claim"), project.number(chosen)), (2, 1));
    project.assert_sound();
    // The claims of both are held to.
    project.tamper("UPDATE claim SET line_start = 2 WHERE status = 'exact'");
    assert_eq!(problems(&project.verify(false)).join("\n").matches("the claims of attempt").count(), 2);
}

#[test]
fn elements_that_have_to_differ_still_do_after_relocation() {
    let same = answer(&[(3, 3, FIRST), (1, 1, FIRST)]);
    let project = with("on_mismatch: relocate", &[same.clone(), same, answer(&[(3, 3, FIRST)])]);
    let mut schema = schema();
    schema["properties"]["rules"]["items"]["properties"]["evidence"]["uniqueItems"] = json!(true);
    project.write("schema.json", schema.to_string());
    run(&project).expect(0);
    let detail = project.list("SELECT detail FROM attempts WHERE outcome = 'evidence_failed'");
    assert!(detail[0].contains("with the lines where its quotes stand"), "{detail:?}");
    assert_eq!(refunds(&project), ("accepted".to_owned(), json!([{"from": 5, "to": 5, "quote": FIRST}])));
    project.assert_sound();
}

#[test]
fn a_bound_of_lines_anywhere_in_the_schema_is_held_to_in_the_document() {
    let path = |bound: Value| {
        json!({"properties": {"rules": {"items": {"properties": {"evidence": {"items": {"properties": {
            "from": bound}}}}}}}})
    };
    let some = |found: Value| {
        json!({"properties": {"rules": {"contains": {"properties": {"evidence": {"contains": {"properties": {
            "from": found}, "required": ["from"]}}}, "required": ["evidence"]}}}, "required": ["rules"]})
    };
    for (keyword, bound) in [
        ("allOf", json!([path(json!({"maximum": 3}))])),
        ("not", some(json!({"minimum": 5}))),
        ("if", path(json!({"maximum": 2}))),
    ] {
        let mut schema = schema();
        schema[keyword] = bound;
        if keyword == "if" {
            schema["else"] = path(json!({"maximum": 3}));
        }
        let mut project = project(&[answer(&[(3, 3, FIRST)])]);
        project.write("schema.json", schema.to_string());
        project.set("llm.retries", "0");
        if run(&project).code == Some(2) {
            continue; // refused before anything is asked
        }
        assert_eq!(refunds(&project), ("failed".to_owned(), Value::Null), "{keyword}");
        let attempts = project.list("SELECT detail FROM attempts WHERE outcome = 'invalid_schema'");
        assert!(attempts.len() == 1 && attempts[0].starts_with("with lines of the document"), "{attempts:?}");
        assert_eq!(project.number("SELECT count(*) FROM claim"), 0);
        project.write("edit.json", answer(&[(5, 5, FIRST)]));
        decide(&project, &["--output", "edit.json"]).expect(2);
        project.assert_sound();
        project.write("policy.md", format!("\n\n{POLICY}"));
        run(&project).expect(3);
        project.assert_sound();
    }
}

#[test]
fn a_rehearsal_quotes_lines_that_are_there() {
    for settings in ["match: exact", "match: trimmed", "on_mismatch: fail"] {
        let project = with(settings, &[]);
        project.casebook(&["run", "casebook.yaml", "--provider", "sample"]).expect(0);
        let db = rusqlite::Connection::open(project.path("test.sample.db")).unwrap();
        let count = |what: &str| -> i64 {
            db.query_row(&format!("SELECT count(*) FROM evidence WHERE {what}"), [], |row| row.get(0)).unwrap()
        };
        assert!(count("status = 'exact'") > 0);
        assert_eq!(count("status <> 'exact' OR quote <> text"), 0);
        let rejected: i64 =
            db.query_row("SELECT count(*) FROM results WHERE status <> 'accepted'", [], |row| row.get(0)).unwrap();
        assert_eq!(rejected, 0);
    }
}

#[test]
fn what_cannot_be_held_is_refused_before_anything_is_asked() {
    let entry = "at: \"rules[].evidence[]\", lines: [from, to], quote: quote";
    let faults = [
        (entry, "at: \"rules[].evidenze[]\", lines: [from, to], quote: quote"),
        (entry, "at: \"rules[].evidence\", lines: [from, to], quote: quote"),
        (entry, "at: \"rules[].rule\", lines: [from, to], quote: quote"),
        (entry, "at: \"rules[].evidence[]\", quote: quote"),
        (entry, "at: \"rules[].evidence[]\", lines: [quote], quote: from"),
        (entry, "at: \"rules[].evidence[]\", lines: [from, to], quote: from"),
        (entry, "at: \"rules[].evidence[]\", lines: [from, to, to], quote: quote"),
        (entry, "at: \"rules[0].evidence\", lines: [from], quote: quote"),
        (entry, "at: \"rules[]\", lines: [\"evidence[].from\"], quote: rule"),
        (entry, "at: \"rules[].evidence[]\", lines: [from], quote: quote, on_mismatch: relokate"),
        ("quote: quote}", "quote: quote}\n  - {at: 'rules[].evidence[]', lines: [to], quote: quote}"),
        (
            "quote: quote}",
            "quote: quote}\n  - {at: 'rules[]', lines: [line, evidence.to], quote: rule}\n  \
             - {at: 'rules[].evidence', lines: [from, to], quote: quote}",
        ),
        ("schema: {path: schema.json}", "answer: text"),
        ("run: {name: test", "grouping: {column: document}\nrun: {name: test"),
        ("policy.md, split: {by: section}", "rows.csv"),
        ("\"from\":{\"type\":\"integer\"}", "\"from\":{\"type\":\"integer\",\"maximum\":500}"),
    ];
    let mut said = String::new();
    for (from, to) in faults {
        let project = project(&[]);
        project.write("rows.csv", "title,text,line_start,numbered\nPolicy,a,1,1: a\n");
        let file = if from.starts_with('"') { "schema.json" } else { "casebook.yaml" };
        project.edit(file, from, to);
        let ended = run(&project).expect(2);
        assert!(!project.db().exists() || project.number("SELECT count(*) FROM calls") == 0);
        said.push_str(&ended.stderr);
    }
    assert_snapshot!(said, @r#"
    error: `evidence[0].at`: the schema has no `rules[].evidenze[]`: `rules[]` has no field `evidenze`
      --> casebook.yaml:7:10
    hint: did you mean `rules[].evidence[]`?
    error: `evidence[0].at`: `rules[].evidence` is of type array, and not an object
      --> casebook.yaml:7:10
    hint: write `rules[].evidence[]` for each element of the list
    error: `evidence[0].at`: `rules[].rule` is of type string, and not an object
      --> casebook.yaml:7:10
    hint: a claim is an object with its lines and its quote
    error: `evidence[0]`: the schema has no `rules[].evidence[].line_start`: `rules[].evidence[]` has no field `line_start`
      --> casebook.yaml:7:5
    hint: its fields are from, to, quote
    error: `evidence[0].lines`: a line is an integer, and `rules[].evidence[].quote` is of type string in the schema
      --> casebook.yaml:7:39
    hint: write `"type": "integer"`, or another field
    error: `evidence[0].quote`: `from` is named twice
      --> casebook.yaml:7:58
    error: `evidence[0].lines`: expected one field, or those of the first and the last line, found 3
      --> casebook.yaml:7:39
    error: `evidence[0].at`: `rules[0].evidence` is no path: expected `[]` for each element, found `[0]`
      --> casebook.yaml:7:10
    error: `evidence[0].lines`: `evidence[].from` leads to several values, and a claim has one of each
      --> casebook.yaml:7:28
    hint: let `at` lead to each claim, and name its fields from there
    error: `evidence[0].on_mismatch`: expected one of `retry`, `relocate`, `fail`, found `relokate`
      --> casebook.yaml:7:74
    hint: did you mean `relocate`?
    error: `evidence[1].at`: `rules[].evidence[]` is the path of `evidence[0]` too
      --> casebook.yaml:8:10
    hint: keep one of the two entries
    error: `evidence[2].lines`: `rules[].evidence.to` is a line of `evidence[1]` too
      --> casebook.yaml:9:37
    hint: give each kind of claim lines of its own
    error: `evidence`: its claims are parts of a JSON object, and `answer` is `text`
      --> casebook.yaml:7:3
    hint: write `answer: json`, with the lines and the quote of a claim as fields of an object
    error: `evidence`: the step is over grouped rows, and a claim is held against the lines of one row
      --> casebook.yaml:8:3
    hint: declare it in the step that reads rows of documents: without grouping, and without `each`
    error: `evidence`: the rows of the input are those of a table, and claims are held against lines of documents
      --> casebook.yaml:7:3
    hint: name documents in `input.path`: Markdown, text, HTML, docx or PDF files
    error: `evidence[0].lines`: the schema bounds `rules[].evidence[].from` by `maximum`, and accepted outputs have lines of the document
      --> casebook.yaml:7:39
    hint: leave the keyword out: lines are held against the text
    "#);
}

#[test]
fn evidence_belongs_to_the_step_that_reads_documents() {
    let steps =
        "steps:\n  - {name: draw}\n  - {name: second, each: element of draw.rules, evidence: [{at: 'rules[]'}]}\n";
    let inherited = "steps:\n  - {name: draw}\n  - {name: second, each: element of draw.rules}\n";
    let mut said = String::new();
    for steps in [steps, inherited] {
        let project = project(&[]);
        project.write("casebook.yaml", format!("{CONFIG}{steps}"));
        said.push_str(&run(&project).expect(2).stderr);
    }
    assert_snapshot!(said, @r#"
    error: `steps[1].evidence`: step `second` takes `element of draw.rules`, and a claim is held against the lines of one row
      --> casebook.yaml:25:59
    hint: declare it in the step that reads rows of documents: without grouping, and without `each`
    error: `evidence`: step `second` takes `element of draw.rules`, and a claim is held against the lines of one row
      --> casebook.yaml:7:3
    hint: declare it in the step that reads rows of documents: without grouping, and without `each`
    "#);
}

#[test]
fn a_prompt_without_numbers_of_lines_is_noted() {
    let project = project(&[answer(&[])]);
    assert!(!run(&project).expect(0).stderr.contains("numbers of lines"));
    project.edit("prompt.yaml", "row.numbered", "row.text");
    let said = run(&project).expect(0).stderr;
    assert!(said.contains("note: the prompt shows no numbers of lines"), "{said}");
    assert!(!said.contains("how to quote"), "{said}");
    project.edit("prompt.yaml", "{{ llm_schema }}", "{rules: [{rule, evidence: [{from, to, text}]}]}");
    let said = run(&project).expect(0).stderr;
    assert!(said.contains("note: the prompt does not say how to quote, which `{{ llm_schema }}` does"), "{said}");
}

#[test]
fn a_place_that_may_stay_without_evidence_is_noted() {
    let notes = |project: &Project| -> Vec<String> {
        let said = run(project).expect(0).stderr;
        said.lines().filter(|line| line.contains("evidence[")).map(str::to_owned).collect()
    };
    let project = project(&[answer(&[(3, 3, FIRST)])]);
    let start = "note: `evidence[0]`: the schema lets outputs pass that prove nothing there: `rules[].evidence` may be";
    assert_eq!(notes(&project), [format!("{start} empty (write `\"minItems\": 1` there)")]);
    project.edit("schema.json", "\"required\":[\"rule\",\"evidence\"]", "\"required\":[\"rule\"]");
    let both = "left out (put it into `required`), and `rules[].evidence` may be empty (write `\"minItems\": 1` there)";
    assert_eq!(notes(&project), [format!("{start} {both}")]);
    let mut proved = schema();
    proved["properties"]["rules"]["items"]["properties"]["evidence"]["minItems"] = json!(1);
    project.write("schema.json", proved.to_string());
    assert_eq!(notes(&project), [""; 0]);
}

#[test]
fn a_line_is_a_whole_number_however_it_is_written() {
    let float = answer(&[(3, 3, FIRST)]).replace("\"from\":3", "\"from\":3.0").replace("\"to\":3", "\"to\":30e-1");
    let project = project(&[float]);
    run(&project).expect(0);
    assert_eq!(claims(&project), ["1 accepted rules[0].evidence[0] 3..3 3..3 exact"]);
    assert_eq!(refunds(&project).1, json!([{"from": 5, "to": 5, "quote": FIRST}]));
    project.assert_sound();
}
