//! Projects in the layout of an older Python framework: what `casebook migrate` makes of them runs, and says what did
//! not carry over.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use insta::assert_snapshot;
use rusqlite::Connection;
use serde_json::Value;

use crate::projects::{NONE, Project, calls};
use crate::support::Ended;

/// A copy of the older project.
struct Older {
    folder: tempfile::TempDir,
}

impl Older {
    fn new() -> Self {
        let older = Self { folder: tempfile::tempdir().unwrap() };
        copy(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/older"), older.folder.path());
        older
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap()
    }

    #[track_caller]
    fn edit(&self, name: &str, from: &str, to: &str) {
        let text = self.read(name);
        assert!(text.contains(from), "`{from}` in {name}:\n{text}");
        fs::write(self.path(name), text.replace(from, to)).unwrap();
    }

    fn casebook(&self, arguments: &[&str]) -> Ended {
        let mut command = Command::new(env!("CARGO_BIN_EXE_casebook"));
        command.args(arguments).current_dir(self.folder.path()).stdin(Stdio::null());
        command.env("NO_COLOR", "1").env_remove("GEMINI_API_KEY");
        let output = command.output().unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        Ended { code: output.status.code(), stdout: text(output.stdout), stderr: text(output.stderr) }
    }

    /// Asks about each row by itself.
    fn ungroup(&self) {
        self.edit("configs/parameters.yaml", "  enabled: true\n  column", "  enabled: false\n  column");
    }

    /// What is left to do after a migration.
    fn still_to_do(&self) -> String {
        let ended = self.casebook(&["migrate", "configs/parameters.yaml", "--force"]).expect(1);
        let (_, told) = ended.stderr.split_once("Comments: 4.\n").unwrap();
        told.split("Try next:").next().unwrap().trim_end().to_owned()
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

#[test]
fn an_older_project_runs_after_its_migration() {
    let older = Older::new();
    let before = older.read("configs/parameters.yaml");
    let ended = older.casebook(&["migrate", "configs/parameters.yaml"]).expect(0);
    assert_snapshot!(ended.stderr.trim(), @r"
    Wrote casebook.yaml. Keys: 32 kept or moved, 23 dropped, 1 unknown. Comments: 4.
    Try next:
      casebook run casebook.yaml --dry-run
      casebook run casebook.yaml --provider sample
    ");
    assert_eq!(before, older.read("configs/parameters.yaml"));
    let dry = older.casebook(&["run", "casebook.yaml", "--dry-run", "--provider", "sample"]).expect(0);
    assert!(dry.stdout.contains('5') && !older.path("guest_reviews.sample.db").exists(), "{dry:?}");
    older.casebook(&["run", "casebook.yaml", "--provider", "sample"]).expect(0);

    let db = Connection::open(older.path("guest_reviews.sample.db")).unwrap();
    let one = |sql: &str| db.query_row(sql, [], |row| row.get::<_, String>(0)).unwrap();
    assert_eq!(one("SELECT count(*) || ' ' || group_concat(DISTINCT status) FROM results"), "5 accepted");
    // A row's values are not read as templates, neither there nor here, and what was left out stays out.
    let prompt =
        one("SELECT prompt FROM attempts WHERE work_id = (SELECT work_id FROM results WHERE \"Review ID\" = 'r2')");
    for text in [
        "An empty answer is written {}.",
        "Reviews of Seaview (2 rows)",
        "### r1 ###\nReview ID: r1\nHotel: Seaview\nText: The room {was} loud, and nobody came when we called.",
        "Text: Breakfast {{ was }} wonderful, fresh fruit every day.",
        "\"title\": \"LLMOutput\"",
        "\n\nJSON only:",
    ] {
        assert!(prompt.contains(text), "{text}:\n{prompt}");
    }
    assert!(!prompt.contains("internal_note") && !prompt.contains("JudgeResult"), "{prompt}");
    let asked =
        one("SELECT group_concat(content, '') FROM messages JOIN calls USING (request_id) WHERE purpose = 'judge'");
    for text in [
        "JSON: {\"verdict\": \"PASS\" or \"FAIL\"",
        "\"reasons\": [...]}\n",
        "REVIEWS\nReviews of Hilltop",
        "OUTPUT\n{\"",
    ] {
        assert!(asked.contains(text), "{text}:\n{asked}");
    }
}

#[test]
fn a_run_of_an_older_project_can_be_replayed() {
    let older = Older::new();
    older.casebook(&["migrate", "configs/parameters.yaml"]).expect(0);
    older.casebook(&["run", "casebook.yaml", "--provider", "sample"]).expect(0);
    fs::remove_dir_all(older.path("prompts")).unwrap();
    let ended = older.casebook(&["verify", "guest_reviews.sample.db", "--replay"]).expect(0);
    assert!(ended.stdout.contains("replay") || ended.stderr.contains("replay"), "{ended:?}");
}

#[test]
fn going_over_to_jinja_asks_nothing_again() {
    let project = Project::new();
    project.write("prompt.yaml", "name: a\nsyntax: braces\nsystem: '{llm_schema}'\nuser: '{{x}} {context}'\n");
    assert_eq!(project.cost(), calls(6, 0));
    project.write("prompt.yaml", "name: a\nsystem: '{{ llm_schema }}'\nuser: '{x} {{ context }}'\n");
    assert_eq!(project.cost(), NONE);
    project.write("prompt.yaml", "name: a\nsystem: '{llm_schema}'\nuser: '{{x}} {context}'\n");
    let error = project.try_run().unwrap_err();
    assert!(error.to_string().contains("`{llm_schema}` is sent as these characters"), "{error}");
    let mut project = project;
    project.set("prompts.syntax", "braces");
    assert_eq!(project.cost(), NONE);
}

#[test]
fn a_prompt_may_be_a_text_file() {
    let mut project = Project::new();
    project.set("prompts.generation", "task.md");
    project.write("task.md", "# Task\n{{ row.text }}\n{{ llm_schema }}\n");
    assert_eq!(project.cost(), calls(6, 0));
    assert_eq!(project.number("SELECT count(*) FROM attempts WHERE prompt LIKE '%# Task%text%'"), 6);
    project.write("task.md", " \n");
    let error = project.try_run().unwrap_err();
    assert_eq!(error.to_string(), "the file is empty: expected a prompt");
}

#[test]
fn running_the_older_file_names_the_command() {
    let older = Older::new();
    let ended = older.casebook(&["run", "configs/parameters.yaml"]).expect(2);
    assert_snapshot!(ended.stderr.trim(), @r"
    error: this is a configuration of an older Python framework: it has `prompts.generation.path`
      --> configs/parameters.yaml:41:5
    hint: `casebook migrate configs/parameters.yaml` writes the one that Casebook reads
    ");
    assert_eq!(ended.stderr, older.casebook(&["ping", "configs/parameters.yaml"]).expect(2).stderr);
}

#[test]
fn nothing_is_written_over_unless_it_is_asked_for() {
    let older = Older::new();
    fs::write(older.path("casebook.yaml"), "mine").unwrap();
    let ended = older.casebook(&["migrate", "configs/parameters.yaml"]).expect(1);
    assert_snapshot!(ended.stderr.trim(), @r"
    error: casebook.yaml already exists; nothing was written
    hint: name another file with `--out`, or write over it with `--force`
    ");
    assert_eq!(ended.stdout, "");
    assert_eq!(older.read("casebook.yaml"), "mine");
    older.casebook(&["migrate", "configs/parameters.yaml", "--force"]).expect(0);
    assert!(older.read("casebook.yaml").starts_with("# Written by `casebook migrate` from parameters.yaml.\n"));
    let before = older.read("configs/parameters.yaml");
    let ended = older.casebook(&[
        "migrate",
        "configs/parameters.yaml",
        "--out",
        "./configs/../configs/parameters.yaml",
        "--force",
    ]);
    assert_eq!(ended.code, Some(2), "{ended:?}");
    assert!(ended.stderr.contains("is the older configuration itself"), "{ended:?}");
    assert_eq!(before, older.read("configs/parameters.yaml"));
}

#[test]
fn the_new_file_may_lie_elsewhere() {
    let older = Older::new();
    fs::create_dir(older.path("new")).unwrap();
    older.casebook(&["migrate", "configs/parameters.yaml", "--out", "new/reviews.yaml"]).expect(0);
    let yaml = older.read("new/reviews.yaml");
    assert!(yaml.contains("  path: ../raw_data/reviews.psv  #") && !yaml.contains("\n  dir:"), "{yaml}");
    older.casebook(&["run", "new/reviews.yaml", "--provider", "sample"]).expect(0);
    let ended = older.casebook(&["migrate", "configs/parameters.yaml", "--out", "no/folder.yaml"]).expect(1);
    assert!(ended.stderr.starts_with("error: cannot write no/folder.yaml\n  caused by: "), "{ended:?}");
}

#[test]
fn the_table_is_data_too() {
    let older = Older::new();
    let ended = older.casebook(&["migrate", "configs/parameters.yaml", "--format", "json"]).expect(0);
    let rows: Vec<Value> = serde_json::from_str(&ended.stdout).unwrap();
    let row = rows.iter().find(|row| row["key"] == "llm.max_retries").unwrap();
    assert_eq!(row["to"], "llm.retries");
    assert_eq!((&row["line"], &row["value"], &row["outcome"]), (&60.into(), &"3".into(), &"moved".into()));
    let row = rows.iter().find(|row| row["outcome"] == "unknown").unwrap();
    assert_eq!((&row["key"], &row["value"]), (&"llm.top_k".into(), &Value::Null));
}

#[test]
fn what_is_left_to_do_is_told() {
    let older = Older::new();
    older.edit("prompts/judge.txt", "{input_data}", "{ input_data }");
    older.edit("prompts/generation.yaml", "{context}", "{rows}");
    older.edit("configs/parameters.yaml", "schema/llm_schema.txt", "schema/llm_schema.json");
    older.edit("configs/parameters.yaml", "auto_generate: true", "auto_generate: false");
    older.edit("configs/parameters.yaml", "raw_data/reviews.psv", "raw_data/none.psv");
    older.edit("configs/parameters.yaml", "max_workers: 4", "max_workers: many");
    older.edit("configs/parameters.yaml", "temperature: 0.3", "temperature: 3");
    assert_snapshot!(older.still_to_do(), @r#"
    still to do: `llm.max_workers` was left out: expected a whole number, 0 or more
      --> configs/parameters.yaml:63
    still to do: the schema is in schema/llm_schema.py, and no Python is run
    hint: make schema/llm_schema.json of it, in the folder of schema/llm_schema.py: python -c "import json, llm_schema; print(json.dumps(llm_schema.LLMOutput.model_json_schema()))" > llm_schema.json
    still to do: `llm.temperature`: expected a number from 0 to 2, found 3
      --> casebook.yaml:44:16
    still to do: cannot read raw_data/none.psv, named by `input.path`: No such file or directory (os error 2)
    still to do: `user`: `{rows}` is not known
      --> prompts/generation.yaml:15:3
    hint: did you mean `row`?
    still to do: `user`: `{ input_data }` is not a placeholder: there is white space around its name
      --> prompts/judge.txt:8:1
    hint: placeholders are names like {context}, {llm_schema}, {output_json} and {input_data}, variables of `vars:` and columns; write `{{` and `}}` for braces that are text
    "#);
}

#[test]
fn a_schema_in_python_is_refused() {
    let older = Older::new();
    older.edit("configs/parameters.yaml", "txt_path: schema/llm_schema.txt", "txt_path: schema/llm_schema.py");
    assert_snapshot!(older.still_to_do(), @"still to do: schema/llm_schema.py is a Python module, and no Python is run here: name a file with its JSON Schema, which `json.dumps(LLMOutput.model_json_schema())` makes of a Pydantic model");
    let ended = older.casebook(&["run", "casebook.yaml", "--provider", "sample"]).expect(2);
    assert!(ended.stderr.contains("is a Python module, and no Python is run here"), "{ended:?}");
}

#[test]
fn something_else_is_not_migrated() {
    let older = Older::new();
    for (text, told) in [
        ("run: {name: a}\n", "other.yaml is not a configuration of an older Python framework"),
        ("run: [\n", "not valid YAML"),
        ("", "the file is empty"),
    ] {
        fs::write(older.path("other.yaml"), text).unwrap();
        let ended = older.casebook(&["migrate", "other.yaml"]).expect(2);
        assert!(ended.stderr.contains(told), "{ended:?}");
        assert!(!older.path("casebook.yaml").exists());
    }
    fs::write(older.path("other.db"), b"SQLite format 3\0\xff").unwrap();
    for arguments in [["migrate", "other.db", "--force"], ["schema", "infer", "other.db"]] {
        let ended = older.casebook(&arguments).expect(2);
        assert!(ended.stderr.contains("other.db is an SQLite database, perhaps a run file"), "{ended:?}");
    }
    let ended = older.casebook(&["migrate", "none.yaml"]).expect(2);
    assert!(ended.stderr.starts_with("error: cannot read none.yaml\n  caused by: "), "{ended:?}");
}

#[test]
fn a_schema_in_python_is_never_written_by_a_model() {
    let older = Older::new();
    fs::remove_file(older.path("schema/llm_schema.txt")).unwrap();
    fs::write(older.path("schema/llm_schema.py"), "class LLMOutput: ...\n").unwrap();
    let told = older.still_to_do();
    assert!(told.contains("the schema is in schema/llm_schema.py, and no Python is run"), "{told}");
    assert!(told.contains("LLMOutput.model_json_schema()"), "{told}");
    let written = older.read("casebook.yaml");
    assert!(written.contains("auto_generate: false"), "{written}");
    let ended = older.casebook(&["run", "casebook.yaml", "--dry-run", "--provider", "sample"]).expect(2);
    assert!(ended.stderr.contains("schema/llm_schema.txt"), "{ended:?}");
}

#[test]
fn a_prompt_that_is_blind_to_its_row_asks_for_each() {
    let older = Older::new();
    older.edit("prompts/generation.yaml", "{context}", "a hotel");
    older.casebook(&["migrate", "configs/parameters.yaml", "--force"]).expect(0);
    let written = older.read("casebook.yaml");
    assert!(written.contains("share: false  # the prompt shows nothing of its row"), "{written}");
}

#[test]
fn prompts_are_found_under_their_older_names() {
    let older = Older::new();
    fs::rename(older.path("prompts/generation.yaml"), older.path("prompts/generation_prompt.yaml")).unwrap();
    older.edit("configs/parameters.yaml", "path: prompts/generation.yaml", "path:");
    older.casebook(&["migrate", "configs/parameters.yaml", "--force"]).expect(0);
    assert!(older.read("casebook.yaml").contains("generation: prompts/generation_prompt.yaml"));
    older.casebook(&["run", "casebook.yaml", "--dry-run", "--provider", "sample"]).expect(0);
}

#[test]
fn a_module_that_is_not_there_is_never_replaced_by_a_model() {
    let older = Older::new();
    fs::remove_file(older.path("schema/llm_schema.txt")).unwrap();
    fs::rename(older.path("schema/llm_schema.py"), older.path("schema/other.py")).unwrap();
    let told = older.still_to_do();
    assert!(told.contains("the Python module schema/llm_schema.py, which was not found"), "{told}");
    assert!(older.read("casebook.yaml").contains("auto_generate: false"));
    // As Python imports it.
    older.edit("configs/parameters.yaml", "py_path: schema/llm_schema.py", "py_path: schema.other");
    let told = older.still_to_do();
    assert!(told.contains("the schema is in schema/other.py, and no Python is run"), "{told}");
    assert!(told.contains("other.LLMOutput.model_json_schema()))\" > llm_schema.txt"), "{told}");
}

#[test]
fn two_schemas_with_other_fields_are_told() {
    let older = Older::new();
    let rows = || older.casebook(&["migrate", "configs/parameters.yaml", "--force", "--format", "csv"]).stdout;
    assert!(rows().contains("has the same fields"), "{}", rows());
    older.edit("schema/llm_schema.py", "    summary: str", "    title: str");
    let told = older.still_to_do();
    assert!(told.contains("`title` in schema/llm_schema.py alone; `summary` in schema/llm_schema.txt alone"), "{told}");
    assert!(rows().contains("is taken, and has other fields"));
}

#[test]
fn the_root_is_found_without_named_files() {
    let older = Older::new();
    let parameters = format!(
        "run: {{name: a}}\ninput: {{path: {}}}\nllm_schema: {{txt_path: schema/llm_schema.txt}}\n",
        older.path("raw_data/reviews.psv").display()
    );
    fs::write(older.path("configs/parameters.yaml"), parameters).unwrap();
    fs::remove_file(older.path("schema/llm_schema.txt")).unwrap();
    fs::rename(older.path("prompts/generation.yaml"), older.path("prompts/generation_prompt.yaml")).unwrap();
    let ended = older.casebook(&["migrate", "configs/parameters.yaml"]).expect(1);
    assert!(ended.stderr.contains("the schema is in schema/llm_schema.py"), "{ended:?}");
    let written = older.read("casebook.yaml");
    assert!(written.contains("generation: prompts/generation_prompt.yaml"), "{written}");
}

#[test]
fn a_judge_that_is_blind_to_its_row_judges_each() {
    let older = Older::new();
    older.ungroup();
    older.edit("prompts/judge.txt", "{input_data}", "reviews");
    older.casebook(&["migrate", "configs/parameters.yaml", "--force"]).expect(0);
    let written = older.read("casebook.yaml");
    assert!(written.contains("share: false  # the judge's prompt shows nothing of the row"), "{written}");
    // Samples are equal for equal requests: without the share, each of the five rows is judged by itself.
    older.edit("prompts/generation.yaml", "{context}", "a hotel");
    older.casebook(&["run", "casebook.yaml", "--provider", "sample"]).expect(0);
    let db = Connection::open(older.path("guest_reviews.sample.db")).unwrap();
    let judged: i64 = db.query_row("SELECT count(*) FROM calls WHERE purpose = 'judge'", [], |row| row.get(0)).unwrap();
    assert_eq!(judged, 5);
}

#[test]
fn a_context_that_is_blind_to_its_row_asks_for_each() {
    let older = Older::new();
    let text = older.read("configs/parameters.yaml");
    let (before, after) = (text.find("  row_template:").unwrap(), text.find("  auto_kv_block").unwrap());
    let text = format!("{}  row_template: Do it.\n{}", &text[..before], &text[after..]);
    fs::write(older.path("configs/parameters.yaml"), text).unwrap();
    older.ungroup();
    older.casebook(&["migrate", "configs/parameters.yaml", "--force"]).expect(0);
    let written = older.read("casebook.yaml");
    assert!(written.contains("share: false  # the prompt shows nothing of its row"), "{written}");
}
