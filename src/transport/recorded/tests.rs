use super::*;
use crate::provider::TokenUsage;

fn as_is(cell: &str) -> Cow<'_, str> {
    Cow::Borrowed(cell)
}

fn strings(values: &[&str]) -> Vec<String> {
    values.iter().map(|value| (*value).to_owned()).collect()
}

fn load(
    columns: &[&str],
    matched: &[&str],
    rows: &[&[&str]],
    answer: &str,
    model: Option<&str>,
) -> Result<RecordedTable, RecordedError> {
    let records = rows.iter().map(|row| Ok(strings(row)));
    RecordedTable::load(records, &strings(columns), (&strings(matched), as_is), (answer, model))
}

fn pairs_of(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(column, value)| ((*column).to_owned(), (*value).to_owned())).collect()
}

const COLUMNS: [&str; 3] = ["id", "model", "answer text"];
const ROWS: [&[&str]; 6] = [
    &["1", "a", "{{ 1 + 1 }} <&\" grüße\n"],
    &["1", "b", "second"],
    &["2", "a", "same"],
    &["2", "a", "same"],
    &["3", "a", "one"],
    &["3", "a", "other"],
];

fn table() -> RecordedTable {
    load(&COLUMNS, &["id", "model"], &ROWS, "{{ record['answer text'] }}", Some("m-{{ record.model }}")).unwrap()
}

#[test]
fn the_record_that_matches_answers() {
    let table = table();
    assert_eq!((table.len(), table.is_empty()), (6, false));
    let completion = table.answer(&pairs_of(&[("id", "1"), ("model", "a")])).unwrap();
    assert_eq!(completion.text, ROWS[0][2], "data stays data, unescaped and exact");
    assert_eq!(completion.model.as_deref(), Some("m-a"));
    assert_eq!((completion.finish, completion.usage, completion.envelope), (Finish::Stop, TokenUsage::default(), None));
    let other_order = table.answer(&pairs_of(&[("model", "b"), ("id", "1")])).unwrap();
    assert_eq!(other_order.text, "second");
    assert_eq!(table.answer(&pairs_of(&[("id", "2"), ("model", "a")])).unwrap().text, "same", "equal records are one");
}

#[test]
fn none_and_too_many_are_errors_that_name_the_values() {
    let long = "x".repeat(500);
    for (pairs, kind, message) in [
        (
            pairs_of(&[("id", "17\u{1b}[2J \n"), ("model", "a")]),
            ProviderErrorKind::NoRecord,
            "no record with id = \"17\\u{1b}[2J \\n\", model = \"a\"".to_owned(),
        ),
        (
            pairs_of(&[("id", &long), ("model", "it's")]),
            ProviderErrorKind::NoRecord,
            format!("no record with id = \"{}…\", model = \"it's\"", "x".repeat(80)),
        ),
        (
            pairs_of(&[("id", "3"), ("model", "a")]),
            ProviderErrorKind::ManyRecords,
            "2 records with id = \"3\", model = \"a\" give different answers; add a column to `match` that tells them apart"
                .to_owned(),
        ),
        (
            pairs_of(&[("id", "3")]),
            ProviderErrorKind::BadRequest,
            "the request has no value for the matched column `model`".to_owned(),
        ),
    ] {
        let error = table().answer(&pairs).unwrap_err();
        assert_eq!((error.kind, error.message), (kind, message));
    }
}

#[test]
fn values_are_compared_exactly_and_not_run_together() {
    let table = load(&["a", "b"], &["a", "b"], &[&["xy", ""], &["x", "y"]], "{{ record.a }}", None).unwrap();
    assert_eq!(table.answer(&pairs_of(&[("a", "x"), ("b", "y")])).unwrap().text, "x");
    assert!(table.answer(&pairs_of(&[("a", "x "), ("b", "y")])).is_err());
    assert!(table.answer(&pairs_of(&[("a", "X"), ("b", "y")])).is_err());
}

#[test]
fn records_that_differ_elsewhere_but_answer_alike_are_one() {
    let rows: [&[&str]; 2] = [&["1", "2024", "yes"], &["1", "2025", "yes"]];
    let table = load(&["id", "year", "text"], &["id"], &rows, "{{ record.text }}", None).unwrap();
    let completion = table.answer(&pairs_of(&[("id", "1")])).unwrap();
    assert_eq!((completion.text.as_str(), completion.model), ("yes", None));
}

