//! `casebook eval`: variants and repeats in one run file. What is on record is not asked again, whoever asked it.

use crate::projects::{Project, calls};
use crate::support::Ended;

const CONFIG: &str = "\
run: {name: test}
input: {path: input.csv, key: id}
prompts: {generation: prompt.yaml}
schema: {path: schema.json}
llm:
  provider: recorded
  model: one
  retries: 0
  recorded:
    path: answers.csv
    match: {id: '{{ row.id }}', model: one}
    answer: '{{ record.answer }}'
report: {enabled: false}
experiment:
  matrix: {llm.recorded.match.model: [one, two]}
  metrics: [{name: short, expr: 'output.label | length < 4'}]
";

fn project() -> Project {
    let project = Project::new();
    project.write("casebook.yaml", CONFIG);
    project.write("input.csv", "id,text\na,first\nb,second\nc,third\n");
    project.write(
        "schema.json",
        r#"{"type": "object", "properties": {"label": {"type": "string"}}, "required": ["label"]}"#,
    );
    project.write("prompt.yaml", "name: classify\nsystem: '{{ llm_schema }}'\nuser: '{{ row.text }}'\n");
    let mut answers = String::from("id,model,answer\n");
    for model in ["one", "two", "three", "four"] {
        for id in ["a", "b", "c"] {
            let label = format!("{{\"\"label\"\": \"\"{model}\"\"}}");
            answers.extend([id, ",", model, ",\"", label.as_str(), "\"\n"]);
        }
    }
    project.write("answers.csv", answers);
    project
}

fn eval(project: &Project, more: &[&str]) -> Ended {
    project.casebook(&[&["eval", "casebook.yaml", "-q"], more].concat())
}

#[test]
fn every_variant_works_on_the_same_items_and_nothing_is_asked_twice() {
    let project = project();
    eval(&project, &[]).expect(0);
    assert_eq!(project.calls(), calls(6, 0));
    assert_eq!(
        project.list("SELECT variant || ' ' || label FROM results"),
        ["one one", "one one", "one one", "two two", "two two", "two two"]
    );
    assert_eq!(project.number("SELECT count(DISTINCT work_id) FROM results"), 3);
    eval(&project, &[]).expect(0);
    assert_eq!(project.calls(), calls(6, 0));
    // The task itself is one of the variants: what was asked for that is on record.
    project.casebook(&["run", "casebook.yaml", "-q"]).expect(0);
    assert_eq!(project.calls(), calls(6, 0));
    assert_eq!(project.list("SELECT DISTINCT variant FROM results"), ["base", "one", "two"]);
    project.assert_sound();
    project.edit("casebook.yaml", "[one, two]", "[one, two, three]");
    eval(&project, &[]).expect(0);
    assert_eq!(project.calls(), calls(9, 0));
    project.assert_sound();
}

#[test]
fn repeats_ask_again_and_stay_apart() {
    let project = project();
    project.edit("casebook.yaml", "experiment:", "experiment:\n  repeats: 3");
    eval(&project, &["--variants", "two"]).expect(0);
    assert_eq!(project.calls(), calls(9, 0));
    assert_eq!(project.list("SELECT DISTINCT repeat FROM results"), ["1", "2", "3"]);
    assert_eq!(project.list("SELECT DISTINCT sample FROM attempts ORDER BY 1"), ["1", "1000001", "2000001"]);
    eval(&project, &[]).expect(0);
    assert_eq!(project.calls(), calls(18, 0));
    project.assert_sound();
}

#[test]
fn a_limit_and_a_budget_hold_and_the_next_one_goes_on() {
    let project = project();
    eval(&project, &["--limit", "2"]).expect(0);
    assert_eq!(project.calls(), calls(4, 0));
    eval(&project, &["--set", "budget.max_requests=5"]).expect(4);
    assert_eq!(project.calls(), calls(5, 0));
    project.edit("casebook.yaml", "experiment:", "experiment:\n  budget_per_variant: {max_requests: 2}");
    project.edit("casebook.yaml", "[one, two]", "[one, two, three]");
    // The new one stops at its own bound, and the others go on.
    eval(&project, &[]).expect(4);
    assert_eq!(project.number("SELECT accepted FROM progress WHERE variant = 'three'"), 2);
    assert_eq!(project.number("SELECT sum(pending) FROM progress WHERE variant <> 'three'"), 0);
    project.assert_sound();
}

