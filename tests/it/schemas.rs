//! Schemas that nobody wrote by hand: made of examples, or by a model.

use std::fs;

use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::projects::{self, NONE, Project, calls};
use crate::support::server::{Act, Ask, by_tags};
use crate::support::{Project as Asking, Server, open, texts};

const EXAMPLES: &str = "{\"label\": \"billing\", \"urgent\": true, \"note\": null}\n\n\
                        {\"label\": \"login\", \"urgent\": false, \"note\": \"twice\"}\n\
                        {\"label\": \"billing\", \"urgent\": false, \"note\": \"\"}\n\
                        {\"label\": \"login\", \"urgent\": true, \"note\": null, \"extra\": []}\n\
                        {\"label\": \"login\", \"urgent\": true, \"note\": null}\n";

#[test]
fn examples_make_a_schema_that_a_run_takes() {
    let project = Project::new();
    project.write("answers.jsonl", "\u{feff}".to_owned() + &EXAMPLES.replace(", \"extra\": []", ""));
    let ended = project.casebook(&["schema", "infer", "answers.jsonl", "--out", "schema.json"]);
    assert_eq!((ended.code, ended.stdout.as_str()), (Some(0), ""), "{ended:?}");
    let (told, copy) = ended.stderr.trim_end().split_once("; what it held is in ").unwrap();
    assert_eq!(told, "wrote schema.json from 5 examples");
    assert!(project.read(copy).contains("maxLength"), "the schema of before");
    assert!(project.read("schema.json").contains("\"billing\",\n        \"login\"\n"));
    project.edit("casebook.yaml", "output.label", "output.label ~ output.note");
    let again = project.casebook(&["schema", "infer", "answers.jsonl", "--out", "schema.json"]);
    assert_eq!(again.stderr.trim_end(), "schema.json is already the schema of 5 examples");
    let fields = "SELECT group_concat(name, ' ') FROM pragma_table_info('results')";
    project.run();
    assert!(project.text(fields).contains("urgent"), "{}", project.text(fields));
}

#[test]
fn what_examples_leave_open_is_told() {
    let project = Project::new();
    project.write("answers.jsonl", EXAMPLES);
    let ended = project.casebook(&["schema", "infer", "answers.jsonl"]);
    assert_snapshot!(ended.stderr.trim_end());
    assert!(ended.stdout.starts_with('{') && ended.stdout.ends_with("}\n"));
    let quiet = project.casebook(&["schema", "infer", "answers.jsonl", "--quiet"]);
    assert_eq!((quiet.stderr.as_str(), &quiet.stdout), ("", &ended.stdout));
}

#[test]
fn examples_that_are_none() {
    let project = Project::new();
    let wrong = |name: &str, bytes: &[u8]| {
        fs::write(project.path(name), bytes).unwrap();
        let ended = project.casebook(&["schema", "infer", name, "--out", "new.json"]);
        assert_eq!((ended.code, ended.stdout.as_str()), (Some(2), ""), "{ended:?}");
        assert!(!project.path("new.json").exists());
        ended.stderr
    };
    let told = [
        wrong("a.jsonl", b"{\"a\": 1}\n{\"a\": 1,}\n"),
        wrong("b.jsonl", b"{\"a\": 1}\n\n[1]\n"),
        wrong("c.jsonl", b"\n"),
        wrong("d.jsonl", b"{\"a\": \"\xff\"}\n"),
        wrong("e.json", b"{\n  \"a\": 1\n}\n{}"),
        wrong("f.csv", b"a,b\n1\n"),
        project.casebook(&["schema", "infer", "none.jsonl"]).stderr,
    ];
    assert_snapshot!(told.concat());
}

#[test]
fn a_schema_may_stand_in_the_configuration() {
    let inline = "schema:\n  inline:\n    type: object\n    properties:\n      note: {type: string, maxLength: 40}\n      \
                  label: {enum: [one, two, three]}\n    required: [note, label]\n";
    let project = Project::new();
    project.edit("casebook.yaml", "schema: {path: schema.json}\n", inline);
    fs::remove_file(project.path("schema.json")).unwrap();
    assert_eq!(project.cost(), calls(6, 0));
    // Models fill in fields in the order that was written.
    let prompt = project.text("SELECT prompt FROM attempts LIMIT 1");
    assert!(prompt.find("\"note\"") < prompt.find("\"label\""), "{prompt}");
    assert_eq!(project.cost(), NONE);
    project.assert_sound();
    // The record has it: nothing is read from the configuration again.
    fs::remove_file(project.path("casebook.yaml")).unwrap();
    assert!(project.casebook(&["export", "test.db"]).code == Some(0));
    project.assert_sound();
}

