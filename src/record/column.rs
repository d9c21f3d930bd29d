//! The types of input columns: [`ColumnType`], and what the text of a cell is as a value of one.

use std::borrow::Cow;
use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_json::value::RawValue;
use time::format_description::well_known::Iso8601;

/// The type of a column of the input.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ColumnType {
    /// A text, as every cell of a table is without a type.
    Text,
    /// A decimal number: `5`, `-2.50`, `1e3`.
    Number,
    /// A whole number: `5`, `007`.
    Integer,
    /// `true`, `false`, `yes`, `no`, `1` or `0`, in any case.
    #[serde(alias = "boolean")]
    Bool,
    /// A JSON text.
    Json,
    /// A calendar date: `2024-01-31`.
    Date,
}

/// What the cells of a column are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ColumnKind {
    /// Texts, since nothing says otherwise.
    Untyped,
    /// Values of this type.
    Typed(ColumnType),
    /// Whatever each of them is in a JSON file.
    Json,
}

impl ColumnKind {
    /// The word in the run file; `None` for an untyped column.
    #[must_use]
    pub fn word(self) -> Option<&'static str> {
        match self {
            Self::Untyped => None,
            Self::Typed(kind) => Some(kind.as_str()),
            Self::Json => Some("any"),
        }
    }

    /// The kind with this word.
    #[must_use]
    pub fn of_word(word: Option<&str>) -> Self {
        match word {
            None => Self::Untyped,
            Some("any") => Self::Json,
            Some(word) => {
                let kind = ColumnType::ALL.into_iter().find(|kind| kind.as_str() == word);
                kind.map_or(Self::Untyped, Self::Typed)
            }
        }
    }

    /// What its cells hold, if that has no parts.
    #[must_use]
    pub fn scalar(self) -> Option<&'static str> {
        match self {
            Self::Untyped | Self::Typed(ColumnType::Text) => Some("texts"),
            Self::Typed(ColumnType::Number | ColumnType::Integer) => Some("numbers"),
            Self::Typed(ColumnType::Bool) => Some("true or false"),
            Self::Typed(ColumnType::Date) => Some("dates"),
            Self::Typed(ColumnType::Json) | Self::Json => None,
        }
    }
}

/// A cell as the run file keeps it: its text, and whether a JSON file has it as something other than a text. `null` and
/// a key that is not there have no text.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Field {
    pub text: String,
    pub is_json: bool,
}

impl AsRef<str> for Field {
    fn as_ref(&self) -> &str {
        &self.text
    }
}

/// What a cell holds.
#[derive(Clone, Debug, PartialEq)]
pub enum CellValue {
    /// Nothing: the cell is empty.
    None,
    /// The cell's text.
    Text,
    Bool(bool),
    Integer(i128),
    Float(f64),
    Json(Value),
}

impl ColumnType {
    /// All types.
    pub const ALL: [Self; 6] = [Self::Text, Self::Number, Self::Integer, Self::Bool, Self::Json, Self::Date];

    /// The word in a configuration and in the run file.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Number => "number",
            Self::Integer => "integer",
            Self::Bool => "bool",
            Self::Json => "json",
            Self::Date => "date",
        }
    }

    /// What a cell of this type has to be, for messages.
    #[must_use]
    pub fn expected(self) -> &'static str {
        match self {
            Self::Text => "a text",
            Self::Number => "a number, such as 5 or -2.50",
            Self::Integer => "a whole number of at most 38 digits",
            Self::Bool => "true, false, yes, no, 1 or 0",
            Self::Json => "JSON",
            Self::Date => "a date, such as 2024-01-31",
        }
    }

    /// What a cell with this text holds; `None` if it is no value of the type. An empty cell holds nothing, unless it
    /// is a text.
    #[must_use]
    pub fn parse(self, text: &str) -> Option<CellValue> {
        if text.is_empty() && self != Self::Text {
            return Some(CellValue::None);
        }
        match self {
            Self::Text => Some(CellValue::Text),
            Self::Number => number(text),
            Self::Integer => integer(text).map(CellValue::Integer),
            Self::Bool => boolean(text).map(CellValue::Bool),
            Self::Json => json(text),
            Self::Date => is_date(text).then_some(CellValue::Text),
        }
    }
}

