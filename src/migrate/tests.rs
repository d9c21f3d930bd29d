use std::sync::Arc;

use super::older::Migration;
use super::*;
use crate::config::Node;

const PARAMETERS: &str = include_str!("../../tests/fixtures/older/configs/parameters.yaml");

fn migrated(text: &str) -> Migration {
    placed(text, Placement::default())
}

fn placed(text: &str, placement: Placement) -> Migration {
    let placement = Placement { name: "my project".to_owned(), file: "parameters.yaml".to_owned(), ..placement };
    Older::parse(text, "parameters.yaml").unwrap().migrate(&placement)
}

fn shown(rows: &[MigrationRow]) -> String {
    let line = |row: &MigrationRow| {
        let line = row.line.map(|line| line.to_string()).unwrap_or_default();
        let to = row.to.as_deref().unwrap_or("-");
        format!("{line:>3} {:8} {} = {:?} -> {to}: {}", row.outcome.as_str(), row.key, row.value, row.note)
    };
    rows.iter().map(line).collect::<Vec<_>>().join("\n")
}

/// The smallest older configuration, with `more` in it.
fn small(more: &str) -> Migration {
    migrated(&format!("llm_schema: {{txt_path: schema/llm_schema.txt}}\n{more}\n"))
}

fn row(migration: &Migration, key: &str) -> String {
    let found: Vec<&MigrationRow> = migration.rows.iter().filter(|row| row.key == key).collect();
    assert_eq!(found.len(), 1, "{key}: {found:?}");
    format!("{} {} {}", found[0].outcome.as_str(), found[0].to.as_deref().unwrap_or("-"), found[0].note)
}

#[test]
fn a_whole_configuration() {
    let made = migrated(PARAMETERS);
    insta::assert_snapshot!("yaml", made.yaml);
    insta::assert_snapshot!("rows", shown(&made.rows));
}

#[test]
fn what_is_not_there_has_the_older_default() {
    insta::assert_snapshot!("defaults", small("").yaml);
}

#[test]
fn every_older_key_has_its_row_and_none_is_unknown() {
    let made = migrated(PARAMETERS);
    let unknown: Vec<&str> =
        made.rows.iter().filter(|row| row.outcome == KeyOutcome::Unknown).map(|row| row.key.as_str()).collect();
    assert_eq!(unknown, ["llm.top_k"]);
    let keys = made.rows.iter().filter(|row| !row.key.is_empty()).count();
    let written = PARAMETERS.lines().filter(|line| !line.trim_start().starts_with('#') && line.contains(": ")).count();
    // Two lines of a template have a colon or none; each other line has one key.
    assert_eq!(keys, written, "{}", shown(&made.rows));
}

#[test]
fn paths_lead_to_the_older_project() {
    let placement = Placement { prefix: "../old/".to_owned(), ..Placement::default() };
    let text = "llm_schema: {txt_path: ./s.txt}\ninput: {path: /data/in.csv}\nprompts: {generation: {path: a/p.md}}\n\
                outputs: {psv_path: output.psv}\n";
    let older = Older::parse(text, "p.yaml").unwrap();
    let yaml = older.migrate(&placement).yaml;
    for line in ["  path: ../old/s.txt", "  path: /data/in.csv", "  generation: ../old/a/p.md"] {
        assert!(yaml.contains(line), "{line}:\n{yaml}");
    }
    assert!(!yaml.contains("  dir:"), "the older files stay: {yaml}");
    assert_eq!(
        older.reads(&[]),
        [("input.path", "/data/in.csv"), ("prompts.generation", "a/p.md"), ("schema.path", "s.txt")]
            .map(|(key, path)| (key, path.to_owned()))
    );
}

#[test]
fn columns_follow_their_mode() {
    let columns = |text: &str| small(&format!("context: {{columns: {{{text}}}}}"));
    let made = columns("mode: include, include: [b, a, c], exclude: [c]");
    assert!(made.yaml.contains("mode: include") && made.yaml.contains("include: [b, a]"), "{}", made.yaml);
    assert!(made.yaml.contains("without the columns of `exclude`"), "{}", made.yaml);
    assert_eq!(row(&made, "context.columns.exclude"), "dropped - mode `include` has no such list");
    let made = columns("include: [a], exclude: [c, c]");
    assert!(made.yaml.contains("mode: exclude") && made.yaml.contains("exclude: [c]"), "{}", made.yaml);
    let made = columns("mode: include, include: []");
    assert_eq!(row(&made, "context.columns.mode"), "moved context.columns.mode no column is listed");
    let made = columns("mode: some");
    assert_eq!(row(&made, "context.columns.mode"), "moved context.columns.mode not a mode, so all columns");
}

