//! Files for evaluation tools: which tasks have them, what is in them, and what is refused or said.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

use rusqlite::Connection;
use serde_json::{Value, json};

/// Examples as a model would write them: a single turn, a correction, a dialog with all roles.
const ROWS: &str = r#"{"id": 1, "kind": "single_turn_qa", "messages": [{"role": "user", "content": "{{ 7 * 7 }}"}]}
{"id": 2, "kind": "single_utterance_correction", "messages": [{"role": "operator", "content": "what"}]}
{"id": 3, "kind": "dialog_last_turn_correction", "messages": [{"role": "system", "content": "Be kind."}, {"role": "user", "content": "Hi"}, {"role": "operator", "content": "=1+1"}]}
"#;

const TEST_SET: &str = r"run: {name: support}
input: {path: rows.jsonl, key: id}
steps:
  - name: example
    rule:
      case: '''support_bot'''
      format: row.kind
      input: {messages: row.messages, target_message_index: row.messages | length - 1}
      expected_output: '''Gladly.'''
      evaluation_criteria: ['''names a contact''', '''  stays polite''']
      metadata: {source: '''tickets''', split: '''test'''}
outputs:
  formats: [deepeval, giskard, giskard2, giskard_hub, evidently, inspect, promptfoo, langfuse]
  files: [{name: dataset.json, step: example, list: examples, id_prefix: ex_}]
";

const PLAIN: &str = r"run: {name: plain}
input: {path: rows.jsonl, key: id}
steps:
  - name: answer
    rule: {label: row.kind, messages: row.messages}
outputs:
  formats: [inspect]
  mapping: {input: row.kind, expected: output.label, metadata: {n: row.id, all: output.messages}}
";

struct Scene(tempfile::TempDir);

