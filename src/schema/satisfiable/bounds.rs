//! Contradictory bounds.

use jsonschema::Draft;

use super::schemas::{Contradiction, Part};
use super::types::TypeSet;
use crate::schema::json::JsonNode;

/// A bound with the place that sets it.
struct Bound {
    value: f64,
    is_exclusive: bool,
    pointer: String,
    keyword: &'static str,
}

/// The contradictions among the bounds of `parts`, which apply to the same value, each with the types that it rules
/// out. `types` are those that the value can have.
pub(super) fn contradictions(parts: &[Part<'_>], types: TypeSet, draft: Draft) -> Vec<(TypeSet, Contradiction)> {
    let mut found: Vec<(TypeSet, Contradiction)> = Vec::new();
    let low = tightest(parts, &[("minimum", false), ("exclusiveMinimum", true)], true);
    let high = tightest(parts, &[("maximum", false), ("exclusiveMaximum", true)], false);
    if let (Some(low), Some(high)) = (&low, &high) {
        let is_point = low.value >= high.value && (low.is_exclusive || high.is_exclusive);
        if low.value > high.value || is_point {
            found.push((TypeSet::NUMBER, clash(low, high, "no number")));
        } else if (types & TypeSet::FRACTION).is_empty() && no_integer(low, high) {
            found.push((TypeSet::INTEGER, clash(low, high, "no integer")));
        } else {
            let none = parts.iter().filter_map(|it| no_multiple(it, low, high, types));
            found.extend(none.map(|it| (TypeSet::NUMBER, it)));
        }
    }
    for (least, most, ruled_out, what) in [
        ("minLength", "maxLength", TypeSet::STRING, "no text"),
        ("minItems", "maxItems", TypeSet::ARRAY, "no array"),
        ("minProperties", "maxProperties", TypeSet::OBJECT, "no object"),
        ("minContains", "maxContains", TypeSet::ARRAY, "no array"),
    ] {
        let counts = !least.ends_with("Contains") || parts.iter().all(|it| it.schema.has("contains"));
        let low = tightest(parts, &[(least, false)], true);
        let high = tightest(parts, &[(most, false)], false);
        if let (Some(low), Some(high), true) = (low, high, counts)
            && low.value > high.value
        {
            found.push((ruled_out, clash(&low, &high, what)));
        }
    }
    found.extend(parts.iter().filter_map(short_tuple).map(|it| (TypeSet::ARRAY, it)));
    found.extend(parts.iter().filter_map(too_few_different).map(|it| (TypeSet::ARRAY, it)));
    found.extend(parts.iter().filter_map(|it| too_few_for_contains(it, draft)).map(|it| (TypeSet::ARRAY, it)));
    found
}

/// The schema of the first item of arrays that have to have one.
pub(super) fn first_item(schema: &JsonNode) -> Option<&JsonNode> {
    let least = schema.get("minItems").and_then(number)?;
    let first = match (schema.get("prefixItems"), schema.get("items")) {
        (Some(tuple), _) => tuple.items().first(),
        (None, Some(JsonNode::Array(tuple))) => tuple.first(),
        (None, items) => items,
    };
    first.filter(|_| least >= 1.0)
}

fn number(node: &JsonNode) -> Option<f64> {
    match node {
        JsonNode::Number(number) => number.as_f64(),
        _ => None,
    }
}

/// The bound that leaves the least room. `keywords` say whether they exclude their own value.
fn tightest(parts: &[Part<'_>], keywords: &[(&'static str, bool)], is_lower: bool) -> Option<Bound> {
    let bounds = parts.iter().flat_map(|part| {
        keywords.iter().filter_map(|(keyword, is_exclusive)| {
            let value = number(part.schema.get(keyword)?)?;
            let pointer = format!("{}/{keyword}", part.pointer);
            Some(Bound { value, is_exclusive: *is_exclusive, pointer, keyword })
        })
    });
    bounds.reduce(|one, two| {
        let (tight, loose) = if is_lower { (one.value, two.value) } else { (two.value, one.value) };
        #[expect(clippy::float_cmp, reason = "equal bounds are told apart by whether they exclude their value")]
        let is_first = tight > loose || (tight == loose && one.is_exclusive);
        if is_first { one } else { two }
    })
}

