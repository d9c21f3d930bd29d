use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::findings::EvalFindings;
use super::langfuse::langfuse_item;
use super::*;

/// Texts that some tool reads as something else, if it is let.
const NASTY: [&str; 24] = [
    "{{ 7 * 7 }} {% raw %} {# x #}",
    "a | b || c",
    "=1+1",
    "-5",
    "@home",
    "007",
    "1.0",
    "nan",
    "NA",
    "null",
    "true",
    "He said \"no\", 'yes' and `maybe`",
    "line one\nline two\r\nline three\rline four",
    "a\tb",
    "sep\u{2028}para\u{2029}nel\u{85}end",
    "\u{feff}mark",
    "  blanks around  ",
    "",
    "Größe ﬁ 👩‍👩‍👧",
    "back\\slash \\n",
    "file://x.json",
    "[1, 2]",
    "{\"a\": 1}",
    "日本語、句読点。",
];

fn message(role: &str, content: &str) -> EvalMessage {
    EvalMessage { role: role.to_owned(), content: content.to_owned() }
}

fn item(id: &str, messages: &[(&str, &str)]) -> EvalItem {
    let metadata = json!({"case": "support_bot", "policy_ids": ["pol_001"], "big": 9_007_199_254_740_993_u64});
    EvalItem {
        id: id.to_owned(),
        input: EvalInput::Messages(messages.iter().map(|(role, content)| message(role, content)).collect()),
        expected: Some("I cannot look up parcels.".to_owned()),
        criteria: vec!["names a contact".to_owned(), "stays polite".to_owned(), "invents no date".to_owned()],
        metadata: metadata.as_object().cloned().unwrap_or_else(Map::new),
        remarks: EvalRemarks::default(),
    }
}

/// Items of every kind: each nasty text, all roles, and one with 100 criteria.
fn items() -> Vec<EvalItem> {
    let mut all: Vec<EvalItem> = Vec::new();
    for (index, text) in NASTY.iter().enumerate() {
        let mut nasty = item(&format!("ex_{:03}", index + 1), &[("user", text)]);
        nasty.expected = Some((*text).to_owned());
        nasty.criteria.push((*text).to_owned());
        nasty.metadata.insert("source".to_owned(), json!(text));
        all.push(nasty);
    }
    let mut many = item("ex_100", &[("user", "Where is it?"), ("assistant", "What?"), ("user", "My parcel!")]);
    many.criteria = (1..=100).map(|number| format!("criterion {number}")).collect();
    all.push(many);
    all.push(item("ex_101", &[("operator", "yes what do you want")]));
    all.push(item("ex_102", &[("user", "Nobody answers!"), ("operator", "Fine!!! Name?")]));
    let four = [("system", "Be kind."), ("user", "Hi"), ("assistant", "Hello"), ("operator", "no."), ("tool", "7")];
    all.push(item("ex_103", &four));
    let mut bare = item("ex_104", &[("customer", "Hi"), ("clerk", "")]);
    (bare.expected, bare.criteria) = (None, Vec::new());
    all.push(bare);
    let mut named = item("ex_105", &[("user", "Names of my own")]);
    for name in ["id", "criteria", "roles", "expected_output", "question", "metadata_json", "question_type"] {
        named.metadata.insert(name.to_owned(), json!("own"));
    }
    all.push(named);
    let text = EvalInput::Text("{{ text }}".to_owned());
    all.push(EvalItem { input: text, ..item("ex_106", &[]) });
    all
}

fn settings() -> EvalSettings {
    EvalSettings { dataset: "support".to_owned(), names: vec!["case".to_owned(), "source".to_owned(), "id".to_owned()] }
}

fn written(file: EvalFile, items: &[EvalItem]) -> (String, u64, EvalFindings) {
    let (settings, mut out) = (settings(), Vec::new());
    let mut writer = EvalWriter::begin(file, &settings, &mut out);
    for item in items {
        writer.push(item, &mut out);
    }
    let (count, findings) = writer.finish(&mut out);
    (String::from_utf8(out).unwrap(), count, findings)
}

fn is_lines(file: EvalFile) -> bool {
    std::path::Path::new(file.name()).extension().is_some_and(|it| it == "jsonl")
}

/// The items of a JSON file, and what there is to say about it.
fn values(file: EvalFile) -> (Vec<Value>, Vec<(&'static str, u64)>) {
    let (text, count, findings) = written(file, &items());
    let found: Vec<Value> = if is_lines(file) {
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    } else {
        serde_json::from_str(&text).unwrap()
    };
    assert_eq!(found.len() as u64, count);
    (found, findings.list().iter().map(|it| (it.kind, it.count)).collect())
}

fn by_id<'a>(values: &'a [Value], key: &str, id: &str) -> &'a Value {
    values.iter().find(|it| it[key] == id).unwrap()
}

