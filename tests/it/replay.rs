//! With the server gone, the tape alone leads to the same outputs.

use crate::support::{Act, Project, Server, by_tags, open, texts};

/// Ends the server and replays.
fn assert_replays(server: Server, project: &Project) {
    drop(server);
    let before = texts(&open(&project.db()), "SELECT * FROM calls");
    project.casebook(&["verify", "tickets.db", "--replay"]).expect(0);
    assert_eq!(texts(&open(&project.db()), "SELECT * FROM calls"), before, "a replay asks nobody and leaves no trace");
}

#[test]
fn a_run_with_every_kind_of_outcome_replays() {
    let server = Server::start();
    let rows = [
        "one",
        "[malformed 1] two",
        "[malformed] three",
        "[fail 1] four",
        "[fail] five",
        "[odd] six",
        "[400] seven",
        "[500 1] eight",
        "[429 1] [extra 2] nine",
        "[refusal] ten",
        "[length] eleven",
        "[close] twelve",
        "[empty 1] thirteen",
        "one",
    ];
    let project = Project::judged(&server, &rows).set("llm.retries", "1");
    project.run().expect(3);
    let statuses = texts(&open(&project.db()), "SELECT accepted > 0, rejected > 0, failed > 0 FROM progress");
    assert_eq!(statuses, ["1|1|1"]);
    assert_replays(server, &project);
}

#[test]
fn a_run_with_pending_rows_replays() {
    let server = Server::start();
    let rows: Vec<String> = (0..20).map(|number| format!("[malformed 1] ticket {number}")).collect();
    let project = Project::judged(&server, &rows);
    project.start(&["--limit", "7"]).wait().expect(0);
    assert_eq!(texts(&open(&project.db()), "SELECT accepted, pending FROM progress"), ["7|13"]);
    assert_replays(server, &project);
}

#[test]
fn a_run_that_the_endpoint_refused_in_the_middle_replays() {
    let server =
        Server::with(|ask| if ask.question().contains("fatal") { Act::error(401, "revoked") } else { by_tags(ask) });
    let mut rows = ["one", "[400] two", "[malformed] three", "four"].map(str::to_owned).to_vec();
    rows.extend((0..20).map(|number| format!("fatal {number}")));
    let project = Project::judged(&server, &rows);
    project.start(&["--workers", "1"]).wait().expect(1);
    assert_replays(server, &project);
}

#[test]
fn a_killed_run_replays() {
    let server = Server::start();
    let rows: Vec<String> = (0..30)
        .map(|number| format!("{} ticket {number}", if number % 5 == 4 { "[hold]" } else { "[fail 1]" }))
        .collect();
    let project = Project::judged(&server, &rows);
    let running = project.start(&[]);
    server.wait_for(20);
    running.kill();
    assert_replays(server, &project);
}

#[test]
fn retried_work_replays() {
    let server = Server::start();
    let project = Project::judged(&server, &["one", "[malformed] two", "[fail] three"]);
    project.run().expect(3);
    project.casebook(&["retry", "tickets.db", "--failed", "--rejected"]).expect(0);
    project.run().expect(3);
    assert_replays(server, &project);
}
