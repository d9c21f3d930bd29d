//! `casebook testset generate` and the project that it runs, over samples: what the files hold, and what becomes of
//! them on the next run.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::projects::Project;
use crate::support::Ended;

const FILES: [&str; 5] = ["use_cases.json", "policies.json", "test_cases.json", "dataset.json", "run_manifest.json"];

fn document(name: &str) -> String {
    format!("{}/examples/testset/documents/{name}", env!("CARGO_MANIFEST_DIR"))
}

/// A folder with a copy of a document under a name that says nothing.
fn folder(name: &str) -> Project {
    let project = Project::new();
    project.write("notes.md", fs::read(document(name)).unwrap());
    project
}

fn generate(project: &Project, more: &[&str]) -> Ended {
    project.casebook(&[&["testset", "--input", "notes.md", "--out", "out/set"], more].concat())
}

fn bytes(project: &Project) -> BTreeMap<&'static str, Option<Vec<u8>>> {
    FILES.into_iter().map(|name| (name, fs::read(project.path("out/set").join(name)).ok())).collect()
}

fn read(dir: &Path, name: &str) -> Value {
    serde_json::from_str(&fs::read_to_string(dir.join(name)).unwrap()).unwrap()
}

fn list(dir: &Path, name: &str, key: &str) -> Vec<Value> {
    read(dir, name)[key].as_array().unwrap().clone()
}

fn texts<'a>(items: &'a [Value], pointer: &str) -> BTreeSet<&'a str> {
    items.iter().map(|it| it.pointer(pointer).unwrap().as_str().unwrap()).collect()
}

/// Holds the files in a folder to the contract, with the lines of their document.
fn assert_contract(
    dir: &Path,
    text: &str,
    input_file: &str,
    (use_cases, per_use_case, per_test_case): (usize, usize, usize),
) {
    let lines: Vec<&str> = text.lines().collect();
    let sets = [
        list(dir, "use_cases.json", "use_cases"),
        list(dir, "policies.json", "policies"),
        list(dir, "test_cases.json", "test_cases"),
        list(dir, "dataset.json", "examples"),
    ];
    for (items, prefix) in sets.iter().zip(["uc", "pol", "tc", "ex"]) {
        for (item, number) in items.iter().zip(1..) {
            assert_eq!(item["id"], format!("{prefix}_{number:03}"));
        }
    }
    let [cases, policies, test_cases, examples] = &sets;
    assert_eq!(cases.len(), use_cases);
    assert_eq!(texts(cases, "/name").len(), use_cases);
    assert!(policies.len() >= 5 && texts(policies, "/type").len() >= 2, "{policies:?}");
    for evidence in cases.iter().chain(policies).flat_map(|it| it["evidence"].as_array().unwrap()) {
        let [first, last] =
            ["line_start", "line_end"].map(|key| usize::try_from(evidence[key].as_u64().unwrap()).unwrap());
        assert_eq!(evidence["quote"], lines[first - 1..last].join("\n"));
        assert_eq!(evidence["input_file"], input_file);
    }
    let policy_ids = texts(policies, "/id");
    for (of, items, key, count) in
        [(cases, test_cases, "/use_case_id", per_use_case), (test_cases, examples, "/test_case_id", per_test_case)]
    {
        for id in texts(of, "/id") {
            assert_eq!(items.iter().filter(|it| it.pointer(key).unwrap() == id).count(), count, "{id}");
        }
        for item in items {
            let ids = item["policy_ids"].as_array().unwrap();
            assert!(!ids.is_empty() && ids.iter().all(|it| policy_ids.contains(it.as_str().unwrap())), "{item}");
        }
    }
    for test_case in test_cases {
        assert!((2..=3).contains(&test_case["parameters"].as_object().unwrap().len()), "{test_case}");
    }
    for example in examples {
        assert_shape(example);
        let of = test_cases.iter().find(|it| it["id"] == example["test_case_id"]).unwrap();
        assert_eq!(of["use_case_id"], example["use_case_id"]);
    }
}

fn assert_shape(example: &Value) {
    let keys: Vec<&String> = example.as_object().unwrap().keys().collect();
    let mut expected = [
        "id",
        "case",
        "format",
        "use_case_id",
        "test_case_id",
        "input",
        "expected_output",
        "evaluation_criteria",
        "policy_ids",
        "metadata",
    ];
    expected.sort_unstable();
    assert!(keys.iter().all(|key| expected.contains(&key.as_str())) && keys.len() == expected.len(), "{keys:?}");
    assert!(!example["expected_output"].as_str().unwrap().trim().is_empty());
    let criteria: BTreeSet<&str> =
        example["evaluation_criteria"].as_array().unwrap().iter().map(|it| it.as_str().unwrap()).collect();
    assert!(criteria.len() >= 3, "{example}");
    let messages = example["input"]["messages"].as_array().unwrap();
    let (last, target) = (messages.last().unwrap(), example["input"].get("target_message_index"));
    match example["format"].as_str().unwrap() {
        "single_turn_qa" => assert!(messages.len() == 1 && last["role"] == "user" && target.is_none()),
        "single_utterance_correction" => assert!(messages.len() == 1 && last["role"] == "operator" && target.is_none()),
        "dialog_last_turn_correction" => {
            assert!(messages.len() >= 2 && last["role"] == "operator");
            assert_eq!(target.unwrap().as_u64().unwrap(), messages.len() as u64 - 1);
        }
        other => panic!("{other}"),
    }
}

