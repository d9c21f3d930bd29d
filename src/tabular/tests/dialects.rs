//! How csv, tsv and psv are written by others, and what is guessed where they do not say it.

use super::super::PsvDialect;
use super::*;

/// Reads cells as they are, without any guess.
fn read_strictly(format: TableFormat, bytes: &str) -> Result<super::Read, TabularError> {
    read_with(bytes, &ReadOptions { normalise: false, guess: false, ..ReadOptions::new(format) })
}

fn with_delimiter(delimiter: char, bytes: &str) -> Result<super::Read, TabularError> {
    read_with(bytes, &ReadOptions { delimiter: Some(delimiter), ..ReadOptions::new(TableFormat::Csv) })
}

#[test]
fn a_delimiter_is_guessed_only_where_a_comma_gives_one_column() {
    for delimiter in [';', '\t', '|'] {
        let text = format!("id{delimiter}text\n1{delimiter}hello, world\n2{delimiter}\"a{delimiter}\nb\"\n");
        let (columns, rows, notes) = read(TableFormat::Csv, text);
        assert_eq!(columns, ["id", "text"]);
        assert_eq!(
            rows,
            [row(2, ["1", "hello, world"]), row(3, ["2", &format!("a{} b", delimiter.to_string().trim())])]
                .map(|(line, fields)| (line, fields.iter().map(|it| it.trim().replace("  ", " ")).collect::<Vec<_>>()))
        );
        assert_eq!(notes.guessed_delimiter, Some(delimiter));
        assert!(notes.to_say()[0].contains("`input.delimiter`"), "{notes:?}");
    }
    for text in ["id,a;b\n1,x;y\n", "a;b\n1;2;3\n4\n", "text\nx;y\n", "a\n1\n"] {
        assert_eq!(
            read_with(text, &ReadOptions::new(TableFormat::Csv)).map_or(None, |it| it.2.guessed_delimiter),
            None
        );
    }
    // One that differs after twenty records is taken all the same, and said of the row that differs.
    let late = format!("a;b\n{}1\n", "1;2\n".repeat(19));
    assert_error(TableFormat::Csv, late, "line 21: expected 2 fields, as in the header, but found 1");
    assert_error(TableFormat::Csv, "a;b|c\n1;2|3\n", "and `;` and `|` would each give several: set `input.delimiter`");
}

#[test]
fn a_row_that_does_not_fit_a_header_of_one_column_names_the_key() {
    let error = read_with("id;text\n1;a, b\n2\n", &ReadOptions::new(TableFormat::Csv)).unwrap_err();
    assert!(error.to_string().contains("expected 1 fields"), "{error}");
    assert!(error.hint().unwrap().contains("`input.delimiter: \";\"`"), "{:?}", error.hint());
}

#[test]
fn a_delimiter_may_be_any_character_and_is_then_not_guessed() {
    for delimiter in [';', '\t', '|', '^', '\u{1f}', '§', '日', ' '] {
        let text = format!("a{delimiter}b\n1{delimiter}\"x{delimiter}y\"\n");
        let (columns, rows, notes) = with_delimiter(delimiter, &text).unwrap();
        assert_eq!(columns, ["a", "b"]);
        assert_eq!(rows[0].1[1].chars().count(), 3);
        assert_eq!(notes.guessed_delimiter, None);
    }
    assert_eq!(with_delimiter(',', "a;b\n1;2\n").unwrap().0, ["a;b"]);
    assert_eq!(read_strictly(TableFormat::Csv, "a;b\n1;2\n").unwrap().0, ["a;b"]);
    for format in [TableFormat::Psv, TableFormat::Jsonl, TableFormat::Json] {
        let options = ReadOptions { delimiter: Some(';'), ..ReadOptions::new(format) };
        let error = read_with("{}", &options).unwrap_err().to_string();
        assert!(error.contains(&format!("is for csv and tsv, and the format is {format}")), "{error}");
    }
}