fn keys(value: &Value) -> BTreeSet<&str> {
    value.as_object().unwrap().keys().map(String::as_str).collect()
}

#[test]
fn no_reader_sees_a_mark_or_a_blank_line_or_a_line_within_a_text() {
    for file in EvalFile::ALL {
        let (text, count, _) = written(file, &items());
        assert!(!text.starts_with('\u{feff}') && text.ends_with('\n'), "{}", file.name());
        if is_lines(file) {
            let odd = |it: char| matches!(it, '\r' | '\u{85}' | '\u{2028}' | '\u{2029}');
            assert_eq!(text.lines().filter(|line| !line.trim().is_empty()).count() as u64, count, "{}", file.name());
            assert_eq!(text.matches('\n').count() as u64, count, "{}", file.name());
            assert!(!text.contains(odd), "{}", file.name());
        }
        let (empty, count, findings) = written(file, &[]);
        assert_eq!((count, findings.list()), (0, Vec::new()));
        let nothing = if is_lines(file) { "" } else { "[]\n" };
        assert!(file.is_fixed() || file == EvalFile::Evidently || empty == nothing, "{empty}");
    }
}

#[test]
fn deepeval_has_singles_and_dialogs_apart_with_roles_that_it_takes() {
    let (goldens, said) = values(EvalFile::DeepEvalGoldens);
    let known = ["name", "input", "expected_output", "expectations", "additional_metadata", "context"];
    for golden in &goldens {
        assert!(golden["input"].is_string() && (golden["expected_output"].is_string()), "{golden}");
        assert!(keys(golden).iter().all(|key| known.contains(key)), "{golden}");
        for condition in golden["expectations"]["must"].as_array().unwrap() {
            let condition = condition.as_str().unwrap();
            assert!(!condition.is_empty() && condition.trim() == condition, "{condition:?}");
        }
    }
    let nasty: Vec<&str> = goldens.iter().take(NASTY.len()).map(|it| it["input"].as_str().unwrap()).collect();
    assert_eq!(nasty, NASTY);
    let padded = &goldens[16];
    assert_eq!(padded["expectations"]["must"][3], "blanks around");
    assert_eq!(padded["additional_metadata"]["criteria"][3], "  blanks around  ");
    assert_eq!(goldens[17]["additional_metadata"]["criteria"][3], "");
    assert_eq!(by_id(&goldens, "name", "ex_101")["additional_metadata"]["roles"], json!(["operator"]));
    assert_eq!(said, [("roles_renamed", 1), ("criteria_trimmed", 2)]);

    let (dialogs, said) = values(EvalFile::DeepEvalConversations);
    assert_eq!(goldens.len() + dialogs.len(), items().len());
    for dialog in &dialogs {
        assert!(dialog["scenario"].as_str().is_some_and(|it| !it.trim().is_empty()), "{dialog}");
        let roles = dialog["turns"].as_array().unwrap().iter().map(|it| it["role"].as_str().unwrap());
        assert!(roles.into_iter().all(|it| ["user", "assistant"].contains(&it)), "{dialog}");
    }
    let four = by_id(&dialogs, "name", "ex_103");
    assert_eq!((&four["context"], four["turns"].as_array().unwrap().len()), (&json!(["Be kind."]), 4));
    assert_eq!(four["additional_metadata"]["roles"], json!(["system", "user", "assistant", "operator", "tool"]));
    let many = by_id(&dialogs, "name", "ex_100");
    assert_eq!(many["expectations"]["must"].as_array().unwrap().len(), 100);
    assert_eq!(many["additional_metadata"].get("roles"), None);
    assert_eq!(by_id(&dialogs, "name", "ex_104")["expected_outcome"], Value::Null);
    assert_eq!(said, [("roles_renamed", 6)]);
}

