//! The types of input columns: [`ColumnType`], and what the text of a cell is as a value of one.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
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

    /// Whether its cells are texts.
    #[must_use]
    pub fn is_text(self) -> bool {
        matches!(self, Self::Untyped | Self::Typed(ColumnType::Text | ColumnType::Date))
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
            Self::Integer => "a whole number",
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
    if let Some(value) = integer(text) {
        return Some(CellValue::Integer(value));
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
    match serde_json::from_str::<Value>(text).ok()? {
        Value::Null => Some(CellValue::None),
        Value::Number(_) => number(text.trim()),
        value => Some(CellValue::Json(value)),
    }
}

fn is_date(text: &str) -> bool {
    text.len() == 10 && text.is_ascii() && time::Date::parse(text, &Iso8601::DATE).is_ok()
}

/// Finds the type of a column from all its cells.
#[derive(Clone, Copy, Debug)]
pub struct TypeInference {
    /// Which types every cell so far is of, in the order of [`CANDIDATES`].
    possible: [bool; CANDIDATES.len()],
    any: bool,
}

/// The types that are inferred, the narrowest first. A number that begins with a needless zero or a plus is likely a
/// code, and so are digits for yes and no.
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
        digits.starts_with('+') || (digits.starts_with('0') && digits.as_bytes().get(1).is_some_and(u8::is_ascii_digit))
    };
    match kind {
        ColumnType::Integer | ColumnType::Number => !is_code() && kind.parse(text).is_some(),
        ColumnType::Bool => text.eq_ignore_ascii_case("true") || text.eq_ignore_ascii_case("false"),
        ColumnType::Json => text.starts_with(['{', '[']) && kind.parse(text).is_some(),
        ColumnType::Date | ColumnType::Text => kind.parse(text).is_some(),
    }
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
    }
}
