//! Views, `explain` and manifests tell of what stands now, and of what really was.

use serde_json::Value;

use crate::support::Project;

const LLM: &str = "llm: {provider: sample, retries: 0}";

fn columns(project: &Project, view: &str) -> Vec<String> {
    project.rows_of(&format!("SELECT name FROM pragma_table_info('{view}')"))
}

#[test]
fn results_are_of_the_last_step_of_the_latest_task() {
    let first = "  - {name: a, rule: {x: \"row.text ~ '!'\"}}\n";
    let second = "  - {name: b, each: output of a, rule: {y: \"item.x ~ '?'\", z: \"1\"}}\n";
    let joined = "  - {name: c, each: join a by x, rule: {w: \"item\"}}\n";
    let project = Project::sampled(&["one", "two"], &format!("{first}{second}"));
    project.run().expect(0);
    assert_eq!(project.rows_of("SELECT y FROM results"), ["one!?", "two!?"]);
    for (steps, field, values) in [
        (first.to_owned(), "x", ["one!", "two!"]),
        (format!("{first}{joined}"), "w", ["one!", "two!"]),
        (format!("{first}{second}"), "y", ["one!?", "two!?"]),
        (first.to_owned(), "x", ["one!", "two!"]),
    ] {
        let fresh = Project::sampled(&["one", "two"], &steps);
        fresh.run().expect(0);
        project.steps(LLM, &steps);
        project.run().expect(0);
        assert_eq!(columns(&project, "results"), columns(&fresh, "results"), "{steps}");
        assert_eq!(project.rows_of(&format!("SELECT {field} FROM results")), values, "{steps}");
        assert_eq!(project.progress(), fresh.progress());
        project.sound();
    }
}

#[test]
fn explain_tells_what_an_answer_was_really_made_from() {
    let steps = |version: &str| {
        format!(
            "  - {{name: a, rule: {{x: \"'{version} ' ~ row.text\"}}}}\n  - {{name: b, each: output of a, prompts: \
             {{generation: b.yaml}}, schema: {{path: text.json}}}}\n"
        )
    };
    let project = Project::sampled(&["one"], &steps("v1"));
    let run = |version: &str, prompt: &str| {
        project.steps(LLM, &steps(version));
        project.prompt("b", &format!("{prompt} {{{{ item.x }}}}"));
        project.run().expect(0);
    };
    run("v1", "w1");
    run("v2", "w1");
    run("v1", "w2");
    run("v1", "w3");
    let id = project.rows_of("SELECT work_id FROM results").remove(0);
    let explained = |of: &str| -> Value {
        serde_json::from_str(&project.casebook(&["explain", "tickets.db", of, "--format", "json"]).expect(0).stdout)
            .unwrap()
    };
    let parts = |explained: &Value| -> Vec<String> {
        let differences = explained["differences"].as_array().unwrap();
        differences
            .iter()
            .map(|it| it["part"].as_str().unwrap().to_owned())
            .filter(|it| !it.starts_with("message"))
            .collect()
    };
    let found = parts(&explained(&id));
    assert!(found.iter().any(|it| it.starts_with("prompt: user line 1")), "{found:?}");
    assert!(!found.iter().any(|it| it.starts_with("input")), "both were made from the same output of a: {found:?}");

    // And where it is another output, that is said.
    run("v2", "w3");
    let found = parts(&explained(&id));
    assert!(found.iter().any(|it| it.starts_with("input: output of a")), "{found:?}");
    project.sound();
}

#[test]
fn a_step_that_was_planned_has_a_manifest_of_it_though_the_run_was_killed() {
    let first = "  - {name: a, rule: {items: \"range(20) | list\"}}\n";
    let both = format!("{first}  - {{name: b, each: element of a.items, rule: {{y: item}}}}\n");
    let rows: Vec<String> = (0..60).map(|it| it.to_string()).collect();
    let begun = "SELECT count(*) FROM progress WHERE step = 'b' AND planned > 0";
    for time in 0..10 {
        let project = Project::sampled(&rows, first);
        project.run().expect(0);
        project.steps(LLM, &both);
        let mut running = project.start(&[]);
        let connection = crate::support::open(&project.db());
        while !running.has_ended() {
            if connection.query_row(begun, [], |row| row.get::<_, i64>(0)).is_ok_and(|it| it > 0) {
                break;
            }
        }
        drop(running.kill());
        drop(connection);
        project.run().expect(0);
        let manifests = project.rows_of("SELECT status FROM manifests WHERE stage = 'plan' AND step = 'b'");
        assert!(manifests.iter().any(|it| it == "done"), "kill {time}: {manifests:?}");
        project.sound();
    }
}
