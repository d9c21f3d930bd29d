//! Types of columns, the kinds of a jsonl and of a JSON array, and what templates do with them, through the command.

use std::io::Write as _;
use std::process::Stdio;

use crate::projects::Project;

const CONFIG: &str = "\
run: {name: test}
input: {path: in.csv, key: id, types: {amount: number, code: integer, open: bool, meta: json, day: date}}
llm: {provider: sample}
outputs: {formats: [jsonl, csv]}
steps:
  - name: a
    each: row
    rule: {large: \"row.amount is not none and row.amount > 100\", shown: \"row.code ~ '/' ~ row.amount\", n: row.amount}
";

const ROWS: &str = "\
id,amount,code,open,meta,day
1,5.00,007,Yes,\"{\"\"a\"\": [1]}\",2024-02-29
2,,12345678901234567890,no,[],
3,500,8,TRUE,null,2024-01-31
";

fn project(config: &str, input: (&str, &str)) -> Project {
    let project = Project::new();
    project.write("casebook.yaml", config);
    project.write(input.0, input.1);
    project
}

fn rows(project: &Project, query: &str) -> String {
    project.casebook(&["sql", "test.db", query, "--format", "csv"]).expect(0).stdout
}

#[test]
fn a_text_is_not_ordered_against_a_number() {
    let untyped = CONFIG.replace(", types: {amount: number, code: integer, open: bool, meta: json, day: date}", "");
    let project = project(&untyped.replace("row.amount is not none and ", ""), ("in.csv", ROWS));
    let ended = project.casebook(&["run", "casebook.yaml"]).expect(2);
    assert!(
        ended.stderr.contains("`row.amount` is a text, which cannot be ordered against a number"),
        "{}",
        ended.stderr
    );
    assert!(ended.stderr.contains("casebook.yaml:8:"), "{}", ended.stderr);
    assert!(!project.db().exists());
    // What only the values show fails the row, and says both.
    project.write("casebook.yaml", untyped.replace("row.amount is not none and row.amount", "(row.amount or '0')"));
    project.casebook(&["run", "casebook.yaml"]).expect(3);
    let said = rows(&project, "SELECT message FROM failures ORDER BY work_id LIMIT 1");
    assert!(said.contains("text cannot be ordered against a number") && said.contains("> 100"), "{said}");
}

#[test]
fn white_space_within_json_is_part_of_its_values() {
    let rows_of = "id,meta\n1,\"{\"\"a\"\":  \"\"x  y\"\"} \"\n2,\n3,\" [\"\"p\u{a0} q\"\"]\"\n";
    for types in ["{meta: json}", "infer"] {
        let config = CONFIG.replace("{amount: number, code: integer, open: bool, meta: json, day: date}", types);
        let (start, _) = config.split_once("    rule:").unwrap();
        let config = format!("{start}    rule: {{first: \"row.meta.a if row.id | string == '1' else 'none'\"}}\n");
        let project = project(&config, ("in.csv", rows_of));
        project.casebook(&["run", "casebook.yaml"]).expect(0);
        assert_eq!(
            rows(&project, "SELECT meta, first FROM results ORDER BY id"),
            "meta,first\n\"{\"\"a\"\":  \"\"x  y\"\"}\",x  y\n,none\n\"[\"\"p\u{a0} q\"\"]\",none\n",
            "{types}"
        );
        project.assert_sound();
    }
}

#[test]
fn typed_cells_are_values_and_keep_their_texts() {
    let project = project(CONFIG, ("in.csv", ROWS));
    project.casebook(&["run", "casebook.yaml"]).expect(0);
    assert_eq!(
        rows(
            &project,
            "SELECT amount, code, open, meta, day, large, shown, typeof(code) AS t FROM results ORDER BY id"
        ),
        "amount,code,open,meta,day,large,shown,t\n5.0,7,1,\"{\"\"a\"\": [1]}\",2024-02-29,0,007/5.00,integer\n\
         ,12345678901234567890,0,[],,0,12345678901234567890/,text\n500.0,8,1,,2024-01-31,1,8/500,integer\n"
    );
    let line = project.read("out/test/output.jsonl");
    let first: serde_json::Value = serde_json::from_str(line.lines().next().unwrap()).unwrap();
    assert_eq!(
        first["input"],
        serde_json::json!({"id": "1", "amount": 5, "code": 7, "open": true, "meta": {"a": [1]}, "day": "2024-02-29"})
    );
    assert_eq!(first["output"]["n"], 5);
    assert!(project.read("out/test/output.csv").contains("\n1,5.00,007,Yes,"));
    project.casebook(&["verify", "test.db", "--replay"]).expect(0);
    // A type is no part of a row's id.
    let ids = rows(&project, "SELECT row_id FROM input_row WHERE dataset = 1 ORDER BY row_id");
    project.write("casebook.yaml", CONFIG.replace("code: integer", "code: text"));
    project.casebook(&["run", "casebook.yaml"]).expect(0);
    assert_eq!(rows(&project, "SELECT row_id FROM input_row WHERE dataset = 2 ORDER BY row_id"), ids);
}

#[test]
fn a_cell_that_is_none_of_its_type_is_refused_with_its_place() {
    for (from, to, said) in [
        ("5.00", "x9", "in.csv, line 2, column `amount`: expected a number, such as 5 or -2.50, found \"x9\""),
        (",8,", ",8.5,", "in.csv, line 4, column `code`: expected a whole number of at most 38 digits, found \"8.5\""),
        ("Yes", "maybe", "in.csv, line 2, column `open`: expected true, false, yes, no, 1 or 0, found \"maybe\""),
        ("[]", "[", "in.csv, line 3, column `meta`: expected JSON, found \"[\""),
        ("2024-02-29", "29.2.24", "column `day`: expected a date, such as 2024-01-31, found \"29.2.24\""),
    ] {
        let project = project(CONFIG, ("in.csv", &ROWS.replace(from, to)));
        let ended = project.casebook(&["run", "casebook.yaml"]).expect(2);
        assert!(ended.stderr.contains(said), "{}", ended.stderr);
    }
    let project = project(&CONFIG.replace("code: integer", "cod: integer"), ("in.csv", ROWS));
    let ended = project.casebook(&["run", "casebook.yaml"]).expect(2);
    assert!(ended.stderr.contains("did you mean `code`?"), "{}", ended.stderr);
}

#[test]
fn inferred_types_are_said() {
    let config = CONFIG.replace("{amount: number, code: integer, open: bool, meta: json, day: date}", "infer");
    let project = project(&config, ("in.csv", &ROWS.replace("null,2", "{},2")));
    let ended = project.casebook(&["run", "casebook.yaml"]).expect(0);
    assert!(
        ended.stderr.contains("`id` is integer, `amount` is number, `meta` is json, `day` is date"),
        "{}",
        ended.stderr
    );
    assert!(
        rows(&project, "SELECT detail FROM anomalies WHERE kind = 'inferred_types'").contains("`amount` is number")
    );
}

#[test]
fn a_jsonl_keeps_its_kinds() {
    keeps_kinds("in.jsonl", |objects| objects.join("\n"));
}

#[test]
fn a_json_array_keeps_its_kinds() {
    keeps_kinds("in.json", |objects| format!("[{}]", objects.join(",\n")));
}

fn keeps_kinds(name: &str, file: impl Fn(&[&str]) -> String) {
    let config = "\
run: {name: test}
input: {path: NAME}
llm: {provider: sample}
outputs: {formats: [jsonl]}
steps:
  - name: a
    each: row
    rule: {big: \"row.n is number and row.n > 4\", shown: \"row.n ~ '|' ~ row.b ~ '|' ~ row.z\", part: \"row.o.k | first\"}
";
    let second = r#"{"n": "5", "b": "true", "o": {"k": ["x"]}}"#;
    let rows_in = file(&[r#"{"n": 5.00, "b": true, "z": null, "o": {"k": [1]}}"#, second]);
    let project = project(&config.replace("NAME", name), (name, &rows_in));
    project.casebook(&["run", "casebook.yaml"]).expect(0);
    assert_eq!(
        rows(&project, "SELECT n, o, big, shown, part FROM results ORDER BY row_index"),
        "n,o,big,shown,part\n5.00,\"{\"\"k\"\":[1]}\",1,5.00|true|,1\n5,\"{\"\"k\"\":[\"\"x\"\"]}\",0,5|true|,x\n"
    );
    let text = project.read("out/test/output.jsonl");
    assert!(text.contains(r#""input":{"b":true,"n":5,"o":{"k":[1]},"z":null}"#), "{text}");
    assert!(text.contains(r#""input":{"b":"true","n":"5","o":{"k":["x"]},"z":null}"#), "{text}");
    project.casebook(&["verify", "test.db", "--replay"]).expect(0);
    // A number that became a text is another task, though its row has the same id.
    project.write(name, rows_in.replace("5.00", "\"5.00\""));
    project.casebook(&["run", "casebook.yaml"]).expect(0);
    assert!(rows(&project, "SELECT big FROM results ORDER BY row_index").starts_with("big\n0\n"));
}

#[test]
fn types_are_inferred_of_all_that_is_a_table() {
    let config = CONFIG.replace("{amount: number, code: integer, open: bool, meta: json, day: date}", "infer");
    let said = "`id` is integer, `amount` is number, `meta` is json, `day` is date";
    let rows_in = ROWS.replace("null,2", "{},2");
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    packed.write_all(rows_in.as_bytes()).unwrap();
    let packed = packed.finish().unwrap();
    let project = project(&config.replace("in.csv", "in.csv.gz"), ("in.csv.gz", ""));
    project.write("in.csv.gz", &packed);
    let ended = project.casebook(&["run", "casebook.yaml"]).expect(0);
    assert!(ended.stderr.contains(said), "{}", ended.stderr);
    let of_file = rows(&project, "SELECT amount, code, day, large, shown FROM results ORDER BY id");
    // Stdin can be read from one place at a time.
    project.write("casebook.yaml", config.replace("path: in.csv", "path: \"-\", format: csv"));
    for bytes in [rows_in.as_bytes(), &packed] {
        let mut child = project
            .command(&["run", "casebook.yaml"])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(bytes).unwrap();
        let ended = child.wait_with_output().unwrap();
        let printed = String::from_utf8(ended.stderr).unwrap();
        assert!(ended.status.success() && printed.contains(said), "{printed}");
        assert_eq!(rows(&project, "SELECT amount, code, day, large, shown FROM results ORDER BY id"), of_file);
    }
    // A text of a JSON array is a text, whatever it looks like.
    let config = "\
run: {name: test}
input: {path: in.json, types: infer}
llm: {provider: sample}
steps: [{name: a, each: row, rule: {sum: \"row.n + 1\", text: \"row.t ~ '!'\"}}]
";
    project.write("casebook.yaml", config);
    project.write("in.json", r#"[{"n": 5, "t": "7"}, {"n": 6.0, "t": "8"}]"#);
    let ended = project.casebook(&["run", "casebook.yaml", "--db", "array.db"]).expect(0);
    assert!(ended.stderr.contains("`n` is number") && !ended.stderr.contains("`t` is"), "{}", ended.stderr);
    let printed = project.casebook(&["sql", "array.db", "SELECT sum, text FROM results", "--format", "csv"]).expect(0);
    assert!(printed.stdout.contains("\n6") && printed.stdout.contains("7!"), "{}", printed.stdout);
}

#[test]
fn whole_numbers_keep_their_digits() {
    let config = "\
run: {name: test}
input: {path: in.jsonl, types: {n: number}}
llm: {provider: sample}
outputs: {formats: [jsonl]}
steps: [{name: a, each: row, rule: {deep: row.o, shown: \"row.o.a ~ ''\"}}]
";
    let rows_in = "{\"n\": 12345678901234567, \"o\": {\"a\": 12345678901234567890123}}\n{\"n\": 1.5, \"o\": {\"a\": 1}}\n\
                   {\"n\": 12345678901234567890123, \"o\": {\"a\": 2}}\n";
    let project = project(config, ("in.jsonl", rows_in));
    project.casebook(&["run", "casebook.yaml"]).expect(0);
    assert_eq!(
        rows(&project, "SELECT n, deep, shown FROM results ORDER BY row_index"),
        "n,deep,shown\n12345678901234567,\"{\"\"a\"\":\"\"12345678901234567890123\"\"}\",12345678901234567890123\n\
         1.5,\"{\"\"a\"\":1}\",1\n12345678901234567890123,\"{\"\"a\"\":2}\",2\n"
    );
    let text = project.read("out/test/output.jsonl");
    assert!(text.contains(r#""n":12345678901234567,"o":{"a":"12345678901234567890123"}"#), "{text}");
    // What only a float could hold is inferred to be a text, and so is a date by week.
    let config = "\
run: {name: test}
input: {path: in.csv, types: infer}
llm: {provider: sample}
steps: [{name: a, each: row, rule: {x: row.id}}]
";
    project.write("casebook.yaml", config);
    project.write("in.csv", "id,week\n1234567890123456789012345678901234567890,2024-W05-3\n");
    project.casebook(&["run", "casebook.yaml", "--db", "infer.db"]).expect(0);
    let printed =
        project.casebook(&["sql", "infer.db", "SELECT id, week, x FROM results", "--format", "csv"]).expect(0);
    let id = "1234567890123456789012345678901234567890";
    assert_eq!(printed.stdout, format!("id,week,x\n{id},2024-W05-3,{id}\n"));
}

#[test]
fn names_are_checked_against_schemas_before_the_first_call() {
    let config = "\
run: {name: test}
input: {path: in.csv, key: id}
llm: {provider: sample}
steps:
  - name: claims
    each: row
    prompts: {generation: first.yaml}
    schema:
      inline: {type: object, required: [items], properties: {items: {type: array, items: {type: object,
        required: [text], properties: {text: {type: string}}}}}}
  - name: check
    each: element of claims.items
    prompts: {generation: second.yaml}
    schema: {inline: {type: object, required: [ok], properties: {ok: {type: boolean}}}}
";
    let project = project(config, ("in.csv", ROWS));
    project.write("first.yaml", "name: a\nuser: \"{{ row.id }}\"\n");
    let run = |user: &str| {
        project.write("second.yaml", format!("name: b\nuser: \"{user}\"\n"));
        project.casebook(&["run", "casebook.yaml"])
    };
    for (user, said) in [
        ("{{ item.txt }}", "did you mean `item.text`?"),
        ("{{ item.txt }} {{ row.maybe | default('x') }}", "did you mean `item.text`?"),
        ("{{ steps.claims.foo }}", "`steps.claims.foo`: the schema has no field `foo`"),
        (
            "{{ steps.claims.items.text }}",
            "`steps.claims.items.text`: by its schema, `steps.claims.items` has no fields",
        ),
        ("{{ item['txt'] }}", "`item.txt`: the schema has no field `txt`"),
        ("{% for c in steps.claims['items'] %}{{ c.txt }}{% endfor %}", "did you mean `c.text`?"),
        ("{{ steps.claims['items'] | map(attribute='txt') | join }}", "have no `txt`"),
        ("{{ item.text > 5 }}", "`item.text` is a text, which cannot be ordered against a number"),
        ("{{ item.text.more }}", "`item.text.more`: by its schema, `item.text` has no fields"),
        ("{{ row.meta.bytes }}", "the column `meta` holds texts, which has no parts"),
    ] {
        let ended = run(user).expect(2);
        assert!(ended.stderr.contains(said), "{user}: {}", ended.stderr);
    }
    assert!(!project.db().exists());
    run("{{ item.text }} {{ steps.claims.items[0].text }} {{ item.txt | default('none') }}").expect(0);
}
