use std::io::{self, Cursor, Seek, SeekFrom};

use proptest::prelude::*;

use super::super::Record;
use super::super::error::{TablePlace, TableProblem};
use super::super::limits::{MAX_CELL_BYTES, MAX_COLUMNS};
use super::*;

fn encoded(encoding: &str, bytes: impl Into<Vec<u8>>) -> Result<super::Read, TabularError> {
    read_with(bytes, &ReadOptions { encoding: encoding.to_owned(), ..ReadOptions::new(TableFormat::Csv) })
}

fn utf_16(text: &str, unit: fn(u16) -> [u8; 2]) -> Vec<u8> {
    text.encode_utf16().flat_map(unit).collect()
}

#[test]
fn a_csv_becomes_records_with_their_lines() {
    let (columns, rows, notes) =
        read(TableFormat::Csv, "id,text\n1,plain\n2,\"a \"\"quoted\"\"\nand, long one\"\n\n3,NaN\n");
    assert_eq!(columns, ["id", "text"]);
    assert_eq!(rows, [row(2, ["1", "plain"]), row(3, ["2", "a \"quoted\" and, long one"]), row(6, ["3", ""])]);
    let expected = Notes { blank_lines: 1, null_tokens: 1, cells_cleaned: 1, lines_joined: 1, ..Notes::default() };
    assert_eq!(notes, expected);
}

#[test]
fn line_ends_may_be_mixed_and_are_kept_inside_quotes() {
    let (_, rows, notes) = read_raw(TableFormat::Csv, "a,b\r\n1,2\n3,\"4\r\n5\r6\n7\"\n8,9");
    assert_eq!(rows, [row(2, ["1", "2"]), row(3, ["3", "4\r\n5\r6\n7"]), row(6, ["8", "9"])]);
    assert_eq!(notes.lone_crs, 1);
}

#[test]
fn a_lone_carriage_return_ends_a_line_only_where_the_first_line_ends_with_one() {
    // Not two rows: in a table of one column nothing else would tell.
    for (text, cell) in [("a\r\n1\r2\r\n", "1\r2"), ("a\n1\r2\n", "1\r2"), ("a\r\n1\r\r\n", "1\r"), ("a\n1\r", "1")] {
        let (_, rows, notes) = read_raw(TableFormat::Csv, text);
        assert_eq!(rows, [row(2, [cell])], "{text:?}");
        assert_eq!(notes.lone_crs, cell.matches('\r').count() as u64);
    }
    let (_, rows, notes) = read_raw(TableFormat::Csv, "a,b\r1,2\r3,\"4\n5\"\r");
    assert_eq!(rows, [row(2, ["1", "2"]), row(3, ["3", "4\n5"])]);
    assert_eq!(notes.lone_crs, 0);
    // A header with one in it.
    assert_error(TableFormat::Csv, "a\rb\r\n1\r\n", "line 2: ends with a line feed, but the first line");
    assert_eq!(read(TableFormat::Jsonl, "{\"a\":1}\n{\"a\":\r2}\n").1, [row(1, ["1"]), row(2, ["2"])]);
}

#[test]
fn quotes_count_only_at_the_start_of_a_cell() {
    let (_, rows, _) = read_raw(TableFormat::Csv, "a,b\n5\" pipe,x\n\"\",\"\"\"\"\n\"padded\" ,\" \"\n");
    assert_eq!(rows, [row(2, ["5\" pipe", "x"]), row(3, ["", "\""]), row(4, ["padded ", " "])]);
    let (_, rows, _) = read_raw(TableFormat::Tsv, "a\tb\n\"x\ty\"\tz\n\t\n");
    assert_eq!(rows, [row(2, ["x\ty", "z"]), row(3, ["", ""])]);
}

#[test]
fn blank_lines_are_skipped_and_counted_but_empty_records_stay() {
    let (_, rows, notes) = read(TableFormat::Csv, "\n \na,b\n,\n\u{a0}\n1,2\n\n");
    assert_eq!(rows, [row(4, ["", ""]), row(6, ["1", "2"])]);
    assert_eq!((notes.blank_lines, notes.empty_records), (4, 1));
    let (_, rows, notes) = read(TableFormat::Csv, "a\n\"\"\n\n1\n");
    assert_eq!(rows, [row(2, [""]), row(4, ["1"])]);
    assert_eq!((notes.blank_lines, notes.empty_records), (1, 1));
}