#[test]
fn a_first_line_that_names_the_delimiter_is_no_row() {
    for first in ["sep=;", "SEP=;", "\"sep=;\"", "\u{feff}sep=;"] {
        let (columns, rows, notes) = read(TableFormat::Csv, format!("{first}\r\nid;text\r\n1;a, b\r\n"));
        assert_eq!(columns, ["id", "text"], "{first}");
        assert_eq!(rows, [row(3, ["1", "a, b"])]);
        assert_eq!((notes.named_delimiter, notes.guessed_delimiter), (Some(';'), None));
    }
    assert_eq!(read(TableFormat::Csv, "sep=,\nid,text\n1,a\n").1, [row(3, ["1", "a"])]);
    assert_eq!(read(TableFormat::Csv, "sep=\t\nid\ttext\n1\ta\n").1, [row(3, ["1", "a"])]);
    assert_eq!(read(TableFormat::Tsv, "sep=;\nid;text\n1;a\n").1, [row(3, ["1", "a"])]);
    assert_eq!(read(TableFormat::Psv, "sep=|\nid|text\n1|\"a\"\n").1, [row(3, ["1", "a"])]);
    assert_eq!(with_delimiter(';', "sep=;\nid;text\n1;a\n").unwrap().1, [row(3, ["1", "a"])]);
    let error = with_delimiter(',', "sep=;\nid,text\n1,a\n").unwrap_err().to_string();
    assert!(error.contains("separated by `;`, but `input.delimiter` is `,`"), "{error}");
    // Without guesses it is the header.
    assert!(
        read_strictly(TableFormat::Csv, "sep=,\nid,text\n").unwrap_err().to_string().contains("column 2 has no name")
    );
    // Filled up to the width of the table, and a tab by its name.
    assert_eq!(read(TableFormat::Csv, "sep=,,\nid,text\n1,a\n").1, [row(3, ["1", "a"])]);
    assert_eq!(read(TableFormat::Csv, "sep=\\t\nid\ttext\n1\ta, b\n").1, [row(3, ["1", "a, b"])]);
    for named in ["", "ab", ";:", "tab", "\\", "é"] {
        let text = format!("sep={named}\n1\n");
        assert_error(TableFormat::Csv, text.as_str(), "line 1: the first line begins with `sep=`");
        assert_eq!(read_strictly(TableFormat::Csv, &text).unwrap().0, [format!("sep={named}")]);
    }
    assert_error(TableFormat::Psv, "sep=;\na;b\n1;2\n", "separated by `;`, but the format is psv");
}

#[test]
fn quoted_headers_are_separated_by_what_fits() {
    for delimiter in [';', '\t', '|'] {
        let text = format!("\"id\"{delimiter}\"a, \"\"b\"\"\"\r\n\"1\"{delimiter}\"x, y\"\r\n");
        let (columns, rows, notes) = read(TableFormat::Csv, text);
        assert_eq!((columns, rows), (vec!["id".into(), "a, \"b\"".into()], vec![row(2, ["1", "x, y"])]));
        assert_eq!(notes.guessed_delimiter, Some(delimiter));
    }
    // A later record that the guess does not fit says that it is one.
    let later = format!("id;text\n{}1;a;b\n", "1;a\n".repeat(30));
    let error = read_with(later.as_str(), &ReadOptions::new(TableFormat::Csv)).unwrap_err();
    let hint = error.hint().unwrap();
    assert!(error.to_string().contains("line 32: expected 2 fields, as in the header, but found 3"), "{error}");
    assert!(hint.starts_with("`;` was taken for what separates cells") && hint.contains("`input.delimiter`"), "{hint}");
    let options = ReadOptions { delimiter: Some(';'), ..ReadOptions::new(TableFormat::Csv) };
    assert!(!read_with(later.as_str(), &options).unwrap_err().hint().unwrap().contains("taken for"));
    // A header that nothing separates is refused as before.
    assert_error(TableFormat::Csv, "\"id\":\"text\"\n1:2\n", "line 1: there is text after the closing quote");
}

#[test]
fn what_may_be_several_columns_is_said() {
    let said = |format, text: &str| read(format, text).2.to_say();
    for (format, text) in [
        (TableFormat::Csv, "id|text\n1|a|b\n2\n"),
        (TableFormat::Tsv, "id;text\n1;2\n"),
        (TableFormat::Tsv, "id,text\n1,2\n"),
        (TableFormat::Psv, "id;text\n1;2\n"),
        (TableFormat::Csv, "id^text\n1^2\n"),
        (TableFormat::Csv, "id\u{1f}text\n1\u{1f}2\n"),
    ] {
        let said = said(format, text);
        assert!(said[0].starts_with("the table has one column, `id"), "{said:?}");
    }
    let odd = read_with("id\u{1f}text\n1,2\n", &ReadOptions::new(TableFormat::Csv)).unwrap_err();
    assert!(odd.hint().unwrap().contains("`input.delimiter: \"\\x1f\"`"), "{:?}", odd.hint());
    let both = said(TableFormat::Csv, "id;name, first\n1;Ann, B\n2;Bo, C\n");
    assert!(both[0].starts_with("cells are separated by commas, but `;` would"), "{both:?}");
    // The same where the rows do not fit a comma.
    let error = read_with("id;name, first\n1;Ann\n", &ReadOptions::new(TableFormat::Csv)).unwrap_err();
    assert!(error.hint().unwrap().contains("`input.delimiter: \";\"`"), "{:?}", error.hint());
    for text in ["note\na; b\n", "id,a; b\n1,2\n", "id,text\n1,a;b\n2,c|d\n"] {
        assert_eq!(said(TableFormat::Csv, text), Vec::<String>::new(), "{text}");
    }
    assert_eq!(with_delimiter(',', "id;a,b\n1;2,3\n").unwrap().2.to_say(), Vec::<String>::new());
    assert_eq!(read_strictly(TableFormat::Csv, "id;a\n1;2\n").unwrap().2.to_say(), Vec::<String>::new());
}

