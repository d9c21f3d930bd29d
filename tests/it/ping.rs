//! `ping`: one request to each model, what works, and what to do about what does not.

use std::net::TcpListener;

use serde_json::Value;

use crate::projects;
use crate::support::{Act, KEY, Project, Server, by_tags};

const VERDICT: &str = r#"{"verdict": "PASS", "score": 90, "reasons": []}"#;

/// What `ping --format json` says.
fn pinged(project: &Project, code: i32, more: &[&str]) -> Vec<Value> {
    let ended = project.casebook(&[&["ping", "casebook.yaml", "--format", "json"], more].concat()).expect(code);
    assert!(!ended.stdout.contains(KEY) && !ended.stderr.contains(KEY), "{ended:?}");
    serde_json::from_str::<Value>(&ended.stdout)
        .unwrap_or_else(|error| panic!("{error}: {}", ended.stdout))
        .as_array()
        .unwrap()
        .clone()
}

#[test]
fn each_model_is_asked_once_and_nothing_is_written() {
    let server = Server::with(|ask| match ask.body["model"].as_str() {
        Some("judge-1") => Act::says(VERDICT),
        _ => by_tags(ask),
    });
    let project = Project::judged(&server, &["one", "two"]);
    let before = std::fs::read_dir(project.dir()).unwrap().count();
    let found = pinged(&project, 0, &["--set", "prompts.judge=judge.yaml", "--set", "judge.llm.model=judge-1"]);
    let log = server.log();
    assert_eq!(log.len(), 2);
    assert!(log.iter().all(|ask| ask.body["response_format"]["type"] == "json_schema"), "the schemas of a run");
    assert!(log.iter().all(|ask| ask.head.contains(&format!("Bearer {KEY}"))), "with its key");
    for (ping, (block, model)) in found.iter().zip([("llm", "model-1"), ("judge.llm", "judge-1")]) {
        assert_eq!((&ping["for"], &ping["model"], &ping["works"]), (&block.into(), &model.into(), &"yes".into()));
        assert_eq!(ping["key"], "CASEBOOK_TEST_KEY: found");
        assert_eq!(ping["structured_output"], "held");
        assert_eq!(ping["answered_by"], "model-as-served");
        assert_eq!(ping["input_tokens"], 100);
        assert!(ping["latency_ms"].is_number() && ping["message"].is_null() && ping["hint"].is_null(), "{ping}");
        assert_eq!(ping["http_status"], 200);
    }
    assert_eq!(std::fs::read_dir(project.dir()).unwrap().count(), before, "nothing is written");
    let same = pinged(&project, 0, &["--set", "prompts.judge=judge.yaml"]);
    assert_eq!((same.len(), &same[0]["for"]), (1, &"llm, judge.llm".into()));
    assert_eq!(server.count(), 3, "one model is asked once");
}

#[test]
fn a_failure_says_what_to_do() {
    for (status, hint) in [
        (401, "is the key in CASEBOOK_TEST_KEY the right one?"),
        (402, "credit"),
        (403, "may the key in CASEBOOK_TEST_KEY use model-1"),
        (404, "check `llm.model`"),
        (429, "the key is known"),
        (503, "try again later"),
    ] {
        let server = Server::with(move |_| Act::error(status, "this is why"));
        let project = Project::new(&server, &["one"]);
        let found = pinged(&project, 1, &[]);
        assert_eq!((&found[0]["works"], &found[0]["http_status"]), (&"no".into(), &status.into()));
        assert_eq!(found[0]["structured_output"], "unknown");
        assert!(found[0]["message"].as_str().unwrap().contains("this is why"), "{found:?}");
        assert!(found[0]["hint"].as_str().unwrap().contains(hint), "{status}: {found:?}");
        assert_eq!(server.count(), 1, "{status}: nothing is asked again");
        let ended = project.casebook(&["ping", "casebook.yaml"]).expect(1);
        assert!(ended.stderr.contains("problem: llm: ") && ended.stderr.contains("hint: "), "{}", ended.stderr);
    }
}

