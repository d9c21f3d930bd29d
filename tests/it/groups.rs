//! Work by groups: one output a group, and rows that see their group.

use std::collections::HashMap;
use std::fmt::Write as _;

use casebook::inside::engine;
use casebook::inside::record::{Digest, RequestId};
use rusqlite::Connection;
use serde_json::{Value, json};

use crate::projects::{NONE, Project, calls};

/// Two rows of x, three of y, one without a value to group by.
const ROWS: &str = "id,text,part\na,one,x\nb,two,y\nc,three,x\nd,four,y\ne,five,\nf,six,y\n";

/// A project by groups whose prompt shows the context.
fn project(mode: &str, most: u32) -> Project {
    let mut project = Project::new();
    project.write("input.csv", ROWS);
    let user = if mode == "group_output" { "" } else { "\n\n  This one: {{ row.text }}" };
    project.edit("prompt.yaml", "{{ row.text }}", &format!("{{{{ context }}}}{user}"));
    project.set("grouping", &format!("{{enabled: true, column: part, mode: {mode}, max_rows_per_group: {most}}}"));
    project.set("context.columns", "{mode: include, include: [text]}");
    project
}

#[test]
fn one_output_a_group() {
    let project = project("group_output", 50);
    assert_eq!(project.cost(), calls(3, 0));
    let rows = project.list("SELECT printf('%s %s %s', group_key, status, row_index IS NULL) FROM results");
    assert_eq!(rows, ["x accepted 1", "y accepted 1", " accepted 1"], "in the order in which groups begin");
    let groups = project.outputs();
    let members = |group: &Value| -> Vec<(Value, Value)> {
        let rows = group["group"]["rows"].as_array().unwrap().iter();
        rows.map(|row| (row["row_index"].clone(), row["input"]["id"].clone())).collect()
    };
    assert_eq!((&groups[1]["group"]["key"], &groups[1]["group"]["row_count"]), (&json!("y"), &json!(3)));
    assert_eq!(members(&groups[0]), [(json!(0), json!("a")), (json!(2), json!("c"))]);
    assert_eq!(members(&groups[1]), [(json!(1), json!("b")), (json!(3), json!("d")), (json!(5), json!("f"))]);
    assert_eq!(members(&groups[2]), [(json!(4), json!("e"))]);
    assert_eq!(groups[1]["input"], Value::Null);
    let shown = project.text(
        "SELECT content FROM messages JOIN attempts USING (request_id) JOIN results USING (work_id)
         WHERE role = 'user' AND group_key = 'y'",
    );
    for (text, there) in [("two", true), ("four", true), ("six", true), ("one", false), ("three", false)] {
        assert_eq!(shown.contains(text), there, "{shown}");
    }
    assert!(!shown.contains("part"), "only the columns that are included: {shown}");
    assert_eq!(project.list("SELECT kind FROM anomalies WHERE stage = 'plan'"), ["empty_group_key"]);
    assert_eq!(project.cost(), NONE);
    project.assert_sound();
}

#[test]
fn rows_that_see_their_group() {
    let project = project("row_output_with_group_context", 50);
    assert_eq!(project.cost(), calls(6, 0));
    let rows = project.list("SELECT id || group_key || status FROM results");
    assert_eq!(rows, ["axaccepted", "byaccepted", "cxaccepted", "dyaccepted", "eaccepted", "fyaccepted"]);
    let shown = project.text(
        "SELECT content FROM messages JOIN attempts USING (request_id) JOIN results USING (work_id)
         WHERE role = 'user' AND id = 'd'",
    );
    assert!(shown.contains("two") && shown.contains("six") && shown.ends_with("This one: four"), "{shown}");
    assert_eq!(project.number("SELECT count(*) FROM row_group"), 3);
    // What is long stands where the work item is the group itself.
    let group = project.outputs()[0]["group"].clone();
    assert_eq!((&group["key"], &group["row_count"]), (&json!("x"), &json!(2)));
    assert_eq!((group.get("rows"), group.get("context"), group["context_id"].is_string()), (None, None, true));
    assert_eq!(project.cost(), NONE);
    project.assert_sound();
}