#[test]
fn figures_are_over_the_same_rows_and_what_is_open_is_said() {
    let project = project();
    // The task itself, which is the first variant, has an answer for all rows.
    project.casebook(&["run", "casebook.yaml", "-q"]).expect(0);
    let figures = |more: &[&str], code| {
        let ended = eval(&project, &[more, &["--format", "json"]].concat()).expect(code);
        serde_json::from_str::<serde_json::Value>(&ended.stdout).unwrap()
    };
    let counts = |found: &serde_json::Value| -> Vec<[u64; 3]> {
        let of = |it: &serde_json::Value| {
            [&it["scores"][0]["n"], &it["planned"], &it["pending"]].map(|it| it.as_u64().unwrap())
        };
        found["variants"].as_array().unwrap().iter().map(of).collect()
    };
    let found = figures(&["--limit", "2"], 0);
    assert_eq!((found["items"].as_u64(), counts(&found)), (Some(2), vec![[2, 2, 0]; 2]));
    assert_eq!(found["notes"][0], "figures are over the first 2 of 3 rows (`--limit`)");
    let db = project.db();
    project.casebook(&["verify", db.to_str().unwrap(), "--replay"]).expect(0);
    // A budget that ends it leaves a work item open.
    let found = figures(&["--set", "budget.max_requests=5", "--set", "llm.max_workers=1"], 4);
    assert_eq!((found["items"].as_u64(), found["left_out"].as_u64()), (Some(3), Some(1)));
    project.edit("casebook.yaml", "[one, two]", "[one, two, three]");
    let limits = ["--set", "budget.max_requests=7"];
    let found = figures(&limits, 4);
    assert_eq!((found["left_out"].as_u64(), counts(&found)), (Some(2), vec![[1, 3, 0], [1, 3, 0], [1, 3, 2]]));
    let ended = project.casebook(&[&["eval", "casebook.yaml"], &limits[..]].concat()).expect(4);
    assert!(ended.stdout.contains("3 variants, 3 work items each, figures over 1 of them."), "{}", ended.stdout);
    assert!(ended.stdout.contains("not finished: of the work items, 2 under `three` are open"), "{}", ended.stdout);
    assert!(ended.stderr.contains("7 of 7 requests were sent (`budget.max_requests`)"), "{}", ended.stderr);
    assert!(ended.stderr.contains("raise `budget.max_requests` from 7 to 9, and run"), "{}", ended.stderr);
    assert!(ended.stderr.contains("Not finished: `three` 2 open work items."), "{}", ended.stderr);
    project.assert_sound();
}

#[test]
fn naming_variants_changes_what_is_asked_and_no_figure() {
    let project = project();
    project.edit("casebook.yaml", "[one, two]", "[one, two, three, four]");
    project.edit("casebook.yaml", "experiment:", "experiment:\n  gates: [short >= 0.5]");
    let figures = |more: &[&str], code| {
        eval(&project, more).expect(code);
        serde_json::from_str::<serde_json::Value>(&project.read("out/test/eval.json")).unwrap()
    };
    // Three pairs that differ: a mid-p of 1/8. Two others may still have any.
    let found = figures(&["--variants", "one,three"], 5);
    let of_three = |found: &serde_json::Value| {
        let all = found["comparisons"].as_array().unwrap();
        all.iter().find(|it| it["variant"] == "three").unwrap()["adjusted_p"].as_f64().unwrap()
    };
    assert_eq!((found["decide"]["family"].as_u64(), of_three(&found)), (Some(3), 0.375));
    assert_eq!(found["decide"]["unmeasured"], serde_json::json!(["two", "four"]));
    assert_eq!(project.calls(), calls(6, 0));
    // `two` is never right or wrong alone, so that nothing is tested.
    let all = figures(&[], 5);
    assert_eq!((all["decide"]["family"].as_u64(), of_three(&all)), (Some(2), 0.25));
    // A variant that is named has to pass, and the figures stay those of all.
    assert_eq!(figures(&["--variants", "two"], 0), all);
    assert_eq!(project.calls(), calls(12, 0));
    project.assert_sound();
    // Under another task the others have no answers yet.
    project.edit("prompt.yaml", "name: classify", "name: classify\nversion: '2'");
    project.edit("prompt.yaml", "{{ row.text }}", "Text: {{ row.text }}");
    let found = figures(&["--variants", "two"], 0);
    assert_eq!(found["decide"]["unmeasured"], serde_json::json!(["three", "four"]));
    assert_eq!(project.calls(), calls(15, 0));
    project.assert_sound();
}