#[test]
fn a_blank_line_is_a_row_in_a_psv_of_one_column() {
    let (_, rows, notes) = read_raw(TableFormat::Psv, "a\n\n \nx\n");
    assert_eq!(rows, [row(2, [""]), row(3, [" "]), row(4, ["x"])]);
    assert_eq!(notes.blank_lines, 0);
}

#[test]
fn broken_quotes_name_the_line_where_they_opened() {
    assert_error(
        TableFormat::Csv,
        "a,b\n1,2\n3,\"x\n4,5\n6,7\n",
        "line 3: a quoted cell that opens here is never closed",
    );
    assert_error(
        TableFormat::Csv,
        "a,b\n3,\"x\n\"y,5\n",
        "line 3: there is text after the closing quote of the cell that opens in line 2",
    );
    assert_error(TableFormat::Csv, "a,\"b\n", "line 1: a quoted cell");
    assert_error(TableFormat::Csv, "a,b\n1,\"say \\\"hi\\\"\"\n", "line 2: there is text after");
}

#[test]
fn ragged_rows_are_refused_with_counts() {
    assert_error(TableFormat::Csv, "a,b\n1,2\n1\n", "line 3: expected 2 fields, as in the header, but found 1");
    assert_error(TableFormat::Csv, "a,b\n1,2,3,4\n", "line 2: expected 2 fields, as in the header, but found 4");
    assert_error(TableFormat::Psv, "a|b\n1\n", "expected 2 fields");
    assert_error(TableFormat::Tsv, "a\tb\n1 2\n", "found 1");
}

#[test]
fn headers_must_name_every_column_once() {
    assert_eq!(read(TableFormat::Csv, "\u{feff} id ,\u{200b}te xt\u{a0}\n1,2\n").0, ["id", "te xt"]);
    assert_error(TableFormat::Csv, "a,b,\u{200b} ,d\n1,2,3,4\n", "line 1: column 3 has no name");
    assert_error(TableFormat::Csv, "id,b,c,id\n1,2,3,4\n", "`id` is the name of columns 1 and 4");
    assert_error(TableFormat::Csv, "id,b,ID\n1,2,3\n", "columns 1 (`id`) and 3 (`ID`) differ only in case");
    assert_error(TableFormat::Csv, "id,i\0d\n1,2\n", "line 1: contains a NUL");
    assert_eq!(read(TableFormat::Csv, "É,é\n1,2\n").0, ["É", "é"]);
    assert_error(TableFormat::Csv, ",".repeat(MAX_COLUMNS), "has more than 1500 columns");
}

#[test]
fn empty_tables_are_refused() {
    for bytes in ["", "\n\n", "\u{feff}", " \r\n"] {
        assert_error(TableFormat::Csv, bytes, "the file is empty");
    }
    assert_error(TableFormat::Csv, "a,b\n\n", "there is no row below the header");
}

#[test]
fn required_columns_are_checked_with_a_suggestion() {
    let require = |bytes: &str, name: &str| {
        let options = ReadOptions { required_columns: vec![name.to_owned()], ..ReadOptions::new(TableFormat::Csv) };
        read_with(bytes, &options).map_err(|error| error.to_string())
    };
    assert!(require("id,narrative\n1,2\n", "narrative").is_ok());
    let message = require("id,narrative\n1,2\n", "Narrativ").unwrap_err();
    assert_eq!(
        message,
        "in: line 1: there is no column `Narrativ`; did you mean `narrative`?; the columns are `id`, `narrative`"
    );
    assert!(require("id,text\n1,2\n", "zzz").unwrap_err().ends_with("no column `zzz`; the columns are `id`, `text`"));
    assert!(require("id;text\n1;2;3\n", "id").unwrap_err().contains("seems to be separated by `;`"));
    let wide: Vec<String> = (0..100).map(|index| format!("c{index:03}")).collect();
    assert!(require(&format!("{0}\n{0}\n", wide.join(",")), "x").unwrap_err().ends_with("`c039` and 60 more"));
}

