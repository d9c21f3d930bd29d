//! The files that a run leaves: complete, canonical, and the same on the disk as in the record.

use std::fmt::Write as _;

use casebook::inside::record::canonical;
use serde_json::{Value, json};

use crate::projects::{Project, Runs as _};

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
        "cache_id",
        "cost_usd",
        "group",
        "input",
        "kind",
        "message",
        "model",
        "output",
        "parameters",
        "prompts",
        "reasons",
        "rejected",
        "row_id",
        "row_index",
        "score",
        "status",
        "step",
        "task_id",
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
    assert_eq!(outputs[1]["rejected"], json!({"label": "two", "note": "=1+1"}));
    assert_eq!((&outputs[0]["rejected"], &outputs[2]["rejected"]), (&Value::Null, &Value::Null));
    assert_eq!(outputs[0]["prompts"], json!({"generation": {"name": "classify", "version": null}}));
    assert_eq!(outputs[0]["parameters"], json!({}));
    assert_eq!(outputs[0]["task_id"], json!(project.text("SELECT task_id FROM task")));
    assert_eq!(outputs[0]["cache_id"], json!(project.text("SELECT cache_id FROM standing ORDER BY position LIMIT 1")));
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
    let group = &output["group"];
    assert_eq!((&group["key"], &group["row_count"], &output["input"]), (&json!("x"), &json!(6), &Value::Null));
    assert_eq!(
        group["context_id"],
        json!(project.text("SELECT group_context_id FROM row_group ORDER BY id DESC LIMIT 1"))
    );
    assert!(group["context"].as_str().unwrap().contains("first text"), "{group}");
    assert_eq!(group["rows"].as_array().unwrap().len(), 6);
    assert_eq!(group["rows"][1]["input"], json!({"id": "b", "remark": "x", "text": "second text"}));
    assert_eq!(group["rows"][1]["row_id"], json!(project.text("SELECT row_id FROM input_row WHERE row_index = 1")));
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

#[test]
fn names_that_read_alike_are_kept_apart_in_every_table_and_view() {
    let project = Project::new();
    project.write("input.csv", "id,text,La-Bel,NO_te,Work ID\na,one,l,n,w\n");
    project.run();
    let csv = project.read("out/test/output.csv");
    let header: Vec<&str> = lines(&csv)[0].split(',').collect();
    assert_eq!(header[..7], ["id", "text", "La-Bel", "NO_te", "Work ID", "parsed_label", "parsed_note"]);
    assert_eq!(header.last(), Some(&"casebook_work_id"));
    assert_eq!(lines(&project.read("out/test/output.psv"))[0].split('|').collect::<Vec<_>>(), header);
    let view = project.list("SELECT name FROM pragma_table_info('results')");
    for name in header.iter().filter(|name| **name != "kind") {
        assert!(view.iter().any(|it| it == name), "{name} in {view:?}");
    }
}

#[test]
fn names_do_not_depend_on_the_columns_that_are_left_out() {
    let mut project = Project::new();
    let text = json!({"type": "string"});
    let schema = json!({"type": "object", "required": ["message", "score", "kind"],
        "properties": {"message": text, "score": text, "kind": text}});
    project.write("schema.json", schema.to_string());
    project.run();
    let thin = project.read("out/test/output.psv");
    assert_eq!(lines(&thin)[0], "id|text|remark|kind|message|parsed_score|status|casebook_kind|attempts|model|work_id");
    project.set("outputs.thin", "false");
    project.run();
    let whole = project.read("out/test/output.psv");
    assert_eq!(lines(&whole)[0], format!("{}|casebook_message|reasons|answer|context", lines(&thin)[0]));
    let view = project.list("SELECT name FROM pragma_table_info('results')");
    for name in ["kind", "message", "parsed_score"] {
        assert!(view.iter().any(|it| it == name), "{name} in {view:?}");
    }
}

#[test]
fn a_folder_of_another_run_file_is_left_alone() {
    let project = Project::new();
    project.run();
    let second = project.read("casebook.yaml").replace("name: test", "name: second");
    project.write("second.yaml", second.replace("outputs: {", "outputs: {dir: out/test, "));
    let before = project.read("out/test/output.jsonl");
    let said = project.casebook(&["run", "second.yaml", "--dry-run"]).expect(0);
    let refused = "a run is refused: ";
    assert!([&said.stdout, &said.stderr].iter().any(|it| it.contains(refused)), "{} {}", said.stdout, said.stderr);
    let said = project.casebook(&["run", "second.yaml", "--dry-run", "--overwrite"]).expect(0);
    assert!(!said.stdout.contains(refused) && !said.stderr.contains(refused), "{} {}", said.stdout, said.stderr);
    let refused = project.casebook(&["run", "second.yaml"]).expect(2);
    assert!(
        refused.stderr.contains("output.jsonl is of another run file (../../test.db from there)"),
        "{}",
        refused.stderr
    );
    assert!(refused.stderr.contains("--overwrite"), "{}", refused.stderr);
    assert!(!project.path("second.db").exists(), "nothing was asked or written");
    assert_eq!(project.read("out/test/output.jsonl"), before);
    project.casebook(&["run", "second.yaml", "--set", "outputs.dir=null"]).expect(0);
    project.read("out/second/output.jsonl");
    for command in ["export", "report"] {
        project.casebook(&[command, "second.db", "--dir", "out/test"]).expect(2);
    }
    assert_eq!(project.read("out/test/output.jsonl"), before);
    project.casebook(&["run", "second.yaml", "--overwrite"]).expect(0);
    // Now it is the other's.
    project.casebook(&["run", "casebook.yaml"]).expect(2);
    project.casebook(&["export", "test.db", "--overwrite"]).expect(0);
    project.casebook(&["run", "casebook.yaml"]).expect(0);
    // Whoever moves the folder as a whole changes nothing.
    let moved = tempfile::tempdir().unwrap();
    let status = std::process::Command::new("cp").arg("-r").arg(project.dir()).arg(moved.path().join("p")).status();
    assert!(status.unwrap().success());
    let mut command = project.command(&["run", "casebook.yaml"]);
    command.current_dir(moved.path().join("p"));
    command.ended().expect(0);
}

#[test]
fn exports_and_reports_are_made_of_the_record_as_it_is_while_it_is_written() {
    let project = Project::judged();
    project.run();
    let before = std::fs::read(project.db()).unwrap();
    let lock = casebook::inside::store::Lock::acquire(&project.db(), 4711).unwrap();
    for (command, names) in [("export", &["output.jsonl", "output.psv", "output.csv"][..]), ("report", &["report.md"])]
    {
        let ended = project.casebook(&[command, "test.db", "--dir", "there"]).expect(0);
        assert!(ended.stderr.contains("pid 4711") && ended.stderr.contains("does not keep"), "{}", ended.stderr);
        for name in names {
            assert!(ended.stdout.contains(&format!("there/{name}\n")), "{}", ended.stdout);
            if command == "export" {
                assert_eq!(project.read(&format!("there/{name}")), project.read(&format!("out/test/{name}")));
            }
        }
    }
    drop(lock);
    assert!(std::fs::read(project.db()).unwrap() == before, "the run file is left as it was");
    project.assert_sound();
}
