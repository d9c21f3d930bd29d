//! Steps that feed each other, as people see them: drawings, summaries, stories of work items, reports, the examples.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use casebook::inside::engine::{self, RunOptions, RunSummary};
use rusqlite::Connection;

fn casebook(dir: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_casebook")).args(arguments).current_dir(dir).output().unwrap()
}

/// What a command printed; it must have ended with `code`.
fn said(dir: &Path, code: i32, arguments: &[&str]) -> (String, String) {
    let output = casebook(dir, arguments);
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    let (out, err) = (text(&output.stdout), text(&output.stderr));
    assert_eq!(output.status.code(), Some(code), "{arguments:?}\n{out}\n{err}");
    (out, err)
}

fn example(name: &str) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    said(dir.path(), 0, &["init", ".", "--example", name]);
    dir
}

fn run(dir: &Path) -> RunSummary {
    let options = RunOptions { config: dir.join("casebook.yaml"), ..RunOptions::default() };
    engine::run(&options, &mut |_| {}).unwrap()
}

fn list(db: &Path, query: &str) -> Vec<String> {
    let connection = Connection::open(db).unwrap();
    let mut statement = connection.prepare(query).unwrap();
    let rows = statement.query_map([], |row| row.get(0)).unwrap();
    rows.map(Result::unwrap).collect()
}

fn edit(path: &Path, from: &str, to: &str) {
    let text = fs::read_to_string(path).unwrap();
    assert!(text.contains(from), "{from} is not in {text}");
    fs::write(path, text.replace(from, to)).unwrap();
}

