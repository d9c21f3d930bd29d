//! `casebook task`: rows in from stdin, outputs out to stdout.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, Stdio};

use serde_json::{Value, json};

use crate::support::{Ended, Project, Server};

fn spawn(project: &Project, more: &[&str]) -> Child {
    let mut command = project.command(&[&["task", "casebook.yaml"], more].concat());
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

/// The command with this input, at its end.
fn task(project: &Project, input: &str, more: &[&str]) -> Ended {
    let mut child = spawn(project, more);
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    Ended { code: output.status.code(), stdout: text(output.stdout), stderr: text(output.stderr) }
}

fn lines(stdout: &str) -> Vec<Value> {
    stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn rows_come_out_in_their_order_and_cost_nothing_again() {
    let server = Server::start();
    let project = Project::new(&server, &["unused"]);
    let input = (0..20)
        .map(|number| format!("{}\n", json!({"id": number, "text": format!("t {number}")})))
        .collect::<Vec<_>>()
        .concat();
    let first = task(&project, &input, &["--queue", "3"]).expect(0);
    let found = lines(&first.stdout);
    let numbers: Vec<u64> = found.iter().map(|it| it["row"].as_u64().unwrap()).collect();
    assert_eq!(numbers, (0..20).collect::<Vec<_>>());
    assert!(found.iter().all(|it| it["status"] == json!("accepted") && it["output"]["note"].is_string()));
    assert_eq!(server.count(), 20);

    let bare = task(&project, &input, &["--bare"]).expect(0);
    let outputs: Vec<Value> = found.iter().map(|it| it["output"].clone()).collect();
    assert_eq!(lines(&bare.stdout), outputs);
    assert_eq!(server.count(), 20, "what is on record is not asked again");
    project.casebook(&["verify", "tickets.service.db", "--replay"]).expect(0);
}

#[test]
fn a_bad_line_is_named_once_the_rows_before_it_are_answered() {
    let server = Server::start();
    let project = Project::new(&server, &["unused"]);
    for (bad, says) in [
        ("{\"id\": 2,", "line 3 is not JSON"),
        ("{\"id\": 2, \"txet\": \"b\"}", "line 3: there is no column `txet`"),
        ("7", "line 3 is not a JSON object"),
    ] {
        let input = format!("{{\"id\": 1, \"text\": \"a\"}}\n\n{bad}\n{{\"id\": 3, \"text\": \"c\"}}\n");
        let ended = task(&project, &input, &[]).expect(2);
        assert!(ended.stderr.contains(says), "{says}\n{}", ended.stderr);
        assert_eq!(lines(&ended.stdout).len(), 1, "{}", ended.stdout);
    }
    assert_eq!(server.count(), 1);
}

#[test]
fn rows_that_fail_are_lines_too_and_an_exit_code() {
    let server = Server::start();
    let project = Project::new(&server, &["unused"]);
    let input = "{\"id\": 1, \"text\": \"[400] a\"}\n{\"id\": 2, \"text\": \"b\"}\n";
    let ended = task(&project, input, &[]).expect(3);
    let found = lines(&ended.stdout);
    assert_eq!((found[0]["status"].clone(), found[1]["status"].clone()), (json!("failed"), json!("accepted")));
    assert!(found[0]["failure"]["message"].as_str().is_some_and(|it| !it.is_empty()), "{}", found[0]);
    let bare = task(&project, input, &["--bare"]).expect(3);
    assert_eq!(lines(&bare.stdout)[0], Value::Null, "a row without an output keeps its line");
    assert_eq!(task(&project, "", &[]).expect(0).stdout, "");
}

#[test]
fn each_row_is_answered_before_the_next_must_come_and_a_closed_pipe_ends_it() {
    let server = Server::start();
    let project = Project::new(&server, &["unused"]);
    let mut child = spawn(&project, &["--workers", "1", "--queue", "5000"]);
    let mut input = child.stdin.take().unwrap();
    let mut output = BufReader::new(child.stdout.take().unwrap());
    for number in 0..3 {
        writeln!(input, "{}", json!({"id": number, "text": "a row"})).unwrap();
        let mut line = String::new();
        output.read_line(&mut line).unwrap();
        assert!(line.starts_with(&format!("{{\"row\":{number},")), "{line}");
    }
    drop(output);
    // Whoever reads is gone, which shows with the next output; what is not read any more breaks the other pipe.
    for number in 10..3_000 {
        if writeln!(input, "{}", json!({"id": number, "text": "a row"})).is_err() {
            break;
        }
        if child.try_wait().unwrap().is_some() {
            break;
        }
    }
    drop(input);
    let ended = child.wait_with_output().unwrap();
    assert_eq!(ended.status.code(), Some(0), "{}", String::from_utf8_lossy(&ended.stderr));
    assert!(server.count() < 1_000, "no more is asked: {}", server.count());
}

#[test]
fn the_header_of_a_table_is_all_that_is_needed_of_it() {
    let server = Server::start();
    let project = Project::new(&server, &["unused"]);
    project.write("tickets.csv", "id,text\n");
    let ended = task(&project, "{\"id\": 1, \"text\": \"a\"}\n", &[]).expect(0);
    assert_eq!(lines(&ended.stdout).len(), 1);
    project.casebook(&["run", "casebook.yaml"]).expect(2);
}
