//! Under any mix of faults rows are conserved, and each item ends accepted or with its true kind of failure.
//!
//! The server draws what goes wrong from a seed and the request itself, and keeps what it did to each; the run file must
//! tell the same story. What a connection lost is the one thing that the two sides can see differently: a request that
//! was sent into a connection that had just been reset was never read.

use std::collections::HashMap;
use std::fs;
use std::ops::Range;
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};

use crate::fault_server::{Advice, Ask, Config, Content, Fault, Handle, Of, Plan, Served, Times, serve, valid_for};
use crate::support::{Project, open, texts};

/// What passes when it is asked again, at most twice.
const PASSING: [Fault; 18] = [
    Fault::Status(500),
    Fault::Status(503),
    Fault::Status(529),
    Fault::Status(502),
    Fault::RateLimited(Advice::None),
    Fault::RateLimited(Advice::Seconds(1)),
    Fault::RateLimited(Advice::Date(1)),
    Fault::RateLimited(Advice::Millis(30)),
    Fault::RateLimited(Advice::Reset(1)),
    Fault::ResetBefore,
    Fault::ResetWithin,
    Fault::CutBody,
    Fault::NoHttp,
    Fault::InvalidJson,
    Fault::Html,
    Fault::Redirect,
    Fault::EmptyBody,
    Fault::Flood,
];

/// What a model says wrong: the conversation goes on with another request.
const SAID: [Fault; 4] = [Fault::EmptyContent, Fault::ExtraField, Fault::Truncated, Fault::Malformed];

/// What is slow or odd, and an answer all the same.
const HARMLESS: [Fault; 3] = [Fault::Drip(Duration::from_micros(1)), Fault::ExtraEnvelope, Fault::CloseAfter];

fn tickets(count: usize) -> Vec<String> {
    (0..count).map(|number| format!("ticket number {number}.")).collect()
}

/// The number of the ticket that a request is about.
fn ticket(body: &[u8]) -> usize {
    let text = String::from_utf8_lossy(body);
    let number = text.split("ticket number ").nth(1).and_then(|rest| rest.split('.').next());
    number.and_then(|number| number.parse().ok()).expect("each request is about a ticket")
}

fn is_judge(body: &[u8]) -> bool {
    String::from_utf8_lossy(body).contains("You judge how a ticket was sorted")
}

/// Answers that are valid against the schema that was asked with, and verdicts that pass.
fn says(ask: &Ask<'_>) -> String {
    if is_judge(ask.body) {
        return json!({"verdict": "PASS", "score": 90, "reasons": []}).to_string();
    }
    let body: Value = serde_json::from_slice(ask.body).unwrap_or_default();
    let schema = body.pointer("/response_format/json_schema/schema").unwrap_or(&Value::Null);
    valid_for(schema, ask.digest).to_string()
}

fn server(plan: Plan) -> Handle {
    serve(Config::new(Content::made(says)).plan(plan).log()).expect("loopback has a free port")
}

/// A plan in which each of `faults` hits an equal part of `share`.
fn mix(plan: Plan, faults: &[Fault], share: f64, times: Times) -> Plan {
    let each = share / f64::from(u32::try_from(faults.len()).expect("a few"));
    faults.iter().fold(plan, |plan, fault| plan.with(*fault, Of::Share(each), times))
}

/// The words for what was done to a request, as the run file has them: how the call ended, and of what kind of failure.
fn call_kind(fault: Option<Fault>) -> Option<&'static str> {
    match fault? {
        Fault::Status(400) => Some("bad_request"),
        Fault::Status(_) => Some("server_error"),
        Fault::RateLimited(_) => Some("rate_limited"),
        Fault::Hang => Some("timeout"),
        Fault::Drip(pause) => (pause > Duration::from_millis(10)).then_some("timeout"),
        Fault::ResetBefore | Fault::ResetWithin | Fault::CutBody | Fault::FloodHead | Fault::NoHttp => {
            Some("connection")
        }
        Fault::Flood | Fault::FloodChunks | Fault::InvalidJson | Fault::Html | Fault::Redirect | Fault::EmptyBody => {
            Some("invalid_response")
        }
        Fault::ResetAfter
        | Fault::CloseAfter
        | Fault::ExtraEnvelope
        | Fault::EmptyContent
        | Fault::ExtraField
        | Fault::Truncated
        | Fault::Malformed => None,
    }
}

