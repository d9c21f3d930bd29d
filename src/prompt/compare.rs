//! Comparisons that never order or equate values of different kinds in silence.

use std::cmp::Ordering;

use minijinja::value::{ObjectRepr, Value, ValueKind};
use minijinja::{Error, ErrorKind};

use super::cell::{plain, plain_list, shown};
use super::operators::Operator;
use crate::record::is_number;

/// What to do about a text that is compared with a number.
pub(super) const HINT: &str = "write `| int` or `| float` after the text, or give its column a type (`input.types`)";

/// Whether `left operator right` is true.
pub(super) fn holds(operator: Operator, left: &Value, right: &Value) -> Result<bool, Error> {
    if operator == Operator::In || operator == Operator::NotIn {
        defined(right)?;
        defined(left)?;
        return Ok(contains(right, left)? == (operator == Operator::In));
    }
    defined(left)?;
    defined(right)?;
    match operator {
        Operator::Equal => equal(left, right),
        Operator::NotEqual => equal(left, right).map(|equal| !equal),
        _ => {
            let ordering = order(left, right, operator.sign())?;
            Ok(match operator {
                Operator::Less => ordering.is_lt(),
                Operator::LessOrEqual => ordering.is_le(),
                Operator::Greater => ordering.is_gt(),
                _ => ordering.is_ge(),
            })
        }
    }
}

/// The engine's own error for an undefined value, which names the expression that it comes from.
fn defined(value: &Value) -> Result<(), Error> {
    if value.is_undefined() { value.get_attr("").map(|_| ()) } else { Ok(()) }
}

/// The order of two values of one kind. `by` names the operator or the filter that asks.
pub(super) fn order(left: &Value, right: &Value, by: &str) -> Result<Ordering, Error> {
    let (a, b) = (plain_list(left), plain_list(right));
    if a.kind() == b.kind() && a.kind() != ValueKind::Seq {
        return Ok(a.cmp(&b));
    }
    if a.kind() != ValueKind::Seq || b.kind() != ValueKind::Seq {
        return Err(of_two_kinds(left, right, by));
    }
    let (mut first, mut second) = (a.try_iter()?, b.try_iter()?);
    loop {
        match (first.next(), second.next()) {
            (Some(one), Some(other)) => match order(&one, &other, by)? {
                Ordering::Equal => {}
                ordering => return Ok(ordering),
            },
            // One is the beginning of the other.
            _ => return Ok(a.cmp(&b)),
        }
    }
}

fn of_two_kinds(left: &Value, right: &Value, by: &str) -> Error {
    let (a, b) = (plain(left), plain(right));
    let pair = if by.starts_with(|first: char| first.is_alphabetic()) {
        format!("{by} of {} and {}", quoted(left), quoted(right))
    } else {
        format!("{} {by} {}", quoted(left), quoted(right))
    };
    let hint = match (a.kind(), b.kind()) {
        (ValueKind::String, ValueKind::Number) | (ValueKind::Number, ValueKind::String) => HINT,
        (ValueKind::None, _) | (_, ValueKind::None) => "ask first whether there is a value, as in `x is not none`",
        _ => "make them one kind first, as with `| int` or `| string`",
    };
    let message = format!("{} cannot be ordered against {}: {pair}; {hint}", kind(&a), kind(&b));
    Error::new(ErrorKind::InvalidOperation, message)
}

/// Whether two values are equal. A text that reads as a number is never equal to one, which is an error.
pub(super) fn equal(left: &Value, right: &Value) -> Result<bool, Error> {
    let (a, b) = (plain_list(left), plain_list(right));
    let (text, number) = match (a.kind(), b.kind()) {
        (ValueKind::String, ValueKind::Number) => (&a, &b),
        (ValueKind::Number, ValueKind::String) => (&b, &a),
        _ => return Ok(a == b),
    };
    if !text.as_str().is_some_and(|text| is_number(text.trim())) {
        return Ok(false);
    }
    let message = format!("the text {} is never equal to the number {}; {HINT}", quoted(text), quoted(number));
    Err(Error::new(ErrorKind::InvalidOperation, message))
}

/// Whether `container` has `value`, as the engine's `in` has it.
fn contains(container: &Value, value: &Value) -> Result<bool, Error> {
    if let Some(text) = shown(container).as_str() {
        let sought = shown(value);
        return Ok(sought.as_str().map_or_else(|| text.contains(&sought.to_string()), |sought| text.contains(sought)));
    }
    let container = plain(container);
    let Some(object) = container.as_object() else {
        return Err(Error::new(ErrorKind::InvalidOperation, "cannot perform a containment check on this value"));
    };
    match object.repr() {
        ObjectRepr::Map if object.get_value(&plain(value)).is_some() => Ok(true),
        // No key is a text that reads as this number, nor the other way round.
        ObjectRepr::Map => {
            for key in object.try_iter().into_iter().flatten() {
                equal(&key, value)?;
            }
            Ok(false)
        }
        ObjectRepr::Seq | ObjectRepr::Iterable => {
            for item in object.try_iter().into_iter().flatten() {
                if equal(&item, value)? {
                    return Ok(true);
                }
            }
            Ok(false)
        }
        _ => Ok(false),
    }
}

/// The kind of a value, in words.
fn kind(value: &Value) -> &'static str {
    match value.kind() {
        ValueKind::Undefined => "what is undefined",
        ValueKind::None => "none",
        ValueKind::Bool => "true or false",
        ValueKind::Number => "a number",
        ValueKind::String => "text",
        ValueKind::Map => "an object",
        ValueKind::Seq | ValueKind::Iterable => "a list",
        _ => "such a value",
    }
}

/// A value for a message.
pub(super) fn quoted(value: &Value) -> String {
    const MAX_CHARS: usize = 60;
    let text = match shown(value).as_str() {
        Some("") if plain(value).is_none() => "none".to_owned(),
        Some(text) if plain(value).kind() == ValueKind::String => format!("{text:?}"),
        Some(text) => text.to_owned(),
        None if value.is_none() => "none".to_owned(),
        None => value.to_string(),
    };
    if text.chars().count() <= MAX_CHARS { text } else { text.chars().take(MAX_CHARS).collect::<String>() + "…" }
}