#[test]
fn a_table_that_cannot_work_is_refused_before_the_first_look_up() {
    let case = |columns: &[&str], matched: &[&str], answer: &str, model: Option<&str>| {
        load(columns, matched, &[], answer, model).unwrap_err().to_string()
    };
    let ab = ["a", "b"];
    assert!(case(&ab, &[], "x", None).contains("`match` names no column"));
    assert!(case(&["a", "a"], &["a"], "x", None).contains("two columns named `a`"));
    assert_eq!(
        case(&ab, &["c"], "x", None),
        "recorded: `match` names the column `c`, which the table does not have; it has `a`, `b`"
    );
    assert!(case(&ab, &["a"], "{{ record.c }}", None).contains("answer names the column `c`"));
    assert!(case(&ab, &["a"], "x", Some("{{ record.c.d }}")).contains("model names the column `c`"));
    assert!(
        case(&ab, &["a"], "{{ row.a }}", None).contains("`row` is not defined; a template has `record` and `values`")
    );
    assert!(case(&ab, &["a"], "{{ record.a", None).contains("the template `answer` is not usable"));
    let works =
        "{% for k, v in record.items() %}{{ loop.index }}{{ k }}{% endfor %}{{ range(2) | list }}{{ record | tojson }}";
    assert!(load(&ab, &["a"], &[], works, None).unwrap().is_empty());
}

#[test]
fn templates_build_json_and_their_failures_are_errors() {
    let rows: [&[&str]; 2] = [&["1", "7"], &["2", ""]];
    let answer = "{\"n\": {{ record.n | int }}}\n";
    let table = load(&["id", "n"], &["id"], &rows, answer, None).unwrap();
    assert_eq!(table.answer(&pairs_of(&[("id", "1")])).unwrap().text, "{\"n\": 7}");
    let error = table.answer(&pairs_of(&[("id", "2")])).unwrap_err();
    assert_eq!(error.kind, ProviderErrorKind::BadRequest);
    assert!(error.message.starts_with("the template recorded.answer failed: "), "{}", error.message);
    let endless = "{% for i in range(9999) %}{% for j in range(9999) %}x{% endfor %}{% endfor %}";
    let table = load(&["id", "n"], &["id"], &rows, endless, None).unwrap();
    assert_eq!(table.answer(&pairs_of(&[("id", "1")])).unwrap_err().kind, ProviderErrorKind::BadRequest);
}

#[test]
fn records_that_cannot_be_read_are_errors_with_their_number() {
    let load = |records: Vec<Result<Vec<String>, String>>| {
        let columns = strings(&["a", "b"]);
        RecordedTable::load(records.into_iter(), &columns, (&columns, as_is), ("x", None)).unwrap_err().to_string()
    };
    let good = || Ok(strings(&["1", "2"]));
    assert_eq!(load(vec![good(), Ok(strings(&["1"]))]), "recorded: record 2 has 1 fields, expected 2 as in the header");
    assert_eq!(load(vec![good(), good(), Err("line 4: bad".into())]), "recorded: record 3 cannot be read: line 4: bad");
}

#[test]
fn many_records_are_found_from_many_threads() {
    let columns = strings(&["id", "text"]);
    let records = (0..20_000).map(|id| Ok(vec![id.to_string(), format!("answer {id}\n{}", "é".repeat(id % 50))]));
    let table =
        RecordedTable::load(records, &columns, (&strings(&["id"]), as_is), ("{{ record.text }}", None)).unwrap();
    std::thread::scope(|scope| {
        for thread in 0..4_usize {
            let table = &table;
            scope.spawn(move || {
                for id in (thread..20_000).step_by(97) {
                    let completion = table.answer(&[("id".to_owned(), id.to_string())]).unwrap();
                    assert_eq!(completion.text, format!("answer {id}\n{}", "é".repeat(id % 50)));
                }
            });
        }
    });
    assert_eq!(table.answer(&pairs_of(&[("id", "20000")])).unwrap_err().kind, ProviderErrorKind::NoRecord);
}