#[test]
fn listed_columns_keep_their_order() {
    let context = |text: &str| small(&format!("context: {{{text}}}"));
    let made = context("columns: {mode: include, include: [b, a]}");
    assert!(made.yaml.contains("include: [b, a]") && made.yaml.contains("kv_order: listed"), "{}", made.yaml);
    let made = context("kv_order: input_order, columns: {mode: include, include: [b, a]}");
    assert_eq!(row(&made, "context.kv_order"), "moved context.kv_order as `columns.include` has them");
    let made = context("kv_order: alpha, columns: {mode: include, include: [b, a]}");
    assert_eq!(row(&made, "context.kv_order"), "kept context.kv_order ");
    let made = context("kv_order: input_order, columns: {mode: exclude, exclude: [b, a]}");
    assert!(row(&made, "context.kv_order").ends_with("sorted by name, as `alpha` does"), "{}", made.yaml);
}

#[test]
fn a_judge_may_have_a_block_of_its_own() {
    let made = small("judge: {enabled: true}");
    for line in ["  judge: prompts/judge.yaml  # the older default", "  enabled: true  # line 2", "  min_score: 0"] {
        assert!(made.yaml.contains(line), "{line}:\n{}", made.yaml);
    }
    let made = small("judge: {enabled: true, path: j.yaml}\nprompts: {judge: {enabled: false}}");
    assert!(made.yaml.contains("  judge: j.yaml") && made.yaml.contains("  enabled: false"), "{}", made.yaml);
    assert_eq!(row(&made, "judge.enabled"), "dropped judge.enabled `prompts.judge.enabled` is set too");
}

#[test]
fn a_number_of_attempts_is_one_more_than_the_number_of_retries() {
    for (attempts, retries) in [(5, 4), (1, 0), (0, 0)] {
        let made = small(&format!("llm: {{max_retries: {attempts}}}"));
        assert!(made.yaml.contains(&format!("  retries: {retries}  # line 2")), "{}", made.yaml);
    }
    assert!(small("").yaml.contains("  retries: 2  # the older default"));
}

#[test]
fn what_the_older_project_has_decides() {
    let text =
        "llm_schema: {auto_generate: true, force_regenerate: true}\njudge: {enabled: true}\nrun: {timezone: UTC}\n";
    let found = vec!["prompts/generation_prompt.yaml", "judge_prompt.yaml"];
    let made = placed(text, Placement { found, ..Placement::default() }).yaml;
    assert!(made.contains("generation: prompts/generation_prompt.yaml") && made.contains("judge: judge_prompt.yaml"));
    assert!(made.contains("auto_generate: true") && !made.contains("share"), "{made}");
    for python in [PythonSchema::Alone("a.py".to_owned()), PythonSchema::Missing("a.py".to_owned())] {
        let made = placed(text, Placement { python, blind_prompt: true, ..Placement::default() }).yaml;
        assert!(made.contains("  auto_generate: false  # line 1") && made.contains("\n  share: false  #"), "{made}");
        assert!(!made.contains("\n  force_regenerate"), "{made}");
    }
    let made = placed(text, Placement { blind_judge: true, ..Placement::default() }).yaml;
    assert!(made.contains("share: false  # the judge's prompt shows nothing of the row"), "{made}");
    let made = small("cache: {enabled: false}").yaml;
    assert!(made.contains("  enabled: false") && made.contains("  share: false"), "{made}");
}

#[test]
fn nobody_says_that_two_schemas_are_the_same_without_knowing_it() {
    let note = |python| {
        let made = placed("llm_schema: {py_path: a.py}\n", Placement { python, ..Placement::default() });
        row(&made, "llm_schema.py_path")
    };
    assert_eq!(note(PythonSchema::None), "dropped - Casebook runs no Python");
    assert!(note(PythonSchema::Beside(SameFields::Yes)).ends_with("has the same fields"));
    assert!(note(PythonSchema::Beside(SameFields::No)).ends_with("is taken, and has other fields"));
    assert!(note(PythonSchema::Beside(SameFields::Unknown)).contains("nothing tells whether"));
}

#[test]
fn a_python_module_may_be_named_as_python_imports_it() {
    let files = |text: &str| Older::parse(text, "p.yaml").unwrap().python_files();
    assert_eq!(files("llm_schema: {py_path: schemas.my.py}"), ["schemas.my.py", "schemas.my.py.py", "schemas/my.py"]);
    assert_eq!(files("llm_schema: {py_path: schema.llm_schema}")[2], "schema/llm_schema.py");
    assert_eq!(files("llm_schema: {txt_path: a.txt}"), ["schema/llm_schema.py"]);
}

