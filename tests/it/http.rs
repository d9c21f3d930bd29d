//! What is asked over HTTP, how often, and what is recorded of it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::support::server::{AMPLE, completion};
use crate::support::{Act, Project, Server, by_tags, logical_dump, open, texts};

/// One row of the view `calls` a line: outcome, kind of failure, HTTP status.
fn calls(project: &Project) -> Vec<String> {
    let mut found = texts(&open(&project.db()), "SELECT outcome, error_kind, http_status FROM calls");
    found.sort();
    found
}

fn progress(project: &Project) -> Vec<String> {
    texts(&open(&project.db()), "SELECT accepted, rejected, failed, pending FROM progress")
}

#[test]
fn a_run_asks_once_for_every_row() {
    let server = Server::start();
    let project = Project::new(&server, &["one", "two", "three"]);
    project.run().expect(0);
    assert_eq!(server.count(), 3);
    assert_eq!(logical_dump(&project.db()).results.len(), 3);
    assert_eq!(progress(&project), ["3|0|0|0"]);
    project.run().expect(0);
    assert_eq!(server.count(), 3, "what was answered is not asked again");
    let connections: Vec<String> = server.log().iter().map(|ask| ask.head.clone()).collect();
    assert!(connections.iter().all(|head| head.starts_with("POST /v1/chat/completions HTTP/1.1")), "{connections:?}");
}

#[test]
fn every_exchange_is_a_call_on_record() {
    let cases: [(&str, &[&str]); 7] = [
        ("[500 1]", &["answered|NULL|200", "failed|server_error|500"]),
        ("[429 2]", &["answered|NULL|200", "failed|rate_limited|429", "failed|rate_limited|429"]),
        ("[close 1]", &["answered|NULL|200", "failed|connection|NULL"]),
        ("[hang 1]", &["answered|NULL|200", "failed|connection|NULL"]),
        ("[cut 1]", &["answered|NULL|200", "failed|connection|NULL"]),
        ("[garbage 1]", &["answered|NULL|200", "failed|invalid_response|200"]),
        ("[malformed 1]", &["answered|NULL|200", "answered|NULL|200"]),
    ];
    for (text, expected) in cases {
        let server = Server::start();
        let project = Project::new(&server, &[text]);
        project.run().expect(0);
        assert_eq!(calls(&project), expected, "{text}");
        assert_eq!(server.count(), expected.len(), "{text}");
        let db = open(&project.db());
        let silent = "SELECT count(*) FROM calls WHERE outcome = 'failed' AND coalesce(error, '') = ''";
        assert_eq!(texts(&db, silent), ["0"], "{text}: a failure says what it was");
    }
}

#[test]
fn a_wait_that_the_server_asks_for_is_kept() {
    for (name, value, wait) in [("retry-after-ms", "700", 700), ("retry-after", "1", 1000)] {
        let server = Server::with(move |ask| match ask.number {
            1 => Act::Reply { status: 429, headers: vec![(name, value.to_owned())], body: "{}".into() },
            _ => by_tags(ask),
        });
        let project = Project::new(&server, &["one"]);
        project.run().expect(0);
        let log = server.log();
        assert_eq!(log.len(), 2);
        let waited = log[1].at.duration_since(log[0].at);
        assert!(waited >= Duration::from_millis(wait), "{name}: {waited:?}");
    }
}

#[test]
fn retries_end_and_the_next_run_asks_again() {
    let broken = Arc::new(AtomicBool::new(true));
    let switch = Arc::clone(&broken);
    let server = Server::with(move |ask| {
        if ask.question().contains("unlucky") && switch.load(Ordering::SeqCst) {
            Act::error(503, "overloaded")
        } else {
            by_tags(ask)
        }
    });
    // One at a time, so that others are answered after it failed.
    let project = Project::new(&server, &["unlucky", "two", "three"]).set("llm.retries", "1");
    let project = project.set("llm.max_workers", "1");
    project.run().expect(3);
    assert_eq!(server.count(), 4);
    assert_eq!(progress(&project), ["2|0|1|0"]);
    let failures = texts(&open(&project.db()), "SELECT kind, row_index, message FROM failures");
    assert_eq!(failures.len(), 1);
    assert!(failures[0].starts_with("server_error|") && failures[0].contains("overloaded"), "{failures:?}");

    broken.store(false, Ordering::SeqCst);
    project.run().expect(0);
    assert_eq!(server.count(), 5, "the one without an answer alone is asked again");
    assert_eq!(progress(&project), ["3|0|0|0"]);
}

