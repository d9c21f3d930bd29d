//! Ids, references and their faults, over rows that were written by hand.

use rusqlite::Connection;
use serde_json::{Value, json};

use super::*;
use crate::prompt::{Known, TemplateSettings, TemplateUse};
use crate::stage::export::ExportError;
use crate::store::scratch;

/// Policies with these outputs, and a test case made from the first of them with the output `case`.
fn filled(policies: &[Value], case: &Value) -> Connection {
    let connection = scratch();
    connection
        .execute_batch(
            "PRAGMA foreign_keys = OFF;
             INSERT INTO invocation VALUES (1, 'u', 'run', '9.9', 1, NULL, 'done', NULL, 't', 't');
             INSERT INTO step VALUES (1, 'policy', NULL, 1, 1, 1, 1), (2, 'case', NULL, 2, 1, 1, 2);
             INSERT INTO task VALUES (1, 'k', 1, '{}', 't');",
        )
        .unwrap();
    let add = |id: i64, step: i64, output: &Value| {
        let work_id = format!("{id:040}");
        let text = output.to_string();
        let insert = "INSERT INTO work_item VALUES (?1, ?2, ?3, 'output', NULL, '[]')";
        connection.execute(insert, (id, &work_id, step)).unwrap();
        let insert =
            "INSERT INTO attempt (id, work_item, task, invocation, cache_id, sample, number, outcome, decided_at)
                      VALUES (?1, ?1, 1, 1, 'h', 1, 1, 'accepted', '2026-01-0' || ?1)";
        connection.execute(insert, [id]).unwrap();
        let insert = "INSERT INTO cache_entry (id, work_item, attempt, output) VALUES (?1, ?1, ?1, ?2)";
        connection.execute(insert, (id, text)).unwrap();
        let insert = "INSERT INTO standing (id, work_item, variant, repeat, step, planned, position, task, cache_id, \
                      sample, status, attempts, last_attempt, cache_entry, open_sources, handed_on)
                      VALUES (?1, ?1, 1, 1, ?2, 1, ?1, 1, 'h', 1, 'accepted', 1, ?1, ?1, 0, 2)";
        connection.execute(insert, (id, step)).unwrap();
    };
    let mut next = 1;
    for output in policies {
        add(next, 1, output);
        next += 1;
    }
    add(next, 2, case);
    connection.execute("INSERT INTO edge VALUES (1, ?1, 1, 1, 0)", [next]).unwrap();
    connection
}

fn source(step: &str, is_derived: bool, references: Vec<ObjectReference>) -> ObjectSource {
    ObjectSource {
        step: step.to_owned(),
        is_derived,
        several: Vec::new(),
        read: None,
        columns: TemplateColumns::new([""; 0]),
        variables: TemplateSettings::default().value(),
        perspective: None,
        fields: None,
        references,
    }
}

/// Two files: the policies with ids, and the cases, which refer to them.
fn files(references: Vec<ObjectReference>) -> ObjectFiles {
    let list = |name: &str, list: Option<&str>, prefix: &str, source| {
        let (list, id_prefix) = (list.map(str::to_owned), Some(prefix.to_owned()));
        let content = ObjectContent::List { list, id_prefix, sources: vec![source] };
        Arc::new(ObjectFile { name: name.to_owned(), is_lines: false, content })
    };
    let files = vec![
        list("policies.json", None, "pol_", source("policy", false, Vec::new())),
        list("cases.json", Some("cases"), "tc_", source("case", true, references)),
    ];
    ObjectFiles { files, run: json!({"files": {}}), configured: Value::Null }
}

fn lineage() -> ObjectReference {
    let target = ReferredObjects::Lineage { many: false };
    ObjectReference { name: "policy_id".into(), step: "policy".into(), file: 0, target }
}

fn by_number() -> ObjectReference {
    let known = Known::new(TemplateUse::OutputFile, &TemplateColumns::new([""; 0]), None, None);
    let value = Rule::compile(&json!("output.numbers"), "value", &known).unwrap();
    let target = ReferredObjects::Value { by: OutputPath::field("number"), value };
    ObjectReference { name: "policy_ids".into(), step: "policy".into(), file: 0, target }
}

