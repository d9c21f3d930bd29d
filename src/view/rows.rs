//! Rows as cells, and texts as Markdown. `write` prints rows in the formats of the command line.

use serde_json::{Number, Value};

use super::text;

#[cfg(feature = "cli")]
mod table;
#[cfg(feature = "cli")]
mod write;

#[cfg(feature = "cli")]
pub use table::{PrintTarget, table};
#[cfg(feature = "cli")]
pub use write::{RowFormat, RowPrinter};

/// One value of a row.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    /// Nothing: `NULL` in a table, `null` in JSON, empty in CSV and PSV.
    Null,
    /// A whole number.
    Integer(i64),
    /// Another number.
    Real(f64),
    Text(String),
    /// A structured value: itself in JSON, its compact text elsewhere.
    Json(Value),
    /// Bytes, shown as their number.
    Blob(usize),
}

impl Cell {
    /// The value as JSON. A number that JSON does not have is its name as a text.
    #[must_use]
    pub fn to_value(&self) -> Value {
        match self {
            Self::Null => Value::Null,
            Self::Integer(number) => Value::from(*number),
            Self::Real(number) => Number::from_f64(*number).map_or_else(|| number.to_string().into(), Value::Number),
            Self::Text(text) => Value::String(text.clone()),
            Self::Json(value) => value.clone(),
            Self::Blob(_) => Value::String(self.to_text()),
        }
    }

    /// The value as a text; empty for nothing.
    #[must_use]
    pub fn to_text(&self) -> String {
        match self {
            Self::Null => String::new(),
            Self::Integer(number) => number.to_string(),
            Self::Real(_) => match self.to_value() {
                Value::String(name) => name,
                number => number.to_string(),
            },
            Self::Text(text) => text.clone(),
            Self::Json(value) => value.to_string(),
            Self::Blob(bytes) => format!("<{bytes} bytes>"),
        }
    }

    /// The cell of a JSON value: a text or a number is itself.
    #[must_use]
    pub fn of(value: &Value) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::String(text) => Self::Text(text.clone()),
            Value::Number(number) => number.as_i64().map_or_else(|| Self::Json(value.clone()), Self::Integer),
            other => Self::Json(other.clone()),
        }
    }

    fn is_empty(&self) -> bool {
        matches!(self, Self::Null) || matches!(self, Self::Text(text) if text.is_empty())
    }

    fn is_number(&self) -> bool {
        matches!(self, Self::Integer(_) | Self::Real(_))
    }
}

impl From<u64> for Cell {
    fn from(number: u64) -> Self {
        Self::Integer(i64::try_from(number).unwrap_or(i64::MAX))
    }
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl<T: Into<Cell>> From<Option<T>> for Cell {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

/// A text as Markdown on one line: nothing in it can open a link, a cell, HTML or code.
#[must_use]
pub fn markdown(field: &str) -> String {
    let lines: Vec<String> = field
        .split('\n')
        .map(|line| {
            let mut encoded = String::with_capacity(line.len());
            for character in text::line(line.trim_end_matches('\r')).chars() {
                if matches!(character, '\\' | '|' | '<' | '`' | '[' | '*' | '&') {
                    encoded.push('\\');
                }
                encoded.push(character);
            }
            encoded
        })
        .collect();
    lines.join("<br>")
}
