//! Test sets from elsewhere: `casebook testset validate` holds them to their contract and to their documents.

use std::fs;
use std::path::Path;

use assert_cmd::Command;
use serde_json::{Value, json};

use crate::support::Ended;

const LINES: [&str; 8] = [
    "# Returns",
    "",
    "Refund within 30 days.",
    "Never ask for a password.",
    "Send threats to a person.",
    "Write in plain words.",
    "End with a greeting.",
    "> Where is my parcel?",
];

/// Writes a valid set and its document.
fn write_set(dir: &Path) {
    let names = ["Return a kettle", "Track a parcel", "Change an address", "Pay an invoice", "Cancel a subscription"];
    let types = ["must", "must_not", "escalate", "style", "format"];
    let evidence =
        |line: usize| json!([{"input_file": "faq.md", "line_start": line, "line_end": line, "quote": LINES[line - 1]}]);
    let (mut use_cases, mut policies, mut test_cases, mut examples) = (vec![], vec![], vec![], vec![]);
    for at in 0..5 {
        use_cases.push(json!({"id": format!("uc_00{}", at + 1), "case": "support_bot", "name": names[at],
            "description": format!("To {}.", names[at].to_lowercase()), "evidence": evidence(1)}));
        policies.push(json!({"id": format!("pol_00{}", at + 1), "case": "support_bot", "type": types[at],
            "statement": LINES[at + 2], "evidence": evidence(at + 3)}));
    }
    for at in 0..15 {
        test_cases.push(json!({"id": format!("tc_{:03}", at + 1), "case": "support_bot",
            "use_case_id": format!("uc_00{}", at / 3 + 1), "parameters": {"mood": "calm", "orders": at % 3},
            "policy_ids": [format!("pol_00{}", at / 3 + 1)]}));
    }
    for at in 0..15 {
        let number = at + 1;
        let source = ["tickets", "faq_paraphrase", "corner"][at % 3];
        let asked = if source == "tickets" { LINES[7].replace("> ", "") } else { format!("Question {number}?") };
        examples.push(json!({"id": format!("ex_{number:03}"), "case": "support_bot", "format": "single_turn_qa",
            "use_case_id": format!("uc_00{}", at / 3 + 1), "test_case_id": format!("tc_{:03}", at + 1),
            "input": {"messages": [{"role": "user", "content": asked}]},
            "expected_output": format!("This is the answer to question {number}."),
            "evaluation_criteria": ["It is polite.", "It is true.", "It is short."],
            "policy_ids": [format!("pol_00{}", at / 3 + 1)], "metadata": {"source": source, "split": "test"}}));
    }
    let out = dir.join("out");
    fs::create_dir_all(&out).unwrap();
    fs::write(dir.join("faq.md"), LINES.join("\n")).unwrap();
    let write =
        |name: &str, value: Value| fs::write(out.join(name), serde_json::to_vec_pretty(&value).unwrap()).unwrap();
    write("use_cases.json", json!({"use_cases": use_cases}));
    write("policies.json", json!({"policies": policies}));
    write("test_cases.json", json!({"test_cases": test_cases}));
    write("dataset.json", json!({"examples": examples}));
    write(
        "run_manifest.json",
        json!({"input_path": "faq.md", "out_path": "out", "seed": 1,
        "timestamp": "2025-01-31T12:00:00Z", "generator_version": "x", "llm": {"provider": "sample", "model": null,
        "temperature": null}}),
    );
}

fn validate(dir: &Path, arguments: &[&str]) -> Ended {
    let mut command = Command::cargo_bin("casebook").unwrap();
    let output = command.current_dir(dir).args(["testset", "validate"]).args(arguments).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    Ended { code: output.status.code(), stdout: text(output.stdout), stderr: text(output.stderr) }
}

fn edit(path: &Path, from: &str, to: &str) {
    let text = fs::read_to_string(path).unwrap();
    assert!(text.contains(from), "{from}");
    fs::write(path, text.replacen(from, to, 1)).unwrap();
}

