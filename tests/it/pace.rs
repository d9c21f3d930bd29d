//! The pace of requests, its record, and the runs that stop because no request is answered.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use crate::support::{Act, Ask, Project, Server, by_tags, open, texts};

/// The number of the ticket that is asked about. In the order of these the requests are sent, whenever they arrive.
fn ticket(ask: &Ask) -> usize {
    ask.question().split_whitespace().last().and_then(|word| word.parse().ok()).unwrap_or_default()
}

fn tickets(count: usize) -> Vec<String> {
    (0..count).map(|number| format!("ticket {number}")).collect()
}

fn sql(project: &Project, query: &str) -> Vec<String> {
    texts(&open(&project.db()), query)
}

fn progress(project: &Project) -> Vec<String> {
    sql(project, "SELECT accepted, rejected, failed, pending FROM progress")
}

/// How many milliseconds lie between the first request and the last.
fn sending(project: &Project) -> i64 {
    let query =
        "SELECT CAST(86400000 * (julianday(max(started_at)) - julianday(min(started_at))) AS INTEGER) FROM calls";
    sql(project, query)[0].parse().unwrap()
}

/// A server that misbehaves as `bad` says for as long as the switch is on.
fn broken(bad: impl Fn() -> Act + Send + Sync + 'static) -> (Server, Arc<AtomicBool>) {
    let switch = Arc::new(AtomicBool::new(true));
    let on = Arc::clone(&switch);
    let server = Server::with(move |ask| if on.load(Ordering::SeqCst) { bad() } else { by_tags(ask) });
    (server, switch)
}

/// The run stops with one error that holds `says`, leaves everything open, and goes on when the cause is repaired.
#[track_caller]
fn stops_and_goes_on(project: &Project, rows: usize, says: &str, repair: impl FnOnce()) {
    let ended = project.run().expect(1);
    let errors: Vec<&str> = ended.stderr.lines().filter(|line| line.starts_with("error")).collect();
    assert_eq!(errors.len(), 1, "{}", ended.stderr);
    assert!(errors[0].contains(says), "{}", ended.stderr);
    assert!(ended.stderr.contains("hint: "), "{}", ended.stderr);
    assert_eq!(progress(project), [format!("0|0|0|{rows}")]);
    assert_eq!(sql(project, "SELECT count(*) FROM attempts"), ["0"], "no work item is to blame");
    assert_eq!(sql(project, "SELECT status FROM invocation"), ["failed"]);
    repair();
    project.run().expect(0);
    assert_eq!(progress(project), [format!("{rows}|0|0|0")]);
}

#[test]
fn an_endpoint_that_only_fails_stops_the_run() {
    for (rows, retries, status) in [(60, "0", 500), (60, "1", 503), (3, "0", 500)] {
        let (server, switch) = broken(move || Act::error(status, "out of order"));
        let project = Project::new(&server, &tickets(rows)).set("llm.retries", retries);
        stops_and_goes_on(&project, rows, "no request is answered: HTTP 50", || {
            assert!(server.count() < 120, "{} requests to no avail", server.count());
            switch.store(false, Ordering::SeqCst);
        });
    }
}

#[test]
fn an_endpoint_that_is_not_there_stops_the_run_however_short_it_is() {
    for rows in [1, 40] {
        let (server, switch) = broken(|| Act::Close);
        let project = Project::new(&server, &tickets(rows)).set("llm.retries", "0");
        stops_and_goes_on(&project, rows, "no request is answered", || switch.store(false, Ordering::SeqCst));
    }
    let server = Server::start();
    let project =
        Project::new(&server, &tickets(2)).set("llm.base_url", "http://127.0.0.1:9/v1").set("llm.retries", "1");
    let ended = project.run().expect(1);
    assert!(ended.stderr.contains("no connection to 127.0.0.1:9"), "{}", ended.stderr);
    assert_eq!(progress(&project), ["0|0|0|2"]);
}