#[test]
fn rows_beyond_the_most_are_left_out_and_counted() {
    for (mode, cost) in [("group_output", 3), ("row_output_with_group_context", 6)] {
        let project = project(mode, 2);
        assert_eq!(project.cost(), calls(cost, 0));
        let cut = project.list("SELECT subject || ': ' || detail FROM anomalies WHERE kind = 'group_cut'");
        assert_eq!(cut, ["y: 1 of 3 rows are not in the context"]);
        assert_eq!(
            project.list("SELECT row_count || ' ' || included_rows FROM row_group WHERE group_key = 'y'"),
            ["3 2"]
        );
        let counts = project.text("SELECT counts FROM manifests WHERE stage = 'plan'");
        let counts: Value = serde_json::from_str(&counts).unwrap();
        assert_eq!(counts["rows_left_out_of_contexts"], 1, "{counts}");
        project.assert_sound();
    }
}

#[test]
fn a_context_that_is_too_long_ends_between_rows() {
    let mut project = project("group_output", 50);
    let rows =
        (0..40).fold("id,text,part\n".to_owned(), |rows, row| rows + &format!("r{row},{},x\n", "word ".repeat(30)));
    project.write("input.csv", rows);
    project.set("context.max_context_chars", "1000");
    project.run();
    let context = project.text("SELECT body FROM row_group JOIN text ON text.id = context");
    assert!(context.chars().count() <= 1000, "{}", context.len());
    let included = project.number("SELECT included_rows FROM row_group");
    assert!((1..40).contains(&included));
    assert_eq!(
        project.list("SELECT detail FROM anomalies WHERE kind = 'group_cut'"),
        [format!("{} of 40 rows are not in the context", 40 - included)]
    );
    project.assert_sound();
}

#[test]
fn values_that_are_too_long_are_cut_and_counted() {
    let mut project = project("group_output", 50);
    project.write("input.csv", format!("id,text,part\na,{},x\nb,short,x\n", "long ".repeat(100).trim_end()));
    project.set("context.truncate_field_chars", "50");
    project.run();
    let cut = project.list("SELECT subject || ': ' || detail FROM anomalies WHERE kind = 'truncated'");
    assert_eq!(cut.len(), 1);
    assert!(cut[0].starts_with("x: `text`: ") && cut[0].ends_with("of 499 characters are shown"), "{cut:?}");
    assert!(project.text("SELECT content FROM messages WHERE role = 'user'").contains("… [truncated]"));
    project.assert_sound();
}

#[test]
fn a_row_costs_its_group_and_no_other() {
    for (mode, cost) in [("group_output", 1), ("row_output_with_group_context", 2)] {
        let project = project(mode, 50);
        project.run();
        project.edit("input.csv", "c,three", "c,3");
        assert_eq!(project.cost(), calls(cost, 0), "{mode}");
        project.edit("input.csv", "c,3,x\n", "");
        assert_eq!(project.cost(), calls(1, 0), "{mode}: x has one row left");
        project.assert_sound();
    }
}

#[test]
fn a_group_is_its_key_wherever_its_rows_stand() {
    let project = project("group_output", 50);
    project.run();
    let ids = project.list("SELECT work_id FROM results ORDER BY group_key");
    project.write("input.csv", "id,text,part\ne,five,\nb,two,y\nd,four,y\na,one,x\nf,six,y\nc,three,x\n");
    assert_eq!(project.cost(), NONE);
    assert_eq!(project.list("SELECT work_id FROM results ORDER BY group_key"), ids);
    assert_eq!(project.list("SELECT group_key FROM results"), ["", "y", "x"]);
}

