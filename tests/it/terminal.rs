//! What people and programs read of a command: the summary of a run, its progress, and errors with their place.

use serde_json::{Value, json};

use crate::projects::Project;
use crate::support::Ended;

const ONE: &str = r#"{"label": "one", "note": "fine"}"#;

fn summary(ended: &Ended) -> Value {
    serde_json::from_str(&ended.stdout).unwrap_or_else(|error| panic!("{error}: {}{}", ended.stdout, ended.stderr))
}

/// A project whose configuration has a block of its own for a reader to find.
fn recorded() -> Project {
    let answers = ["a", "b", "c", "d", "e", "f"].map(|id| (id, 1, ONE));
    let project = Project::recorded(&answers);
    project.edit("casebook.yaml", "provider: sample", "provider: recorded");
    project
}

#[test]
fn a_run_is_one_object_for_programs() {
    let project = recorded();
    let ended = project.casebook(&["run", "casebook.yaml", "--format", "json"]);
    let value = summary(&ended);
    assert_eq!((ended.code, &value["exit_code"], &value["outcome"]), (Some(0), &json!(0), &json!("done")));
    assert_eq!((&value["counts"]["planned"], &value["counts"]["accepted"]), (&json!(6), &json!(6)));
    assert_eq!((&value["calls"], &value["cost_usd"], &value["error"]), (&json!(6), &json!(0.0), &Value::Null));
    assert_eq!(value["run_file"], "test.db");
    for file in value["files"].as_array().unwrap() {
        assert!(project.path(file.as_str().unwrap()).exists(), "{file}");
    }
    assert!(ended.stderr.contains("generate") && !ended.stderr.contains("Try next"), "{}", ended.stderr);

    let quiet = project.casebook(&["run", "casebook.yaml", "--format", "json", "--quiet"]);
    assert_eq!(quiet.stderr, "");
    assert_eq!(summary(&quiet)["from_record"], json!({"work_items": 6, "answers": 0}));
    // The sum over all runs, also where this one paid nothing.
    assert_eq!(summary(&quiet)["run_file_cost"]["unpriced_calls"], json!(0));
}

#[test]
fn a_run_that_does_not_end_well_is_an_object_too() {
    let project = recorded();
    project.edit("answers.csv", "a,1", "z,1");
    let ended = project.casebook(&["run", "casebook.yaml", "--format", "json"]);
    let value = summary(&ended);
    assert_eq!((ended.code, &value["exit_code"], &value["outcome"]), (Some(3), &json!(3), &json!("incomplete")));
    assert_eq!((&value["counts"]["failed"], &value["counts"]["accepted"]), (&json!(1), &json!(5)));

    let ended = project.casebook(&["run", "nowhere.yaml", "--format", "json"]);
    let value = summary(&ended);
    assert_eq!((ended.code, &value["exit_code"], &value["outcome"]), (Some(2), &json!(2), &json!("error")));
    assert!(value["error"]["message"].as_str().unwrap().contains("nowhere.yaml"), "{value}");
}

#[test]
fn a_second_run_says_what_was_on_record() {
    let project = recorded();
    let first = project.casebook(&["run", "casebook.yaml", "--limit", "2"]);
    assert!(first.stderr.contains("from the record   nothing"), "{}", first.stderr);
    let second = project.casebook(&["run", "casebook.yaml"]);
    assert!(second.stderr.contains("from the record   2 work items"), "{}", second.stderr);
    let third = project.casebook(&["run", "casebook.yaml"]);
    assert!(third.stderr.contains("from the record   6 work items"), "{}", third.stderr);
}

#[test]
fn progress_counts_only_what_the_limit_lets_it_do() {
    let project = recorded();
    project.casebook(&["run", "casebook.yaml", "--limit", "4"]);
    let set = ["run", "casebook.yaml", "--limit", "2", "--set", "cache.force=true"];
    let ended = project.casebook(&set);
    let progress: Vec<&str> =
        ended.stderr.lines().filter(|it| it.starts_with("generate  ") && it.contains('/')).collect();
    assert!(!progress.is_empty(), "{}", ended.stderr);
    for line in progress {
        let (done, all) = line["generate".len()..].trim_start().split_once('/').unwrap();
        let all: u64 = all.split(' ').next().unwrap().parse().unwrap();
        assert!(all == 2 && done.parse::<u64>().unwrap() <= 2, "{line}");
    }
}