#[test]
fn requests_that_are_all_called_wrong_stop_the_run() {
    let (server, switch) = broken(|| Act::error(400, "unknown parameter: temperature"));
    let project = Project::new(&server, &tickets(60));
    stops_and_goes_on(&project, 60, "rejects every request as invalid: HTTP 400 (test): unknown parameter", || {
        assert!(server.count() < 40, "{} requests to no avail", server.count());
        switch.store(false, Ordering::SeqCst);
    });
}

#[test]
fn a_few_bad_rows_stop_nothing() {
    let server = Server::start();
    let rows: Vec<String> = (0..80)
        .map(|number| match number % 8 {
            3 => format!("[400] ticket {number}"),
            5 => format!("[500] ticket {number}"),
            _ => format!("ticket {number}"),
        })
        .collect();
    let project = Project::new(&server, &rows).set("llm.retries", "1");
    project.run().expect(3);
    assert_eq!(progress(&project), ["60|0|20|0"]);
    // Alone with what failed before, they are still at fault themselves.
    let asked = server.count();
    project.run().expect(3);
    assert_eq!(progress(&project), ["60|0|20|0"]);
    assert_eq!(server.count() - asked, 20, "ten are asked twice; what was called wrong is called wrong again");
}

#[test]
fn a_budget_that_is_spent_in_the_middle_stops_the_run() {
    for (status, workers, rows) in [(400, "8", 60), (422, "1", 40), (429, "8", 14)] {
        let spent = Arc::new(AtomicBool::new(true));
        let switch = Arc::clone(&spent);
        let server = Server::with(move |ask| {
            let refuses = ticket(ask) >= 10 && switch.load(Ordering::SeqCst);
            let message = "Budget has been exceeded! Current cost: 0.00012, Max budget: 0.0001";
            let body = serde_json::json!({"error": {"message": message, "type": "budget_exceeded", "code": "400"}});
            if refuses { Act::reply(status, body.to_string()) } else { by_tags(ask) }
        });
        let project = Project::new(&server, &tickets(rows)).set("llm.max_workers", workers);
        let ended = project.run().expect(1);
        assert!(ended.stderr.contains("Budget has been exceeded! Current cost: 0.00012"), "{}", ended.stderr);
        assert_eq!(progress(&project), [format!("10|0|0|{}", rows - 10)]);
        // Ten answers, twenty refusals, and what is in flight beside the last one.
        assert!(server.count() < 38, "{status}: {} requests", server.count());
        project.casebook(&["verify", "tickets.db", "--replay"]).expect(0);
        spent.store(false, Ordering::SeqCst);
        project.run().expect(0);
        assert_eq!(progress(&project), [format!("{rows}|0|0|0")]);
    }
}

/// `good` rows, `bad` ones that are refused with `status`, and `good` ones again.
fn with_a_block(good: usize, bad: usize, status: u16) -> Vec<String> {
    (0..good + bad + good)
        .map(|number| match number.checked_sub(good) {
            Some(number) if number < bad => format!("[{status}] bad ticket {number}"),
            _ => format!("ticket {number}"),
        })
        .collect()
}

/// A server that refuses the rows that say so, all in the same words.
fn refusing(status: u16) -> Server {
    Server::with(move |ask| {
        let is_bad = ask.tag(&status.to_string()).is_some();
        if is_bad { Act::error(status, "this row is blocked") } else { by_tags(ask) }
    })
}

#[test]
fn a_block_of_refused_rows_does_not_hide_the_good_ones_behind_it() {
    for (status, workers, good) in [(403, "1", 10), (400, "1", 10), (401, "8", 10), (404, "32", 60)] {
        let server = refusing(status);
        let project = Project::new(&server, &with_a_block(good, 45, status)).set("llm.retries", "1");
        let project = project.set("llm.max_workers", workers);
        project.run().expect(3);
        assert_eq!(progress(&project), [format!("{}|0|45|0", 2 * good)], "{status}");
        assert!(server.count() <= 2 * good + 2 * 45, "{status}: {} requests", server.count());
        project.casebook(&["verify", "tickets.db", "--replay"]).expect(0);
    }
}