impl fmt::Display for ColumnType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl CellValue {
    /// The value as JSON. A whole number beyond 64 bits is its digits, as a text.
    #[must_use]
    pub fn to_json(self, text: &str) -> Value {
        match self {
            Self::None => Value::Null,
            Self::Text => Value::from(text),
            Self::Bool(value) => Value::from(value),
            Self::Integer(value) => match (i64::try_from(value), u64::try_from(value)) {
                (Ok(value), _) => Value::from(value),
                (_, Ok(value)) => Value::from(value),
                _ => Value::from(value.to_string()),
            },
            Self::Float(value) => Value::from(value),
            Self::Json(value) => value,
        }
    }
}

/// Whether `text` is a decimal number: digits with an optional sign, fraction and exponent.
#[must_use]
pub fn is_number(text: &str) -> bool {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let (mantissa, exponent) = unsigned.split_once(['e', 'E']).map_or((unsigned, None), |(m, e)| (m, Some(e)));
    let (whole, fraction) = mantissa.split_once('.').map_or((mantissa, None), |(w, f)| (w, Some(f)));
    let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    let exponent_is_sound = exponent.is_none_or(|exponent| {
        let exponent = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
        !exponent.is_empty() && digits(exponent)
    });
    let fraction_is_sound = fraction.is_none_or(|fraction| !fraction.is_empty() && digits(fraction));
    !(whole.is_empty() && fraction.is_none()) && digits(whole) && fraction_is_sound && exponent_is_sound
}

fn number(text: &str) -> Option<CellValue> {
    let is_whole = text.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'+' | b'-'));
    if is_whole {
        // Beyond 128 bits it is none: a float would have other digits.
        return integer(text).map(CellValue::Integer);
    }
    if !is_number(text) {
        return None;
    }
    text.parse::<f64>().ok().filter(|value| value.is_finite()).map(CellValue::Float)
}

fn integer(text: &str) -> Option<i128> {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    text.parse().ok()
}

fn boolean(text: &str) -> Option<bool> {
    match text.to_ascii_lowercase().as_str() {
        "true" | "yes" | "1" => Some(true),
        "false" | "no" | "0" => Some(false),
        _ => None,
    }
}

/// A JSON text. A number in it keeps all its digits where it stands alone.
fn json(text: &str) -> Option<CellValue> {
    let trimmed = text.trim();
    if is_number(trimmed) {
        return serde_json::from_str::<&RawValue>(trimmed).ok().and_then(|_| number(trimmed));
    }
    match json_value(text).ok()? {
        Value::Null => Some(CellValue::None),
        value => Some(CellValue::Json(value)),
    }
}

/// Reads a JSON text. A whole number beyond 64 bits becomes a text with its digits: as a number it would lose some.
pub fn json_value(text: &str) -> serde_json::Result<Value> {
    serde_json::from_str(&quote_long_integers(text))
}

/// `text` with quotes around whole numbers beyond 64 bits.
fn quote_long_integers(text: &str) -> Cow<'_, str> {
    let bytes = text.as_bytes();
    let (mut out, mut copied, mut at) = (String::new(), 0, 0);
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'"' => at += text_length(&bytes[at..]),
            b'-' | b'0'..=b'9' => {
                let in_number = |it: &&u8| it.is_ascii_digit() || matches!(it, b'-' | b'+' | b'.' | b'e' | b'E');
                let end = at + bytes[at..].iter().take_while(in_number).count();
                let number = &text[at..end];
                if is_beyond_64_bits(number) {
                    out.push_str(&text[copied..at]);
                    out.extend(["\"", number, "\""]);
                    copied = end;
                }
                at = end;
            }
            _ => at += 1,
        }
    }
    if copied == 0 {
        return Cow::Borrowed(text);
    }
    out.push_str(&text[copied..]);
    Cow::Owned(out)
}

/// The length of a text literal, with its quotes.
fn text_length(bytes: &[u8]) -> usize {
    let mut at = 1;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'"' => return at + 1,
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
    bytes.len()
}

