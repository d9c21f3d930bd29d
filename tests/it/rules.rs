//! The rules that are never broken, each by its number. Two more are held where their set-up lives: an answer that is
//! durable before it counts (2) by `crash.rs`, which kills the binary, and secrets (4) by `secrets.rs`.

use std::fmt::Write as _;
use std::fs;
use std::process::Stdio;

use casebook::inside::engine::{self, RunEvent};
use rusqlite::{Connection, OpenFlags};
use serde_json::Value;

use crate::projects::{Project, SCHEMA, calls};
use crate::support;

/// A judged project of so many rows, whose sampled answers go wrong often.
fn faulty(rows: usize, seed: u64) -> Project {
    let mut project = Project::judged();
    let rows = (0..rows).fold("id,text,remark\n".to_owned(), |text, row| text + &format!("r{row},text {row},x\n"));
    project.write("input.csv", rows);
    project.set("run.seed", &seed.to_string()).set("llm.retries", "2");
    project.set("llm.sample", "{malformed: 0.2, extra_field: 0.2, truncated: 0.2, judge_fail: 0.4}");
    project
}

/// What the progress of each step does not add up to.
fn lost(connection: &Connection) -> Vec<String> {
    let query = "SELECT step || ': ' || planned FROM progress
                 WHERE planned <> accepted + rejected + failed + skipped + blocked + pending";
    let mut statement = connection.prepare(query).unwrap();
    statement.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
}

