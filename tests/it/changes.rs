//! What a change costs: each test changes one thing and counts the calls that the next run makes.

use casebook::inside::engine::Limited;
use std::collections::BTreeMap;
use std::fs;
use std::time::SystemTime;

use crate::projects::{Calls, JUDGE, NONE, PROMPT, Project, ROWS, SCHEMA, calls};

/// Runs once, applies the change, runs again, and holds the second run to its cost and the file to its rules.
fn costs(mut project: Project, change: impl FnOnce(&mut Project), expected: Calls) -> Project {
    project.run();
    change(&mut project);
    assert_eq!(project.cost(), expected);
    assert_eq!(project.cost(), NONE, "a run after it costs nothing");
    project.assert_sound();
    project
}

/// Every file in the output folder with its bytes and the time when it was written.
fn files(project: &Project) -> BTreeMap<String, (Vec<u8>, SystemTime)> {
    let entries = fs::read_dir(project.path("out/test")).unwrap();
    entries
        .map(|entry| {
            let entry = entry.unwrap();
            let modified = entry.metadata().unwrap().modified().unwrap();
            (entry.file_name().into_string().unwrap(), (fs::read(entry.path()).unwrap(), modified))
        })
        .collect()
}

#[test]
fn a_first_run_asks_each_row_and_each_judge_once() {
    assert_eq!(Project::new().cost(), calls(6, 0));
    assert_eq!(Project::judged().cost(), calls(6, 6));
}

#[test]
fn a_second_run_makes_no_call_and_touches_no_file() {
    let project = Project::judged();
    project.run();
    let before = files(&project);
    assert_eq!(
        before.keys().collect::<Vec<_>>(),
        [".casebook", "output.csv", "output.jsonl", "output.psv", "report.html", "report.md"]
    );
    let summary = project.run();
    assert_eq!(summary.calls, 0);
    assert_eq!(summary.attempts, 0);
    assert_eq!(files(&project), before);
}

#[test]
fn a_file_that_was_deleted_or_changed_is_written_again() {
    let project = Project::new();
    project.run();
    let before = files(&project);
    fs::remove_file(project.path("out/test/output.csv")).unwrap();
    project.write("out/test/output.psv", "changed");
    assert_eq!(project.cost(), NONE);
    for (name, (bytes, _)) in before {
        assert_eq!(fs::read(project.path("out/test").join(&name)).unwrap(), bytes, "{name}");
    }
}

#[test]
fn one_row_costs_one_row() {
    costs(Project::new(), |it| it.edit("input.csv", "third text", "third text again"), calls(1, 0));
    costs(Project::judged(), |it| it.edit("input.csv", "third text", "third text again"), calls(1, 1));
}

#[test]
fn one_row_without_a_key_costs_one_row() {
    let mut project = Project::new();
    project.set("input.key", "null");
    costs(project, |it| it.edit("input.csv", "third text", "third text again"), calls(1, 0));
}

#[test]
fn one_word_of_the_prompt_costs_everything() {
    costs(Project::new(), |it| it.edit("prompt.yaml", "what the text is", "what this text is"), calls(6, 0));
}

#[test]
fn the_prompts_name_version_and_purpose_cost_nothing() {
    costs(
        Project::new(),
        |it| it.edit("prompt.yaml", "name: classify", "name: sort\nversion: 2\npurpose: sorts"),
        NONE,
    );
}

#[test]
fn the_judges_prompt_costs_judge_calls_alone() {
    costs(Project::judged(), |it| it.edit("judge.yaml", "Say whether", "Decide whether"), calls(0, 6));
}

#[test]
fn a_judge_that_is_added_judges_the_recorded_answers() {
    let project = costs(
        Project::new(),
        |it| {
            it.set("judge.enabled", "true");
        },
        calls(0, 6),
    );
    assert_eq!(project.number("SELECT count(*) FROM results WHERE verdict = 'PASS'"), 6);
}

