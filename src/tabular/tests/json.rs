use super::super::error::TablePlace;
use super::*;

#[test]
fn an_array_of_objects_becomes_records() {
    let text =
        "\u{feff} [ {\"b\": \"x\", \"a\": 1.0},\n  {\"c\": null,\r\n \"a\": [1, {\"k\": \"]}\\\"\"}]} , {} ]\n\n";
    let (columns, rows, notes) = read(TableFormat::Json, text);
    assert_eq!(columns, ["b", "a", "c"]);
    assert_eq!(rows, [row(1, ["x", "1.0", ""]), row(2, ["", "[1,{\"k\":\"]}\\\"\"}]", ""]), row(3, ["", "", ""])]);
    assert!(notes.bom);
    // The same as jsonl.
    assert_eq!(read(TableFormat::Json, "[{\"a\":\"\u{e9}\\n1\"},{\"a\":-0}]").1[0].1, ["é 1"]);
}

#[test]
fn elements_may_be_longer_than_a_piece_and_of_any_encoding() {
    let long = "ü".repeat(200_000);
    let (_, rows, _) = read_raw(TableFormat::Json, format!("[{{\"a\":\"{long}\"}},{{\"a\":\"{long}x\"}}]"));
    assert_eq!(rows, [(1, vec![long.clone()]), (1, vec![format!("{long}x")])]);
    let bytes: Vec<u8> = "[{\"a\":\"é\"}]".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let options = ReadOptions { encoding: "utf-16le".to_owned(), ..ReadOptions::new(TableFormat::Json) };
    assert_eq!(read_with(bytes, &options).unwrap().1, [row(1, ["é"])]);
}

#[test]
fn faults_name_the_element_and_its_line() {
    for (text, expected) in [
        ("[{\"a\":1},\n[2]]", "element 2 (line 2): expected a JSON object, found an array: each row is one object"),
        ("[{\"a\":1}, 7]", "element 2 (line 1): expected a JSON object, found a number"),
        ("[{\"a\":1},\n{\"b\":\n tru}]", "element 2 (line 3): is not valid JSON: expected ident"),
        ("[{\"a\":1},{\"a\":1,\"a\":2}]", "element 2 (line 1): the key `a` occurs twice"),
        ("[{\"a\":1}\n{\"a\":2}]", "line 2: is not valid JSON: expected `,` or `]` after element 1, found `{`"),
        ("[{\"a\":1},\n]", "is not valid JSON: expected an element after `,`, found `]`"),
        ("[{\"a\":1}", "in: line 1: is not valid JSON: the file ends without the `]` that closes the array"),
        ("[{\"a\":1},\n", "in: line 2: is not valid JSON: the file ends without the `]` that closes the array"),
        ("[\n", "in: line 2: is not valid JSON: the file ends without the `]` that closes the array"),
        ("[{\"a\":1},{\"a\"", "element 2 (line 1): is not valid JSON: the file ends within the element"),
        ("[{\"a\":1}] x", "in: line 1: is not valid JSON: expected nothing after the array, found `x`"),
        ("[,{\"a\":1}]", "is not valid JSON: expected an element, found `,`"),
        (
            "{\"a\":1}\n{\"a\":2}",
            "line 1: expected an array of JSON objects, found an object: `input.format: jsonl` reads one a line",
        ),
        ("\"x\"", "expected an array of JSON objects, found a string"),
        ("[{\"a\":\"x\\u0000\"}]", "element 1 (line 1): contains a NUL"),
        ("[]", "there is no row below the header"),
        ("[{}]", "the file is empty"),
        (" ", "the file is empty"),
    ] {
        assert_error(TableFormat::Json, text, expected);
    }
    assert_error(TableFormat::Jsonl, "[{\"a\":1}]\n", "one array of them is `format: json`");
    let error = read_with("[{\"a\":1},\n\n 2]", &ReadOptions::new(TableFormat::Json)).unwrap_err();
    assert_eq!(error.place, TablePlace::Element { number: 2, line: 3 });
}

#[test]
fn values_that_are_no_texts_are_told_from_texts_as_in_jsonl() {
    let deep = format!("{}{}", "[".repeat(10_000), "]".repeat(10_000));
    let objects = [
        r#"{"n": 5.00, "b": true, "z": null, "o": {"k": [1]}, "t": "5", "e": ""}"#.to_owned(),
        r#"{"n": "None", "e": "null"}"#.to_owned(),
        format!("{{\"o\": {deep}}}"),
    ];
    let kinds = |format: TableFormat, text: String| {
        let mut table = Table::open(Cursor::new(text), "in", &ReadOptions::new(format)).unwrap();
        let mut rows = Vec::new();
        while let Some(record) = table.next_record().unwrap() {
            rows.push((record.fields, record.json));
        }
        rows
    };
    let rows = kinds(TableFormat::Json, format!("[{}]", objects.join(",\n")));
    assert_eq!(rows[0].0, ["5.00", "true", "", r#"{"k":[1]}"#, "5", ""]);
    assert_eq!(
        rows.iter().map(|it| it.1.clone()).collect::<Vec<_>>(),
        [vec![0, 1, 2, 3], vec![1, 2, 3, 4], vec![0, 1, 2, 4, 5],]
    );
    assert_eq!(rows, kinds(TableFormat::Jsonl, objects.join("\n")));
}
