//! `push langfuse`: which requests go to the server, in which order and with which keys; what is refused, and what is
//! said of servers that are none.

use std::collections::HashMap;
use std::net::TcpListener;
use std::sync::Mutex;

use serde_json::{Value, json};

use crate::support::{Act, Ask, Ended, Project, Server};

const SECRET: &str = "sk-lf-3f9a61c2-7d5e-4b08-9c11-5a7e2d40b6f3";
/// `pk-lf-test` and the secret, as the header has them.
const TOKEN: &str = "Basic cGstbGYtdGVzdDpzay1sZi0zZjlhNjFjMi03ZDVlLTRiMDgtOWMxMS01YTdlMmQ0MGI2ZjM=";

/// A run with an accepted output for each of these texts.
fn project(texts: &[&str]) -> Project {
    let project = Project::at("http://127.0.0.1:9/v1", texts)
        .set("llm.provider", "sample")
        .set("outputs.formats", "[langfuse]")
        .set("outputs.mapping", "{input: row.text, expected: output.note}")
        .env("LANGFUSE_PUBLIC_KEY", "pk-lf-test")
        .env("LANGFUSE_SECRET_KEY", SECRET)
        .env("LANGFUSE_BASE_URL", "")
        .env("LANGFUSE_HOST", "");
    project.run().expect(0);
    project
}

fn push(project: &Project, base_url: &str, more: &[&str]) -> Ended {
    let ended = project.casebook(&[&["push", "langfuse", "tickets.db", "--base-url", base_url], more].concat());
    let said = format!("{}{}", ended.stdout, ended.stderr);
    assert!(!said.contains(SECRET) && !said.contains("cGstbGYtdGVzd"), "{said}");
    ended
}

/// The answer of a server that takes what it is sent.
fn takes(ask: &Ask) -> Act {
    let id = ask.body["id"].as_str().unwrap_or("clx0");
    Act::reply(200, json!({"id": id, "name": ask.body["name"]}).to_string())
}

/// The items of a log, by the texts in them.
fn items(log: &[Ask]) -> Vec<(Value, Value)> {
    log.iter().filter(|it| !it.body["id"].is_null()).map(|it| (it.body["input"].clone(), it.body.clone())).collect()
}

#[test]
fn items_go_after_their_data_set_as_the_export_has_them_and_are_the_same_each_time() {
    let server = Server::with(takes);
    let project = project(&["one", "{{ two }}", "three"]);
    let before = std::fs::read(project.db()).unwrap();
    let ended = push(&project, &server.base_url(), &["--workers", "1"]).expect(0);
    assert!(ended.stderr.contains("3 items sent to the data set `tickets` of http://127.0.0.1"), "{}", ended.stderr);
    let log = server.log();
    assert!(log[0].head.starts_with("POST /v1/api/public/v2/datasets HTTP"), "{}", log[0].head);
    assert_eq!(log[0].body, json!({"name": "tickets"}));
    for ask in &log {
        assert!(
            ask.head.lines().any(|line| line.eq_ignore_ascii_case(&format!("authorization: {TOKEN}"))),
            "{}",
            ask.head
        );
    }
    let mut exported: Vec<Value> = serde_json::from_slice(&project.exported("langfuse_items.json")).unwrap();
    for item in &mut exported {
        item["datasetName"] = json!("tickets");
    }
    let bodies: Vec<Value> = log[1..].iter().map(|it| it.body.clone()).collect();
    assert_eq!(bodies, exported);
    assert_eq!((&bodies[1]["input"], bodies.len()), (&json!("{{ two }}"), 3));
    assert!(log[1..].iter().all(|it| it.head.starts_with("POST /v1/api/public/dataset-items HTTP")));
    push(&project, &server.base_url(), &["--workers", "1"]).expect(0);
    let again: Vec<Value> = server.log()[5..].iter().map(|it| it.body.clone()).collect();
    assert_eq!(again, bodies, "the same ids replace what is there");
    push(&project, &server.base_url(), &["--dataset", "faq"]).expect(0);
    let other = &server.log()[8..];
    assert_eq!(other[0].body, json!({"name": "faq"}));
    assert!(other[1..].iter().all(|it| it.body["id"].as_str().unwrap().starts_with("faq:")), "an id of another set");
    assert_eq!(std::fs::read(project.db()).unwrap(), before, "the run file is only read");
}

