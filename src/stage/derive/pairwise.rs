//! Combinations in which any two values of two axes meet: [`pairwise`], and the first of them: [`most_telling`].

use std::cmp::Reverse;

/// The most values in a pairwise cover, which keeps one flag for each pair of values.
const MOST_VALUES: usize = 4_000;
/// Up to so many combinations, each is looked at for the next one of a cover.
const FEW: usize = 10_000;

/// Returns the combination with this index, from 0, as one position per axis. The last axis varies fastest.
pub(super) fn nth(mut index: usize, sizes: &[usize]) -> Vec<usize> {
    let mut choice = vec![0; sizes.len()];
    for (at, size) in sizes.iter().enumerate().rev() {
        choice[at] = index % size;
        index /= size;
    }
    choice
}

/// Returns combinations in which any two values of different axes occur together at least once. Each is built greedily:
/// it starts with the first pair that is not covered, and takes for every other axis the value that covers most new
/// pairs.
pub(super) fn pairwise(sizes: &[usize]) -> Result<Vec<Vec<usize>>, String> {
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

/// Returns at most `count` combinations of a pairwise cover, each of which covers as many new pairs as it can; of
/// those, the one whose values were used least. So the first of them are good by themselves. `all` is how many
/// combinations there are, if that can be counted.
pub(super) fn most_telling(sizes: &[usize], all: Option<usize>, count: usize) -> Result<Vec<Vec<usize>>, String> {
    let mut met = PairCoverage::new(sizes)?;
    let mut used: Vec<Vec<usize>> = sizes.iter().map(|size| vec![0; *size]).collect();
    let mut chosen: Vec<Vec<usize>> = Vec::new();
    let few: Option<Vec<_>> =
        all.filter(|all| *all <= FEW).map(|all| (0..all).map(|index| nth(index, sizes)).collect());
    while chosen.len() < count {
        let found = if few.is_none() { met.candidates(sizes) } else { Vec::new() };
        let count_used = |choice: &[usize]| choice.iter().zip(&used).map(|(at, of_axis)| of_axis[*at]).sum::<usize>();
        // A single axis has no pairs: there each value is new once.
        let news =
            |choice: &[usize]| if sizes.len() == 1 { usize::from(count_used(choice) == 0) } else { met.news(choice) };
        let best =
            few.as_ref().unwrap_or(&found).iter().min_by_key(|choice| (Reverse(news(choice)), count_used(choice)));
        let Some(best) = best.filter(|best| news(best) > 0).cloned() else { break };
        met.note(&best);
        for (at, of_axis) in best.iter().zip(&mut used) {
            of_axis[*at] += 1;
        }
        chosen.push(best);
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

    /// Combinations with a pair that is not covered: one for each two axes that have some.
    fn candidates(&self, sizes: &[usize]) -> Vec<Vec<usize>> {
        let axes = (0..sizes.len()).flat_map(|one| (one + 1..sizes.len()).map(move |two| (one, two)));
        axes.filter_map(|(one, two)| {
            let mut pairs = (0..sizes[one]).flat_map(|a| (0..sizes[two]).map(move |b| ((one, a), (two, b))));
            let (a, b) = pairs.find(|(a, b)| !self.has(*a, *b))?;
            Some(self.completed(sizes, a, b))
        })
        .collect()
    }

    /// How many pairs of a combination are not covered.
    fn news(&self, choice: &[usize]) -> usize {
        let pairs = (0..choice.len()).flat_map(|one| (one + 1..choice.len()).map(move |two| (one, two)));
        pairs.filter(|(one, two)| !self.has((*one, choice[*one]), (*two, choice[*two]))).count()
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