#[test]
fn a_quote_after_blanks_opens_a_cell() {
    let (_, rows, notes) =
        read_raw(TableFormat::Csv, "a, \"b\",c\n1, \"yes, no\" ,x\n2,   \"say \"\"x\"\"\n\", \"\"\n");
    assert_eq!(rows, [row(2, ["1", "yes, no ", "x"]), row(3, ["2", "say \"x\"\n", ""])]);
    assert_eq!(notes.quotes_after_blanks, 4);
    assert!(notes.to_say()[0].contains("`input.guess: false`"), "{notes:?}");
    // Text after the closing quote: the cell is not quoted, and stays as it is.
    let (_, rows, notes) = read_raw(TableFormat::Csv, "a,b\n1, \"Hello\" she said\n2, 5\" pipe\n");
    assert_eq!(rows, [row(2, ["1", " \"Hello\" she said"]), row(3, ["2", " 5\" pipe"])]);
    assert_eq!(notes.quotes_after_blanks, 0);
    assert_eq!(read_strictly(TableFormat::Csv, "a,b\n1, \"yes\"\n").unwrap().1, [row(2, ["1", " \"yes\""])]);
    assert_error(TableFormat::Csv, "a,b\n1, \"yes\n2,no\n", "line 2: a quoted cell that opens here is never closed");
}

/// A psv as Python's csv writes it in different ways, each with the same two rows.
#[test]
fn a_psv_of_others_is_read_as_they_write_it() {
    let path = r"C:\new\temp";
    let expected = [row(2, ["1", path, "say \"hi\""]), row(3, ["2", "a|b", "x\\y"])];
    for (dialect, text) in [
        // csv.writer(delimiter="|")
        (PsvDialect::Quoted, "id|path|note\n1|C:\\new\\temp|\"say \"\"hi\"\"\"\n2|\"a|b\"|x\\y\n"),
        // quoting=csv.QUOTE_ALL
        (
            PsvDialect::Quoted,
            "\"id\"|\"path\"|\"note\"\n\"1\"|\"C:\\new\\temp\"|\"say \"\"hi\"\"\"\n\"2\"|\"a|b\"|\"x\\y\"\n",
        ),
        // quoting=csv.QUOTE_NONE, escapechar="\\": a special case of our own dialect
        (PsvDialect::Escaped, "id|path|note\n1|C:\\\\new\\\\temp|say \\\"hi\\\"\n2|a\\|b|x\\\\y\n"),
        // escapechar="\\"
        (PsvDialect::Backslash, "id|path|note\n1|C:\\\\new\\\\temp|\"say \"\"hi\"\"\"\n2|\"a|b\"|x\\\\y\n"),
        // doublequote=False, escapechar="\\"
        (PsvDialect::Backslash, "id|path|note\n1|C:\\\\new\\\\temp|say \\\"hi\\\"\n2|\"a|b\"|x\\\\y\n"),
        (PsvDialect::Backslash, "id|path|note\n1|C:\\\\new\\\\temp|\"say \\\"hi\\\"\"\n2|\"a|b\"|x\\\\y\n"),
    ] {
        let (columns, rows, notes) = read_raw(TableFormat::Psv, text);
        assert_eq!(columns, ["id", "path", "note"], "{dialect:?}");
        assert_eq!((rows.as_slice(), notes.psv), (expected.as_slice(), Some(dialect)));
        assert!(!notes.to_say().is_empty(), "{dialect:?}");
    }
}

