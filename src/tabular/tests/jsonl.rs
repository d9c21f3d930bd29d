use super::*;
use crate::tabular::ColumnChoice;

#[test]
fn keys_become_columns_in_order_of_first_appearance() {
    let (columns, rows, notes) =
        read(TableFormat::Jsonl, "\u{feff}{\"b\": \"x\", \"a\": 1}\n\n{\"c\": null, \"a\": true}\r\n{}\n");
    assert_eq!(columns, ["b", "a", "c"]);
    assert_eq!(rows, [row(1, ["x", "1", ""]), row(3, ["", "true", ""]), row(4, ["", "", ""])]);
    assert_eq!((notes.bom, notes.blank_lines, notes.empty_records), (true, 1, 1));
}

#[test]
fn values_keep_their_text() {
    let (_, rows, notes) = read(
        TableFormat::Jsonl,
        r#"{"a": 1.0, "b": 1e5, "c": -0, "d": 12345678901234567890123, "e": [1,  "x \" ] y", {"k" : null}], "f": {"z": "  None  "}, "g": " \u00e9\n x ", "h": "NaN", "\u0069": "key"}"#,
    );
    assert_eq!(
        rows,
        [row(
            1,
            [
                "1.0",
                "1e5",
                "-0",
                "12345678901234567890123",
                r#"[1,"x \" ] y",{"k":null}]"#,
                r#"{"z":"  None  "}"#,
                "é x",
                "",
                "key"
            ]
        )]
    );
    assert_eq!((notes.null_tokens, notes.cells_cleaned), (1, 1));
}

#[test]
fn other_encodings_serve_too() {
    let bytes: Vec<u8> = "\u{feff}{\"a\":\"é\"}\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let options = ReadOptions { encoding: "utf-16".to_owned(), ..ReadOptions::new(TableFormat::Jsonl) };
    assert_eq!(read_with(bytes, &options).unwrap().1, [row(1, ["é"])]);
}

#[test]
fn what_is_no_object_is_refused_with_its_line() {
    let second = |line: &str| format!("{{\"a\":1}}\n{line}\n");
    for (line, expected) in [
        ("[1]", "line 2: expected a JSON object, found an array"),
        ("\"x\"", "found a string"),
        ("1.5", "found a number"),
        ("null", "found null"),
        ("true", "found a boolean"),
        ("{\"a\":1", "line 2: is not valid JSON: EOF while parsing an object at column 6"),
        ("{\"a\":1}}", "trailing characters at column 8"),
        ("{\"a\":NaN}", "line 2: is not valid JSON"),
        ("{'a':1}", "line 2: is not valid JSON"),
        ("hello", "line 2: is not valid JSON: expected value"),
        ("[1", "line 2: is not valid JSON"),
        ("{\"a\":1,\"\\u0061\":2}", "line 2: the key `a` occurs twice"),
        ("{\"a\":\"\\u0000\"}", "line 2: contains a NUL"),
        ("{\"a\":\"\\ud800\"}", "line 2: is not valid JSON"),
        ("{\"A\":1}", "columns 1 (`a`) and 2 (`A`) differ only in case"),
        ("{\" a\":1}", "`a` is the name of columns 1 and 2"),
        ("{\"\":1}", "column 2 has no name"),
    ] {
        assert_error(TableFormat::Jsonl, second(line), expected);
    }
    assert_error(TableFormat::Jsonl, "\n\n", "the file is empty");
    assert_error(TableFormat::Jsonl, "{}\n{}\n", "the file is empty");
    assert_error(TableFormat::Jsonl, "[\n{\"a\":1}\n]", "line 1: is not valid JSON");
}

#[test]
fn deep_nesting_is_a_cell_like_any_other() {
    let deep = format!("{}{}", "[".repeat(10_000), "]".repeat(10_000));
    let (_, rows, _) = read(TableFormat::Jsonl, format!("{{\"a\":{deep}}}\n"));
    assert_eq!(rows[0].1[0], deep);
}

#[test]
fn only_chosen_columns_are_read_and_all_are_checked() {
    let text = "{\"a\": 1, \"b\": \"x\", \"c\": [2]}\n{\"a\": 3, \"c\": null}\n";
    let read = |choice: ColumnChoice| {
        let options = ReadOptions { choice, ..ReadOptions::new(TableFormat::Jsonl) };
        let mut table = Table::open(std::io::Cursor::new(text), "t.jsonl", &options).unwrap();
        let columns = table.columns().to_vec();
        assert_eq!(table.written_columns(), ["a", "b", "c"]);
        let first = table.next_record().unwrap().unwrap();
        (columns, first.fields, first.json)
    };
    let texts = |all: &[&str]| all.iter().map(|it| (*it).to_owned()).collect::<Vec<_>>();
    let name = |name: &str| vec![name.to_owned()];
    assert_eq!(read(ColumnChoice::Without(name("a"))), (texts(&["b", "c"]), texts(&["x", "[2]"]), vec![1]));
    assert_eq!(read(ColumnChoice::Only(name("a"))), (texts(&["a"]), texts(&["1"]), vec![0]));
    assert_eq!(read(ColumnChoice::Without(name("other"))).0, ["a", "b", "c"]);
}