#[test]
fn byte_order_marks_are_removed_or_contradict() {
    for label in ["utf-8", "utf-8-sig", "UTF-8", "utf_8_sig"] {
        let (columns, _, notes) = encoded(label, "\u{feff}a\nx\n").unwrap();
        assert_eq!((columns[0].as_str(), notes.bom), ("a", true));
    }
    assert!(!encoded("utf-8-sig", "a\nx\n").unwrap().2.bom);
    let little = utf_16("\u{feff}a,b\né,\"x\ny\"\n", u16::to_le_bytes);
    let big = utf_16("\u{feff}a,b\né,\"x\ny\"\n", u16::to_be_bytes);
    for (label, bytes) in [("utf-16", &little), ("utf-16", &big), ("utf-16le", &little), ("utf-16be", &big)] {
        assert_eq!(encoded(label, bytes.clone()).unwrap().1, [row(2, ["é", "x y"])], "{label}");
    }
    let message = |label, bytes: &[u8]| encoded(label, bytes).unwrap_err().to_string();
    assert!(
        message("utf-8", &little).contains("mark of UTF-16, but is to be read as utf-8: set `input.encoding: utf-16`")
    );
    assert!(message("windows-1252", "\u{feff}a\nx".as_bytes()).contains("set `input.encoding: utf-8`"));
    assert!(message("utf-16le", &big).contains("big-endian"));
    assert!(message("utf-8", b"\xff\xfe\0\0a\0\0\0").contains("UTF-32"));
    assert!(message("utf-8", &utf_16("a,b\n1,2\n", u16::to_le_bytes)).contains("set `input.encoding: utf-16`"));
}

#[test]
fn other_encodings_are_decoded() {
    for (label, bytes, expected) in [
        ("windows-1252", b"a\ncaf\xe9 \x80\n".as_slice(), "café €"),
        ("latin-1", b"a\ncaf\xe9\n", "café"),
        ("shift_jis", b"a\n\x93\xfa\x96\x7b\n", "日本"),
        ("cp932", b"a\n\x93\xfa\x96\x7b\n", "日本"),
        ("gb18030", b"a\n\xd6\xd0\n", "中"),
        ("euc_jp", b"a\n\xc6\xfc\n", "日"),
    ] {
        assert_eq!(encoded(label, bytes).unwrap().1, [row(2, [expected])], "{label}");
    }
    let message = encoded("utf-9", "a\n1\n").unwrap_err().to_string();
    assert!(message.contains("`utf-9` is not a known encoding"), "{message}");
}

#[test]
fn invalid_bytes_are_an_error_with_line_and_offset() {
    let message = encoded("utf-8", b"a,b\n1,2\n3,caf\xe9\n".as_slice()).unwrap_err().to_string();
    assert!(message.starts_with("in: line 3: the bytes E9 at offset 13 of the file are not valid UTF-8"), "{message}");
    let message = encoded("utf-8", b"\xef\xbb\xbfa\nx\n\xe2\x82".as_slice()).unwrap_err().to_string();
    assert!(message.starts_with("in: line 3: the bytes E2 82 at offset 7"), "{message}");
    let message = encoded("shift_jis", b"a\nx\r\xff\n".as_slice()).unwrap_err().to_string();
    assert!(message.starts_with("in: line 3: the bytes FF at offset 4"), "{message}");
    // Beyond the first piece, and inside a quoted cell.
    let mut bytes = b"a\n\"".to_vec();
    bytes.extend(b"0123456\n".repeat(20_000));
    bytes.extend(b"\xff\"\n");
    let error = encoded("utf-8", bytes).unwrap_err();
    assert_eq!(error.place, TablePlace::Line(20_002));
    assert!(matches!(*error.problem, TableProblem::InvalidBytes { offset: 160_003, .. }), "{error}");
}

#[test]
fn control_characters_stay_but_nul_is_refused() {
    assert_eq!(read(TableFormat::Csv, "a\n\u{1}x\u{1b}\n").1, [row(2, ["\u{1}x\u{1b}"])]);
    assert_error(TableFormat::Csv, "a,b\n1,2\n1,x\0y\n", "line 3: contains a NUL character");
}

#[test]
fn long_cells_and_lines_are_refused() {
    let long = "x".repeat(MAX_CELL_BYTES);
    assert!(read_with(format!("a\n{long}\n"), &ReadOptions::new(TableFormat::Csv)).is_ok());
    assert_error(TableFormat::Csv, format!("a,b\n1,{long}x\n"), "line 2: a cell is longer than 16 MiB");
    let lines = "0123456789abcdef\n".repeat(MAX_CELL_BYTES / 16);
    assert_error(TableFormat::Csv, format!("a\n1\n\"{lines}"), "it is quoted since line 3, where a closing");
    assert_error(TableFormat::Psv, format!("a\n{}", long.repeat(5)), "line 2: the line is longer than 64 MiB");
}

