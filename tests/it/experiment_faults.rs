//! Experiments that are wrong: `eval` ends with exit code 2 before anything is asked or written, and says where, what is
//! wrong, and what to do.

use crate::projects::Project;

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
    ("casebook.yaml", CONFIG),
    ("input.csv", "id,text,topic\na,first,news\nb,second,sport\n"),
    ("gold.csv", "id,topic\na,news\nb,sport\n"),
    ("prompt.yaml", "name: topics\nversion: 1\nsystem: |\n  {{ llm_schema }}\nuser: |\n  {{ row.text }}\n"),
    (
        "schema.json",
        r#"{"type": "object", "required": ["topic"], "properties": {"topic": {"type": "string", "enum": ["news", "sport"]}}}"#,
    ),
];

/// A change that makes the experiment wrong.
struct Fault {
    file: &'static str,
    from: &'static str,
    to: &'static str,
    /// What is said: the error, where, and what to do.
    said: &'static str,
}

const fn fault(file: &'static str, from: &'static str, to: &'static str, said: &'static str) -> Fault {
    Fault { file, from, to, said }
}

fn project() -> Project {
    let project = Project::new();
    for (name, text) in FILES {
        project.write(name, text);
    }
    project
}

const FAULTS: &[Fault] = &[
    fault("casebook.yaml", "[small, large]", "[small, lrage]", ""),
    fault("casebook.yaml", "    llm: [small, large]", "    lm: [small, large]", ""),
    fault("casebook.yaml", "    llm: [small, large]", "    llm: [small, large]\n    input.path: [input.csv, other.csv]", ""),
    fault("casebook.yaml", "\n    llm: [small, large]", " {}", ""),
    fault("casebook.yaml", "llm: [small, large]", "llm: []", ""),
    fault("casebook.yaml", "    llm: [small, large]", "    llm: [small, large]\n    prompts.generation: [prompt.yaml, other.yaml]", ""),
    fault("casebook.yaml", "of: topic", "of: topc, gold: topic", ""),
    fault("casebook.yaml", "kind: exact", "kind: mae", ""),
    fault("casebook.yaml", "kind: exact", "kind: exakt", ""),
    fault("gold.csv", "b,sport", "c,sport", ""),
    fault("gold.csv", "b,sport\n", "b,sport\nb,news\n", ""),
    fault("gold.csv", "id,topic", "id,tipic", ""),
    fault("prompt.yaml", "{{ row.text }}", "{{ row.text }} {{ gold.topic }}", ""),
    fault("casebook.yaml", "  baseline: {llm: small}", "  exclude: [{llm: small}]\n  baseline: {llm: small}", ""),
    fault("casebook.yaml", "  baseline: {llm: small}", "  include: [{name: again, llm: small}]\n  baseline: {llm: small}", ""),
    fault("casebook.yaml", "by: accuracy", "by: acuracy", ""),
    fault("casebook.yaml", "accuracy >= 0.5", "acuracy >= 0.5", ""),
];

#[test]
fn the_experiment_is_sound_without_a_fault() {
    project().casebook(&["eval", "casebook.yaml", "--dry-run"]).expect(0);
}

#[test]
fn a_wrong_experiment_is_refused_with_its_line_and_what_to_do() {
    let mut wrong = Vec::new();
    for fault in FAULTS {
        let project = project();
        project.edit(fault.file, fault.from, fault.to);
        let before = project.entries();
        let ended = project.casebook(&["eval", "casebook.yaml", "--dry-run"]);
        let said = ended.stderr.trim_end().replace(&*project.dir().to_string_lossy(), "DIR");
        let is_so = ended.code == Some(2) && ended.stdout.is_empty() && project.entries() == before;
        if !is_so || said != fault.said {
            wrong.push(format!("{} → {}\nexit code {:?}\n{said}\n{}", fault.from, fault.to, ended.code, ended.stdout));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
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