/// Whether a number of JSON is whole and fits in neither kind of 64 bits.
fn is_beyond_64_bits(number: &str) -> bool {
    let digits = number.strip_prefix('-').unwrap_or(number);
    let is_whole = digits.bytes().all(|byte| byte.is_ascii_digit()) && !digits.starts_with('0');
    is_whole && digits.len() > 18 && number.parse::<i64>().is_err() && number.parse::<u64>().is_err()
}

/// A calendar date, and not one by week (`2024-W05-3`), which does not sort with the others.
fn is_date(text: &str) -> bool {
    let is_calendar = text.bytes().enumerate().all(|(at, byte)| match at {
        4 | 7 => byte == b'-',
        _ => byte.is_ascii_digit(),
    });
    text.len() == 10 && is_calendar && time::Date::parse(text, &Iso8601::DATE).is_ok()
}

/// Finds the type of a column from all its cells.
#[derive(Clone, Copy, Debug)]
pub struct TypeInference {
    /// Which types every cell so far is of, in the order of [`CANDIDATES`].
    possible: [bool; CANDIDATES.len()],
    any: bool,
}

/// The types that are inferred, the narrowest first. A number that begins with a needless zero or a plus is likely a
/// code, and so are digits for yes and no, and one with more digits than a float holds.
const CANDIDATES: [ColumnType; 5] =
    [ColumnType::Integer, ColumnType::Number, ColumnType::Bool, ColumnType::Date, ColumnType::Json];

impl Default for TypeInference {
    fn default() -> Self {
        Self { possible: [true; CANDIDATES.len()], any: false }
    }
}

impl TypeInference {
    /// Takes the next cell. An empty one says nothing.
    pub fn add(&mut self, text: &str) {
        if text.is_empty() {
            return;
        }
        self.any = true;
        for (possible, kind) in self.possible.iter_mut().zip(CANDIDATES) {
            *possible = *possible && is_plainly(text, kind);
        }
    }

    /// Takes a cell that is a text whatever it looks like.
    pub fn add_text(&mut self) {
        self.any = true;
        self.possible = [false; CANDIDATES.len()];
    }

    /// The type of all cells; text if they have none in common.
    #[must_use]
    pub fn found(&self) -> ColumnType {
        let found = self.possible.iter().zip(CANDIDATES).find(|(possible, _)| **possible);
        found.filter(|_| self.any).map_or(ColumnType::Text, |(_, kind)| kind)
    }
}

fn is_plainly(text: &str, kind: ColumnType) -> bool {
    let is_code = || {
        let digits = text.strip_prefix('-').unwrap_or(text);
        digits.starts_with('+')
            || (digits.starts_with('0') && digits.as_bytes().get(1).is_some_and(u8::is_ascii_digit))
            || (kind.parse(text).is_some_and(|value| matches!(value, CellValue::Float(_))) && has_more_digits(digits))
    };
    match kind {
        ColumnType::Integer | ColumnType::Number => !is_code() && kind.parse(text).is_some(),
        ColumnType::Bool => text.eq_ignore_ascii_case("true") || text.eq_ignore_ascii_case("false"),
        ColumnType::Json => text.starts_with(['{', '[']) && kind.parse(text).is_some(),
        ColumnType::Date | ColumnType::Text => kind.parse(text).is_some(),
    }
}