#[test]
fn three_readers_vote_and_the_report_has_the_rows_they_disagree_on() {
    let dir = example("perspectives");
    let summary = run(dir.path());
    assert_eq!((summary.counts.accepted, summary.calls), (1200, 900));
    let steps: Vec<&str> = summary.steps.iter().map(|it| it.step.as_str()).collect();
    assert_eq!(steps, ["readers.claude", "readers.gpt", "readers.gemini", "vote"]);
    let db = dir.path().join("perspectives.db");
    assert_eq!(
        list(&db, "SELECT votes || ' ' || agreed || ' ' || count(*) FROM results GROUP BY votes, agreed"),
        ["1 0 4", "2 0 54", "3 1 242"]
    );
    assert_eq!(list(&db, "SELECT field || ' ' || count(*) || ' ' || sum(agreed) FROM agreements"), ["product 300 242"]);
    let figures = "SELECT kind || ' ' || step || ' ' || field || ' ' || raters || ' ' || items || ' ' || agreed
                       || ' ' || round(fleiss_kappa, 3) || ' ' || round(alpha, 3) || ' ' || level FROM agreement_figures";
    assert_eq!(
        list(&db, figures),
        [r#"readers readers product ["claude","gemini","gpt"] 300 242 0.831 0.831 nominal"#]
    );
    let row = "SELECT answers ->> '$.claude' || ' ' || (answers ->> '$.gemini') FROM agreements WHERE row_index = 17";
    assert_eq!(list(&db, row), ["retail_banking credit_card"]);
    let report = fs::read_to_string(dir.path().join("out/perspectives/report.md")).unwrap();
    for part in
        ["## Where readers disagree", "| product | 300 | 242 | 80.7% |", "| 18 | retail_banking |", "flowchart TD"]
    {
        assert!(report.contains(part), "{part}");
    }
    let page = fs::read_to_string(dir.path().join("out/perspectives/report.html")).unwrap();
    assert!(page.contains("<svg class=\"graph\"") && page.contains("id=\"readers\""));
    let again = run(dir.path());
    assert_eq!((again.calls, again.counts), (0, summary.counts));
    assert!(engine::verify(&db, true).unwrap().checks.iter().all(|it| it.problems.is_empty()));
    assert_eq!(page, fs::read_to_string(dir.path().join("out/perspectives/report.html")).unwrap());
}

#[test]
fn what_one_reader_leaves_open_blocks_the_vote_and_is_said() {
    let dir = example("perspectives");
    edit(&dir.path().join("data/answers.csv"), "\n27,gpt_4o,credit_card\n", "\n27,gpt_4o,crypto\n");
    let (_, told) = said(dir.path(), 3, &["run", "casebook.yaml"]);
    assert!(told.contains("readers.gpt           300        299          1          0"), "{told}");
    assert!(told.contains("vote                  300        299          0          1"), "{told}");
    let (status, _) = said(dir.path(), 0, &["status", "perspectives.db"]);
    assert!(status.contains("readers.gpt is failed"), "{status}");
    assert!(status.starts_with("perspectives  `run` done"), "{status}");
    let report = fs::read_to_string(dir.path().join("out/perspectives/report.md")).unwrap();
    assert!(report.contains("| vote | blocked | readers.gpt is failed | 1 |"), "{report}");
    assert!(report.contains("| readers.gpt | failed | invalid_schema | 1 |"), "{report}");
    assert!(report.contains("In all steps: 1,200 work items, 1 failed, 1 blocked."), "{report}");
    let (story, _) = said(dir.path(), 0, &["show", "perspectives.db", "--row", "27", "--step", "vote"]);
    assert!(story.contains("status       blocked") && story.contains("is failed"), "{story}");
    // The two others can still be compared.
    let rest = "SELECT answers FROM agreements WHERE row_index = 26";
    assert!(!list(&dir.path().join("perspectives.db"), rest)[0].contains("gpt"));

    // Repaired, it runs, and nothing else is asked.
    edit(&dir.path().join("data/answers.csv"), "\n27,gpt_4o,crypto\n", "\n27,gpt_4o,credit_card\n");
    let (_, told) = said(dir.path(), 0, &["run", "casebook.yaml"]);
    assert!(told.contains("vote                  300        300"), "{told}");
}

#[test]
fn an_outline_its_sections_and_the_story() {
    let dir = example("chain");
    let (_, told) = said(dir.path(), 0, &["run", "casebook.yaml"]);
    assert!(told.contains("skipped"), "{told}");
    let db = dir.path().join("chain.db");
    // What a topic that is not wanted has of sections is skipped, and its story has none.
    let stories = "SELECT topic || ' ' || status || ' ' || sections FROM results WHERE wanted = 'no'";
    assert_eq!(list(&db, stories), ["why bridges hum accepted 0"]);
    let why = "SELECT DISTINCT step || ': ' || status || ': ' || reason FROM held_back";
    assert_eq!(list(&db, why), ["section: skipped: `when` is not true: row.wanted == 'yes'"]);

    let (_, error) = said(dir.path(), 2, &["show", "chain.db", "--row", "1"]);
    assert!(error.contains("several") && error.contains("name the step with `--step`"), "{error}");
    let (_, error) = said(dir.path(), 2, &["show", "chain.db", "--row", "1", "--step", "stroy"]);
    assert!(error.contains("no work item of a step `stroy` goes back to row 1"), "{error}");
    let (story, _) = said(dir.path(), 0, &["show", "chain.db", "--row", "1", "--step", "story"]);
    assert!(story.contains("\nMade from\n  section") && story.contains("\"title\":"), "{story}");
    let (outline, _) =
        said(dir.path(), 0, &["show", "chain.db", "--row", "1", "--step", "outline", "--format", "json"]);
    let outline: serde_json::Value = serde_json::from_str(&outline).unwrap();
    let children = outline["children"].as_array().unwrap();
    assert_eq!(children.last().unwrap()["step"], "story");
    assert_eq!(children.len(), outline["output"]["sections"].as_array().unwrap().len() + 1);
    assert!(engine::verify(&db, true).unwrap().checks.iter().all(|it| it.problems.is_empty()));
}

#[test]
fn a_graph_is_drawn_of_a_configuration_and_of_a_run_file() {
    let dir = example("chain");
    // Only the configuration is read: what it names may be written later.
    fs::remove_file(dir.path().join("schema/section.json")).unwrap();
    let (of_config, _) = said(dir.path(), 0, &["graph", "casebook.yaml"]);
    assert!(of_config.starts_with("chain: 3 steps over data/topics.csv\n"), "{of_config}");
    let dir = example("chain");
    said(dir.path(), 0, &["run", "casebook.yaml", "--to", "plan"]);
    assert_eq!(said(dir.path(), 0, &["graph", "chain.db"]).0, of_config);
    for (format, begins) in [("mermaid", "flowchart TD\n"), ("svg", "<svg class=\"graph\"")] {
        assert!(said(dir.path(), 0, &["graph", "chain.db", "--format", format]).0.starts_with(begins));
    }
}

#[test]
fn a_field_that_no_output_can_have_is_an_error_before_the_first_call() {
    for (each, to, problem) in [
        (
            "element of outline.sections",
            "element of outline.sectons",
            "have no field `sectons`\nhint: did you mean `sections`?",
        ),
        ("element of outline.sections", "element of outline.title", "have no list in `title`, but: string"),
        (
            "element of outline.sections",
            "element of outline.title.parts[]",
            "have no `title.parts`: `title` has no field `parts`, since it is of the type string",
        ),
        (
            "element of outline.sections",
            "element of outline.sections[].headin[]",
            "have no `sections[].headin`: `sections[]` has no field `headin`",
        ),
        (
            "join section, outline by row",
            "join outline by rov",
            "have no field `rov`\nhint: their fields are sections, title",
        ),
    ] {
        let dir = example("chain");
        edit(&dir.path().join("casebook.yaml"), each, to);
        let (_, error) = said(dir.path(), 2, &["run", "casebook.yaml"]);
        let (places, error): (Vec<&str>, Vec<&str>) =
            error.lines().partition(|it| it.starts_with("  --> casebook.yaml:"));
        let error = error.join("\n");
        assert_eq!(places.len(), 1, "where `each` is written: {error}");
        assert!(error.contains("the outputs of `outline`") && error.contains(problem), "{error}");
        assert_eq!(calls_on_record(dir.path()), 0);
    }
}

/// How many calls are on record in a folder's run file, where there is one.
fn calls_on_record(dir: &Path) -> i64 {
    let db = dir.join("chain.db");
    if !db.exists() {
        return 0;
    }
    Connection::open(db).unwrap().query_row("SELECT count(*) FROM call", [], |row| row.get(0)).unwrap()
}

#[test]
fn what_cannot_be_drawn_is_said_with_its_place() {
    let dir = example("chain");
    edit(&dir.path().join("casebook.yaml"), "element of outline.sections", "element of outlin.sections");
    let (_, error) = said(dir.path(), 2, &["graph", "casebook.yaml"]);
    assert!(error.contains("there is no step `outlin`") && error.contains("did you mean `outline`?"), "{error}");
    assert!(error.contains("casebook.yaml:26"), "{error}");
    let (_, error) = said(dir.path(), 2, &["graph", "nothing.yaml"]);
    assert!(error.contains("nothing.yaml"), "{error}");
    let connection = Connection::open(dir.path().join("other.db")).unwrap();
    connection.execute_batch("CREATE TABLE t (x)").unwrap();
    drop(connection);
    let output = casebook(dir.path(), &["graph", "other.db"]);
    assert!(!output.status.success());
    assert!(String::from_utf8_lossy(&output.stderr).contains("other.db"));
}

#[test]
fn combinations_are_tried_and_judged_without_a_model_of_their_own() {
    let dir = tempfile::tempdir().unwrap();
    let files = [
        (
            "casebook.yaml",
            "run: {name: cases}\ninput: {path: rows.csv}\nllm: {provider: sample}\nsteps:
  - name: design
    rule: {axes: \"{'language': ['en', 'el', 'ja'], 'device': ['phone', 'desk'], 'length': ['short', 'long']}\"}
  - {name: case, each: pairs of design.axes, pairs: {cover: pairwise}}
  - {name: text, each: output of case, prompts: {generation: text.yaml}, schema: {path: text.json}}
  - {name: verdict, each: output of text, do: judge, prompts: {generation: verdict.yaml}}
",
        ),
        ("rows.csv", "feature\nsearch\n"),
        ("text.json", "{\"type\": \"object\", \"properties\": {\"query\": {\"type\": \"string\"}}}"),
        (
            "text.yaml",
            "name: text\nuser: |\n  A {{ item.length }} query in {{ item.language }} for {{ row.feature }}.\n",
        ),
        ("verdict.yaml", "name: verdict\nuser: |\n  Is it good? {{ output }} {{ verdict_schema }}\n"),
    ];
    for (name, text) in files {
        fs::write(dir.path().join(name), text).unwrap();
    }
    let summary = run(dir.path());
    let accepted: Vec<(&str, u64)> = summary.steps.iter().map(|it| (it.step.as_str(), it.accepted)).collect();
    assert_eq!(accepted, [("design", 1), ("case", 6), ("text", 6), ("verdict", 6)]);
    // Any two values of two lists meet.
    let db = dir.path().join("cases.db");
    let met = "SELECT count(DISTINCT (output ->> '$.language') || (output ->> '$.device')) || ' ' ||
                      count(DISTINCT (output ->> '$.language') || (output ->> '$.length'))
               FROM history JOIN work_item USING (work_id) JOIN step ON step.id = work_item.step WHERE name = 'case'";
    assert_eq!(list(&db, met), ["6 6"]);
    assert!(engine::verify(&db, true).unwrap().checks.iter().all(|it| it.problems.is_empty()));
}