#[test]
fn what_is_refused_for_now_is_sent_again_and_what_is_refused_is_named() {
    let counts = Mutex::new(HashMap::<String, usize>::new());
    let server = Server::with(move |ask| {
        let text = ask.body["input"].as_str().unwrap_or_default().to_owned();
        let mut counts = counts.lock().unwrap();
        let count = counts.entry(text.clone()).or_default();
        *count += 1;
        match text.as_str() {
            "busy" if *count == 1 => Act::Reply {
                status: 429,
                headers: vec![("retry-after", "0".to_owned())],
                body: r#"{"message": "Rate limit exceeded"}"#.to_owned(),
            },
            "wrong" => Act::reply(400, json!({"message": format!("not valid for {SECRET}")}).to_string()),
            "taken" => Act::reply(404, r#"{"message": "exists in a dataset other than tickets"}"#),
            _ => takes(ask),
        }
    });
    let project = project(&["busy", "wrong", "taken", "good"]);
    let ended = push(&project, &server.base_url(), &[]).expect(1);
    let sent = items(&server.log());
    let times = |text: &str| sent.iter().filter(|(input, _)| *input == json!(text)).count();
    assert_eq!([times("busy"), times("wrong"), times("taken"), times("good")], [2, 1, 1, 1]);
    let id = |text: &str| sent.iter().find(|(input, _)| *input == json!(text)).unwrap().1["id"].clone();
    let named = |text: &str, why: &str| format!("refused: {}: {why}", id(text).as_str().unwrap());
    for line in [
        named("wrong", "HTTP 400: not valid for ***"),
        named("taken", "HTTP 404: exists in a dataset other than tickets"),
        "2 of 4 items sent to the data set `tickets`".to_owned(),
    ] {
        assert!(ended.stderr.contains(&line), "{line}\n{}", ended.stderr);
    }
    assert!(ended.stderr.contains("; 2 refused."), "{}", ended.stderr);
}

#[test]
fn a_server_that_is_none_is_told_and_gets_no_item() {
    let project = project(&["one"]);
    let elsewhere = Server::with(takes);
    let to = elsewhere.base_url();
    for (status, headers, body, expected) in [
        (401, Vec::new(), r#"{"message": "Invalid credentials"}"#, ["Invalid credentials", "us.cloud.langfuse.com"]),
        (404, Vec::new(), r#"{"message": "Not Found"}"#, ["HTTP 404", "an old version may lack"]),
        (200, Vec::new(), "<html>Welcome</html>", ["<html>Welcome", "LANGFUSE_BASE_URL"]),
        (307, vec![("location", to)], "", ["the server redirects to http://127.0.0.1", "--base-url"]),
        (400, Vec::new(), r#"{"message": "Dataset name not valid"}"#, ["name not valid", "--dataset NAME"]),
    ] {
        let server = Server::with(move |_| Act::Reply { status, headers: headers.clone(), body: body.to_owned() });
        let ended = push(&project, &server.base_url(), &[]).expect(1);
        assert!(ended.stderr.contains("error: cannot create the data set `tickets`: "), "{}", ended.stderr);
        for text in expected {
            assert!(ended.stderr.contains(text), "{status}: {}", ended.stderr);
        }
        assert_eq!(server.count(), 1, "{status}");
    }
    assert_eq!(elsewhere.count(), 0, "no redirect is followed");
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let ended = push(&project, &format!("http://{closed}"), &[]).expect(1);
    assert!(ended.stderr.contains("is the server running"), "{}", ended.stderr);
}

#[test]
fn what_is_missing_is_told_before_anything_is_sent() {
    let server = Server::with(takes);
    let url = server.base_url();
    let project = project(&["one", "two"]);
    for (args, text) in [
        (&["--base-url", "localhost:3000"][..], "--base-url: expected an address that starts with http"),
        (&["--base-url", "http://pk:sk@localhost"], "--base-url: an address with credentials"),
        (&["--dataset", " "], "the name of the data set is blank"),
        (&["--workers", "0"], "expected a whole number from 1 to 100"),
    ] {
        let ended = project.casebook(&[&["push", "langfuse", "tickets.db"], args].concat()).expect(2);
        assert!(ended.stderr.contains(text), "{args:?}: {}", ended.stderr);
    }
    let ended = push(&project, &url, &["--dry-run"]).expect(0);
    let shown: Vec<Value> = ended.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!((shown.len(), &shown[0]["datasetName"], &shown[0]["input"]), (2, &json!("tickets"), &json!("one")));
    assert!(ended.stderr.contains("nothing was sent"), "{}", ended.stderr);
    let project = project.env("LANGFUSE_HOST", &url);
    let ended = project.casebook(&["push", "langfuse", "tickets.db", "--dry-run"]).expect(0);
    assert!(ended.stderr.contains("note: LANGFUSE_HOST is an older name"), "{}", ended.stderr);
    let project = project.env("LANGFUSE_SECRET_KEY", "");
    let ended = push(&project, &url, &[]).expect(2);
    assert!(
        ended.stderr.contains("LANGFUSE_SECRET_KEY is empty") && ended.stderr.contains("export"),
        "{}",
        ended.stderr
    );
    project.casebook(&["push", "langfuse", "tickets.db", "--dry-run"]).expect(0);
    assert_eq!(server.count(), 0);
}

#[test]
fn a_run_without_outputs_has_nothing_to_push() {
    let project =
        project(&["one"]).set("outputs.mapping", "{input: row.text}").set("checks", "[{name: no, expr: 'false'}]");
    let server = Server::with(takes);
    project.run();
    let ended = push(&project, &server.base_url(), &[]).expect(1);
    assert!(ended.stderr.contains("tickets.db has no accepted outputs to push"), "{}", ended.stderr);
    assert_eq!(server.count(), 0);
}

#[cfg(unix)]
#[test]
fn a_signal_ends_it_at_once_with_what_was_taken() {
    let server =
        Server::with(|ask| if ask.body["input"] == "two" { Act::Hold(Box::new(takes(ask))) } else { takes(ask) });
    let project = project(&["one", "two"]);
    let url = server.base_url();
    let running = project.begin(&["push", "langfuse", "tickets.db", "--base-url", &url, "--workers", "1"]);
    server.wait_for(3);
    running.signal("INT");
    let ended = running.wait();
    assert_eq!(ended.code, Some(130), "{}", ended.stderr);
    assert!(
        ended.stderr.contains("Interrupted: 1 of 2 items were taken by the data set `tickets`"),
        "{}",
        ended.stderr
    );
}