/// Each prompt as the view gives it, and the id that this content has.
fn assert_exact(connection: &Connection, contexts: &HashMap<String, String>, rows: u32) {
    let mut statement = connection
        .prepare(
            "SELECT request.request_id, request.sample, request.item, spec.spec_id, results.text, results.group_key,
                    (SELECT json_group_array(json_object('role', role, 'content', content))
                     FROM (SELECT role, content FROM messages WHERE request_id = request.request_id ORDER BY number))
             FROM request JOIN spec ON spec.id = request.spec
             JOIN attempt ON attempt.request = request.id JOIN work_item ON work_item.id = attempt.work_item
             JOIN results ON results.work_id = work_item.work_id",
        )
        .unwrap();
    let mut found = statement.query([]).unwrap();
    let mut seen = 0;
    while let Some(row) = found.next().unwrap() {
        let messages: Value = serde_json::from_str(&row.get::<_, String>(6).unwrap()).unwrap();
        let content = json!({
            "item": row.get::<_, Option<String>>(2).unwrap(),
            "matched": null,
            "messages": messages,
            "sample": row.get::<_, i64>(1).unwrap(),
            "spec": row.get::<_, String>(3).unwrap(),
        });
        assert_eq!(RequestId::of(&[content]).to_string(), row.get::<_, String>(0).unwrap());
        let (text, key): (String, String) = (row.get(4).unwrap(), row.get(5).unwrap());
        let expected = format!("The text:\n\n{}\n\nThis one: {text}", contexts[&key]);
        assert_eq!(messages[1]["content"].as_str().unwrap(), expected);
        seen += 1;
    }
    assert_eq!(seen, rows);
}

#[test]
fn twenty_thousand_rows_with_long_contexts_stay_near_their_unique_text() {
    const GROUPS: u32 = 400;
    const ROWS: u32 = 20_000;
    let mut project = project("row_output_with_group_context", 50);
    // About 300 characters a row: fifty of them are a context of about 15 KB.
    let mut rows = "id,text,part\n".to_owned();
    for row in 0..ROWS {
        let filler = (0..7)
            .fold(String::new(), |text, part| text + &Digest::of_bytes(format!("{row} {part}").as_bytes()).to_string());
        writeln!(rows, "r{row},{filler} of row {row},g{}", row % GROUPS).unwrap();
    }
    project.write("input.csv", &rows);
    project.set("llm.max_workers", "256").set("report.enabled", "false").set("outputs.formats", "[jsonl]");
    project.set("context.max_context_chars", "16000");
    let options = project.options();
    let summary = engine::run(&options, &mut |_| {}).unwrap();
    assert_eq!(summary.counts.accepted, u64::from(ROWS));
    assert_eq!(project.number("SELECT count(*) FROM row_group"), i64::from(GROUPS));

    let connection = project.open();
    let mut contexts = HashMap::new();
    let mut statement =
        connection.prepare("SELECT group_key, body FROM row_group JOIN text ON text.id = row_group.context").unwrap();
    let mut found = statement.query([]).unwrap();
    while let Some(row) = found.next().unwrap() {
        contexts.insert(row.get::<_, String>(0).unwrap(), row.get::<_, String>(1).unwrap());
    }
    assert_exact(&connection, &contexts, ROWS);

    let length = |text: &str| i64::try_from(text.len()).unwrap();
    let context_bytes: i64 = contexts.values().map(|text| length(text)).sum();
    assert!(context_bytes / i64::from(GROUPS) > 14_000, "{context_bytes}");
    // Once each: the rows as they came, their own part of the prompt, the answers, the contexts.
    let own = project.number("SELECT sum(length(text)) FROM results");
    let answers = project.number("SELECT sum(length(answer)) FROM response");
    let unique = length(&rows) + own + answers + context_bytes;
    let size = i64::try_from(std::fs::metadata(project.db()).unwrap().len()).unwrap();
    let kept = project.number("SELECT sum(length(data)) FROM artifact_chunk");
    // Every table and index has a page at least, and the file the texts of their definitions.
    let empty =
        project.number("SELECT sum(length(sql)) + 4096 * count(*) FILTER (WHERE rootpage > 0) FROM sqlite_schema");
    let most = unique * 19_779 / 10_000;
    assert!(size - kept - empty < most, "{size} bytes, {kept} of them exports, for {unique} bytes of unique text");
}