#[test]
fn what_is_wrong_with_a_schema_block() {
    let wrong = |block: &str| {
        let project = Project::new();
        project.edit("casebook.yaml", "schema: {path: schema.json}", block);
        let ended = project.casebook(&["run", "casebook.yaml"]);
        assert_eq!((ended.code, ended.stdout.as_str()), (Some(2), ""), "{ended:?}");
        assert!(!project.db().exists());
        ended.stderr
    };
    let told = [
        wrong("schema:\n  inline:\n    type: object\n    properties:\n      label: {type: strin}\n"),
        wrong("schema:\n  inline: {type: object, properties: {a: {$ref: '#/$defs/b'}}}"),
        wrong("schema:\n  inline: {type: array}"),
        wrong("schema: {inline: schema.json}"),
        wrong("schema: {path: schema.json, inline: {type: object}}"),
        wrong("schema: {inline: {type: object}, auto_generate: true}"),
        wrong("schema: {path: schema.json, auto_generate: false, force_regenerate: true}"),
        wrong("schema: {path: new.json, auto_generate: yes}"),
        wrong("schema: {path: new.json, auto_generate: true, llm: {retires: 1}}"),
        wrong("schema: {auto_generate: true}"),
        wrong("schema: {path: new.json}"),
    ];
    assert_snapshot!(told.join("\n"));
}

/// A schema with a field `label`, described as `what`.
fn schema(what: &str) -> String {
    json!({"type": "object", "required": ["label"], "additionalProperties": false,
           "properties": {"label": {"type": "string", "enum": ["one", "two"], "description": what}}})
    .to_string()
}

/// A project without a schema file, whose schema is answered from a table of (attempt, answer).
fn authored(answers: &[(u32, &str)]) -> Project {
    let mut project = Project::new();
    fs::remove_file(project.path("schema.json")).unwrap();
    let lines =
        answers.iter().map(|(attempt, answer)| json!({"attempt": attempt, "answer": answer}).to_string() + "\n");
    project.write("author.jsonl", lines.collect::<String>());
    let block = "schema: {path: made/schema.json, auto_generate: true, llm: {provider: recorded, recorded: {path: \
                 author.jsonl, match: {attempt: '{{ attempt }}'}, answer: '{{ record.answer }}'}}}";
    project.edit("casebook.yaml", "schema: {path: schema.json}", block);
    project.set("llm.retries", "2");
    project
}

#[test]
fn a_model_writes_the_schema_and_the_run_goes_on() {
    let poor = r#"{"type": "object", "properties": {"label": {"type": "string"}, "more": {"type": "string"}}}"#;
    let project = authored(&[(1, poor), (2, &format!("Here:\n```json\n{}\n```", schema("Which")))]);
    let first = project.run();
    assert_eq!((first.calls, first.counts.accepted), (8, 6));
    let written: Value = serde_json::from_str(&project.read("made/schema.json")).unwrap();
    assert_eq!(written, serde_json::from_str::<Value>(&schema("Which")).unwrap());
    // It was told exactly what was wrong, and what the task is.
    let said = project.list("SELECT prompt FROM attempts WHERE step = 'schema' ORDER BY attempt");
    assert!(
        said[0].contains("{{ row.text }}") && said[0].contains("fourth text") && !said[0].contains("is missing: say")
    );
    assert!(said[1].contains("/properties/label: a `description` is missing"), "{}", said[1]);
    assert_eq!(
        project.list("SELECT outcome FROM attempts WHERE step = 'schema' ORDER BY attempt"),
        ["invalid_schema", "accepted"]
    );
    assert_eq!(project.number("SELECT count(*) FROM manifests WHERE stage = 'schema' AND status = 'done'"), 1);
    assert_eq!(
        project.number("SELECT count(*) FROM results"),
        6,
        "what is asked about the task is none of its results"
    );
    project.assert_sound();
    assert_eq!(project.cost(), NONE, "the file is there");
    // A file that was lost is written again from the record.
    fs::remove_file(project.path("made/schema.json")).unwrap();
    assert_eq!(project.cost(), NONE);
    assert_eq!(serde_json::from_str::<Value>(&project.read("made/schema.json")).unwrap(), written);
    project.assert_sound();
}

#[test]
fn a_file_that_is_there_is_kept_or_copied_first() {
    let mut project = authored(&[(1, &schema("Which"))]);
    fs::create_dir(project.path("made")).unwrap();
    project.write("made/schema.json", projects::SCHEMA);
    assert_eq!(project.cost(), calls(6, 0), "there is one");
    assert_eq!(project.read("made/schema.json"), projects::SCHEMA);
    project.set("schema.force_regenerate", "true");
    assert_eq!(project.cost(), calls(7, 0));
    assert!(project.read("made/schema.json").contains("Which"));
    let copies: Vec<_> = fs::read_dir(project.path("made/archived")).unwrap().map(|it| it.unwrap().path()).collect();
    assert_eq!(copies.len(), 1);
    assert_eq!(fs::read_to_string(&copies[0]).unwrap(), projects::SCHEMA);
    // The record has both.
    let kept = "SELECT count(*) FROM text WHERE body LIKE '%maxLength%' OR body LIKE '%Which%'";
    assert!(project.number(kept) >= 2);
    assert_eq!(project.cost(), calls(1, 0), "it is asked for again, and comes out the same");
    project.set_to("schema.force_regenerate", "false");
    assert_eq!(project.cost(), NONE, "whatever was answered is not asked again");
    assert_eq!(fs::read_dir(project.path("made/archived")).unwrap().count(), 1);
    project.assert_sound();
}

