//! Rows of documents that move: an edit above changes the lines of accepted outputs, and asks nothing.

use std::fs;

use rusqlite::Connection;
use serde_json::{Value, json};

use crate::projects::{NONE, Project, calls, problems};
use crate::support::Ended;

const CONFIG: &str = r#"
run: {name: test, seed: 7}
input: {path: policy.md, split: {by: section}}
outputs: {formats: [jsonl]}
llm:
  provider: recorded
  retries: 0
  recorded: {path: answers.csv, match: {step: facts, id: '{{ row.title }}'}, answer: '{{ record.answer }}'}
steps:
  - name: facts
    prompts: {generation: facts.yaml}
    schema: {path: facts.json}
    evidence: [{at: "rules[].evidence[]", lines: [from, to], quote: quote}]
"#;

/// What later steps make of the claims: one that reads no line, one that does, a model that sees no line, and what comes
/// after that and goes back for a line.
const LATER: &str = r#"
  - name: quotes
    each: element of facts.rules[].evidence[]
    rule: {quote: item.quote}
  - name: lines
    each: element of facts.rules[].evidence[]
    rule: {line: item.from}
  - name: title
    each: output of facts
    prompts: {generation: title.yaml}
    schema: {path: title.json}
    llm: {recorded: {match: {step: title, id: '{{ row.title }}'}}}
  - name: cited
    each: output of title
    rule: {title: item.title, lines: "steps.facts.rules[0].evidence | map(attribute='from') | list"}
"#;

const TITLE: &str = "\
name: title
user: |
  {% for rule in item.rules %}{{ rule.rule }}: {% for claim in rule.evidence %}{{ claim.quote }}{% endfor %}{% endfor %}
  {{ llm_schema }}
";

const REFUNDS: &str = "## Refunds\n\n- Refunds are made within 30 days.\n- They are paid in cash.\n\n";
const RETURNS: &str = "## Returns\n\nBring the receipt.\n";

/// An answer with a rule that has these claims.
fn answer(claims: &[(i64, &str)]) -> String {
    let claim = |(line, quote): &(i64, &str)| json!({"from": line, "to": line, "quote": quote});
    json!({"rules": [{"rule": "a", "evidence": claims.iter().map(claim).collect::<Vec<_>>()}]}).to_string()
}