#[test]
fn a_document_gives_a_whole_test_set_of_the_case_that_it_is_about() {
    for (name, case, formats, sources) in [
        (
            "harbour.md",
            "support_bot",
            &["single_turn_qa"] as &[&str],
            &["corner", "faq_paraphrase", "tickets"] as &[&str],
        ),
        (
            "lantern.md",
            "operator_quality",
            &["dialog_last_turn_correction", "single_utterance_correction"],
            &["corner", "faq_paraphrase"],
        ),
        ("linden.md", "doctor_booking", &["single_turn_qa"], &["corner", "faq_paraphrase", "tickets"]),
    ] {
        let project = folder(name);
        let ended = generate(&project, &[]).expect(0);
        assert!(ended.stderr.contains("no model was asked"), "{}", ended.stderr);
        let dir = project.path("out/set");
        assert_contract(&dir, &project.read("notes.md"), "notes.md", (5, 3, 1));
        let examples = list(&dir, "dataset.json", "examples");
        assert_eq!(texts(&examples, "/case"), BTreeSet::from([case]));
        assert_eq!(texts(&examples, "/format"), formats.iter().copied().collect());
        assert_eq!(texts(&examples, "/metadata/source"), sources.iter().copied().collect());
        let said = project.read("notes.md");
        for ticket in examples.iter().filter(|it| it["metadata"]["source"] == "tickets") {
            assert!(said.contains(ticket["input"]["messages"][0]["content"].as_str().unwrap()), "{ticket}");
        }
        let manifest = read(&dir, "run_manifest.json");
        assert_eq!((&manifest["input_path"], &manifest["out_path"]), (&"notes.md".into(), &"out/set".into()));
        assert_eq!((&manifest["seed"], &manifest["llm"]["provider"]), (&42.into(), &"sample".into()));
        assert!(manifest["llm"]["model"].is_null());
    }
}

#[test]
fn the_same_again_has_the_same_bytes_and_what_is_changed_counts() {
    let (one, two) = (folder("harbour.md"), folder("harbour.md"));
    generate(&one, &[]).expect(0);
    two.casebook(&["testset", "generate", "--input", "notes.md", "--out", "out/set", "--seed", "42"]).expect(0);
    let (mut first, mut second) = (bytes(&one), bytes(&two));
    generate(&one, &[]).expect(0);
    assert_eq!(bytes(&one), first, "nothing is made again");
    first.remove("run_manifest.json");
    second.remove("run_manifest.json");
    assert_eq!(first, second);

    generate(&one, &["--seed", "7"]).expect(0);
    assert_ne!(bytes(&one)["dataset.json"], first["dataset.json"]);
    assert_eq!(read(&one.path("out/set"), "run_manifest.json")["seed"], 7);

    let counts =
        ["--n-use-cases", "6", "--n-test-cases-per-uc", "4", "--n-examples-per-tc", "2", "--case", "doctor_booking"];
    generate(&one, &counts).expect(0);
    assert_contract(&one.path("out/set"), &one.read("notes.md"), "notes.md", (6, 4, 2));
    assert_eq!(
        texts(&list(&one.path("out/set"), "use_cases.json", "use_cases"), "/case"),
        BTreeSet::from(["doctor_booking"])
    );
    // The project is one like any other, and runs by itself.
    one.casebook(&["run", "out/set/project/casebook.yaml", "--db", "out/set/testset.db"]).expect(0);
    one.casebook(&["verify", "out/set/testset.db", "--replay"]).expect(0);
}

#[test]
fn questions_of_an_faq_stand_in_where_no_customer_says_anything() {
    let project = Project::new();
    let text = "FAQ\n\nHow do I pay an invoice?\nOpen the page of your account. Choose Pay.\n\n\
                Can I get a refund?\nWithin 30 days of the payment. Agents must not promise a date.\n\n\
                What if a parcel is lost?\nWrite to support. Keep the receipt. Never send cash. Be kind.\n";
    project.write("notes.md", text);
    let ended = generate(&project, &[]).expect(0);
    let note = "notes.md holds no messages of customers; questions of the document stand in for tickets";
    assert!(ended.stderr.contains(note), "{}", ended.stderr);
    let examples = list(&project.path("out/set"), "dataset.json", "examples");
    assert_eq!(texts(&examples, "/metadata/source"), BTreeSet::from(["corner", "faq_paraphrase", "tickets"]));
    for ticket in examples.iter().filter(|it| it["metadata"]["source"] == "tickets") {
        assert!(text.contains(ticket["input"]["messages"][0]["content"].as_str().unwrap()), "{ticket}");
    }
}

