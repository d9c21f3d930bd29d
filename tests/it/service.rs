//! `casebook serve`: a real server on a free port, asked over plain TCP.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::support::server::{AMPLE, Act, by_tags};
use crate::support::{Project, Running, Server, open, texts};

const TOKEN: &str = "a-token-for-tests-0123456789";

/// A service at work.
struct Service {
    running: Running,
    port: String,
}

/// An answer.
#[derive(Debug)]
struct Answer {
    status: u16,
    head: String,
    body: String,
}

impl Answer {
    #[track_caller]
    fn expect(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}\n{}", self.head, self.body);
        self
    }

    fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.body))
    }

    /// The kind of the error, its message and its hint.
    fn error(&self) -> (String, String) {
        let error = &self.json()["error"];
        let text = |key: &str| error[key].as_str().unwrap_or_default().to_owned();
        assert!(!text("hint").is_empty(), "{error}");
        (text("kind"), format!("{} / {}", text("message"), text("hint")))
    }
}

impl Service {
    fn start(project: &Project, more: &[&str]) -> Self {
        let mut args = vec!["serve", "casebook.yaml"];
        if !more.contains(&"--listen") {
            args.extend(["--listen", "127.0.0.1:0"]);
        }
        args.extend(more);
        let mut running = project.begin(&args);
        let began = Instant::now();
        loop {
            let said = running.stderr();
            if let Some((_, rest)) = said.split_once(" on http://")
                && let Some((address, _)) = rest.split_once(',')
            {
                let port = address.rsplit(':').next().unwrap_or_default().to_owned();
                return Self { running, port };
            }
            assert!(began.elapsed() < AMPLE && !running.has_ended(), "it does not serve:\n{said}");
            thread::sleep(Duration::from_millis(2));
        }
    }

    fn send(&self, request: &str) -> Answer {
        let mut stream = TcpStream::connect(format!("127.0.0.1:{}", self.port)).unwrap();
        stream.set_read_timeout(Some(AMPLE)).unwrap();
        stream.write_all(request.as_bytes()).unwrap();
        read_answer(&mut stream)
    }

    fn get(&self, path: &str) -> Answer {
        self.send(&format!("GET {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n"))
    }

    fn post(&self, path: &str, body: &str) -> Answer {
        self.send(&post(path, body))
    }

    fn run(&self, body: &Value) -> Answer {
        self.post("/v1/run", &body.to_string())
    }

    /// Waits until a batch is done.
    fn wait_for(&self, batch: &str) -> Value {
        let began = Instant::now();
        loop {
            let page = self.get(&format!("/v1/batches/{batch}")).expect(200).json();
            if page["done"] == json!(true) {
                return page;
            }
            assert!(began.elapsed() < AMPLE, "{page}");
            thread::sleep(Duration::from_millis(5));
        }
    }

    /// Ends it in good order; returns what it has said.
    fn end(self) -> String {
        self.running.signal("TERM");
        self.running.wait().expect(0).stderr
    }
}

fn post(path: &str, body: &str) -> String {
    format!(
        "POST {path} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\nconnection: close\r\n\
         content-length: {}\r\n\r\n{body}",
        body.len()
    )
}

fn read_answer(stream: &mut TcpStream) -> Answer {
    let mut bytes = Vec::new();
    // A server that does not read a body to its end may reset the connection after its answer.
    let _ = stream.read_to_end(&mut bytes);
    let text = String::from_utf8(bytes).unwrap();
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or_else(|| panic!("no answer: {text}"));
    let status = head.split(' ').nth(1).and_then(|it| it.parse().ok()).unwrap();
    Answer { status, head: head.to_lowercase(), body: body.to_owned() }
}

fn row(id: u32, text: &str) -> Value {
    json!({"id": id, "text": text})
}

fn service_db(project: &Project) -> std::path::PathBuf {
    project.dir().join("tickets.service.db")
}

