//! Combinations of values from named lists (axes): all of them, a pairwise cover, or a random sample.
//!
//! Pure functions. Axes are taken in the order of their names, so that the same lists and the same seed always give the
//! same combinations in the same order.

use serde_json::{Map, Value};

use crate::config::{Cover, Pairs};
use crate::record::Digest;

/// The most combinations of one output.
const MOST: usize = 1_000_000;
/// The most values in a pairwise cover, which keeps one flag for each pair of values.
const MOST_VALUES: usize = 4_000;

/// Returns combinations of `axes`, an object of lists such as `{"length": ["short", "long"], "tone": ["plain"]}`.
/// `seed` determines a sample.
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

/// Returns the combination with this index, from 0, as one position per axis. The last axis varies fastest.
fn nth(mut index: usize, sizes: &[usize]) -> Vec<usize> {
    let mut choice = vec![0; sizes.len()];
    for (at, size) in sizes.iter().enumerate().rev() {
        choice[at] = index % size;
        index /= size;
    }
    choice
}

/// Draws `count` different combinations, in ascending order.
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

/// Returns combinations in which any two values of different axes occur together at least once. Each is built greedily:
/// it starts with the first pair that is not covered, and takes for every other axis the value that covers most new
/// pairs.
fn pairwise(sizes: &[usize]) -> Result<Vec<Vec<usize>>, String> {
    if let [size] = sizes {
        return Ok((0..*size).map(|at| vec![at]).collect());
    }
    let mut met = PairCoverage::new(sizes)?;
    let mut chosen = Vec::new();
    for first in 0..sizes.len() {
        for second in first + 1..sizes.len() {
            for one in 0..sizes[first] {
                for two in 0..sizes[second] {
                    if met.has((first, one), (second, two)) {
                        continue;
                    }
                    let choice = met.completed(sizes, (first, one), (second, two));
                    met.note(&choice);
                    chosen.push(choice);
                }
            }
        }
    }
    Ok(chosen)
}

/// An axis and the position of a value in it.
type AxisValue = (usize, usize);

/// Which pairs of values are covered by a combination.
struct PairCoverage {
    offsets: Vec<usize>,
    values: usize,
    pairs: Vec<bool>,
}

impl PairCoverage {
    fn new(sizes: &[usize]) -> Result<Self, String> {
        let mut values = 0_usize;
        let mut offsets = Vec::with_capacity(sizes.len());
        for size in sizes {
            offsets.push(values);
            values = values.saturating_add(*size);
        }
        if values > MOST_VALUES {
            return Err(format!("a pairwise cover is of at most {MOST_VALUES} values, not of {values}"));
        }
        Ok(Self { offsets, values, pairs: vec![false; values * values] })
    }

    /// Returns the index of a pair in `pairs`, in either order.
    fn place(&self, one: AxisValue, two: AxisValue) -> usize {
        let (low, high) = if one.0 < two.0 { (one, two) } else { (two, one) };
        (self.offsets[low.0] + low.1) * self.values + self.offsets[high.0] + high.1
    }

    fn has(&self, one: AxisValue, two: AxisValue) -> bool {
        self.pairs[self.place(one, two)]
    }

    /// Returns a combination with these two values.
    fn completed(&self, sizes: &[usize], one: AxisValue, two: AxisValue) -> Vec<usize> {
        let mut chosen = vec![one, two];
        for (axis, size) in sizes.iter().enumerate().filter(|(axis, _)| *axis != one.0 && *axis != two.0) {
            let news = |value: usize| chosen.iter().filter(|other| !self.has(**other, (axis, value))).count();
            // Of equally good values the first.
            let best = (0..*size).max_by_key(|value| (news(*value), std::cmp::Reverse(*value)));
            chosen.push((axis, best.unwrap_or_default()));
        }
        chosen.sort_unstable();
        chosen.into_iter().map(|(_, value)| value).collect()
    }

    fn note(&mut self, choice: &[usize]) {
        for one in 0..choice.len() {
            for two in one + 1..choice.len() {
                let place = self.place((one, choice[one]), (two, choice[two]));
                self.pairs[place] = true;
            }
        }
    }
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