#[test]
fn the_plan_names_every_step() {
    let project = Project::new();
    let config = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/chain/casebook.yaml");
    let out = format!("outputs.dir={}", project.path("out").display());
    let run = ["run", config, "--db", "chain.db", "--provider", "sample", "--set", &out];
    let ended = project.casebook(&run);
    let plan = |ended: &Ended| {
        let plan = ended.stderr.lines().find(|it| it.starts_with("plan "));
        plan.unwrap_or_else(|| panic!("{}", ended.stderr)).to_owned()
    };
    let first = plan(&ended);
    assert!(first.contains("outline: 4 new") && first.contains("so far; story: "), "{first}");
    let again = plan(&project.casebook(&run));
    assert!(again.contains("section: 14; story: 4"), "{again}");
}

#[test]
fn errors_about_keys_say_where_these_are_written() {
    let cases = [
        ("path: input.csv", "path: nowhere.csv", "nowhere.csv"),
        ("schema: {path: schema.json}", "schema: {path: nowhere.json}", "nowhere.json"),
        ("prompts: {generation: prompt.yaml", "prompts: {generation: nowhere.yaml", "nowhere.yaml"),
        ("key: id", "key: nowhere", "no such column"),
        ("key: id", "key: id, required_columns: [nowhere]", "`nowhere`"),
        ("key: id", "key: id, types: {nowhere: integer}", "`nowhere`"),
        ("key: id", "key: id, encoding: nowhere", "`nowhere`"),
        ("outputs:", "checks: [{name: x, expr: \"output.nowhere == 1\", message: m}]\noutputs:", "`nowhere`"),
        ("path: answers.csv", "path: nowhere.csv", "nowhere.csv"),
    ];
    for (from, to, named) in cases {
        let project = recorded();
        project.edit("casebook.yaml", from, to);
        let line = project.read("casebook.yaml").lines().position(|it| it.contains("nowhere")).unwrap() + 1;
        let ended = project.casebook(&["run", "casebook.yaml"]);
        assert_eq!(ended.code, Some(2), "{to}: {}", ended.stderr);
        assert!(ended.stderr.contains(named), "{to}: {}", ended.stderr);
        assert!(ended.stderr.contains(&format!("--> casebook.yaml:{line}:")), "{to}: {}", ended.stderr);
    }
}

#[test]
fn a_value_that_was_set_is_not_looked_for_in_the_file() {
    let project = recorded();
    for set in ["input.path=nowhere.csv", "input.key=nowhere", "schema.path=nowhere.json"] {
        let ended = project.casebook(&["run", "casebook.yaml", "--set", set]);
        assert_eq!(ended.code, Some(2), "{}", ended.stderr);
        assert!(ended.stderr.contains("nowhere") && !ended.stderr.contains("-->"), "{}", ended.stderr);
    }
}

#[test]
fn a_run_file_is_no_configuration() {
    let project = recorded();
    project.casebook(&["run", "casebook.yaml"]);
    let ended = project.casebook(&["run", "test.db"]);
    assert_eq!(ended.code, Some(2));
    assert!(ended.stderr.contains("test.db is a run file, not a configuration"), "{}", ended.stderr);
    assert!(ended.stderr.contains("casebook status test.db") && !ended.stderr.contains("UTF-8"), "{}", ended.stderr);
}

#[test]
fn a_reviewer_is_known_without_the_variable() {
    let project = recorded();
    project.casebook(&["run", "casebook.yaml"]);
    let id = project.text("SELECT work_id FROM results WHERE id = 'a'");
    let mut command = project.command(&["review", "test.db", &id, "--reject", "--reason", "wrong"]);
    for name in ["CASEBOOK_REVIEWER", "USER", "LOGNAME", "USERNAME"] {
        command.env_remove(name);
    }
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_ne!(project.text("SELECT decided_by FROM decisions"), "");
}

#[test]
fn failures_are_shown_whole_with_their_input() {
    let project = recorded();
    let fields = ["x", "y", "z"].map(|it| it.repeat(40));
    let wrong = format!(r#"{{"label": "one", "note": "fine", "{}": 1}}"#, fields.join("\": 1, \""));
    project.answers(&[("a", 1, &wrong), ("a", 2, &wrong)]);
    project.casebook(&["run", "casebook.yaml"]);
    let ended = project.casebook(&["failures", "test.db", "--kind", "invalid_schema"]);
    assert!(fields.iter().all(|it| ended.stdout.contains(it)), "{}", ended.stdout);
    assert!(!ended.stdout.contains("\\n") && !ended.stdout.contains('…'), "{}", ended.stdout);
    assert!(ended.stdout.contains("row 1"), "{}", ended.stdout);
    let records = project.casebook(&["failures", "test.db", "--records"]);
    assert!(records.stdout.contains("─ 1 ─") && records.stdout.contains("input     row 1"), "{}", records.stdout);
    let both = project.casebook(&["failures", "test.db", "--records", "--format", "csv"]);
    assert_eq!(both.code, Some(2), "{}", both.stderr);
}
