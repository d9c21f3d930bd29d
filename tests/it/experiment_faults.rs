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
  gates: ["accuracy >= 0.5"]
"#;
const FILES: [(&str, &str); 5] = [
    (CONFIG_FILE, CONFIG),
    ("input.csv", "id,text,topic\na,first,news\nb,second,sport\n"),
    ("gold.csv", "id,topic\na,news\nb,sport\n"),
    ("prompt.yaml", "name: topics\nversion: 1\nsystem: |\n  {{ llm_schema }}\nuser: |\n  {{ row.text }}\n"),
    (
        "schema.json",
        r#"{"type": "object", "properties": {"topic": {"type": "string", "enum": ["news", "sport"]}}, "required": ["topic"]}"#,
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
        "",
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
        "accuracy >= 0.5",
        "acuracy >= 0.5",
        "error: `experiment.gates[0]`: there is no figure `acuracy`
  --> casebook.yaml:17:11
hint: did you mean `accuracy`?",
    ),
];

/// What the gold answers and the prompts tell.
const OF_GOLD_ANSWERS: &[Fault] = &[
    ("gold.csv", "b,sport", "c,sport", ""),
    ("gold.csv", "b,sport\n", "b,sport\nb,news\n", ""),
    ("input.csv", "b,second,sport\n", "b,second,sport\nb,third,sport\n", ""),
    ("gold.csv", "id,topic", "id,tipic", ""),
    (
        "prompt.yaml",
        "{{ row.text }}",
        "{{ row.text }} {{ gold.topic }}",
        "error: variant `small`: `user`: `gold` is not visible here: only the prompt of a metric sees gold answers
  --> prompt.yaml:6:21
hint: a prompt that saw the right answer would measure nothing; see `experiment.metrics`",
    ),
];

/// Those faults of which something else is said, or after which something was written.
fn differing(faults: &[Fault], arguments: &[&str]) -> Vec<String> {
    let mut differing = Vec::new();
    for (file, from, to, expected) in faults {
        let project = project();
        project.edit(file, from, to);
        let before = project.entries();
        let ended = project.casebook(&[&["eval", "casebook.yaml"], arguments].concat());
        let said = ended.stderr.trim_end().replace(&*project.dir().to_string_lossy(), "DIR");
        let is_refused = ended.code == Some(2) && ended.stdout.is_empty() && project.entries() == before;
        if !is_refused || said != *expected {
            differing.push(format!("{from:?} → {to:?}\nexit code {:?}\n{said}", ended.code));
        }
    }
    differing
}

#[test]
fn the_experiment_is_sound_without_a_fault() {
    project().casebook(&["eval", "casebook.yaml", "--dry-run"]).expect(0);
}

#[test]
fn a_wrong_experiment_is_refused_with_its_line_and_what_to_do() {
    let differing = differing(OF_THE_CONFIGURATION, &[]);
    assert!(differing.is_empty(), "{}", differing.join("\n\n"));
}

#[test]
fn wrong_gold_answers_are_refused_before_anything_is_asked() {
    let differing = differing(OF_GOLD_ANSWERS, &["--dry-run"]);
    assert!(differing.is_empty(), "{}", differing.join("\n\n"));
}

#[test]
fn a_gold_column_that_a_prompt_sees_is_refused() {
    let project = project();
    project.edit("casebook.yaml", "{path: gold.csv, key: id, fields: {topic: topic}}", "{fields: {topic: topic}}");
    project.casebook(&["eval", "casebook.yaml", "--dry-run"]).expect(0);
    project.edit("prompt.yaml", "{{ row.text }}", "{{ row.text }} {{ row.topic }}");
    let ended = project.casebook(&["eval", "casebook.yaml", "--dry-run"]).expect(2);
    insta::assert_snapshot!(ended.stderr, @"");
}
