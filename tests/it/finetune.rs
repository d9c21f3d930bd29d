//! Files for fine-tuning: which answers become examples, in which file they are, and what is said of the others.

use std::fs;

use casebook::inside::record::Digest;
use serde_json::{Value, json};

use crate::projects::{Project, calls};

const SCHEMA: &str = r#"{"type": "object", "properties": {"product": {"type": "string"}, "count": {"type": "integer"}},
    "required": ["product", "count"]}"#;
const GOOD: &str = r#"{"count": 1, "product": "card"}"#;
const FORMATS: &str = "openai_finetune,anthropic,gemini,sharegpt";

/// Rows whose answers are accepted at once, at the second attempt, or never.
fn project() -> Project {
    let mut project =
        Project::recorded(&[("a", 1, GOOD), ("b", 1, "nothing"), ("b", 2, GOOD), ("c", 1, "no"), ("c", 2, "no")]);
    project.write("schema.json", SCHEMA);
    project.write("input.csv", "id,text\na,first text\nb,second text\nc,third text\n");
    project.write(
        "prompt.yaml",
        "name: classify\nmessages:\n  - {role: system, content: 'Sort it.'}\n  - {role: user, content: 'An example'}\n  \
         - {role: assistant, content: '{}'}\n  - {role: user, content: 'Of {{ row.text }}'}\n",
    );
    project.set("input.key", "id").set("outputs.finetune.validation", "0").set("llm.retries", "1");
    project
}

