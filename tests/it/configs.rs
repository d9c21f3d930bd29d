//! Configurations that are wrong: what people read, exit code 2, and nothing written.

use std::fs;

use insta::assert_snapshot;

use crate::projects::Project;

/// What `casebook run` says of the project, with the scratch folder left out of paths; nothing may have been written.
#[track_caller]
fn refused(project: &Project, arguments: &[&str]) -> String {
    let before = project.entries();
    let ended = project.casebook(&[&["run", "casebook.yaml"], arguments].concat());
    assert_eq!(ended.code, Some(2), "{ended:?}");
    assert_eq!(ended.stdout, "", "messages belong on stderr");
    assert!(project.entries() == before, "something was written: {:?}", project.entries().keys());
    ended.stderr.trim_end().replace(&*project.dir().to_string_lossy(), "DIR")
}

/// The same for one change of one file.
#[track_caller]
fn edited(name: &str, from: &str, to: &str) -> String {
    let project = Project::new();
    project.edit(name, from, to);
    refused(&project, &[])
}

#[test]
fn an_unknown_key() {
    assert_snapshot!(edited("casebook.yaml", "min_score", "min_scor"), @"
    error: unknown key `judge.min_scor`
      --> casebook.yaml:15:3
    hint: did you mean `judge.min_score`?
    ");
    assert_snapshot!(edited("casebook.yaml", "retries: 1", "retrys: 1"), @"
    error: unknown key `llm.retrys`
      --> casebook.yaml:7:3
    hint: did you mean `llm.retries`?
    ");
    assert_snapshot!(edited("casebook.yaml", "outputs:", "output:"), @"
    error: unknown key `output`
      --> casebook.yaml:21:1
    hint: did you mean `outputs`?
    ");
}

#[test]
fn a_wrong_type_or_value() {
    assert_snapshot!(edited("casebook.yaml", "retries: 1", "retries: many"), @"
    error: `llm.retries`: expected a whole number, 0 or more, found text
      --> casebook.yaml:7:12
    ");
    assert_snapshot!(edited("casebook.yaml", "min_score: 70", "min_score: 170"), @"
    error: `judge.min_score`: expected a whole number from 0 to 100, found 170
      --> casebook.yaml:15:14
    ");
    assert_snapshot!(edited("casebook.yaml", "provider: sample", "provider: opneai"), @"
    error: `llm.provider`: expected one of `openai`, `openai_responses`, `azure`, `anthropic`, `gemini`, `bedrock`, `recorded`, `sample`, `function`, found `opneai`
      --> casebook.yaml:6:13
    hint: did you mean `openai`?
    ");
    assert_snapshot!(edited("casebook.yaml", "[jsonl, psv, csv]", "[jsonl, xlsx]"), @"
    error: `outputs.formats[1]`: expected one of `jsonl`, `jsonl.gz`, `jsonl.zst`, `psv`, `psv.gz`, `psv.zst`, `csv`, `csv.gz`, `csv.zst`, `files`, `deepeval`, `giskard`, `giskard2`, `giskard_hub`, `evidently`, `inspect`, `promptfoo`, `langfuse`, `openai_finetune`, `anthropic`, `gemini`, `sharegpt`, found `xlsx`
      --> casebook.yaml:21:28
    ");
    assert_snapshot!(edited("casebook.yaml", "name: test", "name: ../test"), @"
    error: `run.name`: `../test` cannot be used as a file name
      --> casebook.yaml:1:13
    hint: use letters, digits, `.`, `_` and `-`, and do not start with a dot
    ");
}

#[test]
fn no_yaml() {
    assert_snapshot!(edited("casebook.yaml", "run: {name: test", "run: {name: [test"), @"
    error: not valid YAML: mismatched bracket '[' closed by '}'
      --> casebook.yaml:1:13
    ");
    let project = Project::new();
    project.write("casebook.yaml", "");
    assert_snapshot!(refused(&project, &[]), @"
    error: the file is empty: expected a Casebook configuration
      --> casebook.yaml:1:1
    ");
    project.write("casebook.yaml", "- a\n- list\n");
    assert_snapshot!(refused(&project, &[]), @"
    error: expected a Casebook configuration at the top of the file, found a list
      --> casebook.yaml:1:1
    ");
    project.write("casebook.yaml", b"run: \xff\n");
    assert_snapshot!(refused(&project, &[]), @"
    error: cannot read the configuration casebook.yaml
      caused by: stream did not contain valid UTF-8
    hint: save it as UTF-8
    ");
}

#[test]
fn a_missing_file() {
    for (name, text) in [("input.csv", ""), ("prompt.yaml", ""), ("schema.json", "")] {
        let project = Project::new();
        fs::remove_file(project.path(name)).unwrap();
        let said = refused(&project, &[]);
        assert!(said.contains(name) && said.contains(text), "{said}");
    }
    let project = Project::judged();
    fs::remove_file(project.path("input.csv")).unwrap();
    assert_snapshot!(refused(&project, &[]), @"
    error: cannot read input.csv, named by `input.path`
      caused by: No such file or directory (os error 2)
      --> casebook.yaml:2:15
    hint: paths are relative to the configuration file
    ");
    fs::remove_file(project.path("casebook.yaml")).unwrap();
    assert_snapshot!(refused(&project, &[]), @"
    error: cannot read the configuration casebook.yaml
      caused by: No such file or directory (os error 2)
    hint: `casebook init DIR` writes a project that runs as it stands
    ");
    let mut project = Project::new();
    project.set("llm.provider", "recorded");
    assert_snapshot!(refused(&project, &["--set", "llm.provider=recorded"]), @"
    error: cannot read answers.csv, named by `llm.recorded.path`
      caused by: No such file or directory (os error 2)
      --> casebook.yaml:10:11
    hint: paths are relative to the configuration file
    ");
}

#[test]
fn a_template_with_an_unknown_name() {
    assert_snapshot!(edited("prompt.yaml", "{{ row.text }}", "{{ row.txt }}"), @"
    error: `user`: `row.txt`: the input has no column `txt`
      --> prompt.yaml:9:6
    hint: did you mean `row.text`?
    ");
    assert_snapshot!(edited("prompt.yaml", "{{ row.text }}", "{{ rows.text }}"), @"
    error: `user`: `rows` is not known
      --> prompt.yaml:9:6
    hint: did you mean `row`?
    ");
    assert_snapshot!(edited("prompt.yaml", "{{ row.text }}", "{{ output.label }}"), @"
    error: `user`: `output` is not available here
      --> prompt.yaml:9:6
    hint: available: row, context, llm_schema, vars, input_data
    ");
    assert_snapshot!(edited("prompt.yaml", "{{ row.text }}", "{{ row.text | uppper }}"), @"
    error: `user`: unknown filter: filter uppper is unknown
      --> prompt.yaml:9:17
    ");
    assert_snapshot!(edited("prompt.yaml", "{{ row.text }}", "{% if row.text %}"), @"
    error: `user`: syntax error: unexpected end of input, expected end of block
      --> prompt.yaml:9:18
    ");
    assert_snapshot!(edited("prompt.yaml", "user: |", "usr: |"), @"
    error: unknown key `usr`
      --> prompt.yaml:6:1
    hint: did you mean `user`?
    ");
}

#[test]
fn a_judges_template_with_an_unknown_name() {
    let project = Project::new();
    project.edit("judge.yaml", "output.label", "output.lable");
    project.edit("casebook.yaml", "enabled: false", "enabled: true");
    assert_snapshot!(refused(&project, &[]), @"
    error: `user`: `output.lable`: the schema has no field `lable`
      --> judge.yaml:9:13
    hint: did you mean `output.label`?
    ");
}

#[test]
fn a_misspelt_column() {
    assert_snapshot!(edited("casebook.yaml", "key: id", "key: idd"), @"
    error: `input.key` is `idd`, but input.csv has no such column; its columns are `id`, `text`, `remark`
      --> casebook.yaml:2:31
    ");
    assert_snapshot!(edited("casebook.yaml", "key: id", "required_columns: [id, texte]"), @"
    error: input.csv: line 1: there is no column `texte`; did you mean `text`?; the columns are `id`, `text`, `remark`
      --> casebook.yaml:2:44
    ");
    let project = Project::new();
    assert_snapshot!(refused(&project, &["--set", "grouping={enabled: true, column: remarks}"]), @"
    error: `grouping.column` is `remarks`, but the input has no such column
    hint: its columns are id, text, remark
    ");
    project.edit("prompt.yaml", "{{ row.text }}", "{{ context }}");
    assert_snapshot!(refused(&project, &["--set", "context.columns={mode: include, include: [txt]}"]), @"
    error: `context.columns`: the input has no column `txt`
    hint: did you mean `text`?
    ");
}

#[test]
fn a_schema_that_is_none() {
    let project = Project::new();
    project.write("schema.json", "{\"type\": \"object\",}");
    assert_snapshot!(refused(&project, &[]), @"error: schema.json: line 1, column 19: a comma before the closing `}`");
    project.write("schema.json", "{\"type\": \"objekt\"}");
    assert_snapshot!(refused(&project, &[]), @r#"error: schema.json: /type: "objekt" fits none of the 2 alternatives: (1) /type: "objekt" is not one of "array", "boolean", "integer", "null", "number", "object", "string"; (2) /type: "objekt" is a string, expected array"#);
    project.write("schema.json", "{\"type\": \"array\"}");
    assert_snapshot!(refused(&project, &[]), @r#"error: schema.json: the schema describes a value of type "array", but an answer is always a JSON object: set "type": "object" at the top, and put the value into a property"#);
    project.write("schema.json", "{\"type\": \"object\", \"properties\": {\"a\": {\"$ref\": \"#/$defs/b\"}}}");
    assert_snapshot!(refused(&project, &[]), @r##"error: schema.json: /properties/a/$ref: "#/$defs/b" refers to nothing in this file"##);
}

#[test]
fn a_check_that_is_none() {
    let project = Project::new();
    let said = |check: &str| refused(&project, &["--set", &format!("checks=[{{name: is_one, expr: \"{check}\"}}]")]);
    assert_snapshot!(said("output.label =="), @"error: `checks[0].expr`: syntax error: unexpected end of input, expected expression");
    assert_snapshot!(said("output.lable == 'one'"), @"
    error: `checks[0].expr`: `output.lable`: the schema has no field `lable`
    hint: did you mean `output.label`?
    ");
    assert_snapshot!(said("row.txt"), @"
    error: `checks[0].expr`: `row.txt`: the input has no column `txt`
    hint: did you mean `row.text`?
    ");
}

#[test]
fn a_key_that_is_not_set() {
    let project = Project::new();
    assert_snapshot!(refused(&project, &["--set", "llm.provider=openai", "--set", "llm.model=m"]), @"
    note: llm: the provider is not asked to hold answers to the schema (/properties/note: the keyword `maxLength` is not supported)
    error: the environment variable OPENAI_API_KEY is not set; set it to the provider's key
    hint: set it with `export NAME=…`, name another one with `llm.api_key_env`, or rehearse without a key: `--provider sample`
    ");
    assert_snapshot!(refused(&project, &["--set", "llm.provider=openai", "--set", "llm.model=m", "--set", "llm.api_key_env=OTHER_KEY"]), @"
    note: llm: the provider is not asked to hold answers to the schema (/properties/note: the keyword `maxLength` is not supported)
    error: the environment variable OTHER_KEY is not set; set it to the provider's key
    hint: set it with `export NAME=…`, name another one with `llm.api_key_env`, or rehearse without a key: `--provider sample`
    ");
    assert_snapshot!(refused(&project, &["--set", "llm.provider=openai"]), @"
    error: `llm.model` is missing
      --> casebook.yaml:6:3
    hint: write the model's name, as the provider knows it
    ");
}

#[test]
fn a_key_where_its_name_belongs_is_not_shown() {
    let project = Project::new();
    let said = refused(&project, &["--set", "llm.provider=openai", "--set", "llm.api_key_env=sk-very-secret-123"]);
    assert!(!said.contains("very-secret"), "{said}");
    assert_snapshot!(said, @"
    error: `llm.api_key_env`: expected the name of an environment variable (A-Z, 0-9 and _), found something else (given by `--set llm.api_key_env`)
    hint: name the variable that holds the key, as in `api_key_env: OPENAI_API_KEY`; if a key was written here, take it out and revoke it
    ");
}

#[test]
fn a_set_that_goes_nowhere() {
    let project = Project::new();
    assert_snapshot!(refused(&project, &["--set", "llm.retrys=3"]), @"
    error: unknown key `llm.retrys` (given by `--set llm.retrys`)
    hint: did you mean `llm.retries`?
    ");
    assert_snapshot!(refused(&project, &["--set", "llm.retries=three"]), @"error: `llm.retries`: expected a whole number, 0 or more, found text (given by `--set llm.retries`)");
    assert_snapshot!(refused(&project, &["--set", "llm.retries"]), @"
    error: invalid value 'llm.retries' for '--set <KEY=VALUE>': expected KEY=VALUE, such as `llm.temperature=0.2`

    For more information, try '--help'.
    ");
    assert_snapshot!(refused(&project, &["--set", "llm.retries.more=3"]), @"error: `llm.retries`: expected a block of keys, found the number 1 (given by `--set llm.retries.more`)");
    assert_snapshot!(refused(&project, &["--set", "=3"]), @"
    error: invalid value '=3' for '--set <KEY=VALUE>': expected KEY=VALUE, such as `llm.temperature=0.2`

    For more information, try '--help'.
    ");
    assert_snapshot!(refused(&project, &["--set", "judge.min_score=[1"]), @"error: not valid YAML: unclosed bracket '[' (given by `--set judge.min_score`)");
}

#[test]
fn groups_that_contradict_themselves() {
    let project = Project::new();
    assert_snapshot!(refused(&project, &["--set", "grouping.enabled=true"]), @"
    error: `grouping.column` is missing (given by `--set grouping.enabled`)
    hint: name the column whose equal values form a group, or set `grouping.enabled: false`
    ");
    assert_snapshot!(refused(&project, &["--set", "grouping={enabled: true, column: remark, mode: group_output}"]), @"
    error: `user`: `row` is not available here
      --> prompt.yaml:9:6
    hint: available: group, context, llm_schema, vars, input_data
    ");
    assert_snapshot!(refused(&project, &["--set", "grouping={enabled: true, column: remark, mode: by_group}"]), @"error: `grouping.mode`: expected one of `group_output`, `row_output_with_group_context`, found `by_group` (given by `--set grouping`)");
}

#[test]
fn options_that_are_none() {
    let project = Project::new();
    for arguments in
        [&["--limit", "-1"][..], &["--from", "plna"], &["--provider", "openai"], &["--workers", "0"], &["--colour"]]
    {
        refused(&project, arguments);
    }
    let ended = project.casebook(&["rnu", "casebook.yaml"]);
    assert_eq!(ended.code, Some(2));
    assert!(ended.stderr.contains("unrecognized subcommand 'rnu'"), "{}", ended.stderr);
}

#[test]
fn a_run_file_is_left_as_it_was() {
    let project = Project::new();
    project.run();
    project.edit("prompt.yaml", "{{ row.text }}", "{{ row.txt }}");
    refused(&project, &[]);
    assert_eq!(project.number("SELECT count(*) FROM invocation"), 1);
    assert_eq!(project.number("SELECT count(*) FROM config"), 1);
}

#[test]
fn what_is_quoted_cannot_act_on_a_terminal() {
    let project = Project::new();
    project.edit("casebook.yaml", "retries: 1", "\"re\\e[31mtries\": 1");
    let said = refused(&project, &[]);
    assert!(!said.chars().any(|it| it.is_control() && it != '\n'), "{said:?}");
}

#[test]
fn the_page_on_the_configuration_has_every_key() {
    fn keys(schema: &serde_json::Value, found: &mut std::collections::BTreeSet<String>) {
        if let Some(properties) = schema.get("properties").and_then(serde_json::Value::as_object) {
            found.extend(properties.keys().cloned());
        }
        match schema {
            serde_json::Value::Object(object) => object.values().for_each(|it| keys(it, found)),
            serde_json::Value::Array(list) => list.iter().for_each(|it| keys(it, found)),
            _ => {}
        }
    }
    let read = |path: &str| fs::read_to_string(format!("{}/{path}", env!("CARGO_MANIFEST_DIR"))).unwrap();
    let mut found = std::collections::BTreeSet::new();
    keys(&serde_json::from_str(&read("configs/casebook.schema.json")).unwrap(), &mut found);
    assert!(found.len() > 100, "{found:?}");
    let page = read("docs/configuration.md");
    let words: std::collections::BTreeSet<&str> =
        page.split(|it: char| !it.is_ascii_alphanumeric() && it != '_').collect();
    found.retain(|key| !words.contains(key.as_str()));
    assert!(found.is_empty(), "docs/configuration.md does not name {found:?}");
}
