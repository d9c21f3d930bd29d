//! What is asked again and what is not: limits, `cache.force`, `cache.enabled`, `force_regenerate`, refusals.

use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::json;

use crate::support::{Act, Project, Server, by_tags};

const FORCE: [&str; 2] = ["--set", "cache.force=true"];

/// How many requests a run with these arguments makes.
fn asked(server: &Server, project: &Project, more: &[&str]) -> usize {
    let before = server.count();
    project.start(more).wait();
    server.count() - before
}

fn says(text: &str) -> Act {
    Act::says(&json!({"text": text}).to_string())
}

// Limits.

/// Three elements of each row (or each group of rows), a question for each.
fn elements(source: &str, name: &str) -> String {
    format!(
        "  - name: list\n    each: {source}\n    rule: {{items: \"['a', 'b', 'c']\"}}\n  - {{name: word, each: element of \
         list.items, prompts: {{generation: word.yaml}}, schema: {{path: text.json}}}}\n  - name: last\n    each: output of \
         word\n    rule: {{text: \"{name} ~ item.text\"}}\n"
    )
}

fn of_rows(server: &Server) -> Project {
    let project = Project::served(server, &["one", "two", "three"], &elements("row", "row.id"));
    project.prompt("word", "{{ row.text }} {{ item }}");
    project
}

#[test]
fn a_limit_is_of_input_rows_in_every_step() {
    let server = Server::with(|ask| says(&ask.question()));
    let project = of_rows(&server);
    for rows in 1..=3 {
        assert_eq!(asked(&server, &project, &["--limit", &rows.to_string()]), 3, "the three elements of row {rows}");
        let accepted = "SELECT step || ' ' || accepted FROM progress";
        let expected = [format!("list {rows}"), format!("word {}", 3 * rows), format!("last {}", 3 * rows)];
        assert_eq!(project.rows_of(accepted), expected);
        project.sound();
    }
}

#[test]
fn a_limit_of_one_row_tries_all_of_its_failed_elements_again() {
    let down = Arc::new(AtomicBool::new(true));
    let is_down = Arc::clone(&down);
    let server = Server::with(move |ask| {
        let fails = is_down.load(Ordering::Relaxed) && ask.question().starts_with("one");
        if fails { Act::error(500, "out of order") } else { says(&ask.question()) }
    });
    let project = of_rows(&server);
    project.run().expect(3);
    assert_eq!(project.progress()[1], "word 9/6/0/3/0/0/0");
    down.store(false, Ordering::Relaxed);
    assert_eq!(asked(&server, &project, &["--limit", "1"]), 3);
    assert_eq!(project.progress()[1..], ["word 9/9/0/0/0/0/0", "last 9/9/0/0/0/0/0"]);
    project.sound();
}

#[test]
fn the_summary_says_what_a_limit_counts() {
    let server = Server::with(|ask| says(&ask.question()));
    let told = |project: &Project| project.start(&["--limit", "1"]).wait().expect(0).stderr;
    let limits = |said: &str, of: &str| said.lines().any(|it| it.contains("limit") && it.contains(of));
    let rows = told(&of_rows(&server));
    assert!(limits(&rows, "row"), "{rows}");

    let project = Project::served(&server, &["red", "blue", "red"], &elements("group", "group.key"));
    let text = fs::read_to_string(project.dir().join("casebook.yaml")).unwrap();
    project.write("casebook.yaml", &text.replace("steps:", "grouping: {column: text}\nsteps:"));
    project.prompt("word", "{{ group.key }} {{ item }}");
    let groups = told(&project);
    assert_eq!(project.number("SELECT count(*) FROM results WHERE status = 'accepted'"), 3, "of the first group");
    assert!(limits(&groups, "group"), "{groups}");
}

// Forced rounds.

fn tickets(server: &Server, count: usize) -> Project {
    let rows: Vec<String> = (1..=count).map(|it| format!("ticket {it}")).collect();
    Project::new(server, &rows).set("llm.retries", "0")
}

#[test]
fn force_asks_everything_though_something_is_open() {
    let server = Server::start();
    let project = tickets(&server, 2);
    project.run().expect(0);
    project.rows(&["ticket 1", "ticket 2", "ticket 3"]);
    assert_eq!(asked(&server, &project, &FORCE), 3);
    assert_eq!(project.progress(), ["generate 3/3/0/0/0/0/0"]);
    project.sound();
    assert_eq!(asked(&server, &project, &[]), 0);
}