fn render(connection: &Connection, files: &ObjectFiles, index: usize) -> Result<String, ExportError> {
    let mut text = Vec::new();
    render_objects(connection, files, &files.files[index], &mut |bytes| {
        text.extend_from_slice(bytes);
        Ok(())
    })?;
    Ok(String::from_utf8(text).unwrap())
}

fn fault(policies: &[Value], numbers: &Value) -> (String, String) {
    let connection = filled(policies, &json!({"numbers": numbers}));
    let error = render(&connection, &files(vec![by_number()]), 1).unwrap_err();
    (error.to_string(), error.hint().unwrap())
}

#[test]
fn objects_are_numbered_in_the_order_of_the_plan_and_keep_their_digits() {
    let connection =
        filled(&[json!({"n": 18_446_744_073_709_551_615_u64, "t": "\u{2028}\n\"é"}), json!({})], &json!({}));
    let text = render(&connection, &files(Vec::new()), 0).unwrap();
    let expected = "[\n  {\n    \"id\": \"pol_001\",\n    \"n\": 18446744073709551615,\n    \"t\": \
                    \"\u{2028}\\n\\\"é\"\n  },\n  {\n    \"id\": \"pol_002\"\n  }\n]\n";
    assert_eq!(text, expected);
    assert_eq!(ids::id("x", 1_000), "x1000");
}

#[test]
fn a_file_without_objects_is_an_empty_list() {
    let connection = filled(&[], &json!({}));
    connection.execute("UPDATE standing SET status = 'failed', cache_entry = NULL", []).unwrap();
    let files = files(Vec::new());
    assert_eq!(render(&connection, &files, 0).unwrap(), "[]\n");
    assert_eq!(render(&connection, &files, 1).unwrap(), "{\n  \"cases\": []\n}\n");
}

#[test]
fn references_lead_to_ids_by_lineage_and_by_value() {
    let policies = [json!({"number": 4}), json!({"number": 2.0}), json!({"number": "x"}), json!({"number": null})];
    for (numbers, expected) in [
        (json!([2, 4, 2]), json!(["pol_002", "pol_001"])),
        (json!("x"), json!("pol_003")),
        (json!([]), json!([])),
        (json!(null), json!(null)),
    ] {
        let connection = filled(&policies, &json!({"numbers": numbers, "z": 1}));
        let text = render(&connection, &files(vec![lineage(), by_number()]), 1).unwrap();
        let value: Value = serde_json::from_str(&text).unwrap();
        let object =
            json!({"id": "tc_001", "numbers": numbers, "z": 1, "policy_id": "pol_001", "policy_ids": expected});
        assert_eq!(value, json!({"cases": [object]}));
    }
}

#[test]
fn a_reference_that_leads_to_none_or_to_two_is_a_fault_that_names_the_values() {
    let policies = [json!({"number": 1}), json!({"number": "urgent"}), json!({"number": 5}), json!({"number": 5})];
    let (said, hint) = fault(&policies, &json!([1, 9]));
    assert!(
        said.starts_with("cases.json: `tc_001` (work item 000000000000): `policy_ids`: no accepted output"),
        "{said}"
    );
    assert_eq!(hint, "`number` of its 4 accepted outputs is 1, \"urgent\", 5");
    let (_, hint) = fault(&policies, &json!("urgnt"));
    assert!(hint.starts_with("did you mean \"urgent\"?"), "{hint}");
    let (_, hint) = fault(&policies, &json!("1"));
    assert!(hint.contains("of another type"), "{hint}");
    let (said, _) = fault(&policies, &json!(5));
    assert!(said.contains("2 accepted outputs of `policy` have 5 as `number`"), "{said}");
    // What is referred to has to be accepted.
    let connection = filled(&policies, &json!({"numbers": 1}));
    connection.execute("UPDATE standing SET status = 'rejected', cache_entry = NULL WHERE id = 1", []).unwrap();
    assert!(render(&connection, &files(vec![by_number()]), 1).is_err());
}