fn project(later: &str) -> Project {
    let project = Project::new();
    project.write("casebook.yaml", format!("{CONFIG}{}", later.trim_start_matches('\n')));
    project.write("facts.yaml", "name: facts\nuser: \"{{ row.numbered }} {{ llm_schema }}\"\n");
    project.write("title.yaml", TITLE);
    let claim = json!({"type": "object", "required": ["from", "to", "quote"], "properties": {
        "from": {"type": "integer"}, "to": {"type": "integer"}, "quote": {"type": "string"}}});
    let facts = json!({"type": "object", "required": ["rules"], "properties": {"rules": {"type": "array", "items": {
        "type": "object", "required": ["rule", "evidence"],
        "properties": {"rule": {"type": "string"}, "evidence": {"type": "array", "items": claim}}}}}});
    project.write("facts.json", facts.to_string());
    project.write(
        "title.json",
        r#"{"type": "object", "required": ["title"], "properties": {"title": {"type": "string"}}}"#,
    );
    let refunds = answer(&[(3, "- Refunds are made within 30 days."), (4, "- They are paid in cash.")]);
    let returns = answer(&[(3, "Bring the receipt.")]);
    let quoted = |text: &str| format!("\"{}\"", text.replace('"', "\"\""));
    let rows = [
        ("facts", "Refunds", refunds.as_str()),
        ("facts", "Returns", returns.as_str()),
        ("facts", "Policy", r#"{"rules": []}"#),
        ("title", "Refunds", r#"{"title": "R"}"#),
        ("title", "Returns", r#"{"title": "B"}"#),
    ];
    let rows = rows.map(|(step, id, answer)| format!("{step},{id},{}\n", quoted(answer)));
    project.write("answers.csv", format!("step,id,answer\n{}", rows.concat()));
    project.write("policy.md", format!("{REFUNDS}{RETURNS}"));
    project
}

/// Puts so many lines above, which are blank and make no section.
fn move_down(project: &Project, lines: usize) {
    project.write("policy.md", format!("{}{REFUNDS}{RETURNS}", "\n".repeat(lines)));
}

/// The lines that the accepted outputs of `facts` cite.
fn cited(project: &Project) -> Vec<String> {
    project.list("SELECT line_start || '-' || line_end || ' ' || status FROM evidence ORDER BY line_start")
}

fn outputs(project: &Project, step: &str) -> Vec<Value> {
    let outputs = project.list(&format!("SELECT output FROM outputs WHERE step = '{step}'"));
    outputs.iter().map(|it| serde_json::from_str(it).unwrap()).collect()
}

/// The lines in the accepted outputs of `facts`.
fn lines(project: &Project) -> Vec<i64> {
    let claims = outputs(project, "facts").into_iter().filter_map(|it| it["rules"][0]["evidence"].as_array().cloned());
    claims.flatten().map(|it| it["from"].as_i64().unwrap()).collect()
}

/// Decides on a work item.
fn decide(project: &Project, work_id: &str, what: &[&str]) -> Ended {
    let head = ["review", "test.db", work_id, "--reason", "why", "--by", "ann"];
    project.casebook(&[&head[..], what].concat())
}

/// Replaces an output.
fn edit(project: &Project, work_id: &str, output: &str) -> Ended {
    project.write("edited.json", output);
    decide(project, work_id, &["--output", "edited.json"])
}

fn entries(project: &Project) -> i64 {
    project.number(
        "SELECT count(*) FROM cache_entry JOIN work_item ON work_item.id = cache_entry.work_item WHERE step = 1",
    )
}

#[test]
fn an_edit_above_moves_lines_and_asks_nothing() {
    let project = project("");
    assert_eq!(project.cost(), calls(2, 0));
    assert_eq!((lines(&project), entries(&project)), (vec![3, 4, 8], 2));
    let attempts = project.number("SELECT count(*) FROM attempt");

    move_down(&project, 10);
    assert_eq!(project.cost(), NONE);
    assert_eq!(lines(&project), [13, 14, 18]);
    assert_eq!(cited(&project), ["13-13 exact", "14-14 exact", "18-18 exact"]);
    assert_eq!(project.outputs()[1]["output"]["rules"][0]["evidence"][0]["from"], 18, "the file has the lines of now");
    assert_eq!(project.number("SELECT count(*) FROM attempt"), attempts, "nothing was tried");
    let history = "SELECT current || ' ' || (output ->> '$.rules[0].evidence[0].from') FROM history
                   ORDER BY output ->> '$.rules[0].evidence[0].from'";
    assert_eq!(project.list(history), ["0 3", "0 8", "1 13", "1 18"], "what was there before stays");
    project.assert_sound();

    assert_eq!((project.cost(), entries(&project)), (NONE, 4));
    move_down(&project, 0);
    assert_eq!(project.cost(), NONE);
    assert_eq!(lines(&project), [3, 4, 8]);
    assert_eq!(entries(&project), 4, "the first outputs are taken again");
    assert_eq!(project.list(history), ["1 3", "1 8", "0 13", "0 18"]);
    project.assert_sound();
    move_down(&project, 10);
    project.run();
    assert_eq!((lines(&project), entries(&project)), (vec![13, 14, 18], 4));
    project.assert_sound();
}

#[test]
fn a_dry_run_and_render_write_nothing_of_it() {
    let project = project("");
    project.run();
    move_down(&project, 4);
    let before = project.entries();
    project.casebook(&["run", "casebook.yaml", "--dry-run"]).expect(0);
    assert!(before == project.entries());
    project.run();
    let work_id = project.text("SELECT work_id FROM results LIMIT 1");
    let shown = project.casebook(&["show", "test.db", &work_id]).expect(0);
    assert!(shown.stdout.contains("\"from\": 7"), "{}", shown.stdout);
    project.casebook(&["explain", "test.db", &work_id]).expect(0);
}

#[test]
fn a_changed_section_is_asked_again_and_the_others_move() {
    let project = project("");
    project.run();
    project.write("policy.md", format!("{REFUNDS}New.\n\n{RETURNS}"));
    let returns = lines(&project)[2];
    let ended = project.casebook(&["run", "casebook.yaml"]);
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    assert_eq!(lines(&project)[2], returns + 2);
    assert_eq!(project.number("SELECT count(*) FROM calls"), 3, "`Refunds` has another text");
    project.assert_sound();
}

#[test]
fn decisions_about_a_renamed_document_are_told() {
    let project = project("");
    project.run();
    let id = project.text("SELECT work_id FROM results LIMIT 1");
    decide(&project, &id, &["--reject"]).expect(0);
    let run = || project.casebook(&["run", "casebook.yaml", "--db", "test.db"]).expect(0).stderr;
    let said = "the decision on 1 work item that is not in the plan any more no longer applies";
    assert!(!run().contains(said));
    fs::rename(project.path("policy.md"), project.path("rules.md")).unwrap();
    project.edit("casebook.yaml", "path: policy.md", "path: rules.md");
    let told = run();
    assert!(told.contains(said), "{told}");
    assert_eq!(project.list("SELECT DISTINCT status FROM results"), ["accepted"]);
    // The former name puts it back.
    fs::rename(project.path("rules.md"), project.path("policy.md")).unwrap();
    project.edit("casebook.yaml", "path: rules.md", "path: policy.md");
    assert!(!run().contains(said));
    assert_eq!(project.number("SELECT in_force FROM decisions"), 1);
    project.assert_sound();
}

#[test]
fn what_people_decided_stays_in_force_where_a_row_moves() {
    let project = project("");
    project.run();
    let ids = project.list("SELECT work_id FROM results");
    let edited = r#"{"rules":[{"rule":"b","evidence":[{"from":4,"to":4,"quote":"- They are paid in cash."}]}]}"#;
    edit(&project, &ids[0], edited).expect(0);
    decide(&project, &ids[1], &["--reject"]).expect(0);
    move_down(&project, 5);
    assert_eq!(project.cost(), NONE);
    assert_eq!(lines(&project), [9]);
    assert_eq!(
        project.list("SELECT decision || ' ' || in_force || ' ' || coalesce(output ->> '$.rules[0].evidence[0].from', '-') FROM decisions"),
        ["edit 1 9", "reject 1 -"]
    );
    assert_eq!(project.list("SELECT status FROM results"), ["accepted", "rejected"]);
    assert_eq!(cited(&project), ["9-9 exact", "13-13 exact"], "also of the one that was rejected");
    project.assert_sound();

    // Decided on after the move: with the lines of now.
    decide(&project, &ids[1], &["--accept"]).expect(0);
    assert_eq!(lines(&project), [9, 13]);
    let refused = edit(&project, &ids[0], edited);
    assert!(refused.code != Some(0) && refused.stderr.contains("line"), "line 4 is not in the row: {}", refused.stderr);
    edit(&project, &ids[0], &edited.replace(":4", ":9")).expect(0);
    project.assert_sound();
    move_down(&project, 0);
    assert_eq!(project.cost(), NONE);
    assert_eq!(lines(&project), [4, 8]);
    project.assert_sound();
}

#[test]
fn later_steps_are_asked_again_only_if_they_read_lines() {
    let project = project(LATER);
    assert_eq!(project.cost(), calls(4, 0));
    let ids = "SELECT work_id FROM outputs WHERE step <> 'facts' ORDER BY work_id";
    let (before, attempts) =
        (project.list(ids), "SELECT step || ' ' || count(*) FROM attempts GROUP BY step ORDER BY step");
    assert_eq!(project.list(attempts), ["cited 2", "facts 2", "lines 3", "quotes 3", "title 2"]);

    move_down(&project, 10);
    assert_eq!(project.cost(), NONE, "no model sees a line");
    assert_eq!(project.list(ids), before, "an element is what it was");
    assert_eq!(outputs(&project, "lines"), [13, 14, 18].map(|line| json!({"line": line})));
    let cited = [json!({"title": "R", "lines": [13, 14]}), json!({"title": "B", "lines": [18]})];
    assert_eq!(outputs(&project, "cited"), cited);
    assert_eq!(project.list(attempts), ["cited 4", "facts 2", "lines 6", "quotes 3", "title 2"]);
    let items = project.list("SELECT item ->> '$.from' FROM outputs WHERE step = 'quotes'");
    assert_eq!(items, ["13", "14", "18"], "what is shown has the lines of now");
    assert_eq!(project.list("SELECT DISTINCT item ->> '$.from' FROM lineage WHERE step = 'quotes' ORDER BY 1"), items);
    project.assert_sound();

    move_down(&project, 0);
    assert_eq!(project.cost(), NONE);
    assert_eq!(outputs(&project, "lines"), [3, 4, 8].map(|line| json!({"line": line})));
    assert_eq!(project.list(attempts), ["cited 4", "facts 2", "lines 6", "quotes 3", "title 2"], "all is on record");
    project.assert_sound();
}

#[test]
fn a_prompt_that_prints_the_whole_item_is_asked_again() {
    for (shown, cost) in [
        ("{{ item.rules[0].evidence[0].quote }}", NONE),
        ("{{ item.rules | map(attribute='rule') | list }} {{ item.rules | length }}", NONE),
        ("{{ item }}", calls(2, 0)),
        ("{{ item.rules | tojson }}", calls(2, 0)),
        ("{{ steps.facts.rules[0].evidence[0].to }}", calls(2, 0)),
        ("{{ parents[0].output.rules[0].rule }}", NONE),
        ("{{ parents[0].output }}", calls(2, 0)),
        ("{{ row.text }}", NONE),
        ("{{ row.line_start }}", calls(2, 0)),
    ] {
        let project = project(LATER);
        project.write("title.yaml", format!("name: title\nuser: \"{shown} {{{{ llm_schema }}}}\"\n"));
        project.run();
        move_down(&project, 3);
        assert_eq!(project.cost(), cost, "{shown}");
        project.assert_sound();
    }
}

#[test]
fn a_check_of_its_own_lines_is_made_again() {
    let project = project("");
    project.edit(
        "casebook.yaml",
        "llm:\n",
        "checks: [{name: low, expr: \"output.rules[0].evidence[0].from < 10\"}]\nllm:\n",
    );
    project.run();
    assert_eq!(project.list("SELECT status FROM results"), ["accepted", "accepted"]);
    move_down(&project, 4);
    assert_eq!(project.cost(), NONE);
    assert_eq!(project.list("SELECT status FROM results"), ["accepted", "rejected"]);
    project.assert_sound();
}

#[test]
fn a_run_that_is_cut_off_while_rows_move_goes_on() {
    let whole = project(LATER);
    whole.run();
    move_down(&whole, 6);
    whole.run();
    for at in [
        "BEFORE INSERT ON cache_entry WHEN (SELECT count(*) FROM cache_entry) > 13",
        "BEFORE UPDATE OF handed_on ON standing WHEN NEW.handed_on > 0",
        "BEFORE UPDATE OF item ON standing",
        "BEFORE UPDATE OF cache_id ON standing WHEN NEW.step = 5",
        "BEFORE INSERT ON attempt WHEN (SELECT count(*) FROM attempt) > 13",
    ] {
        let project = project(LATER);
        project.run();
        move_down(&project, 6);
        let connection = Connection::open(project.db()).unwrap();
        connection.execute_batch(&format!("CREATE TRIGGER cut {at} BEGIN SELECT RAISE(ABORT, 'cut'); END")).unwrap();
        assert!(project.try_run().is_err(), "{at}");
        connection.execute_batch("DROP TRIGGER cut").unwrap();
        project.assert_sound();
        assert_eq!(project.cost(), NONE, "{at}");
        for step in ["facts", "quotes", "lines", "title", "cited"] {
            assert_eq!(outputs(&project, step), outputs(&whole, step), "{at}");
        }
        project.assert_sound();
    }
}

#[test]
fn retry_clean_and_parse_have_the_lines_of_now() {
    for again in [
        &["retry", "test.db", "--step", "facts"][..],
        &["clean", "test.db", "--from", "generate"],
        &["parse", "test.db"],
    ] {
        let project = project(LATER);
        project.run();
        move_down(&project, 10);
        project.run();
        let ids = project.list("SELECT work_id FROM outputs WHERE step = 'facts'");
        let ids: Vec<&str> = if again[0] == "retry" { ids.iter().map(String::as_str).collect() } else { Vec::new() };
        let again = if again[0] == "retry" { [&again[..2], &ids[..]].concat() } else { again.to_vec() };
        project.casebook(&again).expect(0);
        project.assert_sound();
        project.run();
        assert_eq!(lines(&project), [13, 14, 18], "{again:?}");
        assert_eq!(outputs(&project, "lines"), [13, 14, 18].map(|line| json!({"line": line})), "{again:?}");
        project.assert_sound();
    }
}

#[test]
fn tampering_with_claims_and_lines_is_found() {
    for (change, found) in [
        ("UPDATE claim SET number = 7 WHERE id = 1", "the claims of attempt"),
        ("UPDATE claim SET path = 'rules[1].evidence[0]' WHERE id = 1", "the claims of attempt"),
        ("UPDATE claim SET cited_start = 2 WHERE id = 1", "the claims of attempt"),
        ("UPDATE claim SET cited_end = 5 WHERE id = 1", "the claims of attempt"),
        ("UPDATE claim SET line_start = 2 WHERE id = 1", "the claims of attempt"),
        ("UPDATE claim SET line_end = 5 WHERE id = 1", "the claims of attempt"),
        ("UPDATE claim SET quote = 'x' WHERE id = 1", "the claims of attempt"),
        ("UPDATE claim SET status = 'trimmed' WHERE id = 1", "the claims of attempt"),
        ("UPDATE claim SET status = 'relocated' WHERE id = 1", "the claims of attempt"),
        ("DELETE FROM claim WHERE id = 1", "the claims of attempt"),
        ("UPDATE claim SET attempt = (SELECT max(id) FROM attempt) WHERE id = 1", "the claims of attempt"),
        ("UPDATE cache_entry SET first_line = 2 WHERE id = 1", "the output of work item"),
        ("UPDATE cache_entry SET first_line = NULL WHERE id = 1", "the output of work item"),
        ("UPDATE cache_entry SET output = replace(output, '\"from\":13', '\"from\":14')", "the output of work item"),
        ("UPDATE cache_entry SET output = replace(output, '\"from\":3', '\"from\":4')", "the output of work item"),
        (
            "UPDATE standing SET cache_entry = 1 WHERE id = (SELECT id FROM standing WHERE step = 1 ORDER BY position)",
            "",
        ),
        ("UPDATE standing SET item = replace(item, '13', '12') WHERE item IS NOT NULL", "did not make"),
        ("UPDATE standing SET item = NULL WHERE step = 2", "did not make"),
    ] {
        let project = project(LATER);
        project.run();
        move_down(&project, 10);
        project.run();
        project.assert_sound();
        project.tamper(change);
        let problems = problems(&project.verify(true)).join("\n");
        assert!(!problems.is_empty() && problems.contains(found), "{change}: {problems}");
    }
}

#[test]
fn an_invented_output_at_another_line_is_found() {
    // The output of the last row, once more where it is, and where the row never began.
    let shifted = "replace(replace(output, '\"from\":18', '\"from\":22'), '\"to\":18', '\"to\":22')";
    for (line, output) in [("first_line", "output"), ("first_line + 4", shifted)] {
        let project = project("");
        project.run();
        move_down(&project, 10);
        project.run();
        project.assert_sound();
        project.tamper(&format!(
            "INSERT INTO cache_entry (work_item, attempt, first_line, output)
             SELECT work_item, attempt, {line}, {output} FROM cache_entry WHERE output LIKE '%\"from\":18%'"
        ));
        let problems = problems(&project.verify(false)).join("\n");
        assert!(problems.contains("cache entry"), "{line}: {problems}");
    }
}

#[test]
fn a_tampered_edit_that_moved_is_found() {
    let project = project("");
    project.run();
    let work_id = project.text("SELECT work_id FROM results LIMIT 1");
    let edited = r#"{"rules":[{"rule":"b","evidence":[{"from":4,"to":4,"quote":"- They are paid in cash."}]}]}"#;
    edit(&project, &work_id, edited).expect(0);
    move_down(&project, 10);
    project.run();
    project.assert_sound();
    project.tamper(
        "UPDATE cache_entry SET output = replace(output, '\"rule\":\"b\"', '\"rule\":\"c\"') WHERE first_line = 11",
    );
    assert!(problems(&project.verify(false)).join("\n").contains("the output of work item"));
}

#[test]
fn elements_of_nested_lists_are_work_items() {
    let steps = r#"
  - {name: list, rule: {uses: "[{'parts': [1, 2]}, {'parts': none}, {}, {'parts': [2]}]"}}
  - {name: part, each: "element of list.uses[].parts[]", rule: {part: item}}
"#;
    let project = Project::new();
    project.write("casebook.yaml", format!("run: {{name: test}}\ninput: {{path: rows.csv}}\nsteps:{steps}"));
    project.write("rows.csv", "a\nx\n");
    project.run();
    assert_eq!(project.list("SELECT item FROM outputs WHERE step = 'part'"), ["1", "2", "2"]);
    assert_eq!(project.list("SELECT path FROM standing WHERE path IS NOT NULL"), ["00000000", "00000001", "00000002"]);
    project.assert_sound();
    // The same path, written without the last brackets, is the same step.
    let items = project.number("SELECT count(*) FROM work_item");
    project.edit("casebook.yaml", "parts[]\"", "parts\"");
    project.run();
    assert_eq!(project.number("SELECT count(*) FROM work_item"), items);
    project.edit("casebook.yaml", "{'parts': [2]}", "{'parts': 2}");
    project.run();
    let reason = project.text("SELECT reason FROM held_back");
    assert_eq!(reason, "`uses[3].parts` in the output of `list` is no list");
    project.assert_sound();
}

/// Steps that read a line of the element that their parents were made from, beside joins of the same parents.
const JOINED: &str = r#"
  - name: quotes
    each: element of facts.rules[].evidence[]
    rule: {quote: item.quote}
  - name: at
    each: output of quotes
    rule: {line: "parents[0].item.from"}
  - name: together
    each: join quotes by row
    rule: {count: steps.quotes | length}
  - name: first
    each: join quotes by row
    rule: {line: "parents[0].item.from", lines: "parents | map(attribute='item') | map(attribute='from') | list"}
  - name: late
    each: output of quotes
    when: parents[0].item.from > 8
    rule: {quote: item.quote}
"#;

#[test]
fn what_reads_lines_through_parents_follows_beside_joins() {
    let project = project(JOINED);
    project.run();
    let late = "SELECT status || ' ' || items FROM tally JOIN step ON step.id = tally.step
                WHERE step.name = 'late' AND items > 0 ORDER BY 1";
    for lines in [0, 10, 0, 3] {
        move_down(&project, lines);
        assert_eq!(project.cost(), NONE);
        let lines = i64::try_from(lines).unwrap();
        assert_eq!(outputs(&project, "at"), [3, 4, 8].map(|line| json!({"line": line + lines})));
        let first = [vec![3, 4], vec![8]].map(|of| of.into_iter().map(|line| line + lines).collect::<Vec<_>>());
        assert_eq!(outputs(&project, "first"), first.map(|of| json!({"line": of[0], "lines": of})));
        let counts: &[&str] = match lines {
            0 => &["skipped 3"],
            3 => &["accepted 1", "skipped 2"],
            _ => &["accepted 3"],
        };
        assert_eq!(project.list(late), counts, "{lines} lines above");
        project.assert_sound();
    }
}