#[test]
fn the_answers_of_an_earlier_run_are_a_reason_to_look_behind_a_block() {
    let server = refusing(403);
    let project = Project::new(&server, &with_a_block(10, 25, 403)).set("llm.retries", "0");
    let project = project.set("llm.max_workers", "1");
    project.start(&["--limit", "10"]).wait().expect(0);
    assert_eq!(server.count(), 10);
    project.run().expect(3);
    assert_eq!(progress(&project), ["20|0|25|0"]);
    assert_eq!(server.count(), 45, "each is asked once");
}

#[test]
fn a_key_that_is_withdrawn_stops_the_run_after_a_few_probes() {
    let withdrawn = Arc::new(AtomicBool::new(true));
    let switch = Arc::clone(&withdrawn);
    let server = Server::with(move |ask| {
        let number = ticket(ask);
        let refuses = number >= 10 && switch.load(Ordering::SeqCst);
        // The name of the request is in it, and differs each time.
        if refuses { Act::error(401, &format!("no such key, request k{number}-x")) } else { by_tags(ask) }
    });
    let project = Project::new(&server, &tickets(80));
    let ended = project.run().expect(1);
    assert!(ended.stderr.contains("the provider refuses every request: HTTP 401"), "{}", ended.stderr);
    assert_eq!(progress(&project), ["10|0|0|70"]);
    // Ten answers, what was refused beside the last one, twenty refusals, what is in flight then, and three probes.
    assert!(server.count() <= 10 + 7 + 20 + 7 + 3, "{} requests", server.count());
    let probed = server.log().iter().any(|ask| ask.question().contains("ticket 79"));
    assert!(probed, "the last row is a probe");
    project.casebook(&["verify", "tickets.db", "--replay"]).expect(0);
    withdrawn.store(false, Ordering::SeqCst);
    project.run().expect(0);
    assert_eq!(progress(&project), ["80|0|0|0"]);
}

/// A server that takes `slots` at a time, and turns the others away with `status`.
fn slots(slots: usize, status: u16) -> Server {
    let busy = AtomicUsize::new(0);
    Server::with(move |ask| {
        let take = |busy| (busy < slots).then_some(busy + 1);
        if busy.fetch_update(Ordering::SeqCst, Ordering::SeqCst, take).is_err() {
            return Act::error(status, "no slot available");
        }
        // Long beside what it takes to send a request, so that others find the slot taken.
        std::thread::sleep(std::time::Duration::from_millis(50));
        busy.fetch_sub(1, Ordering::SeqCst);
        by_tags(ask)
    })
}

#[test]
fn a_server_that_takes_two_at_a_time_fails_no_row() {
    for status in [502, 503, 504, 529, 425, 408, 429] {
        let server = slots(2, status);
        let project = Project::new(&server, &tickets(60)).set("llm.max_workers", "32").set("llm.retries", "2");
        project.run().expect(0);
        assert_eq!(progress(&project), ["60|0|0|0"], "{status}");
        let reason = if status == 429 { "rate_limited" } else { "overload" };
        let cut = format!("SELECT min(concurrency) <= 2 FROM pacing WHERE reason = '{reason}'");
        assert_eq!(sql(&project, &cut), ["1"], "{status}: {:?}", sql(&project, "SELECT * FROM pacing"));
    }
}

#[test]
fn a_server_with_one_slot_and_a_queue_answers_all() {
    // It works on what nobody waits for any more, too.
    let slot = std::sync::Mutex::new(());
    let server = Server::with(move |ask| {
        let _held = slot.lock().unwrap();
        std::thread::sleep(std::time::Duration::from_millis(100));
        by_tags(ask)
    });
    let project = Project::new(&server, &tickets(60)).set("llm.max_workers", "32").set("llm.timeout_sec", "2");
    let project = project.set("llm.retries", "1");
    project.run().expect(0);
    assert_eq!(progress(&project), ["60|0|0|0"]);
    project.casebook(&["verify", "tickets.db", "--replay"]).expect(0);
}

