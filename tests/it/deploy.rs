//! The scripts of `examples/deploy`: the gate with the real program, the health check with a server of one answer.
#![cfg(unix)]

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::process::Command;
use std::thread;

use crate::projects::{Project, Runs as _};

const CONFIG: &str = "\
run: {name: test}
input: {path: input.csv, key: id}
prompts: {generation: prompt.yaml}
schema: {path: schema.json}
llm: {provider: sample, retries: 0}
report: {enabled: false}
experiment:
  matrix: {prompts.generation: [prompt.yaml, other.yaml]}
  metrics: [{name: short, expr: 'output.note | length < 400'}]
  gates: ['short >= 0.9']
";

fn script(name: &str) -> String {
    format!("{}/examples/deploy/{name}", env!("CARGO_MANIFEST_DIR"))
}

#[test]
fn the_gate_ends_as_the_evaluation_does_and_says_what_that_means() {
    let project = Project::new();
    project.write("casebook.yaml", CONFIG);
    project.write("other.yaml", "name: other\nuser: '{{ row.text }} {{ llm_schema }}'\n");
    let gate = |more: &[&str]| {
        let mut command = Command::new("sh");
        command.arg(script("gate.sh")).args(more).current_dir(project.dir());
        command.env("CASEBOOK", env!("CARGO_BIN_EXE_casebook")).env("GITHUB_STEP_SUMMARY", project.path("summary.md"));
        command.ended()
    };
    let passed = gate(&["casebook.yaml"]).expect(0);
    assert!(passed.stderr.contains("Every gate passes. (exit code 0)"), "{}", passed.stderr);
    assert!(project.read("evaluation.md").contains("| short"), "{}", project.read("evaluation.md"));
    project.edit("casebook.yaml", "short >= 0.9", "short >= 1.1");
    let failed = gate(&["casebook.yaml", "--max-cost", "5"]).expect(5);
    assert!(failed.stderr.contains("A gate fails"), "{}", failed.stderr);
    let summary = project.read("summary.md");
    assert!(summary.contains("**Every gate passes.**") && summary.contains("**A gate fails,"), "{summary}");
    gate(&[]).expect(2);
    let wrong = gate(&["nowhere.yaml"]).expect(2);
    assert!(wrong.stderr.contains("nothing was measured"), "{}", wrong.stderr);
}

#[test]
fn the_health_check_believes_a_200_alone() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port().to_string();
    let check = || Command::new("bash").args([script("healthy.sh"), port.clone()]).ended();
    let server = thread::spawn(move || {
        for status in ["200 OK", "503 Service Unavailable"] {
            let (mut stream, _) = listener.accept().unwrap();
            let mut head = Vec::new();
            while !head.ends_with(b"\r\n\r\n") {
                let mut byte = [0];
                stream.read_exact(&mut byte).unwrap();
                head.extend(byte);
            }
            assert!(head.starts_with(b"GET /healthz HTTP/1.1\r\nHost: localhost:"));
            write!(stream, "HTTP/1.1 {status}\r\nContent-Length: 0\r\n\r\n").unwrap();
        }
    });
    check().expect(0);
    check().expect(1);
    server.join().unwrap();
    check().expect(1);
}