#[test]
fn a_forced_round_goes_on_until_all_of_it_is_decided() {
    let server = Server::start();
    let project = tickets(&server, 4);
    project.run().expect(0);
    assert_eq!(asked(&server, &project, &[&FORCE[..], &["--limit", "1"]].concat()), 1);
    project.sound();
    assert_eq!(asked(&server, &project, &FORCE), 3, "a limit does not end the round; the next run goes on with it");
    project.sound();
    assert_eq!(asked(&server, &project, &FORCE), 4, "that round is over, this is another one");
    assert_eq!(asked(&server, &project, &[]), 0);
    assert_eq!(project.progress(), ["generate 4/4/0/0/0/0/0"]);
    project.sound();
}

#[test]
fn a_forced_round_that_was_killed_goes_on_with_the_same_command() {
    let server = Server::with(|ask| {
        // The third of the second round waits.
        let waits = ask.question().contains("ticket 3") && ask.number == 2;
        if waits { Act::Hold(Box::new(by_tags(ask))) } else { by_tags(ask) }
    });
    let project = tickets(&server, 4);
    project.run().expect(0);
    let force: Vec<&str> = FORCE.into_iter().chain(["--workers", "1"]).collect();
    let running = project.start(&force);
    server.wait_for(7);
    running.kill();
    server.release();
    project.sound();
    assert_eq!(asked(&server, &project, &force), 2, "the third, which was in flight, and the fourth");
    project.sound();
    assert_eq!(asked(&server, &project, &[]), 0);
    assert_eq!(asked(&server, &project, &force), 4);
    project.sound();
}

#[test]
fn force_asks_everything_in_every_step() {
    let server = Server::with(|ask| says(&ask.question()));
    let project = of_rows(&server);
    project.run().expect(0);
    project.rows(&["one", "two", "three", "four"]);
    assert_eq!(asked(&server, &project, &[&FORCE[..], &["--limit", "2"]].concat()), 6);
    assert_eq!(asked(&server, &project, &FORCE), 6);
    project.sound();
    assert_eq!(asked(&server, &project, &FORCE), 12);
    assert_eq!(project.progress()[1..], ["word 12/12/0/0/0/0/0", "last 12/12/0/0/0/0/0"]);
    project.sound();
}

// `cache.enabled: false` and `force_regenerate: true`.

#[test]
fn without_the_cache_each_run_asks_again() {
    let server = Server::start();
    let project = tickets(&server, 3);
    project.run().expect(0);
    for _ in 0..2 {
        assert_eq!(asked(&server, &project, &["--set", "cache.enabled=false"]), 3);
        project.sound();
    }
    assert_eq!(asked(&server, &project, &[]), 0);
    assert_eq!(project.progress(), ["generate 3/3/0/0/0/0/0"]);
}

#[test]
fn a_schema_that_is_to_be_made_anew_is_asked_for_by_each_run() {
    let server = Server::with(|ask| {
        let fields = json!({
            "product": {"type": "string", "enum": ["billing", "login", "other"], "description": "What it is about"},
            "urgent": {"type": "boolean", "description": "Whether it is"},
            "note": {"type": "string", "description": "A remark"},
        });
        let schema = json!({"type": "object", "properties": fields, "required": ["product", "urgent", "note"]});
        let designs = ask.messages().first().is_some_and(|(_, text)| text.starts_with("You design"));
        if designs { Act::says(&schema.to_string()) } else { by_tags(ask) }
    });
    let designed = || server.log().iter().filter(|ask| ask.messages()[0].1.starts_with("You design")).count();
    let project = tickets(&server, 2).set("schema.auto_generate", "true");
    fs::remove_file(project.dir().join("schema.json")).unwrap();
    project.run().expect(0);
    assert_eq!(designed(), 1);
    project.run().expect(0);
    assert_eq!(designed(), 1, "the file is there");
    for times in 2..=3 {
        project.start(&["--set", "schema.force_regenerate=true"]).wait().expect(0);
        assert_eq!(designed(), times);
        project.sound();
    }
    assert_eq!(server.count(), 3 + 2, "it came out the same: no ticket is asked about again");
    assert_eq!(asked(&server, &project, &[]), 0);
}

// What was refused, and what had no answer.

#[test]
fn what_was_refused_is_asked_again_only_when_it_is_retried() {
    let server = Server::start();
    let project = Project::new(&server, &["one", "[400] two", "[malformed] three"]).set("llm.retries", "0");
    project.run().expect(3);
    assert_eq!(server.count(), 3);
    let kinds = "SELECT kind FROM failures ORDER BY kind";
    assert_eq!(project.rows_of(kinds), ["bad_request", "invalid_json"]);
    for _ in 0..2 {
        assert_eq!(asked(&server, &project, &[]), 0);
        project.sound();
    }
    project.casebook(&["retry", "tickets.db", "--failed"]).expect(0);
    assert_eq!(asked(&server, &project, &[]), 2);
    assert_eq!(asked(&server, &project, &[]), 0);
    assert_eq!(project.progress(), ["generate 3/1/0/2/0/0/0"]);
    project.sound();
}

