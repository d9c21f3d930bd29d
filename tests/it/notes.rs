//! What a run says of its input: how it was read where the file does not say, and what is lost on the way to the model.

use std::fmt::Write as _;
use std::io::Write as _;
use std::process::Stdio;

use casebook::inside::engine::{self, RunEvent};

use crate::projects::{Project, calls};

/// The notes of a run and of a dry run through the command; they are the same.
#[track_caller]
fn notes(project: &Project, set: &[&str]) -> Vec<String> {
    let run = |more: &[&str]| {
        let settings = set.iter().flat_map(|it| ["--set", it]);
        let arguments: Vec<&str> =
            ["run", "casebook.yaml"].into_iter().chain(settings).chain(more.iter().copied()).collect();
        let ended = project.casebook(&arguments);
        assert_eq!(ended.code, Some(0), "{ended:?}");
        let all = format!("{}{}", ended.stdout, ended.stderr);
        all.lines().filter_map(|line| line.strip_prefix("note: ").map(str::to_owned)).collect::<Vec<_>>()
    };
    let dry = run(&["--dry-run"]);
    let real = run(&[]);
    assert_eq!(dry, real);
    real
}

#[test]
fn a_guessed_delimiter_is_said_each_time_and_kept_as_an_anomaly() {
    let project = Project::new();
    project.write("input.csv", "id;text\na;hello, world\n");
    let said =
        ["input.csv: cells are separated by `;`, since a comma gives one column: `input.delimiter` says otherwise"];
    let set = ["input={path: input.csv, key: id}"];
    assert_eq!(notes(&project, &set), said);
    assert_eq!(notes(&project, &set), said);
    assert_eq!(project.list("SELECT text FROM results"), ["hello, world"]);
    assert_eq!(project.list("SELECT kind FROM anomalies WHERE stage = 'ingest'"), ["delimiter"]);
    assert!(notes(&project, &["input={path: input.csv, key: id, delimiter: \";\"}"]).is_empty());
    project.assert_sound();
}

#[test]
fn joined_lines_are_said_with_the_key_that_keeps_them() {
    let project = Project::new();
    project.write("input.csv", "id,text\na,\"# Title\n\n- one\"\nb,\"two\n\"\nc,  three\n");
    let said = notes(&project, &["input={path: input.csv, key: id}"]);
    let expected = "input.csv: 1 cells held several lines and are one line now, without line breaks and indentation: \
                    `input.normalise: false` keeps them";
    assert_eq!(said, [expected]);
    assert!(project.read("out/test/report.md").contains("lines_joined"));
    assert!(notes(&project, &["input={path: input.csv, key: id, normalise: false}"]).is_empty());
    assert_eq!(project.list("SELECT text FROM results"), ["# Title\n\n- one", "two\n", "  three"]);
    project.assert_sound();
}

/// A project with two groups, of twelve and of three rows.
fn grouped() -> Project {
    let project = Project::new();
    let mut rows = "id,place,text\n".to_owned();
    for row in 0..15 {
        writeln!(rows, "r{row},{},text {row} {}", if row < 12 { "north" } else { "south" }, "x".repeat(row)).unwrap();
    }
    project.write("input.csv", rows);
    project
}

#[test]
fn what_contexts_leave_out_is_said() {
    let project = grouped();
    project.edit("prompt.yaml", "{{ row.text }}", "{{ row.id }} {{ context }}");
    let set = [
        "input={path: input.csv, key: id}",
        "grouping={column: place, max_rows_per_group: 10}",
        "context={truncate_field_chars: 10, columns: {mode: include, include: [text]}}",
    ];
    let said = notes(&project, &set);
    assert_eq!(
        said,
        [
            "contexts leave out 2 of 15 rows, which the model does not see there (`grouping.max_rows_per_group`)",
            "contexts show only the beginning of 9 values (`context.truncate_field_chars`)",
        ]
    );
    project.assert_sound();
}