#[test]
fn a_request_that_gets_no_answer_in_time_fails_alone() {
    let server = Server::start();
    let project =
        Project::new(&server, &["[hold] one", "two", "three"]).set("llm.timeout_sec", "0.5").set("llm.retries", "0");
    let project = project.set("llm.max_workers", "1");
    project.run().expect(3);
    assert_eq!(calls(&project), ["answered|NULL|200", "answered|NULL|200", "failed|timeout|NULL"]);
    assert_eq!(texts(&open(&project.db()), "SELECT kind FROM failures"), ["timeout"]);
}

#[test]
fn a_bad_request_fails_its_row_alone_after_its_retries() {
    let server = Server::start();
    let project = Project::new(&server, &["one", "[400] two", "three"]).set("llm.retries", "1");
    project.run().expect(3);
    let failed = "failed|bad_request|400";
    assert_eq!(calls(&project), ["answered|NULL|200", "answered|NULL|200", failed, failed]);
    let failures = texts(&open(&project.db()), "SELECT kind, attempts, message FROM failures");
    assert_eq!(failures.len(), 1);
    assert!(failures[0].starts_with("bad_request|1|") && failures[0].contains("not for me"), "{failures:?}");
}

#[test]
fn an_endpoint_that_takes_nothing_stops_the_run_until_it_is_repaired() {
    for (status, kind) in [(401, "refused"), (403, "refused"), (404, "not_found")] {
        let broken = Arc::new(AtomicBool::new(true));
        let switch = Arc::clone(&broken);
        let server = Server::with(move |ask| {
            if switch.load(Ordering::SeqCst) { Act::error(status, "this key opens nothing") } else { by_tags(ask) }
        });
        let rows: Vec<String> = (0..40).map(|number| format!("ticket {number}")).collect();
        let project = Project::new(&server, &rows).set("llm.max_workers", "4");
        let ended = project.run().expect(1);
        let errors: Vec<&str> = ended.stderr.lines().filter(|line| line.starts_with("error")).collect();
        assert_eq!(errors.len(), 1, "{}", ended.stderr);
        assert!(errors[0].contains("this key opens nothing"), "{}", ended.stderr);
        assert!((20..24).contains(&server.count()), "twenty, and what was in flight: {}", server.count());
        assert_eq!(progress(&project), ["0|0|0|40"]);
        assert_eq!(calls(&project), vec![format!("failed|{kind}|{status}"); server.count()]);
        let db = open(&project.db());
        assert_eq!(texts(&db, "SELECT count(*) FROM attempts"), ["0"], "no work item is to blame");
        assert_eq!(texts(&db, "SELECT status FROM invocation"), ["failed"]);
        assert_eq!(texts(&db, "SELECT status FROM manifests WHERE stage = 'generate'"), ["failed"]);
        drop(db);

        broken.store(false, Ordering::SeqCst);
        project.run().expect(0);
        assert_eq!(progress(&project), ["40|0|0|0"]);
    }
}

#[test]
fn a_key_that_fails_in_the_middle_loses_nothing() {
    let revoked = Arc::new(AtomicBool::new(true));
    let switch = Arc::clone(&revoked);
    let server = Server::with(move |ask| {
        let number = ask.question().split_whitespace().last().and_then(|it| it.parse::<u32>().ok());
        let refuses = number.is_some_and(|it| it >= 3) && switch.load(Ordering::SeqCst);
        if refuses { Act::error(401, "revoked") } else { by_tags(ask) }
    });
    let rows: Vec<String> = (0..40).map(|number| format!("ticket {number}")).collect();
    let project = Project::judged(&server, &rows).set("llm.max_workers", "1");
    let ended = project.run().expect(1);
    assert!(ended.stderr.contains("the provider refuses every request: HTTP 401 (test): revoked"), "{}", ended.stderr);
    assert_eq!(progress(&project), ["3|0|0|37"]);
    assert_eq!(server.count(), 29, "three answers and three verdicts, twenty refusals, and three probes");
    project.casebook(&["verify", "tickets.db", "--replay"]).expect(0);
    revoked.store(false, Ordering::SeqCst);
    project.run().expect(0);
    assert_eq!(progress(&project), ["40|0|0|0"]);
    project.casebook(&["verify", "tickets.db", "--replay"]).expect(0);
}

