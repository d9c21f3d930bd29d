//! Combinations of values from named lists: all of them, so few that any two values meet, or a sample.
//!
//! Axes are taken in the order of their names, so that the same lists always give the same combinations in the same
//! order.

use serde_json::{Map, Value};

use crate::config::{Cover, Pairs};
use crate::record::Digest;

/// The most combinations that one output may stand for.
const MOST: usize = 1_000_000;

/// The combinations of `axes`, an object of lists: `{"length": ["short", "long"], "tone": ["plain", "warm"]}`. A
/// sample is drawn from `seed`.
pub fn combinations(axes: &Value, pairs: Option<Pairs>, seed: &str) -> Result<Vec<Value>, String> {
    let axes = axes.as_object().ok_or("expected an object of lists, such as {\"length\": [\"short\", \"long\"]}")?;
    let mut lists: Vec<(&String, &[Value])> = Vec::with_capacity(axes.len());
    for (name, values) in axes {
        let values = values.as_array().ok_or_else(|| format!("`{name}` is no list"))?;
        lists.push((name, values));
    }
    lists.sort_by_key(|(name, _)| *name);
    let sizes: Vec<usize> = lists.iter().map(|(_, values)| values.len()).collect();
    if sizes.is_empty() || sizes.contains(&0) {
        return Ok(Vec::new());
    }
    let all = sizes.iter().try_fold(1_usize, |product, size| product.checked_mul(*size));
    let pairs = pairs.unwrap_or(Pairs { cover: Cover::Full, count: None });
    let chosen = match pairs.cover {
        Cover::Full => {
            let all =
                all.filter(|all| *all <= MOST).ok_or_else(|| format!("there are more than {MOST} combinations"))?;
            (0..all).map(|index| nth(index, &sizes)).collect()
        }
        Cover::Pairwise => pairwise(&sizes)?,
        Cover::Sample => sample(&sizes, all, pairs.count.unwrap_or(1), seed),
    };
    let value = |choice: Vec<usize>| {
        let fields = lists.iter().zip(choice).map(|((name, values), at)| ((*name).clone(), values[at].clone()));
        Value::Object(fields.collect::<Map<_, _>>())
    };
    Ok(chosen.into_iter().map(value).collect())
}

/// The so-manieth of all combinations: the last axis turns fastest.
fn nth(mut index: usize, sizes: &[usize]) -> Vec<usize> {
    let mut choice = vec![0; sizes.len()];
    for (at, size) in sizes.iter().enumerate().rev() {
        choice[at] = index % size;
        index /= size;
    }
    choice
}

/// So many different combinations, in the order of all of them.
fn sample(sizes: &[usize], all: Option<usize>, count: usize, seed: &str) -> Vec<Vec<usize>> {
    if let Some(all) = all.filter(|all| *all <= count) {
        return (0..all).map(|index| nth(index, sizes)).collect();
    }
    if let Some(all) = all.filter(|all| *all <= MOST) {
        let rank = |index: &usize| Digest::of_bytes(format!("{seed} {index}").as_bytes());
        let mut ranked: Vec<usize> = (0..all).collect();
        ranked.sort_by_cached_key(|index| *rank(index).as_bytes());
        ranked.truncate(count);
        ranked.sort_unstable();
        return ranked.into_iter().map(|index| nth(index, sizes)).collect();
    }
    // There are far more than are wanted, so that hardly any is drawn twice.
    let mut chosen = std::collections::BTreeSet::new();
    let mut draw = 0_u64;
    while chosen.len() < count {
        let choice = sizes.iter().enumerate().map(|(axis, size)| {
            let digest = Digest::of_bytes(format!("{seed} {axis} {draw}").as_bytes());
            let bytes = digest.as_bytes();
            let number = bytes.iter().take(8).fold(0_u64, |sum, byte| (sum << 8) | u64::from(*byte));
            // The bias is below 2^-40 for lists of any length that fits in memory.
            usize::try_from(number % (*size as u64)).unwrap_or_default()
        });
        chosen.insert(choice.collect::<Vec<_>>());
        draw += 1;
    }
    chosen.into_iter().collect()
}

/// Combinations in which any two values of two axes meet at least once. Each is put together greedily: it begins with
/// the first pair that has not met, and takes for every other axis the value that meets most new ones.
fn pairwise(sizes: &[usize]) -> Result<Vec<Vec<usize>>, String> {
    if sizes.len() < 2 {
        return Ok((0..sizes[0]).map(|at| vec![at]).collect());
    }
    let mut offsets = Vec::with_capacity(sizes.len());
    let mut values = 0_usize;
    for size in sizes {
        offsets.push(values);
        values += size;
    }
    if values > 4_000 {
        return Err(format!("pairwise cover is for at most 4000 values, not {values}"));
    }
    let mut met = vec![false; values * values];
    let place = |a: (usize, usize), b: (usize, usize)| (offsets[a.0] + a.1) * values + offsets[b.0] + b.1;
    let mut chosen = Vec::new();
    for first in 0..sizes.len() {
        for second in first + 1..sizes.len() {
            for one in 0..sizes[first] {
                for two in 0..sizes[second] {
                    if met[place((first, one), (second, two))] {
                        continue;
                    }
                    let mut choice: Vec<Option<usize>> = vec![None; sizes.len()];
                    choice[first] = Some(one);
                    choice[second] = Some(two);
                    for axis in 0..sizes.len() {
                        if choice[axis].is_some() {
                            continue;
                        }
                        let news = |value: usize| {
                            let others = choice.iter().enumerate().filter_map(|(other, at)| Some((other, (*at)?)));
                            others
                                .filter(|(other, at)| {
                                    let (low, high) = if *other < axis {
                                        ((*other, *at), (axis, value))
                                    } else {
                                        ((axis, value), (*other, *at))
                                    };
                                    !met[place(low, high)]
                                })
                                .count()
                        };
                        let best = (0..sizes[axis]).max_by_key(|value| (news(*value), std::cmp::Reverse(*value)));
                        choice[axis] = best;
                    }
                    let choice: Vec<usize> = choice.into_iter().map(Option::unwrap_or_default).collect();
                    for low in 0..choice.len() {
                        for high in low + 1..choice.len() {
                            met[place((low, choice[low]), (high, choice[high]))] = true;
                        }
                    }
                    chosen.push(choice);
                }
            }
        }
    }
    Ok(chosen)
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
}
