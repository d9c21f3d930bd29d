//! `casebook render`: what is shown is what a run sends, and nothing is asked or written.

use std::fs;

use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::projects;
use crate::support::project::KEY;
use crate::support::server::Ask;
use crate::support::{Act, Project, Server, open, texts};

const VERDICT: &str = r#"{"verdict": "PASS", "score": 90, "reasons": []}"#;
const SORTED: &str = r#"{"product": "login", "urgent": true, "note": "ok"}"#;

/// A project that asks in a dialect; see `dialects`.
fn project(server: &Server, provider: &str) -> Project {
    let base_url = server.base_url();
    let root = base_url.trim_end_matches("/v1");
    let project = Project::new(server, &["one \"quoted\" ünd 語", "two"]).set("llm.provider", provider);
    match provider {
        "azure" => project.set("llm.base_url", root),
        "anthropic" => project.set("llm.max_output_tokens", "500"),
        "bedrock" => project.set("llm.base_url", root).set("llm.region", "eu-west-1"),
        _ => project,
    }
}

/// The requests that `casebook render` shows.
#[track_caller]
fn rendered(project: &Project, more: &[&str]) -> Vec<Value> {
    let ended = project.with_settings("render", &[more, &["--format", "json"]].concat()).expect(0);
    let shown: Value = serde_json::from_str(&ended.stdout).unwrap();
    shown["requests"].as_array().unwrap().clone()
}

/// What `casebook render` says where it shows nothing.
#[track_caller]
fn refused(project: &Project, more: &[&str], code: i32) -> String {
    project.with_settings("render", &[more, &["--quiet"]].concat()).expect(code).stderr.trim_end().to_owned()
}

/// The body and the path of a rendered request.
fn on_the_wire(request: &Value) -> (String, String) {
    let url = request["request"]["url"].as_str().unwrap();
    let path = url.splitn(4, '/').nth(3).unwrap();
    (request["request"]["body"].to_string(), format!("/{path}"))
}

fn sent(ask: &Ask) -> (String, String) {
    (ask.body.to_string(), ask.head.split(' ').nth(1).unwrap().to_owned())
}

#[test]
fn what_is_shown_is_what_each_dialect_sends() {
    for provider in ["openai", "openai_responses", "azure", "anthropic", "gemini", "bedrock"] {
        // Nobody understands the answer, so that each row is asked once.
        let server = Server::with(|_| Act::reply(200, "{}"));
        let project = project(&server, provider).set("llm.retries", "0").set("llm.temperature", "0.5");
        let one = rendered(&project, &["--row", "1"]);
        let two = rendered(&project, &["--key", "2"]);
        assert_eq!(server.count() + server.probes().len(), 0, "{provider}: nothing is asked");
        assert!(!project.db().exists(), "{provider}: nothing is written");
        project.run();
        let mut asked: Vec<_> = server.log().iter().map(sent).collect();
        asked.sort();
        // What no answer could be read of is sent again.
        asked.dedup();
        let mut shown = vec![on_the_wire(&one[0]), on_the_wire(&two[0])];
        shown.sort();
        assert_eq!(shown, asked, "{provider}");
        let db = open(&project.db());
        let mut ids = texts(&db, "SELECT DISTINCT request_id FROM calls");
        ids.sort();
        let mut expected: Vec<String> = [&one, &two].map(|it| it[0]["request_id"].as_str().unwrap().to_owned()).into();
        expected.sort();
        assert_eq!(ids, expected, "{provider}");
        assert_eq!(texts(&db, "SELECT cache_id FROM standing ORDER BY position")[0], one[0]["cache_id"], "{provider}");
        assert!(one[0]["response_schema"].is_object(), "{provider}");
        assert_eq!(one[0]["parameters"]["temperature"], 0.5, "{provider}");
        let all = serde_json::to_string(&one).unwrap();
        assert!(!all.contains(KEY), "{provider}: {all}");
        assert_eq!(one[0]["request"]["key"]["from"], "CASEBOOK_TEST_KEY", "{provider}");
    }
}

#[test]
fn no_key_and_no_server_is_needed() {
    let project = Project::at("http://127.0.0.1:1/v1", &["one"]).set("llm.api_key_env", "CASEBOOK_NO_SUCH_KEY");
    let before = fs::read_dir(project.dir()).unwrap().count();
    let ended = project.with_settings("render", &[]).expect(0);
    assert!(ended.stderr.contains("which kind of server"), "{}", ended.stderr);
    assert_eq!(fs::read_dir(project.dir()).unwrap().count(), before);
    assert_snapshot!(ended.stdout.replace(&project.dir().display().to_string(), "DIR"));
}

