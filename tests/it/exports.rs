//! The files that a run leaves: complete, canonical, and the same on the disk as in the record.

use std::fmt::Write as _;

use casebook::inside::record::canonical;
use serde_json::{Value, json};

use crate::projects::Project;

const ONE: &str = r#"{"label": "one", "note": "fine"}"#;

/// Accepted (a), rejected by a check (b), failed (c), and three without a recorded answer.
fn mixed() -> Project {
    let answers = [("a", 1, ONE), ("b", 1, r#"{"label": "two", "note": "=1+1"}"#), ("c", 1, "no JSON")];
    let mut project = Project::recorded(&answers);
    project.set("llm.retries", "0");
    project.set("checks", r#"[{name: is_one, expr: "output.label == 'one'", message: "say one"}]"#);
    project
}

fn lines(text: &str) -> Vec<&str> {
    text.lines().collect()
}

#[test]
fn jsonl_is_canonical_and_complete() {
    let project = mixed();
    project.run();
    let text = project.read("out/test/output.jsonl");
    for line in text.lines() {
        let value: Value = serde_json::from_str(line).unwrap();
        assert_eq!(canonical::to_string(&value), line);
    }
    let outputs = project.outputs();
    assert_eq!(outputs.len(), 6);
    let keys = [
        "attempts",
        "cost_usd",
        "group",
        "input",
        "kind",
        "message",
        "model",
        "output",
        "reasons",
        "row_id",
        "row_index",
        "score",
        "status",
        "step",
        "verdict",
        "work_id",
    ];
    for (index, output) in outputs.iter().enumerate() {
        assert_eq!(output.as_object().unwrap().keys().collect::<Vec<_>>(), keys);
        assert_eq!(output["row_index"], json!(index));
        assert_eq!(output["output"].is_null(), output["status"] != "accepted");
        assert_eq!(output["kind"].is_null(), output["status"] == "accepted");
    }
    assert_eq!(outputs[0]["output"], json!({"label": "one", "note": "fine"}));
    assert_eq!(outputs[0]["input"], json!({"id": "a", "remark": "x", "text": "first text"}));
    assert_eq!((&outputs[1]["status"], &outputs[1]["kind"]), (&json!("rejected"), &json!("check_failed")));
    assert_eq!(outputs[1]["message"], "say one");
    assert_eq!((&outputs[2]["status"], &outputs[2]["kind"]), (&json!("failed"), &json!("no_json")));
    assert_eq!((&outputs[3]["status"], &outputs[3]["kind"]), (&json!("failed"), &json!("no_record")));
    let ids: Vec<_> = outputs.iter().map(|it| it["work_id"].as_str().unwrap().to_owned()).collect();
    assert_eq!(ids, project.list("SELECT work_id FROM results"));
}

#[test]
fn a_thin_table_has_the_columns_that_people_join_and_filter_by() {
    let mut project = mixed();
    project.run();
    let psv = project.read("out/test/output.psv");
    assert_eq!(lines(&psv)[0], "id|text|remark|label|note|status|kind|attempts|model|work_id");
    assert!(lines(&psv)[1].starts_with("a|first text|x|one|fine|accepted||1|"), "{}", lines(&psv)[1]);
    assert!(lines(&psv)[2].starts_with("b|second text|x|||rejected|check_failed|1|"), "{}", lines(&psv)[2]);
    assert_eq!(lines(&psv).len(), 7);
    project.set("outputs.thin", "false");
    project.run();
    let psv = project.read("out/test/output.psv");
    assert_eq!(
        lines(&psv)[0],
        "id|text|remark|label|note|status|kind|attempts|model|work_id|message|reasons|answer|context"
    );
    assert!(lines(&psv)[2].contains("say one"), "{}", lines(&psv)[2]);
    assert!(lines(&psv)[3].contains("no JSON"), "{}", lines(&psv)[3]);
}

#[test]
fn judged_and_grouped_tables_have_their_columns() {
    let mut project = Project::judged();
    project.set("grouping", "{enabled: true, column: remark}");
    project.run();
    assert_eq!(
        lines(&project.read("out/test/output.psv"))[0],
        "id|text|remark|group_key|group_rows|label|note|verdict|score|status|kind|attempts|model|work_id"
    );
    project.edit("prompt.yaml", "{{ row.text }}", "{{ context }}");
    project.edit("judge.yaml", "{{ row.text }}", "{{ context }}");
    project.set("grouping", "{enabled: true, column: remark, mode: group_output}");
    project.run();
    let psv = project.read("out/test/output.psv");
    assert_eq!(lines(&psv)[0], "group_key|group_rows|label|note|verdict|score|status|kind|attempts|model|work_id");
    assert!(lines(&psv)[1].starts_with("x|6|"), "{}", lines(&psv)[1]);
    assert_eq!(lines(&psv).len(), 2);
    let output = &project.outputs()[0];
    assert_eq!((&output["group"], &output["input"]), (&json!({"key": "x", "rows": 6}), &Value::Null));
}

#[test]
fn cells_that_a_spreadsheet_would_run_are_marked_where_that_is_wished() {
    let mut project = Project::new();
    project.write("input.csv", "id,text,remark\na,=cmd|' /C calc'!A0,-1.5\nb,@SUM(1),+x\n");
    project.run();
    let plain = project.read("out/test/output.csv");
    assert!(lines(&plain)[1].starts_with("a,=cmd|' /C calc'!A0,-1.5,"), "{plain}");
    project.set("outputs.spreadsheet_safe", "true");
    project.run();
    let safe = project.read("out/test/output.csv");
    assert!(lines(&safe)[1].starts_with("a,'=cmd|' /C calc'!A0,-1.5,"), "{safe}");
    assert!(lines(&safe)[2].starts_with("b,'@SUM(1),'+x,"), "{safe}");
    assert!(project.read("out/test/output.psv").contains("a|=cmd\\|' /C calc'!A0|"), "a psv carries the data");
}

#[test]
fn names_that_collide_are_kept_apart_everywhere_in_the_same_way() {
    let project = Project::new();
    project.write("input.csv", "id,text,label,STATUS,parsed_label,work_id\na,one,l,s,p,w\n");
    project.run();
    let csv = project.read("out/test/output.csv");
    let header: Vec<&str> = lines(&csv)[0].split(',').collect();
    assert_eq!(
        header,
        [
            "id",
            "text",
            "label",
            "STATUS",
            "parsed_label",
            "work_id",
            "parsed_parsed_label",
            "note",
            "casebook_status",
            "kind",
            "attempts",
            "model",
            "casebook_work_id",
        ]
    );
    assert_eq!(lines(&project.read("out/test/output.psv"))[0].split('|').collect::<Vec<_>>(), header);
    let view = project.list("SELECT name FROM pragma_table_info('results')");
    for name in header.iter().filter(|it| **it != "kind") {
        assert!(view.iter().any(|it| it == name), "{name} is not among {view:?}");
    }
    assert_eq!(project.text("SELECT label || STATUS || parsed_label || work_id FROM results"), "lspw");
    assert_eq!(
        project.text("SELECT parsed_parsed_label FROM results"),
        project.outputs()[0]["output"]["label"].as_str().unwrap()
    );
}

#[test]
fn the_record_holds_each_file_byte_for_byte() {
    let project = Project::judged();
    // Long enough for more than one piece of each file.
    let mut rows = "id,text,remark\n".to_owned();
    (0..3000).for_each(|row| writeln!(rows, "r{row},text {row} {},x", "long ".repeat(40)).unwrap());
    project.write("input.csv", rows);
    project.run();
    let connection = project.open();
    let names = project.list("SELECT name FROM artifacts WHERE latest ORDER BY name");
    assert_eq!(names, ["output.csv", "output.jsonl", "output.psv", "report.html", "report.md"]);
    for name in names {
        let id: i64 =
            connection.query_row("SELECT max(id) FROM artifact WHERE name = ?1", [&name], |row| row.get(0)).unwrap();
        let mut bytes = Vec::new();
        casebook::inside::stage::artifact::read(&connection, id, &mut bytes).unwrap();
        assert!(bytes == std::fs::read(project.path("out/test").join(&name)).unwrap(), "{name}");
        let (size, rows): (i64, Option<i64>) = connection
            .query_row("SELECT bytes, row_count FROM artifact WHERE id = ?1", [id], |row| {
                Ok((row.get(0)?, row.get(1)?))
            })
            .unwrap();
        assert_eq!(usize::try_from(size).unwrap(), bytes.len());
        assert_eq!(rows, name.starts_with("output").then_some(3000));
    }
    assert!(project.number("SELECT count(*) FROM artifact_chunk") > 5, "more than one piece a file");
}

#[test]
fn a_nested_output_is_json_in_a_cell() {
    let mut project = Project::recorded(&[("a", 1, r#"{"list": [1, 2.50, "x|y"], "none": null, "yes": true}"#)]);
    project.write("input.csv", "id,text\na,one\n");
    project.write(
        "schema.json",
        r#"{"type": "object", "required": ["list", "none", "yes"], "properties": {"list": {"type": "array"}, "none": {"type": "null"}, "yes": {"type": "boolean"}}}"#,
    );
    project.set("outputs.formats", "[jsonl, psv]");
    project.run();
    assert!(lines(&project.read("out/test/output.psv"))[1].starts_with(r#"a|one|[1,2.5,"x\|y"]||true|accepted|"#));
    assert_eq!(project.outputs()[0]["output"], json!({"list": [1, 2.5, "x|y"], "none": null, "yes": true}));
    assert_eq!(project.text("SELECT list FROM results"), r#"[1,2.5,"x|y"]"#);
}