#[test]
fn a_refusal_that_passes_costs_no_row() {
    for status in [400, 401, 403, 404, 422] {
        let server = Server::with(move |ask| {
            let refuses = ask.question().contains("unlucky") && ask.number == 1 && !ask.is_judge();
            if refuses { Act::error(status, "not now") } else { by_tags(ask) }
        });
        let project = Project::judged(&server, &["one", "unlucky", "three", "four", "five"]);
        project.set("llm.max_workers", "1").run().expect(0);
        assert_eq!(server.count(), 11, "five answers and five verdicts, and one refusal");
    }
}

#[test]
fn one_row_that_is_refused_fails_alone_wherever_it_is() {
    for (status, workers, at) in [(403, "1", 0), (401, "32", 0), (404, "1", 39), (422, "32", 39), (403, "8", 20)] {
        let server = Server::with(move |ask| {
            let refuses = ask.question().contains("DROP TABLE");
            if refuses { Act::reply(status, "<html><title>Request blocked</title></html>") } else { by_tags(ask) }
        });
        let mut rows: Vec<String> = (0..40).map(|number| format!("ticket {number}")).collect();
        rows[at] = "'; DROP TABLE tickets".to_owned();
        let project = Project::new(&server, &rows).set("llm.retries", "1").set("llm.max_workers", workers);
        project.run().expect(3);
        assert_eq!(progress(&project), ["39|0|1|0"], "{status} {workers} {at}");
        assert_eq!(server.count(), 41, "{status} {workers} {at}: it is sent twice");
        let failures = texts(&open(&project.db()), "SELECT kind, row_index, message FROM failures");
        let expected = format!("bad_request|{at}|HTTP {status}: ");
        assert!(failures[0].starts_with(&expected) && failures[0].contains("Request blocked"), "{failures:?}");
        project.casebook(&["verify", "tickets.db", "--replay"]).expect(0);
        // The next run does not ask again; asked anew and alone, it is still at fault itself.
        project.run().expect(3);
        assert_eq!(server.count(), 41);
        project.casebook(&["retry", "tickets.db", "--failed"]).expect(0);
        project.run().expect(3);
        assert_eq!((progress(&project), server.count()), (vec!["39|0|1|0".to_owned()], 43));
        project.casebook(&["verify", "tickets.db", "--replay"]).expect(0);
    }
}

#[test]
fn what_is_certain_to_be_about_a_row_is_not_sent_again() {
    for (status, code) in [(400, "context_length_exceeded"), (413, "too_large"), (400, "content_policy_violation")] {
        let server = Server::with(move |ask| {
            let body = serde_json::json!({"error": {"message": "too long for me", "code": code}}).to_string();
            if ask.question().contains("long") { Act::reply(status, body) } else { by_tags(ask) }
        });
        let project = Project::new(&server, &["one", "a long one", "three"]);
        project.run().expect(3);
        assert_eq!((progress(&project), server.count()), (vec!["2|0|1|0".to_owned()], 3), "{code}");
        let alone = Project::new(&server, &["a long one"]);
        alone.run().expect(3);
        assert_eq!(progress(&alone), ["0|0|1|0"], "{code}");
    }
}

#[test]
fn the_schema_is_sent_where_the_provider_can_hold_to_it() {
    let optional = r#"{"type": "object", "properties": {
        "product": {"enum": ["billing", "login", "other"]}, "urgent": {"type": "boolean"}, "note": {"type": "string"}
    }, "required": ["product"]}"#;
    let formats = |change: &dyn Fn(Project) -> Project| -> Vec<Value> {
        let server = Server::start();
        change(Project::judged(&server, &["one"])).run().expect(0);
        server.log().iter().map(|ask| ask.body["response_format"].clone()).collect()
    };
    let strict = formats(&|project| project);
    assert_eq!(strict.len(), 2);
    for (format, field) in strict.iter().zip(["product", "verdict"]) {
        assert_eq!(format["type"], "json_schema");
        assert_eq!(format["json_schema"]["strict"], true);
        let schema = &format["json_schema"]["schema"];
        assert_eq!(schema["additionalProperties"], false);
        assert!(schema["properties"][field].is_object(), "{schema}");
    }
    let loose = formats(&|project| {
        project.write("schema.json", optional);
        project
    });
    assert_eq!(loose[0], Value::Null, "strict mode knows no optional fields");
    assert_eq!(loose[1]["type"], "json_schema", "the verdict's schema fits all the same");
    let off = formats(&|project| project.set("llm.structured_output", "off"));
    assert_eq!(off, [Value::Null, Value::Null]);
}

