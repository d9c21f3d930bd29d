use proptest::prelude::*;
use serde_json::json;

use super::*;

fn print(format: RowFormat, columns: &[&str], rows: &[Vec<Cell>]) -> String {
    let mut out = Vec::new();
    let columns = columns.iter().map(|it| (*it).to_owned()).collect();
    let mut writer = RowPrinter::begin(&mut out, format, PrintTarget::default(), columns).unwrap();
    for row in rows {
        writer.row(row.clone()).unwrap();
    }
    assert_eq!(writer.finish().unwrap(), rows.len() as u64);
    String::from_utf8(out).unwrap()
}

fn rows() -> Vec<Vec<Cell>> {
    vec![
        vec![Cell::Integer(1), Cell::from("plain"), Cell::Null],
        vec![Cell::Integer(-20), Cell::from("a|b, \"c\"\n\\d\te"), Cell::Real(0.5)],
        vec![Cell::Null, Cell::Json(json!({"a": [1, null]})), Cell::Blob(3)],
    ]
}

#[test]
fn every_format_writes_the_same_rows() {
    let columns = ["n", "text", "x"];
    insta::assert_snapshot!(print(RowFormat::Table, &columns, &rows()), @r#"
        n   text              x
    ────────────────────────────────────
        1   plain             NULL
      -20   a|b, "c"\n\d\te   0.5
     NULL   {"a":[1,null]}    <3 bytes>
    "#);
    insta::assert_snapshot!(print(RowFormat::Json, &columns, &rows()), @r#"
    [
      {"n": 1, "text": "plain", "x": null},
      {"n": -20, "text": "a|b, \"c\"\n\\d\te", "x": 0.5},
      {"n": null, "text": {"a":[1,null]}, "x": "<3 bytes>"}
    ]
    "#);
    insta::assert_snapshot!(print(RowFormat::Jsonl, &columns, &rows()), @r#"
    {"n": 1, "text": "plain", "x": null}
    {"n": -20, "text": "a|b, \"c\"\n\\d\te", "x": 0.5}
    {"n": null, "text": {"a":[1,null]}, "x": "<3 bytes>"}
    "#);
    insta::assert_snapshot!(print(RowFormat::Csv, &columns, &rows()), @r#"
    n,text,x
    1,plain,
    -20,"a|b, ""c""
    \d	e",0.5
    ,"{""a"":[1,null]}",<3 bytes>
    "#);
    insta::assert_snapshot!(print(RowFormat::Psv, &columns, &rows()), @r#"
    n|text|x
    1|plain|
    -20|a\|b, "c"\n\\d\te|0.5
    |{"a":[1,null]}|<3 bytes>
    "#);
    insta::assert_snapshot!(print(RowFormat::Md, &columns, &rows()), @r#"
    | n | text | x |
    | --- | --- | --- |
    | 1 | plain |  |
    | -20 | a\|b, "c"<br>\\d\\te | 0.5 |
    |  | {"a":\[1,null]} | \<3 bytes> |
    "#);
}

#[test]
fn no_rows_are_still_valid() {
    assert_eq!(print(RowFormat::Json, &["a"], &[]), "[]\n");
    assert_eq!(print(RowFormat::Jsonl, &["a"], &[]), "");
    assert_eq!(print(RowFormat::Csv, &["a", "b"], &[]), "a,b\n");
    assert!(print(RowFormat::Table, &["a"], &[]).starts_with(" a\n"));
}

#[test]
fn repeated_columns_are_told_apart_in_objects() {
    let row = vec![vec![Cell::Integer(1), Cell::Integer(2), Cell::Integer(3), Cell::Integer(4)]];
    let text = print(RowFormat::Jsonl, &["a", "a", "a_2", "a"], &row);
    let value: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(value.as_object().unwrap().len(), 4, "{text}");
}

#[test]
fn a_number_that_json_lacks_is_named() {
    assert_eq!(print(RowFormat::Jsonl, &["x"], &[vec![Cell::Real(f64::INFINITY)]]), "{\"x\": \"inf\"}\n");
}

#[test]
fn long_cells_are_cut_in_tables_on_a_terminal_only() {
    let long = "x".repeat(5_000);
    let row = vec![vec![Cell::from(long.as_str())]];
    for format in [RowFormat::Table, RowFormat::Json, RowFormat::Jsonl, RowFormat::Csv, RowFormat::Psv, RowFormat::Md] {
        assert!(print(format, &["a"], &row).contains(&long));
    }
    let target = PrintTarget { terminal: true, width: Some(80), ..PrintTarget::default() };
    let shown = super::super::table(&["a".to_owned()], &row, target);
    assert_eq!(shown.matches('x').count(), 999, "{shown}");
}

#[test]
fn long_tables_come_in_pieces() {
    let rows: Vec<Vec<Cell>> = (0..2500).map(|n| vec![Cell::Integer(n)]).collect();
    let text = print(RowFormat::Table, &["number"], &rows);
    assert_eq!(text.matches("number").count(), 3);
}

#[test]
fn a_closed_pipe_is_an_error_and_no_panic() {
    struct Closed;
    impl Write for Closed {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(io::ErrorKind::BrokenPipe.into())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let begun = RowPrinter::begin(Closed, RowFormat::Csv, PrintTarget::default(), vec!["a".to_owned()]);
    assert_eq!(begun.err().unwrap().kind(), io::ErrorKind::BrokenPipe);
}

#[test]
fn json_on_a_terminal_holds_the_same_and_does_nothing() {
    let value = "a\u{9b}31m\u{202e}b\u{7f}";
    let row = vec![Cell::from(value)];
    for (format, terminal) in [(RowFormat::Json, true), (RowFormat::Jsonl, true), (RowFormat::Jsonl, false)] {
        let mut out = Vec::new();
        let target = PrintTarget { terminal, ..PrintTarget::default() };
        let mut writer = RowPrinter::begin(&mut out, format, target, vec![value.to_owned()]).unwrap();
        writer.row(row.clone()).unwrap();
        writer.finish().unwrap();
        let text = String::from_utf8(out).unwrap();
        assert_eq!(text.contains(['\u{9b}', '\u{202e}', '\u{7f}']), !terminal, "{text}");
        let read: Value = serde_json::from_str(&text).unwrap();
        let object = read.get(0).unwrap_or(&read);
        assert_eq!(object[value], value);
    }
}

#[test]
fn records_are_numbered_and_whole() {
    let long = "x".repeat(500);
    let rows = [vec![Cell::from("a\n\tb\u{1b}[31m"), Cell::Null], vec![Cell::from(long.as_str()), Cell::from("")]];
    let printed = print(RowFormat::Records, &["text", "none"], &rows);
    let line = |number: u8| format!("─ {number} {}", "─".repeat(76));
    assert_eq!(
        printed,
        format!("{}\ntext  a\n          b\\u{{1b}}[31m\nnone  NULL\n\n{}\ntext  {long}\nnone\n", line(1), line(2))
    );
}

proptest! {
    #[test]
    fn csv_reads_back(fields in proptest::collection::vec(any::<String>(), 1..4)) {
        let columns: Vec<String> = (0..fields.len()).map(|n| format!("c{n}")).collect();
        let names: Vec<&str> = columns.iter().map(String::as_str).collect();
        let text = print(RowFormat::Csv, &names, &[fields.iter().map(|it| Cell::from(it.as_str())).collect()]);
        let mut reader = csv::Reader::from_reader(text.as_bytes());
        let row: Vec<String> = reader.records().next().unwrap().unwrap().iter().map(str::to_owned).collect();
        prop_assert_eq!(row, fields);
    }

    #[test]
    fn psv_keeps_a_row_on_one_line(text in any::<String>()) {
        let printed = print(RowFormat::Psv, &["a", "b"], &[vec![Cell::from(text.as_str()), Cell::Null]]);
        prop_assert_eq!(printed.matches('\n').count(), 2);
    }

    #[test]
    fn people_never_see_a_raw_control(text in any::<String>()) {
        for format in [RowFormat::Table, RowFormat::Md] {
            let printed = print(format, &["a"], &[vec![Cell::from(text.as_str())]]);
            prop_assert!(!printed.chars().any(|it| it.is_control() && it != '\n'));
        }
    }
}