#[test]
fn files_of_another_kind_are_told_by_their_first_bytes() {
    for (bytes, kind) in [
        (b"%PDF-1.7".as_slice(), "a PDF document"),
        (b"PAR1\x15\x04", "a Parquet file"),
        (b"\x1f\x8b\x08", "a gzip archive"),
        (b"PK\x03\x04junk", "a zip archive"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Excel workbook"),
        (b"SQLite format 3\0", "an SQLite database"),
        (b" <!DOCTYPE HTML>", "an HTML page"),
    ] {
        assert_error(TableFormat::Csv, bytes, &format!("seems to be {kind}"));
        assert_error(TableFormat::Jsonl, bytes, "not jsonl");
    }
    assert_eq!(read(TableFormat::Csv, "PAR1,<html\n1,2\n").0[0], "PAR1");
}

#[test]
fn memory_of_a_record_is_used_again_and_reading_ends_once() {
    let mut table = Table::open(Cursor::new("a,b\n1,2\n3,4\n"), "in", &ReadOptions::new(TableFormat::Csv)).unwrap();
    let mut record = Record { line: 9, fields: vec!["old".to_owned(); 5], ..Record::default() };
    assert!(table.read_record(&mut record).unwrap());
    assert_eq!((record.line, record.fields.as_slice()), (2, ["1".to_owned(), "2".to_owned()].as_slice()));
    assert!(table.read_record(&mut record).unwrap());
    assert_eq!(record.fields, ["3", "4"]);
    assert!(!table.read_record(&mut record).unwrap());
    assert!(table.next_record().unwrap().is_none());
}

/// Gives one byte at a time, and fails where it is told to.
struct Slow(Cursor<Vec<u8>>, u64);

impl io::Read for Slow {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.0.position() >= self.1 {
            return Err(io::Error::other("the disk is gone"));
        }
        let length = buffer.len().min(1);
        self.0.read(&mut buffer[..length])
    }
}

impl Seek for Slow {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.0.seek(to)
    }
}

#[test]
fn a_failing_source_is_an_error() {
    let bytes = b"a,b\n1,2\n".to_vec();
    let mut table =
        Table::open(Slow(Cursor::new(bytes.clone()), 99), "in", &ReadOptions::new(TableFormat::Csv)).unwrap();
    assert_eq!(table.next_record().unwrap().unwrap().fields, ["1", "2"]);
    let error = Table::open(Slow(Cursor::new(bytes), 6), "in", &ReadOptions::new(TableFormat::Csv)).err().unwrap();
    assert_eq!(error.to_string(), "in: cannot be read: the disk is gone");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(prop::sample::select(b"a,\"|\\\n\r\t n\xc3\xa9\xff\0{}[]:1".to_vec()), 0..40)) {
        for format in TableFormat::ALL {
            let _ = read_with(bytes.clone(), &ReadOptions::new(format));
        }
    }

    #[test]
    fn pieces_do_not_change_what_is_read(cells in prop::collection::vec("[aé\u{1f600} ]{0,5}", 1..30), pad in 65_500_usize..65_540) {
        // The padding moves the cells across the border of a piece.
        let mut text = format!("h\n\"{}\"\n", "p".repeat(pad));
        for cell in &cells {
            text.extend(["\"", cell.as_str(), "\"\r\n"]);
        }
        let (_, rows, _) = read_raw(TableFormat::Csv, text);
        let found: Vec<&str> = rows[1..].iter().map(|(_, fields)| fields[0].as_str()).collect();
        prop_assert_eq!(found, cells.iter().map(String::as_str).collect::<Vec<_>>());
    }
}

#[test]
fn a_row_of_another_length_has_a_hint() {
    let error = read_with("a,b\n1,2,3\n", &ReadOptions::new(TableFormat::Csv)).unwrap_err();
    assert!(error.is_usage() && error.hint().unwrap().contains("is quoted"));
    assert_eq!(read_with("", &ReadOptions::new(TableFormat::Csv)).unwrap_err().hint(), None);
}
