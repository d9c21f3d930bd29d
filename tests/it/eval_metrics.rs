//! Metrics, comparisons and gates of an experiment, as the command and the views give them.

use std::fmt::Write as _;
use std::fs;
use std::process::Command;

use tempfile::TempDir;

/// Twelve rows, of which `m1` gets two right and `m2` all; `m3` says what `m1` says, and nothing for the last two.
struct Trial {
    dir: TempDir,
}

const METRICS: &str = "
    - {name: accuracy, of: product, kind: exact}
    - {name: f1, of: product, kind: f1_macro}
    - {name: off, of: amount, kind: mae}
    - {name: near, of: amount, kind: numeric, within: 1}
    - {name: tags, of: tags, kind: jaccard}
    - {name: quoted, expr: \"output.product in row.text\"}
";

impl Trial {
    fn new() -> Self {
        let made = Self { dir: tempfile::tempdir().unwrap() };
        let (mut rows, mut gold, mut answers) = (
            "id,text\n".to_owned(),
            "id,product,amount,tags\n".to_owned(),
            "model,id,product,amount,tags\n".to_owned(),
        );
        for row in 0..12 {
            let [right, wrong] = if row % 2 == 0 { ["card", "loan"] } else { ["loan", "card"] };
            writeln!(rows, "r{row},about a {right}").unwrap();
            writeln!(gold, "r{row},{right},{row},\"[\"\"a\"\"]\"").unwrap();
            let said = if row < 2 { right } else { wrong };
            writeln!(answers, "m1,r{row},{said},{},b", row + 1).unwrap();
            writeln!(answers, "m2,r{row},{right},{row},a").unwrap();
            if row < 10 {
                writeln!(answers, "m3,r{row},{said},{},b", row + 1).unwrap();
            }
        }
        made.write("rows.csv", &rows);
        made.write("gold.csv", &gold);
        made.write("answers.csv", &answers);
        made.write(
            "schema.json",
            r#"{"type": "object", "properties": {"product": {"enum": ["card", "loan"]}, "amount": {"type": "integer"},
                "tags": {"type": "array", "items": {"type": "string"}}}, "required": ["product"]}"#,
        );
        made.write("classify.yaml", "name: classify\nuser: 'Sort {{ row.text }}. {{ llm_schema }}'\n");
        made.configure("decide: {by: accuracy, min_difference: 0.01}");
        made
    }

    /// Writes the configuration, with more keys of the experiment.
    fn configure(&self, more: &str) {
        self.write(
            "casebook.yaml",
            &format!(
                "run: {{name: trial}}\ninput: {{path: rows.csv, key: id}}\nschema: {{path: schema.json}}\n\
                 prompts: {{generation: classify.yaml}}\noutputs: {{formats: [jsonl]}}\nreport: {{enabled: false}}\n\
                 llm: {{provider: recorded, model: m1, retries: 0, recorded: {{path: answers.csv, \
                 match: {{id: '{{{{ row.id }}}}', model: '{{{{ model }}}}'}}, answer: '{{\"product\": \
                 \"{{{{ record.product }}}}\", \"amount\": {{{{ record.amount }}}}, \
                 \"tags\": [\"{{{{ record.tags }}}}\"]}}'}}}}\n\
                 experiment:\n  matrix: {{llm.model: [m1, m2, m3]}}\n  gold: {{path: gold.csv, key: id, fields: \
                 {{product: product, amount: amount, tags: tags}}}}\n  metrics:{METRICS}  {more}\n"
            ),
        );
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.dir.path().join(name), text).unwrap();
    }

    /// Runs a command that ends with `code`; returns what it said.
    #[track_caller]
    fn ends(&self, code: i32, args: &[&str]) -> String {
        let mut command = Command::new(env!("CARGO_BIN_EXE_casebook"));
        let output = command.args(args).current_dir(self.dir.path()).env("NO_COLOR", "1").output().unwrap();
        let said = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
        assert_eq!(output.status.code(), Some(code), "{args:?}: {said}");
        said
    }

    /// The rows of a query, which has one text.
    fn rows(&self, query: &str) -> Vec<String> {
        let connection = rusqlite::Connection::open(self.dir.path().join("trial.db")).unwrap();
        let mut statement = connection.prepare(query).unwrap();
        let rows = statement.query_map([], |row| row.get(0)).unwrap();
        rows.map(Result::unwrap).collect()
    }
}

