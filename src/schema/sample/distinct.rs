//! Whether an element of a sampled list repeats others: texts of the same words, or one value of an `enum` throughout.

use std::collections::BTreeSet;

use serde_json::Value;

/// With how many elements before it an element is compared.
const LOOK_BACK: usize = 30;

/// How often an element is made again for words that it repeats. A long list uses up the words there are.
pub(super) const MOST_REPEATS: usize = 30;

/// Whether a made-up text of `item`, or of one of its fields, has half of its words in common with that of another
/// element.
pub(super) fn repeats_words(item: &Value, others: &[Value]) -> bool {
    let near = others.iter().rev().take(LOOK_BACK);
    match item {
        Value::String(text) => near.filter_map(Value::as_str).any(|other| share_words(text, other)),
        Value::Object(fields) => near.filter_map(Value::as_object).any(|other| {
            let texts = fields.iter().filter_map(|(name, value)| Some((value.as_str()?, other.get(name)?.as_str()?)));
            texts.into_iter().any(|(text, other)| share_words(text, other))
        }),
        _ => false,
    }
}

/// Texts of a pattern, a format or few letters begin with another word, and are left as they are.
fn share_words(one: &str, other: &str) -> bool {
    let (Some(one), Some(other)) = (one.strip_prefix("sample "), other.strip_prefix("sample ")) else { return false };
    let words = |text| str::split_whitespace(text).collect::<BTreeSet<&str>>();
    let (one, other) = (words(one), words(other));
    4 * one.intersection(&other).count() >= one.len() + other.len()
}

/// The fields of `item` that have the same text in all of `others`.
pub(super) fn same_throughout<'a>(item: &'a Value, others: &'a [Value]) -> impl Iterator<Item = &'a str> {
    let fields = item.as_object().filter(|_| !others.is_empty()).into_iter().flatten();
    let same = fields.filter(|(name, value)| value.is_string() && others.iter().all(|it| it.get(name) == Some(value)));
    same.map(|(name, _)| name.as_str())
}
