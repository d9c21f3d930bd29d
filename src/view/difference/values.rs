//! Two JSON values, compared key by key.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::change::Difference;
use super::lines::texts;

/// Returns the differences of two values under dotted paths. Null counts as absent, objects are compared key by key,
/// and lists of named objects name by name.
#[must_use]
pub fn values(path: &str, before: &Value, after: &Value) -> Vec<Difference> {
    let mut found = Vec::new();
    compare(path, before, after, &mut found);
    found
}

fn compare(path: &str, before: &Value, after: &Value, found: &mut Vec<Difference>) {
    if same(before, after) {
        return;
    }
    match (before, after) {
        (Value::Object(before), Value::Object(after)) => {
            for key in keys(before, after) {
                compare(&inside(path, key), part(before, key), part(after, key), found);
            }
        }
        (Value::Array(one), Value::Array(two)) => match (named(one), named(two)) {
            (Some(before), Some(after)) => by_name(path, &before, &after, found),
            _ => found.push(Difference::changed(path, before.clone(), after.clone())),
        },
        (Value::String(before), Value::String(after)) if before.contains('\n') || after.contains('\n') => {
            found.extend(texts(&format!("{path}:"), before, after));
        }
        _ => found.push(Difference::changed(path, before.clone(), after.clone())),
    }
}

/// Whether the values are equal, where null and absent count as the same.
pub(super) fn same(before: &Value, after: &Value) -> bool {
    match (before, after) {
        (Value::Object(one), Value::Object(two)) => {
            keys(one, two).into_iter().all(|key| same(part(one, key), part(two, key)))
        }
        (Value::Array(one), Value::Array(two)) => {
            one.len() == two.len() && one.iter().zip(two).all(|(one, two)| same(one, two))
        }
        (Value::Number(one), Value::Number(two)) => one == two || one.as_f64() == two.as_f64(),
        (before, after) => before == after,
    }
}

fn by_name(path: &str, before: &[(&str, &Value)], after: &[(&str, &Value)], found: &mut Vec<Difference>) {
    let of = |list: &[(&str, &Value)], name: &str| list.iter().find(|it| it.0 == name).map(|it| it.1.clone());
    for (name, value) in before {
        match of(after, name) {
            Some(now) => compare(&inside(path, name), value, &now, found),
            None => found.push(Difference::removed(inside(path, name), (*value).clone())),
        }
    }
    for (name, value) in after {
        if of(before, name).is_none() {
            found.push(Difference::added(inside(path, name), (*value).clone()));
        }
    }
    let order = |one: &[(&str, &Value)], two: &[(&str, &Value)]| {
        one.iter().map(|it| it.0.to_owned()).filter(|name| of(two, name).is_some()).collect::<Vec<_>>()
    };
    let (was, is) = (order(before, after), order(after, before));
    if was != is {
        found.push(Difference::changed(format!("{path}: order"), was, is));
    }
}

/// Returns the elements of a list with their names, if each has a name of its own.
fn named(list: &[Value]) -> Option<Vec<(&str, &Value)>> {
    let named: Vec<(&str, &Value)> =
        list.iter().map(|it| Some((it.get("name")?.as_str()?, it))).collect::<Option<_>>()?;
    let distinct: BTreeSet<&str> = named.iter().map(|it| it.0).collect();
    (distinct.len() == named.len()).then_some(named)
}

/// Returns the keys of both: those of `before`, then those that only `after` has.
pub(super) fn keys<'a>(before: &'a Map<String, Value>, after: &'a Map<String, Value>) -> Vec<&'a str> {
    let more = after.keys().filter(|key| !before.contains_key(*key));
    before.keys().chain(more).map(String::as_str).collect()
}

pub(super) fn part<'a>(object: &'a Map<String, Value>, key: &str) -> &'a Value {
    object.get(key).unwrap_or(&Value::Null)
}

fn inside(path: &str, key: &str) -> String {
    if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") }
}
