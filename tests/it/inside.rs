//! Looking inside: why something was asked again, and what differs between two run files.

use std::fs;

use serde_json::Value;

use crate::projects::{Project, ROWS, Runs as _};

/// What `explain` says of the row's work item, as data.
fn explained(project: &Project, row: &str) -> Value {
    let ended = project.casebook(&["explain", "test.db", "--row", row, "--format", "json"]).expect(0);
    serde_json::from_str(&ended.stdout).unwrap()
}

/// The names of the parts that differ.
fn parts(explained: &Value) -> Vec<String> {
    let parts = explained["differences"].as_array().unwrap().iter();
    parts.map(|it| format!("{}, {}", it["about"].as_str().unwrap(), it["part"].as_str().unwrap())).collect()
}

fn origins(explained: &Value) -> Vec<String> {
    let requests = explained["requests"].as_array().unwrap().iter();
    let word = |it: &Value, key: &str| it[key].as_str().unwrap().to_owned();
    requests.map(|it| format!("{} {}", word(it, "purpose"), word(it, "origin"))).collect()
}

#[test]
fn what_was_changed_is_named() {
    type Change = fn(&mut Project);
    let rows: &[(Change, &[&str], &str)] = &[
        (|it| it.edit("prompt.yaml", "The text:", "The whole text:"), &["task, prompt: user line 1"], "asked"),
        (|it| it.edit("schema.json", r#""two", "#, ""), &["task, schema: field label: enum"], "asked"),
        (|it| it.set_to("llm.temperature", "0.2"), &["task, llm.temperature", "task, judge.llm.temperature"], "asked"),
        (|it| it.edit("input.csv", "second text,x", "second text,y"), &["input, input: column remark"], "tape"),
        (|it| it.edit("input.csv", "second text", "the second"), &["input, input: column text"], "asked"),
        (|it| it.set_to("checks", "[{name: long, expr: 'output.note | length >= 0'}]"), &["task, checks.long"], "tape"),
        (|it| it.edit("judge.yaml", "Label:", "The label:"), &["task, judge.prompt: user line 3"], "asked"),
        (|it| it.set_to("judge.min_score", "1"), &["task, judge.min_score"], "tape"),
        (|it| it.set_to("judge.enabled", "false"), &["task, judge"], "tape"),
    ];
    for (change, expected, basis) in rows {
        let mut project = Project::judged();
        project.run();
        assert_eq!(explained(&project, "2")["basis"], "asked");
        project.run();
        let before = explained(&project, "2");
        assert_eq!((before["basis"].as_str(), parts(&before)), (Some("record"), vec![]), "{expected:?}");
        assert_eq!(before["decided"]["invocation"], 1);
        change(&mut project);
        project.run();
        let after = explained(&project, "2");
        assert_eq!(parts(&after), *expected);
        assert_eq!(after["basis"], *basis, "{expected:?}");
        assert_eq!(after["nearest"]["invocation"], 1);
        assert_eq!(explained(&project, "2")["work_id"], before["work_id"]);
    }
}

#[test]
fn a_request_that_was_asked_says_why_nothing_could_answer_it() {
    let project = Project::judged();
    project.run();
    project.edit("judge.yaml", "Label:", "The label:");
    project.run();
    let said = explained(&project, "1");
    assert_eq!(origins(&said)[..2], ["generation tape", "judge asked"]);
    assert_eq!(said["requests"][1]["differences"][0]["part"], "message 2 (user) line 3");
    let story = project.casebook(&["explain", "test.db", "--row", "1"]).stdout;
    assert!(
        story.contains("judge.prompt: user line 3\n      - Label: {{ output.label }}\n      + The label:"),
        "{story}"
    );
    assert!(story.contains("on the tape since run 1"), "{story}");
}

#[test]
fn equal_requests_are_shared_and_the_one_who_asked_is_named() {
    let project = Project::new();
    project.write("input.csv", "id,text,remark\na,same,1\nb,same,2\n");
    project.run();
    let (one, two) = (explained(&project, "1"), explained(&project, "2"));
    let shared = if origins(&one) == ["generation shared"] { &one } else { &two };
    let asked = if origins(&one) == ["generation shared"] { &two } else { &one };
    assert_eq!(origins(shared), ["generation shared"]);
    assert_eq!(shared["basis"], "tape");
    assert_eq!(shared["requests"][0]["work_id"], asked["work_id"]);
}

#[test]
fn a_retry_is_another_sample() {
    let project = Project::new();
    project.run();
    let id = explained(&project, "3")["work_id"].as_str().unwrap().to_owned();
    project.casebook(&["retry", "test.db", &id[..10]]).expect(0);
    let open = explained(&project, "3");
    assert_eq!((open["basis"].as_str(), parts(&open)), (Some("open"), vec!["sample, sample number".to_owned()]));
    project.run();
    let done = explained(&project, "3");
    assert_eq!(parts(&done), ["sample, sample number"]);
    assert!(done["notes"][0].as_str().unwrap().starts_with("it was asked for again"), "{done}");
    assert_eq!(done["requests"][0]["differences"][0]["part"], "sample number");
    assert_eq!(explained(&project, "2")["basis"], "record");
}

#[test]
fn what_was_set_aside_is_said() {
    let project = Project::new();
    project.run();
    project.casebook(&["clean", "test.db", "--from", "generate", "--tape"]).expect(0);
    project.run();
    let said = explained(&project, "1");
    assert_eq!((said["basis"].as_str(), parts(&said)), (Some("asked"), vec![]));
    assert!(said["notes"][0].as_str().unwrap().contains("set aside by `clean --from generate` (run 2"), "{said}");
    assert!(said["requests"][0]["note"].as_str().unwrap().contains("the tape was set aside since"), "{said}");
}

#[test]
fn rows_without_a_key_are_compared_with_the_row_that_was_there() {
    let mut project = Project::new();
    project.set("input.key", "null");
    project.run();
    project.edit("input.csv", "second text", "another text");
    project.run();
    let said = explained(&project, "2");
    assert_eq!(parts(&said), ["input, input: column text"]);
    assert!(said["nearest"]["work_id"].is_string(), "{said}");
    assert!(said["notes"][0].as_str().unwrap().contains("`input.key`"), "{said}");
    project.write("input.csv", format!("{ROWS}g,seventh,z\n"));
    project.run();
    let new = explained(&project, "7");
    assert_eq!((new["basis"].as_str(), parts(&new).len()), (Some("asked"), 0), "nothing of it was there: {new}");
    assert_eq!(new["notes"][0], "nothing earlier is on record for it");
}

#[test]
fn a_group_says_what_became_of_its_context() {
    for mode in ["group_output", "row_output_with_group_context"] {
        let mut project = Project::new();
        project.write("input.csv", "id,text,part\na,one,x\nb,two,y\nc,three,x\n");
        project.edit("prompt.yaml", "{{ row.text }}", "{{ context }}");
        project.set("grouping", &format!("{{enabled: true, column: part, mode: {mode}}}"));
        project.run();
        project.edit("input.csv", "c,three,x", "c,other,x\nd,four,x");
        project.run();
        let id = project.text("SELECT work_id FROM results WHERE group_key = 'x' ORDER BY row_index LIMIT 1");
        let ended = project.casebook(&["explain", "test.db", &id, "--format", "json"]);
        let said: Value = serde_json::from_str(&ended.stdout).unwrap();
        let parts = parts(&said);
        assert_eq!(parts[0], "input, input: rows of the group", "{mode}");
        assert!(parts[1..].iter().all(|it| it.starts_with("input, context: line")), "{mode}: {parts:?}");
        assert!(ended.stdout.contains("other") && ended.stdout.contains("four"), "{}", ended.stdout);
    }
}

#[test]
fn an_image_is_named_by_its_place() {
    let mut project = Project::new();
    project.set("images.dir", "scans");
    let prompt = project.read("prompt.yaml");
    project.write("prompt.yaml", format!("{prompt}images: ['{{{{ row.id }}}}.png']\n"));
    fs::create_dir(project.path("scans")).unwrap();
    let scan = |id: &str, end: &str| {
        project.write(&format!("scans/{id}.png"), [b"\x89PNG\r\n\x1a\n", end.as_bytes()].concat());
    };
    for id in ["a", "b", "c", "d", "e", "f"] {
        scan(id, id);
    }
    project.run();
    scan("b", "another");
    project.run();
    assert_eq!(parts(&explained(&project, "2")), ["input, input: image 1"]);
    assert_eq!(explained(&project, "3")["basis"], "record");
}

#[test]
fn every_format_of_explain_carries_the_parts() {
    let mut project = Project::new();
    project.run();
    project.set("llm.temperature", "0.2");
    project.run();
    let of = |format: &str| {
        let ended = project.casebook(&["explain", "test.db", "--row", "1", "--format", format]).expect(0);
        ended.stdout
    };
    assert!(of("table").contains("llm.temperature: not set → 0.2"));
    assert!(of("md").contains("- llm.temperature: not set → 0.2"));
    assert!(of("csv").starts_with("work_id,basis,about,part,change,before,after\n"));
    assert!(of("csv").contains(",asked,task,llm.temperature,changed,,0.2\n"), "{}", of("csv"));
    assert!(of("psv").contains("|asked|generation request|llm.temperature|changed||0.2\n"), "{}", of("psv"));
    assert!(of("jsonl").lines().all(|line| serde_json::from_str::<Value>(line).unwrap()["basis"] == "asked"));
}

#[test]
fn explain_says_what_is_wrong() {
    let project = Project::new();
    project.run();
    project
        .write("text.txt", "no database, but long enough to look at, or so one would think of it at first sight ....");
    let id = project.text("SELECT work_id FROM results LIMIT 1");
    for (arguments, code, message, hint) in [
        (&["explain", "none.db", "ab"][..], 1, "there is no run file none.db", "casebook run CONFIG"),
        (&["explain", "text.txt", "ab"], 1, "is not a run file", "give the path"),
        (&["explain", "test.db", "xyz"], 2, "`xyz` is not a work id", "lists them"),
        (&["explain", "test.db", ""], 2, "`` is not a work id", "lists them"),
        (&["explain", "test.db", &format!("{}0000", &id[..30])], 2, "no work item's id begins with", "lists them"),
        (&["explain", "test.db", "--row", "99"], 2, "no work item is made from row 99", "counted from 1"),
        (&["explain", "test.db"], 2, "required arguments were not provided", "Usage"),
    ] {
        let ended = project.casebook(arguments);
        assert_eq!(ended.code, Some(code), "{arguments:?}: {ended:?}");
        assert!(ended.stderr.contains(message) && ended.stderr.contains(hint), "{arguments:?}: {}", ended.stderr);
    }
    // With more rows than hex digits, two ids begin with the same.
    let rows: Vec<String> = (0..17).map(|it| format!("k{it},text {it},x\n")).collect();
    project.write("input.csv", format!("id,text,remark\n{}", rows.concat()));
    project.run();
    let shared = project
        .text("SELECT substr(work_id, 1, 1) FROM results GROUP BY substr(work_id, 1, 1) HAVING count(*) > 1 LIMIT 1");
    let ended = project.casebook(&["explain", "test.db", &shared]);
    assert_eq!(ended.code, Some(2));
    assert!(ended.stderr.contains("is not one work item, but several: "), "{}", ended.stderr);
    assert!(ended.stderr.contains("hint: give more of the id"), "{}", ended.stderr);
}

/// A copy of the run file under another name.
fn keep(project: &Project, name: &str) {
    fs::copy(project.db(), project.path(name)).unwrap();
}

fn differing(project: &Project, arguments: &[&str]) -> Vec<String> {
    let all = [&["diff", "before.db", "test.db", "--format", "jsonl"], arguments].concat();
    let ended = project.casebook(&all);
    let lines: Vec<Value> = ended.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(ended.code, Some(i32::from(!lines.is_empty())), "{ended:?}");
    let text = |it: &Value| it.as_str().map_or_else(|| it.to_string(), str::to_owned);
    lines
        .iter()
        .map(|it| {
            let row = it["row"].as_i64().map_or_else(String::new, |row| format!(" row {row}"));
            format!("{}{row} {}: {} > {}", text(&it["part"]), text(&it["field"]), text(&it["a"]), text(&it["b"]))
        })
        .collect()
}

const ANSWERS: &[(&str, u32, &str)] = &[
    ("a", 1, r#"{"label": "one", "note": "n"}"#),
    ("b", 1, r#"{"label": "two", "note": "n"}"#),
    ("c", 1, r#"{"label": "one", "note": "n"}"#),
];

fn three_rows() -> Project {
    let project = Project::recorded(ANSWERS);
    project.write("input.csv", "id,text,remark\na,first,x\nb,second,x\nc,third,x\n");
    project
}

#[test]
fn runs_of_the_same_say_the_same() {
    let project = three_rows();
    project.run();
    keep(&project, "before.db");
    project.run();
    assert_eq!(differing(&project, &[]), [""; 0]);
    let ended = project.casebook(&["diff", "before.db", "test.db"]);
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert!(ended.stderr.contains("before.db and test.db do not differ."), "{}", ended.stderr);
    assert!(
        ended.stdout.lines().any(|line| line.split_whitespace().eq(["rows", "0", "0", "0", "3"])),
        "{}",
        ended.stdout
    );
}

#[test]
fn what_differs_is_matched_by_its_key() {
    let mut project = three_rows();
    project.set("judge.enabled", "true").set("judge.llm.provider", "recorded").set("llm.retries", "0");
    project.verdicts(&[
        ("one", r#"{"verdict": "PASS", "score": 80, "reasons": []}"#),
        ("two", r#"{"verdict": "PASS", "score": 90, "reasons": []}"#),
        ("three", r#"{"verdict": "FAIL", "score": 10, "reasons": ["no"]}"#),
    ]);
    project.run();
    keep(&project, "before.db");
    // One row goes, one comes before all others, one is edited, the last two change places; one answer is another.
    project.write("input.csv", "id,text,remark,more\nd,fourth,x,m\nc,3rd,x,m\na,first,x,m\n");
    project.answers(&[
        ("a", 1, r#"{"label": "two", "note": "n"}"#),
        ("c", 1, r#"{"label": "three", "note": "n"}"#),
        ("d", 1, r#"{"label": "one", "note": "n"}"#),
    ]);
    project.run();
    let found = differing(&project, &["--only", "rows,outputs,verdicts"]);
    assert_eq!(
        found,
        [
            "rows columns: null > more",
            r#"rows row 2 row: {"id":"b","text":"second","remark":"x"} > null"#,
            "rows row 3 column text: third > 3rd",
            r#"rows row 1 row: null > {"id":"d","text":"fourth","remark":"x","more":"m"}"#,
            "outputs row 1 output.label: one > two",
            r#"outputs row 2 work item: {"label":"two","note":"n"} > null"#,
            "outputs row 3 status: accepted > rejected",
            r#"outputs row 3 output: {"label":"one","note":"n"} > null"#,
            r#"outputs row 1 work item: null > {"label":"one","note":"n"}"#,
            "verdicts row 1 score: 80 > 90",
            "verdicts row 3 verdict: PASS > FAIL",
            "verdicts row 3 score: 80 > 10",
        ]
    );
    let config = differing(&project, &["--only", "config"]);
    assert!(
        config.len() == 1 && config[0].starts_with("config content of the recorded answers.generation: "),
        "{config:?}"
    );
    let table = project.casebook(&["diff", "before.db", "test.db", "--only", "outputs", "--limit", "1"]);
    assert!(table.stdout.contains("outputs           1           1        2       0"), "{}", table.stdout);
    assert!(table.stdout.contains("output.label: \"one\" → \"two\"") && table.stdout.contains("… and 3 more"));
    let all = project.casebook(&["diff", "before.db", "test.db", "--only", "outputs", "--all"]).stdout;
    assert!(all.contains("status: \"accepted\" → \"rejected\"") && !all.contains("more"), "{all}");
}

#[test]
fn configurations_are_compared_by_key_line_and_field() {
    let mut project = Project::new();
    project.run();
    keep(&project, "before.db");
    project.set("llm.temperature", "0.5");
    project.edit("prompt.yaml", "The text:", "This text:");
    project.edit("schema.json", r#""maxLength": 40"#, r#""maxLength": 30"#);
    project.run();
    let found = differing(&project, &["--only", "config"]);
    for expected in [
        "config llm.temperature: null > 0.5",
        "config prompts.generation: line 7:   The text: >   This text:",
        "config schema: field note: maxLength: 40 > 30",
    ] {
        assert!(found.iter().any(|it| it == expected), "{expected} in {found:#?}");
    }
}

#[test]
fn files_that_cannot_be_compared_are_told_by_their_own_exit_code() {
    let project = Project::new();
    project.run();
    project
        .write("text.txt", "no database, but long enough to look at, or so one would think of it at first sight ....");
    keep(&project, "newer.db");
    rusqlite::Connection::open(project.path("newer.db")).unwrap().execute_batch("PRAGMA user_version = 99").unwrap();
    keep(&project, "older.db");
    rusqlite::Connection::open(project.path("older.db")).unwrap().execute_batch("PRAGMA user_version = 3").unwrap();
    rusqlite::Connection::open(project.path("other.db")).unwrap().execute_batch("CREATE TABLE t (x)").unwrap();
    let before = project.entries();
    for (a, b, message, hint) in [
        ("test.db", "test.db", "test.db and test.db are the same file", "a copy from before a change"),
        ("test.db", "./test.db", "are the same file", "history"),
        ("test.db", "none.db", "there is no run file none.db", "casebook run CONFIG"),
        ("text.txt", "test.db", "text.txt is not a run file: it is not a SQLite database", "give the path"),
        ("test.db", "other.db", "other.db is a SQLite database, but not a run file", "give the path"),
        ("newer.db", "test.db", "newer.db has format 99", "newest Casebook"),
        ("test.db", "older.db", "older.db has format 3, of a build before the first release", "--db NEW.db"),
        ("test.db", ".", ". is not a run file: it is not a regular file", "give the path"),
    ] {
        let ended = project.casebook(&["diff", a, b]);
        assert_eq!(ended.code, Some(2), "{a} {b}: {ended:?}");
        assert!(ended.stderr.contains(message) && ended.stderr.contains(hint), "{a} {b}: {}", ended.stderr);
    }
    let wrong = project.casebook(&["diff", "test.db", "newer.db", "--only", "answers"]);
    assert_eq!(wrong.code, Some(2));
    assert!(wrong.stderr.contains("invalid value 'answers'"), "{}", wrong.stderr);
    assert_eq!(project.entries(), before, "nothing was written");
}

#[test]
fn a_run_that_is_going_on_is_compared_as_it_stands() {
    let mut project = Project::new();
    project.run();
    keep(&project, "before.db");
    project.set("llm.temperature", "0.5");
    project.run();
    // A writer at work: its last commit is in the side file, and it has a transaction open.
    let writer = rusqlite::Connection::open(project.db()).unwrap();
    writer
        .execute_batch(
            "PRAGMA journal_mode = WAL; UPDATE invocation SET status = 'running' WHERE id = 2; BEGIN IMMEDIATE;
                          UPDATE invocation SET status = 'failed' WHERE id = 2;",
        )
        .unwrap();
    let ended = project.casebook(&["diff", "before.db", "test.db", "--only", "config"]);
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert!(ended.stderr.contains("note: a run is going on in B"), "{}", ended.stderr);
    assert!(ended.stdout.contains("llm.temperature: not set → 0.5"), "{}", ended.stdout);
}

#[test]
fn rows_with_other_keys_cannot_be_matched_and_that_is_said() {
    let mut project = Project::new();
    project.run();
    keep(&project, "before.db");
    fs::remove_file(project.db()).unwrap();
    project.set("input.key", "null");
    project.run();
    let ended = project.casebook(&["diff", "before.db", "test.db", "--only", "rows"]);
    assert_eq!(ended.code, Some(1));
    assert!(ended.stderr.contains("by the column `id` in A and by all their fields in B"), "{}", ended.stderr);
    assert!(
        ended.stdout.lines().any(|line| line.split_whitespace().eq(["rows", "6", "6", "0", "0"])),
        "{}",
        ended.stdout
    );
}

#[test]
fn a_file_without_a_plan_has_nothing_to_compare() {
    let project = Project::new();
    project.run();
    keep(&project, "before.db");
    fs::remove_file(project.db()).unwrap();
    project.command(&["run", "casebook.yaml", "--to", "ingest"]).ended().expect(0);
    let ended = project.casebook(&["diff", "before.db", "test.db"]);
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert!(ended.stderr.contains("note: B has no plan yet"), "{}", ended.stderr);
}

const STEPS: &str = "\
run: {name: test, seed: 7}
input: {path: input.csv, key: id}
llm: {provider: sample}
steps:
  - {name: find, prompts: {generation: prompt.yaml}, schema: {path: topics.json}}
  - name: describe
    each: element of find.topics
    prompts: {generation: describe.yaml}
    schema: {path: schema.json}
  - {name: count, each: 'join find, describe by row', rule: {n: 'steps.describe | length'}}
";

/// Rows, the topics of each, a description of each topic, and how many there are.
fn steps() -> Project {
    let project = Project::new();
    project.write("casebook.yaml", STEPS);
    project.write(
        "topics.json",
        r#"{"type": "object", "properties": {"topics": {"type": "array", "items": {"type": "string"}, "minItems": 2}},
            "required": ["topics"]}"#,
    );
    project.write("describe.yaml", "name: describe\nuser: 'Describe {{ item }} as {{ llm_schema }}'\n");
    project
}

/// What `explain` says of the first work item of a step.
fn first(project: &Project, step: &str) -> Value {
    let id = project.text(&format!(
        "SELECT work_id FROM standing JOIN work_item ON work_item.id = standing.work_item
         JOIN step ON step.id = standing.step
         WHERE planned AND name = '{step}' ORDER BY standing.position LIMIT 1"
    ));
    let ended = project.casebook(&["explain", "test.db", &id, "--format", "json"]).expect(0);
    serde_json::from_str(&ended.stdout).unwrap()
}

#[test]
fn a_step_names_the_output_that_it_was_made_from() {
    let mut project = steps();
    project.run();
    assert_eq!(first(&project, "describe")["notes"][0], "nothing earlier is on record for it");
    project.edit("describe.yaml", "Describe {{", "Say of {{");
    project.run();
    assert_eq!(first(&project, "find")["basis"], "record");
    assert_eq!(parts(&first(&project, "describe")), ["task, prompt: user line 1"]);

    project.set("run.seed", "8");
    project.run();
    let find = first(&project, "find");
    assert_eq!(parts(&find), ["task, run.seed"]);
    let parent = format!("find ({})", &find["work_id"].as_str().unwrap()[..12]);
    let described = first(&project, "describe");
    assert_eq!(described["notes"][0], "nothing earlier is on record for it: what it is made from is new");
    assert_eq!(parts(&described), [format!("input, input: output of {parent}.topics")]);
    let counted = first(&project, "count");
    assert_eq!((counted["basis"].as_str(), counted["requests"].as_array().unwrap().len()), (Some("tape"), 0));
    assert_eq!(parts(&counted)[0], format!("input, input: output of {parent}.topics"));

    project.set("run.seed", "9");
    project.casebook(&["run", "casebook.yaml", "--set", "run.seed=9", "--to", "plan"]).expect(0);
    let waiting = first(&project, "count");
    assert_eq!((waiting["basis"].as_str(), waiting["nearest"].is_null()), (Some("open"), true));
    assert_eq!(waiting["notes"][0], format!("it waits for {parent}, which is pending"));
}

#[test]
fn steps_are_compared_by_their_names() {
    let mut project = steps();
    project.run();
    keep(&project, "before.db");
    project.set("llm.temperature", "1");
    project.edit("describe.yaml", "Describe {{", "Say of {{");
    project.edit("casebook.yaml", "steps.describe | length", "1 + steps.describe | length");
    project.run();
    let found = differing(&project, &["--only", "config"]);
    assert_eq!(found[0], "config llm.temperature: null > 1", "in every step that asks a model: {found:#?}");
    for part in ["config steps.count.rule.n: ", "config steps.describe.prompts.generation: line 2: "] {
        assert!(found.iter().any(|it| it.starts_with(part)), "{part} in {found:#?}");
    }
    assert_eq!(found.len(), 3, "{found:#?}");
    let counts = differing(&project, &["--only", "outputs"]);
    assert!(counts.iter().any(|it| it.contains(" output.n: ")), "{counts:#?}");

    let plain = Project::new();
    plain.run();
    fs::copy(plain.db(), project.path("before.db")).unwrap();
    let found = differing(&project, &["--only", "config"]);
    assert!(found.iter().any(|it| it.starts_with("config steps.find: null > ")), "{found:#?}");
}
