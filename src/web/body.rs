//! Reads the body of a request: JSON in UTF-8, within bounds of size and time, with the rows in it.

use std::time::Duration;

use axum::body::Body;
use axum::http::header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE};
use axum::http::{HeaderMap, Request};
use futures_util::StreamExt as _;
use serde_json::{Map, Value};

use super::problem::Problem;
use crate::engine::read_written_json;

/// How long the body of a request may take to come.
const BODY_TIME: Duration = Duration::from_secs(30);
const ROW_HINT: &str = "a row is a JSON object with a value for each column, such as {\"text\": \"…\"}";

/// The bounds of numbers in rows. Larger whole numbers would be rounded, and whether one is whole does not show in how
/// it is written.
pub(super) const SMALLEST_NUMBER: i64 = i64::MIN;
pub(super) const LARGEST_NUMBER: u64 = u64::MAX;

/// A row as it is sent: values by column.
pub(super) type Row = Map<String, Value>;

/// The rows of a request.
#[derive(Debug)]
pub(super) struct Rows {
    pub rows: Vec<Row>,
    /// Whether it is one that was sent alone (`row`), and not a list (`rows`).
    pub single: bool,
}

/// Reads `{"row": …}` or `{"rows": […]}`, of at most `most` bytes. Only lists are taken where `lists_only`.
pub(super) async fn read_rows(request: Request<Body>, most: usize, lists_only: bool) -> Result<Rows, Problem> {
    let (parts, body) = request.into_parts();
    check_type(&parts.headers)?;
    if length(&parts.headers).is_some_and(|length| length > most as u64) {
        return Err(Problem::too_large(most));
    }
    let bytes = tokio::time::timeout(BODY_TIME, collect(body, most)).await.map_err(|_| Problem::too_slow())??;
    let text = std::str::from_utf8(&bytes).map_err(|_| Problem::bad_json("the body is not UTF-8"))?;
    let value = read_written_json(text).map_err(|error| Problem::bad_json(format!("the body is not JSON: {error}")))?;
    rows_of(value, lists_only)
}

