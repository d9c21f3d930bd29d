//! Parts of a task: single steps of `run`, `clean`, `retry`, `export` and `report`, and single work items of `clean`.

use std::fs;

use crate::support::{Act, Ask, Project, Server};

/// An outline of each row, and what is made of it: a section, and a page without a model.
const STEPS: &str = "  - name: outline
    prompts: {generation: outline.yaml}
    schema: {path: text.json}
  - name: section
    each: output of outline
    prompts: {generation: section.yaml}
    schema: {path: text.json}
  - name: page
    each: output of section
    rule: {page: \"steps.section.text ~ '!'\"}
";

/// A server that answers with what it was asked about.
fn echo() -> Server {
    Server::with(|ask: &Ask| {
        let question = ask.question();
        if question.contains("[bad]") {
            return Act::says("no JSON");
        }
        Act::says(&serde_json::json!({"text": question}).to_string())
    })
}

fn story(server: &Server, rows: &[&str]) -> Project {
    let project = Project::served(server, rows, STEPS);
    project.prompt("outline", "Outline {{ row.text }}");
    project.prompt("section", "Write {{ steps.outline.text }}");
    project
}

fn asked(server: &Server) -> Vec<String> {
    let mut questions: Vec<String> = server.log().iter().map(Ask::question).collect();
    server.forget();
    questions.sort();
    questions
}

#[test]
fn a_run_goes_up_to_a_step_and_on_from_it() {
    let server = echo();
    let project = story(&server, &["cats", "dogs"]);
    let ended = project.start(&["--to", "outline"]).wait().expect(0);
    assert_eq!(asked(&server), ["Outline cats", "Outline dogs"]);
    assert!(ended.stderr.contains("not asked for     section, page"), "{}", ended.stderr);
    assert!(!project.dir().join("out").exists(), "no files are written");
    assert_eq!(project.progress(), ["outline 2/2/0/0/0/0/0", "section 2/0/0/0/0/0/2", "page 2/0/0/0/0/0/2"]);
    project.sound();
    project.start(&["--only", "section"]).wait().expect(0);
    assert_eq!(asked(&server), ["Write Outline cats", "Write Outline dogs"]);
    assert_eq!(project.progress(), ["outline 2/2/0/0/0/0/0", "section 2/2/0/0/0/0/0", "page 2/0/0/0/0/0/2"]);
    assert!(!project.dir().join("out").exists());
    project.start(&["--from", "page"]).wait().expect(0);
    assert!(asked(&server).is_empty());
    assert_eq!(project.rows_of("SELECT page FROM results"), ["Write Outline cats!", "Write Outline dogs!"]);
    assert!(project.dir().join("out/tickets/report.html").exists(), "from a step on, the files are written too");
    project.sound();
}

#[test]
fn a_step_alone_needs_what_it_takes_from() {
    let server = echo();
    let project = story(&server, &["cats"]);
    let ended = project.start(&["--only", "section"]).wait().expect(2);
    assert!(ended.stderr.contains("step `section` takes from `outline`, which has not run yet"), "{}", ended.stderr);
    assert!(ended.stderr.contains("--to section"), "{}", ended.stderr);
    // What is not there yet is named, however far up it is.
    let ended = project.start(&["--from", "page"]).wait().expect(2);
    assert!(ended.stderr.contains("step `page` takes from `section`, which has not run yet"), "{}", ended.stderr);
    assert!(asked(&server).is_empty());
    // Where some of it is there, the rest waits.
    project.start(&["--to", "outline"]).wait().expect(0);
    project.rows(&["cats", "dogs"]);
    server.forget();
    project.start(&["--only", "section"]).wait().expect(0);
    assert_eq!(asked(&server), ["Write Outline cats"]);
    assert_eq!(project.progress(), ["outline 2/1/0/0/0/0/1", "section 2/1/0/0/0/0/1", "page 2/0/0/0/0/0/2"]);
    project.run().expect(0);
    assert_eq!(asked(&server), ["Outline dogs", "Write Outline dogs"]);
    project.sound();
}

#[test]
fn a_changed_prompt_asks_its_step_alone() {
    let server = echo();
    let project = story(&server, &["cats"]);
    project.run().expect(0);
    server.forget();
    project.prompt("outline", "Sketch {{ row.text }}");
    project.prompt("section", "Tell {{ steps.outline.text }}");
    let ended = project.start(&["--only", "section"]).wait().expect(2);
    assert!(ended.stderr.contains("step `section` takes from `outline`, which is not up to date"), "{}", ended.stderr);
    project.start(&["--only", "outline"]).wait().expect(0);
    assert_eq!(asked(&server), ["Sketch cats"]);
    assert_eq!(project.progress(), ["outline 1/1/0/0/0/0/0", "section 1/0/0/0/0/0/1", "page 1/0/0/0/0/0/1"]);
    project.start(&["--from", "section"]).wait().expect(0);
    assert_eq!(asked(&server), ["Tell Sketch cats"]);
    project.sound();
    // A stage does not pass over the change of a later step.
    project.prompt("section", "Again {{ steps.outline.text }}");
    let ended = project.start(&["--from", "generate"]).wait().expect(2);
    assert!(ended.stderr.contains("needs `plan`"), "{}", ended.stderr);
}

#[test]
fn what_was_not_asked_for_has_not_failed() {
    let server = echo();
    let project = story(&server, &["[bad] cats", "dogs"]);
    project.start(&["--to", "outline"]).wait().expect(3);
    server.forget();
    // The failed outline is none of the section's business, and is not asked again.
    project.start(&["--only", "section", "--set", "llm.retries=3"]).wait().expect(3);
    assert_eq!(asked(&server), ["Write Outline dogs"]);
    assert_eq!(project.progress(), ["outline 2/1/0/1/0/0/0", "section 2/1/0/0/0/1/0", "page 2/0/0/0/0/1/1"]);
    let ended = project.start(&["--only", "page", "--format", "json"]).wait();
    let summary: serde_json::Value = serde_json::from_str(&ended.stdout).unwrap();
    assert_eq!(summary["steps_left_out"], serde_json::json!(["outline", "section"]));
    project.sound();
}

#[test]
fn names_of_stages_and_steps_are_told_apart() {
    let server = echo();
    let project = story(&server, &["cats"]);
    for (words, says) in [
        (&["--only", "sectoin"] as &[&str], "there is no stage and no step `sectoin`"),
        (&["--only", "sectoin"], "did you mean `section`?"),
        (&["--from", "zzz"], "the steps are outline, section, page"),
        (&["--from", "page", "--to", "outline"], "`--from page` comes after `--to outline`"),
        (&["--from", "export", "--to", "outline"], "`--from export` comes after `--to outline`"),
        (&["--from", "page", "--to", "plan"], "generate (outline, section, page)"),
    ] {
        let ended = project.start(words).wait().expect(2);
        assert!(ended.stderr.contains(says), "{words:?}: {}", ended.stderr);
    }
    assert!(!project.db().exists(), "nothing is written");
    for name in ["schema", "contract", "ingest", "plan", "generate", "export", "report"] {
        project.steps("llm: {provider: sample}", &STEPS.replace("name: page", &format!("name: {name}")));
        let ended = project.run().expect(2);
        assert!(ended.stderr.contains(&format!("`{name}` is the name of a stage")), "{}", ended.stderr);
        assert!(ended.stderr.contains("casebook.yaml:"), "{}", ended.stderr);
    }
    let plain = Project::new(&server, &["one"]);
    let ended = plain.start(&["--only", "outline"]).wait().expect(2);
    assert!(ended.stderr.contains("the task has no steps"), "{}", ended.stderr);
}

#[test]
fn a_dry_run_estimates_the_steps_that_are_asked_for() {
    let server = echo();
    let project = story(&server, &["cats"]);
    let ended = project.start(&["--to", "outline", "--dry-run"]).wait().expect(0);
    let said = format!("{}{}", ended.stdout, ended.stderr);
    assert!(said.contains("not asked for, and not estimated: section, page"), "{said}");
    assert!(!said.contains("step `section` is not estimated"), "{said}");
    let dir = fs::read_dir(project.dir()).unwrap().flatten();
    assert!(dir.map(|it| it.file_name()).all(|it| !it.to_string_lossy().ends_with(".db")));
    // What is made from outputs is not known, also where those are on record.
    project.run().expect(0);
    project.prompt("section", "Tell {{ steps.outline.text }}");
    server.forget();
    for (step, cost, why) in [
        ("section", "unknown", "its requests and cost depend on the outputs of `outline`"),
        ("page", "$0", "its work items depend on the outputs of `section`; it asks no model"),
    ] {
        let ended = project.start(&["--only", step, "--dry-run"]).wait().expect(0);
        assert!(ended.stdout.contains("\n  work items to ask: unknown\n"), "{}", ended.stdout);
        assert!(ended.stdout.contains(&format!("\n  cost   {cost}\n")), "{}", ended.stdout);
        assert!(ended.stdout.contains(&format!("step `{step}` is not estimated: {why}")), "{}", ended.stdout);
        assert!(!ended.stdout.contains("0 to ask"), "{}", ended.stdout);
        let told = project.start(&["--only", step, "--dry-run", "--format", "json"]).wait().expect(0).stdout;
        let told: serde_json::Value = serde_json::from_str(&told).unwrap();
        for key in ["work_items", "new", "changed", "open", "answered", "seconds"] {
            assert!(told.as_object().unwrap().contains_key(key) && told[key].is_null(), "{key}: {told}");
        }
    }
    let ended = project.start(&["--to", "outline", "--dry-run"]).wait().expect(0);
    assert!(ended.stdout.contains("1 work items: 0 to ask, 1 answered from the record"), "{}", ended.stdout);
    assert!(asked(&server).is_empty());
}

/// The id of the work item of a step for the first row.
fn item(project: &Project, step: &str) -> String {
    let query = format!(
        "SELECT work_item.work_id FROM standing JOIN work_item ON work_item.id = standing.work_item \
         JOIN step ON step.id = standing.step WHERE step.name = '{step}' AND standing.position = 0"
    );
    project.rows_of(&query).remove(0)
}

#[test]
fn a_step_is_cleaned_with_what_is_made_from_it() {
    let server = echo();
    let project = story(&server, &["cats", "dogs"]);
    project.run().expect(0);
    let first = project.rows_of("SELECT * FROM results");
    server.forget();
    let ended = project.casebook(&["clean", "tickets.db", "--from", "section"]).expect(0);
    assert!(
        ended.stderr.contains("Set aside from `section` on: 4 work items, 4 attempts, 0 calls."),
        "{}",
        ended.stderr
    );
    assert_eq!(project.progress(), ["outline 2/2/0/0/0/0/0", "section 2/0/0/0/0/0/2", "page 2/0/0/0/0/0/2"]);
    project.sound();
    let ended = project.run().expect(0);
    assert!(asked(&server).is_empty(), "the tape answers");
    assert!(ended.stderr.contains("from the record   2 work items, 2 answers"), "{}", ended.stderr);
    assert_eq!(project.rows_of("SELECT * FROM results"), first);
    assert_eq!(project.number("SELECT count(*) FROM attempts WHERE step = 'outline'"), 2);
    assert_eq!(project.number("SELECT count(*) FROM attempts WHERE step = 'section'"), 4, "earlier ones stay");
    assert_eq!(project.number("SELECT count(*) FROM attempts WHERE step = 'page'"), 4);
    assert_eq!(project.number("SELECT count(*) FROM manifests WHERE stage = 'export' AND status = 'done'"), 2);
    project.sound();
    let ended = project.casebook(&["clean", "tickets.db", "--from", "section", "--tape"]).expect(0);
    assert!(ended.stderr.contains("4 work items, 4 attempts, 2 calls"), "{}", ended.stderr);
    let dry = project.start(&["--dry-run"]).wait().expect(0);
    assert!(dry.stdout.contains("outline") || !dry.stdout.is_empty(), "{}", dry.stdout);
    project.run().expect(0);
    assert_eq!(asked(&server), ["Write Outline cats", "Write Outline dogs"]);
    project.run().expect(0);
    assert!(asked(&server).is_empty(), "once is enough");
    project.sound();
    for (words, says) in [
        (&["--from", "sectoin"] as &[&str], "did you mean `section`?"),
        (&[], "required"),
        (&["ffffffffffff"], "no work item's id begins with `ffffffffffff`"),
        (&["zz"], "is not a work id"),
    ] {
        let words: Vec<&str> = ["clean", "tickets.db"].iter().chain(words).copied().collect();
        let ended = project.casebook(&words).expect(2);
        assert!(ended.stderr.contains(says), "{words:?}: {}", ended.stderr);
    }
    project.sound();
}

#[test]
fn a_work_item_is_cleaned_alone() {
    let server = echo();
    let project = story(&server, &["cats", "dogs"]);
    project.run().expect(0);
    server.forget();
    let (outline, section) = (item(&project, "outline"), item(&project, "section"));
    let clean = |words: &[&str], code: i32| {
        let words: Vec<&str> = ["clean", "tickets.db"].iter().chain(words).copied().collect();
        project.casebook(&words).expect(code).stderr
    };
    assert!(clean(&[&outline], 0).contains("Set aside: 3 work items, 3 attempts, 0 calls."));
    assert_eq!(project.progress(), ["outline 2/1/0/0/0/0/1", "section 2/1/0/0/0/0/1", "page 2/1/0/0/0/0/1"]);
    project.run().expect(0);
    assert!(asked(&server).is_empty());
    let tried = |step: &str| project.number(&format!("SELECT count(*) FROM attempts WHERE step = '{step}'"));
    assert_eq!([tried("outline"), tried("section"), tried("page")], [3, 3, 3]);
    project.sound();
    // From a later step on, the item itself stays.
    assert!(clean(&[&outline[..12], "--from", "section", "--tape"], 0).contains("2 work items, 2 attempts, 1 call"));
    let explained = project.casebook(&["explain", "tickets.db", &section]).expect(0);
    assert!(explained.stdout.contains("clean "), "{}", explained.stdout);
    project.run().expect(0);
    assert_eq!(asked(&server), ["Write Outline cats"]);
    assert_eq!([tried("outline"), tried("section"), tried("page")], [3, 4, 4]);
    project.sound();
    assert!(clean(&[&section, "--from", "export"], 2).contains("is about all work items"));
    assert!(clean(&[&section, "--from", "generate"], 0).contains("2 work items"));
    project.run().expect(0);
    assert!(asked(&server).is_empty());
    // A change and its way back find nothing from before.
    project.prompt("section", "Tell {{ steps.outline.text }}");
    project.run().expect(0);
    clean(&["--from", "section", "--tape"], 0);
    project.prompt("section", "Write {{ steps.outline.text }}");
    server.forget();
    project.run().expect(0);
    assert_eq!(asked(&server), ["Write Outline cats", "Write Outline dogs"]);
    project.sound();
}

#[test]
fn what_is_not_made_from_a_work_item_stays() {
    let steps = "  - {name: left, rule: {it: row.text}}\n  - {name: right, rule: {it: row.text}}\n";
    let project = Project::sampled(&["cats"], steps);
    project.run().expect(0);
    let left = item(&project, "left");
    let ended = project.casebook(&["clean", "tickets.db", &left, "--from", "right"]).expect(2);
    assert!(ended.stderr.contains("no work item of step `right` is one of these"), "{}", ended.stderr);
    project.casebook(&["clean", "tickets.db", "--from", "left"]).expect(0);
    assert_eq!(project.progress(), ["left 1/0/0/0/0/0/1", "right 1/1/0/0/0/0/0"]);
    project.run().expect(0);
    project.sound();
}

/// Steps of which the rows other than `a` are skipped, and a join of what is left with all rows.
const SOME_SKIPPED: &str = "  - {name: one, when: \"row.text == 'a'\", rule: {x: row.text}}
  - {name: two, each: output of one, rule: {y: item.x}}
  - {name: base, rule: {z: row.text}}
  - {name: all, each: 'join two, base by row', rule: {n: 'parents | length'}}
";

/// The id of the one work item of a step with a status.
fn standing(project: &Project, step: &str, status: &str) -> String {
    let found = project.rows_of(&format!(
        "SELECT work_item.work_id FROM standing JOIN work_item ON work_item.id = standing.work_item \
         JOIN step ON step.id = standing.step \
         WHERE step.name = '{step}' AND standing.status = '{status}' AND standing.planned = 1"
    ));
    assert_eq!(found.len(), 1, "{step} {status}: {found:?}");
    found.into_iter().next().unwrap()
}

/// Works on what waits for a skipped or failed source, each time with a run: everything stands as before.
fn comes_back(project: &Project, ways: &[&[&str]], code: i32) {
    let (before, results) = (project.progress(), project.rows_of("SELECT * FROM results"));
    for words in ways {
        project.casebook(words).expect(0);
        project.sound();
        project.run().expect(code);
        assert_eq!(project.progress(), before, "{words:?}");
        assert_eq!(project.rows_of("SELECT * FROM results"), results, "{words:?}");
        project.sound();
    }
}

#[test]
fn what_waits_for_a_skipped_source_is_told_again_after_a_clean() {
    let project = Project::sampled(&["a", "b"], SOME_SKIPPED);
    project.run().expect(0);
    let before = ["one 2/1/0/0/1/0/0", "two 2/1/0/0/1/0/0", "base 2/2/0/0/0/0/0", "all 2/2/0/0/0/0/0"];
    assert_eq!(project.progress(), before);
    let (one, two) = (standing(&project, "one", "skipped"), standing(&project, "two", "skipped"));
    comes_back(
        &project,
        &[
            &["clean", "tickets.db", "--from", "two"],
            &["clean", "tickets.db", "--from", "all"],
            &["clean", "tickets.db", &two],
            &["clean", "tickets.db", &two, "--tape"],
            &["clean", "tickets.db", &one, "--from", "two"],
            &["clean", "tickets.db", &one],
            &["retry", "tickets.db", &two],
        ],
        0,
    );
}

#[test]
fn what_waits_for_a_failed_source_is_told_again_after_a_clean() {
    let server = echo();
    let project = story(&server, &["cats", "[bad]"]);
    project.run().expect(3);
    let before = ["outline 2/1/0/1/0/0/0", "section 2/1/0/0/0/1/0", "page 2/1/0/0/0/1/0"];
    assert_eq!(project.progress(), before);
    let failed = standing(&project, "outline", "failed");
    let (section, page) = (standing(&project, "section", "blocked"), standing(&project, "page", "blocked"));
    comes_back(
        &project,
        &[
            &["clean", "tickets.db", "--from", "section"],
            &["clean", "tickets.db", "--from", "page"],
            &["clean", "tickets.db", &section],
            &["clean", "tickets.db", &page],
            &["clean", "tickets.db", &failed, "--from", "section"],
            &["clean", "tickets.db", &failed, "--from", "page"],
            &["retry", "tickets.db", &section],
        ],
        3,
    );
}

/// What joins by a field sees its sources once all are decided.
#[test]
fn a_join_by_a_field_is_told_again_after_a_clean() {
    let server = echo();
    let joined = "  - {name: same, each: join outline by text, rule: {n: 'parents | length'}}\n";
    let after = "  - {name: last, each: output of same, rule: {m: item.n}}\n";
    let project = Project::served(&server, &["cats", "cats", "[bad]"], &format!("{STEPS}{joined}{after}"));
    project.prompt("outline", "Outline {{ row.text }}");
    project.prompt("section", "Write {{ steps.outline.text }}");
    project.run().expect(3);
    assert_eq!(project.progress()[3..], ["same 2/1/0/0/0/1/0", "last 2/1/0/0/0/1/0"]);
    let (same, last) = (standing(&project, "same", "blocked"), standing(&project, "last", "blocked"));
    comes_back(
        &project,
        &[
            &["clean", "tickets.db", "--from", "same"],
            &["clean", "tickets.db", "--from", "last"],
            &["clean", "tickets.db", &same],
            &["clean", "tickets.db", &last],
            &["retry", "tickets.db", &last],
        ],
        3,
    );
}

#[test]
fn a_retry_of_a_step_leaves_the_others() {
    let server = Server::with(|ask: &Ask| {
        let question = ask.question();
        let bad = question.starts_with("Write") && question.contains("dogs") || question == "Outline ants";
        Act::says(&if bad { "no JSON".to_owned() } else { serde_json::json!({"text": question}).to_string() })
    });
    let project = story(&server, &["cats", "dogs", "ants"]);
    project.run().expect(3);
    server.forget();
    let retry = |words: &[&str], code: i32| {
        let words: Vec<&str> = ["retry", "tickets.db"].iter().chain(words).copied().collect();
        project.casebook(&words).expect(code).stderr
    };
    assert!(retry(&["--step", "section"], 0).starts_with("1 work item "));
    project.run().expect(3);
    assert_eq!(asked(&server), ["Write Outline dogs"]);
    assert!(retry(&["--step", "outline", "--kind", "no_json"], 0).starts_with("1 work item "));
    project.run().expect(3);
    assert_eq!(asked(&server), ["Outline ants"]);
    assert!(retry(&["--step", "page"], 0).starts_with("No work item "));
    let unknown = retry(&["--step", "nowhere"], 2);
    assert!(unknown.contains("there is no step `nowhere`\n"), "{unknown}");
    assert!(unknown.contains("the steps are outline, section, page\n") && !unknown.contains("stage"), "{unknown}");
    project.sound();
}

#[test]
fn the_files_of_a_step_lie_beside_those_of_the_task() {
    let server = echo();
    let project = story(&server, &["[bad] cats", "dogs"]);
    project.run().expect(3);
    let whole = fs::read(project.dir().join("out/tickets/output.jsonl")).unwrap();
    let before = fs::read(project.db()).unwrap();
    let ended = project.casebook(&["export", "tickets.db", "--step", "outline", "--formats", "jsonl,csv"]).expect(0);
    let paths: Vec<&str> = ended.stdout.lines().collect();
    assert_eq!(paths, ["out/tickets/outline/output.jsonl", "out/tickets/outline/output.csv"]);
    assert!(ended.stderr.contains("note: these are the files of one step"), "{}", ended.stderr);
    let lines = fs::read_to_string(project.dir().join(paths[0])).unwrap();
    assert_eq!(lines.lines().count(), 2, "{lines}");
    assert!(lines.contains("Outline dogs") && !lines.contains("Write Outline"), "{lines}");
    assert_eq!(fs::read(project.dir().join("out/tickets/output.jsonl")).unwrap(), whole);
    project.casebook(&["report", "tickets.db", "--step", "section", "--dir", "elsewhere"]).expect(0);
    let report = fs::read_to_string(project.dir().join("elsewhere/section/report.md")).unwrap();
    assert!(report.contains("tickets, step section"), "{report}");
    assert!(report.contains("Write Outline dogs") && !report.contains("dogs!"), "{report}");
    assert!(project.dir().join("elsewhere/section/report.html").exists());
    // The failed outline is not the section's: that is blocked.
    assert!(!report.contains("no_json") && !report.contains("no JSON"), "{report}");
    assert_eq!(fs::read(project.db()).unwrap(), before, "nothing is written to the record");
    for command in ["export", "report"] {
        let ended = project.casebook(&[command, "tickets.db", "--step", "sectoin"]).expect(2);
        assert!(ended.stderr.contains("there is no step `sectoin`"), "{}", ended.stderr);
        assert!(ended.stderr.contains("did you mean `section`?"), "{}", ended.stderr);
        let ended = project.casebook(&[command, "tickets.db", "--step", "plan"]).expect(2);
        assert!(ended.stderr.contains("there is no step `plan`"), "{}", ended.stderr);
    }
    project.run().expect(3);
    assert_eq!(fs::read(project.dir().join("out/tickets/output.jsonl")).unwrap(), whole);
}

#[test]
fn a_step_that_is_called_items_has_another_folder() {
    let steps =
        "  - {name: items, rule: {it: row.text}}\n  - {name: last, each: output of items, rule: {it: \"'!'\"}}\n";
    let project = Project::sampled(&["cats"], steps);
    project.start(&["--set", "outputs.formats=[files]"]).wait().expect(0);
    let tree = |dir: &str| {
        let there = fs::read_dir(project.dir().join(dir)).unwrap().flatten();
        let mut names: Vec<String> = there.map(|it| it.file_name().into_string().unwrap()).collect();
        names.sort();
        names
    };
    let whole = tree("out/tickets/items");
    let ended = project.casebook(&["export", "tickets.db", "--step", "items", "--formats", "jsonl,files"]).expect(0);
    assert!(ended.stdout.contains("out/tickets/items.step/output.jsonl\n"), "{}", ended.stdout);
    let ended = project.casebook(&["report", "tickets.db", "--step", "items"]).expect(0);
    assert!(ended.stdout.contains("out/tickets/items.step/report.html\n"), "{}", ended.stdout);
    assert_eq!(tree("out/tickets/items"), whole, "the task's folder is as it was");
    assert_eq!(tree("out/tickets/items.step/items").len(), 1);
}

#[test]
fn the_one_step_of_a_task_has_a_name_too() {
    let server = Server::with(|ask: &Ask| {
        let answer = serde_json::json!({"product": "login", "urgent": true, "note": "n"});
        Act::says(&if ask.question().contains("[bad]") { "no JSON".to_owned() } else { answer.to_string() })
    });
    let project = Project::new(&server, &["[bad] cats", "dogs"]).set("llm.retries", "0");
    project.run().expect(3);
    let whole = fs::read_to_string(project.dir().join("out/tickets/output.jsonl")).unwrap();
    let ended = project.casebook(&["export", "tickets.db", "--step", "generate", "--formats", "jsonl"]).expect(0);
    assert_eq!(ended.stdout, "out/tickets/generate/output.jsonl\n");
    assert_eq!(fs::read_to_string(project.dir().join("out/tickets/generate/output.jsonl")).unwrap(), whole);
    project.casebook(&["report", "tickets.db", "--step", "generate"]).expect(0);
    assert!(project.dir().join("out/tickets/generate/report.html").exists());
    let ended = project.casebook(&["retry", "tickets.db", "--failed", "--step", "generate"]).expect(0);
    assert!(ended.stderr.starts_with("1 work item "), "{}", ended.stderr);
    for command in ["export", "report", "retry"] {
        let ended = project.casebook(&[command, "tickets.db", "--step", "generat"]).expect(2);
        assert!(ended.stderr.contains("there is no step `generat`"), "{}", ended.stderr);
        assert!(ended.stderr.contains("did you mean `generate`? the only step is generate"), "{}", ended.stderr);
    }
    project.sound();
}

#[test]
fn a_step_that_is_left_out_needs_no_key() {
    let server = echo();
    let project = story(&server, &["cats"]);
    let other = STEPS.replace("section.yaml}\n", "section.yaml}\n    llm: {api_key_env: NOBODY_SET_THIS}\n");
    let text = fs::read_to_string(project.dir().join("casebook.yaml")).unwrap();
    project.write("casebook.yaml", &text.replace(STEPS, &other));
    project.start(&["--to", "outline"]).wait().expect(0);
    let ended = project.start(&["--only", "section"]).wait();
    assert!(ended.stderr.contains("NOBODY_SET_THIS"), "{}", ended.stderr);
    assert_eq!(asked(&server), ["Outline cats"]);
}
