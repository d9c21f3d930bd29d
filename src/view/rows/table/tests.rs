use proptest::prelude::*;

use super::*;

fn on(width: usize) -> PrintTarget {
    PrintTarget { terminal: true, width: Some(width), ..PrintTarget::default() }
}

fn names(columns: &[&str]) -> Vec<String> {
    columns.iter().map(|it| (*it).to_owned()).collect()
}

/// A row as `results` has it: more columns than a narrow terminal holds.
fn result() -> Vec<Cell> {
    vec![
        Cell::from("6a0c16bcf1bb4a3d8b2f1f6d4b7e6b1f8a0c2d4e"),
        Cell::Integer(12),
        Cell::from("accepted"),
        Cell::from("The parcel came late, and the box was open when it came."),
        Cell::Null,
        Cell::Real(0.5),
    ]
}

const RESULT: [&str; 6] = ["work_id", "row_index", "status", "narrative", "verdict", "cost_usd"];

#[test]
fn styles_are_there_only_where_they_are_wished() {
    let columns = ["a".to_owned()];
    let rows = [vec![Cell::Null]];
    for width in [None, Some(80)] {
        let target = PrintTarget { width, ..PrintTarget::default() };
        assert!(table(&columns, &rows, PrintTarget { colour: true, ..target }).contains("\u{1b}["));
        assert!(!table(&columns, &rows, target).contains('\u{1b}'));
    }
}

#[test]
fn a_column_gets_what_it_needs_and_prose_the_rest() {
    insta::assert_snapshot!(table(&names(&RESULT), &[result()], on(120)), @r"
     work_id                                    row_index   status     narrative                       verdict   cost_usd
    ──────────────────────────────────────────────────────────────────────────────────────────────────────────────────────
     6a0c16bcf1bb4a3d8b2f1f6d4b7e6b1f8a0c2d4e          12   accepted   The parcel came late, and the   NULL           0.5
                                                                       box was open when it came.
    ");
}

#[test]
fn where_no_table_fits_a_row_is_a_block() {
    insta::assert_snapshot!(table(&names(&RESULT), &[result(), result()], on(60)), @r"
    ─ 1 ────────────────────────────────────────────────────────
    work_id    6a0c16bcf1bb4a3d8b2f1f6d4b7e6b1f8a0c2d4e
    row_index  12
    status     accepted
    narrative  The parcel came late, and the box was open when
               it came.
    verdict    NULL
    cost_usd   0.5

    ─ 2 ────────────────────────────────────────────────────────
    work_id    6a0c16bcf1bb4a3d8b2f1f6d4b7e6b1f8a0c2d4e
    row_index  12
    status     accepted
    narrative  The parcel came late, and the box was open when
               it came.
    verdict    NULL
    cost_usd   0.5
    ");
}

#[test]
fn many_numbers_stand_closer_before_they_become_blocks() {
    let columns = names(&["planned", "accepted", "rejected", "failed", "blocked"]);
    let rows = [vec![Cell::Integer(1000), Cell::Integer(927), Cell::Integer(73), Cell::Integer(0), Cell::Integer(0)]];
    insta::assert_snapshot!(table(&columns, &rows, on(42)), @r"
    planned accepted rejected failed blocked
    ────────────────────────────────────────
       1000      927       73      0       0
    ");
    assert!(table(&columns, &rows, on(39)).starts_with("─ 1 ─"));
    assert!(table(&columns, &rows, on(50)).starts_with(" planned   accepted"));
}

#[test]
fn a_table_that_fits_stays_one() {
    let rows = [vec![Cell::from("billing"), Cell::Integer(3)], vec![Cell::from("delivery"), Cell::Integer(12)]];
    assert_eq!(
        table(&names(&["topic", "n"]), &rows, on(40)),
        table(&names(&["topic", "n"]), &rows, PrintTarget::default())
    );
}

#[test]
fn long_cells_continue_on_a_terminal_and_are_whole_elsewhere() {
    let shown = |words: usize, target| {
        let long = vec![Cell::from("word ".repeat(words).as_str())];
        let printed = table(&names(&["a"]), std::slice::from_ref(&long), target);
        (printed.matches("word").count(), printed.lines().count(), printed.contains('…'))
    };
    assert_eq!(shown(100, PrintTarget::default()), (100, 3, false));
    assert_eq!(shown(1_000, PrintTarget::default()), (1_000, 3, false));
    assert_eq!(shown(100, on(82)), (100, 2 + 7, false));
    assert_eq!(shown(1_000, on(82)), (200, 2 + 13, true));
    assert_eq!(shown(400, PrintTarget { whole: true, ..on(160) }).0, 400);
}

#[test]
fn a_whole_cell_keeps_its_lines() {
    let rows = [vec![Cell::from("one\ntwo\u{7}"), Cell::Integer(1)]];
    let target = PrintTarget { whole: true, ..PrintTarget::default() };
    let printed = table(&names(&["message", "n"]), &rows, target);
    let lines: Vec<&str> = printed.lines().skip(2).map(str::trim_end).collect();
    assert_eq!(lines, [" one        1", " two\\u{7}"]);
}

#[test]
fn lines_are_broken_between_words() {
    assert_eq!(wrap("one two three", 7), ["one two", "three"]);
    assert_eq!(wrap("a abcdefghij b", 4), ["a", "abcd", "efgh", "ij b"]);
    assert_eq!(wrap("名前名前", 4), ["名前", "名前"]);
    assert_eq!(wrap("", 4), [""]);
    assert_eq!(wrap("a\n\nb", 4), ["a", "", "b"]);
}

proptest! {
    #[test]
    fn nothing_is_wider_than_the_terminal(
        rows in proptest::collection::vec(proptest::collection::vec("[a-z 名é]{0,60}", 4), 1..4),
        width in 20usize..140,
    ) {
        let rows: Vec<Vec<Cell>> =
            rows.iter().map(|row| row.iter().map(|it| Cell::from(it.as_str())).collect()).collect();
        let printed = table(&names(&["a", "bb", "ccc", "dddd"]), &rows, on(width));
        for line in printed.lines() {
            prop_assert!(line.width() <= width, "{width}: {line}");
        }
    }

    #[test]
    fn wrapping_loses_no_word(text in "[a-z]{0,9}( [a-z]{1,9}){0,9}", width in 1usize..30) {
        let lines = wrap(&text, width);
        prop_assert!(lines.iter().all(|it| it.width() <= width));
        prop_assert_eq!(lines.concat().replace(' ', ""), text.replace(' ', ""));
    }
}