#[test]
fn giskard_plays_dialogs_in_turns_and_gives_others_as_messages() {
    let (scenarios, said) = values(EvalFile::GiskardScenarios);
    for scenario in &scenarios {
        assert_eq!(keys(scenario), BTreeSet::from(["name", "tags", "annotations", "steps"]));
        let step = &scenario["steps"][0];
        assert_eq!(keys(step), BTreeSet::from(["interacts", "checks"]));
        let interacts = step["interacts"].as_array().unwrap();
        assert!(interacts.iter().all(|it| it["kind"] == "interact" && it.get("inputs").is_some()), "{scenario}");
        // The last one asks the target.
        assert_eq!(interacts.last().unwrap().get("outputs"), None, "{scenario}");
        assert!(step["checks"].as_array().unwrap().iter().all(|it| it["kind"] == "conformity"), "{scenario}");
    }
    let inputs = |id: &str| &by_id(&scenarios, "name", id)["steps"][0]["interacts"];
    assert_eq!(inputs("ex_001")[0]["inputs"], NASTY[0]);
    assert_eq!(
        (&inputs("ex_100")[0]["outputs"], &inputs("ex_100")[1]["inputs"]),
        (&json!("What?"), &json!("My parcel!"))
    );
    assert_eq!(inputs("ex_102")[0]["inputs"][1], json!({"role": "operator", "content": "Fine!!! Name?"}));
    assert_eq!(by_id(&scenarios, "name", "ex_001")["annotations"]["expected_output"], NASTY[0]);
    let bare = &by_id(&scenarios, "name", "ex_104")["annotations"];
    assert_eq!(bare.get("expected_output"), Some(&Value::Null));
    assert_eq!(said, []);
}

#[test]
fn giskard_2_has_all_six_keys_and_no_null() {
    let (questions, said) = values(EvalFile::Giskard2Testset);
    let six = ["id", "question", "reference_answer", "reference_context", "conversation_history", "metadata"];
    for question in &questions {
        assert_eq!(keys(question), BTreeSet::from(six));
        assert!(question["reference_answer"].is_string(), "{question}");
        assert!(question["metadata"]["criteria"].is_array(), "{question}");
    }
    let last = by_id(&questions, "id", "ex_102");
    assert_eq!(
        (&last["question"], &last["metadata"]["roles"]),
        (&json!("Fine!!! Name?"), &json!(["user", "operator"]))
    );
    assert_eq!(last["conversation_history"], json!([{"role": "user", "content": "Nobody answers!"}]));
    assert_eq!(said, [("roles_renamed", 4)]);

    // A column is read as numbers if every text in it looks like one.
    let ids: Vec<EvalItem> = ["007", " 1_000 ", "nan"].iter().map(|id| item(id, &[("user", "1 or 2")])).collect();
    let (_, _, findings) = written(EvalFile::Giskard2Testset, &ids);
    let said = findings.list();
    assert_eq!((said[0].kind, said[0].count), ("texts_retyped", 3));
    assert!(said[0].text.contains("(`id`)"), "{}", said[0].text);
}

#[test]
fn giskard_hub_has_checks_with_their_specification_and_the_id_as_a_tag() {
    let (scenarios, said) = values(EvalFile::GiskardHub);
    let first = &scenarios[0];
    assert_eq!(first["tags"], json!(["id:ex_001", "case:support_bot"]));
    let interaction = &first["interactions"][0];
    assert_eq!(interaction["input"]["messages"], json!([{"role": "user", "content": NASTY[0]}]));
    assert_eq!(interaction["output"]["response"], json!({"role": "assistant", "content": NASTY[0]}));
    assert_eq!(interaction["output"]["metadata"]["source"], NASTY[0]);
    let checks = interaction["checks"].as_array().unwrap();
    let reference = json!({"reference": NASTY[0]});
    assert_eq!((&checks[0]["identifier"], &checks[0]["override_spec"]), (&json!("hub_correctness"), &reference));
    assert_eq!(
        checks[4],
        json!({
            "identifier": "hub_conformity", "override_spec": {"rule": NASTY[0]}, "position": 4, "enabled": true,
        })
    );
    assert_eq!(said, [("metadata_left_out", 1)]);
}

#[test]
fn evidently_reads_every_text_back_as_it_was() {
    let all = items();
    let (text, _, findings) = written(EvalFile::Evidently, &all);
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let header: Vec<String> = reader.headers().unwrap().iter().map(str::to_owned).collect();
    let own = ["id", "question", "expected", "criteria_json", "messages_json"];
    assert_eq!(header, [&own[..], &["case", "source", "metadata.id", "metadata_json"]].concat());
    for (row, item) in reader.records().map(Result::unwrap).zip(&all) {
        let json = |at: usize| serde_json::from_str::<Value>(&row[at]).unwrap();
        let question = item.turns().last().map(|(_, content)| *content);
        assert_eq!((&row[0], Some(&row[1])), (item.id.as_str(), question));
        assert_eq!(&row[2], item.expected.as_deref().unwrap_or_default());
        assert_eq!((json(3), json(4)), (json!(item.criteria), item.chat()));
        assert_eq!(Some(&row[6]), item.metadata.get("source").map_or(Some(""), Value::as_str));
        assert_eq!(json(8)["policy_ids"], item.metadata["policy_ids"]);
    }
    // `nan`, `NA` and `null` in three columns.
    assert_eq!(findings.list().iter().map(|it| (it.kind, it.count)).collect::<Vec<_>>(), [("texts_retyped", 9)]);
}

