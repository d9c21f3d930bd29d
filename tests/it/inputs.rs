//! Every way a table can come in, from the file to the exported values, and what people read of those that cannot.

use std::fmt::Write as _;

use insta::assert_snapshot;
use rust_xlsxwriter::Workbook;

use crate::projects::{NONE, Project, ROWS, calls};

/// A project whose input is this file.
fn project(name: &str, bytes: impl AsRef<[u8]>) -> Project {
    let mut project = Project::new();
    project.write(name, bytes);
    project.set("input.path", name);
    project.set("outputs.formats", "[jsonl, psv]");
    project
}

/// The `text` of each row as the run file holds it, after a run of the file.
fn texts(project: &Project) -> Vec<String> {
    project.run();
    let exported: Vec<String> =
        project.outputs().iter().map(|it| it["input"]["text"].as_str().unwrap().to_owned()).collect();
    assert_eq!(project.list("SELECT text FROM results"), exported);
    exported
}

/// What `casebook run` says of an input that cannot be read; the run file holds no row of it.
#[track_caller]
fn refused(project: &Project) -> String {
    let ended = project.casebook(&["run", "casebook.yaml", "--set", &format!("input={}", project.input())]);
    assert_eq!(ended.code, Some(2), "{ended:?}");
    if project.db().exists() {
        assert_eq!(project.number("SELECT (SELECT count(*) FROM input_row) + (SELECT count(*) FROM dataset)"), 0);
    }
    let said = ended.stderr.replace(&*project.dir().to_string_lossy(), "DIR");
    said[said.find("error:").unwrap_or_default()..].trim_end().to_owned()
}

const WORDS: [&str; 3] = ["Grüße, 日本", "naïve | pipe", "\"quoted\""];

#[test]
fn every_text_format_gives_the_same_rows_under_the_same_ids() {
    let csv = "id,text\na,\"Grüße, 日本\"\nb,naïve | pipe\nc,\"\"\"quoted\"\"\"\n";
    let tsv = "id\ttext\na\tGrüße, 日本\nb\tnaïve | pipe\nc\t\"\"\"quoted\"\"\"\n";
    let psv = "id|text\na|Grüße, 日本\nb|naïve \\| pipe\nc|\\\"quoted\\\"\n";
    let jsonl = "{\"id\":\"a\",\"text\":\"Grüße, 日本\"}\n{\"text\":\"naïve | pipe\",\"id\":\"b\"}\n{\"id\":\"c\",\"text\":\"\\\"quoted\\\"\"}\n";
    let mut ids = Vec::new();
    for (name, text) in [("i.csv", csv), ("i.tsv", tsv), ("i.psv", psv), ("i.jsonl", jsonl)] {
        let mut project = project(name, text);
        project.set("input.key", "null");
        assert_eq!(texts(&project), WORDS, "{name}");
        ids.push(project.list("SELECT work_id FROM results"));
    }
    assert!(ids.windows(2).all(|pair| pair[0] == pair[1]), "{ids:?}");
}

#[test]
fn workbooks() {
    let mut book = Workbook::new();
    book.add_worksheet().set_name("First").unwrap();
    let sheet = book.add_worksheet().set_name("Data").unwrap();
    for (column, name) in ["id", "text", "number"].iter().enumerate() {
        sheet.write(0, u16::try_from(column).unwrap(), *name).unwrap();
    }
    for (row, word) in (1..).zip(WORDS) {
        sheet.write(row, 0, format!("r{row}")).unwrap();
        sheet.write(row, 1, word).unwrap();
        sheet.write(row, 2, f64::from(row) * 1.5).unwrap();
    }
    let mut project = project("i.xlsx", book.save_to_buffer().unwrap());
    project.set("input.sheet", "Data");
    assert_eq!(texts(&project), WORDS);
    assert_eq!(project.list("SELECT number FROM results"), ["1.5", "3", "4.5"]);
    project.assert_sound();
}

#[test]
fn an_open_document_spreadsheet() {
    let bytes = std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/tabular/table.ods")).unwrap();
    let mut project = project("i.ods", bytes);
    project.set("input.key", "null");
    project.edit("prompt.yaml", "{{ row.text }}", "{{ context }}");
    let summary = project.run();
    assert!(summary.counts.accepted > 0 && summary.counts.accepted == summary.counts.planned);
    project.assert_sound();
}

#[test]
fn encodings() {
    let text = "id,text\na,Grüße\nb,ä\n";
    let utf16 = |big: bool| -> Vec<u8> {
        let units = std::iter::once(0xFEFF).chain(text.encode_utf16());
        units.flat_map(|unit| if big { unit.to_be_bytes() } else { unit.to_le_bytes() }).collect()
    };
    let latin: Vec<u8> = text.chars().map(|it| u8::try_from(u32::from(it)).unwrap()).collect();
    let cases = [
        ("utf-8", text.as_bytes().to_vec()),
        ("utf-8", [b"\xef\xbb\xbf", text.as_bytes()].concat()),
        ("utf-16", utf16(false)),
        ("utf-16", utf16(true)),
        ("windows-1252", latin),
    ];
    for (encoding, bytes) in cases {
        let mut project = project("i.csv", bytes);
        project.set("input.encoding", encoding);
        assert_eq!(texts(&project), ["Grüße", "ä"], "{encoding}");
    }
    // 日本 in Shift-JIS; the second byte of 表 is a backslash there.
    let mut project = project("i.csv", b"id,text\na,\x93\xfa\x96\x7b\nb,\x95\x5c\n");
    project.set("input.encoding", "shift_jis");
    assert_eq!(texts(&project), ["日本", "表"]);
    project.assert_sound();
}

