//! `verify` passes on every kind of run file, and finds whatever is tampered with.

use crate::projects::{Project, ROWS, problems};

const ONE: &str = r#"{"label": "one", "note": "fine"}"#;
const TWO: &str = r#"{"label": "two", "note": "fine"}"#;
const PASS: &str = r#"{"verdict": "PASS", "score": 90, "reasons": []}"#;
const FAIL: &str = r#"{"verdict": "FAIL", "score": 10, "reasons": ["no"]}"#;

/// A run with accepted, rejected, failed and pending work items, some of them after a second attempt.
fn mixed() -> Project {
    let answers = [
        ("a", 1, ONE),
        ("b", 1, "no JSON"),
        ("b", 2, ONE),
        ("c", 1, TWO),
        ("c", 2, TWO),
        ("d", 1, "no JSON"),
        ("d", 2, "{\"label\": \"four\"}"),
        ("f", 1, ONE),
    ];
    let mut project = Project::recorded(&answers);
    project.verdicts(&[("one", PASS), ("two", FAIL)]);
    project.set("judge.enabled", "true");
    let mut options = project.options();
    options.limit = Some(5);
    casebook::inside::engine::run(&options, &mut |_| {}).unwrap();
    let statuses = project.list("SELECT status FROM results");
    assert_eq!(statuses, ["accepted", "accepted", "rejected", "failed", "failed", "pending"]);
    project
}

/// Tampers with a run in a way that the check whose words hold `what` finds, naming `whom`.
#[track_caller]
fn found(what: &str, statements: &str) {
    let project = mixed();
    project.tamper(statements);
    let found = problems(&project.verify(false));
    assert!(found.iter().any(|problem| problem.contains(what)), "{statements}: {found:#?}");
    let ended = project.casebook(&["verify", "test.db"]);
    assert_eq!(ended.code, Some(1), "{ended:?}");
}

#[test]
fn all_kinds_of_run_files_are_sound() {
    mixed().assert_sound();
    for grouping in ["group_output", "row_output_with_group_context"] {
        let mut project = Project::judged();
        project.edit("prompt.yaml", "{{ row.text }}", "{{ context }}");
        project.edit("judge.yaml", "{{ row.text }}", "{{ context }}");
        project.set("grouping", &format!("{{enabled: true, column: remark, mode: {grouping}, max_rows_per_group: 4}}"));
        project.run();
        project.assert_sound();
    }
    let mut faulty = Project::judged();
    faulty.set("llm.sample", "{malformed: 0.3, extra_field: 0.3, truncated: 0.2, judge_fail: 0.3}");
    faulty.run();
    faulty.assert_sound();
    let mut keyless = Project::new();
    keyless.set("input.key", "null");
    keyless.write("input.csv", "text,remark\nsame,x\nsame,x\nother,y\n");
    keyless.run();
    keyless.assert_sound();
}

#[test]
fn a_run_file_stays_sound_through_changes_and_upkeep() {
    let project = mixed();
    let selection = casebook::inside::engine::RetrySelection { failed: true, rejected: true, ..Default::default() };
    casebook::inside::engine::retry(&project.db(), &selection).unwrap();
    project.assert_sound();
    project.run();
    project.assert_sound();
    project.write("input.csv", ROWS.replace("c,third text,x\n", ""));
    project.run();
    project.assert_sound();
    casebook::inside::engine::clean(&project.db(), casebook::inside::record::Stage::Generate, false).unwrap();
    project.assert_sound();
    project.run();
    project.assert_sound();
}

#[test]
fn verify_leaves_the_file_as_it_is() {
    let project = mixed();
    let before = project.entries();
    project.assert_sound();
    assert!(project.entries() == before);
    let ended = project.casebook(&["verify", "test.db", "--replay"]);
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert!(project.entries() == before);
}

#[test]
fn a_changed_answer_is_found_by_the_replay() {
    let project = mixed();
    project.tamper(&format!("UPDATE response SET answer = replace(answer, 'one', 'three') WHERE answer = '{ONE}'"));
    let found = problems(&project.verify(true));
    assert!(found.iter().any(|problem| problem.contains("byte for byte")), "{found:#?}");
    assert_eq!(project.casebook(&["verify", "test.db", "--replay"]).code, Some(1));
}

