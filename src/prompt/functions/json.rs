//! JSON in templates: the filters `tojson` and `fromjson`.

use minijinja::value::{Kwargs, Serde, Value, ValueKind};
use minijinja::{Environment, Error, ErrorKind};
use serde::Serialize as _;

use super::super::bounds::{BoundedText, too_large};
use super::super::cell::{Plain, plain};
use crate::record::json_value;

pub(in crate::prompt) fn add_to(environment: &mut Environment<'_>) {
    environment.add_filter("tojson", tojson);
    environment.add_filter("fromjson", fromjson);
}

/// JSON for a model to read. The engine's own filter escapes it for HTML.
#[expect(clippy::needless_pass_by_value, reason = "the engine hands arguments over by value")]
fn tojson(value: &Value, indent: Option<usize>, named: Kwargs) -> Result<String, Error> {
    let indent = indent.map_or_else(|| named.get::<Option<usize>>("indent"), |indent| Ok(Some(indent)))?;
    named.assert_all_used()?;
    if value.is_undefined() {
        return Err(ErrorKind::UndefinedError.into());
    }
    let mut text = BoundedText::default();
    let written = match indent {
        None => Plain(value).serialize(&mut serde_json::Serializer::new(&mut text)),
        Some(indent) => {
            let spaces = " ".repeat(indent.min(16));
            let formatter = serde_json::ser::PrettyFormatter::with_indent(spaces.as_bytes());
            Plain(value).serialize(&mut serde_json::Serializer::with_formatter(&mut text, formatter))
        }
    };
    match written {
        Ok(()) => Ok(text.into_text()),
        Err(_) if text.is_full => Err(too_large("the result of `tojson`")),
        Err(error) => Err(Error::new(ErrorKind::BadSerialization, error.to_string())),
    }
}

/// The value of a JSON text. What is a value already, as a typed cell is, stays one.
fn fromjson(value: &Value) -> Result<Value, Error> {
    if value.is_undefined() {
        return Err(ErrorKind::UndefinedError.into());
    }
    let value = plain(value);
    let Some(text) = value.as_str().filter(|_| value.kind() == ValueKind::String) else { return Ok(value) };
    let read = json_value(text).map_err(|error| {
        let found = super::super::compare::quoted(&value);
        Error::new(ErrorKind::BadSerialization, format!("`fromjson` is given no JSON, but {found}: {error}"))
    })?;
    Ok(Value::from(Serde(read)))
}
