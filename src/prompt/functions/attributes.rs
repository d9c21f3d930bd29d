//! Attributes that filters read from the elements of a list. One that an element lacks is an error.

use minijinja::value::{Value, ValueKind};
use minijinja::{Error, ErrorKind};

use super::super::bounds;
use super::adding::named;

/// The value at a dotted path; undefined if it is not there.
pub(super) fn at_path(value: &Value, path: &str) -> Value {
    let step = |value: Value, part: &str| match part.parse::<usize>() {
        Ok(index) => value.get_item_by_index(index).unwrap_or_default(),
        Err(_) => value.get_attr(part).unwrap_or_default(),
    };
    path.split('.').fold(value.clone(), step)
}

/// Refuses elements without the attribute.
pub(super) fn require(by: &str, value: &Value, path: &str) -> Result<(), Error> {
    if !matches!(value.kind(), ValueKind::Seq | ValueKind::Iterable) {
        return Ok(());
    }
    for (index, item) in value.try_iter()?.enumerate() {
        if at_path(&item, path).is_undefined() {
            let message = format!(
                "element {} of the list has no `{path}`, which `{by}` needs; leave such elements out first with \
                 `selectattr(\"{path}\", \"defined\")`",
                index + 1
            );
            return Err(Error::new(ErrorKind::UndefinedError, message));
        }
    }
    Ok(())
}

/// Checks the attribute that a filter is given by name, unless it has a default, and how long a text is of which it
/// takes the characters.
pub(super) fn check_named(by: &str, value: &Value, args: &[Value]) -> Result<(), Error> {
    bounds::check_characters(by, value, &[])?;
    let named = named(args)?;
    let given = if by == "groupby" || by == "sum" { args.first().filter(|it| !it.is_kwargs()).cloned() } else { None };
    let given = match given {
        None => named.get::<Option<Value>>("attribute")?,
        given => given,
    };
    let Some(path) = given else { return Ok(()) };
    if named.has("default") {
        return Ok(());
    }
    let path = path.as_str().map_or_else(|| path.to_string(), str::to_owned);
    let mut paths = path.split(',').map(str::trim).filter(|it| !it.is_empty());
    paths.try_for_each(|path| require(by, value, path))
}

/// The attribute of `join` is its second argument, or named.
pub(super) fn check_join(by: &str, value: &Value, args: &[Value]) -> Result<(), Error> {
    match args.get(1).and_then(Value::as_str) {
        Some(path) => require(by, value, path)?,
        None => check_named(by, value, args)?,
    }
    bounds::check_joined(by, value, args.first().unwrap_or(&Value::UNDEFINED))
}

/// The first argument of `selectattr` and `rejectattr`, unless the test asks whether it is there.
pub(super) fn check_selected(by: &str, value: &Value, args: &[Value]) -> Result<(), Error> {
    match (args.first().and_then(Value::as_str), args.get(1).and_then(Value::as_str)) {
        (Some(_), Some("defined" | "undefined")) | (None, _) => Ok(()),
        (Some(path), _) => require(by, value, path),
    }
}
