mod fixture;
mod quality;

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::{
    AskedCounts, CustomerMessage, CustomerWords, FaultKind, FileContent, MOST_OF_A_KIND, SetContent, SourceDocument,
    check, input_path,
};
use fixture::{Set, lines, members, of_operators, valid};

#[test]
fn a_valid_set_has_no_faults() {
    for set in [valid(), of_operators()] {
        let checked = set.check();
        assert_eq!(lines(&checked), [""; 0]);
        assert!(checked.notes.is_empty(), "{:?}", checked.notes);
        assert_eq!((checked.quotes.total, checked.quotes.exact, checked.quotes.checked), (10, 10, 10));
        assert_eq!((checked.counts.use_cases, checked.counts.examples), (5, 15));
    }
    assert_eq!(input_path(&valid().content().manifest).as_deref(), Some("docs/faq.md"));
}

/// A change of a valid set, and what is then found: the beginning of each fault.
type Case = (&'static str, fn(&mut Set), &'static [&'static str]);

#[track_caller]
fn each_breaks(base: fn() -> Set, cases: &[Case]) {
    let mut wrong = String::new();
    for (name, change, expected) in cases {
        let mut set = base();
        change(&mut set);
        let found = lines(&set.check());
        let is_found = |text: &&str| found.iter().any(|line| line.contains(*text));
        if found.len() != expected.len() || !expected.iter().all(is_found) {
            writeln!(wrong, "{name}: expected {expected:#?}, found {found:#?}").unwrap();
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn structure_is_held() {
    each_breaks(
        valid,
        &[
            (
                "list",
                |it| it.use_cases = json!([]),
                &["use_cases.json:1 -  [type] it is a list; expected: an object with"],
            ),
            ("no list", |it| it.policies = json!({}), &["policies.json:1 -  [missing_key] `policies` is missing"]),
            (
                "null",
                |it| it.dataset = json!({"examples": null}),
                &["dataset.json:2 - examples [type] it is null; expected: a list"],
            ),
            (
                "no object",
                |it| it.set("use_cases/4", json!(3)),
                &[
                    "use_cases.json:59 use_cases[4]  [type] it is a number; expected: an object",
                    "use_cases[4]  [count] it has 0 test cases",
                    "tc_013 use_case_id [reference] there is no `uc_005`",
                    "tc_014",
                    "tc_015",
                    "ex_013",
                    "ex_014",
                    "ex_015",
                ],
            ),
            ("missing", |it| it.remove("use_cases/1/name"), &["uc_002  [missing_key] `name` is missing"]),
            ("unknown", |it| it.set("policies/1/tone", json!(1)), &["pol_002 tone [unknown_key]"]),
            (
                "type",
                |it| it.set("policies/1/statement", json!(1)),
                &["pol_002 statement [type] it is a number; expected: a text"],
            ),
            (
                "policy type",
                |it| it.set("policies/1/type", json!("may")),
                &["pol_002 type [value] it is `may`; expected: must, must_not"],
            ),
            ("empty", |it| it.set("use_cases/1/description", json!(" ")), &["uc_002 description [empty]"]),
            (
                "case",
                |it| it.set("use_cases/4/case", json!("bot")),
                &["uc_005 case [value] it is `bot`; expected: support_bot"],
            ),
            ("no evidence", |it| it.set("use_cases/4/evidence", json!([])), &["uc_005 evidence [count]"]),
            (
                "evidence key",
                |it| it.remove("use_cases/4/evidence/0/quote"),
                &["uc_005 evidence[0] [missing_key] `quote`"],
            ),
            (
                "line",
                |it| it.set("use_cases/4/evidence/0/line_start", json!(0)),
                &["evidence[0].line_start [value] it is 0"],
            ),
            (
                "line text",
                |it| it.set("use_cases/4/evidence/0/line_start", json!("1")),
                &["evidence[0].line_start [type] it is a text"],
            ),
            (
                "huge line",
                |it| *it.at("use_cases/4/evidence/0/line_end") = serde_json::from_str("1e99").unwrap(),
                &["evidence[0].line_end [value] it is 1e"],
            ),
            (
                "role",
                |it| it.set("examples/3/input/messages/0/role", json!("bot")),
                &["ex_004 input.messages[0].role [value]"],
            ),
            (
                "content",
                |it| it.set("examples/3/input/messages/0/content", json!(null)),
                &["ex_004 input.messages[0].content [type] it is null"],
            ),
            (
                "criteria",
                |it| it.set("examples/3/evaluation_criteria", json!("good")),
                &["ex_004 evaluation_criteria [type]"],
            ),
            ("metadata", |it| it.remove("examples/3/metadata/split"), &["ex_004 metadata [missing_key] `split`"]),
            ("output", |it| it.set("examples/3/expected_output", json!("")), &["ex_004 expected_output [empty]"]),
            (
                "output kind",
                |it| it.set("examples/3/expected_output", json!({"a": 1})),
                &["ex_004 expected_output [type] it is an object"],
            ),
        ],
    );
}

#[test]
fn ids_and_references_are_held() {
    each_breaks(
        valid,
        &[
            (
                "prefix",
                |it| it.set("examples/14/id", json!("example_15")),
                &["example_15 id [id] it is `example_15`; expected: `ex_`"],
            ),
            ("number", |it| it.set("examples/14/id", json!("ex_last")), &["ex_last id [id]"]),
            ("kind", |it| it.set("examples/14/id", json!(15)), &["examples[14] id [type] it is a number"]),
            (
                "twice",
                |it| it.set("examples/14/id", json!("ex_001")),
                &["ex_001 id [duplicate_id] `ex_001` is the id of item 0"],
            ),
            (
                "order",
                |it| {
                    it.set("examples/13/id", json!("ex_015"));
                    it.set("examples/14/id", json!("ex_014"));
                },
                &["ex_014 id [id] `ex_014` comes after `ex_015`"],
            ),
            (
                "use case",
                |it| it.set("test_cases/14/use_case_id", json!("uc_9")),
                &[
                    "tc_015 use_case_id [reference] there is no `uc_9`; expected: an id of use_cases.json",
                    "uc_005  [count] it has 2 test cases",
                    "ex_015 use_case_id [reference] it is `uc_005`; expected: `uc_9`",
                ],
            ),
            (
                "test case",
                |it| it.set("examples/14/test_case_id", json!("tc_9")),
                &["ex_015 test_case_id [reference] there is no `tc_9`", "tc_015  [count] it has no example"],
            ),
            (
                "other use case",
                |it| it.set("examples/14/use_case_id", json!("uc_001")),
                &["ex_015 use_case_id [reference] it is `uc_001`; expected: `uc_005`, the use case of its test case"],
            ),
            (
                "policy",
                |it| it.set("examples/14/policy_ids", json!(["pol_9"])),
                &["ex_015 policy_ids[0] [reference] there is no `pol_9`"],
            ),
            (
                "policy twice",
                |it| it.set("test_cases/14/policy_ids", json!(["pol_001", "pol_001"])),
                &["tc_015 policy_ids[1] [reference] `pol_001` is named twice"],
            ),
            ("no policy", |it| it.set("test_cases/14/policy_ids", json!([])), &["tc_015 policy_ids [count]"]),
            (
                "case",
                |it| it.set("examples/14/case", json!("doctor_booking")),
                &[
                    "ex_015 case [reference] it is `doctor_booking`; expected: `support_bot`",
                    "ex_015 policy_ids[0] [reference] `pol_005` is a policy of the case support_bot",
                ],
            ),
        ],
    );
    let mut set = valid();
    set.set("examples/14/id", json!("ex_16"));
    let checked = set.check();
    assert_eq!((lines(&checked).len(), checked.notes.len()), (0, 1), "a gap and other digits are no fault");
}

#[test]
fn numbers_and_parameters_are_held() {
    fn drop_use_case(it: &mut Set) {
        it.remove("use_cases/4");
        for _ in 0..3 {
            it.remove("test_cases/12");
            it.remove("examples/12");
        }
    }
    each_breaks(
        valid,
        &[
            (
                "use cases",
                drop_use_case,
                &["use_cases.json:2 - use_cases [count] there are 4 use cases; expected: at least 5"],
            ),
            (
                "policies",
                |it| {
                    it.remove("policies/4");
                    for at in 12..15 {
                        for list in ["test_cases", "examples"] {
                            it.set(&format!("{list}/{at}/policy_ids"), json!(["pol_001"]));
                        }
                    }
                },
                &["policies.json:2 - policies [count] there are 4 policies"],
            ),
            (
                "one type",
                |it| {
                    for at in 0..5 {
                        it.set(&format!("policies/{at}/type"), json!("must"));
                    }
                },
                &["policies [count] all policies are of the type must"],
            ),
            (
                "test cases",
                |it| {
                    it.remove("test_cases/14");
                    it.remove("examples/14");
                },
                &["uc_005  [count] it has 2 test cases in test_cases.json"],
            ),
            ("examples", |it| it.remove("examples/14"), &["tc_015  [count] it has no example in dataset.json"]),
            (
                "criteria",
                |it| it.remove("examples/14/evaluation_criteria/2"),
                &["ex_015 evaluation_criteria [count] there are 2 criteria"],
            ),
            (
                "same criteria",
                |it| it.set("examples/14/evaluation_criteria/2", json!("it is POLITE")),
                &["ex_015 evaluation_criteria[2] [duplicate]"],
            ),
            (
                "same use case",
                |it| it.set("use_cases/4/name", json!("return a Kettle.")),
                &["uc_005 name [duplicate] it says nearly the same as `uc_001`"],
            ),
            (
                "one axis",
                |it| {
                    for at in 0..3 {
                        it.remove(&format!("test_cases/{at}/parameters/mood"));
                    }
                },
                &["tc_001 parameters [count] there is 1 axis", "tc_002", "tc_003"],
            ),
            (
                "other axes",
                |it| {
                    it.remove("test_cases/2/parameters/mood");
                    it.set("test_cases/2/parameters/tone", json!("calm"));
                },
                &["tc_003 parameters [value] the axes are orders, tone; expected: those of `tc_001`"],
            ),
            (
                "same values",
                |it| it.set("test_cases/1/parameters", json!({"orders": 0, "mood": "calm"})),
                &["tc_002 parameters [duplicate] `tc_001`"],
            ),
            (
                "no value",
                |it| it.set("test_cases/1/parameters/mood", json!(["calm"])),
                &["tc_002 parameters.mood [type] it is a list"],
            ),
        ],
    );
}

#[test]
#[expect(clippy::too_many_lines, reason = "one change and its fault after the other")]
fn formats_and_coverage_are_held() {
    each_breaks(
        valid,
        &[
            (
                "last",
                |it| it.set("examples/3/input/messages/0/role", json!("assistant")),
                &["ex_004 input.messages[0] [format] the last message is by the assistant; expected: one by the user"],
            ),
            (
                "none",
                |it| it.set("examples/3/input/messages", json!([])),
                &["ex_004 input.messages [count] there is no message"],
            ),
            ("format", |it| it.set("examples/3/format", json!("qa")), &["ex_004 format [value] it is `qa`"]),
            (
                "source",
                |it| it.set("examples/3/metadata/source", json!("web")),
                &["ex_004 metadata.source [value] it is `web`"],
            ),
            (
                "no corner",
                |it| {
                    for at in 0..15 {
                        if at % 3 == 2 {
                            it.set(&format!("examples/{at}/metadata/source"), json!("faq_paraphrase"));
                        }
                    }
                },
                &["dataset.json:2 - examples [coverage] no example of the case `support_bot` has the source `corner`"],
            ),
            (
                "ticket",
                |it| it.set("examples/3/input/messages/0/content", json!("Where is my letter?")),
                &["ex_004 input.messages[0] [ticket]"],
            ),
        ],
    );
    each_breaks(
        of_operators,
        &[
            (
                "two",
                |it| {
                    it.at("examples/0/input/messages")
                        .as_array_mut()
                        .unwrap()
                        .push(json!({"role": "operator", "content": "Hm."}));
                },
                &["ex_001 input.messages [format] there are 2 messages; expected: exactly 1"],
            ),
            (
                "by user",
                |it| it.set("examples/0/input/messages/0/role", json!("user")),
                &["ex_001 input.messages[0] [format] the last message is by the user; expected: one by the operator"],
            ),
            (
                "short",
                |it| {
                    it.remove("examples/1/input/messages/0");
                    it.set("examples/1/input/target_message_index", json!(0));
                },
                &["ex_002 input.messages [format] there is 1 message"],
            ),
            (
                "no index",
                |it| it.remove("examples/1/input/target_message_index"),
                &["ex_002 input [missing_key] `target_message_index`"],
            ),
            (
                "index",
                |it| it.set("examples/1/input/target_message_index", json!(2)),
                &["ex_002 input.target_message_index [format] it is 2; expected: the index of the last message: 1"],
            ),
            (
                "one format",
                |it| {
                    for at in 0..15 {
                        let single = of_operators().at("examples/0/input").clone();
                        it.set(&format!("examples/{at}/input"), single);
                        it.set(&format!("examples/{at}/format"), json!("single_utterance_correction"));
                    }
                },
                &["[coverage] no example of the case `operator_quality` has the format `dialog_last_turn_correction`"],
            ),
        ],
    );
    let mut set = valid();
    for at in (0..15).step_by(3) {
        set.set(&format!("examples/{at}/metadata/source"), json!("corner"));
    }
    assert_eq!(lines(&set.check()).len(), 1, "tickets are demanded");
    let document = &mut set.documents.as_mut().unwrap()[0];
    document.customer_words = CustomerWords::Questions;
    assert_eq!(lines(&set.check()).len(), 1, "questions can stand in");
    set.documents.as_mut().unwrap()[0].customer_words = CustomerWords::Nothing;
    let checked = set.check();
    assert_eq!((lines(&checked).len(), checked.notes.len()), (0, 1), "unless there are none");
    // What stands in the document of another case is not for this one; what nothing quotes is.
    let document = set.documents.as_deref().unwrap()[0].clone();
    let other = SourceDocument {
        name: "b.md".into(),
        path: "b.md".into(),
        customer_words: CustomerWords::Messages,
        ..document
    };
    set.documents.as_mut().unwrap().push(other);
    assert_eq!(lines(&set.check()).len(), 1, "an export of tickets is quoted by none");
    set.set("policies/0/case", json!("doctor_booking"));
    set.set("policies/0/evidence/0/input_file", json!("b.md"));
    assert!(!lines(&set.check()).iter().any(|it| it.contains("[coverage]")));
}

#[test]
fn fewer_than_the_contract_demands_is_a_note_where_fewer_were_asked_for() {
    let mut set = valid();
    for (key, count) in [("use_cases", 4), ("test_cases", 11), ("examples", 11)] {
        set.at(key).as_array_mut().unwrap().truncate(count);
    }
    let found = |asked: AskedCounts| {
        let checked = check(&set.content(), set.documents.as_deref(), asked);
        (lines(&checked).len(), checked.notes.into_iter().map(|it| it.0).collect::<Vec<_>>())
    };
    assert_eq!(found(AskedCounts::CONTRACT), (2, vec![]));
    let fault = "as asked for; `casebook testset validate` holds that to be a fault";
    let notes =
        vec![format!("4 use cases and not 5, {fault}"), format!("2 test cases for a use case and not 3, {fault}")];
    assert_eq!(found(AskedCounts { use_cases: 4, test_cases: 2, examples: 1 }), (0, notes));
    // More than there is was asked for.
    assert_eq!(found(AskedCounts { use_cases: 5, test_cases: 2, examples: 1 }).0, 1);
}

#[test]
fn questions_that_stand_in_for_tickets_are_said() {
    let mut set = valid();
    assert!(set.check().notes.is_empty());
    set.documents.as_mut().unwrap()[0].customer_words = CustomerWords::Questions;
    let notes: Vec<String> = set.check().notes.into_iter().map(|it| it.0).collect();
    assert_eq!(notes, ["faq.md holds no messages of customers; questions of the document stand in for tickets"]);
}

#[test]
fn quotes_are_held_against_the_lines() {
    each_breaks(
        valid,
        &[
            (
                "other line",
                |it| it.set("policies/0/evidence/0/line_start", json!(2)),
                &["pol_001 evidence[0].quote [quote] the quote is not lines 2–3 of faq.md; it stands on line 3"],
            ),
            (
                "part",
                |it| it.set("policies/0/evidence/0/quote", json!("Refund within")),
                &[
                    "the quote is not line 3 of faq.md; only a part: it stands within line 3; expected: what stands on line 3 of faq.md: \"Refund within 30 days.\"",
                ],
            ),
            (
                "nowhere",
                |it| it.set("policies/0/evidence/0/quote", json!("Refund always.")),
                &["it stands nowhere in the document"],
            ),
            (
                "beyond",
                |it| {
                    it.set("policies/0/evidence/0/line_start", json!(99));
                    it.set("policies/0/evidence/0/line_end", json!(99));
                },
                &["it is 99; the quote stands on line 3; expected: a line of faq.md: it has 9"],
            ),
            (
                "backwards",
                |it| it.set("policies/0/evidence/0/line_start", json!(4)),
                &["pol_001 evidence[0].line_end [value] it is 3, before `line_start`"],
            ),
            (
                "file",
                |it| it.set("policies/0/evidence/0/input_file", json!("other.md")),
                &["pol_001 evidence[0].input_file [quote] there is no document `other.md`; expected: one of faq.md"],
            ),
        ],
    );
    let mut set = valid();
    set.set("policies/0/evidence/0/input_file", json!("./docs/faq.md"));
    set.set("policies/1/evidence/0/input_file", json!("docs/./faq.md"));
    set.set("policies/2/evidence/0", json!({"input_file": "faq.md", "line_start": 4, "line_end": 5, "quote": "Never ask for a password.\nSend threats to a person."}));
    assert_eq!(lines(&set.check()), [""; 0], "a path is as good as a name");
    set.documents = None;
    set.set("policies/0/evidence/0/quote", json!("Anything."));
    let checked = set.check();
    assert_eq!((lines(&checked).len(), checked.quotes.checked), (0, 0), "without documents quotes are not checked");
}

#[test]
fn the_manifest_is_held() {
    each_breaks(
        valid,
        &[
            ("key", |it| it.remove("manifest/seed"), &["run_manifest.json:1 -  [missing_key] `seed`"]),
            ("seed", |it| it.set("manifest/seed", json!(4.5)), &["seed [value] it is 4.5"]),
            ("path", |it| it.set("manifest/out_path", json!("out\\support")), &["out_path [value]"]),
            ("time", |it| it.set("manifest/timestamp", json!("2025-01-31 12:00")), &["timestamp [value]"]),
            ("llm", |it| it.set("manifest/llm", json!("gpt")), &["llm [type]"]),
            ("model", |it| it.remove("manifest/llm/model"), &["llm [missing_key] `model`"]),
            ("temperature", |it| it.set("manifest/llm/temperature", json!("0")), &["llm.temperature [type]"]),
            ("blocks", |it| it.set("manifest/further", json!({"a": [1]})), &[]),
        ],
    );
}

fn with_dataset(bytes: impl Into<Vec<u8>>) -> Vec<String> {
    let set = valid();
    let content = SetContent { dataset: FileContent::Bytes(bytes.into()), ..set.content() };
    lines(&check(&content, set.documents.as_deref(), AskedCounts::CONTRACT))
}

#[test]
fn what_is_no_json_is_said_with_its_place() {
    for (bytes, expected) in [
        (&b""[..], "dataset.json:1 -  [json] the file is empty"),
        (b"{\"examples\": [\n  {},,\n]}", "dataset.json:2 -  [json] not JSON at column 6: expected value"),
        (b"{\"examples\": []} x", "[json] not JSON at column 18: trailing characters"),
        (b"{\"examples\": [\n\xff]}", "dataset.json:2 -  [json] byte 1 of the line is not UTF-8"),
        (b"\xff\xfe{\0", "[json] the file is UTF-16"),
    ] {
        let found = with_dataset(bytes);
        assert!(found.len() == 1 && found[0].contains(expected), "{found:#?}");
    }
    let marked = [b"\xef\xbb\xbf", &serde_json::to_vec(&valid().dataset).unwrap()[..]].concat();
    let found = with_dataset(marked);
    assert!(found.len() == 1 && found[0].contains("byte order mark"), "{found:#?}");
    let text = serde_json::to_string_pretty(&valid().dataset).unwrap();
    let found = with_dataset(text.replacen("\"id\": \"ex_002\"", "\"id\": \"ex_002\",\n \"id\": \"ex_2\"", 1));
    assert!(found.len() == 1 && found[0].contains("ex_002 id [duplicate_key]"), "{found:#?}");
    let found = with_dataset(text.replacen("Question 2", "\\ud800", 1));
    assert!(
        found.len() == 1 && found[0].contains("ex_002 input.messages[0].content [json] unexpected end of hex escape"),
        "{found:#?}"
    );
    let line = text.lines().position(|it| it.contains("Question 2")).unwrap() + 1;
    assert!(found[0].starts_with(&format!("dataset.json:{line} ")), "{found:#?}");
    let deep = format!("{{\"examples\": {}{}}}", "[".repeat(100_000), "]".repeat(100_000));
    let found = with_dataset(deep);
    assert!(found.iter().any(|it| it.contains("examples[0]  [type] it is a list; expected: an object")), "{found:#?}");
}

#[test]
fn a_file_that_is_not_there_is_one_fault() {
    let set = valid();
    let without = |file: FileContent| SetContent { use_cases: file, ..set.content() };
    let found = lines(&check(&without(FileContent::Missing), set.documents.as_deref(), AskedCounts::CONTRACT));
    assert_eq!(found.len(), 1, "what refers to it is not missed: {found:#?}");
    let found = lines(&check(
        &without(FileContent::Unreadable("it is a folder".into())),
        set.documents.as_deref(),
        AskedCounts::CONTRACT,
    ));
    assert!(found.len() == 1 && found[0].contains("cannot be read: it is a folder"), "{found:#?}");
}

#[test]
fn of_many_faults_the_first_are_kept_and_all_are_counted() {
    let mut set = valid();
    let example = set.at("examples/0").clone();
    let more = (16..1016).map(|number| {
        let mut example = example.clone();
        example["id"] = json!(format!("ex_{number:03}"));
        members(&mut example).insert("tone".to_owned(), Value::Null);
        example
    });
    set.at("examples").as_array_mut().unwrap().extend(more);
    let checked = set.check();
    assert_eq!(checked.faults.len(), MOST_OF_A_KIND);
    assert_eq!(checked.fault_counts[&FaultKind::UnknownKey], 1000);
    assert_eq!(checked.fault_count(), 1000);
}

#[test]
fn a_document_is_named_by_its_name_or_its_path() {
    for (written, is_right) in [
        ("faq.md", true),
        ("./faq.md", true),
        ("docs/faq.md", true),
        ("sub/faq.md", false),
        ("../faq.md", false),
        ("/home/ada/docs/faq.md", false),
    ] {
        let mut set = valid();
        set.set("policies/0/evidence/0/input_file", json!(written));
        assert_eq!(set.check().faults.is_empty(), is_right, "{written}");
    }
    // A set is checked in another place than where it was made.
    let mut set = valid();
    set.set("manifest/input_path", json!("/home/ada/docs/faq.md"));
    set.set("policies/0/evidence/0/input_file", json!("/home/ada/docs/faq.md"));
    assert_eq!(lines(&set.check()), [""; 0]);
    set.set("manifest/input_path", json!("/home/ada/docs/"));
    assert_eq!(lines(&set.check()), [""; 0]);
}

#[test]
fn faults_stand_at_the_lines_of_their_keys() {
    let text = "{\"examples\": [\n{\"id\": \"ex_001\",\n\"id\"\n:\n\"ex_001\"}]}";
    let found = with_dataset(text);
    assert!(found.iter().any(|it| it.starts_with("dataset.json:3 ex_001 id [duplicate_key]")), "{found:#?}");
    let mut set = of_operators();
    set.set("examples/1/input/target_message_index", Value::Null);
    let found = lines(&set.check());
    assert!(found.len() == 1 && found[0].contains("ex_002 input.target_message_index [missing_key] it is null"));
    let mut set = valid();
    set.set("policies/0/evidence/0/line_start", json!(99));
    let found = lines(&set.check());
    assert!(found.len() == 1 && found[0].contains("evidence[0].line_start [quote] it is 99"), "{found:#?}");
}

#[test]
fn what_only_looks_right_is_a_fault_or_a_note() {
    each_breaks(
        valid,
        &[
            ("hot", |it| it.set("manifest/llm/temperature", json!(-1)), &["llm.temperature [value] it is -1"]),
            ("unseen", |it| it.set("use_cases/0/description", json!("\u{200b}\u{feff} ")), &["description [empty]"]),
            (
                "one statement twice",
                |it| {
                    let statement = it.at("policies/0/statement").as_str().unwrap().to_uppercase();
                    it.set("policies/1/statement", json!(format!("{statement}!")));
                },
                &["pol_002 statement [duplicate] it says the same as `pol_001`"],
            ),
        ],
    );
    let manifest = String::from_utf8(serde_json::to_vec(&valid().manifest).unwrap()).unwrap();
    let endless = manifest.replace("\"temperature\":null", "\"temperature\":1e999");
    let content = SetContent { manifest: FileContent::Bytes(endless.into_bytes()), ..valid().content() };
    assert!(
        lines(&check(&content, None, AskedCounts::CONTRACT))
            .iter()
            .any(|it| it.contains("llm.temperature [value] it is 1e999"))
    );
    let mut set = valid();
    let evidence = set.at("policies/0/evidence/0").clone();
    set.set("policies/0/evidence", json!([evidence, evidence]));
    let checked = set.check();
    assert_eq!((lines(&checked).len(), checked.notes.len()), (0, 1), "the same evidence twice");
}

#[test]
fn a_ticket_is_the_whole_of_what_a_customer_says() {
    let mut set = valid();
    let text = "Where is my parcel?".to_owned();
    set.documents.as_mut().unwrap()[0].messages = vec![CustomerMessage { lines: (9, 9), text }];
    for (content, is_right) in [
        ("Where is my parcel?", true),
        ("T-1 | Where is my **parcel**?", true),
        ("a", false),
        ("my parcel", false),
        ("Refund within 30 days.", true),
    ] {
        set.set("examples/0/input/messages/0/content", json!(content));
        let found = lines(&set.check());
        assert_eq!(found.is_empty(), is_right, "{content}: {found:#?}");
    }
}
