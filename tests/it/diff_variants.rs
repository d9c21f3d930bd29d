//! Two variants of an experiment side by side, an earlier run file as the baseline, and what the report shows of both.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use tempfile::TempDir;

const ROWS: &str = "id,text\na,one\nb,two\nc,three\nd,<b>four</b>\n";
const GOLD: &str = "id,product\na,card\nb,loan\nc,card\nd,card\n";
/// m1 is right on a, b and d; m2 on a, c and d; m3 says the same as m1.
const ANSWERS: &str = "model,id,product\nm1,a,card\nm1,b,loan\nm1,c,loan\nm1,d,card\nm2,a,card\nm2,b,card\nm2,c,card\n\
                       m2,d,card\nm3,a,card\nm3,b,loan\nm3,c,loan\nm3,d,card\n";

/// Four rows with gold, and three models with recorded answers.
struct Trial {
    dir: TempDir,
}

impl Trial {
    fn new() -> Self {
        let made = Self { dir: tempfile::tempdir().unwrap() };
        made.write("rows.csv", ROWS);
        made.write("gold.csv", GOLD);
        made.write("answers.csv", ANSWERS);
        made.write(
            "schema.json",
            r#"{"type": "object", "properties": {"product": {"enum": ["card", "loan"]}}, "required": ["product"]}"#,
        );
        made.write("classify.yaml", "name: classify\nuser: 'Sort {{ row.text }}. {{ llm_schema }}'\n");
        made.configure("m1, m2, m3", 1);
        made
    }

    /// Writes the configuration with these models as variants.
    fn configure(&self, models: &str, repeats: u32) {
        self.write(
            "casebook.yaml",
            &format!(
                "run: {{name: trial}}\ninput: {{path: rows.csv, key: id}}\nschema: {{path: schema.json}}\n\
                 prompts: {{generation: classify.yaml}}\noutputs: {{formats: [jsonl]}}\n\
                 llm: {{provider: recorded, model: m1, retries: 0, recorded: {{path: answers.csv, \
                 match: {{id: '{{{{ row.id }}}}', model: '{{{{ model }}}}'}}, \
                 answer: '{{\"product\": \"{{{{ record.product }}}}\"}}'}}}}\n\
                 experiment:\n  matrix: {{llm.model: [{models}]}}\n  repeats: {repeats}\n\
                 \x20 gold: {{path: gold.csv, key: id, fields: {{product: product}}}}\n  metrics:\n\
                 \x20   - {{name: accuracy, of: product, kind: exact}}\n  decide: {{by: accuracy}}\n"
            ),
        );
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.dir.path().join(name), text).unwrap();
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// Runs a command; returns its exit code, stdout and stderr.
    fn casebook(&self, args: &[&str]) -> (i32, String, String) {
        let mut command = Command::new(env!("CARGO_BIN_EXE_casebook"));
        let output = command.args(args).current_dir(self.dir.path()).env("NO_COLOR", "1").output().unwrap();
        let [out, err] = [output.stdout, output.stderr].map(|it| String::from_utf8(it).unwrap());
        (output.status.code().unwrap(), out, err)
    }

    /// The same, of a command that ends with `code`; returns stdout.
    #[track_caller]
    fn ends(&self, code: i32, args: &[&str]) -> String {
        let (ended, out, err) = self.casebook(args);
        assert_eq!(ended, code, "{args:?}: {out}{err}");
        out
    }
}