#[test]
fn rows_are_answered_with_their_outputs_and_from_the_record_when_they_come_again() {
    let server = Server::start();
    let project = Project::judged(&server, &["unused"]);
    let project = project.env("NO_PROXY", "127.0.0.1");
    project.write("casebook.yaml", &with_judge(&project));
    let service = Service::start(&project, &[]);
    let one = service.run(&json!({"row": row(7, "one")})).expect(200).json();
    let result = &one["results"][0];
    assert_eq!((result["row"].clone(), result["status"].clone()), (json!(0), json!("accepted")), "{one}");
    assert!(result["output"]["note"].is_string() && result["failure"].is_null(), "{result}");
    assert_eq!((result["verdict"].clone(), result["from_record"].clone()), (json!("PASS"), json!(false)));
    assert_eq!(result["model"], json!("model-as-served"));
    let asked = server.count();
    assert_eq!(asked, 2, "one answer, one verdict");

    let again = service.run(&json!({"rows": [row(8, "two"), row(7, "one")]})).expect(200).json();
    assert_eq!(again["results"][1]["work_id"], result["work_id"]);
    assert_eq!(again["results"][1]["output"], result["output"]);
    assert_eq!(server.count(), asked + 2, "the row that is on record costs nothing");
    let metrics = service.get("/metrics").expect(200);
    for line in [
        "casebook_http_requests_total{route=\"/v1/run\",status=\"200\"} 2",
        "casebook_rows_decided_total{status=\"accepted\"} 3",
        "casebook_queue_rows 0",
    ] {
        assert!(metrics.body.lines().any(|it| it == line), "{line}\n{}", metrics.body);
    }
    assert!(metrics.head.contains("content-type: text/plain; version=0.0.4"), "{}", metrics.head);
    assert_eq!(service.get("/healthz").expect(200).json()["status"], json!("ok"));
    service.end();
    let status = texts(&open(&service_db(&project)), "SELECT command, status FROM invocation");
    assert_eq!(status, ["serve|done"]);
    for args in [&["verify", "tickets.service.db"] as &[&str], &["verify", "tickets.service.db", "--replay"]] {
        project.casebook(args).expect(0);
    }
}

/// The configuration with a judge written in it.
fn with_judge(project: &Project) -> String {
    let written = std::fs::read_to_string(project.dir().join("casebook.yaml")).unwrap();
    written.replace("{generation: generate.yaml}", "{generation: generate.yaml, judge: judge.yaml}")
}