#[test]
fn figures_and_comparisons_are_those_worked_out_by_hand() {
    let trial = Trial::new();
    // Two work items of `m3` have no answer.
    trial.ends(3, &["eval", "casebook.yaml"]);
    let metrics = trial.rows(
        "SELECT variant || ' ' || metric || ' ' || round(value, 4) || ' ' || n || ' ' || missing FROM metrics
         WHERE n IS NOT NULL",
    );
    let expected = [
        "m1 accuracy 0.1667 12 0",
        "m1 f1 0.1667 12 0",
        "m1 off 1.0 12 0",
        "m1 near 1.0 12 0",
        "m1 tags 0.0 12 0",
        "m1 quoted 0.1667 12 0",
        "m2 accuracy 1.0 12 0",
        "m2 f1 1.0 12 0",
        "m2 off 0.0 12 0",
        "m2 near 1.0 12 0",
        "m2 tags 1.0 12 0",
        "m2 quoted 1.0 12 0",
        "m3 accuracy 0.1667 12 2",
        // Of each label 1 hit, 6 gold and 5 answered.
        "m3 f1 0.1818 12 2",
        "m3 off 1.0 10 2",
        "m3 near 0.8333 12 2",
        "m3 tags 0.0 12 2",
        "m3 quoted 0.1667 12 2",
    ];
    assert_eq!(metrics, expected);
    assert_eq!(
        trial.rows("SELECT variant || ' ' || round(value, 4) FROM metrics WHERE metric = 'valid'"),
        ["m1 1.0", "m2 1.0", "m3 0.8333"]
    );
    let comparisons = trial.rows(
        "SELECT variant || ' ' || test || ' ' || n || ' ' || only_variant || ' ' || only_baseline || ' '
             || coalesce(p * 1024, 'no p') || ' ' || coalesce(adjusted_p * 1024, 'no p') || ' ' || verdict
         FROM comparisons WHERE metric = 'accuracy'",
    );
    // Ten pairs of one sign: 2 (½)¹⁰ less the point's own (½)¹⁰. `m3` has no such pair, and is no member of the family.
    assert_eq!(
        comparisons,
        ["m2 mid-p McNemar 12 10 0 1.0 1.0 better", "m3 mid-p McNemar 12 0 0 no p no p inconclusive"]
    );
    let said = trial.ends(0, &["verify", "trial.db", "--replay"]);
    assert!(said.contains("the latest evaluation, worked out again"), "{said}");
}

#[test]
fn an_unchanged_evaluation_is_not_repeated_and_another_gate_asks_nothing() {
    let trial = Trial::new();
    // What failed is asked again each time, so `m3` is left out.
    let eval = ["eval", "casebook.yaml", "--variants", "m1,m2"];
    trial.ends(0, &eval);
    let file = || fs::read(trial.dir.path().join("out/trial/eval.json")).unwrap();
    let first = file();
    let calls = trial.rows("SELECT count(*) || '' FROM call");
    trial.ends(0, &eval);
    let stages = "SELECT status FROM manifests WHERE stage = 'evaluate' ORDER BY invocation";
    assert_eq!(trial.rows(stages), ["done", "reused"]);
    assert_eq!(file(), first);
    trial.configure("gates: [\"accuracy >= 0.1\"]");
    trial.ends(0, &eval);
    assert_eq!(trial.rows(stages), ["done", "reused", "done"]);
    assert_eq!(trial.rows("SELECT count(*) || '' FROM call"), calls);
    assert!(file() != first);
}

#[test]
fn gates_and_required_verdicts_end_the_command() {
    let trial = Trial::new();
    trial.ends(3, &["eval", "casebook.yaml", "--require", "better"]);
    trial.ends(6, &["eval", "casebook.yaml", "--require", "better", "--variants", "m1,m3"]);
    trial.configure("gates: [\"accuracy >= 0.9\"]");
    let said = trial.ends(5, &["eval", "casebook.yaml"]);
    assert!(said.contains("accuracy >= 0.9"), "{said}");
    // Nothing says how many tokens an answer had.
    trial.configure("gates: [\"input_tokens <= 1\"]");
    trial.ends(5, &["eval", "casebook.yaml"]);
}

#[test]
fn gold_of_another_type_is_refused_before_anything_is_asked() {
    let trial = Trial::new();
    let gold = fs::read_to_string(trial.dir.path().join("gold.csv")).unwrap();
    trial.write("gold.csv", &gold.replace("r7,loan,7,", "r7,loan,seven,"));
    let said = trial.ends(2, &["eval", "casebook.yaml"]);
    assert!(said.contains("the gold answer `amount` of row 8 of the input is \"seven\""), "{said}");
    assert!(said.contains("the metric `off` needs a number"), "{said}");
    assert!(!trial.dir.path().join("trial.db").exists());
}