impl Scene {
    fn new(config: &str) -> Self {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("rows.jsonl"), ROWS).unwrap();
        let scene = Self(dir);
        scene.write(config);
        scene
    }

    fn write(&self, config: &str) {
        fs::write(self.0.path().join("casebook.yaml"), config).unwrap();
    }

    /// What a command printed on both streams; it must have ended with `code`.
    fn said(&self, code: i32, arguments: &[&str]) -> (String, String) {
        let output =
            Command::new(env!("CARGO_BIN_EXE_casebook")).args(arguments).current_dir(self.0.path()).output().unwrap();
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
        let (out, err) = (text(&output.stdout), text(&output.stderr));
        assert_eq!(output.status.code(), Some(code), "{arguments:?}\n{out}\n{err}");
        (out, err)
    }

    fn path(&self, name: &str) -> std::path::PathBuf {
        self.0.path().join(name)
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    fn lines(&self, name: &str) -> Vec<Value> {
        self.read(name).lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    fn list(&self, db: &str, query: &str) -> Vec<String> {
        let connection = Connection::open(self.path(db)).unwrap();
        let mut statement = connection.prepare(query).unwrap();
        let rows = statement.query_map([], |row| row.get(0)).unwrap();
        rows.map(Result::unwrap).collect()
    }
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let mut names: Vec<String> = entries.map(|it| it.unwrap().file_name().to_string_lossy().into_owned()).collect();
    names.retain(|name| !name.starts_with('.'));
    names.sort();
    names
}

#[test]
fn a_test_set_needs_no_mapping_and_its_files_are_kept_and_made_again() {
    let scene = Scene::new(TEST_SET);
    let (_, told) = scene.said(0, &["run", "casebook.yaml"]);
    let files = [
        "dataset.json",
        "deepeval_conversations.json",
        "deepeval_goldens.json",
        "evidently.csv",
        "giskard2_qatestset.jsonl",
        "giskard_hub.json",
        "giskard_scenarios.jsonl",
        "inspect.jsonl",
        "langfuse_items.json",
        "promptfoo.yaml",
        "promptfoo_prompt.json",
        "promptfoo_tests.jsonl",
    ];
    let written = names(&scene.path("out/support"));
    assert!(files.iter().all(|name| written.iter().any(|it| it == name)), "{written:?}");
    assert!(told.contains("note: deepeval_conversations.json: 2 messages have a role"), "{told}");

    let samples = scene.lines("out/support/inspect.jsonl");
    assert_eq!((&samples[0]["id"], &samples[0]["input"]), (&json!("ex_001"), &json!("{{ 7 * 7 }}")));
    let roles: Vec<&str> =
        samples[2]["input"].as_array().unwrap().iter().map(|it| it["role"].as_str().unwrap()).collect();
    assert_eq!(roles, ["system", "user", "assistant"]);
    let metadata = json!({
        "criteria": ["names a contact", "  stays polite"], "roles": ["system", "user", "operator"],
        "case": "support_bot", "format": "dialog_last_turn_correction", "target_message_index": 2,
        "source": "tickets", "split": "test",
    });
    assert_eq!(samples[2]["metadata"], metadata);
    let goldens: Value = serde_json::from_str(&scene.read("out/support/deepeval_goldens.json")).unwrap();
    assert_eq!((goldens.as_array().unwrap().len(), &goldens[1]["input"]), (2, &json!("what")));
    let items: Value = serde_json::from_str(&scene.read("out/support/langfuse_items.json")).unwrap();
    assert_eq!(items[2]["id"], "support:ex_003");

    let kinds = "SELECT DISTINCT kind || ' ' || subject FROM anomaly WHERE kind LIKE 'criteria%' ORDER BY 1";
    let trimmed = ["criteria_trimmed deepeval_conversations.json", "criteria_trimmed deepeval_goldens.json"];
    assert_eq!(scene.list("support.db", kinds), trimmed);
    let (verified, _) = scene.said(0, &["verify", "support.db", "--replay"]);
    assert!(verified.contains("the latest export"), "{verified}");
    // The same bytes again from the record alone; a format by itself writes its files alone, and says the same.
    scene.said(0, &["export", "support.db", "--dir", "again"]);
    for name in files {
        assert_eq!(scene.read(&format!("again/{name}")), scene.read(&format!("out/support/{name}")), "{name}");
    }
    let (_, told) = scene.said(0, &["export", "support.db", "--dir", "one", "--formats", "deepeval"]);
    assert_eq!(names(&scene.path("one")), ["deepeval_conversations.json", "deepeval_goldens.json"]);
    assert!(told.contains("criteria are blank or with blanks at the ends"), "{told}");
    let (_, told) = scene.said(2, &["export", "support.db", "--step", "example", "--formats", "inspect"]);
    assert!(told.contains("`inspect`") && told.contains("--step"), "{told}");
}

#[test]
fn what_an_object_has_beside_is_kept_and_what_is_left_out_is_said() {
    let config = TEST_SET
        .replace("    rule:\n", "    rule:\n      id: row.kind\n")
        .replace(", id_prefix: ex_", "")
        .replace("'''  stays polite'''", "null");
    let scene = Scene::new(&config);
    fs::write(scene.path("rows.jsonl"), ROWS.replace(r#""content": "Hi""#, r#""content": "Hi", "name": "ann""#))
        .unwrap();
    let (_, told) = scene.said(0, &["run", "casebook.yaml"]);
    assert!(told.contains(r#"note: inspect.jsonl: 1 key of a message is neither `role` nor `content` (1 of "name")"#));
    assert!(told.contains("3 criteria are null and left out"), "{told}");
    let samples = scene.lines("out/support/inspect.jsonl");
    assert_eq!(
        (&samples[0]["id"], &samples[0]["metadata"]["criteria"]),
        (&json!("single_turn_qa"), &json!(["names a contact"]))
    );
    assert_eq!(samples[2]["metadata"]["messages"][1], json!({"role": "user", "content": "Hi", "name": "ann"}));
    assert_eq!(samples[1]["metadata"].get("messages"), None);
    // Ids that are the same are none, and the name of the data set is one's own.
    let same =
        config.replace("id: row.kind", "id: '''same'''").replace("outputs:\n", "outputs:\n  mapping: {dataset: faq}\n");
    scene.write(&same);
    let (_, told) = scene.said(0, &["run", "casebook.yaml"]);
    assert!(told.contains("inspect.jsonl: 3 items have the `work_id` as id"), "{told}");
    let ids: BTreeSet<String> =
        scene.lines("out/support/inspect.jsonl").iter().map(|it| it["id"].to_string()).collect();
    assert_eq!(ids.len(), 3);
    assert!(scene.read("out/support/langfuse_items.json").contains(r#""id":"faq:"#));
}

#[test]
fn what_may_be_missing_is_null_but_for_what_a_model_is_asked() {
    let absent = "'output.messages[0].name'";
    let scene = Scene::new(&PLAIN.replace("output.label,", &format!("{absent}, criteria: {absent},")));
    scene.said(0, &["run", "casebook.yaml"]);
    let first = &scene.lines("out/plain/inspect.jsonl")[0];
    assert_eq!((&first["target"], &first["metadata"]["criteria"]), (&json!(""), &json!([])));
    scene.write(&PLAIN.replace("input: row.kind", &format!("input: {absent}")));
    let (_, told) = scene.said(1, &["run", "casebook.yaml"]);
    assert!(told.contains("item 1 (work item ") && told.contains("| default("), "{told}");
}

#[test]
fn any_task_has_them_once_it_says_what_an_item_is() {
    let scene = Scene::new(PLAIN);
    scene.said(0, &["run", "casebook.yaml"]);
    let samples = scene.lines("out/plain/inspect.jsonl");
    let ids: Vec<&str> = samples.iter().map(|it| it["id"].as_str().unwrap()).collect();
    assert_eq!(ids, scene.list("plain.db", "SELECT work_id FROM results ORDER BY row_index"));
    assert_eq!((&samples[0]["input"], &samples[0]["target"]), (&json!("single_turn_qa"), &json!("single_turn_qa")));
    assert_eq!(samples[0]["metadata"]["n"], 1);
    assert_eq!(samples[0]["metadata"]["all"][0]["content"], "{{ 7 * 7 }}");
    // Any other format of the same items.
    scene.said(0, &["export", "plain.db", "--formats", "langfuse,evidently"]);
    let items: Value = serde_json::from_str(&scene.read("out/plain/langfuse_items.json")).unwrap();
    assert_eq!(items[0]["input"], "single_turn_qa");
    assert!(
        scene.read("out/plain/evidently.csv").starts_with("id,question,expected,criteria_json,messages_json,n,all,")
    );
}

#[test]
fn what_is_not_there_is_refused_before_anything_runs() {
    let mapping = "  mapping: {input: row.kind, expected: output.label, metadata: {n: row.id, all: output.messages}}\n";
    for (from, to, parts) in [
        (
            mapping,
            "",
            vec!["`inspect` needs items", "mapping: {input: row.kind, expected: output.label}", "casebook.yaml:7"],
        ),
        ("row.kind, exp", "row.kid, exp", vec!["`row.kid`", "did you mean `row.kind`?", "casebook.yaml:8"]),
        ("output.label, m", "output.lable, m", vec!["`output.lable`", "did you mean `output.label`?"]),
        ("{n: row.id, all: output.messages}", "[lable]", vec!["no field `lable`", "did you mean `label`?"]),
        ("input: row.kind", "file: data.json, input: row.kind", vec!["no entry of `outputs.files`", "data.json"]),
        ("input: row.kind", "messages: a, input: row.kind", vec!["`outputs.mapping.messages`", "keep `input`"]),
        ("input: row.kind", "input: row.kind, dataset: ' '", vec!["`outputs.mapping.dataset`", "a name"]),
        ("input: row.kind", "input: ''", vec!["`outputs.mapping.input`", "an empty text"]),
        ("input: row.kind", "imput: row.kind", vec!["imput", "input"]),
    ] {
        assert!(PLAIN.contains(from), "{from}");
        let scene = Scene::new(&PLAIN.replace(from, to));
        let (_, told) = scene.said(2, &["run", "casebook.yaml"]);
        assert!(parts.iter().all(|part| told.contains(part)), "{parts:?}\n{told}");
        assert!(!scene.path("plain.db").exists(), "{told}");
    }
}

#[test]
fn an_item_that_cannot_be_made_leaves_the_older_files() {
    let scene = Scene::new(&PLAIN.replace("input: row.kind", "messages: row.messages"));
    scene.said(0, &["run", "casebook.yaml"]);
    let before = scene.read("out/plain/inspect.jsonl");
    fs::write(scene.path("rows.jsonl"), ROWS.replace(r#"{"role": "user", "content": "Hi"}"#, r#"{"role": "user"}"#))
        .unwrap();
    let (_, told) = scene.said(1, &["run", "casebook.yaml"]);
    assert!(told.contains("message 2: expected a text as its `content`, found nothing"), "{told}");
    assert!(told.contains("outputs.mapping: ") && told.contains("(work item "), "{told}");
    assert_eq!(scene.read("out/plain/inspect.jsonl"), before);
    assert_eq!(scene.list("plain.db", "SELECT name FROM artifact WHERE name = 'inspect.jsonl'").len(), 1);
}