#[test]
fn what_had_no_answer_is_asked_again_by_a_plain_run() {
    let server = Server::start();
    // One after the other, so that something is answered that was sent later.
    let project =
        Project::new(&server, &["one", "[500 1] two", "three"]).set("llm.retries", "0").set("llm.max_workers", "1");
    project.run().expect(3);
    assert_eq!(project.rows_of("SELECT kind FROM failures"), ["server_error"]);
    assert_eq!(asked(&server, &project, &[]), 1);
    assert_eq!(project.progress(), ["generate 3/3/0/0/0/0/0"]);
    project.sound();

    let project =
        Project::new(&server, &["four", "[close 1] five", "six"]).set("llm.retries", "0").set("llm.max_workers", "1");
    project.run().expect(3);
    assert_eq!(asked(&server, &project, &[]), 1);
    assert_eq!(project.progress(), ["generate 3/3/0/0/0/0/0"]);

    let project =
        Project::new(&server, &["seven", "[hang 1] eight", "nine"]).set("llm.retries", "0").set("llm.max_workers", "1");
    project.run().expect(3);
    assert_eq!(asked(&server, &project, &[]), 1);
    assert_eq!(project.progress(), ["generate 3/3/0/0/0/0/0"]);
    project.sound();
}

#[test]
fn what_is_joined_is_made_in_the_same_run_though_a_failure_is_decided_last() {
    let steps = "  - {name: first, prompts: {generation: first.yaml}, schema: {path: text.json}}
  - {name: all, each: join first by text, rule: {text: item}}
  - {name: last, each: output of all, rule: {text: item.text}}
";
    for status in [500, 400] {
        let server = Server::with(move |ask| {
            if ask.question().contains("two") { Act::error(status, "not this one") } else { says(&ask.question()) }
        });
        let project = Project::served(&server, &["one", "three", "two"], steps);
        project.prompt("first", "{{ row.text }}");
        project.start(&["--workers", "1"]).wait().expect(3);
        let first = project.progress();
        assert_eq!(first[0], "first 3/2/0/1/0/0/0");
        project.start(&["--workers", "1"]).wait();
        assert_eq!(project.progress(), first, "{status}: another run finds nothing to add");
        assert_eq!(project.number("SELECT count(*) FROM progress WHERE step = 'all' AND planned > 0"), 1);
        project.sound();
    }
}

#[test]
fn a_forced_round_that_is_gone_on_with_leaves_nothing_waiting_for_what_failed_in_it() {
    let down = Arc::new(AtomicBool::new(false));
    let is_down = Arc::clone(&down);
    let server = Server::with(move |ask| {
        let fails = is_down.load(Ordering::Relaxed) && ask.question().starts_with("one");
        if fails { Act::error(400, "not this one") } else { says(&ask.question()) }
    });
    let steps = "  - {name: list, prompts: {generation: list.yaml}, schema: {path: text.json}}
  - {name: cut, each: output of list, rule: {words: \"item.text | split(' ') | list\"}}
  - {name: word, each: element of cut.words, rule: {text: item}}
  - {name: all, each: \"join word, list by row\", rule: {text: \"steps.word | length\"}}
";
    let project = Project::served(&server, &["one a", "two b c", "three d"], steps);
    project.prompt("list", "{{ row.text }}");
    project.start(&[]).wait().expect(0);
    down.store(true, Ordering::Relaxed);
    project.start(&["--set", "cache.force=true", "--limit", "1"]).wait();
    project.sound();
    project.start(&FORCE).wait().expect(3);
    let stand = "SELECT step, accepted, failed, blocked, pending FROM progress";
    assert_eq!(project.rows_of(stand), ["list|2|1|0|0", "cut|2|0|1|0", "word|5|0|1|0", "all|2|0|1|0"]);
    project.sound();
    let (asked_before, _) = (server.count(), project.start(&[]).wait());
    assert_eq!(server.count(), asked_before);
    project.sound();
}

#[test]
fn no_round_begins_without_a_key() {
    let server = Server::with(|ask| says(&ask.question()));
    let project = of_rows(&server);
    project.run().expect(0);
    let no_key = ["--set", "cache.force=true", "--set", "llm.api_key_env=CASEBOOK_NO_SUCH_KEY"];
    project.start(&no_key).wait().expect(2);
    assert_eq!(project.rows_of("SELECT count(*) || '' FROM rounds"), ["0"]);
    project.sound();
}
