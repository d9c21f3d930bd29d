//! Ctrl-C and SIGTERM: the first stops in good order, the second at once; the same command goes on.
#![cfg(unix)]

use std::thread;
use std::time::{Duration, Instant};

use crate::support::server::{AMPLE, Act, by_tags};
use crate::support::{Project, Running, Server, logical_dump, open, texts};

/// Ten rows whose answers wait until the server lets them go, and ten that are answered at once.
fn tickets() -> Vec<String> {
    (0..20).map(|number| format!("{} ticket {number}", if number < 10 { "[hold]" } else { "" })).collect()
}

fn count(project: &Project, what: &str) -> usize {
    texts(&open(&project.db()), &format!("SELECT 1 FROM calls WHERE outcome = '{what}'")).len()
}

/// Sends the first signal, and waits until the process says that it has heard it.
fn interrupt(running: &mut Running, name: &str) {
    running.signal(name);
    let began = Instant::now();
    while !running.stderr().contains("Ctrl-C again") {
        assert!(began.elapsed() < AMPLE && !running.has_ended(), "the signal is not heard:\n{}", running.stderr());
        thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn the_first_signal_finishes_what_is_in_flight() {
    for name in ["INT", "TERM"] {
        let server = Server::start();
        let project = Project::judged(&server, &tickets());
        let mut running = project.start(&["--workers", "6"]);
        server.wait_for(6);
        interrupt(&mut running, name);
        server.release();
        let ended = running.wait().expect(130);
        assert!(ended.stderr.contains("Interrupted"), "{}", ended.stderr);
        assert_eq!(server.count(), 6, "nothing more was asked");
        assert_eq!((count(&project, "answered"), count(&project, "lost"), count(&project, "in_flight")), (6, 0, 0));
        let db = open(&project.db());
        assert_eq!(texts(&db, "SELECT status FROM invocation"), ["interrupted"]);
        assert_eq!(texts(&db, "SELECT planned, pending, in_flight FROM progress"), ["20|20|0"]);
        drop(db);
        assert!(!project.dir().join("out/output.jsonl").exists(), "half a run is not exported");
        assert!(!project.dir().join("tickets.db-wal").exists(), "the record is one file");

        let ended = project.run().expect(0);
        assert!(!ended.stderr.contains("in flight when"), "{}", ended.stderr);
        assert_eq!(server.count(), 40, "no answer was asked for twice");
        assert_same_as_undisturbed(&server, &project);
    }
}

#[test]
fn a_signal_does_not_hide_what_is_wrong_nor_give_up_what_is_paid_for() {
    let server = Server::with(|ask| {
        if ask.question().contains("refused") {
            Act::error(401, "this key opens nothing")
        } else {
            Act::Hold(Box::new(by_tags(ask)))
        }
    });
    let rows = ["ticket 1", "ticket 2", "ticket 3", "ticket refused"].map(str::to_owned);
    let project = Project::new(&server, &rows);
    let mut running = project.start(&["--workers", "4"]);
    server.wait_for(4);
    let began = Instant::now();
    while count(&project, "failed") < 1 {
        assert!(began.elapsed() < AMPLE, "the refusal is on record while three answers are held");
        thread::sleep(Duration::from_millis(5));
    }
    interrupt(&mut running, "INT");
    server.release();
    let ended = running.wait().expect(1);
    assert!(ended.stderr.contains("this key opens nothing"), "{}", ended.stderr);
    assert_eq!((count(&project, "answered"), count(&project, "lost"), count(&project, "in_flight")), (3, 0, 0));
    assert_eq!(texts(&open(&project.db()), "SELECT status FROM invocation"), ["failed"]);
}

#[test]
fn the_second_signal_stops_at_once_and_keeps_what_was_answered() {
    for names in [["INT", "INT"], ["TERM", "TERM"], ["INT", "TERM"]] {
        let server = Server::start();
        // The held ones come first; the others pass by on the two workers that are left.
        let project = Project::new(&server, &tickets()).set("llm.max_workers", "12");
        let mut running = project.start(&[]);
        server.wait_for(20);
        let began = Instant::now();
        while !project.db().exists() || count(&project, "answered") < 10 {
            assert!(began.elapsed() < AMPLE, "ten answers are on record while ten are held");
            thread::sleep(Duration::from_millis(5));
        }
        interrupt(&mut running, names[0]);
        running.signal(names[1]);
        let ended = running.wait().expect(130);
        assert!(ended.stderr.contains("given up: 10 calls in flight"), "{}", ended.stderr);
        assert_eq!((count(&project, "answered"), count(&project, "lost"), count(&project, "in_flight")), (10, 10, 0));
        assert_eq!(texts(&open(&project.db()), "SELECT accepted, pending FROM progress"), ["10|10"]);

        server.release();
        project.run().expect(0);
        assert_eq!(server.count(), 30, "the ten that were given up are asked again, and no others");
        assert_same_as_undisturbed(&server, &project);
    }
}

#[test]
fn a_signal_while_waiting_to_ask_again_does_not_wait() {
    let server = Server::with(|_| crate::support::Act::Reply {
        status: 429,
        headers: vec![("retry-after", "500".to_owned())],
        body: "{}".into(),
    });
    let project = Project::new(&server, &["one", "two"]);
    let running = project.start(&[]);
    server.wait_for(2);
    running.signal("INT");
    running.wait().expect(130);
    assert_eq!(texts(&open(&project.db()), "SELECT pending, failed FROM progress"), ["2|0"]);
    assert_eq!(count(&project, "failed"), 2);
}

fn assert_same_as_undisturbed(server: &Server, project: &Project) {
    let other = Project::new(server, &tickets());
    let judged = texts(&open(&project.db()), "SELECT 1 FROM calls WHERE purpose = 'judge'").len() > 1;
    let other = if judged { other.set("prompts.judge", "judge.yaml") } else { other };
    other.run().expect(0);
    assert_eq!(logical_dump(&project.db()), logical_dump(&other.db()));
    assert!(project.exported("output.jsonl") == other.exported("output.jsonl"));
}