fn clash(low: &Bound, high: &Bound, what: &str) -> Contradiction {
    let message = format!("{what} fits between `{}` {} and `{}` {}", low.keyword, low.value, high.keyword, high.value);
    Contradiction { pointer: low.pointer.clone(), message }
}

fn no_integer(low: &Bound, high: &Bound) -> bool {
    let first = if low.is_exclusive { low.value.floor() + 1.0 } else { low.value.ceil() };
    let last = if high.is_exclusive { high.value.ceil() - 1.0 } else { high.value.floor() };
    // Beyond 2^53 doubles skip integers.
    first > last && low.value.abs() < 9e15 && high.value.abs() < 9e15
}

/// That no multiple fits between the bounds.
fn no_multiple(part: &Part<'_>, low: &Bound, high: &Bound, types: TypeSet) -> Option<Contradiction> {
    let step = part.schema.get("multipleOf").and_then(number).filter(|it| *it > 0.0)?;
    let is_whole = |value: f64| value.fract() == 0.0 && value.abs() < 9e15;
    if [step, low.value, high.value].into_iter().all(is_whole) {
        let mut first = (low.value / step).ceil() * step;
        if low.is_exclusive && first <= low.value {
            first += step;
        }
        let fits = first < high.value || (first <= high.value && !high.is_exclusive);
        return (!fits && !types.is_empty()).then(|| no_multiple_between(part, step, low, high));
    }
    let first = (low.value / step).ceil();
    // Quotients are inexact: one that is nearly whole leaves it open.
    let is_near = |value: f64| ((value / step).round() - value / step).abs() < 1e-6;
    if types.is_empty() || is_near(low.value) || is_near(high.value) || first * step <= high.value {
        return None;
    }
    Some(no_multiple_between(part, step, low, high))
}

fn no_multiple_between(part: &Part<'_>, step: f64, low: &Bound, high: &Bound) -> Contradiction {
    let message = format!("no multiple of {step} fits between {} and {}", low.value, high.value);
    Contradiction { pointer: format!("{}/multipleOf", part.pointer), message }
}

/// That an array has to have more different items than there are values for one.
fn too_few_different(part: &Part<'_>) -> Option<Contradiction> {
    let schema = part.schema;
    if schema.get("uniqueItems") != Some(&JsonNode::Bool(true)) || schema.has("prefixItems") {
        return None;
    }
    let items = schema.get("items")?;
    let values = match (items.get("const"), items.get("enum"), items.get("type").and_then(JsonNode::as_str)) {
        (Some(_), ..) | (None, None, Some("null")) => 1,
        (None, Some(values), _) => values.items().len(),
        (None, None, Some("boolean")) => 2,
        _ => return None,
    };
    let least = schema.get("minItems").and_then(number)?;
    let message = format!("arrays have at least {least} different items, and there are {values} values for one");
    u32::try_from(values)
        .is_ok_and(|it| least > f64::from(it))
        .then(|| Contradiction { pointer: format!("{}/minItems", part.pointer), message })
}

/// That an array has to contain more items than it may have.
fn too_few_for_contains(part: &Part<'_>, draft: Draft) -> Option<Contradiction> {
    let most = part.schema.get("contains").and(part.schema.get("maxItems")).and_then(number)?;
    let least = part.schema.get("minContains").filter(|_| draft != Draft::Draft7).and_then(number).unwrap_or(1.0);
    let message = format!("arrays contain at least {least} items for `contains`, and at most {most} are allowed");
    (least > most).then(|| Contradiction { pointer: format!("{}/maxItems", part.pointer), message })
}

/// That an array has to have more items than its tuple allows.
fn short_tuple(part: &Part<'_>) -> Option<Contradiction> {
    let schema = part.schema;
    let (tuple, rest) = match (schema.get("prefixItems"), schema.get("items")) {
        (Some(tuple), rest) => (tuple.items(), rest),
        (None, Some(JsonNode::Array(tuple))) => (tuple.as_slice(), schema.get("additionalItems")),
        (None, rest) => (&[][..], rest),
    };
    let least = schema.get("minItems").and_then(number)?;
    let most = tuple.len();
    let is_short = rest == Some(&JsonNode::Bool(false)) && u32::try_from(most).is_ok_and(|it| least > f64::from(it));
    let message = format!("arrays have at least {least} items, and {most} are allowed");
    is_short.then(|| Contradiction { pointer: format!("{}/minItems", part.pointer), message })
}