fn lines(project: &Project, name: &str) -> Vec<Value> {
    project.read(&format!("out/test/{name}")).lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn report(project: &Project, name: &str) -> Value {
    serde_json::from_str(&project.read(&format!("out/test/{name}.report.json"))).unwrap()
}

#[test]
fn an_example_is_what_was_sent_first_and_the_answer_that_was_accepted() {
    let project = project();
    project.run();
    let said = project.casebook(&["export", "test.db", "--formats", FORMATS]).expect(0);
    let answer = r#"{"product":"card","count":1}"#;
    assert_eq!(
        lines(&project, "openai_finetune.train.jsonl")[1],
        json!({"messages": [
            {"role": "system", "content": "Sort it."},
            {"role": "user", "content": "An example"},
            {"role": "assistant", "content": "{}", "weight": 0},
            {"role": "user", "content": "Of second text"},
            {"role": "assistant", "content": answer},
        ]}),
    );
    assert_eq!(
        lines(&project, "anthropic.train.jsonl")[0],
        json!({"system": "Sort it.", "messages": [
            {"role": "user", "content": "An example"},
            {"role": "assistant", "content": "{}"},
            {"role": "user", "content": "Of first text"},
            {"role": "assistant", "content": answer},
        ]}),
    );
    let text = |role: &str, text: &str| json!({"role": role, "parts": [{"text": text}]});
    assert_eq!(
        lines(&project, "gemini.train.jsonl")[0],
        json!({"systemInstruction": text("system", "Sort it."), "contents": [
            text("user", "An example"), text("model", "{}"), text("user", "Of first text"), text("model", answer),
        ]}),
    );
    let said_by = |from: &str, value: &str| json!({"from": from, "value": value});
    assert_eq!(
        lines(&project, "sharegpt.train.jsonl")[0],
        json!({"conversations": [
            said_by("system", "Sort it."), said_by("human", "An example"), said_by("gpt", "{}"),
            said_by("human", "Of first text"), said_by("gpt", answer),
        ]}),
    );
    assert_eq!(project.read("out/test/gemini.validation.jsonl"), "");
    let found = report(&project, "openai_finetune");
    let failed = project.text("SELECT work_id FROM results WHERE status = 'failed'");
    assert_eq!(found["left_out"]["items"], json!([{"work_id": failed, "reason": "failed", "detail": "no_json"}]));
    assert_eq!((&found["train"]["examples"], &found["train"]["tokens"]), (&json!(2), &json!(82)));
    let told = &said.stderr;
    assert!(told.contains("openai_finetune.report.json: 1 work item is left out (failed 1)"), "{told}");
    assert!(told.contains("the training file has 2 examples, and OpenAI takes 10 at least"), "{told}");
    let counts = project.text("SELECT counts FROM manifest WHERE stage = 'export' ORDER BY id DESC LIMIT 1");
    let counts: Value = serde_json::from_str(&counts).unwrap();
    assert_eq!(counts["finetune"]["sharegpt"]["train"], 2);
    project.assert_sound();
}

#[test]
fn a_group_is_never_cut_and_what_stands_in_both_files_is_said() {
    let answers: Vec<(String, String)> =
        (0..40).map(|row| (row.to_string(), format!("{{\"product\": \"card\", \"count\": {row}}}"))).collect();
    let answers: Vec<(&str, u32, &str)> =
        answers.iter().map(|(id, answer)| (id.as_str(), 1, answer.as_str())).collect();
    let mut project = Project::recorded(&answers);
    let rows = (0..40)
        .map(|row| format!("{row},c{},my card was charged twice in the shop of {}\n", row / 2, ["x", "y"][row % 2]));
    project.write("input.csv", format!("id,customer,text\n{}", rows.collect::<String>()));
    project.write("schema.json", SCHEMA);
    project.write("prompt.yaml", "name: classify\nuser: 'Of {{ row.text }}'\n");
    project
        .set("input.key", "id")
        .set("outputs", "{formats: [sharegpt], finetune: {validation: 0.3, seed: 7, group: customer}}");
    assert_eq!(project.cost(), calls(40, 0));
    let of = |name: &str| -> Vec<u64> {
        let answer = |line: &Value| line["conversations"][1]["value"].as_str().unwrap().to_owned();
        let number = |line: &Value| serde_json::from_str::<Value>(&answer(line)).unwrap()["count"].as_u64().unwrap();
        lines(&project, name).iter().map(number).collect()
    };
    let (train, validation) = (of("sharegpt.train.jsonl"), of("sharegpt.validation.jsonl"));
    assert_eq!(train.len() + validation.len(), 40);
    assert!((4..=20).contains(&validation.len()), "{validation:?}");
    assert!(validation.iter().all(|row| validation.contains(&(row ^ 1))), "{validation:?}");
    let found = report(&project, "sharegpt");
    assert_eq!(found["duplicates"]["examples"], 38);
    assert_eq!(found["duplicates"]["conflicts"], 2);
    assert_eq!(found["leaks"]["equal"], validation.len());
    assert_eq!(found["settings"]["seed"], 7);
    let before = Digest::of_bytes(&fs::read(project.path("out/test/sharegpt.report.json")).unwrap());
    project.casebook(&["export", "test.db"]).expect(0);
    assert_eq!(Digest::of_bytes(&fs::read(project.path("out/test/sharegpt.report.json")).unwrap()), before);
    project.assert_sound();
}

#[test]
fn only_what_a_judge_passed_or_a_gold_answer_can_be_asked_for() {
    let project = project();
    project.run();
    project.casebook(&["export", "test.db", "--formats", "gemini", "--from", "judged"]).expect(0);
    assert_eq!(report(&project, "gemini")["left_out"]["reasons"], json!({"failed": 1, "not_judged": 2}));
    project.assert_sound();
    let gold = project.casebook(&["export", "test.db", "--formats", "gemini", "--from", "gold"]).expect(2);
    assert!(gold.stderr.contains("there are no gold answers on record"), "{}", gold.stderr);
    assert!(gold.stderr.contains("casebook eval CONFIG"), "{}", gold.stderr);
    let nothing = project.casebook(&["export", "test.db", "--formats", "csv", "--from", "judged"]).expect(2);
    assert!(nothing.stderr.contains("--formats openai_finetune"), "{}", nothing.stderr);

    project.write("gold.csv", "key,product,count\na,loan,7\nb,loan,\nc,late,x\n");
    let config = project.read("casebook.yaml");
    let experiment = "experiment:\n  matrix: {llm.retries: [1]}\n  gold: {path: gold.csv, key: key, fields: {product: \
                      product, count: count}}\n  metrics: [{name: right, of: product, kind: exact}]\n";
    project.write("casebook.yaml", format!("{config}{experiment}"));
    project.casebook(&["eval", "casebook.yaml", "-q", "--set", "input.key=id", "--set", "llm.retries=1"]).expect(0);
    project
        .casebook(&[
            "export",
            "test.db",
            "--formats",
            "gemini",
            "--from",
            "gold",
            "--variant",
            "retries=1",
            "--dir",
            "gold",
        ])
        .expect(0);
    let made = project.read("gold/retries=1/gemini.train.jsonl");
    let lines: Vec<Value> = made.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len(), 1);
    assert_eq!(lines[0]["contents"][3]["parts"][0]["text"], r#"{"product":"loan","count":7}"#);
    let found: Value = serde_json::from_str(&project.read("gold/retries=1/gemini.report.json")).unwrap();
    assert_eq!(found["left_out"]["reasons"], json!({"gold_incomplete": 2}));
}

#[test]
fn what_a_format_cannot_hold_is_left_out() {
    let mut project = project();
    project.write("a.png", b"\x89PNG\r\n\x1a\nnot looked at");
    project.write("prompt.yaml", "name: classify\nuser: 'Of {{ row.text }}'\nimages: ['a.png']\n");
    project.set("outputs.formats", "[openai_finetune, gemini]");
    project.run();
    let shown = &lines(&project, "openai_finetune.train.jsonl")[0]["messages"][0]["content"];
    assert_eq!(shown[0]["image_url"]["url"], "data:image/png;base64,iVBORw0KGgpub3QgbG9va2VkIGF0");
    assert_eq!(shown[1], json!({"type": "text", "text": "Of first text"}));
    assert_eq!(report(&project, "gemini")["left_out"]["reasons"], json!({"failed": 1, "images": 2}));
    project.assert_sound();

    project.set("outputs.finetune.max_tokens", "20");
    let summary = project
        .casebook(&["run", "casebook.yaml", "--set", "outputs.finetune.group=txet", "--set", "input.key=id"])
        .expect(2);
    assert!(summary.stderr.contains("the input has no column `txet`"), "{}", summary.stderr);
    assert!(summary.stderr.contains("did you mean `text`?"), "{}", summary.stderr);
    project.run();
    assert_eq!(report(&project, "openai_finetune")["left_out"]["reasons"], json!({"failed": 1, "too_long": 2}));
}