#[test]
fn line_ends_and_cells_of_several_lines() {
    for end in ["\n", "\r\n", "\r"] {
        let project = project("i.csv", ["id,text", "a,\"one", "two\"", "b,three", ""].join(end));
        assert_eq!(texts(&project), ["one two", "three"], "{end:?}");
        assert_eq!(project.list("SELECT line FROM input_row ORDER BY row_index"), ["2", "4"]);
    }
}

#[test]
fn words_for_nothing_and_blank_lines_are_counted() {
    let project = project("i.csv", "id,text,more\na,NULL,n/a\n\nb,  two   spaces ,None\n\n\nc,zero\u{200b}width,NaN\n");
    assert_eq!(texts(&project), ["", "two spaces", "zerowidth"]);
    let anomalies = project.list("SELECT kind || ': ' || detail FROM anomalies WHERE stage = 'ingest' ORDER BY kind");
    assert_eq!(
        anomalies,
        [
            "blank_lines: 3 blank lines were skipped",
            "cells_cleaned: 2 cells had white space or zero-width characters collapsed",
            "empty_column: no row has a value in this column",
            "null_tokens: 4 cells held a word for no value and are empty now",
        ]
    );
    let counted = project.text("SELECT anomalies FROM manifests WHERE stage = 'ingest'");
    assert_eq!(counted, r#"{"blank_lines":1,"cells_cleaned":1,"empty_column":1,"null_tokens":1}"#);
    project.assert_sound();
}

#[test]
fn equal_rows_without_a_key_each_keep_their_own_work() {
    let mut project = project("i.csv", "text\nsame\nother\nsame\nsame\n");
    project.set("input.key", "null");
    assert_eq!(project.cost(), calls(2, 0), "equal requests share a call");
    assert_eq!(project.number("SELECT count(DISTINCT work_id) FROM results"), 4);
    assert_eq!(project.list("SELECT kind FROM anomalies WHERE stage = 'ingest'"), ["equal_rows"]);
    let ids = project.list("SELECT work_id FROM results WHERE text = 'same'");
    project.write("i.csv", "text\nother\nsame\nsame\nsame\nsame\n");
    assert_eq!(project.cost(), NONE);
    assert_eq!(project.list("SELECT work_id FROM results WHERE text = 'same'")[..3], ids[..]);
    project.assert_sound();
}

#[test]
fn our_own_export_is_an_input_with_the_same_values() {
    let mut first = Project::new();
    first.write("input.csv", "id,text,remark\na,\"pipe | back\\slash\",\"say \"\"x\"\"\"\nb,'=1+1,\nc,last,x\n");
    first.set("outputs.formats", "[psv, csv, jsonl]");
    first.run();
    for name in ["output.psv", "output.csv"] {
        let mut second = project(name, first.read(&format!("out/test/{name}")));
        second.run();
        for query in ["SELECT text FROM results", "SELECT remark FROM results", "SELECT label FROM results"] {
            assert_eq!(second.list(query), first.list(query), "{name}: {query}");
        }
        let names = second.list("SELECT name FROM pragma_table_info('results')");
        for name in ["status", "casebook_status", "label", "parsed_label", "note", "parsed_note"] {
            assert!(names.iter().any(|it| it == name), "{name} is not among {names:?}");
        }
        second.set("input.key", "null");
        second.run();
        second.assert_sound();
    }
}

#[test]
fn keys_that_repeat_or_are_missing_are_refused() {
    assert_snapshot!(refused(&project("i.csv", "id,text\na,one\nb,two\n\na,three\n")), @"
    error: i.csv, lines 2 and 5: both rows have the key `a`
    hint: a key names exactly one row: correct the file, name another column, or leave `input.key` out
    ");
    assert_snapshot!(refused(&project("i.csv", "id,text\na,one\n,two\n")), @"
    error: i.csv, line 3: the key column `id` is empty
    hint: a key names exactly one row: correct the file, name another column, or leave `input.key` out
    ");
}

#[test]
fn files_of_another_kind_are_refused() {
    assert_snapshot!(refused(&project("i.csv", b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n")), @"error: i.csv: seems to be a PDF document, not csv: set `input.format` to what it is, or save it as csv in UTF-8");
    assert_snapshot!(refused(&project("i.csv", b"PK\x03\x04\x14\0\x06\0")), @"error: i.csv: seems to be a zip archive, not csv: set `input.format` to what it is, or save it as csv in UTF-8");
    assert_snapshot!(refused(&project("i.xlsx", "id,text\na,one\n")), @"error: i.xlsx: seems to be text, or something else that is no workbook, not xlsx: set `input.format` to what it is, or save it as csv in UTF-8");
    assert_snapshot!(refused(&project("i.dat", "id,text\na,one\n")), @"
    error: cannot tell the format of i.dat, named by `input.path`
    hint: name it with `format: csv` (or tsv, psv, xlsx, ods, jsonl, json) beside the path; a document has `format: text`, markdown, html, docx or pdf
    ");
    assert_snapshot!(refused(&project("i.csv", "")), @"error: i.csv: the file is empty: expected a header and rows");
    assert_snapshot!(refused(&project("i.csv", "id,text\n")), @"error: i.csv: there is no row below the header");
    let mut book = Workbook::new();
    book.add_worksheet().write(0, 0, "id").unwrap();
    let mut bytes = book.save_to_buffer().unwrap();
    bytes.truncate(bytes.len() / 2);
    let said = refused(&project("i.xlsx", bytes));
    assert!(said.contains("the workbook is damaged, incomplete or password-protected"), "{said}");
}

#[test]
fn rows_and_headers_that_do_not_fit_are_refused() {
    assert_snapshot!(refused(&project("i.csv", "id,text\na,one\nb,two,three\n")), @r#"
    error: i.csv: line 3: expected 2 fields, as in the header, but found 3
    hint: a cell that holds the delimiter is quoted (`"a, b"`) in csv and tsv, and escaped (`\|`) in psv
    "#);
    assert_snapshot!(refused(&project("i.csv", "id,text\na,\"one\"x\n")), @r#"error: i.csv: line 2: there is text after the closing quote of the cell that opens in line 2: double the quotes that are text (`""`)"#);
    assert_snapshot!(refused(&project("i.csv", "id,text\na,one\nb,\"never closed\n")), @r#"error: i.csv: line 3: a quoted cell that opens here is never closed: add the missing `"`, or double the quotes that are text"#);
    assert_snapshot!(refused(&project("i.csv", "id,text,text\na,one,two\n")), @"error: i.csv: line 1: `text` is the name of columns 2 and 3: names must be unique");
    assert_snapshot!(refused(&project("i.csv", "id,,text\na,one,two\n")), @"
    error: i.csv: line 1: column 2 has no name
    hint: give it a name in the header, or remove the column
    ");
    assert_snapshot!(refused(&project("i.psv", "id|text\na|one|two\n")), @r#"
    error: i.psv: line 2: expected 2 fields, as in the header, but found 3
    hint: a cell that holds the delimiter is quoted (`"a, b"`) in csv and tsv, and escaped (`\|`) in psv
    "#);
    assert_snapshot!(refused(&project("i.jsonl", "{\"id\":1,\"text\":\"one\"}\n{\"id\":2,\n")), @"error: i.jsonl: line 2: is not valid JSON: EOF while parsing a value at column 8");
    assert_snapshot!(refused(&project("i.jsonl", "[1]\n")), @"error: i.jsonl: line 1: expected a JSON object, found an array: jsonl has one object a line; one array of them is `format: json`");
}

#[test]
fn bytes_that_the_encoding_does_not_have_are_refused() {
    assert_snapshot!(refused(&project("i.csv", b"id,text\na,one\nb,Gr\xfc\xdfe\n")), @"error: i.csv: line 3: the bytes FC at offset 18 of the file are not valid UTF-8: set `input.encoding` to the file's real encoding (windows-1252, shift_jis, utf-16, …) or save it as UTF-8");
    assert_snapshot!(refused(&project("i.csv", b"id,text\na,o\0ne\n")), @"error: i.csv: line 2: contains a NUL character (U+0000), which no text may hold: remove it, or set `input.encoding: utf-16` if that is what the file is");
    let mut named = project("i.csv", ROWS);
    named.set("input.encoding", "utf-9");
    assert_snapshot!(refused(&named), @"error: i.csv: `utf-9` is not a known encoding: set `input.encoding` to one such as utf-8, utf-16, windows-1252, shift_jis or gbk");
    named.set("input.encoding", "utf-16");
    let said = refused(&named);
    assert!(said.contains("i.csv"), "{said}");
}

#[test]
fn a_row_that_is_refused_late_leaves_nothing_and_the_repaired_file_runs() {
    let rows = |last: &str| {
        let mut text = "id,text\n".to_owned();
        (0..500).for_each(|row| writeln!(text, "r{row},text {row}").unwrap());
        text + last
    };
    let project = project("i.csv", rows("r500,one,two\n"));
    assert!(refused(&project).contains("line 502"));
    assert_eq!(project.list("SELECT status FROM manifests WHERE stage = 'ingest'"), ["failed"]);
    project.write("i.csv", rows("r500,one\n"));
    assert_eq!(project.cost(), calls(501, 0));
    project.assert_sound();
}