#[test]
fn a_judge_that_is_taken_away_costs_nothing() {
    costs(
        Project::judged(),
        |it| {
            it.set("judge.enabled", "false");
        },
        NONE,
    );
}

#[test]
fn the_schema_costs_everything_as_the_prompt_shows_it() {
    costs(Project::new(), |it| it.edit("schema.json", "\"maxLength\": 40", "\"maxLength\": 41"), calls(6, 0));
}

#[test]
fn a_check_that_is_added_runs_over_recorded_answers() {
    // Every row but one has an answer that the new check takes.
    let good = r#"{"label": "one", "note": "fine"}"#;
    let bad = r#"{"label": "two", "note": "fine"}"#;
    let answers: Vec<_> =
        ["a", "b", "c", "d", "e"].into_iter().map(|id| (id, 1, good)).chain([("f", 1, bad)]).collect();
    let mut project = Project::recorded(&answers);
    project.set("llm.retries", "0");
    let project = costs(
        project,
        |it| {
            it.set("checks", r#"[{name: is_one, expr: "output.label == 'one'"}]"#);
        },
        NONE,
    );
    let statuses = project.list("SELECT status FROM results ORDER BY row_index");
    assert_eq!(statuses, ["accepted", "accepted", "accepted", "accepted", "accepted", "rejected"]);
    assert_eq!(project.list("SELECT kind FROM failures"), ["check_failed"]);
    assert_eq!(project.number("SELECT count(*) FROM history WHERE NOT current"), 6, "what was accepted before is kept");
}

#[test]
fn a_check_that_fails_later_is_told_to_the_model_in_one_more_call() {
    let good = r#"{"label": "one", "note": "fine"}"#;
    let bad = r#"{"label": "two", "note": "fine"}"#;
    let mut answers: Vec<_> =
        ["a", "b", "c", "d", "e"].into_iter().map(|id| (id, 1, good)).chain([("f", 1, bad)]).collect();
    answers.push(("f", 2, good));
    let project = costs(
        Project::recorded(&answers),
        |it| {
            it.set("checks", r#"[{name: is_one, expr: "output.label == 'one'", message: "say one"}]"#);
        },
        calls(1, 0),
    );
    assert_eq!(project.number("SELECT count(*) FROM results WHERE status = 'accepted'"), 6);
    let prompt = project.text("SELECT prompt FROM attempts WHERE attempt = 2");
    assert!(prompt.contains("say one") && prompt.contains(bad), "{prompt}");
}

#[test]
fn how_many_work_and_how_long_they_wait_costs_nothing() {
    let change = |it: &mut Project| {
        it.set("llm.max_workers", "1").set("llm.timeout_sec", "5").set("outputs.dir", "elsewhere");
    };
    costs(Project::judged(), change, NONE);
}

#[test]
fn a_threshold_is_held_against_recorded_verdicts() {
    let pass = |score: u32| format!(r#"{{"verdict": "PASS", "score": {score}, "reasons": []}}"#);
    let answer = |label: &str| format!(r#"{{"label": "{label}", "note": ""}}"#);
    let (one, two) = (answer("one"), answer("two"));
    let answers =
        [("a", 1, &*one), ("b", 1, &*two), ("c", 1, &*one), ("d", 1, &*one), ("e", 1, &*one), ("f", 1, &*one)];
    let mut project = Project::recorded(&answers);
    project.verdicts(&[("one", &pass(95)), ("two", &pass(75))]);
    project.set("judge.enabled", "true").set("llm.retries", "0");
    let project = costs(
        project,
        |it| {
            it.set("judge.min_score", "90");
        },
        NONE,
    );
    assert_eq!(project.list("SELECT id FROM results WHERE status = 'rejected'"), ["b"]);
    assert_eq!(project.list("SELECT kind FROM failures"), ["judge_failed"]);
}

#[test]
fn more_retries_cost_the_attempts_that_were_missing() {
    let good = r#"{"label": "one", "note": "fine"}"#;
    let mut answers: Vec<_> = ["a", "b", "c", "d", "e"].into_iter().map(|id| (id, 1, good)).collect();
    answers.extend([("f", 1, "no"), ("f", 2, "no"), ("f", 3, good)]);
    let mut project = Project::recorded(&answers);
    project.set("llm.retries", "1");
    let project = costs(
        project,
        |it| {
            it.set("llm.retries", "4");
        },
        calls(1, 0),
    );
    assert_eq!(project.number("SELECT attempts FROM results WHERE id = 'f' AND status = 'accepted'"), 3);
}

#[test]
fn fewer_retries_cost_nothing() {
    let mut project = Project::new();
    project.set("llm.sample.malformed", "1").set("llm.retries", "2");
    costs(
        project,
        |it| {
            it.set("llm.retries", "0");
        },
        NONE,
    );
}

#[test]
fn a_column_that_the_prompt_never_sees_costs_nothing() {
    let project = costs(Project::judged(), |it| it.edit("input.csv", "third text,x", "third text,y"), NONE);
    assert_eq!(project.text("SELECT remark FROM results WHERE id = 'c'"), "y");
    let mut project = Project::judged();
    project.set("input.key", "null");
    let project = costs(project, |it| it.edit("input.csv", "third text,x", "third text,y"), NONE);
    assert_eq!(project.text("SELECT remark FROM results WHERE id = 'c'"), "y");
}

#[test]
fn the_order_of_columns_and_rows_costs_nothing() {
    for key in ["id", "null"] {
        let mut project = Project::new();
        project.set("input.key", key);
        project.run();
        let ids = project.list("SELECT work_id FROM results ORDER BY id");
        let turned: String = ROWS.lines().fold(String::new(), |out, line| {
            let cells: Vec<&str> = line.split(',').collect();
            out + &format!("{},{},{}\n", cells[2], cells[1], cells[0])
        });
        project.write("input.csv", &turned);
        assert_eq!(project.cost(), NONE);
        assert_eq!(project.list("SELECT work_id FROM results ORDER BY id"), ids);
        let mut lines: Vec<&str> = ROWS.lines().collect();
        lines[1..].reverse();
        project.write("input.csv", lines.join("\n"));
        assert_eq!(project.cost(), NONE);
        assert_eq!(project.list("SELECT work_id FROM results ORDER BY id"), ids);
        assert_eq!(project.list("SELECT id FROM results"), ["f", "e", "d", "c", "b", "a"], "in the order of the input");
        let exported: Vec<_> = project.outputs().iter().map(|it| it["input"]["id"].clone()).collect();
        assert_eq!(exported, ["f", "e", "d", "c", "b", "a"]);
    }
}

#[test]
fn an_inserted_row_costs_one_row() {
    let project =
        costs(Project::new(), |it| it.edit("input.csv", "c,third", "new,another text,x\nc,third"), calls(1, 0));
    assert_eq!(project.list("SELECT id FROM results"), ["a", "b", "new", "c", "d", "e", "f"]);
}

#[test]
fn a_row_that_was_deleted_and_put_back_costs_nothing() {
    let project = costs(Project::new(), |it| it.edit("input.csv", "c,third text,x\n", ""), NONE);
    assert_eq!(project.list("SELECT id FROM results"), ["a", "b", "d", "e", "f"]);
    assert_eq!(project.outputs().len(), 5);
    project.write("input.csv", ROWS);
    assert_eq!(project.cost(), NONE);
    assert_eq!(project.list("SELECT id FROM results WHERE status = 'accepted'"), ["a", "b", "c", "d", "e", "f"]);
}

#[test]
fn an_earlier_prompt_costs_nothing_and_gives_the_same_bytes() {
    let project = Project::judged();
    project.run();
    let before = project.read("out/test/output.jsonl");
    project.edit("prompt.yaml", "what the text is", "what this text is");
    project.run();
    assert_ne!(project.read("out/test/output.jsonl"), before);
    project.write("prompt.yaml", PROMPT);
    assert_eq!(project.cost(), NONE);
    assert_eq!(project.read("out/test/output.jsonl"), before);
}

#[test]
fn an_earlier_schema_judge_and_input_cost_nothing() {
    let project = Project::judged();
    project.run();
    let before = project.read("out/test/output.jsonl");
    project.edit("schema.json", "\"maxLength\": 40", "\"maxLength\": 10");
    project.edit("judge.yaml", "Say whether", "Decide whether");
    project.edit("input.csv", "third text", "3rd text");
    assert_eq!(project.cost(), calls(6, 6));
    for (name, text) in [("schema.json", SCHEMA), ("judge.yaml", JUDGE), ("input.csv", ROWS)] {
        project.write(name, text);
    }
    assert_eq!(project.cost(), NONE);
    assert_eq!(project.read("out/test/output.jsonl"), before);
}

#[test]
fn history_keeps_earlier_outputs_with_their_configuration() {
    let project = Project::new();
    project.run();
    let earlier = project.list("SELECT output FROM history ORDER BY work_id");
    project.edit("prompt.yaml", "what the text is", "what this text is");
    project.run();
    assert_eq!(project.number("SELECT count(*) FROM history"), 12);
    assert_eq!(project.number("SELECT count(DISTINCT config_id) FROM history"), 2);
    assert_eq!(project.number("SELECT count(DISTINCT task_id) FROM history"), 2);
    assert_eq!(project.list("SELECT output FROM history WHERE NOT current ORDER BY work_id"), earlier);
    let latest = project.list(
        "SELECT results.note IS (history.output ->> 'note') AND results.label IS (history.output ->> 'label')
         FROM results JOIN history USING (work_id) WHERE history.current",
    );
    assert_eq!(latest, ["1"; 6], "`results` shows the latest");
    assert_eq!(project.number("SELECT count(*) FROM config"), 2);
}

#[test]
fn equal_requests_share_one_call_unless_told_otherwise() {
    let rows = "id,text\na,same\nb,same\nc,same\nd,other\n";
    for (share, cost) in [("true", 2), ("false", 4)] {
        let mut project = Project::new();
        project.set("cache.share", share);
        project.write("input.csv", rows);
        assert_eq!(project.cost(), calls(cost, 0));
        assert_eq!(project.number("SELECT count(*) FROM results WHERE status = 'accepted'"), 4);
        assert_eq!(project.cost(), NONE);
        project.assert_sound();
    }
}

#[test]
fn another_model_seed_or_temperature_costs_everything() {
    for (key, value) in [("llm.model", "another"), ("run.seed", "8"), ("llm.temperature", "0.5")] {
        costs(
            Project::new(),
            |it| {
                it.set(key, value);
            },
            calls(6, 0),
        );
    }
}

#[test]
fn force_asks_everything_again_and_keeps_what_was() {
    let mut project = Project::new();
    project.run();
    project.set("cache.force", "true");
    assert_eq!(project.cost(), calls(6, 0));
    assert_eq!(project.number("SELECT count(*) FROM history"), 12);
    project.assert_sound();
}

#[test]
fn a_limit_leaves_the_rest_open_and_the_next_run_goes_on() {
    let project = Project::new();
    let mut options = project.options();
    options.limit = Some(2);
    let summary = casebook::inside::engine::run(&options, &mut |_| {}).unwrap();
    let limited = Some(Limited { limit: 2, of: 6, what: "rows" });
    assert_eq!((summary.calls, summary.counts.pending, summary.limited), (2, 4, limited));
    assert_eq!(project.list("SELECT id FROM results WHERE status = 'accepted'"), ["a", "b"]);
    assert_eq!(project.cost(), calls(4, 0));
    project.assert_sound();
}

#[test]
fn a_lower_threshold_lets_recorded_verdicts_pass() {
    let mut project = Project::judged();
    project.set("llm.retries", "0").set("judge.min_score", "100");
    let project = costs(project, |it| it.set_to("judge.min_score", "0"), NONE);
    assert_eq!(project.number("SELECT count(*) FROM results WHERE status = 'accepted'"), 6);
}

#[test]
fn a_check_that_is_taken_away_costs_nothing() {
    let mut project = Project::new();
    project.set("llm.retries", "0").set("checks", r#"[{name: never, expr: "false"}]"#);
    let project = costs(project, |it| it.set_to("checks", "[]"), NONE);
    assert_eq!(project.number("SELECT count(*) FROM results WHERE status = 'accepted'"), 6);
}

#[test]
fn another_name_or_format_of_the_input_costs_nothing() {
    let change = |it: &mut Project| {
        it.write("renamed.psv", ROWS.replace(',', "|"));
        it.set_to("input.path", "renamed.psv");
    };
    costs(Project::judged(), change, NONE);
}

#[test]
fn without_the_cache_every_run_asks_everything_again() {
    let mut project = Project::judged();
    project.set("cache.enabled", "false");
    assert_eq!(project.cost(), calls(6, 6));
    assert_eq!(project.cost(), calls(6, 6));
    project.set_to("cache.enabled", "true");
    assert_eq!(project.cost(), NONE);
    assert_eq!(project.number("SELECT count(*) FROM rounds WHERE kind = 'force' AND NOT open"), 2);
    project.assert_sound();
}

/// One of a project's settings, chosen anew. The threshold is not among them: a sampled verdict is made to lie on one
/// side of it, which no request says.
fn turn(project: &mut Project, which: u64, value: u64) {
    let pick = |values: [&'static str; 3]| values[usize::try_from(value % 3).unwrap()];
    match which % 7 {
        0 => project.write(
            "prompt.yaml",
            PROMPT.replace("what the text", pick(["what the text", "what this text", "which text"])),
        ),
        1 => project
            .write("judge.yaml", JUDGE.replace("Say whether", pick(["Say whether", "Decide whether", "Tell if"]))),
        2 => project.write("schema.json", SCHEMA.replace("40", pick(["40", "20", "60"]))),
        3 => project.set_to("judge.enabled", pick(["true", "false", "true"])),
        4 => project.set_to(
            "checks",
            pick([
                "[]",
                r#"[{name: c, expr: "output.label != 'two'"}]"#,
                r#"[{name: c, expr: "output.note | length > 3"}]"#,
            ]),
        ),
        5 => {
            let dropped = ["", "c,third text,x\n", "a,first text,x\n"];
            let changed = pick(["fourth text,x", "fourth text again,x", "fourth text,y"]);
            let rows =
                ROWS.replace(dropped[usize::try_from(value / 3 % 3).unwrap()], "").replace("fourth text,x", changed);
            project.write("input.csv", rows);
        }
        _ => project.set_to("llm.sample", pick(["{}", "{malformed: 0.3, judge_fail: 0.3}", "{extra_field: 0.4}"])),
    }
}

#[test]
fn whatever_was_changed_before_the_outputs_are_those_of_a_fresh_run() {
    for seed in [0, 1, 2, 7] {
        let mut state = u64::wrapping_mul(seed, 0x9E37_79B9_7F4A_7C15) ^ 0x1234_5678;
        let mut next = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            state >> 33
        };
        let (mut project, mut turns) = (Project::judged(), Vec::new());
        project.run();
        for _ in 0..6 {
            let chosen = (next(), next());
            turns.push(chosen);
            turn(&mut project, chosen.0, chosen.1);
            project.run();
            let mut fresh = Project::judged();
            for (which, value) in &turns {
                turn(&mut fresh, *which, *value);
            }
            fresh.run();
            let exported = |it: &Project| it.read("out/test/output.jsonl");
            assert_eq!(exported(&project), exported(&fresh), "seed {seed}, {turns:?}");
            assert_eq!(project.cost(), NONE);
        }
        project.assert_sound();
    }
}