/// Whether a decimal fraction has more significant digits than any float is written with.
fn has_more_digits(number: &str) -> bool {
    const MAX_DIGITS: usize = 17;
    let mantissa = number.split(['e', 'E']).next().unwrap_or_default();
    let significant = mantissa.trim_start_matches(['0', '.']).bytes().filter(u8::is_ascii_digit).count();
    significant > MAX_DIGITS
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_cell_is_a_value_of_its_type_or_none() {
        use CellValue::{Bool, Float, Integer, Json, None as Empty, Text};
        for (kind, text, value) in [
            (ColumnType::Number, "5", Some(Integer(5))),
            (ColumnType::Number, "5.00", Some(Float(5.0))),
            (ColumnType::Number, "-.5e1", Some(Float(-5.0))),
            (ColumnType::Number, "007", Some(Integer(7))),
            (ColumnType::Number, "", Some(Empty)),
            (ColumnType::Number, "1e999", None),
            (ColumnType::Number, "abc", None),
            (ColumnType::Number, "nan", None),
            (ColumnType::Number, "1,000", None),
            (ColumnType::Number, "5 ", None),
            (ColumnType::Number, "1.", None),
            (ColumnType::Number, "0x10", None),
            (ColumnType::Integer, "+12", Some(Integer(12))),
            (ColumnType::Integer, "5.0", None),
            (ColumnType::Integer, "9223372036854775808", Some(Integer(9_223_372_036_854_775_808))),
            (ColumnType::Bool, "Yes", Some(Bool(true))),
            (ColumnType::Bool, "0", Some(Bool(false))),
            (ColumnType::Bool, "2", None),
            (ColumnType::Json, "{\"a\": [1]}", Some(Json(json!({"a": [1]})))),
            (ColumnType::Json, "null", Some(Empty)),
            (ColumnType::Json, "{a}", None),
            (ColumnType::Date, "2024-02-29", Some(Text)),
            (ColumnType::Date, "2023-02-29", None),
            (ColumnType::Date, "2024-2-9", None),
            (ColumnType::Date, "2024-W05-3", None),
            (ColumnType::Date, "2024-001", None),
            (ColumnType::Number, "1234567890123456789012345678901234567890", None),
            (ColumnType::Json, "12345678901234567890123", Some(Integer(12_345_678_901_234_567_890_123))),
            (ColumnType::Json, "007", None),
            (ColumnType::Text, "", Some(Text)),
        ] {
            assert_eq!(kind.parse(text), value, "{kind} {text:?}");
        }
    }

    #[test]
    fn a_column_has_the_type_of_all_its_cells() {
        let found = |cells: &[&str]| {
            let mut inference = TypeInference::default();
            for cell in cells {
                inference.add(cell);
            }
            inference.found()
        };
        assert_eq!(found(&["5", "", "-12"]), ColumnType::Integer);
        assert_eq!(found(&["5", "2.50"]), ColumnType::Number);
        assert_eq!(found(&["5", "abc"]), ColumnType::Text);
        assert_eq!(found(&["007", "5"]), ColumnType::Text);
        assert_eq!(found(&["0", "0.5"]), ColumnType::Number);
        assert_eq!(found(&["TRUE", "false"]), ColumnType::Bool);
        assert_eq!(found(&["1", "0"]), ColumnType::Integer);
        assert_eq!(found(&["2024-01-31"]), ColumnType::Date);
        assert_eq!(found(&["{}", "[1]"]), ColumnType::Json);
        assert_eq!(found(&["", ""]), ColumnType::Text);
        // What a float would change is no number.
        assert_eq!(found(&["1234567890123456789012345678901234567890"]), ColumnType::Text);
        assert_eq!(found(&["1.23456789012345678"]), ColumnType::Text);
        assert_eq!(found(&["0.30000000000000004", "12345678901234567"]), ColumnType::Number);
        assert_eq!(found(&["2024-W05-3"]), ColumnType::Text);
    }

    #[test]
    fn long_integers_in_json_keep_their_digits() {
        for (text, value) in [
            (r#"{"a": 12345678901234567890123}"#, json!({"a": "12345678901234567890123"})),
            (r"[-9223372036854775809,-9223372036854775808]", json!(["-9223372036854775809", i64::MIN])),
            (r"[18446744073709551615 ,18446744073709551616]", json!([u64::MAX, "18446744073709551616"])),
            (
                r#"{"12345678901234567890123\"1": "\\", "b": 12345678901234567890.5}"#,
                json!({"12345678901234567890123\"1": "\\", "b": 12_345_678_901_234_567_890.5}),
            ),
            ("[1e30, 1.5, 0, -0]", json!([1e30, 1.5, 0, -0.0])),
        ] {
            assert_eq!(json_value(text).unwrap(), value, "{text}");
        }
        assert!(json_value("[012345678901234567890123]").is_err());
        assert!(json_value("[1234567890123456789-0123]").is_err());
    }
}