#[test]
fn a_way_that_leads_nowhere_is_told() {
    let server = Server::start();
    let project = Project::new(&server, &["one"]);
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let nowhere = format!("llm.base_url=http://{closed}/v1");
    let found = pinged(&project, 1, &["--set", &nowhere]);
    assert!(found[0]["message"].as_str().unwrap().contains("no connection"), "{found:?}");
    assert!(found[0]["hint"].as_str().unwrap().contains("is the server running"), "{found:?}");
    let found = pinged(&project, 1, &["--set", "llm.api_key_env=CASEBOOK_TEST_NO_SUCH_KEY"]);
    assert_eq!(found[0]["key"], "CASEBOOK_TEST_NO_SUCH_KEY: missing");
    assert!(found[0]["hint"].as_str().unwrap().contains("export CASEBOOK_TEST_NO_SUCH_KEY="), "{found:?}");
    assert_eq!(server.count(), 0);
    let web = Server::with(|_| Act::reply(200, "<html>welcome</html>"));
    let page = Project::new(&web, &["one"]);
    assert!(pinged(&page, 1, &[])[0]["hint"].as_str().unwrap().contains("not a web page"));
    let ended = project.casebook(&["ping", "nowhere.yaml"]).expect(2);
    assert!(ended.stderr.contains("cannot read the configuration nowhere.yaml"), "{}", ended.stderr);
}

#[test]
fn what_becomes_of_the_schema_is_told() {
    let refuses = Server::with(|ask| match &ask.body["response_format"] {
        Value::Null => Act::says("{\"ok\": true}"),
        _ => Act::error(400, "response_format is not for me"),
    });
    let project = Project::new(&refuses, &["one"]);
    let found = pinged(&project, 1, &[]);
    assert_eq!((&found[0]["works"], &found[0]["structured_output"]), (&"no".into(), &"refused".into()));
    assert!(found[0]["hint"].as_str().unwrap().contains("`llm.structured_output: off`"), "{found:?}");
    let found = pinged(&project, 0, &["--set", "llm.structured_output=off"]);
    assert_eq!((&found[0]["works"], &found[0]["structured_output"]), (&"yes".into(), &"not asked for".into()));

    let optional = r#"{"type": "object", "properties": {"ok": {"type": "boolean"}}}"#;
    let unfit = Project::new(&refuses, &["one"]);
    unfit.write("schema.json", optional);
    let found = pinged(&unfit, 0, &[]);
    assert_eq!((&found[0]["works"], &found[0]["structured_output"]), (&"yes".into(), &"not asked for".into()));
    assert!(found[0]["message"].as_str().unwrap().contains("not asked to hold answers to the schema"), "{found:?}");

    let ignores = Server::with(|_| Act::says("All is well."));
    let found = pinged(&Project::new(&ignores, &["one"]), 0, &[]);
    assert_eq!((&found[0]["works"], &found[0]["structured_output"]), (&"yes".into(), &"not held".into()));
    assert!(found[0]["hint"].as_str().unwrap().contains("llm_schema"), "{found:?}");
}

#[test]
fn limits_are_told_as_the_headers_say() {
    let server = Server::with(|ask| match by_tags(ask) {
        Act::Reply { status, body, .. } => {
            let said = [
                ("x-ratelimit-limit-requests", "500"),
                ("x-ratelimit-remaining-requests", "499"),
                ("x-ratelimit-reset-requests", "120ms"),
            ];
            Act::Reply { status, headers: said.map(|(name, value)| (name, value.to_owned())).into(), body }
        }
        other => other,
    });
    let found = pinged(&Project::new(&server, &["one"]), 0, &[]);
    assert_eq!(found[0]["limits"], "499 of 500 requests left, all again after 0.1 s");
}

#[test]
fn answers_that_need_no_network_say_so() {
    let project = projects::Project::new();
    let ended = project.casebook(&["ping", "casebook.yaml"]);
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert!(ended.stderr.contains("note: llm: no network is needed"), "{}", ended.stderr);
    assert!(ended.stdout.contains("yes"), "{}", ended.stdout);
    assert!(!project.db().exists());
}
