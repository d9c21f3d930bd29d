//! `casebook promote`: what was measured is pinned, stays what it was, and is used.

use std::fmt::Write as _;
use std::fs;

use crate::projects::Project;
use crate::support::Ended;

const LLM: &str = "{provider: recorded, model: MODEL, retries: 0, recorded: {path: answers.csv, match: {id: '{{ row.id }}', \
                   model: MODEL}, answer: '{\"product\": \"{{ record.product }}\"}'}}";

/// Twelve rows, of which `one` gets two right and `two` all.
fn project() -> Project {
    let project = Project::new();
    let (mut rows, mut gold) = ("id,text\n".to_owned(), "id,product\n".to_owned());
    let mut answers = "model,id,product\n".to_owned();
    for row in 0..12 {
        let [right, wrong] = if row % 2 == 0 { ["card", "loan"] } else { ["loan", "card"] };
        writeln!(rows, "r{row},about a {right}").unwrap();
        writeln!(gold, "r{row},{right}").unwrap();
        writeln!(answers, "one,r{row},{}", if row < 2 { right } else { wrong }).unwrap();
        writeln!(answers, "two,r{row},{right}").unwrap();
    }
    project.write("input.csv", rows);
    project.write("gold.csv", gold);
    project.write("answers.csv", answers);
    project.write(
        "schema.json",
        r#"{"type": "object", "properties": {"product": {"enum": ["card", "loan"]}}, "required": ["product"]}"#,
    );
    project.write("prompt.yaml", "name: classify\nversion: '1'\nuser: 'Sort {{ row.text }}. {{ llm_schema }}'\n");
    project.write("casebook.yaml", config("one", "{by: accuracy}", "[]"));
    project
}

/// The configuration with this baseline, and what decides.
fn config(baseline: &str, decide: &str, gates: &str) -> String {
    let [one, two] = ["one", "two"].map(|model| LLM.replace("MODEL", model));
    format!(
        "run: {{name: test}}\ninput: {{path: input.csv, key: id}}\nprompts: {{generation: prompt.yaml}}\n\
         schema: {{path: schema.json}}\nreport: {{enabled: false}}\nmodels:\n  one: {one}\n  two: {two}\nllm: one\n\
         experiment:\n  matrix: {{llm: [one, two]}}\n  baseline: {{llm: {baseline}}}\n\
         \x20 gold: {{path: gold.csv, key: id, fields: {{product: product}}}}\n\
         \x20 metrics: [{{name: accuracy, of: product, kind: exact}}]\n  decide: {decide}\n  gates: {gates}\n"
    )
}

/// The same task with the model `llm`, and no experiment.
fn task(llm: &str) -> String {
    format!(
        "run: {{name: test}}\ninput: {{path: input.csv, key: id}}\nprompts: {{generation: prompt.yaml}}\n\
         schema: {{path: schema.json}}\nreport: {{enabled: false}}\nllm: {llm}\n"
    )
}

fn eval(project: &Project) -> Ended {
    project.casebook(&["eval", "casebook.yaml", "-q"])
}

fn promote(project: &Project, variant: &str, more: &[&str]) -> Ended {
    let args = ["promote", "casebook.yaml", variant, "--to", "production", "--by", "Ada"];
    project.casebook(&[&args, more].concat())
}

fn text(project: &Project, name: &str) -> String {
    fs::read_to_string(project.path(name)).unwrap()
}

