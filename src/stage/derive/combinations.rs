//! Combinations of values from named lists (axes): all of them, a pairwise cover, or a random sample.
//!
//! Pure functions. Axes are taken in the order of their names, so that the same lists and the same seed always give the
//! same combinations in the same order.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::pairwise::{most_telling, nth, pairwise};
use crate::config::{Cover, Pairs};
use crate::record::{Digest, canonical};

/// The most combinations of one output.
const MOST: usize = 1_000_000;

/// Returns combinations of `axes`: an object of lists such as `{"length": ["short", "long"], "tone": ["plain"]}`, or a
/// list of axes such as `[{"name": "length", "values": ["short", "long"]}]`. Of equal values in a list, the first
/// counts. `seed` determines what is drawn.
pub fn combinations(axes: &Value, pairs: Option<Pairs>, seed: &str) -> Result<Vec<Value>, String> {
    let lists = lists_of(axes)?;
    let sizes: Vec<usize> = lists.iter().map(|(_, values)| values.len()).collect();
    let all = sizes.iter().try_fold(usize::from(!sizes.is_empty()), |product, size| product.checked_mul(*size));
    let pairs = pairs.unwrap_or(Pairs { cover: Cover::Full, count: None });
    if let (Cover::Pairwise, Some(count), Some(all)) = (pairs.cover, pairs.count, all)
        && all < count
    {
        let are = if all == 1 { "is 1 combination".to_owned() } else { format!("are {all} combinations") };
        return Err(format!("there {are}, and `pairs.count` asks for {count}"));
    }
    if all == Some(0) {
        return Ok(Vec::new());
    }
    let chosen = match (pairs.cover, pairs.count) {
        (Cover::Full, _) => {
            let all =
                all.filter(|all| *all <= MOST).ok_or_else(|| format!("there are more than {MOST} combinations"))?;
            (0..all).map(|index| nth(index, &sizes)).collect()
        }
        (Cover::Pairwise, None) => pairwise(&sizes)?,
        (Cover::Pairwise, Some(count)) => {
            let mut chosen = most_telling(&sizes, all, count)?;
            let used = chosen.iter().cloned().collect();
            chosen.extend(drawn(&sizes, all, count - chosen.len(), seed, &used));
            chosen
        }
        (Cover::Sample, count) => drawn(&sizes, all, count.unwrap_or(1), seed, &BTreeSet::new()),
    };
    let value = |choice: Vec<usize>| {
        let fields = lists.iter().zip(choice).map(|((name, values), at)| ((*name).to_owned(), values[at].clone()));
        Value::Object(fields.collect::<Map<_, _>>())
    };
    Ok(chosen.into_iter().map(value).collect())
}

/// The axes in the order of their names, with the different values of each.
fn lists_of(axes: &Value) -> Result<Vec<(&str, Vec<&Value>)>, String> {
    const EXPECTED: &str = "expected an object of lists, such as {\"length\": [\"short\", \"long\"]}, or a list such as \
                            [{\"name\": \"length\", \"values\": [\"short\", \"long\"]}]";
    let mut lists: Vec<(&str, Vec<&Value>)> = Vec::new();
    match axes {
        Value::Object(axes) => {
            for (name, values) in axes {
                lists.push((name, different(name, values)?));
            }
        }
        Value::Array(axes) => {
            for (index, element) in axes.iter().enumerate() {
                let number = index + 1;
                let element = element.as_object().ok_or(EXPECTED)?;
                let name = element.get("name").and_then(Value::as_str);
                let name = name.ok_or_else(|| format!("axis {number} has no text in `name`; {EXPECTED}"))?;
                let values =
                    element.get("values").ok_or_else(|| format!("axis {number}, `{name}`, has no `values`"))?;
                if lists.iter().any(|(other, _)| *other == name) {
                    return Err(format!("two axes have the name `{name}`"));
                }
                lists.push((name, different(name, values)?));
            }
        }
        _ => return Err(EXPECTED.to_owned()),
    }
    lists.sort_by_key(|(name, _)| *name);
    Ok(lists)
}