#[test]
fn line_breaks_in_a_psv_of_others() {
    let (_, rows, _) = read_raw(TableFormat::Psv, "a|b\n1|\"x\ny\"\n");
    assert_eq!(rows, [row(2, ["1", "x\ny"])]);
    // QUOTE_NONE escapes them, and other backslashes are text where older versions of Python wrote them.
    let (_, rows, notes) = read_raw(TableFormat::Psv, "a|b\n1|x\\\ny\\q\n2|\\\"z\n");
    assert_eq!(rows, [row(2, ["1", "x\ny\\q"]), row(4, ["2", "\"z"])]);
    assert_eq!(notes.psv, Some(PsvDialect::Backslash));
    // Carriage returns too.
    let (_, rows, _) = read_raw(TableFormat::Psv, "a|b\r\n1|x\\\r\\\ny\r\n2|\\\r\r\n");
    assert_eq!(rows, [row(2, ["1", "x\r\ny"]), row(4, ["2", "\r"])]);
    assert_error(TableFormat::Psv, "a|b\n1|\"x\n2|y\n", "line 2: a quoted cell that opens here is never closed");
}

#[test]
fn backslashes_of_a_psv_that_are_no_escapes_are_text() {
    let (columns, rows, notes) = read_raw(TableFormat::Psv, "a|b\n1|C:\\new\\q\n2|\\d+\\é\n3|ends\\\n");
    assert_eq!(columns, ["a", "b"]);
    assert_eq!(rows, [row(2, ["1", "C:\\new\\q"]), row(3, ["2", "\\d+\\é"]), row(4, ["3", "ends\\"])]);
    assert_eq!(notes.psv, Some(PsvDialect::Quoted));
}

#[test]
fn a_backslash_before_a_pipe_in_quotes_is_text() {
    let (_, rows, notes) = read_raw(TableFormat::Psv, "a|b\n1|\"x\\|y\"\n2|\"\\\\\"\n");
    assert_eq!(rows, [row(2, ["1", "x\\|y"]), row(3, ["2", "\\\\"])]);
    assert_eq!(notes.psv, Some(PsvDialect::Quoted));
    // Unless a quote is escaped too, which nothing but that dialect has.
    let (_, rows, notes) = read_raw(TableFormat::Psv, "a|b\n1|\"x\\|y\"\n2|\"say \\\"hi\\\" |\"\n");
    assert_eq!(rows, [row(2, ["1", "x|y"]), row(3, ["2", "say \"hi\" |"])]);
    assert_eq!(notes.psv, Some(PsvDialect::Backslash));
}

#[test]
fn our_own_psv_is_read_with_its_escapes() {
    let (columns, rows, notes) = read_raw(TableFormat::Psv, "a|b\\|c\nx\\n\\r\\ty|\\\\n\n  |\\\"é\"\n");
    assert_eq!(columns, ["a", "b|c"]);
    assert_eq!(rows, [row(2, ["x\n\r\ty", "\\n"]), row(3, ["  ", "\"é\""])]);
    assert_eq!((notes.psv, notes.escapes), (Some(PsvDialect::Escaped), 6));
    assert!(notes.to_say()[0].starts_with("6 backslash escapes"), "{notes:?}");
    assert!(read_raw(TableFormat::Psv, "a|b\n1|5\" pipe\n").2.to_say().is_empty());
    // Strictly: quotes are text, and what is no escape is refused.
    assert_eq!(read_strictly(TableFormat::Psv, "a|b\n\"x\\n|\"y\"\n").unwrap().1, [row(2, ["\"x\n", "\"y\""])]);
    let refused = |text| read_strictly(TableFormat::Psv, text).unwrap_err().to_string();
    assert!(refused("a|b\n1|2\n1|\\x").contains("line 3: `\\x` is not an escape"));
    assert!(refused("a|b\n1|\\é").contains("line 2: `\\é` is not an escape"));
    assert!(refused("a|b\n1|2\\\n").contains("line 2: a backslash at the end of the line"));
}

#[test]
fn where_no_dialect_fits_the_error_is_that_of_the_one_that_leads_furthest() {
    assert_error(TableFormat::Psv, "a|b\n1|x\\|y\n1\n", "line 3: expected 2 fields, as in the header, but found 1");
    assert_error(TableFormat::Psv, "\"a\"|\"b\"\n\"1\"|\"2\"\n\"1\"\n", "line 3: expected 2 fields");
    assert_error(TableFormat::Psv, "a|b\n1|\"x\" y\n", "line 2: there is text after the closing quote");
}