#[test]
fn a_promoted_variant_is_pinned_with_its_evidence_and_used_without_asking_again() {
    let project = project();
    eval(&project).expect(0);
    let ended = promote(&project, "two", &["--dry-run"]).expect(0);
    assert!(ended.stderr.contains("Nothing was written"), "{}", ended.stderr);
    assert!(!project.path("pins.yaml").exists());
    let ended = promote(&project, "two", &["--reason", "it | is\nbetter"]).expect(0);
    assert!(ended.stderr.contains("`two` is pinned as production"), "{}", ended.stderr);
    let pins = text(&project, "pins.yaml");
    for part in
        ["# Written by `casebook promote`", "production:\n  run: test\n  variant: two\n", "run_file: test.db", "seal: "]
    {
        assert!(pins.contains(part), "{part}: {pins}");
    }
    assert_eq!(
        project.list(
            "SELECT stage || ' ' || variant || ' ' || verdict || ' ' || promoted_by || ' ' || current FROM promotions"
        ),
        ["production two better Ada 1"]
    );
    let log = text(&project, "prompts/prompt_changelog.md");
    for part in
        ["two → production", "- reason: it \\| is better", "| accuracy | – | 1.000 | 0.167 |", "The first promotion"]
    {
        assert!(log.contains(part), "{part}: {log}");
    }
    let before = project.number("SELECT count(*) FROM calls");
    project.write("task.yaml", task("{pin: production, max_workers: 2}"));
    let ended = project.casebook(&["run", "task.yaml"]).expect(0);
    assert!(ended.stderr.contains("pinned as `production`"), "{}", ended.stderr);
    assert_eq!(project.number("SELECT count(*) FROM calls"), before);
    assert_eq!(project.number("SELECT count(*) FROM results WHERE variant = 'base' AND status = 'accepted'"), 12);
    project.casebook(&["verify", "test.db", "--replay"]).expect(0);
}

#[test]
fn a_later_promotion_says_what_changed_and_keeps_the_entries_before() {
    let project = project();
    eval(&project).expect(0);
    promote(&project, "two", &[]).expect(0);
    let first = text(&project, "prompts/prompt_changelog.md");
    project
        .write("prompt.yaml", "name: classify\nversion: '2'\nuser: 'Please sort {{ row.text }}. {{ llm_schema }}'\n");
    let ended = promote(&project, "two", &[]).expect(2);
    assert!(ended.stderr.contains("`two` is not what was measured: generate.prompt.version"), "{}", ended.stderr);
    eval(&project).expect(0);
    // Killed before its files were written, a promotion is in them after the next one.
    let files = ["pins.yaml", "prompts/prompt_changelog.md"].map(|name| (name, text(&project, name)));
    promote(&project, "two", &["--reason", "killed"]).expect(0);
    for (name, was) in files {
        project.write(name, was);
    }
    promote(&project, "two", &["--reason", "last"]).expect(0);
    let log = text(&project, "prompts/prompt_changelog.md");
    assert!(log.starts_with(&first), "{log}");
    let places: Vec<Option<usize>> =
        ["+user: 'Please sort", "- reason: killed", "- reason: last"].map(|it| log.find(it)).into();
    assert!(places.iter().all(Option::is_some), "{log}");
    assert!(log.contains("-user: 'Sort"), "{log}");
    assert_eq!(project.list("SELECT CAST(current AS TEXT) FROM promotions"), ["0", "0", "1"]);
}

#[test]
fn what_is_not_good_enough_or_not_measured_is_not_promoted() {
    let project = project();
    let says = |ended: Ended, code: i32, words: &str| {
        let ended = ended.expect(code);
        assert!(ended.stderr.contains(words), "{words}: {}", ended.stderr);
    };
    says(promote(&project, "two", &[]), 2, "test.db has no evaluation");
    project.casebook(&["eval", "casebook.yaml", "-q", "--limit", "3"]).expect(0);
    says(promote(&project, "two", &[]), 2, "the evaluation of `two` is not complete: it is of the first 3 of 12 rows");
    project.casebook(&["eval", "casebook.yaml", "-q", "--variants", "one"]).expect(0);
    says(promote(&project, "two", &[]), 2, "two");
    eval(&project).expect(0);
    says(promote(&project, "tow", &[]), 2, "there is no variant `tow`");
    says(promote(&project, "one", &["--require", "better"]), 6, "not known to be better");
    project.write("casebook.yaml", config("two", "{by: accuracy}", "[]"));
    eval(&project).expect(0);
    says(promote(&project, "one", &[]), 5, "`one` is worse than the baseline");
    project.write("casebook.yaml", config("one", "{by: accuracy}", "['accuracy >= 0.9']"));
    eval(&project).expect(5);
    says(promote(&project, "one", &[]), 5, "`one` fails `accuracy >= 0.9`");
    let gold = text(&project, "gold.csv");
    project.write("gold.csv", gold.replace("r0,card", "r0,loan"));
    says(promote(&project, "two", &[]), 2, "the gold answers are not those that `two` was measured with");
    project.write("gold.csv", gold);
    project.write(
        "casebook.yaml",
        config("one", "{by: accuracy}", "[]").replace("one:", "one: {provider: openai, model: gpt-4o}\n  not:"),
    );
    says(promote(&project, "one", &[]), 2, "asks `gpt-4o`, a name that OpenAI may give to another version");
    assert!(!project.path("pins.yaml").exists() && !project.path("prompts").exists());
    assert_eq!(project.number("SELECT count(*) FROM promotions"), 0);
}