#[test]
fn rule_1_rows_are_conserved_at_every_commit() {
    let mut project = faulty(300, 1);
    project.set("llm.max_workers", "3");
    let mut looks = 0;
    let db = project.db();
    let summary = engine::run(&project.options(), &mut |progress| {
        // Each word from the loop comes after a commit, and a reader sees what was committed.
        if matches!(progress, RunEvent::Generating(_)) {
            let reader = Connection::open_with_flags(&db, OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap();
            assert_eq!(lost(&reader), [""; 0]);
            let planned: i64 = reader.query_row("SELECT planned FROM progress", [], |row| row.get(0)).unwrap();
            assert_eq!(planned, 300);
            looks += 1;
        }
    });
    let counts = summary.unwrap().counts;
    assert!(looks > 10, "{looks}");
    assert!(counts.conserved());
    assert_eq!((counts.planned, counts.pending), (300, 0));
    assert!(counts.accepted > 0 && counts.rejected > 0 && counts.failed > 0, "all kinds: {counts:?}");
    let statuses = project.outputs().iter().fold([0; 3], |mut sums, it| {
        let of = ["accepted", "rejected", "failed"].iter().position(|name| it["status"] == *name).unwrap();
        sums[of] += 1;
        sums
    });
    assert_eq!(statuses, [counts.accepted, counts.rejected, counts.failed]);
    assert_eq!(
        project.number("SELECT count(*) FROM failures"),
        i64::try_from(counts.rejected + counts.failed).unwrap()
    );
}

#[test]
fn rule_3_nothing_is_overwritten() {
    let project = faulty(30, 2);
    project.run();
    let connection = Connection::open(project.db()).unwrap();
    let append_only = [
        "config",
        "manifest",
        "anomaly",
        "plan",
        "round",
        "round_end",
        "text",
        "dataset",
        "input_row",
        "row_group",
        "task",
        "spec",
        "request",
        "call",
        "response",
        "odd_usage",
        "attempt",
        "attempt_input",
        "verdict",
        "cache_entry",
        "artifact",
        "artifact_chunk",
    ];
    engine::clean(&project.db(), casebook::inside::record::Stage::Report, false).unwrap();
    for table in append_only {
        let count = |it: &Connection| {
            it.query_row(&format!("SELECT count(*) FROM {table}"), [], |row| row.get::<_, i64>(0)).unwrap()
        };
        let before = count(&connection);
        if before == 0 {
            continue;
        }
        let refused = |statement: String| {
            let error = connection.execute(&statement, []).expect_err(&statement).to_string();
            assert!(error.contains("append-only"), "{statement}: {error}");
        };
        let column = connection
            .query_row("SELECT name FROM pragma_table_info(?1) WHERE cid = 1", [table], |row| row.get::<_, String>(0))
            .unwrap();
        refused(format!("UPDATE {table} SET {column} = {column}"));
        refused(format!("DELETE FROM {table}"));
        // All that can be written: what follows from other columns is not stored.
        let columns = connection
            .query_row("SELECT group_concat(name) FROM pragma_table_info(?1)", [table], |row| row.get::<_, String>(0))
            .unwrap();
        refused(format!("INSERT OR REPLACE INTO {table} ({columns}) SELECT {columns} FROM {table} LIMIT 1"));
        assert_eq!(count(&connection), before);
    }
    for table in ["standing", "step", "invocation"] {
        let error = connection.execute(&format!("DELETE FROM {table}"), []).unwrap_err().to_string();
        assert!(error.contains("kept"), "{error}");
    }
}

#[test]
fn rule_3_an_old_prompt_and_its_attempts_stay() {
    let project = faulty(30, 3);
    project.run();
    let all = |query: &str| project.list(query);
    let (attempts, prompts) = (
        all("SELECT id || outcome || coalesce(detail, '') FROM attempt ORDER BY id"),
        all("SELECT request_id || number || content FROM messages ORDER BY request_id, number"),
    );
    project.edit("prompt.yaml", "what the text is", "what this text is");
    project.run();
    engine::clean(&project.db(), casebook::inside::record::Stage::Ingest, true).unwrap();
    project.run();
    assert_eq!(
        all("SELECT id || outcome || coalesce(detail, '') FROM attempt ORDER BY id")[..attempts.len()],
        attempts
    );
    let now = all("SELECT request_id || number || content FROM messages ORDER BY request_id, number");
    assert!(prompts.iter().all(|prompt| now.binary_search(prompt).is_ok()));
}

#[test]
fn rule_5_invalid_never_gets_through() {
    let mut schema: Value = serde_json::from_str(SCHEMA).unwrap();
    schema["additionalProperties"] = Value::Bool(false);
    let validator = jsonschema::validator_for(&schema).unwrap();
    for seed in 0..12 {
        let mut project = faulty(40, seed);
        let rate = |of: u64| f64::from(u32::try_from((seed * of) % 10).unwrap()) / 10.0;
        project.set(
            "llm.sample",
            &format!(
                "{{malformed: {}, extra_field: {}, truncated: {}, judge_fail: {}}}",
                rate(3),
                rate(7),
                rate(9),
                rate(1)
            ),
        );
        project.set("judge.min_score", &(seed * 8).to_string());
        project.run();
        let entries = project.list("SELECT output FROM cache_entry");
        for output in &entries {
            assert!(validator.is_valid(&serde_json::from_str(output).unwrap()), "{output}");
        }
        let passed = project.number(&format!(
            "SELECT count(*) FROM cache_entry JOIN attempt ON attempt.id = cache_entry.attempt
             WHERE attempt.outcome = 'accepted' AND attempt.verdict = 'PASS' AND attempt.score >= {}",
            seed * 8
        ));
        assert_eq!(passed, i64::try_from(entries.len()).unwrap());
        let not_shown = project.number("SELECT count(*) FROM results WHERE status <> 'accepted' AND label IS NOT NULL");
        assert_eq!(not_shown, 0);
    }
}

/// A report without what is a time or lasted some.
fn timeless(report: &str) -> String {
    let mut kept = String::new();
    let mut digits = String::new();
    for letter in report.chars().chain(['\n']) {
        if letter.is_ascii_digit() || (!digits.is_empty() && "-:.TZ".contains(letter)) {
            digits.push(letter);
            continue;
        }
        let is_time = digits.len() >= 16 && digits.contains(':');
        kept.push_str(if is_time { "<time>" } else { &digits });
        digits.clear();
        kept.push(letter);
    }
    let lasting = |line: &&str| line.contains(" ms") || line.contains(" s ");
    let left: Vec<&str> = kept.lines().filter(|line| !lasting(line)).collect();
    assert!(left.len() * 20 > kept.lines().count() * 19, "nearly all of a report is compared");
    left.join("\n")
}

#[test]
fn rule_6_same_inputs_same_bytes() {
    let run = |workers: &str| {
        let mut project = faulty(200, 6);
        project.set("llm.max_workers", workers);
        project.run();
        project
    };
    let (one, many) = (run("1"), run("64"));
    for name in ["output.jsonl", "output.psv", "output.csv"] {
        assert_eq!(one.read(&format!("out/test/{name}")), many.read(&format!("out/test/{name}")), "{name}");
    }
    for query in [
        "SELECT work_id || row_index || status || coalesce(score, '') || attempts FROM results",
        "SELECT request_id FROM request ORDER BY request_id",
        "SELECT task_id FROM task",
        "SELECT spec_id FROM spec ORDER BY spec_id",
        "SELECT cache_id FROM standing JOIN work_item ON work_item.id = standing.work_item ORDER BY work_id",
        "SELECT row_id FROM input_row ORDER BY row_index",
        "SELECT kind || ': ' || detail FROM anomalies ORDER BY detail",
    ] {
        assert_eq!(one.list(query), many.list(query), "{query}");
    }
    // The number of workers is part of the configuration, which the reports name and quote.
    let report = |it: &Project, name: &str| {
        let config = it.text("SELECT config_id FROM config");
        let text = it.read(&format!("out/test/{name}")).replace(&config[..10], "<config>");
        let workers = ["\"max_workers\": 64", "&#34;max_workers&#34;: 64", "\"max_workers\":64"];
        timeless(&workers.iter().fold(text, |text, line| text.replace(line, &line.replace("64", "1"))))
    };
    for name in ["report.md", "report.html"] {
        let (left, right) = (report(&one, name), report(&many, name));
        let differing = left.lines().zip(right.lines()).find(|(left, right)| left != right);
        assert_eq!(differing, None, "{name}");
        assert_eq!(left.len(), right.len(), "{name}");
    }
}

#[test]
fn rule_6_nothing_depends_on_where_a_project_lies() {
    let (one, other) = (faulty(20, 6), faulty(20, 6));
    one.run();
    other.run();
    assert_eq!(one.list("SELECT config_id FROM config"), other.list("SELECT config_id FROM config"));
    let folder = one.dir().to_string_lossy().into_owned();
    for (name, bytes) in one.entries() {
        if name.is_file() && name.starts_with(one.path("out/test")) || name == one.db() {
            let found = bytes.windows(folder.len()).any(|window| window == folder.as_bytes());
            assert!(!found, "{} names the folder it was made in", name.display());
        }
    }
}

#[test]
fn rule_7_nothing_is_joined_by_position() {
    // Answers come back in an order of their own; each must reach its own row.
    let mut project = Project::new();
    let rows = (0..200).fold("id,text\n".to_owned(), |text, row| text + &format!("r{row},text {row}\n"));
    project.write("input.csv", rows);
    let answers: Vec<(String, String)> =
        (0..200).map(|row| (format!("r{row}"), format!(r#"{{"label": "one", "note": "of {row}"}}"#))).collect();
    let listed: Vec<(&str, u32, &str)> = answers.iter().rev().map(|(id, answer)| (&**id, 1, &**answer)).collect();
    project.answers(&listed);
    project.set("llm.provider", "recorded").set("llm.max_workers", "64");
    project.run();
    assert_eq!(project.number("SELECT count(*) FROM results WHERE note = 'of ' || substr(id, 2)"), 200);
    assert!(
        project
            .outputs()
            .iter()
            .all(|it| { it["output"]["note"].as_str().unwrap()[3..] == it["input"]["id"].as_str().unwrap()[1..] })
    );
}

#[test]
fn rule_7_nothing_is_dropped_in_silence() {
    let mut project = Project::new();
    project.edit("prompt.yaml", "{{ row.text }}", "{{ context }}");
    let long = "long ".repeat(400);
    project
        .write("input.csv", format!("id,text,part,none\na,{long},x,\n\nb,N/A,x,\nc,\"two\n\nlines\",,\nd,x,x,null\n"));
    project.set("grouping", "{enabled: true, column: part, max_rows_per_group: 2}");
    project.set("context.truncate_field_chars", "100");
    project.run();
    let kinds = project.list("SELECT kind FROM anomalies WHERE stage <> 'contract' ORDER BY kind");
    let expected = [
        "blank_lines",
        "cells_cleaned",
        "empty_column",
        "empty_group_key",
        "group_cut",
        "lines_joined",
        "null_tokens",
        "shared_requests",
        "truncated",
    ];
    assert_eq!(kinds, expected, "{:?}", project.list("SELECT kind || detail FROM anomalies"));
    let counted = project.list("SELECT anomalies FROM manifests WHERE stage IN ('ingest', 'plan') ORDER BY stage");
    assert_eq!(
        counted,
        [
            r#"{"blank_lines":1,"cells_cleaned":1,"empty_column":1,"lines_joined":1,"null_tokens":1}"#,
            r#"{"empty_group_key":1,"group_cut":1,"shared_requests":1,"truncated":1}"#,
        ]
    );
    let report = project.read("out/test/report.md");
    for kind in expected {
        assert!(report.contains(kind), "{kind} is not in the report");
    }
    project.run();
    let reused = project
        .list("SELECT anomalies FROM manifests WHERE stage IN ('ingest', 'plan') AND status = 'reused' ORDER BY stage");
    assert_eq!(reused, counted, "a stage that is reused says what was odd all the same");
}

/// The most memory that the real binary held while it took in and planned so many rows, in KiB.
#[cfg(target_os = "linux")]
fn peak(rows: usize) -> u64 {
    use std::fmt::Write as _;
    let project = Project::new();
    let mut text = "id,text,remark\n".to_owned();
    for row in 0..rows {
        writeln!(text, "r{row},the text of the row number {row} which is not very long,x").unwrap();
    }
    project.write("input.csv", text);
    let mut child = project
        .command(&["run", "casebook.yaml", "--to", "plan"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let status = format!("/proc/{}/status", child.id());
    let mut most = 0;
    let code = loop {
        let said = fs::read_to_string(&status).unwrap_or_default();
        let peak = said.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let peak = peak.and_then(|line| line.trim().trim_end_matches("kB").trim().parse::<u64>().ok());
        most = most.max(peak.unwrap_or_default());
        if let Some(code) = child.try_wait().unwrap() {
            break code;
        }
        std::thread::sleep(std::time::Duration::from_millis(5));
    };
    assert!(code.success());
    assert_eq!(project.number("SELECT count(*) FROM work_item"), i64::try_from(rows).unwrap());
    most
}

#[test]
#[cfg(target_os = "linux")]
fn rule_8_memory_is_bounded() {
    let (few, many) = (peak(10_000), peak(200_000));
    assert!(many < few * 3 / 2 + 30 * 1024, "{few} KiB for 10,000 rows, {many} KiB for 200,000");
}

#[test]
fn rule_9_an_unknown_price_is_unknown() {
    let server = support::Server::start();
    let project = support::Project::new(&server, &["one", "two", "three"]);
    project.run().expect(0);
    let connection = support::open(&project.db());
    let ask = |query: &str| support::texts(&connection, query);
    assert_eq!(ask("SELECT count(*) || ' ' || count(cost_usd) FROM calls"), ["3 0"]);
    assert_eq!(ask("SELECT cost_usd IS NULL AND unpriced_calls = 3 FROM costs"), ["1"]);
    assert_eq!(ask("SELECT count(*) FROM results WHERE cost_usd IS NOT NULL"), ["0"]);
    let exported = String::from_utf8(project.exported("output.jsonl")).unwrap();
    assert_eq!(exported.matches("\"cost_usd\":null").count(), 3);
    // The tables of money alone: a time of day may hold any digits.
    let status = project.casebook(&["status", &project.db().to_string_lossy()]).expect(0).stdout;
    let money = status.find("cost_usd").map(|at| &status[at..]).expect("a table of costs");
    assert!(money.contains("unknown (3 calls)"), "{status}");
    assert!(!money.contains("$0") && !money.contains("0.00"), "{status}");
}

#[test]
fn rule_9_what_nobody_is_asked_for_costs_nothing() {
    let project = Project::judged();
    assert_eq!(project.cost(), calls(6, 6));
    assert_eq!(project.number("SELECT count(*) FROM calls WHERE cost_usd = 0"), 12);
    assert_eq!(project.number("SELECT count(*) FROM costs WHERE cost_usd = 0 AND unpriced_calls = 0"), 1);
}

/// Cells that mean something to a template engine, a browser, a spreadsheet, a database, a terminal or a file system.
const HOSTILE: &[&str] = &[
    "{{ 7*7 }}",
    "{% for x in range(9) %}loop{% endfor %}",
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "=cmd|'/C calc'!A0",
    "'; DROP TABLE input_row; --",
    "\u{1b}[31mred\u{1b}]0;title\u{7}",
    "../../etc/passwd",
    "\u{202e}backwards",
    "[link](javascript:alert(1)) `code` | pipe",
    "\"quoted\", and \\escaped\\",
    "%s %n ${HOME} $(id)",
];

/// A run in which every hostile text is a key, a cell, a group, and the model's answer.
fn hostile() -> Project {
    let mut project = Project::new();
    let cell = |text: &str| format!("\"{}\"", text.replace('"', "\"\""));
    let mut rows = "id,text,part\n".to_owned();
    for text in HOSTILE {
        writeln!(rows, "{0},{0},{0}", cell(text)).unwrap();
    }
    project.write("input.csv", rows);
    let mut answers = "id,attempt,answer\n".to_owned();
    for text in HOSTILE {
        let answer = serde_json::json!({"label": "one", "note": text.chars().take(40).collect::<String>()});
        writeln!(answers, "{},1,{}", cell(text), cell(&answer.to_string())).unwrap();
    }
    project.write("answers.csv", answers);
    project.set("llm.provider", "recorded").set("llm.retries", "0");
    project.set("grouping", "{enabled: true, column: part}");
    // One in two fails, so that hostile answers and messages are shown as failures too.
    project.set("checks", r#"[{name: odd, expr: "'|' not in output.note", message: "not {{ output.note }}"}]"#);
    project
}

#[test]
fn rule_10_data_stays_data_in_the_record_and_the_exports() {
    let project = hostile();
    let summary = project.run();
    assert_eq!(summary.counts.planned, HOSTILE.len() as u64);
    assert!(summary.counts.accepted > 0 && summary.counts.rejected > 0, "{:?}", summary.counts);
    assert_eq!(project.list("SELECT text FROM results"), HOSTILE);
    assert_eq!(project.list("SELECT group_key FROM results"), HOSTILE);
    let prompts = project.list(
        "SELECT content FROM messages JOIN attempts USING (request_id) JOIN results USING (work_id)
         WHERE role = 'user' ORDER BY row_index",
    );
    for (prompt, text) in prompts.iter().zip(HOSTILE) {
        assert_eq!(prompt, &format!("The text:\n\n{text}"));
    }
    for (output, text) in project.outputs().iter().zip(HOSTILE) {
        assert_eq!(output["input"]["text"].as_str(), Some(*text));
    }
    let details = project.list("SELECT message FROM failures");
    assert!(details.iter().any(|it| it == "not =cmd|'/C calc'!A0"), "{details:?}");
    let mut reader = csv::Reader::from_path(project.path("out/test/output.csv")).unwrap();
    let read: Vec<String> = reader.records().map(|it| it.unwrap()[1].to_owned()).collect();
    assert_eq!(read, HOSTILE);
    let names: Vec<_> = project.entries().into_keys().filter(|it| it.is_file()).collect();
    assert_eq!(names.len(), 6 + 5 + 1 + 1, "no value became a path: {names:?}");
    project.assert_sound();
}

#[test]
fn rule_10_data_stays_data_in_the_reports() {
    let project = hostile();
    project.run();
    let page = project.read("out/test/report.html");
    for markup in ["<script>alert", "<img src=x", "href=\"javascript:"] {
        assert!(!page.contains(markup), "{markup}");
    }
    assert!(
        page.contains("&lt;script&gt;alert(1)") || page.contains("&#60;script&#62;alert(1)"),
        "it is shown as text"
    );
    let markdown = project.read("out/test/report.md");
    assert!(!markdown.contains("<script>") && !markdown.contains("<img src=x"), "{markdown}");
    for report in [&page, &markdown] {
        assert!(report.contains("7*7") || report.contains("7\\*7"), "a template is not rendered");
        let acts = |it: char| it != '\n' && (it.is_control() || ('\u{202a}'..='\u{202e}').contains(&it));
        assert!(!report.contains(acts), "{:?}", report.chars().find(|it| acts(*it)));
    }
}

#[test]
fn rule_10_data_stays_data_on_the_terminal() {
    let project = hostile();
    project.run();
    let ids = project.list("SELECT work_id FROM results");
    let mut commands: Vec<Vec<&str>> = vec![
        vec!["status", "test.db"],
        vec!["failures", "test.db"],
        vec!["failures", "test.db", "--format", "md"],
        vec!["sql", "test.db", "SELECT * FROM results"],
        vec!["sql", "test.db", "SELECT * FROM attempts", "--format", "md"],
        vec!["sql", "test.db", "SELECT text AS \"\u{1b}[31m\" FROM results"],
    ];
    commands.extend(ids.iter().map(|id| vec!["show", "test.db", id]));
    for arguments in commands {
        let ended = project.casebook(&arguments);
        assert_eq!(ended.code, Some(0), "{ended:?}");
        for said in [&ended.stdout, &ended.stderr] {
            let acts = |it: char| it != '\n' && (it.is_control() || ('\u{202a}'..='\u{202e}').contains(&it));
            assert!(!said.contains(acts), "{arguments:?}: {said:?}");
        }
    }
    let json = project.casebook(&["sql", "test.db", "SELECT text FROM results", "--format", "json"]).stdout;
    let rows: Vec<Value> = serde_json::from_str(&json).unwrap();
    assert!(rows.iter().zip(HOSTILE).all(|(row, text)| row["text"].as_str() == Some(*text)), "JSON carries the data");
}
