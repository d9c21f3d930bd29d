//! Experiments that are wrong: `eval` ends with exit code 2 before anything is asked, and says where, what is
//! wrong, and what to do.

use crate::projects::Project;

const CONFIG_FILE: &str = "casebook.yaml";
const CONFIG: &str = r#"run: {name: test}
input: {path: input.csv, key: id}
prompts: {generation: prompt.yaml}
schema: {path: schema.json}
models:
  small: {provider: sample, model: small}
  large: {provider: sample, model: large}
llm: small
experiment:
  matrix:
    llm: [small, large]
  baseline: {llm: small}
  gold: {path: gold.csv, key: id, fields: {topic: topic}}
  metrics:
    - {name: accuracy, of: topic, kind: exact}
  decide: {by: accuracy}
  gates: ["valid >= 0.5"]
"#;
const FILES: [(&str, &str); 5] = [
    (CONFIG_FILE, CONFIG),
    ("input.csv", "id,text,topic\na,first,news\nb,second,sport\n"),
    ("gold.csv", "id,topic\na,news\nb,sport\n"),
    ("prompt.yaml", "name: topics\nversion: 1\nsystem: |\n  {{ llm_schema }}\nuser: |\n  {{ row.text }}\n"),
    (
        "schema.json",
        r#"{
  "type": "object",
  "required": ["topic"],
  "properties": {"topic": {"type": "string", "enum": ["news", "sport"]}}
}"#,
    ),
];

/// A change that makes the experiment wrong: the file, what stands in it, what comes in its place, and what is said.
type Fault = (&'static str, &'static str, &'static str, &'static str);

fn project() -> Project {
    let project = Project::new();
    for (name, text) in FILES {
        project.write(name, text);
    }
    project
}

/// What the configuration alone tells.
const OF_THE_CONFIGURATION: &[Fault] = &[
    (
        CONFIG_FILE,
        "[small, large]",
        "[small, lrage]",
        "error: `llm`: there is no model `lrage` in `models` (in the variant `lrage`)
  --> casebook.yaml:11:18
hint: did you mean `large`?",
    ),
    (
        CONFIG_FILE,
        "llm: [small, large]\n  baseline: {llm: small}",
        "llm.temprature: [0, 1]\n  baseline: {llm.temprature: 0}",
        "error: unknown key `llm.temprature`
  --> casebook.yaml:11:22
hint: did you mean `llm.temperature`?",
    ),
    (
        CONFIG_FILE,
        "    llm: [small, large]",
        "    lm: [small, large]",
        "error: unknown key `lm`
  --> casebook.yaml:11:10
hint: did you mean `llm`?",
    ),
    (
        CONFIG_FILE,
        "    llm: [small, large]",
        "    llm: [small, large]\n    input.path: [input.csv, other.csv]",
        "error: `experiment.matrix.input.path`: `input.path` cannot vary: it says what the work items are, \
         and those are the same under all variants
  --> casebook.yaml:12:5",
    ),
    (
        CONFIG_FILE,
        "\n    llm: [small, large]",
        " {}",
        "error: `experiment.matrix`: the experiment has no variants
  --> casebook.yaml:10:11
hint: name what varies, as in `matrix: {llm: [small, large]}`",
    ),
    (
        CONFIG_FILE,
        "llm: [small, large]",
        "llm: []",
        "error: `experiment.matrix.llm`: expected at least one value
  --> casebook.yaml:11:10
hint: list the values to try, or remove the key",
    ),
    (
        CONFIG_FILE,
        "llm: [small, large]\n  baseline: {llm: small}",
        "prompts.generation: [prompt.yaml, other.yaml]\n  baseline: prompt",
        "error: cannot read other.yaml, named by `prompts.generation` (in the variant `other`)
  caused by: No such file or directory (os error 2)
  --> casebook.yaml:11:39
hint: paths are relative to the configuration file",
    ),
    (
        CONFIG_FILE,
        "  baseline: {llm: small}",
        "  exclude: [{llm: small}]\n  baseline: {llm: small}",
        "error: `experiment.baseline`: this combination is excluded
  --> casebook.yaml:13:13
hint: choose another baseline, or take it out of `exclude`",
    ),
    (
        CONFIG_FILE,
        "  baseline: {llm: small}",
        "  include: [{name: again, llm: small}]\n  baseline: large",
        "error: `experiment`: the variants `small` and `again` are the same task
  --> casebook.yaml:12:13
hint: let them differ, or remove one of them",
    ),
    (
        CONFIG_FILE,
        "[small, large]\n",
        "[small, lrage]\n  exclude: [{llm: large}]\n",
        "error: `llm`: there is no model `lrage` in `models`
  --> casebook.yaml:11:18
hint: did you mean `large`?",
    ),
    (
        CONFIG_FILE,
        "kind: exact",
        "kind: recall, label: sprot",
        "error: `experiment.metrics[0].label`: `topic` has no label `sprot` in the schema
  --> casebook.yaml:15:56
hint: did you mean `sport`?",
    ),
    (
        CONFIG_FILE,
        "of: topic",
        "of: topc, gold: topic",
        "error: `experiment.metrics[0].of`: an output has no field `topc`
  --> casebook.yaml:15:28
hint: did you mean `topic`?",
    ),
    (
        CONFIG_FILE,
        "kind: exact",
        "kind: mae",
        "error: `experiment.metrics[0].of`: `accuracy` measures numbers, and `topic` is a text
  --> casebook.yaml:15:28
hint: texts are compared with `kind: exact`",
    ),
    (
        CONFIG_FILE,
        "by: accuracy",
        "by: acuracy",
        "error: `experiment.decide.by`: there is no metric `acuracy`
  --> casebook.yaml:16:16
hint: did you mean `accuracy`?",
    ),
    (
        CONFIG_FILE,
        "valid >= 0.5",
        "vaild >= 0.5",
        "error: `experiment.gates[0]`: there is no figure `vaild`
  --> casebook.yaml:17:11
hint: did you mean `valid`?",
    ),
];