#[test]
fn pins_that_were_edited_by_hand_are_refused_with_what_was_changed() {
    let project = project();
    eval(&project).expect(0);
    promote(&project, "two", &[]).expect(0);
    let pins = text(&project, "pins.yaml");
    project.write("pins.yaml", pins.replace("retries: 0", "retries: 3"));
    project.write("task.yaml", task("{pin: production}"));
    let ended = project.casebook(&["run", "task.yaml"]).expect(2);
    let edited = ["pins.yaml was edited by hand", "production.steps.generate.llm.retries was 0 and is 3", "promote"];
    for part in edited.iter().chain(&["task.yaml:"]) {
        assert!(ended.stderr.contains(part), "{part}: {}", ended.stderr);
    }
    for (text, parts) in [
        (pins.replace("retries: 0", "retries: 3"), &edited[..]),
        (pins.replace("production:", "prod:"), &["production was {", "and is nothing", "prod is not on record"]),
        (pins.replace("seal: ", "seal: a"), &["the seal alone is another"]),
    ] {
        project.write("pins.yaml", &text);
        let ended = promote(&project, "two", &[]).expect(2);
        for part in parts {
            assert!(ended.stderr.contains(part), "{part}: {}", ended.stderr);
        }
        assert_eq!(self::text(&project, "pins.yaml"), text, "it stays as it is");
    }
    assert_eq!(project.number("SELECT count(*) FROM promotions"), 1);
}

#[test]
fn a_file_of_pins_that_is_lost_is_made_anew_also_where_the_configuration_names_a_pin() {
    let project = project();
    eval(&project).expect(0);
    promote(&project, "two", &["--reason", "first"]).expect(0);
    let base = text(&project, "casebook.yaml");
    project.write("casebook.yaml", base.replace("\nllm: one\n", "\nllm: {pin: production}\n"));
    eval(&project).expect(0);
    for (lost, why) in [(None, "is missing"), (Some("\n"), "is empty"), (Some("<<<<<<< a: ["), "is not used (")] {
        fs::remove_file(project.path("pins.yaml")).unwrap();
        if let Some(lost) = lost {
            project.write("pins.yaml", lost);
        }
        let ended = promote(&project, "two", &[]).expect(0);
        for part in [why, "it is made anew from test.db, which has production"] {
            assert!(ended.stderr.contains(part), "{part}: {}", ended.stderr);
        }
        project.casebook(&["run", "casebook.yaml", "-q"]).expect(0);
    }
    fs::remove_file(project.path("pins.yaml")).unwrap();
    fs::create_dir(project.path("pins.yaml")).unwrap();
    let ended = promote(&project, "two", &[]).expect(2);
    assert!(ended.stderr.contains("cannot read") && ended.stderr.contains("pins.yaml"), "{}", ended.stderr);
}

#[test]
fn what_an_evaluation_was_made_of_has_to_be_what_is_there() {
    let project = project();
    eval(&project).expect(0);
    let refused = |parts: &[&str]| {
        let ended = promote(&project, "one", &[]).expect(2);
        for part in parts.iter().chain(&["casebook eval"]) {
            assert!(ended.stderr.contains(part), "{part}: {}", ended.stderr);
        }
        assert!(!project.path("pins.yaml").exists() && !project.path("prompts").exists());
    };
    let written = text(&project, "casebook.yaml");
    project.write("casebook.yaml", config("one", "{by: accuracy}", "['accuracy >= 0.9']"));
    refused(&["is not the one that `one` was measured in", "experiment.gates was [] and is [\"accuracy >= 0.9\"]"]);
    project.write("casebook.yaml", config("two", "{by: accuracy, alpha: 0.01}", "[]"));
    refused(&["experiment.baseline.llm was \"one\" and is \"two\"", "experiment.decide.alpha was 0.05 and is 0.01"]);
    project.write("casebook.yaml", written.replace("kind: exact", "kind: f1_macro"));
    refused(&["experiment.metrics.accuracy.kind"]);
    project.write("casebook.yaml", written);
    let rows = text(&project, "input.csv");
    project.write("input.csv", format!("{rows}r12,about a card\n"));
    refused(&["the rows are not those that `one` was measured on"]);
    project.write("input.csv", rows);
    promote(&project, "one", &[]).expect(0);
}

