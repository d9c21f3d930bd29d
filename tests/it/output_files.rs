//! Files of objects: ids and references between steps, what keeps them from being written, and what is written again.

use std::fs;
use std::process::Command;

use serde_json::{Value, json};
use tempfile::TempDir;

const ROWS: &str = r#"{"name": "Refunds", "policies": [{"number": 1, "text": "In 14 days"}, {"number": 2, "text": "a\n\"b\""}], "cases": [{"title": "late", "policies": [2, 1, 2]}, {"title": "=1+1", "policies": [1]}]}
{"name": "Delivery", "policies": [{"number": 3, "text": "Three days"}], "cases": [{"title": "lost", "policies": [3]}]}
"#;

const TASK: &str = r#"run: {name: set, seed: 7}
input: {path: rows.jsonl, key: name}
vars: {split: test}
steps:
  - {name: section, rule: {name: row.name, policies: row.policies, cases: row.cases}}
  - {name: policy, each: element of section.policies, rule: {number: item.number, text: item.text}}
  - {name: case, each: element of section.cases, rule: {title: item.title, policies: item.policies}}
  - {name: example, each: output of case, rule: {question: "item.title ~ '?'"}}
outputs:
  formats: []
  files:
    - {name: sections.json, step: section, id_prefix: s_, fields: [name]}
    - {name: policies.json, step: policy, list: policies, id_prefix: pol_}
    - name: cases.json
      step: case
      list: cases
      id_prefix: tc_
      references:
        section_id: section
        policy_ids: {step: policy, by: number, value: output.policies}
      fields: [section_id, title, policy_ids]
    - name: examples.jsonl
      step: example
      references: {case_id: case, section_id: section}
      fields: {case_id: , question: output.question, split: vars.split, of: row.name, id: work_id | length}
    - name: manifest.json
      fields: {seed: run.seed, input: run.input_path, out: run.out_path, cases: "run.files['cases.json']", llm: run.llm}
"#;

struct Task(TempDir);

impl Task {
    fn new(rows: &str, text: &str) -> Self {
        let task = Self(tempfile::tempdir().unwrap());
        task.write("rows.jsonl", rows);
        task.write("casebook.yaml", text);
        task
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.0.path().join(name), text).unwrap();
    }

    /// What a command printed; it must end with `code`.
    fn said(&self, code: i32, arguments: &[&str]) -> String {
        let mut command = Command::new(env!("CARGO_BIN_EXE_casebook"));
        let output = command.args(arguments).current_dir(self.0.path()).env("NO_COLOR", "1").output().unwrap();
        let text = [output.stdout, output.stderr].map(|it| String::from_utf8(it).unwrap()).concat();
        assert_eq!(output.status.code(), Some(code), "{arguments:?}\n{text}");
        text
    }

    fn run(&self, code: i32) -> String {
        self.said(code, &["run", "casebook.yaml"])
    }

    fn text(&self, name: &str) -> String {
        fs::read_to_string(self.0.path().join("out/set").join(name)).unwrap()
    }

    fn json(&self, name: &str) -> Value {
        serde_json::from_str(&self.text(name)).unwrap()
    }

    /// The texts of all files of objects.
    fn all(&self) -> Vec<String> {
        ["sections.json", "policies.json", "cases.json", "examples.jsonl", "manifest.json"]
            .map(|name| self.text(name))
            .to_vec()
    }
}