/// A server that does what `bad` says with the first `times` requests about a ticket from `first` on.
fn failing_from(first: usize, times: usize, bad: impl Fn(&Ask) -> Act + Send + Sync + 'static) -> Server {
    let count = AtomicUsize::new(0);
    let fails = move |ask: &Ask| ticket(ask) >= first && count.fetch_add(1, Ordering::SeqCst) < times;
    Server::with(move |ask| if fails(ask) { bad(ask) } else { by_tags(ask) })
}

#[test]
fn an_outage_in_which_each_request_hears_something_else_fails_no_row() {
    // Twenty are parked, and three look whether it is over.
    let server = failing_from(10, 23, |ask| match ticket(ask) % 4 {
        0 => Act::error(502, "bad gateway"),
        1 => Act::error(503, "try later"),
        2 => Act::error(500, &format!("crash {}", "x".repeat(ticket(ask)))),
        _ => Act::Close,
    });
    let project = Project::new(&server, &tickets(30)).set("llm.retries", "1");
    project.run().expect(0);
    assert_eq!(progress(&project), ["30|0|0|0"]);
}

#[test]
fn few_last_rows_that_are_turned_away_are_asked_until_it_passes() {
    for (rows, status, times) in [(11, 503, 2), (13, 502, 5), (12, 0, 4)] {
        let bad = move |_: &Ask| if status == 0 { Act::Close } else { Act::error(status, "not now") };
        let server = failing_from(10, times, bad);
        let project = Project::new(&server, &tickets(rows)).set("llm.retries", "1").set("llm.max_workers", "1");
        project.run().expect(0);
        assert_eq!(progress(&project), [format!("{rows}|0|0|0")], "{status}");
    }
}

#[test]
fn last_rows_that_are_refused_for_a_while_are_not_lost() {
    for (status, says) in [(403, "key not valid on node 10.0.3."), (400, "no worker is free, ticket no. ")] {
        let server = failing_from(10, 8, move |ask| Act::error(status, &format!("{says}{}", ticket(ask))));
        let project = Project::new(&server, &tickets(16)).set("llm.retries", "1");
        project.run().expect(0);
        assert_eq!(progress(&project), ["16|0|0|0"], "{status}");
    }
}

#[test]
fn a_key_that_is_withdrawn_in_words_with_numbers_stops_the_run() {
    let server =
        failing_from(10, usize::MAX, |ask| Act::error(403, &format!("key not valid on node 10.0.3.{}", ticket(ask))));
    let project = Project::new(&server, &tickets(80)).set("llm.retries", "0").set("llm.max_workers", "1");
    let ended = project.run().expect(1);
    assert!(ended.stderr.contains("the provider refuses every request: HTTP 403"), "{}", ended.stderr);
    assert!(ended.stderr.contains("; it answered 10 before"), "{}", ended.stderr);
    assert_eq!((progress(&project), server.count()), (vec!["10|0|0|70".to_owned()], 33));
}

#[test]
fn a_judge_that_refuses_is_named_with_what_others_answered() {
    for (status, says) in [
        (401, "the judge `judge-1` refuses every request: HTTP 401 (test): no; "),
        (400, "the judge `judge-1` rejects every request as invalid: HTTP 400 (test): no; "),
    ] {
        let server = Server::with(move |ask| if ask.is_judge() { Act::error(status, "no") } else { by_tags(ask) });
        let project = Project::judged(&server, &tickets(10)).set("judge.llm.model", "judge-1");
        let ended = project.run().expect(1);
        assert!(ended.stderr.contains(&format!("error: {says}10 other requests were answered")), "{}", ended.stderr);
        assert_eq!(progress(&project), ["0|0|0|10"]);
    }
}