#[test]
fn the_pin_of_another_run_is_neither_used_nor_replaced() {
    let project = project();
    eval(&project).expect(0);
    promote(&project, "two", &[]).expect(0);
    let pins = text(&project, "pins.yaml");
    let says = |ended: Ended| {
        let ended = ended.expect(2);
        for part in ["is of the run `test`, and this one is `other`", "a folder of its own"] {
            assert!(ended.stderr.contains(part), "{part}: {}", ended.stderr);
        }
    };
    project.write("other.yaml", text(&project, "casebook.yaml").replace("{name: test}", "{name: other}"));
    project.casebook(&["eval", "other.yaml", "-q"]).expect(0);
    says(project.casebook(&["promote", "other.yaml", "one", "--to", "staging", "--by", "Ada"]));
    project.write("task.yaml", task("{pin: production}").replace("{name: test}", "{name: other}"));
    says(project.casebook(&["run", "task.yaml"]));
    assert_eq!(text(&project, "pins.yaml"), pins);
}

#[test]
fn a_pin_that_cannot_be_used_is_an_error_with_its_line() {
    let project = project();
    let says = |llm: &str, words: &[&str]| {
        project.write("task.yaml", task(llm));
        let ended = project.casebook(&["run", "task.yaml"]).expect(2);
        for part in words.iter().chain(&["task.yaml:"]) {
            assert!(ended.stderr.contains(part), "{part}: {}", ended.stderr);
        }
    };
    says("{pin: production}", &["`llm.pin`: there is no", "nothing was promoted yet", "casebook promote"]);
    eval(&project).expect(0);
    promote(&project, "two", &[]).expect(0);
    says("{pin: staging}", &["nothing is pinned as `staging`", "pinned are: production"]);
    says("{pin: production, temperature: 0}", &["`llm.temperature`: it stands beside `pin`"]);
    project.write("prompt.yaml", "name: classify\nuser: 'Other {{ row.text }}. {{ llm_schema }}'\n");
    says(
        "{pin: production}",
        &["`prompts.generation`: the pin `production` was measured with the prompt", "and this one is"],
    );
}

#[test]
fn each_step_and_judge_takes_what_was_pinned_for_it() {
    let project = project();
    let answers = (0..12)
        .map(|row| format!("r{row},\"{{\"\"verdict\"\": \"\"PASS\"\", \"\"score\"\": 90, \"\"reasons\"\": []}}\"\n"))
        .collect::<Vec<_>>()
        .concat();
    project.write("verdicts.csv", format!("id,answer\n{answers}"));
    project.write("judge.yaml", "name: judge\nuser: 'Is {{ output.product }} right? {{ llm_schema }}'\n");
    let judge = "{provider: recorded, model: grader, recorded: {path: verdicts.csv, match: {id: '{{ row.id }}'}, \
                 answer: '{{ record.answer }}'}}";
    let with_judge = |text: String, llm: &str| {
        text.replace("prompts: {generation: prompt.yaml}", "prompts: {generation: prompt.yaml, judge: judge.yaml}")
            + &format!("judge: {{llm: {llm}}}\n")
    };
    project.write("casebook.yaml", with_judge(config("one", "{by: accuracy}", "[]"), judge));
    eval(&project).expect(0);
    promote(&project, "two", &[]).expect(0);
    let before = project.number("SELECT count(*) FROM calls");
    project.write("task.yaml", with_judge(task("{pin: production}"), "{pin: production}"));
    let ended = project.casebook(&["run", "task.yaml"]).expect(0);
    for part in ["`two` is pinned as `production`", "`grader` is pinned as `production`, as a judge"] {
        assert!(ended.stderr.contains(part), "{part}: {}", ended.stderr);
    }
    assert_eq!(project.number("SELECT count(*) FROM calls"), before);
    project.write("judge.yaml", "name: judge\nuser: 'Is {{ output.product }} wrong? {{ llm_schema }}'\n");
    let ended = project.casebook(&["run", "task.yaml"]).expect(2);
    assert!(ended.stderr.contains("was measured with the prompt of the judge"), "{}", ended.stderr);
}