#[test]
fn two_variants_of_a_run_file_are_compared_by_work_item() {
    let trial = Trial::new();
    trial.ends(0, &["eval", "casebook.yaml"]);
    insta::assert_snapshot!(trial.ends(1, &["diff", "trial.db", "--variants", "m1,m2"]), @r#"
                only in A   only in B   differ   equal
    ───────────────────────────────────────────────────
     config             0           0        1
     outputs            0           0        2       2
     verdicts           0           0        0       0

    config
      llm.model: "m1" → "m2"

    outputs
      generate 3af3666a540c (row 2)
        output.product: "loan" → "card"
      generate 1a423642cb4c (row 3)
        output.product: "loan" → "card"
    "#);
    let (code, out, err) = trial.casebook(&["diff", "trial.db", "--variants", "m1,m3", "--only", "outputs"]);
    assert_eq!(code, 0, "{out}{err}");
    assert!(err.contains("A is the variant m1, B is m3, in repeat 1"), "{err}");
    assert!(err.contains("m1 and m3 do not differ."), "{err}");
    let data = trial.ends(1, &["diff", "trial.db", "--variants", "m1,m2", "--format", "jsonl", "--only", "outputs"]);
    assert_eq!(data.lines().count(), 2, "{data}");
    assert!(
        data.contains(r#""row": 2, "group": null, "field": "output.product", "a": "loan", "b": "card"}"#),
        "{data}"
    );
    // What the file does not have is an error that names what it has.
    for (args, said) in [
        (&["--variants", "m1,m4"][..], "the run file has no variant `m4`"),
        (&["--variants", "m1"], "`--variants` takes two names, and one is given"),
        (&["--variants", "m1,m1"], "`m1` is named twice"),
        (&["--variants", "m1,m2", "--repeat", "2"], "has 1 repeat on record, and no repeat 2"),
        (&["--variants", "m1,m2", "--only", "rows"], "variants have the same rows"),
    ] {
        let (code, _, err) = trial.casebook(&[&["diff", "trial.db"], args].concat());
        assert_eq!(code, 2, "{err}");
        assert!(err.contains(said), "{args:?}: {err}");
    }
    // Two files are compared as before.
    fs::copy(trial.path("trial.db"), trial.path("copy.db")).unwrap();
    trial.ends(0, &["diff", "trial.db", "copy.db"]);
}

#[test]
fn an_earlier_run_file_is_the_baseline_and_is_only_read() {
    let trial = Trial::new();
    // The earlier file has the task itself, as `run` leaves it, under another name, and not the last row.
    trial.ends(0, &["run", "casebook.yaml", "--db", "old.db", "--limit", "3", "--quiet"]);
    let before = fs::read(trial.path("old.db")).unwrap();
    let said = trial.ends(0, &["eval", "casebook.yaml", "--variants", "m2,m3", "--against", "old.db"]);
    assert!(said.contains("accuracy against old.db"), "{said}");
    assert!(said.contains("compared with old.db: 3 work items are in both files, 1 only here, 0 only there"), "{said}");
    assert_eq!(fs::read(trial.path("old.db")).unwrap(), before);
    // m1 is right on a and b, m2 on a and c, m3 says the same as m1.
    let whole = trial.ends(0, &["eval", "casebook.yaml", "--against", "old.db", "--format", "json", "--quiet"]);
    let whole: serde_json::Value = serde_json::from_str(&whole).unwrap();
    assert_eq!((&whole["against"], &whole["baseline"]), (&"old.db".into(), &"old.db".into()));
    let of =
        |variant: &str| whole["comparisons"].as_array().unwrap().iter().find(|it| it["variant"] == variant).unwrap();
    let figures = |variant: &str| ["n", "only_variant", "only_baseline"].map(|it| of(variant)[it].as_i64().unwrap());
    assert_eq!(figures("m2"), [3, 1, 1]);
    assert_eq!(figures("m3"), [3, 0, 0]);
    // What is on record stays that of this file.
    let kept: serde_json::Value =
        serde_json::from_slice(&fs::read(trial.path("out/trial/eval.json")).unwrap()).unwrap();
    assert_eq!(kept["baseline"], "m1");
    trial.ends(0, &["verify", "trial.db", "--replay"]);
    // Files without anything in common, and the file itself.
    trial.write("other.csv", "id,text\nx,one\n");
    trial.ends(
        0,
        &["run", "casebook.yaml", "--db", "strange.db", "--set", "input.path=other.csv", "--provider", "sample"],
    );
    for (path, message) in [("strange.db", "has none of the work items"), ("trial.db", "is the run file itself")] {
        let (code, _, err) = trial.casebook(&["eval", "casebook.yaml", "--against", path, "--quiet"]);
        assert_eq!(code, 2, "{err}");
        assert!(err.contains(message), "{err}");
    }
}

#[test]
fn the_report_of_an_experiment_shows_where_variants_disagree() {
    let trial = Trial::new();
    trial.ends(0, &["eval", "casebook.yaml", "--quiet"]);
    let page = fs::read_to_string(trial.path("out/trial/report.html")).unwrap();
    for part in [
        "<h2>Experiment</h2>",
        "Variants, with 95 % intervals",
        "Where variants differ in accuracy",
        "2 work items. The field product of the first repeat is shown.",
        "<span class=\"wrong\">✗</span>",
    ] {
        assert!(page.contains(part), "{part}");
    }
    let text = fs::read_to_string(trial.path("out/trial/report.md")).unwrap();
    assert!(text.contains("| 2 | id: b · text: two | loan | ✓ loan | ✗ card | ✓ loan |"), "{text}");
    // Nothing changed: the same bytes, and no row of the record is read again for them.
    let before = fs::read(trial.path("out/trial/eval.json")).unwrap();
    trial.ends(0, &["eval", "casebook.yaml", "--quiet"]);
    assert_eq!(fs::read(trial.path("out/trial/eval.json")).unwrap(), before);
    assert_eq!(fs::read_to_string(trial.path("out/trial/report.html")).unwrap(), page);
}
