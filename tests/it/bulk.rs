//! Many rows, many elements, long lists: the same outcome, the same order and the same cost as of a few.

use std::thread;
use std::time::Duration;

use crate::support::{Act, Project, Running, Server, open, texts};

/// A list for each row, a question for each of its three elements, and all of them put together.
const STEPS: &str = "  - name: list
    rule: {items: \"[row.id ~ 'a', row.id ~ 'b', row.id ~ 'c']\"}
  - {name: word, each: element of list.items, prompts: {generation: word.yaml}, schema: {path: text.json}}
  - name: whole
    each: join word, list by row
    rule: {text: \"steps.word | map(attribute='text') | join(' ')\", count: \"steps.list['items'] | length\"}
";

fn rows(count: usize) -> Vec<String> {
    (1..=count).map(|it| format!("row number {it}")).collect()
}

fn three_steps(count: usize) -> Project {
    let project = Project::sampled(&rows(count), STEPS);
    project.prompt("word", "Say {{ item }}. {{ llm_schema }}");
    project
}

const ANSWERED: &str = "SELECT count(*) FROM calls WHERE outcome = 'answered'";

/// Waits until a query on the file of a run that goes on gives more than nothing, or the run is over.
fn until_some(project: &Project, running: &mut Running, query: &str) {
    while !running.has_ended() {
        let reading = rusqlite::Connection::open_with_flags(project.db(), rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY);
        let found = reading.and_then(|it| it.query_row(query, [], |row| row.get::<_, i64>(0)));
        if found.is_ok_and(|it| it > 0) {
            return;
        }
        thread::sleep(Duration::from_micros(200));
    }
}

#[test]
fn a_change_in_the_middle_of_three_steps_costs_that_step() {
    let project = three_steps(300);
    project.run().expect(0);
    let first = ["list 300/300/0/0/0/0/0", "word 900/900/0/0/0/0/0", "whole 300/300/0/0/0/0/0"];
    assert_eq!(project.progress(), first);
    assert_eq!(project.calls(), 900);
    let before = project.exported("output.jsonl");
    assert!(project.run().expect(0).stderr.contains("no call was made"));
    assert!(project.exported("output.jsonl") == before);
    project.sound();

    project.prompt("word", "Please say {{ item }}. {{ llm_schema }}");
    project.run().expect(0);
    assert_eq!((project.progress(), project.calls()), (first.map(str::to_owned).to_vec(), 1800));
    let changed = project.exported("output.jsonl");
    assert!(changed != before);
    project.sound();
    assert!(project.run().expect(0).stderr.contains("no call was made"));

    project.prompt("word", "Say {{ item }}. {{ llm_schema }}");
    assert!(project.run().expect(0).stderr.contains("no call was made"), "all of it is on record");
    assert_eq!(project.calls(), 1800);
    assert!(project.exported("output.jsonl") == before);
    project.sound();
}

#[test]
fn a_resumed_run_asks_what_is_open_and_comes_to_the_same_bytes() {
    let (whole, parts) = (three_steps(300), three_steps(300));
    whole.run().expect(0);
    for (limit, asked) in [("100", 300), ("200", 600)] {
        parts.start(&["--limit", limit]).wait().expect(0);
        assert_eq!(parts.calls(), asked, "three for each row of the first {limit}");
        parts.sound();
    }
    let mut running = parts.start(&["--set", "llm.sample.latency_ms=2"]);
    let some_more = format!("SELECT ({ANSWERED}) > 700");
    until_some(&parts, &mut running, &some_more);
    running.kill();
    parts.sound();
    parts.run().expect(0);
    assert_eq!(parts.number(ANSWERED), 900, "what was answered is not asked again");
    assert_eq!(parts.progress(), whole.progress());
    assert!(parts.exported("output.jsonl") == whole.exported("output.jsonl"));
    parts.sound();
}

#[test]
fn work_is_begun_in_the_order_of_the_plan_after_a_kill_too() {
    let server = Server::with(|ask| Act::says(&format!("{{\"text\": \"{}\"}}", ask.question().len())));
    let steps = "  - {name: first, prompts: {generation: first.yaml}, schema: {path: text.json}}
  - name: list
    each: output of first
    rule: {items: \"[row.id ~ 'a', row.id ~ 'b']\"}
  - {name: word, each: element of list.items, prompts: {generation: word.yaml}, schema: {path: text.json}}
";
    let project = Project::served(&server, &rows(80), steps);
    project.prompt("first", "first {{ row.id }}");
    project.prompt("word", "word {{ row.id }} {{ item }}");
    let running = project.start(&["--workers", "1"]);
    server.wait_for(90);
    running.kill();
    project.start(&["--workers", "1"]).wait().expect(0);
    let mut last = [(0, String::new()), (0, String::new())];
    for ask in server.log() {
        let question = ask.question();
        let mut words = question.split(' ').map(str::to_owned);
        let step = usize::from(words.next().unwrap() == "word");
        let now = (words.next().unwrap().parse::<usize>().unwrap(), words.next().unwrap_or_default());
        assert!(now >= last[step], "{question} after {:?}", last[step]);
        last[step] = now;
    }
    assert_eq!(project.progress()[2], "word 160/160/0/0/0/0/0");
}

/// What a dry run says that a run would ask.
fn dry(project: &Project) -> usize {
    let said = project.start(&["--dry-run", "--format", "json"]).wait().expect(0).stdout;
    let said: serde_json::Value = serde_json::from_str(&said).unwrap();
    let requests = said["requests"].as_array().unwrap().iter().map(|it| it["requests"].as_u64().unwrap());
    usize::try_from(requests.sum::<u64>()).unwrap()
}

/// Holds a dry run to what the run after it asks.
#[track_caller]
fn told_beforehand(project: &Project, server: &Server, asked: usize) {
    assert_eq!(dry(project), asked);
    let before = server.count();
    let _ = project.run();
    assert_eq!(server.count() - before, asked);
}

#[test]
fn a_dry_run_says_what_the_next_run_asks() {
    let server = Server::start();
    let mut texts = rows(300);
    texts[10].push_str(" [400]");
    let project = Project::new(&server, &texts).set("llm.retries", "0");
    told_beforehand(&project, &server, 300);
    // What was refused is not asked again.
    told_beforehand(&project, &server, 0);
    texts[20].push_str(", changed");
    texts.push("one more".to_owned());
    project.rows(&texts);
    told_beforehand(&project, &server, 2);
    project.casebook(&["retry", "tickets.db", "--failed"]).expect(0);
    told_beforehand(&project, &server, 1);
    project.write("generate.yaml", "name: sort\nuser: \"Sort: {{ row.text }}\"\n");
    told_beforehand(&project, &server, 301);
    project.sound();
}

/// One row becomes a list, and a work item of each of its elements.
fn fan_out(list: &str) -> Project {
    let steps = format!(
        "  - name: list\n    rule: {{items: \"{list}\"}}\n  - name: cell\n    each: element of list.items\n    rule: \
         {{it: item}}\n"
    );
    Project::sampled(&["x".repeat(10_001)], &steps)
}

#[test]
fn a_long_list_fans_out_completely_and_in_order_though_killed_in_the_middle() {
    let (whole, killed) = (fan_out("range(3000) | list"), fan_out("range(3000) | list"));
    whole.run().expect(0);
    assert_eq!(whole.progress(), ["list 1/1/0/0/0/0/0", "cell 3000/3000/0/0/0/0/0"]);
    let all: Vec<String> = (0..3000).map(|it| it.to_string()).collect();
    assert_eq!(whole.rows_of("SELECT it FROM results"), all);
    for more in ["1", "1 AND accepted > 0", "1 AND accepted > 1000"] {
        let mut running = killed.start(&[]);
        let begun = format!("SELECT count(*) FROM progress WHERE step = 'cell' AND planned > {more}");
        until_some(&killed, &mut running, &begun);
        running.kill();
        killed.sound();
    }
    killed.run().expect(0);
    assert_eq!((killed.progress(), killed.rows_of("SELECT it FROM results")), (whole.progress(), all));
    assert!(killed.exported("output.jsonl") == whole.exported("output.jsonl"));
    killed.sound();
}

#[test]
fn ten_thousand_equal_elements_are_as_many_work_items_and_sound() {
    let project = fan_out("row.text | list");
    project.run().expect(0);
    assert_eq!(project.progress()[1], "cell 10001/10001/0/0/0/0/0");
    assert_eq!(project.number("SELECT count(DISTINCT work_id) FROM results WHERE it = 'x'"), 10_001);
    project.casebook(&["verify", "tickets.db"]).expect(0);
}

#[test]
fn one_of_many_is_found_by_the_beginning_of_its_id_and_many_are_decided_at_once() {
    let project = three_steps(300);
    project.run().expect(0);
    let ids = project.rows_of("SELECT work_id FROM results");
    for id in [&ids[0], &ids[150], &ids[299]] {
        for given in [id[..12].to_owned(), id[..12].to_uppercase(), id.clone()] {
            let shown = project.casebook(&["show", "tickets.db", &given]).expect(0).stdout;
            assert!(shown.contains(id.as_str()), "{shown}");
        }
        let said = project.casebook(&["retry", "tickets.db", &id[..12]]).expect(0).stderr;
        assert!(said.contains("1 work item"), "{said}");
    }
    assert_eq!(project.number("SELECT sum(pending) FROM progress"), 3);
    let several = project.casebook(&["show", "tickets.db", &ids[0][..1]]);
    assert!(several.code != Some(0) && several.stderr.contains("more of the id"), "{several:?}");
    project.run().expect(0);

    let words = project.rows_of("SELECT DISTINCT work_id FROM attempts WHERE step = 'word' ORDER BY work_id");
    let line = |id: &String| {
        format!(
            "{{\"work_id\": \"{id}\", \"decision\": \"edit\", \"reason\": \"mended\", \"output\": {{\"text\": \"by hand\"}}}}\n"
        )
    };
    let good: String = words.iter().map(line).collect();
    let bad = good.replacen("{\"text\": \"by hand\"}", "{\"text\": 1}", 900).replacen(
        "{\"text\": 1}",
        "{\"text\": \"by hand\"}",
        899,
    );
    let take = |text: &str| {
        project.write("decisions.jsonl", text);
        project.casebook(&["review", "tickets.db", "--decisions", "decisions.jsonl", "--by", "Ada"])
    };
    let refused = take(&bad).expect(2);
    assert!(refused.stderr.contains("decisions.jsonl:900"), "{}", refused.stderr);
    assert_eq!(project.number("SELECT count(*) FROM decisions"), 0, "all or nothing");
    take(&good).expect(0);
    project.run().expect(0);
    let text = texts(&open(&project.db()), "SELECT DISTINCT parsed_text FROM results");
    assert_eq!(text, ["by hand by hand by hand"]);
    project.sound();
}
