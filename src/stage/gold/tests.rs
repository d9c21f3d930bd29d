use rusqlite::Connection;
use serde_json::json;

use super::*;
use crate::record::ColumnType;
use crate::store::scratch;

/// A data set of untyped columns on record.
fn dataset(connection: &Connection, id: i64, columns: &[&str], rows: &[&[&str]]) -> Dataset {
    connection.execute_batch("PRAGMA foreign_keys = OFF").unwrap();
    for (index, row) in (0_i64..).zip(rows) {
        connection
            .execute(
                "INSERT INTO input_row (dataset, row_id, row_index, line, fields) VALUES (?1, ?2, ?3, ?4, ?5)",
                (id, RowId::of(&[json!({"key": row[0]})]).to_string(), index, index + 2, json!(row).to_string()),
            )
            .unwrap();
    }
    connection
        .execute(
            "INSERT INTO dataset VALUES (?1, 'd', 'gold', 'gold.csv', 'csv', 's', 1, ?2, '[]', NULL, ?3, 't')",
            (id, json!(columns).to_string(), i64::try_from(rows.len()).unwrap()),
        )
        .unwrap();
    let columns: Vec<String> = columns.iter().map(|it| (*it).to_owned()).collect();
    Dataset { id, kinds: vec![ColumnKind::Untyped; columns.len()], columns, is_documents: false }
}

fn answers(dataset: Dataset, matching: GoldMatch) -> GoldAnswers {
    GoldAnswers { dataset, key: 0, matching, fields: vec![("product".to_owned(), 1)] }
}

fn row(key: &str) -> RowId {
    RowId::of(&[json!({"key": key})])
}

#[test]
fn a_row_or_group_has_the_answer_of_its_key_and_an_empty_one_is_none() {
    let mut connection = scratch();
    let input = dataset(&connection, 1, &["id", "team"], &[&["a", "x"], &["b", "x"], &["c", "y"]]);
    let gold = dataset(&connection, 2, &["id", "p"], &[&["c", "loan"], &["a", "card"], &["b", ""]]);
    let of_rows = answers(gold, GoldMatch::Key(0));
    let tx = connection.transaction().unwrap();
    check(&tx, &of_rows, &input, "gold.csv").unwrap();
    let counts = load(&tx, &of_rows, &input).unwrap();
    assert_eq!(counts, GoldCounts { sources: 3, with_gold: 2, missing_values: 0 });
    let found = ["a", "b", "c"].map(|key| of_row(&tx, row(key)).unwrap());
    assert_eq!(found, [Some(r#"{"product":"card"}"#.to_owned()), None, Some(r#"{"product":"loan"}"#.to_owned())]);

    let gold = dataset(&tx, 3, &["team", "p"], &[&["y", "loan"]]);
    let of_groups = answers(gold, GoldMatch::Group(1));
    check(&tx, &of_groups, &input, "gold.csv").unwrap();
    assert_eq!(load(&tx, &of_groups, &input).unwrap(), GoldCounts { sources: 2, with_gold: 1, missing_values: 0 });
    assert_eq!(of_group(&tx, "y").unwrap(), Some(r#"{"product":"loan"}"#.to_owned()));
    assert_eq!((of_group(&tx, "x").unwrap(), of_row(&tx, row("a")).unwrap()), (None, None));
}

#[test]
fn columns_of_the_input_are_about_the_rows_at_their_places() {
    let mut connection = scratch();
    let input = dataset(&connection, 1, &["text"], &[&["one"], &["two"]]);
    let gold = dataset(&connection, 2, &["p", "q"], &[&["1", "x"], &["2", ""]]);
    let fields = vec![("p".to_owned(), 0), ("q".to_owned(), 1)];
    let answers = GoldAnswers { dataset: gold, key: 0, matching: GoldMatch::Place, fields };
    let tx = connection.transaction().unwrap();
    check(&tx, &answers, &input, "rows.csv").unwrap();
    assert_eq!(load(&tx, &answers, &input).unwrap(), GoldCounts { sources: 2, with_gold: 2, missing_values: 1 });
    assert_eq!(of_row(&tx, row("two")).unwrap(), Some(r#"{"p":"2","q":null}"#.to_owned()));
}

#[test]
fn keys_that_are_about_nothing_are_refused_with_their_lines() {
    let connection = scratch();
    let input = dataset(&connection, 1, &["id"], &[&["a"], &["b"]]);
    let rows: [&[&str]; 7] =
        [&["a", "x"], &["q1", "x"], &["q2", "x"], &["q3", "x"], &["q4", "x"], &["q5", "x"], &["q6", "x"]];
    let gold = answers(dataset(&connection, 2, &["id", "p"], &rows), GoldMatch::Key(0));
    let error = check(&connection, &gold, &input, "gold.csv").unwrap_err();
    insta::assert_snapshot!(error.to_string(), @"gold.csv: 6 of 7 keys are not the `id` of a row of the input: `q1` (line 3), `q2` (line 4), `q3` (line 5), `q4` (line 6), `q5` (line 7) …");
    let gold = answers(dataset(&connection, 3, &["id", "p"], &[&["z", "x"]]), GoldMatch::Group(0));
    let error = check(&connection, &gold, &input, "gold.csv").unwrap_err();
    insta::assert_snapshot!(error.to_string(), @"gold.csv: none of its keys is the `id` of a group of the input: `z` (line 2)");
}

#[test]
fn values_are_what_their_columns_say() {
    let dataset = Dataset {
        id: 1,
        columns: ["a", "b", "c"].map(str::to_owned).into(),
        kinds: vec![ColumnKind::Untyped, ColumnKind::Json, ColumnKind::Typed(ColumnType::Number)],
        is_documents: false,
    };
    let fields = ["a", "b", "c"].map(str::to_owned).into_iter().zip(0..).collect();
    let gold = GoldAnswers { dataset, key: 0, matching: GoldMatch::Place, fields };
    let field = |text: &str, is_json: bool| Field { text: text.to_owned(), is_json };
    let answer = |fields: &[Field]| gold.answer(fields).map(Value::Object);
    let of_json = [field("5", false), field("[1,2.5]", true), field("5", false)];
    assert_eq!(answer(&of_json), Some(json!({"a": "5", "b": [1, 2.5], "c": 5})));
    assert_eq!(
        answer(&[field("", false), field("5", false), field("", false)]),
        Some(json!({"a": null, "b": "5", "c": null}))
    );
    assert_eq!(answer(&[field("", false), field("", false), field("", false)]), None);
}