#[test]
fn parameters_are_sent_only_where_they_are_set() {
    let server = Server::start();
    Project::new(&server, &["one"]).run().expect(0);
    Project::new(&server, &["one"]).set("llm.temperature", "0").set("llm.max_output_tokens", "77").run().expect(0);
    let log = server.log();
    assert_eq!(log[0].body["model"], "model-1");
    assert_eq!((&log[0].body["temperature"], &log[0].body["max_tokens"]), (&Value::Null, &Value::Null));
    assert_eq!(log[1].body["temperature"].as_f64(), Some(0.0));
    assert_eq!(log[1].body["max_tokens"], 77);
}

#[test]
fn usage_is_recorded_as_reported_and_unknown_is_not_zero() {
    let server = Server::with(|ask| {
        let mut answer = completion(r#"{"product": "other", "urgent": true, "note": ""}"#);
        match ask.question().split_whitespace().last() {
            Some("silent") => answer["usage"] = Value::Null,
            Some("some") => answer["usage"] = serde_json::json!({"prompt_tokens": 12}),
            _ => {}
        }
        Act::reply(200, answer.to_string())
    });
    let project = Project::new(&server, &["all", "some", "silent"]);
    project.run().expect(0);
    let usage = "SELECT input_tokens, output_tokens, cached_tokens, reasoning_tokens, calls.cost_usd, calls.model, text FROM calls \
                 JOIN results USING (work_id) ORDER BY row_index";
    assert_eq!(
        texts(&open(&project.db()), usage),
        [
            "100|48|7|3|NULL|model-as-served|all",
            "12|NULL|NULL|NULL|NULL|model-as-served|some",
            "NULL|NULL|NULL|NULL|NULL|model-as-served|silent"
        ]
    );
    let costs = texts(&open(&project.db()), "SELECT cost_usd, input_tokens, unpriced_calls FROM costs");
    assert_eq!(costs, ["NULL|112|3"], "a price that nobody named is unknown");
}

#[test]
fn a_judge_sees_its_own_prompt_and_its_reasons_come_back() {
    let server = Server::start();
    let project = Project::judged(&server, &["[fail 1] one"]).set("judge.llm.model", "judge-1");
    project.run().expect(0);
    let log = server.log();
    let roles: Vec<(bool, &str)> =
        log.iter().map(|ask| (ask.is_judge(), ask.body["model"].as_str().unwrap_or_default())).collect();
    assert_eq!(roles, [(false, "model-1"), (true, "judge-1"), (false, "model-1"), (true, "judge-1")]);
    let again = log[2].messages();
    assert_eq!(
        again.iter().map(|(role, _)| role.as_str()).collect::<Vec<_>>(),
        ["system", "user", "assistant", "user"]
    );
    assert!(again[2].1.contains("turn 1"), "the model sees its own answer: {}", again[2].1);
    assert!(again[3].1.contains("turn 1 is too short"), "and why it did not pass: {}", again[3].1);
    let db = open(&project.db());
    let attempts = texts(&db, "SELECT attempt, outcome, verdict, score, reasons FROM attempts ORDER BY attempt");
    assert_eq!(attempts, [r#"1|judge_failed|FAIL|20|["turn 1 is too short"]"#, "2|accepted|PASS|90|[]"]);
    assert_eq!(texts(&db, "SELECT purpose FROM calls"), ["generation", "judge", "generation", "judge"]);
    assert_eq!(texts(&db, "SELECT verdict, score, attempts FROM results"), ["PASS|90|2"]);
}

#[test]
fn what_the_judge_never_passes_is_rejected() {
    let server = Server::start();
    let project = Project::judged(&server, &["[fail] one", "[odd] two", "[malformed] three", "four"]);
    project.run().expect(3);
    assert_eq!(progress(&project), ["1|2|1|0"]);
    let kinds = texts(&open(&project.db()), "SELECT status, kind FROM failures ORDER BY row_index");
    assert_eq!(kinds, ["rejected|judge_failed", "rejected|judge_invalid", "failed|invalid_json"]);
    project.start(&["--strict"]).wait().expect(3);
    let asked = server.count();
    project.run().expect(3);
    assert_eq!(server.count(), asked, "what was tried often enough is not tried again");
}

#[test]
fn a_judge_that_cannot_be_asked_costs_no_second_generation() {
    for status in [500, 400, 401] {
        let broken = Arc::new(AtomicBool::new(true));
        let switch = Arc::clone(&broken);
        let server = Server::with(move |ask| {
            let fails = ask.is_judge() && switch.load(Ordering::SeqCst);
            if fails { Act::error(status, "no verdicts today") } else { by_tags(ask) }
        });
        let project = Project::judged(&server, &["one", "two", "three"]).set("llm.retries", "0");
        project.run().expect(1);
        assert_eq!(
            texts(&open(&project.db()), "SELECT count(*) FROM history"),
            ["0"],
            "nothing passes without a judge"
        );
        assert_eq!(progress(&project), ["0|0|0|3"], "{status}: nothing tells that the rows are at fault");

        broken.store(false, Ordering::SeqCst);
        project.run().expect(0);
        assert_eq!(progress(&project), ["3|0|0|0"], "{status}");
        assert_eq!(server.log().iter().filter(|ask| !ask.is_judge()).count(), 3, "{status}: each is generated once");
    }
}

#[test]
fn a_run_can_be_watched_while_it_goes() {
    let server = Server::start();
    server.latency(Duration::from_millis(2));
    let rows: Vec<String> = (0..60).map(|number| format!("[malformed 1] [fail 2] ticket {number}")).collect();
    let project = Project::judged(&server, &[rows, vec!["[hold] ticket".to_owned()]].concat());
    let running = project.start(&[]);
    server.wait_for(8);
    let conserved = "SELECT planned = accepted + rejected + failed + skipped + blocked + pending AND planned = 61, \
                     accepted FROM progress";
    let db = open(&project.db());
    let began = Instant::now();
    while texts(&db, conserved) != ["1|60"] {
        assert!(texts(&db, conserved)[0].starts_with("1|"), "rows are conserved at every commit");
        assert!(began.elapsed() < AMPLE);
    }
    drop(db);
    assert_eq!(texts(&open(&project.db()), "SELECT pending, in_flight FROM progress"), ["1|1"]);
    for args in [&["status", "tickets.db"] as &[&str], &["failures", "tickets.db"], &["sql", "tickets.db", "SELECT 1"]]
    {
        project.casebook(args).expect(0);
    }
    server.release();
    running.wait().expect(0);
}

#[test]
fn equal_requests_share_one_call() {
    for (text, calls) in [("the same", 2), ("[malformed 1] the same", 3), ("[500 1] the same", 4)] {
        let server = Server::start();
        let project = Project::judged(&server, &[text; 6]);
        project.run().expect(0);
        assert_eq!(server.count(), calls, "{text}");
        assert_eq!(progress(&project), ["6|0|0|0"], "{text}");
    }
    let server = Server::start();
    let project = Project::new(&server, &["[400] the same"; 6]);
    project.run().expect(1);
    assert_eq!((server.count(), progress(&project)), (1, vec!["0|0|0|6".to_owned()]), "nothing was ever answered");
    let server = Server::start();
    let rows = [vec!["[400] the same"; 6], vec!["another"]].concat();
    let project = Project::new(&server, &rows).set("llm.retries", "1");
    project.run().expect(3);
    assert_eq!((server.count(), progress(&project)), (3, vec!["1|0|6|0".to_owned()]));
}

#[test]
fn requests_are_not_shared_when_that_is_not_wanted() {
    let server = Server::start();
    let project = Project::judged(&server, &["the same"; 6]).set("cache.share", "false");
    project.run().expect(0);
    assert_eq!(server.count(), 12);
    assert_eq!(texts(&open(&project.db()), "SELECT count(DISTINCT request_id) FROM calls"), ["12"]);
    project.run().expect(0);
    assert_eq!(server.count(), 12);
}

#[test]
fn no_more_calls_are_in_flight_than_agreed() {
    let server = Server::start();
    let rows: Vec<String> = (0..24).map(|number| format!("[hold] ticket {number}")).collect();
    let project = Project::judged(&server, &rows);
    let running = project.start(&["--workers", "3"]);
    server.wait_for(3);
    server.release();
    running.wait().expect(0);
    assert_eq!(server.most_open(), 3);
    assert_eq!(server.count(), 48);
}

#[test]
fn redirects_are_not_followed() {
    let other = Server::start();
    let target = other.base_url();
    let server = Server::with(move |_| Act::Reply {
        status: 302,
        headers: vec![("location", format!("{target}/chat/completions"))],
        body: String::new(),
    });
    let project = Project::new(&server, &["one"]).set("llm.retries", "0");
    project.run().expect(3);
    assert_eq!((server.count(), other.count()), (1, 0));
    assert_eq!(calls(&project), ["failed|invalid_response|302"]);
}
