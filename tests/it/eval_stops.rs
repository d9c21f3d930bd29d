//! `casebook eval` that stops: one variant alone, before the first call, or killed. The same command goes on.

use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::support::server::Act;
use crate::support::{Ended, Project, Server, open, texts};

const ANSWER: &str = r#"{"product": "billing", "urgent": true, "note": "short"}"#;

/// An experiment whose variants are the values of `key`, asked one request at a time.
fn experiment(server: &Server, key: &str, values: &str) -> Project {
    let project = Project::new(server, &["one", "two", "three"]);
    let config = fs::read_to_string(project.dir().join("casebook.yaml")).unwrap();
    let config = config.replace("max_workers: 8", "max_workers: 1").replace("retries: 3", "retries: 0");
    let more = format!(
        "report: {{enabled: false}}\nexperiment:\n  matrix: {{{key}: [{values}]}}\n  metrics: [{{name: short, expr: \
         'output.note == \"short\"'}}]\n"
    );
    project.write("casebook.yaml", &(config + &more));
    project
}

fn eval(project: &Project, more: &[&str]) -> Ended {
    project.casebook(&[&["eval", "casebook.yaml"], more].concat())
}

#[test]
fn a_variant_whose_server_refuses_stops_alone() {
    let good = Server::with(|_| Act::says(ANSWER));
    let is_up = Arc::new(AtomicBool::new(false));
    let up = Arc::clone(&is_up);
    let bad = Server::with(
        move |_| {
            if up.load(Ordering::SeqCst) { Act::says(ANSWER) } else { Act::error(401, "no such key") }
        },
    );
    let servers = [bad.base_url(), good.base_url()].join(", ");
    let project = experiment(&good, "llm.base_url", &servers);
    let names = ["first", "second"];
    let include: Vec<String> = names
        .iter()
        .zip([bad.base_url(), good.base_url()])
        .map(|(name, url)| format!("{{name: {name}, llm.base_url: '{url}'}}"))
        .collect();
    let config = fs::read_to_string(project.dir().join("casebook.yaml")).unwrap();
    let matrix = format!("matrix: {{llm.base_url: [{servers}]}}");
    project.write("casebook.yaml", &config.replace(&matrix, &format!("include: [{}]", include.join(", "))));

    let ended = eval(&project, &[]).expect(1);
    assert!(ended.stderr.contains("variant `first` stopped: "), "{}", ended.stderr);
    assert!(ended.stderr.contains("no such key"), "{}", ended.stderr);
    assert!(ended.stderr.contains("Not finished: `first` 3 open work items."), "{}", ended.stderr);
    assert!(ended.stdout.contains("second"), "{}", ended.stdout);
    assert_eq!(good.count(), 3);
    let invocation = "SELECT status, message FROM invocation ORDER BY id DESC LIMIT 1";
    let said = texts(&open(&project.db()), invocation);
    assert!(said[0].starts_with("failed|variant `first` stopped"), "{said:?}");

    is_up.store(true, Ordering::SeqCst);
    bad.forget();
    eval(&project, &[]).expect(0);
    assert_eq!((bad.count(), good.count()), (3, 3));
    project.casebook(&["verify", "tickets.db", "--replay"]).expect(0);
}

#[test]
fn what_would_fail_at_the_end_is_refused_before_the_first_call() {
    let server = Server::with(|_| Act::says(ANSWER));
    let project = experiment(&server, "llm.model", "a, b");
    let out = project.dir().join("out");
    fs::create_dir_all(out.join("tickets")).unwrap();
    fs::write(out.join("tickets/eval.json"), "mine").unwrap();
    let ended = eval(&project, &[]).expect(2);
    assert!(ended.stderr.contains("eval.json was not written from"), "{}", ended.stderr);
    fs::remove_dir_all(&out).unwrap();
    fs::write(&out, "a file").unwrap();
    let ended = eval(&project, &[]).expect(1);
    assert!(ended.stderr.contains("cannot write into the folder") && ended.stderr.contains("nothing was asked"));
    fs::remove_file(&out).unwrap();
    assert!(!project.db().exists());

    let other = experiment(&server, "llm.model", "a, b");
    other.write("tickets.csv", "id,text\n7,seven\n");
    eval(&other, &[]).expect(0);
    let asked = server.count();
    let ended = eval(&project, &["--against", other.db().to_str().unwrap()]).expect(2);
    assert!(ended.stderr.contains("has none of the work items that are evaluated here"), "{}", ended.stderr);
    assert_eq!(server.count(), asked);
    eval(&project, &[]).expect(0);
}

#[test]
fn killed_at_any_moment_the_same_command_asks_for_what_is_missing() {
    let server = Server::with(|_| Act::says(ANSWER));
    for moment in [1, 4, 6] {
        server.forget();
        let project = experiment(&server, "llm.model", "a, b");
        let running = project.begin(&["eval", "casebook.yaml", "-q"]);
        server.wait_for(moment);
        running.kill();
        let connection = open(&project.db());
        let answered: usize = texts(&connection, "SELECT count(*) FROM response")[0].parse().unwrap();
        drop(connection);
        server.forget();
        eval(&project, &[]).expect(0);
        assert_eq!(server.count(), 6 - answered, "killed at request {moment}");
        eval(&project, &[]).expect(0);
        assert_eq!(server.count(), 6 - answered, "nothing is asked twice");
        project.casebook(&["verify", "tickets.db", "--replay"]).expect(0);
    }
}

#[cfg(unix)]
#[test]
fn a_command_fetches_the_rows_once() {
    let server = Server::with(|_| Act::says(ANSWER));
    let project = experiment(&server, "llm.model", "a, b");
    let config = fs::read_to_string(project.dir().join("casebook.yaml")).unwrap();
    let command = "command: [sh, -c, 'echo ran >> ran.txt; cat tickets.csv']";
    project.write("casebook.yaml", &config.replace("path: tickets.csv", command));
    let dry = eval(&project, &["--dry-run"]).expect(2);
    assert!(dry.stderr.contains("casebook run CONFIG --only acquire"), "{}", dry.stderr);
    for _ in 0..2 {
        eval(&project, &[]).expect(0);
        assert_eq!((fs::read_to_string(project.dir().join("ran.txt")).unwrap().as_str(), server.count()), ("ran\n", 6));
    }
    project.casebook(&["verify", "tickets.db", "--replay"]).expect(0);
}