/// One answer a group, with an element for each row: of x one twice, of y one missing and one of another group.
fn listed() -> Project {
    let mut project = project("group_output", 50);
    let element = json!({"type": "object", "properties": {"id": {"type": "string"}, "text": {"type": "string"}},
        "required": ["id", "text"]});
    let schema = json!({"type": "object", "properties": {"note": {"type": "string"},
        "found": {"type": "array", "items": {"$ref": "#/$defs/it"}}}, "required": ["note", "found"],
        "$defs": {"it": element}});
    project.write("schema.json", schema.to_string());
    let answer = |rows: &[(&str, &str)]| {
        let found: Vec<Value> = rows.iter().map(|(id, text)| json!({"id": id, "text": text})).collect();
        json!({"note": "n", "found": found}).to_string().replace('"', "\"\"")
    };
    let x = answer(&[("c", "C"), ("a", "A"), ("a", "again")]);
    let y = answer(&[("b", "B"), ("f", "F"), ("a", "of x")]);
    project.write("answers.csv", format!("key,answer\nx,\"{x}\"\ny,\"{y}\"\n,none\n"));
    project.set("llm.provider", "recorded").set("llm.retries", "0");
    project.set("llm.recorded", "{path: answers.csv, match: {key: '{{ group.key }}'}, answer: '{{ record.answer }}'}");
    project
}

#[test]
fn the_answer_of_a_group_is_given_to_each_of_its_rows() {
    let mut project = listed();
    project.set("outputs.expand", "rows").set("outputs.match", "'found[].id'");
    project.run();
    let psv = project.read("out/test/output.psv");
    let lines: Vec<Vec<&str>> = psv.lines().map(|line| line.split('|').collect()).collect();
    let header =
        ["id", "text", "part", "group_key", "group_rows", "note", "parsed_id", "parsed_text", "status", "kind"];
    assert_eq!(lines[0][..10], header);
    let shown: Vec<&[&str]> = lines[1..].iter().map(|line| &line[..10]).collect();
    assert_eq!(
        shown,
        [
            ["a", "one", "x", "x", "2", "n", "a", "A", "accepted", ""],
            ["c", "three", "x", "x", "2", "n", "c", "C", "accepted", ""],
            ["b", "two", "y", "y", "3", "n", "b", "B", "accepted", ""],
            ["d", "four", "y", "y", "3", "n", "", "", "accepted", "unmatched"],
            ["f", "six", "y", "y", "3", "n", "f", "F", "accepted", ""],
            ["e", "five", "", "", "1", "", "", "", "failed", "no_json"],
        ]
    );
    assert_eq!(
        project.list("SELECT kind || ': ' || detail FROM anomalies WHERE stage = 'export' ORDER BY kind"),
        [
            "elements_repeated: 1 elements of answers name a row that an earlier one names",
            "elements_unmatched: 1 elements of answers name no row of their group, and are in no table",
            "rows_unmatched: 1 rows have no element of their group's answer; their fields are empty",
        ]
    );
    let report = project.read("out/test/report.md");
    assert!(report.contains("| export generate | rows_unmatched | 1 |"), "{report}");
    // The groups are whole in the jsonl.
    assert_eq!(project.outputs().len(), 3);
    assert_eq!(project.read("out/test/output.csv").lines().count(), 7);
    project.assert_sound();
    // Without a match, each row has the whole answer.
    project.set("outputs.match", "null");
    project.run();
    let psv = project.read("out/test/output.psv");
    assert!(psv.starts_with("id|text|part|group_key|group_rows|found|note|status|"), "{psv}");
    assert!(!project.read("out/test/report.md").contains("unmatched"));
    assert_eq!(psv.lines().count(), 7);
    project.assert_sound();
}

#[test]
fn what_cannot_be_expanded_is_said_before_the_first_call() {
    let mut project = listed();
    for (expand, by, message) in [
        ("rows", "'none[].id'", "`outputs.match`: the schema has no list `none` of objects"),
        ("rows", "'found[].key'", "`outputs.match`: the elements of `found` have no field `key`"),
        ("rows", "'found.id'", "`outputs.match`: expected a list and a field of its elements, as in `tickets[].id`"),
        ("null", "'found[].id'", "`outputs.match`: it says how rows get their elements"),
    ] {
        project.set("outputs.expand", expand).set("outputs.match", by);
        let error = project.try_run().unwrap_err().to_string();
        assert!(error.contains(message), "{error}");
    }
    project.set("outputs.expand", "rows").set("outputs.match", "'found[].id'").set("outputs.match_column", "nowhere");
    assert!(project.try_run().unwrap_err().to_string().contains("nowhere"));
    let mut project = Project::new();
    project.set("outputs.expand", "rows");
    let error = project.try_run().unwrap_err().to_string();
    assert!(error.contains("`outputs.expand`: the work items of the last step are no groups of rows"), "{error}");
}