#[test]
fn different_rows_with_one_request_are_said_and_equal_rows_are_not() {
    let project = grouped();
    project.edit("prompt.yaml", "{{ row.text }}", "{{ context }}");
    let set = ["input={path: input.csv, key: id}", "grouping={column: place}"];
    let said = notes(&project, &set);
    let expected = "15 different rows come to 2 different requests, and rows with an equal request share one answer: \
                    `cache.share: false` asks for each";
    assert_eq!(said, [expected]);
    assert_eq!(project.calls(), calls(2, 0));
    assert_eq!(project.list("SELECT kind FROM anomalies WHERE stage = 'plan'"), ["shared_requests"]);
    // What is answered is not told again, and neither is what does not share.
    let again = project.casebook(&["run", "casebook.yaml", "--set", set[0], "--set", set[1]]);
    assert!(!again.stderr.contains("note:"), "{again:?}");
    project.assert_sound();
    let apart = grouped();
    apart.edit("prompt.yaml", "{{ row.text }}", "{{ context }}");
    assert!(notes(&apart, &[set[0], set[1], "cache={share: false}"]).is_empty());
    apart.assert_sound();

    let equal = Project::new();
    equal.write("input.csv", "text\nsame\nother\nsame\n");
    assert!(notes(&equal, &["input={path: input.csv}"]).is_empty());
    // A row that is skipped asks nothing.
    let skipped = Project::new();
    skipped.write("input.csv", "id,text\na,\nb,\nc,x\nd,y\n");
    assert!(
        notes(&skipped, &["input={path: input.csv, key: id}", "steps=[{name: one, when: \"row.text != ''\"}]"])
            .is_empty()
    );
    let shared = Project::new();
    shared.write("input.csv", "id,text\na,x\nb,x\nc,x\n");
    assert_eq!(notes(&shared, &["input={path: input.csv, key: id}"]).len(), 1);
    // However the column is written.
    let quoted = Project::new();
    quoted.write("input.csv", "id,text\na,x\nb,x\nc,x\n");
    quoted.edit("prompt.yaml", "{{ row.text }}", "{{ row['text'] | upper }} {% if row[\"text\"] == 'x' %}!{% endif %}");
    let said = notes(&quoted, &["input={path: input.csv, key: id}"]);
    assert!(said[0].starts_with("3 different rows come to 1 request, and"), "{said:?}");
    let whole = Project::new();
    whole.write("input.csv", "id,text\na,x\nb,x\n");
    whole.edit("prompt.yaml", "{{ row.text }}", "{{ row['text'] }} {{ row }}");
    assert!(notes(&whole, &["input={path: input.csv, key: id}"]).is_empty());
}

/// Three steps of which `reply` is skipped for one row, and `rule` reads it.
fn skipping(project: &Project, rule: &str) -> [String; 2] {
    project.write("input.csv", "id,text\na,x\nb,y\n");
    let steps = format!(
        "steps=[{{name: draft, each: row, rule: {{t: row.text}}}}, \
         {{name: reply, each: output of draft, when: \"row.text == 'x'\", rule: {{t: row.text}}}}, \
         {{name: last, each: \"join draft, reply by row\", {rule}}}]"
    );
    ["input={path: input.csv, key: id}".to_owned(), steps]
}

#[test]
fn an_output_that_may_be_skipped_is_said_before_it_is_missed() {
    let project = Project::new();
    let note = "step `last`: `steps.reply` is undefined where a `when` skips `reply`, and a work item that reads it \
                fails there: ask `steps.reply is defined` first";
    for rule in [
        "rule: {t: \"steps.reply.t if steps.reply is defined else 'none'\"}",
        "rule: {t: \"(steps['reply'] | default({'t': 'none'})).t\"}",
        "when: \"steps.reply is defined\", rule: {t: steps.reply.t}",
        "rule: {t: \"parents | length\"}",
        "rule: {t: steps.draft.t}",
    ] {
        let set = skipping(&project, rule);
        assert!(notes(&project, &set.each_ref().map(String::as_str)).is_empty(), "{rule}");
    }
    for (rule, path) in [
        ("rule: {t: \"steps.reply.t if steps.reply else 'none'\"}", "steps.reply"),
        ("rule: {t: \"steps['reply'].t\"}", "steps['reply']"),
    ] {
        let set = skipping(&project, rule);
        let ended = project.casebook(&["run", "casebook.yaml", "--set", &set[0], "--set", &set[1]]).expect(3);
        assert!(ended.stderr.contains(&format!("note: {note}\n")), "{ended:?}");
        let said = project.list("SELECT message FROM failures");
        let advice = format!("; a step that was skipped has no output: ask `{path} is defined` first");
        assert!(said.len() == 1 && said[0].ends_with(&advice), "{said:?}");
    }
    project.assert_sound();
    // Where everything that is joined is skipped, so is the join.
    let project = Project::new();
    let set =
        skipping(&project, "rule: {t: steps.reply.t}").map(|it| it.replace("join draft, reply by", "join reply by"));
    assert!(notes(&project, &set.each_ref().map(String::as_str)).is_empty());
    project.assert_sound();
}