/// The kind of failure of an attempt that ended with what was done to its last request; `None`: it was accepted.
fn end_kind(served: &Served) -> Option<&'static str> {
    match served.fault {
        Some(Fault::EmptyContent | Fault::ExtraField | Fault::Truncated | Fault::Malformed)
            if is_judge(&served.body) =>
        {
            Some("judge_invalid")
        }
        Some(Fault::EmptyContent) => Some("empty"),
        Some(Fault::ExtraField) => Some("invalid_schema"),
        Some(Fault::Truncated) => Some("truncated"),
        Some(Fault::Malformed) => Some("invalid_json"),
        fault => call_kind(fault),
    }
}

/// How often each kind of end of a call is in a list.
fn tally<T: Into<String>>(kinds: impl Iterator<Item = T>) -> HashMap<String, usize> {
    let mut counts = HashMap::new();
    for kind in kinds {
        *counts.entry(kind.into()).or_default() += 1;
    }
    counts
}

/// Holds the run file to what the server knows: every row is somewhere, every request a call of the right kind, and
/// every item ended as its last request did. A run that stopped by itself may leave items open.
fn assert_told_truly(project: &Project, server: &Handle, planned: usize) {
    let db = open(&project.db());
    let conserved = "SELECT planned, planned = accepted + rejected + failed + skipped + blocked + pending, in_flight \
                     FROM progress";
    assert_eq!(texts(&db, conserved), [format!("{planned}|1|0")], "rows are conserved, and nothing hangs");
    let log = server.log();
    let mut asked = tally(log.iter().map(|served| call_kind(served.fault).unwrap_or("answered")));
    let mut called = tally(texts(&db, "SELECT coalesce(error_kind, outcome) FROM calls").into_iter());
    let closed = log.iter().filter(|it| matches!(it.fault, Some(Fault::ResetAfter | Fault::CloseAfter))).count();
    let take =
        |counts: &mut HashMap<String, usize>| ["answered", "connection"].map(|kind| counts.remove(kind).unwrap_or(0));
    let ([answered, broken], [well, badly]) = (take(&mut called), take(&mut asked));
    assert!(answered <= well && well <= answered + closed, "{answered} answers, but {well} were given");
    assert!(badly <= broken && broken <= badly + 2 * closed, "{broken} connections broke, {badly} were broken");
    assert_eq!(called, asked, "every request is a call on record");
    assert_eq!(server.counts().strayed, 0, "no redirect is followed");

    let last: HashMap<usize, &Served> = log.iter().map(|served| (ticket(&served.body), served)).collect();
    let kinds = "SELECT text, coalesce(kind, results.status) FROM results LEFT JOIN failures USING (work_id)";
    let ended = texts(&db, kinds);
    let status = "SELECT status FROM invocation WHERE command = 'run' ORDER BY id DESC LIMIT 1";
    let has_stopped = texts(&db, status) == ["failed"];
    let mut unread = 0;
    assert_eq!(ended.len(), planned);
    for line in ended {
        let (text, kind) = line.rsplit_once('|').expect("two columns");
        let expected = end_kind(last[&ticket(text.as_bytes())]).unwrap_or("accepted");
        if kind == "pending" && has_stopped {
            assert!(expected != "accepted", "{text} is open, and was answered");
            continue;
        }
        unread += usize::from(kind != expected);
        assert!(kind == expected || kind == "connection", "{text} ended as {kind}, and {expected} is what it was");
    }
    assert!(unread <= 2 * closed, "{unread} items ended with a connection that broke, {closed} were closed");
}

fn judged(server: &Handle, rows: &[String]) -> Project {
    Project::at(&server.base_url(), rows).set("prompts.judge", "judge.yaml").set("llm.max_workers", "32")
}

/// Runs a test for several seeds side by side: most of it is waiting.
fn each_seed(seeds: Range<u64>, test: impl Fn(u64) + Sync) {
    let test = &test;
    thread::scope(|scope| {
        for seed in seeds {
            scope.spawn(move || test(seed));
        }
    });
}

fn assert_verified(project: &Project) {
    project.casebook(&["verify", "tickets.db"]).expect(0);
    project.casebook(&["verify", "tickets.db", "--replay"]).expect(0);
}