#[test]
fn a_sheet_that_is_a_number_is_a_position() {
    let sheet = |written: &str, name: Option<&str>| {
        let placement = Placement { sheet: name.map(str::to_owned), ..Placement::default() };
        let made = placed(&format!("llm_schema: {{txt_path: a}}\ninput: {{sheet: {written}}}\n"), placement);
        let yaml = made.yaml.lines().find_map(|line| line.trim().strip_prefix("sheet: ").map(str::to_owned));
        (yaml.unwrap_or_default().split("  #").next().unwrap_or_default().to_owned(), row(&made, "input.sheet"))
    };
    assert_eq!(sheet("1", Some("Second")).0, "Second");
    assert!(sheet("1", None).1.starts_with("wrong - it was the position of a sheet, from 0"));
    assert_eq!(sheet("0", None).1, "dropped - the first sheet is read by default");
    assert_eq!(sheet("'1'", None), ("\"1\"".to_owned(), "kept input.sheet ".to_owned()));
}

#[test]
fn a_context_may_show_nothing_of_its_row() {
    let shows = |text: &str| {
        Older::parse(&format!("llm_schema: {{txt_path: a}}\n{text}"), "p.yaml").unwrap().context_shows_rows()
    };
    assert!(shows("") && shows("context: {row_template: '{id}'}"));
    assert!(shows("context: {row_template: '{Role Name}'}") && shows("context: {row_template: '{__ROW_KV_BLOCK__}.'}"));
    assert!(!shows("context: {row_template: 'Please do it'}") && !shows("context: {row_template: 'x {a.b} {{row}}'}"));
    let header = "context: {row_template: do, group_header_template: '{group_key}'}\n";
    assert!(!shows(header));
    assert!(shows(&format!("{header}grouping: {{enabled: true, column: a}}")));
}

#[test]
fn names_of_models_say_who_answers() {
    let provider = |model: &str| {
        let yaml = small(&format!("llm: {{model: {model}}}")).yaml;
        yaml.lines().find_map(|line| line.trim().strip_prefix("provider: ").map(str::to_owned)).unwrap()
    };
    assert!(provider("models/gemini-3-pro").starts_with("gemini "));
    assert!(provider("claude-sonnet-4").starts_with("anthropic "));
    assert!(provider("gpt-4o").starts_with("openai "));
    assert!(provider("qwen3").contains("a guess"));
}

#[test]
fn values_that_cannot_be_used_are_told() {
    let made = small(
        "input: {format: parquet, encoding: latin_1, sheet: 0}\nllm: {max_retries: many, retries: 2, temperature: '0.5'}\n\
         grouping: {enabled: 'yes', mode: by_group, max_rows_per_group: 0}\noutputs: {formats: [xlsx]}\nreport: [1]\n\
         cache: {force: 1}\ncontext: {kv_order: random, row_template: 5, columns: {mode: {a: 1}}}\nrag: {alpha: 0.6}\n\
         api_key: sk-secret",
    );
    insta::assert_snapshot!("wrong", shown(&made.rows));
    assert!(!made.yaml.contains("sk-secret") && !shown(&made.rows).contains("sk-secret"));
}

#[test]
fn something_else_is_refused() {
    let told = |text: &str| Older::parse(text, "p.yaml").unwrap_err().to_string();
    assert_eq!(
        told("run: {name: a}\nprompts: {generation: p.yaml}\n"),
        "p.yaml is not a configuration of an older Python framework: it has none of its keys, such as \
         `prompts.generation.path` or `llm_schema`"
    );
    assert!(told("run: [").contains("not valid YAML"));
    assert!(told("").contains("empty"));
}

#[test]
fn spaces_that_only_look_like_spaces_are_taken_for_some() {
    let made = migrated("\u{feff}llm_schema:\n\u{a0} txt_path:\u{202f}s.txt\n");
    assert!(made.yaml.contains("path: s.txt"), "{}", made.yaml);
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(200))]

    #[test]
    fn whatever_a_value_is_the_new_file_is_yaml(
        which in 0_usize..80,
        value in "[ a-z{}\\[\\]'\"#:|.0-9~é-]{0,20}|[{]__ROW_KV_BLOCK__[}] [{}a-z%# ]{0,10}",
        quoted in proptest::bool::ANY,
    ) {
        let value = if quoted { serde_json::Value::from(value).to_string() } else { value };
        let mut lines: Vec<String> = PARAMETERS.lines().map(str::to_owned).collect();
        let which = which % lines.len();
        if let Some(colon) = lines[which].find(": ") {
            lines[which].truncate(colon + 2);
            lines[which].push_str(&value);
        }
        if let Ok(older) = Older::parse(&lines.join("\n"), "p.yaml") {
            let made = older.migrate(&Placement { prefix: format!("../{value}/"), ..Placement::default() });
            let node = Node::parse(&made.yaml, &Arc::from("c.yaml"), "x");
            proptest::prop_assert!(node.is_ok(), "{:?}\n{}", node, made.yaml);
        }
    }
}
