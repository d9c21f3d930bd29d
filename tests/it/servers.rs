//! The kind of server that a model is asked on: found out once, recorded, and no part of a request's id.

use serde_json::{Value, json};

use crate::support::{Project, Server, open, texts};

/// A schema that `OpenAI`'s strict mode does not take: an optional field, a length, an enumeration without a type.
const LOOSE: &str = r#"{
  "type": "object",
  "properties": {
    "product": {"enum": ["billing", "login", "other"]},
    "urgent": {"type": "boolean"},
    "note": {"type": "string", "maxLength": 200},
    "share": {"type": "number", "maximum": 1}
  },
  "required": ["product", "urgent", "note"]
}"#;
const VLLM: &str = r#"{"object": "list", "data": [{"id": "m", "owned_by": "vllm"}]}"#;

fn loose(server: &Server) -> Project {
    let project = Project::new(server, &["one", "two"]);
    std::fs::write(project.dir().join("schema.json"), LOOSE).unwrap();
    project
}

fn sent(server: &Server) -> Vec<Value> {
    server.log().iter().map(|ask| ask.body["response_format"]["json_schema"]["schema"].clone()).collect()
}

#[test]
fn a_server_is_asked_once_and_what_it_said_is_kept() {
    let server = Server::start();
    server.is_a("uvicorn", VLLM);
    let project = loose(&server);
    let first = project.casebook(&["run", "casebook.yaml"]).expect(0);
    let note = "is taken for `vllm`: it lists models with `owned_by: vllm` (`llm.server` says otherwise)";
    assert!(first.stderr.contains(note), "{}", first.stderr);
    let narrowed = "llm: the server (`vllm`) lets texts have no quotation marks, backslashes or line breaks under maxLength \
                    (/properties/note); where they need them, take the keyword out and say it in a check, or set \
                    `llm.structured_output: off`";
    assert!(first.stderr.contains(narrowed), "{}", first.stderr);
    let probes = server.probes();
    assert_eq!(probes.len(), 1, "{probes:?}");
    assert!(probes[0].starts_with("GET /v1/models "), "{probes:?}");
    let schemas = sent(&server);
    assert_eq!(schemas.len(), 2);
    assert_eq!(schemas[0]["properties"]["product"], json!({"type": "string", "enum": ["billing", "login", "other"]}));
    assert_eq!(schemas[0]["required"], json!(["product", "urgent", "note"]));
    // It would say something else now, and is not asked.
    server.is_a("llama.cpp", "{}");
    let again = project.casebook(&["run", "casebook.yaml"]).expect(0);
    assert!(!again.stderr.contains("is taken for"), "{}", again.stderr);
    assert_eq!((server.probes().len(), server.count()), (1, 2), "nothing is asked again");
    let connection = open(&project.db());
    assert_eq!(texts(&connection, "SELECT server, source FROM servers"), ["vllm|detected"]);
    let anomalies = "SELECT subject, detail FROM anomalies WHERE kind = 'schema_narrowed' LIMIT 1";
    assert_eq!(
        texts(&connection, anomalies),
        ["/properties/note|under maxLength the server writes no quotation marks, backslashes or line breaks"]
    );
    let status = project.casebook(&["status", "tickets.db"]).expect(0);
    assert!(status.stdout.contains("vllm") && status.stdout.contains("owned_by"), "{}", status.stdout);
    let id = texts(&connection, "SELECT work_id FROM results LIMIT 1").remove(0);
    let told = project.casebook(&["explain", "tickets.db", &id]).expect(0);
    assert!(told.stdout.contains("is taken for `vllm`"), "{}", told.stdout);
    project.casebook(&["verify", "tickets.db", "--replay"]).expect(0);
}

#[test]
fn the_kind_is_no_part_of_a_requests_id() {
    let server = Server::start();
    let project = loose(&server);
    let run =
        |kind: &str| project.casebook(&["run", "casebook.yaml", "--set", &format!("llm.server={kind}")]).expect(0);
    let first = run("vllm");
    assert!(!first.stderr.contains("does not hold"), "{}", first.stderr);
    let other = run("llama_cpp");
    let note =
        "the server (`llama_cpp`) does not hold answers to maximum (/properties/share); they are still validated";
    assert!(other.stderr.contains(note), "{}", other.stderr);
    assert_eq!((server.count(), server.probes().len()), (2, 0), "asked once, and never what it is");
    // Another mode is another question: here the schema is not sent at all.
    run("openai");
    assert_eq!(server.count(), 4);
    assert_eq!(sent(&server)[2..], [Value::Null, Value::Null]);
    let connection = open(&project.db());
    let kinds = texts(&connection, "SELECT kind, source FROM server ORDER BY id");
    assert_eq!(kinds, ["vllm|written", "llama_cpp|written", "openai|written"]);
    let anomalies = "SELECT DISTINCT kind, subject FROM anomalies WHERE kind = 'schema_not_held'";
    assert_eq!(texts(&connection, anomalies), ["schema_not_held|/properties/share"]);
}

