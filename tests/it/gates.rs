//! What lets an output through: rubrics, several judges, models one after the other, candidates, and having enough.

use std::fmt::Write as _;

use crate::projects::{NONE, Project, calls, problems};

const JUDGES: &str = "
judge:
  min_score: 70
  judges:
    - {name: strict, llm: {model: strict, provider: recorded, recorded: {path: strict.csv, match: {label: '{{ output.label }}'}}}}
    - {name: kind, llm: {model: kind, provider: recorded, recorded: {path: kind.csv, match: {label: '{{ output.label }}'}}}}
    - {name: late, llm: {model: late, provider: recorded, recorded: {path: late.csv, match: {label: '{{ output.label }}'}}}}
";

fn answer(label: &str) -> String {
    format!(r#"{{"label": "{label}", "note": "fine"}}"#)
}

fn verdict(verdict: &str, score: u8) -> String {
    format!(r#"{{"verdict": "{verdict}", "score": {score}, "reasons": ["because"]}}"#)
}

/// Writes a table of (label, answer).
fn table(project: &Project, name: &str, answers: &[(&str, String)]) {
    let mut text = "label,answer\n".to_owned();
    for (label, answer) in answers {
        writeln!(text, "{label},\"{}\"", answer.replace('"', "\"\"")).unwrap();
    }
    project.write(name, text);
}

/// Rows a (one), b (two), c (three), answered the same in each attempt; three judges of the labels.
fn panel(rule: &str) -> Project {
    let mut project = Project::recorded(&[]);
    project.write("input.csv", "id,text\na,first\nb,second\nc,third\n");
    let mut text = "id,attempt,answer\n".to_owned();
    for (id, label) in [("a", "one"), ("b", "two"), ("c", "three")] {
        for attempt in 1..=2 {
            writeln!(text, "{id},{attempt},\"{}\"", answer(label).replace('"', "\"\"")).unwrap();
        }
    }
    project.write("answers.csv", text);
    let (start, rest) = crate::projects::CONFIG.split_once("judge:\n").unwrap();
    let outputs = rest.split_once("outputs:").unwrap().1;
    project.write(
        "casebook.yaml",
        format!(
            "{start}{}\noutputs:{outputs}",
            JUDGES.replace("min_score: 70", &format!("min_score: 70\n  rule: {rule}"))
        ),
    );
    let pass = |score| verdict("PASS", score);
    let fail = |score| verdict("FAIL", score);
    table(&project, "strict.csv", &[("one", pass(90)), ("two", fail(40)), ("three", fail(60))]);
    table(&project, "kind.csv", &[("one", pass(80)), ("two", pass(95)), ("three", fail(65))]);
    table(&project, "late.csv", &[("one", pass(70)), ("two", pass(85)), ("three", pass(99))]);
    project.set("llm.retries", "1");
    project
}

fn accepted(project: &Project) -> Vec<String> {
    project.list("SELECT id FROM results WHERE status = 'accepted'")
}

#[test]
fn several_judges_decide_by_their_rule() {
    for (rule, expected) in [("all", vec!["a"]), ("majority", vec!["a", "b"]), ("mean", vec!["a", "b", "c"])] {
        let project = panel(rule);
        project.run();
        assert_eq!(accepted(&project), expected, "{rule}");
        assert_eq!(project.number("SELECT count(*) FROM verdicts WHERE judge = 'strict' AND attempt = 1"), 3);
        assert_eq!(
            project.list(
                "SELECT judge || ' ' || verdict || ' ' || score || ' ' || model FROM verdicts WHERE attempt = 1
                          AND work_id = (SELECT work_id FROM results WHERE id = 'b')"
            ),
            ["strict FAIL 40 strict", "kind PASS 95 kind", "late PASS 85 late"]
        );
        assert_eq!(project.cost(), NONE);
        project.assert_sound();
    }
}

#[test]
fn how_far_judges_and_people_agree_is_in_the_views_and_the_report() {
    let project = panel("majority");
    project.run();
    let id = |row| project.text(&format!("SELECT work_id FROM results WHERE id = '{row}'"));
    for (row, ruling) in [("b", "--reject"), ("c", "--accept")] {
        let ended = project.casebook(&["review", "test.db", &id(row), ruling, "--by", "Ada", "--reason", "so it is"]);
        assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    }
    let figures = project.list(
        "SELECT kind || ' ' || field || ' ' || coalesce(judge, raters) || ' ' || agreed || ' of ' || items || ' '
             || coalesce(round(cohen_kappa, 3), '-') || ' ' || coalesce(round(fleiss_kappa, 3), '-') || ' '
             || round(alpha, 3) || ' ' || level FROM agreement_figures",
    );
    assert_eq!(
        figures,
        [
            r#"judges score ["kind","late","strict"] 0 of 3 - -0.125 -0.299 interval"#,
            r#"judges verdict ["kind","late","strict"] 1 of 3 - 0.0 0.111 nominal"#,
            "people verdict (all judges) 0 of 2 -1.0 - -0.5 nominal",
            "people verdict kind 0 of 2 -1.0 - -0.5 nominal",
            "people verdict late 1 of 2 0.0 - 0.0 nominal",
            "people verdict strict 1 of 2 0.0 - 0.0 nominal",
        ]
    );
    assert_eq!(project.casebook(&["report", "test.db"]).code, Some(0));
    let report = project.read("out/test/report.md");
    assert!(report.contains("| judges: kind, late, strict | generate | verdict | 3 | 1 | 33.3% |"), "{report}");
    assert!(report.contains("| people, judge: strict | generate | verdict | 2 | 1 | 50.0% |"), "{report}");
    assert!(project.read("out/test/report.html").contains("id=\"agreement\""));
}

#[test]
fn how_far_judges_agree_is_said_of_each_variant() {
    let project = panel("majority");
    let metric = "metrics: [{name: one, expr: 'output.label == \"one\"'}]";
    project.edit("casebook.yaml", "provider: sample", "provider: recorded");
    let experiment = format!("experiment:\n  matrix: {{judge.min_score: [70, 80]}}\n  {metric}\n");
    project.write("casebook.yaml", project.read("casebook.yaml") + &experiment);
    project.casebook(&["eval", "casebook.yaml", "-q"]).expect(0);
    let figures = "SELECT variant || ' ' || field || ' ' || agreed || ' of ' || items FROM agreement_figures";
    let of_both = ["70 score 0 of 3", "80 score 0 of 3", "70 verdict 1 of 3", "80 verdict 0 of 3"];
    assert_eq!(project.list(figures), of_both.map(|it| format!("min_score={it}")));
    assert_eq!(project.number("SELECT count(DISTINCT variant) FROM ratings"), 2);
    let report = project.read("out/test/report.md");
    assert!(
        report.contains("| min_score=70 | judges: kind, late, strict | generate | verdict | 3 | 1 | 33.3% |"),
        "{report}"
    );
    assert!(project.read("out/test/report.html").contains("<th scope=\"row\"><bdi>min_score=80</bdi></th>"));
}

#[test]
fn what_the_judges_say_goes_back_to_the_model() {
    let project = panel("all");
    project.run();
    let prompt = project.text(
        "SELECT prompt FROM attempts WHERE attempt = 2 AND work_id = (SELECT work_id FROM results WHERE id = 'b')",
    );
    for line in ["not every judge passed it", "strict: FAIL with a score of 40", "strict: because", "kind: PASS"] {
        assert!(prompt.contains(line), "{prompt}");
    }
    let shown = project.casebook(&["show", "test.db", "--row", "2"]).stdout;
    assert!(shown.contains("strict (strict): FAIL, score 40"), "{shown}");
}

#[test]
fn a_verdict_of_several_judges_that_was_tampered_with_is_found() {
    let project = panel("majority");
    project.run();
    project.tamper("UPDATE verdict SET verdict = 'FAIL' WHERE judge = 'late'");
    let found = problems(&project.verify(false));
    assert!(found.iter().any(|it| it.contains("judges decided by their rule")), "{found:#?}");
}

#[test]
fn a_judge_that_gives_no_verdict_decides_nothing() {
    let project = panel("mean");
    table(
        &project,
        "late.csv",
        &[("one", "no JSON".to_owned()), ("two", verdict("PASS", 85)), ("three", verdict("PASS", 99))],
    );
    project.run();
    assert_eq!(project.list("SELECT kind FROM failures"), ["judge_invalid"]);
    assert_eq!(accepted(&project), ["b", "c"]);
    project.assert_sound();
}

/// One row, whose answers are judged by criteria.
fn rubric(scores: &str) -> Project {
    let mut project = Project::recorded(&[("a", 1, &answer("one")), ("a", 2, &answer("one"))]);
    project.write("input.csv", "id,text\na,first\n");
    project.set("llm.recorded.model", "null").set("judge.enabled", "true");
    project.set("judge.llm.provider", "recorded").set("judge.llm.model", "another");
    project.set("judge.rubric", "[{name: accuracy, weight: 3, min: 50}, {name: tone, description: is it polite}]");
    table(&project, "verdicts.csv", &[("one", format!(r#"{{"scores": {scores}, "reasons": ["because"]}}"#))]);
    project
}

#[test]
fn a_rubric_weighs_its_criteria() {
    for (scores, status, score) in [
        (r#"{"accuracy": 90, "tone": 40}"#, "accepted", "78"),
        (r#"{"accuracy": 60, "tone": 90}"#, "rejected", "68"),
        (r#"{"accuracy": 49, "tone": 100}"#, "rejected", "62"),
    ] {
        let project = rubric(scores);
        project.run();
        assert_eq!(project.text("SELECT status || ' ' || score FROM results"), format!("{status} {score}"));
        assert_eq!(
            project.number("SELECT scores ->> '$.accuracy' FROM verdicts LIMIT 1"),
            serde_json::from_str::<serde_json::Value>(scores).unwrap()["accuracy"].as_i64().unwrap()
        );
        project.assert_sound();
    }
    let project = rubric(r#"{"accuracy": 49, "tone": 100}"#);
    project.run();
    assert!(project.text("SELECT message FROM failures").contains("accuracy scored 49, at least 50 is needed"));
    let bad = rubric(r#"{"accuracy": 90}"#);
    bad.run();
    assert_eq!(bad.list("SELECT kind FROM failures"), ["judge_invalid"]);
}

#[test]
fn a_judge_that_generates_has_to_be_allowed() {
    let mut project = rubric(r#"{"accuracy": 90, "tone": 90}"#);
    project.set("judge.llm", "{}").set("judge.llm.model", "null");
    let error = project.try_run().unwrap_err();
    assert!(error.to_string().contains("the judge is the model that generates"), "{error}");
    assert!(error.hint().unwrap().contains("allow_self: true"));
    for (key, value, message) in [
        ("judge.rule", "majority", "a single judge needs no rule"),
        ("judge.rubric", "[]", "at least one criterion"),
        ("judge.rubric", "[{name: a}, {name: a}]", "two criteria with the name `a`"),
        ("judge.rubric", "[{name: a, weight: 0}]", "not a number above 0"),
        ("judge.judges", "[{name: a}, {name: a}]", "another judge with the name `a`"),
        ("judge.judges", "[]", "at least one judge"),
        ("judge.llm.escalate", "[x]", "a judge is one model"),
        ("accept", "{outputs: 2, candidates: 1}", "1 candidates cannot become 2"),
        ("until", "{accepted: 0}", "from 1 to"),
    ] {
        let mut project = rubric(r#"{"accuracy": 90, "tone": 90}"#);
        project.set(key, value);
        let error = project.try_run().unwrap_err();
        assert!(error.to_string().contains(message), "{key}: {error}");
    }
    let mut unjudged = Project::new();
    unjudged.set("accept", "{outputs: 2, candidates: 3}");
    assert!(unjudged.try_run().unwrap_err().to_string().contains("without a judge"));
}

#[test]
fn later_attempts_go_to_the_next_models() {
    let mut project = Project::recorded(&[]);
    project.write("input.csv", "id,text\na,first\nb,second\n");
    let rows = [
        ("a", "small", "no JSON".to_owned()),
        ("a", "middle", "still none".to_owned()),
        ("a", "large", answer("one")),
        ("b", "small", answer("two")),
    ];
    let mut text = "id,model,answer\n".to_owned();
    for (id, model, it) in &rows {
        writeln!(text, "{id},{model},\"{}\"", it.replace('"', "\"\"")).unwrap();
    }
    project.write("answers.csv", text);
    project.set(
        "llm.recorded",
        "{path: answers.csv, match: {id: '{{ row.id }}', model: '{{ model }}'}, answer: '{{ record.answer }}'}",
    );
    project.set("llm.model", "small").set("llm.escalate", "[middle, large]").set("llm.retries", "3");
    project.run();
    assert_eq!(project.list("SELECT status FROM results"), ["accepted", "accepted"]);
    assert_eq!(project.list("SELECT model FROM results"), ["large", "small"]);
    assert_eq!(project.list("SELECT model FROM attempts ORDER BY work_id, attempt").len(), 4);
    assert_eq!(project.list("SELECT model FROM costs"), ["large", "middle", "small"]);
    assert_eq!(project.cost(), NONE);
    project.assert_sound();
    project.set("llm.escalate", "[large]");
    assert_eq!(project.cost(), calls(1, 0), "another way to go is another task; the first answers are on the tape");
    project.assert_sound();
}

/// Row a has candidates of different worth, row b none that is good enough.
fn candidates(outputs: u32, candidates: u32) -> Project {
    let mut project = Project::recorded(&[]);
    project.write("input.csv", "id,text\na,first\nb,second\n");
    let rows = [("a", "one", "two", "three"), ("b", "three", "three", "three")];
    let mut text = "id,candidate,answer\n".to_owned();
    for (id, first, second, third) in rows {
        for (number, label) in (1..).zip([first, second, third]) {
            writeln!(text, "{id},{number},\"{}\"", answer(label).replace('"', "\"\"")).unwrap();
        }
    }
    project.write("answers.csv", text);
    project.set(
        "llm.recorded",
        "{path: answers.csv, match: {id: '{{ row.id }}', candidate: '{{ candidate }}'}, answer: '{{ record.answer }}'}",
    );
    project.set("llm.retries", "0").set("judge.enabled", "true");
    project.set(
        "judge.llm",
        "{provider: recorded, model: other, recorded: {path: verdicts.csv, match: {label: '{{ output.label }}'}}}",
    );
    table(
        &project,
        "verdicts.csv",
        &[("one", verdict("PASS", 75)), ("two", verdict("PASS", 95)), ("three", verdict("FAIL", 20))],
    );
    project.set("accept", &format!("{{outputs: {outputs}, candidates: {candidates}}}"));
    project
}

#[test]
fn the_best_of_several_candidates_is_taken() {
    for (outputs, most, label, tried) in [(1, 3, "one", 4), (2, 3, "two", 5), (3, 3, "two", 6), (2, 2, "two", 4)] {
        let project = candidates(outputs, most);
        project.run();
        assert_eq!(project.text("SELECT label FROM results WHERE id = 'a'"), label, "{outputs} of {most}");
        assert_eq!(project.text("SELECT status FROM results WHERE id = 'b'"), "rejected");
        assert_eq!(project.number("SELECT count(*) FROM attempts WHERE current"), tried, "{outputs} of {most}");
        assert_eq!(project.number("SELECT count(*) FROM history"), 1, "one of them is the output");
        assert_eq!(project.cost(), NONE);
        project.assert_sound();
    }
}

#[test]
fn candidates_are_found_again_and_tried_again() {
    let mut project = candidates(2, 3);
    project.run();
    let taken = project.casebook(&["clean", "test.db", "--from", "generate"]);
    assert_eq!(taken.code, Some(0), "{}", taken.stderr);
    assert_eq!(project.cost(), NONE);
    assert_eq!(project.text("SELECT label || ' ' || score FROM results WHERE id = 'a'"), "two 95");
    project.assert_sound();
    project.edit("prompt.yaml", "The text:", "A text:");
    project.run();
    project.edit("prompt.yaml", "A text:", "The text:");
    assert_eq!(project.cost(), NONE);
    assert_eq!(project.text("SELECT label || ' ' || score FROM results WHERE id = 'a'"), "two 95");
    project.assert_sound();
    let retried = project.casebook(&["retry", "test.db", "--kind", "judge_failed"]);
    assert!(retried.stderr.contains("1 work item will be tried again"), "{}", retried.stderr);
    assert_eq!(project.cost(), calls(3, 3), "three new samples, each with its verdict");
    assert_eq!(project.number("SELECT max(sample) FROM attempts"), 6);
    project.assert_sound();
    project.set("accept", "{outputs: 1, candidates: 2}");
    project.run();
    assert_eq!(project.text("SELECT label FROM results WHERE id = 'a'"), "one", "another way to go is another task");
    project.assert_sound();
}

#[test]
fn enough_is_enough_and_always_the_same() {
    for workers in ["1", "4"] {
        let mut project = Project::new();
        project.set("llm.max_workers", workers).set("until", "{accepted: 3}").set("llm.sample.malformed", "0.3");
        project.set("llm.retries", "0");
        let summary = project.run();
        assert_eq!(summary.counts.accepted, 3, "{:?}", summary.counts);
        assert!(summary.counts.pending > 0, "{:?}", summary.counts);
        assert_eq!(project.cost(), NONE, "and stays so");
        project.assert_sound();
    }
    let mut project = Project::new();
    project.set("until", "{accepted: 2}");
    let settings = ["run", "casebook.yaml", "--set", "until.accepted=2"];
    let ended = project.casebook(&settings);
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    assert!(ended.stderr.contains("2 accepted are enough (`until.accepted`); 4 stay open"), "{}", ended.stderr);
    project.set("until", "{accepted: 4}");
    assert_eq!(project.cost(), calls(2, 0), "two more");
    project.assert_sound();
}

#[test]
fn retry_by_kind_opens_those_alone() {
    let answers = [
        ("a", 1, "no JSON"),
        ("b", 1, r#"{"label": "four", "note": ""}"#),
        ("c", 1, r#"{"label": "one", "note": ""}"#),
    ];
    let mut project = Project::recorded(&answers);
    project.write("input.csv", "id,text\na,first\nb,second\nc,third\n");
    project.set("llm.retries", "0");
    project.run();
    let ended = project.casebook(&["retry", "test.db", "--kind", "invalid_schema"]);
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    assert_eq!(project.list("SELECT id FROM results WHERE status = 'pending'"), ["b"]);
    assert_eq!(project.cost(), calls(1, 0));
    let wrong = project.casebook(&["retry", "test.db", "--kind", "tired"]);
    assert_eq!(wrong.code, Some(2));
    project.assert_sound();
}

#[test]
fn a_run_that_waits_for_nothing_ends() {
    use crate::support::server::{Act, by_tags};
    use crate::support::{Project as Served, Server, open, texts};

    // One request fails for good while no more may be begun: for want of need, and for want of room.
    let broken = |ask: &crate::support::server::Ask| {
        if ask.question().contains("broken") { Act::error(500, "no") } else { by_tags(ask) }
    };
    let server = Server::with(broken);
    let few = Served::new(&server, &["one", "broken", "two", "three"]);
    few.set("llm.retries", "0").set("until.accepted", "2").set("llm.max_workers", "2").run().expect(3);

    let server = Server::with(broken);
    let texts_of = [vec!["broken"; 400], vec!["one"]].concat();
    let many = Served::new(&server, &texts_of).set("llm.retries", "0").set("llm.max_workers", "2");
    many.run().expect(3);
    let stands = "SELECT status || ' ' || count(*) FROM results GROUP BY status ORDER BY status";
    assert_eq!(texts(&open(&many.db()), stands), ["accepted 1", "failed 400"]);
}
