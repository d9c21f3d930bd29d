//! Models by their names and the experiment of a configuration, as `casebook run` reads them.

use insta::assert_snapshot;

use crate::projects::Project;

const EXPERIMENT: &str = "\
experiment:
  matrix: {llm: [small, large]}
  include: [{name: cheap, llm: small, prompts.generation: short.yaml}]
  gold: {path: gold.csv, key: id, fields: {label: label}}
  metrics: [{name: accuracy, of: label, kind: exact}]
  gates: [accuracy >= 0.9]
";

/// A project with two models, of which `small` is used, and an experiment over both.
fn project() -> Project {
    let project = Project::new();
    project.edit("casebook.yaml", "outputs:", &format!("{EXPERIMENT}outputs:"));
    project.edit(
        "casebook.yaml",
        "llm:\n  provider: sample\n  retries: 1\n",
        "models:\n  small: {provider: sample}\nllm:\n  use: small\n",
    );
    project.edit(
        "casebook.yaml",
        "small: {provider: sample}",
        "small: {provider: sample}\n  large: {provider: sample, model: large, temperature: 1}",
    );
    project.write("gold.csv", "id,label\na,one\n");
    project.write("short.yaml", crate::projects::PROMPT);
    project
}

/// What a dry run says, with the scratch folder left out of paths.
#[track_caller]
fn said(project: &Project, arguments: &[&str], code: i32) -> String {
    let ended = project.casebook(&[&["run", "casebook.yaml", "--dry-run"], arguments].concat());
    assert_eq!(ended.code, Some(code), "{ended:?}");
    ended.stderr.trim_end().replace(&*project.dir().to_string_lossy(), "DIR")
}

#[test]
fn a_run_does_the_task_alone_whatever_varies() {
    let project = project();
    let ended = project.casebook(&["run", "casebook.yaml"]);
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert_eq!(project.list("SELECT DISTINCT model FROM calls"), ["sample"]);
    let before = project.number("SELECT count(*) FROM calls");
    // Another metric changes nothing that was asked, and so does the same model without its name.
    project.edit("casebook.yaml", "kind: exact}]", "kind: exact}, {name: short, expr: 'output.note|length < 20'}]");
    project.edit("casebook.yaml", "accuracy >= 0.9", "short >= 0.9");
    project.edit("casebook.yaml", "  metrics:", "  decide: {by: short}\n  metrics:");
    project.edit("casebook.yaml", "use: small", "provider: sample");
    let ended = project.casebook(&["run", "casebook.yaml"]);
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert_eq!(project.number("SELECT count(*) FROM calls"), before);
    project.assert_sound();
}

#[test]
fn only_an_evaluation_needs_the_gold_answers() {
    let project = project();
    project.edit("casebook.yaml", "path: gold.csv", "path: golden.csv");
    said(&project, &[], 0);
    let ended = project.casebook(&["eval", "casebook.yaml", "--dry-run"]);
    assert_eq!(ended.code, Some(2), "{ended:?}");
    assert_snapshot!(ended.stderr.trim_end().replace(&*project.dir().to_string_lossy(), "DIR"), @"
    error: cannot read golden.csv, named by `experiment.gold.path`
      caused by: No such file or directory (os error 2)
      --> casebook.yaml:26:16
    hint: paths are relative to the configuration file
    ");
}

#[test]
fn what_is_wrong_with_an_experiment_is_said_with_its_line() {
    let wrong = |from: &str, to: &str| {
        let project = project();
        project.edit("casebook.yaml", from, to);
        said(&project, &[], 2)
    };
    assert_snapshot!(wrong("[small, large]", "[small, larg]"), @"
    error: `llm`: there is no model `larg` in `models` (in the variant `larg`)
      --> casebook.yaml:24:25
    hint: did you mean `large`?
    ");
    assert_snapshot!(wrong("of: label", "of: lable, gold: label"), @"
    error: `experiment.metrics[0].of`: an output has no field `lable`
      --> casebook.yaml:27:34
    hint: did you mean `label`?
    ");
    assert_snapshot!(wrong("kind: exact", "kind: mae"), @"
    error: `experiment.metrics[0].of`: `accuracy` measures numbers, and `label` is a text
      --> casebook.yaml:27:34
    hint: texts are compared with `kind: exact`
    ");
    assert_snapshot!(wrong("kind: exact", "kind: jaccard"), @"
    error: `experiment.metrics[0].of`: `accuracy` measures lists, and `label` is a text
      --> casebook.yaml:27:34
    hint: single values are compared with `kind: exact`
    ");
    assert_snapshot!(wrong("use: small", "use: smal"), @"
    error: `llm`: there is no model `smal` in `models`
      --> casebook.yaml:9:8
    hint: did you mean `small`?
    ");
    assert_snapshot!(wrong("llm: small, prompts.generation: short.yaml", "llm: small"), @"
    error: `experiment`: the variants `small` and `cheap` are the same task
      --> casebook.yaml:25:13
    hint: let them differ, or remove one of them
    ");
    assert_snapshot!(said(&project(), &["--set", "llm=smal"], 2), @"
    error: `llm`: there is no model `smal` in `models` (given by `--set llm`)
    hint: did you mean `small`?
    ");
}
