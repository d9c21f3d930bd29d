//! Gold answers: where they are found, that no prompt sees them, and models that score outputs against them.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use tempfile::TempDir;

/// Four rows, two models with recorded answers of which two differ, gold answers and a judge.
struct Experiment {
    dir: TempDir,
}

const ROWS: &str = "id,text,label\na,one,card\nb,two,loan\nc,three,card\nd,four,\n";
const GOLD: &str = "id,product\na,card\nb,loan\nc,card\n";
const ANSWERS: &str =
    "model,id,product\nm1,a,card\nm1,b,loan\nm1,c,loan\nm1,d,card\nm2,a,card\nm2,b,card\nm2,c,card\nm2,d,card\n";
/// What a judge says of an answer and the right one.
const VERDICTS: &str = "right,answer,score\ncard,card,100\nloan,loan,90\ncard,loan,20\nloan,card,10\n";

const HEAD: &str = "run: {name: trial}\ninput: {path: rows.csv, key: id}\nschema: {path: schema.json}\n\
                    prompts: {generation: classify.yaml}\noutputs: {formats: [jsonl]}\nreport: {enabled: false}\n\
                    llm: {provider: recorded, model: m1, retries: 0, recorded: {path: answers.csv, \
                    match: {id: '{{ row.id }}', model: '{{ model }}'}, answer: '{\"product\": \"{{ record.product }}\"}'}}\n";
const GOLD_FILE: &str = "  gold: {path: gold.csv, key: id, fields: {product: product}}\n";
const EXACT: &str = "    - {name: accuracy, of: product, kind: exact}\n";
const HELPFUL: &str = "    - {name: helpful, kind: judge, prompt: helpful.yaml, llm: {provider: recorded, model: judge, \
                       recorded: {path: verdicts.csv, match: {right: '{{ gold.product }}', answer: '{{ output.product }}'}, \
                       answer: '{\"verdict\": \"PASS\", \"score\": {{ record.score }}, \"reasons\": []}'}}}\n";

impl Experiment {
    /// The experiment with this gold and these metrics.
    fn new(gold: &str, metrics: &str) -> Self {
        let made = Self { dir: tempfile::tempdir().unwrap() };
        made.write("rows.csv", ROWS);
        made.write("gold.csv", GOLD);
        made.write("answers.csv", ANSWERS);
        made.write("verdicts.csv", VERDICTS);
        made.write(
            "schema.json",
            r#"{"type": "object", "properties": {"product": {"enum": ["card", "loan"]}}, "required": ["product"]}"#,
        );
        made.write("classify.yaml", "name: classify\nuser: 'Sort {{ row.text }}. {{ llm_schema }}'\n");
        made.write(
            "helpful.yaml",
            "name: helpful\nuser: '{{ row.text }}. Right: {{ gold.product }}. Said: {{ output.product }}. {{ verdict_schema }}'\n",
        );
        made.configure("", gold, metrics);
        made
    }

    /// Writes the configuration, with `more` before the experiment.
    fn configure(&self, more: &str, gold: &str, metrics: &str) {
        let experiment = format!("experiment:\n  matrix: {{llm.model: [m1, m2]}}\n{gold}  metrics:\n{metrics}");
        self.write("casebook.yaml", &format!("{HEAD}{more}{experiment}"));
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.dir.path().join(name), text).unwrap();
    }

    fn db(&self) -> PathBuf {
        self.dir.path().join("trial.db")
    }

    /// Runs a command; returns its exit code and what it said.
    fn casebook(&self, args: &[&str]) -> (i32, String) {
        let mut command = Command::new(env!("CARGO_BIN_EXE_casebook"));
        let output = command.args(args).current_dir(self.dir.path()).env("NO_COLOR", "1").output().unwrap();
        let said = [output.stdout, output.stderr].concat();
        (output.status.code().unwrap(), String::from_utf8(said).unwrap())
    }

    #[track_caller]
    fn done(&self, args: &[&str]) -> String {
        let (code, said) = self.casebook(args);
        assert_eq!(code, 0, "{args:?}: {said}");
        said
    }

    /// What a command is refused with.
    #[track_caller]
    fn refused(&self, args: &[&str]) -> String {
        let (code, said) = self.casebook(args);
        assert_eq!(code, 2, "{args:?}: {said}");
        let said = said.replace(&format!("{}/", self.dir.path().display()), "");
        said.find("error:").map(|at| said[at..].to_owned()).unwrap_or_default()
    }

    /// The rows of a query, their values with a bar between.
    fn rows(&self, query: &str) -> Vec<String> {
        let connection = rusqlite::Connection::open(self.db()).unwrap();
        let mut statement = connection.prepare(query).unwrap();
        let count = statement.column_count();
        let text = |row: &rusqlite::Row<'_>| {
            let value = |at| row.get::<_, rusqlite::types::Value>(at);
            (0..count).map(|at| value(at).map(shown)).collect::<rusqlite::Result<Vec<_>>>().map(|it| it.join("|"))
        };
        statement.query_map([], text).unwrap().map(Result::unwrap).collect()
    }
}

