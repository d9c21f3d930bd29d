//! An item's metadata together with what a format puts beside it.

use serde_json::{Map, Value};

use super::item::EvalItem;

/// The item's metadata after the entries that a format adds itself. An item's name that is one of those becomes
/// `metadata.NAME`, so that neither is lost.
pub(super) fn beside<'a>(item: &EvalItem, own: impl IntoIterator<Item = (&'a str, Value)>) -> Map<String, Value> {
    let mut all: Map<String, Value> = own.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    for (name, value) in &item.metadata {
        let name = free_name(name, |name| all.contains_key(name));
        all.insert(name, value.clone());
    }
    all
}

/// Returns `name`, with `metadata.` before it as often as it takes until it is not taken.
#[must_use]
pub fn free_name(name: &str, is_taken: impl Fn(&str) -> bool) -> String {
    let mut name = name.to_owned();
    while is_taken(&name) {
        name.insert_str(0, "metadata.");
    }
    name
}

/// 2⁵³: numbers of JavaScript hold every whole number up to it.
const EXACT: u64 = 9_007_199_254_740_992;

/// Makes texts of the integers that JavaScript would round; returns how many there were.
pub(super) fn as_texts(value: &mut Value) -> u64 {
    match value {
        Value::Array(items) => items.iter_mut().map(as_texts).sum(),
        Value::Object(fields) => fields.values_mut().map(as_texts).sum(),
        Value::Number(number) => {
            let size = number.as_u64().or_else(|| number.as_i64().map(i64::unsigned_abs));
            if size.is_none_or(|size| size <= EXACT) {
                return 0;
            }
            *value = Value::String(number.to_string());
            1
        }
        _ => 0,
    }
}