#[test]
fn recorded_answers_are_never_touched() {
    let answer = "{\"label\": \"one\",\n  \"note\": \"two  spaces\"}";
    for normalise in ["true", "false"] {
        let mut project = Project::recorded(&[("a", 1, answer)]);
        project.write("input.csv", "id,text\na,one\n");
        project.set("input.normalise", normalise);
        project.run();
        assert_eq!(project.list("SELECT answer FROM attempts"), [answer], "{normalise}");
        project.assert_sound();
    }
}

#[test]
fn a_table_comes_from_stdin_once_and_is_known_again() {
    let project = Project::new();
    let piped = |bytes: &[u8], input: &str, more: &[&str]| {
        let set = format!("input={input}");
        let mut arguments = vec!["run", "casebook.yaml", "--set", &set];
        arguments.extend(more);
        let mut child = project
            .command(&arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(bytes).unwrap();
        let ended = child.wait_with_output().unwrap();
        (ended.status.code(), String::from_utf8(ended.stdout).unwrap() + &String::from_utf8(ended.stderr).unwrap())
    };
    let rows = b"[{\"id\": \"a\", \"text\": \"one\"}, {\"id\": \"b\", \"text\": \"two\"}]";
    let named = "{path: \"-\", key: id, format: json}";
    let (code, said) = piped(rows, "{path: \"-\", key: id}", &[]);
    assert_eq!(code, Some(2));
    assert!(said.contains("cannot tell the format of stdin"), "{said}");
    assert!(piped(rows, named, &["--dry-run"]).1.contains("2 to ask"));
    assert_eq!(piped(rows, named, &[]).0, Some(0));
    assert_eq!(project.calls(), calls(2, 0));
    assert!(piped(rows, named, &[]).1.contains("2 rows of stdin, unchanged"));
    assert_eq!(project.calls(), calls(2, 0));
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    packed.write_all(rows).unwrap();
    assert_eq!(piped(&packed.finish().unwrap(), named, &[]).0, Some(0));
    assert_eq!(project.calls(), calls(2, 0));
    assert_eq!(project.list("SELECT text FROM results"), ["one", "two"]);
    project.assert_sound();
}

#[test]
fn a_packed_table_is_unpacked_to_a_bound() {
    let mut project = Project::new();
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    packed.write_all(b"id,text\na,one\n").unwrap();
    let packed = packed.finish().unwrap();
    project.write("i.csv.gz", &packed);
    project.set("input.path", "i.csv.gz");
    project.run();
    assert_eq!(project.list("SELECT text FROM results"), ["one"]);
    // Members one after the other, and zeros that fill a block.
    let mut padded = packed.clone();
    let mut second = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    second.write_all(b"b,two\n").unwrap();
    padded.extend([0; 100]);
    padded.extend(second.finish().unwrap());
    padded.resize(padded.len() + 70_000, 0);
    project.write("i.csv.gz", &padded);
    project.run();
    assert_eq!(project.list("SELECT text FROM results"), ["one", "two"]);
    let refused = |name: &str, more: &str| {
        let ended =
            project.casebook(&["run", "casebook.yaml", "--set", &format!("input={{path: {name}, key: id{more}}}")]);
        assert_eq!(ended.code, Some(2), "{ended:?}");
        ended.stderr
    };
    let said = refused("i.csv.gz", ", max_unpacked_bytes: 13");
    assert!(said.contains("unpacks to more than 13 bytes (`input.max_unpacked_bytes`)"), "{said}");
    project.write("cut.csv.gz", &packed[..packed.len() - 12]);
    assert!(refused("cut.csv.gz", "").contains("the gzip file ends too early"));
    project.write("plain.csv.gz", "id,text\na,one\n");
    assert!(refused("plain.csv.gz", "").contains("it is no gzip file"));
}

#[test]
fn a_delimiter_that_is_none_is_refused() {
    let project = Project::new();
    for (value, expected) in
        [("\";;\"", "expected one character"), ("'\"'", "cannot be a delimiter"), ("\"\"", "expected one")]
    {
        let set = format!("input={{path: input.csv, delimiter: {value}}}");
        let ended = project.casebook(&["run", "casebook.yaml", "--set", &set]);
        assert_eq!(ended.code, Some(2));
        assert!(ended.stderr.contains(expected) && ended.stderr.contains("input.delimiter"), "{ended:?}");
    }
    let tabs = Project::new();
    tabs.write("input.csv", "id\ttext\na\tx, y\n");
    for tab in ["tab", "\"\\t\"", "'\\t'"] {
        assert!(notes(&tabs, &[&format!("input={{path: input.csv, key: id, delimiter: {tab}}}")]).is_empty());
    }
}

#[test]
fn how_a_table_of_answers_was_read_is_said_with_its_own_keys() {
    let mut project = Project::recorded(&[]);
    project.write("input.csv", "id,text\na,one\n");
    let answer = r#"{"label": "one", "note": "x, y"}"#;
    project.write("answers.csv", format!("id;attempt;answer\na;1;\"{}\"\n", answer.replace('"', "\"\"")));
    let notes = |project: &Project| {
        let mut notes = Vec::new();
        let ended = engine::run(&project.options(), &mut |event| {
            if let RunEvent::Note(note) = event {
                notes.push(note.clone());
            }
        });
        ended.map(|_| notes).map_err(|error| error.to_string())
    };
    let said = "answers.csv: cells are separated by `;`, since a comma gives one column: `recorded.delimiter` says \
                otherwise";
    assert_eq!(notes(&project), Ok(vec![said.to_owned()]));
    assert_eq!(project.list("SELECT answer FROM attempts"), [answer]);
    project.set("llm.recorded.delimiter", "\";\"");
    assert_eq!(notes(&project), Ok(Vec::new()));
    project.assert_sound();
    project.set("llm.recorded.delimiter", "\";;\"");
    let refused = notes(&project).unwrap_err();
    assert!(refused.contains("`llm.recorded.delimiter`: expected one character"), "{refused}");

    let mut strict = Project::recorded(&[]);
    strict.write("input.csv", "id,text\na,one\n");
    strict.write("answers.csv", "id;attempt;answer\na;1;x\n");
    strict.set("llm.recorded.guess", "false");
    assert!(notes(&strict).is_err());
}

#[test]
fn the_same_texts_from_a_workbook_ask_nothing_again() {
    let mut project = Project::new();
    project.edit("prompt.yaml", "{{ row.text }}", "{{ row.text }} {{ row.text is string }}");
    project.write("input.csv", "id,text\na,5\nb,null and void\nc,[1]\nd,true\n");
    project.run();
    assert_eq!(project.calls(), calls(4, 0));
    let mut book = rust_xlsxwriter::Workbook::new();
    let sheet = book.add_worksheet();
    let rows = [["id", "text"], ["a", ""], ["b", "null and void"], ["c", "[1]"], ["d", "true"]];
    sheet.write_row_matrix(0, 0, rows).unwrap();
    sheet.write(1, 1, 5.0).unwrap();
    project.write("input.xlsx", book.save_to_buffer().unwrap());
    project.set("input.path", "input.xlsx");
    project.run();
    assert_eq!(project.calls(), calls(4, 0));
    assert_eq!(project.list("SELECT text FROM results"), ["5", "null and void", "[1]", "true"]);
    project.assert_sound();
}

#[test]
fn another_configuration_of_the_same_run_file_is_said() {
    let project = Project::new();
    assert_eq!(project.casebook(&["run", "casebook.yaml"]).code, Some(0));
    project.write("other.yaml", project.read("casebook.yaml"));
    for more in [&["--dry-run"][..], &[]] {
        let ended = project.casebook(&[&["run", "other.yaml"], more].concat());
        let note = "test.db was last run with casebook.yaml: it follows other.yaml now";
        assert!(ended.stderr.contains(note) || ended.stdout.contains(note), "{ended:?}");
    }
    let ended = project.casebook(&["run", "casebook.yaml", "--db", "another.db"]);
    assert!(!ended.stderr.contains("was last run with"), "{ended:?}");
    project.assert_sound();
}