#[test]
fn a_dry_run_asks_nothing_and_a_server_that_says_nothing_is_another() {
    let server = Server::start();
    let project = loose(&server);
    let dry = project.casebook(&["run", "casebook.yaml", "--dry-run"]).expect(0);
    assert!(dry.stderr.contains("the first run asks http://"), "{}", dry.stderr);
    assert_eq!((server.probes().len(), server.count()), (0, 0));
    project.casebook(&["run", "casebook.yaml"]).expect(0);
    let probes = server.probes();
    assert_eq!(probes.len(), 2, "{probes:?}");
    let [models, version] = &probes[..] else { panic!("{probes:?}") };
    assert!(models.contains("Bearer ") && !version.contains("Bearer "), "the key goes to the API alone: {probes:?}");
    assert!(version.starts_with("GET /api/version "), "{version}");
    assert_eq!(texts(&open(&project.db()), "SELECT server, source FROM servers"), ["other|detected"]);
    // Where no schema would be sent, nobody has to know.
    let plain = loose(&server);
    plain.casebook(&["run", "casebook.yaml", "--set", "llm.structured_output=off"]).expect(0);
    assert_eq!(server.probes().len(), 2);
}

#[test]
fn a_server_that_never_answered_is_asked_again() {
    let server = Server::start();
    let project = loose(&server);
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let nowhere = format!("llm.base_url=http://{closed}/v1");
    let run = || project.casebook(&["run", "casebook.yaml", "--set", &nowhere, "--set", "llm.retries=0"]);
    for _ in 0..2 {
        let ended = run();
        assert!(
            ended.stderr.contains("is taken for `other`, until it answers: it did not say what it is"),
            "{ended:?}"
        );
    }
    // The same words again are not recorded again.
    assert_eq!(texts(&open(&project.db()), "SELECT count(*) FROM servers"), ["1"]);
}

#[test]
fn a_server_that_is_busy_has_not_said_what_it_is() {
    let server = Server::start();
    server.says_of_itself(503, "uvicorn", "{\"error\": \"loading\"}");
    let project = loose(&server);
    let note = "is taken for `other`, until it answers: it answered with HTTP 503 when it was asked";
    let first = project.casebook(&["run", "casebook.yaml"]).expect(0);
    assert!(first.stderr.contains(note), "{}", first.stderr);
    assert_eq!(texts(&open(&project.db()), "SELECT kind, answered FROM server"), ["other|0"]);
    // It has answered since: what it is taken for does not change by itself.
    server.is_a("uvicorn", VLLM);
    let again = project.casebook(&["run", "casebook.yaml"]).expect(0);
    assert!(!again.stderr.contains("is taken for"), "{}", again.stderr);
    assert_eq!(texts(&open(&project.db()), "SELECT kind FROM server"), ["other"]);
}

#[test]
fn ping_says_which_server_it_took() {
    let server = Server::start();
    server.is_a("llama.cpp", "{}");
    let project = loose(&server);
    let ended = project.casebook(&["ping", "casebook.yaml", "--format", "json"]).expect(0);
    let found: Value = serde_json::from_str(&ended.stdout).unwrap();
    assert_eq!(found[0]["server"], "llama_cpp (it answers with the header `server: llama.cpp`)");
    assert_eq!(found[0]["structured_output"], "held");
    let wrong = project.casebook(&["run", "casebook.yaml", "--set", "llm.server=lamma"]).expect(2);
    assert!(wrong.stderr.contains("llama_cpp"), "{}", wrong.stderr);
}

#[test]
fn a_schema_that_cannot_work_is_an_error_before_anything_is_asked() {
    let server = Server::start();
    let project = Project::new(&server, &["one"]);
    let run = |text: &str, more: &[&str]| {
        std::fs::write(project.dir().join("schema.json"), text).unwrap();
        project.casebook(&[&["run", "casebook.yaml"], more].concat())
    };
    let lacking = LOOSE.replace("\"note\"]", "\"note\", \"z\"]");
    let ended = run(&lacking, &[]).expect(2);
    assert!(ended.stderr.contains("schema.json: line 9: /required/3: the field `z` is required"), "{}", ended.stderr);
    let misspelled = LOOSE.replace("maxLength", "maxlength");
    let ended = run(&misspelled, &[]).expect(2);
    assert!(ended.stderr.contains("line 6: /properties/note/maxlength: `maxlength` is no keyword"), "{}", ended.stderr);
    assert!(ended.stderr.contains("did you mean `maxLength`?"), "{}", ended.stderr);
    assert!(!project.db().exists() && server.count() == 0 && server.probes().is_empty());
    let ended = run(&misspelled, &["--set", "schema.check_keywords=false"]).expect(0);
    assert!(ended.stderr.contains("`maxlength` (/properties/note) is no keyword"), "{}", ended.stderr);
    let open = LOOSE.replace("\"type\": \"object\"", "\"type\": \"object\", \"additionalProperties\": true");
    let ended = run(&open, &["--db", "other.db"]).expect(0);
    let note = "schema: /additionalProperties: extra fields were allowed here, and are not accepted";
    assert!(ended.stderr.contains(note), "{}", ended.stderr);
}
