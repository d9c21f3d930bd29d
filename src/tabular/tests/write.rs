use proptest::prelude::*;

use super::super::{csv_cell, psv_cell};
use super::*;

fn csv(value: &str, safe: bool) -> String {
    let mut out = String::new();
    csv_cell(value, safe, &mut out);
    out
}

#[test]
fn csv_cells_are_quoted_where_needed() {
    for (value, expected) in [
        ("", ""),
        ("a b", "a b"),
        ("a,b", "\"a,b\""),
        ("say \"hi\"", "\"say \"\"hi\"\"\""),
        ("a\nb", "\"a\nb\""),
        ("a\rb", "\"a\rb\""),
        (" a", "\" a\""),
        ("=1", "=1"),
    ] {
        assert_eq!(csv(value, false), expected, "{value:?}");
    }
}

#[test]
fn formulas_are_marked_and_numbers_are_not() {
    for value in ["=1+1", "+cmd", "-x", "@sum", "＝1", "＋a", "－a", "＠a", "-1-1", "+inf", "-", "\u{200b}=1"] {
        assert_eq!(csv(value, true), format!("'{value}"), "{value:?}");
    }
    for value in ["  =1", "\tx", "\rx", "\nx", "\u{a0}@a", "\t-1"] {
        assert_eq!(csv(value, true), format!("\"'{value}\""), "{value:?}");
    }
    for value in ["-1.5", "+3", "-2e-7", "a=b", "1-2", "", "x@y"] {
        assert_eq!(csv(value, true), value, "{value:?}");
    }
    assert_eq!(csv("=HYPERLINK(\"x\",1)", true), "\"'=HYPERLINK(\"\"x\"\",1)\"");
}

/// Rows of cells as a table below the header `c0`, `c1`, …
fn table(rows: &[Vec<String>], delimiter: char, cell: impl Fn(&str, &mut String)) -> String {
    let mut text = (0..rows[0].len()).map(|index| format!("c{index}")).collect::<Vec<_>>().join(&delimiter.to_string());
    for row in rows {
        text.push('\n');
        for (index, value) in row.iter().enumerate() {
            if index > 0 {
                text.push(delimiter);
            }
            cell(value, &mut text);
        }
    }
    text.push('\n');
    text
}

fn rows(columns: std::ops::Range<usize>) -> impl Strategy<Value = Vec<Vec<String>>> {
    let cell = "([a-z]|[\\\\|,\"' \n\r\té=\u{feff}\u{200d}\u{85}]){0,6}";
    columns.prop_flat_map(move |width| prop::collection::vec(prop::collection::vec(cell, width), 1..6))
}

proptest! {
    #[test]
    fn psv_reads_back_as_it_was_written(rows in rows(1..4)) {
        let read = read_raw(TableFormat::Psv, table(&rows, '|', psv_cell)).1;
        prop_assert_eq!(read.into_iter().map(|(_, fields)| fields).collect::<Vec<_>>(), rows);
    }

    #[test]
    fn csv_reads_back_as_it_was_written(rows in rows(2..4)) {
        let read = read_raw(TableFormat::Csv, table(&rows, ',', |value, out| csv_cell(value, false, out))).1;
        prop_assert_eq!(read.into_iter().map(|(_, fields)| fields).collect::<Vec<_>>(), rows);
    }
}