/// The values of an axis, each once.
fn different<'a>(name: &str, values: &'a Value) -> Result<Vec<&'a Value>, String> {
    let values = values.as_array().ok_or_else(|| format!("`{name}` is no list"))?;
    let mut seen = BTreeSet::new();
    Ok(values.iter().filter(|value| seen.insert(canonical::to_string(value))).collect())
}

/// Draws `count` different combinations that are not among `used`, in ascending order; fewer where there are no more.
fn drawn(
    sizes: &[usize],
    all: Option<usize>,
    count: usize,
    seed: &str,
    used: &BTreeSet<Vec<usize>>,
) -> Vec<Vec<usize>> {
    let all_unused = |all: usize| (0..all).map(|index| nth(index, sizes)).filter(|it| !used.contains(it));
    if let Some(all) = all.filter(|all| *all <= count.saturating_add(used.len())) {
        return all_unused(all).collect();
    }
    if let Some(all) = all.filter(|all| *all <= MOST) {
        let rank = |index: &usize| Digest::of_bytes(format!("{seed} {index}").as_bytes());
        let mut ranked: Vec<usize> = (0..all).filter(|index| !used.contains(&nth(*index, sizes))).collect();
        ranked.sort_by_cached_key(|index| *rank(index).as_bytes());
        ranked.truncate(count);
        ranked.sort_unstable();
        return ranked.into_iter().map(|index| nth(index, sizes)).collect();
    }
    // There are far more than are wanted, so that hardly any is drawn twice.
    let mut chosen = BTreeSet::new();
    let mut draw = 0_u64;
    while chosen.len() < count {
        let choice = sizes.iter().enumerate().map(|(axis, size)| {
            let digest = Digest::of_bytes(format!("{seed} {axis} {draw}").as_bytes());
            let bytes = digest.as_bytes();
            let number = bytes.iter().take(8).fold(0_u64, |sum, byte| (sum << 8) | u64::from(*byte));
            // The bias is below 2^-40 for lists of any length that fits in memory.
            usize::try_from(number % (*size as u64)).unwrap_or_default()
        });
        let choice: Vec<usize> = choice.collect();
        if !used.contains(&choice) {
            chosen.insert(choice);
        }
        draw += 1;
    }
    chosen.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn of(axes: &Value, cover: Cover, count: Option<usize>) -> Result<Vec<Value>, String> {
        combinations(axes, Some(Pairs { cover, count }), "seed")
    }

    #[test]
    fn all_combinations_come_in_order() {
        let axes = json!({"tone": ["plain", "warm"], "length": [1, 2]});
        assert_eq!(
            of(&axes, Cover::Full, None).unwrap(),
            [
                json!({"length": 1, "tone": "plain"}),
                json!({"length": 1, "tone": "warm"}),
                json!({"length": 2, "tone": "plain"}),
                json!({"length": 2, "tone": "warm"}),
            ]
        );
        assert_eq!(of(&json!({"a": [1], "b": []}), Cover::Full, None), Ok(vec![]));
        assert_eq!(of(&json!({}), Cover::Full, None), Ok(vec![]));
    }

    #[test]
    fn any_two_values_meet_in_a_pairwise_cover() {
        let axes = json!({"a": [0, 1, 2], "b": [0, 1], "c": [0, 1, 2, 3], "d": [0, 1]});
        let found = of(&axes, Cover::Pairwise, None).unwrap();
        assert!(found.len() < 24, "{}", found.len());
        let object = axes.as_object().unwrap();
        for (one, values) in object {
            for (two, others) in object.iter().filter(|(two, _)| *two > one) {
                for value in values.as_array().unwrap() {
                    for other in others.as_array().unwrap() {
                        assert!(found.iter().any(|it| it[one] == *value && it[two] == *other), "{one} {two}");
                    }
                }
            }
        }
        assert_eq!(of(&json!({"a": [7, 8]}), Cover::Pairwise, None), Ok(vec![json!({"a": 7}), json!({"a": 8})]));
    }

    #[test]
    fn a_sample_has_no_combination_twice_and_is_always_the_same() {
        let axes = json!({"a": [0, 1, 2, 3, 4], "b": [0, 1, 2, 3, 4], "c": [0, 1, 2, 3, 4]});
        let found = of(&axes, Cover::Sample, Some(40)).unwrap();
        assert_eq!(found.len(), 40);
        assert_eq!(of(&axes, Cover::Sample, Some(40)).unwrap(), found);
        let different: std::collections::BTreeSet<String> = found.iter().map(ToString::to_string).collect();
        assert_eq!(different.len(), 40);
        assert_eq!(of(&axes, Cover::Sample, Some(500)).unwrap().len(), 125);
    }

    #[test]
    fn what_is_no_object_of_lists_is_said() {
        assert!(of(&json!([1]), Cover::Full, None).unwrap_err().contains("object of lists"));
        assert_eq!(of(&json!({"a": 1}), Cover::Full, None), Err("`a` is no list".to_owned()));
        let many: Vec<u32> = (0..2_000).collect();
        assert!(of(&json!({"a": many, "b": many}), Cover::Full, None).unwrap_err().contains("1000000"));
    }

    #[test]
    fn a_pairwise_cover_of_a_count_has_so_many_and_the_most_telling_first() {
        let axes = json!({"a": [0, 1, 2], "b": [0, 1, 2], "c": [0, 1]});
        for count in 1..=18 {
            let found = of(&axes, Cover::Pairwise, Some(count)).unwrap();
            let different: BTreeSet<String> = found.iter().map(ToString::to_string).collect();
            assert_eq!((found.len(), different.len()), (count, count));
            let prefix = of(&axes, Cover::Pairwise, Some(count.min(9))).unwrap();
            assert!(found.starts_with(&prefix), "{count}");
        }
        let three = of(&axes, Cover::Pairwise, Some(3)).unwrap();
        for axis in ["a", "b"] {
            let values: BTreeSet<String> = three.iter().map(|it| it[axis].to_string()).collect();
            assert_eq!(values.len(), 3, "every value of {axis} comes once before any comes twice");
        }
        assert_eq!(
            of(&axes, Cover::Pairwise, Some(19)),
            Err("there are 18 combinations, and `pairs.count` asks for 19".to_owned())
        );
        assert_eq!(
            of(&json!({"a": []}), Cover::Pairwise, Some(1)).unwrap_err(),
            "there are 0 combinations, and `pairs.count` asks for 1"
        );
        assert_eq!(of(&json!({"a": [1, 2]}), Cover::Pairwise, Some(1)), Ok(vec![json!({"a": 1})]));
        let other = combinations(&axes, Some(Pairs { cover: Cover::Pairwise, count: Some(14) }), "other").unwrap();
        assert_ne!(other, of(&axes, Cover::Pairwise, Some(14)).unwrap(), "what is drawn depends on the seed");
        let many: Vec<u32> = (0..60).collect();
        let wide = json!({"a": many, "b": many, "c": many, "d": many});
        assert_eq!(of(&wide, Cover::Pairwise, Some(50)).unwrap().len(), 50);
    }

    #[test]
    fn axes_may_be_a_list_of_names_and_values() {
        let axes = json!([{"name": "tone", "values": ["plain", "warm", "plain"]}, {"name": "length", "values": [1]}]);
        let expected = [json!({"length": 1, "tone": "plain"}), json!({"length": 1, "tone": "warm"})];
        assert_eq!(of(&axes, Cover::Full, None).unwrap(), expected);
        for (axes, part) in [
            (json!([{"name": "a", "values": [1]}, {"name": "a", "values": [2]}]), "two axes have the name `a`"),
            (json!([{"name": "a"}]), "axis 1, `a`, has no `values`"),
            (json!([{"values": [1]}]), "axis 1 has no text in `name`"),
            (json!([{"name": "a", "values": 1}]), "`a` is no list"),
            (json!("a"), "object of lists"),
        ] {
            let error = of(&axes, Cover::Full, None).unwrap_err();
            assert!(error.contains(part), "{error}");
        }
    }
}