#[test]
fn what_people_changed_in_the_project_is_kept_and_used() {
    let project = folder("harbour.md");
    generate(&project, &[]).expect(0);
    let config = "out/set/project/casebook.yaml";
    project.edit(config, "split: \"'dev' if", "split: \"'train' if");
    project.edit("out/set/project/prompts/axes.yaml", "You plan test cases", "You think of test cases");
    let decided = project.read("out/set/review.csv").replacen(",,,,\r\n", ",accept,,,Ada\r\n", 1);
    project.write("out/set/review.csv", &decided);
    let ended = generate(&project, &["--n-use-cases", "6"]).expect(0);
    assert_eq!(project.read("out/set/review.csv"), decided, "decisions are kept");
    assert!(project.read("out/set/review-2.csv").starts_with("work_id,"));
    assert!(ended.stderr.contains("review.csv may have decisions, and is kept"), "{}", ended.stderr);
    assert!(
        ended.stderr.contains("casebook.yaml, prompts/axes.yaml in out/set/project was changed by hand"),
        "{}",
        ended.stderr
    );
    assert!(project.read(config).contains("'train' if"));
    let dir = project.path("out/set");
    assert_contract(&dir, &project.read("notes.md"), "notes.md", (6, 3, 1));
    assert!(texts(&list(&dir, "dataset.json", "examples"), "/metadata/split").contains("train"));
}

#[test]
fn a_run_that_was_stopped_goes_on_and_shows_no_files_before_its_end() {
    let project = folder("harbour.md");
    let ended = generate(&project, &["--set", "budget.max_requests=9"]).expect(4);
    assert!(ended.stderr.contains("budget"), "{}", ended.stderr);
    assert!(bytes(&project).values().all(Option::is_none));
    generate(&project, &[]).expect(0);
    let whole = folder("harbour.md");
    generate(&whole, &[]).expect(0);
    for name in &FILES[..4] {
        assert_eq!(bytes(&project)[name], bytes(&whole)[name], "{name}");
    }
}

#[test]
fn too_little_text_too_many_files_and_wrong_arguments_are_said() {
    let project = Project::new();
    project.write("notes.md", "Say hello.\n\nBe kind. Never shout.\n");
    let ended = generate(&project, &[]).expect(1);
    assert!(ended.stderr.contains("notes.md gives 3 use cases; 5 were asked for"), "{}", ended.stderr);
    assert!(ended.stderr.contains("--n-use-cases 3"), "{}", ended.stderr);
    assert!(bytes(&project).values().all(Option::is_none));
    // The hint holds; that the contract demands more is said.
    let ended = generate(&project, &["--n-use-cases", "3"]).expect(0);
    assert!(ended.stderr.contains("3 use cases and not 5, as asked for"), "{}", ended.stderr);
    project.casebook(&["testset", "validate", "--out", "out/set"]).expect(1);

    fs::create_dir(project.path("other")).unwrap();
    project.write("other/mine.txt", "mine");
    let ended = project.casebook(&["testset", "--input", "notes.md", "--out", "other"]).expect(2);
    assert!(ended.stderr.contains("mine.txt"), "{}", ended.stderr);
    assert_eq!(project.read("other/mine.txt"), "mine");

    for (more, part) in [
        (&["--n-use-cases", "0"] as &[&str], "1 or more"),
        (&["--n-examples-per-tc", "0"], "1 or more"),
        (&["--case", "sales"], "support_bot"),
        (&["--provider", "sample", "--model", "m"], "asks no model"),
    ] {
        let ended = generate(&project, more).expect(2);
        assert!(ended.stderr.contains(part), "{more:?}: {}", ended.stderr);
    }
    let ended = project.casebook(&["testset", "--input", "gone.md", "--out", "new"]).expect(2);
    assert!(ended.stderr.contains("gone.md"), "{}", ended.stderr);
    project.write("empty.md", "");
    let ended = project.casebook(&["testset", "--input", "empty.md", "--out", "new"]).expect(2);
    assert!(ended.stderr.contains("empty.md is empty"), "{}", ended.stderr);
    project.write("binary.md", b"a\0b");
    for input in ["binary.md", "no/*.md"] {
        project.casebook(&["testset", "--input", input, "--out", "new/set"]).expect(2);
    }
    assert!(!project.path("new").exists());
}

#[test]
fn the_recorded_example_shows_what_became_of_wrong_quotes() {
    let project = Project::new();
    project.casebook(&["init", "p", "--example", "testset"]).expect(0);
    project.casebook(&["run", "p/recorded.yaml"]).expect(0);
    let text = fs::read_to_string(document("harbour.md")).unwrap();
    assert_contract(&project.path("p/out/recorded"), &text, "harbour.md", (5, 3, 1));
    // The steps of both configurations are the same, but for where answers come from.
    let steps = |name: &str| {
        let text = project.read(name);
        let steps = text.split_once("\nvars:\n").unwrap().1;
        steps.lines().filter(|it| !it.starts_with("    llm: {")).collect::<Vec<_>>().join("\n")
    };
    assert_eq!(steps("p/casebook.yaml"), steps("p/recorded.yaml"));
}