fn length(headers: &HeaderMap) -> Option<u64> {
    headers.get(CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

fn check_type(headers: &HeaderMap) -> Result<(), Problem> {
    if headers.contains_key(CONTENT_ENCODING) {
        return Err(Problem::not_json("the body is encoded"));
    }
    let Some(named) = headers.get(CONTENT_TYPE) else {
        return Err(Problem::not_json("the body has no type"));
    };
    let named = named.to_str().unwrap_or_default();
    let mut parts = named.split(';').map(str::trim);
    let is_json = parts.next().is_some_and(|it| it.eq_ignore_ascii_case("application/json"));
    let is_utf8 = parts.filter_map(|it| it.split_once('=')).all(|(name, value)| {
        !name.eq_ignore_ascii_case("charset") || value.trim_matches('"').eq_ignore_ascii_case("utf-8")
    });
    if is_json && is_utf8 { Ok(()) } else { Err(Problem::not_json("the body is of another type")) }
}

/// The bytes of a body, of which no more than `most` are read.
async fn collect(body: Body, most: usize) -> Result<Vec<u8>, Problem> {
    let mut stream = body.into_data_stream();
    let mut bytes = Vec::new();
    while let Some(chunk) = stream.next().await {
        let chunk = chunk.map_err(|_| Problem::bad_json("the body ends too early"))?;
        if bytes.len() + chunk.len() > most {
            return Err(Problem::too_large(most));
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}

fn rows_of(value: Value, lists_only: bool) -> Result<Rows, Problem> {
    let expected = if lists_only { "{\"rows\": [{…}, …]}" } else { "{\"row\": {…}} or {\"rows\": [{…}, …]}" };
    let wrong = |message: String| Problem::wrong_body(message, &format!("send {expected}"));
    let Value::Object(members) = value else {
        return Err(wrong("the body is not an object".to_owned()));
    };
    let mut members = members.into_iter();
    let (Some((key, value)), None) = (members.next(), members.next()) else {
        return Err(wrong("the body needs one key".to_owned()));
    };
    match (key.as_str(), value) {
        ("row", Value::Object(row)) if !lists_only => Ok(Rows { rows: vec![checked(0, row)?], single: true }),
        ("row", _) if !lists_only => Err(Problem::wrong_body("`row` is not an object", ROW_HINT)),
        ("rows", Value::Array(items)) => {
            let rows = items.into_iter().enumerate().map(|(index, item)| match item {
                Value::Object(row) => checked(index, row),
                _ => Err(Problem::wrong_body("a row is not an object", ROW_HINT).of_row(index)),
            });
            Ok(Rows { rows: rows.collect::<Result<_, _>>()?, single: false })
        }
        ("rows", _) => Err(wrong("`rows` is not a list".to_owned())),
        (unknown, _) => Err(wrong(format!("the body has no key `{}`", unknown.escape_debug()))),
    }
}

/// A row whose numbers are all within the bounds.
fn checked(index: usize, row: Row) -> Result<Row, Problem> {
    match row.iter().find(|(_, value)| has_large_number(value)) {
        None => Ok(row),
        Some((column, _)) => {
            let message = format!("column `{}` has a number that is too large", column.escape_debug());
            Err(Problem::wrong_row(message, "send it as a text").of_row(index))
        }
    }
}

/// Whether a value, or any part of it, is a number out of bounds. Values have been read, so that they are not too deep.
fn has_large_number(value: &Value) -> bool {
    match value {
        // Whole numbers within the bounds are no floats.
        Value::Number(number) if number.is_f64() => {
            #[expect(clippy::cast_precision_loss, reason = "both bounds round to a power of 2")]
            let (least, most) = (SMALLEST_NUMBER as f64, LARGEST_NUMBER as f64);
            number.as_f64().is_some_and(|it| it < least || it >= most)
        }
        Value::Array(items) => items.iter().any(has_large_number),
        Value::Object(members) => members.values().any(has_large_number),
        _ => false,
    }
}

/// Makes numbers such as `5.0`, which are whole to JSON, whole numbers in these columns.
pub(super) fn make_whole(rows: &mut [Row], columns: &[String]) {
    for row in rows {
        for column in columns {
            let Some(value) = row.get_mut(column) else { continue };
            let Some(float) = value.as_f64().filter(|it| value.is_f64() && it.fract() == 0.0) else { continue };
            if let Ok(whole) = format!("{float:.0}").parse::<i64>() {
                *value = Value::from(whole);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn rows_come_alone_or_as_a_list() {
        let one = rows_of(json!({"row": {"a": 1}}), false).unwrap();
        assert!(one.single && one.rows.len() == 1);
        let two = rows_of(json!({"rows": [{"a": 1}, {}]}), true).unwrap();
        assert!(!two.single && two.rows.len() == 2);
        for wrong in [
            json!(1),
            json!({}),
            json!({"row": 1}),
            json!({"rows": {}}),
            json!({"rows": [1]}),
            json!({"rows": [], "row": {}}),
            json!({"lines": []}),
        ] {
            assert!(rows_of(wrong.clone(), false).is_err(), "{wrong}");
        }
        assert!(rows_of(json!({"row": {}}), true).is_err(), "a batch is a list");
    }

    #[test]
    fn numbers_are_bounded_and_whole_ones_may_have_a_point() {
        let row = |value: Value| rows_of(json!({"row": {"a": [value]}}), false).is_ok();
        assert!(row(json!(u64::MAX)) && row(json!(i64::MIN)) && row(json!(-1.5)) && row(json!(9e18)));
        assert!(!row(json!(1e300)) && !row(json!(-1e19)) && !row(json!(18_446_744_073_709_551_616.0)));
        let mut rows = rows_of(json!({"row": {"a": 5.0, "b": 5.0, "c": 5.5}}), false).unwrap().rows;
        make_whole(&mut rows, &["a".to_owned(), "c".to_owned(), "d".to_owned()]);
        assert_eq!(Value::from(rows.remove(0)), json!({"a": 5, "b": 5.0, "c": 5.5}));
    }

    #[test]
    fn a_body_is_json_in_utf_8() {
        let check =
            |name: &'static str| check_type(&HeaderMap::from_iter([(CONTENT_TYPE, name.parse().unwrap())])).is_ok();
        for fit in ["application/json", "Application/JSON; charset=UTF-8", "application/json;charset=\"utf-8\""] {
            assert!(check(fit), "{fit}");
        }
        for unfit in ["text/plain", "application/json; charset=latin1", "application/jsonl", ""] {
            assert!(!check(unfit), "{unfit}");
        }
        assert!(check_type(&HeaderMap::new()).is_err());
    }
}