#[test]
fn overload_under_a_status_of_200_is_overload() {
    for body in [
        r#"{"error": {"message": "The server is overloaded, try later", "code": "overloaded"}}"#,
        r#"{"choices": null, "base_resp": {"status_code": 1002, "status_msg": "rate limit"}}"#,
    ] {
        let server = failing_from(0, 3, move |_| Act::reply(200, body));
        let project = Project::new(&server, &tickets(12)).set("llm.retries", "1");
        project.run().expect(0);
        assert_eq!(progress(&project), ["12|0|0|0"], "{body}");
    }
}

#[test]
fn an_answer_beside_an_error_that_is_none_is_an_answer() {
    let server = Server::with(|ask| {
        let Act::Reply { status, headers, body } = by_tags(ask) else { return by_tags(ask) };
        let errors = [r#"{"code": 0, "message": "success"}"#, r#"{"code": 0, "message": ""}"#, r#""success""#, "{}"];
        let error = errors[ticket(ask) % errors.len()];
        Act::Reply { status, headers, body: format!("{{\"error\": {error}, {}", body.trim_start_matches('{')) }
    });
    let project = Project::new(&server, &tickets(8));
    project.run().expect(0);
    assert_eq!((progress(&project), server.count()), (vec!["8|0|0|0".to_owned()], 8));
}

#[test]
fn rows_that_fail_again_and_again_do_not_drag_the_pace_down() {
    let server = Server::with(|ask| {
        let overloaded = ask.tag("503").is_some();
        if overloaded { Act::error(503, "not for this row") } else { by_tags(ask) }
    });
    let rows: Vec<String> = (0..200)
        .map(|number| if number % 40 == 7 { format!("[503] ticket {number}") } else { format!("ticket {number}") })
        .collect();
    let project = Project::new(&server, &rows).set("llm.retries", "2");
    project.run().expect(3);
    assert_eq!(progress(&project), ["195|0|5|0"]);
    assert_eq!(sql(&project, "SELECT min(concurrency) >= 4 FROM pacing"), ["1"]);
    assert_eq!(sql(&project, "SELECT DISTINCT kind FROM failures"), ["server_error"]);
}

#[test]
fn a_judge_that_is_down_leaves_the_answers_on_record() {
    let down = Arc::new(AtomicBool::new(true));
    let switch = Arc::clone(&down);
    let server = Server::with(move |ask| {
        let fails = ask.is_judge() && switch.load(Ordering::SeqCst);
        if fails { Act::error(500, "no verdicts today") } else { by_tags(ask) }
    });
    let project = Project::judged(&server, &tickets(60)).set("llm.retries", "0");
    let ended = project.run().expect(1);
    let says = "error: no request to the judge `model-1` is answered: HTTP 500 (test): no verdicts today";
    assert!(ended.stderr.contains(says), "{}", ended.stderr);
    assert_eq!(progress(&project), ["0|0|0|60"]);
    down.store(false, Ordering::SeqCst);
    project.run().expect(0);
    assert_eq!(server.log().iter().filter(|ask| !ask.is_judge()).count(), 60, "each is generated once");
}

#[test]
fn a_limit_that_is_used_up_for_the_day_stops_the_run() {
    let (server, switch) = broken(|| Act::Reply {
        status: 429,
        headers: vec![("retry-after", "20000".to_owned())],
        body: r#"{"error":{"message":"your requests of today are used up"}}"#.into(),
    });
    let project = Project::new(&server, &tickets(40));
    stops_and_goes_on(&project, 40, "a limit of the provider is used up: HTTP 429", || {
        assert!(server.count() <= 8, "{} requests to no avail", server.count());
        switch.store(false, Ordering::SeqCst);
    });
}

#[test]
fn a_run_that_goes_wrong_is_stopped_as_agreed() {
    let rows: Vec<String> = (0..100)
        .map(|number| if number % 2 == 0 { format!("[refusal] {number}") } else { format!("ticket {number}") })
        .collect();
    for (agreed, least, most) in [("3", 4, 12), ("10%", 10, 18)] {
        let server = Server::start();
        let project = Project::new(&server, &rows).set("llm.retries", "0");
        let ended = project.start(&["--max-failures", agreed]).wait().expect(1);
        let expected = format!("more than `--max-failures {agreed}` allows");
        assert!(ended.stderr.contains(&expected), "{}", ended.stderr);
        let bad: usize = sql(&project, "SELECT failed FROM progress")[0].parse().unwrap();
        assert!((least..=most).contains(&bad), "{agreed}: {bad}");
        // What was in flight is on record, too, and nothing is asked twice.
        let decided = "SELECT accepted + rejected + failed FROM progress";
        assert_eq!(sql(&project, decided), [server.count().to_string()]);
        project.run().expect(3);
        assert_eq!((server.count(), progress(&project)), (100, vec!["50|0|50|0".to_owned()]));
    }
    let server = Server::start();
    let project = Project::new(&server, &rows).set("llm.retries", "0");
    project.start(&["--max-failures", "50"]).wait().expect(3);
    let ended = project.start(&["--max-failures", "half"]).wait().expect(2);
    assert!(ended.stderr.contains("such as `10%`"), "{}", ended.stderr);
}

#[test]
fn a_run_that_is_stopped_says_what_it_did() {
    let rows: Vec<String> = (0..60).map(|number| format!("[refusal] {number}")).collect();
    let server = Server::start();
    let project = Project::new(&server, &rows).set("llm.retries", "0");
    let ended = project.start(&["--max-failures", "3", "--format", "json"]).wait().expect(1);
    let value: serde_json::Value = serde_json::from_str(&ended.stdout).unwrap();
    assert_eq!((&value["exit_code"], &value["outcome"]), (&1.into(), &"error".into()));
    assert_eq!(std::path::Path::new(value["run_file"].as_str().unwrap()).extension().unwrap(), "db", "{value}");
    assert_eq!(value["calls"], server.count());
    let failed = value["counts"]["failed"].as_u64().unwrap();
    assert_eq!(failed + value["counts"]["pending"].as_u64().unwrap(), 60);
    // The message is of the same moment as the counts.
    let message = value["error"]["message"].as_str().unwrap();
    let begin = format!("{failed} of {failed} decided work items failed or were rejected");
    assert!(message.starts_with(&begin) && message.ends_with(&format!("left open: {}", 60 - failed)), "{message}");
    let ended = project.start(&["--max-failures", "3"]).wait().expect(1);
    assert!(ended.stderr.contains("  planned           60") && ended.stderr.contains("error: "), "{}", ended.stderr);
}

#[test]
fn what_the_endpoint_refuses_is_asked_more_slowly() {
    let refusals = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&refusals);
    let server = Server::with(move |ask| {
        if ask.number == 1 && count.fetch_add(1, Ordering::SeqCst) < 8 {
            let headers = vec![("retry-after-ms", "300".to_owned())];
            Act::Reply { status: 429, headers, body: r#"{"error":{"message":"slow down"}}"#.into() }
        } else {
            by_tags(ask)
        }
    });
    let project = Project::new(&server, &tickets(60)).set("llm.retries", "1");
    project.run().expect(0);
    assert_eq!(progress(&project), ["60|0|0|0"]);
    let changes = sql(&project, "SELECT model, reason, concurrency, requests_per_minute FROM pacing");
    assert_eq!(changes[0], "model-1|start|8|NULL");
    assert!(changes.iter().any(|row| row.starts_with("model-1|rate_limited|")), "{changes:?}");
    let details = sql(&project, "SELECT detail FROM pacing WHERE reason = 'rate_limited'");
    assert!(details[0].contains("were refused"), "{details:?}");
}

#[test]
fn requests_are_spread_over_the_minute() {
    let server = Server::start();
    let project = Project::new(&server, &tickets(8)).set("llm.rate_limit.requests_per_minute", "600");
    project.run().expect(0);
    // One in a tenth of a second; the first two go out at once.
    assert!(sending(&project) >= 450, "{}", sending(&project));
    assert_eq!(sql(&project, "SELECT requests_per_minute FROM pacing WHERE reason = 'start'"), ["600"]);
}

#[test]
fn tokens_are_spread_over_the_minute() {
    // Each request is counted with the 100 tokens in and about 70 out that the server reports.
    let server = Server::start();
    let project = Project::new(&server, &tickets(6)).set("llm.rate_limit.tokens_per_minute", "60000");
    let project = project.set("llm.max_workers", "1");
    project.run().expect(0);
    assert!(sending(&project) >= 450, "{}", sending(&project));
}

#[test]
fn what_the_endpoint_has_left_is_spread() {
    let server = Server::with(|ask| {
        let Act::Reply { status, body, .. } = by_tags(ask) else { return by_tags(ask) };
        // Half a second each, which is longer than an answer takes on a slow machine.
        let headers = [("limit", "100"), ("remaining", "4"), ("reset", "2s")];
        let name = |part| match part {
            "limit" => "x-ratelimit-limit-requests",
            "remaining" => "x-ratelimit-remaining-requests",
            _ => "x-ratelimit-reset-requests",
        };
        let headers = headers.into_iter().map(|(part, value)| (name(part), value.to_owned())).collect();
        Act::Reply { status, headers, body }
    });
    let project = Project::new(&server, &tickets(5)).set("llm.max_workers", "1");
    project.run().expect(0);
    assert!(sending(&project) >= 1400, "{}", sending(&project));
    let changes = sql(&project, "SELECT reason, round(requests_per_minute) FROM pacing");
    assert!(changes.contains(&"limits|120".to_owned()), "{changes:?}");
}

#[test]
fn generation_and_judge_have_one_pace_where_they_ask_the_same_model() {
    let server = Server::start();
    let models = |project: &Project| sql(project, "SELECT model FROM pacing WHERE reason = 'start' ORDER BY model");
    let same = Project::judged(&server, &tickets(3));
    same.run().expect(0);
    assert_eq!(models(&same), ["model-1"]);
    let other = Project::judged(&server, &tickets(3))
        .set("judge.llm.model", "judge-1")
        .set("judge.llm.rate_limit.requests_per_minute", "300");
    other.run().expect(0);
    assert_eq!(models(&other), ["judge-1", "model-1"]);
    let limits = sql(&other, "SELECT requests_per_minute FROM pacing WHERE reason = 'start' ORDER BY model");
    assert_eq!(limits, ["300", "NULL"]);
    let verdicts = "SELECT CAST(86400000 * (julianday(max(started_at)) - julianday(min(started_at))) AS INTEGER) > 250 \
                    FROM calls WHERE purpose = 'judge'";
    assert_eq!(sql(&other, verdicts), ["1"]);
}

#[test]
fn answers_that_nobody_is_asked_for_have_no_pace() {
    let server = Server::start();
    let project = Project::new(&server, &tickets(5));
    project.start(&["--provider", "sample", "--db", "tickets.db"]).wait().expect(0);
    assert_eq!(sql(&project, "SELECT count(*) FROM pacing"), ["0"]);
}

#[test]
fn a_judge_at_an_address_of_its_own_is_named() {
    let (server, judge) = (Server::start(), Server::with(|_| Act::error(500, "no verdicts today")));
    let project = Project::judged(&server, &tickets(5)).set("llm.retries", "0");
    let project = project.set("judge.llm.base_url", &judge.base_url());
    let ended = project.run().expect(1);
    let says = format!("error: no request to the judge at {} is answered: HTTP 500", judge.base_url());
    assert!(ended.stderr.contains(&says), "{}", ended.stderr);
    assert!(ended.stderr.contains("that `judge.llm.base_url` is right"), "{}", ended.stderr);
    assert_eq!(progress(&project), ["0|0|0|5"]);
}