fn shown(value: rusqlite::types::Value) -> String {
    match value {
        rusqlite::types::Value::Null => "-".to_owned(),
        rusqlite::types::Value::Integer(value) => value.to_string(),
        rusqlite::types::Value::Real(value) => value.to_string(),
        rusqlite::types::Value::Text(value) => value,
        rusqlite::types::Value::Blob(_) => "blob".to_owned(),
    }
}

const EVAL: [&str; 2] = ["eval", "casebook.yaml"];

#[test]
fn gold_that_fits_nothing_is_refused_with_its_place() {
    let trial = Experiment::new(GOLD_FILE, EXACT);
    let mut found = Vec::new();
    for gold in [
        "id,product\na,card\nx,loan\ny,loan\n",
        "id,product\na,card\na,loan\n",
        "id,product\n,card\n",
        "id,prodct\na,card\n",
    ] {
        trial.write("gold.csv", gold);
        found.push(trial.refused(&EVAL));
    }
    trial.configure("", "  gold: {fields: {product: lable}}\n", EXACT);
    found.push(trial.refused(&EVAL));
    trial.configure("", "  gold: {path: rows.csv, key: id, fields: {product: label}}\n", EXACT);
    found.push(trial.refused(&EVAL));
    insta::assert_snapshot!(found.concat(), @r#"
    error: gold.csv: 2 of 3 keys are not the `id` of a row of the input: `x` (line 3), `y` (line 4)
      --> casebook.yaml:10:16
    hint: each key of gold is that of a row of the whole input, whatever `--limit` says: correct the keys, or take these lines out
    error: gold.csv, lines 2 and 3: both rows have the key `a`
      --> casebook.yaml:10:16
    hint: each row of gold has the key of another row or group: correct the file, or take lines out
    error: gold.csv, line 2: the key column `id` is empty
      --> casebook.yaml:10:16
    hint: each row of gold has the key of another row or group: correct the file, or take lines out
    error: `experiment.gold.fields.product` is `product`, but gold.csv has no such column
      --> casebook.yaml:10:53
    hint: did you mean `prodct`?
    error: `experiment.gold.fields` is `lable`, but rows.csv has no such column
      --> casebook.yaml:10:18
    hint: did you mean `label`?
    error: `experiment.gold.path` is the input itself
      --> casebook.yaml:10:16
    hint: leave `path` and `key` out: `experiment.gold.fields` then names columns of the input
    "#);
}

#[test]
fn a_gold_file_that_a_prompt_would_see_is_refused_and_nothing_is_written() {
    let trial = Experiment::new(GOLD_FILE, EXACT);
    let mut found = Vec::new();
    trial.write("gold.csv", "id,product\nx,card\n");
    found.push(trial.refused(&EVAL));
    trial.write("gold.csv", GOLD);
    trial.write("classify.yaml", "name: classify\nuser: 'Sort {{ row.text }} {% include \"gold.csv\" %}'\n");
    found.push(trial.refused(&EVAL));
    trial.write("classify.yaml", "name: classify\nuser: 'Sort {{ row.text }}. {{ llm_schema }}'\n");
    trial.configure("knowledge: [{name: answers, path: gold.csv, format: text}]\n", GOLD_FILE, EXACT);
    found.push(trial.refused(&EVAL));
    trial.configure("", GOLD_FILE, "    - {name: flag, expr: 'gold.product == true'}\n");
    found.push(trial.refused(&EVAL));
    assert!(!trial.db().exists());
    insta::assert_snapshot!(found.concat(), @r#"
    error: gold.csv: none of its keys is the `id` of a row of the input: `x` (line 2)
      --> casebook.yaml:10:16
    hint: each key of gold is that of a row of the whole input, whatever `--limit` says: correct the keys, or take these lines out
    error: `experiment.gold.path`: gold.csv is a part of a prompt
      --> casebook.yaml:10:16
    hint: a prompt that saw the right answers would measure nothing; the prompt of a metric sees them as `gold`
    error: `experiment.gold.path`: gold.csv is a document of the knowledge `answers`
      --> casebook.yaml:11:16
    hint: a prompt that saw the right answers would measure nothing; the prompt of a metric sees them as `gold`
    error: variant `m1`: `experiment.metrics[0].expr`: `gold.product == true`: `gold.product` is a text, which is never equal to true or false
      --> casebook.yaml:12:26
    hint: gold answers of such a table are texts: compare it with a text, as in `gold.flag == "true"`, or write them as JSON lines
    "#);
    // The task itself needs no gold answers.
    trial.configure("", GOLD_FILE, EXACT);
    fs::remove_file(trial.dir.path().join("gold.csv")).unwrap();
    let said = trial.done(&["run", "casebook.yaml"]);
    assert!(said.contains("`casebook eval` is refused: cannot read") && said.contains("gold.csv"), "{said}");
    trial.refused(&EVAL);
}

#[test]
fn a_template_that_names_gold_is_refused_with_its_line() {
    let trial = Experiment::new("  gold: {fields: {product: label}}\n", EXACT);
    let gold = "  gold: {fields: {product: label}}\n";
    let mut found = Vec::new();
    for text in ["{{ gold.product }}", "{{ row.label }}"] {
        trial.write("classify.yaml", &format!("name: classify\nuser: 'Sort {text}. {{{{ llm_schema }}}}'\n"));
        found.push(trial.refused(&EVAL));
        found.push(trial.refused(&["run", "casebook.yaml"]));
    }
    trial.write("classify.yaml", "name: classify\nuser: 'Sort {{ row.text }}. {{ llm_schema }}'\n");
    for more in [
        "checks: [{name: right, expr: \"output.product == row.label\"}]\n",
        "context: {columns: {include: [text, label]}}\n",
        "grouping: {column: label}\n",
    ] {
        trial.configure(more, gold, EXACT);
        found.push(trial.refused(&EVAL));
    }
    for expr in ["output.product == gold.prodct", "output.prodct == 'card'", "row.txt == 'x'", "steps.a == 1"] {
        trial.configure("", gold, &format!("    - {{name: own, expr: \"{expr}\"}}\n"));
        found.push(trial.refused(&EVAL));
    }
    insta::assert_snapshot!(found.concat(), @r#"
    error: variant `m1`: `user`: `gold` is not visible here: only the prompt of a metric sees gold answers
      --> classify.yaml:2:16
    hint: a prompt that saw the right answer would measure nothing; see `experiment.metrics`
    error: `user`: `gold` is not visible here: only the prompt of a metric sees gold answers
      --> classify.yaml:2:16
    hint: a prompt that saw the right answer would measure nothing; see `experiment.metrics`
    error: variant `m1`: `user`: `row.label`: the column `label` is gold (`experiment.gold.fields`), which is in no row
      --> classify.yaml:2:16
    hint: prompts, contexts, checks and rules see no gold answer; the prompt of a metric sees it as `gold`
    error: `user`: `row.label`: the column `label` is gold (`experiment.gold.fields`), which is in no row
      --> classify.yaml:2:16
    hint: prompts, contexts, checks and rules see no gold answer; the prompt of a metric sees it as `gold`
    error: variant `m1`: `checks[0].expr`: `row.label`: the column `label` is gold (`experiment.gold.fields`), which is in no row
      --> casebook.yaml:8:30
    hint: prompts, contexts, checks and rules see no gold answer; the prompt of a metric sees it as `gold`
    error: `experiment.gold.fields`: `label` is gold, which no prompt may see, but a context shows it (`context.columns.include`)
      --> casebook.yaml:11:18
    hint: take it out of `context.columns.include`, or put the gold answers into a file of their own
    error: `experiment.gold.fields`: `label` is gold, which no prompt may see, but rows are grouped by it (`grouping.column`)
      --> casebook.yaml:11:18
    hint: take it out of `grouping.column`, or put the gold answers into a file of their own
    error: variant `m1`: `experiment.metrics[0].expr`: `gold.prodct`: there is no gold value `prodct`
      --> casebook.yaml:12:25
    hint: did you mean `gold.product`?
    error: variant `m1`: `experiment.metrics[0].expr`: `output.prodct`: the schema has no field `prodct`
      --> casebook.yaml:12:25
    hint: did you mean `output.product`?
    error: variant `m1`: `experiment.metrics[0].expr`: `row.txt`: the input has no column `txt`
      --> casebook.yaml:12:25
    hint: did you mean `row.text`?
    error: variant `m1`: `experiment.metrics[0].expr`: `steps` is not available here
      --> casebook.yaml:12:25
    hint: available: row, output, vars, gold
    "#);
}

#[test]
fn a_template_that_reaches_gold_another_way_is_refused_too() {
    let trial = Experiment::new("  gold: {fields: {product: label}}\n", EXACT);
    for text in [
        "{{ row.label | default(1) }}",
        "{% set r = row %}{{ r.label }}",
        "{% with r = row %}{{ r[\"label\"] }}{% endwith %}",
        "{{ row | attr(\"label\") }}",
    ] {
        trial.write("classify.yaml", &format!("name: classify\nuser: 'Sort {text}. {{{{ llm_schema }}}}'\n"));
        let said = trial.refused(&EVAL);
        assert!(said.contains("the column `label` is gold"), "{text}: {said}");
    }
}

#[test]
fn gold_columns_are_read_apart_and_change_no_work_item() {
    let trial = Experiment::new("  gold: {fields: {product: label}}\n", EXACT);
    trial.done(&EVAL);
    let items = "SELECT work_id, count(*) FROM work_item JOIN standing ON standing.work_item = work_item.id GROUP BY 1 ORDER BY 1";
    let before = trial.rows(items);
    let calls = trial.rows("SELECT count(*) FROM call");
    assert_eq!(trial.rows("SELECT columns FROM dataset ORDER BY id"), [r#"["id","text"]"#, r#"["id","label"]"#]);
    assert_eq!(trial.rows("SELECT count(*) FROM pragma_table_info('results') WHERE name = 'label'"), ["0"]);

    trial.write("rows.csv", &ROWS.replace("d,four,", "d,four,loan"));
    trial.done(&EVAL);
    assert_eq!((trial.rows(items), trial.rows("SELECT count(*) FROM call")), (before, calls));
    assert_eq!(trial.rows("SELECT count(*) FROM dataset WHERE role = 'gold'"), ["2"]);
    trial.done(&["run", "casebook.yaml"]);
    trial.done(&["verify", "trial.db", "--replay"]);
}

#[test]
fn a_model_scores_each_output_once_and_sees_the_gold_answer_alone() {
    let trial = Experiment::new(GOLD_FILE, HELPFUL);
    let said = trial.done(&EVAL);
    assert!(said.contains("gold.csv: 1 of 4 rows or groups have no gold answer: metrics leave these out"), "{said}");
    let scores = "SELECT step.variant, input_row.fields ->> 0 AS id, standing.status, standing.item, cache_entry.output ->> '$.score'
                  FROM standing JOIN step ON step.id = standing.step JOIN input_row ON input_row.id = standing.input_row
                  LEFT JOIN cache_entry ON cache_entry.id = standing.cache_entry
                  WHERE step.name = 'metric:helpful' ORDER BY 1, 2";
    insta::assert_snapshot!(trial.rows(scores).join("\n"), @r#"
    2|a|accepted|{"product":"card"}|100
    2|b|accepted|{"product":"loan"}|90
    2|c|accepted|{"product":"card"}|20
    2|d|skipped|-|-
    3|a|accepted|{"product":"card"}|100
    3|b|accepted|{"product":"loan"}|10
    3|c|accepted|{"product":"card"}|100
    3|d|skipped|-|-
    "#);
    // Equal outputs for the same row are one request: of the three rows with gold, the variants agree on one.
    let asked =
        "SELECT count(*) FROM call JOIN request ON request.id = call.request JOIN spec ON spec.id = request.spec
                 WHERE spec.model = 'judge'";
    assert_eq!(trial.rows(asked), ["5"]);
    assert_eq!(trial.rows("SELECT count(*) FROM messages WHERE content LIKE '%m1%' OR content LIKE '%m2%'"), ["0"]);

    // A changed gold answer asks about that row again.
    trial.write("gold.csv", &GOLD.replace("c,card", "c,loan"));
    trial.done(&EVAL);
    assert_eq!(trial.rows(asked), ["7"]);
    insta::assert_snapshot!(trial.rows(scores).join("\n"), @r#"
    2|a|accepted|{"product":"card"}|100
    2|b|accepted|{"product":"loan"}|90
    2|c|accepted|{"product":"loan"}|90
    2|d|skipped|-|-
    3|a|accepted|{"product":"card"}|100
    3|b|accepted|{"product":"loan"}|10
    3|c|accepted|{"product":"loan"}|10
    3|d|skipped|-|-
    "#);
    trial.done(&["verify", "trial.db", "--replay"]);
    let calls = trial.rows("SELECT count(*) FROM call");
    trial.done(&EVAL);
    trial.done(&["run", "casebook.yaml"]);
    assert_eq!(trial.rows("SELECT count(*) FROM call"), calls);
    assert_eq!(trial.rows("SELECT DISTINCT step FROM attempts WHERE variant = 'base' ORDER BY 1"), ["generate"]);
}

#[test]
fn a_label_that_is_a_word_for_no_value_stays_a_label() {
    let made = Experiment::new(GOLD_FILE, EXACT);
    let schema =
        r#"{"type": "object", "properties": {"product": {"enum": ["card", "none"]}}, "required": ["product"]}"#;
    made.write("schema.json", schema);
    made.write("gold.csv", "id,product\na,card\nb,none\nc,N/A\n");
    let answers = "a,card\nm1,b,none\nm1,c,card\nm1,d,card\nm2,a,card\nm2,b,card\nm2,c,card\nm2,d,card\n";
    made.write("answers.csv", &format!("model,id,product\nm1,{answers}"));
    insta::assert_snapshot!(made.refused(&EVAL), @r#"
    error: the gold answer `product` of row 3 of the input is "N/A", but the metric `accuracy` needs a value of the schema: "card", "none"
      --> casebook.yaml:10:53
    hint: correct the gold answer, or leave it empty if there is none: the schema says of which type it is
    "#);
    made.write("gold.csv", "id,product\na,card\nb, none\n");
    made.done(&EVAL);
    let accuracy = "SELECT variant, value, n FROM metrics WHERE metric = 'accuracy' ORDER BY variant";
    assert_eq!(made.rows(accuracy), ["m1|1|2", "m2|0.5|2"]);
}

#[test]
fn people_decide_on_outputs_and_figures_stay_those_of_the_models() {
    let trial = Experiment::new(GOLD_FILE, HELPFUL);
    trial.done(&EVAL);
    let figures = "SELECT variant, value, n, missing FROM metrics WHERE metric = 'helpful' ORDER BY 1";
    let (before, calls) = (trial.rows(figures), trial.rows("SELECT count(*) FROM call"));
    let item = |step: &str, row: &str| {
        let named = "SELECT work_id FROM work_item JOIN step ON step.id = work_item.step
                     JOIN standing ON standing.work_item = work_item.id
                     JOIN input_row ON input_row.id = standing.input_row";
        trial
            .rows(&format!("{named} WHERE step.name = '{step}' AND input_row.fields ->> 0 = '{row}' LIMIT 1"))
            .remove(0)
    };
    let said = ["review", "trial.db", "--variant", "m1", "--by", "Ada", "--reason", "wrong"];
    trial.write("card.json", r#"{"product": "card"}"#);
    trial.done(&[said.as_slice(), &[&item("generate", "b"), "--reject"]].concat());
    trial.done(&[said.as_slice(), &[&item("generate", "c"), "--output", "card.json"]].concat());
    let refused = trial.refused(&[said.as_slice(), &[&item("metric:helpful", "a"), "--reject"]].concat());
    assert!(refused.contains("is a metric's: it measures an output"), "{refused}");
    // What a person wrote is scored too, here from the record, but the score of what the model answered counts.
    trial.casebook(&EVAL);
    assert_eq!((trial.rows(figures), trial.rows("SELECT count(*) FROM call")), (before, calls));
    trial.done(&["verify", "trial.db", "--replay"]);
    trial.done(&["export", "trial.db", "--variant", "m1", "--formats", "csv", "--dir", "out"]);
    let table = fs::read_to_string(trial.dir.path().join("out/m1/output.csv")).unwrap();
    assert!(table.starts_with("id,text,label,product,status,"), "{table}");
}