#[test]
fn a_valid_set_passes_and_a_broken_one_says_where() {
    let dir = tempfile::tempdir().unwrap();
    write_set(dir.path());
    let ended = validate(dir.path(), &["--out", "out", "--quality", "quality.md"]);
    assert_eq!(ended.code, Some(0), "{}{}", ended.stdout, ended.stderr);
    assert!(ended.stdout.contains("10 of 10 are what stands on their lines"), "{}", ended.stdout);
    assert!(ended.stdout.contains("15 single_turn_qa") && ended.stdout.ends_with("\nNo faults.\n"), "{}", ended.stdout);
    let quality = fs::read_to_string(dir.path().join("quality.md")).unwrap();
    assert!(quality.contains("| tickets | 5 |") && quality.contains("## Placeholders\n\n0\n"), "{quality}");
    for place in ["faq.md", "out/dataset.json", "out/../out/run_manifest.json"] {
        let before = fs::read(dir.path().join(place)).unwrap();
        let refused = validate(dir.path(), &["--out", "out", "--quality", place]);
        assert!(refused.code == Some(2) && refused.stderr.contains("would replace it"), "{}", refused.stderr);
        assert_eq!(fs::read(dir.path().join(place)).unwrap(), before);
    }
    let again = validate(dir.path(), &["--out", "out", "--quality", "quality.md"]);
    assert_eq!(again.code, Some(0), "an earlier report is replaced: {}", again.stderr);

    edit(&dir.path().join("out/policies.json"), "Refund within 30 days.\"\n", "Refund within 40 days.\"\n");
    edit(&dir.path().join("out/dataset.json"), "\"user\"", "\"use\\u001br\"");
    let ended = validate(dir.path(), &["--out", "out", "--input", "faq.md"]);
    assert_eq!(ended.code, Some(1));
    let fault = "policies.json:13 pol_001 evidence[0].quote: the quote is not line 3 of faq.md; it stands nowhere in the document; \
                 expected: what stands on line 3 of faq.md: \"Refund within 30 days.\"";
    assert!(ended.stdout.contains(fault), "{}", ended.stdout);
    assert!(ended.stdout.contains("ex_001 input.messages[0].role: it is `use\\u{1b}r`"), "{}", ended.stdout);
    assert!(ended.stdout.ends_with("\n2 faults: 1 quote, 1 value\n"), "{}", ended.stdout);
    let json = validate(dir.path(), &["--out", "out", "--format", "json"]);
    let json: Value = serde_json::from_str(&json.stdout).unwrap();
    assert_eq!((json["faults"][0]["item"].as_str(), json["faults"][0]["line"].as_u64()), (Some("pol_001"), Some(13)));
}

#[test]
fn documents_that_are_not_there_are_said() {
    let dir = tempfile::tempdir().unwrap();
    write_set(dir.path());
    fs::rename(dir.path().join("faq.md"), dir.path().join("out/faq.md")).unwrap();
    let beside = validate(dir.path(), &["--out", "out"]);
    assert!(beside.code == Some(0) && beside.stdout.contains("10 of 10"), "{}", beside.stdout);
    fs::remove_file(dir.path().join("out/faq.md")).unwrap();
    let without = validate(dir.path(), &["--out", "out"]);
    assert_eq!(without.code, Some(0));
    assert!(without.stdout.contains("quotes were not checked"), "{}", without.stdout);
    let named = validate(dir.path(), &["--out", "out", "--input", "gone.md"]);
    assert!(named.code == Some(1) && named.stdout.contains("gone.md: cannot read"), "{}", named.stdout);
    let no_folder = validate(dir.path(), &["--out", "gone"]);
    assert!(no_folder.code == Some(2) && no_folder.stderr.contains("there is no folder gone"), "{}", no_folder.stderr);
    fs::remove_file(dir.path().join("out/dataset.json")).unwrap();
    fs::create_dir(dir.path().join("out/dataset.json")).unwrap();
    let folder = validate(dir.path(), &["--out", "out"]);
    assert!(folder.code == Some(1) && folder.stdout.contains("it is a folder"), "{}", folder.stdout);
}