#[test]
fn a_baseline_without_answers_is_named() {
    let project = project();
    let ended = eval(&project, &["--variants", "two"]).expect(0);
    assert!(ended.stdout.contains("not in this evaluation: `one`"), "{}", ended.stdout);
    let said = "nothing is compared: the record has no answers of the baseline `one`";
    assert!(ended.stdout.contains(said), "{}", ended.stdout);
    let ended = eval(&project, &["--require", "better", "--set", "experiment.decide=null"]);
    assert!(matches!(ended.code, Some(2 | 6)), "{}", ended.stderr);
}

#[test]
fn a_bound_of_each_variant_needs_to_know_what_an_answer_can_cost() {
    let project = project();
    project.edit("casebook.yaml", "provider: recorded", "provider: openai\n  base_url: http://127.0.0.1:9/v1");
    project.edit("casebook.yaml", "  recorded:\n", "  price: {input: 1, output: 1}\n");
    project.edit("casebook.yaml", "    path: answers.csv\n", "");
    project.edit("casebook.yaml", "    match: {id: '{{ row.id }}', model: one}\n", "");
    project.edit("casebook.yaml", "    answer: '{{ record.answer }}'\n", "");
    project.edit("casebook.yaml", "llm.recorded.match.model", "llm.model");
    project.edit("casebook.yaml", "experiment:", "experiment:\n  budget_per_variant: {max_cost_usd: 0.01}");
    let ended = eval(&project, &[]).expect(2);
    let said = "`experiment.budget_per_variant.max_cost_usd` is set, but `llm.max_output_tokens` is not";
    assert!(ended.stderr.contains(said), "{}", ended.stderr);
    assert!(!project.db().exists());
}