#[test]
fn later_attempts_and_judges_are_those_of_the_run() {
    let server = Server::with(|ask| {
        let first = ask.turn() == 1 && !ask.is_judge();
        let bad = first && ask.question().contains("again");
        Act::says(if ask.is_judge() {
            VERDICT
        } else if bad {
            "I cannot."
        } else {
            SORTED
        })
    });
    let project = Project::judged(&server, &["plain", "again"]);
    assert_eq!(
        refused(&project, &["--judge"], 1).lines().last().unwrap(),
        "hint: `casebook run CONFIG` asks what comes before; with `--provider sample` both `run` and `render` rehearse it \
         on a run file of its own"
    );
    assert!(
        refused(&project, &["--attempt", "2"], 1)
            .contains("error: row 1: the record has no answer to attempt 1, and attempt 2 depends on it")
    );
    project.run().expect(0);
    let bodies: Vec<String> = server.log().iter().map(|ask| ask.body.to_string()).collect();
    let before = fs::read(project.db()).unwrap();
    for (more, turns) in [
        (&["--row", "1"][..], 2),
        (&["--row", "2"], 2),
        (&["--row", "2", "--attempt", "2"], 4),
        (&["--row", "1", "--judge"], 2),
        (&["--row", "2", "--judge"], 2),
    ] {
        let shown = rendered(&project, more);
        assert_eq!(shown.len(), 1, "{more:?}");
        assert!(bodies.contains(&on_the_wire(&shown[0]).0), "{more:?}: {}", shown[0]);
        assert_eq!(shown[0]["messages"].as_array().unwrap().len(), turns, "{more:?}");
        assert_eq!(shown[0]["answered"], true, "{more:?}");
    }
    assert_eq!(server.count(), bodies.len(), "nothing is asked");
    assert_eq!(fs::read(project.db()).unwrap(), before, "nothing is written");
    let judge = rendered(&project, &["--row", "2", "--judge"]);
    assert_eq!((&judge[0]["purpose"], &judge[0]["attempt"]), (&json!("judge"), &json!(2)));
    assert_snapshot!(refused(&project, &["--attempt", "2"], 1), @"error: row 1: there is no attempt 2: it is accepted after 1 attempt");
    assert_snapshot!(refused(&project, &["--row", "2", "--judge", "--attempt", "1"], 1), @"error: row 2: the judge is not asked: no answer to attempt 1 is valid and passes the checks");
    assert_snapshot!(refused(&project, &["--attempt", "9"], 1), @r"
    error: row 1: there is no attempt 9: `llm.retries` allows 4 attempts
    hint: raise `llm.retries`: it is the number of attempts after the first
    ");
}

#[test]
fn a_row_that_is_not_there_is_said() {
    let project = Project::at("http://127.0.0.1:1/v1", &["one", "two"]).set("llm.server", "openai");
    for (more, said) in [
        (&["--row", "3"][..], "error: the input has no row 3"),
        (&["--key", "nobody"], "error: no row has the key `nobody`"),
        (&["--step", "other"], "error: there is no step `other`: the steps are `generate`"),
        (&["--judge"], "error: step `generate` has no judge"),
    ] {
        let told = refused(&project, more, 2);
        assert!(told.contains(said), "{told}");
    }
    assert!(refused(&project, &["--db", "other.db"], 1).contains("error: there is no run file other.db"));
    let keyless = project.set("input", "{path: tickets.csv}");
    assert!(refused(&keyless, &["--key", "1"], 2).contains("`--key` needs `input.key`"));
}

#[test]
fn a_step_takes_what_is_on_record() {
    let server = Server::with(|ask| {
        Act::says(if ask.question().contains("List") { r#"{"parts": ["x", "y"]}"# } else { r#"{"text": "t"}"# })
    });
    let list = "  - {name: list, prompts: {generation: list.yaml}, schema: {path: parts.json}}\n";
    let tell =
        "  - {name: tell, each: element of list.parts, prompts: {generation: tell.yaml}, schema: {path: text.json}}\n";
    let project = Project::served(&server, &["one", "two"], list);
    let parts = r#"{"type": "object", "properties": {"parts": {"type": "array", "items": {"type": "string"}}}}"#;
    project.write("parts.json", parts);
    project.prompt("list", "List {{ row.text }}");
    project.prompt("tell", "Tell {{ item }} of {{ row.text }}");
    project.run().expect(0);
    // The second step is added later: its work items follow from what is on record, before any run of it.
    let llm = fs::read_to_string(project.dir().join("casebook.yaml")).unwrap();
    project.write("casebook.yaml", &format!("{llm}{tell}"));
    let shown = rendered(&project, &["--step", "tell", "--row", "2"]);
    let said: Vec<&Value> = shown.iter().map(|it| &it["messages"][0]["content"]).collect();
    assert_eq!(said, ["Tell x of two", "Tell y of two"]);
    assert_eq!(rendered(&project, &[]).len(), 2, "the first of each step");
    let asked = server.count();
    project.run().expect(0);
    let sent: Vec<String> = server.log()[asked..].iter().map(|ask| ask.body.to_string()).collect();
    assert!(shown.iter().all(|it| sent.contains(&on_the_wire(it).0)), "{sent:?}");
    // A new row has no outputs yet.
    project.rows(&["one", "two", "three"]);
    assert_snapshot!(refused(&project, &["--step", "tell", "--row", "3"], 1), @r"
    error: step `tell` has no work item of row 3 yet: it takes from `list`, which has to run first
    hint: `casebook run CONFIG` asks what comes before; with `--provider sample` both `run` and `render` rehearse it on a run file of its own
    ");
    let both = project.with_settings("render", &["--row", "3"]).expect(0);
    assert!(both.stdout.contains("List three") && both.stderr.contains("step `tell` has no work item of row 3 yet"));
}

#[test]
fn a_group_is_that_of_the_row() {
    let mut project = projects::Project::new();
    project.write("input.csv", "id,text,kind\na,first,x\nb,second,y\nc,third,x\n");
    project.write("prompt.yaml", "name: group\nuser: 'Group {{ group.key }}: {{ context }} {{ llm_schema }}'\n");
    project.set("grouping.column", "kind");
    let set = ["--set", "grouping.column=kind", "--set", "llm.provider=sample"];
    for (row, group) in [("1", "x"), ("2", "y"), ("3", "x")] {
        let ended =
            project.casebook(&[&["render", "casebook.yaml", "--row", row, "--format", "json"], &set[..]].concat());
        assert_eq!(ended.code, Some(0), "{ended:?}");
        let shown: Value = serde_json::from_str(&ended.stdout).unwrap();
        assert_eq!(shown["requests"][0]["group"], group, "{ended:?}");
        assert!(
            shown["requests"][0]["messages"][0]["content"].as_str().unwrap().starts_with(&format!("Group {group}:"))
        );
    }
}

#[test]
fn an_open_work_item_shows_what_it_waits_for() {
    let server =
        Server::with(|ask| if ask.question().contains("two") { Act::error(500, "no") } else { Act::says(SORTED) });
    let project = Project::new(&server, &["one", "two"]);
    project.start(&["--to", "plan"]).wait().expect(0);
    let shown: Value =
        serde_json::from_str(&project.casebook(&["show", "tickets.db", "--row", "2", "--format", "json"]).stdout)
            .unwrap();
    let rendered = rendered(&project, &["--row", "2"]);
    assert_eq!(shown["next_request"]["request_id"], rendered[0]["request_id"]);
    assert_eq!(shown["next_request"]["request"]["body"], rendered[0]["request"]["body"]);
    let told = project.casebook(&["show", "tickets.db", "--row", "2"]).stdout;
    assert!(told.contains("The request that it waits for") && told.contains("Ticket: two"), "{told}");
    project.start(&["--limit", "1"]).wait().expect(0);
    let done = project.casebook(&["show", "tickets.db", "--row", "1"]).stdout;
    assert!(!done.contains("waits for"), "{done}");
}

const CASES: &str = r#"cases:
  - name: the second ticket
    row: 2
    expect:
      contains: ["Ticket: two", "JSON object"]
      not_contains: Ticket one
      system_contains: You sort tickets
      user_not_contains: You sort
      user_matches: "^Ticket: \\w+\\s*$"
      max_tokens: 400
  - name: a made-up ticket
    values: {text: "say  \"hello\""}
    expect: {equals: snapshots/made.txt, user_contains: 'say "hello"'}
  - name: its judge
    key: 1
    judge: true
    answers: ['{"product": "login", "urgent": true, "note": "made up"}']
    expect: {user_contains: "Note: made up", system_contains: You judge}
  - name: after a bad answer
    attempt: 2
    answers: ["I cannot."]
    expect: {contains: ["I cannot.", no JSON object]}
"#;

#[test]
fn prompts_are_held_to_cases() {
    let server = Server::start();
    let project = Project::judged(&server, &["one", "two"]).set("llm.server", "openai");
    project.write("cases.yaml", CASES);
    let check = |more: &[&str], code| {
        project.with_settings("render", &[&["--check", "cases.yaml"], more].concat()).expect(code)
    };
    assert_snapshot!(check(&[], 1).stdout, @r"
    failed a made-up ticket (line 11)
      expected equals snapshots/made.txt
      found    there is no such file: `--update` writes it
    3 cases passed; 1 failed
    ");
    assert_snapshot!(check(&["--update"], 0).stdout, @r"
    wrote snapshots/made.txt
    4 cases passed
    ");
    assert_snapshot!(check(&[], 0).stdout, @"4 cases passed");
    assert_snapshot!(check(&["--update"], 0).stdout, @"4 cases passed");
    let kept = fs::read_to_string(project.dir().join("snapshots/made.txt")).unwrap();
    assert!(kept.ends_with("[user]\nTicket: say \"hello\"\n"), "{kept}");
    let prompt = fs::read_to_string(project.dir().join("generate.yaml")).unwrap();
    project.write("generate.yaml", &prompt.replace("Ticket:", "The ticket:"));
    assert_snapshot!(check(&[], 1).stdout, @r#"
    failed the second ticket (line 2)
      expected contains "Ticket: two"
      found    the nearest line is 29: "The ticket: two"
      expected user_matches "^Ticket: \\w+\\s*$"
      found    nothing in the text matches
    failed a made-up ticket (line 11)
      expected equals snapshots/made.txt
      found    these lines differ
        snapshots/made.txt line 31
          - Ticket: say "hello"
          + The ticket: say "hello"
    2 cases passed; 2 failed
    "#);
    let told: Value = serde_json::from_str(&check(&["--format", "json"], 1).stdout).unwrap();
    assert_eq!((&told["passed"], &told["failed"], &told["cases"][0]["line"]), (&json!(2), &json!(2), &json!(2)));
    assert_eq!(server.count(), 0, "nothing is asked");
    assert!(!project.db().exists());
}

#[test]
fn a_wrong_file_of_cases_is_said_with_its_line() {
    let project = Project::at("http://127.0.0.1:1/v1", &["one"]).set("llm.server", "openai");
    let case = |rest: &str| format!("cases:\n  - name: a\n    {rest}\n");
    for (text, said) in [
        ("", "the file is empty: expected a list of `cases:`"),
        ("cases: []", "`cases`: expected at least one case"),
        ("case:\n  - name: a\n", "unknown key `case`"),
        (&case("rows: 1\n    expect: {contains: x}"), "unknown key `cases[0].rows`"),
        (&case("expect: {contain: x}"), "unknown key `cases[0].expect.contain`"),
        (&case("row: 1"), "`cases[0].expect` is missing"),
        (&case("expect: {}"), "`cases[0].expect`: expected something that the request has to be"),
        (&case("expect: {contains: ''}"), "`cases[0].expect.contains`: expected a text, found an empty one"),
        (&case("expect: {matches: '('}"), "`cases[0].expect.matches`: not a regular expression: unclosed group"),
        (&case("expect: {equals: ../x.txt}"), "`cases[0].expect.equals`: expected the name of a file in the folder"),
        (&case("row: 1\n    key: x\n    expect: {contains: x}"), "a case has one of `row`, `key` and `values`"),
        (&case("row: 0\n    expect: {contains: x}"), "rows are counted from 1"),
        (&case("values: {txt: x}\n    expect: {contains: x}"), "the input has no column `txt`"),
        (&case("step: other\n    expect: {contains: x}"), "there is no step `other`"),
        (&case("judge: true\n    expect: {contains: x}"), "step `generate` has no judge"),
        (
            "cases:\n  - {name: a, expect: {contains: x}}\n  - {name: a, expect: {contains: x}}\n",
            "a case before it has the name `a` too",
        ),
    ] {
        project.write("cases.yaml", text);
        let told = refused(&project, &["--check", "cases.yaml"], 2);
        assert!(told.contains(said) && (text.is_empty() || told.contains("cases.yaml:")), "{text}\n{told}");
    }
    assert!(refused(&project, &["--check", "nowhere.yaml"], 2).contains("cannot read nowhere.yaml"));
    // What is not in the input any more is a case that fails.
    project.write("cases.yaml", &case("row: 7\n    expect: {contains: x}"));
    let ended = project.with_settings("render", &["--check", "cases.yaml"]).expect(1);
    assert!(ended.stdout.contains("expected a request\n  found    the input has no row 7"), "{}", ended.stdout);
}