#[test]
fn what_passes_costs_no_row() {
    each_seed(1..3, |seed| {
        let plan = mix(Plan::seeded(seed), &PASSING, 0.3, Times::First(2));
        let plan = mix(plan, &SAID, 0.1, Times::Always);
        let plan = mix(plan, &HARMLESS, 0.1, Times::Always);
        let server = server(plan);
        let rows = tickets(60);
        let project = judged(&server, &rows).set("llm.retries", "5");
        project.run().expect(0);
        assert_told_truly(&project, &server, rows.len());
        assert_verified(&project);
        let asked = server.counts().requests;
        project.run().expect(0);
        assert_eq!(server.counts().requests, asked, "what was answered is not asked again");
    });
}

#[test]
fn what_stays_is_told_as_what_it_is() {
    let slow = [Fault::Hang, Fault::Drip(Duration::from_millis(50)), Fault::FloodHead, Fault::FloodChunks];
    let lasting: Vec<Fault> =
        PASSING.into_iter().filter(|it| !matches!(it, Fault::RateLimited(_))).chain(slow).collect();
    each_seed(3..7, |seed| {
        let plan = mix(Plan::seeded(seed), &lasting, 0.5, Times::Always);
        let plan = mix(plan, &SAID, 0.2, Times::Always).with(Fault::Status(400), Of::Share(0.05), Times::Always);
        let server = server(plan);
        let rows = tickets(60);
        let project = judged(&server, &rows).set("llm.retries", "1").set("llm.timeout_sec", "3");
        // Where the last rows are turned away after all answers, nobody can tell whose fault it is: they stay open.
        let ended = project.run();
        let is_silent = ended.code == Some(1) && ended.stderr.contains("not answered: ");
        assert!(is_silent || ended.code == Some(3), "{:?}: {}", ended.code, ended.stderr);
        assert_told_truly(&project, &server, rows.len());
        assert_verified(&project);
    });
}

#[test]
fn run_again_it_converges() {
    each_seed(5..7, |seed| {
        let faults: Vec<Fault> = PASSING.into_iter().chain([Fault::ResetAfter]).collect();
        let plan = mix(Plan::seeded(seed), &faults, 0.3, Times::Anew);
        let server = server(mix(mix(plan, &SAID, 0.2, Times::Anew), &HARMLESS, 0.1, Times::Anew));
        let rows = tickets(60);
        let project = judged(&server, &rows).set("llm.retries", "0");
        let mut runs = 0;
        while project.run().code != Some(0) {
            runs += 1;
            assert!(runs < 30, "it does not come to an end");
            assert_told_truly(&project, &server, rows.len());
            project.casebook(&["retry", "tickets.db", "--failed", "--rejected"]).expect(0);
        }
        assert!(runs > 1, "nothing went wrong");
        assert_told_truly(&project, &server, rows.len());
        assert_verified(&project);
    });
}

/// The most memory that a process held, in KiB, as far as it can still be asked.
#[cfg(target_os = "linux")]
fn peak(id: u32) -> Option<u64> {
    let said = fs::read_to_string(format!("/proc/{id}/status")).ok()?;
    let peak = said.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    peak.trim().trim_end_matches("kB").trim().parse().ok()
}

#[test]
#[cfg(target_os = "linux")]
fn a_server_that_sends_gigabytes_fails_that_call_alone() {
    for (fault, kind, said) in [
        (Fault::Flood, "invalid_response", "over 8 MiB"),
        (Fault::FloodChunks, "invalid_response", "over 8 MiB"),
        (Fault::FloodHead, "connection", "too large"),
    ] {
        let server = server(Plan::seeded(0).with(fault, Of::Marked("ticket number 3."), Times::Always));
        let rows = tickets(6);
        let project = Project::at(&server.base_url(), &rows).set("llm.retries", "1").set("llm.max_workers", "1");
        let mut running = project.start(&[]);
        let mut most = 0;
        while !running.has_ended() {
            most = most.max(peak(running.id()).unwrap_or(0));
            thread::sleep(Duration::from_millis(2));
        }
        running.wait().expect(3);
        assert_told_truly(&project, &server, rows.len());
        let failures = texts(&open(&project.db()), "SELECT kind, message FROM failures");
        assert_eq!(failures.len(), 1, "{failures:?}");
        assert!(failures[0].starts_with(kind) && failures[0].contains(said), "{failures:?}");
        assert!(most < 120 * 1024, "{fault:?}: {most} KiB");
        // What lies in the two sockets' buffers was sent too.
        assert!(server.counts().flooded < 64 << 20, "{fault:?}: {:?}", server.counts());
    }
}