#[test]
fn inspect_has_the_roles_that_it_takes_and_texts_for_targets() {
    let (samples, said) = values(EvalFile::Inspect);
    for sample in &samples {
        assert_eq!(keys(sample), BTreeSet::from(["id", "input", "target", "metadata"]));
        assert!(sample["target"].is_string() && sample["metadata"].is_object(), "{sample}");
        for message in sample["input"].as_array().into_iter().flatten() {
            let role = message["role"].as_str().unwrap();
            assert!(["system", "user", "assistant", "tool"].contains(&role) && message["content"].is_string());
        }
    }
    assert_eq!(by_id(&samples, "id", "ex_001")["input"], NASTY[0]);
    // An empty text is refused, and takes the whole file with it.
    assert_eq!(by_id(&samples, "id", "ex_018")["input"], json!([{"role": "user", "content": ""}]));
    let last = by_id(&samples, "id", "ex_102");
    assert_eq!(last["input"][1], json!({"role": "assistant", "content": "Fine!!! Name?"}));
    assert_eq!(last["metadata"]["roles"], json!(["user", "operator"]));
    assert_eq!(by_id(&samples, "id", "ex_105")["metadata"]["metadata.criteria"], "own");
    assert_eq!(said, [("roles_renamed", 5)]);
}

#[test]
fn promptfoo_renders_no_text_and_reads_no_file() {
    let (tests, said) = values(EvalFile::PromptfooTests);
    for test in &tests {
        // A text in another variable or in an assertion is rendered as a template, and may name a file.
        assert_eq!(keys(test), BTreeSet::from(["description", "vars", "metadata", "options"]));
        assert_eq!(keys(&test["vars"]), BTreeSet::from(["messages"]));
        assert!(test["vars"]["messages"].as_array().unwrap().iter().all(Value::is_object));
        assert_eq!(test["options"], json!({"disableVarExpansion": true}));
        assert_eq!(test["metadata"]["big"], "9007199254740993");
    }
    let bare = &by_id(&tests, "description", "ex_104")["metadata"];
    assert_eq!(bare.get("expected_output"), Some(&Value::Null));
    assert_eq!(tests[0]["vars"]["messages"], json!([{"role": "user", "content": NASTY[0]}]));
    assert_eq!(said, [("integers_as_texts", items().len() as u64)]);
    assert_eq!(written(EvalFile::PromptfooPrompt, &items()).0, "{{ messages | dump }}\n");
    let config = written(EvalFile::PromptfooConfig, &[]).0;
    let named = |file: EvalFile| config.contains(&format!("file://{}", file.name()));
    assert!(named(EvalFile::PromptfooTests) && named(EvalFile::PromptfooPrompt), "{config}");
}

#[test]
fn langfuse_ids_are_those_of_the_data_set_and_never_the_same() {
    let (found, said) = values(EvalFile::LangfuseItems);
    let first = &found[0];
    assert_eq!(keys(first), BTreeSet::from(["id", "input", "expectedOutput", "metadata"]));
    assert_eq!((&first["id"], &first["metadata"]["id"]), (&json!("support:ex_001"), &json!("ex_001")));
    assert_eq!(first["input"]["messages"][0]["content"], NASTY[0]);
    assert_eq!(found.last().unwrap()["input"], "{{ text }}");
    let bare = found.iter().find(|it| it["id"] == "support:ex_104").unwrap();
    assert_eq!(bare["expectedOutput"], Value::Null);
    // A server in JavaScript would round it.
    assert_eq!(first["metadata"]["big"], "9007199254740993");
    assert_eq!(said, [("integers_as_texts", items().len() as u64)]);
    let id = |dataset: &str, id: &str| {
        langfuse_item(&item(id, &[]), dataset, &mut EvalFindings::default())["id"].as_str().unwrap().to_owned()
    };
    let ids =
        [id("a", "b:c"), id("a:b", "c"), id("a b", "c"), id("a_b", "c"), id("a/b", "c"), id("a", &"x".repeat(300))];
    assert!(ids.iter().all(|it| it.len() <= 255 && !it.contains(['/', ' '])), "{ids:?}");
    assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), ids.len());
}