#[test]
fn objects_have_ids_and_refer_to_each_other_and_are_the_same_again() {
    let task = Task::new(ROWS, TASK);
    task.run(0);
    insta::assert_snapshot!(task.text("cases.json"), @r#"
    {
      "cases": [
        {
          "id": "tc_001",
          "section_id": "s_001",
          "title": "late",
          "policy_ids": [
            "pol_002",
            "pol_001"
          ]
        },
        {
          "id": "tc_002",
          "section_id": "s_001",
          "title": "=1+1",
          "policy_ids": [
            "pol_001"
          ]
        },
        {
          "id": "tc_003",
          "section_id": "s_002",
          "title": "lost",
          "policy_ids": [
            "pol_003"
          ]
        }
      ]
    }
    "#);
    assert_eq!(
        task.json("sections.json"),
        json!([{"id": "s_001", "name": "Refunds"}, {"id": "s_002", "name": "Delivery"}])
    );
    assert_eq!(task.json("policies.json")["policies"][1], json!({"id": "pol_002", "number": 2, "text": "a\n\"b\""}));
    let first = r#"{"case_id":"tc_001","question":"late?","split":"test","of":"Refunds","id":40,"section_id":"s_001"}"#;
    assert_eq!(task.text("examples.jsonl").lines().next(), Some(first));
    let manifest = json!({"seed": 7, "input": "rows.jsonl", "out": "out/set", "cases": 3, "llm": null});
    assert_eq!(task.json("manifest.json"), manifest);
    let names = task.said(0, &["sql", "set.db", "SELECT group_concat(name, ' ') AS n FROM artifacts"]);
    assert!(names.contains("sections.json policies.json cases.json examples.jsonl manifest.json"), "{names}");
    // Nothing is made again, the record has the same bytes, and a copy from it is the same.
    let before = task.all();
    assert!(task.run(0).contains("export"));
    task.said(0, &["verify", "set.db", "--replay"]);
    fs::remove_dir_all(task.0.path().join("out")).unwrap();
    task.said(0, &["export", "set.db"]);
    assert_eq!(task.all(), before);
    // Formats that are named are written alone.
    let written = task.said(0, &["export", "set.db", "--formats", "jsonl", "--dir", "alone"]);
    assert!(written.contains("output.jsonl") && !written.contains("cases.json"), "{written}");
}

#[test]
fn a_reference_that_does_not_lead_to_one_object_leaves_the_files_as_they_were() {
    let task = Task::new(ROWS, TASK);
    task.run(0);
    let before = task.all();
    for (from, to, said) in [
        ("\"policies\": [3]}", "\"policies\": [4]}", "`tc_003` (work item "),
        ("\"policies\": [3]}", "\"policies\": [\"3\"]}", "of another type"),
        ("{\"number\": 3,", "{\"number\": 1,", "2 accepted outputs of `policy` have 1 as `number`"),
    ] {
        assert!(ROWS.contains(from));
        task.write("rows.jsonl", &ROWS.replace(from, to));
        let told = task.run(1);
        assert!(told.contains("cases.json: ") && told.contains("`policy_ids`: ") && told.contains(said), "{told}");
        assert_eq!(task.all(), before);
        let told = task.said(1, &["export", "set.db"]);
        assert!(told.contains(said), "{told}");
        assert_eq!(task.all(), before);
        task.said(0, &["verify", "set.db", "--replay"]);
    }
    task.write("rows.jsonl", ROWS);
    task.run(0);
    assert_eq!(task.all(), before);
}

#[test]
fn what_is_not_accepted_is_in_no_file_and_is_said() {
    let rows = ROWS.replace("{\"title\": \"=1+1\", \"policies\": [1]}", "{\"title\": \"=1+1\"}");
    let task = Task::new(&rows, TASK);
    let told = task.run(3);
    assert!(told.contains("1 of 3 work items of `case` is not accepted and is not in cases.json"), "{told}");
    assert!(told.contains("1 of 3 work items of `example` is not accepted and is not in examples.jsonl"), "{told}");
    assert_eq!(task.json("cases.json")["cases"][1]["id"], "tc_002");
    assert_eq!(task.json("cases.json")["cases"].as_array().unwrap().len(), 2);
    let kinds = task.said(0, &["sql", "set.db", "SELECT subject FROM anomalies WHERE kind = 'objects_left_out'"]);
    assert!(kinds.contains("cases.json") && kinds.contains("examples.jsonl"), "{kinds}");
    task.said(0, &["verify", "set.db", "--replay"]);
}

#[test]
fn what_a_file_cannot_have_is_said_before_anything_runs() {
    for (from, to, said) in [
        ("fields: [name]", "fields: [nam]", "did you mean `name`?"),
        ("value: output.policies", "value: output.polices", "polices"),
        ("by: number", "by: nummer", "have no `nummer`"),
        ("{case_id: case, section_id: section}", "{case_id: policy, section_id: section}", "are not made from outputs"),
        ("seed: run.seed", "seed: run.sede", "run.sede"),
        ("split: vars.split", "split: vars.spilt", "spilt"),
        ("sections.json", "items.jsonl", "a file of its own"),
        ("fields: {case_id: , question", "fields: {other: id, question", "`id` is not known"),
    ] {
        assert!(TASK.contains(from), "{from}");
        let task = Task::new(ROWS, &TASK.replacen(from, to, 1));
        let told = task.run(2);
        assert!(told.contains("casebook.yaml:") && told.contains(said), "{to}: {told}");
        assert!(!task.0.path().join("set.db").exists(), "{to}");
    }
}

#[test]
fn a_join_refers_to_all_that_it_is_made_from() {
    let joined = "  - {name: summary, each: \"join section, case by row\", rule: {n: steps.case | length}}\noutputs:";
    let file = "  files:\n    - {name: all.json, step: summary, references: {cases: {step: case, many: true}}}\n";
    let text = TASK.replace("outputs:", joined).replace("  files:\n", file);
    let task = Task::new(ROWS, &text);
    task.run(0);
    assert_eq!(task.json("all.json"), json!([{"n": 2, "cases": ["tc_001", "tc_002"]}, {"n": 1, "cases": ["tc_003"]}]));
    task.write("casebook.yaml", &text.replace("{step: case, many: true}", "case"));
    let told = task.run(2);
    assert!(told.contains("may be made from several outputs of `case`") && told.contains("many: true"), "{told}");
}

#[test]
fn decisions_of_people_are_in_force() {
    let task = Task::new(ROWS, TASK);
    task.run(0);
    let ids =
        task.said(0, &["sql", "set.db", "SELECT work_id FROM results ORDER BY row_index DESC", "--format", "csv"]);
    let id = ids.lines().find(|line| line.len() == 40).unwrap();
    let line = format!("work_id,decision,reason,output\n{id},edit,better,\"{{\"\"question\"\": \"\"Lost?\"\"}}\"\n");
    task.write("decisions.csv", &line);
    task.said(0, &["review", "set.db", "--decisions", "decisions.csv", "--by", "Ada"]);
    task.said(0, &["export", "set.db"]);
    assert!(task.text("examples.jsonl").contains("\"question\":\"Lost?\""), "{}", task.text("examples.jsonl"));
    task.said(0, &["verify", "set.db", "--replay"]);
}