#[test]
fn a_model_that_never_writes_a_usable_one_stops_the_run() {
    let project = authored(&[(1, "I cannot."), (2, "{}"), (3, r#"{"type": "object"}"#)]);
    let ended = project.casebook(&["run", "casebook.yaml", "--set", "llm.retries=2"]);
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert_snapshot!(
        ended
            .stderr
            .lines()
            .filter(|it| !it.starts_with("generate") && !it.ends_with(" in flight"))
            .collect::<Vec<_>>()
            .join("\n")
    );
    assert!(!project.path("made").exists());
    assert_eq!(project.number("SELECT count(*) FROM attempts"), 3);
    assert_eq!(project.list("SELECT step || ' ' || status FROM failures"), ["schema failed"]);
    let again = project.casebook(&["run", "casebook.yaml", "--set", "llm.retries=2"]);
    assert_eq!(again.code, Some(1));
    assert_eq!(project.number("SELECT count(*) FROM calls"), 3, "nothing is asked again");
    // With a file of the user's own it goes on.
    fs::create_dir(project.path("made")).unwrap();
    project.write("made/schema.json", projects::SCHEMA);
    assert_eq!(project.run().counts.accepted, 6);
    project.assert_sound();
}

#[test]
fn stages_and_rehearsals_know_of_the_schema() {
    let project = authored(&[(1, &schema("Which"))]);
    let from = project.casebook(&["run", "casebook.yaml", "--from", "plan"]);
    assert_eq!(
        (from.code, from.stderr.lines().next()),
        (Some(2), Some("error: the stage `plan` needs `schema`, which has not run yet"),)
    );
    assert!(!project.db().exists());
    let rehearsal = project.casebook(&["run", "casebook.yaml", "--provider", "sample"]);
    assert_eq!(rehearsal.code, Some(0), "{rehearsal:?}");
    assert!(rehearsal.stderr.contains("a rehearsal does not write made/schema.json"), "{}", rehearsal.stderr);
    assert!(!project.path("made").exists());
    let only = project.casebook(&["run", "casebook.yaml", "--only", "schema"]);
    assert_eq!(only.code, Some(0), "{only:?}");
    assert!(project.path("made/schema.json").exists());
    assert_eq!(project.calls(), calls(1, 0));
    assert_eq!(project.cost(), calls(6, 0));
    project.assert_sound();
}

#[test]
fn a_prompt_of_ones_own_asks_for_the_schema() {
    let mut project = authored(&[(1, &schema("Which"))]);
    project.set("prompts.schema", "author.yaml");
    project.write("author.yaml", "name: own\nuser: |\n  Rows: {{ item.rows | length }} of {{ item.n_rows }}.\n");
    project.run();
    assert_eq!(project.text("SELECT prompt FROM attempts WHERE step = 'schema'").trim(), "[user]\nRows: 6 of 6.");
    project.write("author.yaml", "name: own\nuser: |\n  {{ row.text }}\n");
    fs::remove_file(project.path("made/schema.json")).unwrap();
    let told = project.try_run().unwrap_err().to_string();
    assert!(told.contains("`row` is not available here"), "{told}");
}

/// Writes a schema where one is asked for, and does what the rows' tags say else.
fn author(ask: &Ask) -> Act {
    let fields = json!({
        "product": {"type": "string", "enum": ["billing", "login", "other"], "description": "What it is about"},
        "urgent": {"type": "boolean", "description": "Whether it is"},
        "note": {"type": "string", "description": "A remark"},
    });
    let schema = json!({"type": "object", "properties": fields, "required": ["product", "urgent", "note"]});
    let asked = ask.messages().first().is_some_and(|(_, text)| text.starts_with("You design"));
    if asked { Act::says(&schema.to_string()) } else { by_tags(ask) }
}

#[test]
fn a_run_that_was_killed_does_not_ask_for_the_schema_again() {
    let server = Server::with(author);
    let rows: Vec<String> = (0..40).map(|number| format!("ticket {number}")).collect();
    let project = Asking::new(&server, &rows).set("schema.auto_generate", "true");
    fs::remove_file(project.dir().join("schema.json")).unwrap();
    let asked = || server.log().iter().filter(|ask| ask.messages()[0].1.starts_with("You design")).count();
    let running = project.start(&[]);
    server.wait_for(5);
    running.kill();
    assert_eq!(asked(), 1);
    // Even where the file got lost with it.
    let _ = fs::remove_file(project.dir().join("schema.json"));
    project.run().expect(0);
    assert_eq!(asked(), 1);
    assert!(server.log()[0].body.get("response_format").is_none(), "no provider is held to a schema for schemas");
    let connection = open(&project.db());
    assert_eq!(texts(&connection, "SELECT accepted FROM progress WHERE step = 'generate'"), ["40"]);
    project.casebook(&["verify", "tickets.db", "--replay"]).expect(0);
}
