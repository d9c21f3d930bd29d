//! The filters that order values: `sort`, `max`, `min`, `groupby` and `dictsort`; and `sum` and `unique`.

use minijinja::value::{Rest, Value, ValueKind, ValueOrKwargs};
use minijinja::{Environment, Error, State, filters};

use super::super::cell::{plain, plain_list};
use super::super::{bounds, compare};
use super::adding::{Check, Taken, filter, named};
use super::attributes::{at_path, check_named};
use crate::record::is_number;

pub(super) fn add_to(environment: &mut Environment<'_>) {
    use Value as V;
    ordering(environment, "sort", V::from_function(filters::sort));
    ordering(environment, "max", V::from_function(filters::max));
    ordering(environment, "min", V::from_function(filters::min));
    let mut add = |name, check: Check, inner| filter(environment, name, Taken::List, check, inner);
    add("groupby", check_groups, V::from_function(filters::groupby));
    add("dictsort", check_dictionary, V::from_function(filters::dictsort));
    add("sum", check_named, V::from_function(filters::sum));
    add("unique", check_unique, V::from_function(filters::unique));
}

/// Adds a filter that orders the elements of a list, or picks one by their order.
fn ordering(environment: &mut Environment<'_>, name: &'static str, inner: Value) {
    environment.add_filter(name, move |state: &mut State<'_, '_>, args: Rest<ValueOrKwargs>| {
        let mut args: Vec<Value> = args.0.into_iter().map(ValueOrKwargs::into_value).collect();
        if let Some((value, others)) = args.split_first_mut() {
            bounds::check(value, name)?;
            check_named(name, value, others)?;
            check_order(name, value, others)?;
            *value = plain_list(value);
        }
        inner.call(state, &args)
    });
}

/// Refuses values of different kinds: each is compared with the first.
fn one_kind(by: &str, mut values: impl Iterator<Item = Value>) -> Result<(), Error> {
    let Some(first) = values.next() else { return Ok(()) };
    values.try_for_each(|value| compare::order(&first, &value, by).map(|_| ()))
}

fn check_order(by: &str, value: &Value, args: &[Value]) -> Result<(), Error> {
    if !matches!(value.kind(), ValueKind::Seq | ValueKind::Iterable) {
        return Ok(());
    }
    let items: Vec<Value> = value.try_iter()?.collect();
    match named(args)?.get::<Option<String>>("attribute")? {
        None => one_kind(by, items.into_iter()),
        Some(paths) => {
            let mut paths = paths.split(',').map(str::trim).filter(|it| !it.is_empty());
            paths.try_for_each(|path| one_kind(by, items.iter().map(|item| at_path(item, path))))
        }
    }
}

/// Refuses a list with a number and a text that reads as one, which are never equal.
fn check_unique(by: &str, value: &Value, args: &[Value]) -> Result<(), Error> {
    check_named(by, value, args)?;
    if !matches!(value.kind(), ValueKind::Seq | ValueKind::Iterable) {
        return Ok(());
    }
    let path = named(args)?.get::<Option<String>>("attribute")?;
    let item = |item: Value| path.as_ref().map_or_else(|| item.clone(), |path| at_path(&item, path));
    let (mut number, mut text) = (None, None);
    for value in value.try_iter()?.map(item) {
        if plain(&value).is_number() {
            number.get_or_insert(value);
        } else if plain(&value).as_str().is_some_and(|text| is_number(text.trim())) {
            text.get_or_insert(value);
        }
    }
    match (number, text) {
        (Some(number), Some(text)) => compare::equal(&text, &number).map(|_| ()),
        _ => Ok(()),
    }
}

fn check_groups(by: &str, value: &Value, args: &[Value]) -> Result<(), Error> {
    check_named(by, value, args)?;
    let path = match args.first().and_then(Value::as_str) {
        Some(path) => Some(path.to_owned()),
        None => named(args)?.get::<Option<String>>("attribute")?,
    };
    let Some(path) = path.filter(|_| matches!(value.kind(), ValueKind::Seq | ValueKind::Iterable)) else {
        return Ok(());
    };
    // With a default, an element may lack it.
    let keys = value.try_iter()?.map(|item| at_path(&item, &path)).filter(|key| !key.is_undefined());
    one_kind(by, keys)
}

fn check_dictionary(by: &str, value: &Value, args: &[Value]) -> Result<(), Error> {
    let by_value = named(args)?.get::<Option<String>>("by")?.as_deref() == Some("value");
    if !by_value || value.kind() != ValueKind::Map {
        return Ok(());
    }
    one_kind(by, value.try_iter()?.map(|key| plain(&value.get_item(&key).unwrap_or_default())))
}