#[test]
fn a_changed_verdict_is_found_by_the_replay() {
    let project = mixed();
    project.tamper(
        "UPDATE response SET answer = replace(answer, '90', '91')
         WHERE call IN (SELECT id FROM call WHERE purpose = 'judge')",
    );
    let found = problems(&project.verify(true));
    assert!(found.iter().any(|problem| problem.contains("byte for byte")), "{found:#?}");
}

#[test]
fn a_changed_output_is_found() {
    found("valid against its schema", r#"UPDATE cache_entry SET output = '{"label":"four","note":"fine"}'"#);
    found("valid against its schema", r#"UPDATE cache_entry SET output = '{"label":"one","note":"fine","more":1}'"#);
    let project = mixed();
    project.tamper(r#"UPDATE cache_entry SET output = '{"label":"three","note":"fine"}'"#);
    let found = problems(&project.verify(true));
    assert!(!found.is_empty(), "a valid output that nobody gave");
}

#[test]
fn an_output_that_the_judge_did_not_pass_is_found() {
    let what = "passed by its judge";
    found(what, "UPDATE attempt SET verdict = 'FAIL' WHERE outcome = 'accepted'");
    found(what, "UPDATE attempt SET score = 60 WHERE outcome = 'accepted'");
    found(what, "UPDATE attempt SET verdict = NULL, score = NULL WHERE outcome = 'accepted'");
    found(what, "UPDATE cache_entry SET attempt = (SELECT min(id) FROM attempt WHERE outcome <> 'accepted')");
}

#[test]
fn a_changed_row_is_found() {
    let what = "rows and groups have the ids";
    found("exact tasks", "UPDATE input_row SET fields = replace(fields, 'third', '3rd')");
    found(what, r#"UPDATE input_row SET fields = replace(fields, '["a"', '["z"')"#);
    found(what, "UPDATE input_row SET row_id = lower(hex(randomblob(20))) WHERE row_index = 2");
}

#[test]
fn a_changed_prompt_is_found() {
    found("texts, configurations", "UPDATE text SET body = body || ' '");
    found("prompts are exact", "UPDATE request SET messages = replace(messages, 'third', '3rd')");
    found("prompts are exact", "UPDATE request SET matched = replace(matched, '1', '3')");
    found("prompts are exact", "UPDATE request SET sample = 2 WHERE id = 1");
}

#[test]
fn a_changed_configuration_or_task_is_found() {
    let what = "texts, configurations, specs and tasks";
    found(what, "UPDATE config SET snapshot = json_set(snapshot, '$.config.run.seed', 8)");
    found(what, "UPDATE spec SET body = json_set(body, '$.model', 'another') WHERE id = 1");
    found(what, "UPDATE task SET parts = json_set(parts, '$.judge.min_score', 1)");
}

#[test]
fn a_changed_status_is_found() {
    found("every decision has its attempt", "UPDATE standing SET status = 'rejected' WHERE status = 'failed'");
    found(
        "every decision has its attempt",
        "UPDATE standing SET status = 'accepted', cache_entry = (SELECT min(id) FROM cache_entry) WHERE status = 'failed'",
    );
    found("rows are conserved", "UPDATE standing SET status = 'lost' WHERE status = 'pending'");
    found("every row of the input is planned", "UPDATE standing SET planned = 0 WHERE position = 2");
    found("planned once", "UPDATE work_item SET work_id = (SELECT min(work_id) FROM work_item)");
    found("has a standing", "DELETE FROM standing WHERE position = 5");
}

#[test]
fn whatever_else_is_said_of_a_work_item_is_found() {
    for (what, change) in [
        ("the ids of their content", "UPDATE work_item SET input_row = 2 WHERE id = 1"),
        ("the ids of their content", "UPDATE work_item SET source_kind = 'group' WHERE id = 1"),
        ("the ids of their content", "UPDATE standing SET input_row = 1 WHERE id = 2"),
        ("the ids of their content", "UPDATE standing SET cache_id = lower(hex(randomblob(20))) WHERE id = 6"),
        ("every row of the input is planned", "UPDATE standing SET position = 9 WHERE position = 5"),
        ("counted as long as it is open", "UPDATE standing SET open_sources = 1 WHERE id = 6"),
        ("rows are conserved", "UPDATE tally SET items = items + 1 WHERE status = 'accepted'"),
        ("rows are conserved", "DELETE FROM tally WHERE status = 'rejected'"),
        ("rows are conserved", "UPDATE standing SET variant = 2 WHERE id = 1"),
        ("every decision has its attempt", "UPDATE standing SET attempts = attempts + 1 WHERE status = 'accepted'"),
        ("every decision has its attempt", "UPDATE standing SET attempts = 1 WHERE status = 'pending'"),
        ("every decision has its attempt", "UPDATE standing SET last_attempt = last_attempt - 1 WHERE id = 2"),
        ("every decision has its attempt", "UPDATE standing SET last_attempt = NULL WHERE status = 'failed'"),
        ("every decision has its attempt", "UPDATE standing SET sample = 2 WHERE id = 1"),
        ("every decision has its attempt", "UPDATE standing SET reason = 'why not' WHERE status = 'failed'"),
        ("every decision has its attempt", "UPDATE standing SET cache_entry = 2 WHERE id = 1"),
        ("every decision has its attempt", "UPDATE standing SET status = 'skipped' WHERE status = 'pending'"),
        (
            "every decision has its attempt",
            "INSERT INTO round VALUES (1, 1, 1, 'retry', 'generate', 0, NULL, '{}', ''); UPDATE standing SET round = 1",
        ),
    ] {
        found(what, change);
    }
}

#[test]
fn whatever_is_said_of_an_attempt_is_found() {
    let own = "about its own request, task and round";
    let judged = "judges decided by their rule";
    for (what, change) in [
        (own, "UPDATE attempt SET response = (SELECT max(id) FROM response) WHERE id = 1"),
        (own, "UPDATE attempt SET request = (SELECT max(id) FROM request) WHERE id = 1"),
        (own, "UPDATE call SET is_judge = 1"),
        (
            own,
            "INSERT INTO invocation (id, uid, command, version, pid, status, started_at) VALUES (9, '', '', '', 1, 'done', '');
             INSERT INTO round VALUES (1, 9, 1, 'retry', 'generate', 0, NULL, '{}', ''); UPDATE attempt SET round = 1",
        ),
        ("no attempt is missing", "UPDATE attempt SET sample = 2 WHERE number = 1"),
        ("every decision has its attempt", "UPDATE attempt SET outcome = 'judge_failed' WHERE outcome = 'accepted'"),
        (judged, "UPDATE attempt SET score = 91 WHERE outcome = 'accepted'"),
        (judged, "UPDATE attempt SET reasons = '[\"none\"]' WHERE outcome = 'judge_failed'"),
        (judged, "UPDATE attempt SET detail = 'bad' WHERE outcome = 'judge_failed'"),
        (judged, "UPDATE verdict SET score = 91 WHERE verdict = 'PASS'"),
        (judged, "UPDATE verdict SET judge = 'another'"),
        (judged, "UPDATE verdict SET number = 2"),
        (judged, "DELETE FROM verdict WHERE id = 1"),
        (judged, "UPDATE verdict SET response = (SELECT min(id) FROM response)"),
        (
            "did not pass is what was answered",
            "UPDATE attempt SET output = '{\"label\":\"one\"}' WHERE outcome = 'judge_failed'",
        ),
    ] {
        found(what, change);
    }
}

#[test]
fn whatever_is_said_of_rounds_plans_and_spending_is_found() {
    let spent = "what was spent is what the calls cost";
    let ended = "INSERT INTO round_end VALUES (1, 1, '')";
    for (what, change) in [
        (spent, "UPDATE spending SET calls = calls - 1".to_owned()),
        (spent, "UPDATE spending SET spent_pico_usd = 1000000000000".to_owned()),
        (spent, "UPDATE spending SET oldest_open = 1".to_owned()),
        (spent, "DELETE FROM spending".to_owned()),
        (spent, "UPDATE response SET cost_usd = 0.5 WHERE id = 1".to_owned()),
        (
            "rounds are in order",
            "INSERT INTO round VALUES (1, 1, 2, 'clean', 'generate', 0, NULL, '{}', '')".to_owned(),
        ),
        (
            "rounds are in order",
            format!("INSERT INTO round VALUES (1, 1, 1, 'clean', 'generate', 0, NULL, '{{}}', ''); {ended}"),
        ),
        ("every plan is of its step's task", "UPDATE plan SET config = NULL".to_owned()),
    ] {
        found(what, &change);
    }
}

#[test]
fn a_deleted_record_is_found() {
    found("the database is whole", "DELETE FROM call WHERE id = 1");
    found("the database is whole", "DELETE FROM response WHERE id = 1");
    found("no attempt is missing", "DELETE FROM attempt WHERE id = 1");
    found("the database is whole", "DELETE FROM attempt WHERE outcome = 'accepted'");
    found("the database is whole", "DELETE FROM input_row WHERE row_index = 1");
    found("answer that counts is on the tape", "UPDATE attempt SET response = NULL WHERE id = 1");
}

#[test]
fn a_changed_file_is_found() {
    found("files have the digests", "UPDATE artifact SET sha1 = lower(hex(randomblob(20))) WHERE name = 'output.csv'");
    found("files have the digests", "UPDATE artifact_chunk SET data = zeroblob(length(data))");
    found("files have the digests", "DELETE FROM artifact_chunk WHERE id = 1");
    found("files have the digests", "UPDATE artifact SET bytes = bytes + 1");
}

#[test]
fn damaged_pages_are_found() {
    let project = mixed();
    let mut bytes = std::fs::read(project.db()).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle..middle + 8192].fill(0xA5);
    project.write("test.db", bytes);
    let ended = project.casebook(&["verify", "test.db"]);
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert!(!ended.stderr.contains("panicked"), "{}", ended.stderr);
}

#[test]
fn numbers_that_are_written_otherwise_are_the_same_output() {
    let mut project = Project::recorded(&[("a", 1, r#"{"n": 1.0, "m": 1e3, "k": -0.50}"#)]);
    project.write("input.csv", "id,text\na,one\n");
    project.write(
        "schema.json",
        r#"{"type": "object", "properties": {"n": {"type": "number"}, "m": {"type": "number"}, "k": {"type": "number"}}}"#,
    );
    project.set("outputs.formats", "[jsonl]");
    project.run();
    assert_eq!(project.outputs()[0]["output"].to_string(), r#"{"k":-0.5,"m":1000,"n":1}"#);
    project.assert_sound();
}

/// Steps of which the last one sees only the first; between them a rule that nobody takes from.
fn steps() -> Project {
    let project = Project::new();
    project.write(
        "casebook.yaml",
        "run: {name: test, seed: 7}
input: {path: input.csv, key: id}
llm: {provider: sample}
steps:
  - {name: first, prompts: {generation: prompt.yaml}, schema: {path: schema.json}}
  - {name: aside, each: output of first, rule: {label: 'steps.first.label ~ row.id'}}
  - {name: other, each: output of first, when: \"item.label != 'two'\", prompts: {generation: other.yaml}, schema: {path: schema.json}}
  - {name: last, each: 'join first by row', rule: {label: steps.first.label}}
",
    );
    project.write("other.yaml", "name: other\nuser: 'Again: {{ item.label }} {{ llm_schema }}'\n");
    project.run();
    project
}

#[test]
fn every_step_is_replayed_and_not_only_what_is_exported() {
    steps().assert_sound();
    for (what, statements) in [
        (
            "of step aside comes to another end",
            "UPDATE cache_entry SET output = '{\"label\":\"x\"}' WHERE id IN
                 (SELECT cache_entry FROM standing JOIN step ON step.id = standing.step WHERE name = 'aside')",
        ),
        (
            "of step other comes to another end",
            "UPDATE standing SET status = 'skipped', cache_entry = NULL, last_attempt = NULL
             WHERE status = 'accepted' AND step = (SELECT id FROM step WHERE name = 'other')",
        ),
        (
            "exact task of work item",
            "UPDATE attempt_input SET cache_entry = (SELECT max(cache_entry) FROM attempt_input)",
        ),
        (
            "work item ",
            "UPDATE work_item SET work_id = lower(hex(randomblob(20))) WHERE step = (SELECT id FROM step WHERE name = 'aside')",
        ),
        (
            "is made from something else",
            "UPDATE edge SET parent = 1 WHERE child IN (SELECT id FROM standing WHERE step = 2)",
        ),
        ("counted as long as it is open", "UPDATE edge SET is_open = 1"),
        ("counted as long as it is open", "INSERT INTO edge VALUES (1000, 1, 2, 1, 0)"),
        ("follows from their outputs", "DELETE FROM edge WHERE child = (SELECT min(id) FROM standing WHERE step = 4)"),
        ("follows from their outputs", "UPDATE standing SET path = '7' WHERE step = 2"),
        ("follows from their outputs", "UPDATE standing SET position = position + 1 WHERE step = 2"),
        ("follows from their outputs", "UPDATE edge SET number = 2"),
    ] {
        let project = steps();
        project.tamper(statements);
        let found = problems(&project.verify(true));
        assert!(found.iter().any(|problem| problem.contains(what)), "{statements}: {found:#?}");
    }
}

#[test]
fn a_file_that_was_forged_with_its_digests_is_found_by_the_replay() {
    let mut project = Project::recorded(&[("a", 1, ONE)]);
    project.write("input.csv", "id,text\na,one\n");
    project.set("outputs.formats", "[csv]");
    project.run();
    project.assert_sound();
    let sha1 = casebook::inside::record::Digest::of_bytes(b"forged\n").to_string();
    project.tamper(&format!(
        "UPDATE artifact_chunk SET data = CAST('forged' || char(10) AS BLOB)
         WHERE artifact = (SELECT id FROM artifact WHERE name = 'output.csv');
         UPDATE artifact SET sha1 = '{sha1}', bytes = 7 WHERE name = 'output.csv';
         UPDATE manifest SET outputs = json_set(outputs, '$.\"output.csv\".sha1', '{sha1}') WHERE stage = 'export'"
    ));
    assert!(project.verify(false).is_sound());
    let found = problems(&project.verify(true));
    assert!(found.iter().any(|problem| problem.contains("output.csv has sha1")), "{found:#?}");
}

#[test]
fn many_equal_elements_are_told_apart() {
    let project = Project::new();
    project.write("input.csv", "id,text\na,one\n");
    project.write(
        "casebook.yaml",
        "run: {name: test}
input: {path: input.csv, key: id}
llm: {provider: sample}
steps:
  - {name: list, rule: {items: \"('x ' * 12000) | split(' ') | list\"}}
  - {name: each, each: element of list.items, rule: {x: item}}
",
    );
    project.run();
    assert!(project.number("SELECT count(*) FROM standing WHERE step = 2 AND status = 'accepted'") >= 12_000);
    project.assert_sound();
    for change in [
        "UPDATE work_item SET source = json_set(source, '$[3]', 20000) WHERE id = 7000",
        "UPDATE standing SET planned = 0 WHERE id = 7000",
        "DELETE FROM work_item WHERE id = 7000; DELETE FROM standing WHERE id = 7000",
    ] {
        let copy = Project::new();
        copy.write("test.db", std::fs::read(project.db()).unwrap());
        copy.tamper(change);
        assert!(!copy.verify(false).is_sound(), "{change}");
    }
}

#[test]
fn a_rule_keeps_the_order_of_its_fields() {
    let project = Project::new();
    project.write(
        "casebook.yaml",
        "run: {name: test}
input: {path: input.csv, key: id}
llm: {provider: sample}
outputs: {formats: [csv]}
steps:
  - {name: words, rule: {words: \"row.text | split(' ') | list\", id: row.id}}
  - {name: each, each: element of words.words, rule: {word: item, length: item | length}}
  - {name: all, each: \"join each, words by row\", rule: {last: \"steps.each[-1].word\", count: \"steps.each | length\"}}
",
    );
    project.run();
    let verified = project.verify(true);
    assert_eq!(problems(&verified), [] as [String; 0]);
    let replayed = verified.checks.iter().find(|check| check.what.contains("replayed")).unwrap();
    assert!(!replayed.what.contains("left out"), "{}", replayed.what);
    let planned = "SELECT count(*) FROM standing WHERE planned = 1";
    assert_eq!(i64::try_from(replayed.checked).unwrap(), project.number(planned));
    // The recorded configuration is that of the task, and so is what is planned from it.
    let tasks = project.list("SELECT task_id FROM task ORDER BY id");
    casebook::inside::engine::clean(&project.db(), casebook::inside::record::Stage::Plan, false).unwrap();
    project.run();
    assert_eq!(project.list("SELECT task_id FROM task ORDER BY id"), tasks);
    project.assert_sound();
}
