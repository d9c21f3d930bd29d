//! The filters that work on lists of objects, for tasks that put together what other steps found: `interleave`,
//! `numbered`, `with_fields`; and `count_words`, which counts words of a text.

use std::collections::HashMap;

use minijinja::value::{Kwargs, Rest, Value, ValueKind, ValueOrKwargs};
use minijinja::{Environment, Error, ErrorKind, State, functions};

use super::super::bounds;
use super::super::cell::{plain, shown};
use super::adding::named;
use super::attributes::{at_path, require};

pub(super) fn add_to(environment: &mut Environment<'_>) {
    let mut add = |name, filter: fn(&str, &Value, &[Value]) -> Result<Value, Error>| {
        environment.add_filter(name, move |state: &mut State<'_, '_>, args: Rest<ValueOrKwargs>| {
            let args: Vec<Value> = args.0.into_iter().map(ValueOrKwargs::into_value).collect();
            let Some((value, others)) = args.split_first() else { return Err(wrong(name, "needs a value")) };
            bounds::check(value, name)?;
            let made = filter(name, value, others)?;
            bounds::check(&made, name)?;
            bounds::count(state, &made)?;
            Ok::<Value, Error>(made)
        });
    };
    add("count_words", count_words);
    add("interleave", interleave);
    add("numbered", numbered);
    add("with_fields", with_fields);
}

fn wrong(name: &str, message: &str) -> Error {
    Error::new(ErrorKind::InvalidOperation, format!("`{name}` {message}"))
}

/// The elements of a list.
fn elements(name: &str, value: &Value) -> Result<Vec<Value>, Error> {
    match value.kind() {
        ValueKind::Seq | ValueKind::Iterable => Ok(value.try_iter()?.collect()),
        _ => Err(wrong(name, "takes a list")),
    }
}

/// The object with these fields too. A field that it has keeps its place and gets the new value.
fn with(name: &str, object: Value, added: &Value) -> Result<Value, Error> {
    if object.kind() != ValueKind::Map {
        return Err(wrong(name, "takes objects"));
    }
    functions::dict(Some(object), Kwargs::try_from(added.clone())?)
}

/// `list | interleave(attribute="source")`: the first element of each source, then the second of each, and so on. The
/// sources come in the order of their first elements, and elements of one source keep their order.
fn interleave(name: &str, value: &Value, args: &[Value]) -> Result<Value, Error> {
    let named = named(args)?;
    let path: String = named.get("attribute")?;
    named.assert_all_used()?;
    require(name, value, &path)?;
    let mut places: HashMap<Value, usize> = HashMap::new();
    let mut sources: Vec<Vec<Value>> = Vec::new();
    for item in elements(name, value)? {
        let place = *places.entry(plain(&at_path(&item, &path))).or_insert(sources.len());
        match sources.get_mut(place) {
            Some(items) => items.push(item),
            None => sources.push(vec![item]),
        }
    }
    let most = sources.iter().map(Vec::len).max().unwrap_or(0);
    let at = |index: usize| sources.iter().filter_map(move |items| items.get(index).cloned());
    Ok((0..most).flat_map(at).collect())
}

/// `list | numbered`: each object with its number in the list, from 1, in the field `number`, or the one that `field`
/// names.
fn numbered(name: &str, value: &Value, args: &[Value]) -> Result<Value, Error> {
    let named = named(args)?;
    let field = named.get::<Option<String>>("field")?.unwrap_or_else(|| "number".to_owned());
    named.assert_all_used()?;
    let items = elements(name, value)?.into_iter().zip(1_u64..);
    let number = |number: u64| Value::from(Kwargs::from_iter([(field.as_str(), Value::from(number))]));
    items.map(|(item, place)| with(name, item, &number(place))).collect::<Result<Vec<Value>, Error>>().map(Value::from)
}

/// `list | with_fields(document=row.document)`: each object with these fields too; also of one object.
fn with_fields(name: &str, value: &Value, args: &[Value]) -> Result<Value, Error> {
    let Some(given) = args.last().filter(|it| it.is_kwargs()) else {
        return Err(wrong(name, "needs fields, as in `with_fields(document=row.document)`"));
    };
    if value.kind() == ValueKind::Map {
        return with(name, value.clone(), given);
    }
    let items = elements(name, value)?.into_iter().map(|item| with(name, item, given));
    items.collect::<Result<Vec<Value>, Error>>().map(Value::from)
}

/// `text | count_words(["refund", "deliver"])`: how many of its words begin with one of these texts, in any case.
fn count_words(name: &str, value: &Value, args: &[Value]) -> Result<Value, Error> {
    let (Some(text), [wanted]) = (shown(value).as_str().map(str::to_lowercase), args) else {
        return Err(wrong(name, "takes a text, and needs a list of texts, as in `count_words([\"refund\"])`"));
    };
    let mut beginnings = Vec::new();
    for it in elements(name, wanted)? {
        let word = plain(&it).as_str().map(str::to_lowercase).filter(|it| !it.is_empty());
        beginnings.push(word.ok_or_else(|| wrong(name, "needs a list of texts that are not empty"))?);
    }
    let words = text.split(|it: char| !it.is_alphanumeric());
    let counted = words.filter(|word| beginnings.iter().any(|it| word.starts_with(it.as_str())));
    Ok(Value::from(counted.count()))
}