/// What the gold answers and the prompts tell.
const OF_GOLD_ANSWERS: &[Fault] = &[
    (
        "gold.csv",
        "b,sport",
        "c,sport",
        "error: gold.csv: 1 of 2 keys are not the `id` of a row of the input: `c` (line 3)
  --> casebook.yaml:13:16
hint: each key of gold is that of a row of the whole input, whatever `--limit` says: correct the keys, or take these \
         lines out",
    ),
    (
        "gold.csv",
        "b,sport\n",
        "b,sport\nb,news\n",
        "error: gold.csv, lines 3 and 4: both rows have the key `b`
  --> casebook.yaml:13:16
hint: each row of gold has the key of another row or group: correct the file, or take lines out",
    ),
    (
        "input.csv",
        "b,second,sport\n",
        "b,second,sport\nb,third,sport\n",
        "error: input.csv, lines 3 and 4: both rows have the key `b`
hint: a key names exactly one row: correct the file, name another column, or leave `input.key` out",
    ),
    (
        "gold.csv",
        "id,topic",
        "id,tipic",
        "error: `experiment.gold.fields.topic` is `topic`, but gold.csv has no such column
  --> casebook.yaml:13:51
hint: did you mean `tipic`?",
    ),
    (
        "prompt.yaml",
        "{{ row.text }}",
        "{{ row.text }} {{ gold.topic }}",
        "error: variant `small`: `user`: `gold` is not visible here: only the prompt of a metric sees gold answers
  --> prompt.yaml:6:21
hint: a prompt that saw the right answer would measure nothing; see `experiment.metrics`",
    ),
];

/// Those faults of which something else is said, or for which something was asked.
fn differing(faults: &[Fault]) -> Vec<String> {
    let mut differing = Vec::new();
    for (file, from, to, expected) in faults {
        let project = project();
        project.edit(file, from, to);
        let ended = project.casebook(&["eval", "casebook.yaml", "--quiet"]);
        let said = ended.stderr.trim_end().replace(&*project.dir().to_string_lossy(), "DIR");
        let has_asked = project.db().exists() && project.number("SELECT count(*) FROM call") > 0;
        if ended.code != Some(2) || !ended.stdout.is_empty() || has_asked || said != *expected {
            differing.push(format!("{from:?} → {to:?}\nexit code {:?}\n{said}", ended.code));
        }
    }
    differing
}

#[test]
fn the_experiment_is_sound_without_a_fault() {
    project().casebook(&["eval", "casebook.yaml"]).expect(0);
}

#[test]
fn a_wrong_experiment_is_refused_with_its_line_and_what_to_do() {
    let differing = differing(OF_THE_CONFIGURATION);
    assert!(differing.is_empty(), "{}", differing.join("\n\n"));
}

#[test]
fn wrong_gold_answers_are_refused_before_anything_is_asked() {
    let differing = differing(OF_GOLD_ANSWERS);
    assert!(differing.is_empty(), "{}", differing.join("\n\n"));
}

#[test]
fn a_gold_column_that_a_prompt_sees_is_refused() {
    let project = project();
    project.edit("casebook.yaml", "{path: gold.csv, key: id, fields: {topic: topic}}", "{fields: {topic: topic}}");
    project.edit("prompt.yaml", "{{ row.text }}", "{{ row.text }} {{ row.topic }}");
    let ended = project.casebook(&["eval", "casebook.yaml"]).expect(2);
    insta::assert_snapshot!(ended.stderr, @"
    error: variant `small`: `user`: `row.topic`: the column `topic` is gold (`experiment.gold.fields`), which is in no row
      --> prompt.yaml:6:21
    hint: prompts, contexts, checks and rules see no gold answer; the prompt of a metric sees it as `gold`
    ");
    project.edit("prompt.yaml", " {{ row.topic }}", "");
    project.casebook(&["eval", "casebook.yaml"]).expect(0);
}