#[test]
fn a_variant_is_chosen_by_its_name() {
    let project = project();
    let ended = eval(&project, &["--variants", "tow"]).expect(2);
    assert!(ended.stderr.contains("there is no variant `tow`") && ended.stderr.contains("did you mean `two`?"));
    eval(&project, &[]).expect(0);
    let db = project.db();
    let db = db.to_str().unwrap();
    project.casebook(&["export", db, "--variant", "two", "--dir", "out"]).expect(0);
    assert!(
        project.read("out/two/output.jsonl").contains(r#"{"label": "two"}"#)
            || project.read("out/two/output.jsonl").contains(r#""label":"two""#)
    );
    let ended = project.casebook(&["export", db, "--variant", "three"]).expect(2);
    assert!(ended.stderr.contains("the variants are: one, two"), "{}", ended.stderr);
}

#[test]
fn what_a_person_decided_is_not_what_a_variant_answered() {
    let project = project();
    project.casebook(&["run", "casebook.yaml", "-q"]).expect(0);
    let db = project.db();
    let db = db.to_str().unwrap();
    project.write("better.json", r#"{"label": "mine"}"#);
    let ids = project.list("SELECT work_id FROM results ORDER BY row_index");
    let said = ["--reason", "typo", "--by", "Ada"];
    project.casebook(&[&["review", db, &ids[0], "--output", "better.json"], said.as_slice()].concat()).expect(0);
    project.casebook(&[&["review", db, &ids[1], "--reject"], said.as_slice()].concat()).expect(0);
    let of = |variant: &str| {
        project.list(&format!(
            "SELECT status || ' ' || coalesce(label, '') || ' ' || coalesce(decided_by, '') FROM results
             WHERE variant = '{variant}' ORDER BY row_index"
        ))
    };
    eval(&project, &[]).expect(0);
    assert_eq!(of("one"), ["accepted one ", "accepted one ", "accepted one "]);
    assert_eq!(of("base"), ["accepted mine human:Ada", "rejected  human:Ada", "accepted one "]);
    // Nor after all is decided again from the record.
    project.casebook(&["clean", db, "--from", "generate"]).expect(0);
    eval(&project, &[]).expect(0);
    assert_eq!(of("one"), ["accepted one ", "accepted one ", "accepted one "]);
    assert_eq!(project.calls(), calls(6, 0));
    project.casebook(&["run", "casebook.yaml", "-q"]).expect(0);
    assert_eq!(of("base"), ["accepted mine human:Ada", "rejected  human:Ada", "accepted one "]);
    project.assert_sound();
}

#[test]
fn what_a_person_decides_on_a_variant_counts_there_alone() {
    let project = project();
    project.casebook(&["run", "casebook.yaml", "-q"]).expect(0);
    eval(&project, &[]).expect(0);
    let db = project.db();
    let db = db.to_str().unwrap();
    project.write("better.json", r#"{"label": "longer"}"#);
    let ids = project.list("SELECT DISTINCT work_id FROM results ORDER BY row_index");
    let decide = |variant: &str, more: &[&str]| {
        let said = ["review", db, "--variant", variant, "--reason", "typo", "--by", "Ada"];
        project.casebook(&[said.as_slice(), more].concat()).expect(0)
    };
    let ended = decide("two", &[&ids[0], "--output", "better.json"]);
    assert!(ended.stderr.contains(" --variant two` writes the outputs again"), "{}", ended.stderr);
    decide("two", &[&ids[1], "--reject"]);
    // It asks exactly what the task itself asks.
    decide("one", &[&ids[2], "--reject"]);
    let of = |variant: &str| {
        project.list(&format!(
            "SELECT status || ' ' || coalesce(label, '') || ' ' || coalesce(decided_by, '') FROM results
             WHERE variant = '{variant}' ORDER BY row_index"
        ))
    };
    let two = ["accepted longer human:Ada", "rejected  human:Ada", "accepted two "];
    let one = ["accepted one ", "accepted one ", "rejected  human:Ada"];
    assert_eq!((of("two"), of("one")), (two.map(str::to_owned).to_vec(), one.map(str::to_owned).to_vec()));
    // Figures are of what the models answered; nothing is asked again, and nothing decided again.
    eval(&project, &[]).expect(0);
    project.casebook(&["clean", db, "--from", "generate"]).expect(0);
    eval(&project, &[]).expect(0);
    project.casebook(&["run", "casebook.yaml", "-q"]).expect(0);
    assert_eq!(
        project.list("SELECT variant || ' ' || value || ' of ' || n FROM metrics WHERE metric = 'short'"),
        ["one 1.0 of 3", "two 1.0 of 3"]
    );
    assert_eq!((of("two"), of("one")), (two.map(str::to_owned).to_vec(), one.map(str::to_owned).to_vec()));
    assert_eq!(of("base"), ["accepted one "; 3]);
    assert_eq!(project.calls(), calls(6, 0));
    let decisions = "SELECT variant || ' ' || decision || ' ' || was || ' ' || in_force FROM decisions";
    assert_eq!(project.list(decisions), ["two edit accepted 1", "two reject accepted 1", "one reject accepted 1"]);
    let shown = |args: &[&str]| project.casebook(args).expect(0).stdout;
    let told = shown(&["explain", db, "--row", "1", "--variant", "two", "--format", "json"]);
    assert!(told.contains(r#""outcome": "human_accepted""#), "{told}");
    let told = shown(&["explain", db, "--row", "3", "--format", "json"]);
    assert!(!told.contains("human") && told.contains(r#""variant": "one""#), "{told}");
    let failures = shown(&["failures", db, "--variant", "two"]);
    assert!(failures.contains("typo") && !failures.contains("row 3"), "{failures}");
    project.assert_sound();
}

#[test]
fn what_is_shown_of_variants_names_them() {
    let project = project();
    // Without the answers of `two` on the last row, it fails there.
    let answers =
        project.read("answers.csv").lines().filter(|it| !it.starts_with("c,two")).collect::<Vec<_>>().join("\n");
    project.write("answers.csv", answers);
    eval(&project, &[]).expect(3);
    let db = project.db();
    let db = db.to_str().unwrap();
    let said = |args: &[&str], code| project.casebook(args).expect(code);
    let status = said(&["status", db, "--format", "csv"], 0).stdout;
    assert!(status.starts_with("step,variant,planned,accepted,"), "{status}");
    assert!(status.contains("generate,one,3,3,") && status.contains("generate,two,3,2,"), "{status}");
    let failures = said(&["failures", db], 0).stdout;
    assert!(failures.contains("variant") && failures.contains("two"), "{failures}");
    let ended = said(&["show", db, "--row", "3"], 2);
    assert!(ended.stderr.contains("only variants of it") && ended.stderr.contains("one, two"), "{}", ended.stderr);
    let shown = |variant: &str| said(&["show", db, "--row", "3", "--variant", variant, "--format", "json"], 0).stdout;
    assert!(shown("one").contains(r#""status": "accepted""#), "{}", shown("one"));
    assert!(shown("two").contains(r#""status": "failed""#), "{}", shown("two"));
    let ended = said(&["export", db, "--dir", "out"], 0);
    assert!(ended.stderr.contains("never run here") && ended.stderr.contains("one, two"), "{}", ended.stderr);
    said(&["report", db, "--dir", "out", "--variant", "two"], 0);
    assert!(project.read("out/two/report.md").contains("variant two"));
    let ended = said(&["retry", db, "--failed", "--variant", "one"], 0);
    assert!(ended.stderr.contains("No work item to try again"), "{}", ended.stderr);
    let ended = said(&["retry", db, "--failed", "--variant", "two"], 0);
    assert!(ended.stderr.contains("1 work item will be tried again by the next `casebook eval`"), "{}", ended.stderr);
    let id = project.text("SELECT DISTINCT work_id FROM results WHERE row_index = 0");
    let ended = said(&["clean", db, &id, "--variant", "two"], 0);
    assert!(ended.stderr.contains("1 work item,"), "{}", ended.stderr);
    let ended = said(&["review", db, &id, "--accept", "--reason", "good", "--by", "Ada"], 2);
    assert!(ended.stderr.contains("only variants of it"), "{}", ended.stderr);
    let failures = said(&["failures", db, "--variant", "one"], 0).stderr;
    assert!(failures.contains("No work item"), "{failures}");
    // The task itself is told alone.
    let ended = said(&["run", "casebook.yaml"], 0);
    assert!(!ended.stdout.contains("generate"), "{}", ended.stdout);
    let ended = said(&["show", db, "--row", "1"], 0);
    assert!(ended.stderr.contains("`--variant NAME` shows a variant: one, two"), "{}", ended.stderr);
    project.assert_sound();
}

#[test]
fn what_was_tried_again_is_shared_as_it_stands() {
    let project = project();
    project.casebook(&["run", "casebook.yaml", "-q"]).expect(0);
    let item = project.list("SELECT work_id FROM results ORDER BY row_index LIMIT 1").remove(0);
    let db = project.db();
    project.casebook(&["retry", db.to_str().unwrap(), &item]).expect(0);
    project.casebook(&["run", "casebook.yaml", "-q"]).expect(0);
    assert_eq!(project.calls(), calls(4, 0));
    eval(&project, &[]).expect(0);
    assert_eq!(project.calls(), calls(7, 0));
    project.assert_sound();
}

#[test]
fn variants_that_ask_the_same_are_none() {
    let project = project();
    project.edit("casebook.yaml", "llm.recorded.match.model: [one, two]", "llm.retries: [0, 2]");
    let ended = eval(&project, &[]).expect(2);
    let said = "the variants `retries=0` (casebook.yaml:15:26) and `retries=2` ask exactly the same";
    assert!(ended.stderr.contains(said) && ended.stderr.contains("--> casebook.yaml:15:29"), "{}", ended.stderr);
    eval(&project, &["--dry-run"]).expect(2);
    // Two files with equal bytes.
    project.write("copy.yaml", project.read("prompt.yaml"));
    project.edit("casebook.yaml", "llm.retries: [0, 2]", "prompts.generation: [prompt.yaml, copy.yaml]");
    let ended = eval(&project, &[]).expect(2);
    assert!(ended.stderr.contains("`prompt` (casebook.yaml:15:") && ended.stderr.contains("`copy` ask exactly"));
    assert!(!project.db().exists());
}

#[test]
fn later_steps_take_what_other_variants_have_on_record() {
    let project = project();
    let steps = "\
report: {enabled: false}
steps:
  - {name: draft}
  - name: parts
    each: output of draft
    schema: {path: parts.json}
    llm: {provider: sample}
    prompts: {generation: parts.yaml}
  - name: last
    each: element of parts.list
    llm: {provider: sample}
    prompts: {generation: last.yaml}
";
    project.edit("casebook.yaml", "report: {enabled: false}\n", steps);
    project.edit("casebook.yaml", "llm.recorded.match.model: [one, two]", "steps.last.llm.model: [x, y]");
    project.write(
        "parts.json",
        r#"{"type": "object", "properties": {"list": {"type": "array", "minItems": 2, "maxItems": 2,
            "items": {"type": "string"}}}, "required": ["list"]}"#,
    );
    project.write("parts.yaml", "name: parts\nuser: '{{ steps.draft.label }} {{ row.text }}'\n");
    project.write("last.yaml", "name: last\nuser: '{{ item }}'\n");
    eval(&project, &[]).expect(0);
    assert_eq!(project.number("SELECT sum(pending) FROM progress"), 0);
    assert_eq!(project.list("SELECT DISTINCT accepted FROM progress WHERE step = 'last'"), ["6"]);
    let made = project.calls();
    eval(&project, &[]).expect(0);
    assert_eq!(project.calls(), made);
    project.assert_sound();
}