#[test]
fn what_is_wrong_with_a_request_is_said_and_nothing_is_recorded() {
    let server = Server::start();
    let project = Project::new(&server, &["unused"]);
    let service = Service::start(&project, &["--max-body", "1000", "--queue", "3"]);
    let head = "host: localhost\r\ncontent-type: application/json\r\nconnection: close";
    let raw = |head: &str| service.send(&format!("{head}\r\n\r\n"));
    let large = "x".repeat(2_000);
    let cases = [
        (service.post("/v1/run", "{\"row\": "), 400, "bad_json", "line 1"),
        (service.post("/v1/run", r#"{"row": {"id": 1, "id": 2}}"#), 400, "bad_json", "given twice"),
        (service.post("/v1/run", r#"{"row": {"id": 123456789012345678901, "text": ""}}"#), 400, "bad_json", ""),
        (service.post("/v1/run", "[]"), 422, "invalid_body", "not an object"),
        (service.post("/v1/run", r#"{"rows": []}"#), 422, "no_rows", "at least one"),
        (service.post("/v1/batches", r#"{"row": {}}"#), 422, "invalid_body", "no key `row`"),
        (service.run(&json!({"row": {"id": 1, "txet": "a"}})), 422, "invalid_row", "did you mean `text`?"),
        (service.run(&json!({"rows": [row(1, "a"), {"id": 2}]})), 422, "invalid_row", "`text` is missing"),
        (service.run(&json!({"rows": [1]})), 422, "invalid_body", "a row is not an object"),
        (service.run(&json!({"rows": [row(1, ""), row(2, ""), row(3, ""), row(4, "")]})), 422, "too_many_rows", "3"),
        (service.run(&json!({"row": row(1, &large)})), 413, "body_too_large", "1000 bytes"),
        (
            raw(&format!("POST /v1/run HTTP/1.1\r\n{head}\r\ncontent-length: 1000000000")),
            413,
            "body_too_large",
            "--max-body",
        ),
        (
            raw(&format!("POST /v1/run HTTP/1.1\r\n{head}\r\ntransfer-encoding: chunked\r\n\r\n7d0\r\n{large}")),
            413,
            "body_too_large",
            "",
        ),
        (
            raw("POST /v1/run HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\ncontent-length: 0"),
            415,
            "unsupported_media_type",
            "",
        ),
        (raw("GET /v1/run HTTP/1.1\r\nhost: localhost\r\nconnection: close"), 405, "method_not_allowed", ""),
        (raw("GET /healthz HTTP/1.1\r\nhost: evil.example\r\nconnection: close"), 421, "wrong_host", "localhost"),
        (service.get("/v2"), 404, "not_found", "/openapi.json"),
        (service.get("/v1/batches/nothing-1"), 404, "not_found", "no batch"),
        (service.get("/v1/batches/nothing-1?limit=0"), 400, "bad_query", "from 1 to"),
        (service.get("/v1/batches/nothing-1?page=2"), 400, "bad_query", "page"),
    ];
    for (answer, status, kind, says) in cases {
        let answer = answer.expect(status);
        let (found, said) = answer.error();
        assert_eq!(found, kind, "{said}");
        assert!(said.contains(says), "{says}: {said}");
        assert!(answer.head.contains("content-type: application/json"), "{}", answer.head);
        assert_eq!(status == 405, answer.head.contains("\nallow: "), "{}", answer.head);
    }
    let second = service.run(&json!({"rows": [row(1, "a"), {"id": 2}]}));
    assert_eq!(second.json()["error"]["row"], json!(1));
    service.end();
    assert_eq!(server.count(), 0);
    assert_eq!(texts(&open(&service_db(&project)), "SELECT count(*) FROM input_row"), ["0"]);
}

#[test]
fn an_address_that_others_reach_needs_a_token() {
    let server = Server::start();
    let project = Project::new(&server, &["unused"]).env("SERVICE_TOKEN", TOKEN).env("SHORT", "short");
    let refused = |more: &[&str]| {
        let args = [&["serve", "casebook.yaml", "--listen", "0.0.0.0:0"], more].concat();
        project.casebook(&args).expect(2).stderr
    };
    assert!(refused(&[]).contains("--token-env"));
    assert!(refused(&["--token-env", "NOT_SET"]).contains("NOT_SET is not set"));
    assert!(refused(&["--token-env", "SHORT"]).contains("at least 16 characters"));
    assert!(!service_db(&project).exists(), "nothing is written");

    let service = Service::start(&project, &["--listen", "0.0.0.0:0", "--token-env", "SERVICE_TOKEN"]);
    let get = |path: &str, more: &str| {
        service.send(&format!("GET {path} HTTP/1.1\r\nhost: any.example\r\nconnection: close\r\n{more}\r\n"))
    };
    let unknown = get("/v1/nothing", "").expect(401);
    assert!(unknown.head.contains("www-authenticate: bearer"), "{}", unknown.head);
    get("/metrics", "authorization: Bearer another-token-0123456789\r\n").expect(401);
    get("/metrics", &format!("authorization: Bearer {TOKEN}\r\n")).expect(200);
    get("/healthz", "").expect(200);
    let described = get("/openapi.json", &format!("authorization: Bearer {TOKEN}\r\n")).expect(200).json();
    assert_eq!(described["components"]["securitySchemes"]["token"]["scheme"], json!("bearer"));
    assert!(!service.running.stderr().contains(TOKEN));
    service.end();
}

#[test]
fn a_full_queue_says_when_to_come_again_and_a_signal_finishes_what_was_accepted() {
    let server = Server::with(|ask| Act::Hold(Box::new(by_tags(ask))));
    let project = Project::new(&server, &["unused"]);
    let mut service = Service::start(&project, &["--queue", "1"]);
    let mut waiting = TcpStream::connect(format!("127.0.0.1:{}", service.port)).unwrap();
    waiting.write_all(post("/v1/run", &json!({"row": row(1, "one")}).to_string()).as_bytes()).unwrap();
    server.wait_for(1);
    let full = service.run(&json!({"row": row(2, "two")})).expect(429);
    assert_eq!(full.error().0, "queue_full");
    assert!(full.head.contains("\nretry-after: "), "{}", full.head);

    service.running.signal("TERM");
    let began = Instant::now();
    while service.get("/healthz").status != 503 {
        assert!(began.elapsed() < AMPLE && !service.running.has_ended(), "it does not drain");
        thread::sleep(Duration::from_millis(5));
    }
    assert_eq!(service.run(&json!({"row": row(2, "two")})).expect(503).error().0, "draining");
    server.release();
    let answered = read_answer(&mut waiting).expect(200).json();
    assert_eq!(answered["results"][0]["status"], json!("accepted"));
    service.running.wait().expect(0);
    assert_eq!(texts(&open(&service_db(&project)), "SELECT accepted, pending FROM progress"), ["1|0"]);
}

#[test]
fn what_was_accepted_is_answered_after_a_kill() {
    let server = Server::with(|ask| Act::Hold(Box::new(by_tags(ask))));
    let project = Project::new(&server, &["unused"]);
    let service = Service::start(&project, &["--timeout-sec", "1"]);
    let rows: Vec<Value> = (1..=5).map(|number| row(number, &format!("ticket {number}"))).collect();
    let accepted = service.post("/v1/batches", &json!({"rows": rows}).to_string()).expect(202);
    let batch = accepted.json()["batch_id"].as_str().unwrap().to_owned();
    assert!(accepted.head.contains(&format!("\nlocation: /v1/batches/{batch}")), "{}", accepted.head);
    let page = service.get(&format!("/v1/batches/{batch}?limit=2")).expect(200).json();
    assert_eq!(
        (page["done"].clone(), page["counts"]["pending"].clone(), page["next"].clone()),
        (json!(false), json!(5), json!(2))
    );
    let late = service.run(&json!({"rows": [row(9, "late")]})).expect(504);
    let of_late = late.json()["error"]["batch_id"].as_str().unwrap().to_owned();
    service.running.kill();

    // What an earlier process has accepted counts in the queue of the next.
    let service = Service::start(&project, &["--queue", "6"]);
    assert_eq!(service.get("/healthz").expect(200).json()["queue"], json!(6));
    assert_eq!(service.run(&json!({"row": row(10, "ten")})).expect(429).error().0, "queue_full");
    server.release();
    let page = service.wait_for(&batch);
    assert_eq!(page["counts"]["accepted"], json!(5), "{page}");
    let numbers: Vec<u64> = page["results"].as_array().unwrap().iter().map(|it| it["row"].as_u64().unwrap()).collect();
    assert_eq!(numbers, [0, 1, 2, 3, 4]);
    assert_eq!(service.wait_for(&of_late)["counts"]["accepted"], json!(1));
    let rest = service.get(&format!("/v1/batches/{batch}?after=3&limit=2")).expect(200).json();
    assert_eq!((rest["results"][0]["row"].clone(), rest["next"].clone()), (json!(3), Value::Null));
    assert!(service.end().contains("6 rows, 6 accepted, 6 calls"), "those that were left are told");
    project.casebook(&["verify", "tickets.service.db", "--replay"]).expect(0);
}

#[test]
fn rows_that_time_out_before_they_are_recorded_never_are() {
    let server = Server::with(|ask| Act::Hold(Box::new(by_tags(ask))));
    let project = Project::new(&server, &["unused"]);
    let service = Service::start(&project, &["--timeout-sec", "1"]);
    let mut waiting = TcpStream::connect(format!("127.0.0.1:{}", service.port)).unwrap();
    waiting.write_all(post("/v1/run", &json!({"row": row(1, "old")}).to_string()).as_bytes()).unwrap();
    server.wait_for(1);
    // One of these is open with other values, for which the others wait too.
    let rows = json!({"rows": [row(1, "new"), row(2, "two")]});
    let late = service.post("/v1/batches", &rows.to_string()).expect(504);
    assert!(late.error().1.contains("nothing of them is on record"), "{}", late.body);
    // A row that was recorded is told with its batch.
    let of_first = read_answer(&mut waiting).expect(504).json()["error"]["batch_id"].as_str().unwrap().to_owned();
    server.release();
    assert_eq!(service.wait_for(&of_first)["counts"]["accepted"], json!(1));
    service.run(&json!({"row": row(3, "three")})).expect(200);
    assert!(service.end().contains("2 rows, 2 accepted, 2 calls"));
    assert_eq!(texts(&open(&service_db(&project)), "SELECT count(*) FROM input_row"), ["2"]);
}

#[test]
fn each_answer_has_the_cost_of_its_own_calls_and_a_halt_answers_what_is_on_record() {
    let server = Server::start();
    let project = Project::new(&server, &["unused"]);
    let price = ["--set", "llm.price={input: 1, cached_input: 1, output: 0}", "--set", "budget.max_requests=2"];
    let service = Service::start(&project, &price);
    let run = |text: &str| service.run(&json!({"rows": [row(1, text)]}));
    let (old, new) = (run("old").expect(200).json(), run("new").expect(200).json());
    let batch = old["batch_id"].as_str().unwrap();
    let replaced = service.get(&format!("/v1/batches/{batch}")).expect(200).json();
    for result in [&old["results"][0], &new["results"][0], &replaced["results"][0]] {
        assert_eq!((result["attempts"].clone(), result["cost_usd"].clone()), (json!(1), json!(0.0001)), "{result}");
        assert_eq!(result["model"], json!("model-as-served"));
    }
    assert_eq!(replaced["results"][0]["output"], old["results"][0]["output"]);

    // The budget is reached.
    let halted = service.run(&json!({"row": row(2, "two")})).expect(503).error();
    assert!(halted.0 == "halted" && halted.1.contains("2 of 2 requests were sent"), "{halted:?}");
    assert_eq!(service.get("/healthz").expect(503).json()["queue"], json!(1), "the row is on record");
    let again = run("new").expect(200).json();
    assert_eq!((again["results"][0]["from_record"].clone(), server.count()), (json!(true), 2));
    for other in [service.run(&json!({"row": row(3, "three")})), run("old")] {
        assert_eq!(other.expect(503).error().0, "halted");
    }
    service.end();
    assert_eq!(texts(&open(&service_db(&project)), "SELECT count(*) FROM input_row"), ["4"]);
    project.casebook(&["verify", "tickets.service.db", "--replay"]).expect(0);
}

#[test]
fn the_description_has_the_columns_and_the_outputs_of_the_task() {
    let server = Server::start();
    let project = Project::new(&server, &["unused"]);
    let service = Service::start(&project, &[]);
    let described = service.get("/openapi.json").expect(200).json();
    let paths: Vec<&String> = described["paths"].as_object().unwrap().keys().collect();
    assert_eq!(paths, ["/v1/run", "/v1/batches", "/v1/batches/{id}", "/healthz", "/metrics", "/openapi.json"]);
    let schemas = &described["components"]["schemas"];
    assert_eq!(schemas["Row"]["required"], json!(["id", "text"]));
    assert!(schemas["Output"]["properties"]["product"]["enum"].is_array(), "{}", schemas["Output"]);
    service.end();
}
